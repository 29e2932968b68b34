"""What an adapter says of a register goes into logs and to operators."""

from __future__ import annotations

import pytest

from adapters.kit.errors import Malformed, Rejected, Unavailable


@pytest.mark.parametrize("kind", [Malformed, Rejected, Unavailable])
@pytest.mark.parametrize("code", ["39100000011", "391000-00011", "LV39100000011"])
def test_no_personal_code_is_in_what_an_adapter_says(kind: type[Malformed], code: str) -> None:
    error = kind("revenue", f"no such person: {code}")
    for said in (error.what, str(error), repr(error)):
        assert "00011" not in said
        assert "no such person: " in said
