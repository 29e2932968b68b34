"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from adapters.kit.contract_test import AdapterContract
from adapters.kit.receiver_contract_test import ReceiverContract
from adapters.kit.soap_owner import SoapOwner
from schema.terms import PersonCode


class TestSocialInsurance(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent

    def subject(self, text: str) -> PersonCode:
        """Digits."""
        return PersonCode(text)

    def some_subject(self, number: int) -> PersonCode:
        """Invented, another for each number."""
        return PersonCode(f"391{number:08}")


class _Applications(ReceiverContract):
    folder = Path(__file__).parent
    repeats_are_one_case = False
    follows = True

    def owner(self) -> SoapOwner:
        """The agency."""
        return SoapOwner(
            "Sutijums", "LietasNumurs", "SutijumaId", namespace="urn:lv:vsaa:sais:v1", look_up="AtrastSutijumu"
        )


class TestChildcare(_Applications):
    """For the care of a child."""

    claim_type = "childcare-benefit"
    answers: ClassVar[Mapping[str, Any]] = {"child": "39100000044", "account": "LV80BANK0000435195001"}


class TestPension(_Applications):
    """For a pension."""

    claim_type = "old-age-pension"
    answers: ClassVar[Mapping[str, Any]] = {
        "from": "2027-01-01",
        "workedAbroad": False,
        "workBefore1996": True,
        "account": "LV80BANK0000435195001",
    }
