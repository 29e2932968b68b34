"""Clients as they should be: what is not answered is asked again, under the same key, until it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

PREPARE = "mutation($i:PrepareClaimInput!){prepareClaim(input:$i){claim{id} problems{code message field}}}"
SUBMIT = "mutation($i:SubmitClaimInput!){submitClaim(input:$i){claim{id} problems{code message field}}}"
WITHDRAW = "mutation($i:WithdrawClaimInput!){withdrawClaim(input:$i){claim{id} problems{code message field}}}"
READ = """query($after:String){claims(first:100,after:$after){pageInfo{hasNextPage endCursor}
 edges{node{id status answers submittedAt history{status}}}}}"""


class Unanswered(Exception):  # noqa: N818 - the name says what happened
    """Nobody knows what became of the request."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Claims of one strategy."""

    strategy: str
    register: str
    claim_type: str
    persona: str
    person_code: str
    municipality: str | None
    answers: Mapping[str, Any]
    token_field: str
    """The answer that is another one in each claim, so that an altered claim can be told."""

    def answers_of(self, number: int) -> tuple[dict[str, Any], str]:
        """Answers that no other claim has, and the part of them that tells."""
        token = f"{1_000_000 + number}.{number % 100:02d}"
        value = [token] if isinstance(self.answers[self.token_field], list) else token
        return {**self.answers, self.token_field: value}, token


KINDS = (
    Kind(
        "IDEMPOTENCY_KEY",
        "social_assistance",
        "housing-benefit",
        "anna",
        "39100000011",
        "0054000",
        {"tenure": "RENT", "monthlyCosts": "310.50", "account": "LV80BANK0000435195001"},
        "monthlyCosts",
    ),
    Kind(
        "LOOKUP_BEFORE_RESEND",
        "education",
        "kindergarten-queue",
        "anna",
        "39100000011",
        "0054000",
        {"child": "39100000033", "wantedFrom": "2027-09-01", "institutions": ["x"]},
        "institutions",
    ),
    Kind(
        "MANUAL",
        "cadastre",
        "cadastre-extract",
        "peteris",
        "39100000055",
        None,
        {"cadastreNumbers": [], "purpose": "x"},
        "purpose",
    ),
    Kind(
        "IDEMPOTENCY_KEY, another vendor",
        "social_casework",
        "housing-benefit",
        "marta",
        "39100000066",
        "0005000",
        {"tenure": "RENT", "monthlyCosts": "310.50", "account": "LV80BANK0000435195001"},
        "monthlyCosts",
    ),
)


@dataclass(slots=True)
class Accepted:
    """A claim that the gateway said it has."""

    kind: Kind
    answers: Mapping[str, Any]
    token: str
    withdrawn: bool = False
    """And that it is withdrawn."""


@dataclass(slots=True)
class Ledger:
    """What clients were told."""

    accepted: dict[str, Accepted] = field(default_factory=dict)
    slips: list[str] = field(default_factory=list)
    """Answers that should not have been."""
    repeated: int = 0
    """Submissions that were sent more than once."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Client(threading.Thread):
    """Prepares and submits one claim after the other until told to stop, and then finishes the one in hand."""

    def __init__(
        self, number: int, kind: Kind, port: int, token: str, ledger: Ledger, stop: threading.Event, pause: float
    ) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self._first = number * 100_000
        self._kind = kind
        self._port = port
        self._token = token
        self._ledger = ledger
        self._told_to_stop = stop
        self._pause = pause

    def run(self) -> None:
        """See ``threading.Thread``."""
        number = self._first
        while not self._told_to_stop.is_set():
            number += 1
            self._one_claim(number)
            self._told_to_stop.wait(self._pause)

    def _one_claim(self, number: int) -> None:
        kind = self._kind
        answers, token = kind.answers_of(number)
        draft = {
            "type": kind.claim_type,
            "applicant": {"personCode": kind.person_code},
            "municipality": kind.municipality,
            "answers": answers,
        }
        claim, _ = self._until_answered(PREPARE, draft, "prepareClaim")
        submission = {"id": claim, "idempotencyKey": f"key-{number}"}
        said, times = self._until_answered(SUBMIT, submission, "submitClaim")
        again = said
        if number % 5 == 0:  # A client that lost the answer after it came.
            again, _ = self._until_answered(SUBMIT, submission, "submitClaim")
        with self._ledger.lock:
            self._ledger.repeated += times > 1
            if {said, again} != {claim}:
                self._ledger.slips.append(f"{claim}: another claim was answered under its key")
            self._ledger.accepted[claim] = Accepted(kind, answers, token)
        if number % 7 == 0:
            self._until_answered(WITHDRAW, {"id": claim, "reason": "I moved away."}, "withdrawClaim")
            self._ledger.accepted[claim].withdrawn = True

    def _until_answered(self, document: str, variables: Mapping[str, Any], name: str) -> tuple[str, int]:
        times = 0
        while True:
            times += 1
            try:
                answer = ask(self._port, self._token, document, {"i": variables})
            except Unanswered:
                threading.Event().wait(0.05)
                continue
            payload = (answer.get("data") or {}).get(name)
            if payload is None or answer.get("errors"):
                # The gateway says that it cannot now, or that nobody knows: as good as no answer.
                threading.Event().wait(0.1)
                continue
            if (
                name == "withdrawClaim"
                and times > 1
                and [one["code"] for one in payload["problems"]] == ["WRONG_STATUS"]
            ):
                return str(variables["id"]), times  # It was done, and the answer was lost.
            if payload["problems"] or payload["claim"] is None:
                with self._ledger.lock:
                    self._ledger.slips.append(f"{name}: {payload['problems']}")
                raise SystemExit
            return str(payload["claim"]["id"]), times


def ask(port: int, token: str, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Raises: Unanswered."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/graphql", json.dumps({"query": document, "variables": variables}), headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        return answer
    except (OSError, HTTPException, ValueError):
        raise Unanswered from None
    finally:
        connection.close()


def claims_of(port: int, token: str) -> dict[str, dict[str, Any]]:
    """All claims that the token's person sees, by id. Raises: Unanswered."""
    found: dict[str, dict[str, Any]] = {}
    after: str | None = None
    while True:
        answer = ask(port, token, READ, {"after": after})
        if answer.get("errors"):
            raise Unanswered
        page = answer["data"]["claims"]
        found |= {edge["node"]["id"]: edge["node"] for edge in page["edges"]}
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
