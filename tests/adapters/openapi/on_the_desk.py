"""The whole way in one process: the kit's service, ASGI, and a desk that serves a contract."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_context
from adapters.kit.openapi.document import RestContract, load_openapi
from adapters.kit.openapi.service import RestService
from adapters.kit.ports import CallContext
from adapters.kit.wire import WireReply, WireRequest
from adapters.kit.xroad import XRoad
from adapters.sandbox.app import SandboxApp
from adapters.sandbox.cases import CaseBook
from adapters.sandbox.control import Control
from adapters.sandbox.descriptions.simulated import SimulatedDesk, simulated_desk
from adapters.sandbox.exchange import Kind
from adapters.sandbox.server import utc_now

NAME = "anything"


class AsgiWire:
    """Carries requests to an application in this process."""

    def __init__(self, app: SandboxApp) -> None:
        self._app = app
        self.requests: list[WireRequest] = []
        self.replies: list[WireReply] = []

    async def request(self, request: WireRequest) -> WireReply:
        self.requests.append(request)
        address = urlsplit(request.url)
        scope = {
            "type": "http",
            "method": request.method,
            "path": address.path,
            "raw_path": address.path.encode(),
            "query_string": address.query.encode(),
            "headers": [(name.lower().encode(), text.encode()) for name, text in request.headers.items()],
        }
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": request.body or b"", "more_body": False}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)  # type: ignore[arg-type]
        headers = {name.decode(): text.decode() for name, text in sent[0]["headers"]}  # type: ignore[attr-defined]
        body = b"".join(message.get("body", b"") for message in sent[1:])  # type: ignore[misc]
        self.replies.append(WireReply(int(sent[0]["status"]), headers, body))  # type: ignore[call-overload]
        return self.replies[-1]


class OnTheDesk:
    """A contract, served and called."""

    def __init__(
        self, path: Path, *, typed: bool = True, kinds: dict[str, Kind] | None = None, cases: Path | None = None
    ) -> None:
        self.desk: SimulatedDesk = simulated_desk(NAME, path, cases, kinds)
        self.control = Control({NAME: self.desk}, CaseBook(None, ()), utc_now)
        self.wire = AsgiWire(SandboxApp([self.desk], self.control))
        self.contract: RestContract = load_openapi(path, typed=typed)
        connection = Connection(f"http://register.invalid/{NAME}")
        self.service = RestService(NAME, self.contract, connection, self.wire, xroad=XRoad.development(NAME))

    def context(self) -> CallContext:
        """One whose deadline is far off."""
        context = a_context()
        assert context.deadline > time.monotonic()
        return context
