"""``gateway adapter simulate``: any contract as a register, and the demo's registers of adapters without a desk."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from adapters.sandbox.server import HAND_WRITTEN
from gateway.cli import app
from gateway.demo.run import connected
from gateway.demo.simulated import found_adapters
from gateway.register_settings import RegisterSettings
from gateway.settings import Settings
from tests.cli.own_adapters import own_adapter
from tests.cli.simulating import ROOT, Simulator, simulating

ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<checkVat xmlns="urn:ec.europa.eu:taxud:vies:services:checkVat:types">'
    "<countryCode>LV</countryCode><vatNumber>{number}</vatNumber></checkVat></s:Body></s:Envelope>"
)
IN_THE_CHECKOUT = {path.parent.name for path in (ROOT / "adapters").glob("*/*/manifest.toml")}
XROAD = {"X-Road-Client": "LV/GOV/1/CSC", "X-Road-Id": "id-1", "X-Road-UserId": "user-1"}
DESCRIPTION = """
openapi: 3.0.3
info: {title: Ships, version: "1"}
paths:
  /ships/{number}:
    get:
      operationId: ship
      parameters:
        - {name: number, in: path, required: true, schema: {type: string, pattern: "^[0-9]{4}$"}}
      responses:
        "200":
          description: one ship
          content:
            application/json:
              schema:
                type: object
                required: [number, tons]
                properties: {number: {type: string}, tons: {type: integer, minimum: 1}}
"""


@pytest.fixture(scope="module")
def vies() -> Iterator[Simulator]:
    with simulating("vies") as running:
        yield running


@pytest.fixture(scope="module")
def addresses() -> Iterator[Simulator]:
    with simulating("addresses") as running:
        yield running


def check_vat(running: Simulator, number: str) -> httpx.Response:
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return httpx.post(running.url, content=ENVELOPE.format(number=number), headers=headers)


def look_up(running: Simulator, *codes: str) -> httpx.Response:
    return httpx.post(f"{running.url}/v1/adreses/meklet", json={"kodi": list(codes)}, headers=XROAD)


def calls(running: Simulator, name: str) -> Any:
    return httpx.get(running.control).json()["registers"][name]["calls"]


def test_a_soap_request_of_a_recorded_case_is_answered_as_recorded(vies: Simulator) -> None:
    answer = check_vat(vies, "40103000102")
    assert answer.status_code == 200
    assert 'SIA "Piemērs"' in answer.text


def test_any_other_soap_request_is_answered_as_the_contract_says_and_the_same_each_time(vies: Simulator) -> None:
    first, second, other = (check_vat(vies, number) for number in ("40003000017", "40003000017", "40003000025"))
    assert first.status_code == other.status_code == 200
    assert "vatNumber>40003000017</" in first.text
    assert first.content == second.content
    assert first.content != other.content


def test_a_request_that_the_contract_does_not_allow_is_refused(vies: Simulator, addresses: Simulator) -> None:
    assert "Fault" in check_vat(vies, "</vatNumber><more/><vatNumber>").text
    assert look_up(addresses, "no code").status_code == 400


def test_a_rest_request_is_answered_from_a_recorded_case_or_by_the_contract(addresses: Simulator) -> None:
    recorded = look_up(addresses, "100012345", "100054321", "100099999").json()["adreses"]
    assert "Rīgas iela 10 - 5, Valmiera, Valmieras nov., LV-4201" in [one["pilnsTeksts"] for one in recorded]
    generated = look_up(addresses, "100000001")
    assert generated.status_code == 200
    assert generated.json() == look_up(addresses, "100000001").json()
    assert {"kods", "pilnsTeksts"} <= generated.json()["adreses"][0].keys()


def test_a_fault_is_met_as_often_as_it_was_set_and_calls_are_counted(vies: Simulator) -> None:
    httpx.delete(vies.control)
    wanted = {"register": "vies", "operation": "checkVat", "fault": "http_500_html", "count": 1}
    assert httpx.post(vies.control, json=wanted).status_code == 200
    assert [check_vat(vies, "40103000102").status_code for _ in range(2)] == [500, 200]
    assert calls(vies, "vies") == {"checkVat": 2, "checkVatApprox": 0}


def test_what_is_printed_first_says_how_to_reach_and_how_to_disturb_it(vies: Simulator) -> None:
    said = "\n".join(vies.said)
    assert f"GATEWAY_REGISTERS__VIES__URL={vies.url}\n" in said
    example = next(line for line in vies.said if "Set a fault" in line)
    body = example.partition("-d '")[2].removesuffix("'")
    assert vies.control in example
    assert httpx.post(vies.control, content=body).status_code == 200
    assert check_vat(vies, "40103000102").status_code == 500
    published = next(line for line in vies.said if "Its contract" in line).rpartition(" ")[2]
    assert "checkVatService" in httpx.get(published).text
    assert "    checkVatApprox  reads" in vies.said


def test_what_the_manifest_receives_by_is_a_write_and_may_meet_faults_around_it() -> None:
    with simulating("revenue") as running:
        written = {line.split()[0] for line in running.said if line.endswith("  writes")}
        assert len(written) == 1
        aim = {"register": "revenue", "operation": written.pop(), "fault": "commit_then_reset"}
        assert httpx.post(running.control, json=aim).status_code == 200
        assert "commit_then_reset" in "\n".join(running.said)


def test_the_address_of_a_municipal_register_goes_on_with_any_municipalitys_code() -> None:
    with simulating("social_assistance") as running:
        one, other = (httpx.get(f"{running.url}/{code}") for code in ("0001000", "0054000"))
        assert one.status_code == 200
        assert one.content == other.content
        assert httpx.get(f"{running.url}/0001000/nothing").status_code == 404


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_told_to_end_and_ends_well(number: signal.Signals) -> None:
    with simulating("vies") as running:
        assert running.process.poll() is None
        assert running.end(number) == 0


def test_any_contract_is_served_without_an_adapter_whatever_its_kind(tmp_path: Path) -> None:
    (tmp_path / "ships").write_text(DESCRIPTION)
    with simulating("ships", "--contract", str(tmp_path / "ships")) as running:
        assert httpx.get(f"{running.url}/ships/1234").json()["number"] == "1234"
        assert httpx.get(f"{running.url}/ships/12").status_code == 400
    wsdl = ROOT / "adapters" / "registers" / "natural_persons" / "contract" / "fpr.wsdl"
    with simulating("people", "--contract", str(wsdl)) as running:
        assert "(SOAP)" in running.said[0]
        assert "definitions" in httpx.get(running.url).text


def test_a_part_of_a_contract_that_cannot_be_served_is_named(tmp_path: Path) -> None:
    broken = (
        '  /other:\n    get:\n      operationId: other\n      parameters: [{$ref: "#/nowhere"}]\n      responses: {}\n'
    )
    (tmp_path / "ships.yaml").write_text(DESCRIPTION + broken)
    with simulating("ships", "--contract", str(tmp_path / "ships.yaml")) as running:
        assert "    ship  reads" in running.said
        [left] = [line for line in running.said if line.startswith("    get /other")]
        assert "nowhere" in left


def test_a_case_is_served_to_who_asks_with_the_key_as_it_stands_on_the_wire(tmp_path: Path) -> None:
    folder = own_adapter(tmp_path, "vies", "taxes")
    for path in (folder / "cases").glob("*.case.json"):
        case = json.loads(path.read_text("utf-8"))
        case["ask_on_the_wire"] = case["ask"]
        case["ask"] = [f"LV{one}" for one in case["ask"]]
        path.write_text(json.dumps(case), "utf-8")
    (folder / "cases" / "broken.case.json").write_text("{}", "utf-8")
    with simulating("taxes", ADAPTERS_PATH=str(tmp_path)) as running:
        assert 'SIA "Piemērs"' in check_vat(running, "40103000102").text
        [served] = [line for line in running.said if "Recorded cases served" in line]
        assert served.endswith("; no reply of this contract: broken.case.json")


def refused(*arguments: str) -> Any:
    result = CliRunner().invoke(app, ["adapter", "simulate", *arguments])
    assert result.stdout == ""
    assert "Traceback" not in result.output
    return result


def test_a_wrong_call_says_what_to_do(tmp_path: Path) -> None:
    unknown = refused("vis")
    assert (unknown.exit_code, "there are addresses, " in unknown.stderr) == (2, True)
    missing = refused("ships", "--contract", str(tmp_path / "none.yaml"))
    assert (missing.exit_code, "there is no file" in missing.stderr) == (2, True)
    assert refused("_control", "--contract", str(ROOT / "README.md")).exit_code == 2


@pytest.mark.parametrize(
    "content", ["", "<a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "[1", "openapi: 3.0.3", "\x00"]
)
def test_a_file_that_is_no_contract_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "ships").write_text(content)
    result = refused("ships", "--contract", str(tmp_path / "ships"))
    assert result.exit_code == 1
    assert result.stderr.startswith("gateway: ")
    assert result.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = refused("vies", "--port", str(taken.getsockname()[1]))
    assert (result.exit_code, "--port" in result.stderr) == (1, True)


def test_the_sandbox_serves_what_has_no_desk_of_its_own_and_says_what_it_cannot(tmp_path: Path) -> None:
    own_adapter(tmp_path, "addresses", "parcels")
    broken = own_adapter(tmp_path, "addresses", "wrecks")
    (broken / "contract" / "openapi.yaml").write_text("openapi: 3.0.3")
    (broken / "adapter.py").write_text("import no_such_library\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gateway", "sandbox", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "ADAPTERS_PATH": str(tmp_path)}, stderr=subprocess.PIPE, text=True
    )
    try:
        base = f"http://127.0.0.1:{port}"
        registers = _once_ready(f"{base}/_control")["registers"]
        assert set(registers) == {*IN_THE_CHECKOUT, "parcels"}
        answer = httpx.post(f"{base}/parcels/v1/adreses/meklet", json={"kodi": ["100000001"]}, headers=XROAD)
        assert answer.status_code == 200
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert f"gateway: wrecks (folder {tmp_path}) is not simulated: " in said
    assert "Traceback" not in said
    assert process.returncode == 0


def _once_ready(url: str) -> Any:
    for _ in range(400):
        try:
            return httpx.get(url).json()
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the sandbox does not answer")


def test_the_demo_connects_every_adapter_that_is_not_set_otherwise_to_its_simulated_register(tmp_path: Path) -> None:
    own_adapter(tmp_path, "addresses", "parcels")
    set_otherwise = RegisterSettings.model_validate({"url": "http://127.0.0.1:9/vies"})
    settings = Settings(adapters_path=(tmp_path,), registers={"vies": set_otherwise})
    made = connected(settings, 8100).registers
    assert made["parcels"].address == "http://127.0.0.1:8100/parcels"
    assert made["vies"].address == "http://127.0.0.1:9/vies"
    assert {each.name for each in found_adapters(())} == IN_THE_CHECKOUT >= HAND_WRITTEN
    assert set(made) == {*IN_THE_CHECKOUT, "parcels"}
