"""The adapter holds what every adapter that receives claims has to hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from adapters.kit.receiver_contract_test import ReceiverContract


class TestReliefs(ReceiverContract):
    """Claims of property tax relief."""

    folder = Path(__file__).parent
    claim_type = "property-tax-relief"
    answers: ClassVar[Mapping[str, Any]] = {
        "cadastreNumber": "96010050101",
        "ground": "OTHER",
        "noEconomicActivity": True,
    }
    words: ClassVar[Mapping[str, str]] = {"OTHER": "CITS"}
    list_name = "iesniegumi"
    reference_name = "lietasNumurs"
    repeats_are_one_case = False
    takes_legal_entities = True
    follows = True
