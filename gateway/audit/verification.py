"""Whether a log is what was signed: read from a copy, with the public key, and without a gateway.

The rows are hashed again and compared with every checkpoint that is there, in the store and outside; the filed log of
each person is compared with what the rows say. What does not agree is then looked for more closely
(:mod:`gateway.audit.differences`).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.audit.checkpoints import PLACE_BYTES, TILE
from gateway.audit.copies import open_copy
from gateway.audit.differences import look_for_rows
from gateway.audit.filed import Filed
from gateway.audit.findings import Tell, Verdict
from gateway.audit.leaves import EVENT, NOT_WRITTEN, ROW, SELECT_EVENTS, SELECT_ROWS, NotAsWritten, encoded
from gateway.audit.notes import BadNote, Checkpoint, Verifier, is_half_written
from gateway.audit.tree import Frontier, leaf_hash, root_of

_TELL_EVERY = 20_000
_RECORDS = ROW.index("records")
_TABLES = (
    "access_records",
    "access_subjects",
    "access_filings",
    "log_leaves",
    "log_checkpoints",
    "log_events",
    "merged_subjects",
)
_DROPS_ROWS = re.compile(r"\b(conflict|cascade)\b", re.IGNORECASE)
"""In what made a table: a row that does not fit is left out, replaces others, or goes with another table's."""
_CHECKED = ("access_records", "access_subjects")
"""Tables with indexes by which the citizen's view finds its way."""


@dataclass(slots=True)
class _Head:
    """A checkpoint that is to be held by the rows."""

    where: str
    said: Checkpoint
    frontier: bytes | None = None
    last_place: int | None = None
    """What the store says of its own."""


@dataclass(slots=True)
class _Run:
    connection: sqlite3.Connection
    verifier: Verifier
    verdict: Verdict
    tell: Tell
    heads: dict[int, list[_Head]] = field(default_factory=dict)
    broken: bool = False
    """Rows and heads do not agree."""


def verify(store: Path, verifier: Verifier, outside: Iterable[str] = (), tell: Tell = lambda done, of: None) -> Verdict:
    """Compare a store's log with all that was signed of it.

    Args:
        outside: notes that were kept outside the store.

    Raises:
        NoStore: there is none.
    """
    verdict = Verdict()
    with closing(open_copy(store)) as connection:
        run = _Run(connection, verifier, verdict, tell)
        try:
            if _is_a_log(run):
                _verify(run, outside)
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            verdict.add("file", f"the file is damaged, and cannot be read to its end ({name})")
    return verdict


def _verify(run: _Run, outside: Iterable[str]) -> None:
    _read_heads(run)
    _read_outside(run, outside)
    merged, forgotten = _events(run)
    _whose(run, merged, forgotten)
    filed = Filed(run.connection, merged)
    size = _rows(run, filed)
    verdict = run.verdict
    verdict.rows = size
    heads = sorted(run.heads)
    verdict.covered = min(size, heads[-1]) if heads else 0
    if not heads and size:
        verdict.add("checkpoint", f"no checkpoint is signed by {run.verifier.name}: nothing proves the {size} rows")
    if run.broken:
        look_for_rows(
            run.connection, [(each.said.size, each.said.root) for s in heads for each in run.heads[s]], verdict
        )
    if heads and size > heads[-1]:
        verdict.remarks.append(
            f"{size - heads[-1]} rows were written since the last checkpoint: it is not over them yet"
        )
    filed.compare(verdict)
    for table in _CHECKED:
        (said,) = run.connection.execute(f"PRAGMA integrity_check({table})").fetchone()
        if said != "ok":
            verdict.add("file", f"{table} and its indexes do not agree")


def _is_a_log(run: _Run) -> bool:
    kinds = dict(run.connection.execute("SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')"))
    missing = [name for name in _TABLES if kinds.get(name) != "table"]
    for name in missing:
        run.verdict.add("replaced", f"there is no table {name}")
    # A gateway makes none; one on whatever other table could take rows out before they are signed.
    for name, table in run.connection.execute("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'"):
        run.verdict.add("replaced", f"a trigger on {table}: {name}")
    for name, made in run.connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"):
        if name in _TABLES and _DROPS_ROWS.search(str(made)):
            run.verdict.add("replaced", f"the table {name} may drop rows without a word")
    columns = [row[1] for row in run.connection.execute("PRAGMA table_info(access_records)")]
    if not missing and sorted(columns) != sorted(ROW):
        run.verdict.add("replaced", "access_records has other columns than a gateway of this version writes")
        return False
    return not missing


def _read_heads(run: _Run) -> None:
    statement = "SELECT number, size, last_place, frontier, note FROM log_checkpoints ORDER BY number"
    expected = 1
    for number, size, last_place, frontier, note in run.connection.execute(statement):
        where = f"checkpoint {number} in the store"
        if number != expected:
            run.verdict.add("checkpoint", f"checkpoints {expected} to {number - 1} are not in the store")
        expected = number + 1
        try:
            said = Checkpoint.parse(run.verifier.open(note if isinstance(note, str) else ""))
        except BadNote as error:
            run.verdict.add("checkpoint", f"{where}: {error}")
            continue
        if said.size != size:
            run.verdict.add("checkpoint", f"{where}: it says another size than its row")
        run.heads.setdefault(said.size, []).append(_Head(where, said, frontier, last_place))
        run.verdict.checkpoints += 1


def _read_outside(run: _Run, notes: Iterable[str]) -> None:
    for number, note in enumerate(notes, 1):
        where = f"checkpoint {number} outside"
        try:
            said = Checkpoint.parse(run.verifier.open(note))
        except BadNote as error:
            if is_half_written(note):
                run.verdict.remarks.append(f"{where} was half written, and says nothing")
            else:
                run.verdict.add("checkpoint", f"{where}: {error}")
            continue
        run.heads.setdefault(said.size, []).append(_Head(where, said))
        run.verdict.outside += 1


def _events(run: _Run) -> tuple[dict[str, str], set[str]]:
    """Compare the events with what was signed of them; who turned out to be whom, and who is forgotten, as they say."""
    wanted: dict[int, list[_Head]] = {}
    for heads in run.heads.values():
        for head in heads:
            wanted.setdefault(head.said.events, []).append(head)
    tree, merged, forgotten, connection = Frontier(), dict[str, str](), set[str](), run.connection

    def compare() -> None:
        for head in wanted.pop(tree.size, ()):
            if head.said.events_root != tree.root():
                run.verdict.add("events", f"events 1 to {tree.size} are not those of {head.where}")

    compare()
    for row in connection.execute(f"{SELECT_EVENTS} ORDER BY number"):
        tree.append(_leaf(EVENT, row))
        compare()
        kind, body = row[EVENT.index("kind")], row[EVENT.index("body")]
        if kind == "FORGOTTEN":
            forgotten.add(str(_said(connection, body, "$.subject", "$.subject")[0]))
        if kind == "MERGED":
            gone, kept = _said(connection, body, "$.gone", "$.kept")
            if gone is not None and kept is not None:
                merged = {each: kept if its == gone else its for each, its in merged.items()} | {gone: kept}
    run.verdict.events = tree.size
    if wanted:
        run.verdict.add("events", f"{tree.size} events are there, and {max(wanted)} were signed")
    if merged != dict(connection.execute("SELECT gone, kept FROM merged_subjects")):
        run.verdict.add("events", "who turned out to be one person is not what the events of the log say")
    return merged, forgotten


def _said(connection: sqlite3.Connection, body: Any, one: str, other: str) -> tuple[Any, Any]:
    """What stands in an event's body under two paths."""
    try:
        found: tuple[Any, Any] = connection.execute(
            "SELECT json_extract(?1, ?2), json_extract(?1, ?3)", (body, one, other)
        ).fetchone()
    except sqlite3.Error:
        return None, None
    return found


def _whose(run: _Run, merged: Mapping[str, str], forgotten: Set[str]) -> None:
    """Whose a log is, is taken away from it by forgetting alone; it would be nobody's to read."""
    execute = run.connection.execute
    for (subject,) in execute(
        "SELECT id FROM subjects WHERE kind = 'PERSON' AND id NOT IN (SELECT subject FROM person_codes) ORDER BY id"
    ):
        if subject not in forgotten:
            run.verdict.add("people", f"no code leads to {subject} any more, and no event says that they are forgotten")
    for (subject,) in execute("SELECT subject FROM subject_keys WHERE key IS NULL ORDER BY subject"):
        if merged.get(subject, subject) not in forgotten:
            run.verdict.add("people", f"the key of {subject} is gone, and no event says that they are forgotten")


def _leaf(names: Sequence[str], row: Sequence[Any]) -> bytes:
    try:
        return leaf_hash(encoded(names, row))
    except NotAsWritten:
        return NOT_WRITTEN


def _rows(run: _Run, filed: Filed) -> int:
    """Hash every row and compare; how many there are."""
    connection = run.connection
    (of,) = connection.execute("SELECT count(*) FROM access_records").fetchone()
    tiles = connection.execute("SELECT number, last_place, root, leaves FROM log_leaves ORDER BY number")
    tree, leaves, place = Frontier(), list[bytes](), 0
    _hold(run, tree, place)
    heads, append = run.heads, tree.append
    for row in connection.execute(f"{SELECT_ROWS} ORDER BY place"):
        place = row[0]
        leaf = _leaf(ROW, row)
        append(leaf)
        leaves.append(place.to_bytes(PLACE_BYTES, "big", signed=True) + leaf)
        filed.expect(place, row[_RECORDS])
        size = tree.size
        if size in heads:
            _hold(run, tree, place)
        if len(leaves) == TILE:
            _tile(run, size // TILE - 1, place, leaves, tiles.fetchone())
            leaves = []
        if size % _TELL_EVERY == 0:
            run.tell(size, of)
    _tail(run, tree.size, leaves, tiles.fetchone())
    if tiles.fetchone() is not None:
        run.broken = True
    if any(size > tree.size for size in heads):
        largest = max(heads)
        run.verdict.add(
            "truncated",
            f"{tree.size} rows are there, and {heads[largest][0].where} is over {largest}: "
            f"{largest - tree.size} or more are missing",
        )
        run.broken = True
    run.tell(tree.size, of)
    return tree.size


def _hold(run: _Run, tree: Frontier, place: int) -> None:
    for head in run.heads.get(tree.size, ()):
        if head.said.root != tree.root():
            run.broken = True
        kept = (head.frontier, head.last_place)
        if head.frontier is not None and not run.broken and kept != (tree.written(), place):
            run.verdict.add("checkpoint", f"{head.where}: what the tree goes on from was changed")


def _tile(run: _Run, number: int, place: int, leaves: list[bytes], kept: Sequence[Any] | None) -> None:
    if run.broken:
        return
    signed = max(run.heads, default=0) - number * TILE
    if 0 < signed < TILE:
        # Rows came after the last checkpoint, and filled the tile that it left open.
        leaves = leaves[:signed]
        place = int.from_bytes(leaves[-1][:PLACE_BYTES], "big", signed=True)
    root = root_of([each[PLACE_BYTES:] for each in leaves])
    if kept is None and signed > 0:
        run.verdict.add(
            "leaves", f"leaves of rows {number * TILE + 1} to {number * TILE + len(leaves)} are not kept any more"
        )
    elif kept is not None and tuple(kept) != (number, place, root, b"".join(leaves)):
        run.broken = True


def _tail(run: _Run, size: int, leaves: list[bytes], kept: Sequence[Any] | None) -> None:
    """The last tile is over as many rows as the last checkpoint."""
    if run.broken or not run.heads:
        return
    signed = max(run.heads) - size // TILE * TILE
    if kept is None:
        if signed > 0:
            run.verdict.add("leaves", "leaves of the last rows are not kept any more")
        return
    known = leaves[: max(signed, 0)]
    hashes = [each[PLACE_BYTES:] for each in known]
    place = int.from_bytes(known[-1][:PLACE_BYTES], "big", signed=True) if known else kept[1]
    if tuple(kept) != (size // TILE, place, root_of(hashes) if known else kept[2], b"".join(known)):
        run.broken = True
