"""Cursors: opaque text that names a list and a place in it."""

from __future__ import annotations

import base64


def cursor_of(in_list: str, key: str) -> str:
    """An opaque cursor.

    Args:
        in_list: name of the list; holds no space.
        key: of the place; holds no person's data.
    """
    return base64.urlsafe_b64encode(f"{in_list} {key}".encode()).decode().rstrip("=")


def key_in(in_list: str, cursor: str) -> str:
    """The key of a cursor of that list. Raises: ValueError where it is none, or not written as it was given."""
    text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    key = text.partition(" ")[2]
    if not key or cursor_of(in_list, key) != cursor:
        raise ValueError("the cursor is not one of this list")
    return key
