"""A worklist over all municipalities with five of them down. ``python -m tests.municipal`` shows it as a table.

It is the list of an officer of the state's agency: by ``access.md`` the agency's claims come from everywhere, and of
their applicants it sees benefits, of which each municipality pays its own. An officer of a municipality sees its claims
alone, and a third party no benefits at all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.clock import epoch_seconds
from gateway.demo.passes import token_for
from gateway.demo.vendors import receiver
from tests.municipal.asking import VENDORS
from tests.municipal.people import TODAY, amount_of, write_world
from tests.municipal.town_halls import TownHalls, Way
from tests.running_gateway import RunningGateway

DEADLINE_SECONDS = 2.0
SLACK_SECONDS = 3.0
"""For a machine with other work."""
ASKS_TO_OPEN = 7
"""After so many, each address that does not answer is left alone."""
LONG_SECONDS = 30.0
"""What one call may last: longer than anything else here, so that one that hangs does so to the end."""
DOWN = {
    "0002000": Way.REFUSED,
    "0003000": Way.HANGING,
    "0026000": Way.FAILING,
    "0037000": Way.SLOW,
    "0046000": Way.BROKEN,
}
"""Two of them are the second vendor's."""
CODES = {
    Way.REFUSED: "REGISTER_UNAVAILABLE",
    Way.HANGING: "REGISTER_UNAVAILABLE",
    Way.SLOW: "REGISTER_UNAVAILABLE",
    Way.FAILING: "REGISTER_UNAVAILABLE",
    Way.BROKEN: "REGISTER_CONTRACT_BROKEN",
}
_ASK = """{ claims(first: 100, filter: {types: ["childcare-benefit"]}) { totalCount edges { node { id
    applicant { ... on Person { givenName benefits { kind amount } } } } } } }"""


def vendor_of(code: str) -> str:
    """The register that has a municipality's system."""
    return receiver("social_assistance", code)


@dataclass(frozen=True, slots=True)
class Told:
    """One answer to the worklist's question.

    Attributes:
        paid: by municipality, what its one is paid there; None where that is not known.
        errors: by municipality, the code and the register.
        others: errors about anything else.
    """

    seconds: float
    paid: Mapping[str, str | None]
    errors: Mapping[str, tuple[str, str]]
    others: tuple[Any, ...]


class Worklist:
    """The officer, a gateway, and an address for each municipality."""

    def __init__(self, gateway: RunningGateway, halls: TownHalls) -> None:
        self.gateway = gateway
        self.halls = halls
        self._token = token_for(gateway.data, "officer-vsaa", now=epoch_seconds(), ttl=3600)

    def ask(self) -> Told:
        """Ask for the whole list."""
        started = time.monotonic()
        status, body = self.gateway.post(_ASK, token=self._token)
        seconds = time.monotonic() - started
        assert status == 200, body
        nodes = [each["node"] for each in body["data"]["claims"]["edges"]]
        codes = [node["id"].removeprefix("care-") for node in nodes]
        paid = {
            code: None if (benefits := node["applicant"]["benefits"]) is None else benefits[0]["amount"]
            for code, node in zip(codes, nodes, strict=True)
            if code in TODAY
        }
        errors, others = {}, []
        for each in body.get("errors", ()):
            path, said = each["path"], each["extensions"]
            if path[:2] == ["claims", "edges"] and path[3:] == ["node", "applicant", "benefits"]:
                errors[codes[path[2]]] = (said["code"], said.get("register", ""))
            else:
                others.append(each)
        return Told(seconds, paid, errors, tuple(others))

    def delivered(self) -> set[str]:
        """Municipalities whose system has the housing claim."""
        held = self.gateway.control()
        claims = {case["claimId"] for vendor in VENDORS for case in held[vendor]["cases"]}
        return {code for code in TODAY if f"home-{code}" in claims}

    def mended(self, seconds: float) -> Told:
        """Let everybody answer, and ask until all do, or until the time is over."""
        self.halls.mend()
        end = time.monotonic() + seconds
        while (told := self.ask()).errors and time.monotonic() < end:
            time.sleep(0.5)
        return told

    def until_delivered(self, codes: set[str], seconds: float) -> set[str]:
        """Wait until these are; whose claims are delivered then, or when the time is over."""
        end = time.monotonic() + seconds
        while not codes <= (found := self.delivered()) and time.monotonic() < end:
            time.sleep(0.1)
        return found


def wrong(told: Told, down: Mapping[str, Way]) -> list[str]:
    """Whatever is not as it must be, a line each."""
    found = [f"an error about something else: {each['path']}" for each in told.others]
    if told.seconds > DEADLINE_SECONDS + SLACK_SECONDS:
        found.append(f"took {told.seconds:.1f} s")
    for code in TODAY:
        expected = (CODES[down[code]], vendor_of(code)) if code in down else None
        if told.errors.get(code) != expected:
            found.append(f"{code}: {told.errors.get(code)} where {expected} is right")
        if told.paid.get(code) != (None if code in down else amount_of(code)):
            found.append(f"{code}: pays {told.paid.get(code)}")
    return found


@contextmanager
def worklist(folder: Path) -> Iterator[Worklist]:
    """A gateway that begins while five are down, with a claim on its way to each municipality."""
    world = write_world(folder / "world", submitted=frozenset(TODAY))
    with TownHalls(TODAY, DOWN) as halls:
        settings = {
            "GATEWAY_REQUEST_DEADLINE": str(DEADLINE_SECONDS),
            "GATEWAY_CACHE__ENABLED": "false",
            "GATEWAY_LIMITS__COST": "100000000",
            **{f"GATEWAY_REGISTERS__{each.upper()}__TIMEOUT": str(LONG_SECONDS) for each in VENDORS},
        }
        for code in TODAY:
            vendor = vendor_of(code)
            settings[f"GATEWAY_REGISTERS__{vendor.upper()}__MUNICIPALITIES__{code}__URL"] = (
                f"http://127.0.0.1:{halls.ports[code]}/{vendor}/{code}"
            )
        with RunningGateway(folder / "data", "--world", str(world), settings=settings) as gateway:
            halls.lead_to(int(gateway.registers_url.rpartition(":")[2]))
            yield Worklist(gateway, halls)
