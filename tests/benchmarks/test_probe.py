"""The probe sees what keeps a loop from its tasks, in processor time."""

from __future__ import annotations

import asyncio
import time

from benchmarks.probe import Probe


def burn(seconds: float) -> None:
    """Use the processor for so long."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def test_work_on_the_loop_is_a_block() -> None:
    with Probe() as probe, probe.longest() as block:
        await asyncio.sleep(0.01)
        burn(0.06)
        await asyncio.sleep(0.01)
    assert block.cpu_ms >= 55


async def test_work_that_stops_for_others_is_none() -> None:
    with Probe() as probe, probe.longest() as block:
        for _ in range(20):
            burn(0.003)
            await asyncio.sleep(0.002)
    assert 2 < block.cpu_ms - block.collecting_ms < 30


async def test_sleeping_is_none_in_processor_time() -> None:
    with Probe() as probe, probe.longest() as block:
        await asyncio.sleep(0.01)
        time.sleep(0.06)  # noqa: ASYNC251 - what is tested
        await asyncio.sleep(0.01)
    assert block.cpu_ms - block.collecting_ms < 30
    assert block.clock_ms >= 55


async def test_a_block_of_before_is_not_seen_again() -> None:
    with Probe() as probe:
        with probe.longest() as first:
            await asyncio.sleep(0.01)
            burn(0.06)
        with probe.longest() as second:
            await asyncio.sleep(0.02)
    assert first.cpu_ms >= 55
    assert second.cpu_ms - second.collecting_ms < 30


async def test_a_thread_that_holds_the_interpreter_is_a_block() -> None:
    with Probe() as probe, probe.longest() as block:
        await asyncio.sleep(0.01)
        await asyncio.to_thread(sum, range(8_000_000))
        await asyncio.sleep(0.01)
    assert block.cpu_ms >= 40
