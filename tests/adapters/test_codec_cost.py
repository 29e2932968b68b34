"""The table of what calls cost above the wire can be printed."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.running_gateway import ROOT, environment


def test_every_line_has_a_figure() -> None:
    command = [sys.executable, "-m", "tests.adapters.codec_cost", "--quick"]
    printed = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=120)
    assert printed.returncode == 0, printed.stderr
    lines = printed.stdout.splitlines()
    assert lines[0].startswith("guard")
    assert lines[-1].startswith("longest pause of the loop, 1000 persons")
    assert [line for line in lines if not re.search(r"[1-9]\d*\.\d (us an? \w+|ms)$", line)] == []
