"""Signs what the log holds: every minute in which there is something new, and soon after every thousand records.

Rows are hashed here and not where they are written: until a head over them is signed, a hash in the same store proves
nothing that the row does not, and a request would wait for it. See docs/decisions/0014-the-log-proves-itself.md.
"""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_or_replace

from adapters.kit.aside import short_turns
from gateway.audit.kept_outside import KeptOutside
from gateway.audit.leaves import EVENT, ROW, SELECT_EVENTS, SELECT_ROWS, NotAsWritten, encoded
from gateway.audit.notes import BadNote, Checkpoint, Signer
from gateway.audit.patience import Patience
from gateway.audit.tree import HASH_BYTES, Frontier, leaf_hash, root_of
from gateway.store.errors import StoreError
from gateway.store.prepared import Prepared, driver
from gateway.store.store import Store
from gateway.store.tables.proof import log_checkpoints, log_leaves
from gateway.store.writer import Trouble

TILE = 256
"""Rows whose leaves stand together."""
PLACE_BYTES = 8
MOST_SECONDS = 60.0
MOST_RECORDS = 1_000
"""So old, or so many, may records be that no checkpoint is over yet."""
GATHER_SECONDS = 0.25
"""Then more are waited for: a list is hundreds of records, and a head over ten lists costs as much as over one."""
_ROWS_A_TURN = 32
_ROWS_A_CHECKPOINT = 8_192
_REST_SECONDS = 0.001
"""Between turns: the event loop has the interpreter meanwhile."""

OUTSIDE_SECONDS = 10.0
"""How long the place outside may take: where it hangs, signing and recording go on without it."""

ALTERED = "ALTERED"
"""Reason of a trouble: the store does not hold what was signed."""
_NOT_OURS = "the last checkpoint outside is none of the store's: an earlier state of it was put in its place"
_log = structlog.get_logger(__name__)

# Under load there are many checkpoints a second.
_TILE = insert_or_replace(log_leaves).values({column: bindparam(column.name) for column in log_leaves.columns})
_WRITE_TILE = Prepared(
    _TILE.on_conflict_do_update(
        index_elements=["number"], set_={name: _TILE.excluded[name] for name in ("last_place", "root", "leaves")}
    )
)
_NEWEST = Prepared(select(func.coalesce(func.max(log_checkpoints.c.number), 0)))
_WRITE_HEAD = Prepared(
    insert(log_checkpoints)
    .values({name: bindparam(name) for name in ("size", "last_place", "frontier", "note")})
    .inline()
)


class LogAltered(Exception):
    """The store does not hold what was signed before: nothing is signed on top of it. The message says what is so."""


class _OvertakenError(Exception):
    """Another gateway on the same store has signed meanwhile."""


@dataclass(slots=True)
class _Grown:
    """The trees as far as they are read."""

    rows: Frontier = field(default_factory=Frontier)
    place: int = 0
    """Of the last row."""
    leaves: list[bytes] = field(default_factory=list)
    """Place and leaf of the rows behind the last whole tile."""
    events: Frontier = field(default_factory=Frontier)
    tiles: list[tuple[int, int, bytes, bytes]] = field(default_factory=list)
    """Tiles to be written: number, last place, root, leaves."""
    head: int = 0
    """Number of the checkpoint that they grow from."""

    def add(self, row: Sequence[Any]) -> None:
        leaf = leaf_hash(encoded(ROW, row))
        self.place = row[0]
        self.rows.append(leaf)
        self.leaves.append(row[0].to_bytes(PLACE_BYTES, "big") + leaf)
        if len(self.leaves) == TILE:
            self.close_tile(self.rows.size // TILE - 1)
            self.leaves = []

    def close_tile(self, number: int) -> None:
        root = root_of([each[PLACE_BYTES:] for each in self.leaves])
        self.tiles.append((number, self.place, root, b"".join(self.leaves)))

    def copy(self) -> _Grown:
        return _Grown(self.rows.copy(), self.place, list(self.leaves), self.events.copy(), [], self.head)


class Checkpointer:
    """Signs heads of one store's log.

    Args:
        outside: where they are kept besides.
        clock: aware UTC.
        outside_seconds: how long that place may take.
    """

    def __init__(
        self,
        store: Store,
        signer: Signer,
        outside: KeptOutside,
        clock: Callable[[], datetime],
        outside_seconds: float = OUTSIDE_SECONDS,
    ) -> None:
        self._store = store
        self._signer = signer
        self._outside = outside
        self._patience = Patience(outside_seconds, "the place for checkpoints")
        self._clock = clock
        self._grown: _Grown | None = None
        self._unkept: list[tuple[Checkpoint, str]] | None = None
        """What is not outside yet; None: who knows."""
        self._keeping: object | None = None
        """The turn of bringing them there that somebody waits for."""
        self._turn = threading.Lock()
        self.trouble: Trouble | None = None
        """Why checkpoints are not signed, or not kept outside; None: all is well."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sign from time to time, at once to begin with, and once more at the end."""
        loop, enough = asyncio.get_running_loop(), asyncio.Event()
        gathering: asyncio.TimerHandle | None = None
        # Each is changed by one thread alone: the first two by the writer's, the third by the loop's.
        total, told_at, signed = 0, -1, 0

        def written(count: int) -> None:
            nonlocal total, told_at
            total += count
            since = signed  # read once: it changes meanwhile
            if total - since >= MOST_RECORDS and told_at != since:
                told_at = since
                with suppress(RuntimeError):  # The loop is closed: the last head is signed all the same.
                    loop.call_soon_threadsafe(soon)

        def soon() -> None:
            nonlocal gathering
            if gathering is not None:
                gathering.cancel()
            gathering = loop.call_later(GATHER_SECONDS, enough.set)

        async def from_time_to_time() -> None:
            nonlocal signed
            while not ended:
                signed = total
                await asyncio.to_thread(self.sign_or_say)
                timer = loop.call_later(MOST_SECONDS, enough.set)
                await enough.wait()
                timer.cancel()
                if gathering is not None:
                    gathering.cancel()
                enough.clear()

        ended = False
        self._store.on_records(written)
        signing = asyncio.create_task(from_time_to_time())
        try:
            yield
        finally:
            self._store.on_records(None)
            # Told and not cancelled: what waits with a timeout may miss that it is cancelled while it is woken.
            ended = True
            enough.set()
            await signing
            await asyncio.to_thread(self.sign_or_say)

    def sign_or_say(self) -> bool:
        """Sign what is new; what hinders it goes to the service's log, and the next time tries again."""
        try:
            self.sign()
        except LogAltered as error:
            _log.critical("audit.log_altered", reason=str(error), remedy="Run gateway audit verify on a copy.")
            self._troubled(ALTERED)
        except StoreError:
            # The store's own part of readiness says why.
            _log.error("audit.checkpoint_failed", reason="the store takes nothing")
        except OSError as error:
            _log.error("audit.checkpoint_not_kept_outside", reason=error.strerror)
            self._troubled(errno.errorcode.get(error.errno or 0, type(error).__name__))
        else:
            if self.trouble is not None:
                self.trouble = None
                _log.warning("audit.checkpoints_kept_outside_again")
            return True
        return False

    def _troubled(self, reason: str) -> None:
        self.trouble = Trouble(self._clock() if self.trouble is None else self.trouble.since, reason)

    def sign(self) -> Checkpoint | None:
        """Sign all that is new. Blocks; for threads and the command line.

        Returns:
            The last checkpoint; None where nothing is new.

        Raises:
            LogAltered: see there.
            StoreError: the store gives or takes nothing.
            OSError: the checkpoint is made, and could not be kept outside.
        """
        with self._turn:
            made, full = None, True
            while full:
                begun = self._grown or self._first()
                grown = begun.copy()
                full = self._grow(grown)
                if (grown.rows.size, grown.events.size) == (begun.rows.size, begun.events.size):
                    self._grown = begun
                    break
                try:
                    made = self._write(grown)
                except _OvertakenError:
                    # What is written over a newer head would be over less than what is signed.
                    self._grown, full = None, True
                    continue
                self._grown = grown
            self._keeping = keeping = object()
            try:
                self._patience.call(lambda: self._keep(keeping))
            except TimeoutError:
                # It may be done later, or half of it: what is there is looked at anew.
                self._unkept = self._keeping = None
                raise
            self._unkept = []
            return made

    # ------------------------------------------------------------ what was signed before

    def _first(self) -> _Grown:
        # Before the store is read: a transaction that waits for another machine would keep everything that is written
        # meanwhile out of the store's own file.
        try:
            outside = self._patience.call(self._last_outside)
        except OSError as error:
            outside = None
            _log.error("audit.checkpoints_unreadable", reason=error.strerror)
        return self._store.read_sync(lambda connection: self._begin(connection, outside))

    def _begin(self, connection: Connection, outside: Checkpoint | None) -> _Grown:
        c = log_checkpoints.c
        last = connection.execute(select(log_checkpoints).order_by(c.number.desc()).limit(1)).first()
        if last is None:
            if outside is not None and outside.size:
                raise LogAltered(f"no checkpoint is in the store, and one over {outside.size} rows is outside")
            return _Grown()
        try:
            said = Checkpoint.parse(self._opened(last.note))
            rows = Frontier.read(last.size, last.frontier)
        except ValueError:
            raise LogAltered("the last checkpoint in the store is not what was signed") from None
        if (said.size, said.root) != (rows.size, rows.root()):
            raise LogAltered("the last checkpoint in the store is not what was signed")
        if outside is not None and (outside.size, outside.events) > (said.size, said.events):
            raise LogAltered(f"the store's last checkpoint is over {said.size} rows, the one outside over more")
        if outside is not None and outside not in self._made(connection, outside.size):
            raise LogAltered(_NOT_OURS)
        grown = _Grown(rows, last.last_place, head=last.number)
        if said.size % TILE:
            tile = connection.execute(select(log_leaves).where(log_leaves.c.number == said.size // TILE)).first()
            step = PLACE_BYTES + HASH_BYTES
            text = b"" if tile is None else tile.leaves
            grown.leaves = [text[at : at + step] for at in range(0, len(text), step)]
        if said.size and not self._ends_so(connection, grown, said.size):
            raise LogAltered("the last row that was signed is not what it was")
        for event in self._events(connection, 0)[: said.events]:
            grown.events.append(event)
        if (grown.events.size, grown.events.root()) != (said.events, said.events_root):
            raise LogAltered("the events of the log are not what was signed")
        return grown

    def _opened(self, note: str) -> str:
        """Text of an own note; one of a key of before is not checked here, but by ``gateway audit verify``."""
        try:
            return self._signer.verifier.open(note)
        except BadNote:
            name = note.partition("\n")[0]
            if name == self._signer.verifier.name:
                raise
            return note.partition("\n\n")[0] + "\n"

    def _ends_so(self, connection: Connection, grown: _Grown, size: int) -> bool:
        """Whether the last row that was signed is there, and its tile holds what the tree goes on from."""
        select_row = f"{SELECT_ROWS} WHERE place = ?"
        row = driver(connection).execute(select_row, (grown.place,)).fetchone()
        if size % TILE and len(grown.leaves) != size % TILE:
            return False
        try:
            leaf = None if row is None else leaf_hash(encoded(ROW, row))
        except NotAsWritten:
            return False
        return leaf is not None and (not grown.leaves or grown.leaves[-1][PLACE_BYTES:] == leaf)

    def _last_outside(self) -> Checkpoint | None:
        """Raises: OSError."""
        last = None
        try:
            for note in self._outside.latest():
                with suppress(BadNote):
                    last = Checkpoint.parse(self._signer.verifier.open(note))
        except ValueError:
            _log.error("audit.checkpoints_unreadable")
        return last

    # ------------------------------------------------------------ what is new

    def _grow(self, grown: _Grown) -> bool:
        """Read on; True where more may follow."""
        begin = grown.rows.size
        with self._store.looking_up() as connection:
            while grown.rows.size - begin < _ROWS_A_CHECKPOINT and self._add_rows(connection, grown):
                time.sleep(_REST_SECONDS)
            for leaf in self._events(connection, grown.events.size):
                grown.events.append(leaf)
        return grown.rows.size - begin >= _ROWS_A_CHECKPOINT

    def _add_rows(self, connection: Connection, grown: _Grown) -> bool:
        """Add the rows of a turn; True where more may follow."""
        # A row may be the record of a list, as long as an answer.
        with short_turns():
            rows = self._rows(connection, grown.place)
            try:
                for row in rows:
                    grown.add(row)
            except NotAsWritten:
                raise LogAltered("a row has a value that no gateway writes") from None
        return len(rows) == _ROWS_A_TURN

    @staticmethod
    def _rows(connection: Connection, after: int) -> list[Sequence[Any]]:
        statement = f"{SELECT_ROWS} WHERE place > ? ORDER BY place LIMIT {_ROWS_A_TURN}"
        rows: list[Sequence[Any]] = driver(connection).execute(statement, (after,)).fetchall()
        return rows

    @staticmethod
    def _events(connection: Connection, after: int) -> list[bytes]:
        statement = f"{SELECT_EVENTS} ORDER BY number LIMIT -1 OFFSET ?"
        try:
            return [leaf_hash(encoded(EVENT, row)) for row in driver(connection).execute(statement, (after,))]
        except NotAsWritten:
            raise LogAltered("an event has a value that no gateway writes") from None

    # ------------------------------------------------------------ what is signed now

    def _write(self, grown: _Grown) -> Checkpoint:
        rows, events = grown.rows, grown.events
        name = self._signer.verifier.name
        made = Checkpoint(name, rows.size, rows.root(), self._clock(), events.size, events.root())
        note = self._signer.sign(made.text)
        if grown.leaves:
            grown.close_tile(rows.size // TILE)
        tiles, grown.tiles = grown.tiles, []
        head = {"size": rows.size, "last_place": grown.place, "frontier": rows.written(), "note": note}

        def job(connection: Connection) -> int:
            [(newest,)] = _NEWEST.rows(connection)
            if newest != grown.head:
                raise _OvertakenError
            _WRITE_TILE.write(connection, tiles)
            return _WRITE_HEAD.insert(connection, **head)

        grown.head = self._store.write_sync(job)
        if self._unkept is not None:
            self._unkept.append((made, note))
        return made

    def _keep(self, keeping: object) -> None:
        """Bring what is outside up to date: also with what a crash has left out, a disk that was full, or one that was
        taken away and is back, or another.
        """
        if self._unkept is None or not self._outside.is_as_left:
            # Known only once it is written: until then the place may change again.
            self._unkept = None
        unkept = self._left_out() if self._unkept is None else self._unkept
        # Where reading hung, nobody waits any more, and the place may be another meanwhile.
        if unkept and keeping is self._keeping:
            self._outside.append(unkept)

    def _left_out(self) -> list[tuple[Checkpoint, str]]:
        last = self._last_outside()
        made = self._store.read_sync(lambda connection: self._made(connection, -1 if last is None else last.size))
        if last is not None and last not in made:
            # The place was not there when the store was looked at.
            self._grown = None
            raise LogAltered(_NOT_OURS)
        return [
            (each, note)
            for each, note in made.items()
            if last is None or (each.size, each.events) > (last.size, last.events)
        ]

    @staticmethod
    def _made(connection: Connection, size: int) -> dict[Checkpoint, str]:
        """Checkpoints of the store over so many rows or more, each with its note."""
        c = log_checkpoints.c
        notes = connection.execute(select(c.note).where(c.size >= size).order_by(c.number)).scalars()
        try:
            return {Checkpoint.parse(note.partition("\n\n")[0] + "\n"): note for note in notes}
        except BadNote:
            raise LogAltered("a checkpoint in the store is not what was signed") from None
