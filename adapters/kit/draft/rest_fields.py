"""Fields of a record made of JSON schemas: nothing dropped; what has no field is said by name.

What stands at one place may be of several schemas: alternatives put their members beside each other. Such a member is
there or not, and is read by a function that looks at what it gets, since another alternative may have let it pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from adapters.kit.draft.choice import ChoiceError
from adapters.kit.draft.fields import DraftRecord, Field, Occurs, camel, codes_of
from adapters.kit.openapi.files import Files
from adapters.kit.openapi.formats import VALUES
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_reader import Readers
from adapters.kit.openapi.nodes import Table
from adapters.kit.openapi.shapes import KINDS, Handle, Shape

Path = tuple[str, ...]
_SCALARS = frozenset({"string", "integer", "fraction", "boolean"})
_KNOWN = KINDS - {"null"}
_GRAPHQL_INT = 2**31
_TEXTS = ("str", "as_text")
_CHECKED = {"str": "as_text", "bool": "as_truth", "int": "as_whole", "Decimal": "as_number"}
_MOST_FIELDS = 2000


@dataclass(slots=True)
class _Member:
    """What stands under one name of an object."""

    handles: list[Handle] = field(default_factory=list)
    required: bool = False
    loose: bool = False
    """Whether an alternative that does not know it may have let it pass."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A single value of a request, or a list of such."""

    path: Path
    handle: Handle
    """Of one value."""
    required: bool
    repeats: bool
    most: int | None
    """Of a list: how many it takes."""


class Schemas:
    """The schemas of one contract, for one direction."""

    def __init__(self, readers: Readers, files: Files) -> None:
        self._readers = readers
        self._files = files
        self._left = _MOST_FIELDS

    # ------------------------------------------------------------ records

    def record(self, handle: Handle, name: str) -> DraftRecord:
        """The record of an object, or of a list, whose items it then has as ``items``.

        Raises: ChoiceError: it has more fields than anybody reads.
        """
        made = DraftRecord(name, self.described(handle))
        if self.kinds(handle) == {"array"}:
            self._place(made, ("items",), _Member([handle], required=True), optional=False, within=frozenset())
        elif self.kinds(handle) == {"object"}:
            self._fill(made, [handle], (), optional=False, loose=False, within=frozenset())
        else:
            made.left_out.append("the answer: it is neither an object nor a list")
        return made

    def _fill(
        self,
        made: DraftRecord,
        handles: Sequence[Handle],
        path: Path,
        *,
        optional: bool,
        loose: bool,
        within: frozenset[Handle],
    ) -> None:
        """Put the members of an object, which is of one of some schemas, into a record."""
        handles = self._distinct(handles)
        if not within.isdisjoint(handles):
            made.left_out.append(f"{_shown(path)}: it holds itself")
            return
        within |= frozenset(handles)
        for name, member in self.members(handles).items():
            member.loose |= loose
            self._place(made, (*path, name), member, optional=optional, within=within)
        if any(self._open(handle) for handle in handles):
            made.left_out.append(f"{_shown((*path, '*'))}: names that the contract leaves open")

    def _place(
        self, made: DraftRecord, path: Path, member: _Member, *, optional: bool, within: frozenset[Handle]
    ) -> None:
        handles = self._distinct(member.handles)
        shapes = [self._readers.shape(handle) for handle in handles]
        if all(shape.write_only for shape in shapes):
            made.left_out.append(f"{_shown(path)}: it is only ever sent")
            return
        optional = optional or not member.required or any(shape.takes_null for shape in shapes)
        loose = member.loose or len(handles) > 1
        said = next((text for text in map(self.described, handles) if text), "")
        kinds = frozenset[str]().union(*map(self.kinds, handles))
        if kinds and kinds <= _SCALARS:
            new = self._value(path, "maybe" if optional else "one", handles, said, loose=loose)
            new.takes = partial(self._takes, handles)
            self._put(made, new)
        elif kinds == {"object"}:
            self._fill(made, handles, path, optional=optional, loose=loose, within=within)
        elif kinds == {"array"}:
            self._list(made, path, handles, said, loose=loose, within=within)
        else:
            why = "it may be anything" if kinds in (frozenset(), _KNOWN) else "it is of one of several kinds"
            made.left_out.append(f"{_shown(path)}: {why}")

    def _list(
        self,
        made: DraftRecord,
        path: Path,
        handles: Sequence[Handle],
        said: str,
        *,
        loose: bool,
        within: frozenset[Handle],
    ) -> None:
        shapes = [shape for handle in handles for shape in self._all_of(handle) if "array" in shape.kinds]
        items = self._distinct(shape.items for shape in shapes if shape.items)
        kinds = frozenset[str]().union(*map(self.kinds, items))
        why = ""
        if any(shape.prefix for shape in shapes):
            why = "a list whose places differ"
        elif any(self._readers.shape(handle).takes_null and not self._guessed(handle) for handle in items) and (
            kinds != _KNOWN
        ):
            why = "a list that may hold null"
        elif kinds and kinds <= _SCALARS:
            # A broken item may stand in its place: see JsonCodec.read.
            self._put(made, self._value(path, "each", items, said, loose=True))
        elif kinds != {"object"}:
            why = "a list of lists" if kinds == {"array"} else "a list of anything"
        elif not within.isdisjoint(items):
            why = "it holds itself"
        else:
            inner = DraftRecord(camel(path[-1]), next((text for text in map(self.described, items) if text), ""))
            self._fill(inner, items, (), optional=False, loose=loose or len(items) > 1, within=within)
            made.left_out += [f"{_shown(path)}/{what}" for what in inner.left_out]
            if inner.fields:
                self._put(made, Field(path, "each", inner.name, "", said, record=inner))
        if why:
            made.left_out.append(f"{_shown(path)}: {why}")

    def _put(self, made: DraftRecord, new: Field) -> None:
        self._left -= 1
        if self._left < 0:
            raise ChoiceError(f"a record of over {_MOST_FIELDS} attributes; --items names a part of the answer")
        made.fields.append(new)

    def _takes(self, handles: Sequence[Handle], value: Any) -> bool:
        return any(JsonCodec(self._readers, handle, typed=True).is_valid(value) for handle in handles)

    def _value(self, path: Path, occurs: Occurs, handles: Sequence[Handle], said: str, *, loose: bool) -> Field:
        """A single value, or a list of such."""
        codes = self._codes(handles)
        # A table refuses what is none of them, whatever let it pass.
        type_, read = ("str", "") if codes else self._leaf(handles, loose=loose)
        return Field(path, occurs, type_, read, said, codes)

    def _codes(self, handles: Sequence[Handle]) -> tuple[str, ...]:
        """All texts that may stand there, where each schema lists its own."""
        found: list[str] = []
        for handle in handles:
            listed = self._readers.shape(handle).enum
            if listed is None or self._leaf_of(handle) != ("str", ""):
                return ()
            found += [value for value in listed if value is not None]
        return codes_of(found)

    def _leaf(self, handles: Sequence[Handle], *, loose: bool) -> tuple[str, str]:
        """Type of a value in a record, and the expression that reads it."""
        found = {self._leaf_of(handle) for handle in handles}
        type_, read = found.pop() if len(found) == 1 else _TEXTS
        if loose or any("string" in self._guessed(handle) for handle in handles):
            read = _CHECKED.get(type_, read) if read in ("", "Decimal") else read
        return type_, read

    def _leaf_of(self, handle: Handle) -> tuple[str, str]:
        shape, kinds = self._readers.shape(handle), self.kinds(handle)
        stands_for_another = any(form in VALUES for form in shape.formats)
        if shape.unions or (shape.enum is not None and (kinds != {"string"} or stands_for_another)):
            return _TEXTS
        if kinds == {"string"}:
            form = next((form for form in shape.formats if form in VALUES), "")
            return {"": ("str", ""), "date": ("date", ""), "date-time": ("datetime", "")}.get(
                form, ("str", "as_base64")
            )
        if kinds == {"boolean"}:
            return "bool", ""
        if kinds == {"integer"}:
            return ("int", "") if _small(shape) else ("Decimal", "Decimal")
        return ("Decimal", "") if kinds <= {"integer", "fraction"} else _TEXTS

    # ------------------------------------------------------------ requests

    def asked(
        self, handle: Handle, path: Path, *, required: bool = True, within: frozenset[Handle] = frozenset()
    ) -> Iterator[Asked]:
        """Every single value, and every list of such, with its path, through objects that stand once."""
        handle = self._readers.canonical(handle)
        shape, kinds = self._readers.shape(handle), self.kinds(handle)
        if kinds and kinds <= _SCALARS:
            yield Asked(path, handle, required, False, None)
        elif kinds == {"array"}:
            if shape.items and not shape.prefix and self.kinds(shape.items) <= _SCALARS:
                yield Asked(path, self._readers.canonical(shape.items), required, True, shape.max_items)
        elif kinds == {"object"} and handle not in within:
            told = {union.property for each in self._all_of(handle) for union in each.unions}
            for name, member in self.members([handle]).items():
                inner = member.handles[0]
                if name not in told and not self._readers.shape(inner).read_only:
                    yield from self.asked(
                        inner, (*path, name), required=required and member.required, within=within | {handle}
                    )

    # ------------------------------------------------------------ what schemas say

    def members(self, handles: Sequence[Handle]) -> dict[str, _Member]:
        """Members of an object that is of one of some schemas."""
        found: dict[str, _Member] = {}
        for handle in handles:
            shape = self._readers.shape(handle)
            required, own = self._readers.required(shape), set[str]()
            for name, inner in shape.properties.items():
                inner = self._readers.under(shape, name, inner)
                member = found.setdefault(name, _Member())
                member.handles.append(inner)
                member.required |= len(handles) == 1 and name in required
                if self.kinds(inner) != _KNOWN:
                    own.add(name)
            for name in sorted(required - shape.properties.keys()):
                found.setdefault(name, _Member([self._readers.under(shape, name, ())]))
            for other in self._all_of(handle)[1:]:
                for name, inner in other.properties.items():
                    if name not in own:
                        member = found.setdefault(name, _Member())
                        member.handles = [each for each in member.handles if self.kinds(each) != _KNOWN]
                        member.handles.append(self._readers.under(other, name, inner))
                        member.loose = True
        return found

    def kinds(self, handle: Handle, seen: frozenset[Handle] = frozenset()) -> frozenset[str]:
        """Of the values that a schema means, without null; one that names no type means what its words are about."""
        handle = self._readers.canonical(handle)
        shape = self._readers.shape(handle)
        kinds = shape.kinds - {"null"}
        if shape.enum is not None:
            kinds &= frozenset(_kind(value) for value in shape.enum)
        for union in shape.unions:
            if handle not in seen:
                kinds &= frozenset[str]().union(
                    *(self.kinds(branch.handle, seen | {handle}) for branch in union.branches)
                )
        return self._guessed(handle) or kinds if kinds == _KNOWN else kinds

    def _guessed(self, handle: Handle) -> frozenset[str]:
        """Of a schema that allows any value, and speaks of one kind only."""
        shape = self._readers.shape(handle)
        if shape.kinds - {"null"} != _KNOWN or shape.enum is not None:
            return frozenset()
        if shape.properties or shape.required:
            return frozenset({"object"})
        if shape.items or shape.prefix:
            return frozenset({"array"})
        spoken = shape.patterns or shape.formats or shape.min_length is not None or shape.max_length is not None
        return frozenset({"string"}) if spoken and not shape.unions else frozenset()

    def _all_of(self, handle: Handle, seen: frozenset[Handle] = frozenset()) -> list[Shape]:
        """The schema's own shape, then those of its alternatives and theirs."""
        handle = self._readers.canonical(handle)
        if handle in seen:
            return []
        seen |= {handle}
        shape = self._readers.shape(handle)
        made = [shape]
        for union in shape.unions:
            for branch in union.branches:
                made += self._all_of(branch.handle, seen)
        for condition in shape.conditions:
            for inner in (condition.then, condition.otherwise):
                made += [] if inner is None else self._all_of(inner, seen)
        return made

    def _open(self, handle: Handle) -> bool:
        """Whether it has a schema for members that it does not name, or no member at all."""
        shapes = self._all_of(handle)
        if not any(shape.properties for shape in shapes):
            return True
        closed = [each.schema for shape in shapes for each in shape.closed]
        told = [handle for handle in closed if not any(isinstance(sub.node, bool) for sub in handle)]
        return any(shape.patterned for shape in shapes) or any(self._readers.shape(each).kinds for each in told)

    def described(self, handle: Handle) -> str:
        """What the contract says of a schema in words."""
        for sub in handle:
            node = sub.node
            while isinstance(node, Table):
                if isinstance(text := node.get("description") or node.get("title"), str):
                    return text
                if not isinstance(node.get("$ref"), str):
                    break
                target = self._files.resolve(node["$ref"], node)
                node = target if target is not node else False
        return ""

    def _distinct(self, handles: Iterable[Handle]) -> list[Handle]:
        return list(dict.fromkeys(map(self._readers.canonical, handles)))


def _small(shape: Shape) -> bool:
    low = shape.minimum if shape.minimum is not None else shape.above
    high = shape.maximum if shape.maximum is not None else shape.below
    if "int32" in shape.formats:
        return True
    return low is not None and high is not None and low >= -_GRAPHQL_INT and high < _GRAPHQL_INT


def _kind(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int):
        return "integer"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "fraction"


def _shown(path: Path) -> str:
    return "/".join(path) or "the answer"
