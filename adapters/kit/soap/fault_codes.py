"""A register's own fault codes, as Latvian contracts give them: element ``Kods`` in the detail of a fault."""

from __future__ import annotations

from adapters.kit.errors import RegisterError, Rejected, Unavailable
from adapters.kit.soap.envelope import Fault
from adapters.kit.soap.service import ClassifyFault

_NO_RIGHT = "NAV_TIESIBU"
"""Said of the client, whatever it brings: until somebody gives it the right."""
_REJECTED = frozenset({"NEDERIGS_PIEPRASIJUMS", _NO_RIGHT, "ATTEIKTS"})
_UNAVAILABLE = frozenset({"ISLAICIGI_NEPIEEJAMS"})


def by_code(register: str) -> ClassifyFault:
    """Tell faults apart by their one code; a code that contracts do not share is left to the kind of the fault."""

    def classify(fault: Fault) -> RegisterError | None:
        codes = [] if fault.detail is None else [node.text for node in fault.detail.iter("{*}Kods")]
        if len(codes) != 1 or codes[0] is None:
            return None
        if codes[0] in _REJECTED:
            return Rejected(register, f"fault {codes[0]}", ours=codes[0] == _NO_RIGHT)
        return Unavailable(register, f"fault {codes[0]}") if codes[0] in _UNAVAILABLE else None

    return classify
