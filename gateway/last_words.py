"""What Python prints by itself where nobody asks it to: warnings, and the exceptions of threads and of finalizers.

Their texts hold whatever was at hand, a person's data too. They go the way of what other libraries log
(``gateway.logs``): that it happened, its type and its place. Standard library only, since every command begins here.
"""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from typing import TextIO

NAME = "gateway.last_words"


def take_over() -> None:
    """For the whole process, from its first line on."""
    logging.lastResort = _Place()
    warnings.showwarning = _warned
    threading.excepthook = lambda told: _ended("a thread ended", told.exc_value)
    sys.unraisablehook = lambda told: _ended("an exception reached nobody", told.exc_value)


class _Place(logging.Handler):
    """For whatever has no handler, as nothing has where no log is kept: a line on standard error without the text."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"gateway: {record.name} has something to say at {record.filename}:{record.lineno}\n")


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    logger = logging.getLogger(NAME)
    logger.handle(logger.makeRecord(NAME, logging.WARNING, filename, lineno, category.__name__, (), None))


def _ended(what: str, error: BaseException | None) -> None:
    logging.getLogger(NAME).error(what, exc_info=error)
