"""A run's figures as lines of text: paths, faults and codes; places; commands; lines of logs."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec

from adapters.sandbox.faults import Fault
from tests.invariants.leak.paths import PATHS
from tests.invariants.leak.places import MAY_HOLD
from tests.invariants.leak.registers import BY_CONTRACT
from tests.invariants.leak.run import Outcome
from tests.running_gateway import ROOT

_SHOWN = 30
_OF_TRACES = frozenset({"traceparent", "tracestate", "baggage", "b3", "x-b3-traceid"})
_LEVELS = ("debug", "info", "warning", "error", "critical")


_OF_THE_SYSTEM = "its words are the operating system's or the store's own, nothing comes from outside"
_COUNTS = "it holds counts alone"
_FIXED = "its words are written out in the code, and it holds no value"
WHY_NOT = {
    "audit.log_altered": _FIXED,
    "audit.checkpoint_failed": _FIXED,
    "audit.checkpoints_unreadable": _OF_THE_SYSTEM,
    "audit.checkpoint_not_kept_outside": _OF_THE_SYSTEM,
    "audit.checkpoints_kept_outside_again": _FIXED,
    "delivery.no_seat": _OF_THE_SYSTEM,
    "delivery.clock_was_set_back": _COUNTS,
    "drafts.expired": _COUNTS,
    "notices.store_unavailable": _FIXED,
    "streams.store_unavailable": _FIXED,
    "store.connection_lost": _OF_THE_SYSTEM,
    "identity.keys_unreadable": "the demo's own issuer has no key file that could change; the event holds no value",
    "policies.accident": "it holds a type and a place; no way is known to bring it about from outside",
    "policies.in_force": "it holds digests and numbers; in the demo policies change only into what is refused",
    "policies.refused": "it quotes rules and claim types, the ministry's own files, which no request reaches",
    "policies.unchanged": "it holds a digest",
    "permits.allowed": "no register is asked behind DAGR here; it names register and claim type alone",
    "permits.refused": "no register is asked behind DAGR here; it names register, claim type and a code of our own list",
}
"""Events that a run need not write, and why nothing is lost by that."""


def tables(outcome: Outcome) -> str:
    """All of them."""
    lines = [*_paths(outcome), "", *_faults(outcome), "", *_places(outcome), "", *_orders(outcome), "", *_log(outcome)]
    kinds = Counter((place, one.spelling) for place, count in outcome.places.items() for one in count.findings)
    lines += ["", *(f"found {times} times in {place}: {spelling}" for (place, spelling), times in kinds.most_common())]
    lines += [f"  {one.spelling}: … {one.around!r}" for one in outcome.findings[:_SHOWN]]
    return "\n".join([*lines, f"{len(outcome.findings)} findings" if outcome.findings else "none found"])


def _paths(outcome: Outcome) -> Iterator[str]:
    yield f"{'path':<36}{'codes':>6}{'requests':>10}{'answered':>10}{'seconds':>8}{'faults met':>11}{'findings':>9}  rotation"
    for path in PATHS:
        count = outcome.paths[path.name]
        figures = (
            f"{count.codes:>6}{count.requests:>10,}{count.answered:>10,}{count.seconds:>8.0f}{count.met.total():>11,}"
        )
        yield f"{path.name:<36}{figures}{len(count.findings):>9}  {path.rotation}"
    yield f"claims by type: {', '.join(f'{kind} {times}' for kind, times in sorted(outcome.claims.items()))}"


def _faults(outcome: Outcome) -> Iterator[str]:
    """Calls of registers that met each fault while each path was driven, and the codes driven while it stood."""
    driven = [path for path in PATHS if outcome.paths[path.name].met]
    yield f"{'fault of a register':<22}{'codes':>6}  " + "".join(f"{chr(97 + at):>6}" for at in range(len(driven)))
    for fault in sorted(Fault):
        if outcome.faults[fault]:
            met = "".join(f"{outcome.paths[path.name].met[fault]:>6}" for path in driven)
            yield f"{fault:<22}{outcome.faults[fault]:>6}  {met}"
    yield "calls that met it during: " + ", ".join(f"{chr(97 + at)} {path.name}" for at, path in enumerate(driven))


def _places(outcome: Outcome) -> Iterator[str]:
    yield f"{'place':<44}{'searched, bytes':>16}{'findings':>10}"
    for name, place in outcome.places.items():
        yield f"{name:<44}{place.bytes:>16,}{len(place.findings):>10}"
    yield f"metrics: GET /metrics answers {', '.join(map(str, sorted(outcome.metrics)))}; {_traces(outcome)}"
    by_contract = {name.decode(): outcome.headers[name.decode()] for name in sorted(BY_CONTRACT)}
    yield "headers of register calls that contracts have for the acting person's code, not searched: " + ", ".join(
        f"{name} {times}" for name, times in by_contract.items()
    )
    yield f"other headers of register calls: {', '.join(sorted(outcome.headers.keys() - by_contract))}"
    yield (
        "columns that may hold a code, as applicants, callers and owners gave it, and codes found there: "
        + ", ".join(f"{name} {outcome.allowed[name]}" for name in sorted(MAY_HOLD))
    )


def _traces(outcome: Outcome) -> str:
    sent = sorted(_OF_TRACES & outcome.headers.keys())
    made = "traces: OpenTelemetry is installed" if find_spec("opentelemetry") else "traces: nothing here makes any"
    return f"{made}, and {', '.join(sent) or 'no header of one'} goes to registers"


def _orders(outcome: Outcome) -> Iterator[str]:
    yield f"{'command':<24}{'codes':>6}{'calls':>7}{'findings':>10}"
    for name, count in sorted(outcome.orders.items()):
        yield f"{name:<24}{count.codes:>6}{count.requests:>7}{len(count.findings):>10}"
    yield from (f"unexpected, {times} times: {slip}" for slip, times in outcome.slips.most_common())


def _log(outcome: Outcome) -> Iterator[str]:
    yield "lines of logs: " + ", ".join(
        f"{level} {sum(times for (of, _, _), times in outcome.lines.items() if of == level):,}" for level in _LEVELS
    )
    written = {event for _, _, event in outcome.lines}
    known = set(events())
    yield f"events of the gateway's own code that were written: {len(known & written)} of {len(known)}"
    for event in sorted(known - written):
        yield f"not written: {event}: {WHY_NOT.get(event, 'NOT EXPLAINED: see whether it can carry anything from outside')}"
    yield f"claims whose case number may be a code, shown as asterisks, delivered: {outcome.hidden}"
    for why, times in outcome.untold.most_common():
        yield f"no note by polling, {times} times: {why}"


def events() -> Iterator[str]:
    """Names of all events that the gateway's code logs."""
    for file in (ROOT / "gateway").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="_log"), attr=level), args=[ast.Constant(value=str(event)), *_]
                ) if level in _LEVELS:
                    yield event
                case ast.Call(func=ast.Name(id="log"), args=[ast.Constant(value=str(event)), *_]):
                    yield event
