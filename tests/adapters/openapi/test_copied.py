"""A description is copied with the files that it refers to, wherever in its folder they stand."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.contracts import copied
from adapters.kit.openapi.document import load_openapi

ROOT = """openapi: 3.0.3
info: {title: split, version: "1"}
paths:
  /people: {$ref: paths/people.yaml}
"""
PEOPLE = """get:
  operationId: people
  responses:
    "200":
      description: them
      content: {application/json: {schema: {$ref: "../schemas/person.yaml"}}}
"""
PERSON = """type: object
properties:
  code: {$ref: parts/code.yaml#/Code, description: whose}
  other: {$ref: "%00"}
"""
CODE = "Code: {type: string}\n"


def test_a_description_of_several_files_is_copied_whole(tmp_path: Path) -> None:
    files = {
        "openapi.yaml": ROOT,
        "paths/people.yaml": PEOPLE,
        "schemas/person.yaml": PERSON.replace('  other: {$ref: "%00"}\n', ""),
        "schemas/parts/code.yaml": CODE,
    }
    for name, text in files.items():
        (tmp_path / "split" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "split" / name).write_text(text, "utf-8")
    (tmp_path / "beside.yaml").write_text(CODE, "utf-8")

    main, _ = copied(str(tmp_path / "split" / "openapi.yaml"), tmp_path / "copy")

    found = {each.relative_to(tmp_path / "copy").as_posix(): each.read_text("utf-8") for each in _files(tmp_path)}
    assert (main, found) == ("openapi.yaml", files)
    assert "people" in load_openapi(tmp_path / "copy" / main).operations


def test_what_is_not_below_is_not_copied_and_a_name_that_is_none_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (tmp_path / "secret.yaml").write_text(CODE, "utf-8")
    (folder / "openapi.yaml").write_text(PERSON.replace("parts/code.yaml", "../secret.yaml"), "utf-8")

    copied(str(folder / "openapi.yaml"), tmp_path / "copy")

    assert [each.name for each in _files(tmp_path)] == ["openapi.yaml"]


def _files(folder: Path) -> list[Path]:
    return [each for each in (folder / "copy").rglob("*") if each.is_file()]
