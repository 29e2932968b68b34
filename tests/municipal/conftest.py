"""A gateway over the systems of two vendors, in which one municipality has none."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gateway.clock import epoch_seconds
from gateway.demo.passes import token_for
from tests.edge.owner_system import OwnerSystem
from tests.municipal.people import MADONA, write_world
from tests.running_gateway import RunningGateway

LUDZA = "0037000"
SIGNING = OwnerSystem(f"social-{MADONA}")
_WITHOUT = {
    f"GATEWAY_REGISTERS__{register}__MUNICIPALITIES__{LUDZA}__HAS_SYSTEM": "false"
    for register in ("SOCIAL_ASSISTANCE", "EDUCATION")
}


class Towns(RunningGateway):
    """One whose many people need no process each for their tokens."""

    def token(self, persona: str, ttl: int | None = None) -> str:
        """See ``RunningGateway.token``."""
        return token_for(self.data, persona, now=epoch_seconds(), ttl=ttl or 3600)


@pytest.fixture(scope="session")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """Ludza has no social system; Madona's signs what it tells."""
    folder = tmp_path_factory.mktemp("towns")
    world = write_world(folder / "world")
    keys = {"GATEWAY_OWNERS": json.dumps({SIGNING.owner: {"jwks_file": str(SIGNING.publish(folder))}})}
    with Towns(folder / "data", "--world", str(world), settings=_WITHOUT | keys) as running:
        yield running
