"""``python -m tests.store.bad_disk``: every way in which a disk goes bad, with a table. Exit code 1 when anything does
not hold, and where this machine lacks what a case needs.
"""

from __future__ import annotations

import argparse
import errno
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.store.bad_disk import commands, streams
from tests.store.bad_disk.disks import Disk, LimitedFiles, Missing, ShimmedDisk, SmallDisk
from tests.store.bad_disk.run import Case, Outcome


def lasting(name: str, disk: Callable[[Path], Disk], times: int, folder: Path, *, worker: bool = False) -> Outcome:
    """A disk that goes bad so many times, each time until nothing is taken."""
    return _run(name, disk, folder, lambda case: [case.lasting() for _ in range(times)], power_cut=False, worker=worker)


def at_each(
    name: str, disk: Callable[[Path], Disk], writes: Sequence[int], folder: Path, *, worker: bool = False
) -> Outcome:
    """A disk on which the n-th write or sync fails, for each n; every third time the two behind it as well."""
    return _run(
        name,
        disk,
        folder,
        lambda case: [case.at_the(n, 3 if n % 3 == 0 else 1) for n in writes],
        power_cut=True,
        worker=worker,
    )


CASES: tuple[tuple[str, bool, Callable[[Path], Disk]], ...] = (
    ("no room: limit on files", False, LimitedFiles),
    ("no room: small tmpfs", False, SmallDisk),
    ("no room: every write ENOSPC", False, lambda folder: ShimmedDisk(folder, write=errno.ENOSPC)),
    ("read-only", False, lambda folder: ShimmedDisk(folder, write=errno.EROFS, opening=errno.EROFS)),
    ("every sync EIO", False, lambda folder: ShimmedDisk(folder, sync=errno.EIO)),
    ("n-th sync EIO, power cut", True, lambda folder: ShimmedDisk(folder, sync=errno.EIO)),
    ("n-th write ENOSPC, power cut", True, lambda folder: ShimmedDisk(folder, write=errno.ENOSPC)),
    ("n-th write EIO, power cut", True, lambda folder: ShimmedDisk(folder, write=errno.EIO)),
)
"""Name, whether it fails at the n-th, and the disk."""
WORKER_CASES: tuple[tuple[str, bool, Callable[[Path], Disk]], ...] = (
    *((f"worker, {name}", False, disk) for name, is_counted, disk in CASES if not is_counted),
    ("worker, its n-th sync EIO, power cut", True, lambda folder: ShimmedDisk(folder, sync=errno.EIO, beside=True)),
    ("worker, its n-th write ENOSPC", True, lambda folder: ShimmedDisk(folder, write=errno.ENOSPC, beside=True)),
    ("worker, its n-th write EIO", True, lambda folder: ShimmedDisk(folder, write=errno.EIO, beside=True)),
)
"""The same where ``gateway worker`` delivers: the disk is bad for both, or, at the n-th, for the worker alone."""

_HEAD = ("case", "went bad", "acknowledged", "lost", "doubled", "read without a record", "reads released")
_HEAD_REST = (
    "reads refused",
    "events",
    "events refused",
    "public answers",
    "public refused",
    "recovered without restart",
)


def table(outcomes: Sequence[Outcome]) -> str:
    """The figures as lines of text."""
    rows: list[tuple[str, ...]] = [(*_HEAD, *_HEAD_REST)]
    for each in outcomes:
        figures: tuple[int, ...] = (each.bad_times, each.acknowledged, each.lost, each.doubled, each.without_record)
        figures += (
            each.released_reads,
            each.refused_reads,
            each.events,
            each.events_refused,
            each.public_answers,
            each.public_refused,
        )
        rows.append((each.case, *map(str, figures), f"{each.recovered} of {each.bad_times}"))
    return "\n".join(
        [*_aligned(rows), *(f"{each.case}: {slip}" for each in outcomes for slip in sorted(set(each.slips)))]
    )


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def main() -> int:
    """Run, print, and say by the exit code whether everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.store.bad_disk", description=__doc__)
    parser.add_argument("--writes", type=int, default=100, help="the n-th write and sync fails for n from 1 to this")
    parser.add_argument("--times", type=int, default=5, help="how often a disk goes bad for a while")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    given = parser.parse_args()
    outcomes, missing = [], []
    told: list[commands.Told] = []
    for name, is_counted, disk in (*CASES, *WORKER_CASES):
        if given.only not in name:
            continue
        worker = name.startswith("worker")
        with tempfile.TemporaryDirectory() as folder:
            try:
                if is_counted:
                    writes = range(1, given.writes + 1)
                    outcomes.append(at_each(name, disk, writes, Path(folder), worker=worker))
                else:
                    outcomes.append(lasting(name, disk, given.times, Path(folder), worker=worker))
            except Missing as error:
                missing.append(f"{name}: not run, {error}")
                continue
        _say(f"{name}: {'holds' if outcomes[-1].holds else 'DOES NOT HOLD'}")
    for name, is_counted, disk in CASES:
        if given.only not in f"commands, {name}":
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                told += of_commands(name, is_counted, disk, given.writes, Path(folder))
            except Missing as error:
                missing.append(f"commands, {name}: not run, {error}")
    watched: list[streams.Streamed] = []
    for name, is_counted, disk in CASES:
        # Below the gateway alone: the worker has the same folder.
        if is_counted or disk is SmallDisk or given.only not in f"streams, {name}":
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                watched.append(streams.watch(f"streams, {name}", disk(Path(folder)), Path(folder), given.times))
            except Missing as error:
                missing.append(f"streams, {name}: not run, {error}")
    _say("\n".join([table(outcomes), table_of_commands(told), table_of_streams(watched), *missing]))
    found = (*outcomes, *told, *watched)
    return 0 if found and not missing and all(each.holds for each in found) else 1


def table_of_streams(watched: Sequence[streams.Streamed]) -> str:
    """The figures as lines of text."""
    rows: list[tuple[str, ...]] = [
        ("streams", "events before and after", "refused at opening", "refused going on", "went on")
    ]
    for each in watched:
        figures = (each.released, each.refused_at_opening, each.refused_going_on, each.recovered)
        rows.append((each.case, *map(str, figures)))
    return "\n".join(
        [*_aligned(rows), *(f"{each.case}: {slip}" for each in watched for slip in sorted(set(each.slips)))]
    )


def of_commands(
    name: str, is_counted: bool, disk: Callable[[Path], Disk], writes: int, folder: Path
) -> list[commands.Told]:
    """Each command that changes the store, on a disk that fails at the n-th or keeps nothing."""
    runs = commands.Commands(folder, disk(folder))
    try:
        if is_counted:
            told = [commands.at_each(f"{each}: {name}", each, runs, range(1, writes + 1)) for each in commands.COMMANDS]
            # To make a store takes some hundred writes and few syncs.
            made = [*range(1, 9), *range(9, 4 * writes, 13)]
            return [*told, commands.starting(f"start: {name}", runs, made)]
        return [commands.lasting(f"{each}: {name}", each, runs) for each in commands.COMMANDS]
    finally:
        runs.close()


def table_of_commands(told: Sequence[commands.Told]) -> str:
    """The figures as lines of text."""
    rows = [("command", "went bad", "said done", "said refused", "slips")]
    rows += [(each.case, *map(str, (each.bad_times, each.done, each.refused, len(each.slips)))) for each in told]
    return "\n".join([*_aligned(rows), *(f"{each.case}: {slip}" for each in told for slip in sorted(set(each.slips)))])


def _run(
    name: str,
    disk: Callable[[Path], Disk],
    folder: Path,
    steps: Callable[[Case], object],
    *,
    power_cut: bool,
    worker: bool,
) -> Outcome:
    made = disk(folder)
    try:
        case = Case(name, made, folder, worker=worker)
        try:
            steps(case)
            return case.end(power_cut=power_cut)
        finally:
            case.close()
    finally:
        made.close()


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
