"""A town of its own for every test, under the policies that its module names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from policies.kit.policy_set import PolicySet
from tests.audit.in_process import Town, open_town


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    """As shipped; a module may have others."""
    return PolicySet.load()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory, policies: PolicySet) -> Path:
    """A store that every test's town begins with."""
    folder = tmp_path_factory.mktemp("seeded")
    with open_town(folder, policies):
        pass
    return folder / "store.sqlite3"


@pytest.fixture
def town(tmp_path: Path, policies: PolicySet, seeded: Path) -> Iterator[Town]:
    with open_town(tmp_path, policies, seeded) as town:
        yield town
