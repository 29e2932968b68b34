"""A register that may know people who exchanged their personal codes by another code than the one they have now.

Registers take up a new code when they come to it, and some only with the person's next matter there. So whom a register
does not know by one code is asked for by the others that the gateway knows: a null would say that it holds nothing.
``explain`` does not count this second call: it would tell whoever explains that the person exchanged a code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.kit.errors import RegisterError, Unavailable
from adapters.kit.ports import CallContext
from gateway.cache.register import Register
from gateway.store.errors import StoreUnavailable
from gateway.store.prepared import listed
from gateway.store.store import Store
from gateway.store.subjects import OTHER_CODES
from schema.terms import PersonCode, Resident

OtherCodes = Callable[[Sequence[PersonCode]], Mapping[PersonCode, Sequence[PersonCode]]]
"""Of some codes, every other one of the same person, the present one first. Raises: StoreUnavailable."""


def other_codes(store: Store) -> OtherCodes:
    """What the own store knows of who has several codes."""

    def look_up(codes: Sequence[PersonCode]) -> Mapping[PersonCode, Sequence[PersonCode]]:
        found: dict[PersonCode, list[PersonCode]] = {}
        for code, other in store.look_up(OTHER_CODES, codes=listed([each.digits for each in codes])):
            found.setdefault(PersonCode(code), []).append(PersonCode(other))
        return found

    return look_up


class ByEitherCode:
    """The register, asked again by people's other codes for whom it does not know.

    Args:
        register: what is asked. Not its memory: what is held counts for every code.
        others: who has which codes.
    """

    def __init__(self, register: Register, others: OtherCodes) -> None:
        self.name = register.name
        self.route = register.route
        self.manifest = register.manifest
        self._register = register
        self._others = others

    async def read(self, record_type: type[Any], keys: Collection[Any], context: CallContext) -> Mapping[Any, Any]:
        """See ``ConnectedRegister.read``. What is found by another code is answered under the one asked for."""
        found = await self._register.read(record_type, keys, context)
        if len(found) == len(keys):
            return found
        unknown = [key for key in keys if key not in found and _person(key) is not None]
        if not unknown:
            return found
        try:
            again = self.keys_beside(unknown)
        except StoreUnavailable:
            return {**found, **dict.fromkeys(unknown, Unavailable(self.name, "nobody can say by which codes to ask"))}
        if not again:
            return found
        told = await self._register.read(record_type, [other for others in again.values() for other in others], context)
        return {**found, **{key: one for key, others in again.items() if (one := _first(told, others)) is not None}}

    def keys_beside(self, keys: Sequence[Any]) -> dict[Any, list[Any]]:
        """Of some keys those whose person has other codes, each with the keys by which to ask then.

        Raises:
            StoreUnavailable: nobody can say.
        """
        codes = {key: code for key in keys if (code := _person(key)) is not None}
        others = self._others(list(codes.values())) if codes else {}
        return {key: [_with(key, other) for other in others[code]] for key, code in codes.items() if code in others}


def _person(key: Any) -> PersonCode | None:
    if isinstance(key, Resident):
        return key.person
    return key if isinstance(key, PersonCode) else None


def _with(key: Any, code: PersonCode) -> Any:
    return replace(key, person=code) if isinstance(key, Resident) else code


def _first(told: Mapping[Any, Any], keys: Sequence[Any]) -> Any:
    """What a register knows under the first of some keys; an error only where no record was found: it may be there."""
    answers = [told[key] for key in keys if key in told]
    return next((each for each in answers if not isinstance(each, RegisterError)), answers[0] if answers else None)
