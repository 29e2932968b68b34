"""Work that computes for long: one piece at a time, in turn, and never on the loop's thread."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from adapters.kit import aside
from adapters.kit.aside import STRICT_BYTES, Turns, in_turn, short_turns, somebody_computes
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_context, answering
from adapters.kit.errors import Malformed
from adapters.kit.items import Items
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.service import Answered, RestService
from adapters.kit.soap.service import SoapService
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.xroad import XRoad
from tests.adapters.codec_cost import addresses, people
from tests.adapters.soap.speaking import replying

REGISTERS = Path(__file__).parents[2] / "adapters" / "registers"
CONNECTION = Connection("http://127.0.0.1:9/anything")
whoever: ContextVar[str] = ContextVar("whoever", default="nobody")


class Held:
    """Work that goes on until it is let go, and notes what began."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        self._go_on = threading.Event()

    def work(self, name: str) -> str:
        """Gives its name, upside down."""
        with self._lock:
            self.began.append(name)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self._go_on.wait(5)
        with self._lock:
            self.at_once -= 1
        return name[::-1]

    async def begin(self, turns: Turns, whose: str, name: str) -> asyncio.Task[str]:
        """Ask for it, and wait until it stands in the queue."""
        task = asyncio.ensure_future(turns.do(whose, self.work, name))
        await asyncio.sleep(0)
        return task

    async def first(self, turns: Turns, whose: str, name: str) -> asyncio.Task[str]:
        """Ask for it, and wait until it is being done."""
        task = await self.begin(turns, whose, name)
        while not self.began:  # noqa: ASYNC110 - it begins in another thread
            await asyncio.sleep(0.001)
        return task

    def let_go(self) -> None:
        """Also what is still to begin."""
        self._go_on.set()


async def test_two_pieces_of_work_never_run_at_the_same_time() -> None:
    held, turns = Held(), Turns()
    tasks = [await held.first(turns, "a", "one"), *[await held.begin(turns, "b", str(each)) for each in range(8)]]
    await asyncio.sleep(0.02)
    assert held.began == ["one"]
    held.let_go()
    assert await asyncio.gather(*tasks) == ["eno", *map(str, range(8))]
    assert held.most_at_once == 1


async def test_work_that_is_cancelled_while_it_waits_its_turn_never_begins() -> None:
    held, turns = Held(), Turns()
    first = await held.first(turns, "a", "first")
    gone, stays = await held.begin(turns, "b", "gone"), await held.begin(turns, "b", "stays")
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    held.let_go()
    assert (await first, await stays) == ("tsrif", "syats")
    assert held.began == ["first", "stays"]


async def test_who_goes_away_while_their_work_is_done_lets_the_next_have_its_turn() -> None:
    held, turns = Held(), Turns()
    first, second = await held.first(turns, "a", "first"), await held.begin(turns, "a", "second")
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    held.let_go()
    assert await second == "dnoces"


async def test_who_has_much_waiting_lets_others_go_between() -> None:
    held, turns = Held(), Turns()
    tasks = [await held.first(turns, "many", "m0")]
    tasks += [await held.begin(turns, "many", f"m{number}") for number in range(1, 5)]
    tasks += [await held.begin(turns, "few", f"f{number}") for number in range(2)]
    tasks += [await held.begin(turns, "one", "o")]
    held.let_go()
    await asyncio.gather(*tasks)
    assert held.began == ["m0", "m1", "f0", "o", "m2", "f1", "m3", "m4"]


async def test_what_work_raises_is_raised_where_it_is_waited_for_and_it_knows_whose_it_is() -> None:
    whoever.set("somebody")
    assert await in_turn("a", whoever.get) == "somebody"
    with pytest.raises(ZeroDivisionError):
        await in_turn("a", lambda: 1 // 0)
    assert await in_turn("a", int, "12", base=3) == 5, "the thread lives on"


async def test_work_that_ends_an_iteration_of_its_own_fails_like_any_other() -> None:
    with pytest.raises(RuntimeError):
        await in_turn("a", next, iter(()))


async def test_where_no_thread_can_be_had_nothing_waits_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()

    def none_left(_: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(turns._thread, "submit", none_left)
    with pytest.raises(RuntimeError):
        await turns.do("a", int)
    assert not somebody_computes()
    monkeypatch.undo()
    assert await turns.do("b", int, "7") == 7


async def test_work_that_fails_leaves_nothing_to_collect() -> None:
    async def failing() -> None:
        with suppress(ZeroDivisionError):
            await in_turn("a", lambda: 1 // 0)

    await failing()
    gc.collect()
    gc.disable()
    try:
        await failing()
        await in_turn("a", int)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_loop_that_ends_leaves_its_waiting_work_undone_and_the_next_loop_is_served() -> None:
    held, turns = Held(), Turns()

    async def leave() -> None:
        await held.first(turns, "a", "first")
        await held.begin(turns, "a", "second")

    async def come() -> str:
        task = await held.begin(turns, "a", "third")
        held.let_go()
        return await task

    asyncio.run(leave())
    assert asyncio.run(come()) == "driht"
    assert held.began == ["first", "third"]


async def test_who_computes_aside_takes_short_turns_of_the_interpreter_until_all_of_them_are_done() -> None:
    usual = sys.getswitchinterval()
    with short_turns():
        short = await in_turn("a", sys.getswitchinterval)
        assert short == sys.getswitchinterval() < usual / 5
    assert sys.getswitchinterval() == usual
    assert await in_turn("a", sys.getswitchinterval) == short


# ------------------------------------------------------------ answers


def _threads_of(items: Items[Any]) -> tuple[Items[int], set[int]]:
    """The same items, of which each is the thread that it was mapped in."""
    threads: set[int] = set()

    def note(wire: Any) -> int:
        threads.add(threading.get_ident())
        return threading.get_ident()

    return Items(items.name, items.key, note), threads


def _rest(body: bytes, status: int = 200) -> RestService:
    contract = load_openapi(REGISTERS / "addresses" / "contract" / "openapi.yaml")
    wire = replying(body, status, "application/json")
    return RestService("addresses", contract, CONNECTION, wire, xroad=XRoad.development("addresses"))


@pytest.mark.parametrize(("count", "on_the_loop"), [(3, True), (3_000, False)])
async def test_a_large_answer_of_rest_is_mapped_elsewhere_than_on_the_loop_and_a_small_one_there(
    count: int, on_the_loop: bool
) -> None:
    asked, body = addresses(count)
    assert (len(body) <= STRICT_BYTES) is on_the_loop
    items, threads = _threads_of(Items("adreses", "kods", int))
    keys = {code.digits: code for code in asked}
    found = await _rest(body).records("mekletAdreses", a_context(), items, keys, body={"kodi": list(keys)[:1]})
    assert set(found) == set(asked)
    assert (threads == {threading.get_ident()}) is on_the_loop
    assert len(threads) == 1


async def test_what_is_made_of_a_large_answer_may_be_an_error_of_the_register() -> None:
    _, body = addresses(3_000)

    def refuse(answered: Answered) -> None:
        raise Malformed("addresses", f"made of status {answered.status}")

    with pytest.raises(Malformed, match="made of status 200"):
        await _rest(body).made("mekletAdreses", a_context(), refuse, body={"kodi": ["100000011"]})


def _plain(body: bytes) -> bytes:
    return body


def _with_a_comment(body: bytes) -> bytes:
    """Read strictly, as the quick form has none."""
    return body.replace(b"</f:Persona>", b"<!-- . --></f:Persona>", 1)


@pytest.mark.parametrize("said", [_plain, _with_a_comment])
@pytest.mark.parametrize(("count", "on_the_loop"), [(3, True), (800, False)])
async def test_a_large_answer_of_soap_is_mapped_elsewhere_than_on_the_loop_and_a_small_one_there(
    count: int, on_the_loop: bool, said: Callable[[bytes], bytes]
) -> None:
    asked, body = people(count)
    assert (len(body) <= STRICT_BYTES) is on_the_loop

    items, threads = _threads_of(Items("Persona", "AtrastsPec", int))
    keys = {code.digits: code for code in asked}
    contract = load_contract(REGISTERS / "natural_persons" / "contract" / "fpr.wsdl")
    xroad = XRoad.development("natural_persons")
    service = SoapService("natural_persons", contract, CONNECTION, answering(200, said(body)), xroad=xroad)
    found = await service.records("PersonuDati", {"PersonasKods": list(keys)[:1]}, a_context(), items, keys)
    assert set(found) == set(asked)
    assert (threads == {threading.get_ident()}) is on_the_loop


async def test_between_two_pieces_of_work_somebody_computes_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, due = Turns(), list[Callable[[], None]]()
    monkeypatch.setattr(aside, "_TURNS", turns)
    monkeypatch.setattr(turns._thread, "submit", due.append)
    seen: list[bool] = []
    pieces = [asyncio.ensure_future(turns.do("a", lambda: seen.append(somebody_computes()))) for _ in range(2)]
    await asyncio.sleep(0)
    assert somebody_computes()  # None has begun.
    due.pop(0)()
    assert somebody_computes()  # One is done, the other has not begun.
    due.pop(0)()
    assert not somebody_computes()
    await asyncio.gather(*pieces)
    assert seen == [True, True]
