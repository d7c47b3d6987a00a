from __future__ import annotations

import html
import re
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from config.sources import SourcesFile
from crawler.errors import InputError
from crawler.model import Source
from crawler.scout.opml import as_sources, as_yaml, read_opml, write_opml
from crawler.urls import article_id

LISTED = b"""<?xml version='1.0'?><opml version='1.0'><head><title>x</title></head><body>
<outline text='Ports' title='Ports'>
  <outline text='Harbour Post' xmlUrl='https://www.harbour-post.example/rss' htmlUrl='https://harbour-post.example/'/>
  <outline title='Harbour Post Sport' xmlUrl='https://harbour-post.example/sport.xml'/>
  <outline TEXT='\xd0\x92\xd0\xb5\xd1\x81\xd1\x82\xd0\xb8' xmlURL='http://vesti.example/rss'/>
</outline>
<outline text='Known' xmlUrl='https://known.example/new'/>
<outline text='Watched' xmlUrl='http://known.example/feed/'/>
<outline text='Nowhere' xmlUrl='javascript:alert(1)'/>
<outline text='Burner' xmlUrl='https://feeds.feedburner.com/one'/>
<outline text='Burner' xmlUrl='https://feeds.feedburner.com/two'/>
</body></opml>"""
KNOWN = Source(id="known", name="Known", domains=("known.example",), feeds=("https://known.example/feed",))


def test_feeds_become_outlets_by_domain_and_known_ones_stay() -> None:
    outlines, problems = read_opml(LISTED)
    rows, by_hand = as_sources(outlines, [KNOWN])
    assert [(row["id"], row["name"], row.get("domains"), len(row["feeds"])) for row in rows] == [
        ("harbour-post", "Harbour Post", ["harbour-post.example"], 2),
        ("vesti-example", "Вести", ["vesti.example"], 1),
        ("burner", "Burner", None, 1),
        ("burner-2", "Burner", None, 1),
    ]
    assert rows[0]["tags"] == ["Ports"]
    assert len(by_hand) == 1
    assert "https://known.example/new" in by_hand[0]
    assert "javascript" in problems[0]


def test_what_is_imported_is_a_sources_file() -> None:
    rows, _ = as_sources(read_opml(LISTED)[0], [])
    SourcesFile.model_validate({"sources": yaml.safe_load(as_yaml(rows))})


def test_real_lists_of_feeds_are_imported_whole() -> None:
    folder = Path(__file__).resolve().parents[2].parent / "shared/data/dev/feeds/opml"
    if not folder.is_dir():
        pytest.skip(f"no lists of feeds at {folder}")
    for path in sorted(folder.iterdir()):
        body = path.read_bytes()
        outlines, problems = read_opml(body)
        rows, by_hand = as_sources(outlines, [])
        assert outlines, path.name
        assert sum(len(row["feeds"]) for row in rows) + len(by_hand) == len(outlines)
        named = {html.unescape(url.decode()) for url in re.findall(rb'xmlUrl\s*=\s*"([^"]+)"', body)}
        assert {article_id(one.feed) for one in outlines} == {article_id(url.strip()) for url in named}, path.name
        assert problems == [], path.name
        SourcesFile.model_validate({"sources": yaml.safe_load(as_yaml(rows))})


def test_a_feed_whose_title_is_torn_by_a_quote_is_not_lost() -> None:
    torn = '<outline text="A" title="The "Town" Crier" xmlUrl="https://a.example/f?x=1&amp;y=2"/>'
    hidden = '<!-- <outline text="B" xmlUrl="https://b.example/f"/> -->'
    outlines, problems = read_opml(f"<opml><body>{torn}{hidden}</body></opml>".encode())
    assert [(one.title, one.feed) for one in outlines] == [("a.example", "https://a.example/f?x=1&y=2")]
    assert problems == []


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).map(str.strip).filter(bool)


@settings(deadline=None)
@given(st.lists(names, max_size=5))
def test_what_is_exported_can_be_imported(given: list[str]) -> None:
    sources = [
        Source(id=f"s{n}", name=name, domains=(f"s{n}.example",), feeds=(f"https://s{n}.example/?a=1&b={n}",))
        for n, name in enumerate(given)
    ]
    outlines, problems = read_opml(write_opml(sources).encode())
    assert problems == []
    assert [outline.feed for outline in outlines] == [source.feeds[0] for source in sources]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"<!DOCTYPE opml [<!ENTITY a 'aaaa'>]><opml><body><outline text='&a;' xmlUrl='http://a.example'/></body></opml>",
        bytes(range(128, 192)),
    ],
)
def test_what_is_no_list_of_feeds_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(InputError, match=r"not"):
        read_opml(body)


def test_a_list_nested_a_hundred_thousand_deep_is_read_or_refused() -> None:
    deep = 100_000
    outlines, _ = read_opml(b"<opml><body>" + b"<outline text='a'>" * 50 + b"</outline>" * 50 + b"</body></opml>")
    assert outlines == []
    with suppress(InputError):
        read_opml(b"<opml><body>" + b"<outline>" * deep + b"</outline>" * deep + b"</body></opml>")
