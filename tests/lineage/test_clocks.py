"""An outlet's clock is learnt from our own looks at its feed, and applied to what its dates can mean."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from crawler.lineage.clocks import learn
from crawler.lineage.when import interval, order
from crawler.model import Article, Clock, Dated
from crawler.registry import Registry
from crawler.urls import article_id
from tests.builders import NOON, an_article, minutes
from tests.simulator.runs import filled
from tests.simulator.world import World, a_world


def some_pages(offset: float, *, count: int = 20, zone_known: bool = True, every: float = 30) -> list[Article]:
    """Return pages of one outlet, dated *offset* minutes beyond the truth, its feed looked at so often."""
    pick = Random(5)
    pages = []
    for number in range(count):
        absent = NOON + minutes(number * 400)
        out = absent + minutes(pick.uniform(0, every))
        dated = Dated(at=out + minutes(offset), zone_known=zone_known, basis="json-ld")
        seen = absent + minutes(every)
        pages.append(an_article(f"page-{number}", published=dated, first_seen_at=seen, absent_at=absent))
    return pages


@pytest.mark.parametrize("offset", [180, -300, 70, -75])
def test_a_clock_that_is_off_is_learnt_between_two_bounds(offset: float):
    clock = learn(some_pages(offset))
    assert clock is not None
    assert clock.least <= offset * 60 <= clock.most
    assert clock.most - clock.least < 3600


def test_a_right_clock_and_one_nobody_can_tell_have_no_offset():
    assert learn(some_pages(0)) is None
    assert learn(some_pages(-5)) is None
    assert learn(some_pages(180, count=7)) is None
    assert learn([an_article("never-looked")] * 20) is None
    assert learn([]) is None


def test_a_few_dates_that_were_set_back_do_not_make_a_clock_wrong():
    pages = some_pages(180)
    back = [
        an_article(
            f"back-{n}", published=Dated(at=NOON - timedelta(days=40)), absent_at=NOON, first_seen_at=NOON + minutes(30)
        )
        for n in range(4)
    ]
    assert learn([*pages, *back]) == learn(pages) or learn([*pages, *back]).pages >= 20  # type: ignore[union-attr]
    mixed = [*some_pages(180, count=10), *some_pages(0, count=10)]
    assert learn(mixed) is None


def test_of_dates_without_a_zone_the_zone_is_learnt():
    clock = learn(some_pages(120, zone_known=False))
    assert clock is not None
    assert not clock.zone_known
    assert clock.least <= 7200 <= clock.most


def test_a_learnt_clock_narrows_when_a_page_came_out():
    page = some_pages(180)[0]
    clock = Clock(least=10_700, most=10_900, pages=20)
    known = an_article(published=page.published, first_seen_at=NOON + timedelta(days=1), clock=clock)
    span = interval(known)
    truth = page.published.at - timedelta(hours=3)
    assert span.lo <= truth <= span.hi
    assert span.hi - span.lo == timedelta(seconds=200)


def test_a_copy_whose_clock_runs_behind_is_no_longer_taken_for_the_first():
    seen = NOON + timedelta(days=2)
    original = an_article(outlet="harbour-post", published=Dated(at=NOON), first_seen_at=seen)
    behind = Dated(at=NOON - timedelta(hours=3))
    copy = an_article(outlet="meridian", published=behind, first_seen_at=seen)
    assert order(copy, original).weight < 0
    clock = Clock(least=-5 * 3600 - 60, most=-5 * 3600 + 60, pages=20)
    corrected = an_article(outlet="meridian", published=behind, first_seen_at=seen, clock=clock)
    assert order(corrected, original).weight > 0
    assert order(original, corrected).weight < 0


def test_a_date_without_zone_whose_zone_was_learnt_is_exact():
    local = Dated(at=NOON, precision="minute", zone_known=False, basis="meta")
    clock = Clock(least=7100, most=7300, zone_known=False, pages=20)
    seen = NOON + timedelta(days=2)
    span = interval(an_article(published=local, first_seen_at=seen, clock=clock))
    assert span.hi - span.lo == timedelta(seconds=260)
    other = Clock(least=7100, most=7300, zone_known=True, pages=20)
    wide = interval(an_article(published=local, first_seen_at=seen, clock=other))
    assert wide.hi - wide.lo > timedelta(hours=25)


@pytest.fixture(scope="module")
def world() -> World:
    return a_world(11, 500)


def test_in_a_simulated_newsroom_wrong_clocks_are_found_and_right_ones_are_left_alone(world: World):
    store = filled(world, world.pieces)
    registry = Registry(world.sources)
    pages: dict[str, list[Article]] = {}
    for dossier in store.dossiers(list(store.article_ids())).values():
        pages.setdefault(dossier.article.source.id, []).append(dossier.article)
    outlets = {piece.outlet.id: piece.outlet for piece in world.pieces}
    found = {id: learn(some) for id, some in pages.items() if registry.source(id) is not None}
    told = 0
    for id, clock in found.items():
        outlet = outlets[id]
        if clock is None:
            continue
        truth = (outlet.offset if clock.zone_known else outlet.zone).total_seconds()
        assert clock.least - 60 <= truth <= clock.most + 60, id
        assert not (clock.zone_known and outlet.honest), id
        told += 1
    assert told >= 3
    assert {article_id(piece.url) for piece in world.pieces} >= {a.id for some in pages.values() for a in some}
