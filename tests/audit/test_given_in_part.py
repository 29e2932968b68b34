"""What a register gave of one member of a household, and not of another, was read: so says the applicant's log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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


@pytest.mark.parametrize("by_reference", [False, True])
def test_what_was_given_of_one_of_several_was_read(tmp_path: Path, by_reference: bool, monkeypatch: Any) -> None:
    monkeypatch.setattr("tests.audit.in_process.InMemory", Silent)
    with open_town(tmp_path, PolicySet.load()) as town:
        if by_reference:
            first = town.executor
            graph, documents, sessions = first._graph, first._documents, first._sessions
            town.executor = Executor(graph, documents, sessions, frozenset(), by_reference=True)
        silent: Any = town.registers
        silent.of = {LIGA}
        body = town.ask("officer-valmiera", INCOMES)
        assert len(body["errors"]) == 1
        assert json.dumps(body).count("900.00") == 2
        assert INCOME in _told(town, ANNA)["PERMITTED"]
        assert "FAILED" not in _told(town, ANNA)
        assert "income.gross" in " ".join(_told(town, JANIS)["PERMITTED"])
        assert "income.gross" not in " ".join(_told(town, LIGA).get("PERMITTED", []))
        # Of none of them: then the applicant's log says so.
        silent.of = {JANIS, LIGA, TOMS}
        assert len(town.ask("officer-valmiera", INCOMES)["errors"]) == 3
        assert INCOME in _told(town, ANNA)["FAILED"]
