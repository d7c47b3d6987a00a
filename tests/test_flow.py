"""The verbs over a real store: what a page does to what is known."""

from __future__ import annotations

import random
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.alerts.rules import Rule
from crawler.entries import entry_key
from crawler.flow import Engine
from crawler.matching import REJECTED
from crawler.model import ArticleId, Dated, Entry, Feed, FeedState, Link, Page, Poll, Source
from crawler.newsroom import PLANTED, ROUNDS, Newsroom
from crawler.ports import Query, Store
from crawler.prepare import Row, prepare_row
from crawler.registry import Registry
from crawler.store import open_store
from crawler.urls import article_id
from tests.builders import NOON, some_text

SOURCES = (
    Source(
        id="harbour-post",
        name="Harbour Post",
        domains=("harbour-post.example",),
        feeds=("https://harbour-post.example/feed",),
    ),
    Source(id="meridian", name="Meridian", domains=("meridian.example",), feeds=("https://meridian.example/feed",)),
)
RULE = Rule(name="all copies")
STORY = some_text(200, seed=3)


def engine(store: Store, **changes: Any) -> Engine:
    settings = {"registry": Registry(SOURCES), "rules": (RULE,), "clock": lambda: NOON, "jitter": lambda: 0.0} | changes
    return Engine(store, settings.pop("registry"), **settings)


def a_row(outlet: str, *, hours: float = 0, text: str = STORY, **changes: Any) -> Row:
    at = NOON + timedelta(hours=hours)
    defaults: dict[str, Any] = {
        "url": f"https://{outlet}.example/story",
        "title": "The story",
        "text": text,
        "fetched_at": at + timedelta(minutes=5),
        "published": Dated(at=at),
        "links": (),
    }
    return Row(**defaults | changes)


def test_a_copy_points_at_the_earlier_text(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    outcome = e.ingest_row(a_row("meridian", hours=5))
    assert outcome.lineage is not None
    assert outcome.lineage.role == "derived"
    original = e.trail(article_id("https://harbour-post.example/story"))
    assert original is not None
    assert (original.lineage.role, original.lineage.copies) == ("original", 1)
    assert [copy.url for copy, _ in original.copies] == ["https://meridian.example/story"]


def test_an_original_crawled_after_its_copy_re_roots_it(store: Store) -> None:
    e = engine(store)
    text = STORY + "\n\nThis article was originally published by Harbour Post."
    e.ingest_row(a_row("meridian", hours=5, text=text))
    before = e.trail(article_id("https://meridian.example/story"))
    assert before is not None
    assert before.lineage.origin is not None
    assert (before.lineage.origin.external, before.lineage.origin.source.id) == (True, "harbour-post")
    e.ingest_row(a_row("harbour-post"))
    after = e.trail(article_id("https://meridian.example/story"))
    assert after is not None
    assert after.lineage.origin is not None
    assert (after.lineage.origin.external, after.lineage.origin.url) == (False, "https://harbour-post.example/story")
    assert after.lineage.revision == before.lineage.revision + 1


def test_ingesting_twice_changes_nothing(store: Store) -> None:
    e = engine(store)
    rows = [a_row("harbour-post"), a_row("meridian", hours=5)]
    for row in rows:
        e.ingest_row(row)
    before = (store.status(), [store.lineage(id) for id in store.article_ids()], store.alerts(10))
    assert not any(outcome.new or outcome.changed for outcome in map(e.ingest_row, rows))
    after = (store.status(), [store.lineage(id) for id in store.article_ids()], store.alerts(10))
    assert after == before


def test_a_later_sighting_gives_the_text_and_an_earlier_one_the_first_sight(store: Store) -> None:
    e = engine(store)
    old, new = a_row("meridian"), a_row("meridian", hours=9, text=STORY + " And more.", published=None)
    for order in ([old, new], [new, old]):
        for row in order:
            e.ingest_row(row)
        held = store.article(article_id(old.url))
        assert held is not None
        assert held.text == new.text
        assert (held.first_seen_at, held.last_seen_at) == (old.fetched_at, new.fetched_at)


def test_each_edge_raises_one_alert_however_often_it_is_met(store: Store) -> None:
    e = engine(store)
    for _ in range(3):
        e.ingest_row(a_row("harbour-post"))
        e.ingest_row(a_row("meridian", hours=5))
    assert len(store.alerts(10)) == 1


def test_a_bad_page_settles_its_entry_with_the_reason(store: Store) -> None:
    e = engine(store)
    state = FeedState(url=SOURCES[0].feeds[0], source_id="harbour-post")
    entry = Entry(url="https://harbour-post.example/empty", title="Empty")
    (pending,) = e.record(Poll(state=state, feed=Feed(entries=(entry,))))
    outcome = e.ingest(
        Page(
            url=pending.url, final_url=pending.url, body=b"%PDF-1.7", fetched_at=NOON, headers={}, entry_key=pending.key
        )
    )
    assert outcome.problem
    assert not e.waiting(10)
    assert not e.record(Poll(state=state, feed=Feed(entries=(entry,))))


WALLS = (
    "Already a subscriber? Sign in to continue reading this story.",
    "Before you continue to the site: we and our 900 partners store and access information on a device.",
    "Please complete the security check: verify that you are human.",
)


@pytest.mark.parametrize("wall", WALLS, ids=["login", "consent", "robot check"])
def test_a_wall_is_never_stored_as_the_new_text_of_an_article(store: Store, wall: str) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    e.ingest_row(a_row("meridian", hours=3))
    before = store.article(article_id("https://harbour-post.example/story"))
    done = e.ingest_row(a_row("harbour-post", hours=9, text=f"{' '.join(STORY.split()[:40])}. {wall}"))
    assert done.id is None
    assert "the text that was there before is kept" in (done.problem or "")
    assert store.article(article_id("https://harbour-post.example/story")) == before
    copy = store.lineage(article_id("https://meridian.example/story"))
    assert copy is not None
    assert copy.role == "derived"


def test_an_article_that_is_cut_and_one_that_mentions_a_login_are_stored_as_they_are_now(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    cut = " ".join(STORY.split()[:60])
    assert e.ingest_row(a_row("harbour-post", hours=9, text=cut)).changed
    more = f"{cut} Readers were told to sign in to continue, which they did not like."
    assert e.ingest_row(a_row("harbour-post", hours=10, text=more)).changed


def test_what_a_feed_brings_is_kept_once(store: Store) -> None:
    e = engine(store)
    state = FeedState(url=SOURCES[0].feeds[0], source_id="harbour-post")
    entries = tuple(Entry(url=f"https://harbour-post.example/{n}?utm_source=rss") for n in (1, 2, 1))
    kept = e.record(Poll(state=state, feed=Feed(entries=entries)))
    assert len(kept) == 2
    assert all(p.seeding for p in kept)
    assert {p.key for p in e.waiting(10)} == {p.key for p in kept}
    again = e.record(
        Poll(
            state=replace(state, seeded=True),
            feed=Feed(entries=(*entries, Entry(url="https://harbour-post.example/3"))),
        )
    )
    assert [(p.url, p.seeding) for p in again] == [("https://harbour-post.example/3", False)]


def test_an_entry_bears_the_last_look_that_did_not_show_it(store: Store) -> None:
    e = engine(store)
    state = FeedState(url=SOURCES[0].feeds[0], source_id="harbour-post", succeeded_at=NOON)
    (first,) = e.record(Poll(state=state, feed=Feed(entries=(Entry(url="https://harbour-post.example/1"),))))
    assert first.absent_at is None  # what a first look brings may have been there for ever
    later = replace(state, seeded=True, succeeded_at=NOON + timedelta(hours=1))
    (second,) = e.record(Poll(state=later, feed=Feed(entries=(Entry(url="https://harbour-post.example/2"),))))
    assert second.absent_at == NOON


def test_the_last_look_before_the_first_sight_is_kept_with_the_article(store: Store) -> None:
    e = engine(store)
    row = a_row("meridian", hours=5)
    for absent in (3, 4, 90):  # the last one is after the first sight: another feed named the page late
        e.ingest_row(replace(row, absent_at=NOON + timedelta(hours=absent)))
    held = store.article(article_id(row.url))
    assert held is not None
    assert held.absent_at == NOON + timedelta(hours=4)


def test_a_copy_that_was_not_there_when_the_original_was_seen_needs_no_dates(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post", published=None, absent_at=NOON - timedelta(hours=1)))
    copy = a_row("meridian", hours=9, published=None, absent_at=NOON + timedelta(hours=8))
    outcome = e.ingest_row(copy)
    assert outcome.lineage is not None
    assert outcome.lineage.origin is not None
    assert outcome.lineage.origin.source.id == "harbour-post"
    assert outcome.lineage.parents[0].level != "confirmed"


def test_an_entry_has_one_key_whatever_tracks_it() -> None:
    entry = Entry(title="x")
    keys = {entry_key("a", entry, url) for url in ("https://a.example/1?utm_source=x", "http://www.a.example/1/")}
    assert len(keys) == 1


def test_feeds_are_due_most_overdue_first_and_disabled_sources_never(store: Store) -> None:
    off = Source(id="off", name="Off", feeds=("https://off.example/feed",), enabled=False)
    e = engine(store, registry=Registry((*SOURCES, off)))
    store.save_poll(FeedState(url=SOURCES[0].feeds[0], source_id="harbour-post", next_at=NOON - timedelta(hours=1)), ())
    store.save_poll(FeedState(url=SOURCES[1].feeds[0], source_id="meridian", next_at=NOON - timedelta(hours=2)), ())
    assert [s.source_id for s in e.due(NOON)] == ["meridian", "harbour-post"]
    assert not e.due(NOON - timedelta(hours=3))


def test_explaining_a_text_stores_nothing(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    before = replace(store.status(), bytes=None)  # what a server has on disk moves by itself
    trail = e.explain(prepare_row(a_row("meridian", hours=5), e.registry))
    assert trail.lineage.origin is not None
    assert trail.lineage.origin.url == "https://harbour-post.example/story"
    assert replace(store.status(), bytes=None) == before


def test_a_row_without_links_is_never_said_to_link_nowhere(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    outcome = e.ingest_row(a_row("meridian", hours=5, links=None))
    assert outcome.lineage is not None
    assert outcome.lineage.attribution is not None
    assert (outcome.lineage.attribution.credited, outcome.lineage.attribution.linked) == ("unknown", "unknown")


def test_settling_judges_what_was_left(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    e.ingest_row(a_row("meridian", hours=5))
    one = article_id("https://meridian.example/story")
    held = store.lineage(one)
    assert held is not None
    store.save_lineage(one, replace(held, parents=(), role="unmatched", origin=None, kind=None, depth=0))
    store.leave([one])
    assert e.settle() == 1
    settled = store.lineage(one)
    assert settled is not None
    assert settled.parents == held.parents
    assert not store.left(10)


# --- any order of arrival gives the same graph ----------------------------------------------------


@pytest.fixture(scope="module")
def pages() -> tuple[tuple[Source, ...], tuple[Page, ...]]:
    """Every planted article as a page, as it stands after the last round."""
    now = datetime(2026, 11, 20, 15, tzinfo=UTC)
    with Newsroom(now) as newsroom:
        for _ in range(ROUNDS - 1):
            newsroom.advance()
        return newsroom.sources(), tuple(_page(newsroom, planted.article, now) for planted in PLANTED)


def _page(newsroom: Newsroom, key: str, now: datetime) -> Page:
    url = newsroom.url(key)
    host, path = url.removeprefix("http://").split("/", 1)
    request = urllib.request.Request(f"http://127.0.0.1:{newsroom.port}/{path}", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=10) as answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Page(url=url, final_url=url, body=answer.read(), fetched_at=now, headers=headers)


def _graph(store: Store) -> dict[str, Any]:
    judged = {}
    for id in store.article_ids():
        held = store.lineage(id)
        assert held is not None
        judged[id] = replace(held, revision=1, decided_at=NOON, reason="")
    return judged


def test_any_order_of_arrival_gives_the_same_graph(
    pages: tuple[tuple[Source, ...], tuple[Page, ...]],
) -> None:
    sources, planted = pages
    graphs = []
    for seed in range(6):
        order = list(planted)
        random.Random(seed).shuffle(order)
        store = open_store("memory:")
        e = engine(store, registry=Registry(sources))
        for page in order:
            assert e.ingest(page).problem is None
        e.settle()
        graphs.append(_graph(store))
    for graph in graphs[1:]:
        for id, held in graphs[0].items():
            assert graph[id] == held


def test_a_graph_of_the_planted_copies_has_no_cycle(pages: tuple[tuple[Source, ...], tuple[Page, ...]]) -> None:
    sources, planted = pages
    store = open_store("memory:")
    e = engine(store, registry=Registry(sources))
    for page in planted:
        e.ingest(page)

    def up(id: ArticleId) -> list[ArticleId]:
        held = store.lineage(id)
        return [edge.parent.id for edge in held.parents] if held else []

    for start in store.article_ids():
        seen, line = set(), [*up(start)]
        while line:
            id = line.pop()
            assert id != start
            if id not in seen:
                seen.add(id)
                line += up(id)


def test_links_of_a_row_count_as_credit(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    link = Link(url="https://harbour-post.example/story?utm_medium=x", text="here")
    outcome = e.ingest_row(a_row("meridian", hours=5, links=(link,)))
    assert outcome.lineage is not None
    assert outcome.lineage.attribution is not None
    assert (outcome.lineage.attribution.credited, outcome.lineage.attribution.linked) == ("yes", "article")


def test_a_corrected_date_takes_back_what_the_wrong_one_had_said(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post", fetched_at=NOON + timedelta(hours=400)))
    e.ingest_row(a_row("meridian", hours=5))
    corrected = Dated(at=NOON + timedelta(hours=300))
    e.ingest_row(a_row("harbour-post", published=corrected, fetched_at=NOON + timedelta(hours=410)))
    held = store.lineage(article_id("https://meridian.example/story"))
    assert held is not None
    assert not held.parents
    other = store.lineage(article_id("https://harbour-post.example/story"))
    assert other is not None
    assert other.role == "derived"


FORM = (
    "The treasury balances held at the harbour bank rose on {day} to {a} million from {b} million on the working day "
    "before, the bank said in the note that it gives out each evening after the counters have closed. Its loans to the "
    "fishing fleet stood at {c} million against {d} million in the week before, it said."
)


def test_a_form_filled_in_again_is_kept_with_its_reason_and_makes_no_lineage(store: Store) -> None:
    e = engine(store)
    first = FORM.format(day="Monday", a="3.71", b="2.94", c="12.4", d="11.8")
    second = FORM.format(day="Friday", a="5.12", b="4.60", c="18.3", d="16.1")
    one = e.ingest_row(a_row("harbour-post", text=first))
    other = e.ingest_row(a_row("meridian", hours=90, text=second))
    (match,) = store.guarded(Query())
    assert {match.left, match.right} == {one.id, other.id}
    assert (match.shared.kind, match.shared.reason) == ("unrelated", "template")
    assert list(store.matches()) == []
    assert other.matches == 0
    assert [article.id for article, _ in store.search(Query(role="unmatched"))] == [other.id, one.id]


def test_two_pages_of_one_outlet_are_matched_and_never_parent_and_copy(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    e.ingest_row(a_row("harbour-post", hours=2, url="https://harbour-post.example/story/print"))
    (match,) = store.guarded(Query(), "same outlet")
    assert match.shared.kind == "exact"
    assert [lineage.role for _, lineage in store.search(Query())] == ["unmatched", "unmatched"]


def test_of_very_many_rejected_matches_a_few_are_kept(store: Store) -> None:
    e = engine(store)
    for n in range(12):
        text = FORM.format(day="Monday", a=f"3.{n}1", b=f"2.{n}4", c=f"1{n}.4", d=f"2{n}.8")
        e.ingest_row(a_row("harbour-post", hours=30 * n, text=text, url=f"https://outlet-{n}.example/note"))
    assert sum(1 for _ in store.matches(rejected=True)) <= REJECTED * 11


def test_a_clock_that_is_off_is_learnt_kept_and_applied_to_new_pages(store: Store) -> None:
    e = engine(store)
    e.record(Poll(state=FeedState(url=SOURCES[1].feeds[0], source_id="meridian"), feed=Feed()))
    for number in range(12):
        absent = NOON + timedelta(hours=5 * number)
        e.ingest_row(
            a_row(
                "meridian",
                url=f"https://meridian.example/{number}",
                text=some_text(100, seed=number),
                absent_at=absent,
                fetched_at=absent + timedelta(minutes=20),
                published=Dated(at=absent + timedelta(minutes=10) - timedelta(hours=4)),
            )
        )
    assert set(e.learn_clocks()) == {"meridian"}
    assert e.learn_clocks() == {}
    later = NOON + timedelta(days=20)
    said = later + timedelta(minutes=50) - timedelta(hours=4)  # an hour before the original, by its own clock
    e.ingest_row(a_row("harbour-post", fetched_at=later + timedelta(days=1), published=Dated(at=later)))
    again = engine(store)  # as another process would find it
    again.ingest_row(a_row("meridian", fetched_at=later + timedelta(days=1), published=Dated(at=said)))
    held = store.lineage(article_id("https://meridian.example/story"))
    article = store.article(article_id("https://meridian.example/story"))
    assert held is not None
    assert article is not None
    assert article.clock is not None
    assert article.published == Dated(at=said)
    assert article.clock.least <= -4 * 3600 <= article.clock.most
    assert [edge.parent.source.id for edge in held.parents] == ["harbour-post"]
