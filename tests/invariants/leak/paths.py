"""The paths on which a personal code meets the gateway: each a function of a visit, which notes what it is told."""

from __future__ import annotations

import base64
import json
import time
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path as File
from typing import Any

from schema.terms import Capacity
from tests.invariants.leak.city import PORTAL_TOKEN
from tests.invariants.leak.mishaps import HEADER, PLACES
from tests.invariants.leak.owner_paths import EVIDENCE, OWNER_PATHS
from tests.invariants.leak.spellings import hyphenated
from tests.invariants.leak.visit import CITIZEN, Path, Visit, each
from tests.running_gateway import ROOT

ME = """{ me { personCode givenName birthDate income { gross } taxBook { employer } insurance { totalYears } benefits { kind }
 declaredAddress { fullText } household { person { personCode givenName } } children { personCode givenName }
 properties { kind } vehicles { plate } enterprises { role } socialStatuses { kind } employmentStatus { unemployed }
 claims { edges { node { id } } } accessLog { edges { node { who } } } } }"""
_RECORDS = "query($f: AccessRecordFilter) { accessRecords(filter: $f, first: 5) { edges { node { subjectHash who fields } } } }"
_PATIENCE_SECONDS = 45.0
_OVERRUNS_EACH = 50
"""Each so many-th code waits until the gateway gives up: that takes seconds."""
_HEALTH = "{ registers { id title health { state lastError p95Milliseconds } } }"


def read_me(visit: Visit) -> None:
    """All that ``me`` opens, twice: the second time what was kept is read."""
    visit.ask(ME)
    visit.ask(ME)


def life_of_a_claim(visit: Visit) -> None:
    """Draft, answers, evidence, submission twice over: one type for each way of delivery in turn."""
    visit.kind = kind = TYPES[visit.number % len(TYPES)]
    answers = _answers(visit, kind)
    draft = {"type": kind, "applicant": {"personCode": visit.code}, "answers": answers}
    if kind in _MUNICIPAL:
        draft["municipality"] = visit.atvk
    visit.claim = claim = visit.change("prepareClaim", draft)
    visit.change("prepareClaim", draft | {"answers": {visit.code: visit.code, "account": visit.code}})
    if claim is None:
        return
    visit.change("answerClaim", {"id": claim, "answers": answers})
    visit.change("answerClaim", {"id": claim, "answers": {"tenure": visit.code}})
    visit.ask(EVIDENCE, {"id": claim})
    # The first has the code for its key; a claim that is made anew needs another.
    key = f"{visit.code}{visit.claims or ''}"
    visit.claims += 1
    visit.change("submitClaim", {"id": claim, "idempotencyKey": key})
    visit.change("submitClaim", {"id": claim, "idempotencyKey": key})
    visit.ask(EVIDENCE, {"id": claim})


def _not_taken(visits: Sequence[Visit]) -> None:
    """Claims that were refused, or of which nobody knows, while registers fail: made anew, or settled by people."""
    city = visits[0].city
    statuses: dict[str, str | None] = {}
    with city.calm():
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            statuses = {each.code: _status(each) for each in visits}
            if None not in statuses.values() and "SUBMITTED" not in statuses.values():
                break
            for visit in visits:
                if statuses[visit.code] in (None, "DRAFT", "REJECTED_BY_OWNER"):
                    life_of_a_claim(visit)
            time.sleep(1.0)
        cases = city.cases()
        for visit in visits:
            if statuses[visit.code] == "OUTCOME_UNKNOWN" and visit.claim is not None:
                case = cases.get(visit.claim)
                found = ("--send-again",) if case is None else ("--arrived", case.reference)
                visit.said.append(city.command("claims", "settle", visit.claim, *found, "--reason", "Asked."))


def _status(visit: Visit) -> str | None:
    if visit.claim is None:
        return None
    claim = visit.ask("query($i: ID!) { claim(id: $i) { status } }", {"i": visit.claim}).get("claim")
    return None if claim is None else str(claim["status"])


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
    """The code in headers that are read, and in some that are not; each person sends a third of them."""
    encoded = base64.b64encode(visit.code.encode()).decode().rstrip("=")
    traced = ("x-request-id", "traceparent", "user-agent", "x-b3-traceid")
    values = (visit.code, f"LV{visit.code}", f"a{hyphenated(visit.code)}", encoded)
    sent = [dict.fromkeys(traced, value) for value in values]
    trace = f"00-{visit.code.zfill(32)}-{visit.code.zfill(16)[-16:]}-01"
    sent.append({"traceparent": trace, "tracestate": f"lv={visit.code}", "baggage": f"code={hyphenated(visit.code)}"})
    sent += [{"authorization": value} for value in (f"Bearer {visit.code}", f"Bearer e30.{encoded}.{visit.code}", f"Basic {encoded}", visit.code)]  # fmt: skip
    sent += [{name: visit.code} for name in ("content-type", "accept", "content-encoding", "host", "last-event-id", "origin", "cookie", "accept-language", "if-none-match")]  # fmt: skip
    for given in sent[visit.number % 3 :: 3]:
        visit.ask("{ viewer { capacity } }", **given)


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


def mishaps(visit: Visit) -> None:
    """What nobody expects, with the code in it: each person meets some of them."""
    owner = visit.city.token(Capacity.OWNER_OFFICER, "39100000088", "vid")
    for at in range(5):
        place = PLACES[(visit.number * 5 + at) % len(PLACES)]
        given = {HEADER: f"{place}:{visit.code}"}
        visit.ask("{ me { personCode income { gross } declaredAddress { fullText } } }", **given)
        if "store" in place:
            draft = {"type": "housing-benefit", "applicant": {"personCode": visit.code}, "municipality": visit.atvk}
            query = "mutation($i: PrepareClaimInput!) { prepareClaim(input: $i) { claim { id } problems { code message } } }"
            visit.ask(query, {"i": draft}, **given)
            visit.ask("query($i: ID!) { claim(id: $i) { id } }", {"i": visit.code}, owner, **given)
    if visit.number % _OVERRUNS_EACH == 0:
        visit.ask("{ me { personCode } }", **{HEADER: f"execution that does not end:{visit.code}"})


def health(visit: Visit) -> None:
    """What operators are shown of registers, all of it: nobody's code belongs in there."""
    if visit.number % 10 == 0:
        told = visit.ask(_HEALTH, token=visit.city.token(Capacity.MINISTRY_IT, "39100000075"))
        visit.said.append(json.dumps(told, ensure_ascii=False))
        for path in ("/health/live", "/health/ready", "/metrics", "/.well-known/jwks.json"):
            visit.said.append(visit.send("GET", path).text)


TYPES = tuple(sorted(file.parent.name for file in (ROOT / "policies" / "claims").glob("*/examples.toml")))
"""Of claims: all that there are."""
_MUNICIPAL = frozenset(
    {
        "housing-benefit",
        "guaranteed-minimum-income",
        "needy-household-status",
        "kindergarten-queue",
        "property-tax-relief",
        "residence-declaration",
    }
)
_FREE_TEXT = {"kindergarten-queue": "institutions", "cadastre-extract": "purpose"}


@cache
def _example(kind: str) -> dict[str, Any]:
    file: File = ROOT / "policies" / "claims" / kind / "examples.toml"
    found: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))["answers"]
    return found


def _answers(visit: Visit, kind: str) -> dict[str, Any]:
    """Right answers, with the code wherever a form takes any text."""
    answers = dict(_example(kind))
    if "child" in answers:
        answers["child"] = visit.child
    if kind in _FREE_TEXT:
        field = _FREE_TEXT[kind]
        answers[field] = [visit.code] if isinstance(answers[field], list) else visit.code
    return answers


BEFORE_OWNERS = (
    each("me, all fields, twice", read_me),
    each("prepare, answer, evidence, submit", life_of_a_claim, "every code; type of claim by number of 12"),
    Path("refused and doubtful claims", _not_taken, "codes whose claim was not taken: another one, or settled"),
)
AFTER_OWNERS = (
    each("wrong variables and documents", wrong_variables),
    each("headers and tokens", headers, "every code: 6 of 18 by number of 3"),
    each("unknown addresses", addresses),
    each("mandates", mandate),
    each("clerk and presence", presence),
    each("data tracker", data_tracker),
    each("auditor's search", auditor),
    each("what nobody expects", mishaps, f"every code: 5 of {len(PLACES)} mishaps by number"),
    each("health of registers", health, "each tenth code, after the faults of each batch"),
)
PATHS = (*BEFORE_OWNERS, *OWNER_PATHS, *AFTER_OWNERS)
"""In the order in which a claim lives."""
