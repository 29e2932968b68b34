"""Bring a store's tables up to date at start-up."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from gateway.store.errors import StoreUnusable

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Apply what is missing, all in one transaction: a crash half way leaves the store as it was.

    Raises:
        StoreUnusable: the file is no store, cannot be written, or was made by a newer gateway.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError:
        raise StoreUnusable("the store was made by a newer gateway: update the gateway, or name another file") from None
    except DBAPIError as error:
        name = getattr(error.orig, "sqlite_errorname", "unknown error")
        raise StoreUnusable(f"the store's file cannot be brought up to date ({name})") from None
