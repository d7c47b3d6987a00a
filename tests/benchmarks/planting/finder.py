"""Looks for a planted text among the stored ones as the crawl does for a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.flow import Engine
from crawler.matching import CANDIDATES, SAME_TEXT
from crawler.model import Match
from crawler.prepare import Prepared, Row, prepare_row
from crawler.registry import Registry
from crawler.store import open_store
from crawler.urls import article_id
from tests.benchmarks.planting.garden import Garden

COPY = frozenset({"exact", "near_copy", "partial"})
AT = datetime(2026, 1, 1, tzinfo=UTC)
WEEKS = timedelta(weeks=8)  # in which the stored texts came in


class Finder:
    """A store in memory with the texts of a garden."""

    def __init__(self, garden: Garden) -> None:
        self._engine = Engine(open_store("memory:"), Registry([]), clock=lambda: AT, jitter=lambda: 0.0)
        self._plain = garden.plain
        self._reported: dict[str, set[str]] = {}
        self._url = {article_id(url): url for url in garden.stored}
        step = WEEKS / len(garden.stored)
        for n, (url, text) in enumerate(garden.stored.items()):
            self._engine.ingest_row(row(url, text, at=AT - WEEKS + n * step, title=_title(text)))
        self._engine.settle()

    def matches(self, prepared: Prepared) -> dict[str, Match]:
        """Return the matches by the other's address."""
        found = self._engine._near(prepared.article, prepared.fingerprint)
        return {self._url[match.other(prepared.article.id)]: match for match in found}

    def offered(self, prepared: Prepared) -> set[str]:
        """Return whom the store offers for comparison."""
        store, fp = self._engine.store, prepared.fingerprint
        stops = store.stopped(fp.scheme, fp.hashes)
        asked = replace(fp, hashes=tuple(h for h in fp.hashes if h not in stops))
        found = (*store.same_text(fp.digest, SAME_TEXT), *store.candidates(asked, SAME_TEXT + CANDIDATES))
        return {self._url[id] for id in dict.fromkeys(found)}

    def reported(self, part: str) -> set[str]:
        """Return what is reported of a part as it stands."""
        if part not in self._reported:
            found = self.matches(prepared_of(part + "?plain", self._plain[part]))
            self._reported[part] = {url for url, match in found.items() if match.shared.kind in COPY}
        return self._reported[part]


def _title(text: str) -> str:
    """Return some words of its own, far from what its site puts at head and foot."""
    middle = len(text) // 2
    return text[middle : middle + 50]


def row(url: str, text: str, *, at: datetime = AT, title: str | None = None) -> Row:
    return Row(url=url, title=title, text=text, fetched_at=at)


def prepared_of(url: str, text: str) -> Prepared:
    return prepare_row(row(url, text), Registry([]))
