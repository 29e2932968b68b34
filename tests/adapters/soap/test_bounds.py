"""What a tree would cost is told from the bytes, and what is usual is never too much."""

from __future__ import annotations

import pytest

from adapters.kit.soap.bounds import TooLargeError, check_bounds, has_long_text
from adapters.kit.soap.envelope import SOAP_11, unwrap
from tests.adapters.codec_cost import people


def _element(attributes: str) -> bytes:
    return f"<a><b {attributes}/></a>".encode()


@pytest.mark.parametrize("quote", ["'", '"'])
@pytest.mark.parametrize("value", ["", ">", "=", " x = y ", "/>", "&lt;"])
def test_an_element_of_too_many_attributes_is_refused_whatever_stands_in_them(quote: str, value: str) -> None:
    for count, between in ((500, " "), (500, "\n\t"), (700, " ")):
        crowded = between.join(f"a{n} = {quote}{value}{quote}" for n in range(count))
        with pytest.raises(TooLargeError, match="attributes"):
            check_bounds(_element(crowded))
    check_bounds(_element(" ".join(f"a{n}={quote}{value}{quote}" for n in range(499))))


@pytest.mark.parametrize(
    "content",
    [
        b"<a>" + b"x=y " * 10_000 + b"</a>",
        b"<a>" + b"""&lt;a b="c" d='e'/&gt; """ * 10_000 + b"</a>",
        b"<a>" + b'<b c="1" d="2"/>' * 10_000 + b"</a>",
        b"<a><![CDATA[" + b'<b c="1" d="2">' * 10_000 + b"]]></a>",
        b"<a b='" + b"x=1&amp;" * 10_000 + b"'/>",
        people(1000)[1],
    ],
)
def test_what_only_looks_crowded_is_read(content: bytes) -> None:
    check_bounds(content)


def test_a_long_text_is_told_from_many_short_ones() -> None:
    room = 1_000_000
    assert has_long_text(b"<a>" + b"x" * 400_000 + b"</a>", room)
    assert not has_long_text(b"<a>" + b"x" * 100_000 + b"</a>", room)
    assert not has_long_text(b"<a>" + b"x" * 90_000 + b"</a>" + b"<a>x</a>" * 100_000, room)
    assert not has_long_text(b"", room)


def _prefixed(around: int, beside: int) -> bytes:
    many = " ".join(f'xmlns:a{n}="urn:a"' for n in range(around))
    items = "".join(f'<i xmlns:b{n}="urn:b"/>' for n in range(beside))
    return f'<e:Envelope xmlns:e="{SOAP_11.namespace}"><e:Body {many}><a>{items}</a></e:Body></e:Envelope>'.encode()


def test_an_answer_of_too_many_prefixes_around_one_element_is_refused() -> None:
    # Each xsi:type in it would look through all of them: 100 KB took 33 seconds.
    for around, beside in ((256, 0), (255, 1)):
        with pytest.raises(TooLargeError, match="prefixes"):
            unwrap(_prefixed(around, beside))
    unwrap(_prefixed(254, 1000))
