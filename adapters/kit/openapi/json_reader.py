"""Readers of JSON values, made from shapes: every condition checked, every text turned into what it stands for.

A reader takes a JSON value as :func:`adapters.kit.openapi.json_text.read_json` gives it, and gives the value: a date is
a ``date``, a number a ``Decimal``, null is None and absent is not there, an object that alternatives are told apart in
is a :class:`Tagged`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.scalar_readers import (
    Memo,
    Read,
    Slip,
    number_reader,
    same,
    text_reader,
    whole_number_reader,
    whole_of_reader,
)
from adapters.kit.openapi.shape_reader import Shapes
from adapters.kit.openapi.shapes import Condition, Handle, Shape, Union, json_key
from adapters.kit.xsd.types import Broken


class Tagged(dict[str, Any]):
    """An object of one of several schemas: ``branch`` is the name of the one that it is of."""

    __slots__ = ("branch",)

    def __init__(self, branch: str, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self.branch = branch

    def __eq__(self, other: object) -> bool:
        same = not isinstance(other, Tagged) or other.branch == self.branch
        return same and dict.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # as of every dictionary


class Readers:
    """Readers of one contract, for one direction.

    Args:
        request: a request has no duty to give what is read only, an answer none for what is write only.
    """

    def __init__(self, shapes: Shapes, *, request: bool) -> None:
        self._shapes = shapes
        self._request = request
        self._made: dict[Handle, Read] = {}
        self._new: list[Handle] | None = None
        self.names: set[str] = set()
        """Every property name met: only these are repeated in errors."""

    def of(self, handle: Handle) -> Read:
        """The reader of schemas that all have to hold. Raises: UnsupportedConstruct; nothing half made is kept."""
        if self._new is not None:
            return self._of(handle)
        self._new = []
        try:
            return self._of(handle)
        except BaseException as error:
            for made in self._new:
                self._made.pop(made, None)
            if isinstance(error, RecursionError):
                raise UnsupportedConstruct("nesting too deep", self._shapes.of(handle).where) from None
            raise
        finally:
            self._new = None

    def shape(self, handle: Handle) -> Shape:
        """See ``Shapes.of``."""
        return self._shapes.of(handle)

    def canonical(self, handle: Handle) -> Handle:
        """See ``Shapes.canonical``."""
        return self._shapes.canonical(handle)

    def _of(self, handle: Handle) -> Read:
        handle = self._shapes.canonical(handle)
        known = self._made.get(handle)
        if known is not None:
            return known
        cell: list[Read] = []

        def later(value: Any, memo: Memo) -> Any:
            return cell[0](value, memo)

        self._made[handle] = later
        if self._new is not None:
            self._new.append(handle)
        read = self._made[handle] = self._whole(self._shapes.of(handle))
        cell.append(read)
        return read

    def _whole(self, shape: Shape) -> Read:
        by_type = self._by_type(shape)
        enum = None if shape.enum is None else frozenset(map(json_key, shape.enum))
        nullable = shape.nullable and "null" in shape.kinds
        if enum is None and not (shape.unions or shape.nots or shape.conditions or shape.unevaluated):

            def simple(value: Any, memo: Memo) -> Any:
                read = by_type.get(type(value))
                if read is None:
                    raise Slip("type")
                return read(value, memo)

            return simple
        unions = [self._union(union) for union in shape.unions]
        nots = [self._of(handle) for handle in shape.nots]
        conditions = [self._condition(condition) for condition in shape.conditions]
        unevaluated = self._of(shape.unevaluated) if shape.unevaluated else None
        known = frozenset(shape.properties)

        def whole(value: Any, memo: Memo) -> Any:
            if value is None and nullable:
                return None
            read = by_type.get(type(value))
            if read is None:
                raise Slip("type")
            if enum is not None and json_key(value) not in enum:
                raise Slip("enum")
            made = read(value, memo)
            for other in nots:
                if _passes(other, value, memo):
                    raise Slip("not")
            for condition in conditions:
                made = _together(made, condition(value, memo), value, known)
            tags = []
            for union in unions:
                tag, found = union(value, memo)
                made = _together(made, found, value, known)
                tags.append(f"{tag}/{found.branch}" if isinstance(found, Tagged) else tag)
            if unevaluated is not None and type(value) is dict:
                for name in value.keys() - self._evaluated(shape, value, memo):
                    made[name] = _below(unevaluated, value[name], memo, name)
            return Tagged(" & ".join(tags), made) if tags and type(made) is dict else made

        return whole

    def _by_type(self, shape: Shape) -> dict[type, Read]:
        made: dict[type, Read] = {}
        if "null" in shape.kinds:
            made[type(None)] = same
        if "boolean" in shape.kinds:
            made[bool] = same
        if "string" in shape.kinds:
            made[str] = text_reader(shape)
        if "integer" in shape.kinds:
            made[int] = whole_number_reader(shape)
            if "fraction" in shape.kinds:
                made[Decimal] = number_reader(shape)
            elif not self._shapes.old:
                made[Decimal] = whole_of_reader(made[int])
        elif "fraction" in shape.kinds:
            made[Decimal] = number_reader(shape)
        if "array" in shape.kinds:
            made[list] = self._array(shape)
        if "object" in shape.kinds:
            made[dict] = self._object(shape)
        return made

    def _array(self, shape: Shape) -> Read:
        prefix = [self._of(handle) for handle in shape.prefix]
        items = self._of(shape.items) if shape.items else _any
        contains = [(self._of(handle), low, high) for handle, low, high in shape.contains]
        low, high, unique, first = shape.min_items, shape.max_items, shape.unique, len(prefix)

        def read(value: Any, memo: Memo) -> Any:
            size = len(value)
            if low is not None and size < low:
                raise Slip("minItems")
            if high is not None and size > high:
                raise Slip("maxItems")
            if unique and _repeats(value):
                raise Slip("uniqueItems")
            for other, least, most in contains:
                count = sum(_passes(other, inner, memo) for inner in value)
                if count < least or (most is not None and count > most):
                    raise Slip("contains")
            made = []
            at = 0
            try:
                for at, inner in enumerate(value):
                    if type(inner) is Broken:
                        made.append(inner)
                    else:
                        made.append((prefix[at] if at < first else items)(inner, memo))
            except Slip as slip:
                slip.steps.append(at)
                raise
            return made

        return read

    def _object(self, shape: Shape) -> Read:
        self.names.update(shape.properties)
        reads = {name: self._of(self.under(shape, name, handle)) for name, handle in shape.properties.items()}
        for _, handle in shape.patterned:
            self._of(handle)
        open_ = not shape.patterned and not shape.closed
        others = self._of(self.under(shape, None, ())) if not shape.patterned else None
        required = self.required(shape)
        self.names.update(required)
        names = self._of(shape.names) if shape.names else None
        low, high, dependent = shape.min_properties, shape.max_properties, shape.dependent

        def read(value: Any, memo: Memo) -> Any:
            if not required <= value.keys():
                raise Slip("required")
            if low is not None and len(value) < low:
                raise Slip("minProperties")
            if high is not None and len(value) > high:
                raise Slip("maxProperties")
            for name, needs in dependent:
                if name in value and not needs <= value.keys():
                    raise Slip("dependentRequired")
            made = {}
            name = ""
            try:
                for name, inner in value.items():
                    if names is not None:
                        names(name, memo)
                    known = reads.get(name)
                    if known is not None:
                        made[name] = known(inner, memo)
                    elif open_:
                        made[name] = inner
                    else:
                        made[name] = (others or self._of(self.under(shape, name, ())))(inner, memo)
            except Slip as slip:
                slip.steps.append(name)
                raise
            return made

        return read

    def under(self, shape: Shape, name: str | None, handle: Handle) -> Handle:
        """Every schema for what stands under a name; None: under one that nothing names."""
        made = list(handle)
        for pattern, inner in shape.patterned:
            if name is not None and pattern.search(name):
                made += inner
        for closed in shape.closed:
            named = name is not None and (name in closed.names or any(each.search(name) for each in closed.patterns))
            if not named:
                made += closed.schema
        return tuple(dict.fromkeys(made))

    def required(self, shape: Shape) -> frozenset[str]:
        """Names that have to be there, in this direction."""
        excused = []
        for name in shape.required & shape.properties.keys():
            inner = self._shapes.of(shape.properties[name])
            if inner.read_only if self._request else inner.write_only:
                excused.append(name)
        return shape.required - frozenset(excused)

    def _union(self, union: Union) -> Callable[[Any, Memo], tuple[str, Any]]:
        reads = [(branch.name, self._of(branch.handle)) for branch in union.branches]
        if union.property is not None:
            property_, by_value = union.property, union.by_value
            self.names.add(property_)

            def led(value: Any, memo: Memo) -> tuple[str, Any]:
                if type(value) is not dict:
                    return alternatives(value, memo)
                told = value.get(property_)
                if type(told) is not str or told not in by_value:
                    slip = Slip("discriminator")
                    slip.steps.append(property_)
                    raise slip
                name, read = reads[by_value[told]]
                return name, read(value, memo)

        def alternatives(value: Any, memo: Memo) -> tuple[str, Any]:
            found: tuple[str, Any] | None = None
            for name, read in reads:
                made = _tried(read, value, memo)
                if made is _SLIPPED:
                    continue
                if not union.exactly_one:
                    return name, made
                if found is not None:
                    raise Slip("oneOf")
                found = name, made
            if found is None:
                raise Slip("oneOf" if union.exactly_one else "anyOf")
            return found

        return alternatives if union.property is None else led

    def _condition(self, condition: Condition) -> Read:
        when = self._of(condition.when)
        then = self._of(condition.then) if condition.then is not None else _any
        otherwise = self._of(condition.otherwise) if condition.otherwise is not None else _any

        def read(value: Any, memo: Memo) -> Any:
            return (then if _passes(when, value, memo) else otherwise)(value, memo)

        return read

    def _evaluated(self, shape: Shape, value: dict[str, Any], memo: Memo) -> set[str]:
        """Names of an object that some schema beside ``unevaluatedProperties`` speaks of."""
        if shape.closed:
            return set(value)
        found = {
            name
            for name in value
            if name in shape.properties or any(pattern.search(name) for pattern, _ in shape.patterned)
        }
        for union in shape.unions:
            for branch in union.branches:
                if _passes(self._of(branch.handle), value, memo):
                    found |= self._evaluated(self._shapes.of(branch.handle), value, memo)
        for condition in shape.conditions:
            passes = _passes(self._of(condition.when), value, memo)
            for handle in (condition.when, condition.then) if passes else (condition.otherwise,):
                if handle is not None:
                    found |= self._evaluated(self._shapes.of(handle), value, memo)
        return found


_SLIPPED = object()


def _repeats(values: list[Any]) -> bool:
    keys = [json_key(value) for value in values if type(value) is not Broken]
    return len(set(keys)) < len(keys)


_any = same


def _tried(read: Read, value: Any, memo: Memo) -> Any:
    key = (id(read), id(value))
    if key not in memo:
        try:
            memo[key] = read(value, memo)
        except Slip:
            memo[key] = _SLIPPED
    return memo[key]


def _passes(read: Read, value: Any, memo: Memo) -> bool:
    return _tried(read, value, memo) is not _SLIPPED


def _below(read: Read, value: Any, memo: Memo, step: str) -> Any:
    try:
        return read(value, memo)
    except Slip as slip:
        slip.steps.append(step)
        raise


def _together(made: Any, other: Any, value: Any, known: frozenset[str]) -> Any:
    """What two schemas made of one value; each member as the one says that knows it, the first one before."""
    if type(value) is dict:
        return {name: made[name] if name in known or made[name] is not value[name] else other[name] for name in made}
    if type(value) is list:
        return other if made == value else made
    return other if made is value or type(made) is type(value) else made
