"""``copytrail trace URL --live`` against outlets on loopback: it follows credits, within its limits and manners."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.feed.sitemap import indexed, listed
from crawler.flow import Engine
from crawler.live import Ask, Expedition, Limits, alike
from crawler.model import Page
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON, some_text
from tests.end_to_end.shell import Done, a_house, copytrail
from tests.hostile import Hostile, Reply

STORY = [some_text(90, seed=n) for n in range(1, 5)]
TITLE = "The ferry runs again after a long winter"
HOSTS = ("copier.example", "meridian.example", "harbour-post.example", "robots.example")


def a_page(foot: str = "", *, title: str = TITLE, at: str = "2024-03-01T18:00:00Z", head: str = "") -> Reply:
    text = "".join(f"<p>{part}</p>" for part in STORY)
    return Reply(
        f"<!doctype html><html lang=en><head><title>{title}</title><meta property=og:type content=article>{head}"
        f"<meta property='article:published_time' content='{at}'></head><body><main><article><h1>{title}</h1>"
        f"{text}{foot}</article></main></body></html>".encode(),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )


@pytest.fixture
def site() -> Iterator[Hostile]:
    with Hostile() as site:
        yield site


@pytest.fixture
def house(tmp_path: Path, site: Hostile) -> Path:
    fetch: Mapping[str, Any] = {
        "hosts": dict.fromkeys(HOSTS, "127.0.0.1"),
        "allow": [f"127.0.0.1:{site.port}"],
        "contact": "https://example.org/contact",
        "delay_seconds": 0,
        "timeout_seconds": 5,
    }
    folder = a_house(tmp_path, fetch=fetch)
    sources = folder / "config" / "sources.yaml"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(
        text.replace("http://harbour-post.example/feed", f"http://harbour-post.example:{site.port}/feed"),
        encoding="utf-8",
    )
    return folder


def url(site: Hostile, host: str, path: str) -> str:
    return f"http://{host}:{site.port}{path}"


def linked(to: str, name: str) -> str:
    return f"<p>This article was originally published by <a href='{to}'>{name}</a>.</p>"


def a_chain(site: Hostile) -> str:
    """Serve a copy that links Meridian's page, which names the Harbour Post, whose feed lists it; return its URL."""
    site.replies |= {
        "/copy": a_page(linked(url(site, "meridian.example", "/middle"), "Meridian Digest"), at="2024-03-03T09:00:00Z"),
        "/middle": a_page("<p>This article was originally published by Harbour Post.</p>", at="2024-03-02T09:00:00Z"),
        "/ferry": a_page(at="2024-03-01T09:00:00Z"),
        "/feed": Reply(
            f"<rss version='2.0'><channel><title>Post</title><item><title>Something else</title>"
            f"<link>{url(site, 'harbour-post.example', '/else')}</link></item><item><title>{TITLE}</title>"
            f"<link>{url(site, 'harbour-post.example', '/ferry')}</link></item></channel></rss>".encode(),
            headers={"Content-Type": "application/rss+xml"},
        ),
    }
    return url(site, "copier.example", "/copy")


def live(house: Path, *arguments: str) -> Done:
    return copytrail("trace", *arguments, "--live", "--json", folder=house)


def sources_of(done: Done) -> list[str]:
    return [step["source"]["id"] for step in done.json()["chain"]]


def test_the_chain_is_followed_by_links_and_by_titles(house: Path, site: Hostile) -> None:
    done = live(house, a_chain(site))
    assert done.code == 0, done.err
    assert sources_of(done) == ["copier-example", "meridian", "harbour-post"]
    told = done.json()["live"]
    read = [one["url"].rpartition("/")[2] for one in told["asked"] if one["article"]]
    assert read == ["copy", "middle", "ferry"]
    assert {asked.path for asked in site.asked} >= {"/robots.txt", "/copy", "/middle", "/feed", "/ferry"}
    assert "/else" not in {asked.path for asked in site.asked}


def test_nothing_is_stored_but_captures_unless_it_is_to_be_kept(house: Path, site: Hostile) -> None:
    start = a_chain(site)
    told = live(house, start).json()["live"]
    assert told["kept"] is False
    assert copytrail("trace", start, folder=house).code == 1
    with Path(told["warc"]).open("rb") as file:
        kept = [(r.rec_headers.get_header("WARC-Target-URI"), r.content_stream().read()) for r in ArchiveIterator(file)]
    assert [address for address, _ in kept] == [one["url"] for one in told["captures"]]
    assert kept[0][1] == a_chain_body(site)
    done = live(house, start, "--keep")
    assert done.json()["live"]["kept"] is True
    chain = copytrail("trace", start, "--json", folder=house).json()["chain"]
    assert [step["source"]["id"] for step in chain] == ["copier-example", "meridian", "harbour-post"]
    assert copytrail("alerts", "list", folder=house).code == 1


def a_chain_body(site: Hostile) -> bytes:
    reply = site.replies["/copy"]
    assert isinstance(reply, Reply)
    return reply.body


def test_wordpress_is_asked_for_the_title(house: Path, site: Hostile) -> None:
    start = a_chain(site)
    del site.replies["/feed"]

    found = json.dumps([{"link": url(site, "harbour-post.example", "/ferry"), "title": {"rendered": TITLE}}]).encode()
    words = TITLE.replace(" ", "%20")
    query = f"/wp-json/wp/v2/posts?search={words}&per_page=5&_fields=link,title"
    site.replies[query] = Reply(found, headers={"Content-Type": "application/json"})
    assert sources_of(live(house, start)) == ["copier-example", "meridian", "harbour-post"]


def test_the_limits_hold_and_what_was_left_out_is_said(house: Path, site: Hostile) -> None:
    start = a_chain(site)
    done = live(house, start, "--depth", "0")
    assert {asked.path for asked in site.asked} == {"/robots.txt", "/copy"}
    assert "deeper than 0 credits" in done.json()["live"]["left_out"][0]
    assert done.json()["article"]["lineage"]["origin"]["external"] is True
    site.asked.clear()
    done = live(house, start, "--hosts", "1")
    assert {asked.host.partition(":")[0] for asked in site.asked} == {"copier.example"}
    assert "more than 1 sites" in done.json()["live"]["left_out"][0]


def test_robots_and_private_addresses_bind_a_live_trace_too(house: Path, site: Hostile) -> None:
    foot = linked(url(site, "robots.example", "/forbidden"), "Robots Daily") + linked(
        "http://10.0.0.7/secret", "Harbour Post"
    )
    site.replies |= {
        "/copy": a_page(foot),
        "/robots.txt": lambda asked: Reply(
            b"User-agent: *\nDisallow: /forbidden\n" if asked.host.startswith("robots") else b""
        ),
    }
    done = live(house, url(site, "copier.example", "/copy"))
    assert done.code == 0, done.err
    problems = {one["url"]: one["problem"] for one in done.json()["live"]["asked"]}
    assert "robots.txt does not allow" in problems[url(site, "robots.example", "/forbidden")]
    assert "/forbidden" not in {asked.path for asked in site.asked}
    assert not [address for address in problems if "10.0.0.7" in address and problems[address] is None]


def test_what_is_in_the_store_is_read_there(house: Path, site: Hostile) -> None:
    start = a_chain(site)
    live(house, start, "--keep")
    site.asked.clear()
    done = live(house, start)
    assert sources_of(done) == ["copier-example", "meridian", "harbour-post"]
    assert "/middle" not in {asked.path for asked in site.asked}
    assert any(one["stored"] for one in done.json()["live"]["asked"])


def test_a_page_that_cannot_be_had_is_one_clear_line(house: Path, site: Hostile) -> None:
    done = copytrail("trace", url(site, "copier.example", "/nothing"), "--live", folder=house)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "answered 404" in done.err
    assert live(house, "no-url").code == 2
    assert copytrail("trace", "http://copier.example/", "--keep", folder=house).code == 2


def test_a_slow_site_ends_with_the_time(house: Path, site: Hostile) -> None:
    start = a_chain(site)
    middle = site.replies["/middle"]
    assert isinstance(middle, Reply)
    middle.wait = 4
    done = live(house, start, "--timeout", "2.5")
    assert done.code == 0, done.err
    assert sources_of(done)[:2] == ["copier-example", "meridian"]
    assert done.json()["chain"][-1]["external"] is True


def test_titles_are_alike_by_their_words() -> None:
    assert alike(TITLE, TITLE.upper()) == 1
    assert alike(TITLE, "The ferry runs again after a winter") > 0.6
    assert alike(TITLE, "The council meets again") < 0.6
    assert alike("", "") == 0


def test_a_sitemap_lists_addresses_with_titles_or_the_words_of_the_address() -> None:
    body = (
        b"<?xml version='1.0'?><urlset xmlns='x' xmlns:news='y'><url><loc> https://a.example/1?a=1&amp;b=2 </loc>"
        b"<news:news><news:title><![CDATA[The ferry &amp; the tide]]></news:title></news:news></url>"
        b"<url><loc>https://a.example/2024/the-ferry-runs-again.html</loc></url></urlset>"
    )
    assert listed(body) == [
        ("https://a.example/1?a=1&b=2", "The ferry & the tide"),
        ("https://a.example/2024/the-ferry-runs-again.html", "the ferry runs again"),
    ]
    assert listed(b"<html>") == []


def test_an_index_names_its_sitemaps_those_for_news_and_the_newest_first() -> None:
    def one(path: str, changed: str = "") -> str:
        return f"<sitemap><loc>https://a.example/{path}</loc>{changed and f'<lastmod>{changed}</lastmod>'}</sitemap>"

    rows = one("old.xml", "2019-01-02"), one("new.xml", "2024-03-01T08:00:00Z"), one("plain.xml"), one("news.xml")
    body = f"<?xml version='1.0'?><sitemapindex xmlns='x'>{''.join(rows)}</sitemapindex>".encode()
    names = [url.removeprefix("https://a.example/") for url in indexed(body)]
    assert names == ["news.xml", "new.xml", "old.xml", "plain.xml"]
    assert indexed(b"<urlset></urlset>") == []
    assert listed(body) == []


def test_a_title_is_looked_up_in_the_sitemaps_of_an_index_within_limits() -> None:
    engine = Engine(open_store("memory:"), Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)
    trip = Expedition("https://b.example/story", engine, Limits(hosts=2), lambda: NOON)
    ask = Ask(url="https://a.example/sitemap.xml", kind="feed", depth=1, why="a credit", title=TITLE)
    rows = "".join(f"<sitemap><loc>https://a.example/{n}.xml</loc></sitemap>" for n in range(5))
    away = "<sitemap><loc>https://elsewhere.example/news.xml</loc></sitemap>"
    index = f"<sitemapindex>{away}{rows}</sitemapindex>".encode()
    asks = trip.got(ask, came(ask.url, index))
    assert [one.url for one in asks] == [f"https://a.example/{n}.xml" for n in range(3)]
    assert trip.left_out == ["https://a.example/sitemap.xml: 2 more sitemaps of it were not asked for"]
    assert trip.got(asks[0], came(asks[0].url, index)) == []  # an index in an index
    words = TITLE.lower().replace(" ", "-")
    found = f"<urlset><url><loc>https://a.example/2024/{words}</loc></url></urlset>".encode()
    assert [one.url for one in trip.got(asks[1], came(asks[1].url, found))] == [f"https://a.example/2024/{words}"]


def came(url: str, body: bytes) -> Page:
    return Page(url=url, final_url=url, body=body, fetched_at=NOON, headers={"content-type": "application/xml"})
