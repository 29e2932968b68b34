"""Items of an answer, each about one subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from adapters.kit.record_of import RecordOf
from adapters.kit.xsd.types import NIL, Wire

R_co = TypeVar("R_co", covariant=True)


class Items(msgspec.Struct, Generic[R_co], frozen=True, eq=False):
    """Where the items stand in an answer, and what is made of them: one object for each, declared beside a mapping."""

    name: str
    """The element or member that holds them, as a path: a list, or one that may be absent. Empty: the answer is one."""
    key: str
    """The element of an item that says whose it is, as was asked, as a path."""
    to_record: RecordOf[R_co] | Callable[[Wire], R_co]
    own: tuple[str, ...] = ()
    """Elements of an item of which one has to hold the key, each as a path; none: the key is the item's own."""

    def whose(self, wire: Wire) -> Any:
        """The key of an item; None where it is not among the item's own."""
        key = value_at(wire, self.key)
        return key if not self.own or any(_holds(wire, path.split("/"), key) for path in self.own) else None


def value_at(wire: Any, path: str) -> Any:
    """What stands at a path; None where nothing does."""
    for name in path.split("/"):
        # Nearly always a dict, and to ask for more than that costs ten times as much.
        if type(wire) is not dict and (wire is NIL or not isinstance(wire, Mapping)):
            return None
        wire = wire.get(name)
    return wire


def _holds(wire: Any, path: Sequence[str], key: Any) -> bool:
    for name in path:
        wire = wire.get(name)
        if wire is None or wire is NIL:
            return False
    return key in wire if isinstance(wire, list) else bool(wire == key)
