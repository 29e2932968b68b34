"""A command that tests fork from a process with everything imported is as one that a person starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests import warm
from tests.running_gateway import ROOT, environment

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="all commands are started from nothing here")


@pytest.mark.parametrize(("arguments", "code"), [(("token", "nobody"), 2), (("adapter", "list", "--json"), 0)])
def test_it_says_the_same_and_ends_the_same(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    env = environment({"COLUMNS": "100", "PYTHONPATH": str(ROOT), "GATEWAY_DATA": str(tmp_path / "none")})
    assert warm.can_start(env)
    order = ["gateway", *arguments]
    forked = warm.run(order, env, 60, tmp_path)
    started = subprocess.run(
        [sys.executable, "-m", *order], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
    )
    assert (forked.returncode, forked.stdout, forked.stderr) == (started.returncode, started.stdout, started.stderr)
    assert forked.returncode == code


def test_what_ends_it_is_told(tmp_path: Path) -> None:
    env = environment({"GATEWAY_DATA": str(tmp_path)})
    with tempfile.TemporaryFile() as out:
        order = ["gateway", "sandbox", "--port", "0", "--data", str(tmp_path / "registers")]
        started = warm.Warm(order, env, out, out)
        assert started.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(0.01)
        started.send_signal(signal.SIGKILL)
        assert started.wait(10) == started.poll() == -signal.SIGKILL
        started.send_signal(signal.SIGKILL)  # of nobody


def test_one_that_python_would_start_otherwise_is_started_from_nothing() -> None:
    assert not warm.can_start(environment({"PYTHONDEVMODE": "1"}))
    assert not warm.can_start(environment({"LD_PRELOAD": "nothing.so"}))
