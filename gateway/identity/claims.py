"""Claims of a verified token -> who it says asks; and the same back, for the development issuer.

``sub`` is a VISS user name: ``urn:ivis:100001:name.id-viss:`` followed by ``PK:<code>`` (citizen),
``AU:<authority>-PK:<code>`` (everybody who works for a body), ``PK:<code>-UR:<number>`` (representative of a legal
entity) or ``DP:<grantor>-PK:<code>`` (mandate holder). Source: portal guide of the state digital development agency.
"""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber
from schema.text import Text

_SUBJECT = "urn:ivis:100001:name.id-viss:"
_CODE = "([0-9]{11})"
_AUTHORITY = "([a-z0-9]+(?:-[a-z0-9]+)*)"
_CITIZEN = re.compile(re.escape(_SUBJECT) + f"PK:{_CODE}", re.ASCII)
_WORKER = re.compile(re.escape(_SUBJECT) + f"AU:{_AUTHORITY}-PK:{_CODE}", re.ASCII)
_REPRESENTATIVE = re.compile(re.escape(_SUBJECT) + f"PK:{_CODE}-UR:{_CODE}", re.ASCII)
_HOLDER = re.compile(re.escape(_SUBJECT) + f"DP:{_CODE}-PK:{_CODE}", re.ASCII)

ORGANISED = frozenset({Capacity.CLERK, Capacity.THIRD_PARTY_WORKER, Capacity.OWNER_OFFICER})
"""Capacities that are nothing without an organisation: ``org`` names it, and ``sub`` names the same."""
_MINISTRY = frozenset({Capacity.POLICY_OFFICER, Capacity.MINISTRY_IT, Capacity.AUDITOR})
_MINISTRY_AUTHORITY = "ministry"
_MAX_NAME_LENGTH = 200


class IdentityInvalid(ValueError):
    """The claims contradict each other or are not of their form. ``why`` holds no value of them."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token says asks, before the gateway has looked anybody up."""

    capacity: Capacity
    person_code: PersonCode
    display_name: str | None = None
    assurance: AssuranceLevel | None = None
    organisation: str | None = None
    """CLERK: centre id; THIRD_PARTY_WORKER: third party id; OWNER_OFFICER: owner id."""
    grantor: PersonCode | None = None
    """MANDATE_HOLDER: on whose mandate."""
    entity: RegistrationNumber | None = None
    """LEGAL_REPRESENTATIVE: whom the person represents."""


def to_identity(claims: Mapping[str, Any]) -> Identity:
    """Read ``sub``, ``capacity``, ``acr``, ``name`` and ``org``, each strictly, and all together.

    Raises:
        IdentityInvalid: one is missing, not of its form, or says something else than another.
    """
    try:
        capacity = Capacity(str(claims.get("capacity")))
    except ValueError:
        raise IdentityInvalid(Text("capacity is missing or unknown", "capacity trūkst vai nav zināms")) from None
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise IdentityInvalid(Text("sub is missing", "trūkst sub"))
    organisation = claims.get("org")
    if organisation is not None and (not isinstance(organisation, str) or capacity not in ORGANISED):
        raise IdentityInvalid(Text("org does not belong to this capacity", "org šim statusam nepiederas"))
    person, grantor, entity = _people(capacity, subject, organisation)
    return Identity(
        capacity=capacity,
        person_code=person,
        display_name=_name(claims.get("name")),
        assurance=_assurance(claims.get("acr")),
        organisation=organisation,
        grantor=grantor,
        entity=entity,
    )


def to_claims(identity: Identity) -> dict[str, Any]:
    """The claims that :func:`to_identity` reads back as the same identity.

    Raises:
        IdentityInvalid: it lacks what its capacity needs.
    """
    claims: dict[str, Any] = {"sub": _subject(identity), "capacity": identity.capacity.value}
    if identity.display_name is not None:
        claims["name"] = identity.display_name
    if identity.assurance is not None:
        claims["acr"] = identity.assurance.value.lower()
    if identity.organisation is not None:
        claims["org"] = identity.organisation
    if to_identity(claims) != identity:
        raise IdentityInvalid(Text("the identity does not fit its capacity", "identitāte neatbilst statusam"))
    return claims


def _people(
    capacity: Capacity, subject: str, organisation: str | None
) -> tuple[PersonCode, PersonCode | None, RegistrationNumber | None]:
    """Person, grantor, legal entity."""
    if capacity is Capacity.CITIZEN and (match := _CITIZEN.fullmatch(subject)):
        return PersonCode.parse(match.group(1)), None, None
    if capacity is Capacity.LEGAL_REPRESENTATIVE and (match := _REPRESENTATIVE.fullmatch(subject)):
        try:
            return PersonCode.parse(match.group(1)), None, RegistrationNumber.parse(match.group(2))
        except ValueError:
            raise IdentityInvalid(Text("sub names no registration number", "sub nav reģistrācijas numura")) from None
    if capacity is Capacity.MANDATE_HOLDER and (match := _HOLDER.fullmatch(subject)):
        if match.group(1) == match.group(2):
            raise IdentityInvalid(
                Text(
                    "sub names one person as grantor and as holder",
                    "sub viena persona ir gan pilnvarotājs, gan pilnvarnieks",
                )
            )
        return PersonCode.parse(match.group(2)), PersonCode.parse(match.group(1)), None
    if capacity in ORGANISED | _MINISTRY and (match := _WORKER.fullmatch(subject)):
        if capacity in ORGANISED and match.group(1) != organisation:
            raise IdentityInvalid(Text("sub and org name different bodies", "sub un org nosauc dažādas iestādes"))
        return PersonCode.parse(match.group(2)), None, None
    raise IdentityInvalid(Text("sub is not of the form that this capacity has", "sub forma neatbilst statusam"))


def _subject(identity: Identity) -> str:
    person = f"PK:{identity.person_code.digits}"
    if identity.capacity in ORGANISED | _MINISTRY:
        return f"{_SUBJECT}AU:{identity.organisation or _MINISTRY_AUTHORITY}-{person}"
    if identity.grantor is not None:
        return f"{_SUBJECT}DP:{identity.grantor.digits}-{person}"
    if identity.entity is not None:
        return f"{_SUBJECT}{person}-UR:{identity.entity.digits}"
    return _SUBJECT + person


def _name(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value or len(value) > _MAX_NAME_LENGTH or not value.isprintable():
        raise IdentityInvalid(Text("name is not a line of text", "name nav teksta rinda"))
    return value


def _assurance(value: Any) -> AssuranceLevel | None:
    if value is None:
        return None
    if value not in ("low", "substantial", "high"):
        raise IdentityInvalid(Text("acr is none of low, substantial, high", "acr nav low, substantial vai high"))
    return AssuranceLevel(value.upper())
