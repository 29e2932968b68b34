"""A set of policies made ready to take another's place: loaded, tried on its own examples, and asked what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from policies.kit.documents import Document
from policies.kit.errors import PolicyError
from policies.kit.examples import Example, run
from policies.kit.facts import Verdict
from policies.kit.party_rules import PartyExample, PartyRules
from policies.kit.policy_set import PolicySet
from schema.terms import ClaimTypeCode

_GONE = (
    "{code} is in force, and its folder is gone: nobody would find claims of it any more. Bring it back, with "
    "open = false where no new ones are taken; it goes when the gateway starts without it"
)


def ready(*places: Path, earlier: PolicySet | None = None, pause: Callable[[], None] | None = None) -> PolicySet:
    """Load policies as a whole, and only if every example of what changed holds.

    A rule that went missing is no slip that reading it finds: the example that names it does.

    Args:
        places: as for :meth:`PolicySet.load`.
        earlier: the set in force; what did not change is taken from it, with what it decided. None of its claim types
            may be gone: their claims would be nobody's at once, by what may be half of a copy.
        pause: is called every so often, so that others have their turn.

    Raises:
        PolicyError: anything does not hold; file, line and reason of the first.
    """
    made = PolicySet.load(*places, earlier=earlier, pause=pause)
    if earlier is not None:
        for code in sorted(earlier.loaded.keys() - made.loaded.keys()):
            raise PolicyError(earlier.loaded[code].folder, 1, _GONE.format(code=code))
        made.remember(earlier, pause)
    if earlier is None or earlier.parties is not made.parties:
        for slip in party_examples_decided_otherwise(made.parties):
            raise slip
    for code, loaded in made.loaded.items():
        if earlier is not None and earlier.loaded.get(code) is loaded:
            continue
        for slip in examples_decided_otherwise(made, code, loaded.folder):
            raise slip
        if pause is not None:
            pause()
    return made


def examples_decided_otherwise(policies: PolicySet, code: ClaimTypeCode, folder: Path) -> Iterator[PolicyError]:
    """Examples of a claim type that are decided otherwise than they say."""
    file = folder / "examples.toml"
    for number, outcome in enumerate(run(policies, only=code)):
        if not outcome.holds:
            yield _decided_otherwise(file, number, outcome.example, outcome.verdict, outcome.otherwise)


def party_examples_decided_otherwise(rules: PartyRules) -> Iterator[PolicyError]:
    """The same of the rules about mandates and third parties."""
    file = rules.folder / "examples.toml"
    for number, outcome in enumerate(rules.run_examples()):
        if not outcome.holds:
            yield _decided_otherwise(file, number, outcome.example, outcome.verdict)


def _decided_otherwise(
    file: Path, number: int, example: Example | PartyExample, verdict: Verdict, otherwise: str = ""
) -> PolicyError:
    wanted = f"{example.expect} by {', '.join(sorted(example.rules))}"
    found = f"{'permit' if verdict.allowed else 'refuse'} by {', '.join(verdict.rules)}"
    found += f"; {otherwise}" if otherwise else ""
    line = Document.read(file).line_of_row("example", number)
    return PolicyError(file, line, f"example {example.name!r} does not hold: it expects {wanted}; the rules {found}")
