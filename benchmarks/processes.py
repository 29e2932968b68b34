"""The servers as processes of their own: the registers, and those that are compared."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

import orjson

ROOT = Path(__file__).resolve().parents[1]
_READY_WITHIN = 60.0
_STOPPED_WITHIN = 15.0
_TICK = os.sysconf("SC_CLK_TCK")
_SCHEDULED = 2
"""CPUCLOCK_SCHED of the kernel: the time that the scheduler gave, to the nanosecond."""


class BenchmarkFailed(Exception):  # noqa: N818 - the name says what happened
    """The figures would mean nothing. The message is for the terminal."""


class Server:
    """One server on a port of its own.

    Args:
        name: for messages and the log's name.
        arguments: of Python; ``{port}`` in them becomes the port.
        folder: where its log goes.
        ready: a path that answers 200, 404 or 405 once it serves.
        settings: ``GATEWAY_*`` variables; none of the machine's reach it.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], folder: Path, ready: str, settings: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.port = free_port()
        self._log = folder / f"{name}.log"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GATEWAY_")}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *(each.replace("{port}", str(self.port)) for each in arguments)],
                cwd=ROOT,
                env={**kept, **(settings or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_ready(ready)
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def cpu_seconds(self) -> float:
        """User and system time that the process and its living children have used so far."""
        return sum(_cpu_seconds(pid) for pid in _family(self._process.pid))

    def resident_mib(self) -> float:
        """Memory in RAM, of the process alone."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        """End it and wait for it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def last_lines(self, count: int = 20) -> str:
        """The end of what it printed."""
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])

    def _wait_until_ready(self, path: str) -> None:
        until = time.monotonic() + _READY_WITHIN
        while status(self.port, path) not in (200, 404, 405):
            if self._process.poll() is not None or time.monotonic() > until:
                raise BenchmarkFailed(f"{self.name} did not start:\n{self.last_lines()}")
            time.sleep(0.05)


class Registers(Server):
    """The simulated registers."""

    def __init__(self, folder: Path) -> None:
        super().__init__("registers", ("-m", "gateway", "sandbox", "--port", "{port}"), folder, "/_control")

    @property
    def url(self) -> str:
        """Base address of all registers."""
        return f"http://127.0.0.1:{self.port}"

    def calls(self) -> int:
        """Calls so far, of all registers."""
        registers = exchange(self.port, "GET", "/_control")["registers"]
        return sum(sum(each["calls"].values()) for each in registers.values())

    def delay(self, milliseconds: int) -> None:
        """Make every register answer so much later; 0 takes it back."""
        for name in exchange(self.port, "GET", "/_control")["registers"]:
            self.control({"register": name, "fault": None, "latency_ms": milliseconds})

    def control(self, rule: Mapping[str, Any]) -> None:
        """Set a fault (``adapters/sandbox/control.py``). Raises: BenchmarkFailed where it is none."""
        answer = exchange(self.port, "POST", "/_control", rule)
        if "error" in answer:
            raise BenchmarkFailed(f"the registers refuse {dict(rule)}: {answer['error']}")


class Client:
    """The load, in a process of its own (``client.py``)."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.client"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def run(self, job: Mapping[str, Any]) -> Any:
        """Send a job. Raises: BenchmarkFailed where an answer was wrong."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps(job) + b"\n")
        self._process.stdin.flush()
        answer = orjson.loads(self._process.stdout.readline() or b'{"error": "the client ended"}')
        if "error" in answer:
            raise BenchmarkFailed(f"port {job['port']}{job['path']}: {answer['error']}")
        return answer


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def status(port: int, path: str) -> int | None:
    """Status of a GET; None where nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def exchange(port: int, method: str, path: str, body: Any = None) -> Any:
    """One JSON exchange."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30.0)
    try:
        connection.request(method, path, None if body is None else orjson.dumps(body))
        return orjson.loads(connection.getresponse().read())
    finally:
        connection.close()


def _family(pid: int) -> list[int]:
    parents = {int(each.parent.name): _parent(each) for each in Path("/proc").glob("[0-9]*/stat")}
    family = [pid]
    for one in family:
        family += [child for child, parent in parents.items() if parent == one]
    return family


def _parent(stat: Path) -> int | None:
    try:
        return int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    except OSError:  # it ended meanwhile
        return None


def _cpu_seconds(pid: int) -> float:
    """Of a process with all its threads, ended ones too. In ticks of /proc where there is no clock of it."""
    try:
        # The clock that clock_getcpuclockid(3) names, which Python does not offer: nanoseconds on a processor.
        return time.clock_gettime((~pid << 3) | _SCHEDULED)
    except OSError:
        # The name, in brackets, may hold spaces; utime and stime are fields 14 and 15.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK
