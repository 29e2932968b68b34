"""The simulated registers as a process of their own, which never outlives this one."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from gateway.demo.caller import answers

_READY_WITHIN_SECONDS = 60.0
_STOPPED_WITHIN_SECONDS = 5.0


class RegistersFailed(Exception):
    """The registers did not start. The message is one clear line."""


def start(arguments: Sequence[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    """A module of ours as a process of its own, with a pipe to it.

    Args:
        arguments: the module's name, and what follows it.
        output: file for what it prints.
    """
    return subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for the parent, which ends the child when it no longer needs it
    )


class Registers:
    """Starts ``gateway sandbox``.

    The child reads a pipe that only this process holds: when this process ends, however it ends, the pipe closes and
    the child goes too.

    Args:
        port: to listen on.
        data: where owners' cases are kept.
        world: folders that add residents.
        log: file for what it prints.
    """

    def __init__(self, port: int, data: Path, world: tuple[Path, ...], log: Path) -> None:
        self._port = port
        self._log = log
        folders = [argument for folder in world for argument in ("--world", str(folder))]
        with log.open("wb") as output:
            self._child = start(
                ["gateway", "sandbox", "--port", str(port), "--data", str(data), *folders, "--while-stdin"], output
            )

    def wait_until_ready(self) -> None:
        """Raises: RegistersFailed."""
        until = time.monotonic() + _READY_WITHIN_SECONDS
        while not answers("127.0.0.1", self._port, "/_control"):
            if self._child.poll() is not None:
                raise RegistersFailed(f"the registers did not start: {self._last_line()}")
            if time.monotonic() > until:
                raise RegistersFailed(f"the registers were not ready in time; see {self._log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the child and wait for it."""
        pipe: IO[bytes] | None = self._child.stdin
        if pipe is not None:
            pipe.close()
        try:
            self._child.wait(_STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _last_line(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return said[-1].removeprefix("gateway: ") if said else f"see {self._log}"
