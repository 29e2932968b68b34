"""A register that knows us by certificate and exchange number: over real TLS, before an authority made up here."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.kit import tls
from adapters.kit.catalog import discover
from adapters.kit.connected import ConnectedRegister
from adapters.kit.errors import Rejected, Unavailable
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.recorded import a_clock, a_context
from adapters.kit.tls import Tls
from gateway.app import connection_of
from gateway.certificates import problem_of
from gateway.register_settings import RegisterSettings
from schema.records.legal_entity import LegalEntityRecord
from schema.terms import RegistrationNumber
from tests.adapters.invented_authority import InventedAuthority

NUMBER = "DAIN-0042-SECRET"
ENTITY = RegistrationNumber("40103000102")
ANSWER = (
    b'{"subjekti":[{"registracijasNumurs":"40103000102","nosaukums":"SIA","forma":"SIA","statuss":"REGISTRETS",'
    b'"registrets":"2009-03-16"}]}'
)


@dataclass
class Manager:
    """An API manager that lets in whoever has a certificate of its authority and a number that it knows."""

    url: str = ""
    seen: list[str] = field(default_factory=list)
    """Of each request whose certificate it was."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer request after request."""
        peer = writer.get_extra_info("peercert")
        who = dict(pair for names in peer["subject"] for pair in names)["commonName"]
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
                self.seen.append(who)
                known = f"x-datu-apmainas-numurs: {NUMBER.lower()}\r\n" in head
                status, body = (b"200 OK", ANSWER) if known else (b"403 Forbidden", b"{}")
                writer.write(b"HTTP/1.1 %b\r\ncontent-type: application/json\r\n" % status)
                writer.write(b"content-length: %d\r\n\r\n%b" % (len(body), body))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            writer.close()


@pytest.fixture
def authority(tmp_path: Path) -> InventedAuthority:
    return InventedAuthority(tmp_path)


@asynccontextmanager
async def managed(authority: InventedAuthority) -> AsyncIterator[Manager]:
    certificate, key = authority.issue("manager")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    manager = Manager()
    server = await asyncio.start_server(manager.handle, "127.0.0.1", 0, ssl=context)
    manager.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield manager
    finally:
        server.close()


def _connected(wire: Http1Wire, **settings: object) -> ConnectedRegister:
    connection = connection_of("enterprises", RegisterSettings.model_validate(settings))
    return discover().connect("enterprises", connection, wire, a_clock())


async def _read(register: ConnectedRegister) -> object:
    return (await register.read(LegalEntityRecord, [ENTITY], a_context()))[ENTITY]


async def test_a_certificate_that_is_exchanged_is_used_without_a_restart(
    authority: InventedAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "LOOK_SECONDS", 0.0)
    certificate, key = authority.issue("first", into="ours")
    async with managed(authority) as manager, Http1Wire() as wire:
        register = _connected(
            wire,
            url=manager.url,
            certificate=certificate,
            key=key,
            authorities=authority.certificate,
            exchange_number=NUMBER,
        )
        assert register.route == "API_MANAGER"
        for _ in range(2):
            assert isinstance(await _read(register), LegalEntityRecord)
        before = key.read_bytes()
        authority.issue("second", into="ours")
        renewed = key.read_bytes()
        key.write_bytes(before)  # The new certificate is there, and its key is still to come.
        assert isinstance(await _read(register), LegalEntityRecord)
        key.write_bytes(renewed)
        assert isinstance(await _read(register), LegalEntityRecord)
    assert manager.seen == ["first", "first", "first", "second"]


async def test_without_a_certificate_nothing_is_sent(authority: InventedAuthority) -> None:
    async with managed(authority) as manager, Http1Wire() as wire:
        register = _connected(wire, url=manager.url, authorities=authority.certificate, exchange_number=NUMBER)
        assert isinstance(await _read(register), Unavailable)
    assert manager.seen == []


@pytest.mark.parametrize("number", [None, "DAIN-0001-OTHER"])
async def test_a_number_that_is_not_let_in_is_refused_and_shown_nowhere(
    authority: InventedAuthority, number: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    certificate, key = authority.issue("ours")
    settings = {"certificate": certificate, "key": key, "authorities": authority.certificate, "exchange_number": number}
    async with managed(authority) as manager, Http1Wire() as wire:
        register = _connected(wire, url=manager.url, **settings)
        refused = await _read(register)
    assert isinstance(refused, Rejected)
    assert refused.ours
    said = caplog.text + repr((refused, register.health(), RegisterSettings.model_validate(settings)))
    assert number is None or number not in said


def test_the_doctor_finds_certificates_that_are_missing_open_old_or_anothers(
    authority: InventedAuthority, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    good = Tls(*authority.issue("good", valid=timedelta(days=90)), authority.certificate)
    ended = Tls(*authority.issue("ended", valid=timedelta(days=-1)), authority.certificate)
    soon = Tls(*authority.issue("soon", valid=timedelta(days=9, hours=1)), authority.certificate)
    missing = Tls(good.certificate, tmp_path / "none.key")
    anothers = Tls(good.certificate, soon.key)
    assert problem_of(good, now) is None
    found = {
        name: problem_of(each, now)
        for name, each in locals().items()
        if name in ("ended", "soon", "missing", "anothers")
    }
    said = {name: problem[0].rpartition("/")[2] for name, problem in found.items() if problem is not None}
    assert said == {
        "ended": "ended.pem has ended",
        "soon": "soon.pem ends in 9 days",
        "missing": "none.key cannot be read (No such file or directory)",
        "anothers": "certificate, key and authorities cannot be used together",
    }
    assert good.key is not None
    good.key.chmod(0o644)
    problem = problem_of(good, now)
    assert problem is not None
    assert problem[1] == f"Run chmod 600 {good.key}"
