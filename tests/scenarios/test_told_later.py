"""A gateway under policies that have people told later, before the release and, started again months on, after it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli import app
from policies.kit.policy_set import CHECKOUT
from tests.answers import clean
from tests.audit.ahead import DAYS, POLICIES
from tests.audit.families import tokens
from tests.audit.in_process import delaying
from tests.edge.tracker.contract import BEFORE, conforms
from tests.running_gateway import RunningGateway
from tests.scenarios.test_claim_changed import STATUS, stream

TOKEN, CLIENT = "t" * 40, "LV/GOV/90000000001/portal"
CODES = {"anna": "39100000011", "janis": "39100000022", "peteris": "39100000055"}
ENTRY = "at disclosedAt capacity action outcome mutation paths"
LOG = f"{{ me {{ accessLog(first: 100) {{ edges {{ node {{ {ENTRY} }} }} pageInfo {{ hasNextPage }} }} }} }}"
EVIDENCE = "status applicant { ... on Person { givenName household { person { givenName } } } }"
WATCH = f"subscription($id: ID!) {{ claimChanged(id: $id) {{ {EVIDENCE} }} }}"
ASKS = 'decideClaim(input: {id: "demo-1", outcome: INFORMATION_REQUESTED, reason: "Which?"}) { problems { code } }'
SUBMIT = f"""submitClaim(input: {{id: "demo-12", idempotencyKey: "k-1",
    presence: {{method: EID_TAP, reference: "demo-present-peteris"}}}}) {{ claim {{ {EVIDENCE} }} problems {{ code }} }}"""


class Later:
    """One data folder, asked today and asked months on."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        delaying(folder / "policies", capacities='"OWNER_OFFICER", "CLERK"')
        for name in ("common", "parties"):
            shutil.copytree(CHECKOUT / name, folder / "policies" / name)
        token = folder / "token"
        token.write_text(TOKEN)
        token.chmod(0o600)
        self._settings = {
            POLICIES: str(folder / "policies"),
            "GATEWAY_TRACKER__TOKEN_FILE": str(token),
            "GATEWAY_TRACKER__CLIENT": CLIENT,
            "GATEWAY_TRACKER__REGISTRATION_NUMBER": "90000000014",
        }
        self._days = 0
        self.running: RunningGateway

    def start(self, days: int, *arguments: str) -> RunningGateway:
        """Start it so many days on."""
        self._days = days
        settings = {**self._settings, DAYS: str(days)}
        self.running = RunningGateway(self.data, *arguments, settings=settings, module="tests.audit.ahead")
        return self.running

    def token(self, persona: str) -> str:
        """A token that is good then."""
        return tokens(self.data, [persona], self._days)[persona]

    def log(self, persona: str) -> list[dict[str, Any]]:
        """Somebody's log, without what they did themselves."""
        answer = clean(self.running.post(LOG, token=self.token(persona))[1])
        edges = answer["me"]["accessLog"]["edges"]
        return [edge["node"] for edge in edges if edge["node"]["capacity"] != "CITIZEN"]

    def uses(self, persona: str) -> list[dict[str, str]]:
        """What the national portal shows of them, as often as it counts; without what they did themselves."""
        code = CODES[persona]
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Road-Client": CLIENT, "X-Road-UserId": f"LV{code}"}
        url = f"{self.running.url}{BEFORE}/v2/findUsage"
        body = conforms(httpx.get(url, params={"userCode": code}, headers=headers, trust_env=False)).json()
        assert body["totalUsages"] == len(body["usages"])
        return [each for each in body["usages"] if each["receiverName"] != "Jūs"]


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Later]:
    """Everything has happened, and it is still today."""
    later = Later(tmp_path_factory.mktemp("later"))
    with ExitStack() as stack:
        running = later.start(0)
        stack.callback(lambda: later.running.stop())
        officer = {"token": later.token("officer-valmiera")}
        with stream(running, "demo-1", "", STATUS, token=later.token("anna")) as of_anna:
            assert of_anna.status() == "IN_REVIEW"
            with stream(running, "demo-1", "", WATCH, **officer) as of_officer:
                first = of_officer.next().data["data"]["claimChanged"]
                assert first["applicant"]["givenName"] == "Anna"
                clean(running.post(f"mutation {{ {ASKS} }}", **officer)[1])
                assert of_officer.status() == "INFORMATION_REQUESTED"
            # That an officer read on the stream is no event of the applicant's.
            assert of_anna.status() == "INFORMATION_REQUESTED"
        clerk = later.token("clerk-valmiera")
        answers = [running.post(f"mutation {{ {SUBMIT} }}", token=clerk)[1] for _ in range(3)]
        assert [each["data"]["submitClaim"]["problems"] for each in answers] == [[]] * 3
        yield later


def test_until_the_release_streams_and_repeated_mutations_show_in_no_log_and_no_count(later: Later) -> None:
    assert [(each["action"], each["mutation"]) for each in later.log("anna")] == [("DECIDE", "decideClaim")]
    assert later.log("janis") == []
    # What the repetitions showed again is told with the evidence that they asked for.
    assert [(each["action"], each["mutation"]) for each in later.log("peteris")] == [("SUBMIT", "submitClaim")]
    assert [each["action"] for each in later.uses("anna")] == ["Mājokļa pabalsts: lēmums par iesniegumu"]
    assert later.uses("janis") == []
    assert len(later.uses("peteris")) == len(later.log("peteris"))


def test_after_the_release_all_of_it_is_told_but_to_whom_the_operator_forgot(
    later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = len(later.log("peteris"))
    later.running.stop()
    monkeypatch.setenv("GATEWAY_DATA", str(later.data))
    forgotten = CliRunner().invoke(app, ["audit", "forget", "-", "--case", "E-1", "--yes"], input=f"{CODES['janis']}\n")
    assert forgotten.exit_code == 0, forgotten.output
    later.start(91, "--no-registers")
    late = [each for each in later.log("anna") if each["at"] != each["disclosedAt"]]
    assert [each["outcome"] for each in late] == ["PERMITTED"] * 2
    assert all("household.person.givenName" in each["paths"] for each in late)
    assert len(later.uses("anna")) == 3
    of_clerk = [each for each in later.log("peteris") if each["at"] != each["disclosedAt"]]
    assert len({each["at"] for each in of_clerk}) == 3
    assert len(later.uses("peteris")) == at_once + len(of_clerk)
    assert later.log("janis") == later.uses("janis") == []
