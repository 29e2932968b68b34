"""One SOAP call: encode, send, and read what came back as strictly as the contract says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from adapters.kit.aside import QUICK_BYTES, STRICT_BYTES, in_turn
from adapters.kit.collect import collect
from adapters.kit.connection import Connection
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.http_status import error_of_status
from adapters.kit.items import Items
from adapters.kit.message_id import new_message_id
from adapters.kit.ports import CallContext
from adapters.kit.soap.attachments import Attachments, Package, include, is_plain, unpack
from adapters.kit.soap.bounds import TooLargeError, longest_text, room_of
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.envelope import Answer, Fault, OtherVersionError
from adapters.kit.soap.faults import detailed
from adapters.kit.soap.headers import read_headers
from adapters.kit.soap.kept_names import KEPT_NAMES, apart
from adapters.kit.soap.parts import Contract
from adapters.kit.wire import Wire, WireReply, WireRequest
from adapters.kit.xroad import XRoad
from adapters.kit.xroad_errors import error_of_code
from adapters.kit.xsd.decode import BadReplyError, decode

ClassifyFault = Callable[[Fault], RegisterError | None]
"""What a register's own fault means; None leaves it to the fault code."""

_MAY_BE_FAULTS = frozenset({200, 400, 500})
"""A fault comes with 500, or with 400 in SOAP 1.2, and often enough with 200."""
_DONE = frozenset({200, 202, 204})
_OUR_FAULT = frozenset({"VersionMismatch", "MustUnderstand", "DataEncodingUnknown"})

K = TypeVar("K")
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with everything that came with it."""

    value: Any = field(repr=False)
    """The decoded element of the body; None: the operation answers nothing."""
    headers: Mapping[str, Any] = field(repr=False)
    """Headers of the contract that the answer has, by the part's name."""
    attachments: Attachments
    """What stands beside the envelope, without what belongs into it."""


class _Exchange(msgspec.Struct, frozen=True):
    """A request that has yet to be sent."""

    codec: SoapCodec
    message_id: str
    request: WireRequest
    sent: bytes
    """The envelope."""


class SoapService:
    """Operations of one contract at one address.

    Args:
        xroad: None for a service that is reached without X-Road.
        classify: knows the register's own faults.
        headers: values of headers that are the same for each call, by the part's name; an operation that has no such
            part goes without.
    """

    def __init__(
        self,
        register: str,
        contract: Contract,
        connection: Connection,
        wire: Wire,
        *,
        xroad: XRoad | None,
        classify: ClassifyFault = lambda fault: None,
        headers: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._register = register
        room = room_of(connection.max_bytes)
        self._codecs = {
            name: SoapCodec(register, operation, xroad, security=connection.security, room=room)
            for name, operation in contract.operations.items()
        }
        self._connection = connection
        self._wire = wire
        self._on_xroad = xroad is not None
        self._classify = classify
        self._headers = headers

    async def call(
        self,
        name: str,
        body: Mapping[str, Any],
        context: CallContext,
        *,
        headers: Mapping[str, Any] = MappingProxyType({}),
        base: str | None = None,
    ) -> Any:
        """Call an operation and give the decoded element of its answer; None where the operation answers nothing.

        Args:
            headers: values of the contract's headers, by the part's name.
            base: another address than the connection's, of a register that is many servers.

        Raises:
            RegisterError: whatever else came back. Rejected also where our own request breaks the contract: then
                nothing was sent.
        """
        exchange = self._exchange(name, body, context, headers, base)
        return await self._made(exchange, await self._wire.request(exchange.request), context, _as_it_is)

    async def answered(
        self,
        name: str,
        body: Mapping[str, Any],
        context: CallContext,
        *,
        headers: Mapping[str, Any] = MappingProxyType({}),
    ) -> Answered:
        """Call an operation and give its answer with headers and attachments. Raises: as :meth:`call`."""
        exchange = self._exchange(name, body, context, headers)
        return await self._read(exchange, await self._wire.request(exchange.request), _as_it_is, with_headers=True)

    async def records(
        self,
        name: str,
        body: Mapping[str, Any],
        context: CallContext,
        items: Items[R],
        asked: Mapping[Any, K],
        *,
        headers: Mapping[str, Any] = MappingProxyType({}),
    ) -> dict[K, R | RegisterError]:
        """Call an operation and give the records of its answer by subject.

        Args:
            asked: the key as it stands on the wire to the subject.
            headers: as for :meth:`call`.

        Raises:
            RegisterError: as :meth:`call`, and as :func:`adapters.kit.collect.collect`.
        """
        exchange = self._exchange(name, body, context, headers)
        codec, reply = exchange.codec, await self._wire.request(exchange.request)
        if not codec.reads_records(items):
            return await self._made(exchange, reply, context, self._records_of(items, asked, context))
        if reply.status == 200 and is_plain(reply.headers.get("content-type", "")):
            quickly = partial(codec.read_records, reply.body, exchange.message_id, context, items, asked, exchange.sent)
            found = quickly() if len(reply.body) <= QUICK_BYTES else await in_turn(self._register, quickly)
            if found is not None:
                return found
        # What the quick form could not make records of, it cannot read to values either.
        make = self._records_of(items, asked, context)
        return await self._read(exchange, reply, lambda answered: make(answered.value))

    def _records_of(
        self, items: Items[R], asked: Mapping[Any, K], context: CallContext
    ) -> Callable[[Any], dict[K, R | RegisterError]]:
        return lambda value: collect(self._register, asked, value, items, context.wanted)

    async def _made(self, exchange: _Exchange, reply: WireReply, context: CallContext, make: Callable[[Any], T]) -> T:
        """What is made of the decoded element, which is read by the quick form where the answer has it."""

        def quickly() -> T | None:
            value = exchange.codec.read_plain(reply.body, exchange.message_id, context, exchange.sent)
            return None if value is None else make(value)

        if reply.status == 200 and is_plain(reply.headers.get("content-type", "")):
            found = quickly() if len(reply.body) <= STRICT_BYTES else await in_turn(self._register, quickly)
            if found is not None:
                return found
        return await self._read(exchange, reply, lambda answered: make(answered.value))

    # ------------------------------------------------------------ out

    def _exchange(
        self,
        name: str,
        body: Mapping[str, Any],
        context: CallContext,
        headers: Mapping[str, Any],
        base: str | None = None,
    ) -> _Exchange:
        """Raises: Rejected: the contract does not take it."""
        codec = self._codecs[name]
        message_id = new_message_id()
        if self._headers:
            names = {part.name for part in codec.operation.headers_in}
            headers = {key: value for key, value in self._headers.items() if key in names} | dict(headers)
        try:
            sent = codec.write(body, message_id, context, headers)
        except (ValueError, TypeError):
            raise Rejected(self._register, "our request is not what the contract takes") from None
        request = WireRequest(
            self._register,
            "POST",
            base or self._connection.url,
            codec.http_headers,
            sent,
            context.deadline,
            self._connection.max_bytes,
            self._connection.tls,
        )
        return _Exchange(codec, message_id, request, sent)

    # ------------------------------------------------------------ in

    async def _read(
        self, exchange: _Exchange, reply: WireReply, make: Callable[[Answered], T], *, with_headers: bool = False
    ) -> T:
        """What is made of an answer that is read as strictly as can be."""
        here = len(reply.body) <= STRICT_BYTES and is_plain(reply.headers.get("content-type", ""))
        if here and b"\0" not in reply.body and KEPT_NAMES.admit(reply.body):  # A zero: each letter has two bytes.
            return make(self._read_tree(exchange, reply, with_headers))
        return await in_turn(self._register, apart, lambda: make(self._read_tree(exchange, reply, with_headers)))

    def _read_tree(self, exchange: _Exchange, reply: WireReply, with_headers: bool) -> Answered:
        codec = exchange.codec
        operation = codec.operation
        if operation.response is None and reply.status in _DONE and not reply.body.strip():
            return Answered(None, {}, Attachments())
        package, answer = self._opened(codec, reply)
        body = answer.body
        if isinstance(body, Fault):
            raise self._error_of_fault(detailed(body, operation.faults))
        codec.check_echo(exchange.message_id, answer.headers, exchange.sent)
        try:
            headers = read_headers(operation.headers_out, answer.headers) if with_headers else {}
            value, parts = None, package.parts
            if operation.response is not None and body is not None:
                parts = include(package, body, longest_text(room_of(self._connection.max_bytes)))
                value = decode(operation.response, body)
            elif body is not None:
                raise BadReplyError(operation.name, "an answer where the contract has none")
            return Answered(value, headers, Attachments(parts, operation.mime_parts))
        except (BadReplyError, TooLargeError) as error:
            what = str(error)
        except ValueError:
            what = "the parts of the answer do not belong together"
        raise Malformed(self._register, what)

    def _opened(self, codec: SoapCodec, reply: WireReply) -> tuple[Package, Answer]:
        one_way = codec.operation.response is None and reply.status in _DONE
        if reply.status not in _MAY_BE_FAULTS and not one_way:
            raise error_of_status(self._register, reply)
        good = one_way or reply.status == 200
        try:
            package = unpack(reply.headers.get("content-type", ""), reply.body, self._connection.max_bytes // 2)
            answer = codec.opened(package.content)
        except OtherVersionError:
            raise Malformed(self._register, "an envelope of another version of SOAP") from None
        except TooLargeError as error:
            what = str(error)
        except ValueError:
            if not good:
                raise error_of_status(self._register, reply) from None
            what = "no SOAP envelope"
        else:
            if not good and not isinstance(answer.body, Fault):
                raise error_of_status(self._register, reply)
            return package, answer
        raise Malformed(self._register, what)

    def _error_of_fault(self, fault: Fault) -> RegisterError:
        known = self._classify(fault)
        if known is None and self._on_xroad:
            known = error_of_code(self._register, fault.code)
        if known is not None:
            return known
        if fault.code.startswith("Client"):
            return Rejected(self._register, "fault Client")
        if fault.code.startswith("Server"):
            return Unavailable(self._register, "fault Server")
        if fault.code in _OUR_FAULT:
            return Rejected(self._register, f"fault {fault.code}")
        return Malformed(self._register, "a fault of an unknown kind")


def _as_it_is(answered: T) -> T:
    return answered
