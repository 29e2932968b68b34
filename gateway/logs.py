"""The gateway's log: JSON lines without personal data.

Our own lines name what happened in fixed words. Of other libraries' lines only their place and level are kept, since
their texts hold addresses and values; of an exception its type and place, never its text.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

_ROOT = Path(__file__).resolve().parent.parent
_FIXED_TEXTS = frozenset({"uvicorn.error"})
"""Loggers whose message templates hold no data; their arguments still may."""


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send the log, and what other libraries log from WARNING on, to one stream.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``: ours alone.
        stream: standard error by default.
    """
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [OtherLibraries()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.WARNING)


def get(name: str) -> FilteringBoundLogger:
    """The log of one part of the gateway.

    Args:
        name: what the lines carry as ``part``.
    """
    logger: FilteringBoundLogger = structlog.get_logger(part=name)
    return logger


def accident(error: BaseException) -> dict[str, str]:
    """Type of an exception, and the last place in our own code that it passed: all that a log may hold of it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT) and ".venv" not in frame.filename]
    kind = type(error)
    found = {"error": f"{kind.__module__}.{kind.__qualname__}"}
    for place in (ours or list(frames))[-1:]:
        found["at"] = f"{Path(place.filename).name}:{place.lineno} in {place.name}"
    return found


class OtherLibraries(logging.Handler):
    """Passes on that a library logged something, and where."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line. Shape: ``part``, ``at``, and ``text`` where the library's templates are known to be plain."""
        line: dict[str, Any] = {"at": f"{record.filename}:{record.lineno}"}
        if record.name in _FIXED_TEXTS and isinstance(record.msg, str):
            line["text"] = record.msg.strip()
        if record.exc_info and record.exc_info[1] is not None:
            line |= accident(record.exc_info[1])
        get(record.name).log(record.levelno, "a library logged", **line)
