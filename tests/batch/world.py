"""A small archive with all that a batch could get wrong: copies, edits, furniture, a much copied text, bad lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from crawler.flow import Engine
from crawler.intake import Problem, read_jsonl, read_warc
from crawler.model import ArticleId, Lineage, Match, Page, iso
from crawler.ports import Store
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from tests.simulator.pages import unit_of
from tests.simulator.world import a_world

NOW = datetime(2026, 11, 23, tzinfo=UTC)
Json = dict[str, Any]
BAD = ("{not JSON", '{"url": "https://bad.example/1"}', '{"url": "https://bad.example/2", "text": " "}')


def some_rows(seed: int, size: int) -> tuple[Registry, list[Json]]:
    """Return the outlets and the rows of a simulated newsroom of that size, as they would stand in a JSONL file."""
    world = a_world(seed, size)
    return Registry(world.sources), [row_of(unit_of(piece)) for piece in world.pieces]


def row_of(unit: Page | Row) -> Json:
    if isinstance(unit, Page):
        return {"url": unit.url, "fetched_at": iso(unit.fetched_at), "html": unit.body.decode()}
    return {
        "url": unit.url,
        "fetched_at": iso(unit.fetched_at),
        "source": unit.source_name,
        "title": unit.title,
        "text": unit.text,
        "published_at": unit.published.iso() if unit.published else None,
        "byline": unit.byline,
        "canonical_url": unit.canonical_url,
        "links": [{"url": link.url, "text": link.text} for link in unit.links or ()],
    }


def prose(pick: Random, words: int) -> str:
    """Return so many made-up words in sentences of twelve."""
    made = ["".join(pick.choice("abdegiklmnoprstuvz") for _ in range(pick.randint(3, 8))) for _ in range(words)]
    return " ".join(f"{' '.join(made[at : at + 12]).capitalize()}." for at in range(0, words, 12))


def edited(pick: Random) -> Iterator[Json]:
    """Yield pages that were changed: found by their old text and by their new one, and one that came in late."""
    old, new, added = prose(pick, 120), prose(pick, 130), prose(pick, 30)
    url = "https://herald.example/edited"
    yield article(url, old, 1)
    yield article("https://early.example/copy", f"{old} {added}", 2)
    yield article(url, new, 3, title="Now another")
    yield article("https://late.example/copy", f"{new} {added}", 4)
    yield article("https://older.example/copy", old, 5)
    yield article(url, new, 6, title="Now another")  # the same again
    yield article(url, old, 0)  # seen before all others, taken in last


def ringed(pick: Random, registry: Registry) -> Iterator[Json]:
    """Yield three pages each of which seems to be taken from the next: by its dates, its canonical URL, its credit."""
    text = prose(pick, 200)
    outlets = [source for source in registry.sources if source.kind == "outlet"][:3]
    urls = [f"https://{source.domains[0]}/ring" for source in outlets]
    credit = f"Cross-posted from {outlets[1].name}"
    rows = (
        article(urls[0], text, 9),
        {**article(urls[1], text, 12), "canonical_url": urls[0]},
        {**article(urls[2], f"{text}\n\n{credit}", 1), "links": [{"url": urls[1], "text": outlets[1].name}]},
    )
    yield from ({**row, "fetched_at": iso(NOW)} for row in rows)


def furnished(pick: Random, count: int) -> Iterator[Json]:
    """Yield articles of two outlets with the same passage under each, and copies of some of them."""
    passage = prose(pick, 60)
    for number in range(count):
        own = prose(pick, 150)
        home = "courier" if number % 4 else "gazette"
        yield article(f"https://{home}.example/{number}", f"{own}\n\n{passage}", 24 * number)
        if number % 5 == 4:
            yield article(f"https://taker.example/{number}", f"{own}\n\n{passage}", 24 * number + 2)


def copied(pick: Random, count: int, words: int = 90) -> Iterator[Json]:
    """Yield one text of so many outlets, every third with a line of its own."""
    text = prose(pick, words)
    for number in range(count):
        more = f" {prose(pick, 20)}" if number % 3 == 1 else ""
        yield article(f"https://o{number}.example/story", f"{text}{more}", number, title=f"Story {number}")


def article(url: str, text: str, hours: int, title: str | None = None) -> Json:
    at = iso(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hours))
    return {"url": url, "title": title or url[8:], "text": text, "fetched_at": at, "published_at": at}


def everything(size: int = 60, copies: int = 75) -> tuple[Registry, list[str]]:
    """Return the outlets and the lines of the archive."""
    pick = Random(5)
    registry, rows = some_rows(3, size)
    rows += [*edited(pick), *furnished(pick, 24), *copied(pick, copies), *ringed(pick, registry)]
    return registry, [*map(json.dumps, rows), *BAD]


def written(lines: Sequence[str], folder: Path) -> list[Path]:
    """Return *lines* as two files."""
    half = len(lines) // 2
    paths = [folder / "a.jsonl", folder / "b.jsonl"]
    for path, some in zip(paths, (lines[:half], lines[half:]), strict=True):
        path.write_text("".join(f"{line}\n" for line in some), encoding="utf-8")
    return paths


def ingested(paths: Sequence[Path], registry: Registry, url: str = "memory:") -> Store:
    """Return the store of *url* after `ingest` of *paths*."""
    store = open_store(url)
    engine = Engine(store, registry, clock=lambda: NOW, jitter=lambda: 0.0)
    for path in paths:
        with path.open("rb") as file:
            is_warc = path.name.endswith(".warc.gz")
            read = read_warc(file, path.name, str(path)) if is_warc else read_jsonl(file, path.name, NOW)
            units = [unit for unit in read if not isinstance(unit, Problem)]
        for start in range(0, len(units), 50):
            for outcome in engine.ingest_many(units[start : start + 50]):
                if outcome.error is not None:
                    raise outcome.error
    engine.settle()
    return store


def facts(store: Store) -> dict[tuple[ArticleId, ArticleId], Match]:
    """Return all matches, rejected ones too, by their ids."""
    return {(match.left, match.right): match for match in store.matches(rejected=True)}


def judgements(store: Store) -> dict[ArticleId, Lineage]:
    """Return all lineages without when, why and how often they were decided."""
    return {id: replace(held, decided_at=NOW, reason="", revision=1) for id, held in store.lineages()}
