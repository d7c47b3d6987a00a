"""Finds out which outlet a phrase, a link or a byline names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from config.markers import MarkerTable
from crawler.dates import month
from crawler.errors import InputError
from crawler.lineage.lines import Anchor
from crawler.lineage.walk import normal
from crawler.model import Linked, Source, SourceRef
from crawler.registry import Registry, name_key
from crawler.urls import clean, host, is_home, site


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An outlet as a page names it. ``own``: it is the page's own outlet."""

    name: str | None = None
    url: str | None = None
    source_id: str | None = None
    domain: str | None = None
    linked: Linked = "no"
    own: bool = False


class Names:
    """What the outlets are called, seen from one page of one outlet."""

    def __init__(
        self,
        registry: Registry,
        table: MarkerTable,
        *,
        url: str,
        source: SourceRef,
        site_names: Iterable[str] = (),
        no_link: Linked = "no",
    ) -> None:
        self.registry = registry
        self.table = table
        self.url = url
        self.source = source
        self.host = host(url)
        self.passed_on = self.is_redirector(self.host)
        self._no_link = no_link
        self._own_label = _label(self.host)
        self._own = {name_key(source.name), name_key(self.host), self._own_label}
        for name in site_names:
            known = registry.named(name)
            # A copied head bears another's name: an outlet we know is not this one because its page says so.
            stranger = known.id != source.id if known else name in table.agencies or name in table.syndicates
            if not stranger:
                self._own.add(name_key(name))
        self._own.discard("")

    def is_redirector(self, name: str) -> bool:
        """Say whether *name* is a host that only passes readers on (or keeps copies of all the web)."""
        return _below(name, self.table.redirectors)

    def is_own_host(self, name: str) -> bool:
        """Say whether *name* belongs to the page's own outlet, or to the same brand under another ending."""
        known = self.registry.of_host(name)
        mine = self.registry.of_host(self.host)
        if known is not None or mine is not None:
            if known is not None and (known is mine or known.id == self.source.id):
                return True
            if known is not None and mine is not None:
                return False
        label = _label(name)
        brand = label.split("-")[0]
        same_brand = label == self._own_label or (brand == self._own_label and len(brand) > 2)
        return same_brand or site(name) == site(self.host)

    def is_own_name(self, name: str) -> bool:
        known = self.registry.named(name)
        if known is not None:
            return known.id == self.source.id
        words = name.split()[:5]  # "Harbour News", "HARBOUR North/abc" on harbour.example
        return any(name_key(" ".join(words[:end])) in self._own for end in range(1, len(words) + 1))

    def of_url(self, url: str, name: str | None = None) -> Named | None:
        """Return whom *url* names, None for a URL that names nobody (redirector, address, platform's front)."""
        target = unwrapped(url, self)
        if target is None:
            return None
        where = host(target)
        if _ADDRESS.fullmatch(where) or "." not in where or where in self.table.platforms:
            return None
        known = self.registry.of_host(where)
        return Named(
            name=known.name if known else name or where,
            url=target,
            source_id=known.id if known else None,
            domain=known.domains[0] if known and known.domains else where,
            linked="home" if is_home(target) else "article",
            own=self.is_own_host(where),
        )

    def resolve(
        self, said: str | None, anchors: Sequence[Anchor], *, known_only: bool = False, also: Iterable[str] = ()
    ) -> Named | None:
        """Return the outlet that *said* names, with the best of *anchors*; None where it names none.

        First counts a link to another outlet, then a domain in the words, then a name we know, then any words
        that can be an outlet's name, unless *known_only* (*also* are names that count as known).
        """
        name = trimmed(said) if said else None
        for anchor in anchors:  # "Source: HarbourRead more": what the next link says is not the name
            if name and len(name) > len(anchor.text) > 1 and name.endswith(anchor.text):
                name = trimmed(name.removesuffix(anchor.text))
        written = written_url(name) if name else None
        on_name = [a for a in anchors if name and (name in a.text or a.text in name) and len(a.text) > 1]
        links = self._outlets_of(on_name) or (self._outlets_of(anchors) if name is None or self._may_be(name) else [])
        known = self.registry.named(name) if name else None
        if known is not None:
            links = [link for link in links if link.source_id == known.id] or []
        if links:
            home = links[0]
            others = [*links, *(link for link in self._outlets_of(anchors) if _same_site(link, home))]
            best = next((link for link in others if link.linked == "article"), home)
            return Named(
                name=known.name if known else self._shown(name, written) or home.name,
                url=best.url,
                source_id=home.source_id,
                domain=home.domain,
                linked=best.linked,
                own=home.own or bool(name and self.is_own_name(name)),
            )
        linked = self._linked(on_name or (anchors if len(anchors) == 1 else ()))
        if written is not None and name is not None:
            found = self.of_url(written, None)
            if found is None:
                return None
            exact = found.linked == "article" and "/" in name
            shown = written if exact or name.startswith("http") else None
            if linked == "no" and self._no_link == "unknown":
                linked = found.linked if shown else "unknown"
            return Named(
                name=found.name, url=shown, source_id=found.source_id, domain=found.domain, linked=linked, own=found.own
            )
        if name is None:
            return None
        if known is not None:
            return self._of_source(known, linked)
        if known_only:
            keys = {name_key(one) for one in also}
            if name_key(name) not in keys:
                return None
        if not self._may_be(name):
            return None
        return Named(name=name, linked=linked, own=self.is_own_name(name))

    def _of_source(self, source: Source, linked: Linked) -> Named:
        return Named(
            name=source.name,
            source_id=source.id,
            domain=source.domains[0] if source.domains else None,
            linked=linked,
            own=source.id == self.source.id,
        )

    def agency(self, name: str, anchors: Sequence[Anchor] = ()) -> Named:
        """Return the agency that the table shows as *name*."""
        known = self.registry.named(name)
        linked = self._linked([a for a in anchors if name in a.text])
        if known is not None:
            return self._of_source(known, linked)
        return Named(name=name, linked=linked, own=self.is_own_name(name))

    def _shown(self, name: str | None, written: str | None) -> str | None:
        return None if written is not None or not name or not self._may_be(name) else name

    def _outlets_of(self, anchors: Sequence[Anchor]) -> list[Named]:
        found = []
        for anchor in anchors:
            named = self.of_url(anchor.url) if anchor.url is not None else None
            where = host(named.url) if named is not None and named.url else ""
            if named is not None and not _below(where, self.table.media_hosts) and not self.is_own_host(where):
                found.append(named)
        return found

    def _linked(self, anchors: Sequence[Anchor]) -> Linked:
        if not anchors:
            return self._no_link
        return "other" if any(a.url is not None for a in anchors) else "unknown"

    def _may_be(self, name: str) -> bool:
        """Say whether *name* looks like an outlet's: a proper name, short, nothing that never is a source."""
        words = name.split()
        if not 1 < len(name) <= 80 or len(words) > 9 or self.table.never.fullmatch(name):
            return False
        if self.table.books.search(name) and self.registry.named(name) is None:
            return False
        first = words[0]
        low = first.casefold().strip(".,")
        if low in _NOT_FIRST or (month(low) and any(c.isdigit() for c in name)) or low in _DAYS:
            return False
        if not any(c.isalpha() for c in name) or _DATE_LIKE.match(name):
            return False
        if not any(c.isupper() or (c.isalpha() and not c.islower()) for c in name):
            return not _NEWSY.isdisjoint(words)
        return low in _ARTICLES or not first[0].islower() or not first.islower() or _DOMAIN.fullmatch(first) is not None


def trimmed(said: str) -> str:
    """Return the name within *said*: quotes, brackets, articles' tails and sentence ends taken off."""
    name = normal(said[:400]).strip(" \t\"'“”‘’«»()[]*_·•|,;:–—-")
    name = _TAIL.sub("", name).strip(" \"'“”‘’«»,;")
    name = _HEAD.sub("", name)
    return name.rstrip(".") if not _INITIALS.search(name) else name


def unwrapped(url: str, names: Names) -> str | None:
    """Return the address behind a redirector that spells it out in its query; None if it stays hidden."""
    for _ in range(3):
        try:
            url = clean(url, names.url)
            if not names.is_redirector(host(url)):
                return url
        except InputError:
            return None
        query = urlsplit(url).query
        asked = parse_qsl(query)[:20]
        inner = next((v for k, v in asked if k in _INNER and v.startswith(("http://", "https://"))), None)
        archived = _ARCHIVED.search(url)
        if inner is None and archived is None:
            return None
        url = inner or (archived[1] if archived else "")
    return None


_INNER = frozenset({"url", "u", "to", "q", "target", "dest", "link", "r"})
_ARCHIVED = re.compile(r"/web/\d{4,14}[a-z_]{0,4}/(https?://.{4,2000})")
_ADDRESS = re.compile(r"\[?[0-9a-f:.]*\]?|\d{1,3}(?:\.\d{1,3}){3}")
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,5}[a-z]{2,12}", re.IGNORECASE)
_DATE_LIKE = re.compile(r"\d{1,2}[./ -]|\d{4}\b|\d+$")
_TAIL = re.compile(
    r"(?:['’]s)?\s+(?:web\s?site|web\s?page|blog page|home ?page|online edition)$"
    r"|\s+(?:and|where|which|who|that|under|with|here|as|in full|last|this|earlier|today|yesterday)\s.{0,120}$"
    r"|,?\s+(?:on|in)\s+(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|\d).{0,60}$",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"^(?:(?:our|its|their|my)\s+)?(?:(?:sister|partner|parent|affiliate|syndication)\s+)?(?:(?:web)?site|partners?|publication|"
    r"friends|colleagues|blog|magazine|newspaper|journal|outlet|content partner)\s+(?:at\s+|of\s+)?(?=[A-Z])"
)
_INITIALS = re.compile(r"(?:^|\s|\.)[A-Z]\.[A-Z]\.$")
_ARTICLES = frozenset(
    {
        "the", "la", "le", "el", "los", "las", "les", "der", "die", "das", "il", "lo", "l", "o", "a", "den",
        "het", "de",
    }
)  # fmt: skip
_NOT_FIRST = frozenset(
    {
        "on", "in", "at", "of", "and", "or", "to", "by", "it", "its", "he", "she", "they", "we", "i", "you",
        "this", "that", "these", "those", "a", "an", "his", "her", "our", "my", "your", "their", "page",
        "chapter", "issue", "volume", "part", "section", "episode", "season", "release", "updated",
        "published", "posted", "date", "am", "pm", "read", "click", "here", "there", "when", "where",
        "what", "who", "how", "why", "if", "as", "for", "from", "with", "see", "also",
    }
)  # fmt: skip
_NEWSY = frozenset(
    {
        "news", "times", "post", "herald", "report", "journal", "gazette", "tribune", "magazine",
        "observer",
    }
)  # fmt: skip
_DAYS = frozenset(
    {
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "tues",
        "wed", "thu", "thurs", "fri", "sat", "sun",
    }
)  # fmt: skip


def written_url(name: str) -> str | None:
    """Return the address that *name* is written as, a URL or a bare domain; None for other words."""
    if name.startswith(("http://", "https://")):
        return name.rstrip(".,;)]")
    bare = name.rstrip(".,;)").split("/", 1)
    if not _DOMAIN.fullmatch(bare[0]) or " " in name:
        return None
    return "http://" + name.rstrip(".,;)")


def _label(name: str) -> str:
    """Return the brand in a host: "harbour" of news.harbour.co.uk."""
    try:
        return site(name).split(".")[0]
    except InputError:
        return name


def _same_site(one: Named, other: Named) -> bool:
    if one.source_id or other.source_id:
        return one.source_id == other.source_id
    return site(one.domain or "") == site(other.domain or "")


def _below(name: str, domains: frozenset[str]) -> bool:
    labels = name.split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels)))
