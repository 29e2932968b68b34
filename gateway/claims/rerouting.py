"""Messages to a municipality that has another system by now: another vendor's, or that of whoever took it over.

Where a message goes is put down with it. What waits when settings change, or on the first day of a successor whose
system is another vendor's, goes where claims of its type go now; no case can have come of it yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from gateway.claims.outbox import Route
from gateway.store.tables.claims import claims
from gateway.store.tables.delivery import MessageState, outbox
from schema.terms import AtvkCode, ClaimTypeCode

Routes = Callable[[str, ClaimTypeCode, AtvkCode], Route | None]
"""Where claims of a type to a municipality go now, by the register that they went to; None: nowhere else is known."""


@dataclass(frozen=True, slots=True)
class Rerouted:
    """What goes elsewhere now."""

    register: str
    """Where it was to go."""
    claim_type: str
    municipality: str
    route: Route


def to_reroute(connection: Connection, routes: Routes) -> list[Rerouted]:
    """Which waiting messages, of which none can have arrived, go to another register now."""
    o, c = outbox.c, claims.c
    waiting = (
        select(o.register, c.type, c.municipality)
        .join(claims, c.id == o.claim)
        .where(o.state == MessageState.WAITING, ~o.in_doubt, c.municipality.is_not(None))
        .distinct()
    )
    found = []
    for register, claim_type, municipality in connection.execute(waiting):
        route = routes(register, ClaimTypeCode.parse(claim_type), AtvkCode(municipality))
        if route is not None and route.register != register:
            found.append(Rerouted(register, claim_type, municipality, route))
    return found


def reroute(connection: Connection, moves: Sequence[Rerouted]) -> int:
    """Let them go there. Gives the number of messages."""
    o, c = outbox.c, claims.c
    return sum(
        connection.execute(
            update(outbox)
            .where(
                o.register == each.register,
                o.state == MessageState.WAITING,
                ~o.in_doubt,
                o.claim.in_(select(c.id).where(c.type == each.claim_type, c.municipality == each.municipality)),
            )
            .values(register=each.route.register, strategy=each.route.strategy)
        ).rowcount
        for each in moves
    )
