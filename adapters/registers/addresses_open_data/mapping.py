"""What the open data of the address register say, as records: each address out of the rows of all that it lies in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from adapters.kit.ckan_values import day_of, text_of
from adapters.kit.items import Items
from adapters.kit.xsd.types import Wire
from schema.records.registered_address import AddressStatus, RegisteredAddress
from schema.terms import AddressCode, AtvkCode

STATUS_BY_CODE = {"EKS": AddressStatus.CURRENT, "DEL": AddressStatus.CLOSED, "ERR": AddressStatus.ERRONEOUS}
KIND_BY_CODE = {
    "104": "town",
    "105": "parish",
    "106": "village",
    "107": "street",
    "108": "house",
    "109": "flat",
    "113": "county",
}
COUNTRY = "101"
_OUTERMOST = (None, COUNTRY, "102", "103")
"""The country, and the districts of former times, which have no table among those that are asked."""
_ATVK_DIGITS = 7


def by_address(rows: Sequence[Wire], asked: Collection[str]) -> list[Mapping[str, Any]]:
    """Rows put together by address that was asked for: its own, then that of each place around it, outwards.

    Raises:
        KeyError, ValueError: a row without code, one twice, or one of a place in which nothing lies that was asked for.
    """
    by_code = {str(row["KODS"]): row for row in rows}
    if len(by_code) < len(rows):
        raise ValueError("a row twice")
    found: list[Mapping[str, Any]] = []
    used: set[str] = set()
    for code in asked:
        around: list[Wire] = []
        next_code: str | None = code
        while next_code in by_code and len(around) <= len(KIND_BY_CODE):
            used.add(next_code)
            around.append(by_code[next_code])
            next_code = text_of(around[-1]["VKUR_CD"])
        if around:
            found.append({"code": code, "around": around})
    if used != set(by_code):
        raise ValueError("a row of nothing that was asked for")
    return found


def to_registered_address(address: Wire) -> RegisteredAddress:
    """Map an address with all that it lies in. Open data name no address that took another's place.

    The municipality is the county, or the town that lies in none: a state city. Where there is neither, the address
    ended in a district of former times.

    Raises:
        KeyError, ValueError: an unknown kind or status, a place that is missing, or a row that is not what the columns
            are.

    Source: contract/openapi.yaml, schema ``Row``.
    """
    around: Sequence[Wire] = address["around"]
    parts: dict[str, Wire] = {}
    for inner, row in zip([None, *around], around, strict=False):
        kind = KIND_BY_CODE[str(row["TIPS_CD"])]
        if kind in parts or (inner is not None and str(inner["VKUR_TIPS"]) != str(row["TIPS_CD"])):
            raise ValueError("a place that does not lie where it says")
        parts[kind] = row
    if text_of(around[-1]["VKUR_TIPS"]) not in _OUTERMOST:
        raise ValueError("a place is missing")
    own, full_text = around[0], text_of(around[0]["STD"])
    if full_text is None:
        raise ValueError("an address without text")
    return RegisteredAddress(
        code=AddressCode.parse(str(own["KODS"])),
        full_text=full_text,
        municipality=_municipality(parts),
        parish=_name(parts, "parish"),
        street=_name(parts, "street"),
        house=_name(parts, "house"),
        flat=_name(parts, "flat"),
        postal_code=text_of(parts["house"]["ATRIB"]) if "house" in parts else None,
        status=STATUS_BY_CODE[str(own["STATUSS"])],
        closed_on=_day(text_of(own["DAT_BEIG"])),
        successor_code=None,
    )


def _municipality(parts: Mapping[str, Wire]) -> AtvkCode | None:
    place = parts.get("county") or parts.get("town")
    if place is None or str(place["VKUR_TIPS"]) != COUNTRY:
        return None
    code = text_of(place["ATRIB"])
    if code is None:
        raise ValueError("a municipality without code")
    # A portal that made a number of the code lost the zeros that it begins with.
    return AtvkCode.parse(code.zfill(_ATVK_DIGITS))


def _name(parts: Mapping[str, Wire], kind: str) -> str | None:
    name = text_of(parts[kind]["NOSAUKUMS"]) if kind in parts else None
    return None if name is None else name.strip()


def _day(value: str | None) -> date | None:
    # The register writes 2019.03.01; a portal that knew it for a day has 2019-03-01.
    return None if value is None else day_of(value.replace(".", "-"))


ADDRESSES = Items(name="", key="code", to_record=to_registered_address)
"""Addresses by code."""
