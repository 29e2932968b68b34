"""What an open door does not give after all, by the fields of the plan: several may have one path in the log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from gateway.plan.compile import FieldPlan
from gateway.plan.judgement import Judgement


def shut_with(field: FieldPlan) -> frozenset[int]:
    """A field and all below it, by their ids."""
    return frozenset((field.id, *(each.id for below in field.objects.values() for each in below.walk())))


def given_by_none(
    paths: Mapping[str, str], judgements: Iterable[Judgement], shut: Collection[int]
) -> Mapping[str, str]:
    """Of paths those that no field gave: whoever asks twice, and once in vain, was given it.

    Args:
        paths: path -> coordinate of what fields did not give.
        shut: ids of those fields, and of all below them.
    """
    given = {name for each in judgements for id_, name in each.names.items() if id_ not in shut}
    return {path: coordinate for path, coordinate in paths.items() if path not in given} if given else paths
