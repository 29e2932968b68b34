"""What zeep reads of a message, and whether it is what the kit reads, in zeep's own way of saying it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from lxml import etree
from zeep.helpers import serialize_object

from adapters.kit.xsd.types import NIL, Element, Xml


class CannotError(Exception):
    """zeep does not read this."""


def zeep_value(document: Any, element: Element, content: bytes) -> Any:
    """zeep's value of an element. Raises: CannotError."""
    try:
        declared = document.types.get_element(element.tag)
        value = declared.parse(etree.fromstring(content), document.types, context=None)
        return serialize_object(value, dict)
    except Exception as error:  # noqa: BLE001 - whatever it is, zeep cannot
        raise CannotError(type(error).__name__) from None


def difference(ours: Any, theirs: Any, path: str = "") -> str:
    """Where the two say something else; empty where they do not.

    zeep says None for nil and for absent, drops what it has no word for, and flattens groups: none of that is a
    difference. A value that it has, and that is another, is.
    """
    if ours is NIL or isinstance(ours, Xml):
        return ""
    if isinstance(ours, dict):
        return _of_dict(ours, theirs, path)
    if isinstance(ours, list | tuple):
        if isinstance(theirs, Mapping) and len(theirs) == 1:
            theirs = next(iter(theirs.values()))  # It takes a type with one list for the list.
        if not isinstance(theirs, list) or len(theirs) != len(ours):
            return f"{path}: {len(ours)} items"
        return next(
            (slip for one, other in zip(ours, theirs, strict=True) if (slip := difference(one, other, path))), ""
        )
    if isinstance(theirs, Mapping):
        theirs = theirs.get("_value_1")
    return "" if _equal(ours, theirs) else f"{path}: {type(ours).__name__}, zeep {type(theirs).__name__}"


def _of_dict(ours: Mapping[str, Any], theirs: Any, path: str) -> str:
    if "#type" in ours or "#nil" in ours:
        return ""
    if not isinstance(theirs, Mapping):
        own = [key for key in ours if ours[key] not in (NIL, [])]
        if len(own) == 1:  # It takes a type with one part for the part.
            return difference(ours[own[0]], theirs, f"{path}/{own[0]}")
        return "" if not own else f"{path}: zeep has no parts"
    for key, value in ours.items():
        if key.startswith("#") and key != "#text":
            continue
        name = "_value_1" if key == "#text" else key.removeprefix("@").rpartition("}")[2].rpartition(":")[2]
        if name.partition("#")[0] != name or name not in theirs:
            continue
        if slip := difference(value, theirs[name], f"{path}/{key}"):
            return slip
    return ""


def _equal(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, datetime) and isinstance(theirs, datetime):
        if ours.tzinfo is None or theirs.tzinfo is None:
            return ours.replace(tzinfo=None, microsecond=0) == theirs.replace(tzinfo=None, microsecond=0)
        return abs((ours - theirs).total_seconds()) < 1e-3
    if isinstance(ours, time) and isinstance(theirs, time):
        return ours.replace(tzinfo=None, microsecond=0) == theirs.replace(tzinfo=None, microsecond=0)
    if isinstance(ours, date) and isinstance(theirs, date):
        return (ours.year, ours.month, ours.day) == (theirs.year, theirs.month, theirs.day)
    if isinstance(ours, bytes):
        return ours == theirs or theirs in (None, "")
    if isinstance(ours, Decimal | int | float) and not isinstance(ours, bool):
        return ours == theirs or str(ours) == str(theirs) or repr(ours) == repr(theirs)
    if isinstance(ours, str):
        # Years, durations and names it reads to objects of its own.
        if theirs is None:
            return not ours.strip()
        return not isinstance(theirs, str) or ours.split() == theirs.split()
    return bool(ours == theirs)
