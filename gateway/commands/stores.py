"""The store as a command meets it that ends soon: one line where it cannot be used, and none of the service's log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.commands.report import WRONG_CALL, stop
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.store.store import Store

_ELSEWHERE = "run this with the gateway's own settings: its --settings FILE, or GATEWAY_DATA, or in its folder"


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The settings' store, closed at the end. What it does not give or take ends the command.

    It has to be there already: in a wrong folder a new one would be made, in which nothing waits for anybody.
    """
    from gateway import logs
    from gateway.store.engine import sqlite_path
    from gateway.store.errors import StoreError, StoreUnavailable
    from gateway.store.standing import remedy
    from gateway.store.store import Store

    # The service's log would come between the lines that the command prints.
    logs.configure("CRITICAL")
    try:
        path = sqlite_path(settings.store)
        if not _is_there(path):
            stop(f"there is no store at {path.absolute()}; {_ELSEWHERE}", WRONG_CALL)
        store = Store.open(settings.store)
    except StoreError as error:
        stop(str(error))
    try:
        yield store
    except StoreUnavailable as error:
        # A sync that failed may have kept it all the same: whoever runs the command again is told.
        stop(f"{error}. {remedy(error.reason)} Then run this again: nothing is done by halves, and nothing twice.")
    except StoreError as error:
        stop(str(error))
    finally:
        store.close()


def _is_there(path: Path) -> bool:
    """Whether the file is there, or may be: what cannot be looked at is told when it is opened."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
