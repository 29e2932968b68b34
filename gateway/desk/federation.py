"""The two root fields that federation adds, answered through the same doors as all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.long_turns import LONG, own_turn
from schema.graph import sdl
from schema.graph.declare import Door, Relation
from schema.ports import FieldError
from schema.terms import ErrorCode, RegistrationNumber
from schema.text import Text


@dataclass(frozen=True, slots=True)
class _Service:
    sdl: str


async def _service(parents: Sequence[Any], request: Any) -> list[Any]:
    return [_Service(sdl())]


async def _entities(parents: Sequence[Any], request: Any, representations: Sequence[Any]) -> list[Any]:
    """Claims and third parties go in one batch each; a representation that cannot be read is its own error."""
    answers: list[Any] = [_unreadable()] * len(representations)
    is_long = len(representations) > LONG
    if is_long:
        await own_turn()
    claims: dict[int, str] = {}
    third_parties: dict[int, str] = {}
    for place, each in enumerate(representations):
        if not isinstance(each, dict):
            continue
        type_name, key = each.get("__typename"), each.get("id")
        if type_name == "Claim" and isinstance(key, str):
            claims[place] = key
        elif type_name == "ThirdParty" and isinstance(key, str):
            third_parties[place] = key
        elif type_name == "LegalEntity" and isinstance(each.get("registrationNumber"), str):
            answers[place] = _legal_entity(each["registrationNumber"], request)
    if claims:
        found = await request.claims.claims(list(claims.values()))
        for place, claim in zip(claims, found, strict=True):
            answers[place] = claim
    if third_parties:
        found = await request.reference.third_parties(list(third_parties.values()))
        for place, third_party in zip(third_parties, found, strict=True):
            answers[place] = third_party
    if is_long:
        await own_turn()
    return [answers]


def _legal_entity(text: str, request: Any) -> Any:
    try:
        return request.records.legal_entity(RegistrationNumber.parse(text), None)
    except ValueError:
        return _unreadable()


def _unreadable() -> FieldError:
    return FieldError(ErrorCode.VARIABLES, _KEYS, remedy=_GIVE_KEYS)


_KEYS = Text(
    "A representation has a __typename and the key fields of its type.",
    "Atveidojumā ir __typename un tā tipa atslēgas lauki.",
)
_GIVE_KEYS = Text(
    "Give `id` of a Claim or ThirdParty, or `registrationNumber` of a LegalEntity.",
    "Norādiet Claim vai ThirdParty `id` vai LegalEntity `registrationNumber`.",
)


BUILTIN = {
    "Query._service": Relation(_service),
    "Query._entities": Relation(_entities, opens=Door.NODE),
}
