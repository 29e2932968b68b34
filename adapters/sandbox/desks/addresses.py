"""The state address register (VARIS), played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.sandbox.exchange import Kind, Twist
from adapters.sandbox.rest import Answer, Question, RestDesk
from adapters.sandbox.world.model import Address, World

NAME = "addresses"


def addresses(world: World, contract: Path) -> RestDesk:
    """Operation ``mekletAdreses``: up to 200 codes."""

    def find(question: Question, twist: Twist) -> Answer:
        codes = list(dict.fromkeys(question.body["kodi"]))
        found = [world.addresses[code] for code in codes if code in world.addresses]
        if twist in (Twist.WRONG_PERSON, Twist.TWO_PERSONS):
            kept = found[1:] if twist is Twist.WRONG_PERSON else found
            found = [*kept, world.another_address(codes)]
        return 200, {"adreses": [_address(one) for one in found]}

    return RestDesk(NAME, contract / "openapi.yaml", {"mekletAdreses": (Kind.READ, find, "pilnsTeksts")})


def _address(one: Address) -> dict[str, Any]:
    return {
        "kods": one.code,
        "pilnsTeksts": one.text,
        "atvk": one.atvk,
        "pagasts": one.parish,
        "iela": one.street,
        "maja": one.house,
        "dzivoklis": one.flat,
        "pastaIndekss": one.postal_code,
        "statuss": one.status,
        "beiguDatums": None if one.closed is None else one.closed.isoformat(),
        "aizstajejs": one.successor,
    }
