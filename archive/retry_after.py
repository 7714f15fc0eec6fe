"""Retry-After: when a host that is asked for too much wants to be asked again. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from archive.message import Response

BUSY = frozenset({429, 503})  # RFC 6585 clause 4, RFC 9110 clause 15.6.4
LONGEST_REST_S = 86_400.0  # that a Retry-After is obeyed


def retry_after_s(answer: Response | None, now: datetime) -> float | None:
    """Retry-After (RFC 9110 clause 10.2.3), in seconds or as a date; at most `LONGEST_REST_S`."""
    value = (answer.header("retry-after") or "").strip() if answer else ""
    if value.isdecimal():
        return min(float(value[:9]), LONGEST_REST_S)
    try:
        when = parsedate_to_datetime(value)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return min(max(0.0, (when - now).total_seconds()), LONGEST_REST_S)
    except (ValueError, OverflowError):
        return None


def rest_until(answer: Response | None, now: datetime) -> datetime | None:
    """Until when the whole host wants no request; None if it does not say so."""
    seconds = retry_after_s(answer, now) if answer and answer.status in BUSY else None
    return now + timedelta(seconds=seconds) if seconds else None
