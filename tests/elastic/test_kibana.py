"""Each panel of config/kibana/: its query answered by a real server, drawn, and held against what was planted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
import vl_convert

from crawler.kibana import panels, saved_objects
from crawler.newsroom.pieces import pieces
from tests.elastic.analysts import (
    PENDING_ALERT,
    VEGA_LITE,
    Desk,
    copies,
    derived_in_the_demo,
    drawable,
    name_of,
    outlet_of,
)
from tests.elastic.kql import query_of

DARK, LIGHT = "#0b1628", "#ffffff"


def marks(node: Any, kind: str) -> Iterator[dict[str, str]]:
    """Yield what each mark of that kind says of itself: its fields by their titles."""
    if isinstance(node, list):
        for one in node:
            yield from marks(one, kind)
    elif isinstance(node, dict):
        if node.get("role") == "mark" and node.get("marktype") == kind:
            for item in node["items"]:
                yield dict(part.split(": ", 1) for part in item["description"].split("; "))
        for one in node.values():
            yield from marks(one, kind)


def drawn(desk: Desk, name: str, kind: str) -> list[dict[str, str]]:
    return list(marks(vl_convert.vegalite_to_scenegraph(drawable(desk, name), vl_version=VEGA_LITE), kind))


def day(at: datetime) -> str:
    return (at + timedelta(minutes=20)).date().isoformat()


@pytest.mark.parametrize("name", list(panels()))
@pytest.mark.parametrize("background", [LIGHT, DARK])
def test_every_panel_draws_a_picture_on_light_and_dark(desk: Desk, name: str, background: str) -> None:
    theme = "dark" if background == DARK else None
    spec = drawable(desk, name) | {"background": background}
    png = vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, theme=theme)
    assert png.startswith(b"\x89PNG")
    # Without its answer the same panel is emptier: what was drawn came from the server.
    spec["data"] = {"values": []}
    assert len(png) > 1.5 * len(vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, theme=theme))


def test_who_takes_from_whom_counts_each_direct_edge(desk: Desk) -> None:
    planted = Counter((name_of(one), name_of(one.parent)) for one in copies(desk) if one.parent)
    planted.update(
        (outlet_of(one.article), outlet_of(parent)) for one in derived_in_the_demo() for parent in one.parents
    )
    shown = {
        (mark["published by"], mark["taken from"]): int(mark["articles"])
        for mark in drawn(desk, "who-takes-from-whom", "rect")
    }
    assert shown == planted


def test_the_delays_are_those_between_origin_and_copy(desk: Desk) -> None:
    shown = {m["time after the origin"]: int(m["copies"]) for m in drawn(desk, "delay-distribution", "rect")}
    assert list(shown) == [
        "before it",
        "under 10 min",
        "10–60 min",
        "1–3 h",
        "3–6 h",
        "6–12 h",
        "12–24 h",
        "1–2 days",
        "2–7 days",
        "over 7 days",
    ]
    planted = [(one.at - one.origin.at) / timedelta(hours=1) for one in copies(desk)]
    assert shown["before it"] == 0
    assert shown["under 10 min"] == sum(hours < 1 / 6 for hours in planted)
    assert shown["10–60 min"] == sum(1 / 6 <= hours < 1 for hours in planted)
    assert shown["1–3 h"] == sum(1 <= hours < 3 for hours in planted)
    assert sum(shown.values()) >= len(planted)


def test_an_outlets_point_is_its_median_delay(desk: Desk) -> None:
    shown = {m["outlet"]: m for m in drawn(desk, "delay-by-outlet", "symbol")}
    for name in ("Mirror Quay", "Echo Square", "Slow Bell Weekly"):
        hours = [(one.at - one.origin.at) / timedelta(hours=1) for one in copies(desk) if name_of(one) == name]
        assert int(shown[name]["copies"]) == len(hours)
        assert float(shown[name]["median, h"]) == pytest.approx(median(hours), abs=0.051)


def test_the_credit_of_each_copy_is_counted_once_and_under_its_kind(desk: Desk) -> None:
    kinds = {"article": "article linked", "home": "other link", "no-link": "named, no link", "none": "not credited"}
    kinds |= {"misnamed": "credits another", "translated": "article linked"}
    planted = Counter((name_of(one), kinds[one.credit]) for one in copies(desk))
    shown = {(m["outlet"], m["credit"]): int(m["copies"]) for m in drawn(desk, "credit-by-outlet", "rect")}
    assert planted.items() <= shown.items()
    assert sum(shown.values()) == planted.total() + len(derived_in_the_demo())
    assert shown["Daily Beacon Now", "not credited"] == 1


def test_a_day_shows_its_copies_by_the_outlet_of_their_origin(desk: Desk) -> None:
    planted = Counter((day(one.at), name_of(one.origin)) for one in copies(desk))
    shown: Counter[tuple[str, str]] = Counter()
    for mark in drawn(desk, "copies-by-day", "rect"):
        date = datetime.strptime(mark["day"], "%b %d, %Y").replace(tzinfo=UTC).date()
        shown[date.isoformat(), mark["origin"]] = int(mark["copies"])
    assert planted.items() <= shown.items()
    assert shown[datetime.now(UTC).date().isoformat(), "Harbour Post"] > 0


def test_the_spread_has_every_copy_of_the_most_copied_articles(desk: Desk) -> None:
    times = Counter(one.origin.id for one in copies(desk))
    most = sorted(times.values(), reverse=True)[:8]
    shown = drawn(desk, "spread", "symbol")
    assert len(shown) == sum(most)
    planted = {
        (
            f"{name_of(one.origin)}: {one.origin.title}",
            name_of(one),
            "of the origin" if one.parent is one.origin else "of a copy",
        )
        for one in copies(desk)
    }
    assert {(m["origin"], m["copy in"], m["taken"]) for m in shown} <= planted
    assert "of a copy" in {m["taken"] for m in shown}


def test_an_outlet_without_an_article_for_a_week_is_shown_as_quiet(desk: Desk) -> None:
    shown = drawn(desk, "quiet-outlets", "symbol")
    last = {name_of(one): one.at + timedelta(minutes=20) for one in desk.printed()}
    quiet = {name for name, at in last.items() if desk.now - at > timedelta(days=7)}
    assert quiet == {"Granite Notes"}
    assert {m["outlet"] for m in shown if float(m["days ago"]) > 7} == quiet
    assert shown[0]["outlet"] == "Granite Notes"
    assert {m["outlet"] for m in shown} >= {*last, "Harbour Post"}


def listed(desk: Desk, name: str) -> set[str]:
    """Return the titles that a saved search lists."""
    (held,) = (one["attributes"] for one in saved_objects() if one["id"] == f"copytrail-search-{name}")
    query = query_of(json.loads(held["kibanaSavedObjectMeta"]["searchSourceJSON"])["query"]["query"])
    index = "alerts" if "alerts" in name else "articles"
    sort = [{field: order} for field, order in held["sort"]]
    return {
        hit["_source"]["title"] for hit in desk.ask(index, {"query": query, "sort": sort, "size": 1000})["hits"]["hits"]
    }


def test_the_saved_searches_list_what_they_are_called(desk: Desk) -> None:
    assert listed(desk, "new-republications") >= {one.title for one in copies(desk)}
    uncredited = listed(desk, "uncredited-copies")
    assert uncredited >= {one.title for one in copies(desk) if one.credit in ("none", "misnamed")}
    assert "Hafen ohne Kran" not in uncredited
    assert pieces()["lakeside-record/dam-letters"].title in listed(desk, "late-originals")
    assert listed(desk, "undelivered-alerts") == {PENDING_ALERT.title}
