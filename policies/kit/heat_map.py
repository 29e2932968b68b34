"""``ACCESS.html``: the matrix as a heat map, one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from policies.kit.access_page import can_apply
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.matrix import COLUMNS, Cell, Matrix
from policies.kit.wording import of_scope
from schema.terms import ApplicantKind, Capacity, EvidenceScope

_STYLE = """
:root { color-scheme: light dark; --line: #c3c9d3; --ink: #14171c; --dim: #4d5563; --page: #fff; --head: #eef1f5;
  --refused: #f4f5f7; --refused-ink: #5d6673; --few: #0a6b42; --some: #3c8f66; --many: #a9dbbf;
  --on-few: #fff; --on-some: #04150c; --on-many: #0c3b26; --all: #0a6b42; --but: #f0bd4a; --owner: #a83426;
  --on-all: #fff; --on-but: #2a1d00; --on-owner: #fff; }
@media (prefers-color-scheme: dark) { :root { --line: #465063; --ink: #e8ebf0; --dim: #b3bac6; --page: #14171c;
  --head: #232934; --refused: #1b2027; --refused-ink: #98a1b0; --few: #3fc187; --some: #267d54; --many: #1d4f38;
  --on-few: #06130c; --on-some: #fff; --on-many: #d9f5e6; --all: #3fc187; --but: #d9a32f; --owner: #d9705f;
  --on-all: #06130c; --on-but: #1d1400; --on-owner: #1c0400; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; color: var(--ink); background: var(--page); }
h1 { margin: 0 0 .3rem; } h2 { margin: 2.2rem 0 .6rem; } h3 { margin: 1.8rem 0 .4rem; }
p { max-width: 62rem; margin: .3rem 0; } a { color: inherit; }
ul { columns: 17rem; list-style: none; padding: 0; margin: .3rem 0; max-width: 62rem; }
:focus-visible { outline: 3px solid #2f7de1; outline-offset: 1px; }
:target { outline: 3px solid #2f7de1; }
.tables { display: flex; flex-wrap: wrap; gap: 1.5rem 2rem; align-items: flex-start; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
caption { text-align: left; font-weight: 700; padding: .2rem 0 .3rem; }
th { text-align: left; font-weight: 600; background: var(--head); border: 1px solid var(--line);
  padding: .15rem .4rem; }
thead th { text-align: center; vertical-align: bottom; }
abbr { text-decoration: none; }
.turned { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; font-weight: 400;
  padding: .4rem .2rem; white-space: nowrap; }
.map th[scope=row] { position: sticky; left: 0; z-index: 1; font-size: 13px; }
.map td { position: relative; border: 1px solid var(--page); width: 1.55rem; min-width: 1.55rem; height: 1.75rem;
  padding: 0; text-align: center; font-size: 13px; }
.map td.none { text-align: left; padding: 0 .4rem; font-size: 12px; }
sub { font-size: 9px; vertical-align: -2px; margin-left: 1px; }
.no { background: var(--refused); color: var(--refused-ink); }
.few { background: var(--few); color: var(--on-few); } .some { background: var(--some); color: var(--on-some); }
.many { background: var(--many); color: var(--on-many); } .all { background: var(--all); color: var(--on-all); }
.but { background: var(--but); color: var(--on-but); } .owner { background: var(--owner); color: var(--on-owner); }
.key { display: inline-block; min-width: 1.4rem; text-align: center; border-radius: 3px; margin: 0 .3rem 0 1rem; }
.said td { border: 1px solid var(--line); padding: .2rem .5rem; vertical-align: top; font-size: 14px; }
.said th { vertical-align: top; } code { font-size: 12px; white-space: nowrap; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 45rem) { body { margin: .8rem; } .map th[scope=row] { font-size: 11px; min-width: 6rem;
  max-width: 6.5rem; padding: .1rem .25rem; } .map td { min-width: 1.25rem; width: 1.25rem; }
  .said, .said tbody, .said tr, .said td, .said th { display: block; border: 0; padding: 0 .3rem; }
  code { white-space: normal; overflow-wrap: anywhere; }
  .said thead { display: none; } .said tr { border-top: 1px solid var(--line); padding: .3rem 0; } }
@media print { :root { color-scheme: light; --ink: #000; --dim: #333; --page: #fff; --head: #eee; --line: #888;
  --refused: #fff; --refused-ink: #444; --few: #0a6b42; --some: #3c8f66; --many: #a9dbbf; --on-few: #fff;
  --on-some: #04150c; --on-many: #0c3b26; --all: #0a6b42; --but: #f0bd4a; --owner: #a83426; --on-all: #fff;
  --on-but: #2a1d00; --on-owner: #fff; }
  @page { size: A4 landscape; margin: 10mm; }
  * { print-color-adjust: exact; } body { margin: 0; font-size: 11px; } nav { display: none; }
  .wide { overflow: visible; } .map table, .said tr { break-inside: avoid; } thead { display: table-header-group; }
  h2, h3 { break-after: avoid; } .said td { font-size: 11px; }
  .map th[scope=row] { position: static; } a { text-decoration: none; } }
"""
_FEW, _SOME = 3, 5
"""Conditions up to which a cell is dark, or of middle shade."""
_SCOPES = {
    EvidenceScope.THIRD_PARTIES: ("all", "third parties too"),
    EvidenceScope.NO_THIRD_PARTIES: ("but", "all but third parties"),
    EvidenceScope.OWNER_ONLY: ("owner", "the owner alone"),
}
"""How evidence is shown, and to whom it is open."""
_NEVER = '<span aria-hidden="true">·</span><span class="heard">never</span>'
_LETTERS = {each.question.scope: each.letter for each in COLUMNS}


def heat_map(matrix: Matrix) -> str:
    """The page as HTML, the same bytes for the same policies; no script, nothing is loaded.

    No colour says what a letter or a number does not say too.
    """
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8"><title>Who may do what</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            "<h1>Who may do what</h1>",
            '<nav><p><a href="#actions">Actions</a> · <a href="#evidence">Evidence</a> · '
            '<a href="#claim-types">Every condition and rule, by claim type</a></p></nav>',
            f"<p>Policies of version {escape(matrix.version)}. A letter: it is allowed in some position, under so many "
            "conditions as the small number says, or always. A claim type leads to the conditions and their rules; "
            "so does pointing at a cell.</p>",
            "<ul>",
            *(f"<li><b>{each.letter}</b> {escape(each.title)}</li>" for each in COLUMNS),
            "<li><b>·</b> never</li></ul>",
            f'<p>Conditions:<span class="key few">1–{_FEW}</span>few'
            f'<span class="key some">{_FEW + 1}–{_SOME}</span>some<span class="key many">{_SOME + 1}+</span>many</p>',
            '<h2 id="actions">Actions</h2><div class="tables map">',
            *(line for capacity in Capacity if _may(matrix, capacity) for line in _of_capacity(matrix, capacity)),
            "</div>",
            *(_nothing(matrix, capacity) for capacity in Capacity if not _may(matrix, capacity)),
            '<h2 id="evidence">Evidence</h2>',
            f"<p>Open to:{''.join(_key(scope) for scope in EvidenceScope)}</p>",
            '<div class="wide map" tabindex="0" role="region" aria-label="Evidence by claim type"><table>',
            *_evidence(matrix),
            "</table></div>",
            '<h2 id="claim-types">By claim type</h2>',
            *(line for module in matrix.modules for line in _said(matrix, module)),
            "</body></html>",
            "",
        ]
    )


def _may(matrix: Matrix, capacity: Capacity) -> bool:
    return any(cell.allowed for module in matrix.modules for cell in matrix.row(module, capacity))


def _nothing(matrix: Matrix, capacity: Capacity) -> str:
    rules = sorted({rule for module in matrix.modules for cell in matrix.row(module, capacity) for rule in cell.rules})
    return f"<p><b>{capacity.value}</b>: never anything, by {_codes(rules)}.</p>"


def _of_capacity(matrix: Matrix, capacity: Capacity) -> Iterator[str]:
    letters = "".join(
        f'<th scope="col"><abbr title="{escape(each.title)}">{each.letter}</abbr></th>' for each in COLUMNS
    )
    yield f"<table><caption>{capacity.value}</caption>"
    yield f'<thead><tr><th scope="col">Claim type</th>{letters}</tr></thead><tbody>'
    for module in matrix.modules:
        head = f'<tr><th scope="row"><a href="#{_place(module, capacity)}">{module.code}</a></th>'
        if can_apply(module, capacity):
            yield f"{head}{''.join(_cell(cell) for cell in matrix.row(module, capacity))}</tr>"
        else:
            yield f'{head}<td class="no none" colspan="{len(COLUMNS)}">– no such applicants</td></tr>'
    yield "</tbody></table>"


def _place(module: ClaimTypeModule, capacity: Capacity) -> str:
    return f"{module.code}.{capacity.value.lower()}"


def _cell(cell: Cell) -> str:
    about = f"{cell.claim_type} · {cell.capacity} · {cell.column.title}"
    rules = ", ".join(cell.rules)
    if not cell.allowed:
        return f'<td class="no" title="{escape(about)}&#10;refused&#10;{escape(rules)}">{_NEVER}</td>'
    number = len(cell.always) + max(map(len, cell.ways), default=0)
    shade = "few" if number <= _FEW else "some" if number <= _SOME else "many"
    said = f"{about}\nallowed: {cell.condition or 'always'}\n{rules}"
    conditions = f"<sub>{number}</sub>" if number else ""
    return f'<td class="{shade}" title="{_in_title(said)}">{cell.column.letter}{conditions}</td>'


def _in_title(text: str) -> str:
    return escape(text).replace("\n", "&#10;")


def _key(scope: EvidenceScope) -> str:
    shade, said = _SCOPES[scope]
    return f'<span class="key {shade}">{_LETTERS[scope]}</span>{said}'


def _evidence(matrix: Matrix) -> Iterator[str]:
    paths: dict[tuple[str, str], None] = {}
    for module in matrix.modules:
        for one in module.evidence:
            paths.setdefault((one.applicant.value, one.path))
    ordered = sorted(paths, key=lambda each: (each[0] != ApplicantKind.PERSON, each[1].count("."), each[1]))
    heads = "".join(
        f'<th scope="col"><span class="turned">{"" if kind == ApplicantKind.PERSON else "legal entity: "}'
        f"{escape(path)}</span></th>"
        for kind, path in ordered
    )
    yield f'<thead><tr><th scope="col">Claim type</th>{heads}</tr></thead><tbody>'
    for module in matrix.modules:
        mine = {(one.applicant.value, one.path): one for one in module.evidence}
        cells = []
        for each in ordered:
            if each not in mine:
                cells.append(
                    f'<td class="no" title="{module.code} · {escape(each[1])}&#10;not asked for">{_NEVER}</td>'
                )
                continue
            one = mine[each]
            said = f"{module.code} · {one.path}\n{of_scope(one.open_to)}\n{one.reason}"
            shade = _SCOPES[one.open_to][0]
            cells.append(f'<td class="{shade}" title="{_in_title(said)}">{_LETTERS[one.open_to]}</td>')
        yield f'<tr><th scope="row"><a href="#{module.code}">{module.code}</a></th>{"".join(cells)}</tr>'
    yield "</tbody>"


def _said(matrix: Matrix, module: ClaimTypeModule) -> Iterator[str]:
    """Every cell in words; what the same rules refuse is one row."""
    titles = f'<span lang="lv">{escape(module.title_lv)}</span> ({escape(module.title_en)})'
    yield f'<h3 id="{module.code}">{module.code}: {titles}</h3>'
    yield '<div class="wide"><table class="said"><thead><tr>'
    yield "".join(f'<th scope="col">{each}</th>' for each in ("Who", "What", "Answer", "Conditions", "Rules"))
    yield "</tr></thead>"
    for capacity in Capacity:
        if not can_apply(module, capacity):
            rows = ["<td>everything</td><td>no such applicants</td><td></td><td></td>"]
        else:
            rows = list(_rows(matrix.row(module, capacity)))
        yield f'<tbody id="{_place(module, capacity)}">'
        head = f'<th scope="rowgroup" rowspan="{len(rows)}">{capacity.value}</th>'
        yield from (f"<tr>{'' if number else head}{row}</tr>" for number, row in enumerate(rows))
        yield "</tbody>"
    yield "</table></div>"


def _rows(cells: Sequence[Cell]) -> Iterator[str]:
    refused: dict[tuple[str, ...], list[str]] = {}
    for cell in cells:
        if not cell.allowed:
            refused.setdefault(cell.rules, []).append(cell.column.title)
            continue
        yield (
            f"<td>{escape(cell.column.title)}</td><td>allowed</td><td>{escape(cell.condition or 'always')}</td>"
            f"<td>{_codes(cell.rules)}</td>"
        )
    for rules, titles in refused.items():
        asked = "everything" if len(titles) == len(cells) else ", ".join(titles)
        yield f"<td>{escape(asked)}</td><td>refused</td><td></td><td>{_codes(rules)}</td>"


def _codes(rules: Iterable[str]) -> str:
    return " ".join(f"<code>{escape(rule)}</code>" for rule in rules)
