"""The composition root: every part is made here, once, and handed what it needs."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from types import MappingProxyType
from typing import Any

from starlette.types import ASGIApp

from adapters.kit.broken import AdapterBroken, Quarantined
from adapters.kit.catalog import Catalog, discover
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.dagr import ROUTE, Permit
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.soap.security import UsernameToken, WsSecurity
from adapters.kit.wire import Wire
from adapters.kit.xroad import Member, SecurityServer, XRoad
from gateway import logs
from gateway.audit.checkpoints import Checkpointer
from gateway.audit.kept_outside import KeptOutside
from gateway.audit.kept_standing import standing as standing_of_checkpoints
from gateway.audit.signing import signing_key
from gateway.background import beside
from gateway.cache.cache import Cache
from gateway.cache.register import Register
from gateway.claims.changes import ChangeFeed
from gateway.claims.days import day_in_riga
from gateway.claims.delivery import Worker
from gateway.claims.polling import LONGEST_PAUSE_SECONDS, StatusPoller
from gateway.claims.turns import Turns
from gateway.clock import CLOCK, epoch_seconds, utc_now
from gateway.contract_alarm import ContractAlarm
from gateway.demo.personas import load_personas
from gateway.demo.presence import DemoPresence, NoIdentityService
from gateway.desk.explaining import Explaining
from gateway.desk.federation import BUILTIN
from gateway.desk.people import StoredPeople
from gateway.desk.permitted import PermittedRegister
from gateway.desk.scope import House, PresenceChecker
from gateway.desk.session import Sessions
from gateway.edge.endpoint import GraphQLEndpoint
from gateway.edge.routes import application, routes
from gateway.edge.streams import Streams
from gateway.either_code import ByEitherCode, other_codes
from gateway.identity.issuer import DevelopmentIssuer
from gateway.identity.keys import KeyFile
from gateway.identity.party import Party
from gateway.identity.resolver import Authenticator, PartyResolver
from gateway.identity.tokens import KeySource, TokenVerifier
from gateway.memory import Collector
from gateway.municipal import Places, Receivers, places_of, problem_of, sources_of
from gateway.notices import Copies
from gateway.owner_door import owner_route
from gateway.plan.compile import Graph
from gateway.plan.document import Documents
from gateway.plan.execute import Executor
from gateway.policies_live import LivePolicies, places
from gateway.register_settings import RegisterSettings
from gateway.settings import Settings
from gateway.store.copies import DATES, dates_of
from gateway.store.errors import StoreUnavailable
from gateway.store.organisations import owners
from gateway.store.reference import seed_reference
from gateway.store.reference.organisations import put_organisations
from gateway.store.standing import standing as standing_of
from gateway.store.store import Store
from gateway.tracker_door import tracker_routes
from gateway.watching import Watcher
from policies.kit.policy_set import PolicySet
from schema.graph import build
from schema.terms import AtvkCode

_log = logs.get("app")


def create_app(settings: Settings, policies: LivePolicies | None = None) -> ASGIApp:
    """Make the gateway.

    Args:
        policies: those of the settings, where they are read already.

    Raises:
        DevelopmentIssuerRefused, StoreUnusable, PolicyError, OSError, ValueError: it cannot start as it is set.
    """
    store = Store.open(settings.store)
    store.write_sync(seed_reference)
    _check_owners(store, settings.deciding_owners)
    catalog = discover(*settings.adapters_path)
    policies = policies or LivePolicies.open(places(settings.policies_path))
    for each in catalog.quarantined:
        _quarantined(each)
    today = day_in_riga(utc_now())
    if settings.organisations is not None:
        types = policies.current.claim_types
        store.write_sync(partial(put_organisations, path=settings.organisations, claim_types=types, today=today))
    wire = Http1Wire()
    known = store.read_sync(partial(places_of, today=today))
    registers = connect(catalog, settings, wire, _quarantined, known)
    receivers = {name: each for name, each in registers.items() if each.manifest.receives}
    worker = Worker(store, receivers, CLOCK, routes=Receivers(registers).route)
    poller = _poller(store, registers, settings.deliver)
    signer = signing_key(settings.checkpoint_key_file, settings.data, production=settings.production)
    checkpointer = Checkpointer(store, signer, KeptOutside(settings.checkpoint_place), utc_now)
    keys, issuer, audience, jwks = _trust(settings)
    cache = _cache(settings)
    copies = Copies(store, registers, CLOCK)
    collector = Collector()
    executor = executor_over(
        settings, store, policies.current, catalog, registers, worker.wake, cache, policies.follow, copies, collector
    )
    verifier = TokenVerifier(keys, issuer=issuer, audience=audience, now=epoch_seconds)
    authenticate = Authenticator(verifier, PartyResolver(StoredPeople(store, utc_now)))
    feed = ChangeFeed(store)
    streams = Streams(feed, settings.limits.streams, settings.limits.streams_of_party)
    watch = Watcher(executor, feed)
    endpoint = GraphQLEndpoint(
        executor.execute, authenticate, settings.limits, settings.request_deadline, watch, streams
    )

    async def ready() -> bool:
        try:
            await store.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
        except StoreUnavailable:
            return False
        return True

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        try:
            async with (
                beside(worker.run) if settings.deliver else nullcontext(),
                collector.running(),
                policies.running(),
                copies.running(),
                poller.running(),
                streams.running(),
                checkpointer.running(),
            ):
                yield
        finally:
            await wire.close()
            if cache is not None:
                await cache.close()
            await asyncio.to_thread(store.close)

    def standing() -> Mapping[str, Mapping[str, Any]]:
        checkpoints = standing_of_checkpoints(checkpointer.trouble)
        return {"store": standing_of(store.trouble), "checkpoints": checkpoints, "policies": policies.standing()}

    async def introduce(party: Party, request_id: str) -> Party:
        return await executor.introduced(party, request_id, time.monotonic() + settings.request_deadline)

    tracker = tracker_routes(
        settings.tracker, store, lambda: policies.current, ready, copies.complete_until, introduce=introduce
    )
    addresses = [*routes(endpoint, ready, jwks, standing), owner_route(settings, store), *tracker]
    made = application(addresses, settings, lifespan)
    gc.collect()  # Before anybody waits for an answer.
    return made


@asynccontextmanager
async def delivering(settings: Settings) -> AsyncIterator[Worker]:
    """A worker without a server, for the store and the owners that the settings name; it is not running yet. While
    it is there, owners are asked what became of claims.

    Raises:
        StoreUnusable, OSError, ValueError: it cannot be made as it is set.
    """
    store = Store.open(settings.store)
    wire = Http1Wire()
    try:
        known = store.read_sync(partial(places_of, today=day_in_riga(utc_now())))
        registers = connect(discover(*settings.adapters_path), settings, wire, _quarantined, known)
        async with _poller(store, registers, asks=True).running():
            receivers = {name: each for name, each in registers.items() if each.manifest.receives}
            yield Worker(store, receivers, CLOCK, routes=Receivers(registers).route)
    finally:
        await wire.close()
        await asyncio.to_thread(store.close)


def executor_over(
    settings: Settings,
    store: Store,
    policies: PolicySet,
    catalog: Catalog,
    registers: Mapping[str, ConnectedRegister],
    wake: Callable[[], None],
    cache: Cache | None = None,
    follow: Callable[[Callable[[PolicySet], None]], None] | None = None,
    copies: Copies | None = None,
    collector: Collector | None = None,
) -> Executor:
    """What answers operations.

    Args:
        wake: tells whoever delivers that a message waits.
        cache: what registers said to earlier requests; None: they are asked each time.
        follow: tells of sets of policies that take the place of this one; None: none does.
        copies: how far the copies of registers go; None: as the store has it.
        collector: is told of what is being answered.
    """
    house = House(
        store=store,
        policies=policies,
        presence=_presence(settings),
        registers=registers,
        clock=utc_now,
        wake=wake,
        forms={},
        deciding_owners=settings.deciding_owners,
        complete_until=copies.complete_until if copies is not None else dates_of(store.look_up(DATES), utc_now()),
    )
    if follow is not None:
        follow(house.use)
    graph = Graph(build(), BUILTIN)
    collector = collector or Collector()
    documents = Documents(graph.schema, settings.limits, told=collector.keep)
    others = other_codes(store)

    def held(kind: type[Any], each: ConnectedRegister) -> Register:
        asked = ByEitherCode(each, others)
        return asked if cache is None else cache.over(kind, asked)

    sources = sources_of(
        registers,
        lambda name: catalog.installed[name].record_types.values(),
        held,
        lambda each, copied: PermittedRegister(each, copied, CLOCK),
    )
    explaining = Explaining(graph, documents, house, sources, settings.introspection, _report)
    sessions = Sessions(house, sources, settings.introspection, _report, explaining)
    by_reference = settings.executor == "reference"
    return Executor(graph, documents, sessions, settings.introspection, collector, by_reference=by_reference)


def connect(
    catalog: Catalog,
    settings: Settings,
    wire: Wire,
    set_aside: Callable[[Quarantined], None],
    known: Places | None = None,
) -> dict[str, ConnectedRegister]:
    """Connect every installed adapter that has an address; the others answer REGISTER_NOT_CONNECTED.

    One that stands in for another register is left out where that one is connected, unless that one's settings want
    this way to it.

    Args:
        set_aside: is told of each that has an address and cannot be connected.
        known: the municipalities that there are; None: what settings say of them is taken as it is.

    Raises:
        ValueError: there are settings of a register that no adapter is of, or of a municipality that is none.
    """
    connected: dict[str, ConnectedRegister] = {}
    alarm = ContractAlarm(CLOCK.monotonic)
    unknown = sorted(set(settings.registers) - catalog.names)
    if unknown and catalog.complete:
        there = ", ".join(sorted(catalog.names))
        raise ValueError(f"registers: no adapter is called {', '.join(unknown)}; there is {there}")
    installed = {name: each.manifest.stands_in_for for name, each in catalog.installed.items()}
    wants = {name: each.route for name, each in settings.registers.items() if each.route is not None}
    for name in sorted(installed, key=lambda each: bool(installed[each])):
        wanted = settings.register(name)
        is_wanted = catalog.installed[name].manifest.dagr is not None and wants.get(installed[name]) == ROUTE
        if installed[name] in connected and not is_wanted:
            continue
        if wanted.enabled and (wanted.address is not None or wanted.municipalities):
            connection = connection_of(name, wanted, {} if known is None else known.successors)
            try:
                connected[name] = catalog.connect(name, connection, wire, CLOCK, alarm.of(name))
            except AdapterBroken as error:
                set_aside(Quarantined(name, catalog.installed[name].where, error.problem, error.remedy))
    copied = {each.manifest.stands_in_for for each in connected.values() if each.route == ROUTE}
    if missing := sorted(set(wants) - copied):
        raise ValueError(f"registers.{missing[0]}.route: no adapter that reaches it through DAGR has an address")
    if known is not None:
        named = {name: each.municipalities for name, each in settings.registers.items() if each.enabled}
        wrong = problem_of(connected, named, known)
        if wrong is not None:
            raise ValueError(wrong)
    return connected


def connection_of(
    name: str, wanted: RegisterSettings, successors: Mapping[str, AtvkCode] = MappingProxyType({})
) -> Connection:
    """A register's settings as the kit takes them."""
    xroad = None
    if wanted.xroad_client is not None and wanted.xroad_service is not None:
        # INSTANCE/CLASS/CODE/SUBSYSTEM/SERVICE/VERSION; a SOAP service is the operation's name, which the contract has.
        parts = wanted.xroad_service.split("/")
        server = None if wanted.xroad_security_server is None else SecurityServer.parse(wanted.xroad_security_server)
        xroad = XRoad(
            Member.parse(wanted.xroad_client),
            Member.parse("/".join(parts[:4])),
            service_version=parts[5] if len(parts) == 6 else None,
            service_code=parts[4] if len(parts) > 4 else None,
            security_server=server,
        )
    security = None
    if wanted.username is not None and wanted.password_file is not None:
        password = wanted.password_file.read_text("utf-8").rstrip("\r\n")
        security = WsSecurity(CLOCK, UsernameToken(wanted.username, password, digest=wanted.password_digest))
    return Connection(
        url=wanted.address or "",
        xroad=xroad,
        security=security,
        tls=wanted.tls,
        exchange_number=None if wanted.exchange_number is None else wanted.exchange_number.get_secret_value(),
        permits={purpose: Permit(each.number, each.purpose) for purpose, each in wanted.permissions.items()},
        token=None if wanted.token_file is None else wanted.token_file.read_text("utf-8").strip(),
        resources=wanted.resources,
        timeout_seconds=wanted.timeout,
        municipality_urls=wanted.municipality_addresses,
        without_system=wanted.without_system,
        successors=successors,
    )


def _poller(store: Store, registers: Mapping[str, ConnectedRegister], asks: bool) -> StatusPoller:
    """What asks those that can be asked what became of claims."""
    reporters = {name: each for name, each in registers.items() if each.reports_changes} if asks else {}
    turns = Turns.at(store.path, LONGEST_PAUSE_SECONDS)
    return StatusPoller(store, reporters, CLOCK, has=Receivers(registers).has, turns=turns)


def _cache(settings: Settings) -> Cache | None:
    """Where registers' answers are held; None unless the settings want it."""
    wanted = settings.cache
    if not wanted.enabled:
        return None
    shared = None
    if wanted.shared_url is not None and wanted.key_file is not None:
        # The client of Redis takes memory that a gateway without one does not need.
        from gateway.cache.redis_shelf import SharedRecords

        shared = SharedRecords.open(str(wanted.shared_url), wanted.key_file, CLOCK)
    return Cache(wanted.records, wanted.seconds, shared, CLOCK)


def _trust(settings: Settings) -> tuple[KeySource, str, str, bytes | None]:
    """Whose tokens are trusted: keys, issuer, audience, and the key set that is published here."""
    if settings.issuer is not None:
        keys = KeyFile(settings.issuer.jwks_file, lambda: _log.error("identity.keys_unreadable"))
        return keys, settings.issuer.name, settings.issuer.audience, None
    development = DevelopmentIssuer.open(settings.data, production=settings.production)
    return development.keys(), development.name, development.audience, development.jwks()


def _presence(settings: Settings) -> PresenceChecker:
    """The identity service: that of the demo world where there is one, else none."""
    if settings.issuer is not None:
        return NoIdentityService()
    return DemoPresence({name: each.person_code for name, each in load_personas(settings.data).items()})


def _check_owners(store: Store, ids: frozenset[str]) -> None:
    """Raises: ValueError where the settings name an owner that there is not."""
    unknown = sorted(ids - store.read_sync(lambda connection: set(owners(connection, ids))))
    if unknown:
        raise ValueError(f"deciding_owners: there is no owner {', '.join(unknown)}")


def _quarantined(found: Quarantined) -> None:
    _log.error("adapter.quarantined", adapter=found.name, where=found.where, reason=found.problem, remedy=found.remedy)


def _report(request_id: str, where: str, failure: BaseException) -> None:
    _log.error("graph.accident", request_id=request_id, where=where, **logs.accident(failure))
