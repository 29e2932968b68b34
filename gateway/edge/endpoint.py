"""POST /graphql: the one address of the graph."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from adapters.kit.aside import in_turn
from gateway import logs
from gateway.edge.answering import Execute, Watch, Watching
from gateway.edge.answers import Refused, error_body, method_not_allowed, unauthenticated
from gateway.edge.body import Body, check_is_json
from gateway.edge.events import complete_event, next_event
from gateway.edge.frame import NOTES, Notes
from gateway.edge.head import Head
from gateway.edge.language import LINES as LANGUAGES
from gateway.edge.media import LINES as CONTENT_TYPES
from gateway.edge.media import Media, accepts_events, negotiate
from gateway.edge.request import read_request
from gateway.edge.stream import Stream
from gateway.edge.streams import Streams
from gateway.edge.timeouts import Timeout
from gateway.edge.wire import AT_SHUTDOWN
from gateway.identity.party import Party
from gateway.identity.tokens import Unauthenticated
from gateway.operation import Executed, Operation
from gateway.settings import LimitsSettings
from gateway.store.errors import StoreUnavailable
from schema.terms import ErrorCode
from schema.text import Text
from schema.wording import ASK_AGAIN_LATER, ASK_FOR_LESS, NOT_RECORDED, TELL_THE_REQUEST_ID, WENT_WRONG

_GRACE_SECONDS = 2.0
"""How long after the deadline an answer may still come: what keeps its own deadline answers with partial data."""
_LONG_BYTES = 32 * 1024
"""Of a body that takes some five milliseconds to read as strictly as it is."""
_TOO_LONG = Text("The request took too long.", "Pieprasījuma izpilde ieilga.")

_log = logs.get("edge")


class GraphQLEndpoint:
    """An ASGI application for one address.

    Args:
        execute: runs the operation.
        authenticate: value of the Authorization header -> party; raises Unauthenticated.
        limits: what a caller may send.
        request_deadline: seconds from the whole body's arrival to the answer.
        watch: makes subscriptions ready; None: there are none.
        streams: those that are open.
    """

    def __init__(
        self,
        execute: Execute,
        authenticate: Callable[[str | None], Awaitable[Party]],
        limits: LimitsSettings,
        request_deadline: float,
        watch: Watch | None = None,
        streams: Streams | None = None,
    ) -> None:
        self._execute = execute
        self._watch = watch
        self._streams = streams
        self._authenticate = authenticate
        self._limits = limits
        self._request_deadline = request_deadline
        self._body = Body(limits.body_bytes, limits.receive_seconds)
        self._executing = Timeout(request_deadline + _GRACE_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        notes: Notes = scope[NOTES]
        accept = ",".join(notes.head.all(b"accept")) if b"accept" in notes.head else ""
        media = negotiate(accept) if accept else Media.JSON
        try:
            party, operation = await self._request(scope["method"], media, notes, receive)
            watching: Watching | Executed | None = None
            if accept and self._watch is not None and accepts_events(accept):
                watching = await self._watch(operation, party)
            if watching is None:  # It is run once, and answered whole.
                watching = await self._run(operation, party, notes.request_id)
            elif not isinstance(watching, Executed):
                del operation  # It would be kept for as long as anybody watches.
                await self._stream(watching, party, scope, receive, send)
                return
            answer = watching
        except Refused as refusal:
            notes.codes = (refusal.code.value,)
            stated = Media.JSON if media is None or media is Media.EVENTS else media
            await refusal.response(stated, notes.language)(scope, receive, send)
            return
        notes.codes = answer.codes
        media = media or Media.JSON
        body = answer.body if media is not Media.EVENTS else next_event(answer.body) + complete_event()
        headers = [CONTENT_TYPES[media], (b"content-length", b"%d" % len(body)), *LANGUAGES[notes.language]]
        # GraphQL over HTTP: of these types, only this one says of what was not executed that it was not.
        status = 400 if answer.refused and media is Media.GRAPHQL else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _request(
        self, method: str, media: Media | None, notes: Notes, receive: Receive
    ) -> tuple[Party, Operation]:
        if method != "POST":
            raise method_not_allowed("POST")
        party = await self._party(notes.head)
        notes.capacity = party.capacity
        check_is_json(notes.head)
        if media is None:
            raise Refused(
                406,
                Text(
                    "None of the accepted media types can be sent.",
                    "Neviens no pieņemtajiem satura veidiem nav nosūtāms.",
                ),
                Text("Accept {type}.", "Pieņemiet {type}.").filled(type=Media.JSON.value),
            )
        body = await self._body.read(notes.head, receive)
        depth = self._limits.json_depth
        if len(body) <= _LONG_BYTES:
            return party, read_request(body, notes.language, max_depth=depth)
        reading = in_turn(party.key, read_request, body, notes.language, max_depth=depth)
        try:
            return party, await self._executing.of(reading)
        except TimeoutError:
            raise Refused(
                503, _TOO_LONG, ASK_AGAIN_LATER, code=ErrorCode.DEADLINE_EXCEEDED, headers={"retry-after": "1"}
            ) from None

    async def _stream(self, watching: Watching, party: Party, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the caller is gone, or there is nothing more to say."""
        assert self._streams is not None
        notes, key = scope[NOTES], party.key
        self._streams.admit(key)
        stream = Stream(
            watching,
            self._authenticate,
            notes.head.first(b"authorization"),
            notes,
            send,
            self._executing,
            self._request_deadline,
        )
        try:
            try:
                await self._streams.join(stream)
            except StoreUnavailable:
                message = Text(
                    "Nothing can be watched now: the gateway's store does not answer.",
                    "Pašlaik sekot nevar: vārtejas krātuve neatbild.",
                )
                raise Refused(
                    503, message, ASK_AGAIN_LATER, code=ErrorCode.LOG_UNAVAILABLE, headers={"retry-after": "1"}
                ) from None
            scope[AT_SHUTDOWN] = stream.leave
            headers = [CONTENT_TYPES[Media.EVENTS], (b"x-accel-buffering", b"no"), *LANGUAGES[notes.language]]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            stream.open(notes.head.first(b"last-event-id"))
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            # The scope knows the stream, which knows how to send, which knows the scope: a circle.
            scope.pop(AT_SHUTDOWN, None)
            self._streams.part(stream)
            self._streams.dismiss(key)
            await stream.close()

    async def _party(self, head: Head) -> Party:
        authorization = head.get(b"authorization")
        try:
            if b"authorization" in head.repeated:
                raise Unauthenticated(
                    Text("There is more than one token.", "Pieprasījumā ir vairāk nekā viens talons."),
                    Text("Send one Authorization header.", "Sūtiet vienu Authorization galveni."),
                )
            return await self._authenticate(None if authorization is None else authorization.decode("latin-1"))
        except Unauthenticated as error:
            raise unauthenticated(error) from None
        except StoreUnavailable:
            # Somebody whom the gateway has not met cannot be made known: there is nobody to put on record.
            raise Refused(
                503, NOT_RECORDED, ASK_AGAIN_LATER, code=ErrorCode.LOG_UNAVAILABLE, headers={"retry-after": "1"}
            ) from None

    async def _run(self, operation: Operation, party: Party, request_id: str) -> Executed:
        deadline = time.monotonic() + self._request_deadline
        try:
            return await self._executing.of(self._execute(operation, party, request_id, deadline))
        except TimeoutError:
            _log.error("request overran its deadline", request_id=request_id)
            message, code, remedy = _TOO_LONG, ErrorCode.DEADLINE_EXCEEDED, ASK_FOR_LESS
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing of it may reach a caller
            _log.error("request failed", request_id=request_id, **logs.accident(error))
            message, code, remedy = WENT_WRONG, ErrorCode.INTERNAL, TELL_THE_REQUEST_ID
        body = error_body(message, code, operation.language, null_data=True, remedy=remedy, requestId=request_id)
        return Executed(body, codes=(code.value,))
