"""Values as Python writes them, in code that people go on with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from adapters.kit.xsd.types import NIL


class Code(str):
    """An expression that stands as it is."""

    __slots__ = ()


def literal(value: Any) -> str:
    """The expression of a value of the wire."""
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {literal(each)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    if value is NIL:
        return "NIL"
    if isinstance(value, Decimal):
        return f'Decimal("{value}")'
    if isinstance(value, datetime):
        return f'datetime.fromisoformat("{datetime.isoformat(value)}")'
    if isinstance(value, date):
        return f'date.fromisoformat("{date.isoformat(value)}")'
    if isinstance(value, time):
        return f'time.fromisoformat("{value.isoformat()}")'
    return repr(str(value) if isinstance(value, str) else value).replace("'", '"') if _quotes(value) else repr(value)


def _quotes(value: Any) -> bool:
    return isinstance(value, str) and "'" not in value and '"' not in value and "\\" not in repr(value)


def placed(value: Any, path: tuple[str, ...], new: Any) -> Any:
    """The value with another one at a path; dictionaries on the way are made where they are missing."""
    if not path:
        return new
    made = dict(value) if isinstance(value, Mapping) else {}
    made[path[0]] = placed(made.get(path[0]), path[1:], new)
    return made


def beside(request: Any, key: tuple[str, ...]) -> tuple[str, ...]:
    """What a request says beside its key, each value with its place."""
    at_key = f"{'/'.join(key)}: "
    return tuple(each for each in places(request) if not each.startswith(at_key))


def places(value: Any, path: str = "") -> list[str]:
    """Each single value with its place, for a person to look at."""
    if isinstance(value, Mapping) and value:
        return [one for key, each in value.items() for one in places(each, f"{path}/{key}" if path else str(key))]
    return [f"{path}: {literal(value)}"]


IMPORTS = {
    "Decimal(": "from decimal import Decimal",
    "datetime.": "from datetime import datetime",
    "date.": "from datetime import date",
    "time.": "from datetime import time",
    "NIL": "from adapters.kit.xsd.types import NIL",
}
