"""What other libraries log says where, not what."""

from __future__ import annotations

import errno
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers, root.level
    found = io.StringIO()
    logs.configure("INFO", found)
    yield found
    root.handlers, root.level = before


def test_a_librarys_text_values_and_exception_stay_out(stream: io.StringIO) -> None:
    try:
        raise ValueError("canary")
    except ValueError:
        logging.getLogger("some.library").exception("GET http://127.0.0.1/canary %s", "canary")
    logging.getLogger("some.library").info("HTTP Request: GET http://127.0.0.1/canary")
    logging.getLogger("uvicorn.error").error("Exception in %s", "canary")
    first, second = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert "canary" not in stream.getvalue()
    assert (first["part"], first["level"], first["error"]) == ("some.library", "error", "builtins.ValueError")
    assert second["text"] == "Exception in %s"


def test_our_lines_have_their_values(stream: io.StringIO) -> None:
    logs.get("plan").warning("a register is slow", register="revenue")
    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert (line["part"], line["event"], line["register"], line["level"]) == (
        "plan",
        "a register is slow",
        "revenue",
        "warning",
    )


def test_a_plain_line_has_the_form_of_every_other(stream: io.StringIO) -> None:
    values = {"status": 200, "ms": 1.5, "codes": ["INTERNAL"], "path": "/ā"}
    logs.get("edge").info("request", **values)
    logs.plain("edge", "request", values)
    usual, plain = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert list(plain) == list(usual)
    for line in (usual, plain):
        assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{6})?Z", line.pop("timestamp"))
    assert plain == usual
    assert "ā" in stream.getvalue().splitlines()[1]


def test_a_plain_line_is_left_out_where_its_level_is(stream: io.StringIO) -> None:
    logs.configure("WARNING", stream)
    logs.plain("edge", "request", {"status": 200})
    assert stream.getvalue() == ""


def test_a_log_that_cannot_be_written_stops_nothing_and_is_written_again_after() -> None:
    root = logging.getLogger()
    before = root.handlers, root.level
    disk = FullDisk()
    try:
        logs.configure("INFO", disk)
        disk.full = True
        logs.get("plan").warning("a register is slow")
        logs.plain("edge", "request", {"status": 200})
        logging.getLogger("some.library").error("anything")
        disk.full = False
        logs.get("plan").warning("it is quick again")
    finally:
        root.handlers, root.level = before
    (line,) = [json.loads(text) for text in disk.getvalue().splitlines()]
    assert line["event"] == "it is quick again"


class FullDisk(io.StringIO):
    full = False

    def write(self, text: str, /) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "no room")
        return super().write(text)


_TALKATIVE = """
import gc, logging, sys, threading, warnings
from gateway import last_words, logs
last_words.take_over()
if "configured" in sys.argv:
    logs.configure("DEBUG")
class Falls:
    def __del__(self):
        raise ValueError("391000-00011")
def fall():
    raise ValueError("39100000011")
warnings.warn("for 39100000011")
Falls()
gc.collect()
thread = threading.Thread(target=fall)
thread.start()
thread.join()
logging.getLogger("some.library").error("of 39100000011")
apart = logging.getLogger("apart")
apart.propagate = False
apart.error("of 39100000011")
"""


@pytest.mark.parametrize("so_far", ["configured", "not yet"])
def test_what_python_prints_by_itself_says_that_and_where_it_happened_without_its_text(so_far: str) -> None:
    done = subprocess.run([sys.executable, "-c", _TALKATIVE, so_far], capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    assert (done.stdout, len(lines)) == ("", 5)
    assert "00011" not in done.stderr
    if so_far == "configured":
        said = [json.loads(line) for line in lines[:4]]
        assert [each.get("text") for each in said[:3]] == [
            "UserWarning",
            "an exception reached nobody",
            "a thread ended",
        ]
        assert [each.get("error") for each in said] == [None, "builtins.ValueError", "builtins.ValueError", None]
