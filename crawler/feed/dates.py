"""Reads the dates that feeds write, without ever making one up."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from crawler.feed.months import MONTHS
from crawler.model import Basis, Dated, Precision

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before that there were no feeds: a default of some software
AHEAD = timedelta(hours=24)  # how far a publisher's clock or zone may be off

# In minutes. Names that mean several zones (IST, AST) are left out: then the zone is not known.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60, "met": 60,
    "cest": 120, "mesz": 120, "mest": 120, "eet": 120, "eest": 180, "sast": 120, "cat": 120, "wat": 60, "eat": 180,
    "msk": 180, "msd": 240, "trt": 180, "pkt": 300, "ict": 420, "wib": 420, "hkt": 480, "sgt": 480, "awst": 480,
    "jst": 540, "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "akst": -540, "akdt": -480, "hst": -600, "art": -180, "brt": -180,
}  # fmt: skip

_TIME = (
    r"(?P<hour>\d{1,2})(?::|h)(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[ap]\.?m\.?)(?![a-z]))?"
)
_ZONE = r"(?:\s*(?P<zone>[a-z+\-\u2212(][^:]{0,30}(?::\d{2})?\)?))?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # 2024-03-10T17:15:00+01:00, 2024-03-10 17:15, 2024/03/10
        rf"(?P<year>\d{{4}})(?P<dash>[-/.])(?P<month>\d{{1,2}})(?P=dash)(?P<day>\d{{1,2}})(?:[t\s]\s?{_TIME}{_ZONE})?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
        r"(?:t?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?(?:\s*(?P<zone>[a-z+\-][^:]{0,30}(?::\d{2})?))?)?",
        # Sun, 10 Mar 2024 17:15:00 +0100; 10-Mar-24; 10. März 2024, 17:15 Uhr
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s-](?:de\s)?(?P<name>[^\W\d_]{{3,12}})\.?[\s,-]+(?:de\s)?{_YEAR}"
        rf"(?:,?\s+(?:at\s|um\s|à\s)?{_TIME}(?:\suhr)?{_ZONE})?",
        # March 10, 2024 5:15 PM EST
        rf"(?P<name>[^\W\d_]{{3,12}})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})"
        rf"(?:,?\s+(?:at\s)?{_TIME}{_ZONE})?",
        # Sun Mar 10 17:15:00 CET 2024
        rf"(?P<name>[^\W\d_]{{3,12}})\s(?P<day>\d{{1,2}})\s{_TIME}(?:\s(?P<zone>\S{{1,8}}))?\s(?P<year>\d{{4}})",
        # 2024年3月10日 17:15, 2024년 3월 10일
        rf"(?P<year>\d{{4}})[年년]\s?(?P<month>\d{{1,2}})[月월]\s?(?P<day>\d{{1,2}})[日일](?:\s?{_TIME}{_ZONE})?",
        # 10.03.2024 17:15
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}})(?:,?\s+{_TIME}(?:\suhr)?{_ZONE})?",
    )
)
_SLASHED = re.compile(
    rf"(?P<one>\d{{1,2}})/(?P<two>\d{{1,2}})/(?P<year>\d{{4}})(?:,?\s+{_TIME}{_ZONE})?", re.IGNORECASE
)
_WEEKDAY = re.compile(r"[^\W\d_]{2,14}(?:\.,?|,)\s*|[^\W\d_]{2,14}\s+(?=\d|[^\W\d_]{3,12}\.?\s\d)")
_OFFSET = re.compile(r"(?:gmt|utc)?\s?(?P<sign>[+\-\u2212])\s?(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.IGNORECASE)


class Instant(NamedTuple):
    """A date as it was written, before anybody asked whether it can be true."""

    at: datetime
    precision: Precision
    zone_known: bool


def read_date(raw: str | None, *, now: datetime, basis: Basis = "feed") -> Dated | None:
    """Return the date that *raw* says, or None where it says none or an impossible one.

    A clock time without a zone is taken as UTC and marked so. Nothing before 1995 and nothing more
    than a day after *now* is believed.
    """
    found = written_date(raw) if raw else None
    if found is None or not EARLIEST <= found.at <= now + AHEAD:
        return None
    return Dated(at=found.at, precision=found.precision, zone_known=found.zone_known, basis=basis)


def written_date(raw: str) -> Instant | None:
    """Return the instant *raw* means, however unlikely; None where it cannot be read."""
    text = " ".join(raw[:120].split())
    if re.fullmatch(r"\d{10}(?:\d{3})?", text):  # seconds or milliseconds since 1970
        return Instant(datetime.fromtimestamp(int(text[:10]), UTC), "second", True)
    for candidate in (text, _WEEKDAY.sub("", text, count=1)):
        for shape in _SHAPES:
            found = shape.fullmatch(candidate)
            if found and (instant := _instant(found.groupdict())):
                return instant
        slashed = _SLASHED.fullmatch(candidate)
        if slashed:
            return _slashed(slashed.groupdict())
    return None


def _slashed(parts: dict[str, str | None]) -> Instant | None:
    one, two = int(parts["one"] or 0), int(parts["two"] or 0)
    if one != two and max(one, two) <= 12:
        return None  # 03/10/2024: of March or of October, nobody can say
    day, month = (two, one) if two > 12 else (one, two)
    return _instant(parts | {"day": str(day), "month": str(month)})


def _instant(parts: dict[str, str | None]) -> Instant | None:
    month = MONTHS.get((parts.get("name") or "").casefold()) if parts.get("name") else int(parts["month"] or 0)
    if not month:
        return None
    year = int(parts["year"] or 0)
    if len(parts["year"] or "") == 2:
        year += 2000 if year < 70 else 1900
    hour, second = int(parts.get("hour") or 0), int(parts.get("second") or 0)
    half = (parts.get("half") or "").lower().replace(".", "")
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    leap = timedelta(seconds=1 if second == 60 else 0)
    part = int((parts.get("part") or "").ljust(6, "0")[:6] or 0)
    offset, known = _offset(parts.get("zone"))
    after = timedelta(days=1) if hour == 24 and not int(parts["minute"] or 0) and not second else timedelta()
    try:
        at = datetime(
            year, month, int(parts["day"] or 0), 0 if after else hour, int(parts.get("minute") or 0),
            second - leap.seconds, part, tzinfo=timezone(offset),
        )  # fmt: skip
        at = at.astimezone(UTC) + leap + after
    except (ValueError, OverflowError):
        return None
    if parts.get("hour") is None:
        return Instant(at, "day", False)
    return Instant(at, "second" if parts.get("second") else "minute", known)


def _offset(zone: str | None) -> tuple[timedelta, bool]:
    """Return the offset that *zone* names, and whether it names one."""
    said = (zone or "").strip().lower()
    said = re.sub(r"\s*\([^()]{0,30}\)$", "", said) or said.strip("()")
    if said in _ZONES:
        return timedelta(minutes=_ZONES[said]), True
    found = _OFFSET.fullmatch(said) or _OFFSET.match(said)
    if found is None:
        return timedelta(), False
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if offset > timedelta(hours=14) or int(found["minutes"] or 0) > 59:
        return timedelta(), False
    return (-offset if found["sign"] != "+" else offset), True
