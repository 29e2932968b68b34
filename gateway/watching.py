"""Subscriptions as the edge meets them: a compiled operation, and the history of the claim that it watches."""

from __future__ import annotations

from gateway.claims.changes import ChangeFeed
from gateway.edge.answering import Watching
from gateway.identity.party import Party
from gateway.operation import Executed, Operation
from gateway.plan.execute import Executor, Watched


class Watcher:
    """Makes subscriptions ready.

    Args:
        executor: compiles and runs them.
        feed: the history of claims.
    """

    def __init__(self, executor: Executor, feed: ChangeFeed) -> None:
        self._executor = executor
        self._feed = feed

    async def __call__(self, operation: Operation, party: Party) -> Watching | Executed | None:
        """See ``gateway.edge.answering.Watch``."""
        found = await self._executor.watch(operation, party)
        return _WatchedClaim(found, self._feed) if isinstance(found, Watched) else found


class _WatchedClaim:
    __slots__ = ("_feed", "_watched")

    def __init__(self, watched: Watched, feed: ChangeFeed) -> None:
        self._watched = watched
        self._feed = feed

    @property
    def claim(self) -> str:
        return self._watched.claim

    async def answer(self, party: Party, request_id: str, deadline: float) -> Executed:
        return await self._watched.answer(party, request_id, deadline)

    async def may_see(self, party: Party) -> bool:
        return await self._watched.may_see(party)

    async def revision(self) -> int:
        return await self._feed.revision(self._watched.claim)
