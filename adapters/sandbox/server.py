"""Runs the simulated registers as one ordinary HTTP server in a process of its own."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.sandbox.app import TRANSPORT, Receive, SandboxApp, Scope, Send
from adapters.sandbox.cases import CaseBook
from adapters.sandbox.control import Control
from adapters.sandbox.desks.addresses import addresses
from adapters.sandbox.desks.addresses_open_data import addresses_open_data
from adapters.sandbox.desks.cadastre import cadastre
from adapters.sandbox.desks.education import education
from adapters.sandbox.desks.employment import Agency, employment
from adapters.sandbox.desks.employment_dagr import employment_dagr
from adapters.sandbox.desks.enterprises import enterprises
from adapters.sandbox.desks.enterprises_open_data import enterprises_open_data
from adapters.sandbox.desks.finance import finance
from adapters.sandbox.desks.natural_persons import natural_persons
from adapters.sandbox.desks.revenue import revenue
from adapters.sandbox.desks.social_assistance import social_assistance
from adapters.sandbox.desks.social_casework import social_casework
from adapters.sandbox.desks.social_insurance import social_insurance
from adapters.sandbox.desks.vehicles import vehicles
from adapters.sandbox.desks.vies import vies
from adapters.sandbox.exchange import Desk
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.offices import Offices

_ADAPTERS = Path(__file__).parent.parent
HAND_WRITTEN = frozenset(
    {
        "addresses",
        "addresses_open_data",
        "cadastre",
        "education",
        "employment",
        "employment_dagr",
        "enterprises",
        "enterprises_open_data",
        "finance",
        "natural_persons",
        "revenue",
        "social_assistance",
        "social_casework",
        "social_insurance",
        "vehicles",
        "vies",
    }
)
"""Names of the registers whose answers agree with each other, about the people of one world."""


def utc_now() -> datetime:
    """The time by the machine's clock, in UTC."""
    return datetime.now(UTC)


def utc_today() -> date:
    """The day by the machine's clock, in UTC."""
    return utc_now().date()


def create_app(
    world: tuple[Path, ...],
    data: Path | None,
    *,
    today: Callable[[], date] = utc_today,
    residents: int = 10_000,
    further: Iterable[Desk] = (),
) -> SandboxApp:
    """The registers as an ASGI application.

    Args:
        world: folders that add residents to the built-in ones, as ``world/README.md`` says.
        data: where owners' systems keep received cases; None: in memory.
        today: the day that months are counted from.
        residents: how many people there are, named ones included.
        further: registers over and above the hand-written ones.

    Raises:
        WorldError: a folder cannot be used; the message is one line.
    """
    built = build_world(world, today(), total=residents)
    cases, offices, agency = CaseBook(data, built.cases), Offices(built), Agency(built, today)
    registers, municipal = _ADAPTERS / "registers", _ADAPTERS / "municipal"
    desks: tuple[Desk, ...] = (
        natural_persons(built, registers / "natural_persons" / "contract", cases, today),
        addresses(built, registers / "addresses" / "contract"),
        addresses_open_data(built, registers / "addresses_open_data" / "contract"),
        revenue(built, registers / "revenue" / "contract", cases, today),
        social_assistance(built, municipal / "social_assistance" / "contract", cases, today),
        social_casework(built, municipal / "social_casework" / "contract", cases, today),
        education(built, municipal / "education" / "contract", cases, today),
        cadastre(built, registers / "cadastre" / "contract", cases, today),
        social_insurance(built, registers / "social_insurance" / "contract", cases, today),
        finance(built, municipal / "finance" / "contract", cases, today),
        vehicles(built, registers / "vehicles" / "contract"),
        employment(agency, registers / "employment" / "contract"),
        employment_dagr(agency, registers / "employment_dagr" / "contract", today, utc_now),
        enterprises(built, offices, registers / "enterprises" / "contract"),
        enterprises_open_data(built, offices, registers / "enterprises_open_data" / "contract"),
        vies(built, registers / "vies" / "contract", today),
        *further,
    )
    return SandboxApp(desks, Control({desk.name: desk for desk in desks}, cases, utc_now))


def serve(
    port: int,
    *,
    host: str = "127.0.0.1",
    data: Path | None = None,
    world: tuple[Path, ...] = (),
    further: Iterable[Desk] = (),
) -> None:
    """Serve until SIGINT or SIGTERM, then return. The arguments are those of :func:`create_app`.

    Raises:
        WorldError: a world folder cannot be used.
        OSError: the port is taken.
    """
    with listen(host, port) as listening:
        _serve(create_app(world, data, further=further), listening)


def serve_desks(
    desks: Iterable[Desk], port: int, *, host: str = "127.0.0.1", ready: Callable[[int], None] | None = None
) -> None:
    """Serve these registers, and no others, until SIGINT or SIGTERM, then return.

    Args:
        port: 0 takes any free one.
        ready: called with the port once whoever connects to it is answered, and whoever ends it is heard.

    Raises:
        OSError: the port is taken.
    """
    with listen(host, port) as listening:
        listening.listen()
        _serve(app_of(desks), listening, ready)


def app_of(desks: Iterable[Desk]) -> SandboxApp:
    """The application of registers that keep no cases."""
    by_name = {desk.name: desk for desk in desks}
    return SandboxApp(by_name.values(), Control(by_name, CaseBook(None, ()), utc_now))


def _serve(app: SandboxApp, listening: socket.socket, ready: Callable[[int], None] | None = None) -> None:
    try:
        asyncio.run(_run(app, listening, ready))
    finally:
        app.control.close()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 is any free one. Raises: OSError where the port is taken."""
    # The protocol is named because asyncio sends small writes at once (TCP_NODELAY) only where it is: 40 ms a call.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


async def _run(app: SandboxApp, listening: socket.socket, ready: Callable[[int], None] | None) -> None:
    server = Server(config(app))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    if ready is not None:
        ready(listening.getsockname()[1])
    await server.serve(sockets=[listening])


def config(app: SandboxApp) -> uvicorn.Config:
    """How the sandbox is served. The loop is asyncio's own, since only its transports show their socket."""
    return uvicorn.Config(
        app,
        http=OpenTransport,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


class Server(uvicorn.Server):
    """A server that ends when told to and leaves the exit code alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to who runs the loop: uvicorn would raise them again after a clean end."""
        yield

    def stop(self) -> None:
        """End after the requests in hand, or after a second."""
        self.should_exit = True


class OpenTransport(HttpToolsProtocol):
    """HTTP/1.1 whose application can reach the connection, which is what faults below HTTP need."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own narrowing
        """Hand the connection over in the scope's extensions."""
        super().connection_made(transport)
        inner: Any = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, "extensions": {TRANSPORT: transport}}, receive, send)

        self.app = app
