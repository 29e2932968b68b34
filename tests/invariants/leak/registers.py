"""The simulated registers in a process of their own, which keep what reached them: addresses, headers, faults met."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from adapters.sandbox import cases, server
from adapters.sandbox.app import Receive, SandboxApp, Scope, Send
from adapters.sandbox.exchange import Kind
from adapters.sandbox.faults import Fault, FaultBox
from adapters.sandbox.server import Server, config, create_app, listen
from tests.invariants.leak.spellings import spellings

ADDRESSES, HEADERS, MET = "addresses", "headers", "met"
"""Files in the folder, a line each: method, path and query; name and value; the register and the fault it met."""
BY_CONTRACT = frozenset({b"x-road-userid", b"x-lietotajs"})
"""Headers that X-Road and the enterprise register's contract have for the acting person's code: the name is kept."""


_CODE = re.compile(r"(?<![0-9])[0-9]{6}-?[0-9]{5}(?![0-9])")
_EACH = 3
"""Each so many-th case has its applicant's code for its number, each time spelt otherwise."""


class Numbering(cases.CaseBook):
    """An owner that numbers cases by personal codes, however it writes them."""

    _turns = count()

    def receive(self, *given: Any, **named: Any) -> tuple[str, bool]:
        reference, is_new = super().receive(*given, **named)
        turn = next(self._turns)
        found = _CODE.search(orjson.dumps(given[6]).decode()) if is_new and turn % _EACH == 0 else None
        if found is None:
            return reference, is_new
        told = [each for each in spellings(found.group().replace("-", "")).values() if b"\0" not in each]
        # The number behind it keeps two cases of one person apart.
        coded = f"{told[turn // _EACH % len(told)].decode()[:48]}:{turn}"
        self._database.execute("UPDATE cases SET reference = ? WHERE reference = ?", (coded, reference))
        return coded, True


class Noting:
    """The registers, behind a note of every call.

    Args:
        app: answers.
        folder: for the notes.
    """

    def __init__(self, app: SandboxApp, folder: Path) -> None:
        self._app = app
        self._addresses, self._headers, met = (
            (folder / name).open("ab", buffering=0) for name in (ADDRESSES, HEADERS, MET)
        )
        app.control.faults = {name: _NotingBox(name, met) for name in app.control.faults}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note, and let the registers answer."""
        if scope["type"] == "http" and scope["path"] != "/_control":
            self._addresses.write(b"%s %s?%s\n" % (scope["method"].encode(), scope["raw_path"], scope["query_string"]))
            kept = [b"%s: %s\n" % (name, _kept(name, value)) for name, value in scope["headers"]]
            self._headers.write(b"".join(kept))
        await self._app(scope, receive, send)


def _kept(name: bytes, value: bytes) -> bytes:
    return b"(as the contract has it)" if name.lower() in BY_CONTRACT else value


class _NotingBox(FaultBox):
    def __init__(self, register: str, met: BinaryIO) -> None:
        super().__init__(register)
        self._register = register
        self._met = met

    def draw(self, operation: str, kind: Kind) -> tuple[Fault | None, int]:
        drawn = super().draw(operation, kind)
        if drawn[0] is not None:
            self._met.write(f"{self._register} {drawn[0]}\n".encode())
        return drawn


async def _serve(app: Noting, port: int) -> None:
    server = Server(config(app))  # type: ignore[arg-type]  # any ASGI application is served
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    with listen("127.0.0.1", port) as listening:
        await server.serve(sockets=[listening])


def main(port: int, folder: Path, residents: int) -> None:
    """Serve until SIGTERM."""
    server.CaseBook = Numbering  # type: ignore[misc]
    app = create_app((), folder / "cases", residents=residents)
    try:
        asyncio.run(_serve(Noting(app, folder), port))
    finally:
        app.control.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
