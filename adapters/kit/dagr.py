"""DAGR (Datu izplatīšanas un pārvaldības platforma): copies of registers, each purpose let in by a numbered permission.

A permission (its number is VIRSIS's) is of one service, says for what, from when to when, how often, and what of the
service it opens; ``GET /current_user_permissions`` lists ours. Data may be 24 hours behind the register, so that each
answer says of when it is. Source: wiki.dagr.gov.lv, II izgūšana; TAP 22-TA-2640.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

import msgspec

from adapters.kit.errors import Malformed, NotPermitted, RegisterError, Rejected, Spent, reading
from adapters.kit.ports import CallContext
from adapters.kit.xsd.types import Wire

ROUTE = "DAGR"
"""How answers and settings name this way to a register."""
PERMISSION, CORRELATION = "X-DAGR-Permission", "X-Correlation-ID"
NO_PERMISSION = "0"
"""Where the settings have none at all: what a recorded or simulated DAGR takes, and the real one refuses."""
REFUSALS = frozenset({403, 429})
"""Statuses whose body says which rule of a permission was met."""

_RIGA = ZoneInfo("Europe/Riga")
_CLOCKS_DIFFER = timedelta(minutes=5)
_SPENT = "QUOTA_EXCEEDED"
_REFUSED = {
    "PERMISSION_UNKNOWN": "DAGR knows no permission of the number that is set",
    "PERMISSION_EXPIRED": "the permission has ended",
    "PERMISSION_NOT_YET_VALID": "the permission does not begin yet",
    "PERMISSION_OTHER_SERVICE": "the permission is for another service",
    "PERMISSION_SUSPENDED": "the permission is suspended",
}


class Permit(msgspec.Struct, frozen=True):
    """A permission as the settings have it for one purpose."""

    number: str
    purpose: str
    """What for (``purpose_of_use``), as VIRSIS has it: a permission that DAGR knows for something else is not used."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A permission as DAGR has it."""

    number: str
    service: str
    purpose: str
    used: int
    quota: int
    """Uses that there may be; a call is one."""
    first: date
    last: date
    """First and last day, both of them in Rīga and within."""
    tree: Any
    """What it opens: ``{name, read_access, properties}``."""

    def opens(self, path: str) -> bool:
        """Whether a property, written as ``Branch/Name``, may be read."""
        here = self.tree
        for step in path.split("/"):
            if here["read_access"] == "full":
                return True
            here = next((each for each in here.get("properties") or () if each["name"] == step), None)
            if here is None:
                return False
        return bool(here["read_access"] == "full")


@runtime_checkable
class ListsPermissions(Protocol):
    """An adapter whose register lets each purpose in by a permission of its own."""

    async def permissions(self, context: CallContext) -> Sequence[Told]:
        """Ours, of every service. Says nothing of anybody. Raises: RegisterError."""
        ...


@dataclass(frozen=True, slots=True)
class TechnicalUser:
    """Headers of a call that is about us alone, such as for the list of our permissions.

    Args:
        token: of our technical user; None in development.
    """

    token: str | None = field(default=None, repr=False)

    def write(self, message_id: str, context: CallContext) -> dict[str, str]:
        """Who we are, and nothing of what made us ask."""
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}

    def check(self, register: str, message_id: str, answered: Mapping[str, str]) -> None:
        """There is nothing to compare: DAGR repeats no header."""


@dataclass(frozen=True, slots=True)
class Dagr:
    """Headers of a register that is reached through DAGR.

    Args:
        register: the adapter's name, for errors.
        permits: by purpose: claim type code, or ``self``. Empty: development.
    """

    register: str
    permits: Mapping[str, Permit]
    user: TechnicalUser

    def write(self, message_id: str, context: CallContext) -> dict[str, str]:
        """Headers of one call: the purpose's permission, who we are, and the claim. No person is named.

        Raises:
            NotPermitted: no permission is set for the purpose; nothing is sent.
        """
        number = self._number(context.purpose)
        return {PERMISSION: number, CORRELATION: context.issue} | self.user.write(message_id, context)

    def check(self, register: str, message_id: str, answered: Mapping[str, str]) -> None:
        """As of a call about us alone."""
        self.user.check(register, message_id, answered)

    def _number(self, purpose: str) -> str:
        if not self.permits:
            return NO_PERMISSION
        permit = self.permits.get(purpose)
        if permit is None:
            raise unset(self.register)
        return permit.number


def unset(register: str) -> NotPermitted:
    """The error of a purpose that the settings have no permission for."""
    return NotPermitted(register, "no permission is set for what it is asked for", is_set=False)


def refusal_of(register: str, status: int, body: Wire, now: datetime) -> RegisterError:
    """The error that a refusal (:data:`REFUSALS`) stands for.

    Args:
        body: of schema ``Refusal``.
        now: UTC.
    """
    with reading(register, "a refusal that is not what the contract says"):
        code, available = body["code"], body.get("available_from")
        if code == _SPENT:
            left = None if available is None else (_instant(available) - now).total_seconds()
            return Spent(
                register, "the permission's quota is used up", retry_after=None if left is None else max(left, 1.0)
            )
    if code in _REFUSED:
        return NotPermitted(register, _REFUSED[code])
    return Rejected(register, f"status {status}", ours=True)


def tell_age(register: str, answer: Wire, service: str, context: CallContext, now: datetime) -> None:
    """Pass on of when an answer is.

    Args:
        answer: with ``name``, the service's, and ``data_as_of``.
        now: UTC.

    Raises:
        Malformed: it is another service's, has no such moment, or one that is still to come, which would make old data
            look new.
    """
    with reading(register, "an answer that does not say of when it is"):
        at = _instant(answer["data_as_of"])
        if answer["name"] != service:
            raise Malformed(register, "an answer of another service")
        if at > now + _CLOCKS_DIFFER:
            raise Malformed(register, "data of a moment that is still to come")
    if context.as_of is not None:
        context.as_of.told(at)


def to_told(wire: Wire) -> Told:
    """Map an item of ``current_user_permissions``.

    Raises:
        KeyError, ValueError: it is not what the contract says.

    Source: contract/openapi.yaml of an adapter behind DAGR, schema ``Permission``.
    """
    return Told(
        number=wire["permission_number"],
        service=wire["service_name"],
        purpose=wire["purpose_of_use"],
        used=wire["use_count"],
        quota=wire["use_count_quota"],
        first=date.fromisoformat(wire["valid_from"]),
        last=date.fromisoformat(wire["valid_to"]),
        tree=wire["access_control_tree"],
    )


def wrong_with(permit: Permit, told: Told | None, service: str, needs: Sequence[str], now: datetime) -> str | None:
    """Why a permission cannot be used, in words that name nobody; None where it can, but for its quota.

    Args:
        told: what DAGR says of the number; None: it does not list it.
        service: the one that is asked.
        needs: properties that are looked at.
        now: UTC.
    """
    if told is None:
        return _REFUSED["PERMISSION_UNKNOWN"]
    if told.service != service:
        return _REFUSED["PERMISSION_OTHER_SERVICE"]
    if told.purpose.strip().casefold() != permit.purpose.strip().casefold():
        return "the permission was given for another purpose than the settings say"
    today = day_of(now)
    if today < told.first:
        return _REFUSED["PERMISSION_NOT_YET_VALID"]
    if today > told.last:
        return _REFUSED["PERMISSION_EXPIRED"]
    closed = [path for path in needs if not told.opens(path)]
    # A property that is closed is not in an answer, and its absence would say that the register holds nothing.
    return f"the permission does not open {', '.join(closed)}" if closed else None


def day_of(now: datetime) -> date:
    """The day in Rīga, by which permissions begin and end."""
    return now.astimezone(_RIGA).date()


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a moment without its zone")
    return at
