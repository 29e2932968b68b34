"""An agency's own adapters, made of built-in ones, whose contract test is a short one."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.simulating import ROOT

SHORT = """
class AdapterContract:
    def test_it_reads_what_was_recorded(self) -> None:
        assert 1 + 1 == 2


class TestShort(AdapterContract):
    pass
"""


def own_adapter(parent: Path, like: str, name: str, test: str = SHORT) -> Path:
    """Copy a national register's adapter under another name.

    Args:
        parent: of the folders of adapters.
        test: ``test_adapter.py``.

    Returns:
        The new folder.
    """
    folder = parent / name
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "adapters" / "registers" / like, folder, ignore=left_out)
    for file in ("manifest.toml", "adapter.py"):
        text = (folder / file).read_text("utf-8").replace(f'"{like}"', f'"{name}"')
        (folder / file).write_text(text, "utf-8")
    (folder / "test_adapter.py").write_text(test, "utf-8")
    return folder
