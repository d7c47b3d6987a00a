"""Readers keep their word on the seeds, on what fuzzing found, and on these under a few hundred changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

SEEDS = Path(__file__).parents[1] / "corpus" / "fuzz"
ALL = [(name, path.name) for name in TARGETS for path in sorted((SEEDS / name).iterdir())]
SOME = {"html": 10, "settings": 10, "feed": 30, "sitemap": 20}  # the others: 50


@pytest.mark.parametrize(("target", "seed"), ALL)
def test_a_reader_keeps_its_word_on_each_seed(target: str, seed: str) -> None:
    TARGETS[target]((SEEDS / target / seed).read_bytes())


@pytest.mark.parametrize("target", TARGETS)
def test_a_reader_keeps_its_word_on_what_becomes_of_the_seeds(target: str) -> None:
    read = TARGETS[target]
    seeds = [path.read_bytes() for path in sorted((SEEDS / target).iterdir())]

    @settings(max_examples=SOME.get(target, 50), deadline=None, suppress_health_check=list(HealthCheck))
    @given(changed(seeds))
    def keeps_its_word(data: bytes) -> None:
        read(data)

    keeps_its_word()


def changed(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """Return seeds with a stretch cut out, doubled, taken from another or replaced by noise."""

    @st.composite
    def one(draw: st.DrawFn) -> bytes:
        seed, other = draw(st.sampled_from(seeds)), draw(st.sampled_from(seeds))
        for _ in range(draw(st.integers(1, 3))):
            start, end = sorted(draw(st.tuples(*[st.integers(0, len(seed))] * 2)))
            first, last = sorted(draw(st.tuples(*[st.integers(0, len(other))] * 2)))
            put = draw(st.sampled_from([b"", seed[start:end] * 2, other[first:last], draw(st.binary(max_size=12))]))
            seed = seed[:start] + put + seed[end:]
        return seed

    return one()
