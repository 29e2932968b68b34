"""Record of the State Employment Agency (NVA)."""

from __future__ import annotations

from datetime import date

import msgspec


class EmploymentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person is registered as unemployed. Key: :class:`PersonCode`."""

    unemployed: bool
    since: date | None
    registered_at: str | None
    """Branch of the agency."""
