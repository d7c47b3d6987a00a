"""Finds the first full date in a line of text, with no more precision than it was written with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from crawler.dates import MONTH_NAMES, offset, written_date
from crawler.dates import month as month_number
from crawler.model import Basis, Dated, Precision

MAX_LENGTH = 200

_MONTH = "(" + "|".join(map(re.escape, MONTH_NAMES)) + r")\b\.?"
_CLOCK = (
    r"(?:(?:[T,|/·•–—-]|\bat\b|\bum\b|\bà\b|\bat\s|\bo\b|\bв\b|\bkl\b\.?|\balle\b|\ba\s+las\b|\bàs\b|\s|ore\b|"
    r"о\b){1,6}\s{0,3}"
    r"(\d{1,2})(?:[:.h](\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?)?\s{0,2}([ap]\.?m\b\.?)?\s{0,2}(?:uhr|hrs?\b|h\b)?"
    r"\s{0,2}\(?([+-]\d{2}:?\d{2}\b|[+-]\d{2}\b|[A-Za-zА-я]{1,4}\b)?)?"
)
_ISO = re.compile(
    r"(?<![\d/.-])((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?!\d)"
    r"(?:[T\s,+]{1,3}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:]\d{1,9})?)?\s{0,2}([ap]\.?m\b\.?)?\s{0,2}"
    r"(Z\b|[+-]\d{2}:?\d{2}|[+-]\d{2}\b|[A-Z]{3,4}\b)?)?",
    re.I,
)
_COMPACT = re.compile(r"^\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?\s?(Z|[+-]\d\d:?\d\d)?)?\s*$")
_EPOCH = re.compile(r"^\s*(1\d{9}|8\d{8}|9\d{8})(\d{3})?(?:\.\d+)?\s*$")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|\.|º|°|-го)?[\s,/-]{1,3}(?:of\s|de\s|di\s|d[e’']\s?)?" + _MONTH
    + r"[\s,/-]{0,3}(?:de\s|del\s|of\s)?((?:19|20)\d\d)(?!\d)(?:\s{0,2}(?:г\.?|р\.?|року|года)(?!\w))?" + _CLOCK,
    re.I,
)  # fmt: skip
_MONTH_DAY = re.compile(
    r"(?<!\w)" + _MONTH + r"\s{0,3}(\d{1,2})(?:st|nd|rd|th)?\s{0,2},?\s{0,3}((?:19|20)\d\d)(?!\d)" + _CLOCK, re.I
)
_YEAR_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)\.?\s{1,2}" + _MONTH + r"\s{0,2}(\d{1,2})\b\.?" + _CLOCK, re.I)
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})([./-])(\d{1,2})\2((?:19|20)\d\d)(?![\d/])" + _CLOCK, re.I)
_YEAR_LAST = re.compile(r"\s(?:19|20)\d\d$")
_CJK = re.compile(
    r"((?:19|20)\d\d)\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]\s{0,3}(?:(\d{1,2})[:时時](\d{2}))?"
)


def read_date(text: str, basis: Basis, *, month_first: bool = False) -> Dated | None:
    """Return the first full date in *text* (a year, a month and a day at least), None if there is none.

    A midnight to the second is a bare day: that is how content systems write one. *month_first*
    reads 3/4/2020 as 4 March, as the United States do.
    """
    text = text[:MAX_LENGTH].strip()
    if not text or not any(character.isdigit() for character in text):
        return None
    if found := _ISO.search(text):
        year, _, month, day, hour, minute, second, half, zone = found.groups()
        return _dated(year, month, day, hour, minute, second, half, zone, basis)
    if found := _COMPACT.match(text):
        year, month, day, hour, minute, second, zone = found.groups()
        return _dated(year, month, day, hour, minute, second, None, zone, basis)
    if found := _EPOCH.match(text):
        return Dated(at=datetime.fromtimestamp(int(found.group(1)), UTC), basis=basis)
    if found := _DAY_MONTH.search(text):
        day, name, year, *clock = found.groups()
        return _dated(year, month_number(name), day, *_clock(clock), basis)
    if found := _MONTH_DAY.search(text):
        name, day, year, *clock = found.groups()
        return _dated(year, month_number(name), day, *_clock(clock), basis)
    if found := _CJK.search(text):
        year, month, day, hour, minute = found.groups()
        return _dated(year, month, day, hour, minute, None, None, None, basis)
    if found := _YEAR_MONTH.search(text):
        year, name, day, *clock = found.groups()
        return _dated(year, month_number(name), day, *_clock(clock), basis)
    if found := _NUMERIC.search(text):
        first, mark, second_, year, *clock = found.groups()
        american = int(second_) > 12 or (month_first and mark != "." and int(first) <= 12)
        month, day = (first, second_) if american else (second_, first)
        return _dated(year, month, day, *_clock(clock), basis)
    return _last_resort(text, basis)


def _clock(parts: list[str | None]) -> tuple[str | None, str | None, str | None, str | None, str | None]:
    """Return hour, minute, second, half, zone; an hour alone ("2020 12") is no clock time unless it has am/pm."""
    hour, minute, second, half, zone = parts
    if hour is not None and minute is None and half is None:
        return None, None, None, None, None
    return hour, minute, second, half, zone


def _dated(
    year: str, month: str | int | None, day: str, hour: str | None, minute: str | None, second: str | None,
    half: str | None, zone: str | None, basis: Basis,
) -> Dated | None:  # fmt: skip
    try:
        start = datetime(int(year), int(month or 0), int(day), tzinfo=UTC)
    except ValueError:
        return None
    if hour is None:
        return Dated(at=start, precision="day", zone_known=False, basis=basis)
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    if half and 1 <= hours <= 12:
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    if hours > 23 or minutes > 59 or seconds > 59 or (second is not None and not hours and not minutes and not seconds):
        return Dated(at=start, precision="day", zone_known=False, basis=basis)
    east = offset(zone)
    at = start + timedelta(hours=hours, minutes=minutes, seconds=seconds) - (east or timedelta())
    precision: Precision = "second" if second is not None else "minute"
    return Dated(at=at, precision=precision, zone_known=east is not None, basis=basis)


def _last_resort(text: str, basis: Basis) -> Dated | None:
    """Read a date with its year last, after the time of day, as ``Date.toString()`` of Java writes it."""
    found = written_date(text) if _YEAR_LAST.search(text) else None
    return Dated(at=found.at, precision=found.precision, zone_known=found.zone_known, basis=basis) if found else None
