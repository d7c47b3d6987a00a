"""Collects what a page says of its own origin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from lxml.html import HtmlElement

from config.markers import Marker, MarkerTable, load_markers
from crawler.errors import InputError
from crawler.lineage.bylines import is_agency_line, read_byline
from crawler.lineage.fields import Head, Row, claim_of, entry_claims
from crawler.lineage.lines import Line, lines_of_page, lines_of_text, sentences
from crawler.lineage.markers import claims_of, sayings
from crawler.lineage.naming import Names
from crawler.lineage.walk import normal
from crawler.model import Claim, Dated, Entry, Link, Source, SourceRef, Where
from crawler.registry import Registry, name_key
from crawler.urls import clean, host, identity

MAX_CLAIMS = 60

_UPLOADS = re.compile(r"/(?:wp-content/uploads|uploads|media|videos?|audio|files|sites/default/files)/", re.IGNORECASE)
_MEDIA_FILE = re.compile(r"\.(?:mp4|m4v|webm|mov|mp3|m4a|og[gv]|jpe?g|png|webp|gif)(?:$|\?)", re.IGNORECASE)
_FILE_DAY = re.compile(r"(?<!\d)(?:(\d{2})[_.-](\d{2})[_.-](20\d{2})|(20\d{2})[_.-](\d{2})[_.-](\d{2}))(?!\d)")
_PROPER = re.compile(r"[A-Z][\w'’.-]{0,30}(?:\s+(?:of|the|for|on|and)(?=\s+[A-Z]))?(?:\s+[A-Z][\w'’.-]{0,30}){1,4}")


def read_claims(
    tree: HtmlElement,
    *,
    url: str,
    text: str,
    byline: str | None,
    title: str | None,
    source: SourceRef,
    entry: Entry | None,
    registry: Registry,
) -> tuple[Claim, ...]:
    """Return what the page says of its own origin, in the order: head, feed, byline, text, media, address.

    Facts about the page, each once; at most 60. A claim in a block that was carried along from another page cannot be
    told here from one that the page makes itself.
    """
    table = load_markers()
    head = Head(tree)
    names = Names(registry, table, url=url, source=source, site_names=head.site_names())
    lines = lines_of_page(tree, url=url, text=text)

    def found() -> Iterator[Claim]:
        yield from head.claims(names)
        if entry is not None:
            yield from entry_claims(entry, names)
        yield from _bylines([byline, *head.authors()], lines, names)
        yield from _phrases(lines, names, title)
        yield from _media(lines, names)
        yield from _folder(names)

    return _as_outlets(_distinct(found()), table)


def read_text_claims(
    *,
    url: str,
    text: str,
    byline: str | None,
    title: str | None,
    canonical_url: str | None,
    links: Sequence[Link],
    source: SourceRef,
    registry: Registry,
) -> tuple[Claim, ...]:
    """Return what a bare text says of its own origin; without *links* whether a credit was linked is unknown."""
    table = load_markers()
    names = Names(registry, table, url=url, source=source, no_link="no" if links else "unknown")
    lines = lines_of_text(text, links)

    def found() -> Iterator[Claim]:
        if canonical_url is not None:
            yield from _canonical(canonical_url, names)
        yield from _bylines([byline], lines, names)
        yield from _phrases(lines, names, title)
        yield from _folder(names)

    return _as_outlets(_distinct(found()), table)


def _canonical(target: str, names: Names) -> Iterator[Claim]:
    try:
        if names.passed_on or identity(target) == identity(names.url):
            return
    except InputError:
        return
    named = names.of_url(target)
    if named is not None and not named.own:
        row = Row("canonical", "BH-01", "weak" if named.linked == "home" else "certain")
        yield claim_of(named, row, "head", f"canonical: {target}")


def _bylines(said: Iterable[str | None], lines: Sequence[Line], names: Names) -> Iterator[Claim]:
    """Yield the agencies and outlets that stand where the author should."""
    for text in dict.fromkeys(one for one in said if one):
        shown = normal(text)
        yield from _byline(text, names, "byline", [line for line in lines if line.text == shown][:1])
    for line in lines:
        if line.spot == "foot" or len(line.text) > 160:
            continue
        marked = line.byline and line.spot in ("byline", "top")
        early = line.opening or line.spot == "byline"
        alike = not marked and early and (is_agency_line(line.text, names.table) or _BY_NAME.match(line.text))
        if (marked or alike) and not any(mask.search(line.text) for mask in names.table.masks):
            yield from _byline(line.text, names, "byline", (line,))


_BY_NAME = re.compile(r"(?i:by|von|par|por)\s:?\s?[A-Z][^.!?:]{1,59}$")


def _byline(text: str, names: Names, where: Where, lines: Sequence[Line]) -> Iterator[Claim]:
    byline = read_byline(text, names.table)
    anchors = [anchor for line in lines for anchor in line.anchors]
    quote = normal(text[:300])
    for agency in byline.agencies:
        named = names.agency(agency, anchors)
        if byline.shared:
            yield claim_of(named, Row("partial", "BY-01", "weak"), where, quote)
        else:
            yield claim_of(named, Row("wire", "BY-01", "strong"), where, quote)
    for part in byline.parts:
        known = names.registry.named(part)
        if known is None or known.id == names.source.id:
            continue
        found = names.resolve(part, anchors)
        if found is not None and not found.own:
            wired = known.kind == "agency"
            row = Row("wire", "BY-01", "strong") if wired else Row("byline", "BY-02", "strong")
            yield claim_of(found, row, where, quote)


def _phrases(lines: Sequence[Line], names: Names, title: str | None) -> Iterator[Claim]:
    """Yield what the words say; names that a strong credit gives count as known for the others."""
    found = list(sayings(lines, names.table, title))
    credited: list[str] = []
    for said in found:
        if not said.marker.known and said.marker.kind in ("credit", "source-line"):
            credited += [claim.name for claim in claims_of(said, names, ()) if claim.name and claim.kind != "self"]
    credited = [name for name in credited if name_key(name)]
    for said in found:
        for claim in claims_of(said, names, credited):
            if claim.kind == "self" and said.marker.kind in ("dateline", "byline", "copyright", "residue"):
                continue  # a page's own furniture claims nothing
            if claim.kind == "license":
                yield _licence(claim, said.marker, names)
            else:
                yield claim


def _licence(claim: Claim, marker: Marker, names: Names) -> Claim:
    """Return the terms, or the residue they are where another outlet grants them."""
    granting = " ".join(one for one in sentences(claim.quote) if marker.search(one))
    for found in list(_PROPER.finditer(granting))[:40]:
        words = found[0].split()
        for end in range(len(words), 1, -1):
            known = names.registry.named(" ".join(words[:end]))
            if known is not None and known.id == names.source.id:
                return replace(claim, name=known.name, source_id=known.id, domain=names.source.domain, url=None)
            if known is not None:
                return replace(
                    claim,
                    kind="residue",
                    name=known.name,
                    source_id=known.id,
                    domain=known.domains[0] if known.domains else None,
                )
    return replace(claim, url=None, name=None, source_id=None, domain=None)


def _media(lines: Sequence[Line], names: Names) -> Iterator[Claim]:
    """Yield the files that stand on the servers of another outlet we know."""
    for line in lines:
        written = [found.replace("\\", "") for found in _WRITTEN.findall(line.text)[:10]] if "://" in line.text else []
        for url in (*line.media, *(a.url for a in line.anchors if a.url), *written):
            if not _MEDIA_FILE.search(url) or not _UPLOADS.search(url):
                continue
            try:
                where = host(clean(url, names.url))
            except InputError:
                continue
            known = names.registry.of_host(where) or _keeper(where, names.registry)
            if known is None or known.id == names.source.id:
                continue
            yield Claim(
                kind="media",
                marker="RS-07",
                strength="strong",
                name=known.name,
                url=url,
                source_id=known.id,
                domain=known.domains[0] if known.domains else where,
                linked="no",
                date=_file_day(url),
                quote=url[:300],
                where="foot" if line.spot == "foot" else "body",
            )


def _keeper(host_name: str, registry: Registry) -> Source | None:
    """Return the outlet that keeps its media on that host."""
    for source in registry.sources:
        if any(host_name == kept or host_name.endswith("." + kept) for kept in source.media_hosts):
            return source
    return None


_WRITTEN = re.compile(r"https?://[^\s<>\"]{4,500}")


def _file_day(url: str) -> Dated | None:
    found = _FILE_DAY.search(url.rsplit("/", 1)[-1])
    if found is None:
        return None
    day, month, year = (found[1], found[2], found[3]) if found[3] else (found[6], found[5], found[4])
    try:
        at = datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
    return Dated(at=at, precision="day", zone_known=False, basis="media")


def _folder(names: Names) -> Iterator[Claim]:
    """Yield the agency whose name is a folder of the address."""
    path = identity(names.url).split("/")[1:-1]
    for part in path[:8]:
        if part in names.table.folders:
            named = names.agency(names.table.folders[part])
            if not named.own:
                yield claim_of(named, Row("wire", "RS-08", "strong"), "url", names.url)
            return


def _as_outlets(claims: tuple[Claim, ...], table: MarkerTable) -> tuple[Claim, ...]:
    """Return *claims*, a newspaper that also sells its copy being the outlet where the page points at its article."""
    pointed = {c.source_id for c in claims if c.kind == "canonical" and c.strength != "weak" and c.linked == "article"}
    return tuple(
        replace(c, kind="byline")
        if c.kind == "wire" and c.source_id in pointed and c.source_id is not None and c.name in table.sellers
        else c
        for c in claims
    )


def _distinct(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return each claim once: of the same words or the same field the stronger."""
    kept: dict[tuple[str, str, str | None], Claim] = {}
    for claim in claims:
        key = (claim.kind, name_key(claim.source_id or claim.name or claim.domain or ""), claim.url or claim.quote)
        held = kept.get(key)
        if held is None or _RANK[claim.strength] > _RANK[held.strength]:
            kept[key] = claim
        if len(kept) >= MAX_CLAIMS:
            break
    return tuple(kept.values())


_RANK = {"weak": 0, "strong": 1, "certain": 2}
