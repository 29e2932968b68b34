"""Documents as their tests read them: fenced blocks, tables, headings, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.running_gateway import ROOT

FRONT_END = ROOT / "docs" / "front-end.md"
MINISTRY_IT = ROOT / "docs" / "ministry-it.md"
AUDITORS = ROOT / "docs" / "auditors.md"
README = ROOT / "README.md"
PAGES = (README, FRONT_END, ROOT / "docs" / "third-parties.md", MINISTRY_IT, AUDITORS)
"""Those whose examples are run."""

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    page: Path
    line: int
    """Of its opening fence, from 1."""
    language: str
    argument: str
    """What stands after the language on the opening fence."""
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    opened: tuple[int, str, str] | None = None
    lines: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if opened is None and line.startswith("```"):
            language, _, argument = line[3:].partition(" ")
            opened, lines = (number, language, argument), []
        elif opened is not None and line == "```":
            yield Block(page, *opened, "\n".join(lines))
            opened = None
        elif opened is not None:
            lines.append(line)
    assert opened is None, f"{page.name}: a block is not closed"


def first_column(page: Path, heading: str) -> list[str]:
    """The code words in the first column of the table whose first heading is this one; a row may name several."""
    rows = iter(page.read_text(encoding="utf-8").splitlines())
    for row in rows:
        if row.startswith(f"| {heading} |"):
            break
    else:
        raise AssertionError(f"{page.name} has no table {heading}")
    next(rows)
    found: list[str] = []
    for row in rows:
        if not row.startswith("|"):
            return found
        found += re.findall(r"`([^`]+)`", row.split("|")[1])
    return found


def rows_by_code(page: Path, heading: str) -> dict[str, list[str]]:
    """Rows of a table by the code word in their first column; cells are stripped."""
    text = page.read_text(encoding="utf-8")
    return {
        code: [cell.strip() for cell in row.strip("|").split("|")]
        for code in first_column(page, heading)
        for row in text.splitlines()
        if row.startswith(f"| `{code}` |")
    }


def links(page: Path) -> list[str]:
    """Targets of a page's links."""
    return _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """What a link into this page may name after ``#``."""
    headings = _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
