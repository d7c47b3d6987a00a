"""Runs a world through the engine and scores what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.flow import Engine
from crawler.model import ArticleId, Lineage
from crawler.ports import Store
from crawler.registry import Registry
from crawler.store import open_store
from tests.simulator.pages import unit_of
from tests.simulator.scores import Score, baseline, by_date, by_first_sight, score
from tests.simulator.world import Piece, World, a_world

TOGETHER = 50  # pages in one transaction


@dataclass(frozen=True, slots=True)
class Run:
    """The scores of one world: ours and those of the two simple rules beside it."""

    seed: int
    ours: Score
    earliest_date: Score
    first_seen: Score


def run(seed: int, size: int) -> Run:
    """Return the scores of the world of *seed*, its articles taken in as they are seen."""
    world = a_world(seed, size)
    store = filled(world, world.pieces)
    dossiers = store.dossiers(list(store.article_ids()))
    return Run(
        seed=seed,
        ours=score(world, lineages(store)),
        earliest_date=baseline(world, dossiers, by_date),
        first_seen=baseline(world, dossiers, by_first_sight),
    )


def filled(world: World, pieces: Sequence[Piece], url: str = "memory:") -> Store:
    """Return the store of *url*, which is empty so far, after it has taken in *pieces*, in that order."""
    store = open_store(url)
    last = max(piece.seen for piece in pieces)
    engine = Engine(store, Registry(world.sources), clock=lambda: last, jitter=lambda: 0.0)
    for start in range(0, len(pieces), TOGETHER):
        for met in engine.ingest_many([unit_of(piece) for piece in pieces[start : start + TOGETHER]]):
            if met.problem is not None or met.error is not None:
                raise AssertionError(f"{met.url}: {met.problem or met.error}")
    engine.settle()
    return store


def lineages(store: Store) -> Mapping[ArticleId, Lineage]:
    out = {}
    for id in store.article_ids():
        held = store.lineage(id)
        assert held is not None
        out[id] = held
    return out
