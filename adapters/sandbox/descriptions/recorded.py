"""The recorded replies of an adapter's folder: what was asked in a case gets the reply that was recorded for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.descriptions.written import read_text


@dataclass(frozen=True, slots=True)
class _Case:
    asked: frozenset[str]
    content: bytes
    value: Any


class Recorded:
    """The cases of one folder; replies that are no JSON are passed over.

    Args:
        folder: with ``*.case.json`` and the replies they name; None: no cases.
    """

    def __init__(self, folder: Path | None) -> None:
        found = {path.name: _read(path) for path in (sorted(folder.glob("*.case.json")) if folder is not None else ())}
        self._cases = [case for case in found.values() if case is not None]
        self.cases = {name: case is not None for name, case in found.items()}
        """Files of cases, each with whether it can be served."""

    def find(self, asked: Mapping[str, list[Any]], allows: Callable[[Any], bool]) -> bytes | None:
        """The reply of the case that is about exactly the subjects asked for, if it is one of this operation."""
        for case in self._cases:
            if any({str(value) for value in values} == case.asked for values in asked.values()) and allows(case.value):
                return case.content
        return None


def _read(path: Path) -> _Case | None:
    try:
        content = json.loads(path.read_bytes())
        # A key of several parts is said with its municipality before it; the request's body holds the last part.
        said = content.get("ask_on_the_wire") or (str(one).rpartition("/")[2] for one in content["ask"])
        asked = frozenset(map(str, said))
        reply = (path.parent / str(content["reply"])).read_bytes()
        return _Case(asked, reply, read_text(reply)) if asked else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
