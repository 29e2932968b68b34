"""Checkpoints outside, on a disk that goes bad while they are written."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from gateway.audit.kept_outside import KeptOutside
from gateway.audit.kept_standing import standing
from gateway.audit.notes import Checkpoint
from gateway.audit.record import append
from gateway.audit.verification import verify
from gateway.examination import examine
from gateway.finding import Finding
from tests.audit.logs import NOW, SIGNER, Written, records


def note(number: int) -> tuple[Checkpoint, str]:
    made = Checkpoint(SIGNER.verifier.name, number, bytes(32), NOW, 0, bytes(32))
    return made, SIGNER.sign(made.text)


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("before", [0, 1])
def test_a_note_for_which_there_is_no_room_leaves_nothing_behind_and_is_written_later(
    tmp_path: Path, before: int
) -> None:
    outside = KeptOutside(tmp_path / "checkpoints")
    outside.append([note(number) for number in range(before)])
    size = outside.path.stat().st_size if before else 0
    for room in range(1, len(note(1)[1]), 7):
        with no_file_longer_than(size + room), pytest.raises(OSError, match="too large"):
            outside.append([note(1)])
        assert outside.path.stat().st_size == size
    outside.append([note(1)])
    assert list(outside.notes()) == [*[note(number)[1] for number in range(before)], note(1)[1]]


def test_a_note_whose_sync_failed_is_written_anew_at_the_same_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = KeptOutside(tmp_path / "checkpoints")
    synced = os.fsync
    for failing in (1, 2):  # The file, and the folder that has a new name in it.
        left = [failing]

        def sync(file: int, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise OSError(errno.EIO, "the disk does not keep it")
            synced(file)

        monkeypatch.setattr(os, "fsync", sync)
        with pytest.raises(OSError, match="does not keep"):
            outside.append([note(1)])
        assert outside.path.stat().st_size == 0
    folders = []

    def noted(file: int) -> None:
        folders.append(str(Path(f"/proc/self/fd/{file}").readlink()))
        synced(file)

    monkeypatch.setattr(os, "fsync", noted)
    outside.append([note(1)])
    assert list(outside.notes()) == [note(1)[1]]
    assert str(tmp_path) in folders


@pytest.mark.parametrize("since", [100, 124, 125, 200, 400])
def test_a_log_of_which_the_end_was_not_signed_yet_verifies_however_long_that_end_is(
    tmp_path: Path, since: int
) -> None:
    log = Written(tmp_path)
    log.write(130)
    log.store.write_sync(lambda c: append(c, records(since, log.people, 2)))
    log.store.close()
    assert verify(log.path, SIGNER.verifier, log.outside.notes()).findings == []
    with closing(sqlite3.connect(log.path)) as connection:
        # Another last byte, whichever it is.
        for key, leaves in connection.execute("SELECT rowid, leaves FROM log_leaves").fetchall():
            changed = leaves[:-1] + bytes([leaves[-1] ^ 1])
            connection.execute("UPDATE log_leaves SET leaves = ? WHERE rowid = ?", (changed, key))
        connection.commit()
    assert not verify(log.path, SIGNER.verifier, log.outside.notes()).holds
    with closing(sqlite3.connect(log.path)) as connection:
        connection.execute("DELETE FROM log_leaves")
        connection.commit()
    assert not verify(log.path, SIGNER.verifier, log.outside.notes()).holds


@contextmanager
def nowhere(place: Path) -> Iterator[None]:
    """The place is gone, and back later as it was."""
    aside = place.with_name("aside")
    place.rename(aside)
    yield
    aside.rename(place)


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """A folder in which a file of the month cannot be opened to write, whoever asks."""
    [file] = place.iterdir()
    kept = file.read_bytes()
    file.unlink()
    file.mkdir()
    yield
    file.rmdir()
    file.write_bytes(kept)


@pytest.mark.parametrize("goes", [nowhere, read_only])
def test_a_place_that_goes_bad_stops_nothing_is_told_and_has_everything_once_it_is_back(
    tmp_path: Path, goes: Callable[[Path], AbstractContextManager[None]]
) -> None:
    place = tmp_path / "outside"
    place.mkdir()
    log = Written(tmp_path)
    log.write(5)
    with goes(place):
        for seed in (2, 3):
            log.store.write_sync(lambda c, seed=seed: append(c, records(5, log.people, seed)))
            assert not log.checkpointer.sign_or_say()
        told = standing(log.checkpointer.trouble)
        assert (told["keptOutside"], told["since"]) == (False, NOW.isoformat(timespec="seconds"))
        assert not log.store.trouble
    assert log.checkpointer.sign_or_say()
    assert standing(log.checkpointer.trouble) == {"keptOutside": True}
    _all_outside_once(log)


def test_another_disk_in_its_place_is_given_everything_and_so_is_the_first_one_when_it_is_back(tmp_path: Path) -> None:
    place = tmp_path / "outside"
    place.mkdir()
    log = Written(tmp_path)
    log.write(5)
    with nowhere(place):
        place.mkdir()
        log.store.write_sync(lambda c: append(c, records(5, log.people, 2)))
        assert log.checkpointer.sign_or_say()
        assert len(list(log.outside.notes())) == 2
        shutil.rmtree(place)
    assert log.checkpointer.sign_or_say()
    _all_outside_once(log)


@pytest.mark.parametrize("written_since", [1, 40])
def test_a_backup_in_the_stores_place_is_told_once_the_place_is_there_again(tmp_path: Path, written_since: int) -> None:
    place = tmp_path / "outside"
    place.mkdir()
    log = Written(tmp_path)
    log.write(5)
    log.store.close()
    backup = log.path.read_bytes()
    log = Written(tmp_path)
    log.write(20, 2)
    log.store.close()
    log.path.write_bytes(backup)
    with nowhere(place):  # It was not mounted when the gateway was started on the backup.
        place.mkdir()
        log = Written(tmp_path)
        log.write(written_since, 3)
        assert log.checkpointer.trouble is None
        shutil.rmtree(place)
    for _ in range(2):
        log.store.write_sync(lambda c: append(c, records(1, log.people, 4)))
        assert not log.checkpointer.sign_or_say()
        assert standing(log.checkpointer.trouble)["reason"] == "ALTERED"
    log.store.close()
    again = Written(tmp_path)
    assert not again.checkpointer.sign_or_say()
    assert standing(again.checkpointer.trouble)["reason"] == "ALTERED"
    again.store.close()


def test_a_note_in_the_store_that_is_none_is_told_where_it_would_be_kept_outside(tmp_path: Path) -> None:
    log = Written(tmp_path)
    log.write(5)
    log.write(5, 2)
    log.store.write_sync(lambda c: c.exec_driver_sql("UPDATE log_checkpoints SET note = 'x' WHERE number = 1").close())
    log.outside.path.unlink()
    assert not log.checkpointer.sign_or_say()
    assert standing(log.checkpointer.trouble)["reason"] == "ALTERED"
    log.store.close()


def test_the_doctor_says_of_a_place_that_is_not_there_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DATA", str(tmp_path / "data"))

    def found() -> Finding:
        return next(each for each in examine(None) if each.check == "checkpoints")

    assert found().holds
    monkeypatch.setenv("GATEWAY_CHECKPOINTS", str(tmp_path / "mount" / "checkpoints"))
    assert not found().holds
    assert "GATEWAY_CHECKPOINTS" in (found().remedy or "")
    (tmp_path / "mount").mkdir()
    assert found().holds


def _all_outside_once(log: Written) -> None:
    log.store.close()
    with closing(sqlite3.connect(log.path)) as connection:
        signed = [row[0] for row in connection.execute("SELECT note FROM log_checkpoints ORDER BY number")]
    assert list(log.outside.notes()) == signed
    assert len(signed) > 1
    assert verify(log.path, SIGNER.verifier, log.outside.notes()).holds
