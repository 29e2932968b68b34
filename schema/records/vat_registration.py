"""Record of the EU VAT information exchange (VIES)."""

from __future__ import annotations

from datetime import datetime

import msgspec


class VatRegistrationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a VAT number is valid. Key: :class:`RegistrationNumber`; the VAT number is ``LV`` and its digits."""

    number: str
    valid: bool
    name: str | None
    address: str | None
    checked_at: datetime
    """UTC."""
