"""Whatever stands in a file, reading it ends in an inspection, which names what cannot be used."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.kit.inspection import Inspection
from adapters.kit.openapi.inspected import inspect_openapi
from adapters.sandbox.descriptions.documents import DescriptionError
from adapters.sandbox.descriptions.simulated import simulated_desk
from adapters.sandbox.exchange import Asked, Call, Twist
from tests.adapters.openapi.round_trip import contract_files

OWN = sorted((Path(__file__).parent / "contracts").glob("*.yaml"))
SMALL = 80_000
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    "",
    "x",
    "#/components/schemas/Nothing",
    [],
    [None],
    {},
    {"$ref": "#/"},
    {"": {}},
]


def _files() -> list[Path]:
    return [*OWN, *(path for path in contract_files() if path.stat().st_size < SMALL)]


def _inspected(folder: Path, text: str, name: str = "openapi.yaml") -> Inspection:
    path = folder / name
    path.write_text(text, "utf-8", errors="surrogatepass")
    found = inspect_openapi(path)
    assert found.loads == any(operation.loads for operation in found.operations)
    assert found.loads or found.refused or not found.operations
    for refusal in found.refused:
        assert refusal.construct
        assert refusal.where.partition(":")[0] in (name, "catalog.json")
    json.dumps(found.as_json())
    return found


def _places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            found.append((value, key))
            _places(value[key], found)
    return found


def _mutated(document: Any, random: Random) -> Any:
    changed = copy.deepcopy(document)
    for _ in range(random.randint(1, 6)):
        places = _places(changed, [])
        if not places:
            break
        holder, key = random.choice(places)
        match random.randrange(4):
            case 0:
                del holder[key]
            case 1:
                holder[key] = random.choice(ODD)
            case 2:
                other, other_key = random.choice(places)
                if other_key in other if isinstance(other, dict) else other_key < len(other):
                    holder[key] = copy.deepcopy(other[other_key])
            case _ if isinstance(holder, dict):
                held = holder.pop(key)
                holder[random.choice(["$ref", "type", "allOf", "items", "required", "properties", "x", str(key)])] = (
                    held
                )
    return changed


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_file_with_parts_taken_away_or_replaced_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(_files()), label="file")
    seed = data.draw(st.integers(0, 2**32), label="seed")
    document = yaml.load(path.read_text("utf-8"), Loader=yaml.CBaseLoader if seed % 7 == 0 else yaml.CSafeLoader)
    text = json.dumps(_mutated(document, Random(seed)), default=str, ensure_ascii=seed % 2 == 0)
    _inspected(tmp_path_factory.mktemp("fuzz"), text)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(OWN), st.integers(0, 2**32))
@example(next(path for path in OWN if path.stem == "every-3.0"), 3171)
def test_a_file_that_can_be_read_in_part_is_served_in_part_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, path: Path, seed: int
) -> None:
    document = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    changed = tmp_path_factory.mktemp("fuzz") / "openapi.json"
    changed.write_text(json.dumps(_mutated(document, Random(seed)), default=str))
    try:
        desk = simulated_desk("any", changed)
    except DescriptionError:
        return
    for operation in desk.operations:
        described = desk._description.operations[operation]
        target = re.sub(r"\{[^{}]*\}", "1", described.path)
        opened = desk.open(Call(described.method, target, {}, {"content-type": "application/json"}, b"{}", target))
        reply = desk.answer(opened, Twist.NONE) if isinstance(opened, Asked) else opened
        assert reply.status in range(200, 600)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_text_that_is_cut_or_spoilt_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(_files()), label="file").read_text("utf-8")
    start = data.draw(st.integers(0, len(text)), label="from")
    length = data.draw(st.integers(0, 40), label="length")
    put = data.draw(
        st.text(max_size=8) | st.sampled_from(["\t", "*a", "&a ", "- ", ": ", "{", "]", "!!x ", "<<: ", "---\n"])
    )
    cut = data.draw(st.booleans(), label="cut")
    _inspected(tmp_path_factory.mktemp("fuzz"), text[:start] + put + ("" if cut else text[start + length :]))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "openapi.yaml"
    path.write_bytes(content)
    found = inspect_openapi(path)
    assert not found.loads
    assert found.refused
