"""One suite for every store: each sentence of the Store contract (crawler/ports.py) is a claim here."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.model import (
    Article,
    ArticleId,
    Attribution,
    Capture,
    Dated,
    Delivery,
    EntrySource,
    Look,
    News,
    Stop,
    Version,
    version_of,
)
from crawler.ports import Query, Store
from crawler.store import open_store
from tests.builders import (
    NOON,
    a_claim,
    a_date,
    a_feed_state,
    a_fingerprint,
    a_gap,
    a_lineage,
    a_match,
    a_pending,
    a_review,
    a_source_ref,
    an_alert,
    an_article,
    an_edge,
    an_entry,
    an_external,
    an_id,
    an_origin,
    minutes,
    some_text,
)
from tests.elastic.places import emptied

A, B, C, D = sorted(an_id(name) for name in ("a", "b", "c", "d"))


@pytest.fixture(params=["memory", "sqlite", "elastic"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = open_store(an_empty_store(request, tmp_path))
    yield store
    store.close()


def an_empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a store of the kind that this test is run on."""
    if request.param == "elastic":
        return str(request.getfixturevalue("elastic"))
    return {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/store.db"}[request.param]


def keep(store: Store, article: Article, *claims: Any, hashes: Collection[int] = (), scheme: str = "test/1") -> Article:
    """Save *article* with a fingerprint of exactly those hashes."""
    store.save_article(article, claims, a_fingerprint(article.text, hashes=tuple(sorted(hashes)), scheme=scheme))
    return article


@contextmanager
def an_undone_block(store: Store) -> Iterator[None]:
    """Write in a block that fails at its end."""
    with suppress(ZeroDivisionError), store.writing():
        yield
        raise ZeroDivisionError


def judged(store: Store, name: str = "ferry", *edges: Any, lineage: Any = None, **changes: Any) -> Article:
    """Save an article with a lineage."""
    article = keep(store, an_article(name, **changes))
    store.save_lineage(article.id, lineage or a_lineage(*edges))
    return article


# --- articles and facts


def test_where_a_page_is_kept_comes_back_equal(store: Store) -> None:
    capture = Capture(
        digest=f"sha256:{'0' * 64}", warc="copytrail-20240301T120000000000Z-1a2b3c4d.warc.gz", offset=2**33
    )
    article = an_article(capture=capture)
    store.save_article(article, (), a_fingerprint())
    assert store.article(article.id) == article


def test_what_is_saved_comes_back_equal(store: Store) -> None:
    article = an_article(
        published=Dated(at=NOON, precision="day", zone_known=False, basis="url"), summary="", byline=None, title=None
    )
    claims = (a_claim(), a_claim(kind="byline", url=None, date=a_date(), quote="По материалам «Гавани» 🚢\x00"))
    fingerprint = a_fingerprint(article.text)
    store.save_article(article, claims, fingerprint)
    assert store.article(article.id) == article
    assert store.dossiers([article.id])[article.id].claims == claims
    assert store.fingerprint(article.id) == fingerprint


def test_articles_and_fingerprints_come_by_the_many(store: Store) -> None:
    saved = sorted((keep(store, an_article(name), hashes=[1, 2]) for name in ("a", "b", "c")), key=lambda a: a.id)
    ids = [article.id for article in reversed(saved)]
    assert list(store.articles([*ids, an_id("nobody"), ids[0]]).items()) == [(a.id, a) for a in saved]
    found = store.fingerprints([*ids, an_id("nobody")])
    assert list(found.items()) == [(a.id, store.fingerprint(a.id)) for a in saved]
    assert dict(store.articles([])) == dict(store.fingerprints([])) == {}


def test_reading_ahead_changes_no_answer(store: Store) -> None:
    """Not of what is asked for after it, not of what is saved after it in the same block."""
    parent, known = judged(store, "parent"), keep(store, an_article("known"), a_claim(), hashes=[1, 2, 3])
    store.save_matches([a_match(parent.id, known.id)])
    store.save_lineage(known.id, a_lineage(an_edge(known.id, parent)))
    store.save_poll(a_feed_state(), [a_pending("p")])
    new = an_article("new", text=known.text)
    asked = a_fingerprint(known.text, hashes=(1, 2, 3), scheme="test/1")

    def answers() -> list[Any]:
        ids = (parent.id, known.id, new.id, an_id("ferry"))
        return [
            store.candidates(asked, 10),
            store.same_text(asked.digest),
            store.dossiers(ids),
            store.fingerprints(ids),
            *([store.lineage(id), store.children(id), store.claiming(id), store.descendants(id)] for id in ids),
        ]

    def steps() -> Iterator[list[Any]]:
        yield answers()
        store.save_article(new, (a_claim(),), asked)
        yield answers()
        store.save_matches([a_match(new.id, known.id)])
        store.save_lineage(new.id, a_lineage(an_edge(new.id, parent)))
        yield answers()
        store.save_lineage(known.id, a_lineage())
        keep(store, replace(known, text=some_text(seed=78), content_hash="other"), hashes=[8, 9])
        yield answers()

    with an_undone_block(store):
        expected = list(steps())
    store.refresh()
    with store.writing():
        texts = {known.id: asked, new.id: asked, an_id("nobody"): a_fingerprint(hashes=(1,), scheme="test/1")}
        store.read_ahead(texts, entries=["p", "nobody"], alerts=["key"])
        for at, found in enumerate(steps()):
            assert found == expected[at]
        store.settle_entry("p", "done")
        assert store.queue_alert(an_alert())
    assert store.pending(["harbour-post"], 10) == ()
    assert answers() == expected[-1]


def test_an_id_that_is_not_there_gives_none_or_nothing(store: Store) -> None:
    nobody = an_id("nobody")
    assert store.article(nobody) is None
    assert store.fingerprint(nobody) is None
    assert store.lineage(nobody) is None
    assert store.external(nobody) is None
    assert store.feed_state("https://nobody.example/feed") is None
    assert dict(store.dossiers([nobody])) == {}
    assert not [*store.same_text("00"), *store.children(nobody), *store.claiming(nobody)]
    assert not [*store.candidates(a_fingerprint(), 10), *store.search(Query(words="nobody"))]
    assert not [*store.article_ids(), *store.matches(), *store.edges(), *store.alerts(5), *store.left(5)]
    assert not [*store.history(nobody), *store.lineages(), *store.reviews()]
    assert store.descendants(nobody) == 0


def test_saving_under_a_known_id_replaces_the_article_and_its_claims(store: Store) -> None:
    keep(store, an_article(), a_claim(), a_claim(kind="wire"))
    newer = keep(store, an_article(byline="By Nobody", last_seen_at=NOON + minutes(90)), a_claim(kind="pixel"))
    dossier = store.dossiers([newer.id])[newer.id]
    assert dossier.article == newer
    assert dossier.claims == (a_claim(kind="pixel"),)
    assert list(store.article_ids()) == [newer.id]


def edited(store: Store, article: Article, text: str, hashes: Collection[int], **changes: Any) -> Article:
    """Save *article* with another text, an hour after it was last seen."""
    later = article.last_seen_at + minutes(60)
    facts = {"text": text, "content_hash": f"of {text}", "version": article.version + 1, "last_seen_at": later}
    return keep(store, replace(article, **facts | changes), hashes=hashes)


def test_an_article_is_found_by_its_earlier_text_as_by_its_current_one(store: Store) -> None:
    article = edited(store, keep(store, an_article("a"), hashes=[1, 2, 3]), "Another text.", [7, 8])
    assert candidates(store, 1, 2, 3) == (article.id,)
    assert candidates(store, 7, 8) == (article.id,)
    assert store.same_text(a_fingerprint(an_article("a").text).digest) == (article.id,)
    assert store.same_text(a_fingerprint("Another text.").digest) == (article.id,)
    assert store.fingerprint(article.id) == a_fingerprint("Another text.", hashes=(7, 8), scheme="test/1")
    assert list(store.earlier_fingerprints(article.id)) == [an_article("a").content_hash]


def test_what_an_article_shares_is_counted_over_its_texts_together(store: Store) -> None:
    article = edited(store, keep(store, an_article("a"), hashes=[1, 5]), "Another text.", [2, 5])
    assert candidates(store, 1, 2) == (article.id,)
    assert candidates(store, 1, 5, least=3) == ()


def test_matches_stay_when_the_text_changes_and_say_what_text_they_are_about(store: Store) -> None:
    one, other = (keep(store, an_article(name), hashes=[1, 2]) for name in ("a", "b"))
    rejected = keep(store, an_article("c"))
    store.save_matches([a_match(one.id, other.id)])
    store.save_matches([a_match(one.id, rejected.id, kind="unrelated", reason="series")])
    new = edited(store, one, "Another text.", [7, 8])
    (match,) = store.matches()
    assert match.shared == a_match(one.id, other.id).shared
    assert match.version_of(one.id) == one.content_hash
    assert match.version_of(other.id) is None
    dossier = store.dossiers([one.id])[one.id]
    assert dossier.article == new
    assert dossier.as_in(match).text == one.text
    assert {m.version_of(one.id) for m in store.matches(rejected=True)} == {one.content_hash}


def test_a_match_keeps_the_text_it_says_it_is_about(store: Store) -> None:
    one, other = (keep(store, an_article(name)) for name in ("a", "b"))
    match = a_match(one.id, other.id).about(one.id, one.content_hash).about(other.id, other.content_hash)
    store.save_matches([match])
    for n in range(3):
        one = edited(store, one, f"Text {n}.", [n])
    assert list(store.matches()) == [match]
    assert store.dossiers([one.id])[one.id].as_in(match).text == an_article("a").text
    assert store.dossiers([other.id])[other.id].as_in(match) == other


def test_versions_are_the_contents_before_the_current_one_oldest_first(store: Store) -> None:
    first = keep(store, an_article("a"))
    second = edited(store, first, "Second text.", [])
    third = edited(store, second, second.text, [], title="Another title", content_hash="third")
    assert store.versions(first.id) == (version_of(first), version_of(second))
    assert store.versions(an_id("nobody")) == ()
    assert store.article(first.id) == third


def test_a_text_that_comes_back_is_current_again_and_the_one_between_is_kept(store: Store) -> None:
    first = keep(store, an_article("a"), hashes=[1, 2])
    second = edited(store, first, "Second text.", [3, 4])
    third = edited(store, second, first.text, [1, 2], content_hash=first.content_hash)
    assert store.versions(first.id) == (version_of(second),)
    assert list(store.earlier_fingerprints(first.id)) == [second.content_hash]
    assert candidates(store, 1, 2) == candidates(store, 3, 4) == (first.id,)
    edited(store, third, "Fourth text.", [5, 6])
    assert store.versions(first.id) == (version_of(second), version_of(third))


def test_an_article_is_found_by_the_newest_eight_of_its_earlier_texts(store: Store) -> None:
    article = keep(store, an_article("a"), hashes=[100, 200])
    for n in range(1, 10):
        article = edited(store, article, f"Text {n}.", [100 + n, 200 + n])
    found = [n for n in range(10) if candidates(store, 100 + n, 200 + n)]
    assert found == list(range(1, 10))
    assert len(store.versions(article.id)) == 9


def test_of_earlier_texts_that_are_the_same_one_is_enough_to_be_found_by(store: Store) -> None:
    article = keep(store, an_article("a"), hashes=[1, 2])
    for n in range(12):
        article = edited(store, article, article.text, [1, 2], title=f"Title {n}", content_hash=f"content {n}")
    assert store.earlier_fingerprints(article.id) == {}
    assert len(store.versions(article.id)) == 12


def test_a_version_that_comes_in_late_is_kept_like_one_in_time(store: Store) -> None:
    now = keep(store, an_article("a", last_seen_at=NOON + minutes(600)), hashes=[1, 2])
    late = Version(
        number=None, content_hash="late", title="Early", text="An early text.", last_seen_at=NOON + minutes(20)
    )
    fingerprint = a_fingerprint(late.text, hashes=(5, 6), scheme="test/1")
    for _ in range(2):
        store.save_version(now.id, late, fingerprint)
    assert store.versions(now.id) == (late,)
    assert store.article(now.id) == now
    assert candidates(store, 5, 6) == candidates(store, 1, 2) == (now.id,)
    assert store.earlier_fingerprints(now.id) == {"late": fingerprint}
    store.save_version(now.id, replace(late, content_hash=now.content_hash), fingerprint)
    store.save_version(an_id("nobody"), late, fingerprint)
    assert store.versions(now.id) == (late,)


def test_the_current_text_stays_what_it_is_when_saved_again(store: Store) -> None:
    article = edited(store, keep(store, an_article("a"), hashes=[1, 2]), "Another text.", [7, 8])
    keep(store, replace(article, byline="By Nobody"), hashes=[7, 8])
    assert candidates(store, 1, 2) == (article.id,)
    assert len(store.versions(article.id)) == 1


def test_fingerprints_are_replaced_by_those_of_another_scheme(store: Store) -> None:
    article = edited(store, keep(store, an_article("a"), hashes=[1, 2]), "Another text.", [7, 8])
    other = keep(store, an_article("b"), hashes=[1, 2])
    assert set(store.outdated("test/2", 10)) == {article.id, other.id}
    assert len(store.outdated("test/2", 1)) == 1
    assert store.outdated("test/1", 10) == ()
    assert store.status().schemes == {"test/1": 2}
    current = a_fingerprint(article.text, hashes=(70, 80), scheme="test/2")
    earlier = {an_article("a").content_hash: a_fingerprint(an_article("a").text, hashes=(10, 20), scheme="test/2")}
    store.save_fingerprints(article.id, current, earlier)
    store.save_fingerprints(an_id("nobody"), current, {})
    assert store.outdated("test/2", 10) == (other.id,)
    assert store.status().schemes == {"test/1": 1, "test/2": 1}
    assert store.fingerprint(article.id) == current
    assert store.earlier_fingerprints(article.id) == earlier
    assert candidates(store, 1, 2, 7, 8) == (other.id,)
    for hashes in ((10, 20), (70, 80)):
        assert store.candidates(a_fingerprint(scheme="test/2", hashes=hashes), 10) == (article.id,)


def test_a_change_of_the_title_alone_keeps_the_matches(store: Store) -> None:
    one, other = keep(store, an_article("a")), keep(store, an_article("b"))
    store.save_matches([a_match(one.id, other.id)])
    keep(store, replace(one, title="Another", content_hash="new"))
    (match,) = store.matches()
    assert match.shared == a_match(one.id, other.id).shared


def test_a_match_that_is_there_already_is_replaced(store: Store) -> None:
    store.save_matches([a_match(A, B, similarity=0.1), a_match(B, A, similarity=0.2)])
    store.save_matches([a_match(A, B, similarity=0.3)])
    assert list(store.matches()) == [a_match(A, B, similarity=0.3)]


def test_matches_come_by_left_then_right_id(store: Store) -> None:
    expected = [a_match(A, B), a_match(A, D), a_match(B, C), a_match(C, D)]
    store.save_matches(expected[::-1])
    assert list(store.matches()) == expected


def test_dossiers_leave_unknown_ids_out_and_list_matches_by_the_other_id(store: Store) -> None:
    named = {article.id: article for article in (an_article("a"), an_article("b"), an_article("c"))}
    for article in named.values():
        keep(store, article)
    first, middle, last = sorted(named)
    store.save_matches([a_match(middle, last), a_match(first, middle)])
    found = store.dossiers([middle, an_id("nobody"), middle])
    assert list(found) == [middle]
    assert found[middle].article == named[middle]
    assert [match.other(middle) for match in found[middle].matches] == [first, last]


def test_a_dossier_has_the_matches_with_those_that_are_asked_for(store: Store) -> None:
    named = sorted(keep(store, an_article(name)).id for name in "abcd")
    one, two, three, four = named
    store.save_matches([a_match(two, other) for other in (one, three, four)])
    found = store.dossiers([two, four], among=[one, two, four])
    assert [match.other(two) for match in found[two].matches] == [one, four]
    assert [match.other(four) for match in found[four].matches] == [two]
    assert store.dossiers([two], among=())[two].matches == ()


def test_matched_names_the_other_sides_by_id_at_most_so_many(store: Store) -> None:
    named = sorted(keep(store, an_article(name)).id for name in "abcd")
    one, two, three, four = named
    store.save_matches(
        [a_match(two, one), a_match(four, two), a_match(two, three, kind="unrelated", reason="template")]
    )
    assert store.matched(two, 10) == (one, four)
    assert store.matched(two, 1) == (one,)
    assert store.matched(two, 0) == store.matched(three, 10) == ()


def test_of_many_articles_with_one_text_the_first_saved_are_found(store: Store) -> None:
    ids = [keep(store, an_article(f"{n}", text="The very same text.")).id for n in range(9)]
    assert store.same_text(a_fingerprint("The very same text.").digest, 4) == tuple(sorted(ids[:4]))


def test_stops_are_kept_once_and_found_among_others_of_their_scheme(store: Store) -> None:
    learnt = Stop(scheme="test/1", hash=2**47, source="harbour-post", articles=8, learnt_at=NOON)
    store.stop([learnt, replace(learnt, hash=7)])
    store.stop([replace(learnt, articles=9)])
    assert store.stopped("test/1", [1, 7, 2**47]) == {7, 2**47}
    assert store.stopped("test/2", [7]) == frozenset()
    with an_undone_block(store):
        store.stop([replace(learnt, hash=11)])
    assert store.stopped("test/1", [11]) == frozenset()
    store.refresh()
    assert [stop for _, page in store.shelves["stops"].pages() for stop in page if stop.hash > 7] == [learnt]


def test_rejected_matches_are_kept_apart_from_those_that_count(store: Store) -> None:
    one, other = keep(store, an_article("a")), keep(store, an_article("b"))
    third = keep(store, an_article("c"))
    match = a_match(one.id, other.id)
    rejected = a_match(one.id, third.id, kind="unrelated", reason="template")
    store.save_matches([match, rejected])
    assert list(store.matches()) == [match]
    assert set(store.matches(rejected=True)) == {match, rejected}
    assert list(store.matches(rejected=True)) == sorted([match, rejected], key=lambda m: (m.left, m.right))
    assert store.dossiers([one.id])[one.id].matches == (match,)
    assert store.dossiers([third.id])[third.id].matches == ()
    assert store.status().matches == 1


def test_a_match_may_become_a_rejected_one_and_back(store: Store) -> None:
    match, rejected = a_match(A, B), a_match(A, B, kind="unrelated", reason="boilerplate")
    for now in (match, rejected, match):
        store.save_matches([now])
        assert list(store.matches(rejected=True)) == [now]
    assert list(store.matches()) == [match]


def test_guarded_matches_are_found_by_their_reason_newest_article_first(store: Store) -> None:
    new, old, plain = (
        judged(store, name, published=a_date(NOON - minutes(age)))
        for name, age in (("new", 0), ("old", 60), ("no", 90))
    )
    template = a_match(new.id, old.id, kind="unrelated", reason="template")
    quotation = a_match(old.id, plain.id, kind="quote", reason="quotation only")
    store.save_matches([template, quotation, a_match(new.id, plain.id)])
    assert store.guarded(Query()) == (template, quotation)
    assert store.guarded(Query(), "quotation only") == (quotation,)
    assert store.guarded(Query(), "too short") == ()
    assert store.guarded(Query(limit=1)) == (template,)
    assert store.guarded(Query(until=NOON - minutes(60))) == (quotation,)
    assert store.guarded(Query(until=NOON - minutes(90))) == ()


def test_all_ids_come_ascending_also_beyond_one_page(store: Store) -> None:
    with store.writing():
        saved = [keep(store, an_article(f"n{n}", text="short")).id for n in range(1_203)]
    assert list(store.article_ids()) == sorted(saved)


def test_reading_on_while_writing_loses_nothing(store: Store) -> None:
    with store.writing():
        saved = [keep(store, an_article(f"n{n}", text="short")).id for n in range(1_100)]
    seen = []
    for id in store.article_ids():
        seen.append(id)
        if len(seen) % 50 == 0:
            article = store.article(id)
            assert article is not None
            keep(store, replace(article, byline="seen"))
    assert seen == sorted(saved)


def test_same_text_finds_equal_digests_by_id_at_most_200(store: Store) -> None:
    with store.writing():
        ids = [keep(store, an_article(f"n{n}", text="The very same text.")).id for n in range(205)]
        keep(store, an_article("other", text="Another text."))
    assert store.same_text(a_fingerprint("The very same text.").digest) == tuple(sorted(ids[:200]))


# --- candidates


def candidates(store: Store, *hashes: int, limit: int = 10, least: int = 2) -> Sequence[ArticleId]:
    return store.candidates(a_fingerprint(scheme="test/1", hashes=tuple(sorted(hashes))), limit, least=least)


def test_candidates_share_at_least_so_many_hashes(store: Store) -> None:
    one = keep(store, an_article("one"), hashes=[1, 9]).id
    two = keep(store, an_article("two"), hashes=[1, 2]).id
    three = keep(store, an_article("three"), hashes=[1, 2, 3]).id
    assert candidates(store, 1, 2, 3) == (three, two)
    assert candidates(store, 1, 2, 3, least=3) == (three,)
    assert set(candidates(store, 1, 2, 3, least=1)) == {one, two, three}


def test_rare_hashes_weigh_more_than_common_ones(store: Store) -> None:
    with store.writing():
        for n in range(30):
            keep(store, an_article(f"n{n}"), hashes=[1, 2, 3])
        rare = keep(store, an_article("rare"), hashes=[8, 9]).id
    assert candidates(store, 1, 2, 3, 8, 9, limit=1) == (rare,)


def test_candidates_that_share_alike_come_by_id(store: Store) -> None:
    ids = [keep(store, an_article(name), hashes=[1, 2]).id for name in ("x", "y", "z", "w")]
    assert candidates(store, 1, 2) == tuple(sorted(ids))
    assert candidates(store, 1, 2, limit=2) == tuple(sorted(ids)[:2])
    assert candidates(store, 1, 2, limit=0) == ()


def test_two_schemes_never_meet(store: Store) -> None:
    keep(store, an_article("a"), hashes=[1, 2], scheme="other/1")
    assert candidates(store, 1, 2) == ()


def test_the_original_of_a_story_copied_200_times_is_found(store: Store) -> None:
    with store.writing():
        original = keep(store, an_article("original"), hashes=range(20)).id
        for n in range(200):
            keep(store, an_article(f"copy{n}"), hashes=range(19))
    assert candidates(store, *range(20), limit=3)[0] == original
    assert original in candidates(store, *range(19), limit=64)


def test_of_a_common_hash_only_the_oldest_postings_are_read(store: Store) -> None:
    with store.writing():
        ids = [keep(store, an_article(f"n{n}"), hashes=[1, 2]).id for n in range(80)]
    assert candidates(store, 1, 2, limit=500) == tuple(sorted(ids[:64]))


def test_an_article_saved_again_keeps_its_age(store: Store) -> None:
    oldest = keep(store, an_article("oldest"), hashes=[5, 6])
    with store.writing():
        for n in range(70):
            keep(store, an_article(f"n{n}"), hashes=[1, 2])
        keep(store, replace(oldest, text="changed", content_hash="new"), hashes=[1, 2])
    assert oldest.id in candidates(store, 1, 2, limit=500)


def test_a_text_without_hashes_has_no_candidates(store: Store) -> None:
    keep(store, an_article("a"), hashes=[])
    assert candidates(store) == ()


hash_sets = st.lists(st.sets(st.integers(0, 12), max_size=6), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(saved=hash_sets, asked=st.sets(st.integers(0, 12)), least=st.integers(1, 3), limit=st.integers(0, 5))
def test_every_store_ranks_alike(
    tmp_path_factory: pytest.TempPathFactory, saved: list[set[int]], asked: set[int], least: int, limit: int
) -> None:
    answers = []
    for url in ("memory:", f"sqlite:///{tmp_path_factory.mktemp('alike')}/store.db"):
        store = open_store(url)
        with store.writing():
            for n, hashes in enumerate(saved):
                keep(store, an_article(f"n{n % 9}", text=f"text {n}"), hashes=hashes)
        answers.append(tuple(candidates(store, *asked, least=least, limit=limit)))
        store.close()
    assert answers[0] == answers[1]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(saved=hash_sets, asked=st.sets(st.integers(0, 12)), least=st.integers(1, 3), refreshed=st.booleans())
def test_elastic_finds_what_the_others_find(
    elastic: str, saved: list[set[int]], asked: set[int], least: int, refreshed: bool
) -> None:
    """Its server weighs rare hashes by a formula of its own, so the order may be another."""
    emptied(*elastic.rsplit("/", 1))
    answers = []
    for url in ("memory:", elastic):
        store = open_store(url)
        with store.writing():
            for n, hashes in enumerate(saved):
                keep(store, an_article(f"n{n % 9}", text=f"text {n}"), hashes=hashes)
        if refreshed:
            store.refresh()
        answers.append(set(candidates(store, *asked, least=least, limit=50)))
        store.close()
    assert answers[0] == answers[1]


# --- writing


def test_an_exception_undoes_everything_in_the_block(store: Store) -> None:
    kept = keep(store, an_article("kept"), a_claim(), hashes=[1, 2])
    other = keep(store, an_article("other"), hashes=[1, 2])
    store.save_matches([a_match(kept.id, other.id)])
    store.save_lineage(kept.id, a_lineage(an_edge(kept.id, other)))
    store.save_poll(a_feed_state(), [a_pending("p")])
    store.queue_alert(an_alert())
    before = everything(store)
    with an_undone_block(store):
        keep(store, replace(kept, text="new", content_hash="new"), hashes=[3, 4])
        keep(store, an_article("more"), a_claim(), hashes=[1, 2])
        store.save_matches([a_match(A, B)])
        store.save_lineage(kept.id, a_lineage())
        store.save_lineage(other.id, a_lineage(an_edge(other.id, kept)))
        store.leave([A])
        store.save_poll(a_feed_state(etag="new"), [a_pending("q")])
        store.settle_entry("p", "done")
        store.save_alert(an_alert(state="dead"))
        store.queue_alert(an_alert("second"))
    assert everything(store) == before


def test_a_block_in_a_block_joins_it(store: Store) -> None:
    with an_undone_block(store), store.writing():
        keep(store, an_article())
    assert list(store.article_ids()) == []


def test_a_failed_inner_block_leaves_nothing_even_if_the_outer_one_goes_on(store: Store) -> None:
    with store.writing():
        first = keep(store, an_article("first"), hashes=[1, 2])
        with an_undone_block(store):
            keep(store, an_article("second"), hashes=[1, 2])
        last = keep(store, an_article("last"), hashes=[1, 2])
    assert set(store.article_ids()) == {first.id, last.id}
    assert set(candidates(store, 1, 2)) == {first.id, last.id}


def test_reads_in_the_block_see_what_was_saved_before_in_it(store: Store) -> None:
    with store.writing():
        article = keep(store, an_article(), hashes=[1, 2])
        assert store.article(article.id) == article
        assert candidates(store, 1, 2) == (article.id,)


def test_another_thread_sees_a_block_only_when_it_is_committed(store: Store) -> None:
    began, go_on, seen = threading.Event(), threading.Event(), []

    def read() -> None:
        began.wait()
        go_on.set()
        seen.append(store.status().articles)

    reader = threading.Thread(target=read)
    reader.start()
    with store.writing():
        keep(store, an_article("a"))
        began.set()
        go_on.wait()
        keep(store, an_article("b"))
    reader.join()
    assert seen[0] in (0, 2)
    assert store.status().articles == 2


def test_writers_in_threads_exclude_each_other(store: Store) -> None:
    def count_up() -> None:
        for _ in range(15):
            with store.writing():
                old = store.feed_state("https://harbour-post.example/feed")
                failures = old.failures + 1 if old else 1
                store.save_poll(a_feed_state(failures=failures), [])

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = store.feed_state("https://harbour-post.example/feed")
    assert state is not None
    assert state.failures == 60


def everything(store: Store) -> tuple[Any, ...]:
    """Return all that can be read of *store*."""
    ids = list(store.article_ids())
    hashes = a_fingerprint(scheme="test/1", hashes=tuple(range(20)))
    return (
        ids,
        dict(store.dossiers(ids)),
        [store.fingerprint(id) for id in ids],
        [store.lineage(id) for id in ids],
        [(store.children(id), store.claiming(id), store.descendants(id)) for id in ids],
        store.candidates(hashes, 50),
        list(store.matches()),
        list(store.matches(rejected=True)),
        store.guarded(Query()),
        list(store.edges()),
        store.left(50),
        [store.history(id) for id in ids],
        list(store.lineages()),
        list(store.reviews()),
        store.pending(["harbour-post"], 50),
        store.feed_state("https://harbour-post.example/feed"),
        store.alerts(50),
        replace(store.status(), url="", schema=0, bytes=None),
    )


def test_the_states_of_many_feeds_are_read_at_once_and_those_never_asked_are_left_out(store: Store) -> None:
    asked = [a_feed_state(url=f"https://harbour-post.example/{number}", failures=number) for number in range(3)]
    with store.writing():
        for state in asked:
            store.save_poll(state, [])
        assert dict(store.feed_states([asked[0].url, "https://nobody.example/feed"])) == {asked[0].url: asked[0]}
    assert dict(store.feed_states([state.url for state in asked])) == {state.url: state for state in asked}
    assert dict(store.feed_states([])) == {}


names = st.sampled_from(["a", "b", "c", "d"])
steps = st.one_of(
    st.tuples(st.just("article"), names, st.integers(0, 3)),
    st.tuples(st.just("match"), names, names),
    st.tuples(st.just("rejected"), names, names),
    st.tuples(st.just("lineage"), names, names),
    st.tuples(st.just("copies"), names, st.integers(0, 3)),
    st.tuples(st.just("poll"), names, st.integers(0, 3)),
    st.tuples(st.just("settle"), names, st.sampled_from(["done", "failed", "again"])),
    st.tuples(st.just("alert"), names, st.sampled_from(["pending", "delivered", "dead"])),
    st.tuples(st.just("leave"), names, st.booleans()),
    st.tuples(st.just("review"), names, st.integers(0, 3)),
)


def take(store: Store, step: tuple[str, str, Any]) -> None:
    """Do one step of a made-up history."""
    what, name, value = step
    article = an_article(name)
    match what:
        case "article":
            keep(store, replace(article, text=f"text {value}", content_hash=str(value)), hashes=[value, 9])
        case "match" if value != name:
            store.save_matches([a_match(article.id, an_article(value).id)])
        case "rejected" if value != name:
            store.save_matches([a_match(article.id, an_article(value).id, kind="unrelated", reason="template")])
        case "lineage":
            parents = [an_edge(article.id, an_article(value))] if value != name else []
            store.save_lineage(article.id, a_lineage(*parents))
        case "copies":
            held = store.lineage(article.id)
            if held is not None:
                store.save_lineage(article.id, replace(held, copies=value))
        case "poll":
            store.save_poll(a_feed_state(failures=value), [a_pending(name, first_seen_at=NOON + minutes(value))])
        case "settle":
            store.settle_entry(name, value)
        case "alert":
            store.queue_alert(an_alert(name))
            store.save_alert(an_alert(name, state=value))
        case "review":
            store.save_review(a_review(article.id, at=NOON + minutes(value % 2), note=str(value)))
        case "leave":
            store.leave([article.id]) if value else store.settled(article.id)


histories = st.lists(st.tuples(st.lists(steps, max_size=5), st.booleans()), max_size=6)


def after(history: list[tuple[list[tuple[str, str, Any]], bool]], url: str) -> tuple[Any, ...]:
    """Return all that the store at *url* tells after *history*."""
    store = open_store(url)
    for block, undone in history:
        with an_undone_block(store) if undone else store.writing():
            for step in block:
                take(store, step)
    told = everything(store)
    store.close()
    return told


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories)
def test_after_any_history_every_store_tells_the_same(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[list[tuple[str, str, Any]], bool]]
) -> None:
    assert after(history, f"sqlite:///{tmp_path_factory.mktemp('same')}/store.db") == after(history, "memory:")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories)
def test_after_any_history_elastic_tells_the_same(
    elastic: str, history: list[tuple[list[tuple[str, str, Any]], bool]]
) -> None:
    emptied(*elastic.rsplit("/", 1))

    def but_notes(told: tuple[Any, ...]) -> tuple[Any, ...]:
        return told[:10] + told[11:]  # what it leaves for itself to settle, others need not

    assert but_notes(after(history, elastic)) == but_notes(after(history, "memory:"))


# --- judgements


def test_a_lineage_comes_back_equal_with_its_first_revision(store: Store) -> None:
    lineage = a_lineage(an_edge(A, an_article("b")), rivals=[an_edge(A, an_external())], confidence=0.1 + 0.2)
    assert store.save_lineage(A, lineage) is True
    assert store.lineage(A) == lineage


def test_the_same_judgement_again_changes_nothing(store: Store) -> None:
    lineage = a_lineage(an_edge(A, an_article("b")))
    store.save_lineage(A, lineage)
    assert store.save_lineage(A, replace(lineage, decided_at=NOON + minutes(999), revision=7)) is False
    assert store.lineage(A) == lineage


def test_another_judgement_counts_its_revision_up(store: Store) -> None:
    for n, confidence in enumerate((0.5, 0.6, 0.5), start=1):
        lineage = a_lineage(an_edge(A, an_article("b"), confidence=confidence))
        assert store.save_lineage(A, lineage) is True
        assert store.lineage(A) == replace(lineage, revision=n)


def test_the_history_holds_every_judgement_in_order_with_its_reason(store: Store) -> None:
    one = judged(store, "ferry", an_edge(A, an_external()), lineage=None)
    store.save_lineage(one.id, a_lineage(reason="its date was corrected"))
    store.save_lineage(one.id, a_lineage(reason="the same again"))
    store.save_lineage(one.id, a_lineage(an_edge(one.id, an_external("x-other")), reason="reviewed by Ida"))
    told = store.history(one.id)
    assert [(held.revision, len(held.parents)) for held in told] == [(1, 1), (2, 0), (3, 1)]
    assert [held.reason for held in told] == ["", "its date was corrected", "reviewed by Ida"]
    assert told[-1] == store.lineage(one.id)


def test_lineages_come_by_id_all_or_those_asked_for(store: Store) -> None:
    for name in ("d", "b", "a", "c"):
        judged(store, name)
    assert [id for id, _ in store.lineages()] == [A, B, C, D]
    assert [id for id, _ in store.lineages([D, an_id("nobody"), B, D])] == [B, D]
    assert list(store.lineages([])) == []
    assert dict(store.lineages())[C] == store.lineage(C)


def test_reviews_come_by_article_then_time_and_with_its_dossier(store: Store) -> None:
    keep(store, an_article("a"))
    later, sooner = a_review(an_id("a"), at=NOON + minutes(2)), a_review(an_id("a"))
    other = a_review(an_id("b"), ruling="no-parent")
    for review in (later, other, sooner):
        store.save_review(review)
    assert store.dossiers([an_id("a")])[an_id("a")].reviews == (sooner, later)
    assert list(store.reviews()) == sorted([sooner, later, other], key=lambda r: (r.copy, r.at))


def test_a_review_of_the_same_time_is_replaced_and_outlives_a_change_of_the_article(store: Store) -> None:
    article = keep(store, an_article("a"))
    store.save_review(a_review(article.id))
    undone = a_review(article.id, undone_at=NOON + minutes(5))
    store.save_review(undone)
    keep(store, replace(article, text=some_text(seed=77), content_hash="new"), hashes=[7, 8])
    assert store.dossiers([article.id])[article.id].reviews == (undone,)


def test_an_undone_block_leaves_no_review(store: Store) -> None:
    with an_undone_block(store):
        store.save_review(a_review(A))
    assert list(store.reviews()) == []


def test_another_number_of_copies_is_no_new_judgement(store: Store) -> None:
    unmatched = a_lineage()
    store.save_lineage(A, unmatched)
    original = replace(unmatched, role="original", copies=3, decided_at=NOON + minutes(999))
    assert store.save_lineage(A, original) is False
    assert store.lineage(A) == replace(unmatched, role="original", copies=3)
    assert store.save_lineage(A, unmatched) is False
    assert store.lineage(A) == unmatched


def test_a_lineage_found_by_its_role_is_found_by_the_one_that_follows_from_its_copies(store: Store) -> None:
    article = judged(store)
    store.save_lineage(article.id, a_lineage(role="original", copies=1))
    assert [found.id for found, _ in store.search(Query(role="original"))] == [article.id]
    assert not store.search(Query(role="unmatched"))


def test_more_copies_with_another_parent_are_a_new_judgement(store: Store) -> None:
    store.save_lineage(A, a_lineage(an_edge(A, an_article("b"))))
    assert store.save_lineage(A, a_lineage(an_edge(A, an_article("c")), copies=3)) is True
    held = store.lineage(A)
    assert held is not None
    assert held.revision == 2


def test_children_are_those_with_the_parent_not_with_the_rival_by_id(store: Store) -> None:
    parent, other = an_article("parent"), an_article("other")
    for id in (C, A):
        store.save_lineage(id, a_lineage(an_edge(id, parent), an_edge(id, an_external())))
    store.save_lineage(B, a_lineage(an_edge(B, other), rivals=[an_edge(B, parent)]))
    assert store.children(parent.id) == (A, C)
    assert store.children(an_external().id) == (A, C)
    assert store.children(other.id) == (B,)


def test_children_follow_the_newest_judgement(store: Store) -> None:
    store.save_lineage(A, a_lineage(an_edge(A, an_article("old"))))
    store.save_lineage(A, a_lineage(an_edge(A, an_article("new"))))
    assert store.children(an_id("old")) == ()
    assert store.children(an_id("new")) == (A,)


def test_descendants_count_each_article_once_also_in_a_ring(store: Store) -> None:
    names = {name: an_article(name) for name in "abcde"}

    def copied(copy: str, *parents: str) -> None:
        id = names[copy].id
        store.save_lineage(id, a_lineage(*(an_edge(id, names[parent]) for parent in parents)))

    copied("b", "a")
    copied("c", "a", "b")
    copied("d", "c", "b")
    assert store.descendants(names["a"].id) == 3
    assert store.descendants(names["c"].id) == 1
    copied("a", "d")
    assert store.descendants(names["a"].id) == 3


def test_a_rival_makes_no_descendant(store: Store) -> None:
    root, child, other = an_article("root"), an_article("child"), an_article("other")
    store.save_lineage(child.id, a_lineage(an_edge(child.id, root)))
    store.save_lineage(A, a_lineage(an_edge(A, other), rivals=[an_edge(A, root)]))
    store.save_lineage(B, a_lineage(an_edge(B, other), rivals=[an_edge(B, child)]))
    assert store.descendants(root.id) == 1


def test_an_external_origin_is_described_as_an_edge_has_it(store: Store) -> None:
    origin = an_external(title="Ferry stops", published=a_date(precision="day"))
    store.save_lineage(B, a_lineage(an_edge(B, an_article("a")), rivals=[an_edge(B, origin)]))
    assert store.external(origin.id) == origin
    better = an_external(title="Ferry stops for good")
    store.save_lineage(C, a_lineage(an_edge(C, better)))
    assert store.external(origin.id) == better
    assert store.external(an_id("a")) is None


def test_claiming_finds_the_articles_that_link_any_spelling_of_the_page_by_id(store: Store) -> None:
    page = an_article("ferry")
    linking = [
        keep(store, an_article("x"), a_claim(url="http://www.harbour-post.example/ferry/?utm_source=feed")).id,
        keep(store, an_article("y"), a_claim(url="https://harbour-post.example/other"), a_claim()).id,
    ]
    keep(store, an_article("z"), a_claim(url=None), a_claim(url="mailto:ida@harbour-post.example"))
    assert store.claiming(page.id) == tuple(sorted(linking))
    keep(store, an_article("y"), a_claim(url="https://harbour-post.example/other"))
    assert store.claiming(page.id) == (linking[0],)


def test_what_is_left_comes_by_id_until_it_is_settled(store: Store) -> None:
    store.leave([C, A])
    store.leave([B, A])
    assert store.left(10) == (A, B, C)
    assert store.left(2) == (A, B)
    store.settled(A)
    store.settled(A)
    assert store.left(10) == (B, C)


def test_edges_come_by_copy_best_parent_first_without_rivals(store: Store) -> None:
    best, second = an_edge(B, an_article("p"), confidence=0.9), an_edge(B, an_article("o"), confidence=0.4)
    only = an_edge(A, an_external())
    store.save_lineage(B, a_lineage(best, second, rivals=[an_edge(B, an_article("q"))]))
    store.save_lineage(A, a_lineage(only))
    store.save_lineage(C, a_lineage(rivals=[an_edge(C, an_article("q"))]))
    assert list(store.edges()) == [only, best, second]


# --- search


def found(store: Store, **query: Any) -> list[str]:
    """Return the last part of the URLs that are found."""
    return [article.url.rpartition("/")[2] for article, _ in store.search(Query(**query))]


def test_search_gives_the_newest_first_then_by_id(store: Store) -> None:
    judged(store, "old", published=a_date(NOON - timedelta(days=9)))
    judged(store, "undated", published=None, first_seen_at=NOON + minutes(1))
    judged(store, "new", published=a_date(NOON + minutes(2)))
    same = sorted((judged(store, name) for name in ("x", "y")), key=lambda article: article.id)
    assert found(store) == ["new", "undated", *(a.url.rpartition("/")[2] for a in same), "old"]
    assert found(store, limit=1) == ["new"]
    assert found(store, limit=0) == []


def test_search_gives_the_lineage_with_the_article(store: Store) -> None:
    article = judged(store, "copy", an_edge(an_id("copy"), an_external()))
    assert store.search(Query()) == ((article, store.lineage(article.id)),)


def test_search_bounds_include_since_and_exclude_until(store: Store) -> None:
    judged(store, "at")
    assert found(store, since=NOON) == ["at"]
    assert found(store, since=NOON + minutes(1)) == []
    assert found(store, until=NOON) == []
    assert found(store, until=NOON + minutes(1)) == ["at"]


def test_all_conditions_of_a_search_hold_at_once(store: Store) -> None:
    bare = replace(an_edge(an_id("copy"), an_external()).attribution, verdict="uncredited")
    judged(store, "bare", an_edge(an_id("bare"), an_external(), attribution=bare), outlet="island-mail")
    judged(store, "fair", an_edge(an_id("fair"), an_external()), outlet="island-mail")
    judged(store, "own", outlet="island-mail")
    judged(store, "far", an_edge(an_id("far"), an_origin(an_article(outlet="town-crier"))))
    assert sorted(found(store, source="island-mail")) == ["bare", "fair", "own"]
    assert sorted(found(store, origin="southern-wire")) == ["bare", "fair"]
    assert sorted(found(store, role="derived")) == ["bare", "fair", "far"]
    assert found(store, uncredited=True) == ["bare"]
    assert found(store, source="harbour-post", origin="town-crier", role="derived", words="far runs") == ["far"]
    assert found(store, source="island-mail", origin="town-crier") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"parent": "island-mail"},
        {"kind": "excerpt"},
        {"verdict": "misattributed"},
        {"linked": "no"},
        {"language": "fr"},
        {"claim": "co-publication"},
        {"depth": 2},
        {"below": 0.5},
        {"external": True},
        {"edited": True},
        {"revised": True},
        {"contested": True},
    ],
    ids="".join,
)
def test_a_search_finds_what_is_as_asked_and_nothing_else(store: Store, asked: dict[str, Any]) -> None:
    judged(store, "plain", an_edge(an_id("plain"), an_article(outlet="town-crier")))
    judged(store, "alone", lineage=a_lineage(rivals=[an_edge(an_id("alone"), an_article("y"), confidence=0.01)]))
    credit = an_edge(an_id("odd"), an_external()).attribution
    odd = replace(credit, verdict="misattributed", linked="no")
    mail = an_origin(an_article(outlet="island-mail"), external=True)
    chosen = an_edge(an_id("odd"), mail, kind="excerpt", coverage=0.4, attribution=odd)
    if "contested" in asked:
        lineage = a_lineage(rivals=[replace(chosen, confidence=0.4)])
    else:
        lineage = a_lineage(chosen, depth=2)
    article = an_article("odd", language="fr", version=2)
    store.save_article(article, [a_claim(), a_claim(kind="co-publication")], a_fingerprint(article.text))
    store.save_lineage(article.id, replace(lineage, confidence=0.1))
    store.save_lineage(article.id, lineage)
    assert found(store, **asked) == ["odd"]
    assert found(store, **asked, source="island-mail") == []


def test_a_coverage_that_is_not_known_is_not_below_anything(store: Store) -> None:
    judged(store, "unseen", an_edge(an_id("unseen"), an_external(), kind="claimed", coverage=None))
    assert found(store, below=1.0) == []


@pytest.mark.parametrize(
    ("words", "hit"),
    [
        ("cafe", True),
        ("CAFÉ zurich", True),
        ("don't", True),
        ("ferry-boat", True),
        ("boat-ferry", False),
        ("caf", False),
        ("caf*", False),
        ("café OR nothing", False),
        ("café NOT quiet", False),
        ("text:cafe", False),
        ('"quiet café"', True),
        ('café"', True),
        ("*** café", True),
        ("***", False),
        ("quiet harbour", True),
        ("порт", True),
    ],
)
def test_words_are_plain_and_all_of_them_must_be_there(store: Store, words: str, hit: bool) -> None:
    judged(store, "one", title="A quiet café in Zürich", text="The ferry-boat don't stop at the harbour. Порт.")
    judged(store, "two", title="Else", text="Nothing of it.")
    assert found(store, words=words) == (["one"] if hit else [])


def test_blank_words_do_not_restrict(store: Store) -> None:
    judged(store, "one")
    assert found(store, words=" \n") == ["one"]


def test_words_are_found_in_the_text_as_it_is_now(store: Store) -> None:
    article = judged(store, "one", text="The lighthouse burns.")
    keep(store, replace(article, text="The windmill turns.", content_hash="new"))
    assert found(store, words="lighthouse") == []
    assert found(store, words="windmill") == ["one"]


NAUGHTY = [
    "", "''", '"', '""""', "'", "\\", "\x00", "a\x00b", "AND", "OR", "NOT", "NEAR(a b)", "a NEAR/2 b", "^a", "a^2",
    "(", ")", "(((", "a AND (b OR", "{title text}:a", "title:", "-a", "+a", "a*", "*", ":", "--",
    "; DROP TABLE articles", "%", "_", "?", "$1", "\ud800", "\udfff café", "\u202e\u200b", "🚢" * 50, "́́́", "ﷺ", "İı",
    "x" * 100_000, "word " * 5_000, '"' * 5_001, "' OR 1=1 --", "<script>alert(1)</script>", "\n\t\r", "１２３",
    "a\u2028b",
]  # fmt: skip


@pytest.mark.parametrize("naughty", NAUGHTY, ids=range(len(NAUGHTY)))
def test_no_words_make_a_search_fail(store: Store, naughty: str) -> None:
    judged(store)
    store.search(Query(words=naughty, source=naughty, origin=naughty))
    store.search(Query(words=naughty))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(alphabet=st.characters(), max_size=30))
def test_any_words_can_be_searched_for(store: Store, words: str) -> None:
    store.search(Query(words=words))


@pytest.mark.parametrize("naughty", NAUGHTY, ids=range(len(NAUGHTY)))
def test_any_text_can_be_kept_and_keeps_its_length(store: Store, naughty: str) -> None:
    article = judged(store, "odd", title=naughty, text=f"before {naughty} after", byline=naughty)
    keep(store, article, a_claim(quote=naughty, url=naughty, name=naughty))
    store.save_poll(a_feed_state(url=naughty, etag=naughty), [a_pending(f"k{naughty}", entry=an_entry(title=naughty))])
    store.settle_entry(f"k{naughty}", "again", naughty)
    store.queue_alert(an_alert(naughty, body=naughty))
    store.save_lineage(article.id, a_lineage(an_edge(article.id, an_external(title=naughty))))
    held = store.article(article.id)
    assert held is not None
    assert len(held.text) == len(article.text)
    assert store.feed_state(naughty) is not None
    assert store.pending(["harbour-post"], 5)[0].tries == 1
    assert store.queue_alert(an_alert(naughty)) is False
    if "\ud800" not in naughty and "\udfff" not in naughty:
        assert held == article
        assert store.alerts(1)[0].body == naughty


# --- feeds and entries


def test_the_state_of_a_feed_is_kept_byte_for_byte(store: Store) -> None:
    state = a_feed_state(etag='  W/"é\t"', last_modified="Fri, 01 Mar 2024 12:00:00 GMT ", next_at=NOON, seeded=True)
    store.save_poll(state, [])
    assert store.feed_state(state.url) == state
    store.save_poll(replace(state, etag=None), [])
    assert store.feed_state(state.url) == replace(state, etag=None)


def test_a_poll_keeps_the_entries_it_did_not_know(store: Store) -> None:
    first, second = a_pending("first"), a_pending("second", entry=an_entry(source=EntrySource(name="Wire")))
    assert store.save_poll(a_feed_state(), [first]) == (first,)
    assert store.save_poll(a_feed_state(), [first, second, second]) == (second,)
    assert store.pending(["harbour-post"], 10) == (first, second)


def test_an_entry_is_known_also_when_it_is_done_or_given_up(store: Store) -> None:
    store.save_poll(a_feed_state(), [a_pending("done"), a_pending("failed")])
    store.settle_entry("done", "done")
    store.settle_entry("failed", "failed", "404 Not Found")
    assert store.save_poll(a_feed_state(), [a_pending("done"), a_pending("failed")]) == ()
    assert store.pending(["harbour-post"], 10) == ()


def test_an_undone_poll_leaves_the_feed_as_it_was(store: Store) -> None:
    store.save_poll(a_feed_state(etag="old"), [])
    with an_undone_block(store):
        store.save_poll(a_feed_state(etag="new"), [a_pending()])
    assert store.feed_state(a_feed_state().url) == a_feed_state(etag="old")
    assert store.save_poll(a_feed_state(etag="new"), [a_pending()]) == (a_pending(),)


def test_pending_entries_come_fewest_tries_first_then_oldest(store: Store) -> None:
    entries = [a_pending(key, first_seen_at=NOON - minutes(age)) for key, age in (("a", 1), ("b", 3), ("c", 2))]
    store.save_poll(a_feed_state(), [*entries, a_pending("foreign", source_id="town-crier")])
    store.settle_entry("b", "again", "timeout")
    waiting = store.pending(["harbour-post", "nobody"], 10)
    assert [(entry.key, entry.tries) for entry in waiting] == [("c", 0), ("a", 0), ("b", 1)]
    assert [entry.key for entry in store.pending(["harbour-post"], 1)] == ["c"]
    assert [entry.key for entry in store.pending(["town-crier"], 10)] == ["foreign"]
    assert store.pending([], 10) == ()


def test_an_entry_waits_for_its_time(store: Store) -> None:
    entries = [a_pending(key) for key in ("soon", "late", "new")]
    store.save_poll(a_feed_state(), [*entries, a_pending("born late", not_before=NOON + minutes(9))])
    store.settle_entry("soon", "again", "timeout", not_before=NOON + minutes(5))
    store.settle_entry("late", "later", "its site was left alone", not_before=NOON + minutes(10))

    def waiting(now: datetime | None) -> dict[str, tuple[int, datetime | None]]:
        return {entry.key: (entry.tries, entry.not_before) for entry in store.pending(["harbour-post"], 10, now=now)}

    assert set(waiting(NOON)) == {"new"}
    assert set(waiting(NOON + minutes(5))) == {"new", "soon"}
    assert waiting(None) == {
        "new": (0, None),
        "soon": (1, NOON + minutes(5)),
        "late": (0, NOON + minutes(10)),
        "born late": (0, NOON + minutes(9)),
    }
    store.settle_entry("soon", "again", "another")
    assert waiting(NOON)["soon"] == (2, None)


def test_entries_that_wait_hide_none_that_are_ready(store: Store) -> None:
    store.save_poll(a_feed_state(), [a_pending(f"w{number}", not_before=NOON + minutes(1)) for number in range(20)])
    store.save_poll(a_feed_state(), [a_pending("ready", tries=3)])
    assert [entry.key for entry in store.pending(["harbour-post"], 5, now=NOON)] == ["ready"]


def test_what_was_decided_in_a_block_is_seen_in_it(store: Store) -> None:
    with store.writing():
        store.save_poll(a_feed_state(), [a_pending("a"), a_pending("b")])
        store.settle_entry("a", "later", "resting", not_before=NOON + minutes(1))
        assert [entry.key for entry in store.pending(["harbour-post"], 5, now=NOON)] == ["b"]


def test_a_settled_entry_stays_settled(store: Store) -> None:
    store.save_poll(a_feed_state(), [a_pending("done")])
    store.settle_entry("done", "done")
    store.settle_entry("done", "again")
    store.settle_entry("nobody", "done")
    assert store.pending(["harbour-post"], 10) == ()


def test_settled_entries_are_forgotten_180_days_after_they_were_last_named(store: Store) -> None:
    store.save_poll(a_feed_state(), [a_pending("settled"), a_pending("still"), a_pending("waiting")])
    store.settle_entry("settled", "done")
    store.settle_entry("still", "failed")
    store.save_poll(a_feed_state(), [a_pending("still", first_seen_at=NOON + timedelta(days=170))])
    assert store.clean_up(NOON + timedelta(days=180)) == 0
    assert store.clean_up(NOON + timedelta(days=181)) == 1
    again = [a_pending("settled"), a_pending("still"), a_pending("waiting")]
    assert [entry.key for entry in store.save_poll(a_feed_state(), again)] == ["settled"]


# --- pages that are looked at again


def test_a_page_is_looked_at_again_when_its_time_has_come_the_most_overdue_first(store: Store) -> None:
    for key, late in (("b", 5), ("a", 5), ("c", 20)):
        store.save_revisit(a_pending(key, revisit=True, not_before=NOON - minutes(late), etag='W/"é"'))
    store.save_revisit(a_pending("early", revisit=True, not_before=NOON + minutes(1)))
    store.save_revisit(a_pending("foreign", revisit=True, source_id="town-crier", not_before=NOON))
    assert [p.key for p in store.revisits(["harbour-post"], 10, now=NOON)] == ["c", "a", "b"]
    (first,) = store.revisits(["harbour-post"], 1, now=NOON)
    assert first == a_pending("c", revisit=True, not_before=NOON - minutes(20), etag='W/"é"')
    assert len(store.revisits(["harbour-post", "town-crier"], 10, now=NOON + minutes(1))) == 5
    assert store.revisits([], 10, now=NOON) == ()


def test_a_page_to_be_looked_at_again_is_no_pending_entry(store: Store) -> None:
    store.save_revisit(a_pending("again", revisit=True, not_before=NOON))
    assert store.pending(["harbour-post"], 10) == ()
    assert store.status().pending == 0
    assert store.clean_up(NOON + timedelta(days=500)) == 0
    assert len(store.revisits(["harbour-post"], 10, now=NOON)) == 1


def test_a_later_word_on_when_to_look_again_takes_the_place_of_the_earlier_one(store: Store) -> None:
    store.save_revisit(a_pending("again", revisit=True, not_before=NOON))
    store.settle_entry("again", "again", "our fault", not_before=NOON + minutes(5))
    assert store.revisits(["harbour-post"], 10, now=NOON) == ()
    assert [p.tries for p in store.revisits(["harbour-post"], 10, now=NOON + minutes(5))] == [1]
    store.settle_entry("again", "done")
    assert store.revisits(["harbour-post"], 10, now=NOON + minutes(5)) == ()
    store.save_revisit(a_pending("again", revisit=True, not_before=NOON + minutes(9)))
    assert [p.key for p in store.revisits(["harbour-post"], 10, now=NOON + minutes(9))] == ["again"]


def test_the_looks_at_an_article_are_kept_with_it(store: Store) -> None:
    looks = (
        Look(at=NOON, content_hash="a", capture=Capture(digest="sha256:1", warc="w.warc.gz", offset=7)),
        Look(at=NOON + minutes(5), content_hash=None, note="answered 410"),
    )
    article = an_article(looks=looks)
    store.save_article(article, (), a_fingerprint(article.text))
    assert store.article(article.id) == article


# --- alerts


def test_an_alert_is_queued_once(store: Store) -> None:
    assert store.queue_alert(an_alert(title="first")) is True
    assert store.queue_alert(an_alert(title="second")) is False
    assert [alert.title for alert in store.alerts(10)] == ["first"]


def test_an_alert_that_was_delivered_is_not_queued_again(store: Store) -> None:
    store.queue_alert(an_alert())
    store.save_alert(an_alert(state="delivered", delivered_at=NOON))
    assert store.queue_alert(an_alert()) is False
    assert store.alerts(10) == (an_alert(state="delivered", delivered_at=NOON),)


def test_due_alerts_are_the_pending_ones_whose_time_has_come_oldest_first(store: Store) -> None:
    for alert in (
        an_alert("late", created_at=NOON + minutes(2)),
        an_alert("early", created_at=NOON),
        an_alert("backed-off", not_before=NOON + minutes(30)),
        an_alert("dead", state="dead"),
        an_alert("sent", state="delivered"),
    ):
        store.queue_alert(alert)
    assert [alert.key for alert in store.due_alerts(NOON + minutes(5), 10)] == ["early", "late"]
    assert [alert.key for alert in store.due_alerts(NOON + minutes(30), 10)] == ["backed-off", "early", "late"]
    assert [alert.key for alert in store.due_alerts(NOON + minutes(5), 1)] == ["early"]


def test_an_alert_is_kept_whole_with_its_news_and_deliveries(store: Store) -> None:
    parent = an_origin(published=Dated(at=NOON, precision="day", zone_known=False))
    copy = an_origin(an_article("copy"), title="A title \ud800 with half a letter")
    news = News(
        about="correction",
        copy=copy,
        parent=parent,
        origin=parent,
        before=an_origin(an_article("first")),
        kind="copy",
        coverage=0.5,
        confidence=0.9,
        level="probable",
        attribution=Attribution(verdict="uncredited", credited="no"),
        depth=2,
        delay_seconds=60.5,
        copies=7,
        reasons=("credit: said so",),
        changes=("2 paragraphs cut",),
        note="a note",
        source=parent.source,
    )
    ways = (
        Delivery(target="desk", state="delivered", message="m", members=("k", "l"), written_at=NOON, delivered_at=NOON),
        Delivery(target="mail", not_before=NOON, waits_for="quiet hours", tries=2, error="503"),
    )
    alert = an_alert(copy=None, cluster="a cluster", corrects="another", news=news, deliveries=ways)
    assert store.queue_alert(alert)
    kept = store.alert(alert.key)
    assert kept is not None
    title = "A title \ufffd with half a letter"
    told = None if kept.news is None or kept.news.copy is None else kept.news.copy.title
    assert told in (copy.title, title)
    assert replace(kept, news=news) == alert
    assert store.alert("nobody") is None


def test_alerts_are_chosen_by_state_rule_and_time_together(store: Store) -> None:
    for number, (rule, state) in enumerate((("a", "dead"), ("a", "pending"), ("b", "dead"), ("a", "dead"))):
        store.queue_alert(an_alert(f"k{number}", rule=rule, state=state, created_at=NOON + minutes(number)))
    assert [alert.key for alert in store.alerts(9, rule="a")] == ["k3", "k1", "k0"]
    assert [alert.key for alert in store.alerts(9, rule="a", state="dead")] == ["k3", "k0"]
    assert [alert.key for alert in store.alerts(9, since=NOON + minutes(2))] == ["k3", "k2"]
    assert [alert.key for alert in store.alerts(9, rule="a", state="dead", since=NOON + minutes(1))] == ["k3"]
    assert [alert.key for alert in store.alerts(9, rule="nobody's")] == []


def test_alerts_come_newest_first_then_by_key(store: Store) -> None:
    for key, age in (("b", 0), ("a", 0), ("old", 60)):
        store.queue_alert(an_alert(key, created_at=NOON - minutes(age), state="dead" if key == "a" else "pending"))
    assert [alert.key for alert in store.alerts(10)] == ["a", "b", "old"]
    assert [alert.key for alert in store.alerts(1)] == ["a"]
    assert [alert.key for alert in store.alerts(10, state="pending")] == ["b", "old"]


# --- upkeep


def test_the_status_counts_what_is_there(store: Store) -> None:
    one = judged(store, "one")
    two = judged(store, "two", an_edge(an_id("two"), one), first_seen_at=NOON + minutes(50))
    store.save_matches([a_match(one.id, two.id)])
    store.save_poll(a_feed_state(), [a_pending("p"), a_pending("q")])
    store.settle_entry("q", "done")
    for key, state in (("a", "pending"), ("b", "dead"), ("c", "delivered")):
        store.queue_alert(an_alert(key, state=state))
    status = store.status()
    assert (status.articles, status.matches, status.edges, status.feeds) == (2, 1, 1, 1)
    assert (status.pending, status.alerts_pending, status.alerts_dead) == (1, 1, 1)
    assert status.newest == NOON + minutes(50)
    assert status.url == store.url


def test_an_empty_store_has_no_newest(store: Store) -> None:
    assert store.status().newest is None


def test_a_mark_stays_only_as_long_as_nobody_changes_the_store(store: Store) -> None:
    one = judged(store, "one")
    mark = store.mark()
    if mark is None:
        return  # "cannot be told" is always right
    store.article(one.id)
    assert store.mark() == mark
    with store.writing():
        assert store.mark() == mark
        judged(store, "two")
        changed = store.mark()
    assert mark != changed == store.mark()
    other = open_store(store.url)
    judged(other, "three")
    other.close()
    assert store.mark() != changed
    held = store.mark()
    thread = threading.Thread(target=judged, args=(store, "four"))
    thread.start()
    thread.join()
    assert store.mark() != held


def test_closing_twice_does_no_harm(store: Store) -> None:
    keep(store, an_article())
    store.close()
    store.close()


def test_an_article_of_an_outlet_made_up_from_its_host_has_its_own_source(store: Store) -> None:
    article = judged(store, "one", source=a_source_ref("blog-example", domain=None))
    assert store.article(article.id) == article


# --- what was not seen of a feed, and what became of its entries


def test_gaps_are_kept_with_the_poll_and_found_by_the_time_that_they_reach_into(store: Store) -> None:
    one, other = "https://harbour-post.example/feed", "https://meridian.example/feed"
    early = a_gap(one, since=NOON - minutes(300), until=NOON - minutes(200))
    lasting = a_gap(other, source_id="meridian", since=NOON - minutes(100))
    caught_up = a_gap(one, since=NOON - minutes(90), until=NOON - minutes(80), caught_up=True)
    for gap in (early, caught_up):
        store.save_poll(a_feed_state(one, gap=gap), [])
    store.save_poll(a_feed_state(other, source_id="meridian", gap=lasting), [])
    store.save_poll(a_feed_state(one), [])
    store.refresh()
    assert store.gaps(NOON - minutes(400), NOON, 10) == (lasting, early)
    assert store.gaps(NOON - minutes(400), NOON, 1) == (lasting,)
    assert store.gaps(NOON - minutes(200), NOON, 10) == (lasting,)
    assert store.gaps(NOON - minutes(400), NOON - minutes(100), 10) == (early,)
    assert store.gaps(NOON - minutes(400), NOON, 10, source="harbour-post") == (caught_up, early)


def test_a_gap_that_ends_takes_the_place_of_the_one_that_lasted(store: Store) -> None:
    lasting = a_gap()
    ended = replace(lasting, until=NOON, caught_up=True)
    for gap in (lasting, ended):
        store.save_poll(a_feed_state(gap=gap), [])
    store.refresh()
    assert store.gaps(NOON - minutes(400), NOON, 10) == ()
    assert store.gaps(NOON - minutes(400), NOON, 10, source="harbour-post") == (ended,)


def test_a_poll_that_is_undone_leaves_no_gap(store: Store) -> None:
    with an_undone_block(store):
        store.save_poll(a_feed_state(gap=a_gap()), [])
        assert len(store.gaps(NOON - minutes(400), NOON, 10)) == 1
    store.refresh()
    assert store.gaps(NOON - minutes(400), NOON, 10) == ()


def test_what_became_of_the_entries_of_a_source_is_told_newest_first(store: Store) -> None:
    pending = [a_pending(key, first_seen_at=NOON + minutes(n)) for n, key in enumerate("abcd")]
    store.save_poll(a_feed_state(), [*pending, a_pending("else", source_id="meridian")])
    store.settle_entry("a", "done")
    store.settle_entry("b", "failed", "a login or subscription wall instead of the article")
    store.settle_entry("c", "again", "no answer")
    store.settle_entry("d", "done")
    store.settle_entry("else", "done")
    store.refresh()
    found = store.settled_entries("harbour-post", 10)
    assert [(one.key, one.outcome, one.first_seen_at) for one in found] == [
        ("d", "done", NOON + minutes(3)),
        ("b", "failed", NOON + minutes(1)),
        ("a", "done", NOON),
    ]
    assert found[1].reason == "a login or subscription wall instead of the article"
    assert store.settled_entries("harbour-post", 1) == found[:1]
