"""``gateway demo``: registers, world, gateway and story, in this order, and all of them gone at the end."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import asyncio
import shlex
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop
from rich.console import Console
from rich.markup import escape

from adapters.sandbox.desks.employment_dagr import NAME as EMPLOYMENT_DAGR
from adapters.sandbox.world.permissions import BY_PURPOSE
from gateway import logs
from gateway.app import create_app
from gateway.clock import epoch_seconds, utc_now
from gateway.demo.caller import Caller, Gone, answers
from gateway.demo.folder import GATEWAY_LOG, REGISTERS, REGISTERS_LOG, DataFolder, NotOurs
from gateway.demo.passes import token_for
from gateway.demo.registers import Registers, RegistersFailed
from gateway.demo.seed import SeedError, seed
from gateway.demo.seed_claims import ClaimTypes
from gateway.demo.simulated import found_adapters
from gateway.demo.stage import Stage, terminal
from gateway.demo.story import Story, StoryStopped
from gateway.demo.vendors import OTHER_VENDORS, theirs
from gateway.edge.wire import CannotListen, Server, listen, serve, server
from gateway.policies_live import LivePolicies, places
from gateway.register_settings import RegisterSettings
from gateway.settings import Settings
from gateway.store.errors import StoreError
from gateway.store.store import Store
from policies.kit.errors import PolicyError

_TOKEN_SECONDS = 900
_HOST = "127.0.0.1"


class DemoFailed(Exception):
    """The demo could not start. The message is one clear line."""


class Demo:
    """One run of the demo.

    Args:
        settings: host, port and data folder; addresses of registers that are set win over the simulated ones.
        registers_port: where the simulated registers are.
        start_registers: start them; otherwise they run already, or not at all.
        world: folder that adds to the demo world.
        tell_story: tell the story where it was not told yet.
        reset: forget the data folder's content first.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        registers_port: int,
        start_registers: bool,
        world: Path | None,
        tell_story: bool,
        reset: bool,
    ) -> None:
        self._settings = connected(settings, registers_port)
        self._registers_port = registers_port
        self._start_registers = start_registers
        self._world = world
        self._tell_story = tell_story
        self._reset = reset
        self._console = terminal()

    def run(self) -> None:
        """Run until SIGINT or SIGTERM.

        Raises:
            DemoFailed: it could not start; nothing is left running.
            KeyboardInterrupt: a signal came before it served; nothing is left running.
        """
        try:
            with (
                self._folder() as folder,
                self._gateway_port() as port,
                self._registers(folder) as registers,
                (folder.path / GATEWAY_LOG).open("a", encoding="utf-8") as log,
            ):
                logs.configure(self._settings.log_level, log)
                policies = LivePolicies.open(places(self._settings.policies_path))
                self._seed(folder, policies.current.claim_types)
                if registers is not None:
                    registers.wait_until_ready()
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    runner.run(self._serve(folder, port, policies))
        except (NotOurs, CannotListen, RegistersFailed, SeedError, StoreError, PolicyError) as error:
            raise DemoFailed(str(error)) from None

    @contextmanager
    def _folder(self) -> Iterator[DataFolder]:
        folder = DataFolder(self._settings.data)
        try:
            if self._reset:
                folder.forget()
                self._say("starting over")
            yield folder
        finally:
            folder.let_go()

    @contextmanager
    def _gateway_port(self) -> Iterator[socket.socket]:
        try:
            taken = listen(self._settings.host, self._settings.port)
        except CannotListen as error:
            raise DemoFailed(f"{error}; choose another with --port") from None
        with taken:
            yield taken

    @contextmanager
    def _registers(self, folder: DataFolder) -> Iterator[Registers | None]:
        if not self._start_registers:
            yield None
            return
        try:
            listen(_HOST, self._registers_port).close()
        except CannotListen as error:
            raise DemoFailed(f"{error}; choose another with --registers-port") from None
        self._say("starting the simulated registers")
        worlds = (self._world,) if self._world is not None else ()
        registers = Registers(self._registers_port, folder.path / REGISTERS, worlds, folder.path / REGISTERS_LOG)
        try:
            yield registers
        finally:
            registers.stop()

    def _seed(self, folder: DataFolder, claim_types: ClaimTypes) -> None:
        self._say("seeding the demo world")
        store = Store.open(self._settings.store)
        try:
            seed(store, folder.path, self._world, utc_now(), claim_types)
        finally:
            store.close()

    async def _serve(self, folder: DataFolder, port: socket.socket, policies: LivePolicies) -> None:
        try:
            running = server(create_app(self._settings, policies), self._settings)
        except (OSError, ValueError) as error:
            raise DemoFailed(f"the gateway cannot start as it is set: {error}") from None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, running.stop)
        self._say("starting the gateway")
        serving = asyncio.create_task(serve(running, port))
        telling = asyncio.create_task(asyncio.to_thread(self._once_ready, running, folder))
        served = await serving
        if not served:
            running.stop()
            await telling
            raise DemoFailed(f"the gateway could not start; see {folder.path / GATEWAY_LOG}")
        await telling
        self._say("stopped")

    def _once_ready(self, running: Server, folder: DataFolder) -> None:
        host, port = self._settings.host, self._settings.port
        while not answers(host, port, "/health/ready"):
            if running.should_exit:
                return
            time.sleep(0.05)
        told = folder.story_told_at()
        if told is not None:
            self._say(f"the story was told here on {told}; --reset tells it again")
        elif self._tell_story:
            self._tell(running, folder)
        if not running.should_exit:
            invite(self._console, host, port, folder.path)

    def _tell(self, running: Server, folder: DataFolder) -> None:
        if not answers(_HOST, self._registers_port, "/_control"):
            self._say(f"no story: no simulated registers answer on port {self._registers_port}")
            return
        world = Caller(
            self._settings.host,
            self._settings.port,
            self._registers_port,
            lambda persona: token_for(folder.path, persona, now=epoch_seconds(), ttl=_TOKEN_SECONDS),
        )
        try:
            claim = Story(world, Stage(self._console)).tell()
        except (StoryStopped, Gone) as error:
            if not running.should_exit:
                self._console.print(f"\n[bold red]the story stopped:[/] {escape(str(error))}")
            return
        folder.story_was_told(utc_now().strftime("%Y-%m-%d %H:%M UTC"), claim)

    def _say(self, what: str) -> None:
        self._console.print(f"[dim]gateway demo:[/] {escape(what)}")


def connected(settings: Settings, registers_port: int) -> Settings:
    """Settings in which every register that is not set otherwise is the simulated one."""
    registers = dict(settings.registers)
    for name in sorted(each.name for each in found_adapters(settings.adapters_path)):
        known = settings.register(name)
        address = f"http://{_HOST}:{registers_port}/{name}"
        if name in OTHER_VENDORS and known.url is None:
            registers[name] = known.model_copy(update={"municipalities": theirs(name, settings, address)})
        elif known.url is None:
            given = {"url": address, "permissions": _permissions(name)}
            simulated = RegisterSettings.model_validate(given)
            permissions = known.permissions or simulated.permissions
            registers[name] = known.model_copy(update={"url": simulated.url, "permissions": permissions})
    return settings.model_copy(update={"registers": registers})


def _permissions(name: str) -> dict[str, dict[str, str]]:
    """Ours at the simulated DAGR."""
    held = BY_PURPOSE if name == EMPLOYMENT_DAGR else {}
    return {purpose: {"number": each.number, "purpose": each.purpose} for purpose, each in held.items()}


def invite(console: Console, host: str, port: int, data: Path) -> None:
    """Say where the gateway is, and three things to try."""
    option = "" if str(data) == ".data" else f" --data {shlex.quote(str(data))}"
    address = f"http://{host}:{port}/graphql"

    def ask(persona: str, query: str) -> str:
        token = f'"Authorization: Bearer $(.venv/bin/gateway token {persona}{option})"'
        return f"""curl -s {address} -H 'Content-Type: application/json' -H {token} -d '{{"query":"{query}"}}'"""

    console.print()
    console.print(f"The gateway serves at [bold]{address}[/] until Ctrl-C. Three things to try:")
    for query in (
        ("anna", "{ me { givenName declaredAddress { fullText } claims { totalCount } } }"),
        ("ngo-support", "{ claims { totalCount edges { node { id status } } } }"),
        ("ngo-families", r"{ claim(id: \"demo-1\") { status } }"),
    ):
        console.print(f"\n  {ask(*query)}", markup=False, soft_wrap=True)
    console.print()
