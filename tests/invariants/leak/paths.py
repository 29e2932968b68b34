"""The paths on which a personal code meets the gateway: each a function of a visit, which notes what it is told."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from schema.terms import Capacity
from tests.edge.owner_system import change, message
from tests.invariants.leak.city import OWNER, PORTAL_TOKEN, City
from tests.invariants.leak.spellings import hyphenated

CITIZEN, OFFICER = Capacity.CITIZEN, Capacity.OWNER_OFFICER
ME = """{ me { personCode givenName birthDate income { gross } taxBook { employer } insurance { totalYears } benefits { kind }
 declaredAddress { fullText } household { person { personCode givenName } } children { personCode givenName }
 properties { kind } vehicles { plate } enterprises { role } socialStatuses { kind } employmentStatus { unemployed }
 claims { edges { node { id } } } accessLog { edges { node { who } } } } }"""
EVIDENCE = """query($id: ID!) { claim(id: $id) { status answers delivery { attempts lastError } history { status note }
 applicant { ... on Person { personCode givenName declaredAddress { fullText } benefits { kind } income { gross }
 household { person { personCode givenName income { gross } benefits { kind } properties { kind } vehicles { plate } } } } } }
 node(id: $id) { id ... on Claim { applicant { ... on Person { personCode children { givenName birthDate } properties { kind } } } } } }"""
_CHANGED = "subscription($id: ID!) { claimChanged(id: $id) { id status } }"
_RECORDS = "query($f: AccessRecordFilter) { accessRecords(filter: $f, first: 5) { edges { node { subjectHash who fields } } } }"


@dataclass(slots=True)
class Visit:
    """One person's code on its way through the city."""

    city: City
    code: str
    number: int
    """Of the person, from 0."""
    atvk: str
    child: str
    claim: str | None = None
    said: list[str] = field(default_factory=list)
    """Errors, problems, headers and refusals that were answered: nobody's code belongs in there."""
    requests: int = 0
    answered: int = 0
    """Of them those with what was asked for, faults notwithstanding."""

    def token(self, capacity: Capacity = CITIZEN, organisation: str | None = None, grantor: str | None = None) -> str:
        """A token of this person."""
        return self.city.token(capacity, self.code, organisation, grantor)

    def ask(self, query: str, variables: Any = None, token: str | None = None, **headers: str) -> Any:
        """Ask the graph; gives ``data``."""
        body = {"query": query} if variables is None else {"query": query, "variables": variables}
        given = {"authorization": f"Bearer {token or self.token()}", **headers}
        answer = self.send("POST", "/graphql", json=body, headers=given)
        try:
            return answer.json().get("data") or {}
        except ValueError:
            return {}

    def change(self, name: str, values: Mapping[str, Any], token: str | None = None) -> str | None:
        """A mutation; gives the id of what it is about, or None where it is refused."""
        kind, what = f"{name[0].upper()}{name[1:]}Input", "mandate" if name.endswith("Mandate") else "claim"
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {what} {{ id }} problems {{ code message field }} }} }}"
        payload = self.ask(query, {"i": values}, token).get(name) or {}
        return (payload.get(what) or {}).get("id")

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request; its headers are noted, and of its body what is no data."""
        answer = self.city.http.request(method, path, **more)
        self.requests += 1
        self.said.append(f"{answer.status_code} {list(answer.headers.items())}")
        try:
            body = answer.json()
        except ValueError:
            body = None
        told = body if answer.status_code == 200 and isinstance(body, dict) and "data" in body else None
        if told is None:
            self.said.append(answer.text)
        else:
            self.said += [json.dumps(told.get(part), ensure_ascii=False) for part in ("errors", "extensions")]
            self.said += [json.dumps(each, ensure_ascii=False) for each in _problems(told["data"])]
            self.answered += told["data"] is not None
        return answer


def read_me(visit: Visit) -> None:
    """All that ``me`` opens, twice: the second time what was kept is read."""
    visit.ask(ME)
    visit.ask(ME)


def life_of_a_claim(visit: Visit) -> None:
    """Draft, answers, evidence, submission twice over: one type for each way of delivery in turn."""
    kind, answers, municipal = _CLAIMS[visit.number % len(_CLAIMS)](visit)
    draft = {"type": kind, "applicant": {"personCode": visit.code}, "answers": answers}
    if municipal:
        draft["municipality"] = visit.atvk
    visit.claim = claim = visit.change("prepareClaim", draft)
    visit.change("prepareClaim", draft | {"answers": {visit.code: visit.code, "account": visit.code}})
    if claim is None:
        return
    visit.change("answerClaim", {"id": claim, "answers": answers})
    visit.change("answerClaim", {"id": claim, "answers": {"tenure": visit.code}})
    visit.ask(EVIDENCE, {"id": claim})
    visit.change("submitClaim", {"id": claim, "idempotencyKey": visit.code})
    visit.change("submitClaim", {"id": claim, "idempotencyKey": visit.code})
    visit.ask(EVIDENCE, {"id": claim})


def officer(visit: Visit) -> None:
    """The owner's officer reads the household's evidence; some decide, with the code as the reason."""
    if visit.claim is None:
        return
    owner = ("social-", "education-", "vzd", "vid")[visit.number % len(_CLAIMS)]
    token = visit.city.token(OFFICER, "39100000088", owner + visit.atvk if owner.endswith("-") else owner)
    visit.ask(EVIDENCE, {"id": visit.claim}, token)
    visit.change("decideClaim", {"id": visit.claim, "outcome": "GRANTED", "reason": visit.code}, token)


def withdrawal(visit: Visit) -> None:
    """With the code as the reason."""
    if visit.claim is not None:
        visit.change("withdrawClaim", {"id": visit.claim, "reason": f"{visit.code} {hyphenated(visit.code)}"})


def wrong_variables(visit: Visit) -> None:
    """The code as id, literal, name of a field, alias, type, operation and variable."""
    code, written = visit.code, hyphenated(visit.code)
    visit.ask("query($i: ID!) { claim(id: $i) { id } node(id: $i) { id } }", {"i": written})
    visit.ask(f'{{ claim(id: "{code}") {{ id }} legalEntity(registrationNumber: "{code}") {{ name }} }}')
    visit.ask(f"query q{code} {{ a{code}: viewer {{ x{code} }} ... on P{code} {{ id }} }}")
    visit.ask(f'{{ me {{ income(months: "{written}") {{ gross }} }} claim(id: {code}) {{ id }} "{code}')
    visit.ask("query($c: ClaimTypeCode!, $f: ClaimFilter) { claimType(code: $c) { code } claims(filter: $f) { totalCount } }", {"c": written, "f": {"statuses": [code], code: code}, code: code})  # fmt: skip
    visit.ask("query($o: String!) { explain(operation: $o) { allowed problems { message } accessLogEntries } }", {"o": f'{{ claim(id: "{code}") {{ x{code} }} }}'})  # fmt: skip
    visit.send("POST", "/graphql", content=f'{{"query": "{code}', headers={"content-type": "application/json"})
    visit.send("POST", "/graphql", json=[code], headers={"authorization": f"Bearer {visit.token()}"})


def headers(visit: Visit) -> None:
    """The code in headers that are read, and in some that are not."""
    encoded = base64.b64encode(visit.code.encode()).decode().rstrip("=")
    for value in (visit.code, f"LV{visit.code}", f"a{hyphenated(visit.code)}", encoded):
        visit.ask("{ viewer { capacity } }", **{"x-request-id": value, "traceparent": value, "user-agent": value})
    for value in (f"Bearer {visit.code}", f"Bearer e30.{encoded}.{visit.code}", f"Basic {encoded}", visit.code):
        visit.send("POST", "/graphql", json={"query": "{ me { personCode } }"}, headers={"authorization": value})
    for name in ("content-type", "accept", "content-encoding", "host", "last-event-id", "origin"):
        visit.ask("{ viewer { capacity } }", **{name: visit.code})


def addresses(visit: Visit) -> None:
    """Unknown paths, queries, and methods."""
    code, written = visit.code, hyphenated(visit.code)
    for path in (f"/people/{code}", f"/{written}?code={code}", f"/graphql/{code}", f"/graphql?query={written}", f"/health/ready?{code}", f"/owners/{code}/callback", f"/data-tracker/v2/{code}"):  # fmt: skip
        visit.send("GET", path)
    visit.send("POST", f"/people/%33{code[1:]}", json={"code": code})
    visit.send(f"X{code}", "/graphql")


def mandate(visit: Visit) -> None:
    """Given to the code, by it, used by a holder, taken back."""
    values = {"claimTypes": ["annual-income-declaration"], "actions": ["READ", "PREPARE"], "validTo": "2099-01-01"}
    given = visit.change("grantMandate", values | {"holder": {"personCode": "39100000066"}})
    visit.change("grantMandate", values | {"holder": {"personCode": f"{hyphenated(visit.code)}x"}})
    visit.change("grantMandate", values | {"holder": {"thirdParty": visit.code}})
    anna = visit.city.token(CITIZEN, "39100000011")
    visit.change("grantMandate", values | {"holder": {"personCode": visit.code}}, anna)
    holder = visit.city.token(Capacity.MANDATE_HOLDER, "39100000066", grantor=visit.code)
    draft = {"type": "annual-income-declaration", "applicant": {"personCode": visit.code}}
    visit.change("prepareClaim", draft, holder)
    visit.ask(ME, token=holder)
    if given is not None:
        visit.change("revokeMandate", {"id": given})


def presence(visit: Visit) -> None:
    """A clerk, with the code as the person present and in the reference."""
    clerk = visit.city.token(Capacity.CLERK, "39100000099", "centre-valmiera")
    for method in ("PAPER_MANDATE", "EID_TAP"):
        present = {"method": method, "reference": f"demo-present-{visit.code}"}
        draft = {"type": "housing-benefit", "municipality": "0054000", "applicant": {"personCode": visit.code}}
        visit.change("prepareClaim", draft | {"presence": present}, clerk)


def owners_tell(visit: Visit) -> None:
    """Status by polling and by callback, the code in every text; signed, unsigned, and signed wrongly."""
    for register, told in visit.city.owners().items() if visit.claim is not None else ():
        for case in told["cases"]:
            if case["claimId"] == visit.claim:
                order = {"register": register, "reference": case["reference"], "status": "INFORMATION_REQUESTED"}
                visit.city.control(**order, note=f"Lūdzam precizēt: {visit.code}")
    code = visit.code
    body = message(change(visit.number % 60, "GRANTED", code, note=code) | {"id": f"c-{code}"})
    wrong = message(change(1, code, code, **{code: code}))
    for content, signature in ((body, OWNER.sign(body)), (wrong, OWNER.sign(wrong)), (body, code), (body, OWNER.sign(body, kid=code))):  # fmt: skip
        given = {"content-type": "application/json", "x-jws-signature": signature}
        visit.send("POST", OWNER.path, content=content, headers=given)


def subscription(visit: Visit) -> None:
    """One's own claim, watched until the first event; and the code watched in place of a claim."""
    for claim in (visit.claim, visit.code):
        if claim is None:
            continue
        given = {"authorization": f"Bearer {visit.token()}", "accept": "text/event-stream"}
        body = {"query": _CHANGED, "variables": {"id": claim}}
        visit.requests += 1
        with visit.city.http.stream("POST", "/graphql", json=body, headers=given) as answer:
            for line in answer.iter_lines():
                visit.said.append(line)
                if line.startswith("data:"):
                    visit.answered += 1
                    break


def data_tracker(visit: Visit) -> None:
    """The portal asks in the address, as its contract has it; with right and wrong forms and secrets."""
    right = {
        "authorization": f"Bearer {PORTAL_TOKEN}",
        "x-road-client": "LV/GOV/1/p",
        "x-road-userid": f"LV{visit.code}",
    }
    for code in (visit.code, hyphenated(visit.code), f"LV{visit.code}"):
        answer = visit.send("GET", "/data-tracker/v2/findUsage", params={"userCode": code}, headers=right)
        visit.answered += answer.status_code == 200
    wrong = right | {"authorization": f"Bearer {visit.code}", "x-road-client": visit.code}
    visit.send(
        "GET", "/data-tracker/v2/findUsage", params={"userCode": visit.code, "offset": visit.code}, headers=wrong
    )


def auditor(visit: Visit) -> None:
    """A search by code, with and without a case, and the code where a case belongs."""
    token = visit.city.token(Capacity.AUDITOR, "39100000077")
    for search in ({"subject": visit.code, "caseReference": "A-1"}, {"subject": visit.code}, {"claim": visit.code}, {"subject": f"{visit.code}1", "caseReference": visit.code}):  # fmt: skip
        visit.ask(_RECORDS, {"f": search}, token)


def _housing(_: Visit) -> tuple[str, dict[str, Any], bool]:
    return "housing-benefit", {"tenure": "RENT", "monthlyCosts": "310.50", "account": "LV80BANK0000435195001"}, True


def _kindergarten(visit: Visit) -> tuple[str, dict[str, Any], bool]:
    return "kindergarten-queue", {"child": visit.child, "wantedFrom": "2099-09-01", "institutions": [visit.code]}, True


def _extract(visit: Visit) -> tuple[str, dict[str, Any], bool]:
    return "cadastre-extract", {"cadastreNumbers": [], "purpose": visit.code}, False


def _income(_: Visit) -> tuple[str, dict[str, Any], bool]:
    expenses = [{"kind": "MEDICAL", "amount": "120.00"}]
    last_year = time.gmtime().tm_year - 1
    return (
        "annual-income-declaration",
        {"year": last_year, "expenses": expenses, "account": "LV80BANK0000435195001"},
        False,
    )


_CLAIMS = (_housing, _kindergarten, _extract, _income)

PATHS: Mapping[str, Callable[[Visit], None]] = {
    "me, all fields, twice": read_me,
    "prepare, answer, evidence, submit": life_of_a_claim,
    "officer's evidence and decision": officer,
    "subscription": subscription,
    "polling and callback": owners_tell,
    "withdraw": withdrawal,
    "wrong variables and documents": wrong_variables,
    "headers and tokens": headers,
    "unknown addresses": addresses,
    "mandates": mandate,
    "clerk and presence": presence,
    "data tracker": data_tracker,
    "auditor's search": auditor,
}
"""In the order in which a claim lives."""


def _problems(data: Any) -> list[Any]:
    if isinstance(data, list):
        return [one for each in data for one in _problems(each)]
    if not isinstance(data, dict):
        return []
    own = [data["problems"]] if data.get("problems") else []
    return own + [one for each in data.values() for one in _problems(each)]
