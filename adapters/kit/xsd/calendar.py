"""Days, times and moments as XML Schema writes them: with their zone, where they have one, and to the last digit."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any

_ZONE = r"(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_CLOCK = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
_DATE = re.compile(rf"(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_ZONE}", re.ASCII)
_TIME = re.compile(rf"{_CLOCK}{_ZONE}", re.ASCII)
_DATE_TIME = re.compile(rf"(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})T{_CLOCK}{_ZONE}", re.ASCII)
_MICROSECONDS = 6


class Day(date):
    """A day that was written with a zone. Equal to the plain day, and to the same day of the same zone."""

    zone: str
    """``Z`` or an offset: ``+02:00``."""

    @classmethod
    def of(cls, day: date, zone: str) -> Day:
        """The day in a zone."""
        made = cls(day.year, day.month, day.day)
        made.zone = zone
        return made

    def __eq__(self, other: object) -> bool:
        return date.__eq__(self, other) is True and (not isinstance(other, Day) or other.zone == self.zone)

    def __hash__(self) -> int:
        return date.__hash__(self)


class Moment(datetime):
    """A moment that was written to more digits than microseconds. Equal to the plain one, and to the same digits."""

    fraction: str
    """Every digit after the second's point."""

    @classmethod
    def of(cls, moment: datetime, fraction: str) -> Moment:
        """The moment with its digits."""
        made = cls.combine(moment.date(), moment.timetz())
        made.fraction = fraction
        return made

    def __eq__(self, other: object) -> bool:
        same = datetime.__eq__(self, other) is True
        return same and (not isinstance(other, Moment) or other.fraction == self.fraction)

    def __hash__(self) -> int:
        return datetime.__hash__(self)


def read_date(text: str) -> date:
    """A plain ``date``, or :class:`Day` where a zone is written. Raises: ValueError."""
    match = _matched(_DATE, text)
    day = date.fromisoformat(match["day"])
    return day if match["zone"] is None else Day.of(day, match["zone"])


def write_date(value: Any) -> str:
    """The inverse of :func:`read_date`. Raises: TypeError."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("not a day")
    return date.isoformat(value) + (value.zone if isinstance(value, Day) else "")


def read_time(text: str) -> time:
    """A time of the day, aware where a zone is written. Raises: ValueError; also for more digits than six."""
    match = _matched(_TIME, text)
    fraction = (match["fraction"] or "").rstrip("0")
    if len(fraction) > _MICROSECONDS:
        raise ValueError("more digits than a time has")
    made, _ = _clock(match)
    return made.replace(tzinfo=_zone(match["zone"]))


def write_time(value: Any) -> str:
    """The inverse of :func:`read_time`. Raises: TypeError."""
    if not isinstance(value, time):
        raise TypeError("not a time")
    return _with_zone(value.replace(tzinfo=None).isoformat(), value.utcoffset())


def read_date_time(text: str) -> datetime:
    """A moment with its zone; naive where none is written: which moment that is, the contract does not say.

    Raises: ValueError.
    """
    match = _matched(_DATE_TIME, text)
    clock, days = _clock(match)
    try:
        moment = datetime.combine(date.fromisoformat(match["day"]) + timedelta(days=days), clock)
    except OverflowError:
        raise ValueError("beyond the calendar") from None
    moment = moment.replace(tzinfo=_zone(match["zone"]))
    fraction = (match["fraction"] or "").rstrip("0")
    return Moment.of(moment, fraction) if len(fraction) > _MICROSECONDS else moment


def write_date_time(value: Any) -> str:
    """The inverse of :func:`read_date_time`. Raises: TypeError."""
    if not isinstance(value, datetime):
        raise TypeError("not a moment")
    if isinstance(value, Moment):
        text = f"{datetime.isoformat(value.replace(tzinfo=None, microsecond=0))}.{value.fraction}"
    else:
        text = datetime.isoformat(value.replace(tzinfo=None))
    return _with_zone(text, value.utcoffset())


def plain_day(day: date) -> date:
    """The day as records have it: what zone it was written with says where it is that day, and it is the same day."""
    return day if type(day) is date else date(day.year, day.month, day.day)


def in_utc(moment: datetime) -> datetime:
    """The moment as records have it. Raises: ValueError: it has no zone, so which moment it is would be a guess."""
    if moment.tzinfo is None:
        raise ValueError("a time without zone")
    moment = moment.astimezone(UTC)
    return datetime.combine(moment.date(), moment.timetz())


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError("not of the type's form")
    return match


def _clock(match: re.Match[str]) -> tuple[time, int]:
    """The time, and how many days later it is: 24:00:00 is the next day's midnight."""
    fraction = (match["fraction"] or "")[:_MICROSECONDS].ljust(_MICROSECONDS, "0")
    if match["hour"] == "24":
        if (match["minute"], match["second"]) != ("00", "00") or (match["fraction"] or "").strip("0"):
            raise ValueError("after midnight")
        return time(), 1
    return time(int(match["hour"]), int(match["minute"]), int(match["second"]), int(fraction)), 0


def _zone(text: str | None) -> tzinfo | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return timezone(offset if text[0] == "+" else -offset)


def _with_zone(text: str, offset: timedelta | None) -> str:
    if offset is None:
        return text
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return f"{text}Z"
    return f"{text}{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
