"""The people and bodies with whom claims live through: written from the claim types there are, for ``--world``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import copy

from schema.terms import Channel
from tests.scenarios.lives.ways import MUNICIPALITY, claim_types, lives, officer_of

APPLICANT, SPOUSE, CHILD, HOLDER = "39300001011", "39300001022", "39300001033", "39300001044"
ENTITY = "40103999103"
CENTRE, CENTRES_NAME = "centre-lives", "VPVKAC Visu iela"
THIRD_PARTY, THIRD_PARTYS_NAME = "tp-lives", 'Biedrība "Visi kopā"'
PRESENCE = {"method": "EID_TAP", "reference": "demo-present-lives-zane"}
ENDLESS = {
    "GATEWAY_LIMITS__ALIASES": "1000",
    "GATEWAY_LIMITS__TOKENS": "100000",
}
"""One operation asks for everything below an applicant."""


def write_town(folder: Path) -> Path:
    """Write the world's files into a folder, and give it."""
    folder.mkdir(parents=True, exist_ok=True)
    copy(Path(__file__).with_name("residents.toml"), folder / "residents.toml")
    for name, tables in {
        "personas.toml": _personas(),
        "third_parties.toml": [_third_party()],
        "organisations.toml": [_centre()],
    }.items():
        (folder / name).write_text("\n\n".join(tables) + "\n", encoding="utf-8")
    return folder


def _personas() -> Iterator[str]:
    yield _persona("zane", "CITIZEN", APPLICANT, assurance="HIGH")
    yield _persona("uldis", "CITIZEN", SPOUSE, assurance="HIGH")
    yield _persona("director", "LEGAL_REPRESENTATIVE", APPLICANT, assurance="HIGH", legal_entity=ENTITY)
    yield _persona("holder", "MANDATE_HOLDER", HOLDER, assurance="HIGH", grantor=APPLICANT)
    yield _persona("clerk", "CLERK", "39300001055", organisation=CENTRE)
    yield _persona("worker", "THIRD_PARTY_WORKER", "39300001066", organisation=THIRD_PARTY)
    for place, owner in enumerate(sorted({each.owner for each in lives()})):
        name = officer_of(owner).removeprefix("lives-")
        yield _persona(name, "OWNER_OFFICER", f"3930000{2000 + place:04}", organisation=owner)


def _persona(name: str, capacity: str, code: str, **more: str) -> str:
    lines = {"capacity": capacity, "code": code, "name": f"Persona {name}", **more}
    return f"[persona.lives-{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items())


def _third_party() -> str:
    types = [each.code.text for each in claim_types() if each.open_to_third_parties]
    return f"""[[third_party]]
id = "{THIRD_PARTY}"
name = '{THIRD_PARTYS_NAME}'
registration_number = "40008555105"
kind = "NGO"
municipalities = ["{MUNICIPALITY}"]
claim_types = {_list(types)}

[third_party.contract]
number = "LD-1"
kind = "DELEGATION"
valid_from = 0
valid_to = 30"""


def _centre() -> str:
    types = [each.code.text for each in claim_types() if Channel.CENTRE in each.channels]
    return f"""[[centre]]
id = "{CENTRE}"
name = "{CENTRES_NAME}"
municipality = "{MUNICIPALITY}"
significance = "REGIONAL"
claim_types = {_list(types)}"""


def _list(words: Iterable[str]) -> str:
    return json.dumps(list(words))
