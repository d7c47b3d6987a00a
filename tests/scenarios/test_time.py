"""T36 to T41: clocks that run wrong, feeds that are looked at rarely, dates that are made up."""

from __future__ import annotations

from datetime import timedelta

from crawler.cli import show
from crawler.lineage.when import interval
from crawler.model import Source
from tests.scenarios.world import SENSORS, World, at, html

ALDER = Source(id="alder-times", name="Alder Times", domains=("alder-times.example",))
BIRCH = Source(id="birch-post", name="Birch Post", domains=("birch-post.example",))
A, B = "https://alder-times.example/sensors", "https://birch-post.example/s/1"
CREDIT = f"<p>This article was originally published by <a href='{A}'>Alder Times</a>.</p>"


def test_t36_a_copys_clock_that_runs_two_hours_behind_does_not_make_it_the_original() -> None:
    world = World(ALDER, BIRCH)
    world.put(A, html(SENSORS, published=at(0).isoformat()), seen=at(0.2), absent=at(-0.2))
    # Local time with a Z: it says two hours before, but its feed had not named it an hour after the original.
    world.put(B, html(SENSORS, published=at(-2).isoformat()), seen=at(1.2), absent=at(1))
    assert world.edges() == [("birch-post", "alder-times")]


def test_t37_a_date_in_the_future_counts_as_none() -> None:
    world = World(ALDER, BIRCH)
    world.put(A, html(SENSORS, published=at(0).isoformat()), seen=at(0.2))
    world.put(B, html(SENSORS, published=at(72).isoformat()), seen=at(5), absent=at(4))
    page = world.look(B)
    assert interval(page.article).hi == at(5)
    assert world.edges() == [("birch-post", "alder-times")]
    none = World(ALDER, BIRCH)
    none.put(A, html(SENSORS, published=at(0).isoformat()), seen=at(0.2))
    none.put(B, html(SENSORS, published=at(72).isoformat()), seen=at(5))
    assert none.edges() == []


def test_t38_a_backdated_page_does_not_become_the_origin() -> None:
    world = World(ALDER, BIRCH)
    world.put(A, html(SENSORS, published=at(0).isoformat()), seen=at(0.2), absent=at(-1))
    world.put(B, html(SENSORS, published="2019-05-05T10:00:00Z"), seen=at(24 * 400), absent=at(24 * 400 - 1))
    assert ("alder-times", "birch-post") not in world.edges()
    assert interval(world.look(B).article).disputed
    world.put(B, html(SENSORS, published="2019-05-05T10:00:00Z", foot=CREDIT), seen=at(24 * 401))
    assert world.edges() == [("birch-post", "alder-times")]


def test_t39_a_bare_day_and_the_minute_before_it_say_nothing() -> None:
    world = World(ALDER, BIRCH)
    world.put(A, html(SENSORS, published="2024-02-29T23:50:00Z"), seen=at(30))
    world.put(B, html(SENSORS, published="2024-03-01"), seen=at(30))
    assert world.edges() == []
    assert world.look(B).rivals == ["alder-times"]


def test_t40_a_copy_seen_before_its_slowly_polled_original_is_decided_by_its_own_words() -> None:
    for foot, expected in ((CREDIT, [("birch-post", "alder-times")]), ("", [])):
        world = World(ALDER, BIRCH)
        world.put(B, html(SENSORS, foot=foot), seen=at(1), absent=at(1) - timedelta(minutes=5))
        world.put(A, html(SENSORS), seen=at(6), absent=at(0))
        assert world.edges() == expected
        if not foot:
            assert world.look(A).rivals == ["birch-post"]
            assert world.look(B).rivals == ["alder-times"]


def test_t41_a_credit_to_what_came_later_is_contradicted() -> None:
    world = World(ALDER, BIRCH)
    slips = tuple(one.replace("breakwater", "breakwator", 1) for one in SENSORS)
    world.put(B, html(slips, foot=CREDIT, published=at(0).isoformat()), seen=at(0.1), absent=at(0))
    world.put(A, html(SENSORS, published=at(9).isoformat()), seen=at(9.1), absent=at(9))
    assert ("birch-post", "alder-times") not in world.edges()
    early = world.look(B)
    assert [(r.parent.source.id, r.attribution.verdict, r.confidence < 0.05) for r in early.lineage.rivals] == [
        ("alder-times", "misattributed", True)
    ]
    assert any(row.weight == -12.0 for row in early.lineage.rivals[0].evidence)
    assert any("not believed" in line for line in show.tree(early.trail))
    late = world.look(A)
    assert late.parents in ([], ["birch-post"])
    assert not late.parents or late.edge.level in ("possible", "probable")
