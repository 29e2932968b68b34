"""Recorded cases of an adapter's folder: ``cases/*.case.json`` beside the replies that they name.

::

    {"what": "...", "record_type": "NaturalPerson", "ask": ["39100000011"], "reply": "anna.xml",
     "records": {"39100000011": {...}}}

``ask_on_the_wire`` is beside ``ask`` where keys stand otherwise in a request than people write them; a simulated
register tells by it whom a request is about. A subject in ``ask`` that is not in ``records`` is one that the register
does not know. The reply is the verbatim body of a 200 answer about invented people; ``{{message-id}}`` in it stands for
the id of the request, and ``{{request-hash}}`` for its SHA-512 in Base64, as X-Road's ``requestHash`` has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from schema.partial_date import PartialDate


class CaseError(ValueError):
    """A case is not written as it has to be. Says which file and why."""


@dataclass(frozen=True)
class Case:
    """One file of ``cases/``."""

    name: str
    what: str
    record_type: str
    ask: tuple[str, ...]
    body: bytes
    records: Mapping[str, Any]


def cases_of(folder: Path) -> list[Case]:
    """Every case of an adapter's folder. Raises: CaseError."""
    return [_case(path) for path in sorted((folder / "cases").glob("*.case.json"))]


def shown(value: Any) -> Any:
    """A record as plain JSON values, to compare with a case's ``records``."""
    match value:
        case msgspec.Struct():
            return {name: shown(getattr(value, name)) for name in value.__struct_fields__}
        case PartialDate():
            return value.isoformat()
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case tuple():
            return [shown(item) for item in value]
        case None | bool() | int() | str():
            return value
    return value.digits


def _case(path: Path) -> Case:
    try:
        data = json.loads(path.read_text("utf-8"))
        return Case(
            name=path.name.removesuffix(".case.json"),
            what=data["what"],
            record_type=data["record_type"],
            ask=tuple(data["ask"]),
            body=(path.parent / data["reply"]).read_bytes(),
            records=data["records"],
        )
    except OSError as error:
        file = path.name if error.filename is None else Path(error.filename).name
        raise CaseError(f"cases/{path.name}: {file} cannot be read: {error.strerror}") from None
    except KeyError as missing:
        raise CaseError(f"cases/{path.name}: it has no {missing}") from None
    except (ValueError, LookupError, TypeError) as error:
        raise CaseError(f"cases/{path.name}: it is no case: {error}") from None
