"""The national open data portal (CKAN), played for the tables of the state address register."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from adapters.sandbox.desks.ckan import Row, Table, sql_datastore
from adapters.sandbox.rest import RestDesk
from adapters.sandbox.world.model import Address, World

NAME = "addresses_open_data"
_COUNTRY, _DISTRICT = ("100000000", "101"), ("100000001", "102")
_RESOURCES = {
    "104": "ee02baa4-2bc3-4f77-a6cb-5427a3e9befe",
    "105": "6ba8c905-27a1-443a-b9c6-256a0777425b",
    "106": "0d3810f4-1ac0-4fba-8b10-0188084a361b",
    "107": "3c4ab802-76cf-433c-9c1c-89215e28d833",
    "108": "a510737a-18ce-400f-ad4b-04fce5228272",
    "109": "b83be373-f444-4f50-9b98-28741845325e",
    "113": "c62c60bb-58d4-4f26-82c0-5b630769f9d1",
}
"""Tables by the kind of object in them: town, parish, village, street, house, flat, county."""
_FIRST_PLACE = 190_000_000


def addresses_open_data(world: World, contract: Path) -> RestDesk:
    """The seven tables: every address of the world, and each place that one lies in."""
    return sql_datastore(NAME, contract, lambda: _tables(world))


def _tables(world: World) -> Mapping[str, Table]:
    places = _Places(world.municipalities)
    for address in world.addresses.values():
        places.add(address)
    return {
        resource: Table("KODS", [row for row in places.rows if row["TIPS_CD"] == kind])
        for kind, resource in _RESOURCES.items()
    }


class _Places:
    """Rows of what lies in what, made as addresses name them.

    Args:
        municipalities: their names by ATVK code.
    """

    def __init__(self, municipalities: Mapping[str, str]) -> None:
        self.rows: list[Row] = []
        self._municipalities = municipalities
        self._known: dict[tuple[str, str, str], str] = {}

    def add(self, address: Address) -> None:
        """The address's own row, and those of the places around it that are not there yet."""
        atvk = address.atvk or ""
        name = self._municipalities.get(atvk, "")
        in_county = atvk != "" and (name == "" or name.endswith(" novads"))
        around = self.at(_COUNTRY, "113", name, atvk) if in_county else _COUNTRY if name else _DISTRICT
        if address.parish is not None:
            around = self.at(around, "105", address.parish, "")
        else:
            # Between the house and the postal code: the town, then its county.
            town = address.text.split(", ")[1:2]
            around = self.at(around, "104", "".join(town), "" if in_county else atvk)
        if address.street is not None:
            around = self.at(around, "107", address.street, "")
        house, postal_code = address.house or "", address.postal_code or ""
        if address.flat is None:
            self._row(address.code, "108", around, house, postal_code, address)
        else:
            around = self.at(around, "108", house, postal_code)
            self._row(address.code, "109", around, address.flat, "", address)

    def at(self, around: tuple[str, str], kind: str, name: str, more: str) -> tuple[str, str]:
        """A place by its name and what it lies in, with its code and kind; made where nobody named it before."""
        key = (around[0], kind, name)
        if key not in self._known:
            self._known[key] = str(_FIRST_PLACE + len(self._known))
            self._row(self._known[key], kind, around, name, more)
        return self._known[key], kind

    def _row(
        self, code: str, kind: str, around: tuple[str, str], name: str, more: str, address: Address | None = None
    ) -> None:
        closed = None if address is None else address.closed
        self.rows.append(
            {
                "KODS": code,
                "TIPS_CD": kind,
                "STATUSS": "EKS" if address is None else address.status,
                "VKUR_CD": around[0],
                "VKUR_TIPS": around[1],
                "NOSAUKUMS": name,
                "ATRIB": more,
                "STD": name if address is None else address.text,
                "DAT_BEIG": "" if closed is None else f"{closed:%Y.%m.%d}",
            }
        )
