"""One gateway whose world has some dozen more centres and third parties, made up by a fixed seed.

It has a file of the ministry's, too, and no address register, so that open data stand in for that.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.world_files import BUILT_IN, read_world
from tests.running_gateway import RunningGateway

PLACES = ("0001000", "0020000", "0038000", "0038001", "0054000", "0055000")
"""Where there are more of them: some in municipalities that are no more."""
TYPES = ("childcare-benefit", "housing-benefit", "kindergarten-queue", "old-age-pension")
SIGNIFICANCES = ("COUNTY", "REGIONAL", "NATIONAL")
KINDS = ("NGO", "COMMUNITY", "PROFESSIONAL", "COMPANY")
_OPEN_PLACES = ("0001000", "0020000", "0038001", "0054000")
_WEIGHTS = (9, 1, 4, 8, 3, 10, 2, 5, 7, 6)
_CENTRES, _THIRD_PARTIES = 50, 30
_OF_THE_MINISTRY = {
    "id": "centre-cesis",
    "name": "VPVKAC Cēsīs",
    "municipality": "0026000",
    "significance": "NATIONAL",
    "claim_types": ["old-age-pension"],
    "opened_on": date(2015, 1, 4),
    "clients_per_year": 101,
}
"""In the file of the setting ``GATEWAY_ORGANISATIONS``."""
_FORMER = """
[[address]]
code = "201640001"
text = "Vecā iela 1, Veclauki, Veclauku novads, LV-4299"
atvk = "0964700"
street = "Vecā iela"
house = "1"
status = "DEL"
closed = 2021-06-30

[[enterprise]]
number = "40103991006"
name = "SIA \\"Veclauki\\""
status = "LIKVIDETS"
seat = "201640001"
removed = 2021-06-30
"""
"""An address in a municipality that ended before the code list begins."""


@dataclass(frozen=True, slots=True, repr=False)
class World:
    """What the files say, as they say it."""

    centres: Sequence[Mapping[str, Any]]
    third_parties: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A gateway, and the world that it has."""

    gateway: RunningGateway
    world: World

    def data(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What a query that is refused nothing answers."""
        status, body = self.gateway.post(query, variables, persona="ministry-it")
        assert (status, body.get("errors")) == (200, None)
        data: dict[str, Any] = body["data"]
        return data


@pytest.fixture(scope="package")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Started once."""
    folder, data = tmp_path_factory.mktemp("world"), tmp_path_factory.mktemp("reference") / "data"
    written = _written(folder, random.Random(7))
    built_in = read_world(BUILT_IN)
    world = World(
        [*({name: getattr(each, name) for name in each.__struct_fields__} for each in built_in.centres), *written[0]],
        [
            *({name: getattr(each, name) for name in each.__struct_fields__} for each in built_in.third_parties),
            *written[1],
        ],
    )
    ministrys = folder / "ministrys.toml"
    ministrys.write_text(f'[owner_numbers]\nvsaa = "40103000102"\n{_entry("centre")(_OF_THE_MINISTRY)}', "utf-8")
    settings = {"GATEWAY_ORGANISATIONS": str(ministrys), "GATEWAY_REGISTERS__ADDRESSES__ENABLED": "false"}
    with RunningGateway(data, "--world", str(folder), settings=settings) as gateway:
        yield Asked(gateway, World([*world.centres, _OF_THE_MINISTRY], world.third_parties))


def _written(folder: Path, chance: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    centres = [
        {
            # Ids whose order is neither that of the file nor that of numbers.
            "id": f"centre-{chance.randrange(10**6)}-{number}",
            "name": f"VPVKAC {number}",
            "municipality": chance.choice(PLACES),
            "significance": chance.choice(SIGNIFICANCES),
            "claim_types": sorted(chance.sample(TYPES, chance.randrange(len(TYPES) + 1))),
            # Some have not said when they opened, or how many came.
            "opened_on": chance.choice((None, date(2015, 1, 1) + timedelta(days=chance.randrange(8)))),
            "clients_per_year": chance.choice((None, 0, 100, 101, chance.randrange(200))),
        }
        for number in range(_CENTRES)
    ]
    third_parties = [
        {
            "id": f"tp-{chance.randrange(10**6)}-{number}",
            "name": f"Biedrība {number}",
            "registration_number": _registration_number(number),
            "kind": chance.choice(KINDS),
            "claim_types": sorted(chance.sample(TYPES, 1 + chance.randrange(len(TYPES)))),
            "municipalities": sorted(chance.sample(_OPEN_PLACES, 1 + chance.randrange(len(_OPEN_PLACES)))),
            "status": chance.choice(("ACTIVE", "SUSPENDED", "ENDED")),
        }
        for number in range(_THIRD_PARTIES)
    ]
    (folder / "residents.toml").write_text(_FORMER, "utf-8")
    contract = 'contract = { number = "L-1", kind = "DELEGATION", valid_from = -10, valid_to = 10 }\n'
    (folder / "organisations.toml").write_text("".join(map(_entry("centre"), centres)), "utf-8")
    (folder / "third_parties.toml").write_text(
        "".join(f"{_entry('third_party')(each)}{contract}" for each in third_parties), "utf-8"
    )
    return centres, third_parties


def _entry(name: str) -> Any:
    def written(values: Mapping[str, Any]) -> str:
        lines = [f"{key} = {_value(value)}\n" for key, value in values.items() if value is not None]
        return f"\n[[{name}]]\n{''.join(lines)}"

    return written


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _registration_number(number: int) -> str:
    """Invented; the last digit makes the weighted sum modulo 11 to be 3."""
    while True:
        digits = f"4000990{number:03}"
        last = (3 - sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))) % 11
        if last < 10:
            return f"{digits}{last}"
        number += 500
