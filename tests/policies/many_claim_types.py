"""What hundreds of claim types cost, in processor time: ``python -m tests.policies.many_claim_types --types 400``.

Whole folders, made of the checkout's under other codes; a gateway that starts with them, ``gateway policy check`` over
them, reloads of one and of all, and the first request after each over HTTP. Prints each figure with its limit.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gateway.demo.folder import GATEWAY_LOG
from tests.policies.generated import generate
from tests.running_gateway import ROOT, RunningGateway
from tests.warm import environment

LOAD_SECONDS = 5.0
CHECK_SECONDS = 5.0
FIRST_REQUEST_MILLISECONDS = 50.0
RELOADED_WITHIN = 120.0
ASKED = """{
  claimTypes { code titleLv evidence { path openTo } }
  claim(id: "demo-1") { status type { code } applicant { ... on Person { givenName income { gross } } } }
  viewer { permissions(claimType: "housing-benefit") { action } }
}"""
START = """
import sys, time
from pathlib import Path
from gateway.settings import load
from gateway.app import create_app
before = time.process_time()
create_app(load())
print(time.process_time() - before, time.process_time())
"""


def main() -> int:
    """Print the table; exit code 1 where a limit does not hold."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--types", type=int, default=400, help="How many claim types, beside the checkout's.")
    wanted.add_argument("--unlike", action="store_true", help="No rule says the same as any other.")
    arguments = wanted.parse_args()
    held: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "own"
        _tell_apart(own, generate(own, arguments.types), arguments.unlike)
        settings = {"POLICIES_PATH": str(own), "GATEWAY_DATA": str(Path(folder) / "started")}
        _row(held, "start of the gateway with the checkout's, the process", _start(folder, {})[1], "s")
        parts = _start(folder, settings)
        _row(held, "start with all, every example run", parts[0], "s", LOAD_SECONDS)
        _row(held, "start with all, the process with its imports", parts[1], "s")
        _row(held, "gateway policy check over all, the process", _check(settings), "s", CHECK_SECONDS)
        with RunningGateway(Path(folder) / "demo", settings={"POLICIES_PATH": str(own)}) as gateway:
            _reloads(held, gateway, sorted(own.glob("*/policy.cedar")))
    sys.stdout.write(f"{'every limit holds' if all(held) else 'a limit does not hold'}\n")
    return 0 if all(held) else 1


def _tell_apart(own: Path, codes: list[str], unlike: bool) -> None:
    """No two forms are the same; where ``unlike``, no two rules either."""
    for code in codes:
        form = own / code / "form.schema.json"
        form.write_text(form.read_text(encoding="utf-8").replace('"title": "', f'"title": "{code} '), encoding="utf-8")
        if unlike:
            rules = own / code / "policy.cedar"
            text = rules.read_text(encoding="utf-8").replace(";\n", f'\nunless {{ "{code}" == "" }};\n')
            rules.write_text(text, encoding="utf-8")


def _start(folder: str, settings: dict[str, str]) -> tuple[float, float]:
    given = {"GATEWAY_DATA": str(Path(folder) / "started"), **settings}
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, env=environment(given), capture_output=True, text=True, check=True
    )
    made, whole = done.stdout.split()[-2:]
    return float(made), float(whole)


def _check(settings: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "gateway", "policy", "check"]
    done = subprocess.run(command, cwd=ROOT, env=environment(settings), capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.stdout.write(f"gateway policy check: {done.stdout[:500]}{done.stderr[-500:]}\n")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _reloads(held: list[bool], gateway: RunningGateway, files: list[Path]) -> None:
    token = gateway.token("anna")

    def ask() -> None:
        status, body = gateway.post(ASKED, token=token)
        assert status == 200, body

    for _ in range(3):
        ask()
    _row(held, "a request before any reload, the loop", _loop_seconds(gateway, ask) * 1e3, "ms")
    for name, changed in (("one", files[:1]), ("all", files)):
        for file in changed:
            file.write_bytes(file.read_bytes() + b"\n")
        before, longest = _process_seconds(gateway), _reload(gateway)
        _row(held, f"reload after a change of {name}, the process", _process_seconds(gateway) - before, "s")
        _row(held, f"longest wait of another request while {name} are read", longest * 1e3, "ms, wall clock")
        first = _loop_seconds(gateway, ask) * 1e3
        _row(held, "the first request after it, the loop", first, "ms", FIRST_REQUEST_MILLISECONDS)
        _row(held, "the next, the loop", _loop_seconds(gateway, ask) * 1e3, "ms")


def _reload(gateway: RunningGateway) -> float:
    """Have policies read; gives the longest that somebody waited meanwhile, in seconds."""

    def in_force() -> int:
        lines = (gateway.data / GATEWAY_LOG).read_text(encoding="utf-8").splitlines()
        return sum(json.loads(line)["event"] == "policies.in_force" for line in lines)

    before, longest, end = in_force(), 0.0, time.monotonic() + RELOADED_WITHIN
    os.kill(gateway.process.pid, signal.SIGHUP)
    while in_force() == before:
        assert time.monotonic() < end, gateway.printed()[-2000:]
        begun = time.monotonic()
        gateway.post("{ __typename }", token="none")
        longest = max(longest, time.monotonic() - begun)
        time.sleep(0.005)
    return longest


def _loop_seconds(gateway: RunningGateway, what: Callable[[], object]) -> float:
    """Processor time of the gateway's main thread, on which its event loop runs."""

    def spent() -> int:
        return int(Path(f"/proc/{gateway.process.pid}/task/{gateway.process.pid}/schedstat").read_text().split()[0])

    before = spent()
    what()
    return (spent() - before) / 1e9


def _process_seconds(gateway: RunningGateway) -> float:
    fields = Path(f"/proc/{gateway.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _row(held: list[bool], what: str, value: float, unit: str, limit: float | None = None) -> None:
    verdict = ""
    if limit is not None:
        held.append(value <= limit)
        verdict = f"limit {limit:g}: {'holds' if held[-1] else 'does not hold'}"
    sys.stdout.write(f"{what:<58} {value:>9.2f} {unit:<16} {verdict}".rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
