"""What the graph asks of the gateway, and how an answer that is no data looks.

The graph declares batch functions over these ports; the gateway implements them. Nothing here reaches a register.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from schema.terms import AtvkCode, ClaimTypeCode, ErrorCode, PersonCode, RegistrationNumber
from schema.text import Text

if TYPE_CHECKING:
    from schema.graph import (
        claim,
        explanation,
        guardian,
        inputs,
        legal_entity,
        organisations,
        person,
        registers,
        transparency,
        viewer,
    )

Record = TypeVar("Record")


class FieldError(Exception):
    """A field that is null for another reason than that nothing is on record: one entry of ``errors``.

    Args:
        code: stable code.
        message: what happened, in words that hold no value of a person.
        rule: id of the deciding rule, where a rule decided.
        remedy: what the asker can do.
        register: name of the register that failed.
        retry_after: seconds until asking again makes sense.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: Text,
        *,
        rule: str | None = None,
        remedy: Text | None = None,
        register: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.rule = rule
        self.remedy = remedy
        self.register = register
        self.retry_after = retry_after

    def extensions(self) -> dict[str, Any]:
        """The ``extensions`` object of the error."""
        extensions: dict[str, Any] = {"code": self.code.value}
        if self.rule is not None:
            extensions["rule"] = self.rule
        if self.remedy is not None:
            extensions["remedy"] = self.remedy
        if self.register is not None:
            extensions["register"] = self.register
        if self.retry_after is not None:
            extensions["retryAfter"] = self.retry_after
        return extensions


class Purpose(msgspec.Struct, frozen=True, gc=False):
    """Why register data of a person is read: what a register is told, and whether protection applies to the viewer."""

    issue: str | None
    """The claim's id; None where a person reads their own data."""
    claim_type: ClaimTypeCode | None
    municipality: AtvkCode | None
    """Whose municipal systems are asked; None: those of the declared address."""
    withholds: bool
    """A protected person's addresses and household are withheld from the viewer."""
    restricted: bool = False
    """The own copy says that the applicant is a protected person."""


class ClaimTypes(Protocol):
    """Claim types and their owners, from the policy modules."""

    def claim_types(self, codes: Sequence[ClaimTypeCode]) -> Sequence[claim.ClaimType | None]: ...

    def all_claim_types(self) -> Sequence[claim.ClaimType]: ...

    def form(self, code: ClaimTypeCode) -> Any: ...

    def evidence(self, code: ClaimTypeCode) -> Sequence[claim.EvidenceRequirement]: ...


class Reference(Protocol):
    """Reference and open data of the own store."""

    async def owners(self, ids: Sequence[str]) -> Sequence[organisations.ServiceOwner | None]: ...

    async def all_owners(self) -> Sequence[organisations.ServiceOwner]: ...

    async def municipalities(self, codes: Sequence[AtvkCode]) -> Sequence[organisations.Municipality | None]: ...

    async def all_municipalities(self, at: date | None) -> Sequence[organisations.Municipality]: ...

    async def centres(self, ids: Sequence[str]) -> Sequence[organisations.CustomerServiceCentre | None]: ...

    async def all_centres(self) -> Sequence[organisations.CustomerServiceCentre]: ...

    async def third_parties(self, ids: Sequence[str]) -> Sequence[organisations.ThirdParty | None]: ...

    async def all_third_parties(self) -> Sequence[organisations.ThirdParty]: ...


class Registers(Protocol):
    """The registers behind the gateway."""

    def all_registers(self) -> Sequence[registers.Register]: ...

    def register(self, name: str) -> registers.Register | None: ...


class Claims(Protocol):
    """Claims, mandates and access records of the own store, as the viewer may see them."""

    async def claims(self, ids: Sequence[str]) -> Sequence[claim.Claim | None]: ...

    async def page(
        self, filter: inputs.ClaimFilter | None, first: int | None, after: str | None, applicant: str | None
    ) -> claim.ClaimConnection: ...

    async def applicants(
        self, claims: Sequence[claim.Claim]
    ) -> Sequence[person.Person | legal_entity.LegalEntity | None]: ...

    async def answers(self, claims: Sequence[claim.Claim]) -> Sequence[Any]: ...

    async def deliveries(self, claims: Sequence[claim.Claim]) -> Sequence[claim.Delivery | None]: ...

    async def histories(self, claims: Sequence[claim.Claim]) -> Sequence[list[claim.ClaimEvent]]: ...

    async def assignees(self, claims: Sequence[claim.Claim]) -> Sequence[list[organisations.ThirdParty]]: ...

    async def mandates_given(self, subject: str) -> list[organisations.Mandate]: ...

    async def mandates_held(self, subject: str) -> list[organisations.Mandate]: ...

    async def usable_mandates(self) -> list[organisations.Mandate]: ...

    async def mandate(self, id: str) -> organisations.Mandate | None: ...

    async def access_log(
        self, subject: str, first: int | None, after: str | None
    ) -> transparency.AccessEntryConnection: ...

    async def access_records(
        self, filter: inputs.AccessRecordFilter | None, first: int | None, after: str | None
    ) -> transparency.AccessEntryConnection: ...

    async def prepare(self, input: inputs.PrepareClaimInput) -> claim.PrepareClaimPayload: ...

    async def answer(self, input: inputs.AnswerClaimInput) -> claim.AnswerClaimPayload: ...

    async def submit(self, input: inputs.SubmitClaimInput) -> claim.SubmitClaimPayload: ...

    async def withdraw(self, input: inputs.WithdrawClaimInput) -> claim.WithdrawClaimPayload: ...

    async def assign(self, input: inputs.AssignClaimInput) -> claim.AssignClaimPayload: ...

    async def decide(self, input: inputs.DecideClaimInput) -> claim.DecideClaimPayload: ...

    async def grant_mandate(self, input: inputs.GrantMandateInput) -> organisations.GrantMandatePayload: ...

    async def revoke_mandate(self, input: inputs.RevokeMandateInput) -> organisations.RevokeMandatePayload: ...

    async def register_third_party(
        self, input: inputs.RegisterThirdPartyInput
    ) -> organisations.RegisterThirdPartyPayload: ...

    async def suspend_third_party(
        self, input: inputs.SuspendThirdPartyInput
    ) -> organisations.SuspendThirdPartyPayload: ...


class Guardians(Protocol):
    """Logs of minors, to their parents."""

    async def children(
        self, people: Sequence[person.Person]
    ) -> Sequence[list[guardian.ChildLog] | FieldError | None]: ...

    async def entries(
        self, logs: Sequence[guardian.ChildLog], first: int | None, after: str | None
    ) -> Sequence[transparency.AccessEntryConnection | FieldError]: ...


class Records(Protocol):
    """Register data, read at the end of all decisions."""

    async def read(
        self, record_type: type[Record], keys: Sequence[Any], purposes: Sequence[Purpose]
    ) -> Sequence[Record | FieldError | None]:
        """Read one record of each key; equal keys of one request are read once.

        Returns:
            In the order of ``keys``: the record, None where the register holds nothing, or why there is no answer.
        """
        ...

    async def in_hand(
        self, record_type: type[Record], keys: Sequence[Any], purposes: Sequence[Purpose]
    ) -> Sequence[Record | FieldError | None]:
        """What this request reads in any case; no register is asked for it.

        Returns:
            In the order of ``keys``, once it is there: as :meth:`read`, and None for what is not read, or not yet.
        """
        ...

    def person(self, code: PersonCode, purpose: Purpose) -> person.Person: ...

    def legal_entity(self, number: RegistrationNumber, purpose: Purpose | None) -> legal_entity.LegalEntity: ...


class Request(Protocol):
    """One operation of one party, as the graph's batch functions see it."""

    def month_before(self, months: int) -> str:
        """The month so many months before today's in Rīga, ``YYYY-MM``."""
        ...

    def today(self) -> date:
        """Today in Rīga."""
        ...

    @property
    def raw_variables(self) -> dict[str, Any]:
        """Variables as the caller sent them."""
        ...

    async def both(self, one: Awaitable[Any], other: Awaitable[Any]) -> tuple[Any, Any]:
        """Wait for two answers that need not wait for each other."""
        ...

    def report(self, where: str, failure: BaseException) -> None:
        """Write an unexpected failure to the service's log: place and type, nothing of its text."""
        ...

    async def node(self, id: str) -> Any:
        """The claim, third party or mandate of that id, or the error that stands for it."""
        ...

    async def explain(self, operation: str, variables: Any, operation_name: str | None) -> explanation.Explanation:
        """What running an operation would do; never refuses, and calls no register."""
        ...

    async def own_organisation(self) -> Any:
        """The organisation that the token names."""
        ...

    async def acting_for(self) -> Any:
        """The person or legal entity that the token acts for."""
        ...

    async def permissions(self, claim_type: ClaimTypeCode | None) -> Sequence[viewer.Permission]:
        """What the policies allow the viewer now, and under which conditions."""
        ...

    @property
    def viewer(self) -> viewer.Viewer: ...

    @property
    def me(self) -> person.Person | FieldError: ...

    @property
    def claim_types(self) -> ClaimTypes: ...

    @property
    def reference(self) -> Reference: ...

    @property
    def registers(self) -> Registers: ...

    @property
    def claims(self) -> Claims: ...

    @property
    def guardians(self) -> Guardians: ...

    @property
    def records(self) -> Records: ...
