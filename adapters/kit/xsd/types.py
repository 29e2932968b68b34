"""The type model that codecs are made from: as much of XSD as they can do, nothing of zeep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Final


class Nil(Enum):
    """``xsi:nil="true"``: the register says that there is no value, which is not the same as saying nothing."""

    NIL = "nil"

    def __bool__(self) -> bool:
        return False


NIL: Final = Nil.NIL

Wire = Mapping[str, Any]
"""A decoded complex type: local element name to value, ``Wire``, or list of those where the element repeats."""


class Kind(Enum):
    """Which Python value a simple type has."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATE_TIME = "dateTime"
    BINARY = "base64Binary"


@dataclass(frozen=True, slots=True)
class SimpleType:
    """One simple type with every facet that narrows it, inherited ones included."""

    name: str
    kind: Kind
    collapse: bool = True
    """Whether white space around and within the text counts as one blank."""
    enumeration: frozenset[str] | None = None
    patterns: tuple[re.Pattern[str], ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    fraction_digits: int | None = None
    total_digits: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    minimum_exclusive: Decimal | None = None
    maximum_exclusive: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a sequence."""

    name: str
    """Local name, as it is a key of :data:`Wire`."""
    tag: str
    """``{namespace}name`` as it stands on the wire."""
    type: SimpleType | ComplexType
    min_occurs: int
    max_occurs: int | None
    """None: unbounded."""
    nillable: bool

    @property
    def repeats(self) -> bool:
        """Whether its decoded value is a list."""
        return self.max_occurs is None or self.max_occurs > 1


@dataclass(slots=True)
class ComplexType:
    """A sequence of elements. Filled after it is made, since a type may contain itself; unchanged from then on."""

    name: str
    elements: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """One item of a list that is not as the contract says, where the items beside it are."""

    what: str
    """Path and slip; holds no value."""
    known: Wire = field(repr=False)
    """What could be read of it: enough to tell whose it is, or not."""


def optional(wire: Wire, name: str) -> Any:
    """The value of an optional element; None where it is absent or nil, and the contract means the same by both."""
    value = wire.get(name)
    return None if value is NIL else value
