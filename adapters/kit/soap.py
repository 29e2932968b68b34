"""One SOAP call: encode, send, and read what came back as strictly as the contract says."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.kit.connection import Connection
from adapters.kit.contract import Operation, SoapContract
from adapters.kit.decode import BadReplyError, decode
from adapters.kit.encode import encode
from adapters.kit.envelope import CONTENT_TYPE, Fault, unwrap, wrap
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.http_status import error_of_status
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire, WireReply, WireRequest
from adapters.kit.xroad import XRoad, check_echo, soap_headers

ClassifyFault = Callable[[Fault], RegisterError | None]
"""What a register's own fault means; None leaves it to the fault code."""


@dataclass(frozen=True, slots=True)
class _Opened:
    headers: tuple[etree._Element, ...]
    body: etree._Element


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
        self._contract = contract
        self._connection = connection
        self._wire = wire
        self._xroad = xroad
        self._classify = classify

    async def call(self, name: str, body: Mapping[str, Any], context: CallContext) -> Any:
        """Call an operation and give the decoded element of its answer.

        Raises:
            RegisterError: whatever else came back. Rejected also where our own request breaks the contract: then
                nothing was sent.
        """
        operation = self._contract.operations[name]
        headers, content = self._written(operation, body, context)
        request = WireRequest(
            register=self._register,
            method="POST",
            url=self._connection.url,
            headers={"Content-Type": CONTENT_TYPE, "SOAPAction": f'"{operation.soap_action}"'},
            body=content,
            deadline=context.deadline,
            max_bytes=self._connection.max_bytes,
            tls=self._connection.tls,
        )
        answer = self._opened(await self._wire.request(request))
        check_echo(self._register, headers, answer.headers)
        return self._decoded(operation, answer)

    def _written(
        self, operation: Operation, body: Mapping[str, Any], context: CallContext
    ) -> tuple[list[etree._Element], bytes]:
        try:
            headers = (
                [] if self._xroad is None else soap_headers(self._xroad, operation.name, uuid.uuid4().hex, context)
            )
            return headers, wrap(headers, encode(operation.request, body))
        except (ValueError, TypeError):
            raise Rejected(self._register, "our request is not what the contract takes") from None

    def _opened(self, reply: WireReply) -> _Opened:
        if reply.status not in (200, 500):
            raise error_of_status(self._register, reply)
        # SOAP 1.1 over HTTP: a fault comes with 500, and often enough with 200.
        try:
            answer = unwrap(reply.body)
        except ValueError:
            if reply.status == 200:
                raise Malformed(self._register, "no SOAP envelope") from None
            raise error_of_status(self._register, reply) from None
        if isinstance(answer.body, Fault):
            raise self._error_of_fault(answer.body)
        if reply.status != 200:
            raise error_of_status(self._register, reply)
        return _Opened(answer.headers, answer.body)

    def _decoded(self, operation: Operation, answer: _Opened) -> Any:
        try:
            return decode(operation.response, answer.body)
        except BadReplyError as error:
            what = str(error)
        raise Malformed(self._register, what)

    def _error_of_fault(self, fault: Fault) -> RegisterError:
        known = self._classify(fault)
        if known is not None:
            return known
        if fault.code.startswith("Client"):
            return Rejected(self._register, "fault Client")
        if fault.code.startswith("Server"):
            return Unavailable(self._register, "fault Server")
        return Malformed(self._register, "a fault of an unknown kind")
