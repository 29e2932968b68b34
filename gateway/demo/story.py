"""One claim's story: prepared, submitted, delivered, read by those who may, refused to who may not, and logged."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from gateway.demo.caller import Asks, Heard
from gateway.demo.stage import Stage

CLAIM_TYPE = "housing-benefit"
MUNICIPALITY = "0054000"
THIRD_PARTY = "tp-support"
ANSWERS = {"tenure": "RENT", "monthlyCosts": "310.50", "account": "LV80BANK0000435195001"}
_DELIVERED_WITHIN_SECONDS = 20.0
_UNDELIVERED = ("SUBMITTED", "DRAFT")

PREPARE = """
mutation ($input: PrepareClaimInput!) {
  prepareClaim(input: $input) { claim { id status } problems { code message } }
}
"""
EVIDENCE = """
query ($id: ID!) {
  claim(id: $id) {
    applicant {
      ... on Person {
        givenName familyName
        declaredAddress { fullText }
        household { relation person { givenName familyName birthDate } }
        income(months: 3) { month gross payerName }
      }
    }
  }
}
"""
SUBMIT = """
mutation ($input: SubmitClaimInput!) {
  submitClaim(input: $input) { claim { id status } problems { code message } }
}
"""
ASSIGN = """
mutation ($input: AssignClaimInput!) {
  assignClaim(input: $input) { claim { id assignedTo { name } } problems { code message } }
}
"""
STATUS = "query ($id: ID!) { claim(id: $id) { status ownerReference } }"
THIRD_PARTY_READS = """
query ($id: ID!) {
  claim(id: $id) {
    applicant {
      ... on Person { givenName familyName declaredAddress { fullText } income(months: 3) { month gross } }
    }
  }
}
"""
STRANGER_READS = """
query ($id: ID!) {
  claim(id: $id) { status applicant { ... on Person { givenName declaredAddress { fullText } } } }
}
"""
ACCESS_LOG = """
query {
  me { accessLog(first: 50) { edges { node { at who capacity action outcome fields claim { id } } } } }
}
"""


class StoryStopped(Exception):
    """An answer was not the one that the story needs to go on. The message says which."""


class Story:
    """Tells the story on a stage.

    Args:
        world: asked over HTTP.
        stage: where steps and results are shown.
        sleep: waits some seconds while the claim is being delivered.
    """

    def __init__(self, world: Asks, stage: Stage, sleep: Callable[[float], None] = time.sleep) -> None:
        self._world = world
        self._stage = stage
        self._sleep = sleep

    def tell(self) -> str:
        """Tell it from the beginning to the end.

        Returns:
            The claim's id.

        Raises:
            StoryStopped: an answer was another than the story's.
            Gone: nobody answers any more.
        """
        claim = self._prepare()
        self._read_evidence(claim)
        self._submit(claim)
        self._assign(claim)
        self._arrive(claim)
        self._third_party_reads(claim)
        self._stranger_reads(claim)
        self._log(claim)
        return claim

    def _prepare(self) -> str:
        self._stage.step("anna", "CITIZEN", "prepares a housing-benefit claim in Valmiera", "prepareClaim")
        # The applicant of a citizen's claim is the token's person: the code is what the form of a front end would send.
        me = self._world.ask("anna", "query { me { personCode } }", {})
        code = _value(me, "me", "personCode")
        answered = self._world.ask(
            "anna",
            PREPARE,
            {
                "input": {
                    "type": CLAIM_TYPE,
                    "applicant": {"personCode": code},
                    "municipality": MUNICIPALITY,
                    "answers": ANSWERS,
                }
            },
        )
        claim = self._payload(answered, "prepareClaim")
        self._stage.rows([("claim", str(claim["id"])), ("status", str(claim["status"]))])
        return str(claim["id"])

    def _read_evidence(self, claim: str) -> None:
        self._stage.step(
            "anna",
            "CITIZEN",
            "reads the evidence that her claim opens: three registers in one question",
            "claim { applicant { givenName familyName declaredAddress household income } }",
        )
        answered = self._world.ask("anna", EVIDENCE, {"id": claim})
        person = _value(answered, "claim", "applicant")
        self._stage.rows(
            [
                ("name", f"{person['givenName']} {person['familyName']}"),
                ("declared address", _text(person["declaredAddress"], "fullText")),
                *(("household", _member(member)) for member in person["household"] or ()),
                *(("income", _income(income)) for income in person["income"] or ()),
            ]
        )
        self._refusals(answered)

    def _submit(self, claim: str) -> None:
        self._stage.step("anna", "CITIZEN", "submits it, and once more, as after a lost answer", "submitClaim")
        given = {"input": {"id": claim, "idempotencyKey": secrets.token_hex(8)}}
        first = self._payload(self._world.ask("anna", SUBMIT, given), "submitClaim")
        second = self._payload(self._world.ask("anna", SUBMIT, given), "submitClaim")
        same = "the same claim, accepted once" if first["id"] == second["id"] else f"another claim: {second['id']}"
        self._stage.rows([("status", str(first["status"])), ("second time", same)])

    def _assign(self, claim: str) -> None:
        self._stage.step("anna", "CITIZEN", "lets an organisation help her with this one claim", "assignClaim")
        given = {"input": {"id": claim, "thirdParty": THIRD_PARTY, "assigned": True}}
        assigned = self._payload(self._world.ask("anna", ASSIGN, given), "assignClaim")
        self._stage.rows([("assigned to", str(helper["name"])) for helper in assigned["assignedTo"] or ()])

    def _arrive(self, claim: str) -> None:
        self._stage.step(
            "anna", "CITIZEN", "sees it arrive in the municipality's own system", "claim { status ownerReference }"
        )
        until = time.monotonic() + _DELIVERED_WITHIN_SECONDS
        while True:
            found = _value(self._world.ask("anna", STATUS, {"id": claim}), "claim")
            if found["status"] not in _UNDELIVERED or time.monotonic() > until:
                break
            self._sleep(0.2)
        self._stage.rows(
            [
                ("status", str(found["status"])),
                ("owner's reference", str(found["ownerReference"] or "none yet")),
                ("case in the owner's system", self._world.case_of(claim) or "none yet"),
            ]
        )

    def _third_party_reads(self, claim: str) -> None:
        self._stage.step(
            "ngo-support",
            "THIRD_PARTY_WORKER",
            "reads what the claim opens to the organisation, and asks for more",
            "claim { applicant { givenName familyName declaredAddress income } }",
        )
        answered = self._world.ask("ngo-support", THIRD_PARTY_READS, {"id": claim})
        person = _value(answered, "claim", "applicant")
        self._stage.rows(
            [
                ("name", f"{person['givenName']} {person['familyName']}"),
                ("declared address", _text(person["declaredAddress"], "fullText")),
            ]
        )
        if person["income"] is not None:
            raise StoryStopped("income was given to a third party")
        self._refusals(answered)

    def _stranger_reads(self, claim: str) -> None:
        self._stage.step(
            "ngo-families",
            "THIRD_PARTY_WORKER",
            "asks for the same claim without being assigned to it",
            "claim { status applicant { givenName declaredAddress } }",
        )
        before = self._world.register_calls()
        answered = self._world.ask("ngo-families", STRANGER_READS, {"id": claim})
        after = self._world.register_calls()
        if answered.data is None or answered.data.get("claim") is not None:
            raise StoryStopped("the claim was given to an organisation that is not assigned to it")
        self._refusals(answered)
        if before is not None and after is not None:
            self._stage.rows([("register calls of this attempt", str(after - before))])

    def _log(self, claim: str) -> None:
        self._stage.step("anna", "CITIZEN", "looks who looked", "me { accessLog }")
        answered = self._world.ask("anna", ACCESS_LOG, {})
        entries = [edge["node"] for edge in _value(answered, "me", "accessLog", "edges")]
        about = [entry for entry in entries if (entry["claim"] or {}).get("id") == claim]
        self._stage.entries(
            [
                (
                    str(entry["at"])[11:19],
                    str(entry["who"]),
                    str(entry["action"]),
                    str(entry["outcome"]),
                    ", ".join(str(field).removeprefix("Person.") for field in entry["fields"]),
                )
                for entry in about
            ]
        )
        if not any(entry["outcome"] == "DENIED" for entry in about):
            raise StoryStopped("the refused attempt is not in the log")

    def _payload(self, answered: Heard, field: str) -> Mapping[str, Any]:
        payload = _value(answered, field)
        for problem in payload["problems"]:
            raise StoryStopped(f"{field} answered {problem['code']}: {problem['message']}")
        claim: Mapping[str, Any] = payload["claim"]
        return claim

    def _refusals(self, answered: Heard) -> None:
        for error in answered.errors:
            extensions = error.get("extensions", {})
            path = ".".join(str(step) for step in error.get("path", ()))
            self._stage.refusal(str(extensions.get("code")), path, str(error.get("message")), extensions.get("remedy"))


def _value(answered: Heard, *path: str) -> Any:
    found: Any = answered.data
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
        if found is None:
            codes = ", ".join(answered.codes()) or "no error"
            raise StoryStopped(f"{'.'.join(path)} is null, with {codes}")
    return found


def _text(record: Mapping[str, Any] | None, field: str) -> str:
    return "not on record" if record is None else str(record[field])


def _member(member: Mapping[str, Any]) -> str:
    person = member["person"]
    return f"{person['givenName']} {person['familyName']}, {person['birthDate']} ({member['relation']})"


def _income(income: Mapping[str, Any]) -> str:
    return f"{income['month']}  {income['gross']} EUR  {income['payerName'] or ''}".rstrip()
