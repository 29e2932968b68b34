"""What the address register says, as a record."""

from __future__ import annotations

from adapters.kit.xsd_types import Wire
from schema.records.registered_address import RegisteredAddress
from schema.terms import AddressCode, AtvkCode


def to_registered_address(wire: Wire) -> RegisteredAddress:
    """Map object ``Adrese``; null and absent mean the same: the address has no such part.

    Raises:
        KeyError, ValueError: the object is not what the contract says.

    Source: contract/openapi.yaml, schema ``Adrese``.
    """
    municipality = wire.get("atvk")
    return RegisteredAddress(
        code=AddressCode.parse(wire["kods"]),
        full_text=wire["pilnsTeksts"],
        municipality=None if municipality is None else AtvkCode.parse(municipality),
        parish=wire.get("pagasts"),
        street=wire.get("iela"),
        house=wire.get("maja"),
        flat=wire.get("dzivoklis"),
        postal_code=wire.get("pastaIndekss"),
    )
