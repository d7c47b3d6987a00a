"""Reads how long a publisher asks to wait, from the headers of its answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST_WAIT = timedelta(hours=24)  # what a site may ask for with Retry-After; 88 h has been seen
# What caches are told is mostly a setting of the whole site: it is heeded, but no feed goes unread for it for long.
_LONGEST_CACHED = timedelta(hours=1)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Return how long a Retry-After header asks to wait (seconds or a date), at most 24 h; None if it is no such."""
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]{1,12}", text, re.ASCII):
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    return _until(text, now, _LONGEST_WAIT)


def cached_for(cache_control: str | None, expires: str | None, now: datetime) -> timedelta | None:
    """Return how long an answer stays fresh by its Cache-Control or Expires, at most an hour; None if they say nothing.

    RFC 9111: max-age goes before Expires, whatever that says.
    """
    said = (cache_control or "")[:500].lower()
    if re.search(r"\b(no-cache|no-store)\b", said):
        return None
    if (age := re.search(r"\bmax-age\s{0,3}=\s{0,3}\"?([0-9]{1,12})", said)) is not None:
        return min(timedelta(seconds=int(age[1])), _LONGEST_CACHED) or None
    return _until((expires or "").strip(), now, _LONGEST_CACHED) or None


def _until(text: str, now: datetime, most: timedelta) -> timedelta | None:
    """Return how long it is from *now* to the HTTP date in *text*, at most *most*, at least nothing."""
    try:
        at = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    try:
        return min(max(at - now, timedelta()), most)
    except OverflowError:
        return None
