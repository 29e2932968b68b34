"""What is wrong with an adapter that cannot be used, in words for whoever keeps it: what, where, and what to do."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.manifest import ManifestError

_LONGEST = 240
_CONNECTS = "adapter.py has to offer connect(connection, wire, clock); docs/how-to/adapter-outside-the-tree.md has one."


class AdapterBroken(Exception):  # noqa: N818 - a state, as it is reported
    """An adapter cannot be used.

    Args:
        problem: what is wrong, and where.
        remedy: what to do.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An adapter that was found and is not used. Says what, where and what to do; holds no traceback."""

    name: str
    """Its folder's, or its entry point's."""
    where: str
    """Where it was found."""
    problem: str
    remedy: str


def what_is_wrong(error: BaseException, name: str, where: str, folder: Path | None) -> Quarantined:
    """Whatever an adapter raised, as a report.

    Args:
        folder: the adapter's own; of the places that an exception passed, the last one in it is named.
    """
    problem, remedy = _explained(error, folder)
    return Quarantined(name, where, problem, remedy)


def _explained(error: BaseException, folder: Path | None) -> tuple[str, str]:
    if isinstance(error, AdapterBroken):
        return error.problem, error.remedy
    if isinstance(error, ManifestError):
        return _words(error), "Correct manifest.toml; docs/how-to/adapter-outside-the-tree.md shows its keys."
    place = _place(error, folder)
    if isinstance(error, UnsupportedConstruct):
        remedy = "gateway adapter inspect names everything in the contract that cannot be read, and what can."
        return f"{place}the contract cannot be used: {_words(error)}", remedy
    if isinstance(error, SyntaxError):
        return f"{_file(error, folder)}, line {error.lineno}: is not Python ({error.msg})", "Correct the line."
    if isinstance(error, ImportError):
        remedy = "Install what it needs into the gateway's environment, or correct the name."
        return f"{place}{type(error).__name__}: {_words(error)}", remedy
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        remedy = "Put the file there: the published contract, untouched."
        return f"{place}{_relative(Path(str(error.filename)), folder)} is not there", remedy
    if isinstance(error, SystemExit):
        return f"{place}it ends the program", "An adapter raises no SystemExit; take the line out."
    remedy = "Correct the line; gateway adapter list shows whether the adapter loads then."
    return f"{place}{type(error).__name__}: {_words(error)}", remedy


def no_connect() -> AdapterBroken:
    """``adapter.py`` does not offer what it has to."""
    return AdapterBroken("adapter.py has no connect(connection, wire, clock)", _CONNECTS)


def _place(error: BaseException, folder: Path | None) -> str:
    if folder is None:
        return ""
    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__, limit=-200)
        if Path(frame.filename).is_relative_to(folder)
    ]
    return f"{_relative(Path(inside[-1].filename), folder)}, line {inside[-1].lineno}: " if inside else ""


def _file(error: SyntaxError, folder: Path | None) -> str:
    return _relative(Path(error.filename or "a file"), folder)


def _relative(path: Path, folder: Path | None) -> str:
    if folder is not None and path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    return path.name


def _words(error: BaseException) -> str:
    """The first line of what an exception says, without what could move a terminal's cursor."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001 - an exception that cannot say itself
        lines = []
    text = "".join(letter if letter.isprintable() else "?" for letter in lines[0]) if lines else "says nothing"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
