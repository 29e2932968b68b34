"""Doors as the runner sees them: what each leaves open, and the draft of its access record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.claims.snapshot import ClaimSnapshot
from gateway.desk.facts import withholds
from gateway.desk.log import Draft
from gateway.desk.shortfall import shut_with
from gateway.identity.party import Party
from gateway.plan.compile import FieldPlan
from gateway.plan.judgement import Judgement
from policies.kit.facts import Facts
from schema.graph.guardian import ChildLog
from schema.graph.person import Person
from schema.ports import FieldError, Purpose
from schema.terms import ApplicantKind, ErrorCode


class OpenClaim(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A claim that the viewer may READ, and how the viewer stands to it."""

    snapshot: ClaimSnapshot
    facts: Facts

    def purpose(self, party: Party) -> Purpose:
        """Why evidence of this claim is read."""
        snapshot = self.snapshot
        # Protection is a person's: what a legal entity does not have is null, and no riddle.
        withheld = snapshot.applicant_kind is ApplicantKind.PERSON and withholds(party, self.facts)
        return Purpose(snapshot.id, snapshot.type, snapshot.municipality, withheld, self.facts.restricted)


class OpenedDoor(msgspec.Struct, eq=False, gc=False):
    """One opened door: a judgement, and the draft of its access record."""

    judgement: Judgement
    draft: Draft | None = None

    def refusal(self, field: FieldPlan) -> FieldError | None:
        """Why the field is not answered; None where it is."""
        return self.judgement.refusal(field)

    def disclosed(self, field: FieldPlan, people: Sequence[Any]) -> None:
        """Data of co-subjects behind ``field`` is about to be released."""
        if self.draft is not None:
            self.draft.disclosed += ((self.judgement.opened_below(field), people),)

    def not_given(self, field: FieldPlan, error: FieldError, of: Any, *, in_part: bool = False) -> None:
        """What was open is not given after all: a register failed, or a protected person's data is withheld.

        A record says of a path that it was given or not: what was given of one of several objects was, and so was what
        another field of the same path gave.
        """
        draft = self.draft
        if draft is None:
            return
        below, shut = self.judgement.opened_below(field), shut_with(field)
        if not in_part:
            draft.shut = {**draft.shut, None: draft.shut.get(None, shut) | shut}
            if error.code is ErrorCode.PROTECTED:
                draft.withheld = {**draft.withheld, **below}
            else:
                draft.failed = {**draft.failed, **below}
        if isinstance(of, Person | ChildLog) and any(of.code in people for _, people in draft.disclosed):
            draft.lost = {**draft.lost, of.code: {**draft.lost.get(of.code, {}), **below}}
            draft.shut = {**draft.shut, of.code: draft.shut.get(of.code, shut) | shut}
