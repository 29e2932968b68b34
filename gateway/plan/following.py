"""Which reads may still follow a read that is under way: what the plan says of that before any register answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.plan.compile import FieldPlan


def after(field: FieldPlan, record_type: type[Any]) -> Mapping[type[Any], int]:
    """Record types that may be read once a field has its records of one type.

    Returns:
        of each, how many reads one after another may follow that one in turn.
    """
    known = field.follows.get(record_type)
    if known is None:
        known = field.follows[record_type] = _after(field, record_type)
    return known


def steps_after(field: FieldPlan, record_type: type[Any]) -> int:
    """How many reads one after another may follow once a field has its records of one type."""
    return max((1 + steps for steps in after(field, record_type).values()), default=0)


def _after(field: FieldPlan, record_type: type[Any]) -> dict[type[Any], int]:
    found: dict[type[Any], int] = {}
    below = list(_below(field))
    rest = max((1 + steps for _, steps in below), default=0)
    own = [(other, rest) for other in _led_by(field, record_type)]
    for other, steps in [*own, *below]:
        found[other] = max(steps, found.get(other, 0))
    return found


def _below(field: FieldPlan) -> Iterator[tuple[type[Any], int]]:
    """Every read below a field, with how many may follow it."""
    for inner in field.objects.values():
        for each in inner.fields:
            for record_type in each.reads:
                yield record_type, steps_after(each, record_type)
            yield from _below(each)


def _led_by(field: FieldPlan, record_type: type[Any]) -> list[type[Any]]:
    """The field's own further reads: the first of several tells by what keys the others are read."""
    reads = list(field.reads)
    return reads[1:] if reads and reads[0] is record_type else []
