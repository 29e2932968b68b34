"""Whatever is asked when, an answer is one that the register gave within the time a record may be used again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.errors import RegisterError, Unavailable
from adapters.kit.ports import CallContext
from schema.records.registered_address import RegisteredAddress
from tests.adapters.fakes import HandTurned, address, codes
from tests.cache.parts import SECONDS, ask, opened, remembering

KEYS = codes(5)
MOST = 3
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.sampled_from(KEYS), st.sampled_from([None, "a", "b", "c"])),
        st.tuples(st.just("break"), st.sampled_from(KEYS), st.booleans()),
        st.tuples(st.just("wait"), st.just(KEYS[0]), st.sampled_from([1.0, SECONDS / 2, SECONDS])),
        st.tuples(st.just("ask"), st.sampled_from(KEYS), st.lists(st.sampled_from(KEYS), max_size=5)),
        st.tuples(st.just("ask in a crowd"), st.sampled_from(KEYS), st.lists(st.sampled_from(KEYS), max_size=5)),
    ),
    max_size=40,
)


class World:
    """What the register holds, what it said when, and what it was asked."""

    def __init__(self, time: HandTurned) -> None:
        self.time = time
        self.texts: dict[Any, str | None] = dict.fromkeys(KEYS)
        self.broken: set[Any] = set()
        self.said: dict[Any, list[tuple[float, str | None]]] = {key: [] for key in KEYS}
        self.asked: list[Any] = []

    def say(self, keys: Sequence[Any], _: CallContext) -> Mapping[Any, Any]:
        """The register's answer now."""
        answer: dict[Any, Any] = {}
        for key in keys:
            self.asked.append(key)
            if key in self.broken:
                answer[key] = Unavailable("x", "down")
                continue
            self.said[key].append((self.time.seconds, self.texts[key]))
            if self.texts[key] is not None:
                answer[key] = self.record(key, self.texts[key])
        return answer

    def record(self, key: Any, text: str | None) -> RegisteredAddress:
        """A record that says a text."""
        return RegisteredAddress(
            **{name: getattr(address(key), name) for name in RegisteredAddress.__struct_fields__}
            | {"full_text": str(text)}
        )

    def check(self, keys: Sequence[Any], answer: Mapping[Any, Any], asked: Sequence[Any]) -> None:
        """An answer was said, no longer ago than it may be; an error is one of a call made just now."""
        assert set(answer) <= set(keys)
        for key in set(keys):
            value = answer.get(key)
            if isinstance(value, RegisterError):
                assert key in asked
                assert key in self.broken
                continue
            lately = {text for at, text in self.said[key] if self.time.seconds - at < SECONDS}
            assert (None if value is None else value.full_text) in lately


@given(STEPS)
@settings(max_examples=300, deadline=None)
def test_every_answer_is_one_that_a_register_with_a_memory_may_give(steps: list[tuple[str, Any, Any]]) -> None:
    asyncio.run(_run(steps))


async def _run(steps: list[tuple[str, Any, Any]]) -> None:
    time = HandTurned()
    world = World(time)
    memory = remembering(opened(world.say), time, most=MOST)
    for what, key, value in steps:
        if what == "change":
            world.texts[key] = value
        elif what == "break":
            (world.broken.add if value else world.broken.discard)(key)
        elif what == "wait":
            time.seconds += value
        else:
            world.asked.clear()
            crowd = [value] if what == "ask" else [value, [*value, key], [key], value[:2]]
            answers = await asyncio.gather(*(ask(memory, time, *keys) for keys in crowd))
            for keys, answer in zip(crowd, answers, strict=True):
                world.check(keys, answer, world.asked)
            assert sum(memory.held(RegisteredAddress, [each], 0.0) is not None for each in KEYS) <= MOST
