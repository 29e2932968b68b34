"""The recorded replies of an adapter's folder: what was asked in a case gets the reply that was recorded for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from adapters.sandbox.contracts.envelopes import NAMESPACES
from adapters.sandbox.soap import Element, SoapError, parse


@dataclass(frozen=True, slots=True)
class _Case:
    asked: frozenset[str]
    body: Element


class Recorded:
    """The cases of one folder; files that hold no SOAP envelope are passed over.

    Args:
        folder: with ``*.case.json`` and the replies they name; None: no cases.
    """

    def __init__(self, folder: Path | None) -> None:
        found = {path.name: _read(path) for path in (sorted(folder.glob("*.case.json")) if folder is not None else ())}
        self._cases = [case for case in found.values() if case is not None]
        self.cases = {name: case is not None for name, case in found.items()}
        """Files of cases, each with whether it can be served."""

    def find(self, asked: Mapping[str, Sequence[str]], answer: str) -> list[Element] | None:
        """The body's elements of the case that is about exactly these subjects.

        Args:
            asked: the request's texts by name.
            answer: name of the operation's answer; the reply of another operation does not fit.
        """
        for case in self._cases:
            first = next(iter(case.body), None)
            fitting = first is not None and (first.tag == answer or etree.QName(first).localname == "Fault")
            if fitting and any(frozenset(values) == case.asked for values in asked.values()):
                return [deepcopy(one) for one in case.body if isinstance(one.tag, str)]
        return None


def _read(path: Path) -> _Case | None:
    try:
        content = json.loads(path.read_bytes())
        asked = frozenset(str(one) for one in content.get("ask_on_the_wire") or content["ask"])
        root = parse((path.parent / str(content["reply"])).read_bytes())
    except (OSError, ValueError, KeyError, TypeError, SoapError):
        return None
    body = next((found for one in NAMESPACES.values() if (found := root.find(f"{{{one}}}Body")) is not None), None)
    return None if body is None or not asked else _Case(asked, body)
