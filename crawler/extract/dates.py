"""Decides when a page says it was published and changed, from the most reliable place that says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from htmldate import find_date
from lxml.html import HtmlElement

from crawler.dates import EARLIEST
from crawler.elements import selector
from crawler.extract.body import Body, opening
from crawler.extract.clock import read_date
from crawler.extract.head import Head
from crawler.jsonld import Node, text_of
from crawler.model import Basis, Dated
from crawler.text import letters

AHEAD = timedelta(hours=14)  # the furthest clock east of Greenwich: a later time has not come anywhere yet

_PUBLISHED = (
    "article:published_time", "article:published", "og:published_time", "og:article:published_time", "datepublished",
    "rnews:datepublished", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "publishdate",
    "publish_date",
    "publish-date", "publication_date", "publicationdate", "publication-date", "published_time", "published-date",
    "published",
    "pubdate", "article.published", "article_date_original", "article:date", "originalpublicationdate",
    "dc.date.issued",
    "dcterms.issued", "dcterms.created", "dc.date.created", "dcterms.date", "dc.date", "dc:date", "dc:created",
    "datecreated",
    "citation_publication_date", "citation_date", "gentime", "displaydate", "ptime", "created", "release_date",
    "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "article:modified", "og:updated_time", "og:article:modified_time", "datemodified",
    "rnews:datemodified",
    "dcterms.modified", "dc.date.modified", "dc.modified", "last-modified", "lastmod", "lastmodified",
    "modified_time", "modified",
    "modificationdate", "article:updated", "updated_time", "revised", "utime",
)  # fmt: skip
_TIMES = selector(
    "//time|//*[@itemprop='datePublished' or @itemprop='dateModified'][not(self::meta)]"
    "|//abbr[@title and contains(@class,'published')]"
)
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:comments?|related|sidebar|widget|recommended|recirc|footer|trending|popular|teaser|card|"
    r"promo|next|prev)"
    r"(?:$|[\s_-])",
    re.I,
)
_UPDATED = re.compile(
    r"\b(?:updated?|modified|edited|last\s+(?:change|edit)|aktualisiert|geändert|mis\s+à\s+jour|modifié|"
    r"actualizad[oa]|"
    r"atualizad[oa]|aggiornato|bijgewerkt|uppdaterad|opdateret|oppdatert|обновлен|оновлено|zaktualizowano|"
    r"aktualizováno)",
    re.I,
)
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[/_-]?(\d\d)[/_-]?(\d\d)(?!\d)")
_URL_LONG_DAY = re.compile(r"/((?:19|20)\d\d)/(\w{3})/(\d{1,2})(?!\d)", re.I)
_DATE_FIRST = re.compile(
    r"^\W{0,3}(?:(?:first\s+)?(?:published|posted|publié|veröffentlicht|erstellt|publicado|pubblicato|gepubliceerd|опубликовано|"
    r"опубліковано|publicerad|published|updated|data|date|datum|fecha|stand|le|am|on|vom|el|il)\b|"
    r"(?:\w{2,12}[.,]\s{1,2})?\d|\w{3,12}\.?\s\d{1,2},?\s\d{4})",
    re.I,
)
_ANY_DIGIT = re.compile(r"\d")
_AMERICAN = ("en", "en-us", "en_us")


def read_dates(
    tree: HtmlElement, *, head: Head, node: Node, body: Body, url: str, own_names: Iterable[str], seen: datetime
) -> tuple[Dated | None, Dated | None]:
    """Return when the page was published and when it was last modified, as it says itself.

    The order is JSON-LD, meta, <time>, the line with the outlet's own name, the URL, the lines around
    the headline, a guess. A less reliable place that agrees on the day may add the time of day.
    Dates after *seen* or before 1995 are not believed.
    """
    american = (head.language or "").lower() in _AMERICAN

    def believed(text: str | None, basis: Basis) -> Dated | None:
        date = read_date(text, basis, month_first=american) if text else None
        return (
            date
            if date and EARLIEST <= date.at <= seen + (AHEAD if not date.zone_known else timedelta(hours=1))
            else None
        )

    published: list[Dated] = []
    modified: list[Dated] = []

    def keep(dates: list[Dated], *found: Dated | None) -> None:
        dates.extend(date for date in found if date)

    keep(published, believed(text_of(node.get("datepublished")), "json-ld"))
    keep(modified, believed(text_of(node.get("datemodified")), "json-ld"))
    keep(published, *(believed(value, "meta") for name in _PUBLISHED for value in head.all(name)[:1]))
    keep(modified, *(believed(value, "meta") for name in _MODIFIED for value in head.all(name)[:1]))
    if not published:
        keep(published, believed(text_of(node.get("datecreated") or node.get("uploaddate")), "json-ld"))
    for text, changed in _times(tree, body):
        keep(modified if changed else published, believed(text, "time"))
    near = _near_headline(body)
    if not published:
        names = {letters(name) for name in own_names} - {""}
        keep(published, *(believed(line, "text") for line in near if _own_line(line, names)))
    keep(published, believed(_in_url(url), "url"))
    if not published or published[0].precision == "day":
        # A line that begins with a name may give another outlet's date: it comes last.
        lines = sorted((line for line in near if len(line) <= 60 or _DATE_FIRST.match(line)), key=_begins_otherwise)
        keep(published, *(believed(line, "text") for line in lines if not _UPDATED.match(line)))
    keep(modified, *(believed(line, "text") for line in near if _UPDATED.match(line)))
    if not published:
        guess = find_date(tree, original_date=True, url=url, extensive_search=True, min_date="1995-01-01",
                          max_date=(seen + AHEAD).date().isoformat())  # fmt: skip
        keep(published, believed(guess, "guessed"))
    return _finest(published), _finest(modified)


def _finest(dates: list[Dated]) -> Dated | None:
    """Return the first date, or one that agrees with it and tells the time of day as well."""
    if not dates or dates[0].precision != "day" or dates[0].basis == "guessed":
        return dates[0] if dates else None
    day = dates[0]
    for date in dates[1:]:
        local = abs(date.at - (day.at + timedelta(hours=12)))
        if date.precision != "day" and local <= timedelta(hours=12 if not date.zone_known else 24):
            return date
    return day


def _times(tree: HtmlElement, body: Body) -> list[tuple[str, bool]]:
    """Return the texts of the article's own <time> elements, and whether each speaks of a change."""
    found: list[tuple[int, str, bool]] = []
    for element in _TIMES(tree)[:60]:
        name = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
        if _is_elsewhere(element, body.root):
            continue
        label = opening(element, 100)[:100]
        parent = element.getparent()
        before = (
            (opening(parent, 60)[:60] if parent is not None and parent.tag != "body" and len(parent) < 6 else "")
            + " "
            + name
        )
        text = element.get("datetime") or element.get("content") or element.get("title") or label
        if not _ANY_DIGIT.search(text):
            continue
        changed = (
            "modified" in name.lower()
            or "updated" in name.lower()
            or bool(_UPDATED.search(before.split(label)[0] if label else before))
        )
        marked = "datepublished" in name.lower() or "pubdate" in element.attrib or "published" in name.lower()
        found.append((0 if marked else 1, text, changed))
    return [(text, changed) for _, text, changed in sorted(found, key=lambda one: one[0])]


def _is_elsewhere(element: HtmlElement, root: HtmlElement | None) -> bool:
    """Say whether *element* stands in a list of other pages, a comment or a footer."""
    above = element.getparent()
    hops = 0
    while above is not None and hops < 40:
        if above is root or above.tag in ("body", "main"):
            return False
        if above.tag in ("nav", "aside", "footer", "li") or _ELSEWHERE.search((above.get("class") or "")[:300]):
            return True
        above, hops = above.getparent(), hops + 1
    return False


def _near_headline(body: Body) -> list[str]:
    """Return the lines from the headline to the beginning of the text, and a few more; short ones only."""
    start = next((i for i, block in enumerate(body.blocks) if block.element.tag == "h1"), max(0, body.first - 15))
    if start > body.first:
        start = max(0, body.first - 15)
    lines = [
        line.strip()
        for block in body.blocks[max(0, start - 4) : max(body.first + 2, start + 12)]
        if not _is_elsewhere(block.element, body.root)
        for line in block.text.split("\n")
    ]
    return [line for line in lines if len(line) <= 150 and _ANY_DIGIT.search(line)][:30]


def _begins_otherwise(line: str) -> bool:
    return _DATE_FIRST.match(line) is None


def _own_line(line: str, names: set[str]) -> bool:
    """Say whether *line* is "Our Name, March 31, 2020": the outlet's own name and a date, nothing else."""
    found = re.match(r"^([^\d]{2,80}?)[\s,|–—-]{1,5}(?=(?:\d|[A-Z][a-z]{2,9}\.?\s\d))", line)
    return found is not None and letters(found.group(1)) in names


def _in_url(url: str) -> str | None:
    path = url.split("//", 1)[-1].partition("/")[2]
    if found := _URL_DAY.search("/" + path):
        return "-".join(found.groups())
    if found := _URL_LONG_DAY.search("/" + path):
        return f"{found.group(3)} {found.group(2)} {found.group(1)}"
    return None
