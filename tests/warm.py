"""Commands of ours as processes of their own that need not import everything again.

A process that has imported the gateway, and has done nothing else, is forked for each of them. From there on each is
as any other: its own session, environment, files and end, with everything that Python does at the end of a process.
Half of what a command costs is its imports, and the tests start hundreds.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

import orjson

from adapters.sandbox.server import utc_today
from adapters.sandbox.world.build import build_world
from gateway.demo import registers

ROOT = Path(__file__).resolve().parents[1]
_OURS = ("schema", "policies", "adapters", "gateway")
_READ_LATE = frozenset({"COLUMNS", "POLICIES_PATH"})
"""Besides our settings: what is read when it is needed, if at all, and not as Python or a library starts."""
_MESSAGE_BYTES = 64 * 1024
_lock = threading.Lock()


class Warm:
    """A command that was started from here; of ``subprocess.Popen`` it has what tests use.

    Args:
        arguments: what follows ``python -m``.
        env: its whole environment.
        stdout, stderr: files that it writes to.
        folder: where it runs.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        stdout: IO[bytes],
        stderr: IO[bytes],
        folder: Path = ROOT,
    ) -> None:
        self.args = [sys.executable, "-m", *arguments]
        self.returncode: int | None = None
        self._end, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        order = orjson.dumps({"arguments": list(arguments), "env": dict(env), "folder": str(folder)})
        with theirs, _lock:
            socket.send_fds(_parent()[0], [order], [theirs.fileno(), stdout.fileno(), stderr.fileno()])
        self.pid = int(self._heard(None))

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. Raises: subprocess.TimeoutExpired."""
        if self.returncode is None:
            self.returncode = int(self._heard(timeout))
            self._end.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _heard(self, timeout: float | None) -> bytes:
        if not select.select([self._end], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        heard = self._end.recv(_MESSAGE_BYTES)
        assert heard, "the process from which commands are started has ended"
        return heard


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command of ours: no setting of the machine's reaches it but ``changes``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return {**kept, **(changes or {})}


def can_start(env: Mapping[str, str]) -> bool:
    """Whether a command with this environment may be started from here: Python and libraries read some as they start."""
    differ = {name for name in {*os.environ, *env} if os.environ.get(name) != env.get(name)}
    if env.get("PYTHONPATH", str(ROOT)) == str(ROOT):
        differ.discard("PYTHONPATH")
    return hasattr(os, "pidfd_open") and all(name.startswith("GATEWAY_") or name in _READ_LATE for name in differ)


def run(
    arguments: Sequence[str], env: Mapping[str, str], seconds: float, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. Raises: subprocess.TimeoutExpired."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = Warm(arguments, env, out, err, folder)
        try:
            code = started.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
            raise
        texts = []
        for each in (out, err):
            each.seek(0)
            texts.append(each.read().decode())
    return subprocess.CompletedProcess(started.args, code, *texts)


@cache
def _parent() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """The process that is forked, with the way to it. It ends with this one: nobody has that end of its socket then."""
    orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        parent = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    return orders, parent


def _serve(orders: socket.socket) -> dict[str, Any] | None:
    """Start what is ordered and tell of its end, until nobody is left to order; in what was started: what it is."""
    ends: dict[int, tuple[int, socket.socket]] = {}
    while True:
        for ready in select.select([orders, *ends], [], [])[0]:
            if ready is not orders:
                pid, end = ends.pop(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                os.close(ready)
                with end, suppress(OSError):  # of somebody who waits for it no longer
                    end.send(b"%d" % code)
                continue
            message, files, _, _ = socket.recv_fds(orders, _MESSAGE_BYTES, 3)
            if not message:
                return None
            pid = os.fork()
            if pid == 0:
                orders.close()
                for own, (_, end) in ends.items():
                    os.close(own)
                    end.close()
                os.close(files[0])
                os.setsid()
                for number, file in enumerate(files[1:], start=1):
                    os.dup2(file, number)
                    os.close(file)
                order: dict[str, Any] = orjson.loads(message)
                return order
            end = socket.socket(fileno=files[0])
            for file in files[1:]:
                os.close(file)
            end.send(b"%d" % pid)
            ends[os.pidfd_open(pid)] = pid, end


class _Registers:
    """The simulated registers of a demo: forked before the demo begins, and what they are once it starts them.

    Of ``subprocess.Popen`` it has what the demo uses.
    """

    def __init__(self, pid: int, orders: socket.socket) -> None:
        self._pid = pid
        self._orders = orders
        self.stdin: IO[bytes] | None = None
        self._returncode: int | None = None

    def start(self, arguments: Sequence[str], output: IO[bytes]) -> _Registers:
        """See ``gateway.demo.registers.start``."""
        theirs, ours = os.pipe()
        with self._orders:
            socket.send_fds(self._orders, [orjson.dumps(list(arguments))], [theirs, output.fileno()])
        os.close(theirs)
        self.stdin = os.fdopen(ours, "wb", buffering=0)
        return self

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self._returncode

    def wait(self, timeout: float | None = None) -> int:
        if self._returncode is None:
            end = os.pidfd_open(self._pid)
            try:
                if not select.select([end], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired("registers", timeout or 0.0)
            finally:
                os.close(end)
            self._returncode = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self._pid, signal.SIGKILL)


def _demo_or_registers(arguments: Sequence[str]) -> Sequence[str]:
    """In a demo, whose registers stand by: what it was told to be. In the registers, once they are started: that."""
    theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid:
        theirs.close()
        registers.start = _Registers(pid, ours).start  # type: ignore[assignment]
        return arguments
    ours.close()
    message, files, _, _ = socket.recv_fds(theirs, _MESSAGE_BYTES, 2)
    theirs.close()
    if not message:
        os._exit(0)
    os.setsid()
    for number, file in zip((0, 1, 2), (*files, files[1]), strict=True):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    order: Sequence[str] = orjson.loads(message)
    return order


def _main() -> None:
    for package in map(importlib.import_module, _OURS):
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            last = each.name.rpartition(".")[2]
            if (
                not last.startswith(("test", "__main__"))
                and not last.endswith("_test")
                and ".migrations" not in each.name
            ):
                importlib.import_module(each.name)
    importlib.import_module("alembic.command")
    build_world((), utc_today())
    gc.collect()
    gc.freeze()
    order = _serve(socket.socket(fileno=int(sys.argv[1])))
    if order is None:
        return
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    arguments = order["arguments"]
    if arguments[:2] == ["gateway", "demo"]:
        arguments = _demo_or_registers(arguments)
    module, *sys.argv[1:] = arguments
    sys.argv[0] = module
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
