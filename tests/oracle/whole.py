"""The whole matrix of one world on one running gateway, and worlds that are made for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.oracle.asking import SETTINGS, Asking
from tests.oracle.invented import write_world
from tests.oracle.matrix import Matrix
from tests.oracle.rules import STATUSES, Reads, reads
from tests.oracle.table import CLAIM_TYPES
from tests.oracle.ways import SINGLE
from tests.oracle.worlds import Persona, World, read_world
from tests.running_gateway import RunningGateway

OUT_OF_REQUESTS = {"ngo-quota"}
"""Has three requests a day: ``tests/scenarios/test_quota.py`` is about it."""

_SHOWN = 3
"""Disagreements that are told at once."""


@contextmanager
def running_world(
    folder: Path, seed: int | None, statuses_of_each_type: int = len(STATUSES)
) -> Iterator[tuple[World, Asking]]:
    """A gateway with the demo world and, where a seed is given, a world made from it.

    Args:
        folder: for its files; it is empty.
    """
    added = [] if seed is None else [folder / "world"]
    for path in added:
        assert seed is not None
        write_world(path, seed, statuses_of_each_type=statuses_of_each_type)
    seeded = datetime.now(UTC)
    arguments = [text for path in added for text in ("--world", str(path))]
    with RunningGateway(folder / "data", *arguments, settings=SETTINGS) as gateway:
        asking = Asking(gateway)
        try:
            yield read_world(seeded, *added), asking
        finally:
            asking.close()


def parties(world: World) -> list[Persona]:
    """Everybody who is asked as."""
    asked = [each for each in world.personas.values() if each.name not in OUT_OF_REQUESTS]
    return sorted(asked, key=lambda each: (each.capacity, each.name))


def ask_behind_doors(matrix: Matrix, everybody: Sequence[Persona]) -> None:
    """All claims that somebody may not read."""
    shut = {
        party.name: [each for each in matrix.world.claims.values() if reads(matrix.world, party, each) is Reads.NOTHING]
        for party in everybody
    }
    for way in SINGLE:
        for party in everybody:
            matrix.doors(party, shut[party.name], way)
    for party in everybody:
        matrix.unexplained(party, shut[party.name])
        matrix.closed_to_mutations(party, shut[party.name])


def ask_everything(matrix: Matrix, claim_type: str, everybody: Sequence[Persona]) -> None:
    """All that may be read of one claim type, one way after the other: what is asked alike follows upon itself."""
    world = matrix.world
    claims = [each for each in world.claims.values() if each.type == claim_type]
    readable = [
        (party, each)
        for party in sorted(everybody, key=lambda each: each.capacity)
        for each in claims
        if reads(world, party, each) is not Reads.NOTHING
    ]
    for way in SINGLE:
        for party, claim in readable:
            matrix.fields(party, claim, way)
    for party, claim in readable:
        matrix.explained(party, claim)
        matrix.mutations(party, claim)
    for party in everybody:
        matrix.counted(party, claim_type)
    for status in STATUSES:
        for party in everybody:
            matrix.filtered(party, claim_type, status)
    for party in everybody:
        # Of each four claims in a batch one is shut, where there is one.
        own = [claim for who, claim in readable if who is party]
        others = [claim for claim in claims if claim not in own]
        few = [each for place, claim in enumerate(own) for each in (claim, *others[place : place + (place % 3 == 0)])]
        if few:
            matrix.batch(party, few)


def run_whole(matrix: Matrix, told: Callable[[str], None]) -> None:
    """Everybody of a world, with a line for each claim type; clerks first, since their presence lasts 30 minutes."""
    began = time.monotonic()
    everybody = parties(matrix.world)
    clerks = [each for each in everybody if each.capacity == "CLERK"]
    others = [each for each in everybody if each not in clerks]
    steps = [(f"clerks, {each}", partial(ask_everything, matrix, each, clerks)) for each in CLAIM_TYPES]
    steps.append(("everybody, what may not be read", partial(ask_behind_doors, matrix, everybody)))
    steps += [(f"all others, {each}", partial(ask_everything, matrix, each, others)) for each in CLAIM_TYPES]
    for name, step in steps:
        cells, wrong = matrix.tally.cells.total(), len(matrix.tally.disagreements)
        step()
        new = matrix.tally.disagreements[wrong:]
        count, seconds = matrix.tally.cells.total() - cells, time.monotonic() - began
        told(f"{name}: {count} cells, {len(new)} disagreements, {seconds:.0f} s")
        for each in new[:_SHOWN]:
            told(f"  ! {each}")
