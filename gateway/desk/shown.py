"""A claim of the own store as the graph shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import strawberry

from gateway.claims.snapshot import ClaimSnapshot
from gateway.desk.door import OpenClaim
from gateway.desk.facts import PRESENCE_COUNTS
from schema.graph import claim as graph


class Edge(msgspec.Struct, frozen=True, gc=False):
    """A :class:`schema.graph.claim.ClaimEdge` in the making."""

    cursor: str
    node: graph.Claim


class StoredClaim(graph.Claim):
    """Lists are long: what is seldom asked of a claim is put into the graph's form when it is."""

    def __init__(self, opened: OpenClaim) -> None:
        snapshot = opened.snapshot
        self.id = strawberry.ID(snapshot.id)
        self.snapshot = opened
        self.status = snapshot.status

    def __getattr__(self, name: str) -> Any:
        make = _SELDOM.get(name)
        if make is None:
            raise AttributeError(name)
        return make(self.snapshot.snapshot)


def _presence(snapshot: ClaimSnapshot) -> graph.Presence | None:
    last = snapshot.presence
    if last is None:
        return None
    return graph.Presence(
        method=last.method, recorded_at=last.recorded_at, valid_until=last.recorded_at + PRESENCE_COUNTS
    )


_SELDOM: dict[str, Callable[[ClaimSnapshot], Any]] = {
    "type_code": lambda snapshot: snapshot.type,
    "municipality_code": lambda snapshot: snapshot.municipality,
    "centre_id": lambda snapshot: snapshot.centre,
    "channel": lambda snapshot: snapshot.channel,
    "presence": _presence,
    "created_at": lambda snapshot: snapshot.created_at,
    "submitted_at": lambda snapshot: snapshot.submitted_at,
    "owner_reference": lambda snapshot: snapshot.owner_reference,
}
