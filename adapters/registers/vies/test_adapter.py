"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import AdapterContract, RecordedWire, a_clock, a_context
from adapters.kit.errors import RegisterError, Rejected, Unavailable
from adapters.kit.wire import WireReply
from schema.records.vat_registration import VatRegistrationRecord
from schema.terms import RegistrationNumber


class TestVies(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent
    knows_absent = False

    def subject(self, text: str) -> RegistrationNumber:
        """Digits."""
        return RegistrationNumber(text)

    def some_subject(self, number: int) -> RegistrationNumber:
        """Invented, another for each number."""
        return RegistrationNumber(f"400{number:08}")


_FAULT = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
<faultcode>s:{code}</faultcode><faultstring>{text}</faultstring></s:Fault></s:Body></s:Envelope>"""
_LATER = (
    *("SERVICE_UNAVAILABLE", "MS_UNAVAILABLE", "TIMEOUT", "SERVER_BUSY"),
    *("GLOBAL_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ_TIME"),
    *("MS_MAX_CONCURRENT_REQ", "MS_MAX_CONCURRENT_REQ_TIME"),
)
_REFUSED = ("INVALID_INPUT", "INVALID_REQUESTER_INFO", "VAT_BLOCKED", "IP_BLOCKED")


def _read(text: str, code: str) -> tuple[Any, int]:
    number = RegistrationNumber("40103000102")
    body = _FAULT.format(code=code, text=text).encode()
    wire = RecordedWire(WireReply(500, {"content-type": "text/xml"}, body), [])
    register = discover().connect("vies", Connection("http://127.0.0.1:9/vies"), wire, a_clock())
    try:
        found = asyncio.run(register.read(VatRegistrationRecord, [number], a_context()))
    except RegisterError as error:
        return error, len(wire.requests)
    return found[number], len(wire.requests)


@pytest.mark.parametrize("code", ["Server", "Client"])
@pytest.mark.parametrize("text", [*_LATER, "{ 'MS_UNAVAILABLE' }"])
def test_a_member_state_that_does_not_answer_now_is_asked_again_whatever_the_fault_code(text: str, code: str) -> None:
    error, calls = _read(text, code)
    assert type(error) is Unavailable
    assert (error.what, calls) == ("fault " + text.strip("{ '}"), 2)


@pytest.mark.parametrize("code", ["Server", "Client"])
@pytest.mark.parametrize("text", [*_REFUSED, "{ 'INVALID_INPUT' }"])
def test_a_number_or_asker_that_is_refused_is_not_asked_about_again(text: str, code: str) -> None:
    error, calls = _read(text, code)
    assert type(error) is Rejected
    assert (error.what, calls) == ("fault " + text.strip("{ '}"), 1)
