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
    share: str | None
    """A fraction; None: there is no other owner."""
    status: str | None
    """REGISTERED, SUSPENDED, DEREGISTERED_FOR_TRANSFER, DEREGISTERED_FOR_EXPORT, EXCLUDED or SCRAPPED."""
    stolen: bool | None
    """The police look for it."""


class VehicleFleet(msgspec.Struct, frozen=True, kw_only=True):
    """The vehicles that one person owns. Key: :class:`PersonCode`."""

    vehicles: tuple[VehicleRecord, ...]
