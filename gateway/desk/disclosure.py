"""When people are told of an access: at once, or later where the claim type's law says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.audit.record import AccessRecord
from gateway.claims.days import end_of_day_in_riga
from gateway.claims.snapshot import ClaimSnapshot
from policies.kit.facts import Facts
from policies.kit.field_access import AccessClass
from policies.kit.policy_set import PolicySet
from schema.terms import ClaimAction


def reads_of(asked: Iterable[str], policies: PolicySet) -> Collection[ClaimAction]:
    """What showing a claim is, by the coordinates that are asked of it."""
    evidence = (AccessClass.EVIDENCE, AccessClass.ANSWERS)
    if any(policies.fields.of(each) in evidence for each in asked):
        return (ClaimAction.READ, ClaimAction.READ_EVIDENCE)
    return (ClaimAction.READ,)


def told_with(record: AccessRecord, told_at: datetime | None) -> AccessRecord:
    """A record of which people are told at a moment; None: at once."""
    return replace(record, subjects=tuple(replace(each, disclosed_at=told_at) for each in record.subjects))


def released_at(
    policies: PolicySet,
    claim: ClaimSnapshot | None,
    facts: Facts | None,
    actions: Collection[ClaimAction],
    at: datetime,
) -> datetime | None:
    """When all whose data it is are told of what one request does with a claim; None: at once.

    Facts alone decide, before anything is written: not who the people are, and not what came of it.

    Args:
        facts: how who asks stands to the claim; None where that was not decided on.
        actions: everything that the request does with it.
        at: of the request, aware UTC.
    """
    module = None if claim is None else policies.claim_types.get(claim.type)
    if module is None or facts is None or not module.delays:
        return None
    delay = next((each for each in module.delays if each.covers(facts, actions)), None)
    if delay is None:
        return None
    if delay.days is not None:
        return at + timedelta(days=delay.days)
    assert delay.until is not None
    end = end_of_day_in_riga(delay.until)
    return end if end > at else None
