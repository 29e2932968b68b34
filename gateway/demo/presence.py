"""The identity service of the demo world, as far as presence goes."""

from __future__ import annotations

from collections.abc import Mapping

from schema.terms import PersonCode, PresenceMethod, RegistrationNumber

PREFIX = "demo-present-"


class DemoPresence:
    """``demo-present-<persona>`` proves that persona, for any number of claims.

    Args:
        personas: personal code by the persona's name.
    """

    single_use = False

    def __init__(self, personas: Mapping[str, PersonCode]) -> None:
        self._personas = personas

    def proves(self, method: PresenceMethod, reference: str, applicant: PersonCode | RegistrationNumber) -> bool:
        """Whether the reference is the applicant's."""
        if method is PresenceMethod.PAPER_MANDATE or not reference.startswith(PREFIX):
            return False
        return self._personas.get(reference.removeprefix(PREFIX)) == applicant


class NoIdentityService:
    """Nothing proves presence while no identity service is connected."""

    single_use = True

    def proves(self, method: PresenceMethod, reference: str, applicant: PersonCode | RegistrationNumber) -> bool:
        """Never."""
        return False
