"""The day that counts: contracts, mandates and quotas go by the day in Rīga."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

RIGA = ZoneInfo("Europe/Riga")


def day_in_riga(now: datetime) -> date:
    """The calendar day in Rīga at an aware time."""
    return now.astimezone(RIGA).date()
