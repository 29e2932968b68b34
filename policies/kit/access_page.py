"""``ACCESS.md``: the matrix as a page to read and to compare from version to version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.kit.claim_type import ClaimTypeModule
from policies.kit.matrix import COLUMNS, Cell, Matrix
from policies.kit.wording import of_scope
from schema.terms import ApplicantKind, Capacity

_STAFF = (Capacity.POLICY_OFFICER, Capacity.MINISTRY_IT, Capacity.AUDITOR)
_NOTHING, _NOBODY = "·", "–"
_APPLY = {Capacity.CITIZEN: ApplicantKind.PERSON, Capacity.LEGAL_REPRESENTATIVE: ApplicantKind.LEGAL_ENTITY}


def access_page(matrix: Matrix) -> str:
    """The page: the same bytes as long as nothing changes that it says. A comment in a policy does not."""
    lines = [
        "# Who may do what",
        "",
        "Generated from the policies by `gateway policy matrix`, not written by hand; `gateway policy matrix --check`",
        "tells whether it is fresh. It was worked out for every position in which anybody can stand to a claim.",
        "",
        f"A letter: allowed in some position, under the condition that stands below by claim type. {_NOTHING}: never.",
        f"{_NOBODY}: such applicants cannot ask for it.",
        "",
        *_legend(),
        "",
        "## Overview",
        "",
        *_overview(matrix),
    ]
    for module in matrix.modules:
        lines += ["", f"## {module.code}", "", *_of_type(matrix, module)]
    return "\n".join(lines) + "\n"


def _legend() -> Iterator[str]:
    yield "| Letter | Asked |"
    yield "|---|---|"
    for column in COLUMNS:
        yield f"| {column.letter} | {column.title} |"


def _overview(matrix: Matrix) -> Iterator[str]:
    yield f"| Claim type | {' | '.join(Capacity)} |"
    yield f"|---|{'---|' * len(Capacity)}"
    for module in matrix.modules:
        cells = (
            letters(matrix.row(module, capacity)) if can_apply(module, capacity) else _NOBODY for capacity in Capacity
        )
        yield f"| [{module.code}](#{module.code}) | {' | '.join(cells)} |"


def can_apply(module: ClaimTypeModule, capacity: Capacity) -> bool:
    """Whether applicants of this capacity can ask for the claim type; others than applicants always count."""
    return capacity not in _APPLY or _APPLY[capacity] in module.applicants


def letters(cells: Sequence[Cell]) -> str:
    """What a capacity may in some position: ``s R e P``."""
    return " ".join(cell.column.letter for cell in cells if cell.allowed) or _NOTHING


def _of_type(matrix: Matrix, module: ClaimTypeModule) -> Iterator[str]:
    state = "taken through the gateway" if module.open else "not open yet: nothing new is prepared or submitted"
    applicants = " or ".join(_of(kind) for kind in module.applicants)
    third_parties = "open to third parties" if module.open_to_third_parties else "not open to third parties"
    mandates = "mandates" if module.mandates else "no mandates"
    yield f"{module.title_lv} ({module.title_en}). Owner: `{module.owner}`, {module.level.value.lower()}."
    yield f"Applicant: {applicants}; {third_parties}; {mandates}; {state}."
    yield ""
    yield f"Legal basis: {module.legal_basis}."
    yield ""
    yield "| Evidence | Of | Open to | Reason |"
    yield "|---|---|---|---|"
    for one in module.evidence:
        yield f"| `{one.path}` | {_of(one.applicant)} | {of_scope(one.open_to)} | {_in_table(one.reason)} |"
    yield from _told_later(module)
    yield ""
    yield "| Capacity | Asked | Answer | Condition | Rules |"
    yield "|---|---|---|---|---|"
    for capacity in Capacity:
        if not can_apply(module, capacity):
            yield f"| {capacity.value} | everything | no such claim | such applicants cannot ask for it | |"
        elif capacity not in _STAFF:
            yield from _rows(capacity.value, matrix.row(module, capacity))
    staff = [matrix.row(module, capacity) for capacity in _STAFF]
    if all(_said(cells) == _said(staff[0]) for cells in staff):
        yield from _rows(", ".join(_STAFF), staff[0])
        return
    for capacity, cells in zip(_STAFF, staff, strict=True):
        yield from _rows(capacity.value, cells)


def _told_later(module: ClaimTypeModule) -> Iterator[str]:
    if module.delays:
        yield ""
        yield "| Told later | By whom | What | When | Legal basis | Reason |"
        yield "|---|---|---|---|---|---|"
    for one in module.delays:
        who, what = (", ".join(sorted(each)) for each in (one.capacities, one.actions))
        law, reason = _in_table(one.legal_basis), _in_table(one.reason)
        yield f"| `{one.id}` | {who} | {what} | {one.when} | {law} | {reason} |"


def _rows(who: str, cells: Sequence[Cell]) -> Iterator[str]:
    """A row for each thing that is allowed; what the same rules refuse is one row."""
    for cell in cells:
        if cell.allowed:
            condition = _in_table(cell.condition) or "none"
            yield f"| {who} | {cell.column.title} | allowed | {condition} | {_rules(cell.rules)} |"
    refused: dict[tuple[str, ...], list[str]] = {}
    for cell in cells:
        if not cell.allowed:
            refused.setdefault(cell.rules, []).append(cell.column.title)
    for rules, titles in refused.items():
        asked = "everything" if len(titles) == len(cells) else ", ".join(titles)
        yield f"| {who} | {asked} | refused | | {_rules(rules)} |"


def _said(cells: Sequence[Cell]) -> list[tuple[bool, str, tuple[str, ...]]]:
    return [(cell.allowed, cell.condition, cell.rules) for cell in cells]


def _rules(rules: Sequence[str]) -> str:
    return " ".join(f"`{rule}`" for rule in rules)


def _of(kind: ApplicantKind) -> str:
    return "person" if kind is ApplicantKind.PERSON else "legal entity"


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")
