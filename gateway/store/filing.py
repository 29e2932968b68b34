"""Files access records under the people they are about, so that each can read the own log.

A record is durable, and may be released on, before it is filed. Filing many at a time costs a tenth of what it costs to
file each on its own: rows of one person come together, and a page of the file is written once for many.

That is more than whoever writes meanwhile should wait for: many records are filed in steps, each a transaction of its
own. What has been filed counts once the last one is there, which says so (:data:`IS_FILED`); what a crash left of the
others says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import orjson
from sqlalchemy import Connection, bindparam, exists, func, insert, select

from adapters.kit.aside import short_turns
from gateway.store.log_rows import LogRows, write_rows
from gateway.store.prepared import Prepared, driver, listed
from gateway.store.tables.access import access_filings, access_records, access_subjects
from gateway.store.tables.people import merged_subjects

MOST_WAITING = 65_536
"""Work that may wait: subjects of records, and a few more for every row."""
FEW_WAITING = 1_024
"""The same, filed so soon that nobody minds."""
STEP_SECONDS = 0.004
"""How long a step takes, or little longer: whoever writes meanwhile waits for one."""
_A_ROW = 8
_A_SUBJECT_BYTES = 64
_WAITING = "access records waiting to be filed"
_WRITTEN = "access records written"
_SAME = 4
"""Of a subject's id: those who begin alike are filed together, since they stand together."""

IS_FILED = exists().where(access_filings.c.up_to == access_subjects.c.up_to)
"""Of a row of ``access_subjects``: it counts. A row that does not is of a filing that goes on, or that nobody ended."""

_LAST = Prepared(select(func.max(access_filings.c.up_to)).where(access_filings.c.up_to > 0))
_UNFILED = Prepared(
    select(access_records.c.place, access_records.c.records)
    .where(access_records.c.place > bindparam("after"))
    .order_by(access_records.c.place)
)
_UNFILED_BYTES = Prepared(
    select(func.coalesce(func.sum(func.length(access_records.c.records)), 0)).where(
        access_records.c.place > bindparam("after")
    )
)
_MERGED = Prepared(select(merged_subjects.c.gone, merged_subjects.c.kept))
_FILED = Prepared(insert(access_filings).values(up_to=bindparam("up_to")).inline())
SUBJECT = Prepared(
    insert(access_subjects).values({column: bindparam(column.name) for column in access_subjects.columns}).inline()
)
_UNDONE = 64
"""Rows at a time."""
_UNDO = "DELETE FROM access_subjects WHERE subject = ? AND up_to = ? AND claim = ?"
_CLEAR = "DELETE FROM access_subjects WHERE up_to = ?"
_BEGUN = "INSERT OR IGNORE INTO access_filings (up_to) VALUES (?)"
_NO_LONGER_BEGUN = "DELETE FROM access_filings WHERE up_to = ?"


def append_rows(connection: Connection, rows: LogRows) -> int:
    """Write rows inside a write.

    Returns:
        The place of the first row; the others follow it one by one.
    """
    place = write_rows(connection, rows.rows)
    count_written(connection, rows)
    return place


def count_written(connection: Connection, *written: LogRows) -> None:
    """Rows were written."""
    info = connection.info
    info[_WRITTEN] = info.get(_WRITTEN, 0) + sum([each.records for each in written])
    info[_WAITING] = info.get(_WAITING, 0) + sum([each.subjects + _A_ROW * len(each.rows) for each in written])


def take_count(connection: Connection) -> int:
    """How many records were written since it was asked last; what was undone again is among them."""
    count: int = connection.info.pop(_WRITTEN, 0)
    return count


def begin_counting(connection: Connection) -> None:
    """See what waits in the file, whoever wrote it. By its length, which is as good as its count."""
    [(length,)] = _UNFILED_BYTES.rows(connection, after=_last_filed(connection))
    connection.info[_WAITING] = length // _A_SUBJECT_BYTES


def waiting(connection: Connection) -> int:
    """Work that waits, as :data:`MOST_WAITING` says."""
    count: int = connection.info.get(_WAITING, 0)
    return count


def count_again(connection: Connection, before: int) -> None:
    """What was written or filed since there waited so much is undone."""
    connection.info[_WAITING] = before


def file_records(connection: Connection) -> None:
    """File all records that wait, at once. Only inside a write."""
    filing = Filing()
    while not filing.step(connection):
        pass


class Filing:
    """Files all records that wait when it begins, in steps. Where somebody else files meanwhile, it files nothing.

    All steps are of one connection, each inside a write of its own, or all in one. Where one fails, there is no other.
    """

    def __init__(self) -> None:
        self._after: int | None = None
        """Up to where records were filed before; None: it has not begun."""
        self._up_to = 0
        self._written: list[tuple[str, int, str]] = []
        """Keys of what is filed and does not count yet."""
        self._marked = False
        """That it has begun to write is its own mark."""
        self._pieces: Iterator[None] = iter(())

    def step(self, connection: Connection) -> bool:
        """Go on for some milliseconds; True once it has ended. Other threads do not wait long for the interpreter."""
        last = _last_filed(connection)
        if last != self._after:
            begins, self._after = self._after is None, last
            self._pieces = self._file(connection, last) if begins else self._undo(connection)
        until = monotonic() + STEP_SECONDS
        with short_turns():
            for _ in self._pieces:
                if monotonic() >= until:
                    return False
        return True

    def _file(self, connection: Connection, after: int) -> Iterator[None]:
        connection.info[_WAITING] = 0
        rows = _UNFILED.rows(connection, after=after)
        if not rows:
            return
        up_to = self._up_to = rows[-1][0]
        # Whoever goes through one list again and again leaves the same text each time.
        places_of: dict[str, list[int]] = {}
        for place, records in rows:
            places_of.setdefault(records, []).append(place)
        del rows
        # Written by who looked somebody up before two subjects turned out to be one person.
        kept = dict(_MERGED.rows(connection))
        found: dict[tuple[str, str], list[tuple[int, int]]] = {}
        beginning: dict[str, list[tuple[str, str]]] = {}
        for records, places in places_of.items():
            for number, (claim, about, *_) in enumerate(orjson.loads(records)):
                here = [(place, number) for place in places]
                for subject in {kept.get(each, each) for each in about} if kept else about:
                    name = (subject, claim or "")
                    known = found.get(name)
                    if known is None:
                        found[name] = here.copy()
                        beginning.setdefault(subject[:_SAME], []).append(name)
                    else:
                        known += here
            yield
        places_of.clear()
        below = driver(connection)
        self._marked = below.execute(_BEGUN, (-up_to,)).rowcount == 1
        if not self._marked:
            # Up to there somebody began before: of whom a crash ended it may have been about more, and who still goes
            # on finds it done. It takes as long as it takes, and is seldom.
            below.execute(_CLEAR, (up_to,))
        for _, names in sorted(beginning.items()):
            names.sort()
            rows = [(subject, up_to, claim, places_text(found.pop((subject, claim)))) for subject, claim in names]
            SUBJECT.write(connection, rows)
            self._written += [row[:3] for row in rows]
            if self._marked:
                yield
        below.execute(_NO_LONGER_BEGUN, (-up_to,))
        _FILED.insert(connection, up_to=up_to)
        self._after = up_to

    def _undo(self, connection: Connection) -> Iterator[None]:
        below = driver(connection)
        if (
            not self._marked
            or below.execute("SELECT 1 FROM access_filings WHERE up_to = ?", (self._up_to,)).fetchone() is not None
        ):
            return  # Whoever filed up to the same place filed the same.
        while self._written:
            some = self._written[-_UNDONE:]
            del self._written[-_UNDONE:]
            below.executemany(_UNDO, some)
            yield
        below.execute(_NO_LONGER_BEGUN, (-self._up_to,))
        begin_counting(connection)


def _last_filed(connection: Connection) -> int:
    [(last,)] = _LAST.rows(connection)
    return last or 0


def places_text(places: list[tuple[int, int]]) -> str:
    """As a row of ``access_subjects`` has them: places and numbers by turns, in order; one text for one set."""
    places.sort()
    return listed([number for place in places for number in place])
