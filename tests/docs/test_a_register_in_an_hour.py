"""The how-to for a new register works in a copy of the checkout, and prints what it shows."""

from __future__ import annotations

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.adapters.outside.worked_example import Terminal, as_shown, console, written
from tests.docs.pages import Block, blocks
from tests.machine import requires
from tests.running_gateway import ROOT, free_ports

PAGE = ROOT / "docs" / "how-to" / "a-register-in-an-hour.md"
COPIED = ("adapters", "gateway", "policies", "schema", "docs", "pyproject.toml", "README.md")
PORTS = ("8130", "8140", "8150")
MOST_LINES = 60


def test_the_page_works_from_the_contract_to_the_live_field(tmp_path: Path) -> None:
    requires("curl")
    root, site = tmp_path / "checkout", tmp_path / "environment" / "site"
    site.mkdir(parents=True)
    _copied(root)
    written(root, PAGE)
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    terminal = Terminal(root, site, root)
    differing = []
    with _background(terminal) as begin:
        for block in blocks(PAGE):
            if block.language == "diff":
                _edit(root, block)
            elif block.language == "console" and block.argument == "background":
                begin(_with(console(block).commands[0], ports))
            elif block.language == "console":
                typed = console(block)
                printed = "".join(terminal.type(_with(command, ports)) for command in typed.commands)
                for port, free in ports.items():
                    printed = printed.replace(free, port)
                if not as_shown(printed, typed.shown):
                    differing.append(f"{block.place} prints:\n{printed}")
    assert not differing, "\n".join(differing)


def test_little_is_written_by_hand() -> None:
    edits = [block.text for block in blocks(PAGE) if block.language == "diff"]
    lines = [line for text in edits for line in text.splitlines() if line.startswith("+") and line.strip("+ ")]
    assert len(lines) < MOST_LINES
    assert f"marked with `+`: {len(lines)} lines here" in PAGE.read_text(encoding="utf-8")


def _copied(root: Path) -> None:
    root.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)


def _edit(root: Path, block: Block) -> None:
    """Change a file as a diff says: what stands there is replaced once."""
    path = root / block.argument.removeprefix("edit=")
    lines = block.text.splitlines()
    old = "\n".join(line[1:] for line in lines if not line.startswith("+"))
    new = "\n".join(line[1:] for line in lines if not line.startswith("-"))
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{block.place}: {path.name} has not once what is to be changed:\n{text}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def _with(command: str, ports: dict[str, str]) -> str:
    for port, free in ports.items():
        command = command.replace(port, free)
    return command


@contextmanager
def _background(terminal: Terminal) -> Iterator[Callable[[str], None]]:
    running: list[subprocess.Popen[bytes]] = []

    def begin(command: str) -> None:
        running.append(terminal.begin(command))
        words = command.split()
        port = words[words.index("--port") + 1]
        _until_ready(f"http://127.0.0.1:{port}/{'health/ready' if 'demo' in words else '_control'}")

    try:
        yield begin
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def _until_ready(url: str) -> None:
    for _ in range(400):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"{url} does not answer")
