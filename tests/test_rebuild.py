"""All lineages again from what is stored come to what judging page after page came to."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import InputError
from crawler.flow import Engine
from crawler.model import ArticleId, Dated, Lineage, Source
from crawler.ports import Store
from crawler.rebuild import rebuild, refold
from crawler.registry import Registry
from crawler.store import open_store
from crawler.urls import article_id
from tests.builders import NOON, a_lineage, some_text
from tests.simulator.runs import filled
from tests.simulator.world import a_world
from tests.test_flow import SOURCES, STORY, a_row, engine

LATER = NOON + timedelta(days=1)
OTHER = some_text(200, seed=99)


def graph(store: Store) -> dict[ArticleId, Lineage]:
    """Return all lineages without when, why and how often they were decided."""
    return {id: replace(held, revision=1, decided_at=NOON, reason="") for id, held in store.lineages()}


def revisions(store: Store) -> dict[ArticleId, int]:
    return {id: held.revision for id, held in store.lineages()}


def id_of(outlet: str) -> ArticleId:
    return article_id(f"https://{outlet}.example/story")


def two_stories(e: Engine) -> None:
    """Take in one story with two copies, the second with a credit for the first, and another story with one copy."""
    e.ingest_row(a_row("harbour-post"))
    e.ingest_row(a_row("meridian", hours=5))
    e.ingest_row(a_row("lamp", hours=9, text=STORY + "\n\nThis article was originally published by Meridian."))
    for outlet, hours in (("gull", 1), ("tern", 7)):
        e.ingest_row(a_row(outlet, hours=hours, text=OTHER))


UNTOUCHED = (id_of("gull"), id_of("tern"))


@settings(max_examples=10, deadline=None)
@given(
    st.integers(1000, 100_000),
    st.randoms(use_true_random=False),
    st.lists(st.sampled_from(["confirm", "reject", "set-parent", "no-parent", "undo"]), max_size=6),
)
def test_a_rebuild_of_any_world_in_any_order_with_any_reviews_changes_nothing(
    seed: int, dice: random.Random, words: Sequence[str]
) -> None:
    world = a_world(seed, 24)
    shuffled = list(world.pieces)
    dice.shuffle(shuffled)
    store = filled(world, shuffled)
    e = Engine(store, Registry(world.sources), clock=lambda: LATER, jitter=lambda: 0.0)
    ids = list(store.article_ids())
    for word in words:
        review_at_random(e, dice, ids, word)
    e.settle()
    before = graph(store)
    assert rebuild(store, e.registry, LATER, dry_run=True).changes == ()
    rebuild(store, e.registry, LATER)
    assert graph(store) == before


def review_at_random(e: Engine, dice: random.Random, ids: Sequence[ArticleId], word: str) -> None:
    one = dice.choice(ids)
    held = e.store.lineage(one)
    assert held is not None
    edges = (*held.parents, *held.rivals)
    parent = dice.choice(ids) if word == "set-parent" else dice.choice(edges).parent.id if edges else None
    if word == "undo":
        e.undo_review(one)
        return
    if word == "no-parent":
        e.review(one, "no-parent", by="Ida")
    elif parent is not None:
        try:
            e.review(one, word, parent, by="Ida")  # type: ignore[arg-type]
        except InputError:
            return  # itself, or its own outlet


def test_who_is_in_a_ring_that_is_cut_has_as_many_copies_after_a_rebuild_as_before(store: Store) -> None:
    e = engine(store)
    two_stories(e)
    gull, tern = UNTOUCHED
    e.review(gull, "set-parent", tern, by="Ida")  # its copy, as the text says
    e.settle()
    before = graph(store)
    assert (before[gull].role, before[gull].copies) == ("derived", 0)
    assert (before[tern].role, before[tern].copies) == ("original", 1)
    rebuild(store, e.registry, LATER)
    assert graph(store) == before


def test_lineages_that_were_lost_come_back_and_the_history_says_why(store: Store) -> None:
    e = engine(store)
    two_stories(e)
    before = graph(store)
    for id in before:
        store.save_lineage(id, a_lineage(reason="an older rule"))
    done = rebuild(store, e.registry, LATER)
    assert graph(store) == before
    assert done.changed == len([held for held in before.values() if held.role == "derived"])
    assert store.history(id_of("lamp"))[-1].reason == "rebuilt: its own facts come to another judgement"
    assert rebuild(store, e.registry, LATER).changed == 0


def test_a_dry_run_tells_all_that_would_change_and_changes_nothing(store: Store) -> None:
    e = engine(store)
    two_stories(e)
    store.save_lineage(id_of("lamp"), a_lineage())
    before = graph(store)
    told = rebuild(store, e.registry, LATER, dry_run=True)
    assert id_of("lamp") in [id for id, _ in told.changes]
    assert graph(store) == before


def test_a_rebuild_that_was_stopped_is_finished_by_the_next(store: Store) -> None:
    e = engine(store)
    two_stories(e)
    before = graph(store)
    for id in before:
        store.save_lineage(id, a_lineage())

    def stop(done: int, of: int) -> None:
        if done > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(store, e.registry, LATER, step=stop)
    rebuild(store, e.registry, LATER)
    assert graph(store) == before


def test_a_page_that_comes_in_while_all_is_judged_again_is_not_written_over(store: Store) -> None:
    e = engine(store)
    two_stories(e)
    for id in (id_of("meridian"), id_of("lamp")):
        store.save_lineage(id, a_lineage())

    def meanwhile(done: int, of: int) -> None:
        if done == of:  # judged, but not written yet
            e.ingest_row(a_row("tide-table", hours=-3))

    rebuild(store, e.registry, LATER, step=meanwhile)
    e.settle()
    plain = engine(open_store("memory:"))
    two_stories(plain)
    plain.ingest_row(a_row("tide-table", hours=-3))
    plain.settle()
    assert graph(store) == graph(plain.store)
    assert id_of("tide-table") in {held.origin.id for held in graph(store).values() if held.origin}


def test_a_rebuild_raises_no_alerts_and_keeps_reviews(store: Store) -> None:
    e = engine(store)
    two_stories(e)
    e.review(id_of("lamp"), "set-parent", a_row("harbour-post").url, by="Ida")
    before, alerts = graph(store), store.alerts(50)
    store.save_lineage(id_of("lamp"), a_lineage())
    rebuild(store, e.registry, LATER)
    assert (graph(store), store.alerts(50)) == (before, alerts)


# --- re-rooting: what changes late concerns its own component alone


def test_a_late_original_changes_its_own_component_only(store: Store) -> None:
    e = engine(store)
    for outlet, hours in (("meridian", 5), ("lamp", 9)):
        e.ingest_row(a_row(outlet, hours=hours, text=STORY + "\n\nThis article was first published by Harbour Post."))
    for outlet, hours in (("gull", 1), ("tern", 7)):
        e.ingest_row(a_row(outlet, hours=hours, text=OTHER))
    before = revisions(store)
    e.ingest_row(a_row("harbour-post"))
    after = revisions(store)
    origin = store.lineage(id_of("lamp")).origin
    assert (origin.external, origin.id) == (False, id_of("harbour-post"))
    assert after[id_of("lamp")] > before[id_of("lamp")]
    assert {id: after[id] for id in UNTOUCHED} == {id: before[id] for id in UNTOUCHED}
    assert rebuild(store, e.registry, LATER, dry_run=True).changes == ()


def test_a_corrected_date_changes_its_own_component_only(store: Store) -> None:
    e = engine(store)
    two_stories(e)
    before = revisions(store)
    early = a_row("meridian", hours=5)
    e.ingest_row(
        replace(early, published=Dated(at=NOON - timedelta(hours=9)), fetched_at=early.fetched_at + timedelta(1))
    )
    assert store.lineage(id_of("harbour-post")).origin.id == id_of("meridian")
    assert store.lineage(id_of("lamp")).origin.id == id_of("meridian")
    assert store.history(id_of("harbour-post"))[-1].reason.endswith("came in with another date")
    after = revisions(store)
    assert {id: after[id] for id in UNTOUCHED} == {id: before[id] for id in UNTOUCHED}
    assert rebuild(store, e.registry, LATER, dry_run=True).changes == ()


def test_a_new_alias_changes_its_own_component_only(store: Store) -> None:
    e = engine(store)
    e.ingest_row(a_row("harbour-post"))
    e.ingest_row(
        a_row("meridian", hours=5, text=STORY + "\n\nThis article was first published by The Old Quay Letter.")
    )
    for outlet, hours in (("gull", 1), ("tern", 7)):
        e.ingest_row(a_row(outlet, hours=hours, text=OTHER))
    before = revisions(store)
    edge = store.lineage(id_of("meridian")).parents[0]
    assert edge.attribution.credited != "yes" or edge.parent.source.id != "harbour-post"
    known = Registry([replace(SOURCES[0], aliases=("Old Quay Letter",)), *SOURCES[1:]])
    assert refold(store, known, LATER).changed == 1
    edge = store.lineage(id_of("meridian")).parents[0]
    assert (edge.parent.id, edge.attribution.credited, edge.level) == (id_of("harbour-post"), "yes", "confirmed")
    assert store.history(id_of("meridian"))[-1].reason == "is named, or names others, otherwise by sources.yaml"
    after = revisions(store)
    assert {id: after[id] for id in UNTOUCHED} == {id: before[id] for id in UNTOUCHED}
    assert rebuild(store, known, LATER, dry_run=True).changes == ()


def test_two_hosts_that_turn_out_to_be_one_outlet_are_no_copies_of_each_other(store: Store) -> None:
    e = engine(store)
    two_stories(e)
    both = Source(id="harbour-post", name="Harbour Post", domains=("harbour-post.example", "meridian.example"))
    known = Registry([both])
    done = rebuild(store, known, LATER)
    assert done.renamed >= 1
    assert store.lineage(id_of("meridian")).parents == ()
    assert store.article(id_of("meridian")).source.id == "harbour-post"
    assert [a.id for a, _ in store.search(replace_query("harbour-post"))] == sorted(
        [id_of("harbour-post"), id_of("meridian")], key=lambda id: id != id_of("meridian")
    )
    assert rebuild(store, known, LATER, dry_run=True).changes == ()


def replace_query(source: str):
    from crawler.ports import Query

    return Query(source=source)
