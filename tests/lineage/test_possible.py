"""An edge is a judgement somebody may repeat in public: what is not even possible is none."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.flow import Engine
from crawler.lineage.edges import POSSIBLE
from crawler.model import Page, Source
from crawler.registry import Registry
from crawler.store import open_store
from tests.elastic import newsstand

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_no_parent_is_less_than_possible_where_copies_credit_what_came_later() -> None:
    """Granite Notes takes from the writers and credits a later copy; others took the same text before it did."""
    sources = [Source(id=s["id"], name=s["name"], domains=tuple(s["domains"])) for s in newsstand.sources()]
    store = open_store("memory:")
    engine = Engine(store, Registry(sources), clock=lambda: NOW, jitter=lambda: 0.0)
    for row in newsstand.rows(NOW):
        engine.ingest(
            Page(
                url=row["url"],
                final_url=row["url"],
                body=row["html"].encode(),
                fetched_at=datetime.fromisoformat(row["fetched_at"].replace("Z", "+00:00")),
                headers={"content-type": "text/html; charset=utf-8"},
            )
        )
    engine.settle()
    edges = list(store.edges())
    assert len(edges) > 90
    assert [edge for edge in edges if edge.confidence < POSSIBLE] == []
