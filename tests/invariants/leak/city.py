"""What a run needs around it: registers that note every call, a shared cache, a gateway, a worker, owners that sign."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
from joserfc.jwk import ECKey
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from gateway.identity.claims import Identity
from gateway.identity.issuer import DevelopmentIssuer
from gateway.store.engine import BUSY_TIMEOUT_MILLISECONDS
from schema.terms import AssuranceLevel, Capacity, PersonCode
from tests.edge.owner_system import OwnerSystem
from tests.running_gateway import READY_WITHIN, ROOT, RunningGateway, free_ports
from tests.warm import environment

PORTAL_TOKEN = "p" * 40
DEPARTMENTS = ("social", "education", "finance", "residence")
NATIONAL = ("vid", "vzd", "vsaa")
_HERE = "tests.invariants.leak"


class Case(NamedTuple):
    """What an owner's system has of a claim."""

    register: str
    reference: str


class City:
    """A gateway, its registers, its cache, its worker, and tokens for anybody.

    Args:
        folder: for everything that is kept.
        residents: how many people the registers know.
        municipalities: whose owners sign what they tell.
        code: somebody's, for files that are wrong.
        apart: deliveries are left to ``gateway worker``; otherwise the server makes them.
    """

    def __init__(self, folder: Path, residents: int, municipalities: Iterable[str], code: str, *, apart: bool) -> None:
        self._stack = ExitStack()
        self.folder = folder
        self.processes: dict[str, int] = {}
        try:
            self._start(residents, municipalities, code, apart)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, residents: int, municipalities: Iterable[str], code: str, apart: bool) -> None:
        folder = self.folder
        self.calls, self.outputs, self.temporary = (folder / name for name in ("calls", "outputs", "temporary"))
        for each in (self.calls, self.outputs, self.temporary):
            each.mkdir(parents=True)
        (port,) = free_ports(1)
        self._enter("registers", [f"{_HERE}.registers", str(port), str(self.calls), str(residents)], {})
        key = ECKey.generate_key("P-256")
        owners = [*NATIONAL, *(f"{each}-{atvk}" for atvk in sorted(set(municipalities)) for each in DEPARTMENTS)]
        self.owner_systems = {owner: OwnerSystem(owner, key=key) for owner in owners}
        # An adapter of somebody's that fails as it is loaded.
        adapters = folder / "adapters" / "own"
        adapters.mkdir(parents=True)
        (adapters / "adapter.py").write_text(f"raise ValueError('of {code}')\n")
        (adapters / "manifest.toml").write_text(f"name = '{code}'\n")
        self.portal = folder / "portal"
        settings = {
            "GATEWAY_ADAPTERS_PATH": str(adapters.parent),
            "GATEWAY_LOG_LEVEL": "DEBUG",
            "GATEWAY_TRACKER__TOKEN_FILE": _secret(self.portal, PORTAL_TOKEN),
            "GATEWAY_TRACKER__REGISTRATION_NUMBER": "90000000014",
            "GATEWAY_CACHE__ENABLED": "true",
            "GATEWAY_DELIVER": "false" if apart else "true",
            "PYTHONWARNINGS": "always",
            "PYTHONFAULTHANDLER": "1",
            "TMPDIR": str(self.temporary),
        }
        for owner, system in self.owner_systems.items():
            settings[f"GATEWAY_OWNERS__{owner}__JWKS_FILE"] = str(system.publish(folder))
        self.redis: Redis | None = None
        if shutil.which("redis-server"):
            redis_port = self._stack.enter_context(redis_server(folder))
            self.redis = Redis(port=redis_port)
            self._stack.callback(self.redis.close)
            settings |= {
                "GATEWAY_CACHE__SHARED_URL": f"redis://127.0.0.1:{redis_port}/0",
                "GATEWAY_CACHE__KEY_FILE": _secret(folder / "cache-key", "k" * 32),
            }
        self.data = folder / "data"
        self.settings = settings | {"GATEWAY_DATA": str(self.data)}
        self.registers_url = f"http://127.0.0.1:{port}"
        self.http = self._stack.enter_context(
            httpx.Client(timeout=30.0, trust_env=False, follow_redirects=False, limits=httpx.Limits(max_connections=64))
        )
        self._until_registers_answer()
        ports = ("--no-registers", "--registers-port", str(port))
        self.gateway = RunningGateway(self.data, *ports, settings=settings, module=f"{_HERE}.mishaps")
        self._stack.callback(self.gateway.kill)
        self.processes["gateway"] = self.gateway.process.pid
        self.http.base_url = httpx.URL(self.gateway.url)
        if apart:
            worker = {f"GATEWAY_REGISTERS__{name}__URL": f"{self.registers_url}/{name}" for name in self.owners()}
            given = {name: value for name, value in self.settings.items() if name != "GATEWAY_DELIVER"}
            self._enter("worker", [f"{_HERE}.mishaps", "worker"], given | worker)
        self._issuer = DevelopmentIssuer.open(self.data)
        self._tokens: dict[tuple[Any, ...], str] = {}
        self._faults: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _enter(self, name: str, module: list[str], settings: Mapping[str, str]) -> None:
        """Start a process beside the gateway; what it prints is kept."""
        output = self._stack.enter_context((self.outputs / f"{name}.out").open("wb"))
        process = self._stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        )
        self._stack.callback(_end, process)
        self.processes[name] = process.pid

    def _until_registers_answer(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while True:
            try:
                self.owners()
            except httpx.TransportError:
                assert time.monotonic() < end, (self.outputs / "registers.out").read_text()
                time.sleep(0.1)
            else:
                return

    def token(self, capacity: Capacity, code: str, organisation: str | None = None, grantor: str | None = None) -> str:
        """A token for whoever is wanted; remembered, so that a run's time is not spent on signing."""
        wanted = capacity, code, organisation, grantor
        if wanted not in self._tokens:
            identity = Identity(
                capacity=capacity,
                person_code=PersonCode.parse(code),
                assurance=AssuranceLevel.HIGH if capacity in (Capacity.CITIZEN, Capacity.MANDATE_HOLDER) else None,
                organisation=organisation,
                grantor=None if grantor is None else PersonCode.parse(grantor),
            )
            self._tokens[wanted] = self._issuer.token(identity, now=time.time())
        return self._tokens[wanted]

    def go_wrong(self, code: str) -> None:
        """What others keep goes wrong, with a code in it where there may be one: keys, the portal's token, the shared
        cache, the store's lock, the place for checkpoints. Nothing works as it should afterwards.
        """
        system = next(iter(self.owner_systems.values()))
        Path(self.settings[f"GATEWAY_OWNERS__{system.owner}__JWKS_FILE"]).write_text(f"of {code}")
        _secret(self.portal, f"of {code}")
        (self.data / "checkpoints").unlink(missing_ok=True)
        (self.data / "checkpoints").mkdir()
        if self.redis is not None:
            self.redis.client_kill_filter(_type="normal", skipme=True)
        body = b'{"changes":[]}'
        headers = {"content-type": "application/json", "x-jws-signature": system.sign(body)}
        self.http.post(system.path, content=body, headers=headers)
        self.http.get("/data-tracker/v2/heartbeat", headers={"authorization": f"Bearer {PORTAL_TOKEN}"})
        with closing(sqlite3.connect(self.data / "gateway.sqlite3", isolation_level=None)) as store:
            store.execute("BEGIN IMMEDIATE")
            time.sleep(BUSY_TIMEOUT_MILLISECONDS / 1000 + 2)
            store.execute("ROLLBACK")
        time.sleep(3)

    def owners(self) -> dict[str, Any]:
        """What each register counts and holds."""
        told: dict[str, Any] = self.http.get(f"{self.registers_url}/_control").json()["registers"]
        return told

    def cases(self) -> dict[str, Case]:
        """What owners' systems have, by claim."""
        return {
            case["claimId"]: Case(register, case["reference"])
            for register, told in self.owners().items()
            for case in told["cases"]
        }

    def message_of(self, claim: str) -> str:
        """How the claim's first message stands in the outbox."""
        with closing(sqlite3.connect(f"file:{self.data}/gateway.sqlite3?mode=ro", uri=True)) as store:
            row = store.execute(
                "SELECT state, in_doubt, attempts, lease_owner, last_error FROM outbox WHERE claim = ? ORDER BY sequence",
                (claim,),
            ).fetchone()
        names = ("state", "in doubt", "attempts", "with", "last error")
        return (
            "no message" if row is None else ", ".join(f"{name}: {each}" for name, each in zip(names, row, strict=True))
        )

    def control(self, **order: Any) -> None:
        """Tell the registers to fail, or an owner's system to decide."""
        if order.get("fault") is not None:
            self._faults.append(order)
        elif "fault" in order:
            self._faults = [each for each in self._faults if each["register"] != order["register"]]
        self._order(order)

    @contextmanager
    def calm(self) -> Iterator[None]:
        """No register fails meanwhile."""
        for register in {each["register"] for each in self._faults}:
            self._order({"register": register, "fault": None})
        try:
            yield
        finally:
            for each in self._faults:
                self._order(each)

    def command(self, *words: str) -> str:
        """What ``gateway`` prints for these words."""
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *words],
            cwd=ROOT,
            env=environment(self.settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        return done.stdout + done.stderr

    def _order(self, order: Mapping[str, Any]) -> None:
        self.http.post(f"{self.registers_url}/_control", content=json.dumps(order))


def _secret(file: Path, text: str) -> str:
    file.write_text(text)
    file.chmod(0o600)
    return str(file)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """A Redis that keeps nothing; gives its port once it answers."""
    (port,) = free_ports(1)
    order = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(order, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            with closing(Redis(port=port)) as redis:
                _until_it_answers(redis)
            yield port
        finally:
            process.terminate()


def _until_it_answers(redis: Redis) -> None:
    end = time.monotonic() + READY_WITHIN
    while True:
        try:
            redis.ping()
        except RedisConnectionError:
            assert time.monotonic() < end
            time.sleep(0.02)
        else:
            return
