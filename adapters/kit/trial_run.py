"""Runs the contract test of one folder, in a process of its own, and says in words what came of it."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from adapters.kit.xml_parser import NotXmlError, parse_xml

_ROOT = Path(__file__).resolve().parent.parent.parent
_LONGEST = 400
_NO_TESTS = 5
_RAN = (0, 1)


@dataclass(frozen=True, slots=True)
class Failed:
    """One test that failed."""

    test: str
    """Its name, as a sentence, with the case or the failure it was about."""
    what: str
    """The first line of what it says; of another exception than an assertion its kind alone, since it may hold more."""


@dataclass(frozen=True, slots=True)
class TrialRun:
    """What came of it."""

    passed: int = 0
    skipped: int = 0
    failed: tuple[Failed, ...] = ()
    problem: str | None = None
    """Why it could not be run."""

    @property
    def missing(self) -> str | None:
        """What is missing of the rule that the contract test passes; None where it does."""
        if self.problem is not None:
            return self.problem
        if self.failed:
            more = f", and {len(self.failed) - 1} more" if len(self.failed) > 1 else ""
            return f"{self.failed[0].test}: {self.failed[0].what}{more}"
        return None if self.passed else "no test of test_adapter.py was run"


def trial_run(folder: Path, seconds: float) -> TrialRun:
    """Run ``test_adapter.py``. Nothing is written into the folder. Blocks.

    Args:
        folder: the adapter's.
        seconds: after which it is stopped.
    """
    if not (folder / "test_adapter.py").is_file():
        return TrialRun(problem="there is no test_adapter.py")
    if importlib.util.find_spec("pytest") is None:
        return TrialRun(problem="pytest is not installed here, so that the test cannot be run")
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.xml"
        settings = Path(place) / "pytest.ini"
        # Settings and plugins of whoever's repository the folder stands in are theirs: the contract test needs none.
        settings.write_text("[pytest]\n", "utf-8")
        code = _run(folder, settings, report, seconds)
        if code is None:
            return TrialRun(problem=f"it did not end within {seconds:g} seconds")
        if code not in (*_RAN, _NO_TESTS) and not report.is_file():
            return TrialRun(problem=f"pytest could not run it (exit code {code})")
        try:
            return _read(report.read_bytes())
        except (OSError, NotXmlError):
            return TrialRun(problem=f"pytest gave no report (exit code {code})")


def _run(folder: Path, settings: Path, report: Path, seconds: float) -> int | None:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "--disable-plugin-autoload", "-c", str(settings)]
    command += [
        "--rootdir",
        str(folder),
        "-p",
        "no:cacheprovider",
        "--assert=plain",
        "--import-mode=importlib",
        # Loaded first: an adapter may be called like a module of Python's that a library of the kit needs.
        "-p",
        "adapters.kit.xsd.patterns",
        "--junitxml",
        str(report),
    ]
    command += [str(folder / "test_adapter.py")]
    child = subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=_ROOT,  # where the kit is imported from
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # so that what the test starts ends with it
    )
    try:
        return child.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _read(report: bytes) -> TrialRun:
    passed = skipped = 0
    failed: list[Failed] = []
    for case in parse_xml(report).iter("testcase"):
        slips = [each for each in case if each.tag in ("failure", "error")]
        if slips:
            failed.append(Failed(_sentence(case.get("name") or case.get("classname") or "it"), _what(slips[0])))
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return TrialRun(passed, skipped, tuple(failed))


def _sentence(name: str) -> str:
    """``test_a_fault_is_told[x]`` as ``a fault is told (x)``."""
    test, bracket, of = name.partition("[")
    words = test.removeprefix("test_").replace("_", " ")
    return f"{words} ({of.removesuffix(']')})" if bracket else words


def _what(slip: etree._Element) -> str:
    message = slip.get("message") or ""
    first = message.strip().splitlines()[0] if message.strip() else ""
    if slip.tag == "error":
        # What pytest says of a file that it cannot import stands in the text, whose last lines name error and place.
        lines = [line[2:].strip() for line in (slip.text or "").splitlines() if line.startswith("E ")]
        first = lines[-1] if lines else first
    elif not first.startswith(("AssertionError: ", "Failed: ")):
        first = first.partition(":")[0] or "it failed"
    said = first.removeprefix("AssertionError: ").removeprefix("Failed: ")
    return "".join(letter if letter.isprintable() else "?" for letter in said)[:_LONGEST]
