"""Sites in memory that a trip can go to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from crawler.live import Ask
from crawler.model import Page

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Traveller(Protocol):
    def first(self) -> Sequence[Ask]: ...
    def got(self, ask: Ask, page: Page) -> Sequence[Ask]: ...
    def missed(self, ask: Ask, problem: str) -> Sequence[Ask] | None: ...


def go(trip: Traveller, site: dict[str, str | bytes], *, moved: dict[str, str] | None = None) -> list[str]:
    """Go on *trip* over *site*, bodies by address; return what was asked for, in this order."""
    waiting, asked = list(trip.first()), []
    while waiting:
        ask = waiting.pop(0)
        asked.append(ask.url)
        body = site.get(ask.url)
        if body is None:
            waiting += trip.missed(ask, "answered 404") or ()
        else:
            waiting += trip.got(ask, a_page(ask.url, body, (moved or {}).get(ask.url)))
    return asked


def a_page(url: str, body: str | bytes, final: str | None = None) -> Page:
    raw = body.encode() if isinstance(body, str) else body
    return Page(url=url, final_url=final or url, body=raw, fetched_at=NOW, headers={})


def clock() -> datetime:
    return NOW


Clock = Callable[[], datetime]


def rss(*links: str, at: str = "Mon, 23 Nov 2026 10:00:00 GMT", title: str = "A Paper") -> str:
    items = "".join(f"<item><title>t</title><link>{link}</link><pubDate>{at}</pubDate></item>" for link in links)
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>"


def urlset(*lines: tuple[str, str | None]) -> str:
    rows = "".join(f"<url><loc>{url}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</url>" for url, at in lines)
    return f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>"


def index(*lines: tuple[str, str | None]) -> str:
    rows = "".join(f"<sitemap><loc>{u}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</sitemap>" for u, at in lines)
    return f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</sitemapindex>"
