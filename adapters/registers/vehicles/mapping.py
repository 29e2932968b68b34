"""What the vehicle register says, as a record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adapters.kit.items import Items
from adapters.kit.record_of import RecordOf, each, maybe, one
from schema.records.vehicle_fleet import VehicleFleet, VehicleRecord

STATUS_BY_CODE = {
    "UZS": "REGISTERED",
    "PAR": "SUSPENDED",
    "ATS": "DEREGISTERED_FOR_TRANSFER",
    "IZV": "DEREGISTERED_FOR_EXPORT",
    "IZS": "EXCLUDED",
    "NOR": "SCRAPPED",
}
DARK = ("Vin", "Kategorija")
"""Left out: no claim type needs the number of the chassis, or which driving licence a vehicle asks for."""

to_vehicle_fleet = RecordOf(
    VehicleFleet,
    vehicles=each(
        "Transportlidzeklis",
        RecordOf(
            VehicleRecord,
            plate=maybe("RegistracijasNumurs"),
            make=one("Marka"),
            model=maybe("Modelis"),
            year=maybe("IzlaidumaGads", int),
            registered_since=maybe("UzskaiteNo"),
            share=maybe("Dala"),
            status=one("Statuss", STATUS_BY_CODE),
            stolen=one("Meklesana"),
        ),
    ),
)
"""Map element ``Persona``. A nil plate: none, or handed in; a nil year: unknown; an absent share: the only owner.

Vehicles that are scrapped, excluded or on their way to another owner are told too, with their status: whether one
counts as means is for who decides.

Source: contract/tvr.xsd, type ``Persona``.
"""

OWNERS = Items(name="Persona", key="PersonasKods", to_record=to_vehicle_fleet)
"""Owners by the code they were asked by."""


def by_owner(codes: Iterable[str]) -> dict[str, Any]:
    """Element ``TransportlidzekliPecPersonas``: what people own, not what they lease. Source: contract/tvr.xsd."""
    return {"Saistiba": "IPA", "PersonasKods": list(codes)}
