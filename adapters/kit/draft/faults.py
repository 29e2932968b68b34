"""What a contract says of a register's own faults, as rows that a person goes on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.kit.draft.soap_fields import leaves
from adapters.kit.draft.texts import quoted
from adapters.kit.soap.parts import FaultPart
from adapters.kit.xsd.types import ComplexType, SimpleType


@dataclass(frozen=True, slots=True)
class DraftFault:
    """One fault that the contract declares."""

    name: str
    code_path: str
    """Of its detail: the element that has a code; empty: none has."""
    codes: tuple[str, ...]
    """All that the contract allows there."""


def declared(faults: Sequence[FaultPart]) -> tuple[DraftFault, ...]:
    """The faults of an operation, each with its codes."""
    return tuple(_declared(each) for each in faults)


def _declared(fault: FaultPart) -> DraftFault:
    kind = fault.element.type
    for path, element in leaves(kind) if isinstance(kind, ComplexType) else ():
        if isinstance(element.type, SimpleType) and element.type.enumeration and not element.repeats:
            return DraftFault(fault.name, "/".join(path), tuple(sorted(element.type.enumeration)))
    return DraftFault(fault.name, "", ())


def fault_lines(faults: Sequence[DraftFault]) -> list[str]:
    """``classify`` and its table, of ``adapter.py``."""
    lines = ["", "", "FAULTS: Mapping[tuple[str, str], type[RegisterError]] = {"]
    for fault in faults:
        lines += [f"    ({quoted(fault.name)}, {quoted(code)}): Rejected," for code in fault.codes or ("",)]
    lines += ["}", '"""By the fault\'s name and code. Decide: ``Unavailable`` where asking again later helps."""']
    lines += ["CODES: Mapping[str, str] = {"]
    lines += [f"    {quoted(fault.name)}: {quoted(fault.code_path)}," for fault in faults if fault.code_path]
    lines += ["}", '"""Where the code of a fault stands in its detail."""', "", ""]
    lines += ["def classify(fault: Fault) -> RegisterError | None:"]
    lines += ['    """The register\'s own faults, as the contract declares them."""']
    lines += ["    for name, detail in fault.details.items():"]
    lines += ['        code = value_at(detail, CODES[name]) if name in CODES else ""']
    lines += ["        if (name, code) in FAULTS:"]
    lines += ['            return FAULTS[name, code](NAME, f"fault {code or name}")']
    return [*lines, "    return None"]


def in_a_line(faults: Sequence[DraftFault]) -> str:
    """The same for a list of decisions."""
    return ", ".join(f"{each.name} {code}".strip() for each in faults for code in each.codes or ("",))
