"""The search finds what is planted, and a short run of the whole finds nothing. The long one: ``__main__.py``."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from tests.invariants.leak.__main__ import table
from tests.invariants.leak.run import run
from tests.invariants.leak.spellings import Search, spellings

CODE, OTHER = "39100000011", "39100000022"


def test_every_spelling_of_a_code_is_found_and_another_persons_is_not() -> None:
    search = Search([CODE])
    for name, spelling in spellings(CODE).items():
        assert name in {one.spelling for one in search.find(f"a line with {spelling} in it")}
    for encoded in ("%33%39100000011", "391000%2D00011", quote(quote("391000%2D00011"))):
        assert {one.code for one in search.find(f"/x?y={encoded}")} == {CODE}
    assert search.find(" ".join(spellings(OTHER).values())) == []


def test_codes_driven_through_every_path_with_faults_show_nowhere(tmp_path: Path) -> None:
    outcome = run(tmp_path / "city", 4, residents=300, batches=1, say=lambda _: None)
    assert not outcome.findings, table(outcome)
    silent = {"unknown addresses", "polling and callback"}
    assert [name for name, each in outcome.paths.items() if not each.answered and name not in silent] == []
    assert outcome.places["standard output and error, logs"].searched > 10_000
    assert outcome.places["URLs of register calls"].searched > 0
