"""What a register must not get away with: each answer, and the error that it has to become."""

from __future__ import annotations

import asyncio
import base64
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.wire import DEFAULT_MAX_BYTES
from tests.adapters.loopback import Answers, saying

FPR = "http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0"
ASKED = "39100000011"
MIB = 1024 * 1024


@dataclass(frozen=True)
class Canaries:
    """What must not be touched."""

    http: str
    """Address of a server that nobody may ask."""
    file: str
    """``file:`` address of a pipe that nobody may open."""


@dataclass(frozen=True)
class Hostile:
    """One answer."""

    kind: type[RegisterError] | None
    """None: what stands in it is passed over, and the rest is the record."""
    answers: Callable[[Canaries], Answers]
    seconds: float = 5.0
    """How long one attempt may last; a read has two."""


# ------------------------------------------------------------ how an answer is made


def _person(code: str = ASKED, inside: str = "", name: str = "Anna") -> str:
    return (
        f"<f:Persona><f:PersonasKods>{code}</f:PersonasKods><f:AtrastsPec>{code}</f:AtrastsPec>"
        f"<f:Ierobezots>false</f:Ierobezots><f:Vards>{name}</f:Vards><f:Uzvards>B</f:Uzvards>"
        "<f:DzimsanasDatums>1990-05-17</f:DzimsanasDatums><f:Dzimums>S</f:Dzimums><f:Statuss>AKT</f:Statuss>"
        f"<f:GimenesStavoklis>PRE</f:GimenesStavoklis>{inside}</f:Persona>"
    )


def _whole(body: str, before: str = "", attributes: str = "", headers: str = "") -> str:
    return (
        f'{before}<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:f="{FPR}"{attributes}>{headers}'
        f"<s:Body><f:PersonasDatiAtbilde>{body}</f:PersonasDatiAtbilde></s:Body></s:Envelope>"
    )


GOOD = _whole(_person()).encode()


def _said(kind: type[RegisterError] | None, body: Callable[[Canaries], bytes | str], head: str = "200 OK") -> Hostile:
    def answers(canaries: Canaries) -> Answers:
        async def answer(writer: asyncio.StreamWriter) -> None:
            content = body(canaries)  # Made when it is asked for: together they are large.
            await saying(head, content.encode() if isinstance(content, str) else content)(writer)

        return answer

    return Hostile(kind, answers)


def _typed(content_type: str, body: Callable[[], bytes]) -> Hostile:
    return _said(Malformed, lambda _: body(), f"200 OK\r\nContent-Type: {content_type}")


def _bad(body: Callable[[], str]) -> Hostile:
    return _said(Malformed, lambda _: body())


def _document(declared: str, inside: str = "&x;") -> Hostile:
    """An answer with a document type; ``{http}`` and ``{file}`` in it are the canaries."""

    def body(canaries: Canaries) -> str:
        before = f"<!DOCTYPE s [{declared}]>" if not declared.startswith("<!DOCTYPE") else declared
        return _whole(_person(name=inside), before.replace("{http}", canaries.http).replace("{file}", canaries.file))

    return _said(Malformed, body)


def _pieces(head: str, pieces: Callable[[], Iterator[bytes]], kind: type[RegisterError]) -> Hostile:
    """An answer that is made while it is sent, and is as long as it likes."""

    async def answers(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {head}\r\n\r\n".encode())
        for piece in pieces():
            writer.write(piece)
            await writer.drain()

    return Hostile(kind, lambda _: answers)


def _slowly(content: bytes) -> Hostile:
    async def answers(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode())
        for number in range(len(content)):
            writer.write(content[number : number + 1])
            await writer.drain()
            await asyncio.sleep(0.05)

    return Hostile(Unavailable, lambda _: answers, seconds=0.5)


async def _never(writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.CancelledError):  # The test is over.
        await asyncio.sleep(60)


@cache
def _bomb(size: int) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return b"".join([packing.compress(b" " * MIB) for _ in range(size // MIB)]) + packing.flush()


def _chunks(size: int) -> Iterator[bytes]:
    for _ in range(size // 65536):
        yield b"10000\r\n" + b"<a/>" * 16384 + b"\r\n"
    yield b"0\r\n\r\n"


def _filling(unit: str, size: int = DEFAULT_MAX_BYTES - 4096) -> str:
    """As many of these as an answer may have."""
    return unit * (size // len(unit.encode()))


def _declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>'


_LATVIAN = _whole(_person(name="Bērziņa"))
_LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(12))
_RELATED = 'multipart/related; boundary="e"'
_XOP = '<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a"/>'
_OPTIMIZED = b"--e\r\nContent-Type: application/xop+xml\r\n\r\n%b\r\n--e\r\nContent-ID: <a>%b\r\n\r\n%b\r\n--e--"
_INCLUDING = _whole(f"<f:Persona><f:Vards>{_XOP}</f:Vards></f:Persona>").encode()


def _redirect(status: int, target: str) -> Hostile:
    def answers(canaries: Canaries) -> Answers:
        return saying(f"{status} Elsewhere\r\nLocation: {getattr(canaries, target)}")

    return Hostile(Malformed, answers)


# ------------------------------------------------------------ the table

HOSTILE: dict[str, Hostile] = {
    # Entities, document types, and other ways to make a reader fetch or grow.
    "entity bomb": _document(_LAUGHS, "&a12;"),
    "entity bomb, one long entity": _document(f'<!ENTITY x "{"x" * 100_000}">', "&x;" * 10_000),
    "entity bomb that is not used": _document(_LAUGHS, "Anna"),
    "half a million entities": _document("".join(f'<!ENTITY a{n} "">' for n in range(400_000)), "Anna"),
    "external entity, file": _document('<!ENTITY x SYSTEM "{file}">'),
    "external entity, http": _document('<!ENTITY x SYSTEM "{http}/x">'),
    "external parameter entity, http": _document('<!ENTITY % x SYSTEM "{http}/x"> %x;', "Anna"),
    "external document type, http": _document('<!DOCTYPE s SYSTEM "{http}/x">', "Anna"),
    "external document type, file": _document('<!DOCTYPE s PUBLIC "-//x" "{file}">', "Anna"),
    "document type": _document("<!DOCTYPE s>", "Anna"),
    "undeclared entity": _bad(lambda: _whole(_person(name="&x;"))),
    "inclusion of a file": _said(
        Malformed,
        lambda canaries: _whole(
            _person(name=f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{canaries.file}" parse="text"/>')
        ),
    ),
    "schema elsewhere": _said(
        None,
        lambda canaries: _whole(_person()).replace(
            "<f:Persona>",
            f'<f:Persona xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="{FPR} {canaries.http}/x">',
        ),
    ),
    "style sheet elsewhere": _said(
        None, lambda canaries: _whole(_person(), f'<?xml-stylesheet type="text/xsl" href="{canaries.http}/x"?>')
    ),
    # Size.
    "text of eight megabytes": _bad(lambda: _whole(_person(name=_filling("x")))),
    "text of eight megabytes, each letter large in memory": _bad(lambda: _whole(_person(name=_filling("😀")))),
    "blanks of eight megabytes around the record": _bad(lambda: _whole(_filling(" ") + _person())),
    "comment of eight megabytes": _bad(lambda: _whole(f"<!--{_filling('x')}-->" + _person())),
    "name of eight megabytes": _bad(lambda: _whole(f"<{_filling('x')}/>")),
    "attribute of eight megabytes": _bad(lambda: _whole(f'<f:Persona x="{_filling("x")}"/>')),
    "nesting, 100,000 deep": _bad(lambda: _whole("<a>" * 100_000 + "</a>" * 100_000)),
    "nesting of the contract's own, 100,000 deep": _bad(
        lambda: _whole("<f:Persona>" * 100_000 + "</f:Persona>" * 100_000)
    ),
    "a million elements": _bad(lambda: _whole("<a/>" * 1_000_000)),
    "a million elements outside the body": _bad(
        lambda: _whole(_person(), headers=f"<s:Header>{'<a/>' * 1_000_000}</s:Header>")
    ),
    "as many elements of the contract as fit": _bad(lambda: _whole(_filling("<f:Persona/>"))),
    "as many records of the one person as fit": _bad(lambda: _whole(_filling(_person()))),
    "half a million attributes": _bad(lambda: _whole("<a " + " ".join(f'a{n}=""' for n in range(500_000)) + "/>")),
    "as many attributes of one element as fit": _bad(
        lambda: _whole("<a " + " ".join(f"a{n}='>'" for n in range(80_000)) + "/>")
    ),
    "as many prefixes as fit": _bad(
        lambda: _whole(
            "<a " + " ".join(f'xmlns:a{n}="urn:{n}"' for n in range(30_000)) + ">" + "<a9:b/>" * 38_000 + "</a>"
        )
    ),
    "as many elements as fit": _bad(lambda: _whole("<a/>" * 80_000)),
    "as many elements with attributes as fit": _bad(
        lambda: _whole(("<a " + " ".join(f"b{n}=''" for n in range(400)) + "/>") * 160)
    ),
    "a hundred thousand prefixes": _bad(
        lambda: _whole(
            "<a " + " ".join(f'xmlns:a{n}="urn:{n}"' for n in range(100_000)) + "/>" + "<a99999:b/>" * 100_000
        )
    ),
    "a million references": _bad(lambda: _whole(_person(name="&#120;" * 1_000_000))),
    "100 MB, length said": _pieces("200 OK\r\nContent-Length: 104857600", lambda: _chunks(100 * MIB), Malformed),
    "100 MB, in chunks": _pieces("200 OK\r\nTransfer-Encoding: chunked", lambda: _chunks(100 * MIB), Malformed),
    "100 MB, until the end": _pieces("200 OK", lambda: iter([b"<a/>" * 16384] * 1600), Malformed),
    "gzip bomb": _said(Malformed, lambda _: _bomb(256 * MIB), "200 OK\r\nContent-Encoding: gzip"),
    "gzip bomb in a gzip bomb": _said(
        Malformed,
        lambda _: gzip.compress(_bomb(256 * MIB)),
        "200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/xml",
    ),
    "a head of a megabyte": _pieces("200 OK\r\nX-Long: " + "x" * MIB, lambda: iter([b""]), Malformed),
    # Several parts.
    "a thousand parts": _typed(_RELATED, lambda: b"--e\r\n\r\n" + b"--e\r\n\r\nx\r\n" * 1000 + b"--e--"),
    "parts without end": _typed(_RELATED, lambda: b"--e\r\n\r\n" + GOOD + b"\r\n" + b"--e" * 1_000_000),
    "a part as long as fits": _typed(_RELATED, lambda: _OPTIMIZED % (_INCLUDING, b"", b"x" * 8_000_000)),
    "a part as long as fits, in Base64": _typed(
        _RELATED,
        lambda: _OPTIMIZED % (_INCLUDING, b"\r\nContent-Transfer-Encoding: base64", b"A" * 8_000_000),
    ),
    "one part included a thousand times": _typed(
        _RELATED,
        lambda: _OPTIMIZED % (_whole(f"<f:Persona>{_XOP * 1000}</f:Persona>").encode(), b"", b"x" * 65536),
    ),
    # Characters.
    "declared UTF-8, written in Latin": _typed("text/xml", lambda: _LATVIAN.encode("cp1257")),
    "header says UTF-8, written in Latin": _typed("text/xml; charset=utf-8", lambda: _LATVIAN.encode("cp1257")),
    "as much in UTF-16 as fits": _typed("text/xml", lambda: _whole(_person(name="€" * 4_000_000)).encode("utf-16")),
    "as much in Baltic letters as fits": _typed(
        "text/xml; charset=windows-1257", lambda: _whole(_person(name=_filling("x").replace("x", "ā"))).encode("cp1257")
    ),
    "header says UTF-8, written in UTF-16": _typed("text/xml; charset=utf-8", lambda: _LATVIAN.encode("utf-16")),
    "declared UTF-8, written in UTF-16": _typed("text/xml", lambda: (_declared("UTF-8") + _LATVIAN).encode("utf-16")),
    "header against declaration": _typed(
        "text/xml; charset=iso-8859-1", lambda: (_declared("UTF-8") + _whole(_person())).encode()
    ),
    "UTF-7": _typed("text/xml; charset=utf-7", lambda: _LATVIAN.encode("utf-7")),
    "declared UTF-7": _typed("text/xml", lambda: (_declared("UTF-7") + _LATVIAN).encode("utf-7")),
    "no characters at all": _typed("text/xml", lambda: b"\x00\xff\xfe" * 1000),
    # Elsewhere.
    **{
        f"redirect {status} to {target}": _redirect(status, target)
        for status in (301, 302, 303, 307, 308)
        for target in ("http", "file")
    },
    # Time.
    "a byte now and then": _slowly(GOOD),
    "only answers on the way to one": _pieces(
        "100 Continue", lambda: iter([b"HTTP/1.1 100 Continue\r\n\r\n"] * 10_000_000), Malformed
    ),
    "no answer": Hostile(Unavailable, lambda _: _never, seconds=0.5),
    # Somebody else.
    "wrong person": _bad(lambda: _whole(_person("39100000022"))),
    "two persons": _bad(lambda: _whole(_person() + _person("39100000022"))),
    "the same person twice": _bad(lambda: _whole(_person() + _person())),
    # No answer of the contract.
    "cut off by the connection": _said(Unavailable, lambda _: GOOD[:300], f"200 OK\r\nContent-Length: {len(GOOD)}"),
    "cut off before": _said(Malformed, lambda _: GOOD[:300]),
    "cut off within gzip": _said(Unavailable, lambda _: gzip.compress(GOOD)[:100], "200 OK\r\nContent-Encoding: gzip"),
    "HTML with 200": _typed("text/html", lambda: b"<!DOCTYPE html><html><body>Sorry</body></html>"),
    "HTML with 500": _said(Unavailable, lambda _: b"<html/>", "500 Oops\r\nContent-Type: text/html"),
    "nothing with 200": _said(Malformed, lambda _: b""),
    "204": _said(Malformed, lambda _: b"", "204 No Content"),
    "401 without a body": _said(Rejected, lambda _: b"", "401 Unauthorized"),
    "503": _said(Unavailable, lambda _: b"", "503 Busy\r\nRetry-After: 1"),
    "a fault with 200": _bad(
        lambda: (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>x</faultcode>'
            "</s:Fault></s:Body></s:Envelope>"
        )
    ),
    "an envelope of SOAP 1.2": _bad(
        lambda: _whole(_person()).replace(
            "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
        )
    ),
    "a part of the header that has to be understood": _bad(
        lambda: _whole(_person(), headers='<s:Header><a s:mustUnderstand="1"/></s:Header>')
    ),
    "no HTTP": Hostile(Unavailable, lambda _: _garbage),
}


async def _garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(base64.b64encode(GOOD))
