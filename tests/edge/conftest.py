"""The edge over a real socket, with a graph that is five lines long."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from gateway import logs
from gateway.edge.endpoint import GraphQLEndpoint
from gateway.edge.routes import application, routes
from gateway.edge.wire import server
from gateway.identity.party import Party
from gateway.identity.tokens import Unauthenticated
from gateway.operation import Executed, Operation
from gateway.settings import LimitsSettings, Settings
from schema.terms import Capacity, PersonCode

ANNA = Party(Capacity.CITIZEN, "subject-1", PersonCode.parse("39100000011"))


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json()["errors"][0]["extensions"]["code"])


@dataclass
class World:
    """What runs for one test."""

    port: int = 0
    log: io.StringIO = field(default_factory=io.StringIO)
    requests: list[Operation] = field(default_factory=list)
    ready: bool = True

    async def execute(self, operation: Operation, party: Party, request_id: str, deadline: float) -> Executed:
        self.requests.append(operation)
        if operation.query == "fail":
            raise RuntimeError("canary 39100000011")
        if operation.query == "hang":
            await asyncio.sleep(60)
        if operation.query == "invalid":
            return Executed(b'{"errors":[{"message":"no"}]}', refused=True, codes=("INVALID",))
        return Executed(b'{"data":{"ok":true}}')

    async def authenticate(self, authorization: str | None) -> Party:
        if authorization is None:
            raise Unauthenticated("There is no token.", "Send one.", missing=True)
        if authorization != "Bearer anna":
            raise Unauthenticated("The token has expired.", "Sign in again.")
        return ANNA

    async def is_ready(self) -> bool:
        return self.ready

    async def send(self, raw: bytes, *, then: float = 0, more: bytes = b"") -> list[Answer]:
        """Write bytes to a connection of their own and read all answers until it is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            await writer.drain()
            if then:
                await asyncio.sleep(then)
                writer.write(more)
            async with asyncio.timeout(8):
                received = await reader.read()
        finally:
            writer.close()
        return parse_answers(received)

    async def post(
        self,
        body: bytes | str | dict[str, Any] | list[Any],
        path: str = "/graphql",
        method: str = "POST",
        **headers: str,
    ) -> Answer:
        """One request as anna, with sensible headers unless told otherwise; an empty header is left out."""
        content = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        given = {
            "host": "127.0.0.1",
            "authorization": "Bearer anna",
            "content-type": "application/json",
            "content-length": str(len(content)),
            "connection": "close",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items() if value)]
        (answer,) = await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        return answer

    def log_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def parse_answers(received: bytes) -> list[Answer]:
    answers = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(status_line.split()[1])
        length = int(headers.get("content-length", 0)) if status >= 200 else 0
        answers.append(Answer(status, headers, received[:length]))
        received = received[length:]
    return answers


@asynccontextmanager
async def running(world: World, settings: Settings) -> AsyncIterator[World]:
    started = asyncio.Event()

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield

    async def tell() -> None:
        started.set()

    endpoint = GraphQLEndpoint(world.execute, world.authenticate, settings.limits, settings.request_deadline)
    app = application(routes(endpoint, world.is_ready, b'{"keys":[]}'), settings, lifespan)
    running_server = server(app, settings, loop="asyncio", timeout_keep_alive=1, callback_notify=tell, timeout_notify=0)
    task = asyncio.create_task(running_server.serve())
    await started.wait()
    world.port = running_server.servers[0].sockets[0].getsockname()[1]
    yield world
    running_server.should_exit = True
    await task


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served() -> AsyncIterator[World]:
    """One server for all tests of the edge: starting and stopping one takes half a second."""
    settings = Settings(port=0, request_deadline=0.2, limits=LimitsSettings(receive_seconds=1.0))
    async with running(World(), settings) as found:
        yield found


@pytest.fixture
def world(served: World) -> World:
    """That server, with nothing in its memory."""
    served.log = io.StringIO()
    served.requests.clear()
    served.ready = True
    logs.configure("INFO", served.log)
    return served
