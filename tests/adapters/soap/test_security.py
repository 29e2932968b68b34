"""WS-Security: name and password, time, signature; and that no secret shows itself."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from lxml import etree

from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_context
from adapters.kit.errors import Malformed, Rejected
from adapters.kit.soap.parts import SoapVersion
from adapters.kit.soap.security import SECURITY, WSSE, WSU, UsernameToken, WsSecurity
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xroad import XRoad
from tests.adapters.fakes import HandTurned
from tests.adapters.soap.signing import DS, Signer, verified
from tests.adapters.soap.speaking import BODY, called, envelope, fails, replying, service, spoken

PASSWORD = "S3cret-CANARY & <more>"
NONCE = bytes(range(16))
HAND = HandTurned()
NOW = HAND.clock().now()
CREATED = NOW.isoformat().replace("+00:00", "Z")
PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#"


def _secured(**settings: Any) -> WsSecurity:
    return WsSecurity(HAND.clock(), nonce=lambda: NONCE, **settings)


def _over(security: WsSecurity) -> dict[str, Any]:
    return {"connection": Connection("http://127.0.0.1:9/spoken", security=security)}


async def _sent(security: WsSecurity, version: SoapVersion = "1.1") -> bytes:
    wire = replying(envelope(version=version))
    await called(wire, spoken(version), **_over(security))
    return wire.requests[0].body or b""


def _texts(content: bytes) -> dict[str, str]:
    [security] = parse_xml(content).iter(SECURITY)
    return {etree.QName(node).localname: node.text or "" for node in security.iter("*") if not len(node)}


async def test_a_password_goes_as_text_where_the_register_wants_it_so() -> None:
    token = UsernameToken("kiosk <1>", PASSWORD, digest=False)
    content = await _sent(_secured(username=token, valid_for=None))
    [security] = parse_xml(content).iter(SECURITY)
    assert _texts(content) == {
        "Username": "kiosk <1>",
        "Password": PASSWORD,
        "Nonce": base64.b64encode(NONCE).decode(),
        "Created": CREATED,
    }
    assert [node.get("Type") for node in security.iter(f"{{{WSSE}}}Password")] == [f"{PROFILE}PasswordText"]
    assert security.get("{http://schemas.xmlsoap.org/soap/envelope/}mustUnderstand") == "1"


async def test_a_digest_is_over_nonce_time_and_password_and_the_password_is_nowhere() -> None:
    content = await _sent(_secured(username=UsernameToken("kiosk", PASSWORD)), "1.2")
    expected = hashlib.sha1(NONCE + CREATED.encode() + PASSWORD.encode()).digest()
    assert _texts(content)["Password"] == base64.b64encode(expected).decode()
    assert b"S3cret" not in content
    [security] = parse_xml(content).iter(SECURITY)
    assert [node.get("Type") for node in security.iter(f"{{{WSSE}}}Password")] == [f"{PROFILE}PasswordDigest"]
    assert security.get("{http://www.w3.org/2003/05/soap-envelope}mustUnderstand") == "true"


async def test_no_nonce_is_used_twice() -> None:
    security = WsSecurity(HAND.clock(), UsernameToken("kiosk", PASSWORD))
    assert len({_texts(await _sent(security))["Nonce"] for _ in range(20)}) == 20


async def test_a_message_says_until_when_it_is_good() -> None:
    content = await _sent(_secured(valid_for=timedelta(seconds=90)))
    assert _texts(content) == {"Created": CREATED, "Expires": (NOW + timedelta(seconds=90)).isoformat()[:19] + "Z"}


async def test_x_road_and_security_stand_in_one_header() -> None:
    wire = replying(envelope())
    await called(wire, spoken(), xroad=XRoad.development("spoken"), **_over(_secured()))
    header, _ = parse_xml(wire.requests[0].body or b"")
    assert [etree.QName(node).localname for node in header][-2:] == ["protocolVersion", "Security"]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_a_signature_is_over_body_and_time_and_holds_when_it_arrives(version: SoapVersion) -> None:
    security = _secured(signs=Signer.made(NOW), username=UsernameToken("kiosk", PASSWORD))
    content = await _sent(security, version)
    assert verified(content) == ["time", "body"]
    for old, new in ((b">1<", b">2<"), (CREATED.encode(), b"2026-11-24T00:00:00Z")):
        assert old in content
        with pytest.raises(InvalidSignature):
            verified(content.replace(old, new, 1))


async def test_a_message_that_cannot_be_signed_is_not_sent() -> None:
    class Unable:
        certificate = None

        def sign(self, envelope: Any, ids: Any) -> Any:
            raise ValueError(PASSWORD)

    wire = replying(envelope())
    with pytest.raises(Rejected) as caught:
        await service(wire, **_over(_secured(signs=Unable()))).call("Ask", BODY, a_context())
    assert not wire.requests
    assert "S3cret" not in str(caught.value)


def test_no_secret_shows_itself() -> None:
    connection = _over(_secured(username=UsernameToken("kiosk-name", PASSWORD), signs=Signer.made(NOW)))["connection"]
    said = f"{connection!r} {connection} {connection.security!r} {connection.security.username!r}"
    assert "S3cret" not in said
    assert "kiosk-name" not in said


def _answer(inside: str, must: str = "1") -> bytes:
    return envelope(
        headers=f'<w:Security xmlns:w="{WSSE}" xmlns:u="{WSU}" xmlns:d="{DS}" s:mustUnderstand="{must}">{inside}</w:Security>'
    )


def _time(created: timedelta, expires: timedelta) -> str:
    first, last = ((NOW + each).astimezone(UTC).isoformat() for each in (created, expires))
    return f"<u:Timestamp><u:Created>{first}</u:Created><u:Expires>{last}</u:Expires></u:Timestamp>"


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def test_the_time_of_an_answer_is_understood_and_checked() -> None:
    over = _over(_secured())
    good = _answer(_time(-MINUTE, MINUTE))
    assert await called(replying(good), **over) == {"Code": "1"}
    for inside, said in (
        (_time(-HOUR, -HOUR), "too old"),
        (_time(HOUR, HOUR), "of the future"),
        ("<u:Timestamp><u:Expires>CANARY</u:Expires></u:Timestamp>", "the time of"),
        ("<u:Timestamp><u:Expires>2026-11-23T10:00:00</u:Expires></u:Timestamp>", "the time of"),
        ("<d:Signature/>", "nobody here checks"),
    ):
        error = await fails(replying(_answer(inside)), **over)
        assert type(error) is Malformed
        assert said in str(error)
        assert "CANARY" not in str(error)
    assert await called(replying(_answer("<d:Signature/>", must="0")), **over) == {"Code": "1"}
    assert type(await fails(replying(good))) is Malformed, "without security it is not understood"


async def test_an_answer_has_to_hold_where_somebody_checks() -> None:
    class Strict:
        def check(self, security: Any) -> None:
            if security.find(f"{{{DS}}}Signature") is None:
                raise ValueError("no signature")

    over = _over(_secured(checks=Strict()))
    assert await called(replying(_answer("<d:Signature/>")), **over) == {"Code": "1"}
    for reply in (_answer(""), envelope()):
        assert type(await fails(replying(reply), **over)) is Malformed
