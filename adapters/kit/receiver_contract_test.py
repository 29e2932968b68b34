"""What every adapter that receives claims has to hold, as tests to inherit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest

from adapters.kit.connected import ConnectedRegister
from adapters.kit.damage import damages, texts
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.leaks import CANARY, assert_holds_nothing
from adapters.kit.on_trial import ADDRESS, LONGEST_ANSWER, OnTrial
from adapters.kit.owner import Breaking, Owner
from adapters.kit.ports import OutgoingClaim, Receipt
from adapters.kit.recorded import FAILURES, RecordedWire, a_context
from adapters.kit.wire import Wire, WireReply
from schema.terms import AtvkCode, ClaimTypeCode, PersonCode, RegistrationNumber

_ANSWERS: Mapping[str, Any] = {
    "tenure": "RENT",
    "monthlyCosts": "310.50",
    "note": '{env.HOME} "</a><b>" ]]> āžš 007',
}
_PERSON = PersonCode("39100000011")
_ID = "message-1"
T = TypeVar("T")

BROKEN_ANSWERS: dict[str, tuple[WireReply, type[RegisterError]]] = {
    "status 500": (WireReply(500, {}, CANARY.encode()), Unavailable),
    "status 503": (WireReply(503, {"retry-after": "5"}, CANARY.encode()), Unavailable),
    "status 422": (WireReply(422, {}, CANARY.encode()), Rejected),
    "status 400": (WireReply(400, {}, CANARY.encode()), Rejected),
    "status 403": (WireReply(403, {}, CANARY.encode()), Rejected),
    "status 201 without receipt": (WireReply(201, {}, b"{}"), Malformed),
    "status 200 with HTML": (WireReply(200, {}, f"<html>{CANARY}</html>".encode()), Malformed),
    "status 307": (WireReply(307, {"location": f"http://example.org/{CANARY}"}, b""), Malformed),
}
"""Answers to a message that are no receipt, and the error that each has to become."""


class ReceiverContract:
    """Inherit, and say the folder, a claim type, and how the owner answers."""

    folder: ClassVar[Path]
    claim_type: ClassVar[str]
    answers: ClassVar[Mapping[str, Any]] = _ANSWERS
    """Those of a claim; where the owner's contract takes certain ones alone, such."""
    words: ClassVar[Mapping[str, str]] = {}
    """Answers that are codes: how the owner says them."""
    repeats_are_one_case: ClassVar[bool] = True
    """False for an owner that knows no key: the same message again would be another case."""
    list_name: ClassVar[str]
    """Where the answer to a look-up has its list, of one item or none."""
    reference_name: ClassVar[str]
    """Where a receipt, and an item of the list, has the owner's case number."""
    message_id_name: ClassVar[str] = "sutijumaId"
    """Where an item of the list has the message's id."""
    looks_up: ClassVar[bool] = True
    """False for an owner that cannot be asked for a message: whoever asks it gets an error, never "not there"."""
    takes_legal_entities: ClassVar[bool] = False
    follows: ClassVar[bool] = False
    """The owner takes added answers and withdrawals too."""

    def owner(self) -> Owner:
        """The owner's system; override it where the owner speaks otherwise than ``Owner``."""
        return Owner(self.list_name, self.reference_name, self.message_id_name)

    # ------------------------------------------------------------ the tests

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each failure."""
        for name, all_there_are in (("broken", BROKEN_ANSWERS), ("failure", FAILURES)):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, list(all_there_are))

    def test_a_delivered_claim_has_the_owners_reference(self) -> None:
        """And every text of the answers arrives as it was typed; no address names the applicant."""
        owner = self.owner()
        context = a_context()
        receipt = _run(self._register(owner).deliver(self._claim(), _ID, context))
        assert receipt == Receipt("CASE-1"), "the receipt is not the owner's case number"
        told = {self.words.get(text, text) for text in _texts_of(self.answers)}
        missing = told - set(owner.texts_of(owner.requests[0].body or b""))
        assert not missing, "the answers do not arrive as they were typed"
        for request in owner.requests:
            assert _PERSON.digits not in request.url, "the applicant's code stands in the address of a request"
            assert request.url.startswith(ADDRESS), "the address is another than the connection's"
            assert request.deadline <= context.deadline, "the request may last longer than its caller waits"
            assert request.max_bytes <= LONGEST_ANSWER, "the answer may be longer than the connection allows"

    def test_the_same_message_twice_is_one_case_and_the_same_receipt(self) -> None:
        """Whatever made us send it again."""
        owner = self._owner_with_keys()
        first = _run(self._register(owner).deliver(self._claim(), _ID, a_context()))
        again = _run(self._register(owner).deliver(self._claim(), _ID, a_context()))
        assert len(owner.cases) == 1, "the same message made two cases: send the message's id as the key of its own"
        assert again == first, "the same message has another receipt the second time"

    def test_the_same_message_twice_at_once_is_one_case(self) -> None:
        """Two gateways after a crash."""
        owner = self._owner_with_keys()
        register = self._register(owner)

        async def twice() -> list[Receipt]:
            return await asyncio.gather(*(register.deliver(self._claim(), _ID, a_context()) for _ in range(2)))

        first, second = _run(twice())
        assert (len(owner.cases), first) == (1, second), "the same message made two cases"

    def test_two_messages_are_two_cases(self) -> None:
        """Also of one claim."""
        owner = self.owner()
        for message_id in (_ID, "message-2"):
            _run(self._register(owner).deliver(self._claim(), message_id, a_context()))
        assert len(owner.cases) == 2, "two messages have the same key"

    def test_an_owner_that_refuses_a_duplicate_is_asked_for_its_receipt(self) -> None:
        """Refusing a duplicate is success, after a look-up."""
        owner = self._owner_with_keys()
        first = _run(self._register(owner).deliver(self._claim(), _ID, a_context()))
        owner.answers_differ = True
        again = _run(self._register(owner).deliver(self._claim(), _ID, a_context()))
        assert again == first, "a message that the owner has already has another receipt"

    def test_a_message_is_found_by_its_id_or_certainly_not_there(self) -> None:
        """None is no error; another message that is there changes nothing."""
        owner = self._owner_that_looks_up()
        assert self._find(owner) is None, "a message that nobody sent is found"
        _run(self._register(owner).deliver(self._claim(), "message-2", a_context()))
        assert self._find(owner) is None, "another message's receipt is taken for this one's"
        receipt = _run(self._register(owner).deliver(self._claim(), _ID, a_context()))
        assert self._find(owner) == receipt, "a message that was delivered is not found"

    def test_added_answers_and_a_withdrawal_arrive_once_and_are_found(self) -> None:
        """About the case that the owner has; an owner that takes none says so, and nothing is sent."""
        owner = self.owner()
        register = self._register(owner)
        if not self.follows:
            with pytest.raises(Rejected):
                _run(register.follow("WITHDRAWAL", "CASE-1", self._claim(), "message-2", a_context()))
            assert not owner.requests, "the owner takes no such messages, and something was sent"
            return
        note = '"</a>" ]]> āžš'
        for number, (kind, answers) in enumerate((("ANSWERS", {"note": note}), ("WITHDRAWAL", {})), 2):
            claim = replace(self._claim(), answers=answers)
            receipt = _run(register.follow(kind, "CASE-1", claim, f"message-{number}", a_context()))
            if self.looks_up:
                found = _run(register.find(f"message-{number}", claim, a_context()))
                assert receipt == found, f"{kind}: it is not found"
            assert note in owner.texts_of(owner.requests[0].body or b""), "the added answers do not arrive as typed"
        assert len(owner.cases) == 2, "a message was sent twice, or not at all"
        with pytest.raises(Rejected):
            _run(register.follow("ANSWERS", None, self._claim(), "message-4", a_context()))

    @pytest.mark.parametrize("arrives", [True, False])
    def test_a_delivery_that_breaks_is_in_doubt_and_never_sent_again_here(self, arrives: bool) -> None:
        """The answer is lost, so only the owner knows."""
        owner = self.owner()
        lost = Unavailable(self.folder.name, "the connection broke")
        error = self._fails(Breaking(owner, arrives, lost), Unavailable)
        assert isinstance(error, Unavailable)
        assert error.sent, "it is in doubt whether the message arrived, and the error says that it did not"
        assert len(owner.requests) == int(arrives), "the adapter sent the message again"
        if self.looks_up:
            assert self._find(owner) == (Receipt("CASE-1") if arrives else None)

    def test_a_delivery_without_connection_was_not_sent(self) -> None:
        """The one case without doubt."""
        refused = Unavailable(self.folder.name, "no connection", sent=False)
        error = self._fails(Breaking(self.owner(), False, refused), Unavailable)
        assert isinstance(error, Unavailable)
        assert not error.sent, "sent=False was lost"

    def test_an_answer_that_is_no_receipt_is_the_right_error(self, broken: str) -> None:
        """Named by what happens next."""
        reply, kind = BROKEN_ANSWERS[broken]
        self._fails(Breaking(self.owner(), True, reply), kind)

    def test_a_look_up_that_fails_never_says_that_the_message_is_not_there(self, failure: str) -> None:
        """None would have it sent a second time."""
        self._owner_that_looks_up()
        reply, kind = FAILURES[failure]
        error = self._find_fails(RecordedWire(reply, []), kind, failure)
        assert_holds_nothing(error, texts(reply.body) if reply.body.startswith(b"{") else frozenset(), self.folder)

    def test_no_answer_is_cut_at_the_deadline(self) -> None:
        """To a message and to a look-up: the wire would answer in an hour."""
        self._fails(RecordedWire(None, []), Unavailable, seconds=0.05)
        if self.looks_up:
            self._find_fails(RecordedWire(None, []), Unavailable, "no answer", seconds=0.05)

    def test_a_receipt_of_another_message_is_malformed(self) -> None:
        """A case number of somebody else's claim must not become ours."""
        self._owner_that_looks_up()
        for others in (("message-2",), (_ID, "message-2"), (_ID, _ID)):
            wire = RecordedWire(WireReply(200, {}, self.owner().found(*others)), [])
            error = self._find_fails(wire, Malformed, "an answer with another message's receipt, or with two")
            assert_holds_nothing(error, frozenset({"CASE-9"}), self.folder)

    def test_a_damaged_answer_to_a_look_up_is_read_or_an_error_of_ours(self) -> None:
        """Not there is said by an empty list alone."""
        body = self._owner_that_looks_up().found(_ID)
        for damage in damages(body):
            wire = RecordedWire(WireReply(200, {}, damage.body), [])
            try:
                found = self._find(wire)
            except RegisterError as error:
                assert_holds_nothing(error, texts(body) - {_ID}, self.folder)
                continue
            if found is None:
                assert self.owner().says_not_there(damage.body), f"{damage.what}: taken for not there"
            else:
                assert isinstance(found, Receipt), f"{damage.what}: the answer is no receipt"
                assert isinstance(found.reference, str), f"{damage.what}: the case number is no text"

    def test_nothing_of_a_claim_or_an_answer_is_printed_or_logged(
        self, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        """Whatever happens."""
        caplog.set_level(logging.DEBUG)
        _run(self._register(self.owner()).deliver(self._claim(), _ID, a_context()))
        for reply, kind in BROKEN_ANSWERS.values():
            self._fails(Breaking(self.owner(), True, reply), kind)
        said = caplog.text + "".join(capfd.readouterr())
        assert not [value for value in (CANARY, _PERSON.digits, *_texts_of(self.answers)) if value in said], (
            "a value of a claim or of an answer was printed or logged"
        )

    def test_a_legal_entitys_claim_is_taken_or_rejected_before_it_is_sent(self) -> None:
        """Some owners know natural persons only."""
        owner = self.owner()
        delivery = self._register(owner).deliver(self._claim(RegistrationNumber("40103000102")), _ID, a_context())
        if self.takes_legal_entities:
            assert _run(delivery) == Receipt("CASE-1"), "a legal entity's claim has no receipt"
        else:
            with pytest.raises(Rejected):
                _run(delivery)
            assert not owner.requests, "a claim that the owner cannot take was sent all the same"

    def test_an_owner_that_cannot_be_asked_never_says_that_a_message_is_not_there(self) -> None:
        """And nothing is sent to it."""
        if self.looks_up:
            pytest.skip("the owner can be asked")
        owner = self.owner()
        self._find_fails(owner, Rejected, "an owner that cannot be asked")
        assert not owner.requests, "something was sent"

    # ------------------------------------------------------------ how

    def _owner_that_looks_up(self) -> Owner:
        if not self.looks_up:
            pytest.skip("the owner cannot be asked for a message")
        return self.owner()

    def _owner_with_keys(self) -> Owner:
        if not self.repeats_are_one_case:
            pytest.skip("the owner knows no key: the gateway asks before it sends again, or never does")
        return self.owner()

    def _claim(self, applicant: PersonCode | RegistrationNumber | None = None) -> OutgoingClaim:
        return OutgoingClaim(
            claim_id="demo-1",
            claim_type=ClaimTypeCode(self.claim_type),
            municipality=AtvkCode("0054000"),
            applicant=applicant or _PERSON,
            answers=self.answers,
            submitted_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
        )

    def _register(self, wire: Wire) -> ConnectedRegister:
        trial = OnTrial.of(self.folder)
        assert self.claim_type in trial.manifest.receives, f"manifest.toml does not receive {self.claim_type}"
        return trial.register(wire)

    def _find(self, wire: Wire, seconds: float = 10.0) -> Receipt | None:
        return _run(self._register(wire).find(_ID, self._claim(), a_context(seconds)))

    def _find_fails(self, wire: Wire, kind: type[RegisterError], what: str, seconds: float = 10.0) -> RegisterError:
        found: Receipt | RegisterError | None
        try:
            found = self._find(wire, seconds)
        except RegisterError as error:
            found = error
        assert isinstance(found, RegisterError), f"{what}: taken for {'not there' if found is None else 'a receipt'}"
        assert isinstance(found, kind), f"{what}: {kind.__name__} is right, not {type(found).__name__}"
        return found

    def _fails(self, wire: Wire, kind: type[RegisterError], seconds: float = 10.0) -> RegisterError:
        with pytest.raises(RegisterError) as caught:
            _run(self._register(wire).deliver(self._claim(), _ID, a_context(seconds)))
        assert isinstance(caught.value, kind), f"{kind.__name__} is right, not {type(caught.value).__name__}"
        given = frozenset(_texts_of(self.answers))
        assert_holds_nothing(caught.value, given, self.folder, asked=given)
        return caught.value


def _texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_of(inner)


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
