"""Invariant 6: no personal data in logs, error texts or URLs, whatever goes wrong."""

from __future__ import annotations

import base64
import hashlib

from gateway.demo.folder import GATEWAY_LOG
from tests.conftest import StartsGateway

CODES = ("39100000011", "39100000055", "39100000022", "39100000066")
NAMES = ("Bērziņ", "Kalniņ", "Ozol", "Rīgas iela")
CANARY = "CANARY-7f3a"


def spellings(code: str) -> list[str]:
    hyphenated = f"{code[:6]}-{code[6:]}"
    return [
        code,
        hyphenated,
        base64.b64encode(code.encode()).decode(),
        hashlib.sha256(code.encode()).hexdigest(),
        hashlib.md5(code.encode(), usedforsecurity=False).hexdigest(),
    ]


def test_neither_the_log_nor_any_error_text_has_a_person_in_it(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    everything = "{ me { personCode givenName income { gross } declaredAddress { fullText } benefits { kind } household { person { givenName } } } }"
    texts = []
    faults = ("http_500_html", "garbage", "wrong_person", "two_persons", "soap_fault_200", "truncated", "reset")
    for register in ("natural_persons", "addresses", "revenue", "social_assistance"):
        for fault in faults:
            running.fault(register, fault)
            for persona in ("anna", "peteris"):
                _, body = running.post(everything, persona=persona)
                texts.append(str(body.get("errors")))
            running.fault(register, None)
    bad = [
        ('{ claim(id: "39100000011") { id } }', None),
        ('{ me { income(months: "39100000011") { gross } } }', None),
        ("query($c: ClaimTypeCode!) { claimType(code: $c) { code } }", {"c": "39100000011 Anna"}),
        ('mutation { prepareClaim(input: {type: "housing-benefit", applicant: {personCode: "391000-00011x"}}) { claim { id } } }', None),
        ('{ claim(id: "x" 39100000011', None),
    ]  # fmt: skip
    for query, variables in bad:
        _, body = running.post(query, variables, persona="anna")
        texts.append(str(body))
    running.post("{ me { givenName } }", token="eyJhbGciOiJSUzI1NiJ9.39100000011.x")
    running.stop()
    logged = (running.data / GATEWAY_LOG).read_text(encoding="utf-8")
    assert "/graphql" in logged
    said = running.printed() + logged + "\n".join(texts)
    for code in CODES:
        for spelling in spellings(code):
            assert spelling not in said
    for word in (*NAMES, CANARY):
        assert word not in said
