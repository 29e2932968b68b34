"""What a run needs around it: registers that note every address they are called at, a shared cache, a gateway."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
from redis import Redis

from adapters.sandbox.app import Receive, SandboxApp, Scope, Send
from adapters.sandbox.server import Server, config, create_app, listen
from gateway.identity.claims import Identity
from gateway.identity.issuer import DevelopmentIssuer
from schema.terms import AssuranceLevel, Capacity, PersonCode
from tests.edge.owner_system import OwnerSystem
from tests.running_gateway import RunningGateway, free_ports

PORTAL_TOKEN = "p" * 40
OWNER = OwnerSystem("social-0054000")


class Registers:
    """The simulated registers in this process; ``addresses`` has the path and query of every call, as it came.

    Args:
        folder: where owners' systems keep cases.
        residents: how many people there are.
    """

    def __init__(self, folder: Path, residents: int) -> None:
        self.addresses: list[str] = []
        self._listening = listen("127.0.0.1", 0)
        self.port = int(self._listening.getsockname()[1])
        self._server = Server(config(self))  # type: ignore[arg-type]  # any ASGI application is served
        self._thread = threading.Thread(target=self._run, args=(folder, residents))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()
        self._thread.join(20)

    def _run(self, folder: Path, residents: int) -> None:
        # Made here, since the cases' store answers only the thread that opened it.
        self._app: SandboxApp = create_app((), folder, residents=residents)
        try:
            asyncio.run(self._server.serve(sockets=[self._listening]))
        finally:
            self._app.control.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note, and let the registers answer."""
        if scope["type"] == "http" and scope["path"] != "/_control":
            self.addresses.append(f"{scope['raw_path'].decode('latin-1')}?{scope['query_string'].decode('latin-1')}")
        await self._app(scope, receive, send)


class City:
    """A gateway, its registers, its cache, and tokens for anybody.

    Args:
        folder: for everything that is kept.
        residents: how many people the registers know.
    """

    def __init__(self, folder: Path, residents: int) -> None:
        self._stack = ExitStack()
        try:
            self._start(folder, residents)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, folder: Path, residents: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.registers = self._stack.enter_context(Registers(folder / "owners", residents))
        secret = folder / "portal"
        secret.write_text(PORTAL_TOKEN)
        secret.chmod(0o600)
        settings = {
            "GATEWAY_LOG_LEVEL": "DEBUG",
            "GATEWAY_TRACKER__TOKEN_FILE": str(secret),
            "GATEWAY_TRACKER__REGISTRATION_NUMBER": "90000000002",
            f"GATEWAY_OWNERS__{OWNER.owner}__JWKS_FILE": str(OWNER.publish(folder)),
            "GATEWAY_CACHE__ENABLED": "true",
        }
        self.redis: Redis | None = None
        if shutil.which("redis-server"):
            port = self._stack.enter_context(_redis(folder))
            key = folder / "cache-key"
            key.write_bytes(b"k" * 32)
            key.chmod(0o600)
            self.redis = Redis(port=port)
            self._stack.callback(self.redis.close)
            settings |= {
                "GATEWAY_CACHE__SHARED_URL": f"redis://127.0.0.1:{port}/0",
                "GATEWAY_CACHE__KEY_FILE": str(key),
            }
        self.settings = settings
        self.gateway = RunningGateway(
            folder / "data", "--no-registers", "--registers-port", str(self.registers.port), settings=settings
        )
        self.gateway.registers_url = f"http://127.0.0.1:{self.registers.port}"
        self._stack.callback(self.gateway.kill)
        self.http = self._stack.enter_context(
            httpx.Client(base_url=self.gateway.url, timeout=30.0, trust_env=False, follow_redirects=False)
        )
        self._issuer = DevelopmentIssuer.open(folder / "data")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def token(self, capacity: Capacity, code: str, organisation: str | None = None, grantor: str | None = None) -> str:
        """A token for whoever is wanted."""
        identity = Identity(
            capacity=capacity,
            person_code=PersonCode.parse(code),
            assurance=AssuranceLevel.HIGH if capacity in (Capacity.CITIZEN, Capacity.MANDATE_HOLDER) else None,
            organisation=organisation,
            grantor=None if grantor is None else PersonCode.parse(grantor),
        )
        return self._issuer.token(identity, now=time.time())

    def keys(self) -> list[str]:
        """Of the shared cache."""
        return [] if self.redis is None else [key.decode("latin-1") for key in self.redis.scan_iter(count=1000)]

    def owners(self) -> dict[str, Any]:
        """What each register counts and holds; over a connection of its own, since one that rests is closed there."""
        told: dict[str, Any] = httpx.get(f"{self.gateway.registers_url}/_control", trust_env=False).json()["registers"]
        return told

    def control(self, **order: Any) -> None:
        """Tell the registers to fail, or an owner's system to decide."""
        httpx.post(f"{self.gateway.registers_url}/_control", content=json.dumps(order), trust_env=False)


@contextmanager
def _redis(folder: Path) -> Iterator[int]:
    (port,) = free_ports(1)
    order = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(order, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            yield port
        finally:
            process.terminate()
