"""The examples of watching a claim, and of telling what became of it, are run as they stand in the documents."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest
from joserfc.jwk import ECKey

from gateway.edge.callback import BODY_BYTES, MOST_CHANGES
from gateway.edge.streams import HEARTBEAT_SECONDS
from gateway.identity.signed import WINDOW_SECONDS
from gateway.owner_door import EACH_SECOND
from gateway.settings import LimitsSettings
from tests.answers import clean
from tests.docs.pages import FRONT_END, blocks
from tests.edge.owner_system import OwnerSystem
from tests.running_gateway import ROOT, RunningGateway

OWNERS = ROOT / "docs" / "owners.md"
OWNER = "social-0054000"
KEY = ECKey.generate_key("P-256", {"kid": "2026-1"})
ADDRESS = "http://127.0.0.1:8000"


def block(page: Path, language: str, holding: str) -> str:
    [found] = [each.text for each in blocks(page) if each.language == language and holding in each.text]
    return found


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    folder = tmp_path_factory.mktemp("told")
    keys = OwnerSystem(OWNER, key=KEY).publish(folder)
    settings = {"GATEWAY_OWNERS": '{"%s": {"jwks_file": "%s"}}' % (OWNER, keys)}
    with RunningGateway(folder / "data", settings=settings) as running:
        yield running


def read_until(stream: IO[str], line: str) -> list[str]:
    found = []
    while (read := stream.readline().rstrip("\n")) != line:
        assert read or len(found) < 50, found
        found.append(read)
    return found


def test_the_client_of_the_front_ends_page_hears_what_the_signer_of_the_owners_page_tells(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    client, signer = tmp_path / "client.py", tmp_path / "signer.py"
    client.write_text(block(FRONT_END, "python", "claimChanged"))
    signer.write_text(block(OWNERS, "python", "serialize_compact"))
    key = tmp_path / "key.json"
    key.write_text(json.dumps(KEY.as_dict(private=True)))
    asked = clean(gateway.post('{ claim(id: "demo-2") { ownerReference } }', persona="peteris")[1])
    reference = asked["claim"]["ownerReference"]
    token = gateway.token("peteris")
    watching = subprocess.Popen(
        [sys.executable, str(client), gateway.graphql_url, token, "demo-2"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert watching.stdout is not None
        assert read_until(watching.stdout, "DELIVERED") == []
        change = ["c-1", reference, "INFORMATION_REQUESTED", "2026-11-23T09:00:00Z"]
        for _ in range(2):
            told = subprocess.run(
                [sys.executable, str(signer), gateway.url, OWNER, str(key), *change],
                capture_output=True,
                text=True,
                timeout=30,
            )
            assert (told.stdout, told.stderr) == ('200 {"received":1}\n', "")
        assert read_until(watching.stdout, "INFORMATION_REQUESTED") == []
    finally:
        watching.kill()
        watching.communicate()


def test_the_client_of_the_front_ends_page_ends_when_the_claim_is_not_open_to_it(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    client = tmp_path / "client.py"
    client.write_text(block(FRONT_END, "python", "claimChanged"))
    arguments = [sys.executable, str(client), gateway.graphql_url, gateway.token("janis"), "demo-2"]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=30)
    assert (ended.stdout, ended.returncode) == ("FORBIDDEN\n", 0)


def test_the_curl_command_of_the_front_ends_page_prints_what_the_page_shows(gateway: RunningGateway) -> None:
    command = block(FRONT_END, "bash", "claimChanged").replace(ADDRESS, gateway.url)
    command = re.sub(r"\$\(\.venv/bin/gateway token ([a-z-]+)\)", lambda match: gateway.token(match[1]), command)
    shown = block(FRONT_END, "text", "event: next").splitlines()
    running = subprocess.Popen(["bash", "-c", f"exec {command}"], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        # All but the heartbeat, which comes after twelve seconds.
        assert [running.stdout.readline().rstrip("\n") for _ in shown[:4]] == shown[:4]
    finally:
        running.kill()
        running.communicate()


def test_the_message_that_the_owners_page_shows_is_taken(gateway: RunningGateway) -> None:
    system = OwnerSystem(OWNER, key=KEY)
    body = block(OWNERS, "json", "changes").encode()
    headers = {"content-type": "application/json", "x-jws-signature": system.sign(body)}
    answer = httpx.post(gateway.url + system.path, content=body, headers=headers, trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"received": 1})


def test_the_figures_of_both_pages_are_those_of_the_code() -> None:
    owners, front_end = OWNERS.read_text("utf-8"), FRONT_END.read_text("utf-8")
    assert f"up to {BODY_BYTES // 1024} KiB and {MOST_CHANGES} changes" in owners
    assert f"more than {EACH_SECOND:.0f} messages a second" in owners
    assert WINDOW_SECONDS == 5 * 60
    assert "five minutes off at most" in owners
    limits = LimitsSettings()
    assert f"A party has {limits.streams_of_party} streams at most" in front_end
    assert f"a gateway {limits.streams:,} (HTTP 503)" in front_end
    assert f"every {HEARTBEAT_SECONDS:.0f} seconds" in front_end
