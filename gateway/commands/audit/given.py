"""What the commands about the access log are given: a store, a key, checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.loading import settings_or_stop
from gateway.commands.report import WRONG_CALL, stop
from gateway.commands.stores import opened

if TYPE_CHECKING:
    from gateway.audit.notes import Verifier
    from gateway.settings import Settings
    from gateway.store.store import Store

StoreFile = Annotated[
    Path | None, typer.Option("--store", metavar="FILE", help="Copy of a store; that of the settings by default.")
]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="Verifier key as gateway audit key prints it, or a file with it."),
]


def store_path(settings: Settings, given: Path | None) -> Path:
    """The store's file."""
    from gateway.store.engine import sqlite_path
    from gateway.store.errors import StoreError

    try:
        return given or sqlite_path(settings.store)
    except StoreError as error:
        stop(str(error), WRONG_CALL)


def verifier_of(settings: Settings, given: str | None) -> Verifier:
    """The public key: as given, or of the key that the settings name."""
    from gateway.audit.notes import BadNote, Verifier
    from gateway.audit.signing import DEVELOPMENT_KEY, read_key

    if given is None:
        path = settings.checkpoint_key_file or settings.data / DEVELOPMENT_KEY
        try:
            return read_key(path).verifier
        except OSError as error:
            stop(f"there is no key at {path} ({error.strerror}); name the public one with --key", WRONG_CALL)
        except ValueError as error:
            stop(str(error), WRONG_CALL)
    text = given
    try:
        if "+" not in given or Path(given).is_file():
            text = Path(given).read_text(encoding="utf-8")
        return Verifier.parse(text)
    except (OSError, UnicodeDecodeError):
        stop("--key is neither a verifier key nor a file that can be read", WRONG_CALL)
    except BadNote as error:
        stop(f"--key: {error}", WRONG_CALL)


@contextmanager
def opened_store(settings_file: Path | None) -> Iterator[tuple[Settings, Store]]:
    """The settings' store, opened to write."""
    settings = settings_or_stop(settings_file)
    with opened(settings) as store:
        yield settings, store


def reference(text: str) -> str:
    """A reference to a case, as the log keeps it for good."""
    from gateway.audit.references import CASE_REFERENCE, is_reference

    if not is_reference(text):
        stop(f"--case: {CASE_REFERENCE}", WRONG_CALL)
    return text
