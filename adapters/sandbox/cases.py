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

_TABLE = """
CREATE TABLE IF NOT EXISTS cases (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  register TEXT NOT NULL,
  place TEXT NOT NULL,
  message_id TEXT NOT NULL,
  claim_id TEXT NOT NULL,
  claim_type TEXT NOT NULL,
  reference TEXT NOT NULL,
  content TEXT NOT NULL,
  UNIQUE (register, place, message_id)
)
"""
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
        new = self._database.execute("SELECT 1 FROM sqlite_master WHERE name = 'cases'").fetchone() is None
        self._database.execute(_TABLE)
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
        self, register: str, place: str, message_id: str, claim_id: str, claim_type: str, prefix: str, body: Any
    ) -> tuple[str, bool]:
        """Take a message in; durable when it returns.

        Args:
            place: the municipality of a municipal system, else empty.
            prefix: what the reference begins with; the running number follows.
            body: the JSON content; its digest tells a repetition from another message.

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
            if known is None:
                row = self._database.execute(
                    "INSERT INTO cases (register, place, message_id, claim_id, claim_type, reference, content)"
                    " VALUES (?, ?, ?, ?, ?, '', ?)",
                    (register, place, message_id, claim_id, claim_type, digest),
                ).lastrowid
                reference = f"{prefix}{row:06}"
                self._database.execute("UPDATE cases SET reference = ? WHERE number = ?", (reference, row))
        finally:
            self._database.execute("COMMIT")
        if known is None:
            return reference, True
        if known[1] not in ("", digest):
            raise OtherContentError
        return str(known[0]), False

    def find(self, register: str, place: str, message_id: str) -> str | None:
        """The reference of a message that arrived."""
        row = self._database.execute(
            "SELECT reference FROM cases WHERE register = ? AND place = ? AND message_id = ?",
            (register, place, message_id),
        ).fetchone()
        return None if row is None else str(row[0])

    def of(self, register: str) -> list[Case]:
        """All cases of one register, oldest first."""
        rows = self._database.execute(
            "SELECT reference, claim_id, message_id, claim_type FROM cases WHERE register = ? ORDER BY number",
            (register,),
        )
        return [Case(*row) for row in rows]

    def clear(self) -> None:
        """Forget all cases, the opening ones too."""
        self._database.execute("DELETE FROM cases")

    def close(self) -> None:
        """Close the file."""
        self._database.close()
