"""What is printed arrives whole, however little of it is taken at once."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from gateway import whole_output


class _Dribble(io.RawIOBase):
    """A pipe that takes little at once."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        some = bytes(memoryview(data)[:1000])
        self.taken += some
        return len(some)


def _piped(monkeypatch: pytest.MonkeyPatch) -> _Dribble:
    """Standard output and error as they are where ``PYTHONUNBUFFERED`` is set. In the test itself: pytest has its own
    until then."""
    made = _Dribble()
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(made, "utf-8", write_through=True))  # type: ignore[type-var]  # as Python does
    whole_output.take_over()
    return made


@pytest.mark.parametrize("size", [0, 10, 5_000, 300_000])
def test_a_pipe_that_takes_a_part_at_once_gets_the_rest_too(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = _piped(monkeypatch)
    sys.stdout.buffer.write(b"x" * size)
    sys.stdout.write("ā" * size)
    sys.stderr.write("the end")
    assert pipe.taken == b"x" * size + ("ā" * size).encode() + b"the end"


def test_nothing_waits_for_a_line_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = _piped(monkeypatch)
    sys.stdout.write("so far")
    assert pipe.taken == b"so far"


def test_output_that_python_buffers_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = (io.TextIOWrapper(io.BufferedWriter(_Dribble()), "utf-8") for _ in range(2))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    whole_output.take_over()
    assert (sys.stdout, sys.stderr) == (out, err)
