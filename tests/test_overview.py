"""Counts of who takes from whom: each article once, each copy for each parent, nothing guessed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crawler.overview import overview
from crawler.ports import Relation
from crawler.web.matrix import MOST, SHADES, matrix
from tests.builders import NOON, an_id


def a_relation(name: str, source: str = "meridian", parent: str | None = "harbour", **changes: Any) -> Relation:
    known: dict[str, Any] = {"role": "derived" if parent else "unmatched", "origin": parent, "credited": "unknown"}
    return Relation(copy=an_id(name), source=source, parent=parent, at=NOON, **known | changes)


def test_an_article_with_two_parents_counts_once_for_its_outlet_and_in_both_pairs() -> None:
    counts = overview([a_relation("a"), a_relation("a", parent="lamp", origin="harbour")])
    assert (counts.articles, counts.derived, counts.outlet("meridian").taken) == (1, 1, 1)
    assert {(p.source, p.parent, p.copies) for p in counts.pairs} == {
        ("meridian", "harbour", 1),
        ("meridian", "lamp", 1),
    }
    assert (counts.outlet("harbour").lent, counts.outlet("lamp").lent, counts.outlet("harbour").originated) == (1, 1, 1)


def test_the_credit_rate_is_of_those_of_which_it_is_known() -> None:
    rows = [
        a_relation("a", credited="yes", verdict="compliant"),
        a_relation("b", credited="yes", verdict="unknown"),
        a_relation("c", credited="no", verdict="uncredited"),
        a_relation("d", credited="yes", verdict="misattributed"),
        a_relation("e", credited="unknown", verdict="unknown"),
    ]
    (pair,) = overview(rows).pairs
    assert (pair.copies, pair.credited, pair.uncredited, pair.credit_rate) == (5, 2, 2, 0.5)
    assert overview(rows).uncredited == 1
    assert overview(rows[4:]).pairs[0].credit_rate is None


def test_delays_that_are_not_known_are_left_out_of_the_median() -> None:
    rows = [a_relation(str(n), delay_seconds=d) for n, d in enumerate((60.0, None, 300.0, 120.0))]
    assert overview(rows).pairs[0].median_delay_seconds == 120.0
    assert overview(rows[1:2]).pairs[0].median_delay_seconds is None


def test_who_is_known_by_credit_only_lends_without_an_article() -> None:
    counts = overview([a_relation("a", parent="wire", external=True)])
    assert (counts.external, counts.outlet("wire").articles, counts.outlet("wire").lent) == (1, 0, 1)
    assert counts.outlet("nobody").articles == 0


OUTLETS = st.integers(0, 30).map("o{}".format)


@given(st.lists(st.tuples(OUTLETS, OUTLETS), max_size=80))
def test_the_table_and_what_it_leaves_out_are_all_copies(pairs: list[tuple[str, str]]) -> None:
    counts = overview([a_relation(f"{n:03}", source=s, parent=p) for n, (s, p) in enumerate(pairs)])
    table = matrix(counts, str.upper)
    shown = sum(cell.pair.copies for _, cells in table.rows for cell in cells if cell.pair)
    assert shown + table.left_out == len(pairs) == sum(p.copies for p in counts.pairs)
    assert max(len(table.rows), len(table.columns)) <= MOST
    for (source, _), cells in table.rows:
        for (parent, _), cell in zip(table.columns, cells, strict=True):
            assert cell.shade in range(SHADES + 1)
            assert (cell.shade == 0) == (cell.pair is None)
            assert cell.pair is None or (cell.pair.source, cell.pair.parent) == (source, parent)
