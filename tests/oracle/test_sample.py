"""A sample of the matrix over HTTP, chosen by a seed: everybody, each claim type, each action, each way at least once.

The whole of it: ``python -m tests.oracle``.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.oracle.matrix import Matrix
from tests.oracle.rules import ACTIONS, Reads, reads
from tests.oracle.table import CLAIM_TYPES
from tests.oracle.ways import SINGLE, WAYS
from tests.oracle.whole import parties, running_world

SEED = 20261127
COORDINATES = 12


def test_what_a_gateway_answers_is_what_access_md_says(tmp_path: Path) -> None:
    chosen = random.Random(SEED)
    with running_world(tmp_path, seed=3, statuses_of_each_type=3) as (world, asking):
        matrix = Matrix(
            world, asking, lambda every: chosen.sample(every, min(COORDINATES, len(every))), doors_at_once=3
        )
        everybody = parties(world)
        claims = list(world.claims.values())
        for place, party in enumerate(everybody):
            shut = [each for each in claims if reads(world, party, each) is Reads.NOTHING]
            readable = [each for each in claims if each not in shut]
            way = list(SINGLE)[place % len(SINGLE)]
            matrix.doors(party, chosen.sample(shut, 3), way)
            for claim in chosen.sample(readable, min(2, len(readable))):
                matrix.fields(party, claim, way)
                matrix.mutations(party, claim)
        for place, claim_type in enumerate(CLAIM_TYPES):
            can_read = [
                (party, claim)
                for party in everybody
                for claim in claims
                if claim.type == claim_type and reads(world, party, claim) is not Reads.NOTHING
            ]
            party, claim = chosen.choice(can_read)
            matrix.fields(party, claim, list(SINGLE)[place % len(SINGLE)])
            matrix.explained(party, claim)
            matrix.filtered(party, claim_type, claim.status)
            matrix.counted(party, claim_type)
            matrix.batch(party, [claim, *chosen.sample(claims, 2)])
            stranger = next(each for each in everybody if each.capacity == "AUDITOR")
            matrix.unexplained(stranger, [claim])
            matrix.closed_to_mutations(stranger, [claim])
    tally = matrix.tally
    assert [str(each) for each in tally.disagreements] == []
    assert (tally.refused_with_calls, tally.refused > len(everybody)) == (0, True)
    assert tally.personas == {each.name for each in everybody}
    assert (tally.claim_types, tally.ways, set(tally.actions)) == (set(CLAIM_TYPES), set(WAYS), set(ACTIONS))
