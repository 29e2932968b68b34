"""Record of a municipality's social assistance system (pašvaldības sociālās palīdzības sistēma)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from schema.terms import AtvkCode


class BenefitRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One benefit granted to the person."""

    kind: str
    """Lower-case English words joined by hyphens: housing-benefit, guaranteed-minimum-income, ..."""
    amount: Decimal | None
    """Euro a month."""
    from_: date
    to: date | None
    payer: str | None
    """Id of the service owner that pays, e.g. ``social-0054000``."""
    status: str
    """``ACTIVE``, ``SUSPENDED`` or ``ENDED``."""


class SocialStatusRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One social status of the household, with its term."""

    kind: str
    """``needy`` or ``low-income``."""
    from_: date
    to: date | None
    municipality: AtvkCode | None


class SocialAssistance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one municipality's social service holds of one person. Key: :class:`Resident`."""

    benefits: tuple[BenefitRecord, ...]
    social_statuses: tuple[SocialStatusRecord, ...]
