"""A claim in its owner's terms: what most Latvian contracts share."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from adapters.kit.errors import SLIPS, Rejected
from adapters.kit.wire_values import as_answer
from schema.terms import ClaimStatus

CASE_STATUS_BY_CODE = {
    "IZSK": ClaimStatus.IN_REVIEW,
    "PAPI": ClaimStatus.INFORMATION_REQUESTED,
    "APM": ClaimStatus.GRANTED,
    "ATT": ClaimStatus.REFUSED,
}
"""What becomes of a case, where a contract has these codes; one with others has a table of its own in its mapping."""


class writing:  # noqa: N801 - read as a word: with writing(...)
    """Turn any slip while a claim is put into its owner's terms into :class:`Rejected`: nothing was sent.

    A form's pattern lets 30 February through, and an owner's contract has days.
    """

    __slots__ = ("_register",)

    def __init__(self, register: str) -> None:
        self._register = register

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, SLIPS):
            raise Rejected(self._register, "the answers are not what the owner takes") from None


def named_answers(answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """Answers one by one, as elements ``Atbilde`` have them: text as it was typed, anything else as JSON."""
    return [{"@nosaukums": name, "#text": as_answer(value)} for name, value in answers.items()]
