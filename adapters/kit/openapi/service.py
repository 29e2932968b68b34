"""One REST call: check, send, and read what came back as strictly as the contract says."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import lru_cache, partial
from typing import Any, Protocol, TypedDict, TypeVar, Unpack

import msgspec

from adapters.kit.aside import STRICT_BYTES, in_turn
from adapters.kit.collect import collect
from adapters.kit.connection import Connection
from adapters.kit.errors import Malformed, RegisterError, Rejected
from adapters.kit.http_status import error_of_status
from adapters.kit.items import Items
from adapters.kit.message_id import new_message_id
from adapters.kit.openapi.document import RestContract, RestOperation
from adapters.kit.openapi.operations import Answer
from adapters.kit.openapi.plain_json import NOT_PLAIN, read_plain
from adapters.kit.openapi.request import write_request
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire, WireReply, WireRequest
from adapters.kit.xroad import RestHeaders, XRoad
from adapters.kit.xsd.decode import BadReplyError

_NO_CONTENT = 204

K = TypeVar("K")
R = TypeVar("R")


class Request(TypedDict, total=False):
    """What an operation is called with."""

    base: str | None
    """Another address than the connection's, e.g. one municipality's."""
    path: Mapping[str, Any] | None
    """Of the templates in the operation's path; like ``query``, of identifiers that are no person's: they may stand in
    logs on the way."""
    query: Mapping[str, Any] | None
    headers: Mapping[str, Any] | None
    """Of the contract, or any other; ``Content-Type`` picks among several bodies."""
    cookies: Mapping[str, Any] | None
    body: Any
    """As the contract says; bytes or text where it is no JSON and no form."""
    expected: frozenset[int]
    """Statuses outside 2xx that the caller makes sense of; their body is not read."""
    read: frozenset[int]
    """The same, and their body is read as the contract says; one with another body is an error all the same, as
    something on the way may have sent it."""


class Answered(msgspec.Struct, frozen=True):
    """An answer whose body is what the contract says. Its ``repr`` shows no body."""

    status: int
    body: Any
    """None where the contract has none for the status."""
    headers: Mapping[str, Any] = {}
    """Those that the contract names, where values are typed."""

    def __repr__(self) -> str:
        return f"Answered({self.status})"


class Route(Protocol):
    """How a register is reached: the headers that say who asks, and whether an answer is to what was asked."""

    def write(self, message_id: str, context: CallContext) -> dict[str, str]:
        """Headers of one call."""
        ...

    def check(self, register: str, message_id: str, answered: Mapping[str, str]) -> None:
        """Compare an answer's headers (names in lower case) with them. Raises: RegisterError."""
        ...


class RestService:
    """Operations of one contract.

    Args:
        xroad: identifiers for X-Road's headers, or another route.
    """

    def __init__(
        self, register: str, contract: RestContract, connection: Connection, wire: Wire, *, xroad: XRoad | Route
    ) -> None:
        self._register = register
        self._contract = contract
        self._connection = connection
        self._wire = wire
        self._headers: Route = RestHeaders(xroad) if isinstance(xroad, XRoad) else xroad

    def call(self, name: str, context: CallContext, **request: Unpack[Request]) -> Coroutine[Any, Any, Answered]:
        """Call an operation and give its answer. Raises: as :meth:`made`."""
        return self.made(name, context, _as_it_is, **request)

    def records(
        self,
        name: str,
        context: CallContext,
        items: Items[R],
        asked: Mapping[Any, K],
        *,
        absent: frozenset[int] = frozenset(),
        **request: Unpack[Request],
    ) -> Coroutine[Any, Any, dict[K, R | RegisterError]]:
        """Call an operation and give the records of its answer by subject.

        Args:
            asked: the key as it stands on the wire to the subject.
            absent: statuses outside 2xx that say, in the body that the contract has for them, that nobody is on record.

        Raises:
            RegisterError: as :meth:`made`, and as :func:`adapters.kit.collect.collect`.
        """
        make = partial(_records, self._register, asked, items, context.wanted, absent)
        if absent:
            request["read"] = absent | request.get("read", frozenset())
        return self.made(name, context, make, **request)

    async def made(
        self,
        name: str,
        context: CallContext,
        make: Callable[[Answered], R],
        *,
        base: str | None = None,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        cookies: Mapping[str, Any] | None = None,
        body: Any = None,
        expected: frozenset[int] = frozenset(),
        read: frozenset[int] = frozenset(),
    ) -> R:
        """Call an operation and make something of its answer; a large one is read and made aside.

        Args:
            make: pure, as it may run in another thread.
            base, path, query, headers, cookies, body, expected, read: see :class:`Request`.

        Raises:
            UnsupportedConstruct: the operation is left out; see ``operations`` of ``load_openapi``.
            RegisterError: no 2xx answer of the contract came back. Rejected also where our own request breaks the
                contract: then nothing was sent.
            Exception: what ``make`` raises.
        """
        operation = self._contract.operations.get(name) or self._contract.operation(name)
        message_id = new_message_id()
        own = self._headers.write(message_id, context)
        given = _lower(tuple(own))
        try:
            written = write_request(
                operation, path=path, query=query, headers=headers, cookies=cookies, body=body, given=given
            )
        except (ValueError, TypeError, LookupError):
            written = None
        if written is None:
            raise Rejected(self._register, "our request is not what the contract takes")
        said = own | written.headers
        text = "".join(said.values())
        if not (text.isascii() and text.isprintable()):
            raise Rejected(self._register, "a header of our request cannot be written")
        reply = await self._wire.request(
            WireRequest(
                self._register,
                operation.method,
                (base or self._connection.url) + written.target,
                operation.accepts | said,
                written.body,
                context.deadline,
                self._connection.max_bytes,
                self._connection.tls,
            )
        )
        self._headers.check(self._register, message_id, reply.headers)
        if reply.status in expected and reply.status not in read:
            return make(Answered(reply.status, None))
        if len(reply.body) <= STRICT_BYTES:
            return make(self._read(operation, reply, read))
        return await in_turn(self._register, lambda: make(self._read(operation, reply, read)))

    def _read(self, operation: RestOperation, reply: WireReply, read: frozenset[int]) -> Answered:
        check = operation.plain_responses.get(reply.status)
        if check is not None:
            body = self._typed(operation, reply) if self._contract.typed else read_plain(reply.body, check)
            if body is not NOT_PLAIN:
                return Answered(reply.status, body)
        answer = operation.answer(reply.status)
        if answer is None or not (200 <= reply.status < 300 or reply.status in read):
            raise error_of_status(self._register, reply)
        try:
            return self._read_strict(answer, reply)
        except Malformed:
            if 200 <= reply.status < 300:
                raise
        raise error_of_status(self._register, reply)

    def _typed(self, operation: RestOperation, reply: WireReply) -> Any:
        answer = operation.answers[str(reply.status)]
        if any(header.required or header.name.lower() in reply.headers for header in answer.headers):
            return NOT_PLAIN
        return operation.responses[reply.status].decode_plain(reply.body)

    def _read_strict(self, answer: Answer, reply: WireReply) -> Answered:
        try:
            headers = _headers_of(answer, reply) if self._contract.typed else {}
            content_type = reply.headers.get("content-type", "")
            body = answer.body_of(content_type)
            if body is None or reply.status == _NO_CONTENT:
                return Answered(reply.status, None, headers)
            return Answered(reply.status, body.codec.decode(reply.body, content_type), headers)
        except BadReplyError as error:
            what = "no JSON" if error.what == "no JSON" else str(error)
        raise Malformed(self._register, what)


def _as_it_is(answered: Answered) -> Answered:
    return answered


def _records(
    register: str,
    asked: Mapping[Any, K],
    items: Items[R],
    wanted: frozenset[str] | None,
    absent: frozenset[int],
    answered: Answered,
) -> dict[K, R | RegisterError]:
    return {} if answered.status in absent else collect(register, asked, answered.body, items, wanted)


@lru_cache(maxsize=64)
def _lower(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(str.lower, names))


def _headers_of(answer: Answer, reply: WireReply) -> dict[str, Any]:
    made = {}
    for header in answer.headers:
        text = reply.headers.get(header.name.lower())
        if text is not None:
            made[header.name] = header.read_header(text)
        elif header.required:
            raise BadReplyError("headers", "a header is missing that has to be there")
    return made
