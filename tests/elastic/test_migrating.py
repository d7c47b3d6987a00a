"""A new mapping is a new index, filled while others write and switched to in one step."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from itertools import islice
from pathlib import Path
from uuid import uuid4

import pytest

from crawler.errors import SchemaTooNew, StoreError
from crawler.ports import Store
from crawler.store import open_store
from crawler.store.elastic import ElasticStore
from crawler.store.elastic.indices import INDICES, ours, schema_of
from tests.builders import a_fingerprint, a_lineage, an_article, an_id
from tests.elastic.later import later
from tests.elastic.places import ask
from tests.everything import answers, differences, fill

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(elastic_server: str) -> str:
    return f"{elastic_server}/t-{uuid4().hex[:8]}"


def full(url: str) -> Store:
    store = open_store(url)
    fill(store, 6)
    return store


def behind(url: str, index: str) -> list[str]:
    """Return the names of the indices behind an alias."""
    return list(ask(f"{url}-{index}"))


def prefix(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_templates_version_goes_up_with_its_schema_at_least() -> None:
    for body in ours().values():
        assert body["version"] >= schema_of(body) >= 1


def test_a_store_of_an_earlier_release_is_not_worked_on_until_it_is_migrated(url: str) -> None:
    full(url).close()
    store = ElasticStore(url, templates=later("alerts"))
    with pytest.raises(StoreError, match=r"written by an earlier copytrail: .*`copytrail store migrate`"):
        store.status()
    assert len(store.migrate()) == 1
    assert store.status().articles == 6
    with pytest.raises(SchemaTooNew, match="upgrade"):
        open_store(url).status()
    store.close()


def test_a_migrated_store_answers_as_before_by_the_new_mapping(url: str) -> None:
    old = full(url)
    before = answers(old, ranked=False)
    old.close()
    store = ElasticStore(url, templates=later())
    store.migrate()
    after = answers(store, ranked=False)
    assert len(after["status"].pop("old")) == len(INDICES)
    assert before["status"].pop("old") == ()
    assert differences(after, before) == {}
    found = ask(f"{url}-articles/_search", {"query": {"term": {"title.words": "ferry"}}, "size": 0})
    assert found["hits"]["total"]["value"] == 4
    settings = ask(f"{url}-articles")[f"{prefix(url)}-articles-v2"]["settings"]["index"]
    assert settings["refresh_interval"] == "1s"
    store.close()


def test_only_what_has_a_new_mapping_is_moved_and_once_is_enough(url: str) -> None:
    full(url).close()
    store = ElasticStore(url, templates=later("alerts"))
    (line,) = store.migrate()
    name = f"{prefix(url)}-alerts"
    assert line == f"{name}: {name}-v1 -> {name}-v2, 3 documents"
    assert behind(url, "alerts") == [f"{name}-v2"]
    assert behind(url, "matches") == [f"{prefix(url)}-matches-v1"]
    assert store.migrate() == []
    store.close()


def test_the_old_index_is_kept_until_it_is_dropped(url: str) -> None:
    full(url).close()
    store = ElasticStore(url, templates=later("alerts"))
    store.migrate()
    old = f"{prefix(url)}-alerts-v1"
    assert store.status().old == (old,)
    assert ask(f"{url.rpartition('/')[0]}/{old}/_count")["count"] == 3
    assert store.drop_old() == (old,)
    assert store.status().old == ()
    assert len(store.alerts(10)) == 3
    store.close()


def test_what_is_written_during_a_migration_is_in_the_new_index(url: str) -> None:
    full(url).close()
    writer, stop = open_store(url), threading.Event()
    written: list[str] = []
    refused: list[str] = []

    def write() -> None:
        number = 1
        while not stop.is_set():
            article = an_article(f"meanwhile-{number}", text=f"meanwhile {number}")
            try:
                with writer.writing():
                    writer.save_article(article, (), a_fingerprint(article.text))
                    writer.save_lineage(article.id, a_lineage())
                    if number > 1:
                        writer.settled(an_id(f"meanwhile-{number - 1}"))
            except StoreError as error:
                refused.append(str(error))
                time.sleep(0.05)
            else:
                written.append(article.id)
                number += 1  # what was held back is saved again, as a spool does

    thread = threading.Thread(target=write)
    thread.start()
    store = ElasticStore(url, templates=later("articles", "state"))
    while len(written) < 3:
        time.sleep(0.05)
    store.migrate()
    before = len(written)
    while len(written) < before + 2 and thread.is_alive() and len(refused) < 200:
        time.sleep(0.05)
    stop.set()
    thread.join()
    store.refresh()
    assert before >= 3
    assert len(written) >= before + 2, refused[-1:]
    assert all("held back by `copytrail store migrate`" in line for line in refused), refused
    assert set(written) <= set(store.article_ids())
    assert all(store.lineage(an_id(id)) is None or store.article(an_id(id)) for id in written)
    assert len(list(store.article_ids())) == 6 + len(set(written))
    store.close()
    writer.close()


def test_what_is_deleted_during_a_migration_stays_deleted(url: str) -> None:
    source = full(url)
    left = source.left(100)
    gone: list[str] = []

    def delete_one(done: int, of: int) -> None:
        if done == of and not gone:  # all has been copied
            gone.append(left[0])
            source.settled(left[0])

    store = ElasticStore(url, templates=later("articles", "state"))
    store.migrate(delete_one)
    assert store.left(100) == left[1:]
    store.close()


def test_a_migration_that_the_new_mapping_cannot_hold_changes_nothing(url: str) -> None:
    store = full(url)
    before = answers(store, ranked=False)
    narrow = later("alerts")
    del narrow["alerts"]["template"]["mappings"]["properties"]["body"]
    with pytest.raises(StoreError, match=r"refuses document .*body.* nothing was switched"):
        ElasticStore(url, templates=narrow).migrate()
    assert differences(answers(store, ranked=False), before) == {}
    store.queue_alert(store.alerts(1)[0])
    store.close()


def test_a_migration_killed_again_and_again_is_whole_in_the_end(url: str) -> None:
    old = full(url)
    before = answers(old, ranked=False)
    old.close()
    chance = random.Random(12)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    for _ in range(4):
        command = [sys.executable, "-m", "tests.elastic.mover", url]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            list(islice(process.stdout, chance.randrange(5)))
            time.sleep(chance.random() * 0.4)
            process.kill()
            process.communicate()
    store = ElasticStore(url, templates=later("articles", "alerts", "state"))
    store.migrate()
    after = answers(store, ranked=False)
    for held in (before, after):
        del held["status"]["old"]
    assert differences(after, before) == {}
    store.close()


def test_two_migrations_at_once_lose_nothing(url: str) -> None:
    old = full(url)
    before = answers(old, ranked=False)
    old.close()
    stores = [ElasticStore(url, templates=later("articles", "state")) for _ in range(2)]
    problems: list[StoreError] = []

    def work(store: Store) -> None:
        try:
            store.migrate()
        except StoreError as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=[store]) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stores[0].migrate()
    after = answers(stores[0], ranked=False)
    for held in (before, after):
        del held["status"]["old"]
    assert differences(after, before) == {}
    for store in stores:
        store.close()


# --- what a full cluster adds


def test_languages_that_the_server_cannot_analyse_are_skipped_in_one_line(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "crawler.store.elastic.indices"):
        open_store(url).init()
    (line,) = [record.getMessage() for record in caplog.records if "analyzers" in record.getMessage()]
    assert "no analyzers for ar, de, en, es, fr, it, pt, ru: skipped" in line
    fields = ask(f"{url}-articles")[f"{prefix(url)}-articles-v1"]["mappings"]["properties"]
    assert set(fields["title"]["fields"]) == {"keyword"}


def test_languages_that_the_server_can_analyse_have_fields_of_their_own(url: str) -> None:
    templates = later("alerts")
    templates["articles"]["languages"]["analyzers"] = {"en": "stop", "de": "german"}
    store = ElasticStore(url, templates=templates)
    store.init()
    article = an_article(title="The ferry and the harbour")
    store.save_article(article, (), a_fingerprint(article.text))
    store.refresh()

    def found(field: str, word: str) -> int:
        query = {"query": {"term": {field: word}}, "size": 0}
        return int(ask(f"{url}-articles/_search", query)["hits"]["total"]["value"])

    assert (found("title.en", "ferry"), found("title.en", "the"), found("title", "the")) == (1, 0, 1)
    fields = ask(f"{url}-articles")[f"{prefix(url)}-articles-v1"]["mappings"]["properties"]
    assert set(fields["title"]["fields"]) == {"keyword", "en"}
    assert set(fields["summary"]["fields"]) == {"en"}
    store.close()
