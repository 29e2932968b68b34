"""``python -m tests.invariants.leak.mishaps ARGUMENTS``: ``gateway ARGUMENTS``, in which what nobody expects happens.

A caller names the mishap and a personal code in a header; the code is in the text, in the arguments and in the cause
of what is raised, warned of or logged by a library, as codes are in those that nobody thought of. Deliveries and the
reading of changes meet one now and then by themselves.
"""

from __future__ import annotations

import asyncio
import faulthandler
import inspect
import logging
import sqlite3
import threading
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from random import Random
from typing import Any, NoReturn

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError

from adapters.kit.connected import ConnectedRegister
from adapters.kit.errors import Malformed, Rejected
from gateway.claims.changes import ChangeFeed
from gateway.claims.delivery import Worker
from gateway.claims.turns import Turns
from gateway.edge.frame import Frame
from gateway.edge.streams import Streams
from gateway.identity.resolver import PartyResolver
from gateway.plan.execute import Executor
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store

HEADER = "x-mishap"
_SHARE, _OF_THE_BACKGROUND = 0.05, 0.02
_wanted: ContextVar[tuple[str, str]] = ContextVar("mishap", default=("", ""))
_random = Random(6)


def _raise(code: str) -> NoReturn:
    try:
        raise KeyError(code)
    except KeyError as cause:
        raise ValueError(f"of {code} and {code[:6]}-{code[6:]}", code) from cause


def _meet(place: str) -> None:
    name, code = _wanted.get()
    if name == place:
        _raise(code)


class _Falls:
    def __init__(self, code: str) -> None:
        self._code = code

    def __del__(self) -> None:
        _raise(self._code)


async def _fall(code: str) -> None:
    _raise(code)


def _library(name: str) -> Callable[[str], None]:
    def log(code: str) -> None:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG)
        try:
            _raise(code)
        except ValueError:
            logger.exception("INSERT INTO t VALUES (?) [cached] (%r,)", code)
        logger.debug("GET http://register/people/%s", code)
        logger.warning("slow query, 3.2 s: SELECT %s", {"code": code})

    return log


_AT_ONCE: dict[str, Callable[[str], object]] = {
    "warning": lambda code: warnings.warn(f"for {code}", stacklevel=1),
    "deprecation": lambda code: warnings.warn(f"for {code}", DeprecationWarning, stacklevel=1),
    "task nobody awaits": lambda code: asyncio.get_running_loop().create_task(_fall(code)),
    "callback of the loop": lambda code: asyncio.get_running_loop().call_soon(_raise, code),
    "thread": lambda code: threading.Thread(target=_raise, args=(code,), name=f"for {code[:2]}").start(),
    "finalizer": _Falls,
    "log of the HTTP client": _library("httpx"),
    "log of the store's driver": _library("sqlalchemy.engine"),
    "log of the server": _library("uvicorn.error"),
    "access log of the server": _library("uvicorn.access"),
    "log of the loop": _library("asyncio"),
    "faulthandler": lambda _: faulthandler.dump_traceback(all_threads=True),
}
_DEEPER = (
    "execution",
    "identity",
    "reading the store",
    "writing the store",
    "driver of the store",
    "register",
    "words of an adapter",
)
PLACES = (*_AT_ONCE, *_DEEPER)
"""What can be asked for."""


def _before(owner: type[Any], name: str, meet: Callable[..., None]) -> None:
    """Let something happen whenever this method is called."""
    original = getattr(owner, name)

    # Whoever serves an application calls it without arguments, to see whether it is one.
    async def met(self: Any, first: Any, /, *given: Any, **named: Any) -> Any:
        meet(first, *given)
        return await original(self, first, *given, **named)

    setattr(owner, name, met)


def _at_the_edge(scope: Any, *_: object) -> None:
    for name, value in scope.get("headers", ()):
        if name == HEADER.encode():
            wanted, _, code = value.decode("latin-1").partition(":")
            _wanted.set((wanted, code))
            _met[:] = [code]
            if wanted in _AT_ONCE:
                _AT_ONCE[wanted](code)


def _in_the_job(original: Callable[..., Any]) -> Callable[..., Any]:
    async def write(self: Store, fn: Callable[[Connection], Any], **named: Any) -> Any:
        name, code = _wanted.get()

        def job(connection: Connection) -> Any:
            if name == "writing the store":
                _raise(code)
            if name == "driver of the store":
                kind = IntegrityError if _random.random() < 0.5 else OperationalError
                raise kind(f"INSERT {code}", {"code": code}, sqlite3.OperationalError(f"near {code}"))
            return fn(connection)

        return await original(self, job, **named)

    return write


def _register(*_: Any) -> None:
    name, code = _wanted.get()
    if name == "words of an adapter":
        raise Malformed("revenue", f"no such person: {code}, {code[:6]}-{code[6:]}")
    _meet("register")


def _now_and_then(*given: Any) -> None:
    if _random.random() < _SHARE / 2:
        raise Malformed("any", f"of {given!r}"[:250])
    if _random.random() < _SHARE / 2:
        raise Rejected("any", f"of {given!r}"[:250], ours=True)
    if _random.random() < _SHARE:
        raise ValueError(f"of {given!r}") from KeyError(getattr(given[0], "applicant", given))


_met = ["39100000011"]
"""The code that was named last: what runs in the background fails with it."""
_OWN = ("Worker._attempt", "StatusPoller._ask", "StatusPoller.run", "Worker.run", "Copies._run", "Streams._follow")
"""Tasks that nobody's request is behind."""


def _fails_by_itself(owner: type[Any], name: str, error: Callable[[str], Exception], share: float) -> None:
    """Let a method of what runs in the background fail now and then, with a code in the text."""
    original = getattr(owner, name)
    text = "of {0} and {0}"

    if inspect.iscoroutinefunction(original):

        async def met(self: Any, *given: Any, **named: Any) -> Any:
            if _random.random() < share:
                raise error(text.format(_met[-1]))
            return await original(self, *given, **named)

        setattr(owner, name, met)
    else:

        def met_at_once(self: Any, *given: Any, **named: Any) -> Any:
            if _random.random() < share:
                raise error(text.format(_met[-1]))
            return original(self, *given, **named)

        setattr(owner, name, met_at_once)


def _background_store(original: Callable[..., Any]) -> Callable[..., Any]:
    """What the background reads or writes fails now and then, as a full disk and as a slip would have it."""

    async def met(self: Store, fn: Callable[[Connection], Any], **named: Any) -> Any:
        task = asyncio.current_task()
        name = "" if task is None else getattr(task.get_coro(), "__qualname__", "")
        if name in _OWN and _random.random() < _OF_THE_BACKGROUND:
            code = _met[-1]
            if _random.random() < 0.5:
                raise StoreUnavailable(f"nothing of {code} is taken")
            raise ValueError(f"of {code}") from KeyError(code)
        return await original(self, fn, **named)

    return met


async def _never_ends(*_: object) -> None:
    if _wanted.get()[0] == "execution that does not end":
        await asyncio.sleep(60)


def prepare() -> None:
    """Put mishaps into this process."""
    _before(Frame, "__call__", _at_the_edge)
    _before(Executor, "execute", lambda *_: _meet("execution"))
    _before(PartyResolver, "resolve", lambda *_: _meet("identity"))
    _before(Store, "read", lambda *_: _meet("reading the store"))
    _before(ConnectedRegister, "read", _register)
    for name in ("deliver", "follow", "find", "changes", "notices"):
        _before(ConnectedRegister, name, _now_and_then)
    Store.write = _background_store(_in_the_job(Store.write))  # type: ignore[method-assign]
    Store.read = _background_store(Store.read)  # type: ignore[method-assign]
    _fails_by_itself(Worker, "keep_house", ValueError, _OF_THE_BACKGROUND)
    _fails_by_itself(Turns, "begin", OSError, _OF_THE_BACKGROUND)
    _fails_by_itself(Streams, "_tell_changes", ValueError, _OF_THE_BACKGROUND)
    _fails_by_itself(ChangeFeed, "revision", ValueError, _OF_THE_BACKGROUND)
    original = Executor.execute

    async def execute(self: Executor, *given: Any, **named: Any) -> Any:
        await _never_ends()
        return await original(self, *given, **named)

    Executor.execute = execute  # type: ignore[method-assign]


if __name__ == "__main__":
    prepare()
    from gateway.cli import main

    main()
