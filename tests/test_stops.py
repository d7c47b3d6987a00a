"""Passages that everybody has are learnt and weigh nothing; a much copied story is never one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.fingerprint import SCHEME, fingerprint, places
from crawler.flow import Engine
from crawler.match.stops import ANYWHERE, OUTLET, Sighting, learn
from crawler.matching import Matcher
from crawler.model import ArticleId, Dated, Stop
from crawler.ports import Store
from crawler.prepare import Row, compare_texts, hashes_in
from crawler.registry import Registry
from crawler.store import open_store
from crawler.text import tokenize
from crawler.urls import article_id
from tests.builders import NOON, a_date, an_article, some_text

NOTICE = (
    "The Lantern keeps neither reporters nor presses of its own and lives from what its readers send in. Whoever finds "
    "a mistake in these columns may write to the desk above the chandler's shop, where letters are opened on Fridays. "
    "Nothing that is printed here may be taken for advice on the sale of boats, nets, engines or berths in any harbour."
)
STORY = some_text(500, seed=900)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store({"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/store.db"}[request.param])
    yield opened
    opened.close()


def an_engine(store: Store) -> Engine:
    return Engine(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)


def a_piece(number: int, *, outlet: str = "lantern", end: str = NOTICE, words: int = 150, days: float = 1.0) -> Row:
    """Return an article of its own with *end* below it, *days* after the one before."""
    at = NOON + timedelta(days=number * days)
    return Row(
        url=f"https://{outlet}.example/{number}",
        title=f"Piece {some_text(4, seed=number)}",
        text=f"{some_text(words, seed=number)}\n\n{end}",
        fetched_at=at,
        published=Dated(at=at),
        links=(),
    )


def an_excerpt(number: int, *, of: str = STORY, start: int = 100, length: int = 80, days: float = 0.05) -> Row:
    """Return an article of an outlet of its own that quotes *length* words of a story in its middle."""
    words = of.split()
    own = some_text(240, seed=2_000 + number).split()
    taken = words[start : start + length]
    at = NOON + timedelta(days=number * days)
    return Row(
        url=f"https://outlet-{number}.example/excerpt",
        title=f"Excerpt {number}",
        text=" ".join([*own[:120], *taken, *own[120:]]),
        fetched_at=at,
        published=Dated(at=at),
        links=(),
    )


def ingest(engine: Engine, row: Row) -> ArticleId:
    id = engine.ingest_row(row).id
    assert id is not None
    return id


def copies(store: Store) -> int:
    return sum(1 for match in store.matches() if match.shared.kind in ("exact", "near_copy", "partial"))


def test_the_notice_under_the_pieces_of_one_outlet_is_learnt(store: Store) -> None:
    engine = an_engine(store)
    for number in range(OUTLET + 2):
        ingest(engine, a_piece(number))
    newest = ingest(engine, a_piece(99, outlet="meridian"))
    fp = store.fingerprint(newest)
    assert fp is not None
    known = store.stopped(fp.scheme, fp.hashes)
    notice = hashes_in(f"{some_text(150, seed=99)}\n\n{NOTICE}", fp.hashes, [(950, 10_000)])
    assert len(known) > 5
    assert known <= hashes_in(a_piece(99).text, fp.hashes, [(a_piece(99).text.index("The Lantern"), 10_000)]) | notice


def test_what_was_learnt_makes_no_copy_also_of_what_came_before(store: Store) -> None:
    engine = an_engine(store)
    early = ingest(engine, a_piece(50, outlet="meridian", words=60))
    late = ingest(engine, a_piece(0, words=60))
    assert copies(store) == 1, "before it is learnt, the notice is a passage as any other"
    for number in range(1, OUTLET + 1):
        ingest(engine, a_piece(number))
    engine.settle()
    shared = {(m.left, m.right): m.shared for m in store.matches(rejected=True)}[min(early, late), max(early, late)]
    assert (shared.kind, shared.reason) == ("unrelated", "boilerplate")
    assert {passage.kind for passage in shared.passages} == {"boilerplate"}
    assert [held.role for id in (early, late) if (held := store.lineage(id))] == ["unmatched", "unmatched"]


def test_the_order_of_arrival_does_not_matter_in_the_end(store: Store) -> None:
    rows = [a_piece(50, outlet="meridian", words=60), *(a_piece(n, words=60 + 10 * n) for n in range(OUTLET + 1))]
    found = []
    for order in (rows, rows[::-1]):
        one = open_store("memory:")
        engine = an_engine(one)
        for row in order:
            ingest(engine, row)
        engine.settle()
        found.append({(m.left, m.right) for m in one.matches() if m.shared.reason != "same outlet"})
        assert {held.role for id in one.article_ids() if (held := one.lineage(id))} == {"unmatched"}
    assert found[0] == found[1]


def test_a_copy_with_a_learnt_notice_is_a_copy_all_the_same(store: Store) -> None:
    engine = an_engine(store)
    ids = [ingest(engine, a_piece(number)) for number in range(OUTLET + 2)]
    original = a_piece(OUTLET + 1)
    copy = Row(
        url="https://meridian.example/copy",
        title="Taken over",
        text=original.text,
        fetched_at=NOON + timedelta(days=40),
        published=Dated(at=NOON + timedelta(days=40)),
        links=(),
    )
    held = store.lineage(ingest(engine, copy))
    assert held is not None
    assert held.origin is not None
    assert held.origin.id == ids[-1]


@pytest.mark.parametrize("days", [0.05, 4.0], ids=["within days", "over months"])
def test_excerpts_of_one_story_are_never_learnt_and_all_lead_to_it(store: Store, days: float) -> None:
    engine = an_engine(store)
    at = NOON - timedelta(days=30)
    story = Row(
        url="https://harbour-post.example/story",
        title="The story",
        text=STORY,
        fetched_at=at,
        published=Dated(at=at),
        links=(),
    )
    origin = ingest(engine, story)
    ids = [ingest(engine, an_excerpt(number, days=days)) for number in range(ANYWHERE + 6)]
    engine.settle()
    for id in (ids[0], ids[-1]):
        fp = store.fingerprint(id)
        assert fp is not None
        assert store.stopped(fp.scheme, fp.hashes) == frozenset()
        assert origin in store.matched(id, 200)


def sightings(pieces: list[Row], *, outlet: str | None = None) -> tuple[object, list[Sighting]]:
    articles = [
        an_article(
            f"{n}", outlet=outlet or f"o{n}", text=row.text, title=row.title, published=row.published, url=row.url
        )
        for n, row in enumerate(pieces)
    ]
    first = articles[0]
    return first, [Sighting(other=x, shared=compare_texts(first.text, x.text)) for x in articles[1:]]


@pytest.mark.parametrize(
    ("count", "days", "end", "learnt"),
    [
        (ANYWHERE, 3.0, NOTICE, True),
        (ANYWHERE - 1, 3.0, NOTICE, False),
        (ANYWHERE, 0.5, NOTICE, False),
    ],
    ids=["many outlets, months", "too few", "within days"],
)
def test_what_many_outlets_have_at_their_foot_for_months_is_learnt(
    count: int, days: float, end: str, learnt: bool
) -> None:
    article, seen = sightings([a_piece(n, outlet=f"o{n}", end=end, days=days, words=400) for n in range(count)])
    found = learn(article, seen)  # type: ignore[arg-type]
    assert bool(found) == learnt
    assert {one.source for one in found} <= {None}


def test_what_stands_in_the_middle_of_many_is_not_learnt_however_long_it_lasts() -> None:
    article, seen = sightings([an_excerpt(n, days=5.0) for n in range(ANYWHERE + 5)])
    assert learn(article, seen) == ()  # type: ignore[arg-type]


def test_eight_reports_of_one_evening_teach_nothing() -> None:
    article, seen = sightings([a_piece(n, days=0.02) for n in range(OUTLET)], outlet="lantern")
    assert learn(article, seen) == ()  # type: ignore[arg-type]


def test_eight_editions_of_one_report_teach_nothing() -> None:
    report = a_piece(1, words=300).text
    pieces = [a_piece(0, words=300), *(a_piece(n, end=NOTICE) for n in range(1, OUTLET))]
    article, _ = sightings(pieces, outlet="lantern")
    seen = [
        Sighting(
            other=an_article(f"e{n}", outlet="lantern", text=report, title="Report", published=a_date(NOON)),
            shared=compare_texts(pieces[0].text, report),
        )
        for n in range(OUTLET)
    ]
    assert learn(article, seen) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [78, 97, 111, 144])
def test_what_two_articles_share_is_the_same_whichever_of_them_is_asked(seed: int) -> None:
    """One of them drew a stop hash, at the edge of what they share, that the other did not: else settle never ends."""
    passage = some_text(24, seed=seed)
    ends = [f"{passage} {some_text(60, seed=10 * seed + number)}" for number in (1, 2)]
    rows = [a_piece(number, outlet=f"outlet-{number}", end=ends[number - 1]) for number in (1, 2)]
    one, other = (fingerprint(tokenize(row.text)) for row in rows)
    there = tokenize(rows[1].text)
    alone = [hash for hash in one.hashes if hash not in other.hashes and places(there, [hash])]
    both = sorted(set(one.hashes) & set(other.hashes))
    assert alone
    assert both
    store = open_store("memory:")
    e = an_engine(store)
    ids = [article_id(row.url) for row in rows]
    for row in rows:
        e.ingest_row(row)
    store.stop([Stop(scheme=SCHEME, hash=hash, source=None, articles=20, learnt_at=NOON) for hash in (*alone, both[0])])
    articles = [article for id in ids if (article := store.article(id)) is not None]
    found = [Matcher(store).near(article, print) for article, print in zip(articles, (one, other), strict=True)]
    assert found[0] == found[1]
