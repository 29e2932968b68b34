"""Streams over a real socket, of claims that change when a test says so: order, bounds, slow readers, ends."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from gateway import logs
from gateway.edge import streams as streams_module
from gateway.edge.answering import Watching
from gateway.edge.endpoint import GraphQLEndpoint
from gateway.edge.routes import application, routes
from gateway.edge.stream import Stream
from gateway.edge.streams import Streams
from gateway.edge.wire import server
from gateway.identity.party import Party
from gateway.identity.tokens import Unauthenticated
from gateway.operation import Executed, Operation
from gateway.settings import LimitsSettings, Settings
from gateway.store.errors import StoreUnavailable
from schema.terms import Capacity, PersonCode
from tests.edge.sse import Event, Reading, watching

NOTHING = b'{"data":null,"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}'
MOST, MOST_OF_PARTY = 12, 5


class World:
    """Claims with a number of changes each, whoever may see them, and who is signed in."""

    def __init__(self) -> None:
        self.changes: list[str] = []
        self.seen_by: set[str] = set()
        self.expired: set[str] = set()
        self.size = 0
        self.answered: list[tuple[str, str]] = []
        self.accident: Exception | None = None
        self.store_down = False
        self.refusal = "FORBIDDEN"
        self.slow = 0.0
        self.gate: asyncio.Event | None = None
        self.url = ""
        self.streams: Any = None
        self.stop: Callable[[], None] = lambda: None

    def revision(self, claim: str) -> int:
        return self.changes.count(claim)

    async def newest(self) -> int:
        return len(self.changes)

    async def after(self, place: int) -> tuple[int, Sequence[str]]:
        if self.store_down:
            raise StoreUnavailable("gone")
        return len(self.changes), self.changes[place:]

    async def authenticate(self, authorization: str | None) -> Party:
        name = (authorization or "").removeprefix("Bearer ")
        if name in self.expired:
            raise Unauthenticated("The token has expired.", "Sign in again.")
        return Party(Capacity.CITIZEN, name, PersonCode.parse("39100000011"))

    async def execute(self, operation: Operation, party: Party, request_id: str, deadline: float) -> Executed:
        return Executed(b'{"data":{"ok":true}}')

    async def watch(self, operation: Operation, party: Party) -> Watching | Executed | None:
        if operation.query == "invalid":
            return Executed(b'{"errors":[{"message":"no"}]}', refused=True, nothing=True)
        return None if operation.query == "query" else Claim(self, operation.query)


class Claim:
    """One claim that is watched."""

    def __init__(self, world: World, claim: str) -> None:
        self.world, self._claim = world, claim

    @property
    def claim(self) -> str:
        return self._claim

    async def answer(self, party: Party, request_id: str, deadline: float) -> Executed:
        world = self.world
        if world.accident is not None:
            raise world.accident
        await asyncio.sleep(world.slow)
        if world.gate is not None:
            await world.gate.wait()
        if party.subject not in world.seen_by:
            return Executed(NOTHING, codes=(world.refusal,), nothing=True)
        world.answered.append((party.subject, request_id))
        said = {"n": world.revision(self.claim), "x": "x" * world.size}
        return Executed(json.dumps({"data": said}).encode())

    async def may_see(self, party: Party) -> bool:
        return party.subject in self.world.seen_by

    async def revision(self) -> int:
        if self.world.store_down:
            raise StoreUnavailable("gone")
        return self.world.revision(self.claim)


@pytest_asyncio.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(streams_module, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(streams_module, "HEARTBEAT_SECONDS", 0.2)
    world = World()
    world.seen_by = {"anna"}
    limits = LimitsSettings(send_seconds=0.5, streams=MOST, streams_of_party=MOST_OF_PARTY)
    settings = Settings(port=0, request_deadline=0.5, limits=limits)
    world.streams = Streams(world, limits.streams, limits.streams_of_party)
    endpoint = GraphQLEndpoint(world.execute, world.authenticate, limits, 0.5, world.watch, world.streams)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        async with world.streams.running():
            yield

    async def ready() -> bool:
        return True

    started = asyncio.Event()

    async def tell() -> None:
        started.set()

    logs.configure("ERROR")
    app = application(routes(endpoint, ready, None), settings, lifespan)
    running = server(app, settings, loop="asyncio", callback_notify=tell, timeout_notify=0)
    task = asyncio.create_task(running.serve())
    await started.wait()
    world.url = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/graphql"
    world.stop = running.stop
    yield world
    running.should_exit = True
    async with asyncio.timeout(5):
        await task


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        yield client


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in a server's task
            await asyncio.sleep(0.01)


async def changes_of(stream: Reading) -> Event:
    """The next event that is no heartbeat."""
    while True:
        event = await stream.next()
        if event.kind != ":":
            return event


async def test_the_claim_comes_at_once_and_again_after_each_change_with_ids(
    world: World, client: httpx.AsyncClient
) -> None:
    world.changes = ["c", "d", "c"]
    async with watching(client, world.url, "c", "anna") as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.answer.headers["cache-control"] == "private, no-store"
        first = await changes_of(stream)
        assert (first.kind, first.id, first.data["data"]["n"]) == ("next", "2", 2)
        for number in (3, 4):
            world.changes += ["d", "c"]
            event = await changes_of(stream)
            assert (event.id, event.data["data"]["n"]) == (str(number), number)
    ids = [request_id for _, request_id in world.answered]
    assert len(set(ids)) == 3


async def test_who_was_cut_off_goes_on_from_the_last_event_and_hears_nothing_twice(
    world: World, client: httpx.AsyncClient
) -> None:
    world.changes = ["c", "c"]
    async with watching(client, world.url, "c", "anna", last_event_id="2") as stream:
        assert (await stream.next()).kind == ":"
        assert world.answered == []
        world.changes.append("c")
        assert (await changes_of(stream)).id == "3"
    for last in ("1", "", "x", "9" * 400, "-1", "٣"):
        async with watching(client, world.url, "c", "anna", last_event_id=None if last == "٣" else last) as stream:
            assert (await changes_of(stream)).id == "3"


async def test_a_heartbeat_keeps_a_silent_stream_and_says_nothing(world: World, client: httpx.AsyncClient) -> None:
    async with watching(client, world.url, "c", "anna") as stream:
        await changes_of(stream)
        assert [await stream.next() for _ in range(3)] == [Event(":")] * 3
    assert len(world.answered) == 1


@pytest.mark.parametrize("last_event_id", [None, "0", "99"])
async def test_who_may_not_see_it_is_answered_once_and_the_stream_is_complete(
    world: World, client: httpx.AsyncClient, last_event_id: str | None
) -> None:
    async with watching(client, world.url, "c", "janis", last_event_id=last_event_id) as stream:
        said, complete = await stream.rest()
    assert (said.kind, said.id, said.data) == ("next", None, json.loads(NOTHING))
    assert (complete.kind, complete.retry) == ("complete", None)
    await until(lambda: not len(world.streams))


@pytest.mark.parametrize("something_happens", [True, False])
async def test_the_stream_ends_when_the_right_to_see_does_with_a_change_or_at_the_next_heartbeat(
    world: World, client: httpx.AsyncClient, something_happens: bool
) -> None:
    async with watching(client, world.url, "c", "anna") as stream:
        await changes_of(stream)
        world.seen_by.clear()
        if something_happens:
            world.changes.append("c")
        said, complete = [each for each in await stream.rest() if each.kind != ":"]
    assert (said.data["data"], complete.kind) == (None, "complete")
    assert len(world.answered) == 1


async def test_the_stream_ends_when_the_token_does(world: World, client: httpx.AsyncClient) -> None:
    async with watching(client, world.url, "c", "anna") as stream:
        await changes_of(stream)
        world.expired.add("anna")
        said, complete = [each for each in await stream.rest() if each.kind != ":"]
    assert said.data["data"] is None
    assert said.data["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (complete.kind, complete.retry) == ("complete", None)


async def test_an_operation_that_is_run_once_is_one_event_and_so_is_one_that_cannot_be_run(
    world: World, client: httpx.AsyncClient
) -> None:
    async with watching(client, world.url, "query", "anna") as stream:
        assert [each.kind for each in await stream.rest()] == ["next", "complete"]
    async with watching(client, world.url, "invalid", "anna") as stream:
        assert stream.answer.status_code == 200
        said, complete = await stream.rest()
        assert (said.data, complete.kind) == ({"errors": [{"message": "no"}]}, "complete")


async def test_an_accident_is_masked_and_ends_the_stream(world: World, client: httpx.AsyncClient) -> None:
    world.accident = RuntimeError("canary 39100000011")
    async with watching(client, world.url, "c", "anna") as stream:
        said, complete = await stream.rest()
    assert said.data["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "canary" not in json.dumps(said.data)
    assert (complete.kind, complete.retry) == ("complete", 1_000)


async def test_while_nothing_can_be_recorded_nothing_is_told_and_the_viewer_may_come_again(
    world: World, client: httpx.AsyncClient
) -> None:
    world.refusal = "LOG_UNAVAILABLE"
    world.seen_by.clear()
    async with watching(client, world.url, "c", "anna") as stream:
        said, complete = await stream.rest()
    assert (said.data["data"], complete.kind, complete.retry) == (None, "complete", 1_000)


async def test_those_who_connect_together_are_not_served_together_for_ever(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams_module, "HEARTBEAT_SECONDS", 100.0)
    monkeypatch.setattr(world.streams, "_most_of_party", MOST)
    async with AsyncExitStack() as stack:
        held = [await stack.enter_async_context(watching(client, world.url, "c", "anna")) for _ in range(MOST)]
        for each in held:
            await changes_of(each)
        moments = [each.spoken_at for each in world.streams._all()]
    assert len(moments) == MOST
    assert max(moments) - min(moments) > 1


async def test_an_answer_that_takes_too_long_ends_the_stream(world: World, client: httpx.AsyncClient) -> None:
    world.slow = 4.0
    async with watching(client, world.url, "c", "anna") as stream:
        said, _ = await stream.rest()
    assert said.data["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"


async def test_while_the_store_is_away_streams_wait_and_what_changed_meanwhile_comes_after(
    world: World, client: httpx.AsyncClient
) -> None:
    async with watching(client, world.url, "c", "anna") as stream:
        await changes_of(stream)
        world.store_down = True
        world.changes.append("c")
        assert (await stream.next()).kind == ":"
        world.store_down = False
        assert (await changes_of(stream)).data["data"]["n"] == 1


async def test_changes_that_come_faster_than_they_are_answered_are_told_as_one(
    world: World, client: httpx.AsyncClient
) -> None:
    async with watching(client, world.url, "c", "anna") as stream:
        await changes_of(stream)
        world.gate = asyncio.Event()
        world.changes.append("c")
        await asyncio.sleep(0.1)
        world.changes += ["c"] * 50
        await asyncio.sleep(0.1)
        world.gate.set()
        numbers = [(await changes_of(stream)).data["data"]["n"] for _ in range(2)]
    assert numbers[-1] == 51
    assert len(world.answered) == 3


async def test_a_party_and_the_process_have_so_many_streams_and_no_more(
    world: World, client: httpx.AsyncClient
) -> None:
    names = [f"person-{number}" for number in range(4)]
    world.seen_by = set(names)
    async with asyncio.TaskGroup() as group:
        ends = asyncio.Event()
        opened = []

        async def hold(name: str) -> None:
            async with watching(client, world.url, "c", name) as stream:
                await changes_of(stream)
                opened.append(name)
                await ends.wait()

        for _ in range(MOST_OF_PARTY):
            group.create_task(hold(names[0]))
        await until(lambda: len(opened) == MOST_OF_PARTY)
        async with watching(client, world.url, "c", names[0]) as stream:
            assert (stream.answer.status_code, stream.answer.headers["retry-after"]) == (429, "1")
            body = json.loads(await stream.answer.aread())
            assert body["errors"][0]["extensions"]["code"] == "QUOTA_EXCEEDED"
        for number in range(MOST - MOST_OF_PARTY):
            group.create_task(hold(names[1 + number % 3]))
        await until(lambda: len(opened) == MOST)
        async with watching(client, world.url, "c", names[3]) as stream:
            assert stream.answer.status_code == 503
        ends.set()
    await until(lambda: not len(world.streams))
    async with watching(client, world.url, "c", names[0]) as stream:
        assert (await changes_of(stream)).kind == "next"


async def test_a_caller_that_is_gone_is_noticed_and_forgotten(world: World, client: httpx.AsyncClient) -> None:
    async with watching(client, world.url, "c", "anna") as stream:
        await changes_of(stream)
        assert len(world.streams) == 1
    await until(lambda: not len(world.streams))
    answered = len(world.answered)
    world.changes.append("c")
    await asyncio.sleep(0.1)
    assert len(world.answered) == answered


async def test_a_stream_that_has_ended_leaves_nothing_that_only_a_garbage_collector_ends(
    world: World, client: httpx.AsyncClient
) -> None:
    def streams() -> int:
        return sum(type(each) is Stream for each in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        for name in ("anna", "janis"):
            async with watching(client, world.url, "c", name) as stream:
                await changes_of(stream)
        await until(lambda: not len(world.streams))
        await until(lambda: not streams())
    finally:
        gc.enable()


async def test_a_caller_that_does_not_read_is_let_go_and_holds_nobody_up(
    world: World, client: httpx.AsyncClient
) -> None:
    world.seen_by = {"anna", "slow"}
    world.size = 2_000_000
    _, writer = await asyncio.open_connection("127.0.0.1", int(world.url.split(":")[2].split("/")[0]), limit=1024)
    body = b'{"query":"c"}'
    writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer slow\r\naccept: text/event-stream\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    )
    await until(lambda: len(world.streams) == 1)
    async with watching(client, world.url, "c", "anna") as stream:
        for _ in range(6):
            number = len(world.changes)
            assert (await changes_of(stream)).data["data"]["n"] == number
            world.changes.append("c")
        answers_of_slow = [name for name, _ in world.answered].count("slow")
        await until(lambda: len(world.streams) == 1)
        assert answers_of_slow < 6
    writer.close()


async def test_at_shutdown_every_stream_is_complete_and_may_come_again(world: World, client: httpx.AsyncClient) -> None:
    async with watching(client, world.url, "c", "anna") as stream:
        await changes_of(stream)
        world.stop()
        *_, complete = await stream.rest()
    assert (complete.kind, complete.retry) == ("complete", 1_000)


async def test_a_subscription_without_the_media_type_of_events_is_an_ordinary_request(
    world: World, client: httpx.AsyncClient
) -> None:
    for accept in ("*/*", "application/json", "text/event-stream;q=0, */*"):
        headers = {"accept": accept, "authorization": "Bearer anna"}
        answer = await client.post(world.url, json={"query": "c"}, headers=headers)
        assert answer.json() == {"data": {"ok": True}}, accept
    headers = {"accept": "application/graphql-response+json, text/event-stream", "authorization": "Bearer anna"}
    async with client.stream("POST", world.url, json={"query": "c"}, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
