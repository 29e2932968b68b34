"""One person's code on its way: what it asks, and what it is told that nobody's code belongs in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from schema.terms import Capacity
from tests.invariants.leak.city import Case, City

CITIZEN = Capacity.CITIZEN
_AT_ONCE = 16


@dataclass(slots=True)
class Visit:
    """One person's code on its way through the city."""

    city: City
    code: str
    number: int
    """Of the person, from 0, in the whole run."""
    atvk: str
    child: str
    kind: str = ""
    """Type of the claim."""
    claim: str | None = None
    claims: int = 0
    """How many were submitted."""
    case: Case | None = None
    told: bool = False
    """What its owner said came through by polling."""
    untold: str = ""
    """Why it did not."""
    said: list[str] = field(default_factory=list)
    """Errors, problems, headers and refusals that were answered: nobody's code belongs in there."""
    requests: int = 0
    answered: int = 0
    """Of them those with what was asked for, faults notwithstanding."""

    def token(self, capacity: Capacity = CITIZEN, organisation: str | None = None, grantor: str | None = None) -> str:
        """A token of this person."""
        return self.city.token(capacity, self.code, organisation, grantor)

    def ask(self, query: str, variables: Any = None, token: str | None = None, **headers: str) -> Any:
        """Ask the graph; gives ``data``."""
        body = {"query": query} if variables is None else {"query": query, "variables": variables}
        given = {"authorization": f"Bearer {token or self.token()}", **headers}
        answer = self.send("POST", "/graphql", json=body, headers=given)
        try:
            return answer.json().get("data") or {}
        except ValueError:
            return {}

    def change(self, name: str, values: Mapping[str, Any], token: str | None = None) -> str | None:
        """A mutation; gives the id of what it is about, or None where it is refused."""
        kind, what = f"{name[0].upper()}{name[1:]}Input", "mandate" if name.endswith("Mandate") else "claim"
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {what} {{ id }} problems {{ code message field }} }} }}"
        payload = self.ask(query, {"i": values}, token).get(name) or {}
        return (payload.get(what) or {}).get("id")

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any request; its headers are noted, and of its body what is no data."""
        answer = self.city.http.request(method, path, **more)
        self.requests += 1
        self.said.append(f"{answer.status_code} {list(answer.headers.items())}")
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status_code == 200 and isinstance(body, dict) and "data" in body:
            self.hear(body)
            self.answered += body["data"] is not None
        else:
            self.said.append(answer.text)
        return answer

    def hear(self, told: Mapping[str, Any]) -> None:
        """Note of an answer of the graph what is no data."""
        self.said += [json.dumps(told.get(part), ensure_ascii=False) for part in ("errors", "extensions")]
        self.said += [json.dumps(each, ensure_ascii=False) for each in _problems(told.get("data"))]


class Path(NamedTuple):
    """A way on which codes meet the gateway."""

    name: str
    drive: Callable[[Sequence[Visit]], None]
    """Several people at once."""
    rotation: str
    """Which codes go which part of it."""


def each(name: str, go: Callable[[Visit], None], rotation: str = "every code, all of it") -> Path:
    """A path on which people do not wait for each other."""
    return Path(name, lambda visits: at_once(go, visits), rotation)


def at_once(go: Callable[[Visit], None], visits: Sequence[Visit]) -> None:
    """Let several go at the same time."""
    with ThreadPoolExecutor(_AT_ONCE) as several:
        list(several.map(go, visits))


def _problems(data: Any) -> list[Any]:
    if isinstance(data, list):
        return [one for each in data for one in _problems(each)]
    if not isinstance(data, dict):
        return []
    own = [data["problems"]] if data.get("problems") else []
    return own + [one for each in data.values() for one in _problems(each)]
