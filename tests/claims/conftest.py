"""A store with reference rows, for tests of claims."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.kit.ports import Receives
from gateway.claims.delivery import Worker
from gateway.store.store import Store
from tests.claims.delivering import MakeWorker
from tests.claims.owners import Time
from tests.claims.world import seed


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store's file, made once."""
    path = tmp_path_factory.mktemp("seeded") / "store.sqlite"
    store = Store.open(f"sqlite:///{path}")
    store.write_sync(seed)
    store.close()
    return path


@pytest.fixture
def store(tmp_path: Path, seeded: Path) -> Iterator[Store]:
    shutil.copy(seeded, tmp_path / "store.sqlite")
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def worker(store: Store, time: Time) -> MakeWorker:
    def make(**receivers: Receives) -> Worker:
        return Worker(store, receivers, time.clock(), jitter=lambda: 1.0)

    return make
