"""Of a protected person, and of who has nothing on record: the log says that it was asked for and not given."""

from __future__ import annotations

from tests.answers import clean, errors_by_path
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

LOG = "{ me { accessLog(first: 5) { edges { node { who outcome fields } } } } }"


def test_an_address_that_is_withheld_stands_in_the_log_as_denied(gateway: RunningGateway) -> None:
    for claim, citizen in (("demo-10", "marta"), ("demo-11", "nora")):
        query = '{ claim(id: "%s") { applicant { ... on Person { givenName declaredAddress { fullText } } } } }' % claim
        body = gateway.post(query, persona="ngo-families")[1]
        assert errors_by_path(body) == {"claim.applicant.declaredAddress": "PROTECTED"}
        entries = [edge["node"] for edge in clean(gateway.post(LOG, persona=citizen)[1])["me"]["accessLog"]["edges"]]
        of_ngo = [each for each in entries if "Ģimenēm" in each["who"]][:2]
        by_outcome = {each["outcome"]: each["fields"] for each in of_ngo}
        assert "Person.declaredAddress" in by_outcome["DENIED"]
        assert "Person.givenName" in by_outcome["PERMITTED"]
        assert "Person.declaredAddress" not in by_outcome["PERMITTED"]


def test_of_two_properties_the_address_that_is_on_record_was_read(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    present = """mutation { answerClaim(input: {id: "demo-12", answers: {tenure: "RENT", monthlyCosts: "310.50",
        account: "LV80BANK0000435195001"}, presence: {method: EID_TAP, reference: "demo-present-peteris"}})
        { problems { code } } }"""
    assert clean(running.post(present, persona="clerk-valmiera")[1])["answerClaim"]["problems"] == []
    query = """{ claim(id: "demo-12") { applicant { ... on Person {
        properties { cadastreNumber address { fullText } } } } } }"""
    body = running.post(query, persona="clerk-valmiera")[1]
    # A piece of land has none, and the house beside it has.
    assert errors_by_path(body) == {"claim.applicant.properties.0.address": "PROTECTED"}
    assert body["data"]["claim"]["applicant"]["properties"][1]["address"]["fullText"].startswith('"Kalni"')
    log = "{ me { accessLog(first: 1) { edges { node { who outcome paths } } } } }"
    (edge,) = clean(running.post(log, persona="peteris")[1])["me"]["accessLog"]["edges"]
    assert (edge["node"]["who"], edge["node"]["outcome"]) == ("VPVKAC Valmierā", "PERMITTED")
    assert "properties.address.fullText" in edge["node"]["paths"]
