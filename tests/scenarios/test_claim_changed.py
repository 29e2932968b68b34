"""`claimChanged` over HTTP: who sees a claim hears of its changes, whoever made them, for as long as they may see it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.answers import clean
from tests.edge.owner_system import OwnerSystem, change, message
from tests.edge.sse import Event, parse
from tests.running_gateway import ROOT, RunningGateway, free_ports
from tests.warm import environment

STATUS = "subscription($id: ID!) { claimChanged(id: $id) { id status } }"
LOG = "{ me { accessLog(first: 20) { edges { node { who action outcome paths claim { id } } } } } }"


class Stream:
    """Events of one subscription, one at a time; heartbeats are left out."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._events = parse(answer.iter_lines())

    def next(self) -> Event:
        return next(each for each in self._events if each.kind != ":")

    def status(self) -> str:
        """The status that the next event tells."""
        return str(self.next().data["data"]["claimChanged"]["status"])

    def rest(self) -> list[Event]:
        return [each for each in self._events if each.kind != ":"]


@contextmanager
def stream(
    gateway: RunningGateway,
    claim: str,
    persona: str,
    query: str = STATUS,
    *,
    url: str | None = None,
    token: str | None = None,
    **headers: str,
) -> Iterator[Stream]:
    given = {"accept": "text/event-stream", "authorization": f"Bearer {token or gateway.token(persona)}", **headers}
    body = {"query": query, "variables": {"id": claim}}
    with (
        httpx.Client(timeout=20, trust_env=False) as client,
        client.stream("POST", url or gateway.graphql_url, json=body, headers=given) as answer,
    ):
        yield Stream(answer)


def do(gateway: RunningGateway, persona: str, mutation: str) -> Any:
    return clean(gateway.post("mutation { %s }" % mutation, persona=persona)[1])


def decide(gateway: RunningGateway, claim: str, outcome: str) -> None:
    decision = '{id: "%s", outcome: %s, reason: "because"}' % (claim, outcome)
    told = do(gateway, "officer-valmiera", f"decideClaim(input: {decision}) {{ problems {{ code }} }}")
    assert told["decideClaim"]["problems"] == []


def log(gateway: RunningGateway, persona: str = "anna") -> list[dict[str, Any]]:
    _, answer = gateway.post(LOG, persona=persona)
    return [each["node"] for each in answer["data"]["me"]["accessLog"]["edges"]]


@contextmanager
def second_server(gateway: RunningGateway) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Another process that serves the same store, and its address."""
    [port] = free_ports(1)
    command = [sys.executable, "-m", "gateway", "serve", "--port", str(port)]
    with gateway.log.with_suffix(".second").open("wb") as output:
        serving = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment({"GATEWAY_DATA": str(gateway.data)}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                if httpx.get(f"{url}/health/ready", trust_env=False).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield f"{url}/graphql", serving
    finally:
        if serving.poll() is None:
            serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 0


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway of this module's own: claims change here. VID's own system signs."""
    folder = tmp_path_factory.mktemp("watched")
    keys = OWNER.publish(folder)
    settings = {"GATEWAY_OWNERS": '{"social-0054000": {"jwks_file": "%s"}}' % keys}
    with RunningGateway(folder / "data", settings=settings) as running:
        yield running


OWNER = OwnerSystem("social-0054000")


def test_each_event_is_decided_for_who_watches_and_recorded_before_it_leaves(gateway: RunningGateway) -> None:
    query = """subscription($id: ID!) { claimChanged(id: $id) { status applicant { ... on Person {
        givenName income { gross } } } } }"""

    def told() -> list[str]:
        return [each["outcome"] for each in log(gateway) if "Atbalsts mājās" in each["who"]]

    before = len(told())
    with stream(gateway, "demo-1", "ngo-support", query) as watched:
        first = watched.next().data
        assert first["data"]["claimChanged"]["applicant"] == {"givenName": "Anna", "income": None}
        assert [each["extensions"]["code"] for each in first["errors"]] == ["FORBIDDEN"]
        assert sorted(told()[: len(told()) - before]) == ["DENIED", "PERMITTED"]
        decide(gateway, "demo-1", "INFORMATION_REQUESTED")
        assert watched.next().data["data"]["claimChanged"]["status"] == "INFORMATION_REQUESTED"
        assert len(told()) - before == 4


def test_what_an_owner_tells_by_a_signed_message_reaches_who_watches(gateway: RunningGateway) -> None:
    reference = clean(gateway.post('{ claim(id: "demo-2") { ownerReference } }', persona="peteris")[1])["claim"]
    with stream(gateway, "demo-2", "peteris") as watched:
        assert watched.status() == "DELIVERED"
        body = message(change(1, "IN_REVIEW", reference["ownerReference"]))
        headers = {"content-type": "application/json", "x-jws-signature": OWNER.sign(body)}
        told = httpx.post(f"{gateway.url}{OWNER.path}", content=body, headers=headers, trust_env=False)
        assert (told.status_code, told.json()) == (200, {"received": 1})
        assert watched.status() == "IN_REVIEW"


@pytest.mark.parametrize(
    ("register", "claim", "persona"),
    [
        ("social_assistance", "demo-9", "anna"),
        ("social_insurance", "demo-13", "nora"),
        ("finance", "demo-15", "director"),
    ],
)
def test_what_an_owner_is_asked_for_in_the_background_reaches_who_watches(
    gateway: RunningGateway, register: str, claim: str, persona: str
) -> None:
    [case] = [each for each in gateway.control()[register]["cases"] if each["claimId"] == claim]
    told = {"register": register, "reference": case["reference"], "status": "PAPI", "note": "Lūdzu, līgumu."}
    query = "subscription($id: ID!) { claimChanged(id: $id) { status history { status note } } }"
    with stream(gateway, claim, persona, query) as watched:
        watched.next()
        calls = gateway.calls()
        httpx.post(f"{gateway.registers_url}/_control", json=told, trust_env=False).raise_for_status()
        changed = watched.next().data["data"]["claimChanged"]
        assert changed["status"] == "INFORMATION_REQUESTED"
        assert changed["history"][-1] == {"status": "INFORMATION_REQUESTED", "note": "Lūdzu, līgumu."}
    assert gateway.control()[register]["background"]["poll"] > 0
    assert gateway.calls() == calls


def test_a_claim_that_is_not_the_viewers_answers_as_one_that_does_not_exist(gateway: RunningGateway) -> None:
    said = []
    for claim in ("demo-1", "no-such-claim"):
        with stream(gateway, claim, "janis", **{"last-event-id": "999"}) as watched:
            assert watched.answer.status_code == 200
            said.append(watched.rest())
    assert said[0] == said[1]
    refused, complete = said[0]
    assert (refused.data["data"], refused.id, complete.kind) == (None, None, "complete")
    assert refused.data["errors"][0]["extensions"]["rule"] == "no-door"


def test_taking_a_third_party_off_ends_what_it_watches_and_the_attempt_is_in_the_log(gateway: RunningGateway) -> None:
    with stream(gateway, "demo-5", "ngo-families") as watched:
        assert watched.status() == "DELIVERED"
        [family] = [
            each["node"]["id"]
            for each in clean(gateway.post("{ thirdParties { edges { node { id name } } } }")[1])["thirdParties"][
                "edges"
            ]
            if each["node"]["name"].endswith('"Ģimenēm"')
        ]
        do(
            gateway,
            "anna",
            'assignClaim(input: {id: "demo-5", thirdParty: "%s", assigned: false}) { problems { code } }' % family,
        )
        refused, complete = watched.rest()
    assert refused.data["errors"][0]["extensions"]["rule"] == "no-door"
    assert complete.kind == "complete"
    assert log(gateway)[0]["outcome"] == "DENIED"


def test_a_right_that_ends_without_a_change_of_the_claim_ends_the_stream_all_the_same(gateway: RunningGateway) -> None:
    with (
        stream(gateway, "demo-3", "ilze") as by_mandate,
        stream(gateway, "demo-1", "anna", token=gateway.token("anna", ttl=4)) as by_token,
    ):
        assert (by_mandate.status(), by_token.next().kind) == ("DRAFT", "next")
        do(gateway, "peteris", 'revokeMandate(input: {id: "mandate-1"}) { problems { code } }')
        refused, complete = by_mandate.rest()
        expired, over = by_token.rest()
    assert refused.data["errors"][0]["extensions"]["rule"] == "no-door"
    assert expired.data["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert complete.kind == over.kind == "complete"


def test_a_claim_that_is_closed_shows_a_third_party_its_status_and_no_more(gateway: RunningGateway) -> None:
    query = "subscription($id: ID!) { claimChanged(id: $id) { status createdAt } }"
    with stream(gateway, "demo-1", "ngo-support", query) as watched:
        assert watched.next().data["data"]["claimChanged"]["createdAt"] is not None
        decide(gateway, "demo-1", "GRANTED")
        event = watched.next().data
    assert event["data"]["claimChanged"] == {"status": "GRANTED", "createdAt": None}
    assert event["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_change_that_another_process_writes_reaches_the_stream_and_another_process_goes_on_with_it(
    gateway: RunningGateway,
) -> None:
    with second_server(gateway) as (other, process):
        with stream(gateway, "demo-9", "anna", url=other) as watched:
            first = watched.next()
            decide(gateway, "demo-9", "GRANTED")
            since = time.monotonic()
            event = watched.next()
            assert event.data["data"]["claimChanged"]["status"] == "GRANTED"
            # Within a second; ten where the machine is busy with other things.
            assert time.monotonic() - since < 10
            process.send_signal(signal.SIGTERM)
            [complete] = watched.rest()
            assert (complete.kind, complete.retry) == ("complete", 1_000)
            assert process.wait(20) == 0
        with stream(gateway, "demo-9", "anna", **{"last-event-id": str(first.id)}) as resumed:
            assert (again := resumed.next()).data == event.data
            assert again.id == event.id


def test_without_the_media_type_of_events_a_subscription_is_told_how_to_ask(gateway: RunningGateway) -> None:
    status, answer = gateway.post(STATUS, {"id": "demo-1"})
    [error] = answer["errors"]
    assert (status, error["extensions"]["code"]) == (200, "INVALID")
    assert "text/event-stream" in error["extensions"]["remedy"]
    assert "data" not in answer


@pytest.mark.parametrize(
    "query",
    [
        'subscription { a: claimChanged(id: "demo-1") { id } b: claimChanged(id: "demo-2") { id } }',
        "subscription { __typename }",
        'subscription { ...F } fragment F on Subscription { claimChanged(id: "demo-1") { id } __typename }',
        "subscription { claimChanged { id } }",
        'subscription { claimChanged(id: "demo-1") @defer { id } }',
        "subscription { claimChanged(id: $id) { id } }",
    ],
)
def test_what_is_no_subscription_of_one_claim_is_refused_before_anything_runs(
    gateway: RunningGateway, query: str
) -> None:
    with stream(gateway, "demo-1", "anna", query) as watched:
        refused, complete = watched.rest()
    assert "data" not in refused.data
    assert refused.data["errors"][0]["extensions"]["code"] == "INVALID"
    assert complete.kind == "complete"


@pytest.mark.parametrize("condition", ["@skip(if: true)", "@include(if: false)"])
def test_a_subscription_that_watches_nothing_ends_at_once(gateway: RunningGateway, condition: str) -> None:
    query = "subscription($id: ID!) { claimChanged(id: $id) %s { id } }" % condition
    with stream(gateway, "demo-1", "anna", query) as watched:
        assert watched.rest()[-1].kind == "complete"


def test_a_subscription_is_explained_as_what_one_event_would_do(gateway: RunningGateway) -> None:
    _, answer = gateway.post(
        'query($o: String!) { explain(operation: $o, variables: {id: "demo-4"}) { allowed decisions { path allowed } } }',
        {"o": STATUS},
    )
    told = clean(answer)["explain"]
    assert told["allowed"] is True
    assert {each["path"] for each in told["decisions"]} >= {"claimChanged.status"}
