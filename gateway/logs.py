"""The gateway's log: JSON lines without personal data.

Our own lines name what happened in fixed words. Of other libraries' lines only their place and level are kept, since
their texts hold addresses and values; of an exception its type and place, never its text.
"""

from __future__ import annotations

import logging
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

import orjson
import structlog
from structlog.typing import FilteringBoundLogger

from gateway import last_words
from gateway.clock import utc_now

_ROOT = Path(__file__).resolve().parent.parent
_FIXED_TEXTS = frozenset({"uvicorn.error", last_words.NAME})
"""Loggers whose message templates hold no data; their arguments still may."""


class _Unfailing:
    """A stream on which a line is lost rather than the work that it tells of: full, closed, or read by nobody."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:  # and no context manager: it costs as much as the line of a request
            return self._stream.write(text)
        except (OSError, ValueError):
            return 0

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            return


@dataclass(slots=True)
class _Plain:
    stream: _Unfailing | None
    """None: lines of level INFO are left out, or nothing is configured yet."""


_plain = _Plain(None)
_LINE = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send the log, and what other libraries log from WARNING on, to one stream.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``: ours alone.
        stream: standard error by default. Where it cannot be written, lines are lost and nothing else is.
    """
    unfailing = _Unfailing(stream or sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", unfailing)),
        cache_logger_on_first_use=False,
    )
    _plain.stream = unfailing if level in ("DEBUG", "INFO") else None
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


def plain(part: str, event: str, values: dict[str, Any]) -> None:
    """Write a line of level INFO as :func:`get` would, at a quarter of its cost: for what is written of every request.

    Args:
        part: as of :func:`get`.
        event: what happened, in fixed words.
        values: of JSON's own types, without half of a surrogate pair.
    """
    stream = _plain.stream
    if stream is not None:
        line = {"part": part, **values, "event": event, "level": "info", "timestamp": utc_now()}
        stream.write(orjson.dumps(line, option=_LINE).decode())
        stream.flush()


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
