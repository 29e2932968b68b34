"""Answers checked against a claim type's form, without repeating any of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from gateway.claims.problems import Problem
from schema.personal import may_hold_code
from schema.terms import ProblemCode
from schema.text import Text

_UNFINISHED = frozenset({"required", "dependentRequired", "minProperties", "minItems"})
"""Keywords that a draft may still fail: something is only not there yet."""

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Control characters, as they come along where text is pasted."""
_SIGNS = Text(
    "The text has control characters that cannot be sent. Type it anew.",
    "Tekstā ir vadības rakstzīmes, kuras nevar nosūtīt. Ierakstiet to no jauna.",
)
_NO_SUCH_QUESTION = Text("The form has no such question.", "Veidlapā šāda jautājuma nav.")
_TOO_LARGE = Text("The number is too large.", "Skaitlis ir pārāk liels.")
_TOO_SMALL = Text("The number is too small.", "Skaitlis ir pārāk mazs.")
_MESSAGES: Mapping[str, Text] = {
    "additionalProperties": _NO_SUCH_QUESTION,
    "unevaluatedProperties": _NO_SUCH_QUESTION,
    "const": Text("This is not the expected answer.", "Šī nav gaidītā atbilde."),
    "enum": Text("This is not one of the possible answers.", "Šī nav neviena no iespējamām atbildēm."),
    "exclusiveMaximum": _TOO_LARGE,
    "exclusiveMinimum": _TOO_SMALL,
    "maximum": _TOO_LARGE,
    "minimum": _TOO_SMALL,
    "maxItems": Text("There are too many entries.", "Ierakstu ir pārāk daudz."),
    "minItems": Text("There are too few entries.", "Ierakstu ir pārāk maz."),
    "maxLength": Text("The text is too long.", "Teksts ir pārāk garš."),
    "minLength": Text("The text is too short.", "Teksts ir pārāk īss."),
    "uniqueItems": Text("An entry occurs twice.", "Kāds ieraksts ir divreiz."),
}


class Form:
    """A compiled form. Compile once for each claim type; checking keeps no state.

    Args:
        schema: JSON Schema (2020-12) of the answers, an object.

    Raises:
        ValueError: the schema is not a valid one.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        try:
            Draft202012Validator.check_schema(dict(schema))
        except SchemaError as error:
            raise ValueError(f"the form is not a JSON Schema: {error.json_path}") from None
        self._validator = Draft202012Validator(dict(schema), format_checker=Draft202012Validator.FORMAT_CHECKER)

    def problem(self, answers: object, *, complete: bool) -> Problem | None:
        """The first thing that is wrong, in the order of the answers; None where all is well.

        Args:
            answers: the JSON value as received.
            complete: whether every required answer has to be there; a draft may still be unfinished.
        """
        if not _storable(answers):
            message = Text(
                "The answers hold something that JSON cannot say.", "Atbildēs ir kaut kas, ko JSON nevar pateikt."
            )
            return Problem(ProblemCode.ANSWERS_INVALID, message, "/answers")
        try:
            errors = [e for e in self._validator.iter_errors(answers) if complete or not _only_unfinished(e)]
        except RecursionError:
            return Problem(
                ProblemCode.ANSWERS_INVALID,
                Text("The answers are nested too deeply.", "Atbildes ir pārāk dziļi ievietotas."),
                "/answers",
            )
        if not errors:
            return _unsendable(answers)
        first = min(errors, key=_order)
        return Problem(ProblemCode.ANSWERS_INVALID, _message(first), _pointer(first))


def _storable(answers: object) -> bool:
    """False for half a surrogate pair, which a JSON parser lets through, and for numbers that are none."""
    try:
        json.dumps(answers, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _unsendable(answers: object) -> Problem | None:
    """The first text that has a sign which no owner that speaks XML can be sent, in the order of the answers."""
    left: list[tuple[str, object]] = [("/answers", answers)]
    while left:
        place, value = left.pop()
        if isinstance(value, str):
            if _NOT_IN_XML.search(value):
                return Problem(ProblemCode.ANSWERS_INVALID, _SIGNS, place)
        elif isinstance(value, Mapping):
            if any(_NOT_IN_XML.search(str(name)) for name in value):
                return Problem(ProblemCode.ANSWERS_INVALID, _SIGNS, place)
            left += reversed([(f"{place}/{_escape(name)}", each) for name, each in value.items()])
        elif isinstance(value, Sequence):
            left += reversed([(f"{place}/{at}", each) for at, each in enumerate(value)])
    return None


def _only_unfinished(error: ValidationError) -> bool:
    if error.validator in _UNFINISHED:
        return True
    if error.validator in ("anyOf", "oneOf") and error.context:
        branches: dict[object, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        return any(all(_only_unfinished(inner) for inner in branch) for branch in branches.values())
    return False


def _order(error: ValidationError) -> tuple[Sequence[str], str]:
    return [str(part) for part in error.absolute_path], str(error.validator)


def _message(error: ValidationError) -> Text:
    keyword = str(error.validator)
    if keyword in ("required", "dependentRequired"):
        return Text("An answer is missing.", "Trūkst atbildes.")
    if keyword == "type":
        return _WRONG_TYPE.filled(types=_types(error.validator_value))
    return _MESSAGES.get(keyword, _OTHERWISE)


_WRONG_TYPE = Text("The answer has the wrong type: expected {types}.", "Atbildei ir nepareizs tips: vajag {types}.")
_OTHERWISE = Text("The answer does not have the form that is expected.", "Atbildei nav gaidītās formas.")


def _types(value: object) -> Text:
    named = value if isinstance(value, list) else [str(value)]
    return Text(" or ".join(named), " vai ".join(named))


def _pointer(error: ValidationError) -> str:
    parts: list[object] = list(error.absolute_path)
    extra = _EXTRA_PARTS.get(str(error.validator))
    if extra is not None:
        parts += extra(error)
    return "".join(f"/{_escape(part)}" for part in ("answers", *parts))


def _missing(error: ValidationError) -> list[object]:
    """The schema's name for it; the message of one error starts with it, quoted."""
    wanted: object = error.validator_value
    if not isinstance(wanted, list) or not isinstance(error.instance, Mapping):
        return []
    return [name for name in wanted if name not in error.instance and error.message.startswith(repr(name))][:1]


def _unknown(error: ValidationError) -> list[object]:
    """The caller's own name for a question the form has not, unless it is long or may be a personal code."""
    schema: object = error.schema
    known = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
    if not isinstance(error.instance, Mapping):
        return []
    for name in error.instance:
        if name not in known and len(str(name)) <= 64 and not may_hold_code(str(name)):
            return [name]
    return []


_EXTRA_PARTS: Mapping[str, Callable[[ValidationError], list[object]]] = {
    "required": _missing,
    "additionalProperties": _unknown,
    "unevaluatedProperties": _unknown,
}


def _escape(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
