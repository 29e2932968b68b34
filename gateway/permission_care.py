"""What ``gateway doctor`` says of our permissions at DAGR: asks for the list of them, which is about nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

from adapters.kit.broken import AdapterBroken
from adapters.kit.catalog import Installed
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.dagr import Permit, Told, day_of, wrong_with
from adapters.kit.errors import RegisterError, Unavailable
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.manifest import DagrEntry
from adapters.kit.ports import CallContext
from gateway.certificates import SOON
from gateway.clock import CLOCK, utc_now

_ALMOST_ALL = 0.9
_SECONDS = 5.0
_RENEW = "Have the permission extended, or a new one given, in VIRSIS; set its number and restart the gateway."
_CHECK = "Compare number and purpose in the settings with VIRSIS, and what the permission is for; restart the gateway."

Said = tuple[str, str, str | None]
"""The purpose, or an empty text for all of them; what was found; what to do, None where it holds."""


def said_of_permissions(installed: Installed, connection: Connection, readers: Collection[str] = ()) -> Iterator[Said]:
    """Look at what DAGR says of each permission that is set. Blocks. Nothing for a register that is not behind DAGR.

    Args:
        readers: claim types that read the register that it is a copy of.
    """
    name, entry = installed.manifest.name, installed.manifest.dagr
    if entry is None:
        return
    remedy = f"Set number and purpose under registers.{name}.permissions.<claim type> for each that reads it."
    if not connection.permits:
        yield "", "none is set, so that it is asked for nothing", remedy
        return
    if without := sorted(set(readers) - set(connection.permits)):
        yield "", f"none is set for {', '.join(without)}, which read it and get nothing", remedy
    try:
        told = asyncio.run(_told(installed, connection))
    except (RegisterError, AdapterBroken) as error:
        said = error.what if isinstance(error, RegisterError) else error.problem
        later = isinstance(error, Unavailable)
        remedy = "Ask DAGR whether it is down." if later else "Check the token of our technical user, and the address."
        yield "", f"could not be read: {said}", remedy
        return
    by_number = {each.number: each for each in told}
    for purpose, permit in sorted(connection.permits.items()):
        yield purpose, *_said_of(permit, by_number.get(permit.number), entry)


def _said_of(permit: Permit, told: Told | None, entry: DagrEntry) -> tuple[str, str | None]:
    now = utc_now()
    wrong = wrong_with(permit, told, entry.service, entry.needs, now)
    if told is None or wrong is not None:
        ended = told is not None and day_of(now) > told.last
        return f"{permit.number}: {wrong}", _RENEW if ended else _CHECK
    left = told.last - day_of(now)
    used = f"{told.used} of {told.quota} uses"
    if told.used >= told.quota * _ALMOST_ALL:
        return f"{permit.number}: {used} are gone", "Ask the owner of the data, in VIRSIS, for a larger quota."
    if left <= SOON:
        return f"{permit.number}: ends in {left // timedelta(days=1)} days", _RENEW
    return f"{permit.number}: holds until {told.last}, {used}", None


async def _told(installed: Installed, connection: Connection) -> Sequence[Told]:
    async with Http1Wire() as wire:
        register: ConnectedRegister = installed.connect(connection, wire, CLOCK)
        deadline = time.monotonic() + _SECONDS
        return await register.permissions(CallContext("doctor", "doctor", "doctor", "doctor", None, deadline))
