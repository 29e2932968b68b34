"""What gateways share: read once for all of them, and never a reason to fail."""

from __future__ import annotations

import asyncio
import random
import subprocess
import time as machine
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.kit.errors import Unavailable
from gateway.cache.redis_shelf import SharedRecords
from gateway.cache.register import CachedRegister
from gateway.cache.seal import Seal
from gateway.cache.shelf import Times
from schema.records.registered_address import RegisteredAddress
from schema.terms import AddressCode
from tests.adapters.fakes import HandTurned, address, all_of, codes
from tests.answers import clean
from tests.cache.parts import SECONDS, Gate, ask, asked_by, held, opened, remembering
from tests.conftest import StartsGateway
from tests.machine import requires
from tests.running_gateway import free_ports

SECRET = b"s" * 32
ONE, TWO = codes(2)
# What pickle would run; nothing here may ever do so.
PICKLED = b"cposix\n_exit\n(I1\ntR."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Redis of our own."""
    requires("redis-server")
    (port,) = free_ports(1)
    order = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    log = tmp_path_factory.mktemp("redis") / "log"
    with log.open("wb") as out, subprocess.Popen(order, cwd=log.parent, stdout=out, stderr=out) as process:
        try:
            _wait_for(log)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()


def _wait_for(log: Path) -> None:
    end = machine.monotonic() + 20
    while b"Ready to accept connections" not in log.read_bytes():
        assert machine.monotonic() < end, log.read_text(encoding="utf-8", errors="replace")
        machine.sleep(0.02)


@dataclass
class Gateways:
    """Several gateways with a Redis between them."""

    time: HandTurned
    url: str
    open: list[SharedRecords]

    def start(self, register: Gate, secret: bytes = SECRET) -> CachedRegister:
        """One more, with nothing in memory."""
        self.open.append(SharedRecords(self.url, secret, self.time.clock()))
        return remembering(register, self.time, shared=self.open[-1])


@asynccontextmanager
async def gateways(url: str) -> AsyncIterator[Gateways]:
    """Gateways that are closed at the end."""
    begun = Gateways(HandTurned(), url, [])
    try:
        yield begun
    finally:
        for each in begun.open:
            await each.close()


@pytest.fixture
async def inside(server: str) -> AsyncIterator[Redis]:
    """What lies in the Redis; empty at first."""
    client = Redis.from_url(server)
    await client.flushall()
    yield client
    await client.aclose()


async def test_what_one_gateway_has_read_another_need_not_ask_for(server: str, inside: Redis) -> None:
    async with gateways(server) as several:
        first, second = opened(), opened()
        await ask(several.start(first), several.time, ONE)
        answer = await several.start(second).read(RegisteredAddress, [ONE, TWO], asked_by("anna", several.time))
        assert answer == all_of([ONE, TWO])
        assert answer.held == {ONE}
        assert [keys for keys, _ in second.calls] == [[TWO]]


async def test_that_nothing_is_on_record_is_shared_and_an_error_is_not(server: str, inside: Redis) -> None:
    async with gateways(server) as several:
        first = opened(lambda keys, _: {ONE: Unavailable("x", "down")})
        await ask(several.start(first), several.time, ONE, TWO)
        second = opened()
        assert await ask(several.start(second), several.time, ONE, TWO) == all_of([ONE])
        assert [keys for keys, _ in second.calls] == [[ONE]]


async def test_no_gateway_makes_a_record_live_longer_than_the_one_that_read_it(server: str, inside: Redis) -> None:
    async with gateways(server) as several:
        await ask(several.start(opened()), several.time, ONE)
        assert 0 < await inside.pttl((await inside.keys())[0]) <= SECONDS * 1000
        several.time.seconds += SECONDS - 1
        register = opened()
        late = several.start(register)
        assert await ask(late, several.time, ONE) == all_of([ONE])
        assert register.calls == []
        several.time.seconds += 1
        assert held(late, [ONE]) is None
        await ask(late, several.time, ONE)
        assert len(register.calls) == 1


async def test_nothing_personal_stands_in_a_name(server: str, inside: Redis) -> None:
    async with gateways(server) as several:
        await ask(several.start(opened()), several.time, ONE, TWO)
        names = [name.decode() for name in await inside.keys()]
        assert len(names) == 2
        assert not [name for name in names if ONE.digits in name or TWO.digits in name or "ddress" in name]


@pytest.mark.parametrize("poison", ["pickled", "cut short", "another's", "another secret's", "no bytes"])
async def test_a_poisoned_entry_is_none_and_is_written_anew(server: str, inside: Redis, poison: str) -> None:
    async with gateways(server) as several:
        await ask(several.start(opened()), several.time, ONE, TWO)
        name = f"csc:{Seal(SECRET, 'scripted', RegisteredAddress).name(ONE)}"
        others = f"csc:{Seal(SECRET, 'scripted', RegisteredAddress).name(TWO)}"
        good: Any = await inside.get(name)
        wrong = Seal(b"t" * 32, "scripted", RegisteredAddress).close(ONE, address(TWO), 1e12, Times(0.0, 0.0))
        values = {
            "pickled": PICKLED,
            "cut short": good[:-1],
            "another's": await inside.get(others),
            "another secret's": wrong,
            "no bytes": b"",
        }
        await inside.set(name, values[poison])
        register = opened()
        assert await ask(several.start(register), several.time, ONE) == all_of([ONE])
        assert len(register.calls) == 1
        assert await inside.get(name) == good


async def test_gateways_with_different_secrets_share_nothing(server: str, inside: Redis) -> None:
    async with gateways(server) as several:
        await ask(several.start(opened()), several.time, ONE)
        register = opened()
        await ask(several.start(register, b"t" * 32), several.time, ONE)
        assert len(register.calls) == 1


async def test_requests_that_are_cut_off_at_random_never_mix_answers_up(server: str, inside: Redis) -> None:
    chance = random.Random(8)
    keys = codes(40)
    async with gateways(server) as several:
        await ask(several.start(opened()), several.time, *keys)

        async def one() -> None:
            wanted = chance.sample(keys, 3)
            found = await ask(several.start(opened()) if chance.random() < 0.02 else memory, several.time, *wanted)
            assert found == all_of(wanted)

        memory = several.start(opened())
        for _ in range(60):
            memory = remembering(opened(), several.time, shared=several.open[-1])
            asking = [asyncio.ensure_future(one()) for _ in range(10)]
            await asyncio.sleep(chance.random() / 1000)
            for each in chance.sample(asking, 4):
                each.cancel()
            for said in await asyncio.gather(*asking, return_exceptions=True):
                assert said is None or isinstance(said, asyncio.CancelledError)


async def test_without_redis_the_register_is_asked_and_the_log_says_so_once() -> None:
    (port,) = free_ports(1)
    async with gateways(f"redis://127.0.0.1:{port}/0") as several:
        register = opened()
        memory = several.start(register)
        with capture_logs() as lines:
            for code in codes(10):
                several.time.seconds += 4
                assert await ask(memory, several.time, code) == all_of([code])
        assert len(register.calls) == 10
        assert [line["event"] for line in lines] == ["cache.shared_lost"]
        assert not [line for line in lines if str(port) in str(line)]


async def test_a_redis_that_does_not_answer_is_left_alone_for_a_while_and_then_found_again(server: str) -> None:
    asked = 0
    is_silent = True

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if is_silent:
            await reader.read()
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", int(server.rpartition(":")[2].partition("/")[0]))
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))

    proxy = await asyncio.start_server(between, "127.0.0.1", 0)
    async with proxy, gateways(f"redis://127.0.0.1:{proxy.sockets[0].getsockname()[1]}/0") as several:
        register = opened()
        memory = several.start(register)
        with capture_logs() as lines:
            for code in codes(10):
                assert await ask(memory, several.time, code) == all_of([code])
            assert asked == 1
            is_silent = False
            several.time.seconds += 6
            assert await ask(memory, several.time, AddressCode("900000000")) == {
                AddressCode("900000000"): address(AddressCode("900000000"))
            }
        assert [line["event"] for line in lines] == ["cache.shared_lost", "cache.shared_back"]


def test_a_secret_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"s" * 31)
    with pytest.raises(ValueError, match="32 bytes"):
        SharedRecords.open("redis://127.0.0.1/0", tmp_path / "key", HandTurned().clock())


def test_a_gateway_that_was_started_anew_finds_what_it_had_shared(
    server: str, tmp_path: Path, fresh_gateway: StartsGateway
) -> None:
    (tmp_path / "key").write_bytes(SECRET)
    wanted = {
        "GATEWAY_CACHE__ENABLED": "true",
        "GATEWAY_CACHE__SHARED_URL": server,
        "GATEWAY_CACHE__KEY_FILE": str(tmp_path / "key"),
    }
    query = '{ claim(id: "demo-1") { applicant { ... on Person { givenName household { relation person { givenName } } } } } }'
    running = fresh_gateway(**wanted)
    first = clean(running.post(query, persona="officer-valmiera")[1])
    assert running.calls() > 0
    running.stop()
    again = fresh_gateway(data=running.data, **wanted)
    assert clean(again.post(query, persona="officer-valmiera")[1]) == first
    assert again.calls() == 0


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(4096):
        writer.write(piece)
        await writer.drain()
    writer.close()
