"""The store as a command meets it that ends soon: one line where it cannot be used, and none of the service's log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gateway.commands.report import WRONG_CALL, stop
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.store.store import Store


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The settings' store, closed at the end; it has to be there already: of a new one everything would be well.

    What it does not give or take ends the command.
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
    except StoreError as error:
        stop(str(error), WRONG_CALL)
    if not path.is_file():
        stop(f"there is no store at {path}", WRONG_CALL)
    try:
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
