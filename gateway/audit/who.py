"""Who asked, in words a citizen understands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from gateway.identity.party import Party
from gateway.store.prepared import Prepared
from gateway.store.tables.organisations import centres, service_owners, third_parties
from schema.terms import Capacity

_WORDS = {
    Capacity.CITIZEN: "The person themselves",
    Capacity.LEGAL_REPRESENTATIVE: "The legal entity's representative",
    Capacity.MANDATE_HOLDER: "The holder of a mandate",
    Capacity.CLERK: "A clerk of a customer service centre",
    Capacity.THIRD_PARTY_WORKER: "A third party",
    Capacity.OWNER_OFFICER: "An officer of a public body",
    Capacity.POLICY_OFFICER: "A policy officer of the ministry",
    Capacity.MINISTRY_IT: "The ministry's information technology",
    Capacity.AUDITOR: "An auditor",
}
_ORGANISATIONS = {
    Capacity.CLERK: centres,
    Capacity.THIRD_PARTY_WORKER: third_parties,
    Capacity.OWNER_OFFICER: service_owners,
}

_NAMES = {
    capacity: Prepared(select(table.c.name).where(table.c.id == bindparam("id")))
    for capacity, table in _ORGANISATIONS.items()
}


def who(capacity: Capacity, organisation_name: str | None) -> str:
    """The organisation's name where there is one, else the capacity in words; never a person's name."""
    return organisation_name or _WORDS[capacity]


def who_of(connection: Connection, party: Party) -> str:
    """:func:`who` of a party, its organisation's name looked up."""
    return who_by(lambda statement, organisation: statement.rows(connection, id=organisation), party)


def who_by(look_up: Callable[[Prepared, str], Sequence[tuple[Any, ...]]], party: Party) -> str:
    """The same; ``look_up`` runs a statement with the organisation's id."""
    name: str | None = None
    if party.capacity in _NAMES and party.organisation is not None:
        rows = look_up(_NAMES[party.capacity], party.organisation)
        name = rows[0][0] if rows else None
    return who(party.capacity, name)
