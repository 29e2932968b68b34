"""Who asked, in words a citizen understands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from gateway.identity.party import Party
from gateway.store.prepared import Prepared
from gateway.store.tables.organisations import centres, service_owners, third_parties
from schema.terms import Capacity
from schema.text import Text

APPLICANT = Text("The applicant", "Iesnieguma iesniedzējs")
ANOTHER = Text("Another person", "Cita persona")
PARENT = Text("A parent", "Viens no vecākiem")
GATEWAY = Text("The gateway", "Vārteja")
_WORDS = {
    Capacity.CITIZEN: Text("The person themselves", "Pati persona"),
    Capacity.LEGAL_REPRESENTATIVE: Text("The legal entity's representative", "Juridiskās personas pārstāvis"),
    Capacity.MANDATE_HOLDER: Text("The holder of a mandate", "Pilnvarnieks"),
    Capacity.CLERK: Text("A clerk of a customer service centre", "Klientu apkalpošanas centra darbinieks"),
    Capacity.THIRD_PARTY_WORKER: Text("A third party", "Trešā puse"),
    Capacity.OWNER_OFFICER: Text("An officer of a public body", "Iestādes darbinieks"),
    Capacity.POLICY_OFFICER: Text("A policy officer of the ministry", "Ministrijas darbinieks"),
    Capacity.MINISTRY_IT: Text(
        "The ministry's information technology", "Ministrijas informācijas tehnoloģiju dienests"
    ),
    Capacity.AUDITOR: Text("An auditor", "Revidents"),
}
_YOU = Text(_WORDS[Capacity.CITIZEN], "Jūs")
_OURS = {str(each): each for each in (APPLICANT, ANOTHER, PARENT, GATEWAY, *_WORDS.values())}
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
    """The organisation's name where there is one, else the capacity in English; never a person's name."""
    return organisation_name or str(_WORDS[capacity])


def another(paths: Collection[str]) -> Text:
    """A citizen who asked for these paths, in words for somebody else: a child is told that it was a parent."""
    return PARENT if "childrenLogs" in paths else ANOTHER


def as_read(kept: str) -> str:
    """What the log or a claim's history keeps of who it was, as people read it: words of ours in each language, an
    organisation's name as it is."""
    return _OURS.get(kept, kept)


def as_read_by_subject(kept: str) -> str:
    """The same in the log of whose data it was: they themselves are "you" in Latvian."""
    return _YOU if kept == _YOU else as_read(kept)


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
