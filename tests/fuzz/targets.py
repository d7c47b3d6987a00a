"""What is fuzzed: a function of bytes for each reader, which raises where the reader breaks its word."""

from __future__ import annotations

import gzip
import io
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config import SettingsError, load
from config.loading import FILES
from crawler.archive.members import last_whole, members
from crawler.archive.reader import UNREADABLE, recorded
from crawler.dates import written_date
from crawler.errors import InputError, NotAFeed, NotAnArticle
from crawler.feed import parse_feed
from crawler.feed.dates import AHEAD, read_date
from crawler.fetch.robots import rules_in
from crawler.hints import cached_for, retry_after
from crawler.intake import Problem, read_jsonl, read_warc
from crawler.model import Page
from crawler.prepare import Row, prepare
from crawler.registry import Registry
from crawler.urls import article_id, clean, host, identity, mirrored, site

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REGISTRY = Registry([])
URL = "https://site.example/2026/11/one"


def feed(data: bytes) -> None:
    try:
        found = parse_feed(data, url="https://site.example/feed", content_type=None, now=NOW)
    except NotAFeed as error:
        one_line(str(error))
        return
    for entry in found.entries:
        assert entry.url is None or entry.url.startswith(("http://", "https://"))
        assert entry.published is None or entry.published.at <= NOW + AHEAD
    storable(found)


def sitemap(data: bytes) -> None:
    feed(b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">' + data)
    feed(data)
    feed(gzip.compress(data, 1)[: 10 + len(data)])


def html(data: bytes) -> None:
    page = Page(url=URL, final_url=URL, body=data, fetched_at=NOW, headers={"content-type": "text/html"})
    try:
        made = prepare(page, REGISTRY)
    except NotAnArticle as error:
        one_line(str(error))
        return
    article = made.article
    assert article.text.strip()
    assert article.published is None or article.published.at <= NOW + timedelta(days=2)
    for link in article.links:
        assert link.url.startswith(("http://", "https://"))
    storable(article)
    storable(made.claims)


def settings(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in zip(FILES, data.split(b"\x00"), strict=False):
            (Path(folder) / name).write_bytes(text)
        try:
            load(Path(folder), environment={})
        except SettingsError as error:
            for line in str(error).splitlines():
                assert len(line) < 2_000


def url(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    try:
        cleaned = clean(text, "https://site.example/base/")
    except InputError as error:
        one_line(str(error))
        return
    assert cleaned.startswith(("http://", "https://"))
    assert cleaned.isascii()
    assert clean(cleaned) == cleaned
    key = identity(cleaned)
    assert identity(key) == key
    assert article_id(cleaned) == article_id(key)
    assert article_id(cleaned.partition("://")[2]) == article_id(cleaned)
    assert host(cleaned)
    assert site(cleaned)
    clean(mirrored(cleaned))


def dates(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    written = written_date(text)
    assert written is None or written.at.tzinfo is not None
    dated = read_date(text, now=NOW)
    assert dated is None or datetime(1995, 1, 1, tzinfo=UTC) <= dated.at <= NOW + AHEAD
    wait = retry_after(text, NOW)
    assert wait is None or timedelta() <= wait <= timedelta(days=1)
    cached = cached_for(text, text, NOW)
    assert cached is None or timedelta() <= cached


def robots(data: bytes) -> None:
    rules = rules_in(data)
    assert rules.allowed(URL, "copytrail") in (True, False)
    delay = rules.crawl_delay("copytrail")
    assert delay is None or float(delay) >= 0


def warc(data: bytes) -> None:
    for body in (data, gzip.compress(data, 1)):
        for found in read_warc(io.BytesIO(body), "fuzz.warc"):
            if isinstance(found, Problem):
                one_line(found.words)
            else:
                clean(found.url)
        end, _ = last_whole(io.BytesIO(body))
        assert end <= len(body)
        for member in members(io.BytesIO(body)):
            with suppress(*UNREADABLE):
                recorded(body[member.offset : member.offset + member.length])


def jsonl(data: bytes) -> None:
    for found in read_jsonl(io.BytesIO(data), "fuzz.jsonl", NOW):
        if isinstance(found, Problem):
            one_line(found.words)
        elif isinstance(found, Row):
            storable(found)


def one_line(words: str) -> None:
    assert words
    assert "\n" not in words
    assert len(words) < 2_000


def storable(value: Any) -> None:
    """Raise where a text in *value* cannot be written down as UTF-8."""
    if isinstance(value, str):
        assert "\0" not in value
        value.encode()
    elif is_dataclass(value) and not isinstance(value, type):
        storable(astuple(value))
    elif isinstance(value, tuple | list):
        for one in value:
            storable(one)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "feed": feed,
    "sitemap": sitemap,
    "html": html,
    "settings": settings,
    "url": url,
    "dates": dates,
    "robots": robots,
    "warc": warc,
    "jsonl": jsonl,
}
