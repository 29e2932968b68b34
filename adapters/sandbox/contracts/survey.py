"""Everything an element leaves open: each choice gets a bit, so that instances go where none has been."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from adapters.sandbox.contracts.builtin import builtin
from adapters.sandbox.contracts.declarations import Declarations
from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.model import (
    AttributeUse,
    ComplexType,
    ElementDeclaration,
    Group,
    Particle,
    SimpleType,
    Type,
    Wildcard,
)
from adapters.sandbox.contracts.names import split
from adapters.sandbox.contracts.values import Values
from adapters.sandbox.contracts.walk import Alternative, alternatives, declared_elements, foreign_namespaces

ENDLESS = 10**9
"""The size of what can never be written: it contains itself by necessity, or no text is allowed in it."""
STRING = cast(SimpleType, builtin("string"))
_MANY = 4
_FEW_VALUES = 24
"""An enumeration up to this long is something to cover; a longer one is only passed through in turn."""
Form = Literal["filled", "nil", "empty"]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to go on. ``bit``: its own; ``ahead``: all bits behind it; ``size``: elements it needs at least."""

    value: object
    bit: int
    ahead: int
    size: int


class Survey:
    """What instances of one global element can be.

    Args:
        root: the element.

    Raises:
        ContractError: something in it is not declared, or nothing can ever stand there.
    """

    def __init__(self, declarations: Declarations, values: Values, root: ElementDeclaration) -> None:
        self._declarations = declarations
        self._values = values
        self._bits: dict[tuple[int, object], int] = {}
        self._kept: list[object] = []
        self.labels: list[str] = []
        self._types: dict[int, Type] = {}
        self._alternatives: dict[int, list[tuple[Alternative, Form]]] = {}
        self._ahead: dict[int, int] = {}
        self._size: dict[int, int] = {}
        self._options: dict[int, list[Option]] = {}
        self._settled = False
        self._discover(root)
        self._settle()
        self._settled = True
        self.root = root
        self.everything = self.ahead_of_element(root)
        if self.size_of_element(root) >= ENDLESS:
            raise ContractError(f"element {split(root.name)[1]}: contains itself without end, or allows no text")

    def bit(self, owner: object, value: object, label: str) -> int:
        """The bit of one option of one owner."""
        key = (id(owner), value)
        if key not in self._bits:
            self._bits[key] = 1 << len(self._bits)
            self._kept.append(owner)
            self.labels.append(label)
        return self._bits[key]

    def of_element(self, declaration: ElementDeclaration) -> list[Option]:
        """What may stand for an element: ``(alternative, form)``."""

        def made() -> list[Option]:
            found = []
            for number, (one, form) in enumerate(self._alternatives[id(declaration)]):
                filled = form == "filled"
                feature = "xsi:type" if one.named else "substitute" if one.declaration is not declaration else form
                bit = self.bit(declaration, number, feature)
                inside = self._size[id(one.type)] if filled else 0
                found.append(Option((one, form), bit, self._ahead[id(one.type)] if filled else 0, 1 + inside))
            return found

        return self._remember(declaration, made)

    def of_occurrence(self, particle: Particle) -> list[Option]:
        """How often a particle's term may stand."""

        def made() -> list[Option]:
            low, high = particle.low, particle.high
            most = max(low, _MANY) if high is None or high > _MANY + 1 else high
            counts = sorted({low, *(one for one in (1, 2, most) if low <= one and (high is None or one <= high))})
            ahead, size = self._term(particle.term)
            endless = size >= ENDLESS
            return [
                Option(
                    count,
                    self.bit(particle, count, f"occurs {min(count, 3)}") if len(counts) > 1 else 0,
                    ahead if count else 0,
                    ENDLESS if endless and count else count * size,
                )
                for count in counts
            ]

        return self._remember(particle, made)

    def of_choice(self, group: Group) -> list[Option]:
        """The branches of a choice."""

        def made() -> list[Option]:
            found = []
            for number, particle in enumerate(group.particles):
                ahead, size = self._particle(particle)
                found.append(Option(particle, self.bit(group, number, "branch"), ahead, size))
            return found

        return self._remember(group, made)

    def of_attribute(self, use: AttributeUse) -> list[Option]:
        """Whether an optional attribute stands."""
        absent = Option(False, self.bit(use, 0, "no attribute"), 0, 0)
        return [absent, self.present(use)] if self._fillable(use.type) else [absent]

    def present(self, use: AttributeUse) -> Option:
        """An attribute that stands."""
        bit = 0 if use.required else self.bit(use, 1, "attribute")
        return Option(True, bit, self._ahead_of_values(use.type) if use.fixed is None else 0, 0)

    def allows(self, simple: SimpleType, text: str) -> bool:
        """Whether a text is one of the type's."""
        return self._values.allows(simple, text)

    def of_values(self, simple: SimpleType) -> list[Option]:
        """The texts of a simple type."""
        texts = self._values.of(simple)
        few = simple.enumeration is not None and len(texts) <= _FEW_VALUES
        return [
            Option(text, self.bit(simple, number, "enumeration") if few else 0, 0, 0)
            for number, text in enumerate(texts)
        ]

    def particle(self, particle: Particle) -> tuple[int, int]:
        """Bits ahead of a particle, and the elements it needs at least."""
        return self._particle(particle)

    def ahead_of_element(self, declaration: ElementDeclaration) -> int:
        """All bits of an element and behind it."""
        return _sum(self.of_element(declaration))

    def size_of_element(self, declaration: ElementDeclaration) -> int:
        """The elements of its smallest instance."""
        return min((one.size for one in self.of_element(declaration)), default=ENDLESS)

    def _remember(self, owner: object, made: Callable[[], list[Option]]) -> list[Option]:
        if not self._settled:
            return made()
        if id(owner) not in self._options:
            self._kept.append(owner)
            self._options[id(owner)] = made()
        return self._options[id(owner)]

    def _discover(self, root: ElementDeclaration) -> None:
        todo = [root]
        while todo:
            declaration = todo.pop()
            if id(declaration) in self._alternatives:
                continue
            found: list[tuple[Alternative, Form]] = []
            for one in alternatives(self._declarations, declaration):
                head = one.declaration
                found.append((one, "filled"))
                if head.nillable and head.fixed is None:
                    found.append((one, "nil"))
                simple = one.type if isinstance(one.type, SimpleType) else one.type.simple
                if (head.default or head.fixed) is not None and simple is not None:
                    found.append((one, "empty"))
                if id(one.type) not in self._types:
                    self._types[id(one.type)] = one.type
                    todo += _elements(one.type)
            self._alternatives[id(declaration)] = found
            self._kept.append(declaration)

    def _settle(self) -> None:
        """Sizes fall and bits grow until neither changes: types may contain themselves."""
        for key in self._types:
            self._ahead[key], self._size[key] = 0, ENDLESS
        changed = True
        # Types are found from the outside in, so the other way about most are settled in the first round.
        inwards = [*reversed(self._types.items())]
        while changed:
            changed = False
            for key, one in inwards:
                ahead, size = self._of_type(one)
                if (ahead, size) != (self._ahead[key], self._size[key]):
                    self._ahead[key], self._size[key] = ahead, size
                    changed = True

    def _of_type(self, one: Type) -> tuple[int, int]:
        if isinstance(one, SimpleType):
            return self._ahead_of_values(one), 0 if self._fillable(one) else ENDLESS
        needed = [use.type for use in one.attributes.values() if use.required] + [one.simple or STRING]
        if not all(self._fillable(each) for each in needed):
            return 0, ENDLESS
        ahead = 0 if one.simple is None else self._ahead_of_values(one.simple)
        for use in one.attributes.values():
            ahead |= self.present(use).ahead | (0 if use.required else _sum(self.of_attribute(use)))
        if one.any_attribute is not None:
            ahead |= self.bit(one, "any", "any attribute")
        if one.mixed and one.content is not None:
            ahead |= self.bit(one, "mixed", "mixed")
        if one.content is None:
            return ahead, 0
        inside, size = self._particle(one.content)
        return ahead | inside, size

    def _fillable(self, simple: SimpleType) -> bool:
        """Whether the type has any text: a pattern that no number matches can stand on a type of numbers."""
        try:
            return bool(self._values.of(simple))
        except ContractError:
            return False

    def _ahead_of_values(self, simple: SimpleType) -> int:
        if simple.enumeration is not None and len(simple.enumeration) <= _FEW_VALUES and self._fillable(simple):
            return _sum(self.of_values(simple))
        return 0

    def _particle(self, particle: Particle) -> tuple[int, int]:
        options = self.of_occurrence(particle)
        return _sum(options), min(one.size for one in options)

    def _term(self, term: ElementDeclaration | Group | Wildcard) -> tuple[int, int]:
        if isinstance(term, Wildcard):
            ahead = self.bit(term, "foreign", "any") if foreign_namespaces(term) else 0
            ahead |= self.bit(term, "known", "any, declared") if declared_elements(self._declarations, term) else 0
            return ahead, 2 if ahead else ENDLESS
        if isinstance(term, ElementDeclaration):
            return self.ahead_of_element(term), self.size_of_element(term)
        if term.kind == "choice":
            options = self.of_choice(term)
            return _sum(options), min((one.size for one in options), default=0)
        ahead = size = 0
        for particle in term.particles:
            inside, needed = self._particle(particle)
            ahead, size = ahead | inside, min(ENDLESS, size + needed)
        return ahead, size


def _sum(options: list[Option]) -> int:
    found = 0
    for one in options:
        if one.size < ENDLESS:
            found |= one.bit | one.ahead
    return found


def _elements(one: Type) -> list[ElementDeclaration]:
    found: list[ElementDeclaration] = []
    todo = [one.content] if isinstance(one, ComplexType) and one.content is not None else []
    while todo:
        term = todo.pop().term
        if isinstance(term, Group):
            todo += term.particles
        elif isinstance(term, ElementDeclaration):
            found.append(term)
    return found
