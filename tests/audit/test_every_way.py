"""However a request ends: what stands in the store then, column by column, and that nothing left before it was there."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest

from gateway.clock import epoch_seconds
from gateway.demo.passes import token_for
from gateway.demo.personas import load_personas
from gateway.policies_live import places
from policies.kit.policy_set import PolicySet
from schema.terms import ClaimTypeCode
from tests.answers import codes as codes_of
from tests.audit.ways import Row, Way
from tests.audit.ways_to_act import MUTATIONS
from tests.audit.ways_to_read import READS
from tests.audit.ways_to_read_logs import LOGS
from tests.edge.sse import parse
from tests.running_gateway import RunningGateway

_WITHIN = 60.0
"""For what is waited for; nothing is timed."""
_ORGANISATIONS = {
    "ngo-support": 'Biedrība "Atbalsts mājās"',
    "ngo-families": 'Biedrība "Ģimenēm"',
    "ngo-quota": 'Biedrība "Trīs reizes dienā"',
    "officer-valmiera": "Valmieras novada pašvaldības sociālais dienests",
    "clerk-valmiera": "VPVKAC Valmierā",
    "ilze": "The holder of a mandate",
    "director": "The legal entity's representative",
    "auditor": "An auditor",
}
DEADLINE_SECONDS = 1.5
_PUBLIC = "{ claimTypes { code } }"


class Town:
    """A gateway of these tests' own, and its store from outside."""

    def __init__(self, running: RunningGateway) -> None:
        self.running = running
        self.path = running.data / "gateway.sqlite3"
        self.store = sqlite3.connect(self.path, timeout=_WITHIN, isolation_level=None)
        self.store.row_factory = sqlite3.Row
        self.tokens: dict[str, str] = {}
        self.personas = load_personas(running.data)
        self.policies = PolicySet.load(*places(()))

    def token(self, persona: str) -> str:
        if persona not in self.tokens:
            self.tokens[persona] = token_for(self.running.data, persona, now=epoch_seconds(), ttl=3_600)
        return self.tokens[persona]

    def post(self, persona: str, query: str) -> Any:
        """An answer as it is."""
        return self.running.post(query, token=self.token(persona))[1]

    def data(self, persona: str, query: str) -> Any:
        """Data of an answer."""
        return self.post(persona, query)["data"]

    def last(self) -> int:
        """Place of the last row."""
        (place,) = self.store.execute("SELECT coalesce(max(place), 0) FROM access_records").fetchone()
        return int(place)

    def since(self, place: int) -> list[dict[str, Any]]:
        """Rows behind a place."""
        found = self.store.execute("SELECT * FROM access_records WHERE place > ? ORDER BY place", (place,))
        return [dict(row) for row in found]

    def subject(self, name: str) -> str:
        """Subject id of a persona, of a code, or of the enterprise that demo-8 is of."""
        if name == "piemers":
            (subject,) = self.store.execute("SELECT applicant FROM claims WHERE id = 'demo-8'").fetchone()
        else:
            code = name if name.isdecimal() else self.personas[name].person_code.digits
            (subject,) = self.store.execute("SELECT subject FROM person_codes WHERE code = ?", (code,)).fetchone()
        return str(subject)

    def claim_type(self, claim: str) -> str | None:
        found = self.store.execute("SELECT type FROM claims WHERE id = ?", (claim,)).fetchone()
        return None if found is None else str(found[0])

    @contextmanager
    def faults(self, way: Way) -> Iterator[None]:
        """The way's registers fail."""
        for register, fault in way.faults.items():
            self.running.fault(register, fault)
        try:
            yield
        finally:
            for register in way.faults:
                self.running.fault(register, None)

    @contextmanager
    def nothing_commits(self) -> Iterator[None]:
        """Another process holds the store: whoever commits waits."""
        with closing(sqlite3.connect(self.path, timeout=_WITHIN, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                other.execute("ROLLBACK")

    @contextmanager
    def nothing_is_recorded(self, when: str = "1") -> Iterator[None]:
        """The store takes no row for which this holds."""
        self.store.execute(
            f"CREATE TRIGGER log_down BEFORE INSERT ON access_records WHEN {when} BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        try:
            yield
        finally:
            self.store.execute("DROP TRIGGER log_down")

    def send(self, persona: str, query: str, accept: str = "application/json") -> HTTPConnection:
        """Ask, and do not wait for an answer."""
        connection = HTTPConnection("127.0.0.1", int(self.running.url.rpartition(":")[2]), timeout=_WITHIN)
        headers = {"Authorization": f"Bearer {self.token(persona)}", "Content-Type": "application/json"}
        connection.request("POST", "/graphql", json.dumps({"query": query}), {**headers, "Accept": accept})
        return connection

    def until(self, holds: Any) -> None:
        end = time.monotonic() + _WITHIN
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.005)


def has_said_anything(connection: HTTPConnection) -> bool:
    """Whether a byte of an answer has arrived."""
    assert connection.sock is not None
    connection.sock.setblocking(False)
    try:
        return bool(connection.sock.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        connection.sock.settimeout(_WITHIN)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    settings = {
        "GATEWAY_CACHE__ENABLED": "true",
        # One record: what is asked twice in a row is held, and nothing else is.
        "GATEWAY_CACHE__RECORDS": "1",
        "GATEWAY_REQUEST_DEADLINE": str(DEADLINE_SECONDS),
        "GATEWAY_REGISTERS__EMPLOYMENT__ENABLED": "false",
        "GATEWAY_REGISTERS__EMPLOYMENT_DAGR__ENABLED": "false",
    }
    with RunningGateway(tmp_path_factory.mktemp("ways") / "data", settings=settings) as running:
        running.until_notices_are_read()
        made = Town(running)
        yield made
        made.store.close()


def names(listed: str) -> list[str]:
    """Last names of paths, without arguments."""
    return [re.sub(r"\(.*\)", "", each.rpartition(".")[2]) for each in json.loads(listed)]


def made_of(claims: set[str]) -> str:
    """The claim that was made just now: it has no name of the demo world."""
    (claim,) = claims
    assert claim.startswith("claim-")
    return claim


def compare(town: Town, way: Way, found: list[dict[str, Any]], wanted: tuple[Row, ...], request_id: str) -> None:
    """Every column of every row, and no row besides."""
    assert len(found) == len(wanted), [(row["outcome"], row["records"]) for row in found]
    persona = town.personas[way.persona]
    who = _ORGANISATIONS.get(way.persona, "The person themselves")
    for row, want in zip(found, wanted, strict=True):
        assert row["request_id"] == request_id
        assert row["capacity"] == persona.capacity
        assert row["organisation"] == persona.organisation
        assert row["by_subject"] == town.subject(way.persona)
        assert row["who"] == (want.who or who)
        assert (row["outcome"], row["action"], row["role"]) == (want.outcome, want.action, want.role)
        records = [(claim, frozenset(about)) for claim, about, *_ in json.loads(row["records"])]
        claims = {claim for claim, _ in records if claim is not None}
        assert records == [
            (
                None if claim == "-" else made_of(claims) if claim == "new" else claim,
                frozenset(map(town.subject, about)),
            )
            for claim, *about in (each.split() for each in want.records)
        ]
        assert sorted(json.loads(row["coordinates"])) == sorted(want.fields.split())
        assert {*names(row["paths"])} == {each.partition(".")[2] for each in want.fields.split()}
        assert json.loads(row["rules"]) == want.rules.split()
        assert json.loads(row["registers"]) == want.registers.split()
        types = {want.claim_type} if want.claim_type else {town.claim_type(claim) for claim in claims} or {None}
        assert {row["claim_type"]} == types
        module = None if row["claim_type"] is None else town.policies.claim_types[ClaimTypeCode(row["claim_type"])]
        version = town.policies.parties.version if "Mandate" in want.fields else town.policies.version
        assert row["policy_version"] == (version if module is None else module.policy_version)
        assert row["legal_basis"] == (None if module is None else module.legal_basis)
        assert (row["legal_basis"] is None) is (module is None)
        assert row["amends"] == (None if want.amends is None else found[want.amends]["place"])
        assert (row["positions"] is not None) is want.decided
        assert tuple(sorted(json.loads(row["search"] or "{}"))) == want.search
        assert row["disclosed_at"] == row["at"]
        assert len(row["token"]) == 16


def query_of(town: Town, way: Way) -> str:
    return way.query if isinstance(way.query, str) else way.query(town.data)


def answer(connection: HTTPConnection) -> tuple[str, Any]:
    """Request id and JSON."""
    with closing(connection):
        response = connection.getresponse()
        return str(response.getheader("x-request-id")), json.loads(response.read())


def problems_of(body: Any) -> set[str]:
    """Codes of errors and problems."""
    payloads = [each for each in (body["data"] or {}).values() if isinstance(each, dict)]
    return codes_of(body) | {each["code"] for payload in payloads for each in payload.get("problems", ())}


def gives_nothing(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(gives_nothing, value.values()))
    return all(map(gives_nothing, value)) if isinstance(value, list) else value is None


def nothing_is_given(town: Town, way: Way, query: str) -> None:
    """What cannot be recorded is not answered, and nothing of it stands."""
    body = town.post(way.persona, query)
    if way.goes_on:
        assert body["data"] == {"explain": {"allowed": False}} or codes_of(body) == way.codes
    else:
        assert codes_of(body) == {"LOG_UNAVAILABLE"}, body
        assert gives_nothing(body["data"])


@pytest.mark.parametrize("way", [*READS, *LOGS, *MUTATIONS], ids=lambda way: way.name)
def test_what_stands_in_the_store_is_all_of_it_and_was_there_before_a_byte_left(town: Town, way: Way) -> None:
    query = query_of(town, way)
    with town.faults(way):
        if way.twice:
            town.data(way.persona, query)
        if way.rows:
            before = town.last()
            with town.nothing_is_recorded():
                nothing_is_given(town, way, query)
            assert town.since(before) == []
        before = town.last()
        if way.rows:
            with town.nothing_commits():
                asked = town.send(way.persona, query)
                # On the same event loop, behind it: what is public is answered, and it would be if it had not to wait.
                for _ in range(2):
                    assert len(answer(town.send(way.persona, _PUBLIC))[1]["data"]["claimTypes"]) == 12
                assert not has_said_anything(asked)
                assert town.since(before) == []
        else:
            asked = town.send(way.persona, query)
        request_id, body = answer(asked)
    assert problems_of(body) == way.codes, body
    compare(town, way, town.since(before), way.rows, request_id)


TOLD_BY_REGISTERS = [
    way for way in (*READS, *LOGS) if way.registers_tell and way.rows[0].registers and not way.codes & {"VARIABLES"}
]
_SLOW_MILLISECONDS = 500


@contextmanager
def asking_registers(town: Town, way: Way) -> Iterator[tuple[int, HTTPConnection]]:
    """The way, asked, decided and recorded, while the registers that tell the rest have not answered.

    Yields:
        Place of the last row before, and the connection.
    """
    # Nothing of the way's people is held any more.
    town.data("nora", "{ me { givenName declaredAddress { fullText } income { gross } household { relation } } }")
    slow: dict[str, tuple[str | None, int]] = {
        register: (fault, _SLOW_MILLISECONDS) for register, fault in way.faults.items() if fault != "hang"
    }
    for register, (fault, latency) in (slow or {"natural_persons": (None, _SLOW_MILLISECONDS)}).items():
        town.running.fault(register, fault, latency_ms=latency)
    before = town.last()
    asked = town.send(way.persona, query_of(town, way))
    try:
        town.until(lambda: town.last() > before)
        yield before, asked
    finally:
        asked.close()
        for register in slow or ("natural_persons",):
            town.running.fault(register, None)


@pytest.mark.parametrize(
    "way", [each for each in TOLD_BY_REGISTERS if "hang" not in each.faults.values()], ids=lambda way: way.name
)
def test_what_only_registers_tell_is_recorded_before_a_byte_leaves(town: Town, way: Way) -> None:
    with asking_registers(town, way) as (before, asked):
        with town.nothing_commits():
            assert len(town.since(before)) == 1, "the registers answered before the store was held"
            time.sleep(2 * _SLOW_MILLISECONDS / 1000)
            town.post("anna", _PUBLIC)
            assert not has_said_anything(asked)
            assert len(town.since(before)) == 1
        request_id, body = answer(asked)
        assert problems_of(body) == way.codes
        compare(town, way, town.since(before), way.rows, request_id)


@pytest.mark.parametrize("way", TOLD_BY_REGISTERS, ids=lambda way: way.name)
def test_what_only_registers_tell_is_not_answered_where_it_cannot_be_recorded(town: Town, way: Way) -> None:
    town.data("nora", "{ me { givenName declaredAddress { fullText } income { gross } household { relation } } }")
    before = town.last()
    with town.faults(way), town.nothing_is_recorded("NEW.amends IS NOT NULL OR NEW.role = 'CO_SUBJECT'"):
        nothing_is_given(town, way, query_of(town, way))
    (row,) = town.since(before)
    assert (row["outcome"], row["role"]) == ("PERMITTED", way.rows[0].role)


CUT = Way(
    "over its time",
    "officer-valmiera",
    '{ claim(id: "demo-1") { status applicant { ... on Person { givenName } } } }',
    (
        Row(
            "PERMITTED",
            "READ_EVIDENCE",
            "APPLICANT",
            ("demo-1 anna",),
            "Claim.status Claim.applicant Person.givenName",
            "officer-reads-claim officer-reads-evidence",
            "natural_persons",
        ),
        Row(
            "FAILED",
            "READ_EVIDENCE",
            "APPLICANT",
            ("demo-1 anna",),
            "Person.givenName",
            "officer-reads-claim officer-reads-evidence",
            "",  # Time was over before it could be asked.
            amends=0,
            decided=False,
        ),
    ),
)


def test_what_is_cut_off_at_the_deadline_is_recorded_as_not_given(town: Town) -> None:
    town.data("nora", "{ me { givenName } }")
    before = town.last()
    with town.nothing_commits():
        asked = town.send(CUT.persona, str(CUT.query))
        time.sleep(DEADLINE_SECONDS + 0.1)
    request_id, body = answer(asked)
    assert codes_of(body) == {"DEADLINE_EXCEEDED"}
    assert body["data"]["claim"] == {"status": "IN_REVIEW", "applicant": {"givenName": None}}
    compare(town, CUT, town.since(before), CUT.rows, request_id)


def test_who_goes_away_meanwhile_is_on_record_as_who_was_answered(town: Town) -> None:
    (way,) = (each for each in READS if each.name.startswith("co-subjects"))
    with asking_registers(town, way) as (before, asked):
        (row,) = town.since(before)
        asked.close()
        town.until(lambda: len(town.since(before)) == len(way.rows))
    compare(town, way, town.since(before), way.rows, row["request_id"])


CHANGED = 'subscription { claimChanged(id: "demo-2") { status applicant { ... on Person { givenName } } } }'
EVENT = Way(
    "an event",
    "officer-valmiera",
    CHANGED,
    (
        Row(
            "PERMITTED",
            "READ_EVIDENCE",
            "APPLICANT",
            ("demo-2 peteris",),
            "Claim.status Claim.applicant Person.givenName",
            "officer-reads-claim officer-reads-evidence",
            "natural_persons",
        ),
    ),
)


def test_each_event_of_a_subscription_is_on_record_before_it_is_sent(town: Town) -> None:
    before = town.last()
    with town.nothing_commits():
        asked = town.send(EVENT.persona, CHANGED, "text/event-stream")
        town.post("anna", _PUBLIC)
        response = asked.getresponse()  # The head says nothing of anybody.
        assert not has_said_anything(asked)
        assert town.since(before) == []
    events = parse(line.decode().rstrip("\n") for line in response)
    request_id = str(response.getheader("x-request-id"))
    first = next(each for each in events if each.kind == "next")
    assert first.data["data"]["claimChanged"]["applicant"]["givenName"] == "Pēteris"
    compare(town, EVENT, town.since(before), EVENT.rows, f"{request_id}.1")
    done = town.data(
        "peteris", 'mutation { assignClaim(input: {id: "demo-2", thirdParty: "tp-support"}) { problems { code } } }'
    )
    assert done["assignClaim"]["problems"] == []
    later = next(each for each in events if each.kind == "next")
    assert later.data["data"]["claimChanged"]["status"] == "DELIVERED"
    found = [row for row in town.since(before) if row["request_id"].startswith(request_id)]
    compare(town, EVENT, found[1:], EVENT.rows, f"{request_id}.2")
    asked.close()
