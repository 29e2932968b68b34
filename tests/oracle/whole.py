"""The whole matrix of one world on one running gateway, and worlds that are made for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.oracle.asking import LIMITS, Asking
from tests.oracle.invented import write_world
from tests.oracle.matrix import Matrix
from tests.oracle.rules import STATUSES, Reads, reads
from tests.oracle.table import CLAIM_TYPES
from tests.oracle.ways import SINGLE
from tests.oracle.worlds import Persona, World, read_world
from tests.running_gateway import RunningGateway

OUT_OF_REQUESTS = {"ngo-quota"}
"""Has three requests a day: ``tests/scenarios/test_quota.py`` is about it."""


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
    with RunningGateway(folder / "data", *arguments, settings=LIMITS) as gateway:
        asking = Asking(gateway)
        try:
            yield read_world(seeded, *added), asking
        finally:
            asking.close()


def parties(world: World) -> list[Persona]:
    """Everybody who is asked as; clerks first, since their presence lasts 30 minutes."""
    asked = [each for each in world.personas.values() if each.name not in OUT_OF_REQUESTS]
    return sorted(asked, key=lambda each: (each.capacity != "CLERK", each.capacity, each.name))


def ask_everything(matrix: Matrix, party: Persona) -> None:
    """All of one persona's cells."""
    world = matrix.world
    claims = list(world.claims.values())
    hidden = [each for each in claims if reads(world, party, each) is Reads.NOTHING]
    readable = [each for each in claims if reads(world, party, each) is not Reads.NOTHING]
    with matrix.refused(party, None, "no door"):
        for claim in hidden:
            for way in SINGLE:
                matrix.door(party, claim, way)
            matrix.explained(party, claim)
            matrix.mutations(party, claim)
    for claim in readable:
        for way in SINGLE:
            matrix.fields(party, claim, way)
        matrix.explained(party, claim)
        matrix.mutations(party, claim)
    for claim_type in CLAIM_TYPES:
        matrix.counted(party, claim_type)
        for status in STATUSES:
            matrix.filtered(party, claim_type, status)
    matrix.batch(party, [*readable, *hidden])


def run_whole(matrix: Matrix, told: Callable[[str], None]) -> None:
    """Every persona of a world, with a line for each."""
    everybody = parties(matrix.world)
    began = time.monotonic()
    for place, party in enumerate(everybody, 1):
        cells, wrong = matrix.tally.cells.total(), len(matrix.tally.disagreements)
        ask_everything(matrix, party)
        told(
            f"{place}/{len(everybody)} {party.name}: {matrix.tally.cells.total() - cells} cells, "
            f"{len(matrix.tally.disagreements) - wrong} disagreements, {time.monotonic() - began:.0f} s"
        )
