"""Instances of every construct and every contract go there and back; what one reading refuses, the other refuses too."""

from __future__ import annotations

import copy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from adapters.kit.openapi.bodies import JsonBody
from adapters.kit.openapi.document import load_openapi
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.plain_json import NOT_PLAIN
from adapters.sandbox.descriptions.dialect import Dialect
from adapters.sandbox.descriptions.instances import Instances
from adapters.sandbox.descriptions.operations import Description
from adapters.sandbox.descriptions.written import json_text
from tests.adapters.openapi.round_trip import CONTRACTS, SEED, contract_files, try_contract
from tests.machine import requires_folder

OWN = [
    *sorted((Path(__file__).parent / "contracts").glob("*.yaml")),
    Path(__file__).parent / "contracts" / "split" / "openapi.yaml",
]
LEFT_OUT = {"every-3.0.yaml": {"broken"}}
ODD: tuple[Any, ...] = (None, True, False, 0, 1, -1, 2**40, "", "0012", "x" * 300, [], [[]], {}, {"a": None})


@pytest.mark.parametrize("path", OWN, ids=[path.stem for path in OWN])
def test_every_construct_goes_there_and_back(path: Path) -> None:
    tried = try_contract(path, 60)
    assert tried.slips.keys() == LEFT_OUT.get(path.name, set()), tried.slips


@pytest.mark.parametrize("path", contract_files(), ids=lambda path: path.parent.name)
def test_every_operation_of_a_real_contract_goes_there_and_back(path: Path) -> None:
    tried = try_contract(path, 2)
    assert tried.slips == {}
    assert tried.operations > 0


def test_the_real_contracts_are_there() -> None:
    requires_folder(CONTRACTS)
    assert len(contract_files()) == 13


@pytest.mark.parametrize("path", [*OWN, *contract_files()], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_the_judge_refuses_is_refused_and_what_it_takes_is_taken(path: Path) -> None:
    contract, description = load_openapi(path, typed=True), Description(path)
    refused = 0
    for operation in contract.operations.values():
        described = description.operations[operation.name]
        sides = [(operation.bodies, described.bodies, description.requests)]
        sides += [
            (answer.bodies, described.answers[status], description.answers)
            for status, answer in operation.answers.items()
            if status[0] == "2"
        ]
        for bodies, contents, dialect in sides:
            for body in bodies:
                content = next(one for one in contents if one.media == body.media)
                if isinstance(body.codec, JsonBody) and content.schema is not None:
                    refused += _compared(body.codec.codec, content.schema, dialect)
    assert refused > 0 or path.parent.name in ("ee-egov-aj-dumonitor-rest",), "nothing was refused"


def _compared(codec: JsonCodec, schema: Any, dialect: Dialect) -> int:
    judge, refused = dialect.validator(schema), 0
    for number, instance in enumerate(Instances(dialect, SEED).some(schema, 3)):
        assert codec.is_valid(instance)
        content = json_text(instance).encode()
        quick = codec.decode_plain(content)
        assert quick is NOT_PLAIN or quick == codec.decode_strict(content)
        for seed in range(6):
            changed = _changed(instance, Random(number * 100 + seed))
            if not judge.is_valid(changed):
                assert not codec.is_valid(changed)
                refused += 1
            if codec.plain(changed):
                assert codec.is_valid(changed)
    return refused


def _changed(value: Any, random: Random) -> Any:
    changed = [copy.deepcopy(value)]
    places = _places(changed)
    holder, key = random.choice(places)
    if random.random() < 0.3 and not isinstance(holder, list):
        del holder[key]
    elif random.random() < 0.2 and isinstance(holder[key], str):
        holder[key] = holder[key][:-1] if random.random() < 0.5 else holder[key] + "\n"
    else:
        holder[key] = copy.deepcopy(random.choice(ODD))
    return changed[0] if changed else None


def _places(value: Any) -> list[tuple[Any, Any]]:
    found = []
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            found.append((value, key))
            found += _places(value[key])
    return found
