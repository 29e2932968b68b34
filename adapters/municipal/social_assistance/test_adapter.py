"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.contract_test import AdapterContract
from adapters.kit.receiver_contract_test import ReceiverContract
from schema.terms import AtvkCode, PersonCode, Resident


class TestSocialAssistance(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent

    def subject(self, text: str) -> Resident:
        """Municipality and digits, with a slash between them."""
        municipality, person = text.split("/")
        return Resident(AtvkCode(municipality), PersonCode(person))

    def some_subject(self, number: int) -> Resident:
        """Invented, another for each number, all in one municipality."""
        return Resident(AtvkCode("0054000"), PersonCode(f"391{number:08}"))


class TestSubmissions(ReceiverContract):
    """Claims to the social service."""

    folder = Path(__file__).parent
    follows = True
    claim_type = "housing-benefit"
    list_name = "iesniegumi"
    reference_name = "lietasNumurs"
