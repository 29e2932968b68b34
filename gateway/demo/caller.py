"""The story's own client: plain HTTP, as any front end would send it."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Protocol

_TIMEOUT_SECONDS = 20.0


class Gone(Exception):
    """Nobody answers, or the answer is none."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A GraphQL answer."""

    data: Mapping[str, Any] | None
    errors: tuple[Mapping[str, Any], ...]

    def codes(self) -> list[str]:
        """Error codes, each once."""
        return list(dict.fromkeys(str(error.get("extensions", {}).get("code")) for error in self.errors))


class Asks(Protocol):
    """What the story needs of the world."""

    def ask(self, persona: str, document: str, variables: Mapping[str, Any]) -> Heard:
        """Run one operation as a persona. Raises: Gone."""
        ...

    def register_calls(self) -> int | None:
        """How many calls all simulated registers have had; None where nobody counts. Raises: Gone."""
        ...

    def case_of(self, claim: str) -> str | None:
        """The owner's reference of a claim, from the owner's own system; None where it has none. Raises: Gone."""
        ...


class Caller:
    """Asks a gateway and its simulated registers over HTTP.

    Args:
        host: of both.
        port: the gateway's.
        registers_port: the simulated registers'.
        token: persona -> JWT.
    """

    def __init__(self, host: str, port: int, registers_port: int, token: Callable[[str], str]) -> None:
        self._host = host
        self._port = port
        self._registers_port = registers_port
        self._token = token

    def ask(self, persona: str, document: str, variables: Mapping[str, Any]) -> Heard:
        """Run one operation. Raises: Gone."""
        headers = {"Authorization": f"Bearer {self._token(persona)}", "Content-Type": "application/json"}
        body = json.dumps({"query": document, "variables": variables})
        answer = _exchange(self._host, self._port, "POST", "/graphql", body, headers)
        return Heard(answer.get("data"), tuple(answer.get("errors", ())))

    def register_calls(self) -> int | None:
        """Sum of the control endpoint's counters; pings and polling are counted elsewhere. Raises: Gone."""
        registers = self._control()
        return sum(sum(register["calls"].values()) for register in registers.values())

    def case_of(self, claim: str) -> str | None:
        """Look through the cases of all simulated owners. Raises: Gone."""
        for register in self._control().values():
            for case in register["cases"]:
                if case["claimId"] == claim:
                    return str(case["reference"])
        return None

    def _control(self) -> dict[str, Any]:
        answer = _exchange(self._host, self._registers_port, "GET", "/_control", None, {})
        registers: dict[str, Any] = answer["registers"]
        return registers


def answers(host: str, port: int, path: str) -> bool:
    """Does this address answer 200?"""
    connection = HTTPConnection(host, port, timeout=2.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _exchange(
    host: str, port: int, method: str, path: str, body: str | None, headers: Mapping[str, str]
) -> dict[str, Any]:
    connection = HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(method, path, None if body is None else body.encode(), dict(headers))
        answer = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError) as error:
        raise Gone(f"port {port} gave no answer ({type(error).__name__})") from None
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise Gone(f"port {port} gave no object")
    return answer
