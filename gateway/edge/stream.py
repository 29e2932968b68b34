"""One watched claim on one connection: every event is decided, recorded and sent as a request of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import random

from starlette.types import Send

from gateway import logs
from gateway.edge.answering import Watching
from gateway.edge.answers import error_body
from gateway.edge.events import HEARTBEAT, complete_event, next_event
from gateway.edge.frame import Notes
from gateway.edge.timeouts import Timeout
from gateway.identity.party import Party
from gateway.identity.tokens import Unauthenticated
from gateway.operation import Executed
from gateway.store.errors import StoreUnavailable
from schema.terms import ErrorCode
from schema.text import Text
from schema.wording import ASK_AGAIN_LATER, ASK_FOR_LESS, NOT_RECORDED, TELL_THE_REQUEST_ID, WENT_WRONG

RETRY_MILLISECONDS = 1_000
"""After which a client may connect again, where the gateway ends the stream for its own reasons."""
_LONGEST_ID = 18
_FIRST_BEAT_SOONER = 6.0
"""Seconds by which the first heartbeat may come sooner: who connected together, after a restart, is not served together
for ever."""
_PASSING = frozenset({ErrorCode.LOG_UNAVAILABLE.value, ErrorCode.DEADLINE_EXCEEDED.value, ErrorCode.INTERNAL.value})
"""What a viewer may ask again after: it says nothing of their rights."""

_log = logs.get("edge")


class Stream:
    """What is sent on one connection; work goes on only while there is something to send.

    Changes that come while the reader is slow, or while one is being answered, are told as one: the latest state.

    Args:
        watching: the subscription.
        authenticate: asked again for each event, since tokens expire.
        authorization: value of the Authorization header.
        notes: of the request.
        send: ASGI's.
        executing: how long one answer may take.
        request_deadline: seconds for what keeps a deadline of its own.
    """

    __slots__ = (
        "_authenticate",
        "_authorization",
        "_beat_due",
        "_changed",
        "_executing",
        "_leaving",
        "_notes",
        "_number",
        "_over",
        "_request_deadline",
        "_seen",
        "_send",
        "_task",
        "_watching",
        "spoken_at",
    )

    def __init__(
        self,
        watching: Watching,
        authenticate: Callable[[str | None], Awaitable[Party]],
        authorization: str,
        notes: Notes,
        send: Send,
        executing: Timeout,
        request_deadline: float,
    ) -> None:
        self._watching = watching
        self._authenticate = authenticate
        self._authorization = authorization
        self._notes = notes
        self._send = send
        self._executing = executing
        self._request_deadline = request_deadline
        self._task: asyncio.Task[None] | None = None
        self._seen: int | None = None
        self._changed = self._beat_due = self._leaving = self._over = False
        self._number = 0
        self.spoken_at = asyncio.get_running_loop().time()
        """When something was sent last, by the loop's clock."""

    @property
    def claim(self) -> str:
        """Id of the claim."""
        return self._watching.claim

    def open(self, last_event_id: str) -> None:
        """Begin: with the claim as it is now, unless the caller has seen that.

        Args:
            last_event_id: id of the last event that the caller saw; anything else counts as none.
        """
        if last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) <= _LONGEST_ID:
            self._seen = int(last_event_id)
        self.changed()

    def changed(self) -> None:
        """The claim has changed."""
        self._changed = True
        self._begin()

    def beat(self) -> None:
        """Nothing was sent for a while: say something, and see whether the viewer may still watch."""
        self._beat_due = True
        self._begin()

    def leave(self) -> None:
        """The gateway stops: end in order."""
        self._leaving = True
        self._begin()

    async def close(self) -> None:
        """The connection is gone, or everything was said."""
        self._over = True
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _begin(self) -> None:
        if self._task is None and not self._over:
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        try:
            while not self._over:
                if self._leaving:
                    await self._finish(complete_event(RETRY_MILLISECONDS))
                elif self._changed:
                    self._changed = self._beat_due = False
                    await self._tell()
                elif self._beat_due:
                    self._beat_due = False
                    await self._breathe()
                else:
                    return
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing of it may reach a caller
            _log.error("stream failed", request_id=self._notes.request_id, **logs.accident(error))
            await self._give_up(WENT_WRONG, ErrorCode.INTERNAL, TELL_THE_REQUEST_ID)
        finally:
            self._task = None

    async def _tell(self) -> None:
        party = await self._party()
        if party is None:
            return
        seen, self._seen = self._seen, None
        try:
            if seen is not None and await self._watching.may_see(party) and await self._watching.revision() <= seen:
                await self._say(HEARTBEAT)
                return
            revision = await self._watching.revision()
        except StoreUnavailable:
            await self._give_up(NOT_RECORDED, ErrorCode.LOG_UNAVAILABLE, ASK_AGAIN_LATER)
            return
        answer = await self._answer(party)
        if answer is None:
            return
        if answer.nothing:
            self._notes.codes = answer.codes
            passing = not _PASSING.isdisjoint(answer.codes)
            await self._finish(next_event(answer.body) + complete_event(RETRY_MILLISECONDS if passing else None))
            return
        await self._say(next_event(answer.body, str(revision)))
        if self._number == 1:
            self.spoken_at -= _FIRST_BEAT_SOONER * random()  # noqa: S311 - nothing is secret about it

    async def _answer(self, party: Party) -> Executed | None:
        self._number += 1
        deadline = time.monotonic() + self._request_deadline
        request_id = f"{self._notes.request_id}.{self._number}"
        try:
            return await self._executing.of(self._watching.answer(party, request_id, deadline))
        except TimeoutError:
            await self._give_up(_TOOK_TOO_LONG, ErrorCode.DEADLINE_EXCEEDED, ASK_FOR_LESS)
            return None

    async def _breathe(self) -> None:
        party = await self._party()
        if party is None:
            return
        try:
            sees = await self._watching.may_see(party)
        except StoreUnavailable:
            sees = True  # Nothing leaves by a heartbeat, and nothing else leaves without the store.
        if sees:
            await self._say(HEARTBEAT)
        else:
            await self._tell()

    async def _party(self) -> Party | None:
        try:
            return await self._authenticate(self._authorization)
        except Unauthenticated as error:
            await self._give_up(error.message, ErrorCode.UNAUTHENTICATED, error.remedy)
        except StoreUnavailable:
            await self._give_up(NOT_RECORDED, ErrorCode.LOG_UNAVAILABLE, ASK_AGAIN_LATER)
        return None

    async def _give_up(self, message: Text, code: ErrorCode, remedy: Text) -> None:
        self._notes.codes = (code.value,)
        body = error_body(message, code, self._notes.language, null_data=True, remedy=remedy)
        retry = RETRY_MILLISECONDS if code.value in _PASSING else None
        await self._finish(next_event(body) + complete_event(retry))

    async def _say(self, said: bytes) -> None:
        await self._send({"type": "http.response.body", "body": said, "more_body": True})
        self.spoken_at = asyncio.get_running_loop().time()

    async def _finish(self, said: bytes) -> None:
        self._over = True
        await self._send({"type": "http.response.body", "body": said, "more_body": False})


_TOOK_TOO_LONG = Text("The answer took too long.", "Atbildes sagatavošana ieilga.")
