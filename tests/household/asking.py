"""What is asked of nine registers, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.household.registers import Made, WatchedRegisters, serving
from tests.running_gateway import RunningGateway

_MEANS = "income { month gross } benefits { kind amount } vehicles { plate } properties { kind address { fullText } }"
OPERATIONS: Mapping[str, tuple[str, str]] = {
    "the means of a household, for the municipality that decides its claim": (
        "officer-valmiera",
        f"""{{ claim(id: "demo-9") {{ applicant {{ ... on Person {{
            givenName familyName declaredAddress {{ fullText }} employmentStatus {{ unemployed }}
            enterprises {{ role entity {{ name }} }} {_MEANS}
            household {{ relation person {{ givenName familyName birthDate {_MEANS} }} }} }} }} }} }}""",
    ),
    "everything about self and the names of the family, for a citizen": (
        "anna",
        f"""{{ me {{ givenName familyName declaredAddress {{ fullText }} employmentStatus {{ unemployed }}
            enterprises {{ role entity {{ name }} }} {_MEANS} socialStatuses {{ kind }}
            children {{ givenName birthDate }} household {{ relation person {{ givenName familyName }} }} }} }}""",
    ),
}
"""By what is asked for: who asks, and how."""
REGISTERS = frozenset(
    {
        *("addresses", "cadastre", "employment", "enterprises", "natural_persons", "revenue", "social_assistance"),
        *("social_insurance", "vehicles"),
    }
)
"""The nine."""
_EXPLAIN = "query ($o: String!) { explain(operation: $o) { registerCalls { register { id } operation calls keys } } }"


@dataclass(frozen=True, slots=True)
class Asked:
    """What one operation came to.

    Attributes:
        together: by level, how many calls were under way at once, as the registers saw it.
        foretold: ``Query.explain``'s ``registerCalls``.
    """

    answer: Any
    calls: list[Made]
    together: dict[int, int]
    foretold: list[dict[str, Any]]

    @property
    def provenance(self) -> set[str]:
        """Registers that the answer says it is from."""
        return {each["register"] for each in self.answer["extensions"]["provenance"]}

    @property
    def by_register(self) -> Counter[str]:
        """How many calls each register saw."""
        return Counter(each.register for each in self.calls)

    @property
    def foretold_by_register(self) -> Counter[str]:
        """How many each would see, at most, by ``explain``."""
        found: Counter[str] = Counter()
        for each in self.foretold:
            found[each["register"]["id"]] += each["calls"]
        return found


class Household:
    """A gateway in front of watched registers."""

    def __init__(self, gateway: RunningGateway, registers: WatchedRegisters) -> None:
        self._gateway = gateway
        self._registers = registers

    def ask(self, persona: str, query: str, sizes: tuple[int, ...] | None = None) -> Asked:
        """Ask, and explain. See ``Turnstile`` for ``sizes``."""
        turnstile = self._registers.watch(sizes)
        answer = self._gateway.post(query, persona=persona)[1]
        calls = list(self._registers.calls)
        explained = self._gateway.post(_EXPLAIN, {"o": query}, persona=persona)[1]
        assert len(self._registers.calls) == len(calls)
        return Asked(answer, calls, dict(turnstile.most), explained["data"]["explain"]["registerCalls"])


@contextmanager
def household(folder: Path) -> Iterator[Household]:
    """A gateway of its own, which has read the registers' first notices."""
    with serving() as (registers, port):
        arguments = ("--no-registers", "--registers-port", str(port))
        with RunningGateway(folder / "data", *arguments) as gateway:
            gateway.until_notices_are_read()
            yield Household(gateway, registers)
