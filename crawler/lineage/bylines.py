"""Reads bylines for agencies and outlets that stand where a person should."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from config.markers import MarkerTable
from crawler.lineage.walk import normal

MAX_BYLINE = 200

_BY = re.compile(
    r"^(?:by|von|par|por|di|door|av|af|od|автор|от|oleh|texte?|words|story|report|reported by|written by)\b\s*:?\s*",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*[,|•·;]\s*|\s+[–—/-]+\s+|\s*[–—]\s*|\s+(?:and|und|et|y|e|for|via|with|mit|avec|con|com|by|per)\s+"
    r"|\s*[()]\s*",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\s+(?:(?:\w+\s+){0,3}(?:writers?|reporters?|correspondents?|editors?|journalists?|bureau)|editorial|staff"
    r"|news\s?service|newswires?|wires?|wire service|news agency|news|service|sports?|in\s+[\w .-]{2,40}"
    r"|am\s+\d.{0,30}|\d.{0,30})$",
    re.IGNORECASE,
)
_OWN_HANDS = re.compile(
    r"^(?:.{0,30}\bstaff\b.{0,20}|wires?|agencies|agenturen|redaktion|news desk|web desk|newsroom"
    r"|our correspondent.{0,30})$",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s(?:and|und|et|y|e|with|mit|avec|con|com|met)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """What a byline says: agencies (as the table shows them), its other parts, whether own hands had a share."""

    agencies: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    shared: bool = False


def read_byline(text: str, table: MarkerTable) -> Byline:
    """Return the agencies and the other parts that the byline *text* names."""
    said = normal(text[: MAX_BYLINE * 2])
    if not said or len(said) > MAX_BYLINE:
        return Byline()
    said = _BY.sub("", said)
    agencies: list[str] = []
    parts: list[str] = []
    staff = False
    for part in _parts(said):
        agency = _agency(part, table)
        if agency is not None:
            agencies.append(agency)
        elif _OWN_HANDS.match(part):
            staff = True
        else:
            parts.append(part)
    others = [part for part in parts if part != said]
    # "By Ann Lee with AP": whoever stands before the word wrote it, too. "By Ann Lee and Bo Ray, AP" is the agency's.
    joined = _JOINED.search(said)
    shared = staff or bool(agencies and others and joined and _agency(said[joined.end() :], table) and "," not in said)
    return Byline(agencies=tuple(dict.fromkeys(agencies)), parts=tuple(dict.fromkeys(parts)), shared=shared)


def is_agency_line(text: str, table: MarkerTable) -> bool:
    """Say whether a line that nothing marks as a byline is one of an agency's; "Ann Lee, AP" alone is a photographer.

    It starts with "By", or with the agency itself, or calls the person the agency's writer.
    """
    if len(text) > 120 or text.endswith((".", ":", "?", "!", ")")):
        return False
    parts = list(_parts(_BY.sub("", text)))
    if any(len(part) > 60 for part in parts[1:]) or len(parts) > 7:
        return False
    if _BY_LINE.match(text):
        return any(_agency(part, table) for part in parts)
    first = parts[1] if len(parts) > 1 else parts[0]
    if first in table.short:
        return False  # two capitals on a line of their own are a button more often than an agency
    if _agency(first, table):
        return len(parts) <= 2 or _DATED.search(text) is not None or _BY_LINE.search(text) is not None
    return any(_WRITER.search(part) and _agency(part, table) for part in parts)


_BY_LINE = re.compile(r"(?:^|[—–-]\s)(?:by|von|par|por|di|door)\s*:?\s+(?=[A-Z])", re.IGNORECASE)
_DATED = re.compile(
    r"\d{1,2}[:h]\d{2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|[^\W\d_]{3,10}\.?\s\d{1,2},?\s\d{4}|\d{1,2}\.?\s[^\W\d_]{3,10}\s\d{4}"
    r"|\d{4}-\d{2}-\d{2}"
)
_WRITER = re.compile(r"\b(?:writer|reporter|correspondent|editor|journalist)s?\b", re.IGNORECASE)


def _parts(said: str) -> Iterator[str]:
    yield said
    pieces = [piece for piece in _SPLIT.split(said) if piece]
    if len(pieces) > 1:
        yield from (_BY.sub("", piece) for piece in pieces[:12])


def _agency(part: str, table: MarkerTable) -> str | None:
    for _ in range(3):
        found = _written(part, table)
        if found is not None:
            return found
        shorter = _ROLE.sub("", part)
        if shorter == part:
            return None
        part = shorter
    return None


def _written(part: str, table: MarkerTable) -> str | None:
    bare = part.strip(" .:*")
    bare = re.sub(r"^the\s+", "", bare, flags=re.I)
    for forms in (table.agencies, table.syndicates):
        for form in (bare, f"The {bare}"):
            if form in forms:
                return forms[form]
    # Capitals and small letters vary in long names; a short one in other letters is another word.
    return table.long_names.get(bare.casefold()) if len(bare) >= 6 else None
