"""``gateway doctor`` of checkpoints: a key that others may have, or a place that is none, is said with what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.signing import DEVELOPMENT_KEY, make_key
from gateway.checkpoint_care import said_of_key, said_of_place
from gateway.settings import Settings


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def settings(data: Path, **more: Any) -> Settings:
    # Production needs an issuer, which says nothing of checkpoints.
    return Settings(data=data).model_copy(update=more)


def test_a_new_gateway_in_development_needs_neither(data: Path) -> None:
    assert said_of_place(settings(data))[1] is None
    assert said_of_key(settings(data)) == ("is not there yet; the start makes one for development", None)
    assert list(data.iterdir()) == []


def test_the_folder_of_the_store_is_no_place_outside_it(data: Path, tmp_path: Path) -> None:
    inside = data / "kept"
    inside.mkdir()
    (tmp_path / "link").symlink_to(inside)
    for more in ({"production": True}, {"checkpoints": inside}, {"checkpoints": tmp_path / "link"}):
        said, remedy = said_of_place(settings(data, **more))
        assert "in the folder of the store" in said
        assert "GATEWAY_CHECKPOINTS" in (remedy or "")


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_place_outside_holds_and_nothing_is_written_there(data: Path, tmp_path: Path, is_folder: bool) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    place = outside if is_folder else outside / "checkpoints"
    said, remedy = said_of_place(settings(data, checkpoints=place, production=True))
    assert (str(place) in said, remedy) == (True, None)
    assert list(outside.iterdir()) == []


def test_a_place_that_is_not_mounted_is_said(data: Path, tmp_path: Path) -> None:
    said, remedy = said_of_place(settings(data, checkpoints=tmp_path / "mount" / "checkpoints"))
    assert said.endswith(f"{tmp_path / 'mount'} is not there")
    assert "Mount" in (remedy or "")


def test_a_place_that_cannot_be_written_is_said(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "checkpoints"
    place.touch(mode=0o400)
    # Who is root may write everything, and root may run the tests.
    monkeypatch.setattr(os, "access", lambda path, mode: not (path == place and mode & os.W_OK))
    said, remedy = said_of_place(settings(data, checkpoints=place))
    assert "cannot be written" in said
    assert remedy is not None


def test_a_place_that_everybody_may_change_is_said(data: Path, tmp_path: Path) -> None:
    place = tmp_path / "checkpoints"
    place.touch()
    place.chmod(0o666)
    assert said_of_place(settings(data, checkpoints=place))[1] == f"Run chmod o-w {place}"


def test_a_key_of_ours_alone_holds_and_is_named_without_its_secret(data: Path) -> None:
    public = make_key(data / DEVELOPMENT_KEY, "log-of-tests")
    said, remedy = said_of_key(settings(data))
    assert (said, remedy) == (f"signs as {public.name}, and can be read by us alone", None)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_read_or_write_is_said(data: Path, tmp_path: Path, mode: int) -> None:
    path = tmp_path / "checkpoint.key"
    make_key(path)
    path.chmod(mode)
    said, remedy = said_of_key(settings(data, checkpoint_key_file=path))
    assert said == f"others can read {path}, or write it"
    assert f"chmod 600 {path}" in (remedy or "")


def test_a_key_that_is_missing_is_made_by_the_command_that_is_named(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.key"
    said, remedy = said_of_key(settings(data, checkpoint_key_file=path))
    assert (said, f"gateway audit key --new {path}" in (remedy or "")) == (f"{path} is not there", True)
    said, remedy = said_of_key(settings(data, production=True))
    assert ("production" in said, "GATEWAY_CHECKPOINT_KEY_FILE" in (remedy or "")) == (True, True)


@pytest.mark.parametrize("content", [b"", b"PRIVATE+KEY+canary", b"\xff\xfe"])
def test_what_is_no_key_is_said_without_showing_it(data: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.key"
    path.write_bytes(content)
    path.chmod(0o600)
    said, remedy = said_of_key(settings(data, checkpoint_key_file=path))
    assert said == f"{path} holds no key that can be used"
    assert "canary" not in (remedy or "canary")


def test_a_folder_where_everybody_may_exchange_the_key_is_said(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    make_key(folder / "checkpoint.key")
    said, remedy = said_of_key(settings(data, checkpoint_key_file=folder / "checkpoint.key"))
    assert ("another key" in said, remedy) == (True, f"Run chmod o-w {folder}")
