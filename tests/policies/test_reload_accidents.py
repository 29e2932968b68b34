"""What happens to files while a gateway runs: none of it takes the policies in force away, and all of it is told."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import policies_live
from gateway.policies_live import LivePolicies, places, stamp
from policies.kit.documents import MOST_BYTES
from policies.kit.errors import PolicyError
from policies.kit.folders import CHECKOUT
from policies.kit.reload import ready
from tests.policies.generated import copy_of

EXTRACT = CHECKOUT / "claims" / "cadastre-extract"
WITHIN = 20.0
ROOT_READS_ALL = pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of policies with one claim type, beside the checkout's."""
    copy_of(EXTRACT, tmp_path / "own", "ours")
    return tmp_path / "own"


def _rules(own: Path) -> Path:
    return own / "cadastre-extract-ours" / "policy.cedar"


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _leading_nowhere(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.parent / "gone")


def _in_a_circle(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


def _large(file: Path) -> None:
    with file.open("ab") as opened:
        opened.truncate(100 * 1024 * 1024)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _deep(file: Path) -> None:
    depth = 100_000
    file.with_name("form.schema.json").write_text("[" * depth + "]" * depth, encoding="utf-8")


def _deep_table(file: Path) -> None:
    file.with_name("examples.toml").write_text("a = " + "[" * 50_000, encoding="utf-8")


def _file_in_place(file: Path) -> None:
    shutil.rmtree(file.parents[1])
    file.parents[1].write_text("", encoding="utf-8")


ACCIDENTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "half of it written": (lambda file: file.write_bytes(file.read_bytes()[:700]), "policy.cedar", "does not end"),
    "emptied": (lambda file: file.write_bytes(b""), "examples.toml", "does not hold"),
    "removed": (lambda file: file.unlink(), "policy.cedar", "cannot be read"),
    "in another encoding": (lambda file: file.write_bytes(b"// \xe8\n"), "policy.cedar", "not UTF-8"),
    "a byte of zero": (lambda file: file.write_bytes(file.read_bytes() + b"\0"), "policy.cedar", "does not end"),
    "100 MB": (_large, "policy.cedar", "larger than"),
    "a pipe that nobody writes to": (_pipe, "policy.cedar", "cannot be read"),
    "a link that leads nowhere": (_leading_nowhere, "policy.cedar", "cannot be read"),
    "a link that leads to itself": (_in_a_circle, "policy.cedar", "cannot be read"),
    "a folder of that name": (_folder, "policy.cedar", "cannot be read"),
    "a form without end": (_deep, "form.schema.json", "too deeply"),
    "examples without end": (_deep_table, "examples.toml", "not TOML|too deeply"),
    "the folder gone": (lambda file: shutil.rmtree(file.parent), "own", "a folder for each claim type"),
    "all folders gone": (lambda file: shutil.rmtree(file.parent.parent), "own", "cannot be read"),
    "a file in place of the folder": (
        _file_in_place,
        "own",
        "cannot be read",
    ),
}


@pytest.fixture(scope="module")
def checkout() -> LivePolicies:
    """What every accident starts from, read once."""
    return LivePolicies.open(places([]))


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_is_refused_with_its_file_and_the_set_in_force_stays(
    own: Path, checkout: LivePolicies, accident: str
) -> None:
    happens, file, reason = ACCIDENTS[accident]
    where = places([own])
    live = LivePolicies(where, ready(*where, earlier=checkout.current), stamp(where))
    in_force = live.current
    happens(_rules(own))
    assert not asyncio.run(live.reload())
    assert live.current is in_force
    assert live.refused is not None
    assert live.refused.file.name == file
    with pytest.raises(PolicyError, match=reason):
        raise live.refused


def test_a_claim_type_that_is_gone_beside_others_is_refused_as_its_claims_would_be_nobodys(
    own: Path, checkout: LivePolicies, tmp_path: Path
) -> None:
    code = copy_of(EXTRACT, own, "another")
    where = places([own])
    live = LivePolicies(where, ready(*where, earlier=checkout.current), stamp(where))
    in_force = live.current
    (own / code).rename(tmp_path / code)
    assert not asyncio.run(live.reload())
    assert live.current is in_force
    assert live.refused is not None
    assert (live.refused.file, live.refused.line) == (own / code, 1)
    assert "open = false" in live.refused.reason
    ready(*where)  # Who starts without it has decided so.
    (tmp_path / code).rename(own / code)
    assert asyncio.run(live.reload())
    assert live.current.version == in_force.version


@ROOT_READS_ALL
def test_a_file_that_may_not_be_read_is_refused(own: Path) -> None:
    _rules(own).chmod(0)
    with pytest.raises(PolicyError, match="cannot be read: Permission denied"):
        ready(*places([own]))


def test_what_an_editor_leaves_beside_a_file_is_not_read_and_hides_no_change(own: Path) -> None:
    where = places([own])
    folder = _rules(own).parent
    before = ready(*where)
    (folder / ".#policy.cedar").symlink_to("somebody@there.1234")
    (folder / ".policy.cedar.swp").write_bytes(b"b0VIM 9.0\0\xff")
    (folder / "policy.cedar~").write_bytes(b"permit")
    assert ready(*where, earlier=before).version == before.version
    seen = stamp(where)
    for name in ("claim_type.toml", "examples.toml", "form.schema.json", "policy.cedar"):
        (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
        assert stamp(where) != seen, name
        seen = stamp(where)


def test_a_link_to_a_file_elsewhere_is_read_and_watched(own: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.cedar"
    _rules(own).rename(elsewhere)
    _rules(own).symlink_to(elsewhere)
    where = places([own])
    first, seen = ready(*where), stamp(where)
    elsewhere.write_bytes(elsewhere.read_bytes() + b"// more\n")
    assert stamp(where) != seen
    assert ready(*where, earlier=first).version != first.version


def test_a_file_as_large_as_any_may_be_is_read(own: Path) -> None:
    text = _rules(own).read_bytes()
    _rules(own).write_bytes(text + b"\n" * (MOST_BYTES - len(text)))
    ready(*places([own]))
    _rules(own).write_bytes(text + b"\n" * (MOST_BYTES - len(text) + 1))
    with pytest.raises(PolicyError, match="larger than 1024 KiB"):
        ready(*places([own]))


def test_who_runs_the_gateway_is_told_what_is_in_force_and_since_when_what_is_refused(own: Path) -> None:
    where = places([own])
    minutes = iter(datetime(2026, 11, 27, 12, minute, tzinfo=UTC) for minute in range(60))
    live = LivePolicies(where, ready(*where), stamp(where), now=lambda: next(minutes))
    first = live.standing()
    assert first == {"version": live.current.version, "since": "2026-11-27T12:00:00+00:00", "claimTypes": 13}
    good = _rules(own).read_bytes()

    _rules(own).write_bytes(good + b"permit (principal, action, resource);\n")
    assert not asyncio.run(live.reload())
    told = live.standing()
    assert told == first | {"refused": told["refused"]}
    assert told["refused"]["file"] == "cadastre-extract-ours/policy.cedar"
    assert told["refused"]["line"] == good.count(b"\n") + 1
    assert "@id" in told["refused"]["reason"]
    assert told["refused"]["since"] == "2026-11-27T12:01:00+00:00"

    _rules(own).write_bytes(good + b"permit")
    assert not asyncio.run(live.reload())
    assert live.standing()["refused"]["since"] == "2026-11-27T12:01:00+00:00"
    assert "does not end" in live.standing()["refused"]["reason"]

    _rules(own).write_bytes(good + b"// mended\n")
    assert asyncio.run(live.reload())
    assert live.standing()["since"] == "2026-11-27T12:02:00+00:00"
    assert "refused" not in live.standing()


def test_what_nobody_foresaw_is_told_too_and_the_set_stays(
    checkout: LivePolicies, monkeypatch: pytest.MonkeyPatch
) -> None:
    def foreseen_by_nobody(*where: Path, **others: object) -> None:
        raise ZeroDivisionError

    live = LivePolicies(places([]), checkout.current, stamp(places([])))
    with monkeypatch.context() as patched:
        patched.setattr(policies_live, "ready", foreseen_by_nobody)
        assert not asyncio.run(live.reload())
    assert live.current is checkout.current
    assert "the log says where" in live.standing()["refused"]["reason"]
    assert asyncio.run(live.reload())
    assert "refused" not in live.standing()


@contextmanager
def _slow_reading(seconds: float) -> Iterator[list[int]]:
    """Reading takes a while; gives how often it began."""
    begun: list[int] = []
    genuine = ready

    def slowly(*where: Path, **others: object) -> object:
        begun.append(len(begun))
        time.sleep(seconds)
        return genuine(*where, **others)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(policies_live, "ready", slowly)
        yield begun


def test_what_changes_while_files_are_read_and_a_signal_comes_is_in_force_in_the_end(
    own: Path, checkout: LivePolicies
) -> None:
    where = places([own])
    live = LivePolicies(where, ready(*where, earlier=checkout.current), stamp(where))
    first = live.current.version

    async def run() -> None:
        async with live.running():
            copy_of(EXTRACT, own, "second")
            os.kill(os.getpid(), signal.SIGHUP)
            await _until(lambda: bool(begun))
            copy_of(EXTRACT, own, "third")
            for _ in range(3):
                os.kill(os.getpid(), signal.SIGHUP)
            await _until(lambda: len(live.current.loaded) == len(checkout.current.loaded) + 3)

    with _slow_reading(0.2) as begun:
        asyncio.run(run())
    assert live.current.version != first
    assert live.standing()["claimTypes"] == 15
    assert len(begun) <= 3, "signals that come together are one"


def test_who_is_told_in_the_turn_in_which_all_ends_ends_too(own: Path, checkout: LivePolicies) -> None:
    where = places([own])
    live = LivePolicies(where, ready(*where, earlier=checkout.current), stamp(where))

    async def run() -> None:
        told = asyncio.Event()
        watching = asyncio.create_task(live._watch(told))
        await asyncio.sleep(0.01)
        told.set()
        watching.cancel()
        await asyncio.wait({watching}, timeout=WITHIN)
        assert watching.cancelled()

    asyncio.run(run())


def test_reloads_that_are_wanted_at_once_follow_one_another(own: Path, checkout: LivePolicies) -> None:
    where = places([own])
    live = LivePolicies(where, ready(*where, earlier=checkout.current), stamp(where))
    _rules(own).write_bytes(_rules(own).read_bytes() + b"// more\n")
    used: list[str] = []
    live.follow(lambda policies: used.append(policies.version))

    async def run() -> list[bool]:
        return await asyncio.gather(*(live.reload() for _ in range(3)))

    with _slow_reading(0.05) as begun:
        assert asyncio.run(run()) == [True, True, True]
    assert used == [live.current.version]
    assert len(begun) == 3


async def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
