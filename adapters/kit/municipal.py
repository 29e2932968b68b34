"""Registers that are many servers, one for each municipality: which of several has a municipality's system."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from adapters.kit.connection import Connection
from adapters.kit.errors import Rejected
from adapters.kit.ports import OutgoingClaim
from schema.terms import AtvkCode, PersonCode, Resident


class Placed(Protocol):
    """A register with its addresses (``adapters.kit.connected.ConnectedRegister``)."""

    name: str
    connection: Connection


R_co = TypeVar("R_co", covariant=True)
S = TypeVar("S")
_MOST = 1_000
"""Codes that are remembered; there are about fifty."""


class ByMunicipality(Generic[R_co]):
    """Registers that hold the same for different municipalities: vendors differ, and nobody who asks should see it.

    An address of a municipality's own comes before a common one, and of two common ones the first is taken. A code
    that is no more stands for its successor.

    Args:
        registers: what answers, each with the register whose addresses say for whom.
        unknown: stands for a municipality that is not known yet: the first register answers.
    """

    def __init__(self, registers: Iterable[tuple[R_co, Placed]], unknown: AtvkCode | None = None) -> None:
        self._registers = tuple(registers)
        self._unknown = None if unknown is None else unknown.digits
        self._found: dict[str, R_co | None] = {}

    @property
    def each(self) -> Sequence[R_co]:
        """Each register once, in the order in which they came."""
        return [each for each, _ in self._registers]

    def of(self, municipality: AtvkCode) -> R_co | None:
        """The one that has this municipality's system; None: no such system is connected."""
        code = municipality.digits
        if code not in self._found and len(self._found) < _MOST:
            self._found[code] = self._look(code)
        return self._found[code] if code in self._found else self._look(code)

    def has_none(self, municipality: AtvkCode) -> bool:
        """It is set that the municipality has no such system, and none is connected."""
        if self.of(municipality) is not None:
            return False
        return any(
            placed.connection.successors.get(municipality.digits, municipality).digits
            in placed.connection.without_system
            for _, placed in self._registers
        )

    def over(self, make: Callable[[R_co], S], unknown: AtvkCode | None = None) -> ByMunicipality[S]:
        """The same municipalities, with something else to answer for each register."""
        return ByMunicipality(((make(each), placed) for each, placed in self._registers), unknown)

    def _look(self, code: str) -> R_co | None:
        if code == self._unknown and self._registers:
            return self._registers[0][0]
        common: R_co | None = None
        for each, placed in self._registers:
            connection = placed.connection
            today = connection.successors[code].digits if code in connection.successors else code
            if today in connection.municipality_urls:
                return each
            if common is None and connection.url and today not in connection.without_system:
                common = each
        return common


def shared_places(registers: Collection[Placed]) -> dict[str, list[str]]:
    """Codes of municipalities that several of these registers have an address of, with the registers' names."""
    found: dict[str, list[str]] = {}
    for each in registers:
        for code in each.connection.municipality_urls:
            found.setdefault(code, []).append(each.name)
    return {code: names for code, names in sorted(found.items()) if len(names) > 1}


def place_of(subject: Resident | OutgoingClaim) -> str:
    """The municipality's code; nothing for a claim to no municipality, which is refused later."""
    return subject.municipality.digits if subject.municipality is not None else ""


def server_of(register: str, connection: Connection, place: AtvkCode | None) -> str:
    """The URL of a municipality's server. Raises: Rejected: the claim is to no municipality; nothing was sent."""
    if place is None:
        raise Rejected(register, "the claim is to no municipality")
    return connection.of_municipality(place.digits)


def client_of(register: str, claim: OutgoingClaim, taken: Collection[str]) -> PersonCode:
    """Who asks a municipality's social service, whichever vendor its system is of.

    Args:
        taken: codes of the claim types that it takes.

    Raises:
        Rejected: it does not take this claim; nothing was sent.
    """
    if not isinstance(claim.applicant, PersonCode):
        raise Rejected(register, "the applicant is no natural person")
    if claim.municipality is None:
        raise Rejected(register, "the claim is to no municipality")
    if claim.claim_type.text not in taken:
        raise Rejected(register, "the social service does not take this type of claim")
    return claim.applicant
