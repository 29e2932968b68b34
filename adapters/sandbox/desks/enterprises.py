"""The enterprise register (UR), played: entities, officers, persons' roles, and changes of representation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import Enterprise, Office, World
from adapters.sandbox.world.offices import OF_OWNERS, Offices

NAME = "enterprises"
_MOST_CHANGES = 1000


def enterprises(world: World, offices: Offices, contract: Path) -> RestDesk:
    """Operations ``mekletSubjektus``, ``mekletAmatpersonas``, ``mekletLomas`` and ``parstavibasIzmainas``."""

    def entities(question: Question, twist: Twist) -> Answer:
        found = _asked(world, question.body["registracijasNumuri"], twist)
        return 200, {"subjekti": [_entity(one) for one in found]}

    def officers(question: Question, twist: Twist) -> Answer:
        found = _asked(world, question.body["registracijasNumuri"], twist)
        listed = [
            [
                _officer(world, one.number, place, office)
                for place, office in enumerate(offices.of(one.number), 1)
                if office.post not in OF_OWNERS
            ]
            for one in found
        ]
        return 200, {
            "subjekti": [
                {"registracijasNumurs": one.number, "amatpersonas": each}
                for one, each in zip(found, listed, strict=True)
            ]
        }

    def roles(question: Question, twist: Twist) -> Answer:
        codes = list(dict.fromkeys(question.body["personasKodi"]))
        known = [(code, offices.held(one.code)) for code in codes if (one := world.resident(code)) is not None]
        found = [(code, held) for code, held in known if held]
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            stranger = (world.another_person(codes).code, ())
            found = [*(found[1:] if twist is Twist.WRONG_PERSON else found), stranger]
        return 200, {
            "personas": [
                {
                    "personasKods": code,
                    "lomas": [
                        {"registracijasNumurs": number, "loma": office.post, "no": office.first.isoformat()}
                        for number, office in held
                    ],
                }
                for code, held in found
            ]
        }

    def changes(question: Question, twist: Twist) -> Answer:
        # All that there is to tell; a token is how much of it was told.
        told = int(question.query.get("kops", "0"))
        some = offices.changes[told : told + _MOST_CHANGES]
        entries = [
            {"personasKods": code, "registracijasNumurs": number, "parstaviba": right, "speka": in_force}
            for code, number, right, in_force in some
        ]
        end = told + len(some)
        return 200, {"izmainas": entries, "zime": str(end), "vairak": end < len(offices.changes)}

    return RestDesk(
        NAME,
        contract / "openapi.yaml",
        {
            "mekletSubjektus": (Kind.READ, entities, "statuss"),
            "mekletAmatpersonas": (Kind.READ, officers, "amats"),
            "mekletLomas": (Kind.READ, roles, "loma"),
            "parstavibasIzmainas": (Kind.POLL, changes, "vairak"),
        },
        repeats={"x-pieprasijuma-id": "X-Pieprasijuma-Id"},
    )


def _asked(world: World, numbers: Sequence[str], twist: Twist) -> list[Enterprise]:
    asked = list(dict.fromkeys(numbers))
    found = [world.enterprises[number] for number in asked if number in world.enterprises]
    if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
        stranger = next(one for number, one in world.enterprises.items() if number not in asked)
        return [*(found[1:] if twist is Twist.WRONG_PERSON else found), stranger]
    return found


def _entity(one: Enterprise) -> dict[str, Any]:
    return {
        "registracijasNumurs": one.number,
        "nosaukums": one.name,
        "forma": one.form,
        "statuss": one.status,
        "registrets": one.registered.isoformat(),
        "izslegts": _day(one.removed),
        "adresesKods": one.seat,
    }


def _officer(world: World, number: str, place: int, office: Office) -> dict[str, Any]:
    person = world.residents[office.code]
    return {
        "ierakstaId": f"{number}-{place}",
        "veids": "NATURAL_PERSON",
        "vards": person.given_name,
        "uzvards": person.family_name,
        "institucija": "EXECUTIVE_BOARD" if "BOARD" in office.post else None,
        "amats": office.post,
        "parstaviba": office.right,
        "kopaArVismaz": 1 if office.right == "WITH_AT_LEAST" else None,
        "ierakstsNo": office.first.isoformat(),
        "ierakstsLidz": _day(office.ended),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
