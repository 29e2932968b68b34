"""What the address register says, as a record."""

from __future__ import annotations

from datetime import date

from adapters.kit.items import Items
from adapters.kit.record_of import RecordOf, maybe, one
from schema.records.registered_address import AddressStatus, RegisteredAddress
from schema.terms import AddressCode, AtvkCode

STATUS_BY_CODE = {"EKS": AddressStatus.CURRENT, "DEL": AddressStatus.CLOSED, "ERR": AddressStatus.ERRONEOUS}

to_registered_address = RecordOf(
    RegisteredAddress,
    code=one("kods", AddressCode),
    full_text=one("pilnsTeksts"),
    municipality=maybe("atvk", AtvkCode),
    parish=maybe("pagasts"),
    street=maybe("iela"),
    house=maybe("maja"),
    flat=maybe("dzivoklis"),
    postal_code=maybe("pastaIndekss"),
    status=one("statuss", STATUS_BY_CODE),
    closed_on=maybe("beiguDatums", date.fromisoformat),
    successor_code=maybe("aizstajejs", AddressCode),
)
"""Map object ``Adrese``; that the codes have the digits they should, its schema says.

Null and absent mean the same: the address has no such part.

Source: contract/openapi.yaml, schema ``Adrese``.
"""

ADDRESSES = Items(name="adreses", key="kods", to_record=to_registered_address)
"""Addresses by code."""
