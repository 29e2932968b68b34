"""``gateway adapter check`` on the wire: against simulated registers, and servers that misbehave."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from adapters.kit.trial_run import trial_run
from gateway.cli import app
from tests.cli.own_adapters import own_adapter
from tests.cli.simulating import ROOT, simulating

FAILING = """
def test_a_text_stays_a_text() -> None:
    raise ValueError("39100000011 is somebody")


def test_nobody_is_left_out() -> None:
    assert [] == ["39100000011"], "a record is missing"


def test_it_is_read() -> None:
    assert len("read") == 4
"""
GOOD = (ROOT / "adapters" / "registers" / "addresses" / "contract" / "openapi.yaml").read_text("utf-8")


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two adapters whose contract test is a short one: ``parcels`` by REST, ``taxpayers`` by SOAP."""
    folder = tmp_path / "agency"
    own_adapter(folder, "addresses", "parcels")
    own_adapter(folder, "vies", "taxpayers")
    monkeypatch.setenv("ADAPTERS_PATH", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


def check(*arguments: str, code: int = 0) -> Any:
    """What the command printed, as a result of typer's."""
    result = CliRunner().invoke(app, ["adapter", "check", *arguments])
    assert "Traceback" not in result.output
    assert result.exit_code == code, result.output
    return result


def seen(*arguments: str, code: int = 0) -> Any:
    """The same as JSON."""
    return json.loads(check(*arguments, "--json", code=code).stdout)


@contextmanager
def answering(
    status: int, body: bytes = b"", *, more: Mapping[str, bytes] | None = None, **headers: str
) -> Iterator[tuple[str, list[str]]]:
    """A server with one answer for all paths but those of ``more``, and the paths that were asked for."""
    asked: list[str] = []
    first = body

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = (more or {}).get(self.path, first)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/contract", asked
        finally:
            server.shutdown()
            thread.join()


def rows(found: Any, drift: str) -> dict[str, Any]:
    return {row["path"]: row for row in found["live_contract"][drift]}


# ---------------------------------------------------------------- green


def test_a_built_in_adapter_passes_agrees_with_its_live_contract_and_has_its_tier() -> None:
    with simulating("vies") as running:
        found = seen("vies", "--live", f"{running.url}?wsdl")
        called = httpx.get(running.control).json()["registers"]["vies"]
    assert found["holds"] is True
    assert found["contract_test"]["passed"] > 50
    assert found["contract_test"]["failed"] == []
    assert found["live_contract"]["problem"] is None
    assert [found["live_contract"][drift] for drift in ("added", "removed", "changed")] == [[], [], []]
    assert (found["pings"]["sent"], found["pings"]["answered"]) == (20, 20)
    assert found["pings"]["p95_ms"] > 0
    assert (found["tier"]["declared"], found["tier"]["earned"]) == ("BRONZE", "BRONZE")
    states = {each["rule"]: each["state"] for each in found["tier"]["rules"]}
    assert states["contract-test-passes"] == states["contract-is-live"] == states["fast-enough"] == "done"
    assert states["case-absent"] == "exempt"
    assert set(called["calls"].values()) == {0}
    assert called["background"]["ping"] == 21


def test_people_read_what_was_seen_and_a_table_of_the_rules(agency: Path) -> None:
    with simulating("parcels") as running:
        result = check("parcels", "--live", running.url)
    shown = result.stdout
    assert "Contract test: 1 passed, 0 failed" in shown
    assert "Live contract: says the same as the pinned one" in shown
    assert "Pings: 20 of 20 answered, p95 " in shown
    assert "legal-basis-confirmed" in shown
    assert "Tier declared BRONZE, earned BRONZE" in shown
    assert "parcels holds what it says" in shown
    assert "parcels: running the contract test" in result.stderr


def test_without_an_address_nothing_is_asked_and_that_is_said(agency: Path) -> None:
    found = seen("parcels")
    assert found["live_contract"] is None
    assert found["pings"] is None
    states = {each["rule"]: each["state"] for each in found["tier"]["rules"]}
    assert states["contract-is-live"] == states["fast-enough"] == "not looked at"
    assert "--live URL compares it" in check("parcels").stdout


def test_a_register_of_the_settings_is_pinged_by_its_contract_alone(
    agency: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(200, b"anything") as (url, asked):
        monkeypatch.setenv("GATEWAY_REGISTERS__TAXPAYERS__URL", url)
        found = seen("taxpayers")
    assert asked == ["/contract?wsdl"] * 20
    assert found["live_contract"] is None
    assert found["pings"]["url"] == url


# ---------------------------------------------------------------- drift


def live_rest(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "live.yaml").write_text(text, "utf-8")
    return tmp_path / "live.yaml"


def compared(name: str, contract: Path, code: int) -> Any:
    with simulating("live", "--contract", str(contract)) as running:
        return seen(name, "--live", f"{running.url}?wsdl", code=code)


def test_a_new_field_is_dark_and_breaks_nothing(agency: Path, tmp_path: Path) -> None:
    house = "        maja:\n"
    contract = live_rest(tmp_path, (house, "        korpuss:\n          type: string\n" + house))
    found = compared("parcels", contract, 0)
    assert list(rows(found, "added")) == ["Adrese/korpuss"]
    assert rows(found, "added")["Adrese/korpuss"]["dark"] is True
    assert found["live_contract"]["breaking"] == 0
    rule = next(each for each in found["tier"]["rules"] if each["rule"] == "contract-is-live")
    assert (rule["state"], rule["comment"]) == (
        "not yet",
        "the live contract differs from the pinned one: 1 added",
    )


def test_a_field_that_the_mapping_uses_and_that_is_gone_or_another_breaks_it(agency: Path, tmp_path: Path) -> None:
    contract = live_rest(tmp_path, ("        maja:\n", "        majasNumurs:\n"))
    found = compared("parcels", contract, 1)
    assert rows(found, "removed")["Adrese/maja"]["breaking"] == "the adapter uses it"
    assert rows(found, "added")["Adrese/majasNumurs"]["dark"] is True
    assert found["wrong"] == ["breaking changes of the live contract: 1"]


def test_a_field_that_requests_must_have_now_breaks_it(agency: Path, tmp_path: Path) -> None:
    old = "    AdresuPieprasijums:\n"
    at = GOOD.index(old)
    required = GOOD[at:].split("required:", 1)[1].split("\n", 1)[0]
    assert "kodi" in required
    text = GOOD[:at] + GOOD[at:].replace("required:" + required, "required: [kodi, iemesls]", 1)
    text = text[:at] + text[at:].replace("        kodi:\n", "        iemesls: {type: string}\n        kodi:\n", 1)
    (tmp_path / "live.yaml").write_text(text, "utf-8")
    found = compared("parcels", tmp_path / "live.yaml", 1)
    assert rows(found, "added")["AdresuPieprasijums/iemesls"]["breaking"] == "requests have to have it"


def test_a_change_of_a_wsdl_is_named_and_what_nobody_uses_breaks_nothing(agency: Path, tmp_path: Path) -> None:
    source = ROOT / "adapters" / "registers" / "vies" / "contract" / "checkVatService.wsdl"
    text = source.read_text("utf-8")
    element = '<xs:element name="valid" type="xs:boolean"/>'
    assert element in text
    (tmp_path / "one.wsdl").write_text(text.replace(element, element.replace("boolean", "string"), 1), "utf-8")
    found = compared("taxpayers", tmp_path / "one.wsdl", 1)
    changed = rows(found, "changed")
    [path] = [each for each in changed if each.endswith("/valid")]
    assert changed[path]["breaking"] == "the adapter uses it"
    assert changed[path]["what"] == "xsd:boolean, once; now xsd:string, once"
    at = text.index('name="checkVatApproxResponse"')
    unused = text[:at] + text[at:].replace(element, element.replace("boolean", "string"), 1)
    (tmp_path / "two.wsdl").write_text(unused, "utf-8")
    found = compared("taxpayers", tmp_path / "two.wsdl", 0)
    assert [row["breaking"] for row in rows(found, "changed").values()] == [None]


def test_an_operation_that_is_gone_breaks_it(agency: Path, tmp_path: Path) -> None:
    found = compared("parcels", live_rest(tmp_path, ("operationId: mekletAdreses", "operationId: mekle")), 1)
    assert rows(found, "removed")["operation mekletAdreses"]["breaking"] == "the adapter uses it"


def test_people_see_each_difference_on_a_line(agency: Path, tmp_path: Path) -> None:
    contract = live_rest(tmp_path, ("        maja:\n", "        majasNumurs:\n"))
    with simulating("live", "--contract", str(contract)) as running:
        shown = check("parcels", "--live", running.url, code=1).stdout
    [line] = [line for line in shown.splitlines() if "Adrese/maja " in line]
    assert line.strip().startswith("removed ")
    assert line.endswith("BREAKING: the adapter uses it")
    assert "dark: nobody reads it" in shown


def test_a_description_in_several_files_is_read_from_its_server_and_no_file_above_its_address(
    agency: Path, tmp_path: Path
) -> None:
    reference = '"#/components/schemas/Adrese"'
    used = next(form for form in (reference, reference.replace('"', "'")) if form in GOOD)
    at = GOOD.index("    Adrese:\n")
    end = at + GOOD[at:].index("    AdresesKods:\n")
    shape = "Adrese:\n" + "".join(line[4:] for line in GOOD[at:end].splitlines(keepends=True)[1:])
    split = GOOD[:at].replace(used, '"shapes/all.yaml#/Adrese"') + GOOD[end:]
    sneaky = split.replace("info:", "x-more: {$ref: '../../secret.yaml'}\ninfo:", 1)
    more = {"/shapes/all.yaml": shape.replace("'#/", "'../contract#/").encode()}
    with answering(200, sneaky.encode(), more=more) as (url, asked):
        found = seen("parcels", "--live", url, code=0)
    assert set(asked) == {"/contract", "/shapes/all.yaml"}
    assert found["live_contract"]["problem"] is None
    assert rows(found, "removed") == {}


def test_another_kind_of_contract_is_no_comparison(agency: Path) -> None:
    with simulating("vies") as running:
        found = seen("parcels", "--live", running.url, code=1)
    assert found["live_contract"]["problem"] == "the address gave WSDL, the pinned contract is OPENAPI"


# ---------------------------------------------------------------- the test fails


def test_what_fails_is_named_in_words_without_what_an_exception_holds(agency: Path, tmp_path: Path) -> None:
    (agency / "parcels" / "test_adapter.py").write_text(FAILING)
    result = check("parcels", code=1)
    assert "Contract test: 1 passed, 2 failed" in result.stdout
    assert "  nobody is left out: a record is missing" in result.stdout
    assert "  a text stays a text: ValueError" in result.stdout
    assert "39100000011" not in result.output
    assert "earned DRAFT" in result.stdout
    assert not list(agency.rglob("__pycache__/test_adapter*"))
    assert not list(agency.rglob(".pytest_cache"))


@pytest.mark.parametrize(
    ("test", "said"),
    [("", "no test of test_adapter.py was run"), ("import no_such_library\n", "No module named 'no_such_library'")],
)
def test_a_test_that_cannot_run_does_not_pass(agency: Path, test: str, said: str) -> None:
    (agency / "parcels" / "test_adapter.py").write_text(test)
    found = seen("parcels", code=1)
    rule = next(each for each in found["tier"]["rules"] if each["rule"] == "contract-test-passes")
    assert said in rule["comment"]
    assert "the contract test does not pass" in found["wrong"]


def test_a_test_that_does_not_end_is_stopped(agency: Path) -> None:
    (agency / "parcels" / "test_adapter.py").write_text(
        "import time\n\n\ndef test_it() -> None:\n    time.sleep(600)\n"
    )
    assert trial_run(agency / "parcels", 2.0).problem == "it did not end within 2 seconds"


def test_an_adapter_whose_name_a_module_of_python_has_is_tested_as_itself(agency: Path) -> None:
    whole = (ROOT / "adapters" / "registers" / "addresses" / "test_adapter.py").read_text("utf-8")
    near = whole.replace("from schema.terms", "from .mapping import ADDRESSES\nfrom schema.terms", 1)
    own_adapter(agency, "addresses", "calendar", near.replace("folder =", "assert ADDRESSES\n    folder =", 1))
    assert seen("calendar")["contract_test"]["passed"] > 40


# ---------------------------------------------------------------- addresses that give nothing


def test_a_dead_address_is_said_and_the_rest_is_looked_at(agency: Path) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        found = seen("parcels", "--live", f"http://127.0.0.1:{taken.getsockname()[1]}/", code=1)
    assert found["live_contract"]["problem"] == "the address gave no contract: no connection"
    assert (found["pings"]["sent"], found["pings"]["answered"], found["pings"]["p95_ms"]) == (2, 0, None)
    assert found["contract_test"]["passed"] == 1
    assert found["tier"]["earned"] == "BRONZE"
    assert found["wrong"] == ["the live contract could not be compared", "its register does not answer"]


def test_an_address_that_hangs_is_cut_off(agency: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        found = seen("parcels", "--live", url, "--timeout", "0.3", code=1)
    assert found["live_contract"]["problem"] == "the address gave no contract: no answer within the deadline"
    assert found["pings"]["sent"] == 2


def test_a_redirect_is_not_followed(agency: Path) -> None:
    with answering(200, GOOD.encode()) as (meant, asked), answering(302, Location=meant) as (url, _):
        found = seen("parcels", "--live", url, code=1)
    assert "redirects are not followed" in found["live_contract"]["problem"]
    assert found["pings"]["answered"] == 0
    assert asked == []


def test_nothing_is_imported_from_another_server(agency: Path) -> None:
    source = (agency / "taxpayers" / "contract" / "checkVatService.wsdl").read_text("utf-8")
    with answering(200, b"<a/>") as (elsewhere, asked):
        schema = f'<xs:import namespace="urn:x" schemaLocation="{elsewhere}?key=secret-7f3a"/>'
        at = source.index(">", source.index("<xs:schema")) + 1
        with answering(200, (source[:at] + schema + source[at:]).encode()) as (url, _):
            result = check("taxpayers", "--live", url)
    assert asked == []
    assert "secret-7f3a" not in result.output


@pytest.mark.parametrize(
    "body",
    [b"", b"<html/>", b"\xff\xfe\x00", b"<!DOCTYPE a [<!ENTITY b 'CANARY'>]><a>&b;</a>", b"[" * 100_000, b"a: &a [*a]"],
)
def test_what_is_no_contract_is_said_in_one_line(agency: Path, body: bytes) -> None:
    with answering(200, body) as (url, _):
        found = seen("parcels", "--live", url, code=1)
    assert found["live_contract"]["problem"].startswith("what the address gave ")
    assert "\n" not in found["live_contract"]["problem"]


def test_an_address_with_a_password_is_a_wrong_call_and_is_not_repeated(agency: Path) -> None:
    for url in ("http://user:secret-7f3a@127.0.0.1/", "file:///etc/passwd", "http://[", "parcels?wsdl"):
        result = check("parcels", "--live", url, code=2)
        assert result.stdout == ""
        assert "secret-7f3a" not in result.stderr


def test_an_adapter_that_is_not_there_or_set_aside_says_so(agency: Path) -> None:
    (agency / "parcels" / "adapter.py").write_text("import no_such_library\n")
    assert "no adapter is called parcel; there are addresses, " in check("parcel", code=2).stderr
    assert "parcels is set aside" in check("parcels", code=1).stderr


def test_a_tier_that_is_declared_and_not_earned_is_exit_code_one(agency: Path) -> None:
    manifest = agency / "parcels" / "manifest.toml"
    manifest.write_text(manifest.read_text("utf-8").replace('"BRONZE"', '"GOLD"'), "utf-8")
    found = seen("parcels", code=1)
    assert found["wrong"] == ["it declares GOLD and has earned BRONZE"]
