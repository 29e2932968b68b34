"""An adapter as its tests meet it: read from its folder once, connected to a wire that a test holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from adapters.kit.catalog import Installed, install
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.manifest import Manifest
from adapters.kit.ports import CallContext
from adapters.kit.recorded import a_clock
from adapters.kit.wire import Wire, WireReply, WireRequest

ADDRESS = "http://127.0.0.1:9/register"
"""Nobody answers there."""
LONGEST_ANSWER = 1_000_000


class _Held:
    """Carries requests to the wire that is held now: connecting an adapter takes longer than a call."""

    wire: Wire

    async def request(self, request: WireRequest) -> WireReply:
        return await self.wire.request(request)


class OnTrial:
    """One adapter.

    Args:
        folder: where it is; the adapter is read from there alone.

    Raises:
        AdapterBroken: it does not load. Says why, and what to do.
    """

    def __init__(self, folder: Path) -> None:
        self._installed: Installed = install(folder)
        self._wire = _Held()
        self._connection = Connection(url=ADDRESS, max_bytes=LONGEST_ANSWER)
        self._installed.connect(self._connection, self._wire, a_clock())  # Says what is wrong where it cannot be.
        self._adapter = self._installed.module.connect(self._connection, self._wire, a_clock())

    @staticmethod
    @cache
    def of(folder: Path) -> OnTrial:
        """The same for each test of a folder."""
        return OnTrial(folder)

    @property
    def manifest(self) -> Manifest:
        """As it stands in the folder."""
        return self._installed.manifest

    def record_type(self, name: str) -> type[Any]:
        """The class of this name that the adapter reads."""
        return self._installed.record_types[name]

    def register(self, wire: Wire) -> ConnectedRegister:
        """As if connected anew: no earlier failure is remembered. One at a time: the last wire is the one."""
        self._wire.wire = wire
        return ConnectedRegister(self.manifest, self._adapter, self._connection, a_clock())

    def read(self, wire: Wire, record_type: str, subjects: Iterable[Any], context: CallContext) -> Mapping[Any, Any]:
        """One read, to its end."""
        return asyncio.run(self.register(wire).read(self.record_type(record_type), subjects, context))
