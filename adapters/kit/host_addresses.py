"""The addresses of servers by their names, asked for so that a name nobody answers for keeps nobody else waiting.

A loop asks in few threads, four of them in uvloop, and each is taken until the system gives up: many seconds after our
own deadline. So a name is asked for once at a time, whoever needs it.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address
from typing import Any


class HostAddresses:
    """Remembers no answer: that is for the system's resolver. Of one loop at a time."""

    def __init__(self) -> None:
        self._asked: dict[str, asyncio.Future[list[Any]]] = {}

    async def of(self, host: str) -> list[str]:
        """In the order in which they are to be tried; an address is its own.

        Raises:
            OSError, ValueError: there is no such name, or it is none.
        """
        if _is_address(host):
            return [host]
        asked = self._asked.get(host)
        if asked is None:
            loop = asyncio.get_running_loop()
            asked = asyncio.ensure_future(loop.getaddrinfo(host, None, type=socket.SOCK_STREAM))
            self._asked[host] = asked
            asked.add_done_callback(lambda done: self._answered(host, done))
        # Who goes away does not end it: the thread is taken all the same.
        return [found[4][0] for found in await asyncio.shield(asked)]

    def _answered(self, host: str, done: asyncio.Future[list[Any]]) -> None:
        del self._asked[host]
        if not done.cancelled():
            done.exception()  # Somebody has seen it, also where all have gone away.


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
