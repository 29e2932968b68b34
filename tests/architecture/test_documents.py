"""Documents point at what is there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.sources import ROOT, project_files

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
DECISIONS = ROOT / "docs" / "decisions"


def _text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_no_link_between_documents_leads_nowhere() -> None:
    broken = [
        f"{path}: {target}"
        for path in project_files()
        if path.suffix == ".md"
        for target in LINK.findall(_text(path))
        if not re.match(r"[a-z]+:", target) and not target.startswith("#")
        if not (ROOT / path.parent / target.partition("#")[0]).exists()
    ]
    assert broken == []


def test_every_decision_is_in_the_index_and_says_what_it_rejected() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    for decision in sorted(DECISIONS.glob("[0-9]*.md")):
        text = decision.read_text(encoding="utf-8")
        assert decision.name in index
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Rejected", "Consequences"]


def test_every_target_of_make_says_what_it_does_and_the_contributor_finds_the_ones_needed() -> None:
    makefile = _text(Path("Makefile"))
    declared = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert declared is not None
    assert set(declared[1].split()) == set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
    contributing = _text(Path("CONTRIBUTING.md"))
    assert all(f"make {target}" in contributing for target in ("demo", "test", "check", "format", "lock"))
