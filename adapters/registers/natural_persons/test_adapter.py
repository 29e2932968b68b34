"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from adapters.kit.contract_test import AdapterContract
from adapters.kit.receiver_contract_test import ReceiverContract
from adapters.kit.soap_owner import SoapOwner
from schema.terms import PersonCode


class TestNaturalPersons(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent

    def subject(self, text: str) -> PersonCode:
        """Digits."""
        return PersonCode(text)

    def some_subject(self, number: int) -> PersonCode:
        """Invented, another for each number."""
        return PersonCode(f"391{number:08}")


class TestDeclarations(ReceiverContract):
    """Declarations of residence."""

    folder = Path(__file__).parent
    claim_type = "residence-declaration"
    answers: ClassVar[Mapping[str, Any]] = {"addressCode": "104200001", "from": "2026-12-01", "basis": "OWNER"}
    words: ClassVar[Mapping[str, str]] = {"OWNER": "IPA"}
    repeats_are_one_case = False
    follows = True

    def owner(self) -> SoapOwner:
        """The register."""
        return SoapOwner(
            "Sutijums",
            "DeklaracijasNumurs",
            "SutijumaId",
            namespace="http://ivis.eps.gov.lv/XMLSchemas/100003/FPR/v1-0",
            look_up="AtrastSutijumu",
        )
