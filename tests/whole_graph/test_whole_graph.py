"""No field is there for show: each has a value for somebody of the demo world."""

from __future__ import annotations

from pathlib import Path

from tests.running_gateway import RunningGateway
from tests.whole_graph.asking import SETTINGS, ask_everything


def test_every_field_of_the_graph_has_a_value_for_somebody_of_the_demo_world(tmp_path: Path) -> None:
    with RunningGateway(tmp_path / "data", settings=SETTINGS) as gateway:
        seen = ask_everything(gateway, lambda _: None)
    assert seen.missing() == {}
