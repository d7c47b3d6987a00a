"""Reads one written date, with no more precision than it was written with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from crawler.model import Basis, Dated, Precision

MAX_LENGTH = 200

_MONTHS: dict[str, int] = {}
for _names in (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber mrz apr mai jun jul aug sept okt nov dez",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "janv févr mars avr mai juin juil août sept oct nov déc",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sep oct nov dic",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "január február március április május június július augusztus szeptember október november december",
    "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου"
    " δεκεμβρίου",
    "januari februari maret april mei juni juli agustus september oktober november desember",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
):
    for _number, _name in enumerate(_names.split(), 1):
        _MONTHS.setdefault(_name, _number)
_MONTHS |= {
    "sept": 9,
    "июн": 6,
    "авг": 8,
    "сен": 9,
    "окт": 10,
    "ноя": 11,
    "дек": 12,
    "янв": 1,
    "фев": 2,
    "мар": 3,
    "апр": 4,
}
_MONTH = "(" + "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True)) + r")\b\.?"

# Only names that mean one offset wherever they are written: "IST", "CST" at night in China and the like stay out.
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "мск": 180, "est": -300, "edt": -240, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "wib": 420,
    "sgt": 480, "hkt": 480, "pkt": 300, "sast": 120,
}  # fmt: skip

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
        return _dated(year, _MONTHS.get(name.lower()), day, *_clock(clock), basis)
    if found := _MONTH_DAY.search(text):
        name, day, year, *clock = found.groups()
        return _dated(year, _MONTHS.get(name.lower()), day, *_clock(clock), basis)
    if found := _CJK.search(text):
        year, month, day, hour, minute = found.groups()
        return _dated(year, month, day, hour, minute, None, None, None, basis)
    if found := _YEAR_MONTH.search(text):
        year, name, day, *clock = found.groups()
        return _dated(year, _MONTHS.get(name.lower()), day, *_clock(clock), basis)
    if found := _NUMERIC.search(text):
        first, mark, second_, year, *clock = found.groups()
        american = int(second_) > 12 or (month_first and mark != "." and int(first) <= 12)
        month, day = (first, second_) if american else (second_, first)
        return _dated(year, month, day, *_clock(clock), basis)
    return _mail_date(text, basis)


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
    offset = _offset(zone)
    at = start + timedelta(hours=hours, minutes=minutes, seconds=seconds) - timedelta(minutes=offset or 0)
    precision: Precision = "second" if second is not None else "minute"
    return Dated(at=at, precision=precision, zone_known=offset is not None, basis=basis)


def _offset(zone: str | None) -> int | None:
    """Return the minutes east of Greenwich that *zone* means, None if it does not say."""
    if not zone:
        return None
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return (minutes if zone[0] == "+" else -minutes) if minutes <= 14 * 60 else None
    return _ZONES.get(zone.lower())


def _mail_date(text: str, basis: Basis) -> Dated | None:
    """Read RFC 822 and what ``Date.toString()`` of JavaScript and Java write."""
    try:
        parts = parsedate_tz(text)
        if parts is None or not 1900 <= parts[0] <= 2100 or not re.search(r"(?:19|20)\d\d", text):
            return None
        zone = timezone(timedelta(seconds=parts[9] or 0))
        at = datetime(*parts[:6], tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return Dated(at=at, precision="second", zone_known=parts[9] is not None, basis=basis)
