"""What was given of one of several, or to one of two fields of one path, was read: so say the logs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.errors import Unavailable
from adapters.kit.ports import CallContext
from gateway.plan.execute import Executor
from policies.kit.policy_set import PolicySet
from schema.records.income_history import IncomeHistory
from tests.audit.in_process import ANNA, JANIS, LIGA, TOMS, InMemory, Town, open_town

INCOMES = """{ claim(id: "demo-1") { applicant { ... on Person { household { person { income { gross } } } } } } }"""
LOG = "{ me { accessLog(first: 9) { edges { node { outcome paths subjectRole } } } } }"
INCOME = "household.person.income.gross"


class Silent(InMemory):
    """Of some people it gives no income."""

    def __init__(self) -> None:
        super().__init__()
        self.of: set[str] = set()

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        """See :class:`gateway.desk.records.ReadingRegister`."""
        found = dict(await super().read(record_type, keys, context))
        if record_type is IncomeHistory:
            found |= {key: Unavailable(self.name, "no answer") for key in keys if key.digits in self.of}
        return found


def _told(town: Town, code: str) -> dict[str, list[str]]:
    """Paths by outcome, of what the officer read."""
    edges = town.ask(town.citizen(code), LOG)["data"]["me"]["accessLog"]["edges"]
    nodes = [edge["node"] for edge in edges if edge["node"]["subjectRole"] != "SELF"]
    return {each["outcome"]: each["paths"] for each in nodes}


@pytest.fixture(params=["runner", "reference"])
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Town]:
    """A world whose operations are run by either."""
    monkeypatch.setattr("tests.audit.in_process.InMemory", Silent)
    with open_town(tmp_path, PolicySet.load()) as town:
        if request.param == "reference":
            usual = town.executor
            graph, documents, sessions = usual._graph, usual._documents, usual._sessions
            town.executor = Executor(graph, documents, sessions, frozenset(), by_reference=True)
        yield town


def silence(town: Town, *codes: str) -> None:
    registers = town.registers
    assert isinstance(registers, Silent)
    registers.of = {*codes}


def test_what_was_given_of_one_of_several_was_read(town: Town) -> None:
    silence(town, LIGA)
    body = town.ask("officer-valmiera", INCOMES)
    assert len(body["errors"]) == 1
    assert json.dumps(body).count("900.00") == 2
    assert INCOME in _told(town, ANNA)["PERMITTED"]
    assert "FAILED" not in _told(town, ANNA)
    assert INCOME in _told(town, JANIS)["PERMITTED"]
    assert INCOME not in _told(town, LIGA).get("PERMITTED", [])


def test_what_was_given_of_nobody_was_not_read_however_often_it_was_asked_for(town: Town) -> None:
    silence(town, JANIS, LIGA, TOMS)
    twice = INCOMES.replace("income { gross }", "a: income { gross } b: income { gross }")
    assert len(town.ask("officer-valmiera", twice)["errors"]) == 6
    assert INCOME in _told(town, ANNA)["FAILED"]
    assert INCOME not in _told(town, ANNA)["PERMITTED"]
    assert INCOME not in _told(town, JANIS).get("PERMITTED", [])


def test_a_parent_who_reads_a_childs_log_and_then_once_more_in_vain_has_read_it(town: Town) -> None:
    read = "edges { node { who } }"
    query = "{ me { childrenLogs { child { givenName } a: accessLog { %s } b: accessLog(after: %s) { %s } } } }"
    body = town.ask("anna", query % (read, '"x"', read))
    assert {error["extensions"]["code"] for error in body["errors"]} == {"VARIABLES"}
    assert [each["a"] for each in body["data"]["me"]["childrenLogs"]] == [{"edges": []}] * 2
    for child in (LIGA, TOMS):
        assert "childrenLogs.accessLog.edges.node.who" in _told(town, child)["PERMITTED"]
    (edge,) = town.ask("anna", "{ me { accessLog(first: 1) { edges { node { outcome paths } } } } }")["data"]["me"][
        "accessLog"
    ]["edges"]
    assert edge["node"]["outcome"] == "PERMITTED"
    assert "childrenLogs.accessLog.edges.node.who" in edge["node"]["paths"]


def test_a_representative_who_reads_the_entitys_log_and_then_in_vain_has_read_it(town: Town) -> None:
    read = "{ edges { node { who outcome paths } } }"
    query = "{ viewer { actingFor { ... on LegalEntity { %s } } } }"
    twice = query % f'a: accessLog {read} b: accessLog(after: "x") {read}'
    explain = "query($o: String!) { explain(operation: $o) { accessLogEntries } }"
    assert town.ask("director", explain, o=twice)["data"]["explain"]["accessLogEntries"] == [
        "The legal entity's representative read the legal entity's access log."
    ]
    body = town.ask("director", twice)
    assert body["data"]["viewer"]["actingFor"] == {"a": {"edges": []}, "b": None}
    again = town.ask("director", query % f"accessLog {read}")["data"]["viewer"]["actingFor"]["accessLog"]["edges"]
    assert [(each["node"]["outcome"], "accessLog.edges" in each["node"]["paths"]) for each in again] == [
        ("PERMITTED", True)
    ]
