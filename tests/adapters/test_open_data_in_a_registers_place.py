"""Open data answer where the register itself is not connected, and nowhere else."""

from __future__ import annotations

import pytest

from adapters.kit.catalog import discover
from adapters.kit.recorded import RecordedWire
from gateway.app import connect
from gateway.register_settings import RegisterSettings
from gateway.settings import Settings

_HERE = RegisterSettings.model_validate({"url": "http://127.0.0.1:9/x"})
_OFF = RegisterSettings.model_validate({"url": "http://127.0.0.1:9/x", "enabled": False})


@pytest.mark.parametrize(
    ("register", "connected"),
    [(_HERE, {"enterprises"}), (_OFF, {"enterprises_open_data"}), (None, {"enterprises_open_data"})],
)
def test_one_of_them_answers(register: RegisterSettings | None, connected: set[str]) -> None:
    registers = {"enterprises_open_data": _HERE} | ({} if register is None else {"enterprises": register})
    settings = Settings(registers=registers)
    assert set(connect(discover(), settings, RecordedWire(None, []), lambda _: None)) == connected
