"""Values as the JSON of the interface, built from the model's own builders."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import present
from crawler.exporting import cell
from crawler.flow import Trail
from crawler.model import Capture, Enclosure, Entry, EntryLink, EntrySource, Feed
from tests.builders import (
    NOON,
    a_claim,
    a_comparison,
    a_date,
    a_lineage,
    a_match,
    an_alert,
    an_article,
    an_edge,
    an_entry,
    an_external,
)
from tests.end_to_end import shapes
from tests.end_to_end.shapes import misfits

FERRY, COPY = an_article("ferry"), an_article("copy", outlet="meridian", capture=Capture(digest="sha256:00"))
EDGE = an_edge(COPY.id, FERRY)
BARE = an_article(
    "bare", title=None, authors=(), byline=None, language=None, published=None, links=(), media=(), summary=None
)


def fits(value: Any, shape: Any) -> bool:
    assert list(misfits(json.loads(json.dumps(value)), shape)) == []
    return True


@pytest.mark.parametrize(
    "lineage",
    [
        a_lineage(),
        a_lineage(EDGE, rivals=[EDGE]),
        a_lineage(an_edge(COPY.id, an_external(), kind="claimed", coverage=None), delay_seconds=None),
    ],
)
@pytest.mark.parametrize("article", [FERRY, COPY, BARE])
def test_every_article_has_every_field_null_where_not_known(article: Any, lineage: Any) -> None:
    assert fits(present.article(article, lineage, [a_claim()]), shapes.ARTICLE)


def test_a_day_stays_a_day_and_a_time_ends_in_z() -> None:
    day = an_article(published=a_date(NOON.replace(hour=0), precision="day"))
    assert present.article(day, None)["published_at"] == "2024-03-01"
    assert present.article(FERRY, None)["published_at"] == "2024-03-01T12:00:00Z"


def test_a_trail_runs_from_the_article_to_its_origin() -> None:
    trail = Trail(article=COPY, lineage=a_lineage(EDGE), claims=(), chain=(COPY, FERRY), copies=((FERRY, EDGE),))
    value = present.trail(trail)
    assert fits(value, shapes.TRAIL)
    assert [step["id"] for step in value["chain"]] == [COPY.id, FERRY.id]


def test_comparisons_matches_edges_and_alerts_have_their_shape() -> None:
    match = a_match(COPY.id, FERRY.id)
    assert fits(present.comparison(a_comparison()), shapes.COMPARISON)
    assert fits(present.match(match, {COPY.id: COPY.url, FERRY.id: FERRY.url}), shapes.MATCH)
    assert fits(present.edge(EDGE, COPY.url), shapes.EDGE)
    assert fits(present.alert(an_alert()), shapes.ALERT)


def test_a_feed_has_its_shape_whatever_its_entries_leave_out() -> None:
    full = an_entry(
        source=EntrySource(name="A"), links=(EntryLink(rel="via", url="u"),), enclosures=(Enclosure(url="u"),)
    )
    assert fits(present.feed(Feed(entries=(full, Entry()), problems=("late",))), shapes.FEED)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("articles", present.article(COPY, a_lineage(EDGE), [a_claim()])),
        ("matches", present.match(a_match(COPY.id, FERRY.id), {COPY.id: "", FERRY.id: ""})),
        ("lineage", present.edge(EDGE, COPY.url)),
    ],
)
def test_the_columns_of_an_export_are_the_names_of_its_json(what: str, value: present.Json) -> None:
    assert {name for name, _ in present.flat(value)} - {"dates.modified"} <= set(present.COLUMNS[what])
    assert len(set(present.COLUMNS[what])) == len(present.COLUMNS[what])


@given(st.text())
def test_no_cell_is_run_as_a_formula(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell(text).removeprefix("'") in (text, text.removeprefix("'"))
