"""What other libraries log says where, not what."""

from __future__ import annotations

import io
import json
import logging
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
