"""Record of the vehicle register (CSDD)."""

from __future__ import annotations

from datetime import date

import msgspec


class VehicleRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle."""

    plate: str | None
    make: str | None
    model: str | None
    year: int | None
    registered_since: date | None


class VehicleFleet(msgspec.Struct, frozen=True, kw_only=True):
    """The vehicles of one person. Key: :class:`PersonCode`."""

    vehicles: tuple[VehicleRecord, ...]
