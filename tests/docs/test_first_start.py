"""The file for a first start in production, as the ministry's page has it: nothing but the register itself is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner

from gateway.audit.signing import make_key
from gateway.cli import app
from tests.docs.pages import MINISTRY_IT, blocks


def test_with_the_pages_settings_a_gateway_starts_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [text] = [each.text for each in blocks(MINISTRY_IT) if (each.language, each.argument) == ("toml", "production")]
    for folder in ("/etc/gateway", "/var/lib/gateway", "/mnt/another-machine"):
        assert f'"{folder}' in text
        text = text.replace(f'"{folder}', f'"{tmp_path}{folder}')
        (tmp_path / folder[1:]).mkdir(parents=True)
    assert '"https://security-server.example.lv/"' in text
    etc = tmp_path / "etc" / "gateway"
    settings = etc / "gateway.toml"
    settings.write_text(text.replace("https://security-server.example.lv/", "http://127.0.0.1:9/"), "utf-8")
    make_key(etc / "checkpoint.key", "log.gateway.example")
    key = ECKey.generate_key("P-256", {"use": "sig", "kid": "one"}).as_dict(private=False)
    (etc / "issuer.jwks.json").write_text(json.dumps({"keys": [key]}), "utf-8")
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["doctor", "--settings", str(settings), "--json"])

    findings = json.loads(result.stdout)["findings"]
    assert [each["check"] for each in findings if not each["holds"]] == ["register natural_persons"]
    assert {"settings", "checkpoints", "checkpoint key", "keys", "store"} <= {each["check"] for each in findings}
