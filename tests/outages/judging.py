"""An answer with one register broken, held against the same operation's answer with all of them well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.outages.operations import VOLATILE, reads
from tests.outages.table import Kind
from tests.whole_graph.seen import fields_of

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Judged:
    """What came of one answer.

    Attributes:
        failed: fields that are null for the register's sake.
        wrong: whatever is not as it must be, one line each, without a value.
    """

    failed: int = 0
    wrong: list[str] = field(default_factory=list)


def judge(
    well: Mapping[str, Any], ill: Mapping[str, Any], register: str, records: frozenset[str], kind: Kind
) -> Judged:
    """Hold two answers against each other.

    Args:
        well, ill: bodies of answers to one operation.
        register: the one that is broken in ``ill``.
        records: names of the record types that it answers and no other does.
        kind: how it is broken.
    """
    judged = Judged()
    before, now = _errors(well), _errors(ill)
    values = {path: value for _, path, value in fields_of("Query", ill["data"], ())}
    gone: set[Path] = set()
    for coordinate, path, value in fields_of("Query", well["data"], ()):
        if any(path[:length] in gone for length in range(1, len(path))):
            continue
        where = f"{'.'.join(str(step) for step in path)} ({coordinate})"
        error = now.pop(path, None)
        if error is not None and path not in before:
            gone.add(path)
            judged.failed += 1
            judged.wrong += [f"{where}: {each}" for each in _wrong(error, coordinate, register, records, kind)]
            if values.get(path) is not None:
                judged.wrong.append(f"{where} failed and has a value")
        elif error != before.get(path):
            judged.wrong.append(f"{where} was refused, and now is not so")
        elif path not in values:
            judged.wrong.append(f"{where} is gone")
        elif path not in before and kind.codes and kind.all_of_it and _must_fail(coordinate, value, records):
            judged.wrong.append(f"{where} has an answer of a register that gives none")
        elif coordinate not in VOLATILE and _shape(value) != _shape(values[path]):
            judged.wrong.append(f"{where} is another than before")
    judged.wrong += [f"an error where nothing was: {'.'.join(map(str, path))}" for path in now]
    return judged


def _wrong(error: Any, coordinate: str, register: str, records: frozenset[str], kind: Kind) -> list[str]:
    said = error["extensions"]
    found = []
    if said["code"] not in kind.codes:
        found.append(f"fails with {said['code']}")
    if said.get("register") != register:
        found.append(f"fails for {said.get('register')}")
    if not reads(coordinate) & records:
        found.append("fails and does not need that register")
    if not error.get("message") or not said.get("remedy"):
        found.append("says neither what happened nor what to do")
    return found


def _must_fail(coordinate: str, value: Any, records: frozenset[str]) -> bool:
    needed = reads(coordinate)
    # An address that the record names none of is not asked for.
    return bool(needed) and needed <= records and not (value is None and "RegisteredAddress" in needed)


def _shape(value: Any) -> Any:
    """A leaf is its value, a list its length, an object that it is there: what is in them is judged where it stands."""
    if isinstance(value, list):
        return [_shape(each) for each in value]
    return {} if isinstance(value, dict) else value


def _errors(answer: Mapping[str, Any]) -> dict[Path, Any]:
    return {tuple(each["path"]): each for each in answer.get("errors", ())}
