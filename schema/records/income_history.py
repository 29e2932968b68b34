"""Record of the State Revenue Service (VID): income by month."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from schema.terms import RegistrationNumber


class IncomeLine(msgspec.Struct, frozen=True, kw_only=True):
    """Income of one month from one source."""

    month: str
    """``YYYY-MM``."""
    gross: Decimal
    """Euro."""
    tax_withheld: Decimal | None
    payer_name: str | None
    payer: RegistrationNumber | None
    kind: str
    """One lower-case English word or words joined by hyphens: salary, royalty, business, pension, ..."""


class IncomeHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the register answers for its window of months, newest first. Key: :class:`PersonCode`."""

    lines: tuple[IncomeLine, ...]
