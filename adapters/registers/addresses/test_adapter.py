"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.contract_test import AdapterContract
from schema.terms import AddressCode


class TestAddresses(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent

    def subject(self, text: str) -> AddressCode:
        """Digits."""
        return AddressCode(text)

    def some_subject(self, number: int) -> AddressCode:
        """Invented, another for each number."""
        return AddressCode(f"1{number:08}")
