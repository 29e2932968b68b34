"""Record of the state address register (VARIS)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from schema.terms import AddressCode, AtvkCode


class AddressStatus(StrEnum):
    """Whether an address is in use."""

    CURRENT = "CURRENT"
    CLOSED = "CLOSED"
    ERRONEOUS = "ERRONEOUS"
    """Entered in error: it was never an address."""


class RegisteredAddress(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One address, also one that is no more. Key: :class:`AddressCode`, which outlives the address."""

    code: AddressCode
    full_text: str
    municipality: AtvkCode | None
    parish: str | None
    street: str | None
    house: str | None
    flat: str | None
    postal_code: str | None
    status: AddressStatus
    closed_on: date | None
    """The day on which it ended; None while it is in use."""
    successor_code: AddressCode | None
    """The address that took its place, where the register names one."""
