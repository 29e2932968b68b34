"""The citizen's log in sentences, in every language; a language is a :class:`Speaks`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from schema.terms import AccessOutcome, SubjectRole


@dataclass(frozen=True, slots=True)
class Line:
    """One line of somebody's log.

    Attributes:
        who: who asked, in words.
        by_path: path -> coordinate of what was asked for.
        outcome: what came of it.
        role: whose data it was, seen from the reader of the log.
        own: the reader of the log is who asked.
        claim_type: its title; None where no claim was the reason.
        of_entity: the applicant is a legal entity.
        beside: paths of which something else was read: what is refused below them is named itself.
    """

    who: str
    by_path: Mapping[str, str]
    outcome: AccessOutcome
    role: SubjectRole
    own: bool = False
    claim_type: str | None = None
    of_entity: bool = False
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deed:
    """One mutation, as a line of the applicant's log.

    Attributes:
        mutation: its field, ``submitClaim``.
        claim_type: title of the claim's type.
        own: the reader of the log did it.
    """

    who: str
    mutation: str
    claim_type: str | None
    own: bool
    refused: bool


class Speaks(Protocol):
    """Says lines in one language; names and titles in them may be in several (:class:`schema.text.Text`)."""

    def line(self, line: Line) -> str | None:
        """One sentence; None where there is nothing to say."""
        ...

    def act(self, deed: Deed) -> str:
        """One sentence of a mutation."""
        ...

    def no_door(self, who: str, mutation: str | None) -> str:
        """An attempt on a claim, or a person, that is not open or does not exist: one sentence for both."""
        ...

    def searched(self, who: str) -> str:
        """An auditor looked for the records about somebody, whether or not there is such a person."""
        ...

    def self_not_open(self) -> str:
        """An attempt on one's own data with a token that does not open it."""
        ...
