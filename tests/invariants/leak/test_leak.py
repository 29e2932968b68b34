"""The search finds what is planted in every place; a short run of the whole finds nothing. Long: ``__main__.py``."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis

from tests.invariants.leak.city import redis_server
from tests.invariants.leak.paths import PATHS
from tests.invariants.leak.places import MAY_HOLD, Places
from tests.invariants.leak.run import run
from tests.invariants.leak.spellings import Search, spellings
from tests.invariants.leak.tables import WHY_NOT, events, tables

CODE, OTHER = "39100000011", "39100000022"
SPELLINGS = spellings(CODE)
ON_ONE_LINE = {name: each.decode() for name, each in SPELLINGS.items() if b"\0" not in each}


def test_every_spelling_of_a_code_is_found_and_another_persons_is_not() -> None:
    search = Search([CODE])
    for name, spelling in SPELLINGS.items():
        for around in (b"a line with %s in it", b'{"a": "%s"}', b"x=%s&y", b"%s"):
            assert {one.code for one in search.find(around % spelling)} == {CODE}, name
    for encoded in ("%33%39100000011", "391000%2D00011", quote(quote("391000%2D00011"))):
        assert {one.code for one in search.find(f"/x?y={encoded}".encode())} == {CODE}
    assert search.find(b" ".join(spellings(OTHER).values())) == []


def _in_a_log(places: Places, folder: Path, spelling: str) -> None:
    log = folder / "gateway.log"
    log.write_text('{"event": "request", "level": "info"}\n')
    places.look_further("logs", log)
    with log.open("a") as more:
        more.write(f'{{"event": "request", "level": "info", "path": "{spelling}"}}\n')
    places.look_further("logs", log)


def _in_an_answer(places: Places, folder: Path, spelling: str) -> None:
    places.look("errors", f'{{"errors": [{{"message": "of {spelling}"}}]}}')


def _in_a_file(places: Places, folder: Path, spelling: str) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "spool.tmp").write_bytes(b"\x80\xff" + spelling.encode() + b"\xfe")
    places.look_at_contents("files", folder)


def _in_a_name(places: Places, folder: Path, spelling: str) -> None:
    (folder / f"of-{spelling.replace('/', '_')[:200]}.json").touch()
    places.look_at_names(folder)


def _in_a_column(places: Places, folder: Path, spelling: str) -> None:
    with closing(sqlite3.connect(folder / "gateway.sqlite3")) as store:
        store.execute("CREATE TABLE access_records (place INTEGER, who TEXT)")
        store.execute("INSERT INTO access_records VALUES (1, ?)", (f"clerk {spelling}",))
        store.commit()
    places.look_at_store(folder / "gateway.sqlite3")


def _in_a_title(places: Places, folder: Path, spelling: str) -> None:
    order = [sys.executable, "-c", "input('ready\\n')", f"--for={spelling}"]
    with subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        places.look_at_processes({"gateway": process.pid})
        process.communicate(b"\n")


PLANTED = [_in_a_log, _in_an_answer, _in_a_file, _in_a_name, _in_a_column, _in_a_title]
_DEAR = {_in_a_title: 40}
"""Where planting costs a process, each so many-th spelling is."""


@pytest.mark.parametrize("plant", PLANTED)
def test_every_spelling_that_is_planted_in_a_place_is_found_there(
    plant: Callable[[Places, Path, str], None], tmp_path: Path
) -> None:
    search = Search([CODE])
    for number, (name, spelling) in enumerate(ON_ONE_LINE.items()):
        if number % _DEAR.get(plant, 1):
            continue
        folder, places = tmp_path / str(number), Places(search)
        folder.mkdir()
        plant(places, folder, spelling)
        found = [one.code for place in places.found.values() for one in place.findings]
        if plant is _in_a_name and "/" in spelling:
            continue
        assert set(found) == {CODE}, name


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no Redis here")
def test_every_spelling_that_is_planted_in_a_key_of_the_cache_is_found_there(tmp_path: Path) -> None:
    with redis_server(tmp_path) as port, closing(Redis(port=port)) as redis:
        for name, spelling in SPELLINGS.items():
            redis.set(b"record:" + spelling, b"1")
            places = Places(Search([CODE]))
            places.look_at_cache(redis)
            assert places.found["keys of the shared cache"].findings, name
            redis.flushall()


def test_a_column_that_is_there_for_codes_is_counted_and_no_finding(tmp_path: Path) -> None:
    assert "person_codes.code" in MAY_HOLD
    with closing(sqlite3.connect(tmp_path / "gateway.sqlite3")) as store:
        store.execute("CREATE TABLE person_codes (code TEXT)")
        store.execute("INSERT INTO person_codes VALUES (?)", (CODE,))
        store.commit()
    places = Places(Search([CODE]))
    places.look_at_store(tmp_path / "gateway.sqlite3")
    assert (places.allowed, places.found) == ({"person_codes.code": 1}, {})


def test_codes_driven_through_every_path_with_faults_show_nowhere(tmp_path: Path) -> None:
    outcome = run(tmp_path / "city", 4, residents=300, worlds=1, batches=1, say=lambda _: None, final_orders=False)
    assert not outcome.findings, tables(outcome)
    silent = {"unknown addresses", "stream of no claim"}
    assert [path.name for path in PATHS if path.name not in silent and not outcome.paths[path.name].answered] == []
    assert outcome.places["logs"].bytes > 10_000
    assert {"request", "request failed", "graph.accident", "a library logged"} <= {
        event for _, _, event in outcome.lines
    }
    assert sum(count.met.total() for count in outcome.paths.values()) > 0
    assert outcome.places["URLs of register calls"].bytes > 0
    assert not outcome.untold, outcome.untold
    assert outcome.hidden, "no owner numbered a case by a code"


def test_no_reason_is_given_for_an_event_that_is_none_any_more() -> None:
    assert sorted(WHY_NOT.keys() - set(events())) == []
