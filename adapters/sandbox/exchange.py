"""One HTTP request and its answer, as the simulated registers see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import orjson

JSON = "application/json"
XML = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """What came in. ``path`` is what follows the register's name; header names are lower-case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    raw_path: str = ""
    """As ``path``, still percent-encoded."""
    raw_query: str = ""
    """The query as it came, names that stand twice in it too."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out."""

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Kind(StrEnum):
    """What an operation does: only deliveries leave a case, so only they can be disturbed around it."""

    READ = "read"
    DELIVER = "deliver"
    FIND = "find"
    POLL = "poll"
    """Asks in the background what changed."""


class Twist(StrEnum):
    """What a fault does to the content of an answer, as opposed to its transport."""

    NONE = "none"
    WRONG_PERSON = "wrong_person"
    TWO_PERSONS = "two_persons"
    MISSING_FIELD = "missing_field"
    REJECT = "reject"
    DECLARED_FAULT = "declared_fault"
    STALE_DATA = "stale_data"
    """Of a register that is a copy and says how old: older than anybody's patience. Others have no such thing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call whose operation is known; the rest is checked when it is answered."""

    operation: str
    call: Call
    payload: Any


class Desk(Protocol):
    """One register's counter: it reads calls and answers them."""

    name: str
    operations: Mapping[str, Kind]

    def publish(self, call: Call) -> Reply | None:
        """The contract, where the call asks for it (a ping); else None."""
        ...

    def open(self, call: Call) -> Asked | Reply:
        """Find the operation; a call that has none gets its refusal right away."""
        ...

    def answer(self, asked: Asked, twist: Twist) -> Reply:
        """Check the call against the contract and answer it."""
        ...

    def failure(self, status: int) -> Reply:
        """Say "not now" in this register's own words."""
        ...


def json_reply(status: int, content: Any, **headers: str) -> Reply:
    """A JSON body; an underscore in a header's name stands for a hyphen."""
    return Reply(
        status, JSON, orjson.dumps(content), {name.replace("_", "-"): value for name, value in headers.items()}
    )
