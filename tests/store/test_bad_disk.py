"""The short run of ``python -m tests.store.bad_disk``: a disk goes bad below a gateway that serves, and well again."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.store.bad_disk.__main__ import at_each, lasting, of_commands, table, table_of_commands
from tests.store.bad_disk.commands import Commands, starting
from tests.store.bad_disk.disks import LimitedFiles, Missing, ShimmedDisk
from tests.store.bad_disk.run import Outcome
from tests.store.bad_disk.streams import watch


def test_a_disk_without_room_costs_no_claim_and_the_gateway_goes_on_by_itself(tmp_path: Path) -> None:
    outcome = lasting("no room", LimitedFiles, 1, tmp_path)
    assert outcome.holds, table([outcome])
    assert outcome.refused_reads, table([outcome])


def test_a_worker_on_the_same_disk_loses_and_doubles_nothing_and_both_go_on_by_themselves(tmp_path: Path) -> None:
    outcome = lasting("worker, no room", LimitedFiles, 1, tmp_path, worker=True)
    assert outcome.holds, table([outcome])
    assert outcome.refused_reads, table([outcome])


def test_a_stream_that_opens_and_one_that_goes_on_tell_nothing_that_cannot_be_recorded(tmp_path: Path) -> None:
    told = watch("no room", LimitedFiles(tmp_path), tmp_path)
    assert told.holds, told


def test_a_sync_that_fails_costs_no_claim_though_the_power_is_cut_after(tmp_path: Path) -> None:
    try:
        outcome = at_each("n-th sync", lambda folder: ShimmedDisk(folder, sync=errno.EIO), range(1, 6), tmp_path)
    except Missing as missing:
        pytest.skip(f"{missing}; the test above needs none")
    assert outcome.holds, table([outcome])


def test_forgetting_and_settling_on_a_bad_disk_are_done_whole_or_not_at_all_and_say_which(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    told = of_commands("no room", False, LimitedFiles, 0, tmp_path / "room")
    for name, errors in (("sync", {"sync": errno.EIO}), ("write", {"write": errno.ENOSPC})):
        (tmp_path / name).mkdir()
        try:
            told += of_commands(
                name, True, lambda folder, errors=errors: ShimmedDisk(folder, **errors), 5, tmp_path / name
            )
        except Missing:
            break
    assert all(each.holds for each in told), table_of_commands(told)


def test_a_store_whose_making_was_interrupted_is_made_whole_at_the_next_start(tmp_path: Path) -> None:
    try:
        runs = Commands(tmp_path, ShimmedDisk(tmp_path, write=errno.ENOSPC))
    except Missing as missing:
        pytest.skip(str(missing))
    try:
        told = starting("start", runs, (8, 61))
    finally:
        runs.close()
    assert told.holds, told.slips
    assert told.refused, told


@pytest.mark.parametrize(
    "wrong",
    [{"lost": 1}, {"doubled": 1}, {"without_record": 1}, {"public_refused": 1}, {"recovered": 0}, {"slips": ["x"]}],
)
def test_the_verdict_sees_what_must_not_be(wrong: dict[str, object]) -> None:
    good = {"bad_times": 1, "recovered": 1, "acknowledged": 1, "released_reads": 1}
    assert Outcome("good", **good).holds
    assert not Outcome("bad", **{**good, **wrong}).holds  # type: ignore[arg-type]
