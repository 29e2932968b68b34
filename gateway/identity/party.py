"""Who asks: one person or machine in one capacity."""

from __future__ import annotations

import msgspec

from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber


class Party(msgspec.Struct, frozen=True):
    """The asker as the gateway trusts it, resolved from a verified token.

    People and legal entities are named by the gateway's internal subject ids: codes change, ids do not.
    """

    capacity: Capacity
    subject: str
    """Internal subject id of the natural person behind the token."""
    person_code: PersonCode
    """The one that the person has now, whichever the token names."""
    display_name: str | None = None
    assurance: AssuranceLevel | None = None
    organisation: str | None = None
    """CLERK: centre id. THIRD_PARTY_WORKER: third party id. OWNER_OFFICER: owner id (``vsaa``, ``social-0054000``)."""
    acting_for: str | None = None
    """MANDATE_HOLDER: subject id of the grantor. LEGAL_REPRESENTATIVE: subject id of the legal entity."""
    represented_number: RegistrationNumber | None = None
    """LEGAL_REPRESENTATIVE: number of the legal entity; THIRD_PARTY_WORKER: number of the organisation."""

    unasked: bool = False
    """The population register has not said yet which codes are this person's."""
    unasked_grantor: PersonCode | None = None
    """MANDATE_HOLDER: the grantor's code, where it has not said yet which are theirs."""

    @property
    def key(self) -> str:
        """Stable text for one party in one capacity: scope of idempotency keys and quotas. Holds no personal code."""
        return "/".join((self.capacity, self.subject, self.organisation or "-", self.acting_for or "-"))
