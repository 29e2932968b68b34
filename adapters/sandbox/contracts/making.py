"""Writes one instance: walks the model, and at each thing left open takes what its mode asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from random import Random
from typing import Literal, cast

from lxml import etree

from adapters.sandbox.contracts.declarations import ANY_TYPE, Declarations
from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.model import (
    AttributeUse,
    ComplexType,
    ElementDeclaration,
    Group,
    Particle,
    SimpleType,
    Wildcard,
)
from adapters.sandbox.contracts.names import ENCODING, XS, XSI, clark, split
from adapters.sandbox.contracts.plausible import plausible
from adapters.sandbox.contracts.survey import ENDLESS, Form, Option, Survey
from adapters.sandbox.contracts.walk import Alternative, declared_elements, foreign_namespaces
from adapters.sandbox.soap import ENVELOPE, Element

Mode = Literal["minimal", "typical", "varied"]
ROOM = 300
"""The elements of the largest instance, about."""
_DEEP = 40
_NESTED = 2
"""Wildcards within what stands for a wildcard, and no further."""
_BETWEEN = ("text", " & ", "ā <b> ", "\n  ")


@dataclass(slots=True)
class Course:
    """What the instances of one element share.

    Args:
        covered: bits of what they have shown.
        ids: numbers of what is unique in a document.
        decks: for each simple type the texts that are still to come before any comes again.
    """

    random: Random
    covered: int = 0
    decks: dict[int, list[str]] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: count(1))


class Maker:
    """Makes one instance.

    Args:
        named: the survey of any global element, for wildcards.
        survey: of the element to make.
        course: what earlier instances have shown; goes on with this one.
        room: how many elements it may have, beyond what it must.
        style: which prefixes it uses: a default namespace, a prefix each, or both turned about.
    """

    def __init__(
        self,
        declarations: Declarations,
        named: Callable[[str], Survey],
        survey: Survey,
        course: Course,
        mode: Mode,
        room: int,
        style: int,
    ) -> None:
        self._declarations = declarations
        self._named = named
        self._survey = survey
        self._random = course.random
        self._course = course
        self._mode: Mode = mode
        self._room = room
        self._style = style
        self._encoded = False
        self._nested = 0
        self._spoken: set[str] = set()
        self._stack: list[int] = []

    def make(self, *, encoded: bool) -> Element:
        """The instance. ``encoded``: as SOAP section 5 writes it. Raises: ContractError."""
        self._encoded = encoded
        root = self._survey.root
        self._prefixes = self._declared_prefixes(split(root.name)[0])
        made, _ = self._element(root, None, self._room, 0)
        if encoded:
            made.set(clark(ENVELOPE, "encodingStyle"), ENCODING)
        # Prefixes that stand in values are invisible to the tree, so they are kept by name.
        etree.cleanup_namespaces(made, keep_ns_prefixes=sorted(self._spoken))
        return made

    def _declared_prefixes(self, namespace: str) -> dict[str | None, str]:
        found: dict[str | None, str] = {"xs": XS, "xsi": XSI}
        names = (*self._declarations.element_names, *self._declarations.type_names)
        others = [one for one in dict.fromkeys(split(name)[0] for name in names) if one and one != XS]
        for number, one in enumerate(others):
            found[f"n{number}"] = one
        if self._encoded:
            found["soapenc"] = ENCODING
            found["soapenv"] = ENVELOPE
        elif namespace and self._style % 3 == 1:
            found[None] = namespace
        return found

    def _element(
        self, declaration: ElementDeclaration, parent: Element | None, room: int, depth: int
    ) -> tuple[Element, int]:
        option = self._choose(self._survey.of_element(declaration), room, depth)
        alternative, form = cast("tuple[Alternative, Form]", option.value)
        name = alternative.declaration.name
        prefixes = cast("dict[str, str]", self._prefixes)  # The stubs do not know that None is the default namespace.
        made = etree.Element(name, nsmap=prefixes) if parent is None else etree.SubElement(parent, name)
        self._say_type(made, alternative, top=parent is None)
        one = alternative.type
        if form == "nil":
            made.set(clark(XSI, "nil"), self._random.choice(("true", "1")))
            if isinstance(one, ComplexType):
                self._attributes(made, one)
            return made, 1
        self._stack.append(id(one))
        used = self._fill(made, alternative, form, room - 1, depth + 1)
        self._stack.pop()
        return made, 1 + used

    def _say_type(self, made: Element, alternative: Alternative, *, top: bool) -> None:
        one = alternative.type
        if isinstance(one, ComplexType) and one.array_of is not None:
            made.set(clark(XSI, "type"), self._prefixed(clark(ENCODING, "Array")))
        elif one.name not in (None, ANY_TYPE) and (alternative.named or (self._encoded and not top)):
            made.set(clark(XSI, "type"), self._prefixed(one.name or ""))

    def _prefixed(self, name: str) -> str:
        namespace, rest = split(name)
        prefix = next((one for one, meant in self._prefixes.items() if meant == namespace and one), None)
        self._spoken |= {prefix} if prefix else set()
        return f"{prefix}:{rest}" if prefix else rest

    def _fill(self, made: Element, alternative: Alternative, form: Form, room: int, depth: int) -> int:
        one, declaration = alternative.type, alternative.declaration
        if isinstance(one, ComplexType):
            self._attributes(made, one)
        simple = one if isinstance(one, SimpleType) else one.simple
        if simple is not None:
            if form != "empty":
                made.text = declaration.fixed if declaration.fixed is not None else self._text(simple, declaration.name)
            return 0
        assert isinstance(one, ComplexType)
        if one.name == ANY_TYPE and self._mode == "typical":
            return 0
        used = 0 if one.content is None else self._particle(one.content, made, room, depth)
        if one.array_of is not None:
            made.set(clark(ENCODING, "arrayType"), f"{self._prefixed(one.array_of)}[{len(made)}]")
        if one.mixed and one.content is not None and self._mode == "varied":
            self._mix(made, self._survey.bit(one, "mixed", "mixed"))
        return used

    def _mix(self, made: Element, bit: int) -> None:
        if not self._wants(bit):
            return
        made.text = self._random.choice(_BETWEEN)
        for one in made:
            one.tail = self._random.choice(_BETWEEN)

    def _attributes(self, made: Element, one: ComplexType) -> None:
        for use in one.attributes.values():
            options = [self._survey.present(use)] if use.required else self._survey.of_attribute(use)
            if self._choose(options, self._room, 0).value:
                self._attribute(made, use)
        wild = one.any_attribute
        if wild is not None and self._mode == "varied" and self._wants(self._survey.bit(one, "any", "any attribute")):
            self._any_attribute(made, wild)

    def _attribute(self, made: Element, use: AttributeUse) -> None:
        made.set(use.name, use.fixed if use.fixed is not None else self._text(use.type, use.name))

    def _any_attribute(self, made: Element, wild: Wildcard) -> None:
        if wild.process != "strict":
            for namespace in foreign_namespaces(wild)[:1]:
                made.set(clark(namespace, "extra"), "0012")
            return
        for name in self._declarations.attribute_names:
            if wild.allows(split(name)[0]) and made.get(name) is None:
                made.set(name, self._text(self._declarations.attribute(name), name))
                return

    def _text(self, simple: SimpleType, name: str) -> str:
        text = self._text_of(simple, name)
        self._spoken |= {prefix for prefix in ("xs", "xsi") if f"{prefix}:" in text}
        return text

    def _text_of(self, simple: SimpleType, name: str) -> str:
        if simple.primitive == "ID" and simple.variety == "atomic" and simple.enumeration is None:
            return f"id-{next(self._course.ids)}"
        options = self._survey.of_values(simple)
        if self._mode != "varied":
            known = {str(one.value): one.bit for one in options}
            allows = partial(self._survey.allows, simple)
            chosen = plausible(simple, split(name)[1], [*known], allows, self._random)
            self._course.covered |= known.get(chosen, 0)
            return chosen
        fresh = [one for one in options if one.bit and not one.bit & self._course.covered]
        if fresh:
            option = self._random.choice(fresh)
            self._course.covered |= option.bit
            return str(option.value)
        deck = self._course.decks.setdefault(id(simple), [])
        if not deck:
            deck += [str(one.value) for one in options]
            self._random.shuffle(deck)
        return deck.pop()

    def _particle(self, particle: Particle, parent: Element, room: int, depth: int) -> int:
        times = cast(int, self._choose(self._survey.of_occurrence(particle), room, depth).value)
        if self._mode == "typical" and particle.low == 0 and self._is_within_itself(particle.term):
            return 0
        used = 0
        for number in range(times):
            used += self._term(particle.term, parent, (room - used) // (times - number), depth)
        return used

    def _is_within_itself(self, term: ElementDeclaration | Group | Wildcard) -> bool:
        if not isinstance(term, ElementDeclaration):
            return False
        options = [cast("tuple[Alternative, Form]", one.value)[0].type for one in self._survey.of_element(term)]
        return all(isinstance(one, ComplexType) and id(one) in self._stack for one in options)

    def _term(self, term: ElementDeclaration | Group | Wildcard, parent: Element, room: int, depth: int) -> int:
        if isinstance(term, ElementDeclaration):
            return self._element(term, parent, room, depth)[1]
        if isinstance(term, Wildcard):
            return self._any(term, parent)
        if term.kind == "choice":
            options = self._survey.of_choice(term)
            if not options:
                return 0
            return self._particle(cast(Particle, self._choose(options, room, depth).value), parent, room, depth)
        particles = [*term.particles]
        if term.kind == "all" and self._mode == "varied":
            self._random.shuffle(particles)
        return self._row(particles, parent, room, depth)

    def _row(self, particles: Sequence[Particle], parent: Element, room: int, depth: int) -> int:
        """Particles one after the other; the room goes to those that still have something to show."""
        known = [self._survey.particle(one) for one in particles]
        weights = [1.0 if ahead & ~self._course.covered else 0.1 for ahead, _ in known]
        left = room - sum(size for _, size in known)
        used = 0
        for number, (particle, (_, size)) in enumerate(zip(particles, known, strict=True)):
            share = max(0, int(left * weights[number] / sum(weights[number:])))
            taken = self._particle(particle, parent, size + share, depth)
            left -= taken - size
            used += taken
        return used

    def _any(self, wild: Wildcard, parent: Element) -> int:
        bits = {
            one: self._survey.bit(wild, one, label) for one, label in (("foreign", "any"), ("known", "any, declared"))
        }
        names, allowed = declared_elements(self._declarations, wild), foreign_namespaces(wild)
        if allowed and (self._mode != "varied" or not self._wants(bits["known"]) or not names):
            made = etree.SubElement(parent, clark(allowed[0], "Foreign"), attrib={"kind": "0012"})
            etree.SubElement(made, clark(allowed[0], "Inner")).text = "1.10 & ā"
            self._course.covered |= bits["foreign"]
            return 2
        self._random.shuffle(names)
        for name in names[:10]:
            try:
                survey = self._named(name)
                if survey.size_of_element(survey.root) > 20:
                    continue
                mode: Mode = self._mode if self._nested < _NESTED else "minimal"
                inner = Maker(
                    self._declarations, self._named, survey, Course(self._random, ids=self._course.ids), mode, 20, 0
                )
                inner._nested = self._nested + 1
                made = inner.make(encoded=False)
            except ContractError:
                continue
            self._spoken |= inner._spoken
            parent.append(made)
            self._course.covered |= bits["known"]
            return 2
        if allowed:
            return 0
        raise ContractError("xs:any: no declared element may stand there")

    def _wants(self, bit: int) -> bool:
        wanted = not bit & self._course.covered or self._random.random() < 0.3
        if self._mode == "minimal":
            return False
        if wanted:
            self._course.covered |= bit
        return wanted

    def _choose(self, options: Sequence[Option], room: int, depth: int) -> Option:
        least = min(one.size for one in options)
        if least >= ENDLESS:
            raise ContractError("an element contains itself without end")
        fitting = [one for one in options if one.size <= max(room, least)]
        if self._mode == "minimal" or depth > _DEEP:
            chosen = next(one for one in fitting if one.size == least)
        elif self._mode == "typical":
            chosen = self._typical(fitting)
        else:
            chosen = self._varied(fitting, least)
        self._course.covered |= chosen.bit
        return chosen

    def _typical(self, options: Sequence[Option]) -> Option:
        """Each thing once and filled, without what the contract allows and nobody writes; not into itself again."""
        values = [one for one in options if one.value in (1, True)]
        if values:
            return values[0]
        kinds = [one for one in options if isinstance(one.value, tuple) and id(one.value[0].type) not in self._stack]
        fitting = [one for one in kinds or options if one.size < ENDLESS]
        return next(iter(fitting), options[0])

    def _varied(self, options: Sequence[Option], least: int) -> Option:
        fresh = [one for one in options if (one.bit | one.ahead) & ~self._course.covered]
        if fresh:
            weights = [
                (3 if one.bit & ~self._course.covered else 0)
                + 1
                + (one.ahead & ~self._course.covered).bit_count() ** 0.5
                for one in fresh
            ]
            return self._random.choices(fresh, weights)[0]
        small = [1.0 if one.size == least else 0.25 for one in options]
        return self._random.choices(options, small)[0]
