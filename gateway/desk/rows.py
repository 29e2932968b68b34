"""Rows of the access log in the making: the records of one request that are alike go into one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
import orjson

from gateway.audit.positions import Position, written
from gateway.audit.record import Alike, Entry, Said, row_of, subjects_of
from gateway.audit.who import APPLICANT, another
from gateway.claims.snapshot import ClaimSnapshot
from gateway.identity.party import Party
from gateway.store.log_rows import LogRows
from policies.kit.policy_set import PolicySet
from schema.terms import AccessOutcome, Capacity, ClaimAction, SubjectRole


class Kind(msgspec.Struct, frozen=True):
    """What was done, what came of it, and as what its subjects are told."""

    action: ClaimAction
    outcome: AccessOutcome
    role: SubjectRole | None
    amends: int | None = None
    """Place of the row that is amended."""
    disclosed_at: datetime | None = None
    """When its subjects are told; None: at once."""


class Row(msgspec.Struct, eq=False):
    """Records of one row."""

    alike: Alike
    entries: list[Entry] = msgspec.field(default_factory=list)
    positions: dict[Position, int] = msgspec.field(default_factory=dict)
    """How the party stood to the claims, and to how many so."""
    place: int = 0
    """Once it is written."""

    def add(self, claim: ClaimSnapshot | None, subjects: Sequence[str], amends: int | None = None) -> None:
        """A record; ``amends`` is the number of the record that it amends, in the row that this one does."""
        claim_id = None if claim is None else claim.id
        self.entries.append((claim_id, subjects) if amends is None else (claim_id, subjects, amends))

    def stands(self, position: Position | None, claims: int = 1) -> None:
        """So many claims of the row were decided in this position; None: they were not decided on."""
        if position is None:
            return
        if self.positions:
            claims += self.positions.get(position, 0)
        self.positions[position] = claims


class Rows:
    """Rows of one request.

    Args:
        who: who asked, in words (:mod:`gateway.audit.who`).
        registers: those that the request has asked.
    """

    def __init__(
        self, party: Party, policies: PolicySet, request_id: str, now: datetime, who: str, registers: tuple[str, ...]
    ) -> None:
        self._party = party
        self._policies = policies
        self._request_id = request_id
        self._now = now
        self._who = who
        self._registers = registers
        self._is_citizen = party.capacity is Capacity.CITIZEN
        self._rows: dict[Any, Row] = {}
        self._shared: dict[tuple[int, int, int, datetime | None], tuple[Any, Row]] = {}

    def shared_row(
        self,
        claim: ClaimSnapshot | None,
        kind: Kind,
        by_path: dict[str, str],
        rules: tuple[str, ...],
        subjects: Collection[str],
    ) -> Row:
        """As :meth:`row`, for what many claims of a list share: the same objects are put into words once."""
        if self._is_citizen:
            return self.row(claim, kind, Said.of(by_path, rules), subjects)
        type_ = None if claim is None else claim.type
        key = (id(by_path), id(rules), id(type_), kind.disclosed_at)
        known = self._shared.get(key)
        if known is None:
            row = self.row(claim, kind, Said.of(by_path, rules), subjects)
            # Kept with what it was made from, so that nothing else takes its identity.
            known = self._shared[key] = ((by_path, rules, type_), row)
        return known[1]

    def row(
        self,
        claim: ClaimSnapshot | None,
        kind: Kind,
        said: Said,
        subjects: Collection[str],
        registers: tuple[str, ...] | None = None,
    ) -> Row:
        """The row for a record that says this of a claim of this type to its subjects.

        Args:
            registers: that are to be asked for what is said; None: those that the request has asked.
        """
        who = self._who
        if self._is_citizen:
            who = who_of_citizen(self._party, who, claim, subjects, lambda: orjson.loads(said.paths))
        type_ = None if claim is None else claim.type
        key = (None if type_ is None else type_.text, kind, said, who)
        row = self._rows.get(key)
        if row is None:
            module = None if type_ is None else self._policies.claim_types.get(type_)
            row = self._rows[key] = Row(
                Alike(
                    at=self._now,
                    request_id=self._request_id,
                    capacity=self._party.capacity,
                    organisation=self._party.organisation,
                    by_subject=self._party.subject,
                    who=who,
                    claim_type=type_,
                    action=kind.action,
                    outcome=kind.outcome,
                    role=kind.role if subjects else None,
                    said=said,
                    policy_version=self._policies.version if module is None else module.policy_version,
                    legal_basis=None if module is None else str(module.legal_basis),
                    registers=self._registers if registers is None else registers,
                    disclosed_at=kind.disclosed_at,
                    amends=kind.amends,
                )
            )
        return row

    def as_written(self) -> LogRows:
        """What the store takes."""
        rows = self._in_order()
        return LogRows(
            [row_of(row.alike, row.entries, written(row.positions.items())) for row in rows],
            sum([len(row.entries) for row in rows]),
            sum([subjects_of(row.entries) for row in rows]),
        )

    def written(self, place: int) -> None:
        """They are written, the first at this place."""
        for number, row in enumerate(self._in_order()):
            row.place = place + number

    def _in_order(self) -> list[Row]:
        """What people are told later stands behind what they are told at once: it moves no place that they see."""
        if len(self._rows) == 1:
            return list(self._rows.values())
        return sorted(self._rows.values(), key=lambda row: row.alike.disclosed_at is not None)


def who_of_citizen(
    party: Party,
    who: str,
    claim: ClaimSnapshot | None,
    subjects: Collection[str],
    paths: Callable[[], Collection[str]] = tuple,
) -> str:
    """A citizen in words for those whose log it is: "the person themselves" to nobody else.

    Args:
        paths: gives what was asked; looked at where that matters alone.
    """
    if all(each == party.subject for each in subjects):
        return who
    return str(APPLICANT if claim is not None and claim.applicant == party.subject else another(paths()))
