"""A store whose indices have several shards finds the same as one whose indices have one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from crawler.errors import InputError
from crawler.ports import Store
from crawler.store import open_store
from crawler.store.elastic import ElasticStore
from crawler.store.elastic.address import read_address
from crawler.store.elastic.indices import INDICES
from tests.batch.world import facts, judgements
from tests.elastic.later import later
from tests.elastic.places import ask
from tests.everything import fill
from tests.simulator.runs import filled
from tests.simulator.world import a_world


@pytest.fixture
def url(elastic_server: str) -> str:
    return f"{elastic_server}/t-{uuid4().hex[:8]}"


def newsroom_in(url: str) -> Store:
    world = a_world(5, 60)
    store = filled(world, world.pieces, url)
    store.refresh()
    return store


def shards_of(url: str, index: str) -> list[str]:
    return [one["settings"]["index"]["number_of_shards"] for one in ask(f"{url}-{index}").values()]


def test_matches_lineages_and_candidates_are_those_of_one_shard(url: str) -> None:
    one, many = newsroom_in(f"{url}a"), newsroom_in(f"{url}b?shards=4")
    assert [shards_of(f"{url}b", index) for index in INDICES] == [["4"]] * len(INDICES)
    assert facts(many) == facts(one) != {}
    assert judgements(many) == judgements(one)
    for id in one.article_ids():
        fp = one.fingerprint(id)
        assert fp is not None
        assert many.candidates(fp, 20) == one.candidates(fp, 20)
    one.close()
    many.close()


def test_a_migration_keeps_their_number_or_brings_it_to_what_the_url_says(url: str) -> None:
    store = open_store(f"{url}?shards=3")
    fill(store, 6)
    store.close()
    ElasticStore(url, templates=later("alerts")).migrate()
    assert shards_of(url, "alerts") == ["3"]
    other = ElasticStore(f"{url}?shards=2", templates=later("alerts", "matches"))
    other.migrate()
    assert [shards_of(url, index) for index in ("alerts", "matches")] == [["3"], ["2"]]
    assert other.status().articles == 6
    other.close()


@pytest.mark.parametrize("number", ["0", "1025", "-1", "two"])
def test_what_is_no_number_of_shards_is_refused(number: str) -> None:
    with pytest.raises(InputError, match="a number from 1 to 1024"):
        read_address(f"http://127.0.0.1:9200?shards={number}")
