"""What a rule may look at, and what comes of it.

Facts are resolved by the gateway from its own store before deciding; they say how the party stands to the claim, never
who either is, so two claims in the same position share one verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter

from schema.terms import AssuranceLevel, Capacity, Channel, ClaimAction, ClaimStatus, ClaimTypeCode, EvidenceScope
from schema.text import Text


class Presence(StrEnum):
    """How this clerk knows, on this claim and within the last 30 minutes, that the citizen is there."""

    NONE = "NONE"
    STATED = "STATED"
    """By a paper mandate, which cannot be checked."""
    PROVEN = "PROVEN"
    """Checked with the identity service."""


class ReadScope(StrEnum):
    """What READ is asked for: ``id``, ``type`` and ``status`` alone, or the claim's other fields."""

    STATUS = "STATUS"
    CLAIM = "CLAIM"


@dataclass(frozen=True, slots=True)
class Facts:
    """How one party stands to one claim at one moment. Hashable: the memo's key with the policy version."""

    capacity: Capacity
    claim_type: ClaimTypeCode
    status: ClaimStatus
    """DRAFT for a claim that is about to be prepared."""
    new: bool = False
    """The claim does not exist yet (``prepareClaim``)."""
    channel: Channel | None = None
    assurance: AssuranceLevel | None = None
    is_applicant: bool = False
    """CITIZEN: the party is the applicant. LEGAL_REPRESENTATIVE: the applicant is the legal entity that the token
    names. MANDATE_HOLDER: the applicant is the grantor that the token names. OWNER_OFFICER: the officer is the
    applicant."""
    represents_alone: bool = False
    """LEGAL_REPRESENTATIVE: the copy of the enterprise register, at most 24 hours old, says that the person may
    represent alone."""
    mandate_actions: frozenset[ClaimAction] = frozenset()
    """Actions of the mandates from the applicant to the party (or its organisation) that are in force today for this
    claim type."""
    mandate_in_force: bool = False
    """There is such a mandate, whatever its actions."""
    assigned: bool = False
    """The claim is assigned to the party's organisation."""
    organisation_active: bool = False
    contract_in_force: bool = False
    contract_covers: bool = False
    """The contract names the claim type and, for municipal types, the claim's municipality."""
    own_authority: bool = False
    """OWNER_OFFICER: the claim is of the officer's authority, department and municipality, or of one it took over."""
    own_centre: bool = False
    """CLERK: the claim was made at the clerk's centre."""
    in_basket: bool = False
    """CLERK: the claim type is in the centre's basket and, for municipal types, the municipality is the centre's."""
    presence: Presence = Presence.NONE
    restricted: bool = False
    """The applicant is a protected person, as the own copy says."""
    taking_off: bool = False
    """ASSIGN: a third party is taken off the claim (``assigned: false``), not put on it."""
    _hash: int | None = field(default=None, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Worked out once: the same facts are looked up for every question of every claim in their position."""
        if self._hash is None:
            object.__setattr__(self, "_hash", hash(_FACTS(self)))
        assert self._hash is not None
        return self._hash


_FACTS = attrgetter(*(each.name for each in fields(Facts) if each.compare))


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked of the policies about a claim."""

    action: ClaimAction
    scope: EvidenceScope | ReadScope | None = None
    """READ: a :class:`ReadScope`. READ_EVIDENCE: the scope of the evidence asked for. Other actions: None."""
    _hash: int | None = field(default=None, init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self.action, self.scope)))
        assert self._hash is not None
        return self._hash


READ_STATUS = Question(ClaimAction.READ, ReadScope.STATUS)
READ_CLAIM = Question(ClaimAction.READ, ReadScope.CLAIM)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policies say."""

    allowed: bool
    rules: tuple[str, ...]
    """Ids of the deciding rules, sorted; ``("default-deny",)`` where no rule allows."""
    reason: Text
    """One sentence."""
    remedy: Text | None = None
    """What the asker can do about a refusal; None where it is allowed."""
