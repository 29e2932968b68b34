"""Uses of a person's data in Latvian, as the national portal shows them."""

from __future__ import annotations

from gateway.audit.view import AccessEntry
from gateway.audit.who import as_read_by_subject
from schema.terms import AccessOutcome, ClaimAction, SubjectRole
from schema.text import latvian_of

_ACTIONS = {
    ClaimAction.READ: "datu skatīšana",
    ClaimAction.READ_EVIDENCE: "datu saņemšana no reģistriem",
    ClaimAction.PREPARE: "iesnieguma sagatavošana",
    ClaimAction.SUBMIT: "iesnieguma iesniegšana",
    ClaimAction.WITHDRAW: "iesnieguma atsaukšana",
    ClaimAction.ASSIGN: "iesnieguma nodošana apstrādei",
    ClaimAction.DECIDE: "lēmums par iesniegumu",
}
_MUTATIONS = {
    "Mutation.grantMandate": "pilnvarojuma došana",
    "Mutation.revokeMandate": "pilnvarojuma atsaukšana",
    "Mutation.answerClaim": "iesnieguma veidlapas aizpildīšana",
}
_OUTCOMES = {
    AccessOutcome.PERMITTED: "",
    AccessOutcome.DENIED: " (atteikts)",
    AccessOutcome.FAILED: " (reģistrs datus nesniedza)",
}


def purpose(entry: AccessEntry, title: str | None) -> str:
    """Why data was used, ``Mājokļa pabalsts: datu saņemšana no reģistriem``.

    Args:
        title: of the claim type, in Latvian; None where no claim was the reason.
    """
    mutation = next((_MUTATIONS[each] for each in entry.coordinates if each in _MUTATIONS), None)
    done = mutation or _ACTIONS[entry.action]
    if title is not None:
        others = ", citas personas iesniegums" if entry.role is SubjectRole.CO_SUBJECT else ""
        return f"{title}{others}: {done}{_OUTCOMES[entry.outcome]}"
    return f"{done[0].upper()}{done[1:]}{_OUTCOMES[entry.outcome]}"


def receiver(who: str) -> str:
    """Who asked: organisations by their names, capacities (:mod:`gateway.audit.who`) in Latvian."""
    return latvian_of(as_read_by_subject(who))
