"""Every way in which a mutation can end, each with its records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.audit.ways import Ask, Row, Way, codes

_ANSWERS = '{tenure: "RENT", monthlyCosts: "310.50", account: "LV80BANK0000435195001"}'


_HOUSING = 'type: "housing-benefit", municipality: "0054000"'


def _on(claim: str, mutation: str, more: str = "") -> str:
    return 'mutation { %s(input: {id: "%s"%s}) { claim { status } problems { code } } }' % (mutation, claim, more)


def _prepare(code: str, more: str = "", what: str = _HOUSING) -> str:
    given = f'{what}, applicant: {{personCode: "{code}"}}{more}'
    return "mutation { prepareClaim(input: {%s}) { claim { id } problems { code } } }" % given


def _draft(ask: Ask) -> str:
    made = ask("anna", _prepare("39100000011", f", answers: {_ANSWERS}"))
    return str(made["prepareClaim"]["claim"]["id"])


def _submit(ask: Ask) -> str:
    draft = _draft(ask)
    return _on(draft, "submitClaim", f', idempotencyKey: "{draft}"')


def _submit_again(ask: Ask) -> str:
    query = _submit(ask)
    ask("anna", query)
    return query


def _under_a_used_key(ask: Ask) -> str:
    ask("anna", _submit(ask).replace('Key: "', 'Key: "used '))
    used = _draft(ask)
    first = _on(used, "submitClaim", f', idempotencyKey: "{used}"')
    ask("anna", first)
    return _on(_draft(ask), "submitClaim", f', idempotencyKey: "{used}"')


def _refused(action: str, claim: str, mutation: str, rules: str, **more: Any) -> tuple[Row, ...]:
    return (Row("DENIED", action, "APPLICANT", (claim,), f"Mutation.{mutation}", rules, **more),)


def _own_draft(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple(replace(row, claim_type="housing-benefit") for row in rows)


_REPEATED = Row("PERMITTED", "READ", "APPLICANT", ("new anna",), "Mutation.submitClaim", "applicant-reads-claim")


_STATUS = Row("PERMITTED", "READ", "APPLICANT", ("new anna",), "Claim.status", "applicant-reads-claim")


MUTATIONS = (
    Way(
        "a draft opened",
        "anna",
        _prepare("39100000011"),
        _own_draft(
            (
                Row("PERMITTED", "PREPARE", "APPLICANT", ("new anna",), "Mutation.prepareClaim", "applicant-prepares"),
                Row("PERMITTED", "READ", "APPLICANT", ("new anna",), "Claim.id", "applicant-reads-claim"),
            )
        ),
    ),
    Way(
        "a draft for another, refused",
        "anna",
        _prepare("39100000022"),
        _refused(
            "PREPARE",
            "- janis",
            "prepareClaim",
            "default-deny",
            who="Another person",
            claim_type="housing-benefit",
        ),
        codes("FORBIDDEN"),
    ),
    Way(
        "a draft for one who is not present",
        "clerk-valmiera",
        _prepare("39100000055"),
        _refused("PREPARE", "- peteris", "prepareClaim", "clerk-without-presence", claim_type="housing-benefit"),
        codes("PRESENCE_REQUIRED"),
    ),
    Way(
        "a draft with wrong answers",
        "anna",
        _prepare("39100000011", ", answers: {pets: 2}"),
        _refused("PREPARE", "- anna", "prepareClaim", "applicant-prepares", claim_type="housing-benefit"),
        codes("ANSWERS_INVALID"),
    ),
    Way(
        "a draft of a type that there is not",
        "anna",
        _prepare("39100000011", what='type: "no-such-type"'),
        (Row("DENIED", "PREPARE", None, ("-",), "Mutation.prepareClaim", "no-claim-type", decided=False),),
        codes("CLAIM_TYPE_CLOSED"),
    ),
    Way(
        "wrong answers to a draft",
        "anna",
        _on("demo-7", "answerClaim", ", answers: {pets: 2}"),
        _refused("PREPARE", "demo-7 anna", "answerClaim", "applicant-prepares"),
        codes("ANSWERS_INVALID"),
    ),
    Way(
        "submitted",
        "anna",
        _submit,
        _own_draft(
            (
                Row("PERMITTED", "SUBMIT", "APPLICANT", ("new anna",), "Mutation.submitClaim", "applicant-submits"),
                _STATUS,
            )
        ),
    ),
    Way("submitted again under its key", "anna", _submit_again, _own_draft((_REPEATED, _STATUS))),
    Way(
        "submitted under the key of another",
        "anna",
        _under_a_used_key,
        _own_draft(_refused("SUBMIT", "new anna", "submitClaim", "applicant-submits")),
        codes("IDEMPOTENCY_KEY_REUSED"),
    ),
    Way(
        "withdrawn when it was over",
        "anna",
        _on("demo-4", "withdrawClaim"),
        _refused("WITHDRAW", "demo-4 anna", "withdrawClaim", "default-deny"),
        codes("WRONG_STATUS"),
    ),
    Way(
        "withdrawn by who may not",
        "ngo-support",
        _on("demo-1", "withdrawClaim"),
        _refused("WITHDRAW", "demo-1 anna", "withdrawClaim", "third-party-never-withdraws-or-assigns"),
        codes("FORBIDDEN"),
    ),
    Way(
        "withdrawn by who may not even see it",
        "ngo-support",
        _on("demo-2", "withdrawClaim"),
        _refused("WITHDRAW", "demo-2 peteris", "withdrawClaim", "no-door"),
        codes("FORBIDDEN"),
    ),
    Way(
        "given to who could not act",
        "anna",
        _on("demo-1", "assignClaim", ', thirdParty: "tp-expired"'),
        _refused("ASSIGN", "demo-1 anna", "assignClaim", "applicant-assigns-third-party"),
        codes("THIRD_PARTY_NOT_ELIGIBLE"),
    ),
    Way(
        "decided without a reason",
        "officer-valmiera",
        _on("demo-9", "decideClaim", ', outcome: GRANTED, reason: " "'),
        _refused("DECIDE", "demo-9 anna", "decideClaim", "officer-decides"),
        codes("ANSWERS_INVALID"),
    ),
    Way(
        "decided",
        "officer-valmiera",
        _on("demo-9", "decideClaim", ', outcome: GRANTED, reason: "As asked."'),
        (
            Row("PERMITTED", "DECIDE", "APPLICANT", ("demo-9 anna",), "Mutation.decideClaim", "officer-decides"),
            Row("PERMITTED", "READ", "APPLICANT", ("demo-9 anna",), "Claim.status", "officer-reads-claim"),
        ),
    ),
    Way(
        "a mandate of another taken back",
        "anna",
        'mutation { revokeMandate(input: {id: "mandate-1"}) { mandate { id } problems { code } } }',
        (
            Row(
                "DENIED",
                "ASSIGN",
                "APPLICANT",
                ("- peteris",),
                "Mutation.revokeMandate",
                "default-deny",
                who="Another person",
            ),
        ),
        codes("FORBIDDEN"),
    ),
)
"""Ways to act."""
