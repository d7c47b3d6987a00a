"""A small world of real outlets and invented articles: pages go in as HTML, lineages come out.

The outlets are those of ``config/sources.yaml``, so that their names, domains and terms are what is tested; the
articles are those of the bundled newsroom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape

from config.loading import load
from crawler.build import registry
from crawler.flow import Engine, Ingested, Trail
from crawler.model import Article, Attribution, Claim, Criterion, Edge, Entry, Lineage, Page, Source
from crawler.newsroom.pieces import LINK, pieces
from crawler.registry import Registry
from crawler.store import open_store
from crawler.urls import article_id

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


@cache
def bundled() -> tuple[Source, ...]:
    return registry(load(environment={})).sources


@cache
def prose(key: str, most: int = 30) -> tuple[str, ...]:
    """Return the paragraphs of one of the newsroom's articles, as plain text."""
    blocks = [LINK.sub(r"\1", b.markup) for b in pieces()[key].blocks if b.kind == "paragraph"]
    return tuple(text for text in blocks if "{" not in text)[:most]


SENSORS = prose("harbour-post/breakwater-sensors")
FERRY = prose("harbour-post/ferry-fire")
VAULT = prose("harbour-post/seed-vault")
TENDER = prose("harbour-post/tram-tender")
MILL = prose("inland-herald/millet-mill")
DAM = prose("valley-gazette/dam-gates")
OWLS = prose("inland-herald/quarry-owls")
GLASS = prose("lakeside-record/glass-works")


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def html(
    text: Sequence[str],
    *,
    title: str = "What the sensors in the old breakwater saw",
    head: str = "",
    top: str = "",
    foot: str = "",
    after: str = "",
    published: str | None = None,
    site: str | None = None,
    language: str = "en",
) -> str:
    """Return a page as a news site makes it. *top*, *foot*: markup within the article; *after*: below it."""
    meta = f"<meta property='article:published_time' content='{published}'>" if published else ""
    meta += f"<meta property='og:site_name' content='{escape(site, quote=True)}'>" if site else ""
    body = "".join(one if one.startswith("<") else f"<p>{escape(one)}</p>" for one in text)
    return (
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta property='og:type' content='article'>{meta}{head}</head><body>"
        "<header><nav><a href='/'>Home</a><a href='/world'>World</a><a href='/about'>About</a></nav></header>"
        f"<main><article><h1>{escape(title)}</h1>{top}{body}{foot}</article></main>{after}"
        "<footer><p><a href='/privacy'>Privacy</a> <a href='/contact'>Contact</a></p></footer></body></html>"
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What the store holds of one article."""

    article: Article
    lineage: Lineage
    claims: tuple[Claim, ...]
    trail: Trail

    @property
    def parents(self) -> list[str]:
        return [edge.parent.source.id for edge in self.lineage.parents]

    @property
    def rivals(self) -> list[str]:
        return [edge.parent.source.id for edge in self.lineage.rivals]

    @property
    def edge(self) -> Edge:
        """The only parent edge."""
        assert len(self.lineage.parents) == 1, (self.parents, self.rivals, self.claims)
        return self.lineage.parents[0]

    @property
    def origin(self) -> str | None:
        return self.lineage.origin.source.id if self.lineage.origin else None

    @property
    def chain(self) -> list[str]:
        return [step.source.id for step in self.trail.chain]

    @property
    def credit(self) -> Attribution:
        assert self.lineage.attribution is not None
        return self.lineage.attribution

    def answer(self, id: str) -> Criterion:
        return next(c for c in self.credit.criteria if c.id == id)

    def said(self, kind: str) -> list[Claim]:
        return [c for c in self.claims if c.kind == kind]


class World:
    """One store, the outlets we know (and *more*), pages in any order."""

    def __init__(self, *more: Source) -> None:
        self.store = open_store("memory:")
        self.engine = Engine(
            self.store,
            Registry((*bundled(), *more)),
            clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            jitter=lambda: 0.0,
        )

    def put(
        self,
        url: str,
        page: str,
        *,
        seen: datetime,
        absent: datetime | None = None,
        entry: Entry | None = None,
        status: int = 200,
    ) -> Ingested:
        """Take in *page*, seen at that time; *absent*: when its feed was last looked at without it."""
        return self.engine.ingest(
            Page(
                url=url,
                final_url=url,
                body=page.encode(),
                fetched_at=seen,
                status=status,
                headers={"content-type": "text/html; charset=utf-8"},
                entry=entry,
                absent_at=absent,
            )
        )

    def story(
        self,
        url: str,
        text: Sequence[str],
        hours: float,
        *,
        seen_after: float = 0.1,
        dated: bool = True,
        entry: Entry | None = None,
        **page: str,
    ) -> Seen:
        """Take in an article published at noon plus *hours* and seen some hours after that; return how it stands."""
        published = at(hours).isoformat() if dated else None
        outcome = self.put(
            url, html(text, **({"published": published} | page)), seen=at(hours + seen_after), entry=entry
        )
        assert outcome.problem is None, outcome.problem
        return self.look(url)

    def look(self, url: str) -> Seen:
        trail = self.engine.trail(article_id(url))
        assert trail is not None, url
        return Seen(trail.article, trail.lineage, trail.claims, trail)

    def edges(self) -> list[tuple[str, str]]:
        """Return every parent edge as (copy's outlet, parent's outlet)."""
        return [(self._outlet(e.copy), e.parent.source.id) for e in self.store.edges()]

    def _outlet(self, id: str) -> str:
        article = self.store.article(id)  # type: ignore[arg-type]
        assert article is not None
        return article.source.id
