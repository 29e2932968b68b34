"""Fixtures that every area of the tests may use: a gateway that runs, and one to break."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
import structlog

from gateway import logs
from tests.running_gateway import RunningGateway

_LONG = (
    *("docs", "benchmarks", "invariants", "whole_graph", "cli", "scenarios", "policies", "oracle", "desk", "plan"),
    *("store", "claims", "outages", "audit", "reference", "municipal", "architecture", "sandbox"),
)
"""Folders whose files take up to minutes, the longest first: they start processes, or try thousands of cases."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left with it when the others have ended."""
    here = Path(__file__).parent
    after = {name: number for number, name in enumerate(_LONG)}

    def place(item: pytest.Item) -> int:
        inside = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        return after.get(inside, len(after))

    items.sort(key=place)


class StartsGateway(Protocol):
    """Start a gateway that this test has to itself; it is stopped when the test ends."""

    def __call__(self, *arguments: str, data: Path | None = None, **settings: str) -> RunningGateway:
        """Start one.

        Args:
            arguments: further arguments of ``gateway demo``.
            data: a folder that an earlier one used; a new one by default.
            settings: ``GATEWAY_*`` variables.
        """
        ...


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Who sends the log elsewhere, or leaves lines out of it, does so for one test."""
    root = logging.getLogger()
    plain, handlers, level = logs._plain.stream, root.handlers, root.level
    configured, configuration = structlog.is_configured(), structlog.get_config()
    yield
    logs._plain.stream, root.handlers = plain, handlers
    root.setLevel(level)
    if configured:
        structlog.configure(**configuration)
    else:
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """One gateway with the demo world, for all tests that leave the named claims as they find them."""
    with RunningGateway(tmp_path_factory.mktemp("gateway") / "data", from_nothing=True) as running:
        yield running


@pytest.fixture
def fresh_gateway(tmp_path: Path) -> Iterator[StartsGateway]:
    """Gateways for tests that change the world, restart or kill what they run against."""
    with ExitStack() as stack:

        def start(*arguments: str, data: Path | None = None, **settings: str) -> RunningGateway:
            running = RunningGateway(data or tmp_path / "data", *arguments, settings=settings)
            return stack.enter_context(running)

        yield start
