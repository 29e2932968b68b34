"""One REST call: check, send, and read what came back as strictly as the contract says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
import orjson

from adapters.kit.aside import QUICK_BYTES, STRICT_BYTES, aside
from adapters.kit.connection import Connection
from adapters.kit.errors import Malformed, Rejected
from adapters.kit.http_status import error_of_status
from adapters.kit.message_id import new_message_id
from adapters.kit.openapi.document import RestContract, RestOperation, read_json
from adapters.kit.openapi.plain_json import NOT_PLAIN, read_plain
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire, WireReply, WireRequest
from adapters.kit.xroad import RestHeaders, XRoad
from adapters.kit.xsd.decode import BadReplyError

_WITHOUT_BODY = {"Accept": "application/json"}
_WITH_BODY = {**_WITHOUT_BODY, "Content-Type": "application/json"}


class Answered(msgspec.Struct, frozen=True):
    """A 2xx answer whose body is what the contract says."""

    status: int
    body: Any


class RestService:
    """Operations of one contract.

    Args:
        xroad: identifiers for the headers.
    """

    def __init__(
        self, register: str, contract: RestContract, connection: Connection, wire: Wire, *, xroad: XRoad
    ) -> None:
        self._register = register
        self._contract = contract
        self._connection = connection
        self._wire = wire
        self._headers = RestHeaders(xroad)

    async def call(
        self,
        name: str,
        context: CallContext,
        *,
        base: str | None = None,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expected: frozenset[int] = frozenset(),
    ) -> Answered:
        """Call an operation.

        Args:
            base: another address than the connection's, e.g. one municipality's.
            expected: statuses outside 2xx that the caller makes sense of; their body is not read.
            query: of identifiers that are no person's; they may stand in logs on the way.

        Raises:
            RegisterError: no 2xx answer of the contract came back. Rejected also where our own request breaks the
                contract: then nothing was sent.
        """
        operation = self._contract.operations[name]
        content = self._written(operation, body)
        own = self._headers.write(new_message_id(), context)
        if headers is not None:
            own |= headers
        said = "".join(own.values())
        if not (said.isascii() and said.isprintable()):
            raise Rejected(self._register, "a header of our request cannot be written")
        url = (base or self._connection.url) + operation.path
        reply = await self._wire.request(
            WireRequest(
                self._register,
                operation.method,
                f"{url}?{urlencode(query)}" if query else url,
                (_WITHOUT_BODY if content is None else _WITH_BODY) | own,
                content,
                context.deadline,
                self._connection.max_bytes,
                self._connection.tls,
            )
        )
        if reply.status in expected:
            return Answered(reply.status, None)
        size = len(reply.body)
        plain = await aside(size, QUICK_BYTES, self._read_plain, operation, reply)
        if plain is not None:
            return plain
        return await aside(size, STRICT_BYTES, self._read_strict, operation, reply)

    def _written(self, operation: RestOperation, body: Mapping[str, Any] | None) -> bytes | None:
        if operation.request is None:
            return None
        try:
            if not operation.plain_request(body):
                self._contract.check(operation.request, body)
            return orjson.dumps(body)
        except (ValueError, TypeError):
            raise Rejected(self._register, "our request is not what the contract takes") from None

    def _read_plain(self, operation: RestOperation, reply: WireReply) -> Answered | None:
        check = operation.plain_responses.get(reply.status)
        if check is None:
            raise error_of_status(self._register, reply)
        body = read_plain(reply.body, check)
        return None if body is NOT_PLAIN else Answered(reply.status, body)

    def _read_strict(self, operation: RestOperation, reply: WireReply) -> Answered:
        validator = operation.responses[reply.status]
        try:
            body = read_json(reply.body)
            body = self._contract.read(validator, body)
        except BadReplyError as error:
            what = str(error)
        except ValueError:
            what = "no JSON"
        else:
            return Answered(reply.status, body)
        raise Malformed(self._register, what)
