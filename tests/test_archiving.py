"""Archive first: what a row of the store refers to is in the archive, and the archive alone is enough."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from crawler.archive.reader import files, notes, path_of, read
from crawler.archive.upkeep import problems
from crawler.archive.writer import Archive
from crawler.archiving import ArchivingDesk, Asked, given, note, noted, take_in_files
from crawler.editions import editions
from crawler.errors import ArchiveError, StoreError
from crawler.feed import parse_feed
from crawler.flow import Begun, Engine, Ingested
from crawler.model import Article, Capture, Pending, Poll, Section, Source, Visit
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.reprocessing import Hands, carry_over, reprocess
from crawler.store import open_store
from crawler.store.memory import MemoryStore
from crawler.store.spool import Missed
from crawler.urls import article_id
from tests.archive.answers import an_answer, an_archive
from tests.archive.taker import a_page
from tests.builders import NOON, a_feed_state, a_review, an_alert, an_article, an_entry, some_text

ROOT = Path(__file__).parents[1]
HOUR = timedelta(hours=1)


def an_engine(clock: Callable[[], datetime] = lambda: NOON) -> Engine:
    return Engine(MemoryStore(), Registry([]), clock=clock, jitter=lambda: 0.0)


class Watching:
    """A desk that looks into the archive at the moment it hears of something."""

    def __init__(self, folder: Path) -> None:
        self.engine = an_engine()
        self.folder = folder
        self.seen: list[list[str]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)

    def take_in(self, begun: Sequence[Begun], *, turn: Callable[[Begun], None], at: datetime | None) -> list[Ingested]:
        self.seen.append([type(what).__name__ for what in said(self.folder)])
        return self.engine.take_in(begun, turn=turn, at=at)


def said(folder: Path) -> list[object]:
    """Return what the notes of an archive say."""
    return [noted(found.text)[1] for path in files(folder) for found in notes(path)]


def test_a_page_and_its_note_are_in_the_archive_before_the_store_hears_of_it(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        watching = Watching(archive.folder)
        desk = ArchivingDesk(watching, archive, clock=lambda: NOON)
        page = given(a_page(1), archive)
        (outcome,) = desk.take_in([watching.engine.begin(page)])
    assert watching.seen == [["Page"]]
    assert outcome.id is not None
    stored = watching.engine.store.article(outcome.id)
    assert stored is not None
    assert stored.capture == page.capture
    assert read(archive.folder, page.capture).body == page.body


def test_a_note_comes_back_as_it_was(tmp_path: Path) -> None:
    page = replace(
        a_page(1), entry=an_entry(), entry_key="k", seeding=True, absent_at=NOON, capture=Capture(digest="d")
    )
    row = Row(url="https://lamp.example/1", title="One \ud800", text="Text", fetched_at=NOON)
    told = [page, row, Missed(key="k", reason="r", again=True), Asked(state=a_feed_state(), capture=None)]
    with an_archive(tmp_path) as archive:
        for number, what in enumerate(told):
            note(archive, what, NOON + number * HOUR)
    found = [noted(one.text) for path in files(archive.folder) for one in notes(path)]
    assert [at for at, _ in found] == [NOON + number * HOUR for number in range(4)]
    assert [what for _, what in found] == [replace(page, body=b""), replace(row, title="One \ufffd"), *told[2:]]


@pytest.mark.parametrize(
    "text", [b"{", b"[]", b'{"copytrail": 1}', b'{"copytrail": 1, "kind": "x", "at": "2024-01-01"}']
)
def test_a_note_that_is_none_is_an_error_of_ours(text: bytes) -> None:
    with pytest.raises(StoreError):
        noted(text)


def test_a_full_archive_takes_nothing_in(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    engine = an_engine()
    with pytest.raises(ArchiveError, match="cannot be written"):
        take_in_files([a_page(1)], engine, Archive(tmp_path / "archive"), clock=lambda: NOON)
    assert engine.store.status().articles == 0


def crawled(folder: Path) -> tuple[Engine, Archive]:
    """Crawl a feed and two of its pages; a third cannot be had."""
    times = iter(NOON + minute * timedelta(minutes=1) for minute in range(1000))
    engine = an_engine(lambda: next(times))
    archive = an_archive(folder)
    desk = ArchivingDesk(engine, archive, clock=lambda: next(times))
    feed_url = "https://harbour-post.example/feed"
    for shown in ((1,), (1, 2, 3)):
        items = "".join(
            f"<item><title>T</title><link>https://harbour-post.example/{number}</link>"
            "<pubDate>Fri, 01 Mar 2024 11:00:00 GMT</pubDate></item>"
            for number in shown
        )
        body = f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>".encode()
        capture = archive.keep(an_answer(url=feed_url, body=body, headers=(("Content-Type", "application/rss+xml"),)))
        state = a_feed_state(feed_url, seeded=len(shown) > 1, polled_at=next(times), succeeded_at=next(times))
        feed = parse_feed(body, url=feed_url, content_type="application/rss+xml", now=NOON)
        for pending in desk.record(Poll(state=state, feed=feed, capture=capture)):
            if pending.url.endswith("3"):
                desk.missed(pending.key, "it was not there", again=False)
                continue
            page = replace(
                a_page(int(pending.url[-1])),
                fetched_at=next(times),
                entry=pending.entry,
                entry_key=pending.key,
                seeding=pending.seeding,
                absent_at=pending.absent_at,
            )
            desk.take_in([engine.begin(given(page, archive))])
    archive.close()
    return engine, archive


def test_a_store_filled_from_the_archive_is_the_one_that_was_crawled(tmp_path: Path) -> None:
    engine, archive = crawled(tmp_path)
    hands = Hands()
    again = an_engine(hands)
    done = reprocess(archive.folder, again, hands)
    assert (done.polls, done.pages, done.articles, done.missing) == (2, 2, 2, 0)
    for name, shelf in engine.store.shelves.items():
        if name != "entries":  # when they were first shown is known to the poll only
            assert list(again.store.shelves[name].pages()) == list(shelf.pages()), name
    states = [
        [(e.key, e.state) for _, rows in x.store.shelves["entries"].pages() for e in rows] for x in (engine, again)
    ]
    assert states[0] == states[1]
    assert {state for _, state in states[0]} == {"done", "failed"}


def test_twice_the_same_archive_comes_to_the_same(tmp_path: Path) -> None:
    _, archive = crawled(tmp_path)
    hands = Hands()
    engine = an_engine(hands)
    reprocess(archive.folder, engine, hands)
    before = [list(shelf.pages()) for name, shelf in engine.store.shelves.items() if name in ("articles", "matches")]
    reprocess(archive.folder, engine, hands)
    after = [list(shelf.pages()) for name, shelf in engine.store.shelves.items() if name in ("articles", "matches")]
    assert after == before


def test_a_page_that_cannot_be_read_any_more_is_named_and_costs_nothing_else(tmp_path: Path) -> None:
    engine, archive = crawled(tmp_path)
    (lost, *_) = (article for article in engine.store.articles(list(engine.store.article_ids())).values())
    assert lost.capture is not None
    assert lost.capture.warc is not None
    assert lost.capture.offset is not None
    path = path_of(archive.folder, lost.capture.warc)
    raw = bytearray(path.read_bytes())
    raw[lost.capture.offset + 50] ^= 0xFF
    path.write_bytes(raw)
    hands = Hands()
    done = reprocess(archive.folder, an_engine(hands), hands)
    assert (done.articles, done.missing) == (1, 2)  # the record itself, and the page that it was
    assert any(line.startswith(f"{path.name} at {lost.capture.offset}: ") for line in done.problems)
    assert any(line.startswith(f"{lost.url}: ") for line in done.problems)


def test_only_what_came_since_is_taken(tmp_path: Path) -> None:
    _, archive = crawled(tmp_path)
    times = [noted(found.text)[0] for path in files(archive.folder) for found in notes(path)]
    hands = Hands()
    done = reprocess(archive.folder, an_engine(hands), hands, since=times[-2])
    assert done.polls + done.pages == len([at for at in times if at >= times[-2]]) - 1  # one was a miss
    assert 0 < done.pages + done.polls < 4


def test_reviews_and_alerts_are_taken_over() -> None:
    old, new = MemoryStore(), MemoryStore()
    old.save_review(a_review(an_article().id))
    old.queue_alert(an_alert())
    carry_over(old, new)
    assert list(new.reviews()) == [a_review(an_article().id)]
    assert list(new.alerts(10)) == [an_alert()]


def test_a_poll_of_another_writer_that_is_older_changes_no_feed(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        for polled_at in (NOON + HOUR, NOON):
            note(archive, Asked(state=a_feed_state(polled_at=polled_at), capture=None), NOON)
    hands = Hands()
    engine = an_engine(hands)
    reprocess(archive.folder, engine, hands)
    state = engine.store.feed_state(a_feed_state().url)
    assert state is not None
    assert state.polled_at == NOON + HOUR


def test_killed_at_any_moment_every_row_refers_to_a_record_that_can_be_read(tmp_path: Path) -> None:
    dice = random.Random(7)
    number = 0
    for _ in range(6):
        command = [sys.executable, "-m", "tests.archive.taker", tmp_path, str(number)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            number = int(process.stdout.readline())
            time.sleep(dice.random() / 3)
            process.kill()
            number = max([number, *(int(line) for line in process.stdout.read().split())])
        rows = rows_of(tmp_path)
        assert len(rows) >= number
        for article in rows:
            assert article.capture is not None
            expected = a_page(int(article.url.rpartition("/")[2])).body
            assert read(tmp_path / "archive", article.capture).body == expected
    archive = Archive(tmp_path / "archive")
    archive.close()
    assert list(problems(archive.folder)) == []
    assert not [path for path in files(archive.folder) if path.name.endswith(".open")]
    hands = Hands()
    again = an_engine(hands)
    assert reprocess(archive.folder, again, hands).missing == 0
    assert again.store.status().articles >= number


def rows_of(folder: Path) -> list[Article]:
    store = open_store(f"sqlite:///{folder}/copytrail.db")
    try:
        return list(store.articles(list(store.article_ids())).values())
    finally:
        store.close()


def test_edits_removals_listed_pages_and_sitemaps_come_back_from_the_archive(tmp_path: Path) -> None:
    listing, index = "https://harbour-post.example/news", "https://harbour-post.example/sitemap.xml"
    source = Source(
        id="harbour-post",
        name="Harbour Post",
        domains=("harbour-post.example",),
        sitemaps=(index,),
        sections=(Section(url=listing, links=("/news/#",)),),
    )
    ages = (HOUR, 4 * HOUR, 24 * HOUR)

    def press(clock: Callable[[], datetime]) -> Engine:
        return Engine(MemoryStore(), Registry([source]), clock=clock, jitter=lambda: 0.0, revisits=ages)

    now = [NOON]
    engine, archive = press(lambda: now[0]), an_archive(tmp_path)
    desk = ArchivingDesk(engine, archive, clock=lambda: now[0])

    def poll(url: str, body: str, kind: str) -> list[Pending]:
        now[0] += timedelta(minutes=1)
        capture = archive.keep(an_answer(url=url, body=body.encode(), headers=(("Content-Type", kind),)))
        state = a_feed_state(url, polled_at=now[0], succeeded_at=now[0])
        links = engine.registry.links_of(url)
        feed = parse_feed(body.encode(), url=url, content_type=kind, now=now[0], links=links)
        return list(desk.record(Poll(state=state, feed=feed, capture=capture)))

    def look(entry: Pending, text: str, hours: float) -> None:
        now[0] = NOON + hours * HOUR
        page = replace(a_page(1), url=entry.url, final_url=entry.url, fetched_at=now[0], entry=entry.entry)
        body = f"<html><title>T</title><body><article><p>{text}</p></article></body></html>".encode()
        page = replace(page, body=body, entry_key=entry.key, source_id="harbour-post", capture=None)
        desk.take_in([engine.begin(given(page, archive))])

    def visit(entry: Pending, found: Literal["unchanged", "gone"], hours: float) -> None:
        now[0] = NOON + hours * HOUR
        capture = archive.keep(an_answer(url=entry.url, body=b"gone", status=410))
        desk.revisited(Visit(pending=entry, at=now[0], found=found, note=found, capture=capture))

    def due() -> Pending:
        return engine.revisits(10, now=NOON + 999 * HOUR)[0]

    first, second = some_text(90, seed=1), some_text(95, seed=2)
    (listed,) = poll(listing, '<html><body><a href="/news/1">The ferry</a></body></html>', "text/html")
    part = "https://harbour-post.example/part.xml"
    poll(index, f"<sitemapindex><sitemap><loc>{part}</loc></sitemap></sitemapindex>", "application/xml")
    at = "2024-03-01T11:00:00Z"
    row = f"<url><loc>https://harbour-post.example/news/2</loc><lastmod>{at}</lastmod></url>"
    (mapped,) = poll(part, f"<urlset>{row}</urlset>", "application/xml")
    look(mapped, some_text(80, seed=3), 0.2)
    engine.store.settle_entry(due().key, "done")  # its revisits are not what this is about
    look(listed, first, 0.3)
    for hours, text in ((1.5, second), (4.5, first)):
        look(due(), text, hours)
    for hours, found in ((5.0, "unchanged"), (24.5, "gone"), (27.0, "gone")):
        visit(due() if hours < 27 else replace(due(), tries=0), found, hours)  # type: ignore[arg-type]
    archive.close()

    hands = Hands()
    again = press(hands)
    done = reprocess(archive.folder, again, hands)
    assert (done.polls, done.pages, done.missing, done.problems) == (3, 4, 0, [])
    for name in ("articles", "versions", "history", "feeds"):
        assert list(again.store.shelves[name].pages()) == list(engine.store.shelves[name].pages()), name
    article = again.store.article(article_id(listed.url))
    assert article is not None
    told = editions(article, again.store.versions(article.id))
    assert [(one.number, one.main) for one in told] == [(1, None), (2, "rewrite"), (3, "rewrite"), (None, "removal")]
    for one in told:
        assert one.capture is not None
        assert read(archive.folder, one.capture).body
