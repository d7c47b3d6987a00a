"""Whatever order articles come in, the same is known in the end."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.flow import Engine
from crawler.model import Match
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON, a_date, some_text

FIRST, SECOND, OTHER = (some_text(240, seed=seed).split() for seed in (1, 2, 3))
TEXTS = (
    FIRST,
    [*FIRST, "This", "first", "appeared", "elsewhere."],
    FIRST[60:160] + OTHER[:120],
    FIRST[:120] + SECOND[:120],
    SECOND,
    OTHER,
    [*FIRST[:30], "but", *FIRST[31:200]],
    FIRST,
)
ROWS = [
    Row(
        url=f"https://outlet{n}.example/story",
        title=f"Story {n}",
        text=" ".join(words),
        fetched_at=NOON + timedelta(days=3 * n, hours=2),
        published=a_date(NOON + timedelta(days=3 * n)),
    )
    for n, words in enumerate(TEXTS)
]


def known_after(rows: list[Row]) -> tuple[list[Match], dict[str, list[tuple[str, str]]]]:
    """Return the matches, and each article's parents with their kinds."""
    engine = Engine(open_store("memory:"), Registry([]), clock=lambda: NOON, jitter=lambda: 0.0)
    for row in rows:
        engine.ingest_row(row)
    engine.settle()
    parents = {
        str(id): [(str(edge.parent.id), edge.kind) for edge in lineage.parents]
        for id, lineage in engine.store.lineages()
    }
    return list(engine.store.matches()), parents


@settings(max_examples=12, deadline=None)
@given(st.permutations(ROWS))
def test_the_order_of_arrival_changes_no_match_and_no_parent(rows: list[Row]) -> None:
    matches, parents = known_after(rows)
    assert (matches, parents) == known_after(ROWS)
    assert len(matches) > 8
    assert any(parents.values())
