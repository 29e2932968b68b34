"""What ``gateway doctor`` looks at. Nothing is changed, and no register is asked for anybody: its port is tried, and
DAGR is asked for the list of our permissions."""

from __future__ import annotations

import os
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from sqlite3 import Connection as Database
from sqlite3 import DatabaseError, connect
from urllib.parse import urlsplit

from alembic.config import Config
from alembic.script import ScriptDirectory

from adapters.kit.catalog import Catalog, Installed, discover, examined
from adapters.kit.connection import Connection
from adapters.kit.manifest import Manifest
from gateway.certificates import problem_of
from gateway.checkpoint_care import said_of_key, said_of_place
from gateway.claims.days import day_in_riga
from gateway.clock import utc_now
from gateway.identity.issuer import KEY_FILE, DevelopmentIssuer
from gateway.identity.keys import read_jwks
from gateway.identity.shared_secrets import SharedSecrets
from gateway.identity.signed import signs
from gateway.municipal import Places, gaps_of, problems_of, shipped_places
from gateway.permission_care import said_of_permissions
from gateway.policies_live import places
from gateway.register_settings import RegisterSettings
from gateway.settings import Settings, SettingsError, load
from gateway.store.copies import COUNTS, DATES, dates_of
from gateway.store.engine import sqlite_path
from gateway.store.errors import StoreUnusable
from gateway.store.migrate import MIGRATIONS
from gateway.store.reference import owner_entries, shipped_terms
from gateway.store.reference.organisations import Known, Organisations, read_file, wrong_in
from policies.kit.errors import PolicyError
from policies.kit.policy_set import PolicySet
from policies.kit.reload import ready
from schema.notices import NoticeKind
from schema.terms import CentreSignificance, ClaimTypeCode, GovernmentLevel

_ENOUGH_BYTES = 200 * 1024 * 1024
_CONNECT_SECONDS = 2.0
_SHOWN = 5
"""Municipalities that one line names."""
_AS_THE_GATEWAY = "Set GATEWAY_DATA to a folder of the gateway's user, and run this as that user."
_BARS = {True: "is not ours to write in", False: "is no folder"}
_UNFIT = "SELECT count(*), count(*) - count(status) FROM owner_changes WHERE outcome = 'ILLEGAL'"
_TYPES = "SELECT type, count(*) FROM claims GROUP BY type ORDER BY type"
_WITHOUT = {
    NoticeKind.PROTECTION: "everybody counts as protected",
    NoticeKind.REPRESENTATION: "representatives are refused, but for those who were looked up since",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    check: str
    holds: bool
    finding: str
    remedy: str | None = None


def examine(settings_file: Path | None) -> list[Finding]:
    """Look at everything that the gateway stands on, in the order in which things should be mended."""
    try:
        settings = load(settings_file)
    except SettingsError as error:
        remedy = "Correct the GATEWAY_* variable or the line of the settings file that is named."
        return [Finding("settings", False, problem, remedy) for problem in error.problems]
    found = [Finding("settings", True, "can be read")]
    found += [
        _disk(settings),
        _store(settings),
        *_copies(settings),
        *_answers(settings),
        *_checkpoints(settings),
        _seen("keys", lambda: _keys(settings)),
        *_owners(settings),
        *portal_findings(settings),
    ]
    catalog = examined(discover(*settings.adapters_path))
    policies, of_policies = _policies(settings)
    manifests = {name: each.manifest for name, each in catalog.installed.items()}
    today = day_in_riga(utc_now())
    return [
        *found,
        *_adapters(catalog),
        of_policies,
        *_claims_of_no_type(settings, policies),
        *organisation_findings(settings, None if policies is None else policies.claim_types, today),
        *municipal_findings(settings, manifests, today),
        *_registers(settings, catalog, policies),
    ]


def _disk(settings: Settings) -> Finding:
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


def _store(settings: Settings) -> Finding:
    try:
        path = sqlite_path(settings.store)
    except StoreUnusable as error:
        return Finding("store", False, str(error), "Set GATEWAY_STORE_URL to sqlite:///path/to/file, or leave it out.")
    above = _nearest(path.absolute())
    if above != path.absolute():
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
            finding = f"{path} can be neither opened nor made: {above} {_BARS[above.is_dir()]}"
            return Finding("store", False, finding, _AS_THE_GATEWAY)
        return Finding("store", True, "is not there yet; gateway serve or gateway demo makes it")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    newest = ScriptDirectory.from_config(config).get_current_head()
    try:
        with closing(connect(path, timeout=_CONNECT_SECONDS, isolation_level=None)) as connection:
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


def _copies(settings: Settings) -> Iterator[Finding]:
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


def _answers(settings: Settings) -> Iterator[Finding]:
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


def _seen(check: str, look: Callable[[], Finding]) -> Finding:
    """What is found; or that whoever asks may not look there."""
    try:
        return look()
    except PermissionError as error:
        finding = f"{error.filename} cannot be looked at ({error.strerror})"
        return Finding(check, False, finding, _AS_THE_GATEWAY)


def _checkpoints(settings: Settings) -> Iterator[Finding]:
    for check, look in (("checkpoints", said_of_place), ("checkpoint key", said_of_key)):
        yield _seen(check, partial(_said, check, look, settings))


def _said(check: str, look: Callable[[Settings], tuple[str, str | None]], settings: Settings) -> Finding:
    said, remedy = look(settings)
    return Finding(check, remedy is None, said, remedy)


def _keys(settings: Settings) -> Finding:
    if settings.issuer is not None:
        try:
            keys = read_jwks(settings.issuer.jwks_file.read_bytes())
        except (OSError, ValueError):
            keys = {}
        if not keys:
            remedy = "Put the issuer's JWKS, with at least one RSA or EC signature key, into the file that is set."
            return Finding("keys", False, "the issuer's key file has no key that can be used", remedy)
        return Finding("keys", True, f"{len(keys)} of the issuer's keys can be used")
    path = settings.data / KEY_FILE
    if not path.exists():
        return Finding("keys", True, "the development issuer has none yet; it makes them when it is first needed")
    if path.stat().st_mode & 0o077:
        return Finding("keys", False, "others can read the development issuer's key", f"Run chmod 600 {path}")
    try:
        DevelopmentIssuer.open(settings.data)
    except (OSError, ValueError):
        remedy = "Remove the folder keys and the file issuer.toml from the data folder; new ones are made."
        return Finding("keys", False, "the development issuer's key cannot be read", remedy)
    return Finding("keys", True, "the development issuer's key can be read, by us alone")


def _owners(settings: Settings) -> Iterator[Finding]:
    """What is wrong with what is set of owners, and how many keys each has; nothing where nothing is to be said."""
    there_are = {each["id"] for each in owner_entries()}
    unknown = sorted((settings.deciding_owners | settings.owners.keys()) - there_are)
    if unknown:
        remedy = "Correct GATEWAY_DECIDING_OWNERS or [owners]: with it the gateway does not start."
        yield Finding("owners", False, f"there is no owner {', '.join(unknown)}", remedy)
    for owner, each in sorted(settings.owners.items()):
        try:
            keys = read_jwks(each.jwks_file.read_bytes()).values()
        except (OSError, ValueError):
            remedy = "Put the owner's JWKS into the file that is set: without one the gateway does not start."
            yield Finding(f"keys of {owner}", False, "the file cannot be read, or is no key set", remedy)
            continue
        usable = sum(signs(key) for key in keys)
        what_to_do = None if usable else "Put at least one EC key of P-256 into it: no message of this owner is taken."
        yield Finding(f"keys of {owner}", usable > 0, f"{usable} of the owner's keys can be used", what_to_do)


def portal_findings(settings: Settings) -> Iterator[Finding]:
    """Whether the national portal can be known; nothing where it has no token."""
    if settings.tracker.token_file is None:
        return
    try:
        SharedSecrets(settings.tracker.token_file, lambda: None)
    except (OSError, ValueError) as error:
        finding = str(error) if isinstance(error, ValueError) else "the file of its token cannot be read"
        yield Finding("portal", False, finding, "Write a new token into a file of the gateway's user, chmod 600.")
        return
    if settings.tracker.client is None:
        yield Finding("portal", True, "is whoever has the token; GATEWAY_TRACKER__CLIENT names its X-Road client, too")
    else:
        yield Finding("portal", True, "is known by its token and its X-Road client")


def _adapters(catalog: Catalog) -> Iterator[Finding]:
    yield Finding("adapters", True, f"{len(catalog.installed)} can be used")
    for each in catalog.quarantined:
        yield Finding(f"adapter {each.name}", False, f"is set aside ({each.where}): {each.problem}", each.remedy)


def _policies(settings: Settings) -> tuple[PolicySet | None, Finding]:
    try:
        policies = ready(*places(settings.policies_path))
    except PolicyError as error:
        remedy = "Mend the file that is named: a gateway that runs keeps the policies it had, one that starts does not."
        return None, Finding("policies", False, f"are refused as a whole: {error}", remedy)
    return policies, Finding("policies", True, f"{len(policies.claim_types)} claim types, version {policies.version}")


def _claims_of_no_type(settings: Settings, policies: PolicySet | None) -> Iterator[Finding]:
    """Claims whose type is gone; nothing where there are none, or no store yet, or one of another version."""
    if policies is None:
        return
    try:
        with closing(connect(f"{sqlite_path(settings.store).as_uri()}?mode=ro", uri=True)) as connection:
            types = list(connection.execute(_TYPES))
    except (StoreUnusable, DatabaseError):
        return
    known = {code.text for code in policies.claim_types}
    gone = [f"{number} of {code}" for code, number in types if code not in known]
    if gone:
        finding = f"are there that nobody finds, as no policy has their type: {_some(gone)}"
        remedy = "Bring the folder of each type back, with open = false where no new ones are taken."
        yield Finding("claims", False, finding, remedy)


def organisation_findings(
    settings: Settings, claim_types: Collection[ClaimTypeCode] | None, today: date
) -> Iterator[Finding]:
    """What the file of centres and numbers gives, and everything in it that stops the start.

    Args:
        claim_types: those that there are; None: the policies cannot be used.
    """
    check = "organisations"
    if settings.organisations is None:
        yield Finding(check, True, "no file is set; there are the centres that the store has from before")
        return
    try:
        found = read_file(settings.organisations, Organisations)
    except ValueError as error:
        yield Finding(check, False, str(error), "Put a file there as docs/ministry-it.md shows it, or set none.")
        return
    yield Finding(check, True, f"{settings.organisations} can be read; {_gives(found)}")
    owners = {each["id"] for each in owner_entries()}
    for wrong in wrong_in(found, Known(owners, _third_parties(settings), shipped_terms(), claim_types), today):
        yield Finding(
            check, False, wrong, "Correct it: with it the gateway does not start, and nothing of the file counts."
        )


def _gives(found: Organisations) -> str:
    kinds = Counter(each.significance.value for each in found.centre)
    of_kinds = ", ".join(f"{kind} {kinds[kind]}" for kind in CentreSignificance if kind in kinds)
    closed = sum(not each.claim_types for each in found.centre)
    centres = f"centres: {len(found.centre)}" + (f" ({of_kinds})" if of_kinds else "")
    if closed:
        centres += f", without claim types: {closed}"
    return f"{centres}; registration numbers of owners: {len(found.owner_numbers)}"


def _third_parties(settings: Settings) -> frozenset[str]:
    """Ids; none where there is no store yet, or one of another version."""
    try:
        with closing(_read_only(settings)) as connection:
            return frozenset(row[0] for row in connection.execute("SELECT id FROM third_parties"))
    except (StoreUnusable, DatabaseError):
        return frozenset()


def _registers(settings: Settings, catalog: Catalog, policies: PolicySet | None) -> Iterator[Finding]:
    if not settings.registers:
        yield Finding("registers", True, "none is connected; their fields answer REGISTER_NOT_CONNECTED")
    for name, register in sorted(settings.registers.items()):
        if name not in catalog.names and catalog.complete:
            close = get_close_matches(name, catalog.names, 3) or sorted(catalog.names)
            remedy = f"Correct the name, or take the setting out; there is {', '.join(close)}."
            yield Finding(f"register {name}", False, f"no adapter is called {name}", remedy)
            continue
        if not register.enabled:
            yield Finding(f"register {name}", True, "is switched off")
            continue
        if register.tls is not None and (wrong := problem_of(register.tls, utc_now())) is not None:
            yield Finding(f"register {name}", False, *wrong)
        addresses = [register.address] if register.address else []
        addresses += register.municipality_addresses.values()
        if not addresses and not register.municipalities:
            yield Finding(
                f"register {name}",
                False,
                "has no address",
                f"Set GATEWAY_REGISTERS__{name.upper()}__URL, or disable it.",
            )
        reached = [_reachable(name, address) for address in dict.fromkeys(addresses)]
        yield from reached
        if name in catalog.installed and all(each.holds for each in reached):
            yield from _permissions(catalog.installed[name], register, policies)


@dataclass(slots=True)
class _SetUp:
    """See :class:`gateway.municipal.SetUp`."""

    name: str
    manifest: Manifest
    connection: Connection

    @property
    def by_municipality(self) -> bool:
        return self.manifest.level is GovernmentLevel.MUNICIPAL


def municipal_findings(settings: Settings, manifests: Mapping[str, Manifest], today: date) -> Iterator[Finding]:
    """What stands between municipalities and their systems: settings that stop the start, and who is left without.

    Args:
        manifests: of the adapters that can be used, by name.
    """
    known = shipped_places(today)
    on = {name: each for name, each in settings.registers.items() if each.enabled}
    set_up = {
        name: _SetUp(name, manifests[name], _addresses(each, known))
        for name, each in on.items()
        if name in manifests and (each.address is not None or each.municipalities)
    }
    for wrong in problems_of(set_up, {name: each.municipalities for name, each in on.items()}, known):
        yield Finding("municipalities", False, wrong, "Correct it: with it the gateway does not start.")
    for gap in gaps_of(set_up, known):
        check = f"municipalities of {', '.join(gap.registers)}"
        if gap.without_system:
            said = f"{_some(gap.without_system)}: set to have no system; their claims stay here, for their officers"
            yield Finding(check, True, said)
        if gap.without_address:
            said = (
                f"{_some(gap.without_address)}: no address; fields answer REGISTER_NOT_CONNECTED, and no claim is taken"
            )
            yield Finding(check, False, said, "Set each one's url, a common one, or has_system = false.")
        if not (gap.without_system or gap.without_address):
            yield Finding(check, True, "each has an address")


def _addresses(register: RegisterSettings, known: Places) -> Connection:
    return Connection(
        register.address or "",
        municipality_urls=register.municipality_addresses,
        without_system=register.without_system,
        successors=known.successors,
    )


def _some(codes: Sequence[str]) -> str:
    """A few of many, and how many more there are."""
    more = len(codes) - _SHOWN
    return ", ".join(codes[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _permissions(installed: Installed, register: RegisterSettings, policies: PolicySet | None) -> Iterator[Finding]:
    if installed.manifest.dagr is None:
        return
    copied = installed.manifest.stands_in_for
    modules = {} if policies is None else policies.claim_types
    readers = [code.text for code, each in modules.items() if any(one.register == copied for one in each.evidence)]
    # What connects registers takes in the whole gateway.
    from gateway.app import connection_of

    name = installed.manifest.name
    for purpose, said, remedy in said_of_permissions(installed, connection_of(name, register), readers):
        yield Finding(f"permission {name} {purpose}".strip(), remedy is None, said, remedy)


def _reachable(name: str, address: str) -> Finding:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    place = f"{parts.hostname}:{port}"
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_CONNECT_SECONDS).close()
    except OSError:
        remedy = "Check the address, and whether the register or the way to it is down. The gateway serves the rest."
        return Finding(f"register {name}", False, f"nobody answers at {place}", remedy)
    return Finding(f"register {name}", True, f"answers at {place}")
