"""Settings: strict, and silent about values."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway import settings
from gateway.settings import SettingsError
from schema.terms import Capacity


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(settings.PREFIX):
            monkeypatch.delenv(name)


def test_nothing_needs_to_be_set() -> None:
    found = settings.load()
    assert (found.host, found.port, found.request_deadline) == ("127.0.0.1", 8000, 5.0)
    assert found.store == f"sqlite:///{Path('.data/gateway.sqlite3').absolute()}"
    assert found.introspection == {Capacity.MINISTRY_IT, Capacity.POLICY_OFFICER}
    assert found.register("natural_persons").address is None


def test_a_register_can_be_pointed_at_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_REGISTERS__NATURAL_PERSONS__URL", "http://127.0.0.1:9001/natural_persons/")
    monkeypatch.setenv("GATEWAY_REGISTERS__NATURAL_PERSONS__TIMEOUT", "1.5")
    monkeypatch.setenv("GATEWAY_REGISTERS__SOCIAL_ASSISTANCE__MUNICIPALITIES__0054000__URL", "http://127.0.0.1:9002")
    found = settings.load()
    assert found.register("natural_persons").address == "http://127.0.0.1:9001/natural_persons"
    assert found.register("natural_persons").timeout == 1.5
    assert str(found.register("social_assistance").municipalities["0054000"].url) == "http://127.0.0.1:9002/"


def test_the_environment_wins_over_the_file_and_an_argument_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(
        'port = 1\nhost = "::1"\nrequest_deadline = 2\n[registers.vies]\nurl = "http://127.0.0.1:1/vies"\ntimeout = 9\n'
    )
    monkeypatch.setenv("GATEWAY_SETTINGS_FILE", str(file))
    monkeypatch.setenv("GATEWAY_PORT", "2")
    monkeypatch.setenv("GATEWAY_REGISTERS__VIES__URL", "http://127.0.0.1:2/vies")
    found = settings.load(request_deadline=3)
    assert (found.host, found.port, found.request_deadline) == ("::1", 2, 3)
    assert found.register("vies").address == "http://127.0.0.1:2/vies"
    assert found.register("vies").timeout == 9


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("GATEWAY_PRT", "8000", "GATEWAY_PRT"),
        ("GATEWAY_LIMITS__BODY", "5", "limits.body"),
        ("GATEWAY_REGISTERS__VIES__ADDRESS", "http://127.0.0.1", "registers.vies.address"),
        ("GATEWAY_REGISTERS__VIES__URL", "canary", "registers.vies.url"),
        ("GATEWAY_REGISTERS__X__MUNICIPALITIES__54__URL", "http://127.0.0.1", "registers.x.municipalities"),
        ("GATEWAY_REGISTERS__VIES__KEY", "canary.key", "registers.vies: key goes with certificate"),
        ("GATEWAY_REGISTERS__X__EXCHANGE_NUMBER", " canary", "registers.x.exchange_number"),
        ("GATEWAY_REGISTERS__X__EXCHANGE_NUMBER", "canary\r\nX-Lietotajs: x", "registers.x.exchange_number"),
        ("GATEWAY_REGISTERS__X__RESOURCES__REGISTER", "canary/../other", "registers.x.resources.register"),
        ("GATEWAY_PORT", "canary", "port"),
        ("GATEWAY_REQUEST_DEADLINE", "nan", "request_deadline"),
        ("GATEWAY_INTROSPECTION", "canary", "introspection"),
        ("GATEWAY_PRODUCTION", "true", "issuer"),
        ("GATEWAY_SETTINGS_FILE", "/nowhere/gateway.toml", "/nowhere/gateway.toml"),
    ],
)
def test_a_setting_that_does_not_exist_or_makes_no_sense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, where: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert where in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_register_is_known_by_an_exchange_number_that_no_setting_shows_and_a_portals_tables_by_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GATEWAY_REGISTERS__ENTERPRISES__EXCHANGE_NUMBER", "20261127")
    monkeypatch.setenv("GATEWAY_REGISTERS__ENTERPRISES_OPEN_DATA__RESOURCES__REGISTER", "e665114a-73c2")
    found = settings.load()
    number = found.register("enterprises").exchange_number
    assert number is not None
    assert number.get_secret_value() == "20261127"
    assert "20261127" not in repr(found) + str(found.model_dump_json())
    assert found.register("enterprises_open_data").resources == {"register": "e665114a-73c2"}


def test_an_unknown_setting_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    for text in ("prot = 1", "[limits]\nbody = 5", "port = ", "file_ = 1"):
        file.write_text(text)
        with pytest.raises(SettingsError):
            settings.load(file)


def test_introspection_can_be_given_to_others_or_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_INTROSPECTION", "AUDITOR, CITIZEN")
    assert settings.load().introspection == {Capacity.AUDITOR, Capacity.CITIZEN}
    monkeypatch.setenv("GATEWAY_INTROSPECTION", "none")
    assert settings.load().introspection == frozenset()


def test_a_shared_cache_needs_a_secret_and_says_nothing_of_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_CACHE__SHARED_URL", "rediss://gateway:hunter2@redis.example.lv/1")
    with pytest.raises(SettingsError) as refused:
        settings.load()
    assert refused.value.problems == ["cache: shared_url and key_file go together"]
    monkeypatch.setenv("GATEWAY_CACHE__KEY_FILE", "cache.key")
    assert str(settings.load().cache.shared_url) == "rediss://gateway:hunter2@redis.example.lv:6379/1"
    for wrong in ("redis://:hunter2@redis.example.lv/one", "http://:hunter2@redis.example.lv"):
        monkeypatch.setenv("GATEWAY_CACHE__SHARED_URL", wrong)
        with pytest.raises(SettingsError) as refused:
            settings.load()
        assert "cache.shared_url" in str(refused.value)
        assert "hunter2" not in str(refused.value)


def test_production_needs_an_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PRODUCTION", "true")
    monkeypatch.setenv("GATEWAY_ISSUER__NAME", "https://issuer.example")
    monkeypatch.setenv("GATEWAY_ISSUER__AUDIENCE", "gateway")
    monkeypatch.setenv("GATEWAY_ISSUER__JWKS_FILE", "jwks.json")
    assert settings.load().issuer is not None


def test_what_records_too_late_is_not_for_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_EXECUTOR", "reference")
    assert settings.load().executor == "reference"
    monkeypatch.setenv("GATEWAY_PRODUCTION", "true")
    monkeypatch.setenv("GATEWAY_ISSUER__NAME", "https://issuer.example")
    monkeypatch.setenv("GATEWAY_ISSUER__AUDIENCE", "gateway")
    monkeypatch.setenv("GATEWAY_ISSUER__JWKS_FILE", "jwks.json")
    with pytest.raises(SettingsError, match="executor"):
        settings.load()
