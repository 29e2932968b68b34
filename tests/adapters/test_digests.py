"""A digest is what the library of Base64 takes for one, byte for byte, though it is not asked by the long way."""

from __future__ import annotations

import base64
import binascii
import hashlib

from hypothesis import example, given
from hypothesis import strategies as st

from adapters.kit.xroad import _is_digest


def _by_the_library(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == hashlib.sha512().digest_size
    except (binascii.Error, ValueError):
        return False


@given(
    st.one_of(
        st.text(max_size=90),
        st.binary(min_size=62, max_size=66).map(lambda digest: base64.b64encode(digest).decode()),
        st.from_regex(r"[A-Za-z0-9+/=\- ]{84,90}", fullmatch=True),
    )
)
@example(base64.b64encode(bytes(64)).decode())
@example(base64.b64encode(bytes(64)).decode() + "=")
@example(base64.b64encode(bytes(64)).decode() + "\n")
@example("A" * 85 + "===")
def test_a_digest_is_what_the_library_takes_for_one(text: str) -> None:
    assert _is_digest(text) is _by_the_library(text)


@given(st.binary(min_size=64, max_size=64), st.integers(0, 87), st.characters())
def test_a_digest_with_a_letter_changed_is_one_where_the_library_takes_it(digest: bytes, at: int, letter: str) -> None:
    text = base64.b64encode(digest).decode()
    changed = text[:at] + letter + text[at + 1 :]
    assert _is_digest(changed) is _by_the_library(changed)
