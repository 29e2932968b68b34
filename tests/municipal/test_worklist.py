"""Of 42 municipalities' addresses five are down, each in its own way: a worklist over all of them, and claims to all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.answers import clean
from tests.municipal.asking import VENDORS
from tests.municipal.people import TODAY
from tests.municipal.town_halls import Way
from tests.municipal.worklist import ASKS_TO_OPEN, DOWN, Worklist, worklist, wrong

UP = set(TODAY) - set(DOWN)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worklist]:
    """Five are down before the gateway begins, and nobody mends them."""
    with worklist(tmp_path_factory.mktemp("worklist")) as made:
        yield made


def test_there_are_42_of_which_five_are_down_in_five_ways() -> None:
    assert (len(TODAY), len(DOWN), set(DOWN.values())) == (42, 5, set(Way))


def test_claims_to_those_that_are_up_are_delivered_while_another_one_still_hangs(trial: Worklist) -> None:
    assert trial.until_delivered(UP, 20.0) == UP


def test_the_list_answers_within_the_deadline_and_only_those_that_are_down_fail_each_with_its_code(
    trial: Worklist,
) -> None:
    assert wrong(trial.ask(), DOWN) == []


def test_those_that_do_not_answer_are_left_alone_and_nobody_else(trial: Worklist) -> None:
    for _ in range(ASKS_TO_OPEN):
        assert wrong(trial.ask(), DOWN) == []
    before = trial.halls.connections.copy()
    told = trial.ask()
    assert wrong(told, DOWN) == []
    # The broken one answers, so it is asked; whoever does not answer at all is spared, and so is who waits for it.
    silent = {code for code, way in DOWN.items() if way is not Way.BROKEN}
    assert not silent & set(trial.halls.connections - before)
    _, said = trial.gateway.post("{ registers { id health { state circuit } } }", persona="ministry-it")
    health = {each["id"]: each["health"] for each in clean(said)["registers"]}
    assert [health[each] for each in VENDORS] == [{"state": "DEGRADED", "circuit": "CLOSED"}] * 2
