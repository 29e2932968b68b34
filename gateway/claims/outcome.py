"""What comes of an operation on a claim."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gateway.claims.problems import Problem
from gateway.claims.snapshot import ClaimSnapshot, load_one


@dataclass(frozen=True, slots=True)
class Outcome:
    """The claim as it is now, or why nothing was changed."""

    claim: ClaimSnapshot | None
    problems: tuple[Problem, ...] = ()
    sends: bool = False
    """There is a message to deliver: wake the delivery worker."""


def refused(*problems: Problem) -> Outcome:
    """Nothing was changed."""
    return Outcome(None, problems)


def done(connection: Connection, claim_id: str, *, sends: bool = False) -> Outcome:
    """The claim, read back inside the transaction."""
    return Outcome(load_one(connection, claim_id), sends=sends)
