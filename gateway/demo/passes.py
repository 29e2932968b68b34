"""Tokens for the people of the demo world."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

from pathlib import Path

from gateway.demo.personas import Persona, load_personas
from gateway.identity.claims import Identity
from gateway.identity.issuer import DevelopmentIssuer


class NoSuchPersona(Exception):
    """The demo world has nobody of that name.

    Args:
        names: whom it has.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__("no such persona")
        self.names = names


def token_for(data: Path, name: str, *, now: float, ttl: int, production: bool = False) -> str:
    """Sign a token for a persona.

    Args:
        data: data folder: its issuer signs, and its copies of added worlds name further personas.
        name: persona.
        now: seconds since the epoch.
        ttl: seconds; zero or less for a token that has expired.

    Raises:
        NoSuchPersona: nobody has that name.
        DevelopmentIssuerRefused: with production settings.
        SeedError, OSError, ValueError: the data folder cannot be used.
    """
    personas = load_personas(data)
    if name not in personas:
        raise NoSuchPersona(tuple(personas))
    issuer = DevelopmentIssuer.open(data, production=production)
    return issuer.token(to_identity(personas[name]), now=now, ttl=ttl)


def to_identity(persona: Persona) -> Identity:
    """Whom the persona's tokens name."""
    return Identity(
        capacity=persona.capacity,
        person_code=persona.person_code,
        display_name=persona.display_name,
        assurance=persona.assurance,
        organisation=persona.organisation,
        grantor=persona.grantor_code,
        entity=persona.entity_number,
    )
