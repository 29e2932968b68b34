"""Answers of the Data Tracker beside its published contract, and beside a shape of our own where that is not there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import yaml

CONTRACTS = Path(__file__).resolve().parents[4] / "shared" / "contracts"
REST = CONTRACTS / "openapi" / "ee-egov-aj-dumonitor-rest" / "dumonitor-openapi.yaml"
SOAP = CONTRACTS / "wsdl" / "ee-egov-aj-dumonitor" / "dumonitor.wsdl"
BEFORE = "/data-tracker"
"""What stands before the contract's paths here."""
STATUSES = {200, 400, 500}
"""That the contract knows. Whoever does not know another takes it for the first of its hundred (RFC 9110 §15)."""
ERRORS = {
    400: {"INVALID"},
    401: {"UNAUTHENTICATED"},
    403: {"FORBIDDEN"},
    405: {"INVALID"},
    429: {"QUOTA_EXCEEDED"},
    500: {"LOG_UNAVAILABLE", "INTERNAL"},
}
"""Codes of ours, by status."""

_text, _time = {"type": "string"}, {"type": "string", "format": "date-time"}
USAGE = {
    "type": "object",
    "required": ["logtime", "action", "receiverCode", "receiverName", "receiverSystem"],
    "additionalProperties": False,
    "properties": {
        "logtime": {**_time, "pattern": "Z$"},
        "action": {**_text, "minLength": 3},
        "receiverCode": {**_text, "pattern": "^[0-9]{11}$"},
        "receiverName": {**_text, "minLength": 3},
        "receiverSystem": {**_text, "minLength": 1},
    },
}
OURS: Mapping[str, Mapping[str, Any]] = {
    "/v2/findUsage": {
        "type": "object",
        "required": ["totalUsages", "usages"],
        "additionalProperties": False,
        "properties": {
            "totalUsages": {"type": "integer", "minimum": 0},
            "usages": {"type": "array", "maxItems": 1000, "items": USAGE},
        },
    },
    "/v2/usagePeriod": {
        "type": "object",
        "required": ["periodStart"],
        "additionalProperties": False,
        "properties": {"periodStart": {**_time, "pattern": "Z$"}},
    },
    "/v2/heartbeat": {
        "type": "object",
        "required": ["status", "message"],
        "additionalProperties": False,
        "properties": {"status": {"enum": ["OK", "FAIL"]}, "message": {**_text, "minLength": 3}},
    },
}
"""Invented: what an answer is, by path; narrower than the published contract."""
_formats = jsonschema.FormatChecker(formats=())


@_formats.checks("date-time")
def _is_time(value: object) -> bool:
    form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
    return not isinstance(value, str) or re.fullmatch(form, value) is not None


@_formats.checks("int32")
def _fits(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@cache
def published() -> Any:
    """The OpenAPI document; None where the contracts are not beside this project."""
    return yaml.safe_load(REST.read_text("utf-8")) if REST.exists() else None


def conforms(answer: httpx.Response) -> httpx.Response:
    """The answer. Raises: AssertionError, jsonschema.ValidationError: it is not as the contract, or our shape, has it."""
    path = answer.request.url.path.removeprefix(BEFORE)
    assert answer.headers["content-type"].partition(";")[0] == "application/json"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-request-id"]
    assert answer.status_code // 100 * 100 in STATUSES
    if answer.status_code != 200:
        _is_error(answer)
        return answer
    _validate(OURS[path], answer.json())
    document = published()
    if document is not None:
        responses = document["paths"][path]["get"]["responses"]
        assert {int(status) for status in responses} == STATUSES
        schema = responses["200"]["content"]["application/json"]["schema"]
        _validate({**schema, "components": document["components"]}, answer.json())
    return answer


def _validate(schema: Mapping[str, Any], value: Any) -> None:
    jsonschema.Draft202012Validator(schema, format_checker=_formats).validate(value)


def _is_error(answer: httpx.Response) -> None:
    assert answer.json().keys() == {"errors"}
    (error,) = answer.json()["errors"]
    assert error.keys() == {"message", "extensions"}
    assert error["extensions"].keys() == {"code", "remedy"}
    assert error["extensions"]["code"] in ERRORS[answer.status_code]
    assert len(error["message"]) > 3
    assert len(error["extensions"]["remedy"]) > 3
    waits = answer.status_code == 429 or error["extensions"]["code"] == "LOG_UNAVAILABLE"
    assert ("retry-after" in answer.headers) is waits
    assert ("www-authenticate" in answer.headers) is (answer.status_code == 401)
    assert answer.headers.get("allow") == ("GET" if answer.status_code == 405 else None)
