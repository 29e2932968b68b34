"""The ways in which a register breaks, and what callers are then told."""

from __future__ import annotations

from dataclasses import dataclass

UNAVAILABLE = frozenset({"REGISTER_UNAVAILABLE"})
BROKEN = frozenset({"REGISTER_CONTRACT_BROKEN"})


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to break.

    Attributes:
        fault: the sandbox's name of it; None: it is only slow, or not there.
        codes: what a field that needs the register may answer; empty: it answers as ever.
        all_of_it: whatever is asked of the register fails; else what the fault touches.
        latency_ms: of each of the register's answers.
        is_there: somebody listens at its address.
    """

    fault: str | None
    codes: frozenset[str]
    all_of_it: bool = True
    latency_ms: int = 0
    is_there: bool = True


KINDS: dict[str, Kind] = {
    "refused": Kind(None, UNAVAILABLE, is_there=False),
    "closed": Kind("refuse", UNAVAILABLE),
    "reset": Kind("reset", UNAVAILABLE),
    "reset half-way": Kind("reset_mid_body", UNAVAILABLE),
    "hangs": Kind("hang", UNAVAILABLE),
    "drips": Kind("slow_body", UNAVAILABLE),
    "slow": Kind(None, frozenset(), latency_ms=400),
    "500": Kind("http_500_html", UNAVAILABLE),
    "HTML": Kind("http_200_html", BROKEN),
    "redirect": Kind("redirect", BROKEN),
    # Only SOAP has faults under any status: a REST register's words for one under 200 are not what its contract says.
    "fault, 200": Kind("soap_fault_200", UNAVAILABLE | BROKEN),
    "fault, 500": Kind("soap_fault_500", UNAVAILABLE),
    "half": Kind("truncated", BROKEN),
    "noise": Kind("garbage", BROKEN),
    "empty": Kind("empty", BROKEN),
    "schema": Kind("missing_field", BROKEN, all_of_it=False),
    "another": Kind("wrong_person", BROKEN, all_of_it=False),
    "two": Kind("two_persons", BROKEN, all_of_it=False),
    "oversized": Kind("huge", BROKEN),
    "bomb": Kind("entity_bomb", BROKEN),
}
"""By the name that the heat map has."""
