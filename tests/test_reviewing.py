"""Reviews through the whole flow: kept in the store, and judged again with all that hangs on them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crawler.errors import InputError
from crawler.model import ArticleId
from crawler.ports import Store
from crawler.reviewing import undecided
from crawler.urls import article_id
from tests.builders import NOON
from tests.test_flow import STORY, a_row, engine


def id_of(outlet: str) -> ArticleId:
    return article_id(f"https://{outlet}.example/story")


def a_chain(store: Store):
    """Return an engine over the Harbour Post's text, taken by Meridian, taken by the Lamp, which credits Meridian."""
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    e.ingest_row(a_row("meridian", hours=5))
    credit = "\n\nThis article was originally published by Meridian."
    e.ingest_row(a_row("lamp", hours=9, text=STORY + credit))
    return e


def chain_of(e, outlet: str) -> list[str]:
    trail = e.trail(id_of(outlet))
    return [step.source.id for step in trail.chain]


def test_a_review_changes_the_article_and_its_descendants_and_nothing_else(store: Store) -> None:
    e = a_chain(store)
    assert chain_of(e, "lamp") == ["lamp-example", "meridian", "harbour-post"]
    before = store.lineage(id_of("harbour-post"))
    _, changed = e.review(id_of("meridian"), "no-parent", by="Ida", note="they sent us the drafts")
    assert chain_of(e, "lamp") == ["lamp-example", "meridian"]
    held = store.lineage(id_of("lamp"))
    assert held is not None
    assert (held.depth, held.origin.id, held.delay_seconds) == (1, id_of("meridian"), 4 * 3600)
    post = store.lineage(id_of("harbour-post"))
    assert changed == 2
    assert (post.copies, post.role, post.revision) == (0, "unmatched", before.revision)


def test_the_history_says_who_changed_it_and_why(store: Store) -> None:
    e = a_chain(store)
    e.review(id_of("meridian"), "no-parent", by="Ida", note="they sent us the drafts")
    e.undo_review(id_of("meridian"))
    reasons = [held.reason for held in store.history(id_of("meridian"))]
    assert reasons[-2:] == [
        "was reviewed by Ida: no-parent: they sent us the drafts",
        "had a review by Ida taken back: no-parent: they sent us the drafts",
    ]
    assert store.history(id_of("lamp"))[-1].reason.startswith("https://meridian.example/story had a review by Ida")


def test_a_review_taken_back_leaves_every_lineage_as_it_was(store: Store) -> None:
    e = a_chain(store)
    before = {id: (held.parents, held.rivals, held.origin, held.copies) for id, held in store.lineages()}
    e.review(id_of("lamp"), "set-parent", "harbour-post", by="Ida")
    assert chain_of(e, "lamp") == ["lamp-example", "harbour-post"]
    e.undo_review(id_of("lamp"))
    assert {id: (held.parents, held.rivals, held.origin, held.copies) for id, held in store.lineages()} == before
    assert e.undo_review(id_of("lamp")) is None
    assert [r.undone_at is None for r in store.reviews()] == [False]


def test_a_review_outlives_another_version_of_the_page(store: Store) -> None:
    e = a_chain(store)
    e.review(id_of("meridian"), "no-parent", by="Ida")
    e.ingest_row(a_row("meridian", hours=6, text=STORY + " And a correction."))
    assert chain_of(e, "meridian") == ["meridian"]


def test_a_parent_set_by_its_address_becomes_the_article_once_it_is_crawled(store: Store) -> None:
    e = a_chain(store)
    url = "https://night-wire.example/dispatch"
    e.review(id_of("harbour-post"), "set-parent", url, by="Ida")
    origin = store.lineage(id_of("lamp")).origin
    assert (origin.external, origin.url) == (True, url)
    e.ingest_row(a_row("night-wire", url=url, text=STORY.upper(), hours=-2, title="Dispatch"))
    origin = store.lineage(id_of("lamp")).origin
    assert (origin.external, origin.title) == (False, "Dispatch")


def test_reviews_of_one_moment_keep_their_order(store: Store) -> None:
    e = a_chain(store)
    e.review(id_of("meridian"), "no-parent", by="Ida")
    e.review(id_of("meridian"), "confirm", "harbour-post", by="Ida")
    assert chain_of(e, "meridian") == ["meridian", "harbour-post"]
    first, second = store.reviews()
    assert (first.at, second.at) == (NOON, NOON + timedelta(microseconds=1))


def test_a_review_that_closes_a_ring_cuts_it_where_nobody_vouches(store: Store) -> None:
    e = a_chain(store)
    e.review(id_of("harbour-post"), "set-parent", f"{a_row('lamp').url}", by="Ida")
    for outlet in ("harbour-post", "meridian", "lamp"):
        steps = chain_of(e, outlet)
        assert len(set(steps)) == len(steps)
    assert chain_of(e, "harbour-post")[:2] == ["harbour-post", "lamp-example"]


@pytest.mark.parametrize(
    ("ruling", "parent", "words"),
    [
        ("confirm", "https://nowhere.example/x", "none of its parents and rivals"),
        ("reject", "nobody at all", "none of its parents and rivals"),
        ("set-parent", "nobody at all", "give a URL, an id or an outlet's id"),
        ("set-parent", "https://meridian.example/story", "no copy of itself"),
        ("set-parent", "https://meridian.example/another", "pages of one outlet"),
    ],
)
def test_a_word_that_means_nobody_is_refused_and_nothing_is_kept(
    store: Store, ruling: str, parent: str, words: str
) -> None:
    e = a_chain(store)
    with pytest.raises(InputError, match=words):
        e.review(id_of("meridian"), ruling, parent, by="Ida")
    assert list(store.reviews()) == []


def test_the_least_certain_are_offered_first_until_they_are_reviewed(store: Store) -> None:
    e = a_chain(store)
    e.ingest_row(a_row("gull", hours=20))
    offered = undecided(store, 10)
    assert [d for d, _, _ in offered] == sorted(d for d, _, _ in offered)
    assert len(undecided(store, 1)) == 1
    _, first, held = offered[0]
    assert held.parents or held.rivals
    e.review(first, "no-parent", by="Ida")
    assert first not in [id for _, id, _ in undecided(store, 10)]
