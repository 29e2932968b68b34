"""Asking a running gateway as its personas, and what its answers come to, coordinate by coordinate."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import httpx

from gateway.demo.passes import token_for
from tests.oracle.rules import Answer
from tests.oracle.ways import Asked
from tests.running_gateway import RunningGateway

SETTINGS = {
    # Nothing moves while it is looked at: what waits for its owner goes on waiting, and no owner is asked for news.
    "GATEWAY_DELIVER": "false",
    "GATEWAY_LIMITS__BODY_BYTES": str(16 * 2**20),
    "GATEWAY_LIMITS__TOKENS": "1000000",
    "GATEWAY_LIMITS__ALIASES": "100000",
    "GATEWAY_LIMITS__ROOT_FIELDS": "1000",
    "GATEWAY_LIMITS__DIRECTIVES": "10000",
    "GATEWAY_LIMITS__SELECTIONS": "1000000",
    "GATEWAY_LIMITS__COST": "1000000000",
}
"""Settings under which one operation may ask for everything, and claims stay as they are."""
_UNANSWERED = {"REGISTER_NOT_CONNECTED"}
"""What an open field may still say: its register is not there yet."""

INTRODUCTION = Counter({"natural_persons PersonasDati": 1})
"""The call by which the population register says whose a code is."""

Path = tuple[str | int, ...]


class Asking:
    """One gateway, asked over HTTP.

    Args:
        gateway: it runs.
        seeded: when its world was brought in, seconds since the epoch.
    """

    def __init__(self, gateway: RunningGateway) -> None:
        self._gateway = gateway
        self._client = httpx.Client(timeout=120.0, trust_env=False)
        self._tokens: dict[str, str] = {}
        self.requests = 0
        self.introduced: set[str] = set()
        """Personas of whom the population register was asked as they first came."""

    def close(self) -> None:
        """Let its connections go."""
        self._client.close()

    def calls(self) -> Counter[str]:
        """Register calls so far, by register and operation."""
        control = self._gateway.control()
        return Counter({f"{name} {of}": n for name, each in control.items() for of, n in each["calls"].items()})

    def ask(self, persona: str, asked: Asked) -> tuple[dict[str, Any], str]:
        """The answer, and its bytes as text. Raises: AssertionError: it is no GraphQL answer."""
        if persona not in self._tokens:
            # As `gateway token` makes them; a process for each would take longer than all questions.
            self._tokens[persona] = token_for(self._gateway.data, persona, now=time.time(), ttl=86_400)
        self.requests += 1
        answer = self._client.post(
            self._gateway.graphql_url,
            content=json.dumps({"query": asked.query, "variables": dict(asked.variables)}),
            headers={"Authorization": f"Bearer {self._tokens[persona]}", "Content-Type": "application/json"},
        )
        assert answer.status_code == 200, f"{answer.status_code} {answer.text[:400]}\n{asked.query[:400]}"
        body: dict[str, Any] = answer.json()
        assert body.get("data") is not None, f"{answer.text[:400]}\n{asked.query[:400]}"
        return body, answer.text


class Errors:
    """The errors of an answer, looked up by where they are."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._by_path: dict[Path, list[tuple[Path, str]]] = defaultdict(list)
        for error in body.get("errors", ()):
            path = tuple(error["path"])
            for length in range(len(path) + 1):
                self._by_path[path[:length]].append((path, error["extensions"]["code"]))

    def below(self, path: Path) -> list[tuple[Path, str]]:
        """Path and code of each error at a path or below it."""
        return self._by_path.get(path, [])


def at(body: Mapping[str, Any], path: Path) -> Any:
    """What the answer holds at a path; None behind a null."""
    found: Any = body["data"]
    for step in path:
        if found is None:
            return None
        found = found[step]
    return found


def differs(expected: Answer, value: Any, errors: list[tuple[Path, str]], path: Path) -> str | None:
    """What is wrong with the answer to one coordinate; None: it is as expected."""
    codes = {code for _, code in errors}
    match expected:
        case Answer.OPEN:
            right = codes <= _UNANSWERED
        case Answer.HIDDEN:
            # Where nothing is owned there is nothing to withhold; else each property withholds its address.
            owned = value or []
            withheld = [("PROTECTED", (*path, place, "address")) for place in range(len(owned))]
            right = codes <= _UNANSWERED or sorted((code, where) for where, code in errors) == withheld
            right = right and all(each["address"] is None for each in owned)
        case _:
            # Refused as a whole: what lies below is never entered.
            right = errors == [(path, expected.value)] and value is None
    return None if right else f"expected {expected.value}, got {sorted(codes) or 'data'}"
