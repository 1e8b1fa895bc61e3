"""Billing periods."""

import calendar
from datetime import UTC, datetime, timedelta


def add(moment, interval, count, anchor=None):
    """`moment` plus so many days, weeks, months or years. Months keep the anchor's day where they have it."""
    at = datetime.fromtimestamp(moment, UTC)
    if interval in ("day", "week"):
        return int((at + timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = at.year * 12 + at.month - 1 + count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    day = datetime.fromtimestamp(anchor or moment, UTC).day
    day = min(day, calendar.monthrange(year, month + 1)[1])
    return int(at.replace(year=year, month=month + 1, day=day).timestamp())
