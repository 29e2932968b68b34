"""The text of a description: what each value is, where it stands, and what is refused before it costs anything."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.files import Files, read_nodes
from adapters.kit.openapi.nodes import MAX_BYTES, Table, plain


def _read(folder: Path, text: str | bytes) -> Any:
    path = folder / "openapi.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_nodes(path, path.name)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("2026-01-10", "2026-01-10"),
        ("0012", 12),
        ("'0012'", "0012"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("1e5", Decimal("1E+5")),
        ("1.10", Decimal("1.10")),
        ("0o17", 15),
        ("0x1F", 31),
        ("~", None),
        ("", None),
        ("TRUE", True),
        ("!!str 12", "12"),
        ("=", "="),
    ],
)
def test_a_scalar_is_what_yaml_1_2_says(tmp_path: Path, text: str, value: Any) -> None:
    found = _read(tmp_path, f"a: {text}\n")["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "construct", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "a name that stands twice", 3),
        ('{"a": 1,\n"b": 2, "a": 3}', "a name that stands twice", 2),
        ("a:\n  ~: 1\n", "a key that is no text", 2),
        ("a:\n  true: 1\n", "a key that is no text", 2),
        ("a:\n  1.5: 1\n", "a key that is no text", 2),
        ("? [a]\n: 1\n", "a key that is no text", 1),
        ("a: 1\nb: .nan\n", "NaN or infinity", 2),
        ("b: -.Inf\n", "NaN or infinity", 1),
        ("a: &x\n  b: *x\n", "an alias that contains itself", 2),
        ("a: *x\n", "an alias without its anchor", 1),
        ("a: !!python/object:os.system {}\n", "a tag", 1),
        ("a: 1\n---\nb: 1\n", "a second document in one file", 2),
        ("a: [\n", "a text that is no YAML", 2),
        ('{"a": 1,\n "b": ]', "a text that is no JSON", 2),
        ('{"a": NaN}', "NaN", 1),
        ("a: " + "9" * 2000, "a number out of bounds", 1),
        ("a: 1e99999", "a number out of bounds", 1),
        ('{"a": 1e99999}', "a number out of bounds", 1),
        ("[" * 500 + "]" * 500, "nesting too deep", 1),
        ('{"a":' * 500 + "1" + "}" * 500, "nesting too deep", 1),
        (b"a: 1\nb: \xff\n", "a text that is not UTF-8", 2),
    ],
)
def test_what_has_no_one_meaning_is_refused_by_name_and_line(
    tmp_path: Path, text: str | bytes, construct: str, line: int
) -> None:
    if construct == "NaN":
        assert _read(tmp_path, text) == {"a": "NaN"}, "no JSON, but YAML, where it is a text"
        return
    with pytest.raises(UnsupportedConstruct) as caught:
        _read(tmp_path, text)
    assert (caught.value.construct, caught.value.where) == (construct, f"openapi.yaml:{line}")


def test_an_alias_bomb_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    lines = ["a0: &a0 [lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    tracemalloc.start()
    with pytest.raises(UnsupportedConstruct, match="too many values"):
        _read(tmp_path, "\n".join(lines))
    assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    tracemalloc.stop()


def test_a_file_of_100_mb_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    tracemalloc.start()
    with pytest.raises(UnsupportedConstruct, match="a file over 16 MiB"):
        read_nodes(path, path.name)
    assert tracemalloc.get_traced_memory()[1] < MAX_BYTES // 8
    tracemalloc.stop()


@pytest.mark.parametrize("form", ["yaml", "json", "flow"])
def test_every_name_knows_its_line(tmp_path: Path, form: str) -> None:
    text = {
        "yaml": "a:\n  b: 1\n\n  c: [1]\n",
        "json": '{"a":\n{"b": 1,\n\n"c": [1]}}',
        "flow": "{a:\n{b: 1,\n\nc: [1]}}",
    }
    found = _read(tmp_path, text[form])
    assert isinstance(found, Table)
    assert found["a"].lines == {"b": 2, "c": 4}
    assert found.at("a") == "openapi.yaml:1"


def test_a_merge_gives_what_is_not_said_again(tmp_path: Path) -> None:
    found = _read(tmp_path, "base: &b {a: 1, c: 2}\nmade:\n  <<: *b\n  c: 3\n")
    assert plain(found["made"]) == {"c": 3, "a": 1}


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_mark_at_the_beginning_tells_the_charset(tmp_path: Path, charset: str) -> None:
    assert _read(tmp_path, "a: Ābols\n".encode(charset)) == {"a": "Ābols"}


def test_half_a_pair_in_json_is_one_character_and_keys_of_numbers_are_texts(tmp_path: Path) -> None:
    assert _read(tmp_path, r'{"a": "\ud83d\ude00", "b\/": 1}') == {"a": "😀", "b/": 1}
    assert _read(tmp_path, "200: ok\n") == {"200": "ok"}


# ------------------------------------------------------------ references


def _files(folder: Path, reference: str) -> tuple[Files, Table]:
    (folder / "openapi.yaml").write_text(f'{{"a": {{"$ref": "{reference}"}}, "b": {{"c/d": [{{"e": 1}}]}}}}')
    files = Files(folder / "openapi.yaml")
    return files, files.root["a"]


def test_a_reference_is_followed_within_the_file_and_to_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "one.yaml").write_text("x: {$ref: 'two.json#/y'}\n")
    (tmp_path / "below" / "two.json").write_text('{"y": {"z": 1}}')
    (tmp_path / "catalog.json").write_text('{"https://example.org/two": "below/two.json"}')
    files, node = _files(tmp_path, "#/b/c~1d/0")
    assert files.resolve(node["$ref"], node) == {"e": 1}
    for reference in ("below/one.yaml#/x", "./below/two.json#/y", "https://example.org/two#/y"):
        files, node = _files(tmp_path, reference)
        found, name = files.followed(node, "it", "here")
        assert found == {"z": 1}
        assert name == "y"


@pytest.mark.parametrize(
    ("reference", "construct"),
    [
        ("#/b/x", "to nothing"),
        ("#/b/c~1d/7", "to nothing"),
        ("#name", "to an anchor"),
        ("missing.yaml#/a", "to a missing file"),
        ("../secret.yaml#/a", "outside the folder"),
        ("/etc/hosts", "outside the folder"),
        ("file:///etc/hosts", "outside the folder"),
        ("https://example.org/two#/y", "outside the folder"),
        ("link.yaml#/a", "outside the folder"),
        ("#/a", "leads to itself"),
    ],
)
def test_a_reference_to_elsewhere_is_refused_with_its_line(tmp_path: Path, reference: str, construct: str) -> None:
    (tmp_path / "secret.yaml").write_text("a: {b: 1}\n")
    folder = tmp_path / "contract"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    files, node = _files(folder, reference)
    with pytest.raises(UnsupportedConstruct, match=construct) as caught:
        files.followed(node, "it", "here")
    assert caught.value.where == "openapi.yaml:1"
