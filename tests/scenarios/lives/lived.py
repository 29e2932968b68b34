"""What became of a claim, step by step."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.scenarios.lives.looking import Look
from tests.scenarios.lives.ways import Life


class Step(StrEnum):
    """What happens to a claim, in this order."""

    PREPARED = "prepared"
    EVIDENCE = "evidence"
    SUBMITTED = "submitted"
    DELIVERED = "delivered"
    AFTERWARDS = "after it is sent"
    ASKED = "asked for more"
    OWNER = "the owner's look"
    DECIDED = "decided"
    CLOSED = "once closed"
    LOGGED = "in the log"


@dataclass
class Lived:
    """What became of one life."""

    life: Life
    id: str = ""
    said: dict[Step, str] = field(default_factory=dict)
    """The outcome of each step that was reached, in a few words."""
    wrong: list[str] = field(default_factory=list)
    looks: dict[str, list[Look]] = field(default_factory=lambda: defaultdict(list))
    """By the capacity that looked."""
    reference: str = ""

    def expect(self, step: Step, found: Any, expected: Any) -> None:
        """Note what is not as it should be."""
        if found != expected:
            self.wrong.append(f"{step}: expected {expected}, got {found}")
