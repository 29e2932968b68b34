"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.contract_test import AdapterContract
from schema.terms import RegistrationNumber


class TestVies(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent
    knows_absent = False

    def subject(self, text: str) -> RegistrationNumber:
        """Digits."""
        return RegistrationNumber(text)

    def some_subject(self, number: int) -> RegistrationNumber:
        """Invented, another for each number."""
        return RegistrationNumber(f"400{number:08}")
