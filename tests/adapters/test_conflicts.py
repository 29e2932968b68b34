"""An owner says 409, that it has the message, and the question for its receipt fails: nobody knows what is there."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from adapters.kit.errors import Unavailable
from adapters.kit.recorded import a_context
from adapters.kit.wire import WireReply, WireRequest

OWNERS = {
    "adapters.municipal.social_assistance.test_adapter": "TestSubmissions",
    "adapters.municipal.social_casework.test_adapter": "TestApplications",
    "adapters.registers.revenue.test_adapter": "TestDeclarations",
}


class Conflicting:
    """Answers 409, then something else, or nothing."""

    def __init__(self, then: int | None) -> None:
        self._then = then
        self.asked = 0

    async def request(self, request: WireRequest) -> WireReply:
        self.asked += 1
        if self.asked == 1:
            return WireReply(409, {}, b"")
        if self._then is None:
            raise Unavailable(request.register, "no connection", sent=False)
        return WireReply(self._then, {}, b"")


@pytest.mark.parametrize("then", [None, 400, 403, 404, 503])
@pytest.mark.parametrize("module", OWNERS)
async def test_a_question_that_fails_leaves_the_message_in_doubt(module: str, then: int | None) -> None:
    recorded: Any = getattr(importlib.import_module(module), OWNERS[module])()
    wire = Conflicting(then)
    with pytest.raises(Unavailable) as caught:
        await recorded._register(wire).deliver(recorded._claim(), "message-1", a_context())
    assert caught.value.sent
    assert wire.asked == 2
