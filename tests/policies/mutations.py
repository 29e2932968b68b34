"""Whether the examples notice every slip: ``python -m tests.policies.mutations [--share 0.1] [--only TEXT]``.

Each rule and each claim type is changed in one place, as ``gateway policy test`` would find it in the folder; a change
that every example survives is either no change at all, which the space of all positions proves, or a gap.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from policies.kit.errors import PolicyError
from policies.kit.examples import offered_otherwise, run
from policies.kit.folders import CHECKOUT
from policies.kit.party_rules import PartyRules
from policies.kit.policy_set import Common, LoadedType, PolicySet
from tests.policies.claim_type_mutants import claim_type_mutants
from tests.policies.rule_mutants import Mutant, rule_mutants
from tests.policies.same_access import Access, same_party_access

KILLED, EQUIVALENT, SURVIVED = "killed", "equivalent", "survived"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one mutant."""

    mutant: Mutant
    fate: str
    by: str
    """The example that fails, or the reason why it does not load; of an equivalent one what was compared."""


def mutants(policies: PolicySet) -> Iterator[Mutant]:
    """Every mutant of every rule and claim type of a folder, in the order of files."""
    folder = policies.common.folder.parent
    for place, words in (("common", "common"), ("parties", "parties"), ("claims/*", "common")):
        for file in sorted(folder.glob(f"{place}/*.cedar")):
            yield from rule_mutants(folder, file, folder / words / "schema.cedarschema")
    for module in policies.claim_types.values():
        yield from claim_type_mutants(folder, module, policies.fields)


class Laboratory:
    """A copy of the policies in which one file at a time is another.

    Args:
        folder: to hold the copy.
        source: the policies.

    Raises:
        ValueError: an example fails already, so that it could tell nothing.
    """

    def __init__(self, folder: Path, source: Path = CHECKOUT) -> None:
        self._folder = folder / "policies"
        for part in ("common", "claims", "parties"):
            copytree(source / part, self._folder / part)
        self.policies = PolicySet.load(self._folder)
        failing = [f"{each.claim_type}: {each.example.name}" for each in run(self.policies) if not each.holds]
        failing += [f"{each.claim_type}: {each.sentence}" for each in offered_otherwise(self.policies)]
        failing += [each.example.name for each in self.policies.parties.run_examples() if not each.holds]
        if failing:
            raise ValueError(f"fails without any change: {failing[0]}")

    @cached_property
    def _access(self) -> Access:
        return Access(self.policies)

    def tried(self, mutant: Mutant) -> Tried:
        """Try one mutant on the examples; a survivor is compared over all positions."""
        file = self._folder / mutant.file
        kept = file.read_bytes()
        file.write_text(mutant.text, encoding="utf-8")
        try:
            return self._tried(mutant)
        except PolicyError as error:
            return Tried(mutant, KILLED, f"does not load: {error.reason}")
        finally:
            file.write_bytes(kept)

    def _tried(self, mutant: Mutant) -> Tried:
        if mutant.file.parts[0] == "parties":
            return self._of_parties(mutant)
        changed: list[LoadedType] = []
        common = self.policies.common
        if mutant.file.parts[0] == "common":
            common = Common.load(self._folder / "common")
        for loaded in self._asked(mutant):
            mine = LoadedType.load(loaded.folder, common)
            changed.append(mine)
            alone = PolicySet(common, [mine], self.policies.parties)
            for outcome in run(alone):
                if not outcome.holds:
                    return Tried(mutant, KILLED, f"{outcome.claim_type}: {outcome.example.name}")
            for slip in offered_otherwise(alone):
                return Tried(mutant, KILLED, f"{mine.module.code}: {slip.sentence}")
        if mutant.rule is not None:
            positions = self._access.compared(PolicySet(common, changed, self.policies.parties), mutant.rule)
            if positions is not None:
                return Tried(mutant, EQUIVALENT, f"{positions:,} positions")
        return Tried(mutant, SURVIVED, "")

    def _asked(self, mutant: Mutant) -> list[LoadedType]:
        """The claim types that the mutant is about; those first whose examples name the rule most."""
        if mutant.file.parts[0] == "claims":
            return [each for code, each in self.policies.loaded.items() if code.text == mutant.file.parts[1]]

        def names(each: LoadedType) -> tuple[int, int]:
            return sum(mutant.rule in one.rules for one in each.module.examples), len(each.module.examples)

        return sorted(self.policies.loaded.values(), key=names, reverse=True)

    def _of_parties(self, mutant: Mutant) -> Tried:
        folder = self._folder / "parties"
        rules = PartyRules.load(folder)
        for outcome in rules.run_examples():
            if not outcome.holds:
                return Tried(mutant, KILLED, f"parties: {outcome.example.name}")
        positions = same_party_access(self.policies.parties, rules, mutant.rule or "")
        if positions is not None:
            return Tried(mutant, EQUIVALENT, f"{positions:,} positions")
        return Tried(mutant, SURVIVED, "")


def main(arguments: list[str] | None = None) -> int:
    """Try the mutants, print a table and what survived; 1 when anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.policies.mutations", description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="how much of all, e.g. 0.05; the same each time")
    parser.add_argument("--only", default="", help="only mutants whose kind, file or change has this text")
    parser.add_argument("--policies", type=Path, default=CHECKOUT, help="the folder; by default the checkout's")
    parser.add_argument("--each", action="store_true", help="a line for each mutant, with the example that noticed it")
    asked = parser.parse_args(arguments)
    began = time.process_time()
    found: list[Tried] = []
    with TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder), asked.policies)
        wanted = chosen(laboratory.policies, asked.share, asked.only)
        for number, mutant in enumerate(wanted, 1):
            found.append(laboratory.tried(mutant))
            if asked.each:
                say(f"{found[-1].fate:10}  {mutant.kind:24}  {mutant}  [{found[-1].by}]")
            elif sys.stderr.isatty() or number % 500 == 0 or number == len(wanted):
                sys.stderr.write(f"\r{number:6,} of {len(wanted):,}")
                sys.stderr.flush()
    sys.stderr.write("\n")
    for line in report(found):
        say(line)
    say(f"{time.process_time() - began:.0f} s of processor time")
    return 1 if any(each.fate == SURVIVED for each in found) else 0


def say(line: str) -> None:
    """One line on standard output, now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def chosen(policies: PolicySet, share: float = 1.0, only: str = "") -> list[Mutant]:
    """Mutants by chance, the same each time, in their order."""
    found = [each for each in mutants(policies) if only in f"{each.kind} {each}"]
    if share >= 1:
        return found
    kept = set(random.Random(5).sample(range(len(found)), round(len(found) * share)))
    return [each for number, each in enumerate(found) if number in kept]


def report(found: Iterable[Tried]) -> Iterator[str]:
    """By kind and part of the policies how many there were and what became of them; then equivalents and survivors."""
    found = list(found)
    rows: dict[tuple[str, str], Counter[str]] = {}
    for each in found:
        parts = each.mutant.file.parts
        where = "claims/*" if parts[0] == "claims" else parts[0]
        rows.setdefault((each.mutant.kind, f"{where}/{parts[-1]}"), Counter())[each.fate] += 1
    yield f"{'mutant':26}{'file':28}{'all':>7}{KILLED:>9}{EQUIVALENT:>12}{SURVIVED:>10}"
    whole: Counter[str] = Counter()
    for (kind, where), fates in sorted(rows.items()):
        yield f"{kind:26}{where:28}{fates.total():7}{fates[KILLED]:9}{fates[EQUIVALENT]:12}{fates[SURVIVED]:10}"
        whole += fates
    yield f"{'':54}{whole.total():7}{whole[KILLED]:9}{whole[EQUIVALENT]:12}{whole[SURVIVED]:10}"
    for fate in (EQUIVALENT, SURVIVED):
        mine = [each for each in found if each.fate == fate]
        if mine:
            yield ""
        for each in mine:
            yield f"{fate}: {each.mutant}{f' [{each.by}]' if each.by else ''}"
    yield ""


if __name__ == "__main__":
    sys.exit(main())
