"""From look to look: a crawled page is looked at again by its age, and what is seen becomes its versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawler.flow import Engine
from crawler.looks import looks_of, spells
from crawler.model import Article, Capture, Dated, Entry, Page, Pending, Source, Visit
from crawler.ports import Store
from crawler.registry import Registry
from crawler.revisits import next_visit, revisit_key
from crawler.store import open_store
from crawler.urls import article_id
from tests.builders import NOON, a_date, an_article, some_text

AGES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
URL = "https://post.example/story"
ID = article_id(URL)
OLD, NEW = some_text(120, seed=3), some_text(130, seed=4)


class Press:
    """An engine over one outlet, with a clock that is set by hand."""

    def __init__(self, store: Store, source: Source | None = None) -> None:
        self.now = NOON
        source = source or Source(id="post", name="Harbour Post", domains=("post.example",))
        self.store = store
        self.engine = Engine(store, Registry([source]), clock=lambda: self.now, jitter=lambda: 0.0, revisits=AGES)

    def page(self, text: str, *, hours: float = 0.0, revisit: bool = False, **changes: object) -> Page:
        at = NOON + timedelta(hours=hours)
        made = Page(
            url=URL,
            final_url=URL,
            body=f"<html><title>The story</title><body><article><p>{text}</p></article></body></html>".encode(),
            fetched_at=at,
            headers={"content-type": "text/html; charset=utf-8", "etag": f'"{hours}"'},
            source_id="post",
            entry=Entry(url=URL, title="The story", published=Dated(at=NOON)),
            entry_key=revisit_key(ID) if revisit else "the entry",
            capture=Capture(digest=f"sha256:{hours}", warc="one.warc.gz", offset=int(hours * 10)),
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def see(self, text: str, *, hours: float = 0.0, revisit: bool = True, **changes: object) -> None:
        self.now = NOON + timedelta(hours=hours)
        self.engine.ingest(self.page(text, hours=hours, revisit=revisit, **changes))

    def visit(self, found: str, *, hours: float) -> None:
        self.now = NOON + timedelta(hours=hours)
        (pending,) = self.store.revisits(["post"], 10, now=NOON + timedelta(days=365))
        capture = Capture(digest=f"sha256:{hours}")
        self.engine.revisited(Visit(pending=pending, at=self.now, found=found, note=found, capture=capture))  # type: ignore[arg-type]

    def due(self) -> list[Pending]:
        self.store.refresh()
        return list(self.engine.revisits(10, now=NOON + timedelta(days=365)))

    def next_at(self) -> datetime | None:
        return next((pending.not_before for pending in self.due()), None)

    @property
    def article(self) -> Article:
        self.store.refresh()
        article = self.store.article(ID)
        assert article is not None
        return article


def hours(at: datetime | None) -> float | None:
    return None if at is None else (at - NOON) / timedelta(hours=1)


def test_a_page_is_looked_at_again_at_each_age_and_then_no_more(store: Store) -> None:
    press = Press(store)
    press.see(OLD, revisit=False)
    seen = []
    while (at := press.next_at()) is not None:
        seen.append(hours(at))
        press.see(OLD, hours=hours(at) or 0.0)
    assert seen == [0.25, 1.0, 4.0]
    assert press.article.version == 1
    assert hours(press.article.last_seen_at) == 4.0


def test_a_look_that_comes_late_skips_the_ages_that_are_over(store: Store) -> None:
    press = Press(store)
    press.see(OLD, revisit=False)
    press.see(OLD, hours=0.98)
    assert hours(press.next_at()) == 4.0


def test_a_revisit_asks_with_the_validators_of_the_page_it_saw_last(store: Store) -> None:
    press = Press(store)
    press.see(OLD, revisit=False)
    press.see(NEW, hours=0.25)
    (pending,) = press.due()
    assert (pending.etag, pending.revisit, pending.entry.title) == ('"0.25"', True, "The story")
    press.visit("unchanged", hours=1)
    assert [p.etag for p in press.due()] == ['"0.25"']


def test_not_modified_is_a_look_at_the_text_that_is_known(store: Store) -> None:
    press = Press(store)
    press.see(OLD, revisit=False)
    press.visit("unchanged", hours=0.25)
    article = press.article
    assert (article.version, hours(article.last_seen_at), len(looks_of(article))) == (1, 0.25, 2)
    assert looks_of(article)[1].capture == Capture(digest="sha256:0.25")


def test_there_and_back_are_three_versions_each_with_its_record(store: Store) -> None:
    press = Press(store)
    press.see(OLD, revisit=False)
    press.see(NEW, hours=0.25)
    press.see(OLD, hours=1)
    seen = spells(looks_of(press.article))
    assert press.article.version == 3
    assert [spell.content_hash for spell in seen] == [
        press.article.content_hash,
        store.versions(ID)[0].content_hash,
        press.article.content_hash,
    ]
    assert [spell.capture.offset for spell in seen if spell.capture] == [0, 2, 10]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2), (2, 0, 1), (0, 2, 1)])
def test_the_order_in_which_captures_come_in_changes_no_version(order: tuple[int, ...], tmp_path: Path) -> None:
    press = Press(open_store(f"sqlite:///{tmp_path}/store.db"))
    texts = (OLD, NEW, OLD)
    for n in order:
        press.engine.ingest(press.page(texts[n], hours=n))
    press.engine.settle()
    assert press.article.version == 3
    assert [hours(spell.first_at) for spell in spells(looks_of(press.article))] == [0, 1, 2]
    assert press.article.text == OLD
    assert [version.text for version in press.store.versions(ID)] == [NEW]


def test_a_page_that_fails_or_was_gone_once_was_not_removed(store: Store) -> None:
    press = Press(store)
    press.see(OLD, revisit=False)
    press.visit("nothing", hours=0.25)
    assert looks_of(press.article)[-1].content_hash is not None
    press.visit("gone", hours=1)
    assert hours(press.next_at()) == 3.0
    assert [spell.content_hash for spell in spells(looks_of(press.article))] == [press.article.content_hash]
    assert (press.article.text, press.article.version) == (OLD, 1)


def test_a_page_that_was_gone_twice_was_removed_and_keeps_text_and_lineage(store: Store) -> None:
    press = Press(store)
    press.see(OLD, revisit=False)
    before = store.lineage(ID)
    press.visit("gone", hours=1)
    press.visit("gone", hours=3)
    last = spells(looks_of(press.article))[-1]
    assert (last.content_hash, last.note, hours(last.first_at)) == (None, "gone", 1.0)
    assert press.article.text == OLD
    assert hours(press.article.last_seen_at) == 0.0
    assert store.lineage(ID) == before
    press.see(OLD, hours=4.5)
    assert press.article.version == 1
    assert [s.content_hash is None for s in spells(looks_of(press.article))] == [False, True, False]


def test_a_page_that_was_emptied_counts_as_gone_and_a_login_wall_does_not(store: Store) -> None:
    press = Press(store)
    press.see(OLD, revisit=False)
    press.see("Please log in to continue reading this article.", hours=0.25)
    assert [look.content_hash for look in looks_of(press.article)] == [press.article.content_hash]
    press.see("Withdrawn.", hours=1)
    assert [look.content_hash for look in looks_of(press.article)][-1] is None
    assert hours(press.next_at()) == 3.0


def test_old_news_is_not_looked_at_again() -> None:
    old = an_article(published=a_date(NOON - timedelta(hours=6)), first_seen_at=NOON)
    assert next_visit(old, NOON, AGES) is None
    assert next_visit(replace(old, published=None), NOON, AGES) == NOON + AGES[0]


def test_a_source_may_have_ages_of_its_own_or_none() -> None:
    own = Source(id="post", name="Harbour Post", domains=("post.example",), revisits=(timedelta(hours=2),))
    press = Press(open_store("memory:"), own)
    press.see(OLD, revisit=False)
    assert hours(press.next_at()) == 2.0
    never = Press(open_store("memory:"), replace(own, revisits=()))
    never.see(OLD, revisit=False)
    assert never.due() == []


def test_what_was_not_crawled_is_not_looked_at_again() -> None:
    press = Press(open_store("memory:"))
    press.engine.ingest(replace(press.page(OLD), source_id=None))
    assert press.due() == []
