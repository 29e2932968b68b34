"""Records of the cadastre (VZD)."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from schema.terms import AddressCode


class PropertyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One property, and the owner's share in it."""

    cadastre_number: str
    """11 digits."""
    kind: str
    share: str | None
    """Fraction, e.g. ``1/2``."""
    address: AddressCode | None
    cadastral_value: Decimal | None
    """Euro."""


class RealEstate(msgspec.Struct, frozen=True, kw_only=True):
    """What one person or legal entity owns. Key: :class:`PersonCode` or :class:`RegistrationNumber`."""

    properties: tuple[PropertyRecord, ...]
