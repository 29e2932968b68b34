"""What every adapter has to hold, as tests to inherit: recorded replies and what can go wrong on the wire.

A folder's ``test_adapter.py`` has a class that inherits :class:`AdapterContract`, names its folder, and says how a
subject is written; where the adapter receives claims, another inherits ``ReceiverContract``. pytest is all they need,
in this checkout and outside. How cases are written says :mod:`adapters.kit.cases`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.kit.cases import Case, cases_of, shown
from adapters.kit.damage import damages, doubled_items, leaves, texts, with_leaves
from adapters.kit.declared import undeclared
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.leaks import CANARY, assert_holds_nothing, assert_says_nothing
from adapters.kit.on_trial import ADDRESS, LONGEST_ANSWER, OnTrial
from adapters.kit.recorded import FAILURES, FAULTS, RecordedWire, a_clock, a_context, answering
from adapters.kit.wire import Wire, WireReply, WireRequest
from schema.terms import AtvkCode, RegistrationNumber, Resident

__all__ = [
    "CANARY",
    "FAILURES",
    "AdapterContract",
    "Case",
    "RecordedWire",
    "a_clock",
    "a_context",
    "answering",
    "assert_says_nothing",
    "cases_of",
    "shown",
]

_UNKNOWN = "QZX"
"""A text that no register's classification has."""
_NAMES_NO_PERSON = (RegistrationNumber, AtvkCode)
"""Keys that are published with their bearers, so that they may stand in an address, and in logs on the way."""
_OUR_HEADERS = "x-road-"
"""Begins the names of headers that say who asks."""


class AdapterContract:
    """Inherit, and say the folder and how its subjects are written."""

    folder: ClassVar[Path]
    knows_absent: ClassVar[bool] = True
    """False for a register that answers about everybody, e.g. "not valid"."""
    says_whose: ClassVar[bool] = True
    """False for a register whose replies hold no key; then it can only be asked for one subject in a call."""

    def subject(self, text: str) -> Any:
        """The key that ``ask`` has as text."""
        raise AssertionError("say in your test class how a subject is written: def subject(self, text)")

    def some_subject(self, number: int) -> Any:
        """A different key for each number."""
        raise AssertionError("say in your test class how subjects are made up: def some_subject(self, number)")

    def digits(self, subject: Any) -> str:
        """How a subject stands in a request's body and in a reply."""
        return str(subject.person.digits if isinstance(subject, Resident) else subject.digits)

    # ------------------------------------------------------------ the tests

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each case, and for each failure."""
        if "case" in metafunc.fixturenames:
            cases = cases_of(self.folder)
            metafunc.parametrize("case", cases, ids=[case.name for case in cases])
        for name, all_there_are in (("failure", FAILURES), ("fault", FAULTS)):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, list(all_there_are))

    def test_every_record_type_has_a_case_that_is_found_and_one_that_is_not(self) -> None:
        """Absent is an answer of its own."""
        cases = cases_of(self.folder)
        reads = self._trial().manifest.reads
        assert {case.record_type for case in cases} <= set(reads), "a case is of a record type that manifest.toml lacks"
        for name in reads:
            of_type = [case for case in cases if case.record_type == name]
            assert any(case.records for case in of_type), f"no case of {name} has a record"
            assert not self.knows_absent or any(set(case.ask) - set(case.records) for case in of_type), (
                f"no case of {name} asks for somebody whom the register does not know; "
                "knows_absent = False says that it answers about everybody"
            )

    def test_a_recorded_reply_gives_exactly_its_records(self, case: Case) -> None:
        """Every subject asked for: its record, or none."""
        wire = answering(200, case.body)
        found = self._read(wire, case)
        assert {self._text(case, key): self._shown(value) for key, value in found.items()} == case.records, (
            f"cases/{case.name}.case.json expects other records than the adapter gives"
        )
        assert len(wire.requests) == 1, "the subjects of one case are asked for in one call"

    def test_a_record_holds_the_types_that_it_declares(self, case: Case) -> None:
        """A number with decimals is no float, a code no text, a moment has its zone."""
        slips = [path for value in self._records(case).values() for path in undeclared(value)]
        assert slips == [], f"of another type than the record's class says: {', '.join(slips)}"

    def test_who_asks_for_one_attribute_gets_what_the_whole_record_has(self, case: Case) -> None:
        """``CallContext.wanted`` may save work and changes no value."""
        wire = answering(200, case.body)
        whole = self._records(case)
        for name in self._trial().record_type(case.record_type).__struct_fields__:
            part = self._read(wire, case, wanted=frozenset({name}))
            assert set(part) == set(whole), f"asked for {name} alone, other subjects are found"
            for key, value in part.items():
                alone = getattr(value, name, value)
                assert alone == getattr(whole[key], name), f"{name} differs where it is asked for alone"

    def test_no_person_is_named_in_an_address_and_settings_are_obeyed(self, case: Case) -> None:
        """Addresses stand in logs on the way; address, deadline and limits are the gateway's."""
        wire = answering(200, case.body)
        context = a_context()
        self._trial().read(wire, case.record_type, self._subjects(case), context)
        for request in wire.requests:
            asked = [key for key in self._subjects(case) if not isinstance(key, _NAMES_NO_PERSON)]
            named = [key for key in asked if self.digits(key) in request.url]
            assert named == [], "a subject's key stands in the address of a request"
            assert request.url.startswith(ADDRESS), "the address is another than the connection's"
            assert request.deadline <= context.deadline, "the request may last longer than its caller waits"
            assert request.max_bytes <= LONGEST_ANSWER, "the answer may be longer than the connection allows"
            assert request.register == self.folder.name, "the request names another register"
            shown_keys = [key for key in asked if self.digits(key) in repr(request)]
            assert shown_keys == [], "the request shows whom it is about"

    def test_a_failure_becomes_the_right_error_and_says_nothing(self, failure: str) -> None:
        """Named by what happens next."""
        reply, kind = FAILURES[failure]
        self._assert_fails(RecordedWire(reply, []), self._first(), kind, failure)

    def test_a_fault_is_never_taken_for_no_data(self, fault: str) -> None:
        """Also where it comes with status 200."""
        self._assert_fails(RecordedWire(FAULTS[fault], []), self._first(), RegisterError, fault)

    def test_nothing_of_a_reply_is_printed_or_logged(
        self, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        """Whatever it is."""
        caplog.set_level(logging.DEBUG)
        values = {CANARY}
        for case in cases_of(self.folder):
            values |= texts(case.body)
            for body in (case.body, case.body[: len(case.body) // 2]):
                self._read(answering(200, body), case)
        for reply in (*(reply for reply, _ in FAILURES.values()), *FAULTS.values()):
            self._read(RecordedWire(reply, []), self._first())
        said = caplog.text + "".join(capfd.readouterr())
        repeated = [value for value in values if value in said]
        assert not repeated, "a value of a reply was printed or logged"

    def test_no_connection_is_unavailable_and_not_sent(self) -> None:
        """Nothing arrived, so nothing is in doubt."""
        wire = RecordedWire(Unavailable(self.folder.name, "no connection", sent=False), [])
        errors = self._assert_fails(wire, self._first(), Unavailable, "no connection")
        assert all(isinstance(error, Unavailable) and not error.sent for error in errors), "sent=False was lost"
        assert len(wire.requests) == 2, "a read is tried once more by the gateway, and never by the adapter"

    def test_who_is_refused_does_not_ask_again(self) -> None:
        """Asking again changes nothing, and locks accounts."""
        wire = RecordedWire(WireReply(403, {}, b""), [])
        self._assert_fails(wire, self._first(), Rejected, "status 403")
        assert len(wire.requests) == 1, "the adapter asked again after it was refused"

    def test_no_answer_is_cut_at_the_deadline(self) -> None:
        """A register that hangs does not hang us: the wire would answer in an hour."""
        self._assert_fails(RecordedWire(None, []), self._first(), Unavailable, "no answer", seconds=0.05)

    def test_a_truncated_reply_is_malformed(self, case: Case) -> None:
        """At any point, also where what is left could be read."""
        for share in (0.2, 0.5, 0.9):
            wire = answering(200, case.body[: int(len(case.body) * share)])
            self._assert_fails(wire, case, Malformed, f"only {share:.0%} of the reply")

    def test_somebody_elses_record_is_never_returned(self, case: Case) -> None:
        """The reply is about another subject than the one asked for, or about one more."""
        body = case.body
        for text in case.records:
            digits = self.digits(self.subject(text))
            body = body.replace(digits.encode(), self._stranger(digits).encode())
        assert body != case.body or not case.records or not self.says_whose, (
            "the reply holds no key of its records; says_whose = False says that this register's replies have none"
        )
        if body != case.body:
            self._assert_fails(answering(200, body), case, Malformed, "a reply about somebody else")
            keys = self._keys(case)
            for further in doubled_items(case.body, keys, self._stranger(min(keys))):
                self._assert_fails(answering(200, further), case, Malformed, "a reply with somebody else's record too")

    def test_a_subject_that_was_not_asked_for_is_never_returned(self, case: Case) -> None:
        """The same reply, asked for all but one of those whom it is about."""
        for left_out in case.records if len(case.records) > 1 else ():
            asked = [self.subject(text) for text in case.ask if text != left_out]
            found = self._trial().read(answering(200, case.body), case.record_type, asked, a_context())
            assert set(found) == set(asked), "subjects other than those asked for are in the answer"
            assert all(type(value) is Malformed for value in found.values()), (
                "a record of somebody who was not asked for has to break the whole call"
            )

    def test_two_records_of_one_subject_are_never_read_as_one(self, case: Case) -> None:
        """Nobody can say which of them is so."""
        for body in doubled_items(case.body, self._keys(case)) if case.records else ():
            found = self._read(answering(200, body), case)
            assert any(isinstance(value, RegisterError) for value in found.values()), (
                "the reply has two records of one subject, and the adapter took one of them"
            )

    def test_swapped_keys_are_told_where_a_record_says_twice_whose_it_is(self, case: Case) -> None:
        """Of two subjects, one key each is swapped: no record may come under another's key."""
        at: dict[str, list[int]] = {}
        for number, leaf in enumerate(leaves(case.body)):
            at.setdefault(leaf, []).append(number)
        keys = {self.digits(self.subject(text)): text for text in case.records}
        for one, other in ((one, other) for one in keys for other in keys if one < other):
            for first in at.get(one, ()):
                for second in at.get(other, ()):
                    body = with_leaves(case.body, {first: other, second: one})
                    for key, value in self._read(answering(200, body), case).items():
                        text = self._text(case, key)
                        mixed = _says(self._shown(value), self._keys(case), case.records.get(text))
                        assert not mixed, "a record came under a key that is not its own"

    def test_an_unknown_value_never_becomes_another_one(self, case: Case) -> None:
        """It is passed on as it is, or breaks the record, or nobody looks at it."""
        whole = {key: self._shown(value) for key, value in self._read(answering(200, case.body), case).items()}
        for number, leaf in enumerate(leaves(case.body), 1):
            body = with_leaves(case.body, {number - 1: _UNKNOWN})
            for key, value in self._read(answering(200, body), case).items():
                plain = self._shown(value)
                kept = isinstance(value, RegisterError) or _UNKNOWN in repr(plain).upper() or plain == whole.get(key)
                assert kept, f"value {number} of the reply, {leaf!r}, was made unknown, and the record has another one"

    def test_a_damaged_reply_is_read_or_absent_or_an_error_of_ours(self, case: Case) -> None:
        """Each part removed, emptied, replaced, doubled, ...: never another exception, never another subject."""
        values = texts(case.body)
        asked = set(self._subjects(case))
        for damage in damages(case.body):
            found = self._read(answering(200, damage.body), case)
            assert set(found) <= asked, f"{damage.what}: somebody is in the answer who was not asked for"
            for value in found.values():
                if isinstance(value, RegisterError):
                    assert_holds_nothing(value, values, self.folder, self._digits(case))
                else:
                    assert undeclared(value) == [], f"{damage.what}: the record has a value of another type"

    def test_a_call_asks_for_at_most_a_batch(self) -> None:
        """More subjects are more calls, and one subject that stands twice is one."""
        for name, entry in self._trial().manifest.reads.items():
            size = entry.batch_size
            assert self.says_whose or size == 1, f"{name}: replies do not say whose they are, so batch_size has to be 1"
            wire = answering(200, b"nothing")
            subjects = [self.some_subject(number) for number in range(size * 2 + 1)]
            self._trial().read(wire, name, subjects + subjects, a_context())
            asked = [[key for key in subjects if self.digits(key) in _said(r)] for r in wire.requests]
            counts = sorted({len(some) for some in asked})
            assert all(1 <= count <= size for count in counts), (
                f"{name}: batch_size is {size}, a call asks for {counts}"
            )
            assert sorted(map(self.digits, subjects)) == sorted(self.digits(key) for some in asked for key in some), (
                f"{name}: not every subject is asked for exactly once"
            )

    # ------------------------------------------------------------ how

    def _trial(self) -> OnTrial:
        return OnTrial.of(self.folder)

    def _first(self) -> Case:
        cases = cases_of(self.folder)
        assert cases, "cases/ has no *.case.json"
        return cases[0]

    def _subjects(self, case: Case) -> list[Any]:
        return [self.subject(text) for text in case.ask]

    def _keys(self, case: Case) -> frozenset[str]:
        return frozenset(self.digits(self.subject(text)) for text in case.records)

    def _digits(self, case: Case) -> frozenset[str]:
        return frozenset(self.digits(self.subject(text)) for text in case.ask)

    def _text(self, case: Case, key: Any) -> str:
        return next(text for text in case.ask if self.subject(text) == key)

    def _stranger(self, digits: str) -> str:
        return digits[:-3] + "987"

    def _shown(self, value: Any) -> Any:
        return str(value) if isinstance(value, RegisterError) else shown(value)

    def _read(
        self, wire: Wire, case: Case, *, seconds: float = 10.0, wanted: frozenset[str] | None = None
    ) -> Mapping[Any, Any]:
        return self._trial().read(wire, case.record_type, self._subjects(case), a_context(seconds, wanted))

    def _records(self, case: Case) -> Mapping[Any, Any]:
        found = self._read(answering(200, case.body), case)
        broken = [str(value) for value in found.values() if isinstance(value, RegisterError)]
        assert broken == [], f"the recorded reply cannot be read: {', '.join(sorted(set(broken)))}"
        return found

    def _assert_fails(
        self, wire: Wire, case: Case, kind: type[RegisterError], what: str, seconds: float = 10.0
    ) -> list[RegisterError]:
        found = self._read(wire, case, seconds=seconds)
        asked = set(self._subjects(case))
        assert set(found) == asked, (
            f"{what}: {len(asked - set(found))} of the subjects are absent, as if nothing was wrong"
        )
        for error in found.values():
            assert isinstance(error, kind), f"{what}: {kind.__name__} is right, not {type(error).__name__}"
            assert_holds_nothing(error, texts(case.body), self.folder, self._digits(case))
        return list(found.values())


def _said(request: WireRequest) -> str:
    """Where a request can say whom it asks for: its body, its address, headers of the contract."""
    own = [value for name, value in request.headers.items() if not name.lower().startswith(_OUR_HEADERS)]
    return "\n".join([(request.body or b"").decode("utf-8", "replace"), request.url.removeprefix(ADDRESS), *own])


def _says(plain: Any, keys: frozenset[str], expected: Any) -> bool:
    """Whether a value that is one subject's key, as expected, is another's."""
    if isinstance(plain, dict) and isinstance(expected, dict):
        return any(_says(inner, keys, expected.get(name)) for name, inner in plain.items())
    if isinstance(plain, list) and isinstance(expected, list):
        return any(_says(inner, keys, other) for inner, other in zip(plain, expected, strict=False))
    return isinstance(plain, str) and plain in keys and expected in keys and plain != expected
