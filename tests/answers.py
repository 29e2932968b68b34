"""Reading GraphQL answers in tests."""

from __future__ import annotations

from typing import Any


def errors_by_path(body: dict[str, Any]) -> dict[str, str]:
    """Error codes by path, e.g. ``claim.applicant.income`` -> ``FORBIDDEN``."""
    return {
        ".".join(str(part) for part in error.get("path", ())): error["extensions"]["code"]
        for error in body.get("errors", ())
    }


def codes(body: dict[str, Any]) -> set[str]:
    """All error codes of an answer."""
    return {error["extensions"]["code"] for error in body.get("errors", ())}


def clean(body: dict[str, Any]) -> dict[str, Any]:
    """The data of an answer without errors."""
    assert "errors" not in body, body["errors"]
    data: dict[str, Any] = body["data"]
    return data
