"""What the runner asks and tells while it runs: doors, and who opens them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from gateway.plan.compile import FieldPlan, Plan
from schema.ports import FieldError
from schema.terms import ErrorCode

_NOT_GIVEN = frozenset(
    {
        ErrorCode.DEADLINE_EXCEEDED,
        ErrorCode.PROTECTED,
        ErrorCode.REGISTER_NOT_CONNECTED,
        ErrorCode.VARIABLES,
    }
)


class OpenedDoor(Protocol):
    """One opened door: what of its subtree may be answered."""

    @property
    def judgement(self) -> Any:
        """What :meth:`refusal` goes by: doors with the same judgement refuse the same."""
        ...

    def refusal(self, field: FieldPlan) -> FieldError | None:
        """Why the field is not answered; None where it is."""
        ...

    def disclosed(self, field: FieldPlan, people: Sequence[Any]) -> None:
        """Data of co-subjects behind the field is about to be released."""
        ...

    def not_given(self, field: FieldPlan, error: FieldError, of: Any, *, in_part: bool = False) -> None:
        """What was open is not given after all: a register failed, or a protected person's data is withheld.

        Args:
            of: the object whose field it is.
            in_part: of another object behind the same door it is given.
        """
        ...


def is_not_given(error: FieldError) -> bool:
    """Whether an error that answers an open field means that nothing of it is given."""
    return error.register is not None or error.code in _NOT_GIVEN


class Gate(Protocol):
    """Opens doors for one run, and hears when all of the own store is read."""

    def root(self, plan: Plan) -> OpenedDoor:
        """The door of the operation itself: what is open without any other."""
        ...

    def open(self, field: FieldPlan, value: Any, through: Any) -> OpenedDoor:
        """The door that ``value``, an object behind ``field``, is."""
        ...

    def open_all(self, field: FieldPlan, values: Sequence[Any]) -> Sequence[OpenedDoor] | None:
        """The doors of many objects behind a field, as :meth:`open` would open them; None: it has to."""
        ...

    async def decided(self) -> None:
        """All of the own store is read, no register is asked yet. Raises: FieldError(LOG_UNAVAILABLE)."""
        ...


class LogDown(Exception):  # noqa: N818 - a signal between runner and executor, not an error of its own
    """Access records cannot be written: nothing personal may be released."""
