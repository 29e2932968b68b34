"""The policies of the checkout, loaded once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from policies.kit.policy_set import CHECKOUT, PolicySet

Edit = Callable[[str, str, str], Path]


@pytest.fixture(scope="session")
def policies() -> PolicySet:
    return PolicySet.load()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the policies that a test may spoil."""
    for part in ("common", "claims", "parties"):
        copytree(CHECKOUT / part, tmp_path / "policies" / part)
    return tmp_path / "policies"


@pytest.fixture
def edit(copied: Path) -> Edit:
    """Replace the first occurrence of a text in one file of the copy; gives the copy."""

    def replace(file: str, old: str, new: str) -> Path:
        path = copied / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return copied

    return replace
