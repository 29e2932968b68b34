"""The contract test is no formality: a good adapter passes it, and each of its tests fails one that does it wrong."""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.cases import CaseError, cases_of
from adapters.kit.catalog import BUILT_IN
from adapters.kit.contract_test import FAILURES, AdapterContract
from adapters.kit.receiver_contract_test import BROKEN_ANSWERS, ReceiverContract
from adapters.kit.recorded import FAULTS
from adapters.registers.cadastre import test_adapter as cadastre
from schema.terms import PersonCode
from tests.adapters.bad_adapters import READERS, Bad
from tests.adapters.bad_receivers import RECEIVERS
from tests.adapters.outside.worked_example import written


def _reader(folder: Path) -> AdapterContract:
    class Reader(AdapterContract):
        def subject(self, text: str) -> PersonCode:
            return PersonCode(text)

        def some_subject(self, number: int) -> PersonCode:
            return PersonCode(f"391{number:08}")

    Reader.folder = folder
    return Reader()


def _receiver(folder: Path) -> ReceiverContract:
    class Receiver(ReceiverContract):
        claim_type = "annual-income-declaration"
        list_name = "deklaracijas"
        reference_name = "deklaracijasNumurs"
        follows = True

    Receiver.folder = folder
    return Receiver()


def _unasked(folder: Path) -> ReceiverContract:
    """An owner that cannot be asked what arrived."""

    class Unasked(cadastre.TestExtracts):
        __test__ = False

    Unasked.folder = folder
    return Unasked()


def _receives(name: str, parent: Path, bad: Bad | None = None) -> ReceiverContract:
    """The receiver on which a test of the contract can be failed."""
    unasked = name == "test_an_owner_that_cannot_be_asked_never_says_that_a_message_is_not_there"
    folder = _built_in("cadastre" if unasked else "revenue", parent)
    if bad is not None:
        _made_bad(folder, bad)
    return _unasked(folder) if unasked else _receiver(folder)


def _tractors(parent: Path) -> Path:
    written(parent)
    return parent / "vtua-adapters" / "vtua_adapters" / "tractors"


def _built_in(name: str, parent: Path) -> Path:
    folder = parent / name
    shutil.copytree(BUILT_IN[0] / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _made_bad(folder: Path, bad: Bad) -> None:
    for name, old, new in bad.files:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")
    with (folder / "adapter.py").open("a", encoding="utf-8") as file:
        file.write(bad.code())


def _runs(contract: Any, name: str, fixtures: dict[str, Any]) -> Iterator[None]:
    """The test once for each of its parameters, as pytest would run it."""
    test = getattr(contract, name)
    wanted = list(inspect.signature(test).parameters)
    choices: dict[str, list[Any]] = {"failure": list(FAILURES), "fault": list(FAULTS), "broken": list(BROKEN_ANSWERS)}
    choices |= {"arrives": [True, False], "case": cases_of(contract.folder)}
    (chosen,) = [each for each in wanted if each in choices] or [None]
    for value in [None] if chosen is None else choices[chosen]:
        given = {each: fixtures[each] for each in wanted if each in fixtures}
        yield test(**given, **({} if chosen is None else {chosen: value}))


def _tests_of(contract: type[Any]) -> set[str]:
    return {name for name in vars(contract) if name.startswith("test_")}


@pytest.fixture
def fixtures(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """What tests of the contract may ask pytest for."""
    return {"capfd": capfd, "caplog": caplog}


def test_somebody_fails_each_test_of_the_contract() -> None:
    assert set(READERS) == _tests_of(AdapterContract)
    assert set(RECEIVERS) == _tests_of(ReceiverContract)


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_good_reader_passes(name: str, tmp_path: Path, fixtures: dict[str, Any]) -> None:
    list(_runs(_reader(_tractors(tmp_path)), name, fixtures))


@pytest.mark.parametrize("name", sorted(RECEIVERS))
def test_a_good_receiver_passes(name: str, tmp_path: Path, fixtures: dict[str, Any]) -> None:
    list(_runs(_receives(name, tmp_path), name, fixtures))


@pytest.mark.parametrize(("name", "number"), [(name, at) for name, ways in READERS.items() for at in range(len(ways))])
def test_a_bad_reader_is_told_what_it_does_wrong(
    name: str, number: int, tmp_path: Path, fixtures: dict[str, Any]
) -> None:
    folder = _tractors(tmp_path)
    bad = READERS[name][number]
    _made_bad(folder, bad)
    with pytest.raises(AssertionError) as caught:
        list(_runs(_reader(folder), name, fixtures))
    assert bad.says in str(caught.value)


@pytest.mark.parametrize(
    ("name", "number"), [(name, at) for name, ways in RECEIVERS.items() for at in range(len(ways))]
)
def test_a_bad_receiver_is_told_what_it_does_wrong(
    name: str, number: int, tmp_path: Path, fixtures: dict[str, Any]
) -> None:
    bad = RECEIVERS[name][number]
    receiver = _receives(name, tmp_path, bad)
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
        list(_runs(receiver, name, fixtures))
    assert bad.says in str(caught.value)


def test_a_test_class_that_does_not_say_how_a_subject_is_written_is_told_so(tmp_path: Path) -> None:
    class Silent(AdapterContract):
        folder = _tractors(tmp_path)

    (case,) = cases_of(Silent.folder)
    with pytest.raises(AssertionError, match="def subject"):
        Silent().test_a_recorded_reply_gives_exactly_its_records(case)
    with pytest.raises(AssertionError, match="def some_subject"):
        Silent().test_a_call_asks_for_at_most_a_batch()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is no case: Expecting property name"),
        ("[]", "it is no case: list indices must be"),
        ("{}", "it has no 'what'"),
        (
            '{"what": "x", "record_type": "X", "ask": [], "records": {}, "reply": "no"}',
            "no cannot be read: No such file or directory",
        ),
    ],
)
def test_a_case_that_cannot_be_read_is_named_and_says_why(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "odd.case.json").write_text(text)
    with pytest.raises(CaseError, match=rf"^cases/odd\.case\.json: {re.escape(said)}"):
        cases_of(tmp_path)
