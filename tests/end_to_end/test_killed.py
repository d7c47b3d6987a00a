"""Whenever the daemon or its crawl is killed, what it leaves in the end is what it leaves undisturbed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import kills


@pytest.mark.parametrize("seed", [57])
def test_a_daemon_killed_again_and_again_leaves_what_it_leaves_undisturbed(tmp_path: Path, seed: int) -> None:
    calm, rough = (
        kills.run(tmp_path / name, kills=number, seed=seed, outlets=5, pieces=3)
        for name, number in (("calm", 0), ("rough", 3))
    )
    assert len(calm.articles) == 5 * (kills.STANDING + 3)
    assert calm.edges
    assert calm.told
    assert rough.faults(calm) == []
