"""The drawing of a trail: everything in it has its place, and no date that is not known gets one in time."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.flow import Trail
from crawler.model import Article, Edge, Origin
from crawler.web.timeline import LEFT, RIGHT, UNDATED, WIDTH, Timeline, timeline
from tests.builders import NOON, a_date, a_lineage, an_article, an_edge, an_external

FERRY = an_article("ferry")


def a_copy(name: str, *, hours: float | None = 1.0, outlet: str = "meridian", **changes: Any) -> tuple[Article, Edge]:
    at = None if hours is None else a_date(NOON + timedelta(hours=hours), **changes)
    copy = an_article(name, outlet=outlet, published=at)
    return copy, an_edge(copy.id, FERRY)


def drawn(*copies: tuple[Article, Edge], article: Article = FERRY) -> Timeline:
    trail = Trail(article=article, lineage=a_lineage(role="original"), claims=(), chain=(article,), copies=())
    return timeline(trail, copies, {})


def trail_of(copy: Article, *chain: Article | Origin) -> Trail:
    steps = tuple(an_edge(below.id, above) for below, above in zip((copy, *chain), chain, strict=False))
    lineage = a_lineage(steps[0], origin=steps[-1].parent, depth=len(steps))
    return Trail(article=copy, lineage=lineage, claims=(), chain=(copy, *chain), copies=(), steps=steps)


def test_what_came_later_stands_further_right_each_outlet_in_a_row_of_its_own() -> None:
    picture = drawn(a_copy("b", hours=5, outlet="lamp"), a_copy("a", hours=2), a_copy("c", hours=9))
    by = {node.label: node for node in picture.nodes}
    assert [row.name for row in picture.rows] == ["Harbour Post", "Meridian", "Lamp"]
    xs = [node.x for node in picture.nodes if node.kind == "copy"]
    assert by["this article"].x < min(xs)
    tops = {row.name: (row.y, row.y + row.height) for row in picture.rows}
    for node in picture.nodes:
        name = node.said.partition(",")[0]
        assert tops[name][0] < node.y < tops[name][1]


def test_there_is_an_arrow_for_each_edge_and_its_head_is_at_the_copy() -> None:
    picture = drawn(*(a_copy(f"c{n}", hours=n, outlet=f"o{n % 3}") for n in range(1, 9)))
    assert len(picture.arrows) == 8
    copies = [node for node in picture.nodes if node.kind == "copy"]
    for arrow in picture.arrows:
        x, y = map(float, re.match(r"M([\d.]+) ([\d.]+)", arrow.head).groups())  # type: ignore[union-attr]
        assert any(abs(node.x - x) <= 9.1 and abs(node.y - y) < 0.1 for node in copies)


def test_what_has_no_date_stands_left_of_the_axis() -> None:
    picture = drawn(a_copy("a", hours=None), a_copy("b", hours=3))
    undated = [node for node in picture.nodes if "date not known" in node.said]
    assert [node.x for node in undated] == [UNDATED]
    assert picture.undated
    assert UNDATED < LEFT


def test_a_bare_day_is_drawn_as_long_as_it_may_mean_and_a_full_time_as_a_point() -> None:
    picture = drawn(a_copy("day", hours=24, precision="day", zone_known=False), a_copy("time", hours=60))
    spans = {node.kind + node.said: node.span for node in picture.nodes}
    (span,) = [span for span in spans.values() if span is not None]
    assert span[1] - span[0] > 100


def test_the_chain_is_joined_up_to_an_external_origin_which_leads_nowhere() -> None:
    wire = an_external()
    copy = an_article("copy", outlet="meridian", published=a_date(NOON + timedelta(hours=4)))
    middle = an_article("middle", outlet="lamp", published=a_date(NOON + timedelta(hours=1)))
    picture = timeline(trail_of(copy, middle, wire), [], {})
    assert [node.kind for node in sorted(picture.nodes, key=lambda n: n.kind)] == ["origin", "step", "this"]
    (origin,) = [node for node in picture.nodes if node.external]
    assert (origin.kind, origin.href, origin.label) == ("origin", None, "known by credit only")
    assert len(picture.arrows) == 2
    assert [node.href for node in picture.nodes if node.kind == "step"] == [f"/articles/{middle.id}"]


def test_many_in_the_first_hour_and_one_a_year_later_stand_apart() -> None:
    minutes = [a_copy(f"m{n}", hours=n / 6, outlet=f"o{n}") for n in range(1, 6)]
    picture = drawn(*minutes, a_copy("late", hours=24 * 365, outlet="archive"))
    assert picture.stretched
    xs = sorted(node.x for node in picture.nodes)
    assert min(b - a for a, b in pairwise(xs)) > 10
    assert len(picture.ticks) >= 3


def test_labels_of_one_outlet_do_not_lie_over_each_other() -> None:
    picture = drawn(*(a_copy(f"c{n}", hours=2 + n / 60) for n in range(12)), a_copy("end", hours=48))
    spots = [(node.x, node.y) for node in picture.nodes if "Meridian" in node.said]
    for at, (x, y) in enumerate(spots):
        for other, height in spots[at + 1 :]:
            assert abs(height - y) > 20 or abs(other - x) > 60


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-20_000, 200_000)), st.integers(0, 4), st.sampled_from(["second", "day"])
        ),
        max_size=30,
    )
)
def test_whatever_the_dates_everything_is_inside_the_picture(spots: list[tuple[float | None, int, Any]]) -> None:
    copies = [
        a_copy(f"c{n}", hours=hours, outlet=f"o{outlet}", precision=precision, zone_known=precision == "second")
        for n, (hours, outlet, precision) in enumerate(spots)
    ]
    picture = drawn(*copies)
    assert len(picture.nodes) == len(copies) + 1
    for node in picture.nodes:
        assert UNDATED <= node.x <= RIGHT + 1
        assert 0 < node.y < picture.height
        for end in node.span or ():
            assert 0 <= end <= WIDTH
    xs = {tick.x for tick in picture.ticks}
    assert len(xs) == len(picture.ticks)


def test_two_alike_copies_of_one_moment_are_both_there() -> None:
    one, edge = a_copy("one")
    other = replace(one, id=an_article("other").id)
    assert len(drawn((one, edge), (other, replace(edge, copy=other.id))).nodes) == 3
