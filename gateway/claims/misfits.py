"""Answers of owners that do not fit their claims: they change nothing, are listed for people, and looked into once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from gateway.claims import notes
from gateway.claims.case_numbers import HIDDEN, codes_of_claim, shown
from gateway.claims.operations import add_event
from gateway.store.succession import UNCHANGED, Succession
from gateway.store.tables.claims import claims
from gateway.store.tables.owner_changes import ChangeOutcome, owner_changes
from schema.personal import masked
from schema.terms import ClaimStatus

_PREFIX = "answer-"


@dataclass(frozen=True, slots=True)
class Misfit:
    """What an owner told of a claim that cannot be so. Nothing of it is personal but :attr:`words`."""

    answer: str
    """Its id, as :func:`look_into` takes it."""
    claim: str
    claim_type: str
    owner: str
    """Who is to be asked about it: of a body that was taken over, who took over."""
    status: ClaimStatus
    owner_reference: str | None
    """The case number that the claim has; asterisks where it may be a personal code."""
    told: ClaimStatus | None
    """None: the owner used a word that its contract does not have."""
    word: str | None
    """That word, with asterisks for what may be a personal code."""
    told_reference: str
    """The case number that the owner named; asterisks where it may be a personal code."""
    changed_at: datetime
    """When it is to have happened there, UTC."""
    told_at: datetime
    """When it was first told here, UTC."""
    why: str
    """In words: what does not fit."""
    has_words: bool
    """The owner wrote something to it, too."""
    words: str | None = None
    """What that was, where it was asked for, with asterisks for what may be a personal code."""


class NothingToLookInto(Exception):  # noqa: N818 - the name says what happened
    """There is no such answer, it was looked into before, or the claim has several of them."""

    def __init__(self, answers: Sequence[str] = ()) -> None:
        super().__init__("several answers" if answers else "no answer")
        self.answers = answers
        """Where a claim has several: their ids."""


def misfits(connection: Connection, succession: Succession = UNCHANGED, *, words: bool = False) -> list[Misfit]:
    """Answers that nobody has looked into, the longest waiting first.

    Args:
        words: with what the owner wrote to each; it is about the applicant.
    """
    o, c = owner_changes.c, claims.c
    query = (
        select(
            o.id,
            o.claim,
            c.type,
            c.owner,
            c.status,
            c.owner_reference,
            c.reference_hidden,
            o.status.label("told"),
            o.word,
            o.reference,
            o.changed_at,
            o.told_at,
            o.note,
        )
        .join(claims, c.id == o.claim)
        .where(o.outcome == ChangeOutcome.ILLEGAL)
        .order_by(o.id)
    )
    return [
        Misfit(
            answer=f"{_PREFIX}{row.id}",
            claim=row.claim,
            claim_type=row.type,
            owner=succession.owner_of_today(row.owner),
            status=row.status,
            owner_reference=HIDDEN if row.reference_hidden else row.owner_reference,
            told=row.told,
            word=None if row.word is None else masked(row.word),
            told_reference=shown(row.reference, codes_of_claim(connection, row.claim)),
            changed_at=row.changed_at,
            told_at=row.told_at,
            why=_why(row.status, row.owner_reference, row.told, row.reference),
            has_words=row.note is not None,
            words=masked(row.note) if words and row.note is not None else None,
        )
        for row in connection.execute(query)
    ]


def look_into(connection: Connection, now: datetime, named: str, by: str, reason: str) -> str:
    """Write that people have looked into an answer, and forget the owner's words. Gives the claim's id.

    The claim stays as it is: a decision that comes after its end needs a new claim.

    Args:
        named: the answer's id; or the claim's, where it has one answer alone.
        by: who did, as the claim's history shows it.
        reason: what came of it, in words; the applicant can read it.

    Raises:
        NothingToLookInto: nothing was changed.
    """
    found = [each for each in misfits(connection) if named in (each.answer, each.claim)]
    if len(found) != 1:
        raise NothingToLookInto([each.answer for each in found])
    [misfit] = found
    connection.execute(
        update(owner_changes)
        .where(owner_changes.c.id == int(misfit.answer.removeprefix(_PREFIX)))
        .values(outcome=ChangeOutcome.LOOKED_INTO, note=None)
    )
    add_event(connection, now, misfit.claim, misfit.status, by=by, note=f"{notes.ANSWER_LOOKED_INTO} {reason}")
    return misfit.claim


def _why(present: ClaimStatus, reference: str | None, told: ClaimStatus | None, told_reference: str) -> str:
    if reference is not None and reference != told_reference:
        return "the claim has another case number"
    if reference is None and present in (ClaimStatus.SUBMITTED, ClaimStatus.OUTCOME_UNKNOWN):
        return "the case number is another claim's"
    if told is None:
        return "the owner's contract does not have this status"
    return f"a claim that is {present} cannot become {told}"
