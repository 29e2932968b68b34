"""Complex types, read from their declarations: content model, attributes, and what they extend or restrict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Literal

from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xsd.builtins import XSD, attribute_key, is_name, local_of
from adapters.kit.xsd.scope import Declared, Scope
from adapters.kit.xsd.section5 import ARRAY, ITEM
from adapters.kit.xsd.simple import children, documentation, narrowed
from adapters.kit.xsd.types import Attribute, ComplexType, Element, Group, Particle, SimpleType, Wildcard

if TYPE_CHECKING:
    from adapters.kit.xsd.schema import Schema

_GROUPS = ("sequence", "choice", "all", "group")
_LATER = ("assert", "alternative", "openContent", "defaultOpenContent")
_ARRAY_TYPE = "{http://schemas.xmlsoap.org/wsdl/}arrayType"
_SUFFIX = re.compile(r"#[0-9]+\Z")
_MAX_STEPS = 64
_MAX_OCCURS = 1_000_000
_MOST_PARTICLES = 100_000


def fill(schema: Schema, kind: ComplexType, declared: Declared) -> None:
    """Give a type its content. Raises: UnsupportedConstruct: with the construct and its ``file:line``."""
    _Filler(schema, kind, declared.scope).fill(declared.node)


class _Filler:
    """Fills one type."""

    def __init__(self, schema: Schema, kind: ComplexType, scope: Scope) -> None:
        self._schema = schema
        self._kind = kind
        self._scope = scope
        self._groups: list[etree._Element] = []
        self._particles_made = 0
        self._attribute_groups: set[etree._Element] = set()

    def fill(self, node: etree._Element) -> None:
        """Read the declaration."""
        kind = self._kind
        kind.abstract = _true(node, "abstract")
        kind.mixed = _true(node, "mixed")
        for later in children(node, *_LATER):
            raise UnsupportedConstruct(f"xsd:{etree.QName(later).localname}", self._scope.place(later))
        for content in children(node, "simpleContent"):
            for step in children(content, "restriction", "extension"):
                self._simple_content(step)
                return
        for content in children(node, "complexContent"):
            kind.mixed = kind.mixed if content.get("mixed") is None else _true(content, "mixed")
            for step in children(content, "restriction", "extension"):
                self._complex_content(step)
                return
        kind.base = self._schema.type(f"{{{XSD}}}anyType", "")
        self._content(node, None)
        kind.attributes, kind.any_attribute = self._attributes(node, {}, None)

    def _simple_content(self, step: etree._Element) -> None:
        kind, where = self._kind, self._scope.place(step)
        base = kind.base = self._base(step)
        inherited: dict[str, Attribute] = {}
        wildcard = None
        if isinstance(base, ComplexType):
            self._schema.good(base)
            inherited = {attribute.tag: attribute for attribute in base.attributes}
            wildcard = base.any_attribute
            kind.text = base.text
        else:
            kind.text = base
        if step.tag == f"{{{XSD}}}restriction":
            for inner in children(step, "simpleType"):
                own = self._schema.type_of(Declared(inner, self._scope))
                kind.text = own if isinstance(own, SimpleType) else kind.text
            if kind.text is None:
                raise UnsupportedConstruct("simple content whose base has none", where)
            wildcard = None  # A restriction has the wildcard that it says, or none.
            kind.text = narrowed(kind.text, step, kind.text.name, self._scope.place)
        if kind.text is None:
            raise UnsupportedConstruct("simple content whose base has none", where)
        kind.attributes, kind.any_attribute = self._attributes(step, inherited, wildcard)

    def _complex_content(self, step: etree._Element) -> None:
        kind, base = self._kind, self._base(step)
        kind.base = base
        if not isinstance(base, ComplexType):
            raise UnsupportedConstruct("complex content of a simple base", self._scope.place(step))
        if base.anything:
            extends = step.tag == f"{{{XSD}}}extension"
            kind.mixed = kind.mixed or extends
            self._content(step, self._anything() if extends else None)
            kind.attributes, kind.any_attribute = self._attributes(step, {}, self._any_attribute() if extends else None)
            return
        self._schema.good(base)
        if base.tag == ARRAY:
            self._array(step)
            return
        inherited = {attribute.tag: attribute for attribute in base.attributes}
        if step.tag == f"{{{XSD}}}extension":
            kind.mixed = kind.mixed or base.mixed
            kind.text = base.text
            self._content(step, base.content)
            kind.attributes, kind.any_attribute = self._attributes(step, inherited, base.any_attribute)
        else:
            self._content(step, None)
            kind.attributes, _ = self._attributes(step, inherited, None)
            kind.any_attribute = self._attributes(step, {}, None)[1]

    def _array(self, step: etree._Element) -> None:
        """An array of section 5: of what ``wsdl:arrayType`` says, or of a sequence."""
        self._content(step, None)
        for node in step.iterchildren(f"{{{XSD}}}attribute"):
            text = node.get(_ARRAY_TYPE, "").partition("[")[0]
            if text and self._kind.content is None:
                tag = self._schema.name(text, node, self._scope)
                item = self._schema.type(tag, self._scope.place(node))
                element = Element(ITEM, ITEM, item, 0, None, nillable=True, named=self._schema.named)
                self._kind.content = Group("sequence", (element,))

    def _anything(self) -> Group:
        """What ``xsd:anyType`` holds, and so whatever extends it."""
        schema = self._schema
        every = Wildcard("#any", None, frozenset(), "lax", 0, None, schema.global_element, schema.open_element)
        return Group("sequence", (every,))

    def _any_attribute(self) -> Wildcard:
        return Wildcard("", None, frozenset(), "lax", declared=self._schema.global_attribute)

    def _base(self, step: etree._Element) -> ComplexType | SimpleType:
        text = step.get("base")
        if text is None:
            raise UnsupportedConstruct(f"xsd:{etree.QName(step).localname} without base", self._scope.place(step))
        tag = self._schema.name(text, step, self._scope)
        if tag.startswith(f"{{{XSD}}}"):
            return self._schema.type(tag, self._scope.place(step))
        declared = self._schema.need("type", text, step, self._scope)
        base = self._schema.type_of(declared, tag)
        if base is self._kind or (isinstance(base, ComplexType) and base.derives_from(self._kind)):
            raise UnsupportedConstruct("a type that is made of itself", self._scope.place(step))
        return base

    def _content(self, holder: etree._Element, base: Group | None) -> None:
        particles: list[Particle] = [] if base is None else list(_spliced([base]))
        for node in children(holder, *_GROUPS):
            own = self._group(node, self._scope)
            if own is not None:
                if base is None and own.kind == "all":
                    self._kind.content = _keyed(own, set())
                    return
                particles += _spliced([own])
        if particles:
            made = Group("sequence", tuple(particles))
            # A group that is all there is stands for itself: it says more than a sequence around it.
            alone = particles[0] if len(particles) == 1 else None
            whole = alone if isinstance(alone, Group) and not alone.repeats and alone.kind == "choice" else made
            self._kind.content = _keyed(whole, set())

    def _group(self, node: etree._Element, scope: Scope) -> Group | None:
        self._particles_made += 1
        if self._particles_made > _MOST_PARTICLES:
            raise UnsupportedConstruct("a content model of more than 100,000 parts", scope.place(node))
        low, high = self._occurs(node, scope)
        if high == 0:
            return None
        local = etree.QName(node).localname
        if local == "group":
            return self._group_reference(node, scope, low, high)
        particles = [each for child in node for each in self._particles(child, scope)]
        if not particles:
            return None
        kind: Literal["sequence", "choice", "all"] = "choice" if local == "choice" else "sequence"
        if local == "all":
            kind = "all"
        return Group(kind, tuple(_spliced(particles) if kind == "sequence" else particles), low, high, f"#{local}")

    def _group_reference(self, node: etree._Element, scope: Scope, low: int, high: int | None) -> Group | None:
        text = node.get("ref")
        if text is None:
            raise UnsupportedConstruct("xsd:group without ref", scope.place(node))
        declared = self._schema.need("group", text, node, scope)
        if declared.node in self._groups:
            raise UnsupportedConstruct("xsd:group that holds itself", scope.place(node))
        self._groups.append(declared.node)
        try:
            for inner in children(declared.node, "sequence", "choice", "all"):
                made = self._group(inner, declared.scope)
                if made is None:
                    return None
                if (low, high) == (1, 1):
                    return made
                if (made.min_occurs, made.max_occurs) == (1, 1):
                    return replace(made, min_occurs=low, max_occurs=high)
                return Group("sequence", (made,), low, high, "#sequence")
        finally:
            self._groups.pop()
        return None

    def _particles(self, node: etree._Element, scope: Scope) -> Iterable[Particle]:
        local = etree.QName(node).localname
        if node.tag != f"{{{XSD}}}{local}" or local == "annotation":
            return
        self._particles_made += 1
        if local in _GROUPS:
            group = self._group(node, scope)
            if group is not None:
                yield group
        elif local == "element":
            yield from self._element(node, scope)
        elif local == "any":
            low, high = self._occurs(node, scope)
            if high != 0:
                yield replace(
                    self._wildcard(node, scope, "#any"),
                    min_occurs=low,
                    max_occurs=high,
                    declared=self._schema.global_element,
                    typed=self._schema.open_element,
                )
        else:
            raise UnsupportedConstruct(f"xsd:{local} in a content model", scope.place(node))

    def _element(self, node: etree._Element, scope: Scope) -> Iterable[Particle]:
        low, high = self._occurs(node, scope)
        if high == 0:
            return
        for later in children(node, *_LATER):
            raise UnsupportedConstruct(f"xsd:{etree.QName(later).localname}", scope.place(later))
        reference = node.get("ref")
        if reference is None:
            name = node.get("name")
            if not name or not is_name(name):
                raise UnsupportedConstruct("an element without name", scope.place(node))
            form = node.get("form")
            qualified = scope.qualified_elements if form is None else form == "qualified"
            tag = f"{{{scope.namespace}}}{name}" if qualified and scope.namespace else name
            yield replace(self._schema.element_of(node, scope, tag), min_occurs=low, max_occurs=high)
            return
        tag = self._schema.name(reference, node, scope)
        self._schema.need("element", reference, node, scope)
        may_stand = self._schema.substitutes(tag)
        if may_stand == [tag]:
            yield replace(self._schema.element(tag), min_occurs=low, max_occurs=high)
        elif may_stand:
            members = tuple(self._schema.element(each, scope.place(node)) for each in may_stand)
            yield Group("choice", members, low, high, local_of(tag))
        elif low:
            raise UnsupportedConstruct("an abstract element that no other substitutes", scope.place(node))

    def _occurs(self, node: etree._Element, scope: Scope) -> tuple[int, int | None]:
        low, high = node.get("minOccurs", "1").strip(), node.get("maxOccurs", "1").strip()
        try:
            bounds = int(low), None if high == "unbounded" else int(high)
        except ValueError:
            raise UnsupportedConstruct("occurrence that is no number", scope.place(node)) from None
        if bounds[1] is not None and (bounds[1] > _MAX_OCCURS or bounds[0] > bounds[1]):
            raise UnsupportedConstruct("occurrence that cannot be", scope.place(node))
        return bounds

    def _wildcard(self, node: etree._Element, scope: Scope, name: str) -> Wildcard:
        process = node.get("processContents", "strict")
        if process not in ("strict", "lax", "skip"):
            raise UnsupportedConstruct("processContents of no known kind", scope.place(node))
        text = node.get("namespace", "##any").strip()
        how: Literal["strict", "lax", "skip"] = (
            "strict" if process == "strict" else "lax" if process == "lax" else "skip"
        )
        if text == "##any":
            return Wildcard(name, None, frozenset(), how)
        if text == "##other":
            return Wildcard(name, None, frozenset({scope.namespace, ""}), how)
        words = {"##targetNamespace": scope.namespace, "##local": ""}
        return Wildcard(name, frozenset(words.get(word, word) for word in text.split()), frozenset(), how)

    def _attributes(
        self, holder: etree._Element, inherited: dict[str, Attribute], wildcard: Wildcard | None
    ) -> tuple[tuple[Attribute, ...], Wildcard | None]:
        found = dict(inherited)
        wildcards: list[Wildcard] = []
        self._attribute_groups.clear()
        self._collect(holder, self._scope, found, wildcards, 0)
        merged = None
        for each in wildcards:
            merged = each if merged is None else _common(merged, each)
        if wildcard is not None:
            merged = wildcard if merged is None else _joined(wildcard, merged)
        return tuple(found.values()), merged

    def _collect(
        self, holder: etree._Element, scope: Scope, found: dict[str, Attribute], wildcards: list[Wildcard], steps: int
    ) -> None:
        if steps > _MAX_STEPS:
            raise UnsupportedConstruct("xsd:attributeGroup that holds itself", scope.place(holder))
        for node in children(holder, "attribute", "attributeGroup", "anyAttribute"):
            local = etree.QName(node).localname
            if local == "attributeGroup":
                declared = self._schema.need("attributeGroup", node.get("ref", ""), node, scope)
                if declared.node in self._attribute_groups:
                    continue  # Taken once, it adds nothing more.
                self._attribute_groups.add(declared.node)
                self._collect(declared.node, declared.scope, found, wildcards, steps + 1)
            elif local == "anyAttribute":
                wildcards.append(replace(self._wildcard(node, scope, ""), declared=self._schema.global_attribute))
            else:
                attribute = self._attribute(node, scope)
                if node.get("use") == "prohibited":
                    if holder.tag != f"{{{XSD}}}extension":  # Which adds, and takes nothing away.
                        found.pop(attribute.tag, None)
                else:
                    found[attribute.tag] = attribute

    def _attribute(self, node: etree._Element, scope: Scope) -> Attribute:
        required = node.get("use") == "required"
        reference = node.get("ref")
        if reference is not None:
            tag = self._schema.name(reference, node, scope)
            made = self._schema.attribute(tag, scope.place(node))
            default, fixed = node.get("default", made.default), node.get("fixed", made.fixed)
            return replace(made, required=required, default=default, fixed=fixed)
        name = node.get("name")
        if not name or not is_name(name):
            raise UnsupportedConstruct("an attribute without name", scope.place(node))
        form = node.get("form")
        qualified = scope.qualified_attributes if form is None else form == "qualified"
        tag = f"{{{scope.namespace}}}{name}" if qualified and scope.namespace else name
        kind = self._schema.simple_type_of(node, scope)
        self._schema.check_given(node, kind, scope)
        default, fixed = node.get("default"), node.get("fixed")
        return Attribute(attribute_key(tag), tag, kind, required, default, fixed, documentation(node))


def _true(node: etree._Element, name: str) -> bool:
    return node.get(name, "false").strip() in ("true", "1")


def _spliced(particles: Iterable[Particle]) -> Iterable[Particle]:
    """What stands in a sequence, without sequences around it that change nothing."""
    for each in particles:
        if isinstance(each, Group) and each.kind == "sequence" and (each.min_occurs, each.max_occurs) == (1, 1):
            yield from _spliced(each.particles)
        else:
            yield each


def _common(one: Wildcard, other: Wildcard) -> Wildcard:
    """What both allow."""
    if one.namespaces is None and other.namespaces is None:
        return replace(one, excluded=one.excluded | other.excluded)
    if one.namespaces is not None and other.namespaces is not None:
        return replace(one, namespaces=one.namespaces & other.namespaces)
    wide, narrow = (one, other) if one.namespaces is None else (other, one)
    return replace(narrow, namespaces=(narrow.namespaces or frozenset()) - wide.excluded)


def _joined(one: Wildcard, other: Wildcard) -> Wildcard:
    if one.namespaces is None and other.namespaces is None:
        return replace(one, excluded=one.excluded & other.excluded)
    if one.namespaces is not None and other.namespaces is not None:
        return replace(one, namespaces=one.namespaces | other.namespaces)
    wide, narrow = (one, other) if one.namespaces is None else (other, one)
    return replace(wide, excluded=wide.excluded - (narrow.namespaces or frozenset()))


def _keyed(group: Group, used: set[str]) -> Group:
    """The group with keys that are its parts' own in the dictionary where they stand.

    Branches of a choice never stand together, so they may share a key; so may not the parts of a sequence.
    """
    particles: list[Particle] = []
    scope = set[str]() if group.repeats else used
    added: set[str] = set()
    for particle in group.particles:
        before = set(scope) if group.kind == "choice" else scope
        if isinstance(particle, Group) and not particle.repeats:
            particles.append(_keyed(particle, before))
        else:
            name = _free(_own_name(particle), before)
            before.add(name)
            named = replace(particle, name=name)
            particles.append(_keyed(named, set()) if isinstance(named, Group) else named)
        added |= before
    if not group.repeats:
        used |= added
    return replace(group, particles=tuple(particles))


def _own_name(particle: Element | Group | Wildcard) -> str:
    return local_of(particle.tag) if isinstance(particle, Element) else _SUFFIX.sub("", particle.name)


def _free(name: str, used: Sequence[str] | set[str]) -> str:
    if name not in used:
        return name
    return next(f"{name}#{number}" for number in count(2) if f"{name}#{number}" not in used)
