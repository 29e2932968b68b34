"""What a list tells of its claims by itself: that they match its filter, that they are counted, where they stand."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from gateway.desk.door import OpenClaim
from gateway.desk.log import RequestLog
from gateway.plan.compile import FieldPlan
from gateway.plan.judgement import Judgement
from policies.kit.facts import READ_CLAIM, READ_STATUS
from policies.kit.policy_set import PolicySet
from schema.graph.inputs import ClaimFilter
from schema.terms import Capacity

FEW = 20
"""So many are counted one by one: how many there are of more is no news of anybody."""
ONE_APPLICANT = frozenset({Capacity.MANDATE_HOLDER, Capacity.LEGAL_REPRESENTATIVE})
"""Who lists one applicant's claims: how many there are is news of that one, however many."""
_WITH_STATUS = frozenset({"id", "type", "status"})
_CURSORS = frozenset({"startCursor", "endCursor"})


class Listing:
    """What is asked of one list.

    Args:
        plan: of the field that the page is.
    """

    def __init__(self, plan: FieldPlan | None, filter: ClaimFilter | None, capacity: Capacity) -> None:
        self.tells: Mapping[str, str] = {}
        """Path -> coordinate of what the list tells of a claim. Empty: nothing; citizens list their own."""
        self._of_shown = self._of_next = False
        self._of_counted = 0
        if plan is None or capacity is Capacity.CITIZEN:
            return
        page = [each for each in plan.objects["ClaimConnection"].fields if each.name != "__typename"]
        edge = [each for edges in page if edges.name == "edges" for each in edges.objects["ClaimEdge"].fields]
        info = {each.name for one in page if one.name == "pageInfo" for each in one.objects["PageInfo"].fields}
        nodes = [each for node in edge if node.name == "node" for each in node.objects["Claim"].fields]
        of_one = capacity in ONE_APPLICANT
        # Otherwise what is read of those that are shown is recorded of each.
        self._of_shown = bool(page) and all(each.name == "__typename" for each in nodes)
        self._of_next = "hasNextPage" in info and (self._of_shown or of_one)
        if any(each.name == "totalCount" for each in page):
            self._of_counted = sys.maxsize if of_one else FEW
        if self._of_shown or self._of_next or self._of_counted:
            names = ["id", *_filtered_by(filter)]
            if self._of_shown and (_CURSORS & info or any(each.name == "cursor" for each in edge)):
                names.append("createdAt")
            self.tells = {name: f"Claim.{name}" for name in names}

    def told_of(
        self, shown: Sequence[OpenClaim], behind: Sequence[OpenClaim], counted: Sequence[OpenClaim] = ()
    ) -> list[OpenClaim]:
        """Claims of which the list tells by itself.

        Args:
            shown: those of the page.
            behind: those behind it, the next one at least.
            counted: all of which it is told how many they are.
        """
        told = [*shown] if self._of_shown else []
        if 0 < len(counted) <= self._of_counted:
            # Identities, since claims are compared by nothing else.
            known = set(map(id, shown))
            return told + [each for each in counted if id(each) not in known]
        return [*told, *behind[:1]] if self._of_next else told

    def record(self, log: RequestLog, policies: PolicySet, claims: Iterable[OpenClaim]) -> None:
        """Have it recorded of claims of the list."""
        judged: dict[int, Judgement] = {}
        for each in claims:
            # Those in one position share the object.
            judgement = judged.get(id(each.facts))
            if judgement is None:
                asked = READ_STATUS if self.tells.keys() <= _WITH_STATUS else READ_CLAIM
                rules = set(policies.decide(each.facts, asked).rules)
                judgement = judged[id(each.facts)] = Judgement(
                    permitted_fields=dict(self.tells), rules=rules, facts=each.facts
                )
            log.of_claim(each.snapshot, judgement)


def _filtered_by(filter: ClaimFilter | None) -> list[str]:
    if filter is None:
        return []
    said = {
        "type": filter.types,
        "status": filter.statuses,
        "municipality": filter.municipality,
        "submittedAt": filter.submitted_from or filter.submitted_to,
    }
    return [name for name, value in said.items() if value is not None]
