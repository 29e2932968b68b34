"""Record of the State Social Insurance Agency (VSAA)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from schema.records.social_assistance import BenefitRecord


class InsurancePeriodRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One period of insurance."""

    from_: date
    to: date | None
    employer: str | None
    base: Decimal | None
    """Euro a month."""


class SocialInsurance(msgspec.Struct, frozen=True, kw_only=True):
    """Contributions of one person. Key: :class:`PersonCode`."""

    total_years: Decimal | None
    contributions_since: date | None
    periods: tuple[InsurancePeriodRecord, ...]


class StateBenefits(msgspec.Struct, frozen=True, kw_only=True):
    """Pensions and benefits that the agency pays one person. Key: :class:`PersonCode`."""

    benefits: tuple[BenefitRecord, ...]
