"""Where a personal code could lie, each place read as it is, and searched."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tests.invariants.leak.spellings import Finding, Search

MAY_HOLD = frozenset(
    {
        "person_codes.code",
        "mandates.holder_code",
        "claims.answers",
        "former_answers.answers",
        "outbox.payload",
        "claim_events.note",
        "claims.owner_reference",
        "owner_changes.word",
        "owner_changes.note",
        "owner_changes.reference",
        "owner_changes.change_id",
    }
)
"""Columns of the store that are there for a code, or for what applicants and owners wrote, word for word."""
_STORES = ("*.sqlite3", "*.sqlite3-wal", "*.sqlite3-shm")


@dataclass(slots=True)
class Place:
    """What was searched there."""

    bytes: int = 0
    findings: list[Finding] = field(default_factory=list)


class Places:
    """All places of one world.

    Args:
        search: looks for the codes.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self.found: dict[str, Place] = {}
        self.allowed: Counter[str] = Counter()
        """Values with a code in columns that may hold one."""
        self.lines: Counter[tuple[str, str, str]] = Counter()
        """Lines of logs by level, part and event."""
        self._read: dict[Path, int] = {}

    def look(self, place: str, content: bytes | str) -> list[Finding]:
        """Search what lies there."""
        raw = content.encode(errors="surrogatepass") if isinstance(content, str) else content
        found = self._search.find(raw)
        known = self.found.setdefault(place, Place())
        known.bytes += len(raw)
        known.findings += found
        return found

    def look_further(self, place: str, *files: Path) -> list[Finding]:
        """Search what was added to files since they were searched last."""
        return [found for file in files for found in self.look(place, self._further(file))]

    def look_at_names(self, folder: Path) -> None:
        """Search the names of all files in a folder."""
        self.look("names of files", "\n".join(str(file.relative_to(folder)) for file in folder.rglob("*")))

    def look_at_contents(self, place: str, folder: Path, besides: Iterable[str] = _STORES) -> None:
        """Search what is in the files of a folder, but for those that are searched otherwise."""
        self.look(place, b"")  # A place without files was looked at, too.
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not any(file.match(each) for each in besides):
                self.look(place, file.read_bytes())

    def look_at_store(self, file: Path) -> None:
        """Search each column of each table."""
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)) as store:
            store.text_factory = bytes
            tables = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (table,) in tables:
                columns = [row[1].decode() for row in store.execute(f'PRAGMA table_info("{table.decode()}")')]
                for column in columns:
                    self._look_at_column(store, table.decode(), column)

    def _look_at_column(self, store: sqlite3.Connection, table: str, column: str) -> None:
        name = f"{table}.{column}"
        values = [_raw(value) for (value,) in store.execute(f'SELECT "{column}" FROM "{table}"')]
        if name in MAY_HOLD:
            self.allowed[name] += len(self._search.find(b"\n".join(values)))
        else:
            self.look("columns of the store that are for no code", name.encode() + b"\n" + b"\n".join(values))

    def look_at_cache(self, redis: Any) -> None:
        """Search the keys of the shared cache, and what clients call themselves."""
        self.look("keys of the shared cache", b"\n".join(redis.scan_iter(count=1000)))
        self.look("keys of the shared cache", str(redis.client_list()))

    def look_at_processes(self, processes: Mapping[str, int]) -> None:
        """Search titles, arguments and names of threads, as ``ps`` shows them."""
        for pid in processes.values():
            of_it = Path(f"/proc/{pid}")
            if of_it.is_dir():
                named = [of_it / "cmdline", of_it / "comm", *of_it.glob("task/*/comm")]
                self.look("titles, arguments, threads (ps)", b"\n".join(file.read_bytes() for file in named))

    def _further(self, file: Path) -> bytes:
        if not file.exists():
            return b""
        with file.open("rb") as opened:
            opened.seek(self._read.get(file, 0))
            written = opened.read()
        self._read[file] = self._read.get(file, 0) + len(written)
        for line in written.splitlines():
            if line.startswith(b"{"):
                try:
                    told = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                self.lines[str(told.get("level")), str(told.get("part", "")), str(told.get("event"))] += 1
        return written


def _raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
