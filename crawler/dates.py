"""Reads one written date, in many languages, without ever making one up."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from crawler.model import Precision

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before that no news was on the web: a default of some software

# A row a month. Names that stand in running text: nothing else is meant by them beside a day and a year.
_NAMES = (
    (
        "january jan januar jänner janvier janv enero ene janeiro gennaio gen januari stycznia ledna ocak ianuarie "
        "január ιανουαρίου січня января يناير янв январь "
    ),
    (
        "february feb februar feber février févr febrero fevereiro fev febbraio februari lutego února şubat "
        "februarie február fevrier φεβρουαρίου лютого февраля فبراير фев февр февраль "
    ),
    (
        "march mar märz mrz mars marzo março maart marts marca března mart martie március maret maerz μαρτίου "
        "березня марта مارس мар март "
    ),
    (
        "april apr avril avr abril abr aprile kwietnia dubna nisan aprilie április απριλίου квітня апреля أبريل "
        "апр апрель "
    ),
    ("may mai mayo maio maggio mag mei maj maja května mayıs május μαΐου травня мая مايو май "),
    (
        "june jun juni juin junio junho giugno giu czerwca června haziran iunie június ιουνίου червня июня يونيو "
        "июн июнь "
    ),
    (
        "july jul juli juillet juil julio julho luglio lug lipca července temmuz iulie július ιουλίου липня июля "
        "يوليو июл июль "
    ),
    (
        "august aug août agosto ago augustus augusti sierpnia srpna ağustos augusztus agustus aout αυγούστου "
        "серпня августа أغسطس авг август "
    ),
    (
        "september sep sept septembre septiembre setembro set settembre września září eylül septembrie szeptember "
        "σεπτεμβρίου вересня сентября سبتمبر сен сент сентябрь "
    ),
    (
        "october oct oktober okt octobre octubre outubro out ottobre ott października října ekim octombrie október "
        "οκτωβρίου жовтня октября أكتوبر окт октябрь "
    ),
    (
        "november nov novembre noviembre novembro listopada listopadu kasım noiembrie νοεμβρίου листопада ноября "
        "نوفمبر ноя нояб ноябрь "
    ),
    (
        "december dec dezember dez décembre déc diciembre dic dezembro dicembre grudnia prosince aralık decembrie "
        "desember decembre δεκεμβρίου грудня декабря ديسمبر дек декабрь "
    ),
)
# These are words too ("iPhone 15 Pro, 2023"): months only where a date stands alone.
_NAMES_ALONE = (
    "січ sty oca led ιαν",
    "fév fevr лют lut şub úno φεβ",
    "mär бер bře márc μαρ marco",
    "кві kwi nis dub ápr απρ",
    "тра květ máj μαϊ μαι",
    "чер cze haz čvn jún ιουν ιούν",
    "лип lip tem čvc júl ιουλ ιούλ",
    "сер sie ağu srp αυγ αύγ",
    "вер wrz eyl zář szept σεπ",
    "жов paź eki říj οκτ",
    "лис kas lis νοε νοέ",
    "гру gru ara pro δεκ",
)


def _key(name: str) -> str:
    return name.casefold().replace("ı", "i").replace("\u0307", "")  # Turkish capitals: KASIM, EKİM


_IN_TEXT = {_key(name): number for number, row in enumerate(_NAMES, 1) for name in row.split()}
_ALONE = _IN_TEXT | {_key(name): number for number, row in enumerate(_NAMES_ALONE, 1) for name in row.split()}
MONTH_NAMES = tuple(sorted((name for row in _NAMES for name in row.split()), key=len, reverse=True))

# In minutes. Names of several offsets (IST, AST, CST in America and China) are left out: then the zone is not known.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120,
    "eet": 120, "eest": 180, "sast": 120, "msk": 180, "мск": 180, "pkt": 300, "wib": 420, "hkt": 480, "sgt": 480,
    "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420,
}  # fmt: skip
# Words in some language ("10:30 met", "10:30 eat"), or seldom written: zones only where a date stands alone.
_ZONES_ALONE = _ZONES | {
    "west": 60, "met": 60, "mest": 120, "cat": 120, "wat": 60, "eat": 180, "msd": 240, "trt": 180, "ict": 420,
    "awst": 480, "acst": 570, "acdt": 630, "nzst": 720, "nzdt": 780, "akst": -540, "akdt": -480, "hst": -600,
    "art": -180, "brt": -180,
}  # fmt: skip
_OFFSET = re.compile(r"(?:gmt|utc)?\s?(?P<sign>[+\-\u2212])\s?(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.IGNORECASE)

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


class Instant(NamedTuple):
    """A date as it was written, before anybody asked whether it can be true."""

    at: datetime
    precision: Precision
    zone_known: bool


def month(name: str, *, alone: bool = False) -> int | None:
    """Return the number of the month called *name*; *alone* says that *name* is part of a date for sure."""
    return (_ALONE if alone else _IN_TEXT).get(_key(name))


def offset(zone: str | None, *, alone: bool = False) -> timedelta | None:
    """Return how far *zone* is east of Greenwich, None if it does not say; *alone* as for ``month``."""
    said = (zone or "").strip().lower()
    said = re.sub(r"\s*\([^()]{0,30}\)$", "", said) or said.strip("()")
    minutes = (_ZONES_ALONE if alone else _ZONES).get(said)
    if minutes is not None:
        return timedelta(minutes=minutes)
    found = _OFFSET.fullmatch(said) or _OFFSET.match(said)  # whole first: "+130" is an hour and a half
    if found is None:
        return None
    east = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    if east > timedelta(hours=14) or int(found["minutes"] or 0) > 59:
        return None
    return east if found["sign"] == "+" else -east


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
    day, number = (two, one) if two > 12 else (one, two)
    return _instant(parts | {"day": str(day), "month": str(number)})


def _instant(parts: dict[str, str | None]) -> Instant | None:
    name = parts.get("name")
    number = month(name, alone=True) if name else int(parts["month"] or 0)
    if not number:
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
    zone = offset(parts.get("zone"), alone=True)
    after = timedelta(days=1) if hour == 24 and not int(parts["minute"] or 0) and not second else timedelta()
    try:
        at = datetime(
            year, number, int(parts["day"] or 0), 0 if after else hour, int(parts.get("minute") or 0),
            second - leap.seconds, part, tzinfo=timezone(zone or timedelta()),
        )  # fmt: skip
        at = at.astimezone(UTC) + leap + after
    except (ValueError, OverflowError):
        return None
    if parts.get("hour") is None:
        return Instant(at, "day", False)
    return Instant(at, "second" if parts.get("second") else "minute", zone is not None)
