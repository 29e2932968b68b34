"""What ``gateway doctor`` looks at. Nothing is changed, and no register is asked for anybody: its port is tried, and
DAGR is asked for the list of our permissions."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from adapters.kit.catalog import Catalog, Installed, discover, examined
from adapters.kit.connection import Connection
from adapters.kit.manifest import Manifest
from gateway import store_findings
from gateway.certificates import problem_of
from gateway.checkpoint_care import said_of_key, said_of_place
from gateway.claims.days import day_in_riga
from gateway.clock import utc_now
from gateway.finding import Finding, some
from gateway.identity.issuer import KEY_FILE, DevelopmentIssuer
from gateway.identity.keys import read_jwks
from gateway.identity.shared_secrets import SharedSecrets
from gateway.identity.signed import signs
from gateway.municipal import Places, gaps_of, problems_of, shipped_places
from gateway.permission_care import said_of_permissions
from gateway.policies_live import places
from gateway.register_settings import RegisterSettings
from gateway.settings import Settings, SettingsError, load
from gateway.store.reference import owner_entries, shipped_terms
from gateway.store.reference.organisations import Known, Organisations, read_file, wrong_in
from policies.kit.errors import PolicyError
from policies.kit.policy_set import PolicySet
from policies.kit.reload import ready
from schema.terms import CentreSignificance, ClaimTypeCode, GovernmentLevel

_CONNECT_SECONDS = 2.0


def examine(settings_file: Path | None) -> list[Finding]:
    """Look at everything that the gateway stands on, in the order in which things should be mended."""
    try:
        settings = load(settings_file)
    except SettingsError as error:
        remedy = "Correct the GATEWAY_* variable or the line of the settings file that is named."
        return [Finding("settings", False, problem, remedy) for problem in error.problems]
    found = [Finding("settings", True, "can be read")]
    found += [
        store_findings.disk(settings),
        store_findings.store(settings),
        *store_findings.copies(settings),
        *store_findings.answers(settings),
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
        *store_findings.claims_of_no_type(settings, policies),
        *organisation_findings(settings, None if policies is None else policies.claim_types, today),
        *municipal_findings(settings, manifests, today),
        *_registers(settings, catalog, policies),
    ]


def _seen(check: str, look: Callable[[], Finding]) -> Finding:
    """What is found; or that whoever asks may not look there."""
    try:
        return look()
    except PermissionError as error:
        finding = f"{error.filename} cannot be looked at ({error.strerror})"
        return Finding(check, False, finding, store_findings.AS_THE_GATEWAY)


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
    for wrong in wrong_in(
        found, Known(owners, store_findings.third_parties(settings), shipped_terms(), claim_types), today
    ):
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
            said = f"{some(gap.without_system)}: set to have no system; their claims stay here, for their officers"
            yield Finding(check, True, said)
        if gap.without_address:
            said = (
                f"{some(gap.without_address)}: no address; fields answer REGISTER_NOT_CONNECTED, and no claim is taken"
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
