"""Over HTTP: what was Varakļāni's is Madona's, for its officers, for its own system, and for operators."""

from __future__ import annotations

import json

import httpx

from tests.answers import clean
from tests.edge.owner_system import OwnerSystem, change, message
from tests.edge.sse import parse
from tests.municipal.conftest import SIGNING
from tests.municipal.people import MADONA, VARAKLANI, amount_of
from tests.running_gateway import RunningGateway, command

GONE = """{ claim(id: "gone") { status municipality { atvk }
    applicant { ... on Person { givenName benefits { amount } } } } }"""
LIST = """{ claims(filter: {types: ["housing-benefit"]}) { totalCount edges { node { id } } } }"""


def test_an_officer_of_madona_lists_and_reads_what_was_varaklanis_and_nobody_else_does(towns: RunningGateway) -> None:
    page = clean(towns.post(LIST, persona=f"officer-{MADONA}")[1])["claims"]
    assert "gone" in [each["node"]["id"] for each in page["edges"]]
    claim = clean(towns.post(GONE, persona=f"officer-{MADONA}")[1])["claim"]
    # What the claim says of itself stays: it was made there.
    assert claim["municipality"] == {"atvk": VARAKLANI}
    assert claim["applicant"] == {"givenName": "Vārds", "benefits": [{"amount": amount_of(MADONA)}]}
    for other in ("officer-0001000", "officer-0054000", "officer-vsaa", "resident-0001000"):
        _, body = towns.post(GONE, persona=other)
        assert (body["data"]["claim"], body["errors"][0]["extensions"]["rule"]) == (None, "no-door")


def test_madonas_own_system_tells_of_it_and_who_watches_hears(towns: RunningGateway) -> None:
    given = {"accept": "text/event-stream", "authorization": f"Bearer {towns.token(f'officer-{MADONA}')}"}
    asked = {"query": 'subscription { claimChanged(id: "gone") { status history { by } } }'}

    def tell(system: OwnerSystem, number: int) -> int:
        body = message(change(number, "INFORMATION_REQUESTED", f"{VARAKLANI}/7"))
        headers = {"content-type": "application/json", "x-jws-signature": system.sign(body)}
        return httpx.post(f"{towns.url}{system.path}", content=body, headers=headers, trust_env=False).status_code

    with (
        httpx.Client(timeout=20, trust_env=False) as client,
        client.stream("POST", towns.graphql_url, json=asked, headers=given) as stream,
    ):
        events = (each.data["data"]["claimChanged"] for each in parse(stream.iter_lines()) if each.kind == "next")
        assert next(events)["status"] == "DELIVERED"
        assert tell(OwnerSystem(f"social-{VARAKLANI}"), 1) == 401
        assert tell(SIGNING, 2) == 200
        heard = next(events)
    by = heard["history"][-1]["by"]
    assert (heard["status"], by) == ("INFORMATION_REQUESTED", "Madonas novada pašvaldības sociālais dienests")


def test_operators_find_it_under_madona(towns: RunningGateway) -> None:
    for asked, there in ((MADONA, True), (VARAKLANI, True), ("0001000", False)):
        data = ("--data", str(towns.data), "--json")
        done = command("claims", "list", "--owner", f"social-{asked}", *data)
        found = {each["claim"]: each["owner"] for each in json.loads(done.stdout)}
        assert found.get("gone") == (f"social-{MADONA}" if there else None)
