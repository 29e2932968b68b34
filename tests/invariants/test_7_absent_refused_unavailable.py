"""Invariant 7: absent, refused and unavailable are three answers; an unknown code from a register is an error."""

from __future__ import annotations

from tests.answers import clean, errors_by_path
from tests.running_gateway import RunningGateway

ADDRESS = "applicant { ... on Person { declaredAddress { fullText } } }"


def test_the_three_answers_differ(gateway: RunningGateway) -> None:
    absent = clean(gateway.post("{ me { declaredAddress { fullText } } }", persona="nora")[1])
    assert absent == {"me": {"declaredAddress": None}}
    _, refused = gateway.post('{ claim(id: "demo-3") { %s } }' % ADDRESS, persona="ilze")
    assert errors_by_path(refused) == {"claim.applicant.declaredAddress": "FORBIDDEN"}
    gateway.fault("addresses", "http_500_html")
    try:
        _, unavailable = gateway.post('{ claim(id: "demo-1") { %s } }' % ADDRESS, persona="anna")
    finally:
        gateway.fault("addresses", None)
    assert errors_by_path(unavailable) == {"claim.applicant.declaredAddress": "REGISTER_UNAVAILABLE"}


def test_somebody_elses_record_is_never_shown(gateway: RunningGateway) -> None:
    gateway.fault("natural_persons", "wrong_person")
    try:
        _, body = gateway.post("{ me { givenName familyName } }", persona="peteris")
    finally:
        gateway.fault("natural_persons", None)
    assert body["data"]["me"] == {"givenName": None, "familyName": None}
    assert set(errors_by_path(body).values()) == {"REGISTER_CONTRACT_BROKEN"}
