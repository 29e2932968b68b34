"""Subscriptions as the edge meets them: a compiled operation, and the history of the claim that it watches."""

from __future__ import annotations

from gateway.claims.changes import ChangeFeed
from gateway.edge.answering import GraphQLAnswer, Watching
from gateway.edge.request import GraphQLRequest
from gateway.identity.party import Party
from gateway.memory import Collector
from gateway.plan.execute import Executed, Executor, Operation, Watched


def answer_of(done: Executed) -> GraphQLAnswer:
    """What came of an operation, for the edge."""
    return GraphQLAnswer(400 if done.refused else 200, done.body, done.refused, done.codes, done.nothing)


def operation_of(request: GraphQLRequest) -> Operation:
    """The operation of a request."""
    return Operation(request.query, request.variables, request.operation_name, request.language)


class Watcher:
    """Makes subscriptions ready.

    Args:
        executor: compiles and runs them.
        feed: the history of claims.
        collector: is told of what is being answered.
    """

    def __init__(self, executor: Executor, feed: ChangeFeed, collector: Collector) -> None:
        self._executor = executor
        self._feed = feed
        self._collector = collector

    async def __call__(self, request: GraphQLRequest, party: Party) -> Watching | GraphQLAnswer | None:
        """See ``gateway.edge.answering.Watch``."""
        found = await self._executor.watch(operation_of(request), party)
        if found is None:
            return None
        if isinstance(found, Executed):
            return answer_of(found)
        return _WatchedClaim(found, self._feed, self._collector)


class _WatchedClaim:
    __slots__ = ("_collector", "_feed", "_watched")

    def __init__(self, watched: Watched, feed: ChangeFeed, collector: Collector) -> None:
        self._watched = watched
        self._feed = feed
        self._collector = collector

    @property
    def claim(self) -> str:
        return self._watched.claim

    async def answer(self, party: Party, request_id: str, deadline: float) -> GraphQLAnswer:
        self._collector.in_hand += 1
        try:
            return answer_of(await self._watched.answer(party, request_id, deadline))
        finally:
            self._collector.in_hand -= 1

    async def may_see(self, party: Party) -> bool:
        return await self._watched.may_see(party)

    async def revision(self) -> int:
        return await self._feed.revision(self._watched.claim)
