"""Faults: whatever the status, in both versions, with what the contract says of their details."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.kit.contract_test import CANARY, assert_says_nothing
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.soap.faults import Fault
from adapters.kit.soap.parts import SoapVersion
from tests.adapters.soap.speaking import NS, envelope, fails, fault, replying, spoken

LOCKED = f'<t:Locked xmlns:t="{NS}"><t:Days>3</t:Days></t:Locked>'
REFUSED = f'<t:Refused xmlns:t="{NS}"><t:Why>{CANARY}</t:Why></t:Refused>'


@pytest.mark.parametrize(
    ("version", "code", "kind"),
    [
        ("1.1", "s:Client", Rejected),
        ("1.1", "Client", Rejected),
        ("1.1", "s:Client.Authentication", Rejected),
        ("1.1", "s:Server", Unavailable),
        ("1.1", "s:MustUnderstand", Rejected),
        ("1.1", "s:VersionMismatch", Rejected),
        ("1.1", "own:Kind", Malformed),
        ("1.1", "", Malformed),
        ("1.2", "s:Sender", Rejected),
        ("1.2", "s:Receiver", Unavailable),
        ("1.2", "s:DataEncodingUnknown", Rejected),
        ("1.2", "s:MustUnderstand", Rejected),
        ("1.2", "s:Kind", Malformed),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_fault_is_named_by_what_happens_next_whatever_the_status(
    version: SoapVersion, code: str, kind: type[RegisterError], status: int
) -> None:
    error = await fails(replying(fault(code, CANARY, f"<k>{CANARY}</k>", version=version), status), spoken(version))
    assert type(error) is kind
    error.__context__ = None  # As the guard leaves it.
    assert_says_nothing(error, frozenset({CANARY}))


def _seen(found: list[Fault]) -> Any:
    def classify(fault: Fault) -> RegisterError | None:
        found.append(fault)
        return None

    return classify


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_the_details_of_a_fault_are_decoded_as_the_contract_says(version: SoapVersion) -> None:
    found: list[Fault] = []
    reply = fault("s:Server", "no", LOCKED + "<other/>" + REFUSED, version=version)
    await fails(replying(reply), spoken(version), classify=_seen(found))
    for one in found:
        assert one.details == {"Locked": {"Days": 3}, "Refused": {"Why": CANARY}}
        assert one.code == "Server"
        assert one.text == "no"
        assert one.detail is not None
        assert [child.tag for child in one.detail] == [f"{{{NS}}}Locked", "other", f"{{{NS}}}Refused"]
        assert CANARY not in repr(one)


@pytest.mark.parametrize(
    "detail",
    [
        LOCKED.replace("3", "soon"),
        LOCKED.replace("Days", "Weeks"),
        LOCKED.replace("<t:Days>3</t:Days>", ""),
        LOCKED.replace("Locked", "Closed"),
        LOCKED.replace(NS, "urn:other"),
        "",
        "text",
    ],
)
async def test_a_broken_detail_leaves_the_fault_a_fault(detail: str) -> None:
    found: list[Fault] = []
    assert type(await fails(replying(fault("s:Server", "no", detail)), classify=_seen(found))) is Unavailable
    assert {len(one.details) for one in found} == {0}


async def test_of_two_details_of_one_name_the_first_is_taken() -> None:
    found: list[Fault] = []
    await fails(replying(fault("s:Server", "no", LOCKED + LOCKED.replace("3", "4"))), classify=_seen(found))
    assert found[0].details == {"Locked": {"Days": 3}}


async def test_a_registers_own_fault_is_known_by_its_detail() -> None:
    def classify(fault: Fault) -> RegisterError | None:
        return Unavailable("spoken", "locked") if "Locked" in fault.details else None

    wire = replying(fault("s:Client", "no", LOCKED), 500)
    assert (type(error := await fails(wire, classify=classify)), error.what) == (Unavailable, "locked")


async def test_subcodes_of_a_fault_stand_in_their_order() -> None:
    found: list[Fault] = []
    reply = fault("s:Sender", version="1.2").replace(
        b"</s:Value>",
        b"</s:Value><s:Subcode><s:Value>w:FailedAuthentication</s:Value><s:Subcode><s:Value>x:Expired</s:Value>"
        b"</s:Subcode></s:Subcode>",
    )
    await fails(replying(reply, 400), spoken("1.2"), classify=_seen(found))
    assert (found[0].code, found[0].subcodes) == ("Client", ("FailedAuthentication", "Expired"))


@pytest.mark.parametrize("inside", ["", "<s:Code/>", "<faultcode/>", "<s:Code><s:Subcode/></s:Code>", "<x/>"])
@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_fault_that_says_nothing_is_still_a_fault(inside: str, version: SoapVersion) -> None:
    wire = replying(envelope(f"<s:Fault>{inside}</s:Fault>", version=version), 500)
    assert (await fails(wire, spoken(version))).what == "a fault of an unknown kind"


async def test_an_answer_with_a_status_of_failure_that_is_no_fault_stays_a_failure() -> None:
    assert type(await fails(replying(envelope(), 500))) is Unavailable
    assert type(await fails(replying(envelope(), 400))) is Rejected
    assert type(await fails(replying(fault(), 503))) is Unavailable
