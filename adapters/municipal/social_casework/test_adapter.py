"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.contract_test import AdapterContract
from adapters.kit.owner import Owner
from adapters.kit.receiver_contract_test import ReceiverContract
from schema.terms import AtvkCode, PersonCode, Resident

from .adapter import KEY


class TestSocialCasework(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent

    def subject(self, text: str) -> Resident:
        """Municipality and digits, with a slash between them."""
        municipality, person = text.split("/")
        return Resident(AtvkCode(municipality), PersonCode(person))

    def some_subject(self, number: int) -> Resident:
        """Invented, another for each number, all in one municipality."""
        return Resident(AtvkCode("0005000"), PersonCode(f"391{number:08}"))


class TestApplications(ReceiverContract):
    """Claims to the social service."""

    folder = Path(__file__).parent
    follows = True
    claim_type = "guaranteed-minimum-income"
    list_name = "sutijumi"
    reference_name = "lieta"
    message_id_name = "nr"

    def owner(self) -> Owner:
        """One that takes a message's id from another header."""
        return Owner(self.list_name, self.reference_name, self.message_id_name, KEY)
