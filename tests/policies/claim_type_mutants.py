"""Every ``claim_type.toml`` changed in one place: evidence, bounds, to whom it is open, who may ask, where and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from policies.kit.claim_type import ClaimTypeModule
from policies.kit.evidence import PERSON, ROOTS
from policies.kit.field_access import AccessClass, FieldAccess
from schema.terms import ApplicantKind, Channel, DeliveryStrategy, EvidenceScope, GovernmentLevel
from tests.policies.rule_mutants import Mutant

_ROW = "[[evidence]]\n"
_BOUND = re.compile(r"\((\w+)<=(\d+)\)")
_SHORT = {
    EvidenceScope.THIRD_PARTIES: "to third parties",
    EvidenceScope.NO_THIRD_PARTIES: "to all but third parties",
    EvidenceScope.OWNER_ONLY: "to the owner alone",
}


def claim_type_mutants(policies: Path, module: ClaimTypeModule, fields: FieldAccess) -> Iterator[Mutant]:
    """Every change of one claim type's data."""
    file = Path("claims", module.code.text, "claim_type.toml")
    text = (policies / file).read_text(encoding="utf-8")
    for kind, what, changed in _changes(text, module, fields):
        assert changed != text, what
        yield Mutant(kind, file, what, changed)


def _changes(text: str, module: ClaimTypeModule, fields: FieldAccess) -> Iterator[tuple[str, str, str]]:
    yield from _of_rows(text)
    yield from _added(text, module, fields)
    yield from _flags(text, module)
    yield from _offered(text, module)
    yield from _days(text, module)


def _of_rows(text: str) -> Iterator[tuple[str, str, str]]:
    head, *rows = text.split(_ROW)
    for index, row in enumerate(rows):
        path, open_to = _value(row, "path"), EvidenceScope(_value(row, "open_to"))

        def put(other: str, index: int = index) -> str:
            return _ROW.join([head, *rows[:index], *([other] if other else []), *rows[index + 1 :]])

        yield "evidence removed", path, put("")
        for scope in EvidenceScope:
            if scope is not open_to:
                kind = "evidence opened further" if _wider(scope, open_to) else "evidence closed further"
                yield kind, f"{path} {_SHORT[scope]}", put(row.replace(f'"{open_to}"', f'"{scope}"'))
        for match in _BOUND.finditer(path):
            most = int(match[2])
            for other in (most + 1, most * 10, most - 1):
                kind = "bound widened" if other > most else "bound narrowed"
                wide = path.replace(match[0], f"({match[1]}<={other})")
                yield kind, f"{path} as {wide}", put(row.replace(path, wide))
            yield "bound widened", f"{path} without bound", put(row.replace(path, path.replace(match[0], "")))


def _added(text: str, module: ClaimTypeModule, fields: FieldAccess) -> Iterator[tuple[str, str, str]]:
    listed = {(one.applicant, one.path) for one in module.evidence}
    for applicant in ApplicantKind:
        for path in paths(applicant, fields):
            if (applicant, path) in listed:
                continue
            for scope in EvidenceScope:
                row = f'\n{_ROW}path = "{path}"\nopen_to = "{scope}"\nreason = "Somebody thought so."\n'
                row += f'applicant = "{applicant}"\n' if applicant is not ApplicantKind.PERSON else ""
                yield "evidence added", f"{path} {_SHORT[scope]}", text + row


def paths(applicant: ApplicantKind, fields: FieldAccess) -> Iterator[str]:
    """Every path of the graph that a claim type can list, but for those on which a third person stands."""
    stack = [("", ROOTS[applicant], 0)]
    while stack:
        before, type_name, others = stack.pop()
        for coordinate, access in fields.classes.items():
            of, _, field = coordinate.partition(".")
            first = not before or of == PERSON
            below = access in (AccessClass.EVIDENCE, AccessClass.LEGAL_ENTITY, AccessClass.OPEN)
            if of != type_name or not (access is AccessClass.EVIDENCE if first else below):
                continue
            leads = fields.leads_to.get(coordinate, "")
            yield f"{before}{field}"
            if (leads == PERSON and others) or leads == "LegalEntity":
                continue
            if leads:
                stack.append((f"{before}{field}.", leads, others + (leads == PERSON)))


def _flags(text: str, module: ClaimTypeModule) -> Iterator[tuple[str, str, str]]:
    for flag, now in (("mandates", module.mandates), ("open", module.open)):
        yield f"{flag} flipped", f"{flag} = {not now}", _put(text, flag, str(not now).lower())
    third = Channel.THIRD_PARTY
    flipped = _put(text, "open_to_third_parties", str(not module.open_to_third_parties).lower())
    yield "third parties flipped", "the flag alone", flipped
    others = [each for each in module.channels if each is not third]
    channels = others if module.open_to_third_parties else [*others, third]
    flipped = _put(flipped, "channels", _list(channels))
    yield "third parties flipped", "the flag and the channel", flipped
    if module.open_to_third_parties:
        closed = flipped.replace(f'"{EvidenceScope.THIRD_PARTIES}"', f'"{EvidenceScope.NO_THIRD_PARTIES}"')
        yield "third parties flipped", "the flag, the channel and every mark", closed
    else:
        marked = flipped.replace(f'"{EvidenceScope.NO_THIRD_PARTIES}"', f'"{EvidenceScope.THIRD_PARTIES}"')
        yield "third parties flipped", "the flag, the channel and every mark", marked


def _offered(text: str, module: ClaimTypeModule) -> Iterator[tuple[str, str, str]]:
    for name, kinds, mine in (
        ("applicants", tuple(ApplicantKind), module.applicants),
        ("channels", tuple(Channel), module.channels),
    ):
        for one in kinds:
            less = [each for each in mine if each is not one]
            what = f"without {one}" if one in mine else f"{one} too"
            yield f"{name} changed", what, _put(text, name, _list(less if one in mine else [*mine, one]))
    for level in GovernmentLevel:
        if level is not module.level:
            yield "level flipped", f"{level}", _put(text, "level", f'"{level}"')
    yield "owner changed", "another department", _put(text, "owner", '"elsewhere"')
    if module.delivered_to is not None:
        yield "delivery changed", "to another register", _put(text, "delivered_to", '"elsewhere"')
    for strategy in DeliveryStrategy:
        if strategy is not module.delivery:
            yield "delivery changed", f"by {strategy}", _put(text, "delivery", f'"{strategy}"')
    hours = module.max_age // timedelta(hours=1)
    for other in {hours - 1, hours + 1, hours * 2} - {0}:
        yield "age of copies changed", f"{other} hours", _put(text, "max_age_hours", str(other))


def _days(text: str, module: ClaimTypeModule) -> Iterator[tuple[str, str, str]]:
    for days in (-365, -1, 1, 365):
        moved = module.valid_from + timedelta(days=days)
        yield "validity moved", f"from {moved}", _put(text, "from", moved.isoformat())
        if module.valid_to is not None:
            moved = module.valid_to + timedelta(days=days)
            yield "validity moved", f"to {moved}", _put(text, "to", moved.isoformat())
    if module.valid_to is not None:
        yield "validity moved", "without end", text.replace(f"to = {module.valid_to}\n", "")
    else:
        ends = date(module.valid_from.year + 1, 12, 31)
        yield "validity moved", f"to {ends}", text.replace("[validity]\n", f"[validity]\nto = {ends}\n")


def _value(row: str, key: str) -> str:
    match = re.search(rf'^{key} = "([^"]*)"', row, re.MULTILINE)
    assert match is not None, key
    return match[1]


def _put(text: str, key: str, value: str) -> str:
    changed, times = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, count=1, flags=re.MULTILINE)
    assert times == 1, key
    return changed


def _list(values: Iterable[Channel | ApplicantKind]) -> str:
    return "[" + ", ".join(f'"{each}"' for each in values) + "]"


def _wider(one: EvidenceScope, than: EvidenceScope) -> bool:
    order = list(EvidenceScope)
    return order.index(one) < order.index(than)
