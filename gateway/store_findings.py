"""What ``gateway doctor`` finds in the store and on its disk. Nothing is changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection as Database
from sqlite3 import DatabaseError, connect

from alembic.config import Config
from alembic.script import ScriptDirectory

from gateway.clock import utc_now
from gateway.finding import Finding, some
from gateway.settings import Settings
from gateway.store.copies import COUNTS, DATES, dates_of
from gateway.store.engine import sqlite_path
from gateway.store.errors import StoreUnusable
from gateway.store.migrate import MIGRATIONS
from policies.kit.policy_set import PolicySet
from schema.notices import NoticeKind

AS_THE_GATEWAY = "Set GATEWAY_DATA to a folder of the gateway's user, and run this as that user."
_BARS = {True: "is not ours to write in", False: "is no folder"}
_UNFIT = "SELECT count(*), count(*) - count(status) FROM owner_changes WHERE outcome = 'ILLEGAL'"
_TYPES = "SELECT type, count(*) FROM claims GROUP BY type ORDER BY type"
_WITHOUT = {
    NoticeKind.PROTECTION: "everybody counts as protected",
    NoticeKind.REPRESENTATION: "representatives are refused, but for those who were looked up since",
}
_ENOUGH_BYTES = 200 * 1024 * 1024
_LOCKED_SECONDS = 2.0


def disk(settings: Settings) -> Finding:
    """Whether there is room for the data folder."""
    free = shutil.disk_usage(_nearest(settings.data.absolute())).free
    text = f"{free // (1024 * 1024)} MiB free for the data folder"
    if free < _ENOUGH_BYTES:
        return Finding("disk", False, text, "Make room: without it no claim is accepted and no personal data released.")
    return Finding("disk", True, text)


def _nearest(path: Path) -> Path:
    """The path, or the first above it that there is, for us to see."""
    while not os.path.exists(path):  # noqa: PTH110 - Path.exists raises in a folder that is not ours
        path = path.parent
    return path


def store(settings: Settings) -> Finding:
    """Whether the store is there, of this version, and can be written."""
    try:
        path = sqlite_path(settings.store)
    except StoreUnusable as error:
        return Finding("store", False, str(error), "Set GATEWAY_STORE_URL to sqlite:///path/to/file, or leave it out.")
    above = _nearest(path.absolute())
    if above != path.absolute():
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            finding = f"{path} can be neither opened nor made: {above} {_BARS[above.is_dir()]}"
            return Finding("store", False, finding, AS_THE_GATEWAY)
        return Finding("store", True, "is not there yet; gateway serve or gateway demo makes it")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    newest = ScriptDirectory.from_config(config).get_current_head()
    try:
        with closing(connect(path, timeout=_LOCKED_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            connection.execute("ROLLBACK")
    except DatabaseError as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        remedy = "Check owner, mode and free space of the file and its folder, and who else has it open."
        return Finding("store", False, f"cannot be written ({name})", remedy)
    if row is None or row[0] != newest:
        remedy = "Start gateway serve of this version: it brings the tables up to date, or says that it is too old."
        return Finding("store", False, "has tables of another version", remedy)
    return Finding("store", True, "is there, up to date and can be written")


def _read_only(settings: Settings) -> Database:
    """The store, which stays as it is. Raises: StoreUnusable, DatabaseError: there is none, or it cannot be read."""
    return connect(f"{sqlite_path(settings.store).absolute().as_uri()}?mode=ro", uri=True)


def copies(settings: Settings) -> Iterator[Finding]:
    """How old the copies are that decisions go by; nothing where there is no store yet, or one of another version."""
    try:
        with closing(_read_only(settings)) as connection:
            now = utc_now()
            dates = dates_of(connection.execute(DATES.sql, DATES.values()), now)
    except (StoreUnusable, DatabaseError):
        return
    for kind, until in sorted(dates.items()):
        hours, check = (now - until).total_seconds() / 3_600, f"copies of {kind.lower()}"
        if now - until <= COUNTS:
            yield Finding(check, True, f"are complete until {hours:.1f} hours ago")
            continue
        remedy = "Start the gateway, and look for notices.failed in its log: it names the register and the reason."
        yield Finding(check, False, f"are {hours:.1f} hours old and count no more; {_WITHOUT[kind]}", remedy)


def answers(settings: Settings) -> Iterator[Finding]:
    """What owners told that waits for people; nothing where there is no store yet, or one of another version."""
    try:
        with closing(_read_only(settings)) as connection:
            unfit, words = connection.execute(_UNFIT).fetchone()
    except (StoreUnusable, DatabaseError):
        return
    check = "answers of owners"
    if not unfit:
        yield Finding(check, True, "all fit their claims, or were looked into")
        return
    finding = f"{unfit} do not fit their claims and wait to be looked into"
    if words:
        finding += f"; {words} have a status that the owner's contract does not have"
    remedy = "See gateway claims answers, ask the owner, and settle each: gateway claims settle ANSWER --looked-into."
    yield Finding(check, False, finding, remedy)


def claims_of_no_type(settings: Settings, policies: PolicySet | None) -> Iterator[Finding]:
    """Claims whose type is gone; nothing where there are none, or no store yet, or one of another version."""
    if policies is None:
        return
    try:
        with closing(_read_only(settings)) as connection:
            types = list(connection.execute(_TYPES))
    except (StoreUnusable, DatabaseError):
        return
    known = {code.text for code in policies.claim_types}
    gone = [f"{number} of {code}" for code, number in types if code not in known]
    if gone:
        finding = f"are there that nobody finds, as no policy has their type: {some(gone)}"
        remedy = "Bring the folder of each type back, with open = false where no new ones are taken."
        yield Finding("claims", False, finding, remedy)


def third_parties(settings: Settings) -> frozenset[str]:
    """Ids; none where there is no store yet, or one of another version."""
    try:
        with closing(_read_only(settings)) as connection:
            return frozenset(row[0] for row in connection.execute("SELECT id FROM third_parties"))
    except (StoreUnusable, DatabaseError):
        return frozenset()
