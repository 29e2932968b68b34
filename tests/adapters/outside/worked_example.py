"""The how-to as a person follows it: its files are written, its commands typed, in an empty directory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import Block, blocks
from tests.running_gateway import ROOT, environment

PAGE = ROOT / "docs" / "how-to" / "adapter-outside-the-tree.md"
_SECONDS = re.compile(r"in \d+\.\d+s")
_COLUMNS = "100"


@dataclass(frozen=True)
class Typed:
    """A ``console`` block."""

    block: Block
    commands: tuple[str, ...]
    shown: tuple[str, ...]
    """What the page shows after them."""


def written(folder: Path, page: Path = PAGE) -> None:
    """Write every file of the page."""
    for block in blocks(page):
        if block.argument.startswith("file="):
            path = folder / block.argument.removeprefix("file=")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text + "\n", encoding="utf-8")


def typed(page: Path = PAGE) -> Iterator[Typed]:
    """Every console block of the page, in order."""
    for block in blocks(page):
        if block.language == "console":
            yield console(block)


def console(block: Block) -> Typed:
    """A ``console`` block: lines that begin with ``$`` are typed, the others are shown."""
    lines = block.text.splitlines()
    commands = tuple(line.removeprefix("$ ") for line in lines if line.startswith("$ "))
    return Typed(block, commands, tuple(line for line in lines if not line.startswith("$ ")))


class Terminal:
    """A shell in an empty directory, in the gateway's environment, which remembers what is exported.

    Args:
        folder: the directory.
        site: where an installer puts packages.
        root: of the checkout.
    """

    def __init__(self, folder: Path, site: Path, root: Path = ROOT) -> None:
        self._folder = folder
        self._root = root
        self._exports: dict[str, str] = {}
        self._site = site
        tools = site.parent / "bin"
        tools.mkdir(parents=True)
        for name, module in (("python", ""), ("gateway", "-m gateway")):
            (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
            (tools / name).chmod(0o755)
        self._path = f"{tools}{os.pathsep}{os.environ['PATH']}"

    def type(self, command: str) -> str:
        """Run one line; what it prints, on whatever stream."""
        word, _, rest = command.partition(" ")
        if word == "export":
            name, _, value = rest.partition("=")
            self._exports[name] = value
            return ""
        if word == "unset":
            self._exports.pop(rest, None)
            return ""
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self._folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return _SECONDS.sub("in 1.23s", done.stdout)

    def begin(self, command: str) -> subprocess.Popen[bytes]:
        """Run one line in a terminal of its own."""
        return subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=self._folder,
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _environment(self) -> dict[str, str]:
        # The checkout stands in for the line in site-packages that makes it importable.
        path = {"PATH": self._path, "PYTHONPATH": f"{self._site}{os.pathsep}{self._root}", "COLUMNS": _COLUMNS}
        plain = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "PYTEST_ADDOPTS": "-p no:cacheprovider"}
        given = {**environment(self._exports), **path, **plain}
        # A plugin says more where it finds itself in CI, or in a run that several workers share; a person does not.
        return {key: value for key, value in given.items() if key != "CI" and not key.startswith("PYTEST_XDIST")}


def install(source: Path, site: Path) -> None:
    """What an installer does with a package: its files, and what its ``pyproject.toml`` says, into one folder."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for path in (each for each in (source / "vtua_adapters").rglob("*") if each.is_file()):
        target = site / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = "\n".join(
        f"[{group}]\n" + "\n".join(f"{name} = {value}" for name, value in each.items())
        for group, each in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text(points)


def as_shown(printed: str, shown: tuple[str, ...]) -> bool:
    """Whether what was printed has the lines shown, in order, and no others but where the page has ``...``."""
    lines = [line.rstrip() for line in printed.splitlines()]
    pattern = "\n".join(r"(?:.*\n)*?.*" if line == "..." else re.escape(line) for line in shown)
    pattern = pattern.replace("(?:.*\\n)*?.*\n", "(?:.*\\n)*?").replace("\n(?:.*\\n)*?.*", "(?:\\n.*)*?")
    return re.fullmatch(pattern, "\n".join(lines)) is not None
