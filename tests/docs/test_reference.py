"""What the documents list is what there is, no more and no less."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from typer.core import TyperGroup
from typer.main import get_command

from adapters.kit.manifest import load_manifest
from gateway.cli import app
from gateway.settings import FILE_VARIABLE, PREFIX, LimitsSettings, Settings
from schema.terms import AdapterTier, ErrorCode, ProblemCode
from tests.docs.pages import FRONT_END, MINISTRY_IT, README, anchors, first_column, links, rows_by_code
from tests.running_gateway import ROOT

KEYS = {"registers": "<NAME>", "municipalities": "<ATVK>", "owners": "<OWNER>", "permissions": "<PURPOSE>"}
"""Settings that hold further ones by a name of the operator's."""
DOCUMENTS = [README, *sorted((ROOT / "docs").rglob("*.md"))]


def settings(model: type[BaseModel], before: str = PREFIX) -> Iterator[tuple[str, Any]]:
    """Environment variables with their defaults; None where there is none."""
    for name, field in model.model_fields.items():
        inner = next((one for one in _classes(field.annotation) if issubclass(one, BaseModel)), None)
        if inner is None:
            yield (
                before + name.upper(),
                field.get_default(call_default_factory=True) if not field.is_required() else None,
            )
        elif name in KEYS:
            yield from settings(inner, f"{before}{name.upper()}__{KEYS[name]}__")
        else:
            yield from settings(inner, f"{before}{name.upper()}__")


def _classes(annotation: Any) -> Iterator[type]:
    if get_origin(annotation) is not None:
        for argument in get_args(annotation):
            yield from _classes(argument)
    elif isinstance(annotation, type):
        yield annotation


def _shown(default: Any) -> str:
    """A default as the table shows it."""
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return ",".join(default) or "empty"
    if isinstance(default, frozenset):
        return f"`{','.join(sorted(default))}`"
    return f"`{default}`"


def test_every_error_code_is_explained_to_front_ends_and_no_other() -> None:
    assert first_column(FRONT_END, "`errors[].extensions.code`") == [code.value for code in ErrorCode]


def test_every_problem_code_is_explained_to_front_ends_and_no_other() -> None:
    assert first_column(FRONT_END, "`problems[].code`") == [code.value for code in ProblemCode]


def test_the_limits_of_an_operation_are_the_documented_ones() -> None:
    text = FRONT_END.read_text(encoding="utf-8")
    shown = dict(re.findall(r"^\| ([a-z ,]+) \| ([0-9,]+) \|$", text, re.MULTILINE))
    limits = LimitsSettings()
    assert {name: int(number.replace(",", "")) for name, number in shown.items()} == {
        "tokens": limits.tokens,
        "depth": limits.depth,
        "aliases": limits.aliases,
        "root fields": limits.root_fields,
        "directives": limits.directives,
        "fields, fragments expanded": limits.selections,
        "fields answered, page sizes multiplied": limits.cost,
    }


def test_every_setting_stands_in_the_ministrys_table_with_its_default() -> None:
    documented = {name: row[1] for name, row in rows_by_code(MINISTRY_IT, "Setting").items()}
    there = {name: _shown(default) for name, default in settings(Settings)}
    assert documented == {FILE_VARIABLE: "none", **there}


def test_every_line_of_the_log_that_is_a_warning_or_worse_is_told_to_who_watches_it() -> None:
    page = MINISTRY_IT.read_text(encoding="utf-8")
    logged = {
        str(call.args[0].value)
        for part in ("gateway", "adapters", "policies", "schema")
        for file in (ROOT / part).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("warning", "error", "critical")
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in ("log", "_log")
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(logged) > 30
    assert sorted(event for event in logged if f"`{event}`" not in page) == []


def test_every_command_and_option_is_described_to_the_ministry() -> None:
    documented = {
        name.removeprefix("gateway "): set(re.findall(r"--[a-z-]+", row[2]))
        for name, row in rows_by_code(MINISTRY_IT, "Command").items()
    }
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    there = {
        name: {
            option
            for parameter in command.params
            if not getattr(parameter, "hidden", False)
            for option in parameter.opts
            if option.startswith("--") and option != "--help"
        }
        for name, command in _commands(group)
    }
    assert documented == there


def _commands(group: TyperGroup, before: str = "") -> Iterator[tuple[str, Any]]:
    """Commands by what is typed after ``gateway``."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def test_every_register_of_this_checkout_is_in_the_ministrys_table() -> None:
    manifests = (load_manifest(path) for path in (ROOT / "adapters").glob("*/*/manifest.toml"))
    there = {each.name for each in manifests if each.tier is not AdapterTier.DRAFT}
    assert {name for name in first_column(MINISTRY_IT, "`<NAME>`") if "/" not in name} == there


def test_the_ten_invariants_each_name_the_test_that_tries_to_break_it() -> None:
    named = [target for target in links(README) if "tests/invariants/" in target]
    there = sorted((ROOT / "tests" / "invariants").glob("test_*.py"), key=lambda path: int(path.name.split("_")[1]))
    assert named == [str(path.relative_to(ROOT)) for path in there]
    assert [path.name.split("_")[1] for path in there] == [str(number) for number in range(1, 11)]


def test_the_house_names_folders_that_are_there() -> None:
    named = first_column(README, "Folder")
    assert all((ROOT / name).is_dir() for name in named)
    assert {"gateway/", "schema/", "adapters/", "policies/", "tests/"} <= set(named)


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    broken = []
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []
