"""Record of the State Revenue Service (VID): salary tax book (algas nodokļa grāmatiņa)."""

from __future__ import annotations

from datetime import date

import msgspec

from schema.terms import PersonCode, RegistrationNumber


class TaxBookRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The tax book in force. Key: :class:`PersonCode`."""

    employer: RegistrationNumber | None
    employer_name: str | None
    valid_from: date | None
    valid_to: date | None
    dependants: tuple[PersonCode, ...]
