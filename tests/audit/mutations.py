"""Random changes of a copied log, each of which has to be found.

``python -m tests.audit.mutations --count 1000 [--seed N]`` prints what was done how often and what was found; exit code 1
where anything was not. Who changes the log is thought to write to the store as they like, and to know how it is made, but
has no key; in some the store's own checkpoints go too, and only those outside are left.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from gateway.audit.checkpoints import TILE
from gateway.audit.findings import Verdict
from gateway.audit.leaves import ROW, SELECT_ROWS, encoded
from gateway.audit.notes import Signer, notes_in
from gateway.audit.tree import Frontier, leaf_hash, root_of
from gateway.audit.verification import verify
from tests.audit.logs import SIGNER, whole_log

Mutation = Callable[[sqlite3.Connection, random.Random], None]
_OTHERS = Signer("csc-gateway-test", bytes(32))


def _any(c: sqlite3.Connection, chance: random.Random, table: str, key: str) -> Any:
    return chance.choice([row[0] for row in c.execute(f"SELECT {key} FROM {table}")])


def _other(chance: random.Random, value: Any) -> Any:
    """Something else: of the same sort most often, now and then of another."""
    if isinstance(value, int):
        return chance.choice((value + 1, value - 1, value + 10**6, None, str(value) + "x"))
    if value is None:
        return chance.choice((0, "", "x", 1))
    if isinstance(value, bytes):
        at = chance.randrange(len(value)) if value else 0
        return value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :] if value else b"x"
    at = chance.randrange(len(value) + 1)
    less = value[:at] + value[at + 1 :]
    return chance.choice(
        (value[:at] + "ā" + value[at:], less if less != value else "x", None, value.encode() + b"\xff")
    )


def _edit(table: str, key: str, columns: tuple[str, ...]) -> Mutation:
    def mutate(c: sqlite3.Connection, chance: random.Random) -> None:
        which, column = _any(c, chance, table, key), chance.choice(columns)
        (value,) = c.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (which,)).fetchone()
        before = c.execute(f"SELECT * FROM {table}").fetchall()
        while c.execute(f"SELECT * FROM {table}").fetchall() == before:
            try:
                c.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (_other(chance, value), which))
            except sqlite3.IntegrityError:
                continue

    return mutate


def _delete(table: str, key: str) -> Mutation:
    def mutate(c: sqlite3.Connection, chance: random.Random) -> None:
        c.execute(f"DELETE FROM {table} WHERE {key} = ?", (_any(c, chance, table, key),))

    return mutate


def _edit_subject(c: sqlite3.Connection, chance: random.Random) -> None:
    """Somebody else is said to be the one it was about; the filed log is made to fit."""
    places = [row[0] for row in c.execute("SELECT place FROM access_records WHERE records LIKE '%s-%'")]
    place = chance.choice(places)
    (text,) = c.execute("SELECT records FROM access_records WHERE place = ?", (place,)).fetchone()
    records = orjson.loads(text)
    records[0][1][0] = "s-" + "0" * 24
    c.execute("UPDATE access_records SET records = ? WHERE place = ?", (orjson.dumps(records).decode(), place))
    c.execute("DELETE FROM access_subjects")
    c.execute("DELETE FROM access_filings")


def _reformat(c: sqlite3.Connection, chance: random.Random) -> None:
    """The same list in another text."""
    place = _any(c, chance, "access_records", "place")
    c.execute("UPDATE access_records SET paths = replace(paths, ',', ', ') WHERE place = ?", (place,))


def _insert(c: sqlite3.Connection, chance: random.Random) -> None:
    """A row in between that looks like any other."""
    first, last = c.execute("SELECT min(place), max(place) FROM access_records").fetchone()
    row = list(c.execute(f"{SELECT_ROWS} WHERE place = ?", (_any(c, chance, "access_records", "place"),)).fetchone())
    taken = {each for (each,) in c.execute("SELECT place FROM access_records")}
    row[0] = next(each for each in iter(lambda: chance.randrange(first - 10**9, last), None) if each not in taken)
    c.execute(f"INSERT INTO access_records ({', '.join(ROW)}) VALUES ({', '.join('?' * len(ROW))})", row)


def _swap(c: sqlite3.Connection, chance: random.Random) -> None:
    """Two rows change places."""
    one, other = chance.sample([row[0] for row in c.execute("SELECT place FROM access_records")], 2)
    for was, is_ in ((one, -1), (other, one), (-1, other)):
        c.execute("UPDATE access_records SET place = ? WHERE place = ?", (is_, was))


def _move(c: sqlite3.Connection, chance: random.Random) -> None:
    """A row goes somewhere else."""
    place = _any(c, chance, "access_records", "place")
    taken = {each for (each,) in c.execute("SELECT place FROM access_records")}
    steps = [step for step in (-1000, -1, 1, 1000) if place + step not in taken]
    c.execute("UPDATE access_records SET place = ? WHERE place = ?", (place + chance.choice(steps), place))


def _truncate(c: sqlite3.Connection, chance: random.Random) -> None:
    _cut(c, chance)


def _cut(c: sqlite3.Connection, chance: random.Random) -> int:
    places = [row[0] for row in c.execute("SELECT place FROM access_records ORDER BY place")]
    keep = chance.randrange(len(places))
    c.execute("DELETE FROM access_records WHERE place >= ?", (places[keep],))
    return keep


def _truncate_all(c: sqlite3.Connection, chance: random.Random) -> None:
    """Rows at the end go with everything in the store that knew of them: only what is outside tells."""
    keep = _cut(c, chance)
    c.execute("DELETE FROM log_checkpoints WHERE size > ?", (keep,))
    _make_leaves_fit(c)
    c.execute("DELETE FROM access_subjects")
    c.execute("DELETE FROM access_filings")


def _make_leaves_fit(c: sqlite3.Connection) -> None:
    """Kept leaves as they would be of the rows that are there."""
    c.execute("DELETE FROM log_leaves")
    rows = c.execute(f"{SELECT_ROWS} ORDER BY place").fetchall()
    for number, begin in enumerate(range(0, len(rows), TILE)):
        some = [(row[0], leaf_hash(encoded(ROW, row))) for row in rows[begin : begin + TILE]]
        text = b"".join(place.to_bytes(8, "big") + leaf for place, leaf in some)
        values = (number, some[-1][0], root_of([leaf for _, leaf in some]), text)
        c.execute("INSERT INTO log_leaves (number, last_place, root, leaves) VALUES (?, ?, ?, ?)", values)


def _edit_and_fit(c: sqlite3.Connection, chance: random.Random) -> None:
    """A row is edited, and whatever in the store is made of it without the key."""
    place = _any(c, chance, "access_records", "place")
    c.execute("UPDATE access_records SET who = 'Somebody else' WHERE place = ?", (place,))
    _make_leaves_fit(c)
    rows = c.execute(f"{SELECT_ROWS} ORDER BY place").fetchall()
    for number, size in c.execute("SELECT number, size FROM log_checkpoints").fetchall():
        tree = Frontier.of(leaf_hash(encoded(ROW, row)) for row in rows[:size])
        c.execute("UPDATE log_checkpoints SET frontier = ? WHERE number = ?", (tree.written(), number))


def _sign_anew(c: sqlite3.Connection, chance: random.Random) -> None:
    """The log of somebody else: every head signed, by another key of the same name."""
    _edit_and_fit(c, chance)
    for number, note in c.execute("SELECT number, note FROM log_checkpoints").fetchall():
        signed = _OTHERS.sign(note.partition("\n\n")[0] + "\n")
        c.execute("UPDATE log_checkpoints SET note = ? WHERE number = ?", (signed, number))


def _file_one_less(c: sqlite3.Connection, chance: random.Random) -> None:
    """A record disappears from somebody's own log."""
    rows = c.execute("SELECT subject, up_to, claim, places FROM access_subjects").fetchall()
    subject, up_to, claim, places = chance.choice(rows)
    numbers = orjson.loads(places)
    at = chance.randrange(len(numbers) // 2) * 2
    left = numbers[:at] + numbers[at + 2 :]
    where = "WHERE subject = ? AND up_to = ? AND claim = ?"
    if left:
        values = (orjson.dumps(left).decode(), subject, up_to, claim)
        c.execute(f"UPDATE access_subjects SET places = ? {where}", values)
    else:
        c.execute(f"DELETE FROM access_subjects {where}", (subject, up_to, claim))


def _file_for_another(c: sqlite3.Connection, chance: random.Random) -> None:
    subject, up_to, claim = chance.choice(c.execute("SELECT subject, up_to, claim FROM access_subjects").fetchall())
    key = (subject, up_to, claim)
    c.execute("UPDATE access_subjects SET subject = 's-nobody' WHERE subject = ? AND up_to = ? AND claim = ?", key)


def _file_too_far(c: sqlite3.Connection, chance: random.Random) -> None:
    """What is written from now on would count as filed, and nobody would see it."""
    (last,) = c.execute("SELECT max(place) FROM access_records").fetchone()
    c.execute("INSERT INTO access_filings (up_to) VALUES (?)", (last + chance.randrange(1, 10**12),))


def _file_beside(c: sqlite3.Connection, chance: random.Random) -> None:
    """Somebody's log shows another's record, in a filing that is none, or that is begun as well as ended."""
    (subject, claim) = chance.choice(c.execute("SELECT subject, claim FROM access_subjects").fetchall())
    (place,) = chance.choice(c.execute("SELECT place FROM access_records").fetchall())
    up_to = chance.choice((0, place, -place))
    c.executemany("INSERT OR IGNORE INTO access_filings (up_to) VALUES (?)", [(up_to,), (-up_to,)])
    c.execute("INSERT INTO access_subjects VALUES (?, ?, ?, ?)", (subject, up_to, claim, f"[{place},9]"))


def _merge_falsely(c: sqlite3.Connection, chance: random.Random) -> None:
    """Somebody's log is given to another, as if they were one person."""
    gone, kept = chance.sample([row[0] for row in c.execute("SELECT id FROM subjects")], 2)
    c.execute("PRAGMA foreign_keys = OFF")
    c.execute("INSERT OR REPLACE INTO merged_subjects (gone, kept) VALUES (?, ?)", (gone, kept))
    if chance.random() < 0.5:
        body = orjson.dumps({"gone": gone, "kept": kept}).decode()
        c.execute("UPDATE log_events SET body = ?", (body,))


def _hide_amendment(c: sqlite3.Connection, chance: random.Random) -> None:
    """What was not released after all is said to have been, or the other way about."""
    places = [row[0] for row in c.execute("SELECT place FROM access_records WHERE amends IS NOT NULL")]
    c.execute("UPDATE access_records SET amends = NULL WHERE place = ?", (chance.choice(places),))


MUTATIONS: dict[str, Mutation] = {
    "edit a column": _edit("access_records", "place", ROW[1:]),
    "edit whom it is about": _edit_subject,
    "write a list otherwise": _reformat,
    "hide an amendment": _hide_amendment,
    "delete a row": _delete("access_records", "place"),
    "insert a row": _insert,
    "swap two rows": _swap,
    "move a row": _move,
    "truncate": _truncate,
    "truncate all": _truncate_all,
    "edit and make the rest fit": _edit_and_fit,
    "sign by another key": _sign_anew,
    "edit a checkpoint": _edit("log_checkpoints", "number", ("size", "last_place", "frontier", "note")),
    "edit leaves": _edit("log_leaves", "number", ("last_place", "root", "leaves")),
    "edit an event": _edit("log_events", "number", ("at", "kind", "body")),
    "delete an event": _delete("log_events", "number"),
    "merge falsely": _merge_falsely,
    "file one less": _file_one_less,
    "file for another": _file_for_another,
    "file too far": _file_too_far,
    "file beside": _file_beside,
    "edit what is filed": _edit("access_subjects", "places", ("up_to", "claim", "places", "subject")),
    "delete a filing": _delete("access_filings", "up_to"),
    "delete what is filed": _delete("access_subjects", "places"),
}


def run(folder: Path, count: int, seed: int) -> dict[str, Counter[str]]:
    """What each kind of change was found to be, or ``not found``, with how often."""
    chance = random.Random(seed)
    log = whole_log(folder)
    with closing(sqlite3.connect(log)) as connection:
        # What stands beside the file belongs to it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    outside = (folder / "outside").read_text()
    unchanged = check(log, outside)
    if not unchanged.holds or unchanged.covered != unchanged.rows:
        raise AssertionError(f"the log does not hold before anything is changed: {unchanged}")
    names = sorted(MUTATIONS)
    found: dict[str, Counter[str]] = {name: Counter() for name in names}
    copy = folder / "copy.sqlite"
    for number in range(count):
        name = names[number % len(names)]
        shutil.copy(log, copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            MUTATIONS[name](connection, chance)
            connection.execute("COMMIT")
        verdict = check(copy, outside)
        found[name]["not found" if verdict.holds else verdict.findings[0].what] += 1
    return found


def check(log: Path, outside: str) -> Verdict:
    """Verify one copy."""
    return verify(log, SIGNER.verifier, notes_in(outside))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        found = run(Path(name), given.count, given.seed)
    for name, kinds in found.items():
        said = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        sys.stdout.write(f"{name:28}{sum(kinds.values()):5}  {said}\n")
    missed = sum(kinds["not found"] for kinds in found.values())
    sys.stdout.write(f"{given.count} changes, {given.count - missed} found\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
