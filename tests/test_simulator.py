"""The lineage of simulated newsrooms: near the truth, without cycles, the same in any order of arrival."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.model import ArticleId, Lineage
from tests.builders import NOON
from tests.simulator.runs import Run, filled, lineages, run
from tests.simulator.scores import calibration_error, score
from tests.simulator.world import Piece, World, a_world

SEEDS = (201, 202)


@pytest.fixture(scope="module")
def runs() -> tuple[Run, ...]:
    return tuple(run(seed, 250) for seed in SEEDS)


def test_parents_and_origins_are_mostly_right_where_page_or_clock_tells(runs: tuple[Run, ...]) -> None:
    for one in runs:
        assert one.ours.parent_rate >= 0.93
        assert one.ours.told_right / one.ours.told_copies >= 0.95
        assert one.ours.origin_rate >= 0.95


def test_hardly_an_original_is_called_a_copy(runs: tuple[Run, ...]) -> None:
    originals = sum(one.ours.articles - one.ours.copies for one in runs)
    assert sum(one.ours.false_edges for one in runs) <= 0.02 * originals


def test_both_simple_rules_are_worse(runs: tuple[Run, ...]) -> None:
    for one in runs:
        assert one.ours.copies_right > 1.3 * max(one.earliest_date.copies_right, one.first_seen.copies_right)


def test_stated_confidence_is_near_the_truth(runs: tuple[Run, ...]) -> None:
    assert calibration_error([pair for one in runs for pair in one.ours.stated]) <= 0.06


def test_there_is_no_cycle(runs: tuple[Run, ...]) -> None:
    assert sum(one.ours.cycles for one in runs) == 0


@settings(max_examples=12, deadline=None)
@given(st.integers(1000, 100_000), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_graph_without_a_cycle(seed: int, dice: random.Random) -> None:
    world = a_world(seed, 24)
    once = graph(world, world.pieces)
    shuffled = list(world.pieces)
    dice.shuffle(shuffled)
    assert graph(world, shuffled) == once
    assert score(world, once).cycles == 0


def graph(world: World, pieces: tuple[Piece, ...] | list[Piece]) -> dict[ArticleId, Lineage]:
    """Return all lineages after *pieces* have come in that order, without what only says when and how often."""
    held = lineages(filled(world, pieces))
    return {id: replace(one, revision=1, decided_at=NOON, reason="") for id, one in held.items()}


def test_a_seed_gives_one_world() -> None:
    one, again = a_world(7, 60), a_world(7, 60)
    assert one.sources == again.sources
    assert [(p.url, p.body, p.published, p.seen) for p in one.pieces] == [
        (p.url, p.body, p.published, p.seen) for p in again.pieces
    ]


def test_nothing_is_taken_from_what_came_later_or_seen_before_it_was_there() -> None:
    for piece in a_world(8, 300).pieces:
        assert all(parent.at < piece.at for parent in piece.parents)
        assert piece.seen > piece.at
        assert piece.absent is None or piece.absent < piece.at + piece.outlet.lag
