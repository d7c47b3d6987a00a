"""What the store promises on a real server beyond the contract: its indices, its races, what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from crawler import present
from crawler.errors import SchemaTooNew, StoreError
from crawler.ports import Store
from crawler.store import open_store
from crawler.store.elastic import ElasticStore
from tests.builders import (
    NOON,
    a_claim,
    a_feed_state,
    a_fingerprint,
    a_lineage,
    a_match,
    a_pending,
    a_source_ref,
    an_alert,
    an_article,
    an_edge,
    an_id,
    minutes,
)
from tests.elastic.places import ask
from tests.elastic.server import free_port

FOLDER = Path(__file__).parents[2] / "config" / "elasticsearch"


def keep(store: Store, article: Any, *claims: Any) -> Any:
    store.save_article(article, claims, a_fingerprint(article.text))
    return article


def hits(elastic: str, index: str, query: str = "*") -> list[Any]:
    """Return what Kibana would find."""
    body = {"query": {"query_string": {"query": query}}, "size": 100}
    return [hit["_source"] for hit in ask(f"{elastic}-{index}/_search", body)["hits"]["hits"]]


# --- what analysts see


def test_an_article_is_indexed_as_the_interface_shows_it(elastic: str) -> None:
    store = open_store(elastic)
    original = keep(store, an_article("ferry", outlet="southfront", source=a_source_ref("southfront")))
    copy = keep(store, an_article("copy", outlet="island-mail"), a_claim())
    store.save_lineage(copy.id, a_lineage(an_edge(copy.id, original)))
    store.refresh()
    query = 'lineage.origin.source.id:"southfront" AND NOT source.id:"southfront"'
    (found,) = hits(elastic, "articles", query)
    expected = present.article(copy, store.lineage(copy.id), (a_claim(),))
    assert {name: found[name] for name in expected} == json.loads(json.dumps(expected))
    assert set(found) - set(expected) == {"kept"}
    store.close()


def test_matches_and_alerts_are_indexed_with_their_names(elastic: str) -> None:
    store = open_store(elastic)
    one, other = keep(store, an_article("one")), keep(store, an_article("other"))
    store.save_matches([a_match(one.id, other.id)])
    store.queue_alert(an_alert())
    store.refresh()
    (match,) = hits(elastic, "matches", f'left.url:"{min(one, other, key=lambda a: a.id).url}"')
    assert match["passages"][0]["words"] == 8
    (alert,) = hits(elastic, "alerts", "state:pending AND rule:our\\-texts")
    del alert["row"]  # what the store itself reads it from
    assert alert == json.loads(json.dumps(present.alert(an_alert())))
    store.close()


def test_accents_and_case_do_not_matter_to_the_search_and_stay_in_the_text(elastic: str) -> None:
    store = open_store(elastic)
    keep(store, an_article(text="Crème brûlée in Zürich. " * 3))
    store.refresh()
    assert len(hits(elastic, "articles", 'words.text:"creme brulee"')) == 1
    assert hits(elastic, "articles")[0]["text"].startswith("Crème brûlée")
    store.close()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[!r]*.json")), ids=lambda path: path.stem)
def test_mappings_are_strict_durable_and_never_cut_a_text(path: Path) -> None:
    body = json.loads(path.read_text(encoding="utf-8"))
    mappings, index = body["template"]["mappings"], body["template"]["settings"]["index"]
    assert mappings["dynamic"] == "strict"
    assert index["translog"]["durability"] == "request"
    assert body["version"] >= 1

    def fields(held: dict[str, Any]) -> list[dict[str, Any]]:
        below = [*held.get("properties", {}).values(), *held.get("fields", {}).values()]
        return [held, *(found for one in below for found in fields(one))]

    for field in fields(mappings):
        if field.get("type") == "keyword" and field.get("index", True):
            assert field["ignore_above"] <= 8191
        if field.get("type") == "text":
            assert "ignore_above" not in field


# --- what it will not work on


def made(elastic_server: str, **settings: Any) -> str:
    """Return the URL of a store of its own, one setting of its articles changed."""
    url = f"{elastic_server}/t-{uuid4().hex[:8]}"
    store = open_store(url)
    store.status()
    store.close()
    if settings:
        ask(f"{url}-articles/_settings", {"index": settings}, method="PUT")
    return url


def test_an_index_that_could_lose_what_it_acknowledged_is_refused(elastic_server: str) -> None:
    url = made(elastic_server, **{"translog.durability": "async"})
    with pytest.raises(StoreError, match="durability"):
        open_store(url).status()


def test_an_index_of_a_later_copytrail_is_refused(elastic_server: str) -> None:
    url = made(elastic_server)
    ask(f"{url}-matches/_mapping", {"_meta": {"schema": 99}}, method="PUT")
    with pytest.raises(SchemaTooNew, match="upgrade"):
        open_store(url).status()


def test_a_read_only_index_is_said_to_be_one(elastic_server: str) -> None:
    url = made(elastic_server, **{"blocks.read_only_allow_delete": True})
    with pytest.raises(StoreError, match="read-only: make room"):
        keep(open_store(url), an_article())


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    store = open_store(f"http://ida:s3cret@127.0.0.1:{free_port()}")
    with pytest.raises(StoreError, match="cannot be reached") as problem:
        store.status()
    assert "s3cret" not in str(problem.value)


def test_an_index_that_vanishes_is_not_made_anew_without_its_mapping(elastic_server: str) -> None:
    url = made(elastic_server)
    store = open_store(url)
    keep(store, an_article())
    ask(f"{url}-articles-v1", method="DELETE")
    with pytest.raises(StoreError, match="store init"):
        keep(store, an_article("other"))
    keep(open_store(url), an_article("other"))


# --- what is refused for good


def test_one_bad_document_is_put_aside_with_its_reason_and_the_rest_is_saved(elastic: str) -> None:
    store = open_store(elastic)
    bad = an_article("bad", word_count=2**70)
    with store.writing():
        for n in range(50):
            keep(store, an_article(f"n{n}"))
        keep(store, bad)
    status = store.status()
    assert (status.articles, status.refused) == (50, 1)
    assert bad.id in status.refusals[0]
    assert "word_count" in status.refusals[0]
    assert store.article(bad.id) is None
    store.close()


# --- writers that meet


def test_a_writer_that_was_too_late_writes_on_what_the_other_wrote(elastic: str) -> None:
    one, other = open_store(elastic), open_store(elastic)
    article = keep(one, an_article())
    one.save_lineage(article.id, a_lineage())
    with one.writing():
        one.save_lineage(article.id, a_lineage(an_edge(article.id, an_article("p"))))
        newer = replace(article, byline="By another", last_seen_at=NOON + minutes(90))
        keep(other, newer)
    held = one.lineage(article.id)
    assert held is not None
    assert [edge.parent.id for edge in held.parents] == [an_id("p")]
    assert one.article(article.id) == newer
    for store in (one, other):
        store.close()


def test_two_judgements_at_once_both_count_and_are_judged_again(elastic: str) -> None:
    one, other = open_store(elastic), open_store(elastic)
    article = keep(one, an_article())
    one.save_lineage(article.id, a_lineage())
    one.settled(article.id)
    with one.writing():
        one.save_lineage(article.id, a_lineage(an_edge(article.id, an_article("p"))))
        other.save_lineage(article.id, a_lineage(an_edge(article.id, an_article("q"))))
    held = one.lineage(article.id)
    assert held is not None
    assert held.revision == 3
    one.refresh()
    assert one.left(10) == (article.id,)
    for store in (one, other):
        store.close()


def test_an_entry_settled_by_another_stays_settled(elastic: str) -> None:
    one, other = open_store(elastic), open_store(elastic)
    one.save_poll(a_feed_state(), [a_pending("p")])
    with one.writing():
        one.settle_entry("p", "again")
        other.settle_entry("p", "done")
    one.refresh()
    assert one.pending(["harbour-post"], 10) == ()
    for store in (one, other):
        store.close()


def test_what_is_saved_is_noted_until_it_is_settled(elastic: str) -> None:
    store = open_store(elastic)
    article = keep(store, an_article())
    assert store.left(10) == (article.id,)
    keep(store, replace(article, last_seen_at=NOON + minutes(99)))
    store.settled(article.id)
    assert store.left(10) == ()
    keep(store, replace(article, text="another", content_hash="new"))
    assert store.left(10) == (article.id,)
    store.close()


def test_a_note_whose_text_is_still_on_its_way_is_not_settled(elastic: str) -> None:
    """What a writer that is killed, or slow, between its promise and its facts leaves behind."""
    store = open_store(elastic)
    article = keep(store, an_article())
    store.refresh()
    ask(f"{elastic}-state/_update/left:{article.id}?refresh=true", {"doc": {"digest": "of a text to come"}})
    assert store.left(10) == ()
    store.settled(article.id)
    ask(f"{elastic}-state/_update/left:{article.id}?refresh=true", {"doc": {"at": 0}})
    assert store.left(10) == (article.id,)
    store.close()


# --- what is visible, and when


def test_this_process_finds_at_once_what_it_has_saved(elastic: str) -> None:
    store = open_store(elastic)
    article = keep(store, an_article(), a_claim())
    assert store.candidates(a_fingerprint(article.text), 10) == (article.id,)
    assert store.same_text(a_fingerprint(article.text).digest) == (article.id,)
    assert store.claiming(an_id("ferry")) == (article.id,)
    store.close()


def test_another_process_finds_it_after_a_refresh(elastic: str) -> None:
    one, other = open_store(elastic), open_store(elastic)
    article = keep(one, an_article())
    assert other.article(article.id) == article
    assert other.refresh() is True
    assert other.candidates(a_fingerprint(article.text), 10) == (article.id,)
    for store in (one, other):
        store.close()


def test_visible_and_fresh_candidates_are_ranked_together(elastic: str) -> None:
    store = open_store(elastic)

    def kept(name: str, *hashes: int) -> Any:
        article = an_article(name)
        store.save_article(article, (), a_fingerprint(article.text, scheme="test/1", hashes=hashes))
        return article.id

    third, first = kept("a", 1, 2), kept("b", 1, 2, 3, 4)
    store.refresh()
    second = kept("c", 1, 2, 3)
    asked = a_fingerprint(scheme="test/1", hashes=(1, 2, 3, 4))
    assert store.candidates(asked, 10) == (first, second, third)
    store.refresh()
    assert store.candidates(asked, 10) == (first, second, third)
    store.close()


def test_a_text_of_very_many_hashes_can_be_looked_up(elastic: str) -> None:
    store = open_store(elastic)
    hashes = tuple(range(0, 90_000, 9))
    article = an_article()
    store.save_article(article, (), a_fingerprint(article.text, scheme="test/1", hashes=hashes))
    store.refresh()
    assert store.candidates(a_fingerprint(scheme="test/1", hashes=hashes), 10) == (article.id,)
    store.close()


def test_the_url_shown_has_no_password() -> None:
    assert ElasticStore("https://ida:s3cret@h.example").url == "https://h.example:9200"
