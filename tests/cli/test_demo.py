"""A whole demo, as a newcomer starts it: processes of its own, over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from gateway.demo.caller import answers
from tests.running_gateway import ROOT, environment, free_ports


@contextmanager
def demo(data: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], Path, tuple[int, int]]]:
    port, registers_port = free_ports(2)
    printed = data.with_name("printed.txt")
    command = ["demo", "--data", str(data), "--port", str(port), "--registers-port", str(registers_port), *arguments]
    with printed.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", *command],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        until = time.monotonic() + 60
        while "Three things to try" not in printed.read_text() and process.poll() is None:
            assert time.monotonic() < until, printed.read_text()
            time.sleep(0.1)
        yield process, printed, (port, registers_port)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def end(process: subprocess.Popen[bytes], number: int) -> int:
    process.send_signal(number)
    return process.wait(20)


def test_the_story_is_told_once_its_answers_are_right_and_everything_ends_with_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with demo(data) as (process, printed, (port, registers_port)):
        text = printed.read_text()
        for expected in (
            *("Anna Bērziņa", "Jānis Bērziņš", "second time     the same claim", "DELIVERED", "Atbalsts mājās"),
            *("FORBIDDEN claim.applicant.income", "FORBIDDEN claim:", "DENIED"),
        ):
            assert expected in text, text
        assert text.split("register calls of this attempt")[1].split()[0] == "0"
        assert "the story stopped" not in text
        with urlopen(f"http://127.0.0.1:{registers_port}/_control", timeout=5) as answer:
            cases = json.load(answer)["registers"]["social_assistance"]["cases"]
        assert text.split("case in the owner's system")[1].split()[0] in {case["reference"] for case in cases}
        assert end(process, signal.SIGINT) == 0
        assert not answers("127.0.0.1", port, "/health/live")
        assert not answers("127.0.0.1", registers_port, "/_control")
    log = (data / "gateway.log").read_text()
    for personal in ("Anna", "Bērziņ", "39100000011", "Rīgas iela", "eyJ"):
        assert personal not in log

    with demo(data) as (process, printed, _):
        assert "the story was told here on" in printed.read_text()
        assert "1. anna" not in printed.read_text()
        assert end(process, signal.SIGTERM) == 0


def test_a_demo_that_is_killed_leaves_nothing_running(tmp_path: Path) -> None:
    with demo(tmp_path / "data", "--no-story") as (process, _, (_, registers_port)):
        assert answers("127.0.0.1", registers_port, "/_control")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        until = time.monotonic() + 10
        while answers("127.0.0.1", registers_port, "/_control"):
            assert time.monotonic() < until
            time.sleep(0.05)
