"""Policies change while requests are answered: whole sets, one to a request, and none that does not hold."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from adapters.kit.ports import CallContext
from gateway.demo.passes import to_identity
from gateway.demo.personas import load_personas
from gateway.demo.presence import DemoPresence
from gateway.demo.seed import seed
from gateway.desk.explaining import Explaining
from gateway.desk.federation import BUILTIN
from gateway.desk.people import StoredPeople
from gateway.desk.scope import House
from gateway.desk.session import Sessions
from gateway.identity.party import Party
from gateway.identity.resolver import PartyResolver
from gateway.operation import Operation
from gateway.plan.compile import Graph
from gateway.plan.document import Documents
from gateway.plan.execute import Executor
from gateway.policies_live import LivePolicies, places
from gateway.store.store import Store
from gateway.store.tables.access import access_records
from policies.kit.errors import PolicyError
from policies.kit.facts import Facts, Question, ReadScope
from policies.kit.folders import CHECKOUT
from policies.kit.policy_set import PolicySet
from policies.kit.reload import ready
from schema.graph import build
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimStatus, ClaimTypeCode
from tests.plan.agreement import WIDE
from tests.plan.real import NOW, RECORD_TYPES, InventedRegister
from tests.policies.generated import copy_of, generate

HOUSING = ClaimTypeCode.parse("housing-benefit")
CLAIM_TYPE, RULES = "claims/housing-benefit/claim_type.toml", "claims/housing-benefit/policy.cedar"
MORE = """
[[evidence]]
path = "maritalStatus"
open_to = "THIRD_PARTIES"
reason = "A test."

[[evidence]]
path = "sex"
open_to = "THIRD_PARTIES"
reason = "A test."
"""
POSITION = Facts(Capacity.CITIZEN, HOUSING, ClaimStatus.DRAFT, assurance=AssuranceLevel.HIGH, is_applicant=True)
READ = Question(ClaimAction.READ, ReadScope.CLAIM)


@pytest.fixture
def copied(copied: Path) -> Path:
    """The copy, in which evidence may change alone: the examples that say exactly what it is are left out."""
    file = copied / "claims/housing-benefit/examples.toml"
    head, *rows = file.read_text(encoding="utf-8").split("[[example]]")
    kept = [row for row in rows if "\nopens = [" not in row]
    assert len(kept) < len(rows)
    file.write_text("[[example]]".join([head, *kept]), encoding="utf-8")
    return copied


def _append(file: Path, text: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


# ---------------------------------------------------------------- sets


def test_what_nobody_changed_is_taken_over_with_what_it_decided(copied: Path) -> None:
    before = ready(copied)
    verdict = before.decide(POSITION, READ)
    _append(copied / "claims/old-age-pension/policy.cedar", "\n")
    after = ready(copied, earlier=before)
    changed = {code.text for code in after.loaded if after.loaded[code] is not before.loaded[code]}
    assert changed == {"old-age-pension"}
    assert after.decide(POSITION, READ) is verdict
    assert after.version != before.version


def test_nothing_that_the_old_rules_decided_is_used_once_they_changed(copied: Path) -> None:
    before = ready(copied)
    assert before.decide(POSITION, READ).allowed
    for part in ("claims/housing-benefit/examples.toml", "common/applicant.cedar"):
        text = (copied / part).read_text(encoding="utf-8")
        (copied / part).write_text(text.replace("applicant-reads-claim", "applicant-sees-claim"), encoding="utf-8")
    for file in (copied / "claims").glob("*/examples.toml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("applicant-reads-claim", "applicant-sees-claim"), encoding="utf-8")
    after = ready(copied, earlier=before)
    assert after.decide(POSITION, READ).rules == ("applicant-sees-claim",)
    assert before.decide(POSITION, READ).rules == ("applicant-reads-claim",)


def test_a_set_of_which_an_example_does_not_hold_is_refused_at_the_example(copied: Path) -> None:
    text = (copied / "common/third_party.cedar").read_text(encoding="utf-8")
    start = text.index('@id("third-party-closed-claim")')
    (copied / "common/third_party.cedar").write_text(text[:start], encoding="utf-8")
    remedies = (copied / "common/remedies.toml").read_text(encoding="utf-8")
    head, _, rest = remedies.partition("[third-party-closed-claim]")
    (copied / "common/remedies.toml").write_text(head + rest[rest.index("\n[") :], encoding="utf-8")
    PolicySet.load(copied)
    with pytest.raises(PolicyError, match="does not hold") as refused:
        ready(copied)
    assert refused.value.file.name == "examples.toml"
    lines = refused.value.file.read_text(encoding="utf-8").splitlines()
    assert lines[refused.value.line - 1] == "[[example]]"


def test_rules_of_parties_are_a_part_of_the_set_and_of_its_version(copied: Path) -> None:
    first = ready(copied)
    _append(copied / "parties" / "third_parties.cedar", "// Read again.\n")
    second = ready(copied, earlier=first)
    assert second.version != first.version
    assert second.parties is not first.parties
    assert all(second.loaded[code] is loaded for code, loaded in first.loaded.items())
    assert ready(copied, earlier=second).parties is second.parties

    rules = copied / "parties" / "third_parties.cedar"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace('== Assurance::"LOW"', '== Assurance::"HIGH"'), encoding="utf-8")
    with pytest.raises(PolicyError, match="With low assurance the ministry suspends nobody") as refused:
        ready(copied, earlier=second)
    assert refused.value.file == copied / "parties" / "examples.toml"
    assert refused.value.line > 100


def test_the_same_claim_type_in_two_folders_is_refused_with_both_places(tmp_path: Path) -> None:
    for name in ("one", "two"):
        copy_of(CHECKOUT / "claims/cadastre-extract", tmp_path / name, "ours")
    with pytest.raises(PolicyError) as refused:
        ready(*places([tmp_path / "one", tmp_path / "two"]))
    assert refused.value.file == tmp_path / "two" / "cadastre-extract-ours"
    assert str(tmp_path / "one" / "cadastre-extract-ours") in refused.value.reason


@pytest.mark.parametrize("make", [False, True], ids=["that is not there", "that is empty"])
def test_a_folder_is_refused(tmp_path: Path, make: bool) -> None:
    own = tmp_path / "own"
    if make:
        own.mkdir()
    with pytest.raises(PolicyError) as refused:
        ready(*places([own]))
    assert refused.value.file == own


def test_an_old_set_goes_as_soon_as_nobody_decides_under_it(copied: Path) -> None:
    async def swap() -> None:
        live = LivePolicies.open([copied])
        gone = weakref.ref(live.current)
        live.current.decide(POSITION, READ)
        _append(copied / CLAIM_TYPE, MORE)
        assert await live.reload()
        for _ in range(100):
            if gone() is not None:
                await asyncio.sleep(0.01)  # The thread that read the files lets go of it last.
        assert gone() is None

    gc.disable()  # As where what is old is set aside and never collected.
    try:
        asyncio.run(swap())
    finally:
        gc.enable()


# ---------------------------------------------------------------- requests


class _Registers(InventedRegister):
    """Slow enough for policies to change meanwhile; remembers which requests asked."""

    def __init__(self) -> None:
        self.asked_by: set[str] = set()
        self.not_before: list[float] = []

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        """See :class:`InventedRegister`."""
        self.asked_by.add(context.request_id)
        self.not_before.append(context.not_before)
        await asyncio.sleep(0.002)
        return await super().read(record_type, keys, context)


class _Gateway:
    """The demo world, answered in this process under policies that change."""

    def __init__(self, folder: Path, store: Store, live: LivePolicies) -> None:
        self.store, self.live, self.registers = store, live, _Registers()
        self.accidents: list[BaseException] = []
        personas = load_personas(folder)
        presence = DemoPresence({name: each.person_code for name, each in personas.items()})
        self.house = house = House(store, live.current, presence, {}, lambda: NOW, lambda: None, {})
        live.follow(house.use)
        graph = Graph(build(), BUILTIN)
        documents = Documents(graph.schema, WIDE)
        sources: Any = dict.fromkeys(RECORD_TYPES, self.registers)

        def report(request_id: str, where: str, failure: BaseException) -> None:
            self.accidents.append(failure)

        explaining = Explaining(graph, documents, house, {}, frozenset(), report)
        sessions = Sessions(house, sources, frozenset(), report, explaining)
        self._executor = Executor(graph, documents, sessions, frozenset())
        self._resolver = PartyResolver(StoredPeople(store, lambda: NOW))
        self._personas = personas

    async def party(self, name: str) -> Party:
        return await self._resolver.resolve(to_identity(self._personas[name]))

    async def ask(self, query: str, party: Party, request_id: str) -> dict[str, Any]:
        done = await self._executor.execute(Operation(query, {}), party, request_id, time.monotonic() + 60)
        assert not done.refused, done.body
        answer: dict[str, Any] = orjson.loads(done.body)
        return answer


@contextmanager
def _gateway(folder: Path, *where: Path) -> Iterator[_Gateway]:
    live = LivePolicies.open(where)
    store = Store.open(f"sqlite:///{folder / 'store.sqlite3'}")
    try:
        seed(store, folder, None, NOW, live.current.claim_types)
        yield _Gateway(folder, store, live)
    finally:
        store.close()


ASKED = """{
  claimType(code: "housing-benefit") { evidence { path } }
  first: claim(id: "demo-1") { status type { evidence { path } } applicant { ... on Person { givenName sex maritalStatus taxBook { validFrom } } } }
  second: claim(id: "demo-1") { applicant { ... on Person { sex familyName maritalStatus formerPersonCodes } } }
  explain(operation: "{ claim(id: \\"demo-1\\") { applicant { ... on Person { sex } } } }") { allowed }
}"""
NOT_OPEN = '{ claim(id: "demo-1") { status applicant { ... on Person { givenName sex } } } }'


def test_no_request_is_lost_or_decided_under_two_sets_while_good_and_bad_ones_come(
    tmp_path: Path, copied: Path
) -> None:
    claim_type, rules = copied / CLAIM_TYPE, copied / RULES
    less, good = claim_type.read_text(encoding="utf-8"), rules.read_text(encoding="utf-8")
    more = less + MORE
    with _gateway(tmp_path, copied) as gateway:
        versions = {gateway.live.current.claim_types[HOUSING].policy_version: False}
        answers = asyncio.run(_hammer(gateway, claim_type, rules, (less, more), good, versions))
        records = gateway.store.read_sync(lambda c: c.execute(select(access_records)).all())
    assert gateway.accidents == []
    seen = {_opened(answer) for answer in answers}
    assert seen == {True, False}
    assert len(answers) >= 200
    assert not {each for each in gateway.registers.asked_by if each.startswith("no-door")}
    assert len(versions) == 2
    ours = [each for each in records if each.claim_type == "housing-benefit" and "sex" in each.paths]
    permitted = [each for each in ours if each.outcome == "PERMITTED"]
    assert {each.policy_version for each in permitted} == {v for v, opens in versions.items() if opens}
    assert {each.policy_version for each in ours if "no-door" not in each.rules} == versions.keys()


async def _hammer(
    gateway: _Gateway, file: Path, rules: Path, texts: tuple[str, str], good: str, versions: dict[str, bool]
) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    over = asyncio.Event()
    worker, stranger = await gateway.party("officer-valmiera"), await gateway.party("ngo-families")

    async def keep_asking(name: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            answers.append(await gateway.ask(ASKED, worker, f"asked-{name}-{number}"))
            refused = await gateway.ask(NOT_OPEN, stranger, f"no-door-{name}-{number}")
            assert refused["data"] == {"claim": None}
            assert [each["extensions"]["rule"] for each in refused["errors"]] == ["no-door"]

    async def write(path: Path, text: str) -> None:
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")

    async def keep_changing() -> None:
        live = gateway.live
        for turn in range(12):
            opens = turn % 2 == 0
            await write(file, texts[opens])
            assert await live.reload()
            versions[live.current.claim_types[HOUSING].policy_version] = opens
            in_force = live.current
            await asyncio.sleep(0.02)
            await write(rules, good + "permit (principal, action, resource);\n")
            assert not await live.reload()
            assert live.current is in_force
            assert live.refused is not None
            assert (live.refused.file, live.refused.line) == (rules, good.count("\n") + 1)
            await write(rules, good)
            await asyncio.sleep(0.02)

    asking = [asyncio.create_task(keep_asking(name)) for name in range(6)]
    try:
        await keep_changing()
    finally:
        over.set()
        await asyncio.gather(*asking)
    return answers


def _opened(answer: dict[str, Any]) -> bool:
    """Whether a request was decided under the set that opens more; the same all over it."""
    data = answer["data"]
    refused = {tuple(each["path"]) for each in answer.get("errors", ()) if each["extensions"]["code"] == "FORBIDDEN"}
    opens = "sex" in {each["path"] for each in data["claimType"]["evidence"]}
    assert data["first"]["type"] == data["claimType"]
    for path in (("first", "sex"), ("first", "maritalStatus"), ("second", "sex"), ("second", "maritalStatus")):
        assert ((path[0], "applicant", path[1]) not in refused) is opens, path
    for path in (("first", "taxBook"), ("second", "formerPersonCodes")):
        assert (path[0], "applicant", path[1]) in refused
        assert data[path[0]]["applicant"][path[1]] is None
    assert data["explain"]["allowed"] is opens
    return opens


def test_a_request_under_way_keeps_the_set_it_began_under_whatever_comes_meanwhile(
    tmp_path: Path, copied: Path
) -> None:
    less = ready(copied)
    _append(copied / CLAIM_TYPE, MORE)
    more = ready(copied, earlier=less)

    async def ask_while_sets_change_with_every_turn(gateway: _Gateway) -> set[bool]:
        async def keep_changing() -> None:
            while True:
                gateway.house.use(more)
                await asyncio.sleep(0)
                gateway.house.use(less)
                await asyncio.sleep(0)

        # The request of a third party is counted first, so that it waits between its beginning and its decisions.
        worker = await gateway.party("ngo-support")
        changing = asyncio.create_task(keep_changing())
        seen = set()
        for number in range(40):
            if number % 2:
                await asyncio.sleep(0)
            seen.add(_opened(await gateway.ask(ASKED, worker, f"under-way-{number}")))
        changing.cancel()
        return seen

    with _gateway(tmp_path, copied) as gateway:
        assert asyncio.run(ask_while_sets_change_with_every_turn(gateway)) == {True, False}
        assert gateway.accidents == []


def test_what_is_read_once_for_two_claims_of_a_person_is_new_enough_for_each(tmp_path: Path, copied: Path) -> None:
    for file in ("claim_type.toml", "examples.toml"):
        path = copied / "claims/guaranteed-minimum-income" / file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("max_age_hours = 24", "max_age_hours = 1"), encoding="utf-8")
    asked = "applicant { ... on Person { givenName declaredAddress { fullText } income { gross } } }"
    query = '{ daily: claim(id: "demo-1") { %s } hourly: claim(id: "demo-9") { %s } }' % (asked, asked)

    async def ask(gateway: _Gateway, operation: str) -> list[float]:
        gateway.registers.not_before.clear()
        await gateway.ask(operation, await gateway.party("officer-valmiera"), "request")
        return list(gateway.registers.not_before)

    with _gateway(tmp_path, copied) as gateway:
        both = asyncio.run(ask(gateway, query))
        alone = asyncio.run(ask(gateway, '{ claim(id: "demo-1") { %s } }' % asked))
    assert both
    assert set(both) == {(NOW - timedelta(hours=1)).timestamp()}
    assert set(alone) == {(NOW - timedelta(hours=24)).timestamp()}


def test_the_first_request_after_a_reload_of_400_claim_types_takes_little_of_the_loop(tmp_path: Path) -> None:
    own = tmp_path / "own"
    codes = generate(own, 400, examples=2)
    with _gateway(tmp_path, *places([own])) as gateway:

        async def measure() -> tuple[float, float]:
            officer = await gateway.party("officer-valmiera")
            await gateway.ask(ASKED, officer, "before")
            for code in codes:
                _append(own / code / "policy.cedar", "\n")
            before = gateway.live.current.version
            assert await gateway.live.reload()
            assert gateway.live.current.version != before
            begin = time.thread_time()
            await gateway.ask(ASKED, officer, "first")
            first = time.thread_time() - begin
            begin = time.thread_time()
            await gateway.ask(ASKED, officer, "second")
            return first, time.thread_time() - begin

        first, second = asyncio.run(measure())
    sys.stdout.write(
        f"first request after the reload {first * 1e3:.1f} ms of the loop, the next {second * 1e3:.1f} ms\n"
    )
    assert first <= 0.05, (first, second)
