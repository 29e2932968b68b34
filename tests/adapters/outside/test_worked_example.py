"""The how-to works from an empty directory, and prints what it shows."""

from __future__ import annotations

from pathlib import Path

from tests.adapters.outside.worked_example import Terminal, as_shown, install, typed, written


def test_the_worked_example_prints_what_the_page_shows_from_an_empty_directory(tmp_path: Path) -> None:
    folder, site = tmp_path / "empty", tmp_path / "environment" / "site"
    folder.mkdir()
    site.mkdir(parents=True)
    written(folder)
    terminal = Terminal(folder, site)
    differing = []
    for each in typed():
        if each.block.argument == "installed":
            install(folder / "vtua-adapters", site)
        printed = "".join(terminal.type(command) for command in each.commands)
        if not as_shown(printed, each.shown):
            differing.append(f"{each.block.place} prints:\n{printed}")
    assert not differing, "\n".join(differing)


def test_what_differs_from_the_page_is_noticed() -> None:
    printed = "one\ntwo\nthree\nfour\n"
    assert as_shown(printed, ("one", "two", "three", "four"))
    assert as_shown(printed, ("one", "...", "four"))
    assert as_shown(printed, ("...", "four"))
    assert as_shown(
        printed,
        (
            "one",
            "...",
        ),
    )
    assert not as_shown(printed, ("one", "two", "four"))
    assert not as_shown(printed, ("two", "...", "four"))
    assert not as_shown(printed, ("one", "...", "five"))
    assert not as_shown(printed, ())
