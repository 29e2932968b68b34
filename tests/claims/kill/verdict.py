"""What came of it, for each strategy: counted at the owners, on the wire and in the gateway, not by what any of them says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.claims.kill.clients import KINDS, Accepted, Kind

_CLAIM = re.compile(rb"claim-[0-9a-f]{24}")


@dataclass(slots=True)
class Counted:
    """One strategy's figures; every one that says what must not be is 0 in a good run."""

    strategy: str
    acknowledged: int = 0
    withdrawn: int = 0
    cases: int = 0
    sends: int = 0
    unknown: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    resent: list[str] = field(default_factory=list)
    """Of MANUAL: sent more than once."""
    unlisted: list[str] = field(default_factory=list)
    """In doubt and not listed, or listed and not in doubt."""
    unfinished: list[str] = field(default_factory=list)
    not_withdrawn: list[str] = field(default_factory=list)
    """Withdrawn here, and a case at an owner that heard of it not at all or more than once."""
    invented: list[str] = field(default_factory=list)
    """Cases at the owner of claims that nobody submitted."""

    @property
    def holds(self) -> bool:
        """Nothing happened that must not."""
        wrong = (self.lost, self.doubled, self.altered, self.resent, self.unlisted, self.unfinished)
        return not any((*wrong, self.not_withdrawn, self.invented))


@dataclass(frozen=True, slots=True)
class AtOwner:
    """What one owner's system holds."""

    cases: Sequence[tuple[str, str]]
    """Claim and case number, of each case."""
    withdrawn: Sequence[str] = ()
    """Case number of each withdrawal that arrived."""


def count(
    accepted: Mapping[str, Accepted],
    claims: Mapping[str, Mapping[str, Any]],
    owners: Mapping[str, AtOwner],
    sent: Mapping[str, list[bytes]],
    doubtful: set[str],
) -> list[Counted]:
    """Compare what clients were told with everything else.

    Args:
        accepted: claims that were acknowledged.
        claims: as the gateway shows them to their applicants.
        owners: by register.
        sent: bodies that went to owners, by claim.
        doubtful: claims that the gateway lists as such.
    """
    return [_count(kind, accepted, claims, owners[kind.register], sent, doubtful) for kind in KINDS]


def sends_by_claim(bodies: list[bytes]) -> dict[str, list[bytes]]:
    """Bodies that carry answers of a claim, by claim: look-ups and status polls carry none."""
    found: dict[str, list[bytes]] = {}
    for body in bodies:
        for claim in set(_CLAIM.findall(body)):
            found.setdefault(claim.decode(), []).append(body)
    return found


def _count(
    kind: Kind,
    accepted: Mapping[str, Accepted],
    claims: Mapping[str, Mapping[str, Any]],
    owner: AtOwner,
    sent: Mapping[str, list[bytes]],
    doubtful: set[str],
) -> Counted:
    counted = Counted(kind.strategy)
    at_owner = Counter(claim for claim, _ in owner.cases if claim.startswith("claim-"))
    counted.doubled = [claim for claim, number in at_owner.items() if number > 1]
    counted.cases = sum(at_owner.values())
    withdrawals = Counter(owner.withdrawn)
    heard = {claim: withdrawals[reference] for claim, reference in owner.cases}
    for claim, told in accepted.items():
        if told.kind is not kind:
            continue
        counted.acknowledged += 1
        counted.withdrawn += told.withdrawn
        # A withdrawal carries no answers, and so no token.
        sends = [body for body in sent.get(claim, []) if told.token.encode() in body]
        others = len(sent.get(claim, [])) - len(sends)
        counted.sends += len(sends)
        there = claims.get(claim)
        status = None if there is None else there["status"]
        counted.unknown += claim in doubtful
        if status in (None, "DRAFT") or (status not in _MAY_HAVE_NO_CASE and claim not in at_owner):
            counted.lost.append(claim)
        elif status == "SUBMITTED":
            counted.unfinished.append(claim)
        kept = there is None or there["answers"] == told.answers
        if not kept or (others and not told.withdrawn) or _differ(sends):
            counted.altered.append(claim)
        if kind.strategy == "MANUAL" and (len(sends) > 1 or others > 1):
            counted.resent.append(claim)
        if not told.withdrawn and (status == "OUTCOME_UNKNOWN") is not (claim in doubtful):
            counted.unlisted.append(claim)
        if told.withdrawn and (
            status != "WITHDRAWN" or heard.get(claim, 1) > 1 or (heard.get(claim, 1) == 0 and claim not in doubtful)
        ):
            counted.not_withdrawn.append(claim)
    counted.invented = [claim for claim in at_owner if claims.get(claim, {}).get("status", "DRAFT") == "DRAFT"]
    return counted


_MAY_HAVE_NO_CASE = ("SUBMITTED", "OUTCOME_UNKNOWN", "WITHDRAWN")


def _differ(sends: list[bytes]) -> bool:
    """Whether one claim went out in two forms; what a SOAP header says of the one call is another each time."""
    return len({re.sub(rb"<(?:\w+:)?Header>.*</(?:\w+:)?Header>", b"", body, flags=re.DOTALL) for body in sends}) > 1
