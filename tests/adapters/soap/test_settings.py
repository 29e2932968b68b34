"""How a register is spoken to, as settings say it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.kit.soap.security import UsernameToken
from adapters.kit.xroad import Member, SecurityServer, XRoad
from gateway.app import connection_of
from gateway.register_settings import RegisterSettings

ENDS = {"xroad_client": "LV/GOV/1/CSC", "xroad_service": "LV/GOV/2/PERSONS/lookup/v2"}


def _settings(**given: Any) -> RegisterSettings:
    return RegisterSettings.model_validate({"url": "http://127.0.0.1:9/spoken", **given})


@pytest.mark.parametrize(("said", "digest"), [({}, True), ({"password_digest": False}, False)])
def test_a_name_and_a_password_are_read_and_shown_to_nobody(tmp_path: Path, said: Any, digest: bool) -> None:
    secret = tmp_path / "password"
    secret.write_text("S3cret ā \n", "utf-8")
    wanted = _settings(username="kiosk", password_file=secret, **said)
    connection = connection_of("spoken", wanted)
    assert connection.security is not None
    assert connection.security.username == UsernameToken("kiosk", "S3cret ā ", digest=digest)
    assert "S3cret" not in f"{wanted!r} {connection!r}"
    assert connection_of("spoken", _settings()).security is None


def test_x_road_is_read_with_service_version_and_security_server() -> None:
    found = connection_of("spoken", _settings(**ENDS, xroad_security_server="LV/GOV/2/ss1")).xroad
    assert found == XRoad(
        Member("LV", "GOV", "1", "CSC"),
        Member("LV", "GOV", "2", "PERSONS"),
        "v2",
        service_code="lookup",
        security_server=SecurityServer("LV", "GOV", "2", "ss1"),
    )


@pytest.mark.parametrize(
    "half",
    [
        {"username": "kiosk"},
        {"password_file": __file__},
        {"username": "kiosk", "password_file": "/nowhere/password"},
        {"username": "kiosk", "password_file": __file__, "password_digest": "rot13"},
        {"xroad_security_server": "LV/GOV/2/ss1"},
        {"xroad_client": "LV/GOV/1/CSC"},
    ],
)
def test_half_a_setting_is_refused(half: Any) -> None:
    with pytest.raises(ValidationError):
        _settings(**half)
