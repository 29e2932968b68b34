"""What owners tell of claims, by polling and by signed messages, with the code in every text; and who watches."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence

import httpx

from gateway.claims.polling import INTERVAL_SECONDS
from schema.terms import Capacity
from tests.edge.owner_system import change, message
from tests.invariants.leak.city import Case
from tests.invariants.leak.spellings import hyphenated
from tests.invariants.leak.visit import Path, Visit, at_once, each

_HISTORY = "query($id: ID!) { claim(id: $id) { status history { note } } }"
_CHANGED = "subscription($id: ID!) { claimChanged(id: $id) { id status history { note } } }"
_TOLD = ("INFORMATION_REQUESTED", "GRANTED", "REFUSED", "IN_REVIEW")
_PATIENCE_SECONDS = 2 * INTERVAL_SECONDS
_LONG_PATIENCE_SECONDS = 120.0
_STREAM_SECONDS = 6.0
OFFICER = Capacity.OWNER_OFFICER
_DEPARTMENTS = {
    "annual-income-declaration": "vid",
    "cadastre-extract": "vzd",
    "kindergarten-queue": "education-",
    "property-tax-relief": "finance-",
    "residence-declaration": "residence-",
    "housing-benefit": "social-",
    "guaranteed-minimum-income": "social-",
    "needy-household-status": "social-",
}


def owner_of(visit: Visit) -> str:
    """Id of who decides the claim."""
    owner = _DEPARTMENTS.get(visit.kind, "vsaa")
    return owner + visit.atvk if owner.endswith("-") else owner


def _polling(visits: Sequence[Visit]) -> None:
    """Owners use a word of no contract and ask for more, with the code in either; until each history has the note.

    Faults stand for a while; what did not come through by then comes once they are gone.
    """
    waiting = _until_told(list(visits), _PATIENCE_SECONDS)
    with visits[0].city.calm():
        waiting = _until_told(waiting, _LONG_PATIENCE_SECONDS)
    for visit in waiting:
        status = (visit.ask(_HISTORY, {"id": visit.claim}).get("claim") or {}).get("status")
        what = "the note did not come"
        if visit.case is None:
            what = f"its owner has no case; {visit.city.message_of(visit.claim or '')}"
        visit.untold = f"{visit.kind} {status}: {what}"


def _until_told(waiting: list[Visit], seconds: float) -> list[Visit]:
    end = time.monotonic() + seconds
    while waiting and time.monotonic() < end:
        cases = waiting[0].city.cases()
        for visit in waiting:
            case = cases.get(visit.claim or "")
            if visit.case is None and case is not None:
                _ask_for_more(visit, case)
        time.sleep(1.0)
        at_once(_look_for_note, [visit for visit in waiting if visit.case is not None])
        waiting = [visit for visit in waiting if not visit.told]
    return waiting


def _ask_for_more(visit: Visit, case: Case) -> None:
    visit.case = case
    note = f"Lūdzam precizēt: {visit.code}, {hyphenated(visit.code)}"
    order = {"register": case.register, "reference": case.reference}
    if visit.number % 4 == 0:
        visit.city.control(**order, word=f"NODOTS {visit.code}", note=note)
    visit.city.control(**order, status="PAPI", note=note)
    visit.requests += 1


def _look_for_note(visit: Visit) -> None:
    # Counted is that the change came through, not how often was asked.
    requests, answered = visit.requests, visit.answered
    claim = visit.ask(_HISTORY, {"id": visit.claim}).get("claim") or {}
    visit.told = visit.code in json.dumps(claim.get("history"))
    visit.requests, visit.answered = requests, answered + visit.told


def _told_while_watched(visit: Visit) -> None:
    """One's own claim is watched; its owner tells, signed, with the code in the note; the event brings it."""
    if visit.claim is None:
        return
    note = f"{visit.code} / {hyphenated(visit.code)}"
    told = change(0, _TOLD[visit.number % len(_TOLD)], visit.case.reference if visit.case else f"K-{visit.number}")
    told |= {"id": f"c-{visit.claim}", "claim": visit.claim, "note": note, "changedAt": _now()}
    last = ""
    with _watching(visit, visit.claim) as events:
        for number, event in enumerate(events):
            last, data = event
            if number == 0:
                _tell(visit, message(told))
            if note in data:
                visit.answered += 1
                break
    for resumed in (last, visit.code):
        with _watching(visit, visit.claim, resumed) as events:
            next(events, None)


def _tell(visit: Visit, body: bytes) -> None:
    """Signed; once more the same; another under the same nonce; signed wrongly, in several ways."""
    system = visit.city.owner_systems[owner_of(visit)]
    code = visit.code
    header = {"jti": f"n-{visit.number}-{time.time_ns()}", "iat": int(time.time())}
    signature = system.sign(body, **header)
    other = message(change(1, "GRANTED", code, note=code))
    wrong = message(change(1, code, code, **{code: code}))
    sent = [(body, signature), (body, signature), (other, system.sign(other, **header)), (other, signature)]
    further = [
        (body, code),
        (body, system.sign(body, kid=code)),
        (body, system.sign(body, aud=f"/owners/{code}/callback")),
        (body, system.sign(body, iat=1)),
        (wrong, system.sign(wrong)),
        (body[:-2], system.sign(body[:-2])),
        (other, system.sign(other)),
    ]
    sent += [further[(visit.number + at) % len(further)] for at in range(3)]
    for content, signed in sent:
        given = {"content-type": "application/json", "x-jws-signature": signed}
        answer = visit.send("POST", system.path, content=content, headers=given)
        if answer.status_code == 429:
            time.sleep(1.0)
            visit.send("POST", system.path, content=content, headers=given)


class _watching:  # noqa: N801 - reads as what it does
    """A stream of a claim's changes: id and data of each event; it ends after a while without any."""

    def __init__(self, visit: Visit, claim: str, last: str = "") -> None:
        given = {"authorization": f"Bearer {visit.token()}", "accept": "text/event-stream", "last-event-id": last}
        body = {"query": _CHANGED, "variables": {"id": claim}}
        visit.requests += 1
        self._visit = visit
        self._resumed = bool(last)
        self._stream = visit.city.http.stream("POST", "/graphql", json=body, headers=given, timeout=_STREAM_SECONDS)

    def __enter__(self) -> Iterator[tuple[str, str]]:
        return self._events(self._stream.__enter__())

    def __exit__(self, *_: object) -> None:
        self._stream.__exit__(None, None, None)

    def _events(self, answer: httpx.Response) -> Iterator[tuple[str, str]]:
        self._visit.said.append(f"{answer.status_code} {list(answer.headers.items())}")
        last = ""
        for line in _lines(answer):
            if line.startswith("data:"):
                data = line.removeprefix("data:").strip()
                self._visit.hear(json.loads(data or "{}"))
                yield last, data
            else:
                self._visit.said.append(line)
                if line.startswith("id:"):
                    last = line.removeprefix("id:").strip()
                if line.startswith("event: complete") or (self._resumed and line.startswith(":")):
                    return


def _lines(answer: httpx.Response) -> Iterable[str]:
    try:
        yield from answer.iter_lines()
    except httpx.TimeoutException:
        return


def _watching_what_is_no_claim(visit: Visit) -> None:
    for claim in (visit.code, hyphenated(visit.code)):
        with _watching(visit, claim) as events:
            next(events, None)


def _officer(visit: Visit) -> None:
    """The owner's officer reads the household's evidence; each third decides, with the code as the reason."""
    if visit.claim is None:
        return
    token = visit.city.token(OFFICER, "39100000088", owner_of(visit))
    visit.ask(EVIDENCE, {"id": visit.claim}, token)
    # A case number is shown to whoever may read the claim: nobody's code belongs in there.
    shown = visit.ask("query($id: ID!) { claim(id: $id) { ownerReference } }", {"id": visit.claim}, token)
    visit.said.append(json.dumps(shown))
    if visit.number % 3 == 0:
        visit.change("decideClaim", {"id": visit.claim, "outcome": "GRANTED", "reason": visit.code}, token)


def _further_answers(visit: Visit) -> None:
    """What the owner asked for is added, and withdrawn with the code as the reason."""
    if visit.claim is None:
        return
    visit.change(
        "answerClaim", {"id": visit.claim, "answers": {"note": visit.code, visit.code: hyphenated(visit.code)}}
    )
    visit.change("withdrawClaim", {"id": visit.claim, "reason": f"{visit.code} {hyphenated(visit.code)}"})
    # And its owner grants what was withdrawn: an answer that people have to look into.
    told = change(0, "GRANTED", visit.case.reference if visit.case else f"K-{visit.number}")
    told |= {"id": f"late-{visit.code}", "claim": visit.claim, "note": visit.code, "changedAt": _now()}
    system, body = visit.city.owner_systems[owner_of(visit)], message(told)
    given = {"content-type": "application/json", "x-jws-signature": system.sign(body)}
    visit.send("POST", system.path, content=body, headers=given)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


EVIDENCE = """query($id: ID!) { claim(id: $id) { status answers delivery { attempts lastError } history { status note }
 applicant { ... on Person { personCode givenName declaredAddress { fullText } benefits { kind } income { gross }
 household { person { personCode givenName income { gross } benefits { kind } properties { kind } vehicles { plate } } } } } }
 node(id: $id) { id ... on Claim { applicant { ... on Person { personCode children { givenName birthDate } properties { kind } } } } } }"""

OWNER_PATHS = (
    Path("status by polling", _polling, "every code whose claim reached its owner: a note with it, applied"),
    each("stream, callback", _told_while_watched, "every code: status by number of 4; 3 of 7 wrong messages by number"),
    each("stream of no claim", _watching_what_is_no_claim),
    each("officer reads, decides", _officer, "every code read; each third decided by the officer"),
    each("further answers, withdrawal", _further_answers),
)
