"""The worked example's adapter in a running gateway: its register is a field of the graph, or says why not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.adapters.outside.worked_example import written
from tests.answers import clean
from tests.conftest import StartsGateway

QUESTION = "{ me { givenName vehicles { plate year } } }"
NO_VEHICLES = {"GATEWAY_REGISTERS__VEHICLES__ENABLED": "false"}
"""The built-in register that answers the same field."""


@pytest.fixture
def adapters(tmp_path: Path) -> Path:
    """A folder that holds the worked example's adapter."""
    written(tmp_path / "agency")
    return tmp_path / "agency" / "vtua-adapters" / "vtua_adapters"


@pytest.fixture
def register(adapters: Path) -> Iterator[str]:
    """The address of a register of tractors that answers, whoever is asked for, about Anna as was recorded."""
    body = b"""{"ipasnieki": [{"personasKods": "39100000011", "transportlidzekli": [
        {"numurs": "AB1234", "marka": "VOLVO", "gads": "2019", "registretsNo": "2020-03-01"}]}]}"""

    class Register(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the library
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Register) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_a_register_of_another_repository_answers_a_field_of_the_graph(
    adapters: Path, register: str, fresh_gateway: StartsGateway
) -> None:
    gateway = fresh_gateway(ADAPTERS_PATH=str(adapters), **NO_VEHICLES, GATEWAY_REGISTERS__TRACTORS__URL=register)
    _, answer = gateway.post(QUESTION, persona="anna")
    assert clean(answer) == {"me": {"givenName": "Anna", "vehicles": [{"plate": "AB1234", "year": 2019}]}}
    _, others = gateway.post(QUESTION, persona="janis")
    (error,) = others["errors"]
    assert error["path"] == ["me", "vehicles"]
    assert error["extensions"]["code"] == "REGISTER_CONTRACT_BROKEN"


def test_a_register_whose_adapter_is_set_aside_is_not_connected_and_the_rest_answers(
    adapters: Path, register: str, fresh_gateway: StartsGateway
) -> None:
    (adapters / "tractors" / "mapping.py").write_text("raise SystemExit")
    gateway = fresh_gateway(ADAPTERS_PATH=str(adapters), **NO_VEHICLES, GATEWAY_REGISTERS__TRACTORS__URL=register)
    _, answer = gateway.post(QUESTION, persona="anna")
    assert answer["data"] == {"me": {"givenName": "Anna", "vehicles": None}}
    (error,) = answer["errors"]
    assert error["path"] == ["me", "vehicles"]
    assert error["extensions"]["code"] == "REGISTER_NOT_CONNECTED"
