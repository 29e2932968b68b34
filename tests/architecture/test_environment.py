"""scripts/environment empties no other checkout's environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_an_environment_behind_a_link_is_left_as_it_is(tmp_path: Path) -> None:
    others = tmp_path / "others"
    others.mkdir()
    (others / "root").write_text("/another/checkout\n")
    checkout = tmp_path / "checkout"
    (checkout / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/environment", checkout / "scripts")
    (checkout / "requirements-dev.txt").write_text("")
    (checkout / ".venv").symlink_to(others)

    ended = subprocess.run(
        ["sh", "scripts/environment", "requirements-dev.txt"],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert ".venv is a link" in ended.stderr
    assert (others / "root").read_text() == "/another/checkout\n"
