"""Headers are found by name, and one that comes more than once is known to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.edge.frame import Notes
from gateway.edge.head import LINE_BYTES, Head
from gateway.edge.language import DEFAULT

NAMES = st.sampled_from([b"accept", b"authorization", b"host"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=3)), max_size=6))
def test_every_way_to_a_header_tells_what_its_lines_say(lines: list[tuple[bytes, bytes]]) -> None:
    head = Head(lines)
    assert head.size == sum(len(name) + len(value) + LINE_BYTES for name, value in lines)
    for name in (b"accept", b"authorization", b"host", b"none"):
        values = [value for found, value in lines if found == name]
        assert head.all(name) == [value.decode("latin-1") for value in values]
        assert head.get(name) == (values[0] if values else None)
        assert head.first(name) == (values[0].decode("latin-1") if values else "")
        assert (name in head) is bool(values)
        assert (name in head.repeated) is (len(values) > 1)


def test_no_header_shows_itself() -> None:
    head = Head([(b"authorization", b"Bearer canary")])
    assert "canary" not in f"{head} {head!r} {Notes('r-1', head, DEFAULT)}"
