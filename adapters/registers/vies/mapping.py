"""What VIES says, as a record."""

from __future__ import annotations

from datetime import datetime

from adapters.kit.xsd.types import Wire, optional
from schema.records.vat_registration import VatRegistrationRecord

COUNTRY = "LV"
_NOT_DISCLOSED = "---"


def to_vat_registration(wire: Wire, checked_at: datetime) -> VatRegistrationRecord:
    """Map element ``checkVatResponse``.

    Args:
        wire: its ``requestDate`` is a day of the member state; ``---`` stands for what it does not disclose.
        checked_at: when VIES answered, UTC.

    Raises:
        KeyError: the element is not what the contract says.

    Source: contract/checkVatService.wsdl.
    """
    return VatRegistrationRecord(
        number=wire["countryCode"] + wire["vatNumber"],
        valid=wire["valid"],
        name=_disclosed(wire, "name"),
        address=_disclosed(wire, "address"),
        checked_at=checked_at,
    )


def _disclosed(wire: Wire, name: str) -> str | None:
    text = optional(wire, name)
    return None if text is None or text.strip() in ("", _NOT_DISCLOSED) else str(text).strip()
