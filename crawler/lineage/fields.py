"""Reads what the machine-readable parts of a page and its feed entry say of its origin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml.html import HtmlElement

from crawler.errors import InputError
from crawler.jsonld import Node, article_node, is_article, names_of
from crawler.lineage.naming import Named, Names
from crawler.lineage.walk import normal
from crawler.model import Claim, ClaimKind, Entry, Strength, Where
from crawler.urls import clean, host, identity, is_home

_TITLE_TAIL = re.compile(r"\s[-–—|]\s([^-–—|]{2,60})$")


@dataclass(frozen=True, slots=True)
class Row:
    """What a field or a phrase means."""

    kind: ClaimKind
    marker: str
    strength: Strength


_META_NAMES = frozenset({"name", "property", "itemprop"})


class _Marked:
    """The elements of a page that say something to machines, in document order: found in one walk, not in eight."""

    def __init__(self, tree: HtmlElement) -> None:
        self.links: list[HtmlElement] = []
        self.metas: list[HtmlElement] = []
        self.reposts: list[HtmlElement] = []
        self.syndicated: list[HtmlElement] = []
        self.files: list[str] = []
        for element in tree.iter("a", "img", "link", "meta", "script", "iframe"):
            tag = element.tag
            if tag == "a":
                self._anchor(element)
            elif tag == "link":
                if element.get("href") is not None and element.get("rel") is not None:
                    self.links.append(element)
            elif tag == "meta":
                if element.get("content") is not None and not _META_NAMES.isdisjoint(element.keys()):
                    self.metas.append(element)
            elif tag == "img":
                self.files += [value for name, value in element.items() if name in ("src", "data-src")]
            elif (src := element.get("src")) is not None:
                self.files.append(src)

    def _anchor(self, element: HtmlElement) -> None:
        classes = element.get("class")
        if classes is not None and "u-" in classes and element.get("href") is not None:
            if "u-repost-of" in classes or "u-translation-of" in classes:
                self.reposts.append(element)
            if "u-syndication" in classes:
                self.syndicated.append(element)
                return
        rel = element.get("rel")
        if rel is not None and "syndication" in rel and element.get("href") is not None:
            self.syndicated.append(element)


class Head:
    """The machine-readable statements of one page, read once."""

    def __init__(self, tree: HtmlElement) -> None:
        self._title = _title_of(tree)
        self._marked = _Marked(tree)
        self.metas: dict[str, list[str]] = {}
        self._at_the_foot: set[str] = set()
        for meta in self._marked.metas[:500]:
            name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
            value = normal((meta.get("content") or "")[:2000])
            if name and value:
                self.metas.setdefault(name, []).append(value)
                if name == "syndication-source" and not _in_head(meta):
                    self._at_the_foot.add(value)
        title = next(iter(self.metas.get("og:title", [])), None)
        node = article_node(tree, title or self._title)
        self.article: Node = node if is_article(node) else {}

    def site_names(self) -> tuple[str, ...]:
        """Return what the page calls its own site."""
        said = [*self.metas.get("og:site_name", [])[:2], *self.metas.get("application-name", [])[:1]]
        return tuple(dict.fromkeys(said or _names_in(self.article.get("publisher"))[:2]))

    def authors(self) -> tuple[str, ...]:
        """Return whom the page's metadata calls the author."""
        said = [*_names_in(self.article.get("author"))]
        for name in ("author", "article:author", "parsely-author", "dc.creator", "sailthru.author", "byl", "bt:author"):
            said += self.metas.get(name, [])[:5]
        return tuple(dict.fromkeys(one for one in said if "://" not in one))[:20]

    def claims(self, names: Names) -> Iterator[Claim]:
        """Yield what canonical links, meta fields, JSON-LD, microformats, counters and the title say."""
        yield from self._canonicals(names)
        yield from self._metas(names)
        yield from self._json_ld(names)
        yield from self._microformats(names)
        yield from self._pixels(names)
        yield from self._of_title(names)

    def _canonicals(self, names: Names) -> Iterator[Claim]:
        for link in self._marked.links[:300]:
            if "canonical" in (link.get("rel") or "").lower().split():
                where: Where = "head" if _in_head(link) else "foot"
                row = Row("canonical", "BH-01" if where == "head" else "BH-03", "certain")
                yield from _pointer(link.get("href"), names, row, where, "rel=canonical")

    def _metas(self, names: Names) -> Iterator[Claim]:
        for value in self.metas.get("syndication-source", [])[:3]:
            where: Where = "foot" if value in self._at_the_foot else "head"
            yield from _pointer(value, names, Row("canonical", "BH-04", "certain"), where, "syndication-source")
        for value in self.metas.get("original-source", [])[:3]:
            yield from _pointer(value, names, Row("via", "BH-05", "weak"), "head", "original-source")
        for value in self.metas.get("og:url", [])[:1]:
            for claim in _pointer(value, names, Row("canonical", "BH-06", "weak"), "head", "og:url"):
                if claim.source_id is not None:  # anybody's typing error or second domain, unless we know the outlet
                    yield claim
        for field in ("dc.source", "dcterms.source", "dcterms.isversionof"):
            for value in self.metas.get(field, [])[:2]:
                yield from _pointer(value, names, Row("canonical", "BH-08", "weak"), "head", field)

    def _json_ld(self, names: Names) -> Iterator[Claim]:
        node = self.article
        for value in _urls_in(node.get("isbasedon"))[:3]:
            yield from _pointer(value, names, Row("canonical", "BJ-01", "certain"), "head", "isBasedOn")
        for value in _urls_in(node.get("translationofwork"))[:2]:
            yield from _pointer(value, names, Row("translation", "BJ-06", "strong"), "head", "translationOfWork")
        for field in ("copyrightholder", "sourceorganization", "provider"):
            for value in _names_in(node.get(field))[:2]:
                known = names.registry.named(value)
                if known is not None and known.id != names.source.id:
                    found = names.resolve(value, ())
                    if found is not None:
                        yield claim_of(found, Row("copyright", "BJ-03", "weak"), "head", f"{field}: {value}")

    def _microformats(self, names: Names) -> Iterator[Claim]:
        for link in self._marked.reposts[:5]:
            kind: ClaimKind = "translation" if "u-translation-of" in (link.get("class") or "") else "canonical"
            yield from _pointer(link.get("href"), names, Row(kind, "BM-01", "certain"), "body", "u-repost-of")
        for link in self._marked.syndicated[:5]:
            yield from _pointer(link.get("href"), names, Row("co-publication", "BM-01", "weak"), "body", "syndication")

    def _pixels(self, names: Names) -> Iterator[Claim]:
        for source in self._marked.files[:2000]:
            src = source[:2000]
            for pixel in names.table.pixels:
                found = pixel.pattern.match(f"https:{src}" if src.startswith("//") else src)
                if found is None:
                    continue
                groups = found.groupdict()
                where = pixel.host or groups.get("host")
                named = names.of_url(f"https://{where}/", pixel.name) if where else None
                if named is None or named.own:
                    continue
                post = groups.get("post")
                url = f"https://{where}/?p={post}" if post and pixel.host is None else None
                named = replace(named, url=url, linked="no", name=pixel.name or named.name)
                strength: Strength = "certain" if pixel.strength == "certain" and post else "weak"
                yield claim_of(named, Row("pixel", pixel.id, strength), "body", src)

    def _of_title(self, names: Names) -> Iterator[Claim]:
        for title in (self._title, *self.metas.get("og:title", [])[:1]):
            tail = _TITLE_TAIL.search(title)
            known = names.registry.named(tail[1]) if tail else None
            # "... - Reuters" in a headline says who reported it, not whose page this was.
            if tail and known is not None and known.kind != "agency" and known.id != names.source.id:
                found = names.resolve(tail[1], ())
                if found is not None and not found.own:
                    yield claim_of(found, Row("residue", "RS-01", "strong"), "head", title)
                    return


def entry_claims(entry: Entry, names: Names) -> Iterator[Claim]:
    """Yield what the feed said of where its item came from."""
    if entry.source is not None and entry.source.url:
        yield from _feed_pointer(entry.source.url, names, "BF-01", "strong", entry.source.name)
    elif entry.source is not None and entry.source.name:
        found = names.resolve(entry.source.name, ())
        if found is not None and not found.own:
            yield claim_of(found, Row("feed-source", "BF-01", "strong"), "feed", entry.source.name)
    if entry.id and entry.id.startswith(("http://", "https://")) and not is_home(entry.id) and not names.passed_on:
        try:
            where = host(entry.id)
        except InputError:
            where = ""
        known = names.registry.of_host(where) if where else None
        if known is not None or not any(where == p or where.endswith("." + p) for p in names.table.platforms):
            yield from _feed_pointer(entry.id, names, "BF-02", "strong", None)
    for link in entry.links[:20]:
        if link.rel == "via":
            yield from _feed_pointer(link.url, names, "BF-05", "weak", None)


def claim_of(named: Named, row: Row, where: Where, quote: str) -> Claim:
    """Return the claim that *named* is meant; ``self`` where a page names its own outlet as the origin."""
    return Claim(
        kind="self" if named.own and row.kind not in ("license", "residue") else row.kind,
        marker=row.marker,
        strength=row.strength,
        name=named.name,
        url=named.url,
        source_id=named.source_id,
        domain=named.domain,
        linked=named.linked,
        quote=quote[:300],
        where=where,
    )


def _names_in(value: Any) -> list[str]:
    return [normal(name[:300]) for name in names_of(value)]


def _urls_in(value: Any) -> list[str]:
    found: list[str] = []
    for one in value[:20] if isinstance(value, list) else [value]:
        url = (one.get("url") or one.get("@id")) if isinstance(one, dict) else one
        if isinstance(url, str) and "://" in url[:10]:
            found.append(url)
    return found


def _pointer(href: str | None, names: Names, row: Row, where: Where, field: str) -> Iterator[Claim]:
    """Yield the claim of a field that points to another outlet's article; pointing to oneself says nothing."""
    if not href or len(href) > 2000 or names.passed_on:
        return
    try:
        target = clean(href, names.url)
        if identity(target) == identity(names.url):
            return
    except InputError:
        return
    named = names.of_url(target)
    if named is None or named.own or _back_end(target, names):
        return
    if is_home(target):
        row = replace(row, strength="weak")
    yield claim_of(named, row, where, f"{field}: {target}")


def _feed_pointer(url: str, names: Names, marker: str, strength: Strength, name: str | None) -> Iterator[Claim]:
    named = names.of_url(url, normal(name) if name else None)
    if named is None or named.own or _back_end(url, names):
        return
    if marker == "BF-01":  # it is the feed's address, not the article's
        named = replace(named, url=None, linked="no")
    yield claim_of(named, Row("feed-source", marker, strength), "feed", f"{name or ''} {url}".strip())


def _back_end(target: str, names: Names) -> bool:
    """Say whether *target* is the same path on a blog platform: the host where this very site is made."""
    where = host(target)
    hosted = any(where.endswith("." + platform) for platform in names.table.platforms)
    if not hosted or names.registry.of_host(where) is not None:
        return False
    return identity(target).partition("/")[2] == identity(names.url).partition("/")[2]


def _title_of(tree: HtmlElement) -> str:
    """Return what the head calls the page; "" where it does not."""
    title = next((title for head in tree.iter("head") for title in head.iterchildren("title")), None)
    return normal("".join(title.itertext())[:1000]) if title is not None else ""


def _in_head(element: HtmlElement) -> bool:
    return any(parent.tag == "head" for parent in element.iterancestors())
