"""One running sandbox for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.running import Registers, running


@pytest.fixture
async def registers() -> AsyncIterator[Registers]:
    async with running() as found:
        yield found
