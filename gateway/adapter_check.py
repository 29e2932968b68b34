"""What ``gateway adapter check`` looks at: contract test, live contract, pings, and the tier that comes of it.

No register is asked for anybody: a ping gets its contract, or its address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.kit.catalog import Installed
from adapters.kit.contracts import inspect_contract
from adapters.kit.drift import Difference, Uses, contract_is_live, drift, pinned_path
from adapters.kit.errors import RegisterError
from adapters.kit.inspection import Inspection
from adapters.kit.live import PINGS, LiveRegister, Pings, shown_address
from adapters.kit.tiers import Report, tier_of
from adapters.kit.trial_run import TrialRun, trial_run
from gateway.register_settings import RegisterSettings
from schema.terms import RegisterKind

_TEST_SECONDS = 300.0
_FAST_MS = 1000.0

Says = Callable[[str], None]
"""Told what is being done, in a line."""


@dataclass(frozen=True, slots=True)
class LiveContract:
    """The published contract beside the pinned one."""

    url: str
    differences: tuple[Difference, ...] = ()
    problem: str | None = None
    """Why they could not be compared."""

    @property
    def breaking(self) -> tuple[Difference, ...]:
        """Those that the adapter is not right with."""
        return tuple(each for each in self.differences if each.breaking is not None)


@dataclass(frozen=True, slots=True)
class Pinged:
    """How an address answers."""

    url: str
    pings: Pings

    @property
    def missing(self) -> str | None:
        """What is missing for fast enough; None where it is."""
        if self.pings.p95_ms is None:
            return f"{self.pings.answered} of {self.pings.sent} pings were answered: {self.pings.problem}"
        if self.pings.p95_ms > _FAST_MS:
            return f"nineteen of twenty pings were answered within {self.pings.p95_ms:.0f} ms"
        return None


@dataclass(frozen=True, slots=True)
class AdapterCheck:
    """Everything that was seen of one adapter."""

    name: str
    test: TrialRun
    contract: LiveContract | None
    """None: nobody said where it is published."""
    pinged: Pinged | None
    """None: its register has no address."""
    report: Report

    @property
    def wrong(self) -> list[str]:
        """Why the adapter does not hold what it says; empty where it does."""
        said = []
        if self.test.missing is not None:
            said.append("the contract test does not pass")
        if self.contract is not None and self.contract.problem is not None:
            said.append("the live contract could not be compared")
        if self.contract is not None and self.contract.breaking:
            said.append(f"breaking changes of the live contract: {len(self.contract.breaking)}")
        if self.pinged is not None and not self.pinged.pings.answered:
            said.append("its register does not answer")
        if not self.report.keeps_its_word:
            said.append(f"it declares {self.report.declared.value} and has earned {self.report.earned.value}")
        return said


def check_adapter(
    adapter: Installed, register: RegisterSettings, live: str | None, seconds: float, says: Says
) -> AdapterCheck:
    """Look at one adapter. Blocks; raises nothing for what is wrong with adapter or register.

    Args:
        register: its settings; with its address it is pinged, where ``live`` is not given.
        live: where its contract is published.
        seconds: how long the live contract may take as a whole, and each ping.
    """
    says("running the contract test")
    test = trial_run(adapter.folder, _TEST_SECONDS)
    seen = {"contract-test-passes": test.missing}
    reached = LiveRegister(adapter.manifest.name, register.tls, seconds)
    contract = None
    if live is not None:
        says("reading the live contract")
        contract = _compared(adapter, reached, live)
        seen["contract-is-live"] = contract.problem or contract_is_live(contract.differences)
    address = live or _address(adapter, register)
    pinged = None
    if address is not None:
        pinged = Pinged(shown_address(address), reached.pings(address, _counting(says), published=live is not None))
        seen["fast-enough"] = pinged.missing
    says("looking at the rules of the scale")
    return AdapterCheck(adapter.manifest.name, test, contract, pinged, tier_of(adapter, seen))


def _compared(adapter: Installed, register: LiveRegister, url: str) -> LiveContract:
    shown = shown_address(url)
    try:
        live = register.contract(url)
    except RegisterError as error:
        return LiveContract(shown, problem=f"the address gave no contract: {error.what}")
    except Exception as error:  # noqa: BLE001 - what a server sends may be anything
        return LiveContract(shown, problem=f"what the address gave cannot be read ({type(error).__name__})")
    if not live.loads:
        return LiveContract(shown, problem=f"what the address gave is no contract that can be used: {_why(live)}")
    try:
        pinned = inspect_contract(str(pinned_path(adapter)))
        found = drift(pinned, live, Uses.of(adapter))
    except (RegisterError, OSError, ValueError, SyntaxError) as error:
        return LiveContract(shown, problem=f"the pinned contract or the code cannot be read ({type(error).__name__})")
    if pinned.kind != live.kind:
        return LiveContract(shown, problem=f"the address gave {live.kind}, the pinned contract is {pinned.kind}")
    return LiveContract(shown, tuple(found))


def _why(contract: Inspection) -> str:
    refused = [each.construct for each in contract.refused]
    refused += [each.reason for each in contract.operations if each.reason is not None]
    return refused[0] if refused else "it has no operation"


def _address(adapter: Installed, register: RegisterSettings) -> str | None:
    """What a ping of the register gets: its contract, where it is published beside the service."""
    first = next(iter(register.municipality_addresses.values()), None)
    address = register.address or first
    if address is None or not register.enabled:
        return None
    return f"{address}?wsdl" if adapter.manifest.kind is RegisterKind.SOAP and "?" not in address else address


def _counting(says: Says) -> Callable[[int], None]:
    return lambda number: says(f"ping {number} of {PINGS}")
