"""Whether each person's filed log is what the rows say: nobody's page may lack a record, or have one too many."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

import orjson

from gateway.audit.findings import Verdict, row_at
from gateway.store.filing import places_text

_Entry = tuple[str, Any, str, int, int]
"""Subject, up to where it was filed, claim, place, number."""
_COUNTS = (
    "SELECT subject, up_to, claim, places FROM access_subjects "
    "WHERE up_to IN (SELECT up_to FROM access_filings) OR -up_to NOT IN (SELECT up_to FROM access_filings)"
)
"""All but what is of a filing that nobody ended, which nobody reads (``gateway.store.filing.IS_FILED``)."""


class Filed:
    """Compares by a sum over all entries, so that it takes no memory however long the log is.

    The sum is over hashes under a key that is new each time: nobody can file something else that comes to the same.

    Args:
        merged: who turned out to be whom.
    """

    def __init__(self, connection: sqlite3.Connection, merged: Mapping[str, str]) -> None:
        self._connection = connection
        self._merged = merged
        self._key = secrets.token_bytes(32)
        self._filings = [
            row[0] for row in connection.execute("SELECT up_to FROM access_filings WHERE up_to > 0 ORDER BY up_to")
        ]
        self._ahead = iter(self._filings)
        self._up_to: int | None = next(self._ahead, None)
        self._begun = set(self._filings)
        """Filings whose last row did not come yet."""
        self._expected = 0
        self._unread = False
        """A row's records cannot be read; then the row is no leaf either."""

    def expect(self, place: int, records: Any) -> None:
        """The next row of the log, in order."""
        self._begun.discard(place)
        for entry in self._entries(place, records):
            self._expected += self._hash(entry)

    def compare(self, verdict: Verdict) -> None:
        """What is filed, beside what was expected."""
        for up_to in sorted(self._begun):
            verdict.add("filing", f"records count as filed up to {row_at(up_to)}, and there is no such row")
        found, ordered = 0, True
        for subject, up_to, claim, places in self._connection.execute(_COUNTS):
            entries = _read(subject, up_to, claim, places)
            if entries is None:
                verdict.add("filing", f"the log of {subject}: a row that no gateway filed")
                ordered = False
                continue
            for entry in entries:
                found += self._hash(entry)
        if found != self._expected and ordered and not self._unread:
            self._look(verdict)

    def _entries(self, place: int, records: Any) -> Iterator[_Entry]:
        while self._up_to is not None and place > self._up_to:
            self._up_to = next(self._ahead, None)
        if self._up_to is None:
            return
        merged = self._merged
        try:
            for number, (claim, about, *_) in enumerate(orjson.loads(records)):
                for subject in {merged.get(each, each) for each in about}:
                    yield subject, self._up_to, claim or "", place, number
        except (ValueError, TypeError):
            self._unread = True

    def _hash(self, entry: _Entry) -> int:
        return int.from_bytes(blake2b(repr(entry).encode(), digest_size=16, key=self._key).digest(), "big")

    def _look(self, verdict: Verdict) -> None:
        """Name what is missing and what is too many."""
        filed: dict[int, int] = {}
        for row in self._connection.execute(_COUNTS):
            for entry in _read(*row) or ():
                hash_ = self._hash(entry)
                filed[hash_] = filed.get(hash_, 0) + 1
        self._ahead = iter(self._filings)
        self._up_to = next(self._ahead, None)
        for place, records in self._connection.execute("SELECT place, records FROM access_records ORDER BY place"):
            for entry in self._entries(place, records):
                hash_ = self._hash(entry)
                if filed.get(hash_):
                    filed[hash_] -= 1
                else:
                    verdict.add("filing", f"the log of {entry[0]} lacks record {entry[4]} of {row_at(place)}")
        for row in self._connection.execute(_COUNTS):
            for entry in _read(*row) or ():
                hash_ = self._hash(entry)
                if filed.get(hash_):
                    filed[hash_] -= 1
                    verdict.add("filing", f"the log of {entry[0]} has record {entry[4]} of {row_at(entry[3])} too many")


def _read(subject: Any, up_to: Any, claim: Any, places: Any) -> list[_Entry] | None:
    """Entries of a row; None where it is no text that a gateway writes."""
    try:
        numbers = orjson.loads(places)
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        if not pairs or places_text(list(pairs)) != places:
            return None
        if not all(type(each) is int and abs(each) < 1 << 63 for each in numbers):
            return None
        return [(subject, up_to, claim, place, number) for place, number in pairs]
    except (ValueError, TypeError):
        return None
