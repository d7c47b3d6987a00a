"""What analysts say goes before what was inferred, and hides nothing of it."""

from __future__ import annotations

import pytest

from crawler.lineage.chain import chain
from crawler.lineage.choice import Judgement
from crawler.lineage.judge import judge
from crawler.lineage.reviews import doubt, standing
from crawler.model import ArticleId, Edge, Review
from crawler.ports import Dossier
from crawler.urls import article_id
from tests.builders import NOON, a_lineage, a_review, an_edge, an_external, an_id, an_origin, minutes
from tests.lineage.test_judge import REGISTRY, article, world

POST, MERIDIAN, SHORE = (article(one, hours=n) for n, one in enumerate(("harbour-post", "meridian", "open-shore")))


def reviewed(outlet: str, *reviews: Review) -> Judgement:
    """Return what is judged of one of three pages with the same text, each an hour after the one before."""
    dossiers = world((POST, ()), (MERIDIAN, ()), (SHORE, ()))
    held = dossiers[outlet]
    child = Dossier(article=held.article, claims=held.claims, matches=held.matches, reviews=reviews)
    return judge(child, {d.article.id: d for d in dossiers.values() if d is not held}, REGISTRY)


def said(ruling: str, parent: object = None, *, after: float = 0, **changes: object) -> Review:
    origin = None if parent is None else an_origin(parent)  # type: ignore[arg-type]
    return a_review(SHORE.id, ruling=ruling, parent=origin, at=NOON + minutes(after), **changes)


def ids(edges: tuple[Edge, ...]) -> list[ArticleId]:
    return [e.parent.id for e in edges]


def test_a_confirmed_parent_is_confirmed_with_the_verdict_before_what_was_inferred():
    inferred = reviewed("open-shore")
    edge = next(e for e in (*inferred.parents, *inferred.rivals) if e.parent.id == MERIDIAN.id)
    told = reviewed("open-shore", said("confirm", MERIDIAN))
    assert ids(told.parents) == [MERIDIAN.id]
    assert (told.parents[0].level, told.parents[0].confidence) == ("confirmed", 0.99)
    assert told.parents[0].evidence[0].type == "verdict"
    assert told.parents[0].evidence[1:] == edge.evidence
    assert ids(told.rivals) == [POST.id]


def test_a_rejected_parent_is_a_rival_and_the_others_compete_without_it():
    told = reviewed("open-shore", said("reject", POST))
    assert ids(told.parents) == [MERIDIAN.id]
    refused = next(e for e in told.rivals if e.parent.id == POST.id)
    assert refused.confidence == 0
    assert (refused.evidence[0].type, refused.evidence[0].weight) == ("verdict", -20)
    assert len(refused.evidence) > 1


def test_without_a_parent_all_that_was_inferred_are_rivals():
    told = reviewed("open-shore", said("no-parent"))
    assert told.parents == ()
    assert set(ids(told.rivals)) == {POST.id, MERIDIAN.id}
    assert all(e.evidence[0].type == "verdict" for e in told.rivals)


def test_a_parent_that_nothing_else_speaks_for_can_be_set():
    url = "https://north-wire.example/a-dispatch"
    wire = an_external(article_id(url), url=url)
    told = reviewed("open-shore", a_review(SHORE.id, ruling="set-parent", parent=wire))
    assert ids(told.parents) == [wire.id]
    assert (told.parents[0].kind, told.parents[0].coverage, told.parents[0].level) == ("claimed", None, "confirmed")
    assert {POST.id, MERIDIAN.id} <= set(ids(told.rivals))


@pytest.mark.parametrize(
    ("reviews", "parents"),
    [
        ([said("reject", POST), said("confirm", POST, after=1)], [POST.id]),
        ([said("confirm", POST), said("reject", POST, after=1)], [MERIDIAN.id]),
        ([said("no-parent"), said("set-parent", MERIDIAN, after=1)], [MERIDIAN.id]),
        ([said("set-parent", MERIDIAN), said("no-parent", after=1)], []),
        ([said("set-parent", MERIDIAN), said("set-parent", POST, after=1)], [POST.id]),
        ([said("no-parent", undone_at=NOON), said("confirm", MERIDIAN, after=1)], [MERIDIAN.id]),
    ],
)
def test_the_later_word_goes_before_the_earlier(reviews: list[Review], parents: list[ArticleId]):
    assert ids(reviewed("open-shore", *reviews).parents) == parents


def test_a_review_that_was_taken_back_says_nothing():
    assert reviewed("open-shore", said("no-parent", undone_at=NOON)) == reviewed("open-shore")


def test_a_review_within_one_outlet_says_nothing():
    own = an_external("x-own", source=SHORE.source)
    told = reviewed("open-shore", a_review(SHORE.id, ruling="set-parent", parent=own))
    assert told == reviewed("open-shore")


def test_an_outlet_rejected_without_an_address_stays_rejected_under_another_id():
    first, later = an_external("x-one"), an_external("x-two")
    rejected = a_review(SHORE.id, ruling="reject", parent=first)
    assert standing([rejected]).rejecting(later) == rejected
    assert standing([rejected]).rejecting(an_external("x-three", source=POST.source)) is None


def test_a_ring_is_cut_where_nobody_vouches_for_it():
    verdict = reviewed("open-shore", said("confirm", MERIDIAN)).parents[0]
    back = an_edge(MERIDIAN.id, SHORE, confidence=0.999)
    edges = {SHORE.id: (verdict,), MERIDIAN.id: (back,)}
    assert chain(SHORE.id, lambda id: edges.get(id, ())) == (verdict,)
    assert chain(MERIDIAN.id, lambda id: edges.get(id, ())) == ()


def test_doubt_is_the_distance_from_even_odds_or_from_a_rival():
    one, other = an_id("a"), an_external("x-one")
    sure = an_edge(one, other, confidence=0.99)
    assert doubt(a_lineage()) is None
    assert doubt(a_lineage(sure)) == pytest.approx(6.63, abs=0.01)
    assert doubt(a_lineage(an_edge(one, other, confidence=0.5))) == 0
    assert doubt(a_lineage(sure, rivals=[an_edge(one, other, confidence=0.98)])) == pytest.approx(1.01, abs=0.01)
    assert doubt(a_lineage(rivals=[an_edge(one, other, confidence=0.49)])) == pytest.approx(0.06, abs=0.01)
    assert doubt(a_lineage(rivals=[an_edge(one, other, confidence=0.01)])) is None
    vouched = reviewed("open-shore", said("confirm", MERIDIAN))
    assert doubt(a_lineage(*vouched.parents, rivals=vouched.rivals)) is None
