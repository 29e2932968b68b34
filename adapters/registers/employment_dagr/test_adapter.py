"""The adapter holds what every adapter has to hold."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.contract_test import AdapterContract
from schema.terms import PersonCode


class TestEmploymentAtDagr(AdapterContract):
    """Recorded replies, failures, damage."""

    folder = Path(__file__).parent

    def subject(self, text: str) -> PersonCode:
        """Digits."""
        return PersonCode(text)

    def some_subject(self, number: int) -> PersonCode:
        """Invented, another for each number."""
        return PersonCode(f"391{number:08}")
