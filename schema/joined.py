"""How a record joins the graph where nothing but its attributes is to be shown: said beside the record, once.

A record type's module that has ``JOINED`` gives its graph type one field. The field is evidence like any other: nobody
reads it until a claim type's policy names its path. Attributes are described by ``Annotated`` with msgspec's ``Meta``.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import traceback
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

_WORD = re.compile(r"_([a-z0-9])")


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a person."""

    record: type[Any]
    """Keyed by :class:`schema.terms.PersonCode`."""
    field: str
    """Its name in Python; in the graph it is in camel case."""
    description: str
    items: str | None = None
    """The attribute that the field shows, where the record is about a list: the field is that list."""

    @property
    def shown(self) -> type[Any]:
        """The class of what the field shows."""
        if self.items is None:
            return self.record
        return next(each for each in parts_of(get_type_hints(self.record)[self.items]))


class Attribute(msgspec.Struct, frozen=True):
    """One attribute that is shown."""

    name: str
    type: Any
    """Without its description."""
    description: str


class RecordsBroken(Exception):  # noqa: N818 - the name says what is
    """A module of ``schema.records`` cannot be used; the message says which, what is wrong, and what to do."""

    def __init__(self, module: str, what: str, line: int | None = None) -> None:
        place = module.replace(".", "/") + ".py" + ("" if line is None else f", line {line}")
        super().__init__(f"{place}: {what}. Correct it, or take the file away.")


def record_modules() -> Iterator[types.ModuleType]:
    """The modules of ``schema.records``, in order. Raises: RecordsBroken: one of them cannot be imported."""
    records = importlib.import_module("schema.records")
    for module_info in pkgutil.iter_modules(records.__path__):
        name = f"schema.records.{module_info.name}"
        try:
            module = importlib.import_module(name)
        except SyntaxError as error:
            raise RecordsBroken(name, "is not Python", error.lineno) from None
        except Exception as error:  # noqa: BLE001 - whatever importing it does
            passed = traceback.extract_tb(error.__traceback__)
            lines = [each.lineno for each in passed if each.filename.endswith(f"/{module_info.name}.py")]
            raise RecordsBroken(name, f"{type(error).__name__}: {error}", lines[-1] if lines else None) from None
        yield module


def joined() -> Iterator[Joined]:
    """Every record type that joins the graph so, in the order of their modules."""
    for module in record_modules():
        found = getattr(module, "JOINED", None)
        if isinstance(found, Joined):
            yield found


def graph_name(name: str) -> str:
    """A Python name as the graph has it."""
    return _WORD.sub(lambda match: match[1].upper(), name)


def type_name(record: type[Any]) -> str:
    """The name of the graph's type."""
    return record.__name__.removesuffix("Record") or record.__name__


def attributes(record: type[Any]) -> Iterator[Attribute]:
    """What is shown of a record."""
    for name, hint in get_type_hints(record, include_extras=True).items():
        described, plain = "", hint
        if get_origin(hint) is Annotated:
            plain, *extras = get_args(hint)
            described = next((e.description for e in extras if isinstance(e, msgspec.Meta) and e.description), "")
        yield Attribute(name, plain, described or f"{name.replace('_', ' ').capitalize()}.")


def parts_of(hint: Any) -> Iterator[type[Any]]:
    """Record classes that a type is made of."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for inner in get_args(hint):
        yield from parts_of(inner)


def coordinates(one: Joined) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, str]]:
    """What the field adds to the graph: fields by type, and the type that a field leads to."""
    own, leads = graph_name(one.field), {f"Person.{graph_name(one.field)}": type_name(one.shown)}
    fields: dict[str, tuple[str, ...]] = {"Person": (own,)}
    waiting = [one.shown]
    while waiting:
        record = waiting.pop()
        name = type_name(record)
        if name in fields:
            continue
        shown = list(attributes(record))
        fields[name] = tuple(graph_name(each.name) for each in shown)
        for each in shown:
            for part in parts_of(each.type):
                leads[f"{name}.{graph_name(each.name)}"] = type_name(part)
                waiting.append(part)
    return fields, leads


def is_optional(hint: Any) -> bool:
    """Whether a type may be None."""
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)
