"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.contract_test import AdapterContract
from adapters.kit.receiver_contract_test import ReceiverContract
from schema.terms import PersonCode


class TestRevenue(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent

    def subject(self, text: str) -> PersonCode:
        """Digits."""
        return PersonCode(text)

    def some_subject(self, number: int) -> PersonCode:
        """Invented, another for each number."""
        return PersonCode(f"391{number:08}")


class TestDeclarations(ReceiverContract):
    """Annual income declarations."""

    folder = Path(__file__).parent
    follows = True
    claim_type = "annual-income-declaration"
    list_name = "deklaracijas"
    reference_name = "deklaracijasNumurs"
