"""A municipal register in memory: some of its municipalities are down, and calls are counted while they last."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.kit.catalog import discover
from adapters.kit.clock import Clock
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.errors import Unavailable
from adapters.kit.municipal import place_of
from adapters.kit.ports import CallContext, OutgoingClaim
from adapters.kit.recorded import a_clock
from schema.records.social_assistance import SocialAssistance
from schema.terms import AtvkCode, PersonCode, Resident
from tests.municipal.people import person_of

MANIFEST = discover().installed["social_assistance"].manifest


class Halls:
    """Answers for everybody, in the municipalities that are not down.

    Args:
        hangs: municipalities that never answer.
    """

    def __init__(self, hangs: frozenset[str] = frozenset()) -> None:
        self.down: set[str] = set()
        self.hangs = hangs
        self.calls: Counter[str] = Counter()
        self.at_once = 0
        self.most_at_once = 0

    def partition(self, subject: Resident | OutgoingClaim) -> str:
        """See ``Partitioned.partition``."""
        return place_of(subject)

    async def read(
        self, record_type: type[Any], subjects: Sequence[Resident], context: CallContext
    ) -> Mapping[Resident, SocialAssistance]:
        """See ``Reads.read``."""
        code = subjects[0].municipality.digits
        self.calls[code] += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if code in self.hangs:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
            if code in self.down:
                raise Unavailable("social_assistance", "down")
            return dict.fromkeys(subjects, SocialAssistance(benefits=(), social_statuses=()))
        finally:
            self.at_once -= 1


def register(halls: Halls, connection: Connection, clock: Clock | None = None) -> ConnectedRegister:
    """The register, with one resident a call."""
    return ConnectedRegister(MANIFEST, halls, connection, clock or a_clock())


def resident(code: str, number: int = 0) -> Resident:
    """Somebody in a municipality; another for each number."""
    return Resident(AtvkCode(code), PersonCode(f"{int(person_of(code)) + number * 100_000_000}"))
