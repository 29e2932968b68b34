"""A gateway whose mandates, third parties and claims these tests change, each its own."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.identity.claims import Identity
from gateway.identity.issuer import DevelopmentIssuer
from schema.terms import AssuranceLevel, Capacity, PersonCode
from tests.answers import clean
from tests.running_gateway import RunningGateway


class World:
    """The demo world, and short ways to ask and change it."""

    def __init__(self, running: RunningGateway) -> None:
        self.running = running

    def ask(self, persona: str, query: str, **variables: Any) -> dict[str, Any]:
        """Data of an answer without errors."""
        return clean(self.running.post(query, variables, persona=persona)[1])

    def raw(self, persona: str, query: str, **variables: Any) -> Any:
        """An answer as it is."""
        return self.running.post(query, variables, persona=persona)[1]

    def reads(self, persona: str, claim: str, asked: str = "channel") -> bool:
        """Whether a persona reads of a claim what is more than its status."""
        body = self.raw(persona, f"query($id: ID!) {{ claim(id: $id) {{ {asked} }} }}", id=claim)
        return "errors" not in body

    def act(self, persona: str, mutation: str, shown: str, given: str) -> tuple[Any, list[str]]:
        """What a mutation gave, and the codes of its problems."""
        query = f"mutation {{ {mutation}(input: {given}) {{ {shown} problems {{ code field message }} }} }}"
        payload = self.ask(persona, query)[mutation]
        problems = payload.pop("problems")
        (made,) = payload.values()
        assert (made is None) is bool(problems)
        return made, [each["code"] for each in problems]

    def worker_of(self, organisation: str) -> str:
        """A token of somebody who works for a third party that the demo world does not know."""
        identity = Identity(
            capacity=Capacity.THIRD_PARTY_WORKER,
            person_code=PersonCode.parse("39200000022"),
            display_name="Worker",
            assurance=AssuranceLevel.HIGH,
            organisation=organisation,
        )
        return DevelopmentIssuer.open(self.running.data, production=False).token(identity, now=time.time())

    def store(self, statement: str, *values: Any) -> list[Any]:
        """Run a statement in the gateway's store, beside the running gateway."""
        with sqlite3.connect(self.running.data / "gateway.sqlite3", timeout=20) as connection:
            return connection.execute(statement, values).fetchall()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    # What registers said is held: a door that is shut is shut for what is held, too.
    cache = {"GATEWAY_CACHE__ENABLED": "true"}
    with RunningGateway(tmp_path_factory.mktemp("desk") / "data", settings=cache) as running:
        yield World(running)
