"""Finds the phrases by which an article says where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from config.markers import Marker, MarkerTable
from crawler.dates import month as month_of
from crawler.lineage.fields import Row, claim_of
from crawler.lineage.lines import LONG, Anchor, Line
from crawler.lineage.naming import Named, Names, trimmed, written_url
from crawler.model import Claim, ClaimKind, Dated, Linked, Strength, Where
from crawler.registry import name_key
from crawler.text import fold

_LONE = 200
_OPENING = 300

_TEXTS = (
    r"(?:article|story|piece|post|essay|op-?ed|report|column|interview|text|video|analysis|feature|commentary|review"
    r"|excerpt|speech|letter|material)"
)
_SUBJECT = re.compile(
    r"\b(?:this|the\s+(?:above|following|preceding|original|full))\s+(?:\w+\s+){0,3}?" + _TEXTS + r"\b"
    r"|\b(?:dieser|dieses|der|das|den)\s+(?:artikel|beitrag|text|kommentar|essay|interview|bericht)\b"
    r"|\bcet(?:te)?\s+\w{4,12}\b|\b(?:article|texte|tribune|billet)\b"
    r"|\b(?:este|esta|el|la|o|a|questo|questa|il)\s+(?:artículo|artigo|articolo|texto|testo|nota|entrevista|reportaje"
    r"|matéria|post|columna)\b|\bматериал|\bстатья",
    re.IGNORECASE,
)
_START = re.compile(r"^\W{0,3}(?:(?:was|is|are|has|been|had|also|an?|the|" + _TEXTS + r")\s+){0,4}$", re.IGNORECASE)
_TITLED = re.compile(r"[\"“«][^\"”»]{3,160}[\"”»]\s*(?:was\s+|is\s+|has been\s+)?$")
_LATER = re.compile(
    r"^\s*,?\s*(?:at|on|for|via|in)\s+(?:his|her|their|the)?\s*(?P<src>[A-Z0-9][^\n|;:<>,]{1,60}?)"
    r"(?=\s*(?:\.(?!\w)|[;|\n)\]”\"]|,\s|$|\s[-–—]\s|\s(?:and|under|on|at)\s))"
)
_PERSON = re.compile(r"[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]*){1,3}")
_ON_DATE = re.compile(
    r"^\W{0,3}\s*(?:on\s+|,\s*)?(?:\w{3,9},?\s+)?(?P<date>\d{1,2}(?:st|nd|rd|th|\.)?\s+(?:de\s+)?[^\W\d_]{3,12}\.?,?\s+"
    r"(?:de\s+)?\d{4}|[^\W\d_]{3,12}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{4}-\d{2}-\d{2})"
)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?([^\W\d_]{3,12})\.?,?\s+(?:de\s+)?(\d{4})")
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_NUMBERS = re.compile(r"(\d{1,2})([./])(\d{1,2})[./](\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One marker in one line."""

    marker: Marker
    match: re.Match[str]
    line: Line
    piece: str
    offset: int
    institutions: re.Pattern[str]


def sayings(lines: Sequence[Line], table: MarkerTable, title: str | None) -> Iterator[Saying]:
    """Yield the markers in *lines* that stand where they are believed, in the order of the page."""
    heading = fold(title)[:80] if title else None
    page = "\n".join(line.text for line in lines).casefold()
    cues = [cue for cue in table.cues if cue in page]
    if not cues:
        return
    cued = {cue: [n for n, marker in enumerate(table.markers) if cue in marker.cue] for cue in cues}
    for line in lines:
        found: list[Saying] = []
        for piece, offset in line.pieces():
            if here := _cues_in(piece, cues):
                markers = [table.markers[n] for n in sorted({n for cue in here for n in cued[cue]})]
                found += _in_piece(line, piece, offset, markers, table, heading)
        if found and not (len(line.text) <= _LONE * 2 and any(mask.search(line.text) for mask in table.masks)):
            yield from found


def _cues_in(piece: str, cues: Sequence[str]) -> list[str]:
    low = piece.casefold()
    return [cue for cue in cues if cue in low] if len(piece) >= 4 else []


def claims_of(said: Saying, names: Names, credited: Sequence[str]) -> Iterator[Claim]:
    """Yield what *said* claims: one claim, or one for each agency it lists. *credited*: names that the page credits."""
    marker, groups = said.marker, said.match.groupdict()
    agencies = [groups[key] for key in ("agency", "agency2", "agency3") if groups.get(key)]
    if agencies:
        for one in agencies:
            shown = names.table.agencies.get(one) or names.table.agencies.get(one.upper()) or _spelled(one, names.table)
            bracketed = f"({one})" in said.piece or f"/{one}/" in said.piece or ":" in said.piece[:30]
            if shown and (bracketed or one not in names.table.short):
                yield _claim(said, names.agency(shown, said.line.anchors), _kind(marker), None)
        return
    anchors = _near(said)
    named = _source(said, groups, names, anchors, credited)
    if named is None and marker.bare:
        named = names.resolve(None, anchors) or Named(linked=_bare_link(anchors, marker))
    if named is None or not _counts(said, named, names, credited):
        return
    if marker.kind in ("credit", "source-line") and named.name is not None:
        agency = _spelled(named.name, names.table) if len(named.name) > 2 and marker.kind == "source-line" else None
        if agency is not None and not named.own:
            yield _claim(said, names.agency(agency, anchors), "wire", None)
            return
    yield _claim(said, named, _kind(marker), _date(said, groups))


def _counts(said: Saying, named: Named, names: Names, credited: Sequence[str]) -> bool:
    """Say whether the marker means something, now that it is known whom it names."""
    marker, src = said.marker, said.match.groupdict().get("src")
    if marker.link and (named.url is None or named.own):
        return False
    spelled = _spelled(named.name or "", names.table)
    match marker.kind:
        case "residue":
            known = not marker.known or _is_known(named, src, credited)
            return known and not named.own
        case "wire" if src is not None:
            if spelled is not None or named.source_id is None:
                return False  # the agencies of the table have rows of their own
            source = names.registry.source(named.source_id)
            return source is not None and source.kind == "agency"
        case "excerpt":
            return named.linked != "other" or named.domain is not None  # else "Read more" of one's own
        case "copyright":
            # A link beside it proves nothing: legal pages have them. An agency's line has its own row.
            return spelled is None and (not marker.known or _is_known(named, src, credited))
        case "source-line":
            return not marker.known or _is_known(named, src, credited)
        case "translation":
            return names.table.books.search(said.piece) is None  # a note on a translated book
        case _:
            return True


def _in_piece(
    line: Line, piece: str, offset: int, markers: Sequence[Marker], table: MarkerTable, heading: str | None
) -> Iterator[Saying]:
    whole = len(line.text) <= LONG and not line.part
    alone = whole and len(piece) <= _LONE
    for marker in markers:
        if (marker.lone and not alone) or (line.terms and marker.kind not in ("license", "residue")):
            continue
        wired = marker.kind == "wire" and "body" in marker.where
        if wired:
            if not line.opening or offset:
                continue
        elif line.spot not in marker.where and not (line.byline and "byline" in marker.where):
            continue
        text = line.text[:_OPENING] if wired else piece
        found = marker.pattern.search(text)
        if found is None or (marker.subject and not _speaks_of_itself(found, piece, whole, line, heading)):
            continue
        if table.elsewhere.search(piece) and marker.kind in ("credit", "source-line", "partial"):
            continue
        yield Saying(marker=marker, match=found, line=line, piece=text, offset=offset, institutions=table.institutions)


def _speaks_of_itself(found: re.Match[str], piece: str, whole: bool, line: Line, heading: str | None) -> bool:
    """Say whether the sentence is about this very text: "this article", its title, or a line of its own."""
    before = piece[: found.start()]
    if _SUBJECT.search(before):
        return True
    if heading and len(heading) > 15 and heading in fold(before):
        return True
    if not whole or line.spot == "body":
        return False
    return len(piece) <= 160 and (_START.match(before) is not None or _TITLED.search(before) is not None)


def _source(
    said: Saying, groups: dict[str, str | None], names: Names, anchors: Sequence[Anchor], credited: Sequence[str]
) -> Named | None:
    src = groups.get("src") or groups.get("src2")
    if src is None:
        return None
    src = _without_own(src, names)
    named = names.resolve(src, anchors, known_only=said.marker.known, also=credited)
    if named is None or named.domain is not None or not _PERSON.fullmatch(trimmed(src)):
        return named
    # "published by Ann Lee at Harbour Post": the outlet is meant, not the person.
    later = _LATER.match(said.piece[said.match.end() :])
    other = names.resolve(later["src"], anchors) if later else None
    outlet = other is not None and (other.domain is not None or len((other.name or "").split()) > 1)
    return other if outlet else named


def _without_own(src: str, names: Names) -> str:
    """Return the other outlet of a pair of which the page's own is one: "Source: Harbour Post / Northwire"."""
    parts = [part.strip() for part in src.split("/")] if "/" in src and "://" not in src else []
    others = [part for part in parts if part and not names.is_own_name(part)]
    return others[0] if len(parts) > 1 and len(others) == 1 < len(parts) else src


def _is_known(named: Named, src: str | None, credited: Sequence[str]) -> bool:
    if named.source_id is not None or written_url(trimmed(src or "")) is not None:
        return True
    return name_key(named.name or "") in {name_key(one) for one in credited}


def _near(said: Saying) -> tuple[Anchor, ...]:
    """Return the links of the marker's sentence and of the rest of its line, those of the sentence first."""
    line = said.line
    if len(line.text) <= LONG:
        return line.anchors
    start, end = said.offset, said.offset + len(said.piece)
    return tuple(a for a in line.anchors if a.start < end + 80 and a.end > start)


def _bare_link(anchors: Sequence[Anchor], marker: Marker) -> Linked:
    if not anchors:  # "published on this site" without its link: the link was lost on the way
        return "unknown" if marker.kind == "credit" else "no"
    return "unknown" if all(a.url is None for a in anchors) else "other"


def _claim(said: Saying, named: Named, kind: ClaimKind, date: Dated | None) -> Claim:
    strength = _strength(said)
    if kind == "source-line" and named.source_id is None:
        name = named.name or ""
        if ("," in name and named.domain is None) or said.institutions.search(name):
            strength = "weak"
    where: Where = "byline" if said.line.byline and said.line.spot in ("byline", "top") else said.line.spot
    return replace(claim_of(named, Row(kind, said.marker.id, strength), where, said.piece.strip()), date=date)


def _kind(marker: Marker) -> ClaimKind:
    return marker.kind  # type: ignore[return-value]  # checked against ClaimKind by tests/lineage/test_markers.py


def _strength(said: Saying) -> Strength:
    """Return the marker's strength, one level less in mid-text."""
    given = said.marker.strength
    if said.line.spot == "body" and said.marker.kind != "wire":
        return "strong" if given == "certain" else "weak"
    return "certain" if given == "certain" else "strong" if given == "strong" else "weak"


def _spelled(name: str, table: MarkerTable) -> str | None:
    """Return the agency that *name* spells, however it is written."""
    key = name_key(name)
    forms = table.agencies.items()
    return next((shown for form, shown in forms if form not in table.short and name_key(form) == key), None)


def _date(said: Saying, groups: dict[str, str | None]) -> Dated | None:
    text = groups.get("date")
    if text is None:
        later = _ON_DATE.match(said.piece[said.match.end() :])
        text = later["date"] if later else None
    return read_day(text) if text else None


def read_day(text: str) -> Dated | None:
    """Return the day that *text* writes, None where it is none or could be two (03/02/2015)."""
    year = month = day = 0
    if found := _DAY_FIRST.search(text):
        day, month, year = int(found[1]), month_of(found[2], alone=True) or 0, int(found[3])
    elif found := _MONTH_FIRST.search(text):
        day, month, year = int(found[2]), month_of(found[1], alone=True) or 0, int(found[3])
    elif found := _ISO.search(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif found := _NUMBERS.search(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
        if found[2] == "/" and day <= 12 and day != month:
            return None
    try:
        at = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
    return Dated(at=at, precision="day", zone_known=False, basis="credit")
