"""One run on the toy graph: what batch functions see, and doors that refuse some fields and some objects."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from gateway.plan.compile import FieldPlan, Plan
from schema.ports import FieldError
from schema.terms import ErrorCode
from tests.plan.toy import BEINGS


@dataclass(slots=True)
class ToyDoor:
    """Refuses some fields: which ones follows from the seed and from what was opened."""

    seed: int
    name: str

    @property
    def judgement(self) -> object:
        """What the refusals follow from."""
        return sys.intern(f"{self.seed} {self.name}")

    def refusal(self, field: FieldPlan) -> FieldError | None:
        if self.seed and crc32(f"{self.seed} {self.name} {field.coordinate}".encode()) % 20 == 0:
            return FieldError(ErrorCode.FORBIDDEN, f"{field.coordinate} is shut.", rule=self.name)
        return None

    def disclosed(self, field: FieldPlan, people: Sequence[Any]) -> None:
        """Nobody listens."""

    def not_given(self, field: FieldPlan, error: FieldError, of: Any, *, in_part: bool = False) -> None:
        """Nobody listens."""


@dataclass(slots=True)
class ToySession:
    """Request and gate of one run.

    Attributes:
        seed: which fields are refused; none with 0.
        raw_variables: as sent.
        value: what the mutations count.
        reads: sizes of the batches that the register was asked.
    """

    seed: int
    raw_variables: dict[str, Any]
    value: int = 0
    reads: list[int] = field(default_factory=list)

    @property
    def request(self) -> Any:
        """What batch functions see: of the port only what they need here."""
        return self

    def report(self, where: str, failure: BaseException) -> None:
        """Accidents are wanted here."""

    def root(self, plan: Plan) -> ToyDoor:
        return ToyDoor(self.seed, "root")

    def open(self, field: FieldPlan, value: Any, through: Any) -> ToyDoor:
        if self.seed and value.number == self.seed % BEINGS:
            raise FieldError(ErrorCode.LOG_UNAVAILABLE, "This door is stuck.")
        return ToyDoor(self.seed, f"door-{value.number}")

    def open_all(self, field: FieldPlan, values: Sequence[Any]) -> None:
        """One by one: some are stuck."""

    async def decided(self) -> None:
        """Nothing is written."""
