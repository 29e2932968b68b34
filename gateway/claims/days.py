"""The day that counts: contracts, mandates and quotas go by the day in Rīga."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

RIGA = ZoneInfo("Europe/Riga")


def day_in_riga(now: datetime) -> date:
    """The calendar day in Rīga at an aware time."""
    return now.astimezone(RIGA).date()


def end_of_day_in_riga(day: date) -> datetime:
    """The moment at which a day in Rīga is over, UTC: the next one's midnight there."""
    return datetime.combine(day + timedelta(days=1), time(), RIGA).astimezone(UTC)
