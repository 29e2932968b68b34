"""What a register's live contract has that the pinned one has not, and the other way round, and whom it matters to.

A part is named by a path: ``type/member``, a type alone, or ``operation NAME/answer/200``. A new field of an answer is
dark: no mapping names it, so nobody reads it. What an adapter uses is told from its code and its manifest.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from adapters.kit.catalog import Installed
from adapters.kit.inspection import InspectedOperation, Inspection, Member, TypeShape
from adapters.kit.quality.source_code import SourceCode

_SHOWN = 6
_DARK = "DARK"


class Drift(Enum):
    """What happened to a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One part in which two readings differ."""

    drift: Drift
    path: str
    what: str
    """The part; of a change, before and after."""
    breaking: str | None = None
    """Why the adapter is not right any more; None: it is."""
    dark: bool = False
    """Of something added: whether nobody reads it until it is mapped."""


@dataclass(frozen=True)
class Uses:
    """What of its contract an adapter uses.

    Args:
        operations: that it calls.
        names: that stand in its code, but for those in ``DARK``.
    """

    operations: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, adapter: Installed) -> Uses:
        """By manifest and code. Raises: SyntaxError, OSError: the code cannot be read."""
        mapping, code = SourceCode(adapter.folder / "mapping.py"), SourceCode(adapter.folder / "adapter.py")
        named = _named(mapping.tree) | _named(code.tree)
        operations = {entry.operation for entry in adapter.manifest.reads.values()}
        operations |= {entry.operation for entry in adapter.manifest.receives.values()}
        return cls(_named(code.tree) | operations, named)

    def name(self, member: str) -> bool:
        """Whether the code names a member, in one of the ways in which it can be written."""
        plain = member.removeprefix("@")
        return not self.names.isdisjoint({member, plain, plain.rpartition("}")[2]})


@dataclass(frozen=True, slots=True)
class _Part:
    said: str
    """In words."""
    is_: tuple[object, ...]
    """All that is compared."""
    used: bool
    """Whether the adapter's answers or requests need it as it is."""
    sent: bool = False
    """Whether it is a part of what the adapter sends."""
    needed: bool = False
    """Whether it cannot be left out."""


def drift(pinned: Inspection, live: Inspection, uses: Uses) -> list[Difference]:
    """Compare two readings of a contract.

    Returns:
        Differences by path; none where they say the same. Hazards, and where something stands in a file, do not count.
    """
    before, after = _parts(pinned, uses), _parts(live, uses)
    found: list[Difference] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old is None and new is not None:
            found.append(_added(path, new))
        elif old is not None and new is None:
            broken = "the adapter uses it" if old.used else None
            found.append(Difference(Drift.REMOVED, path, old.said, broken))
        elif old is not None and new is not None and old.is_ != new.is_:
            broken = "the adapter uses it" if old.used else None
            if broken is None and new.sent and new.needed and not old.needed:
                broken = "requests have to have it now"
            found.append(Difference(Drift.CHANGED, path, _change(old, new), broken))
    return found


def contract_is_live(differences: Iterable[Difference]) -> str | None:
    """What is missing of the rule of that name; None where it holds."""
    count = dict.fromkeys(Drift, 0)
    for difference in differences:
        count[difference.drift] += 1
    said = ", ".join(f"{number} {each.value}" for each, number in count.items() if number)
    return f"the live contract differs from the pinned one: {said}" if said else None


def _change(old: _Part, new: _Part) -> str:
    before, after = old.is_[0], new.is_[0]
    if isinstance(before, TypeShape) and isinstance(after, TypeShape) and before.values and after.values:
        gone, come = sorted({*before.values} - {*after.values}), sorted({*after.values} - {*before.values})
        said = [f"{title} {', '.join(some)}" for title, some in (("no longer", gone), ("new", come)) if some]
        if said:
            return "; ".join(said)
    return f"{old.said}; now {new.said}"


def _added(path: str, part: _Part) -> Difference:
    if part.sent and part.needed:
        return Difference(Drift.ADDED, path, part.said, "requests have to have it")
    return Difference(Drift.ADDED, path, part.said, dark=True)


def _parts(contract: Inspection, uses: Uses) -> dict[str, _Part]:
    types = {shape.name: shape for shape in contract.types}
    called = [each for each in contract.operations if each.name in uses.operations]
    answered = _reached(types, (m for each in called for m in (*_successes(each), *each.faults, *each.headers)), False)
    sent = _reached(types, (m for each in called for m in (*each.request, *each.parameters, *each.headers)), False)
    always = _reached(types, (m for each in called for m in (*each.request, *each.parameters, *each.headers)), True)
    read = {m.type for name in answered for m in types[name].members if uses.name(m.name)}
    read |= {m.type for each in called for m in (*_successes(each), *each.request)}
    parts: dict[str, _Part] = {}
    for shape in contract.types:
        within = shape.name in answered or shape.name in sent
        bare = TypeShape(shape.name, shape.kind, (), shape.values, shape.facets)
        _put(parts, shape.name, _Part(_shape(shape), (bare,), used=within and shape.name in read))
        for member in shape.members:
            needed = member.low > 0 and shape.kind != "choice" and shape.name in always
            used = (within and uses.name(member.name)) or needed
            part = _Part(_member(member), (member,), used, shape.name in sent, needed)
            _put(parts, f"{shape.name}/{member.name}", part)
    for operation in contract.operations:
        for path, part in _operation(operation, uses, operation.name in uses.operations):
            _put(parts, path, part)
    return parts


def _put(parts: dict[str, _Part], path: str, part: _Part) -> None:
    """Add a part; one name may stand twice in a type, e.g. in two branches of a choice."""
    there = parts.get(path)
    if there is not None:
        said, is_ = f"{there.said} and {part.said}", (*there.is_, *part.is_)
        part = _Part(said, is_, there.used or part.used, there.sent or part.sent, there.needed or part.needed)
    parts[path] = part


def _operation(operation: InspectedOperation, uses: Uses, called: bool) -> Iterator[tuple[str, _Part]]:
    path = f"operation {operation.name}"
    said = operation.call if operation.loads else f"{operation.call} cannot be used: {operation.reason}".strip()
    # Why it cannot be used names a place in a file, which is another one on a server.
    yield path, _Part(said, (operation.call, operation.loads), called)
    for title, members, sent in (
        ("parameters", operation.parameters, True),
        ("request", operation.request, True),
        ("headers", operation.headers, True),
        ("answer", operation.responses, False),
        ("faults", operation.faults, False),
    ):
        for member in members:
            needed = called and sent and member.low > 0 and not member.note.startswith("out")
            answers = title == "answer" and member in _successes(operation)
            used = called and (needed or title == "request" or answers or uses.name(member.name))
            yield f"{path}/{title}/{member.name}", _Part(_member(member), (member,), used, sent, needed)


def _successes(operation: InspectedOperation) -> tuple[Member, ...]:
    """Answers that hold what was asked for; of REST each is named by its status."""
    return tuple(each for each in operation.responses if not each.name.isdecimal() or each.name.startswith("2"))


def _reached(types: Mapping[str, TypeShape], members: Iterable[Member], always: bool) -> frozenset[str]:
    """Names of the types that members lead to.

    Args:
        always: by those alone that cannot be left out.
    """
    left = list(members)
    seen: set[str] = set()
    while left:
        member = left.pop()
        if member.type in types and member.type not in seen and (member.low > 0 or not always):
            seen.add(member.type)
            left += types[member.type].members
    return frozenset(seen)


def _shape(shape: TypeShape) -> str:
    values = ""
    if shape.values:
        more = f" and {len(shape.values) - _SHOWN} more" if len(shape.values) > _SHOWN else ""
        values = f" of {', '.join(sorted(shape.values)[:_SHOWN])}{more}"
    return " ".join(filter(None, (f"{shape.kind}{values}", shape.facets)))


def _member(member: Member) -> str:
    occurs = {(1, 1): "once", (0, 1): "at most once", (0, None): "any number", (1, None): "at least one"}
    often = occurs.get((member.low, member.high), f"{member.low} to {'any' if member.high is None else member.high}")
    return ", ".join(filter(None, (member.type, often, "nillable" if member.nillable else "", member.note)))


def _named(tree: ast.AST) -> frozenset[str]:
    """Texts of code and the steps of those that are paths, but for what ``DARK`` lists."""
    found: set[str] = set()
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(each, ast.Name) and each.id == _DARK for each in targets):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            found |= {node.value, *node.value.split("/")}
        left += ast.iter_child_nodes(node)
    return frozenset(found)


def pinned_path(adapter: Installed) -> Path:
    """The main file of the contract as it was taken over."""
    return adapter.folder / adapter.manifest.source
