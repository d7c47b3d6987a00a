"""Who a text was taken from, as tables: facts in, edges out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from crawler.lineage.judge import Judgement, judge, touches
from crawler.model import Article, Claim, Comparison, Dated, Passage, Source, match_of
from crawler.ports import Dossier
from crawler.registry import Registry
from tests.builders import NOON, a_claim, a_comparison, a_date, an_article

REGISTRY = Registry(
    [
        Source(id="harbour-post", name="Harbour Post", domains=("harbour-post.example",)),
        Source(id="meridian", name="Meridian", domains=("meridian.example",)),
        Source(id="open-shore", name="Open Shore", domains=("open-shore.example",)),
        Source(id="north-wire", name="North Wire", domains=("north-wire.example",), kind="agency"),
    ]
)


def article(outlet: str, *, hours: float = 0, **changes: object) -> Article:
    at = NOON + timedelta(hours=hours)
    changes = {"published": a_date(at), "links": (), **changes}
    return an_article(outlet=outlet, first_seen_at=at + timedelta(minutes=5), **changes)


def world(*articles: tuple[Article, tuple[Claim, ...]], shared: Comparison | None = None) -> dict[str, Dossier]:
    """Return dossiers of *articles*, all of which share their text, by outlet."""
    shared = shared or a_comparison(coverage_left=1.0, coverage_right=1.0, similarity=1.0)
    out = {}
    for one, claims in articles:
        matches = [match_of(one.id, other.id, shared) for other, _ in articles if other.id != one.id]
        out[one.source.id] = Dossier(article=one, claims=claims, matches=tuple(matches))
    return out


def judged(dossiers: dict[str, Dossier], outlet: str) -> Judgement:
    child = dossiers[outlet]
    return judge(child, {d.article.id: d for d in dossiers.values() if d is not child}, REGISTRY)


def credit(outlet: str, **changes: object) -> Claim:
    return a_claim(
        **{
            "source_id": outlet,
            "name": outlet.title(),
            "domain": f"{outlet}.example",
            "url": None,
            "linked": "no",
            "quote": f"First published in {outlet}",
        }
        | changes
    )


def test_a_credit_with_a_link_to_the_very_article_is_confirmed():
    original = article("harbour-post")
    told = credit("harbour-post", url=original.url, linked="article")
    edge = judged(world((original, ()), (article("meridian", hours=3), (told,))), "meridian").parents[0]
    assert (edge.parent.id, edge.level, edge.attribution.linked) == (original.id, "confirmed", "article")


def test_text_and_time_alone_are_never_confirmed():
    copy = article("meridian", hours=300)
    edge = judged(world((article("harbour-post"), ()), (copy, ())), "meridian").parents[0]
    assert edge.level == "probable"
    assert edge.attribution.verdict == "uncredited"


def test_the_earlier_of_two_texts_has_no_parent():
    dossiers = world((article("harbour-post"), ()), (article("meridian", hours=3), ()))
    assert judged(dossiers, "harbour-post") == Judgement()


def test_without_any_sign_of_direction_there_is_no_edge_but_both_are_rivals():
    undated = {"published": None}
    dossiers = world((article("harbour-post", **undated), ()), (article("meridian", **undated), ()))
    for outlet in ("harbour-post", "meridian"):
        found = judged(dossiers, outlet)
        assert not found.parents
        assert len(found.rivals) == 1
        assert found.rivals[0].confidence < 0.5


def test_two_bare_days_that_may_overlap_do_not_tell_who_was_first():
    first, second = (Dated(at=datetime(2024, 3, d, tzinfo=UTC), precision="day", zone_known=False) for d in (1, 2))
    later = article("meridian", hours=24, published=second)
    dossiers = world((article("harbour-post", published=first), ()), (later, ()))
    assert not judged(dossiers, "meridian").parents


def test_a_copy_dated_in_the_future_is_not_made_older_or_younger_by_that():
    future = a_date(NOON + timedelta(days=400))
    dossiers = world((article("harbour-post"), ()), (article("meridian", hours=1, published=future), ()))
    assert not judged(dossiers, "harbour-post").parents


def test_a_second_copy_belongs_to_the_page_whose_marks_it_carries_and_credits():
    origin = article("harbour-post")
    foot = credit("harbour-post", quote="The original source of this article is Harbour Post")
    republished = article("meridian", hours=5)
    own = credit("meridian", url=republished.url, linked="article", quote="Republished from Meridian")
    third = article("open-shore", hours=9)
    dossiers = world((origin, ()), (republished, (foot,)), (third, (foot, own)))
    assert [e.parent.id for e in judged(dossiers, "open-shore").parents] == [republished.id]
    assert [e.parent.id for e in judged(dossiers, "meridian").parents] == [origin.id]


def test_a_credited_outlet_that_nobody_crawled_is_an_external_origin():
    dated = Dated(at=datetime(2024, 2, 29, tzinfo=UTC), precision="day", zone_known=False, basis="credit")
    claims = (credit("harbour-post"), credit("harbour-post", kind="dateline", date=dated, where="byline"))
    edge = judged(world((article("meridian"), claims)), "meridian").parents[0]
    assert edge.parent.external
    assert (edge.parent.source.id, edge.parent.published) == ("harbour-post", dated)
    assert (edge.kind, edge.coverage) == ("claimed", None)
    assert edge.confidence <= 0.97


def test_two_copies_that_name_one_unseen_outlet_share_its_external_origin():
    said = (credit("harbour-post"),)
    dossiers = world((article("meridian"), said), (article("open-shore", hours=2), said))
    origins = {judged(dossiers, outlet).parents[0].parent.id for outlet in ("meridian", "open-shore")}
    assert len(origins) == 1


def test_subscribers_of_one_agency_are_siblings():
    wire = credit("north-wire", kind="wire", where="top", quote="TOWN (North Wire) -")
    dossiers = world((article("meridian"), (wire,)), (article("open-shore", hours=2), (wire,)))
    for outlet in ("meridian", "open-shore"):
        assert [e.parent.source.id for e in judged(dossiers, outlet).parents] == ["north-wire"]


def test_an_impossible_clock_beats_a_false_credit():
    # The page credits an article that we know came out days after we had already seen the page.
    later = article("harbour-post", hours=200)
    claim = credit("harbour-post")
    found = judged(world((later, ()), (article("meridian"), (claim,))), "meridian")
    assert not found.parents


def test_pages_of_one_outlet_are_never_copies_of_each_other():
    one, two = article("meridian", name="one"), article("meridian", hours=5, name="two")
    shared = a_comparison(coverage_left=1.0, coverage_right=1.0)
    dossier = Dossier(article=two, claims=(), matches=(match_of(two.id, one.id, shared),))
    assert judge(dossier, {one.id: Dossier(article=one)}, REGISTRY) == Judgement()


def test_a_shared_quotation_is_no_copy():
    shared = a_comparison(kind="quote", coverage_left=0.1, coverage_right=0.1)
    dossiers = world((article("harbour-post"), ()), (article("meridian", hours=5), ()), shared=shared)
    assert judged(dossiers, "meridian") == Judgement()


def test_a_mere_hat_tip_draws_no_edge():
    tip = credit("harbour-post", kind="via", strength="weak")
    assert not judged(world((article("meridian"), (tip,))), "meridian").parents


def test_a_picture_of_another_outlet_draws_no_edge():
    assert not judged(world((article("meridian"), (credit("harbour-post", kind="media"),))), "meridian").parents


def test_a_named_article_whose_text_is_another_is_no_parent():
    other = article("harbour-post", text="Something else altogether.")
    claim = credit("harbour-post", url=other.url, linked="article", strength="strong")
    child = Dossier(article=article("meridian", hours=2), claims=(claim,))
    found = judge(child, {other.id: Dossier(article=other)}, REGISTRY)
    assert not found.parents


def test_credits_to_each_other_make_no_cycle():
    one, two = article("harbour-post", published=None), article("meridian", published=None)
    dossiers = world((one, (credit("meridian"),)), (two, (credit("harbour-post"),)))
    assert not judged(dossiers, "harbour-post").parents
    assert not judged(dossiers, "meridian").parents


@pytest.mark.parametrize("order", list(permutations(["harbour-post", "meridian", "open-shore"])))
def test_the_order_of_the_neighbours_does_not_matter(order):
    dossiers = world(
        (article("harbour-post"), ()),
        (article("meridian", hours=4), (credit("harbour-post"),)),
        (article("open-shore", hours=6), ()),
    )
    child = dossiers["open-shore"]
    near = {dossiers[o].article.id: dossiers[o] for o in order if o != "open-shore"}
    assert judge(child, near, REGISTRY) == judged(dossiers, "open-shore")


def test_a_later_copy_does_not_touch_what_is_judged_of_its_original():
    dossiers = world((article("harbour-post"), ()), (article("meridian", hours=4), (credit("harbour-post"),)))
    assert touches(dossiers["meridian"], dossiers["harbour-post"], REGISTRY) == "yes"
    assert touches(dossiers["harbour-post"], dossiers["meridian"], REGISTRY) == "no"


def test_an_undated_copy_may_be_one_rival_more():
    dossiers = world((article("harbour-post", published=None), ()), (article("meridian", published=None), ()))
    assert touches(dossiers["harbour-post"], dossiers["meridian"], REGISTRY) == "perhaps"


def test_a_later_copy_that_names_the_same_unseen_outlet_does_touch():
    wire = credit("north-wire", kind="wire")
    dossiers = world((article("harbour-post"), (wire,)), (article("meridian", hours=4), (wire,)))
    assert touches(dossiers["harbour-post"], dossiers["meridian"], REGISTRY) == "yes"


def test_text_of_which_the_links_are_lost_is_never_called_uncredited():
    copy = article("meridian", hours=30, links_lost=True)
    edge = judged(world((article("harbour-post"), ()), (copy, ())), "meridian").parents[0]
    assert (edge.attribution.credited, edge.attribution.linked, edge.attribution.verdict) == ("unknown",) * 3


def test_an_agency_line_that_came_with_a_linked_article_is_not_this_pages_credit():
    wire = credit("north-wire", kind="wire", where="top", quote="TOWN (North Wire) -")
    url = "https://harbour-post.example/ferry"
    canonical = credit("harbour-post", kind="canonical", url=url, linked="article", where="head")
    parents = judged(world((article("meridian"), (wire, canonical))), "meridian").parents
    assert [(e.parent.source.id, e.parent.url) for e in parents] == [("harbour-post", url)]


@pytest.mark.parametrize(
    ("reason", "kind", "edges"),
    [
        ("too little", "excerpt", 1),
        ("too little", "credit", 1),
        ("quotation only", "credit", 0),
        ("too little", "via", 0),
    ],
)
def test_a_short_excerpt_is_one_when_the_page_says_so(reason: str, kind: str, edges: int) -> None:
    shared = a_comparison(kind="quote", reason=reason, coverage_left=0.1, coverage_right=0.2)
    original = article("harbour-post")
    said = credit("harbour-post", kind=kind, url=original.url, linked="article", strength="strong")
    found = judged(world((original, ()), (article("meridian", hours=5), (said,)), shared=shared), "meridian")
    assert [e.kind for e in found.parents] == ["excerpt" if kind == "excerpt" else "partial"][:edges]


def test_of_two_parents_the_one_that_gave_most_comes_first() -> None:
    more, less = article("harbour-post"), article("open-shore")
    child = article("meridian", hours=5)
    halves = [
        a_comparison(coverage_left=share, passages=(Passage(left=span, right=(0, 40), words=8),))
        for share, span in ((0.55, (0, 400)), (0.4, (410, 700)))
    ]
    pairs = list(zip((more, less), halves, strict=True))
    matches = tuple(match_of(child.id, other.id, shared) for other, shared in pairs)
    near = {
        other.id: Dossier(article=other, matches=(match_of(child.id, other.id, shared),)) for other, shared in pairs
    }
    found = judge(Dossier(article=child, matches=matches), near, REGISTRY)
    assert [e.parent.id for e in found.parents] == [more.id, less.id]


# --- several candidates ---------------------------------------------------------------------------


def alike(*articles: tuple[Article, tuple[Claim, ...]], pairs: dict[tuple[str, str], Comparison]) -> dict[str, Dossier]:
    """Return dossiers of *articles* by outlet, which share what *pairs* says (the first of a pair on the left)."""
    by_outlet = {one.source.id: one for one, _ in articles}
    matches = {pair: match_of(by_outlet[pair[0]].id, by_outlet[pair[1]].id, shared) for pair, shared in pairs.items()}
    return {
        one.source.id: Dossier(
            article=one, claims=claims, matches=tuple(m for pair, m in matches.items() if one.source.id in pair)
        )
        for one, claims in articles
    }


WHOLE = a_comparison(coverage_left=1.0, coverage_right=1.0, similarity=1.0)
EDITED = a_comparison(coverage_left=0.75, coverage_right=0.8)


def test_of_two_possible_parents_the_one_whose_own_words_are_there_was_copied():
    pairs = {
        ("open-shore", "harbour-post"): EDITED,
        ("open-shore", "meridian"): WHOLE,
        ("meridian", "harbour-post"): EDITED,
    }
    dossiers = alike(
        (article("harbour-post"), ()),
        (article("meridian", hours=5), ()),
        (article("open-shore", hours=9), ()),
        pairs=pairs,
    )
    assert [e.parent.source.id for e in judged(dossiers, "open-shore").parents] == ["meridian"]


def test_t09_a_copy_of_a_copy_that_credits_the_origin_hangs_below_the_copy_but_is_not_confirmed():
    pairs = {
        ("open-shore", "harbour-post"): EDITED,
        ("open-shore", "meridian"): WHOLE,
        ("meridian", "harbour-post"): EDITED,
    }
    original = article("harbour-post")
    link = {"url": original.url, "linked": "article"}
    dossiers = alike(
        (original, ()),
        (article("meridian", hours=5), (credit("harbour-post", **link, quote="Reposted from Harbour Post"),)),
        (article("open-shore", hours=9), (credit("harbour-post", **link, quote="Courtesy of Harbour Post"),)),
        pairs=pairs,
    )
    (edge,) = judged(dossiers, "open-shore").parents
    assert edge.parent.source.id == "meridian"
    assert edge.level != "confirmed"


def test_of_equal_texts_the_original_is_likelier_than_its_copy():
    dossiers = world(
        (article("harbour-post"), ()), (article("meridian", hours=30), ()), (article("open-shore", hours=90), ())
    )
    (edge,) = judged(dossiers, "open-shore").parents
    assert edge.parent.source.id == "harbour-post"
    assert edge.level != "confirmed"


def test_t42_a_subscriber_that_drops_the_agency_line_is_no_copy_of_another_subscriber():
    wire = credit("north-wire", kind="wire", where="top", quote="TOWN (North Wire) -")
    dossiers = world(
        (article("harbour-post"), (wire,)),
        (article("meridian", hours=1), (wire,)),
        (article("open-shore", hours=2), ()),
    )
    assert [e.parent.source.id for e in judged(dossiers, "open-shore").parents] == ["north-wire"]
    assert touches(dossiers["open-shore"], dossiers["harbour-post"], REGISTRY) == "yes"


def test_long_after_the_wire_a_page_without_its_line_is_no_subscriber():
    wire = credit("north-wire", kind="wire", where="top", quote="TOWN (North Wire) -")
    late = article("open-shore", hours=100)
    dossiers = world((article("harbour-post"), (wire,)), (article("meridian", hours=1), (wire,)), (late, ()))
    found = judged(dossiers, "open-shore")
    assert "north-wire" not in {e.parent.source.id for e in found.parents}


def test_a_page_that_was_out_before_all_that_print_the_agencys_text_is_not_the_agencys():
    wire = credit("north-wire", kind="wire", where="top", quote="TOWN (North Wire) -")
    dossiers = world(
        (article("open-shore"), ()),
        (article("harbour-post", hours=9), (wire,)),
        (article("meridian", hours=9), (wire,)),
    )
    assert not judged(dossiers, "open-shore").parents


def test_an_unseen_origin_that_alike_copies_credit_is_not_lost_to_an_earlier_copy():
    said = credit("north-wire", kind="credit", strength="certain")
    dossiers = world((article("meridian"), (said,)), (article("open-shore", hours=9), (said,)))
    assert [e.parent.source.id for e in judged(dossiers, "open-shore").parents] == ["north-wire"]
