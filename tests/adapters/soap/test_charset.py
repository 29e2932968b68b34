"""Which characters an answer is written in: what agrees is read, what contradicts itself is refused."""

from __future__ import annotations

import codecs

import pytest

from adapters.kit.errors import Malformed
from tests.adapters.soap.speaking import NS, answered, called, envelope, fails, replying

TEXT = "Bērziņa"
BODY = envelope(f'<Answer xmlns="{NS}"><Code>{TEXT}</Code></Answer>').decode()
PLAIN = BODY.replace(TEXT, "Berzina")


def _declared(encoding: str, body: str = BODY) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>{body}'


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (BODY.encode(), ""),
        (BODY.encode(), "text/xml"),
        (BODY.encode(), 'text/xml; charset="UTF-8"'),
        (BODY.encode(), "text/xml;charset=utf8;"),
        (_declared("UTF-8").encode(), "text/xml; charset=utf-8"),
        (codecs.BOM_UTF8 + _declared("utf-8").encode(), "text/xml"),
        (_declared("windows-1257").encode("cp1257"), "text/xml"),
        (_declared("windows-1257").encode("cp1257"), "text/xml; charset=windows-1257"),
        (BODY.encode("cp1257"), "text/xml; charset=windows-1257"),
        (_declared("UTF-16").encode("utf-16"), "text/xml"),
        (_declared("UTF-16").encode("utf-16"), "text/xml; charset=utf-16"),
        (codecs.BOM_UTF16_BE + BODY.encode("utf-16-be"), "text/xml"),
    ],
)
async def test_what_header_mark_and_declaration_agree_on_is_read(content: bytes, content_type: str) -> None:
    wire = replying(content, content_type=content_type)
    assert await called(wire) == {"Code": TEXT}
    assert (await answered(wire)).value == {"Code": TEXT}


async def test_ascii_is_a_part_of_whatever_is_declared() -> None:
    for content in (_declared("UTF-8", PLAIN), _declared("US-ASCII", PLAIN), PLAIN):
        assert await called(replying(content.encode(), content_type="text/xml; charset=us-ascii")) == {
            "Code": "Berzina"
        }


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (BODY.encode("cp1257"), "text/xml; charset=utf-8"),
        (_declared("UTF-8").encode("cp1257"), ""),
        (_declared("UTF-8").encode(), "text/xml; charset=iso-8859-1"),
        (_declared("ISO-8859-1").encode(), "text/xml; charset=utf-8"),
        (_declared("ISO-8859-1").encode(), "text/xml; charset=windows-1252"),
        (BODY.encode(), "text/xml; charset=us-ascii"),
        (BODY.encode("utf-16"), "text/xml; charset=utf-8"),
        (_declared("UTF-8").encode("utf-16"), "text/xml"),
        (BODY.encode("utf-16-le"), "text/xml; charset=utf-16"),
        (_declared("UTF-16").encode(), ""),
        (BODY.encode("utf-32"), "text/xml"),
        (_declared("UTF-7").encode("utf-7"), ""),
        (BODY.encode("utf-7"), "text/xml; charset=utf-7"),
        (PLAIN.encode(), "text/xml; charset=utf-7"),
        (codecs.BOM_UTF8 + _declared("windows-1257").encode(), ""),
        (PLAIN.encode(), "text/xml; charset=zip"),
        (PLAIN.encode(), "text/xml; charset=\0"),
        (PLAIN.encode(), "text/xml; charset=a; charset=b"),
        (PLAIN.encode(), "no media type"),
        (_declared("IBM037", PLAIN).encode("cp037"), ""),
        (b"\xed\xa0\x80".join([BODY[:60].encode(), BODY[60:].encode()]), ""),
    ],
)
async def test_what_contradicts_itself_or_nobody_reads_is_malformed(content: bytes, content_type: str) -> None:
    assert type(await fails(replying(content, content_type=content_type))) is Malformed
