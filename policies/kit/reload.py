"""A set of policies made ready to take another's place: loaded, tried on its own examples, and asked what was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from policies.kit.documents import Document
from policies.kit.errors import PolicyError
from policies.kit.examples import Outcome, run
from policies.kit.party_rules import PartyRules
from policies.kit.policy_set import PolicySet


def ready(*places: Path, earlier: PolicySet | None = None, pause: Callable[[], None] | None = None) -> PolicySet:
    """Load policies as a whole, and only if every example of what changed holds.

    A rule that went missing is no slip that reading it finds: the example that names it does.

    Args:
        places: as for :meth:`PolicySet.load`.
        earlier: the set in force; what did not change is taken from it, with what it decided.
        pause: is called every so often, so that others have their turn.

    Raises:
        PolicyError: anything does not hold; file, line and reason of the first.
    """
    made = PolicySet.load(*places, earlier=earlier, pause=pause)
    if earlier is not None:
        made.remember(earlier, pause)
    if earlier is None or earlier.parties is not made.parties:
        _try_parties(made.parties)
    for code, loaded in made.loaded.items():
        if earlier is not None and earlier.loaded.get(code) is loaded:
            continue
        for number, outcome in enumerate(run(made, only=code)):
            if not outcome.holds:
                raise _fails(loaded.folder / "examples.toml", number, outcome)
        if pause is not None:
            pause()
    return made


def _try_parties(rules: PartyRules) -> None:
    for number, outcome in enumerate(rules.run_examples()):
        if not outcome.holds:
            example, verdict = outcome.example, outcome.verdict
            line = Document.read(rules.folder / "examples.toml").line_of_row("example", number)
            said = f"{'permit' if verdict.allowed else 'refuse'} by {', '.join(verdict.rules)}"
            wanted = f"{example.expect} by {', '.join(sorted(example.rules))}"
            reason = f"example {example.name!r} does not hold: it expects {wanted}; the rules {said}"
            raise PolicyError(rules.folder / "examples.toml", line, reason)


def _fails(file: Path, number: int, outcome: Outcome) -> PolicyError:
    example, verdict = outcome.example, outcome.verdict
    wanted = f"{example.expect} by {', '.join(sorted(example.rules))}"
    found = f"{'permit' if verdict.allowed else 'refuse'} by {', '.join(verdict.rules)}"
    found += f"; {outcome.otherwise}" if outcome.otherwise else ""
    line = Document.read(file).line_of_row("example", number)
    return PolicyError(file, line, f"example {example.name!r} does not hold: it expects {wanted}; the rules {found}")
