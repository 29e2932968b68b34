"""SOAP faults of both versions: who is at fault, in which words, and what the contract makes of the detail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from adapters.kit.errors import SLIPS
from adapters.kit.soap.parts import FaultPart
from adapters.kit.xsd.decode import decode

_SAME_CODES = {"Sender": "Client", "Receiver": "Server"}
"""Codes of SOAP 1.2 that have another name in 1.1."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault. Its texts are a register's words: compared with known codes, never repeated."""

    code: str
    """Local part of the fault code in the words of SOAP 1.1: ``Client``, ``Server``, ..., also of a 1.2 fault."""
    text: str = field(repr=False)
    detail: etree._Element | None = field(repr=False)
    """As it came; None where there is none."""
    subcodes: tuple[str, ...] = field(default=(), repr=False)
    """Local parts of the subcodes of SOAP 1.2, the widest first."""
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Entries of the detail that are what the contract says, by the fault's name there; of two of one name the first.
    An entry that is broken or that the contract does not know stands in ``detail`` only."""


def read_fault(node: etree._Element) -> Fault:
    """The fault of either version; what it lacks is empty."""
    # Some servers qualify the parts of a fault although SOAP 1.1 does not, or leave it out although 1.2 does.
    parts = {_local(child): child for child in node}
    if "Code" in parts:
        code, *subcodes = list(_values(parts["Code"])) or [""]
        reason = parts.get("Reason")
        texts = [] if reason is None else [child for child in reason if _local(child) == "Text"]
        text = _said(texts[0]) if texts else ""
        return Fault(_SAME_CODES.get(code, code), text, parts.get("Detail"), tuple(subcodes))
    return Fault(_code(parts.get("faultcode")), _said(parts.get("faultstring")), parts.get("detail"))


def detailed(fault: Fault, parts: Sequence[FaultPart]) -> Fault:
    """The same fault with the entries of its detail decoded, as far as the contract knows them."""
    if fault.detail is None or not parts:
        return fault
    by_tag = {part.element.tag: part for part in parts}
    details: dict[str, Any] = {}
    for entry in fault.detail:
        part = by_tag.get(str(entry.tag))
        if part is None or part.name in details:
            continue
        try:
            details[part.name] = decode(part.element, entry)
        except SLIPS:
            continue  # A broken detail leaves the fault a fault.
    return replace(fault, details=details)


def _values(code: etree._Element) -> Iterator[str]:
    step: etree._Element | None = code
    while step is not None:
        parts = {_local(child): child for child in step}
        if "Value" in parts:
            yield _code(parts["Value"])
        step = parts.get("Subcode")


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _said(node: etree._Element | None) -> str:
    return "" if node is None else (node.text or "").strip()


def _code(node: etree._Element | None) -> str:
    return _said(node).rpartition(":")[2]
