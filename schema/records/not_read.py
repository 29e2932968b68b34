"""What an attribute of a record is that nobody asked for: not None, which would say that the register holds nothing."""

from __future__ import annotations

from typing import Any, Never


class NotRead:
    """Fails when it is looked at in any way but by identity."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NOT_READ"

    def _refuse(self, *_: object) -> Never:
        raise LookupError("an attribute of a record was looked at that nobody had asked for")

    __bool__ = __eq__ = __ne__ = __hash__ = __lt__ = __len__ = __iter__ = __contains__ = _refuse
    __str__ = __format__ = __getattr__ = __getitem__ = __call__ = _refuse


NOT_READ: Any = NotRead()
