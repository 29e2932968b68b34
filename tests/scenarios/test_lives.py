"""Each claim type lives through in each way there is to begin it, from the draft to the citizen's log.

The same as a table: ``python -m tests.scenarios``.
"""

from __future__ import annotations

import pytest

from tests.oracle.table import CLAIM_TYPES
from tests.scenarios.lives.lived import Lived, Step
from tests.scenarios.lives.living import live, running_town
from tests.scenarios.lives.ways import Life, Way, claim_types, lives

ALWAYS = {
    Step.PREPARED,
    Step.EVIDENCE,
    Step.SUBMITTED,
    Step.DELIVERED,
    Step.OWNER,
    Step.DECIDED,
    Step.CLOSED,
    Step.LOGGED,
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> dict[Life, Lived]:
    with running_town(tmp_path_factory.mktemp("lives")) as here:
        return {each.life: each for each in live(here)}


def test_every_claim_type_that_is_open_is_in_the_table_of_access_md() -> None:
    """A type that the second reading of the rules does not know has no scenario: nobody wrote down what it opens."""
    assert {each.code.text for each in claim_types()} == set(CLAIM_TYPES)
    said = {each.code.text: (each.open_to_third_parties, each.mandates) for each in claim_types()}
    assert said == {code: (each.third_parties, each.by_mandate) for code, each in CLAIM_TYPES.items()}


@pytest.mark.parametrize("claim_type", CLAIM_TYPES)
def test_a_claim_type_has_a_life_for_each_kind_of_applicant_and_each_channel(claim_type: str) -> None:
    offered = {each.way for each in lives() if each.code == claim_type and each.offered}
    row = CLAIM_TYPES[claim_type]
    assert Way.CITIZEN in offered
    assert (Way.THIRD_PARTY in offered, Way.ASSIGNED in offered) == (row.third_parties, row.third_parties)
    assert (Way.MANDATE in offered, Way.LEGAL_ENTITY in offered) == (row.by_mandate, row.legal_properties is not None)
    assert (Way.LEGAL_ENTITY_THIRD_PARTY in offered) is (row.legal_properties is not None and row.third_parties)


@pytest.mark.parametrize("life", lives(), ids=str)
def test_a_claim_lives_through_as_access_md_says(lived: dict[Life, Lived], life: Life) -> None:
    found = lived[life]
    assert found.wrong == []
    assert set(found.said) >= (ALWAYS if life.offered else {Step.PREPARED})
    assert life.offered or found.id == ""


def test_who_looked_saw_something_and_was_refused_something(lived: dict[Life, Lived]) -> None:
    """That nothing is wrong counts for something only where there was something to be right about."""
    for each in lived.values():
        if each.id:
            looks = [look for some in each.looks.values() for look in some]
            assert any(look.shown for look in looks), each.life
            assert any(look.refused for look in looks), each.life
