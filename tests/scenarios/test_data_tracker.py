"""The national portal beside a whole gateway with the demo world, set up as the ministry is told to.

What it shows is what people read in the graph.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.answers import clean, codes
from tests.docs.pages import MINISTRY_IT, blocks, first_column
from tests.edge.tracker.contract import BEFORE, conforms, published
from tests.running_gateway import ROOT, RunningGateway

FOLDER, ADDRESS, PYTHON = "/etc/gateway", "http://127.0.0.1:8000", ".venv/bin/python"
"""As the page has them."""
_PERSONAS = tomllib.loads((ROOT / "gateway" / "demo" / "world" / "personas.toml").read_text("utf-8"))["persona"]
CODES: dict[str, str] = {name: each["code"] for name, each in _PERSONAS.items()}
COMPANY = "40103000102"
NOBODY = "39100009876"
EVIDENCE = """{ claim(id: "demo-1") { status applicant { ... on Person {
  givenName household { person { givenName income(months: 3) { gross } } } } } } }"""


class PortalOf:
    """The national portal of one gateway."""

    def __init__(self, running: RunningGateway, folder: Path, settings: Mapping[str, str]) -> None:
        self.running = running
        self.folder = folder
        self.client = settings["GATEWAY_TRACKER__CLIENT"]
        self.operator = settings["GATEWAY_TRACKER__REGISTRATION_NUMBER"]
        self.http = httpx.Client(base_url=running.url, timeout=30.0, trust_env=False)

    @property
    def tokens(self) -> list[str]:
        """Those that hold, the newest last."""
        return (self.folder / "portal.token").read_text().splitlines()

    def get(self, name: str, query: Mapping[str, Any] | None = None, **headers: str | None) -> httpx.Response:
        """One question; a header that is None is left out."""
        given = {"Authorization": f"Bearer {self.tokens[-1]}", "X-Road-Client": self.client} | {
            each.replace("_", "-"): value for each, value in headers.items()
        }
        sent = {each: value for each, value in given.items() if value is not None}
        return conforms(self.http.get(f"{BEFORE}/v2/{name}", params=query or {}, headers=sent))

    def find(self, user: str, code: str | None = None, **query: str) -> httpx.Response:
        """Uses of a persona's data, or of a code's, asked for by a persona."""
        asked = {"userCode": CODES.get(code or user, code or user), **query}
        return self.get("findUsage", asked, X_Road_UserId=f"LV{CODES[user]}")

    def uses(self, user: str, code: str | None = None, **query: str) -> list[dict[str, str]]:
        """All of them."""
        answer = self.find(user, code, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, str]] = answer.json()["usages"]
        assert answer.json()["totalUsages"] == len(found)
        return found


def typed(argument: str) -> list[str]:
    """What the ministry is told to type."""
    return [each.text for each in blocks(MINISTRY_IT) if (each.language, each.argument) == ("sh", argument)]


def run(command: str, folder: Path, url: str = ADDRESS) -> str:
    here = command.replace(FOLDER, str(folder)).replace(ADDRESS, url).replace(PYTHON, sys.executable)
    done = subprocess.run(["sh", "-euc", here], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalOf]:
    folder = tmp_path_factory.mktemp("portal")
    run(typed("portal")[0], folder)
    (lines,) = typed("portal-settings")
    settings = dict(line.split("=", 1) for line in lines.replace(FOLDER, str(folder)).splitlines())
    with RunningGateway(folder / "data", settings=settings) as running:
        asked = PortalOf(running, folder, settings)
        yield asked
        asked.http.close()


def test_before_anybody_asked_there_is_nothing_and_the_heart_beats(portal: PortalOf) -> None:
    assert portal.get("heartbeat").json()["status"] == "OK"
    begins = datetime.fromisoformat(portal.get("usagePeriod").json()["periodStart"])
    assert begins <= datetime.now(UTC) + timedelta(seconds=1)
    assert portal.uses("ilze") == []


def test_the_portal_shows_what_the_person_reads_in_the_graph(portal: PortalOf) -> None:
    running = portal.running
    clean(running.post(EVIDENCE, persona="officer-valmiera")[1])
    _, refused = running.post('{ claim(id: "demo-2") { status } }', persona="ngo-support")
    assert codes(refused) == {"FORBIDDEN"}
    _, partly = running.post(EVIDENCE, persona="ngo-support")
    assert codes(partly) == {"FORBIDDEN"}
    for persona in ("anna", "janis", "peteris"):
        log = "{ me { accessLog(first: 200) { edges { node { at outcome } } } } }"
        edges = clean(running.post(log, persona=persona)[1])["me"]["accessLog"]["edges"]
        uses = portal.uses(persona)
        # The newest may be the graph's own reading, which its page need not have.
        assert len(uses) - len(edges) in (0, 1)
        same = uses[-len(edges) :]
        assert [datetime.fromisoformat(each["logtime"]) for each in same] == [
            datetime.fromisoformat(each["node"]["at"]) for each in edges
        ]
        refusals = ["atteikts" in each["action"] for each in same]
        assert refusals == [each["node"]["outcome"] == "DENIED" for each in edges]
        assert {each["receiverSystem"] for each in uses} == {"CSC Gateway"}
    of_janis = portal.uses("janis")
    officer = [each for each in of_janis if each["receiverCode"] != portal.operator]
    assert officer, of_janis
    assert all("demo-1" not in json.dumps(each) and "Anna" not in json.dumps(each) for each in of_janis)
    refused_of_peteris = portal.uses("peteris")
    assert any("atteikts" in each["action"] for each in refused_of_peteris)
    # None of the refused attempts is in the log of somebody who is only a member of the household.
    assert not any("atteikts" in each["action"] for each in of_janis)


def test_pages_and_windows_are_the_whole(portal: PortalOf) -> None:
    whole = portal.uses("anna")
    assert len(whole) >= 2
    pages = [portal.find("anna", offset=str(n), limit="1").json() for n in range(len(whole) + 1)]
    assert [each for page in pages for each in page["usages"]] == whole
    assert {page["totalUsages"] for page in pages} == {len(whole)}
    oldest = whole[-1]
    assert oldest in portal.uses("anna", periodEnd=oldest["logtime"])
    since = portal.get("usagePeriod").json()["periodStart"]
    assert portal.uses("anna", periodStart=since) == whole


def test_a_representative_reads_the_uses_of_the_legal_entity_and_a_mandate_holder_none(portal: PortalOf) -> None:
    running = portal.running
    read = '{ claim(id: "demo-8") { status applicant { ... on LegalEntity { name properties { kind } } } } }'
    status, _ = running.post(read, persona="accountant")
    assert status == 200
    uses = portal.uses("director", COMPANY)
    assert any("kadastr" in each["action"].lower() for each in uses), uses
    for headers in ({}, {"X_Road_Represented_Party": f"COM/{COMPANY}"}):
        answer = portal.get("findUsage", {"userCode": COMPANY}, X_Road_UserId=CODES["director"], **headers)
        assert answer.json()["usages"] == uses
    log = (
        "{ viewer { actingFor { ... on LegalEntity { accessLog(first: 2) { edges { node { fields capacity } } } } } } }"
    )
    (newest, _) = clean(running.post(log, persona="director")[1])["viewer"]["actingFor"]["accessLog"]["edges"]
    assert newest == {"node": {"fields": ["LegalEntity.accessLog"], "capacity": "LEGAL_REPRESENTATIVE"}}
    # ilze holds peteris's mandate, and director is nobody to peteris.
    by_ilze = {"X_Road_UserId": CODES["ilze"], "X_Road_Represented_Party": CODES["peteris"]}
    answers = [
        portal.find("ilze", "peteris"),
        portal.find("ilze", COMPANY),
        portal.find("ilze", NOBODY),
        portal.get("findUsage", {"userCode": CODES["peteris"]}, **by_ilze),
        portal.find("anna", "janis"),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert portal.uses("peteris")[0]["receiverName"] == "Cita persona"


def test_whoever_is_not_the_portal_or_asks_wrongly_is_told_so(portal: PortalOf) -> None:
    anna = {"userCode": CODES["anna"]}
    wrong: list[tuple[dict[str, Any], dict[str, str | None], int]] = [
        (anna, {"Authorization": None}, 401),
        (anna, {"Authorization": f"Bearer {portal.running.token('anna')}"}, 401),
        (anna, {"X_Road_Client": "LV/COM/40003032949/other"}, 401),
        (anna, {"X_Road_Client": None}, 401),
        (anna, {"X_Road_UserId": None}, 400),
        (anna, {"X_Road_UserId": "EE38001085718"}, 400),
        ({}, {}, 400),
        (anna | {"limit": "many"}, {}, 400),
        (anna | {"periodStart": "yesterday"}, {}, 400),
        (anna, {"X_Road_Represented_Party": "COM/40003032949"}, 400),
    ]
    for query, headers, status in wrong:
        given: dict[str, str | None] = {"X_Road_UserId": CODES["anna"], **headers}
        assert portal.get("findUsage", query, **given).status_code == status
    refused = portal.http.post(f"{BEFORE}/v2/findUsage", headers={"Authorization": f"Bearer {portal.tokens[-1]}"})
    assert conforms(refused).status_code == 405
    assert portal.http.get(f"{BEFORE}/v1/findUsage").status_code == 404


def test_nothing_of_the_portal_or_of_anybody_is_in_the_log_but_x_roads_message_id(portal: PortalOf) -> None:
    message = "7f1b2c9e-5d4a-4b6f-9a3e-1c2d3e4f5a6b"
    answer = portal.get("findUsage", {"userCode": CODES["anna"]}, X_Road_UserId=f"LV{CODES['anna']}", X_Road_Id=message)
    printed = (portal.running.data / "gateway.log").read_text("utf-8")
    lines = [json.loads(line) for line in printed.splitlines() if answer.headers["x-request-id"] in line]
    assert [(line["path"], line["status"], line["callers_request_id"]) for line in lines] == [
        (f"{BEFORE}/v2/findUsage", 200, message)
    ]
    assert not any(code in printed for code in [*CODES.values(), NOBODY, *portal.tokens])


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page asks with curl, which is not here")
def test_the_page_asks_as_the_portal_does_and_replaces_its_token_while_the_gateway_serves(portal: PortalOf) -> None:
    _, ask, add, take_away = typed("portal")

    def asked() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(run(ask, portal.folder, portal.running.url))
        return found

    answer = asked()
    assert answer == portal.find("anna", limit="2").json()
    assert len(answer["usages"]) == 2
    (old,) = portal.tokens
    run(add, portal.folder)
    assert len(portal.tokens) == 2
    assert asked() == answer
    assert portal.get("heartbeat", Authorization=f"Bearer {old}").status_code == 200
    run(take_away, portal.folder)
    assert old not in portal.tokens
    assert asked() == answer
    assert portal.get("heartbeat", Authorization=f"Bearer {old}").status_code == 401


def test_the_page_names_what_the_contract_has() -> None:
    ours = {"userCode", "periodStart", "periodEnd", "offset", "limit", "X-Road-UserId"}
    assert ours <= set(first_column(MINISTRY_IT, "Sent"))
    document = published()
    if document is not None:
        assert {each["name"] for each in document["paths"]["/v2/findUsage"]["get"]["parameters"]} == ours
