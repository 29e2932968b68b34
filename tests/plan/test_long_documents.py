"""Long documents are read one at a time, in turn, elsewhere than where everybody waits."""

from __future__ import annotations

import asyncio
import threading

import pytest

from gateway.edge.timeouts import Timeout
from gateway.operation import Operation
from gateway.plan.document import Document, Documents, RequestRefused
from gateway.plan.execute import prepared
from gateway.settings import LimitsSettings
from tests.held_up import held_up
from tests.plan.toy import GRAPH


class Noting(Documents):
    """Documents that note in which thread each was read."""

    def __init__(self) -> None:
        super().__init__(GRAPH.schema, LimitsSettings())
        self.read_in: dict[str, int] = {}

    def read(self, text: str) -> Document:
        self.read_in[text.split()[1]] = threading.get_ident()
        return super().read(text)

    def prepare(self, name: str, whose: str, fields: int = 500) -> asyncio.Task[object]:
        """Begin to make ready what one party sends."""
        text = f"query {name} {{ human {{ {' '.join(['name'] * fields)} }} }}"
        return asyncio.ensure_future(prepared(GRAPH, self, Operation(text, {}), whose, may_introspect=False))


async def test_a_long_document_waits_for_its_turn_and_a_short_one_does_not() -> None:
    documents = Noting()
    async with held_up():
        long = documents.prepare("Long", "a")
        async with asyncio.timeout(5):
            await documents.prepare("Short", "b", fields=1)
        assert list(documents.read_in) == ["Short"]
    async with asyncio.timeout(5):
        await long
    assert documents.read_in["Short"] == threading.get_ident() != documents.read_in["Long"]


async def test_who_sends_many_long_documents_keeps_another_waiting_for_one_of_them() -> None:
    documents = Noting()
    async with held_up():
        tasks = [documents.prepare(f"Many{number}", "many") for number in range(4)]
        await asyncio.sleep(0)
        tasks.append(documents.prepare("One", "one"))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert list(documents.read_in) == ["Many0", "One", "Many1", "Many2", "Many3"]


async def test_a_request_that_waits_for_its_turn_is_cut_off_and_its_document_is_never_read() -> None:
    documents = Noting()

    async def waiting() -> None:
        await documents.prepare("Late", "a")

    async with held_up():
        with pytest.raises(TimeoutError):
            await Timeout(0.01).of(waiting())
    await documents.prepare("Next", "a")
    assert list(documents.read_in) == ["Next"]


async def test_a_long_document_that_was_read_once_is_not_read_again() -> None:
    documents = Noting()
    await documents.prepare("Long", "a")
    async with held_up():
        async with asyncio.timeout(5):
            await documents.prepare("Long", "b")


async def test_a_short_document_of_many_fields_is_compiled_in_its_turn_and_once() -> None:
    documents = Noting()
    many = "query Many($no: Boolean!) { human { %s } } fragment F on Human { %s tag @skip(if: $no) }"
    text = many % ("...F own { " * 13 + "...F" + " }" * 13, "name " * 40)
    assert len(text) < 1_000

    def prepare(*, no: bool) -> asyncio.Task[object]:
        asked = Operation(text, {"no": no})
        return asyncio.ensure_future(prepared(GRAPH, documents, asked, "a", may_introspect=False))

    for no in (True, False):
        async with held_up():
            first = prepare(no=no)
            await asyncio.sleep(0)
            assert not first.done()
        async with asyncio.timeout(5):
            made = await first
        async with held_up(), asyncio.timeout(5):
            assert await prepare(no=no) == made
    document = documents.known(text)
    assert document is not None
    assert len(document.plans) == 2


@pytest.mark.parametrize("wrong", [{"word": 7}, {"words": [*["word"] * 5_000, 7]}, {"words": {"a": [[1]] * 5_000}}])
async def test_many_variables_of_which_one_is_wrong_are_read_in_their_turn(wrong: dict[str, object]) -> None:
    documents = Noting()
    text = "query Words($words: [String!], $word: String) { human { echo(filter: {words: $words}, text: $word) } }"

    async def prepare() -> None:
        with pytest.raises(RequestRefused):
            await prepared(GRAPH, documents, Operation(text, wrong), "a", may_introspect=False)

    async with held_up():
        asked = asyncio.ensure_future(prepare())
        await asyncio.sleep(0)
        assert asked.done() is ("word" in wrong)
    await asked
