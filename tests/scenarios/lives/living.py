"""Claims live through: all of them together, step by step, so that nobody waits for one owner after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from adapters.kit.manifest import Manifest, load_manifest
from adapters.kit.places import Found, look
from schema.terms import ApplicantKind, GovernmentLevel
from tests.edge.owner_system import OwnerSystem, change, message
from tests.oracle.asking import Asking
from tests.oracle.ways import Asked
from tests.running_gateway import RunningGateway
from tests.scenarios.lives import logs, looking, town
from tests.scenarios.lives.lived import Lived, Step
from tests.scenarios.lives.ways import MUNICIPALITY, Life, Way, claim_types, lives

WITHIN_SECONDS = 60.0
DECIDES_ITSELF, SIGNS = "vid", "vzd"
"""Owners whose own systems decide: the one is asked for news, the other sends signed messages. The others' officers do."""
_IN_REGISTERS = {"GRANTED": "APM", "REFUSED": "ATT", "INFORMATION_REQUESTED": "PAPI"}
"""As the owners' contracts call it."""
_OWN = ("lives-zane", "lives-director")
"""Who asks for themselves."""
_NOTE = "So it is."
_PREPARE = "mutation($input: PrepareClaimInput!) { prepareClaim(input: $input) { claim { id } problems { code } } }"
_SUBMIT = """mutation($id: ID!, $key: String!, $presence: PresenceInput) {
    submitClaim(input: {id: $id, idempotencyKey: $key, presence: $presence}) { claim { status } problems { code } } }"""
_ASSIGN = """mutation($id: ID!) {
    assignClaim(input: {id: $id, thirdParty: "tp-lives"}) { claim { id } problems { code } } }"""
_ANSWER = """mutation($id: ID!, $answers: JSON!) {
    answerClaim(input: {id: $id, answers: $answers}) { claim { status } problems { code } } }"""
_DECIDE = (
    """mutation($id: ID!, $outcome: DecisionOutcome!) {
    decideClaim(input: {id: $id, outcome: $outcome, reason: "%s"}) { claim { status } problems { code } } }"""
    % _NOTE
)
_GRANT = """mutation($input: GrantMandateInput!) { grantMandate(input: $input) { mandate { id } problems { code } } }"""
_COUNTED = "query($status: ClaimStatus!) { claims(filter: {statuses: [$status]}, first: 0) { totalCount } }"
_CLAIMS = "{ claims(first: 1000) { edges { node { id status channel ownerReference centre { id } } } } }"


class Town:
    """A gateway with the people of the town, asked over HTTP; see :func:`running_town`."""

    def __init__(self, gateway: RunningGateway, owner: OwnerSystem) -> None:
        self.gateway = gateway
        self.asking = Asking(gateway)
        self._owner = owner

    def ask(self, persona: str, query: str, **variables: Any) -> Any:
        """The data of an answer, or what it says of problems."""
        body, _ = self.asking.ask(persona, Asked(query, {}, variables))
        return body["data"]

    def do(self, persona: str, query: str, **variables: Any) -> tuple[Any, list[str]]:
        """What a mutation gives, and the codes of its problems."""
        (done,) = self.ask(persona, query, **variables).values()
        codes = [each["code"] for each in done.pop("problems")]
        (made,) = done.values()
        return made, codes

    # ------------------------------------------------------------ the steps

    def grant(self) -> None:
        """The mandates: to a person and to the third party, for every type that takes one. Others give none."""
        third_parties = [each.code.text for each in claim_types() if each.open_to_third_parties]
        entitys = [each for each in third_parties if _takes(each, ApplicantKind.LEGAL_ENTITY)]
        persons = [each.code.text for each in claim_types() if each.mandates and _takes(each.code.text)]
        to_party = {"thirdParty": town.THIRD_PARTY}
        for persona, holder, types in (
            ("lives-zane", to_party, [each for each in third_parties if _takes(each)]),
            ("lives-director", to_party, entitys),
            ("lives-zane", {"personCode": town.HOLDER}, persons),
        ):
            made, codes = self.do(persona, _GRANT, input=_mandate(holder, types))
            assert made is not None, (persona, types, codes)

    def begin(self, lived: Lived) -> None:
        """A draft; or the refusal that the claim type has for who may not begin one so."""
        life, step = lived.life, Step.PREPARED
        made, codes = self.do(life.way.begins, _PREPARE, input=_claim(life))
        if not life.offered:
            if made is not None and life.way is Way.ASSIGNED:
                made, codes = self.do(life.way.begins, _ASSIGN, id=made["id"])
            lived.said[step] = " ".join(codes)
            lived.expect(step, (made, codes), (None, [_refusal(life)]))
            if life.way in (Way.MANDATE, Way.THIRD_PARTY):
                holder = {"personCode": town.HOLDER} if life.way is Way.MANDATE else {"thirdParty": town.THIRD_PARTY}
                given = self.do("lives-zane", _GRANT, input=_mandate(holder, [life.code]))
                lived.expect(step, given, (None, ["MANDATE_NOT_ALLOWED"]))
            return
        lived.expect(step, codes, [])
        if made is None:
            return
        lived.id = made["id"]
        lived.said[step] = f"draft {life.way.channel}"
        if life.way is Way.ASSIGNED:
            _, codes = self.do(life.way.begins, _ASSIGN, id=lived.id)
            lived.expect(step, codes, [])

    def look(self, lived: Lived, step: Step, persona: str, marks: frozenset[Any]) -> None:
        """All evidence, as one persona."""
        life = lived.life
        body, _ = self.asking.ask(persona, looking.question(lived.id, life.way.applicant))
        look = looking.judged(body, life.code, life.way.applicant, marks, _answers(life))
        lived.looks[persona].append(look)
        lived.said[step] = str(look)
        lived.wrong += [f"{step}, {persona}: {each}" for each in look.wrong]

    def submit(self, lived: Lived) -> None:
        """Accepted for delivery; a second time with the same key is the same."""
        asked = {"id": lived.id, "key": f"life {lived.id}"}
        for _ in range(2):
            made, codes = self.do(lived.life.way.submits, _SUBMIT, **asked)
            lived.expect(Step.SUBMITTED, codes, [])
        lived.said[Step.SUBMITTED] = "accepted" if made else " ".join(codes)

    def claims_once(self, statuses: Mapping[str, int]) -> dict[str, dict[str, Any]]:
        """All claims as their applicants see them, when so many are in each of these statuses or time is over."""
        end = time.monotonic() + WITHIN_SECONDS
        # Counted and not read: each reading of a claim is in the log.
        while time.monotonic() < end and any(
            sum(self.ask(each, _COUNTED, status=status)["claims"]["totalCount"] for each in _OWN) != count
            for status, count in statuses.items()
        ):
            time.sleep(0.2)
        edges = [edge for each in _OWN for edge in self.ask(each, _CLAIMS)["claims"]["edges"]]
        return {each["node"]["id"]: each["node"] for each in edges}

    def deliver(self, many: list[Lived]) -> None:
        """One case in the system of each owner, under the number that the claim has."""
        claims = self.claims_once({"DELIVERED": len(many)})
        control = self.gateway.control()
        for lived in many:
            life, step, claim = lived.life, Step.DELIVERED, claims[lived.id]
            register = life.claim_type.delivered_to or ""
            cases = [each for each in control[register]["cases"] if each["claimId"] == lived.id]
            lived.reference = claim["ownerReference"] or ""
            lived.expect(
                step,
                [(each["reference"], each["claimType"]) for each in cases],
                [(lived.reference, life.code)],
            )
            lived.expect(step, claim["status"], "DELIVERED")
            lived.expect(step, claim["channel"], life.way.channel)
            lived.expect(step, (claim["centre"] or {}).get("id"), town.CENTRE if life.way is Way.CENTRE else None)
            lived.said[step] = f"{self._protocol(lived, many, control)} {lived.reference}"

    @staticmethod
    def _protocol(lived: Lived, many: list[Lived], control: Mapping[str, Any]) -> str:
        """How the owner was told: by the operation that its manifest names, called once for each claim."""
        register, manifest = lived.life.claim_type.delivered_to or "", manifest_of(lived.life)
        operation = manifest.receives[lived.life.code].operation
        sent = [
            each
            for each in many
            if each.life.claim_type.delivered_to == register
            and manifest.receives[each.life.code].operation == operation
        ]
        lived.expect(Step.DELIVERED, control[register]["calls"][operation], len(sent))
        return str(manifest.kind)

    def ask_for_more(self, many: list[Lived]) -> None:
        """The owner asks, the applicant answers, and the answers are a message of their own in the owner's system."""
        for lived in many:
            self._owner_says(lived, Step.ASKED, "INFORMATION_REQUESTED")
        self.claims_once({"INFORMATION_REQUESTED": len(many)})
        for lived in many:
            made, codes = self.do("lives-zane", _ANSWER, id=lived.id, answers=_answers(lived.life))
            lived.expect(Step.ASKED, (made is not None, codes), (True, []))
        end = time.monotonic() + WITHIN_SECONDS
        while not all(self._arrived(control := self.gateway.control(), each) for each in many):
            if time.monotonic() > end:
                break
            time.sleep(0.2)
        for lived in many:
            lived.expect(Step.ASKED, self._arrived(control, lived), ["ANSWERS"])
            lived.said[Step.ASKED] = "answered"

    @staticmethod
    def _arrived(control: Mapping[str, Any], lived: Lived) -> list[str]:
        messages = control[lived.life.claim_type.delivered_to or ""]["messages"]
        return [each["kind"] for each in messages if each["reference"] == lived.reference]

    def decide(self, many: list[Lived]) -> None:
        """By the officer, or by the owner's own system, whose officers are referred to it."""
        for lived in many:
            self._owner_says(lived, Step.DECIDED, _outcome(lived.life))
        granted = sum(_outcome(each.life) == "GRANTED" for each in many)
        claims = self.claims_once({"GRANTED": granted, "REFUSED": len(many) - granted})
        for lived in many:
            lived.expect(Step.DECIDED, claims[lived.id]["status"], _outcome(lived.life))
            by = {DECIDES_ITSELF: "asked", SIGNS: "by message"}.get(lived.life.owner, "officer")
            lived.said[Step.DECIDED] = f"{claims[lived.id]['status'].lower()} ({by})"

    def _owner_says(self, lived: Lived, step: Step, outcome: str) -> None:
        made, codes = self.do(lived.life.officer, _DECIDE, id=lived.id, outcome=outcome)
        if lived.life.owner not in (DECIDES_ITSELF, SIGNS):
            lived.expect(step, (made, codes), ({"status": outcome}, []))
            return
        lived.expect(step, codes, ["DECIDED_IN_OWNER_SYSTEM"])
        if lived.life.owner == DECIDES_ITSELF:
            register = lived.life.claim_type.delivered_to
            told = {"register": register, "reference": lived.reference, "status": _IN_REGISTERS[outcome]}
            answer = httpx.post(f"{self.gateway.registers_url}/_control", json=told | {"note": _NOTE}, trust_env=False)
        else:
            told = change(0, outcome, lived.reference, note=_NOTE) | {"id": f"{outcome} {lived.id}"}
            told["changedAt"] = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            body = message(told)
            headers = {"content-type": "application/json", "x-jws-signature": self._owner.sign(body)}
            url = f"{self.gateway.url}{self._owner.path}"
            answer = httpx.post(url, content=body, headers=headers, trust_env=False)
        lived.expect(step, answer.status_code, 200)


@contextmanager
def running_town(folder: Path) -> Iterator[Town]:
    """A gateway with the town.

    Args:
        folder: for its files; it is empty.
    """
    owner = OwnerSystem(SIGNS)
    settings = town.ENDLESS | {
        "GATEWAY_DECIDING_OWNERS": f"{DECIDES_ITSELF},{SIGNS}",
        "GATEWAY_OWNERS": '{"%s": {"jwks_file": "%s"}}' % (SIGNS, owner.publish(folder)),
    }
    world = town.write_town(folder / "town")
    with RunningGateway(folder / "data", "--world", str(world), settings=settings) as gateway:
        here = Town(gateway, owner)
        try:
            yield here
        finally:
            here.asking.close()


def live(here: Town, every: Iterable[Life] | None = None) -> list[Lived]:
    """Live all of them through. What goes wrong is in each, and the next step is tried all the same."""
    lived = [Lived(each) for each in (lives() if every is None else every)]
    here.grant()
    for each in lived:
        here.begin(each)
    running = [each for each in lived if each.id]
    for each in running:
        here.look(each, Step.EVIDENCE, each.life.way.submits, _marks(each.life.way))
        here.submit(each)
    here.deliver(running)
    for each in running:
        # One way that closes with the sending, and one that does not.
        if each.life.way in (Way.CENTRE, Way.THIRD_PARTY):
            sees = looking.NOBODYS if each.life.way is Way.CENTRE else _marks(each.life.way)
            here.look(each, Step.AFTERWARDS, each.life.way.submits, sees)
        here.look(each, Step.OWNER, each.life.officer, looking.OWNERS)
    here.ask_for_more([each for each in running if each.life.way is Way.CITIZEN])
    here.decide(running)
    for each in running:
        sees = looking.APPLICANTS if each.life.way.submits in _OWN else looking.NOBODYS
        here.look(each, Step.CLOSED, each.life.way.submits, sees)
    logs.read_logs(here.ask, running)
    return lived


@cache
def _manifests() -> dict[str, Manifest]:
    return {each.name: load_manifest(each.folder / "manifest.toml") for each in look(()) if isinstance(each, Found)}


def manifest_of(life: Life) -> Manifest:
    """Of the register that receives it."""
    return _manifests()[life.claim_type.delivered_to or ""]


def _marks(way: Way) -> frozenset[Any]:
    return looking.THIRD_PARTIES if way.submits == "lives-worker" else looking.APPLICANTS


def _outcome(life: Life) -> str:
    return "REFUSED" if life.way is Way.MANDATE else "GRANTED"


def _refusal(life: Life) -> str:
    """The code with which a claim type refuses to begin so."""
    return "APPLICANT_INVALID" if life.way is Way.LEGAL_ENTITY else "FORBIDDEN"


def _claim(life: Life) -> dict[str, Any]:
    applicant = (
        {"personCode": town.APPLICANT}
        if life.way.applicant is ApplicantKind.PERSON
        else {"registrationNumber": town.ENTITY}
    )
    asked = {"type": life.code, "applicant": applicant, "answers": _answers(life)}
    if life.claim_type.level is GovernmentLevel.MUNICIPAL:
        asked["municipality"] = MUNICIPALITY
    return asked | ({"presence": town.PRESENCE} if life.way is Way.CENTRE else {})


def _answers(life: Life) -> Mapping[str, Any]:
    """The example's, about the town's own child."""
    return {key: town.CHILD if key == "child" else value for key, value in life.claim_type.answers.items()}


def _mandate(holder: dict[str, str], types: list[str]) -> dict[str, Any]:
    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    actions = ["PREPARE", "SUBMIT", "READ", "READ_EVIDENCE"]
    return {"holder": holder, "claimTypes": types, "actions": actions, "validTo": until}


def _takes(code: str, kind: ApplicantKind = ApplicantKind.PERSON) -> bool:
    return any(each.code.text == code and kind in each.applicants for each in claim_types())
