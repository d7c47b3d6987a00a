"""A store moved to a real Elasticsearch and back is the store it was."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from crawler.flow import Engine
from crawler.ports import Store
from crawler.registry import Registry
from crawler.store import open_store
from crawler.store.copying import copy, unfinished
from tests.builders import NOON, a_fingerprint, an_article
from tests.contract.reporter import a_copy
from tests.elastic.places import ask, emptied
from tests.end_to_end.shell import a_house, copytrail, inside
from tests.everything import answers, differences, fill
from tests.store.killing import killed_copy


@pytest.fixture
def full(tmp_path: Path) -> Store:
    store = open_store(f"sqlite:///{tmp_path}/full.db")
    fill(store)
    return store


def test_there_and_back_again_answers_alike(full: Store, elastic: str, tmp_path: Path) -> None:
    there, back = open_store(elastic), open_store(f"sqlite:///{tmp_path}/back.db")
    assert all(kind.is_whole for kind in copy(full, there, origin="a"))
    assert differences(answers(there, ranked=False), answers(full, ranked=False)) == {}
    assert all(kind.is_whole for kind in copy(there, back, origin="b"))
    assert differences(answers(back), answers(full)) == {}
    there.close()


def test_what_is_exported_traced_and_found_is_the_same_on_both_sides(elastic: str, tmp_path: Path) -> None:
    house = a_house(tmp_path)
    source = open_store(f"sqlite:///{house}/copytrail.db")
    engine = Engine(source, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)
    for number in range(8):
        engine.ingest_row(a_copy(number))
    traced = next(source.article_ids())
    moves = [(f"sqlite:///{house}/copytrail.db", elastic), (elastic, f"sqlite:///{house}/back.db")]
    asked: list[list[str]] = [
        ["export", "articles"],
        ["export", "matches"],
        ["export", "lineage"],
        ["export", "lineage", "--format", "csv"],
        ["trace", traced, "--json"],
        ["search", "--role", "derived", "--json"],
        ["alerts", "list", "--json"],
    ]
    before = [inside(*words, folder=house) for words in asked]
    assert before[0].out.count("\n") == 8
    assert before[2].out.count("\n") == 7
    for source_url, target_url in moves:
        done = copytrail("store", "copy", source_url, target_url, "--json", folder=house)
        assert done.code == 0, done.err
        assert done.json()["whole"] is True
        assert [inside("--store", target_url, *words, folder=house) for words in asked] == before


def test_a_copy_to_a_cluster_killed_again_and_again_is_whole_in_the_end(
    full: Store, elastic: str, tmp_path: Path
) -> None:
    chance = random.Random(8)
    for _ in range(4):
        killed_copy(full.url, elastic, chance)
    there, back = open_store(elastic), open_store(f"sqlite:///{tmp_path}/back.db")
    if unfinished(there) is not None:
        assert all(kind.is_whole for kind in copy(full, there, origin=full.url))
    copy(there, back, origin="b")
    assert differences(answers(back), answers(full)) == {}
    there.close()


def test_candidates_of_a_copy_rank_as_before(elastic_server: str) -> None:
    source, target = (open_store(f"{elastic_server}/t-{uuid4().hex[:8]}") for _ in range(2))
    for number in range(90):  # more of a kind than are looked at
        article = an_article(f"n{number:02}")
        source.save_article(article, (), a_fingerprint(article.text, hashes=(1, 2, 3 + number % 7)))
    copy(source, target, origin="a")
    for number in range(7):
        asked = a_fingerprint("asked", hashes=(1, 2, 3 + number))
        assert target.candidates(asked, 30) == source.candidates(asked, 30)
    source.close()
    target.close()


def test_an_article_that_lost_its_fingerprint_to_a_killed_writer_is_copied_too(full: Store, elastic: str) -> None:
    there = open_store(elastic)
    copy(full, there, origin="a")
    server, _, prefix = elastic.rpartition("/")
    lost = next(full.article_ids())
    ask(f"{server}/{prefix}-fingerprints/_doc/{lost}?refresh=true", method="DELETE")
    memory = open_store("memory:")
    copy(there, memory, origin="b")
    assert memory.article(lost) == full.article(lost)
    assert memory.fingerprint(lost) is None
    there.close()


def test_a_row_that_the_cluster_refuses_is_named_and_nothing_else_is_lost(elastic: str, tmp_path: Path) -> None:
    source, there = open_store(f"sqlite:///{tmp_path}/odd.db"), open_store(elastic)
    odd, even = an_article("odd", word_count=2**40), an_article("even")
    for article in (odd, even):
        source.save_article(article, (), a_fingerprint(article.text))
    done: dict[str, Any] = {kind.kind: kind for kind in copy(source, there, origin="a")}
    assert done["articles"].lacking == ((odd.id,),)
    assert not done["articles"].is_whole
    assert there.article(even.id) == even
    assert odd.id in there.status().refusals[0]
    assert unfinished(there) == "a"
    there.close()
    emptied(*elastic.rsplit("/", 1))
