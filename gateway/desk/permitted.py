"""A register that lets each purpose in by a permission of its own (DAGR), as the reader of a request meets it.

What is read under one permission is used for its purpose alone: keys are asked for apart for each claim type, nothing
is held for later, and nobody waits for another's call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from adapters.kit.clock import Clock
from adapters.kit.connected import ConnectedRegister
from adapters.kit.errors import NotPermitted, RegisterError, Spent
from adapters.kit.permits import Permits
from adapters.kit.ports import CallContext
from gateway import logs
from schema.ports import FieldError, Purpose
from schema.terms import ClaimTypeCode, ErrorCode
from schema.text import Text

_log = logs.get("permits")


class Reading(Protocol):
    """A register that is asked for bare keys."""

    name: str
    route: str

    async def read(self, record_type: type[Any], keys: Collection[Any], context: CallContext) -> Mapping[Any, Any]: ...


R = TypeVar("R", bound=Reading)
S = TypeVar("S", bound=Reading)


class Under(NamedTuple):
    """A key as it is asked for under one purpose."""

    key: Any
    claim_type: ClaimTypeCode | None
    """None: a person reads their own data."""


def under(keys: Iterable[Any], purposes: Iterable[Purpose]) -> list[Under]:
    """Keys, each under its purpose."""
    return [Under(key, purpose.claim_type) for key, purpose in zip(keys, purposes, strict=True)]


class _Bare(Generic[R]):
    """Asks a register for keys under one purpose."""

    def __init__(self, register: R) -> None:
        self.register = register
        self.name = register.name
        self.route = register.route

    async def read(self, record_type: type[Any], keys: Collection[Under], context: CallContext) -> Mapping[Any, Any]:
        """See :meth:`Reading.read`."""
        found = await self.register.read(record_type, [each.key for each in keys], context)
        return {each: found[each.key] for each in keys if each.key in found}


class ByPurpose(_Bare[R]):
    """The register with its permissions.

    Args:
        register: what is asked.
        refusal: why it may not be asked for a call's purpose; None where it may.
        refused: is told of what it refused all the same.
        fresher: what is asked where the register's data is older than a claim type allows, without a memory of its own;
            None: nothing is.
    """

    def __init__(
        self,
        register: R,
        refusal: Callable[[CallContext], Awaitable[RegisterError | None]],
        refused: Callable[[str, RegisterError], None],
        fresher: Reading | None = None,
    ) -> None:
        super().__init__(register)
        self._refusal = refusal
        self._refused = refused
        self.fresher = None if fresher is None else _Bare(fresher)

    async def read(self, record_type: type[Any], keys: Collection[Under], context: CallContext) -> Mapping[Any, Any]:
        """As :meth:`Reading.read`; all keys are under one purpose. Without a permission nobody is asked."""
        refusal = await self._refusal(context)
        if refusal is not None:
            return dict.fromkeys(keys, refusal)
        found = await super().read(record_type, keys, context)
        for each in found.values():
            if isinstance(each, RegisterError):
                self._refused(context.purpose, each)
        return found

    def over(self, make: Callable[[R], S]) -> ByPurpose[S]:
        """The same with something else to answer, and nobody to ask about permissions but the settings."""

        async def refusal(context: CallContext) -> RegisterError | None:
            return self.unset(context.purpose)

        return ByPurpose(make(self.register), refusal, _nobody_is_told)

    def unset(self, purpose: str) -> RegisterError | None:
        """The error of a purpose that no permission is set for."""
        return None


class PermittedRegister(ByPurpose[ConnectedRegister]):
    """A connected register behind DAGR. Raises: ValueError: it is none."""

    def __init__(self, register: ConnectedRegister, fresher: Reading | None, clock: Clock) -> None:
        entry = register.manifest.dagr
        if entry is None:
            raise ValueError(f"{register.name} is not behind DAGR")
        self._permits = Permits(register.name, entry, register.connection.permits, register.permissions, clock)
        self._said: dict[str, str] = {}
        super().__init__(register, self._look, self._permits.refused, fresher)

    def unset(self, purpose: str) -> RegisterError | None:
        """See :meth:`Permits.unset`."""
        return self._permits.unset(purpose)

    async def _look(self, context: CallContext) -> RegisterError | None:
        refusal = await self._permits.refusal(context)
        said = "" if refusal is None else refusal.what
        if said != self._said.get(context.purpose, ""):  # Once for all who meet it.
            self._said[context.purpose] = said
            if said:
                _log.warning("permits.refused", register=self.name, purpose=context.purpose, what=said)
            else:
                _log.info("permits.allowed", register=self.name, purpose=context.purpose)
        return refusal


def said_of(error: NotPermitted | Spent) -> FieldError:
    """What a caller is told: what to do, and nothing of our permissions."""
    if isinstance(error, Spent):
        return FieldError(
            ErrorCode.QUOTA_EXCEEDED,
            Text(
                "The register has been asked as often as the gateway's permission for this allows.",
                "Reģistrs jautāts tik reižu, cik vārtejas atļauja šim nolūkam pieļauj.",
            ),
            remedy=Text(
                "Go on without it, or ask again when there are more uses; the ministry can ask for a larger quota.",
                "Turpiniet bez šīm ziņām vai mēģiniet, kad izmantojumu atkal būs; ministrija var lūgt lielāku skaitu.",
            ),
            register=error.register,
            retry_after=error.retry_after,
        )
    message = (
        Text(
            "The gateway's permission to ask the register for this is not valid.",
            "Vārtejas atļauja jautāt reģistram šim nolūkam nav derīga.",
        )
        if error.is_set
        else Text(
            "The gateway has no permission to ask the register for this.",
            "Vārtejai nav atļaujas jautāt reģistram šim nolūkam.",
        )
    )
    return FieldError(
        ErrorCode.REGISTER_NOT_CONNECTED,
        message,
        remedy=Text(
            "Ask the ministry when it will have one; its IT sees what is missing with gateway doctor.",
            "Jautājiet ministrijai, kad tā būs; tās IT redz, kā trūkst, ar gateway doctor.",
        ),
        register=error.register,
    )


def _nobody_is_told(purpose: str, error: RegisterError) -> None:
    """Who stands in refuses nothing."""
