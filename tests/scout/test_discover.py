from __future__ import annotations

from crawler.scout.discover import Discovery
from tests.scout.world import clock, go, rss, urlset

HOME = "https://paper.example/"


def discovered(site: dict[str, str | bytes], url: str = HOME) -> Discovery:
    trip = Discovery(url=url, now=clock)
    go(trip, site)
    return trip


def test_the_feeds_that_a_page_names_are_found_in_all_their_spellings() -> None:
    head = (
        "<link rel='alternate' type='application/rss+xml' href='/a'>"
        "<LINK REL='ALTERNATE nofollow' TYPE='application/atom+xml; charset=utf-8' HREF='https://cdn.example/b'>"
        "<link rel=alternate type=application/feed+json href=//paper.example/c>"
        "<link rel=alternate type=text/html hreflang=fr href=/fr><link rel=stylesheet type=text/css href=/rss.css>"
    )
    json = '{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "url": "/x"}]}'
    trip = discovered(
        {
            HOME: f"<html><head>{head}</head><body><p>News</p></body></html>",
            "https://paper.example/a": rss("https://paper.example/1"),
            "https://cdn.example/b": "<feed xmlns='http://www.w3.org/2005/Atom'><title>B</title></feed>",
            "https://paper.example/c": json,
        }
    )
    assert [(one.url, one.kind, one.entries, one.title) for one in trip.found] == [
        ("https://paper.example/a", "feed", 1, "A Paper"),
        ("https://cdn.example/b", "feed", 0, "B"),
        ("https://paper.example/c", "feed", 1, "J"),
    ]
    assert trip.found[0].newest is not None
    assert {one.why for one in trip.found} == {"named by the page"}


def test_a_page_that_names_no_feed_is_looked_at_for_links_and_the_usual_places_are_tried() -> None:
    trip = discovered(
        {
            HOME: "<p><a href='/service/rss-news.xml'>RSS</a> <a href='/feedback'>Feedback</a></p>",
            "https://paper.example/service/rss-news.xml": rss(),
            "https://paper.example/feed": rss("https://paper.example/1"),
            "https://paper.example/rss": "<html><body>Not found</body></html>",
            "https://paper.example/feedback": rss(),
        }
    )
    assert {(one.url, one.why) for one in trip.found} == {
        ("https://paper.example/service/rss-news.xml", "linked on the page"),
        ("https://paper.example/feed", "a usual place"),
    }
    assert trip.problems == []


def test_the_sitemaps_of_robots_txt_are_found_and_the_usual_places_of_news_sitemaps_tried() -> None:
    trip = discovered(
        {
            HOME: "<html><head><link rel=alternate type=application/rss+xml href=/a></head></html>",
            "https://paper.example/a": rss(),
            "https://paper.example/robots.txt": "User-agent: *\nDisallow: /x\nSitemap: https://paper.example/all.xml\n",
            "https://paper.example/all.xml": urlset(("https://paper.example/1", "2020-01-01")),
            "https://paper.example/news-sitemap.xml": urlset(("https://paper.example/2", "2026-11-23")),
        }
    )
    assert [(one.url, one.kind) for one in trip.found] == [
        ("https://paper.example/a", "feed"),
        ("https://paper.example/all.xml", "sitemap"),
        ("https://paper.example/news-sitemap.xml", "sitemap"),
    ]


def test_the_address_of_a_feed_is_its_own_discovery() -> None:
    asked = go(trip := Discovery(url="https://paper.example/feed", now=clock), {"https://paper.example/feed": rss()})
    assert asked == ["https://paper.example/feed"]
    assert [one.url for one in trip.found] == asked


def test_a_page_with_thousands_of_feeds_is_not_followed_to_all_of_them() -> None:
    links = "".join(f"<link rel=alternate type=application/rss+xml href=/feed/{n}>" for n in range(5_000))
    asked = go(trip := Discovery(url=HOME, now=clock), {HOME: f"<html><head>{links}</head></html>"})
    assert len(asked) == 100
    assert any("more than 100 addresses" in line for line in trip.problems)


def test_what_could_not_be_had_is_said() -> None:
    trip = discovered({})
    assert trip.found == []
    assert trip.problems == [f"{HOME}: answered 404"]
