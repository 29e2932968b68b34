"""Which workers are alive."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Never

import pytest

from gateway.claims.seats import Seat


def test_a_worker_is_dead_only_where_that_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Seat.at(tmp_path / "store"), Seat.at(tmp_path / "store")
    assert one.is_held(other.name)

    def full(*_: object) -> Never:
        raise OSError(errno.EMFILE, "too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", full)
        assert one.is_held(other.name)
    name = other.name
    other.leave()
    assert not one.is_held(name)
    assert not one.is_held("nobody")
    one.leave()
