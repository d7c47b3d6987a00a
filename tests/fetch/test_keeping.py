"""Each answer is in the archive before anybody reads it; where it cannot be, the round ends and nothing is lost."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import HtmlResponse, Response
from scrapy.settings import Settings

from crawler.archive.reader import read
from crawler.archive.writer import Archive
from crawler.errors import ArchiveError
from crawler.fetch.desk import Round
from crawler.fetch.keeping import CAPTURE, KeepAnswers, NoteEncoding
from crawler.fetch.resting import RoundStopped
from crawler.fetch.settings import scrapy_settings
from spiders.feed import FeedSpider
from tests.archive.answers import an_archive
from tests.builders import NOON
from tests.fetch.desks import BOUNDS, ListDesk, TestManners

URL = "https://site.example/ferry"


def a_round(archive: Archive | None) -> Round:
    return Round(
        desk=ListDesk(),
        feeds=(),
        waiting=(),
        bounds=lambda source_id: BOUNDS,
        clock=lambda: NOON,
        jitter=lambda: 0.0,
        archive=archive,
    )


def keeping(archive: Archive) -> KeepAnswers:
    def give_up(error: ArchiveError) -> RoundStopped:
        return RoundStopped(str(error))

    return KeepAnswers(archive, lambda: NOON, give_up)


def an_answer(**changes: Any) -> Response:
    return HtmlResponse(**{"url": URL, "status": 200, "body": b"<p>The ferry</p>"} | changes)


@pytest.mark.parametrize("status", [200, 301, 404, 429, 503])
def test_an_answer_is_kept_whatever_its_status(status: int, tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        request = Request(URL, headers={"User-Agent": "copytrail"})
        answer = an_answer(status=status, headers={"X-A": ["1", "2"]})
        assert keeping(archive).process_response(request, answer) is answer
        found = read(archive.folder, request.meta[CAPTURE])
    assert found.body == answer.body
    assert found.status_line is not None
    assert f" {status} " in found.status_line
    assert [value for name, value in found.headers if name == "X-A"] == ["1", "2"]


def test_a_packed_answer_is_kept_unpacked_and_says_how_it_came(tmp_path: Path) -> None:
    middlewares = Settings(scrapy_settings(TestManners(), a_round(None))).getwithbase("DOWNLOADER_MIDDLEWARES")
    order = {str(name).rpartition(".")[2]: place for name, place in middlewares.items() if place is not None}
    # Answers come from the highest number down.
    names = ("NoteEncoding", "HttpCompressionMiddleware", "KeepAnswers", "RestingHosts", "RedirectMiddleware")
    places = [order[name] for name in names]
    assert places == sorted(places, reverse=True)

    request = Request(URL)
    packed = an_answer(body=gzip.compress(b"<p>The ferry</p>"), headers={"Content-Encoding": "gzip"})
    NoteEncoding().process_response(request, packed)
    with an_archive(tmp_path) as archive:
        keeping(archive).process_response(request, an_answer())
        found = read(archive.folder, request.meta[CAPTURE])
    assert found.body == b"<p>The ferry</p>"
    assert ("X-Archive-Orig-Content-Encoding", "gzip") in found.headers


def test_what_a_broken_connection_left_is_marked(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        request = Request(URL)
        keeping(archive).process_response(request, an_answer(flags=["dataloss"]))
        assert b"WARC-Truncated: disconnect" in unpacked(read(archive.folder, request.meta[CAPTURE]).packed)


def unpacked(member: bytes) -> bytes:
    return gzip.decompress(member)


def test_where_nothing_can_be_kept_the_round_ends_and_the_page_stays_pending(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    work = a_round(an_archive(tmp_path))
    crawler = Crawler(FeedSpider, Settings(scrapy_settings(TestManners(), work)))
    crawler.engine = SimpleNamespace(downloader=SimpleNamespace(slots={}))
    middleware = KeepAnswers.from_crawler(crawler)
    for _ in range(2):
        with pytest.raises(RoundStopped, match="cannot be written"):
            middleware.process_response(Request(URL), an_answer())
    assert work.stopping
    assert work.counts["errors"] == 1


def test_without_an_archive_there_is_nothing_to_do() -> None:
    crawler = Crawler(FeedSpider, Settings(scrapy_settings(TestManners(), a_round(None))))
    with pytest.raises(NotConfigured):
        KeepAnswers.from_crawler(crawler)
