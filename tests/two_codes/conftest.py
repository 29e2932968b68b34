"""One gateway before registers of which each may know one code of a person only."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import Resident
from gateway.demo.passes import token_for
from tests.answers import clean
from tests.running_gateway import RunningGateway
from tests.scenarios.test_data_tracker import FOLDER, PortalOf, run, typed
from tests.two_codes.registers_between import RegistersBetween

ANSWERS = {"tenure": "RENT", "monthlyCosts": "310.50", "account": "LV80BANK0000435195001"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with two codes, and the personas who are signed in with either."""

    name: str
    now: str
    """The code that they have."""
    then: str
    """The one that they had."""

    @property
    def personas(self) -> tuple[str, str]:
        """Signed in with the code that they have, and with the one that they had."""
        return f"{self.name}-now", f"{self.name}-then"


PETERIS = Person("peteris", "39100000055", "39990000055")
"""Of the demo world: the gateway knows both of his codes from the start."""
DITA = Person("dita", "39300004011", "39300004022")
"""Of the world here; known from the start, too."""
VALTS = Person("valts", "39300004033", "39300004044")
POPULATION = "natural_persons"
STRANGERS = ("gita", "zigis", "olga", *(f"stranger-{place}" for place in range(20)))
"""Whom the gateway has not met: that their two codes are one person's, the population register alone knows."""
FIELDS = {
    "vehicles": ("vehicles { plate }",),
    "revenue": ("income(months: 2) { gross }", "taxBook { employer }"),
    "cadastre": ("properties { cadastreNumber }",),
    "social_insurance": ("insurance { totalYears }",),
    "social_assistance": ("socialStatuses { kind }",),
    "enterprises": ("enterprises { role }",),
}
"""What of a person each register is asked for by a personal code."""
KNOWN = ("now", "then")
"""Which of two codes a register knows."""


@cache
def half_known() -> dict[tuple[str, str], Person]:
    """For each register and each code somebody whom the register knows by that code alone."""
    wanted = [(register, known) for register in FIELDS for known in KNOWN]
    return {
        (register, known): Person(f"{register}-{known}", f"3930000{5000 + place:04}", f"3930000{6000 + place:04}")
        for place, (register, known) in enumerate(wanted)
    }


def _resident(one: Person, place: int) -> str:
    """A person of whom every register has something."""
    return f"""
[[resident]]
code = "{one.now}"
former_codes = ["{one.then}"]
given_name = "{one.name.split("-")[0].title()}"
family_name = "Divkode"
birth_date = "1984-05-05"
sex = "S"
address = "101540003"
income = [{{ kind = "1001", gross = "812.00", tax = "90.00", from = -30, payer = "40003111100" }}]
tax_book = {{ from = 2022-01-01, employer = "40003111100" }}
social_statuses = [{{ atvk = "0054000", kind = "MAZ", from = -3, to = 2 }}]
properties = [{{ number = "96015020{400 + place}", kind = "DZI", share = "1/1", value = "18000.00" }}]
vehicles = [{{ plate = "DD{400 + place}", make = "Seat", model = "Ibiza", year = "2008", since = 2019-01-15 }}]
"""


def _residents() -> Iterator[str]:
    known = [DITA, VALTS, *half_known().values()]
    yield from (_resident(one, place) for place, one in enumerate(known))
    officers = [f'{{ code = "{one.now}", post = "MEMBER", from = 2014-09-01 }}' for one in half_known().values()]
    alone = f'{{ code = "{DITA.now}", post = "BOARD_MEMBER", right = "INDIVIDUALLY", from = 2014-09-01 }}'
    yield f"""
[[enterprise]]
number = "40103999118"
name = "SIA \\"Divkodes\\""
officers = [{", ".join([alone, *officers])}]
"""


@cache
def strangers() -> tuple[Person, ...]:
    """People of the simulated registers with a former code, grown up and with income, by the names above."""
    world = build_world((), datetime.now(UTC).date())
    found = (each for each in world.residents.values() if _is_stranger(each, world.protection))
    return tuple(Person(name, one.code, one.former_codes[0]) for name, one in zip(STRANGERS, found, strict=False))


def _is_stranger(one: Resident, protected: list[tuple[str, bool]]) -> bool:
    return (
        len(one.former_codes) == 1
        and bool(one.income)
        and one.status == "AKT"
        and not one.restricted
        and not one.code.startswith(("391", "393"))
    )


def people() -> tuple[Person, ...]:
    """Everybody here."""
    return (PETERIS, DITA, VALTS, *half_known().values(), *strangers())


class Asked:
    """The gateway, asked over HTTP by persona."""

    def __init__(self, gateway: RunningGateway, between: RegistersBetween, portal: PortalOf) -> None:
        self.gateway = gateway
        self.between = between
        self.portal = portal
        self._tokens: dict[str, str] = {}

    def token(self, persona: str) -> str:
        """As `gateway token` makes them; a process for each would take longer than all questions."""
        if persona not in self._tokens:
            self._tokens[persona] = token_for(self.gateway.data, persona, now=time.time(), ttl=3_600)
        return self._tokens[persona]

    def ask(self, persona: str, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        status, body = self.gateway.post(query, variables or None, token=self.token(persona))
        assert status == 200, body
        return clean(body)

    def body(self, persona: str, query: str, **variables: Any) -> dict[str, Any]:
        """An answer, errors and all."""
        body: dict[str, Any] = self.gateway.post(query, variables or None, token=self.token(persona))[1]
        body.pop("extensions", None)
        return body

    def do(self, persona: str, mutation: str, **variables: Any) -> Any:
        """What a mutation gives, its problems' codes beside it."""
        (done,) = self.ask(persona, mutation, **variables).values()
        done["problems"] = [each["code"] for each in done["problems"]]
        return done

    def draft(self, persona: str, code: str, claim_type: str = "housing-benefit", **more: Any) -> str:
        """A new claim's id, prepared for a code."""
        asked = {"type": claim_type, "applicant": {"personCode": code}, "municipality": "0054000", "answers": ANSWERS}
        done = self.do(persona, PREPARE, input={**asked, **more})
        assert done["problems"] == [], done
        made: str = done["claim"]["id"]
        return made

    def submitted(self, persona: str, claim: str, key: str) -> Any:
        """What submitting a claim under a key gives."""
        return self.do(persona, SUBMIT, id=claim, key=key)

    def assert_kept_from_its_applicant(self, person: Person, officer: str) -> None:
        """A claim that a person submits is no claim at all to the same person as an officer, and is one to others."""
        claim = self.draft(person.personas[0], person.now)
        assert self.submitted(person.personas[0], claim, f"of {officer}")["problems"] == []
        query = '{ claim(id: "%s") { id status } }'
        assert self.body(officer, query % claim) == self.body(officer, query % "no-such-claim")
        assert self.body("officer-valmiera", query % claim)["data"]["claim"]["id"] == claim


PREPARE = "mutation($input: PrepareClaimInput!) { prepareClaim(input: $input) { claim { id } problems { code } } }"
SUBMIT = """mutation($id: ID!, $key: String!) {
    submitClaim(input: {id: $id, idempotencyKey: $key}) { claim { id } problems { code } } }"""


def _personas() -> Iterator[str]:
    for one in people():
        for name, code in zip(one.personas, (one.now, one.then), strict=True):
            yield _persona(name, "CITIZEN", code, assurance="HIGH")
    for holder, code in (("now", VALTS.now), ("then", VALTS.then)):
        for grantor, of in (("now", DITA.now), ("then", DITA.then)):
            yield _persona(f"valts-{holder}-for-dita-{grantor}", "MANDATE_HOLDER", code, grantor=of)
    officer = {"organisation": "social-0054000"}
    yield _persona("officer-dita", "OWNER_OFFICER", DITA.then, **officer)
    mandated, giving, officer_too, not_sure = strangers()[-4:]
    yield _persona("stranger-not-sure", "CITIZEN", not_sure.then, assurance="LOW")
    yield _persona("officer-stranger", "OWNER_OFFICER", officer_too.then, **officer)
    yield _persona("stranger-for-stranger", "MANDATE_HOLDER", mandated.now, grantor=giving.then, assurance="HIGH")
    yield _persona("director-dita", "LEGAL_REPRESENTATIVE", DITA.then, assurance="HIGH", legal_entity="40103999118")


def _persona(name: str, capacity: str, code: str, **more: str) -> str:
    lines = {"capacity": capacity, "code": code, **more}
    return f"[persona.{name}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in lines.items())


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("two-codes")
    world = folder / "world"
    world.mkdir()
    (world / "personas.toml").write_text("\n\n".join(_personas()), encoding="utf-8")
    (world / "residents.toml").write_text("".join(_residents()), encoding="utf-8")
    run(typed("portal")[0], folder)
    (lines,) = typed("portal-settings")
    settings = dict(line.split("=", 1) for line in lines.replace(FOLDER, str(folder)).splitlines())
    with RegistersBetween() as between:
        registers = (*FIELDS, POPULATION)
        between_settings = {f"GATEWAY_REGISTERS__{name.upper()}__URL": between.url(name) for name in registers}
        settings |= between_settings | {"GATEWAY_CACHE__ENABLED": "true"}
        with RunningGateway(folder / "data", "--world", str(world), settings=settings) as running:
            between.before(running.registers_url)
            for (register, known), one in half_known().items():
                between.unknown[register].add(one.then if known == "now" else one.now)
            portal = PortalOf(running, folder, settings)
            try:
                yield Asked(running, between, portal)
            finally:
                portal.http.close()


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
