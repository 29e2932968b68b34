"""All contracts of the shared corpus, read and written: ``python -m tests.sandbox.contracts.corpus [--count 20]``."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.instances import Generated, Which, generate
from adapters.sandbox.contracts.reading import ContractReading, read_contract

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "contracts" / "wsdl"


@dataclass
class Counted:
    """What one contract gave."""

    operations: int = 0
    left_out: int = 0
    instances: int = 0
    unchecked: int = 0
    dropped: int = 0
    covered: Counter[str] = field(default_factory=Counter)
    options: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def contracts() -> Iterator[tuple[str, Path]]:
    """Name and main WSDL of each, as its ``SOURCE.txt`` says."""
    for folder in sorted(CORPUS.iterdir()):
        lines = (folder / "SOURCE.txt").read_text(encoding="utf-8").splitlines()
        main = next(line.partition(":")[2].strip() for line in lines if line.startswith("main:"))
        yield folder.name, folder / main


def messages(reading: ContractReading) -> Iterator[tuple[str, Which]]:
    """Every request, answer, header and fault."""
    for key, operation in reading.operations.items():
        yield key, "request"
        if operation.answer is not None:
            yield key, "answer"
        for declaration in (*operation.headers_in, *operation.headers_out, *operation.faults.values()):
            yield key, declaration


def count(path: Path, number: int) -> Counted:
    """Generate this many instances of every message of a contract and check each."""
    reading = read_contract(path)
    found = Counted(len(reading.operations), len(reading.left_out))
    for key, which in messages(reading):
        try:
            made = generate(reading, key, which, number)
        except ContractError as refused:
            found.failures.append(f"{key}: {refused}")
            continue
        _add(found, reading, made, encoded=_is_encoded(reading, key, which))
    return found


def _is_encoded(reading: ContractReading, key: str, which: Which) -> bool:
    operation = reading.operations[key]
    declaration = operation.request if which == "request" else operation.answer if which == "answer" else which
    return declaration is not None and declaration.encoded


def _add(found: Counted, reading: ContractReading, made: Generated, *, encoded: bool) -> None:
    found.instances += len(made.elements)
    found.dropped += made.dropped
    found.covered.update(made.covered)
    found.options.update(made.options)
    if encoded:
        found.unchecked += len(made.elements)
    else:
        found.failures += [str(one.tag) for one in made.elements if not reading.schema.validate(one)]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    number = parser.parse_args().count
    _say("| contract | operations | left out | instances | not checkable | thrown away | invalid | options shown |")
    _say("|---|---|---|---|---|---|---|---|")
    total = Counted()
    for name, path in contracts():
        one = count(path, number)
        shown, options = one.covered.total(), one.options.total()
        _say(
            f"| {name} | {one.operations} | {one.left_out} | {one.instances} | {one.unchecked} | {one.dropped} |"
            f" {len(one.failures)} | {shown} of {options} |"
        )
        total.operations += one.operations
        total.instances += one.instances
        total.covered.update(one.covered)
        total.options.update(one.options)
        for failure in one.failures[:3]:
            _say(f"  {failure}")
    _say(f"\n{total.operations} operations, {total.instances} instances. Options shown, by kind:")
    for kind, number in sorted(total.options.items()):
        _say(f"  {kind}: {total.covered[kind]} of {number}")


if __name__ == "__main__":
    main()
