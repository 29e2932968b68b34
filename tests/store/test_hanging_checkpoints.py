"""A place for checkpoints that hangs, as a disk of another machine does: it holds up nothing, and is told of.

A named pipe that nobody reads or writes hangs like one: who opens it waits.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import httpx
import pytest

from gateway.audit.checkpoints import Checkpointer
from gateway.audit.patience import Patience
from gateway.checkpoint_care import said_of_place
from gateway.demo.folder import GATEWAY_LOG
from gateway.settings import Settings
from tests.answers import clean
from tests.audit.logs import NOW, SIGNER, Written
from tests.conftest import StartsGateway
from tests.running_gateway import ROOT, environment

_WITHIN_SECONDS = 60.0


def test_a_gateway_starts_records_reads_takes_claims_and_stops_beside_a_place_that_hangs(
    tmp_path: Path, fresh_gateway: StartsGateway
) -> None:
    place = tmp_path / "hangs"
    os.mkfifo(place)
    gateway = fresh_gateway(GATEWAY_CHECKPOINTS=str(place))
    name = gateway.post("{ me { givenName } }")[1]
    assert clean(name)["me"] == {"givenName": "Anna"}
    log = "{ me { accessLog(first: 1) { edges { node { action } } } } }"
    assert clean(gateway.post(log)[1])["me"]["accessLog"]["edges"] == [{"node": {"action": "READ"}}]
    draft = """mutation { prepareClaim(input: {type: "housing-benefit", municipality: "0054000",
        applicant: {personCode: "39100000011"}, answers: {tenure: "RENT", monthlyCosts: "310.50",
        account: "LV80BANK0000435195001"}}) { claim { id } problems { code } } }"""
    claim = clean(gateway.post(draft)[1])["prepareClaim"]["claim"]["id"]
    submit = 'mutation { submitClaim(input: {id: "%s", idempotencyKey: "k"}) { claim { status } } }' % claim
    assert clean(gateway.post(submit)[1])["submitClaim"]["claim"]["status"] in ("SUBMITTED", "DELIVERED")
    end = time.monotonic() + _WITHIN_SECONDS
    while (told := _checkpoints(gateway.url)).get("keptOutside", True):
        assert time.monotonic() < end, told
        time.sleep(0.2)
    assert told["reason"] == "ETIMEDOUT"
    assert "audit.checkpoint_not_kept_outside" in (gateway.data / GATEWAY_LOG).read_text()
    gateway.stop()
    assert gateway.process.returncode == 0
    verified = subprocess.run(
        [sys.executable, "-m", "gateway", "audit", "verify"],
        cwd=ROOT,
        env=environment({"GATEWAY_DATA": str(gateway.data)}),
        capture_output=True,
        text=True,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _checkpoints(url: str) -> dict[str, object]:
    told: dict[str, object] = httpx.get(f"{url}/health/ready", trust_env=False).json()["checkpoints"]
    return told


def test_what_could_not_be_kept_while_the_place_hung_is_kept_once_it_answers_each_once(tmp_path: Path) -> None:
    log = Written(tmp_path)
    log.checkpointer = checkpointer = Checkpointer(log.store, SIGNER, log.outside, lambda: NOW, 0.2)
    log.write(3)
    kept = list(log.outside.notes())
    place, whole, hung = log.outside.path, tmp_path / "whole", tmp_path / "hung"
    place.rename(whole)
    os.mkfifo(place)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            log.write(2)
    assert not checkpointer.sign_or_say()
    assert checkpointer.trouble is not None
    assert checkpointer.trouble.reason == "ETIMEDOUT"
    place.rename(hung)
    whole.rename(place)
    # Whoever opens both ends lets go of those that wait for either.
    os.close(os.open(hung, os.O_RDWR | os.O_NONBLOCK))
    end = time.monotonic() + _WITHIN_SECONDS
    while not checkpointer.sign_or_say():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert checkpointer.trouble is None
    notes = list(log.outside.notes())
    assert (len(notes), notes[: len(kept)], len(set(notes))) == (3, kept, 3)
    log.close()


def test_the_doctor_waits_a_little_for_a_place_that_hangs_and_says_so(tmp_path: Path) -> None:
    place = tmp_path / "hangs"
    os.mkfifo(place)
    said, remedy = said_of_place(Settings(data=tmp_path / "data").model_copy(update={"checkpoints": place}))
    assert "does not answer" in said
    assert "records without it" in (remedy or "")


def test_while_one_call_hangs_no_other_is_begun_and_none_waits() -> None:
    patience, let_go, done = Patience(0.05, "the place"), Event(), []
    with pytest.raises(TimeoutError, match="does not answer"):
        patience.call(lambda: let_go.wait(60) and done.append("late"))
    for _ in range(1000):  # Each would cost its seconds.
        with pytest.raises(TimeoutError):
            patience.call(lambda: done.append("never"))
    let_go.set()
    end = time.monotonic() + _WITHIN_SECONDS
    while not done:
        assert time.monotonic() < end
    assert patience.call(lambda: done[:]) == ["late"]
    with pytest.raises(ZeroDivisionError):
        patience.call(lambda: 1 // 0)
