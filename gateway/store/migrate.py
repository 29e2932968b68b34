"""Bring a store's tables up to date at start-up."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DBAPIError

from gateway.store.errors import StoreUnusable

MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> str:
    """The revision that the code needs: migrations are numbered, and a file's name begins with its number."""
    return max(each.name.partition("_")[0] for each in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def upgrade(engine: Engine) -> None:
    """Apply what is missing, all in one transaction: a crash half way leaves the store as it was.

    Raises:
        StoreUnusable: the file is no store, cannot be written, or was made by a newer gateway.
    """
    try:
        if _revision(engine) != newest():
            _migrate(engine)
    except DBAPIError as error:
        name = getattr(error.orig, "sqlite_errorname", "unknown error")
        raise StoreUnusable(f"the store's file cannot be brought up to date ({name})") from None


def _revision(engine: Engine) -> str | None:
    """The store's revision; None for a new file."""
    with engine.begin() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return found


def _migrate(engine: Engine) -> None:
    # Alembic stays in memory for good, and most starts do not need it.
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError:
        raise StoreUnusable("the store was made by a newer gateway: update the gateway, or name another file") from None
