"""What an operation says beside its body: headers, faults, attachments, and in which SOAP it is spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Protocol

from adapters.kit.xsd.types import Element

SoapVersion = Literal["1.1", "1.2"]
Style = Literal["document", "rpc"]


@dataclass(frozen=True, slots=True)
class HeaderPart:
    """One header of a message."""

    name: str
    """Of the part, as callers say it."""
    element: Element
    required: bool


@dataclass(frozen=True, slots=True)
class FaultPart:
    """One entry of a fault's detail."""

    name: str
    """Of the fault, as the contract has it."""
    element: Element


class Speakable(Protocol):
    """What every contract says of an operation."""

    @property
    def name(self) -> str:
        """Of the operation."""

    @property
    def soap_action(self) -> str:
        """May be empty."""

    @property
    def request(self) -> Element:
        """The body's element."""

    @property
    def response(self) -> Element | None:
        """The body's element; None: nothing is answered."""


class Contract(Protocol):
    """Operations by name."""

    @property
    def operations(self) -> Mapping[str, Speakable]:
        """Of one contract."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One operation, and how it is spoken."""

    name: str
    soap_action: str
    request: Element
    response: Element | None
    soap_version: SoapVersion = "1.1"
    style: Style = "document"
    headers_in: tuple[HeaderPart, ...] = ()
    headers_out: tuple[HeaderPart, ...] = ()
    faults: tuple[FaultPart, ...] = ()
    mtom: bool = False
    """Whether binary elements may come as parts of their own."""
    mime_parts: tuple[str, ...] = ()
    """Names of the attachments that an answer brings, in their order."""

    @classmethod
    def of(cls, operation: Speakable) -> Spoken:
        """An operation of any contract; what it does not say is as in SOAP 1.1, with nothing beside the body."""
        if isinstance(operation, cls):
            return operation
        return cls(
            **{each.name: getattr(operation, each.name) for each in fields(cls) if hasattr(operation, each.name)}
        )
