"""One register that is down, slow or broken takes its own fields with it, and nothing else; then all is well again.

A selection; all registers in all ways: ``python -m tests.outages``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from tests.outages.judging import judge
from tests.outages.table import BROKEN, KINDS, Kind
from tests.outages.trial import Ward, registers, stand_ins, ward

THE_OFFICERS = ("the officer's",)
QUICK = {"refused": None, "HTML": THE_OFFICERS}
"""Ways that cost no waiting, and the operations that are asked then; None: all."""


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    with ward(tmp_path_factory.mktemp("outages")) as made:
        yield made


@pytest.mark.parametrize("register", sorted(registers().keys() - stand_ins().keys()))
@pytest.mark.parametrize("kind", QUICK)
def test_a_broken_register_takes_its_own_fields_with_it_and_nothing_else(
    broken: Ward, register: str, kind: str
) -> None:
    assert broken.trial(register, KINDS[kind], QUICK[kind]).wrong == []


@pytest.mark.parametrize("register", ["natural_persons", "cadastre", "social_assistance"])
@pytest.mark.parametrize("kind", ["hangs", "slow"])
def test_a_register_that_hangs_or_is_slow_holds_nothing_up_beyond_the_deadline(
    broken: Ward, register: str, kind: str
) -> None:
    assert broken.trial(register, KINDS[kind], THE_OFFICERS).wrong == []


def test_every_record_type_that_a_register_reads_is_asked_for_by_the_operations(broken: Ward) -> None:
    def read(names: Iterable[str]) -> set[str]:
        return {record for name in names for record in registers()[name].reads}

    assert read(broken.asked) == read(registers())


def _answer(value: object, **error: object) -> dict[str, object]:
    errors = [{"message": "m", "path": ["me", "vehicles"], "extensions": error}] if error else []
    return {"data": {"me": {"__typename": "Person", "givenName": "A", "vehicles": value}}, "errors": errors}


WELL = _answer([])
RIGHT: dict[str, object] = {"code": "REGISTER_CONTRACT_BROKEN", "register": "vehicles", "remedy": "r"}


@pytest.mark.parametrize(
    ("ill", "said"),
    [
        (_answer(None, **RIGHT), []),
        (_answer(None), ["has an answer of a register that gives none"]),
        (_answer([], **RIGHT), ["failed and has a value"]),
        (_answer(None, **{**RIGHT, "code": "INTERNAL"}), ["fails with INTERNAL"]),
        (_answer(None, **{**RIGHT, "register": "cadastre"}), ["fails for cadastre"]),
        (_answer(None, **{**RIGHT, "remedy": None}), ["says neither what happened nor what to do"]),
    ],
)
def test_what_is_wrong_with_an_answer_is_found(ill: dict[str, object], said: list[str]) -> None:
    found = judge(WELL, ill, "vehicles", frozenset({"VehicleFleet"}), Kind("x", BROKEN)).wrong
    assert [each for each in said if not any(each in one for one in found)] == []
    assert len(found) == len(said)


def test_a_field_of_another_register_that_changes_or_fails_is_found() -> None:
    other = _answer(None, **RIGHT)
    found = judge(WELL, other, "cadastre", frozenset({"RealEstate"}), Kind("x", BROKEN)).wrong
    assert any("does not need that register" in each for each in found)
    changed: dict[str, object] = {"data": {"me": {"__typename": "Person", "givenName": "B", "vehicles": []}}}
    assert judge(WELL, changed, "cadastre", frozenset({"RealEstate"}), Kind("x", BROKEN)).wrong != []
