from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

from crawler.flow import Engine
from crawler.model import Source
from crawler.registry import Registry
from crawler.scout.backfill import Backfill
from crawler.store.memory import MemoryStore
from tests.scout.world import clock, go, index, rss, urlset

HOME = "https://paper.example/"
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def a_backfill(url: str = HOME, **changes: int) -> Backfill:
    return Backfill(url=url, since=SINCE, now=clock, most=1_000, longest=changes.get("longest", 20_000))


def posts(numbers: range) -> str:
    return json.dumps(
        [
            {
                "link": f"https://paper.example/p{number}",
                "date_gmt": "2026-11-20T10:00:00",
                "title": {"rendered": f"Caf&eacute; {number}"},
            }
            for number in numbers
        ]
    )


def wordpress(page: int) -> str:
    return (
        f"{HOME}wp-json/wp/v2/posts?after=2026-11-01T00:00:00&per_page=100&page={page}"
        "&orderby=date&order=desc&_fields=link,date_gmt,title"
    )


def test_wordpress_is_asked_page_by_page_until_there_is_no_more() -> None:
    asked = go(trip := a_backfill(), {wordpress(1): posts(range(100)), wordpress(2): posts(range(100, 130))})
    assert asked == [wordpress(1), wordpress(2)]
    assert len(trip.entries) == 130
    entry = next(iter(trip.entries.values()))
    assert (entry.url, entry.title) == ("https://paper.example/p0", "Café 0")
    assert entry.published is not None
    assert entry.published.at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert entry.published.zone_known


def test_without_wordpress_the_sitemaps_of_robots_txt_are_walked_as_far_as_they_are_recent() -> None:
    parts = (("https://paper.example/new.xml.gz", "2026-11-20"), ("https://paper.example/old.xml", "2026-09-01"))
    listed = urlset(
        ("https://paper.example/1", "2026-11-19"),
        ("https://paper.example/2", "2026-10-19"),
        ("https://paper.example/3", None),
        ("https://other.example/4", "2026-11-19"),
        ("https://paper.example/1?utm_source=x", "2026-11-19"),
    )
    asked = go(
        trip := a_backfill(),
        {
            wordpress(1): "<html>no such thing</html>",
            f"{HOME}robots.txt": "Sitemap: /index.xml",
            f"{HOME}index.xml": index(*parts, (f"{HOME}index.xml", "2026-11-20")),
            "https://paper.example/new.xml.gz": gzip.compress(listed.encode()),
            "https://paper.example/old.xml": urlset(("https://paper.example/5", "2026-11-19")),
        },
    )
    assert asked == [wordpress(1), f"{HOME}robots.txt", f"{HOME}index.xml", "https://paper.example/new.xml.gz"]
    assert [entry.url for entry in trip.entries.values()] == ["https://paper.example/1"]
    assert (trip.undated, trip.foreign) == (1, 1)


def test_a_sitemap_can_be_named_itself_and_the_usual_places_are_the_last_resort() -> None:
    news = "https://paper.example/news.xml"
    assert go(trip := a_backfill(news), {news: urlset(("https://paper.example/1", "2026-11-19"))}) == [news]
    assert len(trip.entries) == 1
    asked = go(trip := a_backfill(), {})
    assert asked[-2:] == [f"{HOME}sitemap.xml", f"{HOME}sitemap_index.xml"]
    assert len(trip.problems) == 4


def test_no_more_is_collected_than_asked_for() -> None:
    site: dict[str, str | bytes] = {wordpress(page): posts(range(page * 100, page * 100 + 100)) for page in range(1, 9)}
    asked = go(trip := a_backfill(longest=150), site)
    assert (len(asked), len(trip.entries)) == (2, 150)


def test_what_is_queued_belongs_to_no_feed_raises_no_alert_and_comes_once() -> None:
    source = Source(id="paper", name="Paper", domains=("paper.example",), feeds=(HOME,))
    engine = Engine(MemoryStore(), Registry([source]), clock=clock, jitter=lambda: 0.0)
    for expected in (3, 0):
        go(trip := a_backfill(), {wordpress(1): posts(range(3))})
        new = engine.record(trip.poll("paper"))
        assert len(new) == expected
        assert all(pending.seeding and pending.source_id == "paper" for pending in new)
    assert engine.store.feed_state(HOME) is None
    assert [state.url for state in engine.due(clock())] == [HOME]


def test_a_feed_is_a_sitemap_too() -> None:
    feed = "https://paper.example/feed.xml"
    go(trip := a_backfill(feed), {feed: rss("https://paper.example/1")})
    assert len(trip.entries) == 1
