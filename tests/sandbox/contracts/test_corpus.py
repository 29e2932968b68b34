"""Every contract of real registers that is at hand is read, written and simulated."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from adapters.sandbox.contracts.reading import read_contract
from adapters.sandbox.contracts.simulated import simulated_desk
from adapters.sandbox.exchange import Asked, Reply, Twist
from tests.machine import requires_folder
from tests.sandbox.contracts.asking import call_of
from tests.sandbox.contracts.corpus import CORPUS, contracts, count

WITHOUT_ITS_TYPES = "ee-xroad5-legacy"
"""Every operation of it names types of a schema that is no longer published."""
CONTRACTS = dict(contracts()) if CORPUS.is_dir() else {"the corpus": CORPUS}


@pytest.fixture(params=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Path:
    requires_folder(CORPUS)
    return CONTRACTS[request.param]


def test_instances_of_every_message_are_valid(contract: Path) -> None:
    counted = count(contract, 5)
    assert counted.failures == []
    assert counted.dropped == 0
    assert counted.instances > counted.operations or WITHOUT_ITS_TYPES in contract.parts


def test_every_operation_is_answered_as_the_contract_says_and_refused_with_its_own_faults(contract: Path) -> None:
    reading = read_contract(contract)
    assert bool(reading.operations) == (WITHOUT_ITS_TYPES not in contract.parts)
    for key, operation in reading.operations.items():
        desk = simulated_desk("register", contract)
        asked = desk.open(call_of(reading, key))
        assert isinstance(asked, Asked), asked
        assert asked.operation == key
        first = desk.answer(asked, Twist.NONE)
        assert first == desk.answer(asked, Twist.NONE)
        assert first.status == (202 if operation.answer is None else 200)
        assert operation.answer is None or operation.answer.encoded or reading.schema.validate(_content(first))
        refused = desk.answer(asked, Twist.DECLARED_FAULT)
        assert refused.status == 500
        for declaration in [*operation.faults.values()][:1]:
            (detail,) = list(_content(refused).iter(declaration.name))
            assert reading.schema.validate(detail)


def _content(reply: Reply) -> etree._Element:
    body = etree.fromstring(reply.body)[-1]
    return next(iter(body), body)
