"""The how-to for policy authors works in a copy of the checkout, and prints what it shows."""

from __future__ import annotations

from pathlib import Path

from tests.adapters.outside.worked_example import Terminal, as_shown, console
from tests.docs.pages import blocks
from tests.docs.test_a_register_in_an_hour import _copied, _edit
from tests.running_gateway import ROOT

PAGE = ROOT / "docs" / "how-to" / "a-claim-type-from-start-to-matrix.md"


def test_the_page_works_from_the_first_command_to_the_matrix(tmp_path: Path) -> None:
    root, site = tmp_path / "checkout", tmp_path / "environment" / "site"
    site.mkdir(parents=True)
    _copied(root)
    terminal = Terminal(root, site, root)
    differing = []
    for block in blocks(PAGE):
        if block.language == "diff":
            _edit(root, block)
        elif block.language == "console":
            typed = console(block)
            printed = "".join(terminal.type(command) for command in typed.commands)
            if not as_shown(printed, typed.shown):
                differing.append(f"{block.place} prints:\n{printed}")
    assert not differing, "\n".join(differing)
