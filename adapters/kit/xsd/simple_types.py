"""Simple types of a schema, by their declarations: restrictions, lists and unions of each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xsd.builtins import XSD, builtin
from adapters.kit.xsd.scope import Declared, Scope
from adapters.kit.xsd.simple import children, list_of, narrowed, union_of
from adapters.kit.xsd.types import ComplexType, SimpleType

if TYPE_CHECKING:
    from adapters.kit.xsd.schema import Schema

_MAX_STEPS = 64


class SimpleTypes:
    """Makes each simple type once.

    Args:
        types: where types are kept by their declaration.
    """

    def __init__(self, schema: Schema, types: dict[tuple[etree._Element, str], ComplexType | SimpleType]) -> None:
        self._schema = schema
        self._types = types

    def made(self, declared: Declared, name: str, tag: str, steps: int) -> SimpleType:
        """The type that a declaration makes. Raises: UnsupportedConstruct."""
        node, scope = declared.node, declared.scope
        if steps > _MAX_STEPS:
            raise UnsupportedConstruct("a simple type that is made of itself", scope.place(node))
        for step in children(node, "restriction"):
            return _with_tag(narrowed(self._base(step, scope, steps), step, name, scope.place), tag)
        for step in children(node, "list"):
            item = self._referred(step.get("itemType"), step, scope, steps)
            return _with_tag(list_of(item[0], name), tag)
        for step in children(node, "union"):
            named = [
                each for text in step.get("memberTypes", "").split() for each in self._named(text, step, scope, steps)
            ]
            return _with_tag(union_of((*named, *self._inner(step, scope, steps)), name), tag)
        raise UnsupportedConstruct("a simple type without restriction, list or union", scope.place(node))

    def _base(self, step: etree._Element, scope: Scope, steps: int) -> SimpleType:
        return self._referred(step.get("base"), step, scope, steps)[0]

    def _referred(self, text: str | None, step: etree._Element, scope: Scope, steps: int) -> list[SimpleType]:
        found = self._inner(step, scope, steps) if text is None else self._named(text, step, scope, steps)
        if not found:
            raise UnsupportedConstruct("a simple type without base", scope.place(step))
        return found

    def _named(self, text: str, step: etree._Element, scope: Scope, steps: int) -> list[SimpleType]:
        tag = self._schema.name(text, step, scope)
        known = builtin(tag[len(XSD) + 2 :]) if tag.startswith(f"{{{XSD}}}") else None
        if known is not None:
            return [known]
        declared = self._schema.need("type", text, step, scope)
        if declared.node.tag != f"{{{XSD}}}simpleType":
            raise UnsupportedConstruct("a simple type made of a complex one", scope.place(step))
        key = (declared.node, declared.scope.namespace)
        made = self._types.get(key)
        if made is None:
            made = self.made(declared, declared.node.get("name", ""), tag, steps + 1)
            self._types[key] = made
        assert isinstance(made, SimpleType)
        return [made]

    def _inner(self, step: etree._Element, scope: Scope, steps: int) -> list[SimpleType]:
        return [
            self.made(Declared(inner, scope), nearest_name(inner), "", steps + 1)
            for inner in children(step, "simpleType")
        ]


def _with_tag(simple: SimpleType, tag: str) -> SimpleType:
    return replace(simple, tag=tag)


def nearest_name(node: etree._Element | None) -> str:
    """What the nearest declaration around a node is called."""
    while node is not None:
        if name := node.get("name") or node.get("ref"):
            return name
        node = node.getparent()
    return "the schema"
