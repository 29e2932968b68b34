"""The processes of a run: owners that lose replies, and a gateway that is killed again and again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from gateway.clock import utc_now
from gateway.demo.seed import seed
from gateway.store.store import Store
from policies.kit.policy_set import PolicySet
from tests.claims.kill.wiretap import Wiretap
from tests.running_gateway import ROOT, environment, free_ports

REGISTERS = ("social_assistance", "education", "cadastre", "social_casework")
"""Owners' systems: one for each way to make a resend safe, and another vendor's."""
LIEPAJA = "0005000"
"""The municipality whose system is the other vendor's."""
READY_WITHIN = 60.0


class Town:
    """Owners, wiretap, and the gateway that is running or was killed.

    Args:
        folder: for everything that processes keep.
        drop: share of deliveries of which the reply is lost after they were committed.
        data: the gateway's data folder, where it is another one.
        gateway: further environment of the gateway alone.
    """

    def __init__(
        self, folder: Path, drop: float, data: Path | None = None, gateway: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port, self._owners_port, tapped = free_ports(3)
        self.data = data or folder / "data"
        self.data.mkdir(exist_ok=True)
        store = Store.open(f"sqlite:///{self.data / 'gateway.sqlite3'}")
        seed(store, self.data, None, utc_now(), PolicySet.load().claim_types)
        store.close()
        self._settings = {
            "GATEWAY_DATA": str(self.data),
            "GATEWAY_PORT": str(self.port),
            **{
                f"GATEWAY_REGISTERS__{each.upper()}__URL": f"http://127.0.0.1:{tapped}/{each}" for each in REGISTERS[:3]
            },
            f"GATEWAY_REGISTERS__SOCIAL_CASEWORK__MUNICIPALITIES__{LIEPAJA}__URL": (
                f"http://127.0.0.1:{tapped}/social_casework/{LIEPAJA}"
            ),
        }
        self._of_gateway = {**self._settings, **(gateway or {})}
        sandbox = ("sandbox", "--port", str(self._owners_port), "--data", str(folder / "owners"))
        self._sandbox = self._start(sandbox, {}, "sandbox")
        self._gateway: subprocess.Popen[bytes] | None = None
        self._helpers: list[subprocess.Popen[bytes]] = []
        _until_answers(self._owners_port, "/_control", self._sandbox)
        self.wiretap = Wiretap(tapped, self._owners_port)
        for register in REGISTERS:
            for fault in ("commit_then_reset", "commit_then_500"):
                self._control("POST", {"register": register, "fault": fault, "share": drop / 2})

    def start_gateway(self) -> float:
        """Start it and wait until it is ready; gives the seconds that took."""
        began = time.monotonic()
        self.launch_gateway()
        assert self._gateway is not None
        _until_answers(self.port, "/health/ready", self._gateway)
        return time.monotonic() - began

    def launch_gateway(self) -> None:
        """Start it, and wait for nothing."""
        self._gateway = self._start(("serve",), self._of_gateway, "gateway")

    @property
    def process(self) -> int:
        """Id of the gateway's process that is running."""
        assert self._gateway is not None
        return self._gateway.pid

    def processor_seconds(self) -> float:
        """Of the gateway that is running, since it began."""
        assert self._gateway is not None
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{self._gateway.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def kill_gateway(self) -> None:
        """kill -9 of its whole process group."""
        if self._gateway is not None:
            _kill(self._gateway)
            self._gateway = None

    def stop_gateway(self) -> int:
        """End it as an operator would; gives its exit code."""
        assert self._gateway is not None
        self._gateway.send_signal(signal.SIGTERM)
        code = self._gateway.wait(20)
        self._gateway = None
        return code

    def start_worker(self, more: Mapping[str, str] | None = None) -> int:
        """Another process that delivers; gives its number.

        Args:
            more: further environment of it.
        """
        self._helpers.append(self._start(("worker",), {**self._settings, **(more or {})}, "worker"))
        return len(self._helpers) - 1

    def worker_process(self, number: int) -> int:
        """Id of its process."""
        return self._helpers[number].pid

    def signal_worker(self, number: int, what: signal.Signals) -> None:
        """SIGKILL starts another one in its place; SIGSTOP and SIGCONT are for a moment in which it stands still."""
        os.killpg(self._helpers[number].pid, what)
        if what is signal.SIGKILL:
            self._helpers[number].wait()
            self._helpers[number] = self._start(("worker",), self._settings, "worker")

    def stop_worker(self, number: int) -> int:
        """End it as an operator would; gives its exit code."""
        self._helpers[number].send_signal(signal.SIGTERM)
        return self._helpers[number].wait(20)

    def doubtful(self) -> set[str]:
        """Claims that ``gateway claims doubtful`` lists."""
        listed = subprocess.run(
            [sys.executable, "-m", "gateway", "claims", "doubtful", "--json"],
            cwd=ROOT,
            env=environment(self._settings),
            capture_output=True,
            check=True,
        )
        return {each["claim"] for each in json.loads(listed.stdout)}

    def on_its_way(self) -> int:
        """Messages that are still to arrive; what waits behind one in doubt waits for people."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data}/gateway.sqlite3?mode=ro", uri=True)) as store:
            found: int = store.execute(
                "SELECT count(*) FROM outbox WHERE state IN ('WAITING', 'SENDING')"
                " AND claim NOT IN (SELECT claim FROM outbox WHERE state = 'DOUBTFUL')"
            ).fetchone()[0]
            return found

    def owners(self) -> Mapping[str, Any]:
        """What owners' systems hold, by register."""
        registers: Mapping[str, Any] = self._control("GET", None)["registers"]
        return registers

    def close(self) -> None:
        """End every process of the run."""
        self.kill_gateway()
        for each in (*self._helpers, self._sandbox):
            _kill(each)
        self.wiretap.close()

    def _start(self, arguments: tuple[str, ...], settings: Mapping[str, str], log: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{log}.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "gateway", *arguments],
                cwd=ROOT,
                env=environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _control(self, method: str, body: Mapping[str, Any] | None) -> Any:
        connection = HTTPConnection("127.0.0.1", self._owners_port, timeout=30)
        try:
            connection.request(method, "/_control", None if body is None else json.dumps(body))
            answer = connection.getresponse()
            content = json.loads(answer.read())
            assert answer.status == 200, content
            return content
        finally:
            connection.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _until_answers(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        assert process.poll() is None, "the process ended instead of answering; its log says why"
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.02)
    raise AssertionError(f"nothing answered on {path} within {READY_WITHIN:.0f} s")
