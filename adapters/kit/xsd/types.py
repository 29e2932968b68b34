"""The type model that codecs are made from: XML Schema 1.0, with nothing left of the documents it was read from.

How a value looks, whatever the type:

- simple: ``str``, ``bool``, ``int``, ``Decimal``, ``float``, ``bytes``, ``date``, ``time``, ``datetime`` (the last
  three as :mod:`adapters.kit.xsd.calendar` has them, with their zone), a tuple for a list;
- complex: a dictionary. Its keys are local names of elements, ``@name`` for attributes (``@{namespace}name`` where
  qualified), ``#text`` for simple content, ``#any`` for what stands where a schema says ``xsd:any``, ``#type`` for an
  ``xsi:type`` that narrows the declared type, ``#nil`` beside the attributes of a nil element, ``#choice`` or
  ``#sequence`` for a group that repeats: a list with one dictionary an occurrence. Where two elements of one name can
  stand in one value, the second is ``name#2``. An element that others may substitute stands under the name it has;
  where it repeats, under the head's name as a list of dictionaries with one key. No XML name holds ``#``;
- nil: :data:`NIL`; absent: no such key;
- XML that the schema leaves open (``xsd:any``, ``xsd:anyType``, mixed content): :class:`Xml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from adapters.kit.xsd.patterns import Matches


class Nil(Enum):
    """``xsi:nil="true"``: the register says that there is no value, which is not the same as saying nothing."""

    NIL = "nil"

    def __bool__(self) -> bool:
        return False


NIL: Final = Nil.NIL

Wire = Mapping[str, Any]
"""A decoded complex type."""


class Xml(str):
    """An element as text, in canonical form, with every namespace that it needs."""

    __slots__ = ()


class QName(str):
    """A name with its namespace: ``{namespace}local``."""

    __slots__ = ()


class Kind(Enum):
    """Which Python value a simple type has."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    DOUBLE = "double"
    DATE = "date"
    TIME = "time"
    DATE_TIME = "dateTime"
    DURATION = "duration"
    YEAR = "gYear"
    YEAR_MONTH = "gYearMonth"
    MONTH = "gMonth"
    MONTH_DAY = "gMonthDay"
    DAY = "gDay"
    BINARY = "base64Binary"
    HEX = "hexBinary"
    QNAME = "QName"
    LIST = "list"
    UNION = "union"


WITH_NAMES = frozenset({Kind.QNAME, Kind.LIST, Kind.UNION})
"""Kinds whose text may hold names, which mean nothing without the declarations around them."""


@dataclass(frozen=True, slots=True)
class SimpleType:
    """One simple type with every facet that narrows it, inherited ones included."""

    name: str
    kind: Kind
    collapse: bool = True
    """Whether white space around and within the text counts as one blank."""
    enumeration: frozenset[str] | None = None
    """The texts allowed, of a type whose value is its text."""
    patterns: tuple[Matches, ...] = ()
    min_length: int | None = None
    """Characters, bytes or items."""
    max_length: int | None = None
    fraction_digits: int | None = None
    total_digits: int | None = None
    minimum: Any = None
    """A value of the kind, as the next three."""
    maximum: Any = None
    minimum_exclusive: Any = None
    maximum_exclusive: Any = None
    replace: bool = False
    """Whether each tab and line end counts as a blank."""
    values: tuple[Any, ...] | None = None
    """The values allowed, of a type whose value is not its text."""
    item: SimpleType | None = None
    """Of a list."""
    members: tuple[SimpleType, ...] = ()
    """Of a union, in their order."""
    tag: str = ""
    """``{namespace}name``; empty: it has no name of its own."""
    above: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """Names of the types that it restricts, over any number of steps."""

    def derives_from(self, other: SimpleType) -> bool:
        """Whether a value of it is one of the other, by the schema's word."""
        named = {self.tag, *self.above} - {""}
        return other.tag in named or any(self.derives_from(member) for member in other.members)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a complex type."""

    name: str
    """Key in :data:`Wire`."""
    tag: str
    type: SimpleType
    required: bool
    default: str | None = None
    fixed: str | None = None
    documentation: str = field(default="", compare=False)
    """What the contract says of it, in one line."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a content model, or of a message."""

    name: str
    """Key in :data:`Wire`."""
    tag: str
    """``{namespace}name`` as it stands on the wire."""
    type: SimpleType | ComplexType
    min_occurs: int
    max_occurs: int | None
    """None: unbounded."""
    nillable: bool
    default: str | None = None
    fixed: str | None = None
    documentation: str = field(default="", compare=False)
    """What the contract says of it, in one line."""
    encoded: bool = False
    """Whether its message is written by section 5 of SOAP 1.1 (:mod:`adapters.kit.xsd.section5`)."""
    named: Callable[[str], ComplexType | SimpleType | None] = field(default=lambda tag: None, repr=False, compare=False)
    """Any type of the schema by ``{namespace}name``: one of them may stand in an ``xsi:type``."""

    @property
    def repeats(self) -> bool:
        """Whether its decoded value is a list."""
        return self.max_occurs is None or self.max_occurs > 1


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``xsd:any`` or ``xsd:anyAttribute``."""

    name: str
    """Key in :data:`Wire`; empty for attributes."""
    namespaces: frozenset[str] | None
    """None: any. An empty text: no namespace."""
    excluded: frozenset[str]
    """Where ``namespaces`` is None: those that are not meant (``##other``)."""
    process: Literal["strict", "lax", "skip"]
    min_occurs: int = 1
    max_occurs: int | None = 1
    declared: Callable[[str], Element | Attribute | None] = field(default=lambda tag: None, repr=False, compare=False)
    """The global declaration of a name, if there is one."""
    typed: Callable[[str], Element] | None = field(default=None, repr=False, compare=False)
    """An element of a name that no declaration has: of any type, or of the one that its ``xsi:type`` says."""

    @property
    def repeats(self) -> bool:
        """Whether its decoded value is a list."""
        return self.max_occurs is None or self.max_occurs > 1

    def allows(self, tag: str) -> bool:
        """Whether a name is of one of its namespaces."""
        namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
        return namespace in self.namespaces if self.namespaces is not None else namespace not in self.excluded


@dataclass(frozen=True, slots=True)
class Group:
    """A sequence, a choice, or elements in any order."""

    kind: Literal["sequence", "choice", "all"]
    particles: tuple[Particle, ...]
    min_occurs: int = 1
    max_occurs: int | None = 1
    name: str = ""
    """Key in :data:`Wire` where it repeats; otherwise its parts stand in the dictionary around it."""

    @property
    def repeats(self) -> bool:
        """Whether it has a key of its own: a list of dictionaries."""
        return self.max_occurs is None or self.max_occurs > 1

    @property
    def keys(self) -> Iterator[str]:
        """Keys that its parts have in the dictionary around them, or in its own."""
        for particle in self.particles:
            if isinstance(particle, Group) and not particle.repeats:
                yield from particle.keys
            else:
                yield particle.name


Particle = Element | Group | Wildcard


@dataclass(slots=True, eq=False, weakref_slot=True)
class ComplexType:
    """A complex type. Filled after it is made, since a type may contain itself; unchanged from then on."""

    name: str
    content: Group | None = None
    text: SimpleType | None = None
    """Of simple content."""
    attributes: tuple[Attribute, ...] = ()
    any_attribute: Wildcard | None = None
    mixed: bool = False
    abstract: bool = False
    tag: str = ""
    """``{namespace}name``; empty: it has no name of its own."""
    base: ComplexType | SimpleType | None = field(default=None, repr=False)
    """What it extends or restricts."""
    anything: bool = False
    """``xsd:anyType`` itself."""
    where: str = ""
    _elements: tuple[Element, ...] | None = field(default=None, repr=False)
    reader: Any = field(default=None, repr=False)
    """What reads its content, made when it is first met (:mod:`adapters.kit.xsd.decode`)."""

    @property
    def flat(self) -> bool:
        """Whether it is a sequence of elements and nothing else: what the quick forms can do."""
        return self._flat() is not None

    @property
    def elements(self) -> tuple[Element, ...]:
        """Of a flat type, in their order; of another, none."""
        return self._flat() or ()

    def _flat(self) -> tuple[Element, ...] | None:
        if self.attributes or self.any_attribute or self.mixed or self.abstract or self.anything or self.text:
            return None
        if self._elements is None:
            particles = () if self.content is None else self.content.particles
            if self.content is not None and (self.content.kind, self.content.min_occurs) == ("all", 1):
                return None
            if self.content is not None and (
                self.content.kind != "sequence" or self.content.repeats or self.content.min_occurs != 1
            ):
                return None
            elements = tuple(each for each in particles if isinstance(each, Element) and is_bare(each))
            if len(elements) != len(particles):
                return None
            self._elements = elements
        return self._elements

    def derives_from(self, other: ComplexType | SimpleType) -> bool:
        """Whether it is the other, or extends or restricts it, over any number of steps."""
        kind: ComplexType | SimpleType | None = self
        while isinstance(kind, ComplexType):
            if kind is other:
                return True
            kind = kind.base
        if isinstance(other, SimpleType):
            return kind is not None and kind.derives_from(other)
        return other.anything


@dataclass(frozen=True, slots=True)
class Broken:
    """One item of a list that is not as the contract says, where the items beside it are."""

    what: str
    """Path and slip; holds no value."""
    known: Wire = field(repr=False)
    """What could be read of it: enough to tell whose it is, or not."""
    said: Wire = field(repr=False, default_factory=dict)
    """All that it says, by the contract's names, as it came: nothing of it is checked. Of XML, the texts directly under
    the element."""


def elements_in(group: Group | None) -> Iterator[Element]:
    """Every element of a content model, those of its groups included; of none, none."""
    for particle in () if group is None else group.particles:
        if isinstance(particle, Group):
            yield from elements_in(particle)
        elif isinstance(particle, Element):
            yield particle


def is_bare(element: Element) -> bool:
    """Whether the element has neither default nor fixed value nor marks: what the quick forms can do."""
    return element.default is None and element.fixed is None and not element.encoded


def optional(wire: Wire, name: str) -> Any:
    """The value of an optional element; None where it is absent or nil, and the contract means the same by both."""
    value = wire.get(name)
    return None if value is NIL else value
