"""Record of the State Employment Agency (NVA)."""

from __future__ import annotations

from datetime import date

import msgspec


class EmploymentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How a person stands with the agency, if it was ever in its books. Key: :class:`PersonCode`."""

    unemployed: bool
    """Registered as unemployed now; a job seeker, and whose registration is over, is not."""
    since: date | None
    """Day from which that is so."""
    registered_at: str | None
    """Branch of the agency."""
