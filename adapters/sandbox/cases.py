"""The cases that owners' systems hold: on disk before the sender hears of them, one for each idempotency key."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from adapters.sandbox.world.model import OpeningCase

FILE = "sandbox-cases.sqlite"
STATUSES = ("IZSK", "PAPI", "APM", "ATT")
"""What a case becomes: looked into, asked for more, granted, refused; as every owner's contract here has it."""

_TABLE = """
CREATE TABLE IF NOT EXISTS cases (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  register TEXT NOT NULL,
  place TEXT NOT NULL,
  message_id TEXT NOT NULL,
  claim_id TEXT NOT NULL,
  claim_type TEXT NOT NULL,
  reference TEXT NOT NULL,
  content TEXT NOT NULL
)
"""
_FOLLOWING = """
CREATE TABLE IF NOT EXISTS following (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  register TEXT NOT NULL,
  place TEXT NOT NULL,
  message_id TEXT NOT NULL,
  reference TEXT NOT NULL,
  kind TEXT NOT NULL,
  content TEXT NOT NULL
)
"""
_CHANGES = """
CREATE TABLE IF NOT EXISTS changes (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  register TEXT NOT NULL,
  place TEXT NOT NULL,
  reference TEXT NOT NULL,
  status TEXT NOT NULL,
  at TEXT NOT NULL,
  note TEXT
)
"""
_MOVED = (
    "ALTER TABLE cases RENAME TO cases_with_keys",
    _TABLE,
    "INSERT INTO cases SELECT * FROM cases_with_keys",
    "DROP TABLE cases_with_keys",
)
"""For a file of the time when every owner knew keys."""
_FIRST_NUMBER = 1000
"""New cases are numbered from here, so that opening cases keep theirs."""


class OtherContentError(Exception):
    """This idempotency key already stands for another body."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case, as the control endpoint shows it."""

    reference: str
    claim_id: str
    message_id: str
    claim_type: str


@dataclass(frozen=True, slots=True)
class Following:
    """A message about a case that the owner has."""

    reference: str
    message_id: str
    kind: str
    """``ANSWERS`` or ``WITHDRAWAL``."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a case's status, in the register's own code."""

    number: int
    reference: str
    status: str
    at: str
    """RFC 3339, UTC."""
    note: str | None


class CaseBook:
    """All owners' cases in one SQLite file.

    Args:
        data: the folder; None keeps them in memory.
        opening: cases written when the file is new, and only then.
    """

    def __init__(self, data: Path | None, opening: Iterable[OpeningCase]) -> None:
        if data is not None:
            data.mkdir(parents=True, exist_ok=True)
        path = None if data is None else data / FILE
        self._database = sqlite3.connect(":memory:" if path is None else path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("BEGIN IMMEDIATE")
        # The file may exist without its table where the process was killed between the two, so the table decides.
        made = self._database.execute("SELECT sql FROM sqlite_master WHERE name = 'cases'").fetchone()
        new = made is None
        for statement in (*(_MOVED if made and "UNIQUE" in made[0] else ()), _TABLE, _FOLLOWING, _CHANGES):
            self._database.execute(statement)
        if new:
            self._database.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('cases', ?)", (_FIRST_NUMBER,))
            self._database.executemany(
                "INSERT INTO cases (number, register, place, message_id, claim_id, claim_type, reference, content)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, '')",
                [
                    (n, c.register, c.municipality or "", c.message_id, c.claim_id, c.claim_type, c.reference)
                    for n, c in enumerate(opening, 1)
                ],
            )
        self._database.execute("COMMIT")

    def receive(
        self,
        register: str,
        place: str,
        message_id: str,
        claim_id: str,
        claim_type: str,
        prefix: str,
        body: Any,
        *,
        knows_keys: bool = True,
    ) -> tuple[str, bool]:
        """Take a message in; durable when it returns.

        Args:
            place: the municipality of a municipal system, else empty.
            prefix: what the reference begins with; the running number follows.
            body: the JSON content; its digest tells a repetition from another message.
            knows_keys: False where the owner compares nothing: the same message again is another case.

        Returns:
            The reference, and whether the case is new.

        Raises:
            OtherContentError: the key was used for another body.
        """
        digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
        self._database.execute("BEGIN IMMEDIATE")
        try:
            known = self._database.execute(
                "SELECT reference, content FROM cases WHERE register = ? AND place = ? AND message_id = ?",
                (register, place, message_id),
            ).fetchone()
            if known is None or not knows_keys:
                row = self._database.execute(
                    "INSERT INTO cases (register, place, message_id, claim_id, claim_type, reference, content)"
                    " VALUES (?, ?, ?, ?, ?, '', ?)",
                    (register, place, message_id, claim_id, claim_type, digest),
                ).lastrowid
                reference = f"{prefix}{row:06}"
                self._database.execute("UPDATE cases SET reference = ? WHERE number = ?", (reference, row))
        finally:
            self._database.execute("COMMIT")
        if known is None or not knows_keys:
            return reference, True
        if known[1] not in ("", digest):
            raise OtherContentError
        return str(known[0]), False

    def add(self, register: str, place: str, message_id: str, reference: str, kind: str, body: Any) -> bool:
        """Put a message to a case; durable when it returns. False: it is there already, or there is no such case."""
        digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
        if not self._rows("cases", "reference", register, place, "reference", reference):
            return False
        if self._rows("following", "reference", register, place, "message_id", message_id):
            return False
        self._database.execute(
            "INSERT INTO following (register, place, message_id, reference, kind, content) VALUES (?, ?, ?, ?, ?, ?)",
            (register, place, message_id, reference, kind, digest),
        )
        return True

    def find(self, register: str, place: str, message_id: str) -> str | None:
        """The reference of a message that arrived."""
        return next(iter(self.all_of(register, place, message_id)), None)

    def all_of(self, register: str, place: str, message_id: str) -> list[str]:
        """The references that a message has: more than one where an owner that compares nothing got it again."""
        return [
            reference
            for table in ("cases", "following")
            for reference in self._rows(table, "reference", register, place, "message_id", message_id)
        ]

    def case_of(self, register: str, place: str, claim_id: str) -> str | None:
        """The newest case of a claim."""
        return next(iter(self._rows("cases", "reference", register, place, "claim_id", claim_id)[::-1]), None)

    def change(self, register: str, reference: str, status: str, at: str, note: str | None) -> bool:
        """Change a case's status. False: there is no such case."""
        row = self._database.execute(
            "SELECT place FROM cases WHERE register = ? AND reference = ?", (register, reference)
        ).fetchone()
        if row is None:
            return False
        self._database.execute(
            "INSERT INTO changes (register, place, reference, status, at, note) VALUES (?, ?, ?, ?, ?, ?)",
            (register, row[0], reference, status, at, note),
        )
        return True

    def changes(self, register: str, place: str, after: int, most: int) -> list[Change]:
        """Changes after a number, oldest first."""
        rows = self._database.execute(
            "SELECT number, reference, status, at, note FROM changes"
            " WHERE register = ? AND place = ? AND number > ? ORDER BY number LIMIT ?",
            (register, place, after, most),
        )
        return [Change(*row) for row in rows]

    def following(self, register: str) -> list[Following]:
        """All messages about cases of one register, oldest first."""
        rows = self._database.execute(
            "SELECT reference, message_id, kind FROM following WHERE register = ? ORDER BY number", (register,)
        )
        return [Following(*row) for row in rows]

    def _rows(self, table: str, wanted: str, register: str, place: str, column: str, value: str) -> list[str]:
        statement = f"SELECT {wanted} FROM {table} WHERE register = ? AND place = ? AND {column} = ? ORDER BY number"  # noqa: S608 - our own names
        return [str(row[0]) for row in self._database.execute(statement, (register, place, value))]

    def of(self, register: str) -> list[Case]:
        """All cases of one register, oldest first."""
        rows = self._database.execute(
            "SELECT reference, claim_id, message_id, claim_type FROM cases WHERE register = ? ORDER BY number",
            (register,),
        )
        return [Case(*row) for row in rows]

    def clear(self) -> None:
        """Forget all cases, the opening ones too."""
        for table in ("cases", "following", "changes"):
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names

    def close(self) -> None:
        """Close the file."""
        self._database.close()
