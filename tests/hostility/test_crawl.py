"""A crawl of a web in which every site misbehaves in its own way: each is told as what it is, and harms nobody else."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from crawler.ports import Query
from tests.hostility.crawl import crawl, fits
from tests.hostility.endpoints import ALL


def test_each_endpoint_of_a_hostile_web_is_told_as_what_it_is(tmp_path: Path) -> None:
    done = crawl(ALL, tmp_path)
    assert done.code == 0, done.log
    wrong = {one.name: (one.outcome, done.outcomes[one.name]) for one in ALL if not fits(one, done.outcomes[one.name])}
    assert wrong == {}
    assert {host for host, _ in done.seen["dialled"]} == {"127.0.0.1"}
    found = done.engine.store.search(Query(limit=1_000))
    stored = " ".join(f"{article.title} {article.text}" for article, _ in found)
    assert {unicodedata.name(c, repr(c)) for c in stored if unicodedata.category(c) in ("Cc", "Cs")} <= {repr("\n")}


def test_the_hostile_web_is_as_large_as_is_said() -> None:
    assert len({one.name for one in ALL}) == len(ALL) >= 160
