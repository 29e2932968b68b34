"""All streams of this process: how many there may be, who hears of which change, and the heartbeat.

One reading of the store tells all of them what changed, whichever process or worker wrote it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from gateway import logs
from gateway.background import beside
from gateway.edge.answers import Refused
from gateway.edge.stream import RETRY_MILLISECONDS, Stream
from gateway.store.errors import StoreUnavailable
from schema.terms import ErrorCode
from schema.text import Text

POLL_SECONDS = 0.5
"""How often the store is asked for changes while anybody watches."""
HEARTBEAT_SECONDS = 12.0
_RETRY_AFTER = {"retry-after": str(max(1, RETRY_MILLISECONDS // 1000))}

_log = logs.get("edge")


class Feed(Protocol):
    """Changes of claims, in the order in which they were written."""

    async def newest(self) -> int:
        """Place of the newest change. Raises: StoreUnavailable."""
        ...

    async def after(self, place: int) -> tuple[int, Sequence[str]]:
        """The changes after a place, some of them where they are many: the place of the last, and the claims' ids.

        Raises: StoreUnavailable.
        """
        ...


class Streams:
    """The streams that are open.

    Args:
        feed: what changes.
        most: streams of this process.
        most_of_party: streams of one party.
    """

    def __init__(self, feed: Feed, most: int, most_of_party: int) -> None:
        self._feed = feed
        self._most = most
        self._most_of_party = most_of_party
        self._by_claim: dict[str, set[Stream]] = {}
        self._of_party: Counter[str] = Counter()
        self._place: int | None = None
        """Changes up to here were told; None: nobody watches."""
        self._watched = asyncio.Event()

    def __len__(self) -> int:
        return self._of_party.total()

    def admit(self, party: str) -> None:
        """Count one stream more of a party; whoever is admitted calls :meth:`dismiss`. Raises: Refused."""
        if self._of_party[party] >= self._most_of_party:
            raise Refused(
                429,
                Text("You watch {most} claims already.", "Jūs jau sekojat {most} iesniegumiem.").filled(
                    most=self._most_of_party
                ),
                Text("End a stream before you begin another.", "Pirms sākat jaunu plūsmu, beidziet kādu no esošajām."),
                code=ErrorCode.QUOTA_EXCEEDED,
                headers=_RETRY_AFTER,
            )
        if len(self) >= self._most:
            raise Refused(
                503,
                Text(
                    "As many claims are watched here as the gateway can serve.",
                    "Šeit jau seko tik daudziem iesniegumiem, cik vārteja spēj apkalpot.",
                ),
                Text(
                    "Ask again later, or ask with a query now and then.",
                    "Mēģiniet vēlāk vai laiku pa laikam jautājiet ar vaicājumu.",
                ),
                code=ErrorCode.QUOTA_EXCEEDED,
                headers=_RETRY_AFTER,
            )
        self._of_party[party] += 1

    def dismiss(self, party: str) -> None:
        """Count one stream less."""
        self._of_party[party] -= 1
        if not self._of_party[party]:
            del self._of_party[party]

    async def join(self, stream: Stream) -> None:
        """Tell a stream of changes from now on. Raises: StoreUnavailable."""
        if self._place is None:
            newest = await self._feed.newest()
            self._place = newest if self._place is None else self._place
        self._by_claim.setdefault(stream.claim, set()).add(stream)
        self._watched.set()

    def part(self, stream: Stream) -> None:
        """Tell it no more."""
        watching = self._by_claim.get(stream.claim)
        if watching is not None:
            watching.discard(stream)
            if not watching:
                del self._by_claim[stream.claim]
        if not self._by_claim:
            self._place = None
            self._watched.clear()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the changes; at the end every stream that is left ends in order."""
        try:
            async with beside(self._follow):
                yield
        finally:
            for stream in self._all():
                stream.leave()

    async def _follow(self) -> None:
        while True:
            await self._watched.wait()
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._tell_changes()
            except StoreUnavailable:
                _log.warning("streams.store_unavailable")
            except Exception as error:  # noqa: BLE001  # one slip must not leave every stream without changes
                _log.error("streams failed", **logs.accident(error))
            self._let_beat(asyncio.get_running_loop().time() - HEARTBEAT_SECONDS + POLL_SECONDS)

    async def _tell_changes(self) -> None:
        while self._place is not None:
            asked = self._place
            place, claims = await self._feed.after(asked)
            if self._place != asked:
                continue  # All had gone, and others came meanwhile.
            self._place = place
            for claim in set(claims) & self._by_claim.keys():
                for stream in tuple(self._by_claim[claim]):
                    stream.changed()
            if not claims:
                return

    def _let_beat(self, silent_since: float) -> None:
        for stream in self._all():
            if stream.spoken_at <= silent_since:
                stream.beat()

    def _all(self) -> list[Stream]:
        return [stream for watching in self._by_claim.values() for stream in watching]
