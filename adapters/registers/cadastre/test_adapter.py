"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from adapters.kit.contract_test import AdapterContract
from adapters.kit.receiver_contract_test import ReceiverContract
from adapters.kit.soap_owner import SoapOwner
from schema.terms import PersonCode, RegistrationNumber


class TestCadastre(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent

    def subject(self, text: str) -> PersonCode | RegistrationNumber:
        """Digits; people's begin with 39."""
        return PersonCode(text) if text.startswith("39") else RegistrationNumber(text)

    def some_subject(self, number: int) -> PersonCode:
        """Invented, another for each number."""
        return PersonCode(f"391{number:08}")


class TestExtracts(ReceiverContract):
    """Requests for extracts."""

    folder = Path(__file__).parent
    claim_type = "cadastre-extract"
    answers: ClassVar[Mapping[str, Any]] = {
        "cadastreNumbers": ["96010050101", "96640020017"],
        "purpose": '{env.HOME} "</a><b>" ]]> āžš 007',
    }
    repeats_are_one_case = False
    looks_up = False
    takes_legal_entities = True
    follows = True

    def owner(self) -> SoapOwner:
        """The cadastre."""
        return SoapOwner(
            "Sutijums", "IzzinasNumurs", "SutijumaId", namespace="urn:lv:vzd:kadastrs:v1", look_up="AtrastSutijumu"
        )
