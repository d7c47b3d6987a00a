"""A page that lists articles is read as a feed: by a pattern of its links, from the top, bounded."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.sources import SourceSettings
from crawler.errors import NotAFeed
from crawler.feed import parse_feed
from crawler.feed.section import MOST, fits
from crawler.model import Feed
from tests.builders import NOON

URL = "https://town.example/news/"
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>News &amp; notices</title></head><body>
<nav><a href="/">Home</a> <a href="/about">About</a></nav>
<h2><a href="/news/2026/ferry-runs-again">Ferry runs <b>again</b></a></h2><a href="/news/2026/ferry-runs-again">more</a>
<h2><a href="https://www.town.example/news/2026/crane?utm_source=front#top">The crane</a></h2>
<a href="https://elsewhere.example/news/2026/foreign">Foreign</a> <a href="mailto:x@town.example">Mail</a>
<a href="/news/archive">Archive</a></body></html>"""


def read(body: str, *patterns: str, url: str = URL) -> Feed:
    return parse_feed(body.encode(), url=url, content_type="text/html", now=NOON, links=patterns)


def test_links_of_the_pattern_are_entries_with_the_longest_words_as_title_and_no_date() -> None:
    feed = read(PAGE, "/news/#/*")
    assert [(e.title, e.published, e.updated) for e in feed.entries] == [
        ("Ferry runs again", None, None),
        ("The crane", None, None),
    ]
    assert feed.entries[0].url == "https://town.example/news/2026/ferry-runs-again"
    assert (feed.title, feed.language, feed.problems) == ("News & notices", "en", ())


def test_another_site_is_only_listed_where_the_pattern_names_it() -> None:
    assert [e.title for e in read(PAGE, "https://elsewhere.example/news/**").entries] == ["Foreign"]


def test_a_page_without_such_links_is_no_feed_and_says_what_to_do() -> None:
    with pytest.raises(NotAFeed, match="none of its links is of the pattern /report/"):
        read(PAGE, "/report/**")


def test_of_very_many_links_the_first_hundred_count() -> None:
    rows = "".join(f'<a href="/news/{n}/x">Item number {n}</a>' for n in range(500))
    entries = read(f"<html><body>{rows}</body></html>", "/news/#/x").entries
    assert [e.title for e in entries] == [f"Item number {n}" for n in range(MOST)]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/news/*", "/news/ferry", True),
        ("/news/*", "/news/ferry/", True),
        ("/news/*", "/news/2026/ferry", False),
        ("/news/**", "/news/2026/ferry", True),
        ("/#/#/#/*.html", "/2026/11/23/ferry.html", True),
        ("/#/*", "/a1/ferry", False),
        ("/news/#", "/news/", False),
        ("/**/story-#", "/a/b/story-17", True),
        ("/**/story-#", "/a/b/story-x", False),
        ("/article.php?id=#", "/article.php?id=17", True),
        ("/article.php", "/article.php?id=17", True),
        ("/news/[a-z]+", "/news/abc", False),
    ],
)
def test_a_pattern_fits_what_it_says(pattern: str, path: str, expected: bool) -> None:
    assert fits(f"https://town.example{path}", pattern, URL) is expected


@settings(max_examples=50)
@given(st.text("ab1/*#", min_size=1, max_size=12), st.text("ab1/", max_size=12))
def test_a_pattern_fits_as_the_expression_that_it_stands_for(pattern: str, path: str) -> None:
    meant = re.escape(pattern.rstrip("/")).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\#", "[0-9]+")
    expected = re.fullmatch("/" + meant if pattern.rstrip("/") else "", f"/{path}".rstrip("/")) is not None
    assert fits(f"https://town.example/{path}", f"/{pattern}", URL) is expected


def test_no_pattern_and_no_address_takes_long() -> None:
    begun = time.process_time()
    assert not fits("https://town.example/" + "a" * 1_900 + "!", "/" + "**a" * 60, URL)
    assert not fits("https://town.example/" + "1" * 1_900 + "!", "/" + "*#" * 90, URL)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("pattern", ["news/*", "/", "/**", "/*/*", "https://town.example/**", "/a b"])
def test_a_pattern_that_says_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        SourceSettings.model_validate({"id": "town", "name": "Town", "sections": [{"url": URL, "links": [pattern]}]})


def test_one_pattern_may_be_written_without_a_list() -> None:
    made = SourceSettings.model_validate({"id": "town", "name": "Town", "sections": [{"url": URL, "links": "/news/*"}]})
    assert made.sections[0].links == ("/news/*",)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_of_sections_fail(noise: bytes) -> None:
    for body in (noise, b"<a href='/news/1'>" + noise, b"<base href='" + noise + b"'><a href='/news/1'>x"):
        try:
            parse_feed(body, url=URL, now=NOON, links=["/news/#"])
        except NotAFeed:
            continue
