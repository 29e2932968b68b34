"""SOAP section 5 encoding."""

from __future__ import annotations

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xsd.schema import Schema
from adapters.kit.xsd.types import Element


def encoded(element: Element, schema: Schema) -> Element:
    """The element as section 5 of SOAP 1.1 has it."""
    raise UnsupportedConstruct("rpc/encoded", element.type.where)
