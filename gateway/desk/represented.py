"""The legal entity that a representative's token names, and whether the representative may read its log."""

from __future__ import annotations

from sqlalchemy import Connection

from gateway.desk.facts import Moment, represents_alone
from gateway.identity.party import Party
from gateway.plan.judgement import refusal
from gateway.store.subjects import numbers_of
from schema.graph.legal_entity import LegalEntity
from schema.ports import FieldError
from schema.terms import AssuranceLevel
from schema.text import Text

SURE = frozenset({AssuranceLevel.SUBSTANTIAL, AssuranceLevel.HIGH})
"""Sign-ins that open personal data."""


def represented(connection: Connection, party: Party, moment: Moment) -> LegalEntity | None:
    """The legal entity of a representative's token; None where nobody knows it."""
    if party.acting_for is None:
        return None
    number = numbers_of(connection, [party.acting_for]).get(party.acting_for)
    if number is None:
        return None
    shut = None
    if party.assurance not in SURE:
        shut = not_sure_enough()
    elif not represents_alone(connection, party, moment):
        shut = _not_alone()
    return LegalEntity(registration_number=number, purpose=None, log_of=party.acting_for, log_shut=shut)


def not_sure_enough() -> FieldError:
    """The refusal of a sign-in that opens no personal data."""
    return refusal(
        Text(
            "Your sign-in is not sure enough for personal data.",
            "Jūsu autentifikācija personas datiem nav pietiekami droša.",
        ),
        "assurance-too-low",
        Text(
            "Sign in with assurance substantial or high.", "Autentificējieties ar būtiska vai augsta līmeņa līdzekli."
        ),
    )


def _not_alone() -> FieldError:
    return refusal(
        Text(
            "The enterprise register does not list you as who may represent the legal entity alone.",
            "Uzņēmumu reģistrs nerāda, ka juridisko personu drīkstat pārstāvēt atsevišķi.",
        ),
        "representative-without-sole-right",
        Text(
            "Let an officer who may represent it alone ask, or have the enterprise register put right.",
            "Lai jautā amatpersona, kas to drīkst pārstāvēt atsevišķi, vai lūdziet labot ierakstu uzņēmumu reģistrā.",
        ),
    )
