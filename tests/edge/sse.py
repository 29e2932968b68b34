"""A small reader of GraphQL's server-sent events, as a client would have one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Event:
    """One event, or a heartbeat: then the kind is ``:``."""

    kind: str
    data: Any = None
    id: str | None = None
    retry: int | None = None


def parse(lines: Iterable[str]) -> Iterator[Event]:
    """Read lines, without their ends, as events."""
    fields: dict[str, str] = {}
    for line in lines:
        found = _take(line, fields)
        if found is not None:
            yield found


class Reading:
    """A stream that is being read.

    Args:
        answer: whose body it is.
    """

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()
        self._fields: dict[str, str] = {}

    async def next(self) -> Event:
        """The next event. Raises: StopAsyncIteration at the end."""
        while True:
            found = _take(await anext(self._lines), self._fields)
            if found is not None:
                return found

    async def rest(self) -> list[Event]:
        """All events to the end."""
        found = []
        try:
            while True:
                found.append(await self.next())
        except StopAsyncIteration:
            return found


@asynccontextmanager
async def watching(
    client: httpx.AsyncClient, url: str, query: str, token: str, last_event_id: str | None = None, **variables: Any
) -> AsyncIterator[Reading]:
    """Ask for a stream."""
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {token}"}
    if last_event_id is not None:
        headers["last-event-id"] = last_event_id
    body = {"query": query, "variables": variables}
    async with client.stream("POST", url, json=body, headers=headers) as answer:
        yield Reading(answer)


def _take(line: str, fields: dict[str, str]) -> Event | None:
    if line.startswith(":"):
        return Event(":")
    if line:
        name, _, value = line.partition(":")
        fields[name] = value.removeprefix(" ")
        return None
    if not fields:
        return None
    data = fields.get("data")
    retry = fields.get("retry")
    made = Event(
        fields.get("event", "message"),
        json.loads(data) if data else None,
        fields.get("id"),
        None if retry is None else int(retry),
    )
    fields.clear()
    return made
