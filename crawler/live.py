"""A live trace: what to ask the web for next, to follow one page's credits up to where they end.

Nothing is fetched here: ``crawler.fetch.live`` does that, within the manners of every crawl. What comes back is read in
a store of its own, beside what the user's store knows; that one is only read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlsplit

from crawler.errors import CopytrailError, InputError
from crawler.feed import parse_feed
from crawler.feed.sitemap import indexed, listed
from crawler.flow import Begun, Engine, Ingested, Trail
from crawler.lineage.outlet import claimed_outlet
from crawler.model import Claim, Page, SourceRef
from crawler.prepare import Prepared, prepare
from crawler.store.memory import MemoryStore
from crawler.text import fold
from crawler.urls import article_id, host, site, web_address

Kind = Literal["page", "feed", "search"]

FOLLOWED = (
    "credit",
    "source-line",
    "canonical",
    "feed-source",
    "excerpt",
    "partial",
    "translation",
    "byline",
    "dateline",
)
PAGES = 30  # asked for at most, whatever the other limits
ALIKE = 0.6  # share of the words of two titles that makes them one article's
SITEMAPS = 3  # asked for of those that an index lists
HITS = 2  # pages followed of what an outlet has under a title
NEAR = 20  # stored articles with a like text that are held beside a fetched page


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a live trace goes: credits in a row, sites asked, seconds in all."""

    depth: int = 3
    hosts: int = 6
    seconds: float = 120.0
    reading_seconds: float = 10.0  # for one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One address to ask for. ``title`` is what is looked up there; ``why`` names the words that led to it.

    ``within``: a sitemap that an index lists; an index among those is not followed.
    """

    url: str
    kind: Kind
    depth: int
    why: str
    title: str | None = None
    within: bool = False


@dataclass(slots=True, kw_only=True)
class Asked:
    """What became of one address. ``problem``: why there is nothing; ``stored``: it was read in the store."""

    ask: Ask
    problem: str | None = None
    article: str | None = None
    stored: bool = False


@dataclass(slots=True)
class Expedition:
    """One live trace under way. Scrapy's components share it."""

    url: str
    known: Engine  # the user's: read only
    limits: Limits
    now: Callable[[], datetime]
    asked: list[Asked] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _scratch: Engine = field(init=False)
    _seen: set[str] = field(default_factory=set)
    _sites: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._scratch = Engine(MemoryStore(), self.known.registry, clock=self.now, jitter=lambda: 0.0)

    def __deepcopy__(self, memo: dict[int, object]) -> Expedition:
        # Scrapy copies its settings for every crawler. There is one expedition.
        return self

    def first(self) -> list[Ask]:
        return list(self._allowed([Ask(url=self.url, kind="page", depth=0, why="asked for")]))

    def got(self, ask: Ask, page: Page) -> list[Ask]:
        """Take in what came for *ask*; return what to ask for next."""
        done = Asked(ask=ask)
        self.asked.append(done)
        try:
            if ask.kind == "page":
                return self._read(ask, page, done)
            if ask.kind == "feed" and (sitemaps := indexed(page.body)):
                return list(self._allowed(self._indexed(ask, page, sitemaps)))
            found = _hits(page, self.now()) if ask.kind == "feed" else _searched(page)
        except CopytrailError as error:
            done.problem = str(error)
            return []
        return list(self._allowed(self._titled(ask, found)))

    def missed(self, ask: Ask, problem: str) -> None:
        """Note that *ask* could not be had."""
        self.asked.append(Asked(ask=ask, problem=problem))

    # --- reading

    def _read(self, ask: Ask, page: Page, done: Asked) -> list[Ask]:
        self.pages.append(page)
        prepared = prepare(page, self.known.registry)
        done.article = prepared.article.id
        if ask.depth == 0:
            self.url = prepared.article.url  # after redirects
        self._take_in(prepared)
        return self._onward(ask, prepared)

    def _take_in(self, prepared: Prepared) -> None:
        """Put a page, and what is stored with a like text, beside the others."""
        store = self.known.store
        near = dict.fromkeys(store.same_text(prepared.fingerprint.digest)[:NEAR])
        near |= dict.fromkeys(store.candidates(prepared.fingerprint, NEAR))
        made = []
        for id, dossier in store.dossiers(near).items():
            fingerprint = store.fingerprint(id)
            if fingerprint is not None and id != prepared.article.id:
                made.append(Prepared(article=dossier.article, claims=dossier.claims, fingerprint=fingerprint))
        begun = [Begun(url=one.article.url, entry_key=None, seeding=True, made=one) for one in (*made, prepared)]
        self._scratch.take_in(begun)

    def _onward(self, ask: Ask, prepared: Prepared) -> list[Ask]:
        """Return what the claims of a page lead to."""
        own = prepared.article.source
        asks: list[Ask] = []
        for claim in prepared.claims:
            outlet = claimed_outlet(claim, self.known.registry)
            if outlet is None or outlet.id == own.id or claim.kind not in FOLLOWED or claim.strength == "weak":
                continue
            why = claim.quote or claim.kind
            if claim.url is not None and claim.linked == "article":
                asks.append(Ask(url=claim.url, kind="page", depth=ask.depth + 1, why=why))
            elif prepared.article.title:
                asks += self._look_ups(outlet, claim, prepared.article.title, ask.depth + 1, why)
        return list(self._allowed(asks))

    def _look_ups(self, outlet: SourceRef, claim: Claim, title: str, depth: int, why: str) -> Iterator[Ask]:
        """Yield where an outlet can be asked for a title: WordPress's search, the feeds and sitemaps we know of it."""
        known = self.known.registry.source(outlet.id)
        feeds = (*known.feeds, *known.sitemaps) if known else ()
        start = next(iter(feeds), None) or (claim.url if claim.linked in ("home", "article") else None)
        if start is None and outlet.domain is not None:
            start = f"https://{outlet.domain}/"
        if start is None:
            return
        parts = urlsplit(start)
        base = f"{parts.scheme}://{parts.netloc}"
        search = f"{base}/wp-json/wp/v2/posts?search={quote(title[:150])}&per_page=5&_fields=link,title"
        yield Ask(url=search, kind="search", depth=depth, why=why, title=title)
        for url in feeds or (f"{base}/feed",):
            yield Ask(url=url, kind="feed", depth=depth, why=why, title=title)

    def _indexed(self, ask: Ask, page: Page, sitemaps: Sequence[str]) -> Iterator[Ask]:
        """Yield the first of the sitemaps that an index lists on its own site; what is left out is said."""
        if ask.within:
            self._leave_out(ask, "an index of sitemaps within another")
            return
        own = site(host(page.final_url))
        here = [url for one in sitemaps if (url := web_address(one, page.final_url)) and site(host(url)) == own]
        for url in here[:SITEMAPS]:
            yield replace(ask, url=url, within=True)
        if len(here) > SITEMAPS:
            self.left_out.append(f"{ask.url}: {len(here) - SITEMAPS} more sitemaps of it were not asked for")

    def _titled(self, ask: Ask, found: Sequence[tuple[str, str]]) -> Iterator[Ask]:
        """Yield the pages of *found*, address and title, that bear the title looked for, the likest first."""
        assert ask.title is not None
        ranked = sorted(((alike(ask.title, title), url) for url, title in found), key=lambda x: (-x[0], x[1]))
        for share, url in ranked[:HITS]:
            if share >= ALIKE and (clean := web_address(url, ask.url)) is not None:
                yield Ask(url=clean, kind="page", depth=ask.depth, why=f"its title, looked up: {ask.why}")

    # --- limits

    def _allowed(self, asks: Sequence[Ask] | Iterator[Ask]) -> Iterator[Ask]:
        """Yield those of *asks* that are new and within the limits; what is in the store is read there instead."""
        for ask in asks:
            key = article_id(ask.url) if ask.kind == "page" else ask.url
            if key in self._seen:
                continue
            self._seen.add(key)
            if ask.depth > self.limits.depth:
                self._leave_out(ask, f"deeper than {self.limits.depth} credits (--depth)")
                continue
            if ask.kind == "page" and ask.depth and (stored := self._stored(ask)) is not None:
                yield from stored
                continue
            where = site(host(ask.url))
            if where not in self._sites and len(self._sites) >= self.limits.hosts:
                self._leave_out(ask, f"more than {self.limits.hosts} sites (--hosts)")
                continue
            if len(self._seen) > PAGES:
                self._leave_out(ask, f"more than {PAGES} addresses")
                continue
            self._sites.add(where)
            yield ask

    def _leave_out(self, ask: Ask, why: str) -> None:
        self.left_out.append(f"{ask.url}: not asked: {why}")

    def _stored(self, ask: Ask) -> list[Ask] | None:
        """Take the page from the user's store; return what it leads to, None where it is not there."""
        id = article_id(ask.url)
        dossier = self.known.store.dossiers([id]).get(id)
        fingerprint = self.known.store.fingerprint(id)
        if dossier is None or fingerprint is None:
            return None
        self.asked.append(Asked(ask=ask, article=id, stored=True))
        prepared = Prepared(article=dossier.article, claims=dossier.claims, fingerprint=fingerprint)
        self._take_in(prepared)
        return self._onward(ask, prepared)

    # --- what came of it

    def trail(self) -> Trail | None:
        """Return the trail of the page asked for, by all that was read; None where that page could not be had."""
        return self._scratch.trail(article_id(self.url))

    def keep(self, take_in: Callable[[Sequence[Page]], Sequence[Ingested]]) -> Trail | None:
        """Have all fetched pages taken into the user's store, without alerts; return the trail as it stands there."""
        for outcome in take_in([replace(page, seeding=True) for page in self.pages]):
            if outcome.error is not None:
                raise outcome.error
        self.known.settle()
        return self.known.trail(article_id(self.url))


def alike(one: str, other: str) -> float:
    """Return how alike two titles are: the share of their words that both have, 0 to 1."""
    left, right = (frozenset(fold(title).split()) for title in (one, other))
    return len(left & right) / len(left | right) if left | right else 0.0


def _hits(page: Page, now: datetime) -> list[tuple[str, str]]:
    """Return address and title of what a feed or sitemap lists. Raises NotAFeed."""
    if found := listed(page.body):
        return found
    feed = parse_feed(page.body, url=page.final_url, content_type=page.headers.get("content-type"), now=now)
    return [(entry.url, entry.title) for entry in feed.entries if entry.url and entry.title]


def _searched(page: Page) -> list[tuple[str, str]]:
    """Return address and title of what WordPress found. Raises InputError for another answer."""
    try:
        posts = json.loads(page.body)
        return [(post["link"], str(post["title"]["rendered"])) for post in posts[:10]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise InputError("no answer of WordPress's search: the outlet may run on something else") from error
