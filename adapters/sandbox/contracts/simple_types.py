"""Reads simple types: restrictions with their facets, lists, unions."""

from __future__ import annotations

from collections.abc import Callable

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.model import SimpleType
from adapters.sandbox.contracts.names import XS, children, local
from adapters.sandbox.soap import Element

_OTHER_BOUND = {"minInclusive": "minExclusive", "maxInclusive": "maxExclusive"}
_OTHER_BOUND |= {other: one for one, other in _OTHER_BOUND.items()}

Named = Callable[[Element, str, str | None], SimpleType]
"""From a node, a prefixed name at it and the name of the type that asks, to the type meant."""


def read_simple(node: Element, name: str | None, named: Named, *, base: SimpleType | None = None) -> SimpleType:
    """The type of an ``xs:simpleType``, or of a restriction of simple content whose base is given.

    Raises:
        ContractError: it is none, or names what is not there.
    """
    if base is not None:
        return _restricted(node, name, base)
    for one in children(node, XS, "restriction", "list", "union"):
        inner = [read_simple(each, None, named) for each in children(one, XS, "simpleType")]
        if local(one) == "list":
            item = named(one, one.get("itemType") or "", name) if one.get("itemType") else inner[0]
            return SimpleType(name, "list", item=item)
        if local(one) == "union":
            members = [named(one, each, name) for each in (one.get("memberTypes") or "").split()]
            return SimpleType(name, "union", members=[*members, *inner])
        if not one.get("base") and not inner:
            break
        return _restricted(one, name, named(one, one.get("base") or "", name) if one.get("base") else inner[0])
    raise ContractError(f"simpleType {node.get('name', '')}: neither restriction, list nor union")


def _restricted(node: Element, name: str | None, base: SimpleType) -> SimpleType:
    facets, patterns, values = dict(base.facets), [], []
    for one in children(node, XS):
        facet, value = local(one), one.get("value", "")
        if facet == "pattern":
            patterns.append(value)
        elif facet == "enumeration":
            values.append(value)
        elif facet not in ("simpleType", "attribute", "attributeGroup", "anyAttribute"):
            facets[facet] = value
            # A bound of its own takes the place of its base's, which it may not pass.
            facets.pop(_OTHER_BOUND.get(facet, ""), None)
    made = SimpleType(
        name, base.variety, base.primitive, facets, [*base.patterns], base.enumeration, base.item, base.members
    )
    if patterns:
        made.patterns = [*base.patterns, patterns]
    if values:
        made.enumeration = list(dict.fromkeys(values))
    return made
