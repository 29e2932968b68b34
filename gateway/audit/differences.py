"""Which rows were changed, where a log is not what was signed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.audit.checkpoints import PLACE_BYTES
from gateway.audit.findings import Verdict, row_at
from gateway.audit.leaves import NOT_WRITTEN, ROW, SELECT_ROWS, NotAsWritten, encoded
from gateway.audit.tree import HASH_BYTES, Frontier, leaf_hash

_MOST_MOVED = 200
"""Rows among which it is tried whether one stands where another stood."""
_STEP = PLACE_BYTES + HASH_BYTES


def look_for_rows(connection: sqlite3.Connection, heads: Sequence[tuple[int, bytes]], verdict: Verdict) -> None:
    """Name the rows that are not as they were signed, by the leaves that were kept of them.

    Args:
        heads: size and root of every checkpoint, the smallest first.
    """
    known = _believable(connection, heads)
    before = dict(verdict.counts)
    if known:
        _compare(connection, known, verdict)
    if verdict.counts == before:
        _between(connection, heads, verdict)


def _kept(connection: sqlite3.Connection) -> Iterator[tuple[int, bytes]]:
    for (leaves,) in connection.execute("SELECT leaves FROM log_leaves ORDER BY number"):
        if isinstance(leaves, bytes):
            for at in range(0, len(leaves) - _STEP + 1, _STEP):
                place = int.from_bytes(leaves[at : at + PLACE_BYTES], "big", signed=True)
                yield place, leaves[at + PLACE_BYTES : at + _STEP]


def _believable(connection: sqlite3.Connection, heads: Sequence[tuple[int, bytes]]) -> int:
    """How many of the kept leaves come to the root of a checkpoint: these are what was signed."""
    roots = dict(heads)
    tree, found = Frontier(), 0
    for _, leaf in _kept(connection):
        tree.append(leaf)
        if roots.get(tree.size) == tree.root():
            found = tree.size
    return found


def _compare(connection: sqlite3.Connection, known: int, verdict: Verdict) -> None:
    """Go through signed leaves and rows side by side."""
    signed = iter([each for each, _ in zip(_kept(connection), range(known), strict=False)])
    rows = iter(connection.execute(f"{SELECT_ROWS} ORDER BY place"))
    lost: dict[int, bytes] = {}
    changed: dict[int, Sequence[Any]] = {}
    expected, row = next(signed, None), next(rows, None)
    while expected is not None:
        if row is None or expected[0] < row[0]:
            lost[expected[0]] = expected[1]
            expected = next(signed, None)
        elif expected[0] > row[0]:
            changed[row[0]] = row
            row = next(rows, None)
        else:
            if _leaf(row) != expected[1]:
                lost[expected[0]] = expected[1]
                changed[row[0]] = row
            expected, row = next(signed, None), next(rows, None)
    _name(lost, changed, row is None, verdict)


def _name(lost: dict[int, bytes], changed: dict[int, Sequence[Any]], at_the_end: bool, verdict: Verdict) -> None:
    """Put into words: a row that is somewhere else now, one that says something else, one too many, one too few."""
    if len(lost) <= _MOST_MOVED and len(changed) <= _MOST_MOVED:
        for place, row in list(changed.items()):
            for was, leaf in list(lost.items()):
                if was != place and _leaf((was, *row[1:])) == leaf:
                    verdict.add("moved", f"{row_at(was)} stands at {place:014x} now")
                    del lost[was]
                    changed.pop(place, None)
                    break
    for place in sorted(lost.keys() & changed.keys()):
        verdict.add("edited", row_at(place))
    for place in sorted(lost.keys() - changed.keys()):
        verdict.add("deleted", row_at(place))
    for place in sorted(changed.keys() - lost.keys()):
        verdict.add("inserted", row_at(place))
    if lost and at_the_end and "truncated" not in verdict.counts and not changed:
        verdict.remarks.append("the last row that is missing is the last one that was signed")


def _between(connection: sqlite3.Connection, heads: Sequence[tuple[int, bytes]], verdict: Verdict) -> None:
    """The leaves were changed with the rows: say between which checkpoints."""
    roots = dict(heads)
    tree, held, last = Frontier(), 0, 0
    for row in connection.execute(f"{SELECT_ROWS} ORDER BY place"):
        tree.append(_leaf(row))
        if tree.size in roots:
            if roots[tree.size] != tree.root():
                where = f"between {row_at(last)} and {row_at(row[0])}" if held else f"up to {row_at(row[0])}"
                verdict.add("edited", f"one or more of the rows {held + 1} to {tree.size}, {where}")
                return
            held, last = tree.size, row[0]
    if "truncated" not in verdict.counts:
        verdict.add("leaves", "the kept leaves were changed; the rows are as they were signed")


def _leaf(row: Sequence[Any]) -> bytes:
    try:
        return leaf_hash(encoded(ROW, row))
    except NotAsWritten:
        return NOT_WRITTEN
