"""Record of the state address register (VARIS)."""

from __future__ import annotations

import msgspec

from schema.terms import AddressCode, AtvkCode


class RegisteredAddress(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One address. Key: :class:`AddressCode`."""

    code: AddressCode
    full_text: str
    municipality: AtvkCode | None
    parish: str | None
    street: str | None
    house: str | None
    flat: str | None
    postal_code: str | None
