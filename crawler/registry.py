"""Tells which outlet a web address or a credited name belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from crawler.model import Source, SourceRef
from crawler.text import fold
from crawler.urls import host as host_of
from crawler.urls import site, slug

MAX_NAME = 200

_HOST = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\.?")
_MARKS = re.compile(r"[®™©℠]")
_NOT_WORDS = re.compile(r"[^\w]+")


class Registry:
    """The outlets we know, found by domain (sub-domains included), by name or by id.

    A name that two outlets claim as an alias names nobody: guessing would accuse the wrong one. An outlet's own
    name goes before another's alias.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources: tuple[Source, ...] = tuple(sources)
        self._by_id: dict[str, Source] = {}
        self._by_domain: dict[str, Source] = {}
        self._by_name: dict[str, Source] = {}
        self._by_alias: dict[str, Source | None] = {}
        self._links = {section.url: section.links for source in self.sources for section in source.sections}
        for source in self.sources:
            self._by_id.setdefault(source.id, source)
            for domain in source.domains:
                self._by_domain.setdefault(_domain_key(domain), source)
            self._by_name.setdefault(name_key(source.name), source)
            for alias in (source.id, *source.aliases):
                key = name_key(alias)
                held = self._by_alias.setdefault(key, source)
                if held is not source:
                    self._by_alias[key] = None

    def links_of(self, url: str) -> tuple[str, ...]:
        """Return the patterns of the links that are articles on the page at *url*; none where it is a feed."""
        return self._links.get(url, ())

    def of_url(self, url: str, site_name: str | None = None) -> SourceRef:
        """Return who publishes *url*: an outlet we know, else one made up from its registrable domain."""
        host = host_of(url)
        known = self.of_host(host)
        if known is not None:
            return known.ref
        domain = site(host) or host
        return SourceRef(id=slug(domain), name=site_name or host, domain=host)

    def of_host(self, host: str) -> Source | None:
        """Return the outlet with the longest domain that *host* is, or lies below."""
        for domain in _suffixes(_domain_key(host)):
            source = self._by_domain.get(domain)
            if source is not None:
                return source
        return None

    def named(self, name: str) -> Source | None:
        """Return the outlet of that name or alias; case, spaces, punctuation and a leading "The" do not count.

        A bare host ("www.example.org") names the outlet that owns it.
        """
        if not name or len(name) > MAX_NAME:
            return None
        key = name_key(name)
        if not key:
            return None
        found = self._by_name.get(key) or self._by_alias.get(key)
        if found is None and _HOST.fullmatch(name.strip()):
            found = self.of_host(name.strip())
        return found

    def source(self, id: str) -> Source | None:
        return self._by_id.get(id)


@lru_cache(maxsize=1 << 13)
def name_key(name: str) -> str:
    """Return *name* as outlets are compared: letters and digits only, without a leading "the"."""
    words = _NOT_WORDS.split(fold(_MARKS.sub("", name)).replace("'", "").replace("_", " "))
    kept = [word for word in words if word]
    if len(kept) > 1 and kept[0] == "the":
        kept = kept[1:]
    return "".join(kept)


def _domain_key(domain: str) -> str:
    folded = domain.strip().casefold().rstrip(".")
    folded = folded.removeprefix("www.")
    try:
        return folded.encode("ascii").decode("ascii")
    except UnicodeEncodeError:
        pass
    try:
        return folded.encode("idna").decode("ascii")
    except UnicodeError:
        return folded


def _suffixes(host: str) -> Iterator[str]:
    """Yield *host* and the domains above it, longest first, never a bare top-level one."""
    labels = host.split(".")
    if len(labels) == 1:
        yield host
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])
