"""The rooms of the house: all there, each saying what it is, none too large, none named after nothing."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, project_files

ROOMS = [
    "adapters/kit",
    "adapters/municipal",
    "adapters/registers",
    "adapters/sandbox",
    "docs/decisions",
    "gateway/audit",
    "gateway/claims",
    "gateway/identity",
    "gateway/plan",
    "gateway/store",
    "policies/claims",
    "policies/common",
    "policies/kit",
    "schema/graph",
    "schema/records",
    "tests",
]
LINES = 450
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "misc", "base", "shared", "lib"}
EXPLAINED_BY_THE_FOLDER_ABOVE = {"contract", "cases", "versions", "templates", "static"}
SAYS_WHAT_IT_IS = ("README.md", "manifest.toml", "claim_type.toml")
MACHINE = re.compile(
    r"(?<![\w.~$}/-])/(?:root|work|home|Users|opt)/\w"  # a path of one machine
    r"|pypi\.org|pythonhosted\.org|registry\.(?:npmjs|yarnpkg)\.\w+|proxy\.golang\.org|\.pyenv\b",
    re.ASCII,
)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_of_the_design_exists(room: str) -> None:
    assert any(path.is_relative_to(room) for path in project_files())


def test_every_folder_says_what_it_is() -> None:
    silent = [str(folder) for folder in sorted(_folders()) if not _speaks(folder)]
    assert silent == [], "give the package a docstring, or the folder a README.md"


def _folders() -> set[Path]:
    return {
        folder
        for path in project_files()
        for folder in list(path.parents)[:-1]
        if folder.parts[0] in PACKAGES and not EXPLAINED_BY_THE_FOLDER_ABOVE & set(folder.parts)
    }


def _speaks(folder: Path) -> bool:
    package = ROOT / folder / "__init__.py"
    if package.exists() and ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))):
        return True
    return any((ROOT / folder / name).exists() for name in SAYS_WHAT_IT_IS)


def test_no_file_is_too_long_for_one_sitting() -> None:
    lengths = {
        str(path): (ROOT / path).read_text(encoding="utf-8").count("\n")
        for path in project_files()
        if path.suffix in {".py", ".cedar", ".mjs"}
    }
    assert {path: length for path, length in lengths.items() if length > LINES} == {}


def test_no_module_is_named_after_nothing() -> None:
    nameless = [str(path) for path in project_files() if path.suffix == ".py" and path.stem in EMPTY_NAMES]
    nameless += [
        str(folder) for folder in _folders() if folder.name in EMPTY_NAMES and folder != Path("policies/common")
    ]
    assert nameless == []


def test_no_file_names_a_package_host_or_a_path_of_one_machine() -> None:
    offences = []
    for path in project_files():
        if path == Path(__file__).relative_to(ROOT):
            continue
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        offences += [
            f"{path}:{number}: {found.group()}"
            for number, line in enumerate(text.splitlines(), 1)
            if (found := MACHINE.search(line))
        ]
    assert offences == []


def _pins(lock: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9][\w.-]*)==(\S+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


def test_tests_run_on_the_versions_that_the_service_runs_on() -> None:
    service, development = _pins("requirements.txt"), _pins("requirements-dev.txt")
    assert service != {}
    assert {name: (version, development.get(name)) for name, version in service.items()} == {
        name: (version, version) for name, version in service.items()
    }


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_has_hashes_and_no_host(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pins = [(line, after) for line, after in pairwise(lines) if re.match(r"[a-z0-9]", line)]
    assert [line for line, after in pins if not after.strip().startswith("--hash=sha256:")] == []
    assert [line for line in lines if "://" in line or line.startswith("--")] == []
