from __future__ import annotations

from dataclasses import replace

from crawler.model import Section, Source
from crawler.scout.check import Checkup, Verdict
from tests.scout.world import clock, go, rss, urlset


def checked(site: dict[str, str | bytes], *sources: Source, moved: dict[str, str] | None = None) -> list[Verdict]:
    trip = Checkup(sources=sources, now=clock)
    go(trip, site, moved=moved)
    return trip.verdicts()


def a_paper(*feeds: str, id: str = "paper", sitemaps: tuple[str, ...] = ()) -> Source:
    return Source(id=id, name=id, domains=("paper.example",), feeds=feeds, sitemaps=sitemaps)


FEED = "https://paper.example/feed"


def words(site: dict[str, str | bytes], **moved: str) -> str:
    (one,) = checked(site, a_paper(FEED), moved={FEED: moved["to"]} if moved else None)
    assert one.state in ("warning", "wrong")
    return "; ".join(one.words)


def test_a_feed_with_nothing_wrong_is_ok() -> None:
    news = urlset(("https://paper.example/2", "2026-11-23T10:00:00Z"))
    found = checked(
        {FEED: rss("https://paper.example/1"), "https://paper.example/news.xml": news},
        a_paper(FEED, sitemaps=("https://paper.example/news.xml",)),
    )
    assert [(one.state, one.entries, one.words) for one in found] == [("ok", 1, ()), ("ok", 1, ())]


def test_what_is_wrong_is_said_in_the_order_of_the_sources() -> None:
    assert "answered 404" in words({})
    assert "web page" in words({FEED: "<html><head><title>x</title></head><body>Log in</body></html>"})
    assert "no entry in it" in words({FEED: rss()})
    assert "days old" in words({FEED: rss("https://paper.example/1", at="Mon, 01 Jun 2026 10:00:00 GMT")})
    assert "bear no dates" in words({FEED: rss("https://paper.example/1", at="")})
    assert "leads to https://new.example/x" in words({FEED: rss("https://paper.example/1")}, to="https://new.example/x")


def test_a_feed_of_links_to_others_is_told_from_one_with_a_few() -> None:
    mixed = rss("https://paper.example/1", "https://paper.example/2", "https://other.example/3")
    assert checked({FEED: mixed}, a_paper(FEED))[0].state == "ok"
    foreign = rss("https://paper.example/1", "https://other.example/2", "https://other.example/3")
    assert "2 of 3 links lead to other.example" in words({FEED: foreign})


def test_two_feeds_that_show_the_same_are_told_and_two_that_share_a_little_are_not() -> None:
    second = "https://paper.example/rss"
    links = [f"https://paper.example/{number}" for number in range(10)]
    same = checked({FEED: rss(*links), second: rss(*links)}, a_paper(FEED, second))
    assert [one.state for one in same] == ["ok", "warning"]
    assert f"shows what {FEED} of 'paper' shows" in same[1].words[0]
    other = checked({FEED: rss(*links), second: rss(*links[:5], "https://paper.example/x")}, a_paper(FEED, second))
    assert [one.state for one in other] == ["ok", "ok"]


def test_a_page_that_lists_articles_shows_what_it_finds() -> None:
    url = "https://paper.example/news"
    page = '<html><body><a href="/news/1">The ferry runs again</a> <a href="/about">About</a></body></html>'
    source = replace(a_paper(), sections=(Section(url=url, links=("/news/#",)),))
    (one,) = checked({url: page}, source)
    assert (one.state, one.entries, one.shows) == ("ok", 1, ("The ferry runs again: https://paper.example/news/1",))
    (wrong,) = checked({url: page}, replace(source, sections=(Section(url=url, links=("/story/*",)),)))
    assert (wrong.state, wrong.entries) == ("wrong", 0)
