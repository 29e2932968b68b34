"""Every operation of every contract there and back: ``python -m tests.adapters.openapi.round_trip [--count 20]``.

Instances come from the sandbox's reading of a contract and are judged by ``jsonschema``; the kit reads them to values,
writes the values, and what it wrote is judged again, and read to equal values. Parameters are written by the kit and
read from the address by the sandbox.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.kit.openapi.bodies import BytesBody
from adapters.kit.openapi.document import RestContract, RestOperation, load_openapi
from adapters.kit.openapi.forms import FormCodec
from adapters.kit.openapi.operations import Body
from adapters.kit.openapi.request import write_request
from adapters.sandbox.descriptions.addresses import Absent, Place, from_cookies, from_header, from_query, from_segment
from adapters.sandbox.descriptions.dialect import Dialect
from adapters.sandbox.descriptions.instances import Instances
from adapters.sandbox.descriptions.operations import Content, Described, Description
from adapters.sandbox.descriptions.segments import segments
from adapters.sandbox.descriptions.written import json_text, read_text

CONTRACTS = Path(__file__).parents[3].parent / "shared" / "contracts" / "openapi"
SEED = 20261126
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")


@dataclass
class Tried:
    """What one contract's operations gave."""

    name: str
    operations: int = 0
    passed: int = 0
    instances: int = 0
    slips: dict[str, str] = field(default_factory=dict)
    """Of an operation, the first thing that went wrong."""


def contract_files(folder: Path = CONTRACTS) -> list[Path]:
    """The main file of every contract."""
    found = []
    for source in sorted(folder.glob("*/SOURCE.txt")):
        main = next(line for line in source.read_text().splitlines() if line.startswith("main:"))
        found.append(source.parent / main.partition(":")[2].strip())
    return found


def try_contract(path: Path, count: int) -> Tried:
    """Send every operation of a contract there and back."""
    contract = load_openapi(path, typed=True)
    description = Description(path)
    tried = Tried(path.parent.name, operations=len(contract.operations) + len(contract.unusable))
    tried.slips |= {name: f"left out: {why.construct} at {why.where}" for name, why in contract.unusable.items()}
    for operation in contract.operations.values():
        described = description.operations.get(operation.name)
        slip = "the sandbox does not have it"
        if described is not None:
            slip, made = _operation(contract, operation, description, described, count)
            tried.instances += made
        if slip:
            tried.slips[operation.name] = slip
        else:
            tried.passed += 1
    return tried


def _operation(
    contract: RestContract, operation: RestOperation, description: Description, described: Described, count: int
) -> tuple[str, int]:
    made = 0
    try:
        for body, content in _pairs(operation.bodies, described.bodies):
            made += _body(body, content, description.requests, count)
        for status, answer in operation.answers.items():
            for body, content in _pairs(answer.bodies, described.answers[status]):
                made += _body(body, content, description.answers, count)
        made += _parameters(operation, described, description.requests, count)
    except (AssertionError, ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"{type(error).__name__}: {error}", made
    return "", made


def _pairs(bodies: tuple[Body, ...], contents: tuple[Content, ...]) -> Iterator[tuple[Body, Content]]:
    by_media = {content.media: content for content in contents}
    for body in bodies:
        yield body, by_media[body.media]


def _body(body: Body, content: Content, dialect: Dialect, count: int) -> int:
    if content.schema is None or isinstance(body.codec, BytesBody):
        value = bytes(range(256))
        media, written = body.codec.encode(value)
        assert body.codec.decode(written, media) == value, body.media
        return 1
    judge = dialect.validator(content.schema)
    made = 0
    for instance in Instances(dialect, SEED, expressible=isinstance(body.codec, FormCodec)).some(content.schema, count):
        made += 1
        if isinstance(body.codec, FormCodec):
            _form(body, content, instance)
            continue
        text = json_text(instance).encode() if content.is_json else str(instance).encode()
        value = body.codec.decode(text, body.media)
        media, written = body.codec.encode(value)
        again = read_text(written) if content.is_json else instance
        assert judge.is_valid(again), f"{body.media}: what was written is not valid"
        assert _same(again, instance), f"{body.media}: what was written is something else"
        assert body.codec.decode(written, media) == value, f"{body.media}: read to another value"
    assert made == count, f"{body.media}: only {made} instances were found"
    return made


def _form(body: Body, content: Content, instance: Any) -> None:
    value = {
        name: [b"\x00\r\n--\xff" + str(one).encode() for one in held] if isinstance(held, list) else b"\x00\xff"
        for name, held in instance.items()
        if name in content.file_fields
    }
    media, written = body.codec.encode({**instance, **value})
    read = body.codec.decode(written, media)
    again, written_again = body.codec.encode(read)
    assert body.codec.decode(written_again, again) == read, f"{body.media}: read to another value"
    assert read.keys() == instance.keys(), f"{body.media}: a field was lost"


def _parameters(operation: RestOperation, described: Described, dialect: Dialect, count: int) -> int:
    places = [place for place in described.places if _known(operation, place)]
    assert len(operation.parameters) == len(places), "a parameter was lost"
    instances = {
        at: list(Instances(dialect, SEED + at, expressible=True).some(place.schema, count))
        for at, place in enumerate(places)
    }
    body = next((_some_body(operation, described, dialect) for _ in operation.bodies), None)
    for at in range(count if places else 0):
        given: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for number, place in enumerate(places):
            assert instances[number], f"no instance of parameter {place.name}"
            if place.required or place.location == "path" or (at + number) % 3:
                value = instances[number][at % len(instances[number])]
                if (
                    place.location != "header"
                    or not isinstance(value, str)
                    or (value.isascii() and value.isprintable())
                ):
                    given[place.location][place.name] = value
                elif place.required:
                    given[place.location][place.name] = "ascii"
        written = write_request(
            operation,
            path=given["path"],
            query=given["query"],
            headers=given["header"],
            cookies=given["cookie"],
            body=body,
        )
        path, _, query = written.target.partition("?")
        steps = segments(operation.path, path)
        assert steps is not None, "the address is another operation's"
        headers = {name.lower(): text for name, text in written.headers.items()}
        for place in places:
            wanted = given[place.location].get(place.name, Absent)
            try:
                if place.location == "path":
                    found = from_segment(place, steps[place.name])
                elif place.location == "query":
                    found = from_query(place, query)
                elif place.location == "header":
                    found = from_header(place, headers.get(place.name.lower()))
                else:
                    found = from_cookies(place, headers.get("cookie"))
            except Absent:
                found = Absent
            same = found is wanted or (found is not Absent and wanted is not Absent and _same(found, wanted))
            assert same, f"parameter {place.name} in {place.location} was read as something else"
    return count if places else 0


def _known(operation: RestOperation, place: Place) -> bool:
    return any(one.name == place.name and one.location == place.location for one in operation.parameters)


def some_call(operation: RestOperation, described: Described, dialect: Dialect) -> dict[str, Any]:
    """Arguments for a call of an operation, with every parameter."""
    given: dict[str, Any] = {"path": {}, "query": {}, "headers": {}, "cookies": {}}
    keys = {"header": "headers", "cookie": "cookies"}
    for at, place in enumerate(place for place in described.places if _known(operation, place)):
        value = Instances(dialect, SEED + at, expressible=True).one(place.schema)
        if place.location == "header" and isinstance(value, str) and not (value.isascii() and value.isprintable()):
            value = "ascii"
        given[keys.get(place.location, place.location)][place.name] = value
    body = _some_body(operation, described, dialect) if operation.bodies else None
    return {**given, "body": body}


def _some_body(operation: RestOperation, described: Described, dialect: Dialect) -> Any:
    content = {one.media: one for one in described.bodies}[operation.bodies[0].media]
    if content.schema is None or isinstance(operation.bodies[0].codec, BytesBody):
        return b"bytes"
    is_form = isinstance(operation.bodies[0].codec, FormCodec)
    made = Instances(dialect, SEED, expressible=is_form).one(content.schema)
    if content.file_fields:
        made = {
            name: ([b"a"] * len(held) if isinstance(held, list) else b"a") if name in content.file_fields else held
            for name, held in made.items()
        }
    return made


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON values; of a moment and of bytes the value counts, and not how it is spelled."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, str) and isinstance(other, str) and one != other:
        return _moment(one) == _moment(other)
    return (type(one) is type(other) and one == other) or (_number(one) is not None and _number(one) == _number(other))


def _moment(text: str) -> str:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    return f"{found[1]}.{(found[2] or '').rstrip('0')}{'+00:00' if found[3] == 'Z' else found[3]}"


def _number(value: Any) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def main(arguments: list[str] | None = None) -> int:
    """Print the table; exit 1 where an operation did not pass."""
    parser = argparse.ArgumentParser(description="Send every operation of every contract there and back.")
    parser.add_argument("--count", type=int, default=20, help="instances of every body and every set of parameters")
    parser.add_argument("--slips", action="store_true", help="say what went wrong")
    asked = parser.parse_args(arguments)
    lines, slips, wrong = [], [], 0
    for path in contract_files():
        tried = try_contract(path, asked.count)
        share = 100 * tried.passed // tried.operations if tried.operations else 0
        lines.append(f"| {tried.name} | {tried.operations} | {tried.passed} | {share} % | {tried.instances} |")
        slips += [f"{tried.name} {name}: {slip}" for name, slip in tried.slips.items()]
        wrong += len(tried.slips)
    table = ["| contract | operations | passed | share | instances |", "|---|---:|---:|---:|---:|", *lines]
    sys.stdout.write("\n".join([*table, *(slips if asked.slips else ())]) + "\n")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
