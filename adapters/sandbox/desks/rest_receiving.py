"""The counter of an owner's REST system for what follows a claim: added answers, withdrawals, statuses."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.sandbox.cases import CaseBook, Change
from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Answering, Question

_MOST = 500


@dataclass(frozen=True, slots=True)
class RestCounter:
    """What its contract calls things.

    Args:
        reference_name: the member that has a case's number.
        claim_id_name: the member of a withdrawal that has the claim's id.
        knows_keys: a message's id stands in the header that the desk takes it from; else it stands in the body.
    """

    register: str
    reference_name: str
    cases: CaseBook
    knows_keys: bool = True
    claim_id_name: str = "pieteikumaId"

    def operations(self) -> dict[str, tuple[Kind, Answering, str]]:
        """Operations by name, as ``RestDesk`` takes them."""
        return {
            "papildinatIesniegumu": (
                Kind.DELIVER,
                lambda question, twist: self.follow("ANSWERS", question, twist),
                self.reference_name,
            ),
            "atsauktIesniegumu": (
                Kind.DELIVER,
                lambda question, twist: self.follow("WITHDRAWAL", question, twist),
                self.reference_name,
            ),
            "statusuIzmainas": (Kind.POLL, self._changes, "atzime"),
        }

    def follow(self, kind: str, question: Question, twist: Twist) -> Answer:
        """Take added answers (``ANSWERS``) or a ``WITHDRAWAL`` to its case."""
        refused = 422, {"kods": "ATTEIKTS", "zinojums": "Sūtījums nav pieņemams"}
        if twist is Twist.REJECT:
            return refused
        body, place = question.body, question.atvk or ""
        message_id = question.key if self.knows_keys else body["sutijumaId"]
        known = self.cases.find(self.register, place, message_id)
        if known is not None:
            return (200, {self.reference_name: known}) if self.knows_keys else refused
        reference = body.get(self.reference_name) or self.cases.case_of(
            self.register, place, body.get(self.claim_id_name, "")
        )
        if reference is None or not self.cases.add(self.register, place, message_id, reference, kind, body):
            return refused
        return 201, {self.reference_name: reference}

    def changes(self, place: str, since: str) -> tuple[list[Change], str, bool]:
        """What one answer tells of one municipality: changes, the mark to ask with next time, whether there are more.

        Args:
            since: an earlier mark, ``0`` for none.
        """
        found = self.cases.changes(self.register, place, int(since), _MOST + 1)
        return found[:_MOST], str(found[:_MOST][-1].number) if found else since, len(found) > _MOST

    def _changes(self, question: Question, twist: Twist) -> Answer:
        found, mark, more = self.changes(question.atvk or "", question.query.get("kops", "0"))
        told = [
            {
                "izmainasId": str(one.number),
                self.reference_name: one.reference,
                "statuss": one.status,
                "laiks": one.at,
                "piezime": one.note,
            }
            for one in found
        ]
        return 200, {"izmainas": told, "atzime": mark, "vel": more}
