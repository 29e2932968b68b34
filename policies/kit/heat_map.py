"""``ACCESS.html``: the matrix as a heat map, one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from policies.kit.access_page import can_apply
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.matrix import COLUMNS, Cell, Matrix
from policies.kit.wording import of_scope
from schema.terms import ApplicantKind, Capacity, EvidenceScope

_STYLE = """
:root { color-scheme: light dark; --line: #d5d9e0; --dim: #667; --page: #fff; --head: #f3f5f8; --refused: #f1f2f4;
  --refused-ink: #9aa1ac; --a1: #0b7a4b; --a2: #3f9f70; --a3: #8ccfa9; --light: #fff; --dark: #0c3b26;
  --all: #0b7a4b; --some: #e0a526; --owner: #b3402f; }
@media (prefers-color-scheme: dark) { :root { --line: #3a4150; --dim: #a5adba; --page: #14171c; --head: #1d222a;
  --refused: #20252d; --refused-ink: #6c7583; --a1: #37b87c; --a2: #2a8a5d; --a3: #1d5c40;
  --light: #08160f; --dark: #d9f5e6; } }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; background: var(--page); }
h1 { margin: 0 0 .3rem; } h2 { margin: 2.2rem 0 .6rem; } p { max-width: 60rem; color: var(--dim); margin: .3rem 0; }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: separate; border-spacing: 0; }
th { font-weight: 600; text-align: left; background: var(--head); }
thead th { padding: .35rem .3rem; border-bottom: 1px solid var(--line); text-align: center; white-space: nowrap; }
thead th.turned { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; font-weight: 400; }
th.row { position: sticky; left: 0; padding: .2rem .7rem; white-space: nowrap; z-index: 1;
  border-right: 1px solid var(--line); }
td.cell { width: 1.5rem; min-width: 1.5rem; height: 1.7rem; text-align: center; cursor: help; font-size: 12px; }
.first { border-left: 2px solid var(--line); }
.no { background: var(--refused); color: var(--refused-ink); }
.y1 { background: var(--a1); color: var(--light); } .y2 { background: var(--a2); color: var(--light); }
.y3 { background: var(--a3); color: var(--dark); }
.all { background: var(--all); } .some { background: var(--some); } .owner { background: var(--owner); }
.key { display: inline-block; width: 1.1rem; height: 1.1rem; border-radius: 3px; vertical-align: -3px;
  margin: 0 .3rem 0 1rem; }
details { margin: .35rem 0; } summary { cursor: pointer; }
details table { margin: .5rem 0 1rem; font-size: 13px; }
details td { padding: .15rem .8rem .15rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
code { font-size: 12px; }
"""
_FEW, _SOME = 3, 5
"""Conditions up to which a cell is dark, or of middle shade."""
_SCOPE_CLASS = {
    EvidenceScope.THIRD_PARTIES: "all",
    EvidenceScope.NO_THIRD_PARTIES: "some",
    EvidenceScope.OWNER_ONLY: "owner",
}


def heat_map(matrix: Matrix) -> str:
    """The page as HTML, the same bytes for the same policies; no script, nothing is loaded."""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><title>Who may do what</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            "<h1>Who may do what</h1>",
            f"<p>Policies of version {escape(matrix.version)}. Point at a cell for its condition and its rule.</p>",
            f"<p>{' · '.join(f'<b>{one.letter}</b> {escape(one.title)}' for one in COLUMNS)}</p>",
            '<p>Allowed under conditions:<span class="key y1"></span>few<span class="key y2"></span>some'
            '<span class="key y3"></span>many<span class="key no"></span>never</p>',
            '<h2>Actions</h2><div class="wide"><table>',
            *_head(),
            *(_row(matrix, module) for module in matrix.modules),
            "</table></div>",
            "<h2>Evidence</h2>",
            '<p>Open to:<span class="key all"></span>third parties too'
            '<span class="key some"></span>all but third parties'
            '<span class="key owner"></span>the owner alone</p>',
            '<div class="wide"><table>',
            *_evidence(matrix),
            "</table></div>",
            "<h2>By claim type</h2>",
            *(line for module in matrix.modules for line in _details(matrix, module)),
            "</body></html>",
            "",
        ]
    )


def _head() -> Iterator[str]:
    groups = "".join(f'<th class="first" colspan="{len(COLUMNS)}">{capacity.value}</th>' for capacity in Capacity)
    letters = "".join(
        f'<th{_first(index)} title="{escape(column.title)}">{column.letter}</th>'
        for _ in Capacity
        for index, column in enumerate(COLUMNS)
    )
    yield f'<thead><tr><th class="row">Claim type</th>{groups}</tr>'
    yield f'<tr><th class="row"></th>{letters}</tr></thead>'


def _row(matrix: Matrix, module: ClaimTypeModule) -> str:
    cells = "".join(
        _cell(cell, index, can_apply(module, capacity))
        for capacity in Capacity
        for index, cell in enumerate(matrix.row(module, capacity))
    )
    return f'<tr><th class="row" title="{escape(module.title_lv)}">{module.code}</th>{cells}</tr>'


def _cell(cell: Cell, index: int, exists: bool) -> str:
    about = f"{cell.claim_type} · {cell.capacity} · {cell.column.title}"
    first = " first" if index == 0 else ""
    if not exists:
        why = "no such claim: such applicants cannot ask for it"
        return f'<td class="cell no{first}" title="{escape(about)}&#10;{why}">–</td>'
    rules = escape(", ".join(cell.rules))
    if not cell.allowed:
        return f'<td class="cell no{first}" title="{escape(about)}&#10;refused&#10;{rules}">·</td>'
    number = len(cell.always) + max(map(len, cell.ways), default=0)
    shade = "y1" if number <= _FEW else "y2" if number <= _SOME else "y3"
    condition = escape(cell.condition or "always")
    return (
        f'<td class="cell {shade}{first}" title="{escape(about)}&#10;allowed: {condition}&#10;{rules}">'
        f"{cell.column.letter}</td>"
    )


def _first(index: int) -> str:
    return ' class="first"' if index == 0 else ""


def _evidence(matrix: Matrix) -> Iterator[str]:
    paths: dict[tuple[str, str], None] = {}
    for module in matrix.modules:
        for one in module.evidence:
            paths.setdefault((one.applicant.value, one.path))
    ordered = sorted(paths, key=lambda each: (each[0] != ApplicantKind.PERSON, each[1].count("."), each[1]))
    heads = "".join(
        f'<th class="turned">{"" if kind == ApplicantKind.PERSON else "legal entity: "}{escape(path)}</th>'
        for kind, path in ordered
    )
    yield f'<thead><tr><th class="row">Claim type</th>{heads}</tr></thead>'
    for module in matrix.modules:
        mine = {(one.applicant.value, one.path): one for one in module.evidence}
        cells = []
        for each in ordered:
            if each not in mine:
                cells.append(f'<td class="cell no" title="{module.code} · {escape(each[1])}&#10;not asked for">·</td>')
                continue
            one = mine[each]
            said = f"{module.code} · {one.path}\n{of_scope(one.open_to)}\n{one.reason}"
            cells.append(f'<td class="cell {_SCOPE_CLASS[one.open_to]}" title="{escape(said)}"></td>')
        yield f'<tr><th class="row">{module.code}</th>{"".join(cells)}</tr>'


def _details(matrix: Matrix, module: ClaimTypeModule) -> Iterator[str]:
    titles = f"{escape(module.title_lv)} ({escape(module.title_en)})"
    yield f"<details><summary><b>{module.code}</b> {titles}</summary><table>"
    for capacity in Capacity:
        if not can_apply(module, capacity):
            continue
        for cell in matrix.row(module, capacity):
            answer = f"allowed: {escape(cell.condition or 'always')}" if cell.allowed else "refused"
            rules = " ".join(f"<code>{escape(rule)}</code>" for rule in cell.rules)
            yield (
                f"<tr><td>{capacity.value}</td><td>{escape(cell.column.title)}</td><td>{answer}</td>"
                f"<td>{rules}</td></tr>"
            )
    yield "</table></details>"
