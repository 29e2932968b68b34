"""What a machine may lack: said plainly where it is missing, and a failure where CI could have installed it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI") == "true"


def requires(*commands: str) -> None:
    """Go on only where these commands exist."""
    missing = [command for command in commands if shutil.which(command) is None]
    if missing:
        said = f"not run: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        if IN_CI:
            pytest.fail(f"{said}; .ci/run should have installed it")
        pytest.skip(said)


def requires_folder(folder: Path) -> Path:
    """Go on only where this folder exists. Nothing installs folders, so CI skips too."""
    if not folder.is_dir():
        pytest.skip(f"not run: {folder.name} is missing")
    return folder
