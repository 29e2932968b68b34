"""Asking for explanations in tests."""

from __future__ import annotations

from typing import Any

from tests.answers import clean
from tests.running_gateway import RunningGateway

ASK = """query ($operation: String!, $variables: JSON, $operationName: String) {
  explain(operation: $operation, variables: $variables, operationName: $operationName) {
    allowed
    decisions { path coordinate allowed rules reason remedy }
    registerCalls { register { id title } operation calls keys }
    accessLogEntries
    problems { code message field }
  }
}"""


def explain(gateway: RunningGateway, operation: str, persona: str, **more: Any) -> dict[str, Any]:
    _, body = gateway.post(ASK, {"operation": operation, **more}, persona)
    explanation: dict[str, Any] = clean(body)["explain"]
    return explanation
