"""A gateway and its simulated registers as processes of their own, as a test meets them: over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import httpx

from gateway.clock import epoch_seconds
from gateway.demo.passes import token_for
from tests import warm
from tests.warm import environment

ROOT = warm.ROOT
READY_WITHIN = 60.0
STOPPED_WITHIN = 20.0
_TOKEN_SECONDS = 3600


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on now; all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def command(
    *arguments: str, folder: Path = ROOT, seconds: float = 60, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run ``gateway`` with these arguments, and this much of another environment, to its end within ``seconds``."""
    env = environment({"PYTHONPATH": str(ROOT), **changes})
    if warm.can_start(env):
        return warm.run(["gateway", *arguments], env, seconds, folder)
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


class RunningGateway:
    """``gateway demo`` on ports of its own, ready to be asked.

    Args:
        data: its data folder; the same folder again continues the same world.
        arguments: further arguments of ``gateway demo``.
        settings: ``GATEWAY_*`` variables.
        module: runs in place of ``gateway``, and takes the same arguments.
        from_nothing: as a person starts it; the others come from a process that has imported everything.

    Raises:
        AssertionError: it ended or was not ready in time; the message has the end of what it printed.
    """

    def __init__(
        self,
        data: Path,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        module: str = "gateway",
        from_nothing: bool = False,
    ) -> None:
        port, registers_port = free_ports(2)
        self.url = f"http://127.0.0.1:{port}"
        self.registers_url = f"http://127.0.0.1:{registers_port}"
        self.data = data
        self.log = data.with_name(f"{data.name}-{port}.log")
        self._tokens: dict[str, str] = {}
        self._client = httpx.Client(timeout=30.0, trust_env=False)
        ports = ("--port", str(port), "--registers-port", str(registers_port))
        order = [module, "demo", "--no-story", "--data", str(data), *ports, *arguments]
        env = environment(settings)
        self.process: subprocess.Popen[bytes] | warm.Warm
        with self.log.open("wb") as log:
            if module == "gateway" and not from_nothing and warm.can_start(env):
                self.process = warm.Warm(order, env, log, log)
            else:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", *order],
                    cwd=ROOT,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/graphql"

    def printed(self) -> str:
        """Everything that the processes wrote so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def token(self, persona: str, ttl: int | None = None) -> str:
        """A token of a persona, as ``gateway token`` prints it; remembered unless it asks for a life of its own.

        Args:
            persona: a name of the demo world.
            ttl: seconds until it expires.
        """
        if ttl is None and persona in self._tokens:
            return self._tokens[persona]
        token = token_for(self.data, persona, now=epoch_seconds(), ttl=_TOKEN_SECONDS if ttl is None else ttl)
        if ttl is None:
            self._tokens[persona] = token
        return token

    def post(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        persona: str | None = "anna",
        operation_name: str | None = None,
        *,
        token: str | None = None,
        language: str | None = None,
    ) -> tuple[int, Any]:
        """Ask ``/graphql`` as a persona: its status, and its JSON.

        Args:
            persona: None sends no token.
            token: this one, whoever it belongs to.
            language: value of Accept-Language; None sends none.
        """
        body: dict[str, Any] = {"query": query}
        if variables is not None:
            body["variables"] = dict(variables)
        if operation_name is not None:
            body["operationName"] = operation_name
        if token is None and persona is not None:
            token = self.token(persona)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if language is not None:
            headers["Accept-Language"] = language
        answer = self._client.post(self.graphql_url, json=body, headers=headers)
        return answer.status_code, answer.json()

    def control(self) -> dict[str, Any]:
        """The registers' counters, cases and faults by register name."""
        answer = self._client.get(f"{self.registers_url}/_control").raise_for_status()
        registers: dict[str, Any] = answer.json()["registers"]
        return registers

    def calls(self) -> int:
        """Register calls that requests and deliveries made since the last clearing."""
        return sum(sum(register["calls"].values()) for register in self.control().values())

    def clear_control(self) -> None:
        """Set counters, cases and faults to nothing."""
        self._client.delete(f"{self.registers_url}/_control").raise_for_status()

    def fault(self, register: str, fault: str | None, **details: Any) -> None:
        """Make a register fail as told; None heals it.

        Args:
            details: ``operation``, ``latency_ms``, ``share``, ``count``.
        """
        order = {"register": register, "fault": fault, **details}
        self._client.post(f"{self.registers_url}/_control", json=order).raise_for_status()

    def until_notices_are_read(self) -> None:
        """Wait for the registers' first notices: from then on they tell again only what changes there."""
        end = time.monotonic() + READY_WITHIN
        while True:
            with closing(sqlite3.connect(self.data / "gateway.sqlite3", timeout=10)) as store:
                query = "SELECT 1 FROM register_copies WHERE kind = 'PROTECTION' AND since IS NOT NULL"
                if store.execute(query).fetchone():
                    return
            assert time.monotonic() < end, self._tail()
            time.sleep(0.05)

    def stop(self) -> None:
        """End it as an operator would: SIGTERM, a clean exit, no stack trace in anything it printed."""
        if self._client.is_closed:
            return
        self._client.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {STOPPED_WITHIN:.0f} s\n{self._tail()}") from None
        assert code == 0, f"ended with {code}\n{self._tail()}"
        assert "Traceback" not in self.printed(), self._tail()

    def kill(self) -> None:
        """End it as a power cut would, registers and all."""
        self._client.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end:
            assert self.process.poll() is None, f"ended with {self.process.returncode}\n{self._tail()}"
            try:
                if self._client.get(f"{self.url}/health/ready").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready within {READY_WITHIN:.0f} s\n{self._tail()}")

    def _tail(self) -> str:
        return "\n".join(self.printed().splitlines()[-40:])
