"""Register data for one request: equal keys are asked for once, keys of one turn of the loop in one batch."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from adapters.kit.errors import Malformed, RegisterError, Unavailable
from adapters.kit.ports import CallContext
from gateway.cache.register import Answer
from gateway.identity.party import Party
from schema.graph.legal_entity import LegalEntity
from schema.graph.person import Person
from schema.ports import FieldError, Purpose
from schema.records.natural_person import NaturalPerson
from schema.terms import ErrorCode, PersonCode, RegistrationNumber

_MARGIN_SECONDS = 0.25
"""Registers are given up this long before the request is: so the answer says which one was late."""


class ReadingRegister(Protocol):
    """A register as this module needs it (``adapters.kit.connected.ConnectedRegister``)."""

    name: str

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]: ...


class RecordReader:
    """The Records port of one request.

    Args:
        sources: the register that answers a record type.
        party: who asks; its person is named to the registers as the user.
        deadline: ``time.monotonic()`` at which answers are worth nothing any more.
    """

    def __init__(
        self, sources: Mapping[type[Any], ReadingRegister], party: Party, request_id: str, deadline: float
    ) -> None:
        self._sources = sources
        self._party = party
        self._request_id = request_id
        self._deadline = deadline
        self._answers: dict[type[Any], dict[Any, Any]] = {}
        self._flying: dict[type[Any], dict[Any, asyncio.Future[None]]] = {}
        self._batches: dict[type[Any], tuple[asyncio.Future[None], list[tuple[Any, Purpose]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.people: dict[PersonCode, NaturalPerson] = {}
        """What the population register told this request; of what was held, only who is protected."""
        self.registers: set[str] = set()
        """Names of the registers whose answers this request has had, held ones too."""

    def person(self, code: PersonCode, purpose: Purpose) -> Person:
        """A person seen under a purpose; nothing is read yet."""
        return Person(code=code, purpose=purpose)

    def legal_entity(self, number: RegistrationNumber, purpose: Purpose | None) -> LegalEntity:
        """A legal entity; nothing is read yet."""
        return LegalEntity(registration_number=number, purpose=purpose)

    async def read(self, record_type: type[Any], keys: Sequence[Any], purposes: Sequence[Purpose]) -> Sequence[Any]:
        """See :class:`schema.ports.Records`."""
        if record_type not in self._sources:
            return [_not_connected(record_type)] * len(keys)
        known = self._answers.setdefault(record_type, {})
        awaited: set[asyncio.Future[None]] = set()
        flying = self._flying.setdefault(record_type, {})
        for key, purpose in zip(keys, purposes, strict=True):
            if key in known:
                continue
            batch = flying.get(key)
            if batch is None:
                batch = flying[key] = self._join(record_type, key, purpose)
            awaited.add(batch)
        for batch in awaited:
            # Who waits no longer does not cancel it: others wait for it too.
            await asyncio.shield(batch)
        return [known[key] for key in keys]

    def _join(self, record_type: type[Any], key: Any, purpose: Purpose) -> asyncio.Future[None]:
        """Put a key into the batch that leaves at the end of this turn of the loop."""
        batch = self._batches.get(record_type)
        if batch is None:
            loop = asyncio.get_running_loop()
            batch = self._batches[record_type] = (loop.create_future(), [])
            loop.call_soon(self._send, record_type)
        done, wanted = batch
        wanted.append((key, purpose))
        return done

    def _send(self, record_type: type[Any]) -> None:
        done, wanted = self._batches.pop(record_type)
        task = asyncio.ensure_future(self._fetch(record_type, wanted, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop what is still on its way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _fetch(
        self, record_type: type[Any], wanted: Sequence[tuple[Any, Purpose]], done: asyncio.Future[None]
    ) -> None:
        register = self._sources[record_type]
        self.registers.add(register.name)
        keys = [key for key, _ in wanted]
        try:
            found: Mapping[Any, Any] = await register.read(record_type, keys, self._context([p for _, p in wanted]))
        except RegisterError as error:
            found = dict.fromkeys(keys, error)
        except Exception:  # noqa: BLE001 - whatever an adapter lets out is the register's broken answer, and its text is not shown
            found = dict.fromkeys(keys, Malformed(register.name, "the adapter failed"))
        # What was held may be older than the own copy: it can protect somebody, and never lift a protection.
        held = found.held if isinstance(found, Answer) else ()
        known = self._answers[record_type]
        for key in keys:
            answer = found.get(key)
            known[key] = _said(answer) if isinstance(answer, RegisterError) else answer
            if type(answer) is NaturalPerson and (answer.restricted or key not in held):
                self.people[answer.person_code] = answer
        if not done.done():
            done.set_result(None)

    def _context(self, purposes: Sequence[Purpose]) -> CallContext:
        issues = {purpose.issue for purpose in purposes}
        types = {purpose.claim_type for purpose in purposes}
        issue = next(iter(issues)) if len(issues) == 1 else None
        claim_type = next(iter(types)) if len(types) == 1 else None
        return CallContext(
            request_id=self._request_id,
            issue=issue or self._request_id,
            user=self._party.person_code.digits,
            purpose=str(claim_type) if claim_type is not None else "self" if issues == {None} else "several",
            represented_party=self._party.represented_number,
            deadline=self._deadline - _MARGIN_SECONDS,
        )


def _not_connected(record_type: type[Any]) -> FieldError:
    return FieldError(
        ErrorCode.REGISTER_NOT_CONNECTED,
        "No register that holds this is connected to the gateway.",
        remedy="Ask the ministry when it will be.",
    )


def _said(error: RegisterError) -> FieldError:
    """A register's error as the caller sees it: which register, and what to do; nothing of what it answered."""
    if isinstance(error, Malformed):
        return FieldError(
            ErrorCode.REGISTER_CONTRACT_BROKEN,
            "The register answered something that its contract does not allow.",
            remedy="The ministry has been told; ask again later.",
            register=error.register,
        )
    retry_after = error.retry_after if isinstance(error, Unavailable) else None
    return FieldError(
        ErrorCode.REGISTER_UNAVAILABLE,
        "The register gave no answer.",
        remedy="Ask again later.",
        register=error.register,
        retry_after=5.0 if retry_after is None else retry_after,
    )
