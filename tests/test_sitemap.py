"""Sitemaps: those for news, plain ones, indexes of them, and what is no honest one."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import NotAFeed
from crawler.feed import MAX_BYTES, parse_feed
from crawler.feed.sitemap import MOST, changed_parts
from crawler.model import Dated, Part
from tests.scout.world import index, urlset

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NEWS = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand --><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://paper.example/ferry?a=1&amp;b=2</loc><news:news><news:publication><news:name>The Paper</news:name>
<news:language>en</news:language></news:publication><news:publication_date>2026-11-23T09:30:00+01:00</news:publication_date>
<news:title>Ferry &amp; crane &lt;back&gt;</news:title></news:news></url>
<url><loc><![CDATA[https://paper.example/fog?x=1&y=2]]></loc><n:news xmlns:n="urn:x">
<n:publication_date>2026-11-22</n:publication_date>
<n:title><![CDATA[Fog at <last>]]></n:title></n:news><lastmod>2026-11-23T11:00:00Z</lastmod></url>
</urlset>"""


def read(body: str | bytes, *, old: bool = False):  # type: ignore[no-untyped-def]
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, url="https://paper.example/sitemap.xml", now=NOW, old=old)


def test_a_sitemap_for_news_says_title_and_date_of_publication() -> None:
    feed = read(NEWS)
    assert (feed.title, feed.language, feed.problems) == ("The Paper", "en", ())
    first, second = feed.entries
    assert (first.url, first.title) == ("https://paper.example/ferry?a=1&b=2", "Ferry & crane <back>")
    assert first.published == Dated(at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC), basis="feed")
    assert (second.url, second.title) == ("https://paper.example/fog?x=1&y=2", "Fog at <last>")
    assert second.published is not None
    assert second.published.precision == "day"
    assert second.updated is not None


def test_of_a_sitemap_of_everything_only_the_last_week_is_news() -> None:
    listed = urlset(
        ("https://paper.example/new", "2026-11-20"),
        ("https://paper.example/newer", "2026-11-22T10:00:00Z"),
        ("https://paper.example/old", "2020-01-01"),
        ("https://paper.example/undated", None),
        ("mailto:x", "2026-11-20"),
    )
    feed = read(listed)
    assert [entry.url for entry in feed.entries] == ["https://paper.example/newer", "https://paper.example/new"]
    assert "1 address(es) are no web address" in feed.problems
    assert any(problem.startswith("2 address(es) are older") for problem in feed.problems)
    assert len(read(listed, old=True).entries) == 4


def test_an_index_names_its_parts() -> None:
    feed = read(index(("/a.xml", "2026-11-20"), ("https://cdn.example/b.xml.gz", None)))
    assert [part.url for part in feed.parts] == ["https://paper.example/a.xml", "https://cdn.example/b.xml.gz"]
    assert feed.parts[1].changed is None
    assert not feed.entries


def test_a_packed_sitemap_is_unpacked_and_a_bomb_is_not() -> None:
    assert len(read(gzip.compress(NEWS)).entries) == 2
    assert len(read(gzip.compress(NEWS)[:-9]).entries) == 2  # cut off: what there is
    with pytest.raises(NotAFeed, match="once unpacked"):
        read(gzip.compress(b"<urlset>" + b" " * (MAX_BYTES + 1)))
    with pytest.raises(NotAFeed, match="gzip"):
        read(b"\x1f\x8b not gzip")


def test_entities_of_a_sitemap_mean_nothing() -> None:
    feed = read(
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + urlset(("https://paper.example/&x;", None)), old=True
    )
    assert "root:" not in str(feed)


def test_parts_that_changed_since_are_asked_for_newest_first_and_undated_ones_last() -> None:
    def a_part(name: str, days: float | None) -> Part:
        return Part(url=name, changed=None if days is None else Dated(at=NOW - timedelta(days=days)))

    parts = (a_part("undated", None), a_part("old", 30), a_part("new", 1), a_part("newest", 0))
    assert [part.url for part in changed_parts(parts, NOW - timedelta(days=2), NOW)] == ["newest", "new", "undated"]
    assert len(changed_parts(tuple(a_part(str(n), 0) for n in range(99)), None, NOW)) == 20


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"<urlset>", b"<sitemapindex>", b"<url><loc>", b"<![CDATA["]))
def test_no_bytes_make_the_reader_of_sitemaps_fail(noise: bytes, piece: bytes) -> None:
    for body in (
        b"<urlset>" + noise,
        b"<urlset><url><loc>" + noise + piece + b"</loc></url>",
        b"<sitemapindex>" + noise,
    ):
        try:
            read(body)
        except NotAFeed:
            continue


def test_half_open_elements_do_not_take_time_squared() -> None:
    for piece in (b"<url>", b"<url><loc>", b"<url><loc><![CDATA[", b"<sitemap><loc>a", b"</url>", b"<url></url>"):
        feed = read(b"<urlset>" + piece * (1_000_000 // len(piece)))
        assert not feed.entries
        assert not feed.parts


def test_elements_may_have_a_prefix() -> None:
    named = NEWS.decode().replace("<url>", "<sm:url>").replace("</url>", "</sm:url>").replace("urlset", "sm:urlset")
    named = named.replace("<loc>", "<sm:loc>").replace("</loc>", "</sm:loc>")
    assert read(named) == read(NEWS)
    parts = read(
        '<s:sitemapindex xmlns:s="x"><s:sitemap><s:loc>https://paper.example/1</s:loc></s:sitemap></s:sitemapindex>'
    )
    assert [part.url for part in parts.parts] == ["https://paper.example/1"]


def test_of_a_sitemap_fifty_thousand_addresses_are_read_and_no_more() -> None:
    rows = "".join(f"<url><loc>https://a.example/{n}</loc></url>" for n in range(MOST + 5))
    feed = read(f"<urlset>{rows}</urlset>", old=True)
    assert len(feed.entries) == MOST == 50_000
    assert feed.entries[-1].url == f"https://a.example/{MOST - 1}"


def test_a_title_that_was_escaped_once_too_often_is_read_as_it_was_meant() -> None:
    feed = read(NEWS.decode().replace("Fog at <last>", "Fog &amp; ice"))
    assert feed.entries[1].title == "Fog & ice"
