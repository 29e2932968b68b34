"""``gateway adapter simulate`` and ``gateway sandbox`` as processes, for tests that call what they serve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Simulator:
    """A running simulated register."""

    process: subprocess.Popen[str]
    said: list[str]
    """What it printed before it served."""

    @property
    def url(self) -> str:
        """The register's address."""
        return self.said[0].rpartition(" ")[2]

    @property
    def control(self) -> str:
        """Where faults are set."""
        return f"{self.url.rpartition('/')[0]}/_control"

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def simulating(*arguments: str, **environment: str) -> Iterator[Simulator]:
    """Run ``gateway adapter simulate`` on a free port until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "adapter", "simulate", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said: list[str] = []
        assert process.stdout is not None
        while not said or not said[-1].startswith("Serves until"):
            line = process.stdout.readline()
            assert line, f"it ended: {said}"
            said.append(line.rstrip("\n"))
        yield Simulator(process, said)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
