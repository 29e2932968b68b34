"""JSON as RFC 8259 means it, from people we do not know: one meaning per text, or an error."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from schema.text import Text

_ANY_DEPTH = 64
_BLANK = " \t\n\r"
_NOT_JSON = Text("the text is not JSON", "teksts nav JSON")
_DEEP = Text(
    "arrays and objects lie more than {most} deep in one another",
    "masīvi un objekti ir ievietoti cits citā dziļāk nekā {most} līmeņos",
)


class NotStrictJson(ValueError):
    """The bytes are not JSON, or JSON that two readers could read differently. ``why`` repeats nothing of them."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


def loads(body: bytes, *, max_depth: int = _ANY_DEPTH) -> Any:
    """Read UTF-8 JSON.

    Args:
        body: the whole text.
        max_depth: how many arrays and objects may lie in one another.

    Raises:
        NotStrictJson: not UTF-8, not JSON, a name twice in one object, NaN or an infinite number, half of a surrogate
            pair, or nested too deeply.
    """
    try:
        text = body.decode("utf-8").strip(_BLANK)
        value, end = _SCAN(text, 0)
    except UnicodeDecodeError:
        raise NotStrictJson(Text("the text is not UTF-8", "teksts nav UTF-8")) from None
    except RecursionError:
        raise NotStrictJson(_DEEP.filled(most=max_depth)) from None
    except NotStrictJson:
        raise
    except (ValueError, StopIteration):
        raise NotStrictJson(_NOT_JSON) from None
    if end != len(text):
        raise NotStrictJson(_NOT_JSON)
    # The count of opening brackets bounds the depth: the usual body is never walked.
    if body.count(b"[") + body.count(b"{") > max_depth:
        _check_depth(value, max_depth)
    if b"\\u" in body:
        _check_surrogates(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotStrictJson(Text("an object has the same name twice", "objektā viens nosaukums ir divreiz"))
    return members


def _no_constant(_: str) -> NoReturn:
    raise NotStrictJson(Text("NaN and Infinity are not JSON", "NaN un Infinity nav JSON"))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotStrictJson(Text("a number is too large", "skaitlis ir pārāk liels"))
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
_SCAN: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined]  # typeshed has it not
"""Text and place -> value and where it ends: what ``decode`` comes to by two calls of its own."""


def _check_depth(value: Any, max_depth: int) -> None:
    level = [value]
    for _ in range(max_depth + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return
    raise NotStrictJson(_DEEP.filled(most=max_depth))


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotStrictJson(Text("a string holds half of a surrogate pair", "tekstā ir puse no surogātpāra")) from None
