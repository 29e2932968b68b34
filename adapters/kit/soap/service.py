"""One SOAP call: encode, send, and read what came back as strictly as the contract says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from adapters.kit.aside import QUICK_BYTES, STRICT_BYTES, aside
from adapters.kit.collect import collect
from adapters.kit.connection import Connection
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.http_status import error_of_status
from adapters.kit.items import Items
from adapters.kit.message_id import new_message_id
from adapters.kit.ports import CallContext
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.envelope import Answer, Fault, unwrap
from adapters.kit.soap.wsdl import SoapContract
from adapters.kit.wire import Wire, WireReply, WireRequest
from adapters.kit.xroad import XRoad
from adapters.kit.xsd.decode import BadReplyError, decode

ClassifyFault = Callable[[Fault], RegisterError | None]
"""What a register's own fault means; None leaves it to the fault code."""

K = TypeVar("K")
R = TypeVar("R")


class SoapService:
    """Operations of one contract at one address.

    Args:
        xroad: None for a service that is reached without X-Road.
        classify: knows the register's own faults.
    """

    def __init__(
        self,
        register: str,
        contract: SoapContract,
        connection: Connection,
        wire: Wire,
        *,
        xroad: XRoad | None,
        classify: ClassifyFault = lambda fault: None,
    ) -> None:
        self._register = register
        self._codecs = {name: SoapCodec(register, operation, xroad) for name, operation in contract.operations.items()}
        self._connection = connection
        self._wire = wire
        self._classify = classify

    async def call(self, name: str, body: Mapping[str, Any], context: CallContext) -> Any:
        """Call an operation and give the decoded element of its answer.

        Raises:
            RegisterError: whatever else came back. Rejected also where our own request breaks the contract: then
                nothing was sent.
        """
        codec = self._codecs[name]
        message_id, reply = await self._asked(codec, body, context)
        if reply.status == 200:
            value = await aside(len(reply.body), QUICK_BYTES, codec.read_plain, reply.body, message_id, context)
            if value is not None:
                return value
        return await aside(len(reply.body), STRICT_BYTES, self._read_tree, codec, reply, message_id)

    async def records(
        self, name: str, body: Mapping[str, Any], context: CallContext, items: Items[R], asked: Mapping[str, K]
    ) -> dict[K, R | RegisterError]:
        """Call an operation and give the records of its answer by subject.

        Args:
            asked: the key as it stands on the wire to the subject.

        Raises:
            RegisterError: as :meth:`call`, and as :func:`adapters.kit.collect.collect`.
        """
        codec = self._codecs[name]
        message_id, reply = await self._asked(codec, body, context)
        size = len(reply.body)
        if reply.status == 200:
            found = await aside(size, QUICK_BYTES, codec.read_records, reply.body, message_id, context, items, asked)
            if found is not None:
                return found
        answer = await aside(size, STRICT_BYTES, self._read_tree, codec, reply, message_id)
        return await collect(self._register, asked, answer, items, context.wanted)

    async def _asked(self, codec: SoapCodec, body: Mapping[str, Any], context: CallContext) -> tuple[str, WireReply]:
        message_id = new_message_id()
        content = self._written(codec, body, message_id, context)
        request = WireRequest(
            self._register,
            "POST",
            self._connection.url,
            codec.http_headers,
            content,
            context.deadline,
            self._connection.max_bytes,
            self._connection.tls,
        )
        return message_id, await self._wire.request(request)

    def _written(self, codec: SoapCodec, body: Mapping[str, Any], message_id: str, context: CallContext) -> bytes:
        try:
            return codec.write(body, message_id, context)
        except (ValueError, TypeError):
            raise Rejected(self._register, "our request is not what the contract takes") from None

    def _read_tree(self, codec: SoapCodec, reply: WireReply, message_id: str) -> Any:
        answer = self._opened(reply)
        if isinstance(answer.body, Fault):
            raise self._error_of_fault(answer.body)
        codec.check_echo(message_id, answer.headers)
        try:
            return decode(codec.operation.response, answer.body)
        except BadReplyError as error:
            what = str(error)
        raise Malformed(self._register, what)

    def _opened(self, reply: WireReply) -> Answer:
        if reply.status not in (200, 500):
            raise error_of_status(self._register, reply)
        # SOAP 1.1 over HTTP: a fault comes with 500, and often enough with 200.
        try:
            answer = unwrap(reply.body)
        except ValueError:
            if reply.status == 200:
                raise Malformed(self._register, "no SOAP envelope") from None
            raise error_of_status(self._register, reply) from None
        if reply.status != 200 and not isinstance(answer.body, Fault):
            raise error_of_status(self._register, reply)
        return answer

    def _error_of_fault(self, fault: Fault) -> RegisterError:
        known = self._classify(fault)
        if known is not None:
            return known
        if fault.code.startswith("Client"):
            return Rejected(self._register, "fault Client")
        if fault.code.startswith("Server"):
            return Unavailable(self._register, "fault Server")
        return Malformed(self._register, "a fault of an unknown kind")
