"""A store with something of everything in it, and all that a store can be asked."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from crawler.model import ArticleId, Stop, Version
from crawler.ports import Query, Store
from crawler.shelves import Refused
from tests.builders import (
    NOON,
    a_claim,
    a_feed_state,
    a_fingerprint,
    a_gap,
    a_lineage,
    a_match,
    a_pending,
    a_review,
    a_source_ref,
    a_variation,
    an_alert,
    an_article,
    an_edge,
    an_external,
    an_id,
    minutes,
    some_text,
)

# What asks, and what only prepares or tends: it leaves nothing behind that could be lost.
READS = {
    "alert",
    "alerts",
    "article",
    "article_ids",
    "articles",
    "candidates",
    "check",
    "checkup",
    "children",
    "claiming",
    "clean_up",
    "close",
    "delivering",  # who is at it, likewise
    "descendants",
    "dossiers",
    "drop_old",
    "due_alerts",
    "earlier_fingerprints",
    "edges",
    "external",
    "feed_state",
    "feed_states",
    "fingerprint",
    "fingerprints",
    "gaps",
    "guarded",
    "history",
    "init",
    "left",
    "lineage",
    "lineages",
    "mark",
    "marker",
    "matched",
    "matches",
    "migrate",
    "outdated",
    "pending",
    "put_marker",  # of work under way on this very store
    "read_ahead",
    "refresh",
    "relations",
    "republishers",
    "reviews",
    "revisits",
    "same_text",
    "search",
    "seeding",
    "settled",
    "settled_entries",
    "settling",  # who is at it, for as long as it is
    "shelves",
    "snapshot",
    "status",
    "stopped",
    "versions",
    "writing",
}
COPIES = 12


def fill(store: Store, names: int = COPIES) -> None:
    """Keep something of every kind in *store*, by every method that keeps anything."""
    story = some_text(120, seed=5)
    for number in range(names):
        article = an_article(
            f"copy-{number}",
            outlet=f"outlet-{number % 3}",
            text=a_variation(story, changes=number % 5, seed=number),
            published=None if number % 4 == 3 else an_article().published,
            title=None if number == 2 else f"The ferry {number} «ещё раз» \x00",
        )
        claims = [a_claim(quote=f"«{number}»"), a_claim(kind="byline", url=None)][: number % 3]
        store.save_article(article, claims, a_fingerprint(article.text))
        if number:
            first = an_article("copy-0", outlet="outlet-0")
            if number % 2:
                store.save_matches([a_match(article.id, first.id, similarity=number / 7)])
            else:
                store.save_matches([a_match(article.id, first.id, kind="unrelated", reason="series")])
            rival = an_edge(article.id, an_external())
            store.save_lineage(article.id, a_lineage(an_edge(article.id, first), rivals=[rival] if number == 3 else ()))
        else:
            store.save_lineage(article.id, a_lineage(role="original", copies=names - 1))
    edited = an_article("copy-1", outlet="outlet-1", text=some_text(90, seed=9), content_hash="edited", version=2)
    store.save_article(edited, [a_claim(kind="wire")], a_fingerprint(edited.text))
    late = Version(number=None, content_hash="late", title=None, text=some_text(80, seed=11), last_seen_at=NOON)
    store.save_version(edited.id, late, a_fingerprint(late.text))
    twice = an_article("copy-2", outlet="outlet-2", text=some_text(90, seed=12), content_hash="twice", version=2)
    store.save_article(twice, (), a_fingerprint(twice.text))
    anew = {hash: replace(old, digest="anew") for hash, old in store.earlier_fingerprints(twice.id).items()}
    store.save_fingerprints(twice.id, a_fingerprint(twice.text, digest="of-twice"), anew)
    store.save_lineage(edited.id, a_lineage(an_edge(edited.id, an_external()), reason="it was edited"))
    store.save_lineage(edited.id, a_lineage())
    store.save_lineage(an_id("not-there"), a_lineage(an_edge(an_id("not-there"), an_external("x-other"))))
    store.save_review(a_review(edited.id))
    store.save_review(a_review(edited.id, ruling="no-parent", at=NOON + minutes(3), undone_at=NOON + minutes(4)))
    store.stop([Stop(scheme="test/1", hash=5, source="harbour-post", articles=8, learnt_at=NOON)])
    store.leave([edited.id, an_id("nobody")])
    store.leave([an_id("of-a-first-round")], seeding=True)
    store.save_poll(a_feed_state(), [a_pending(key) for key in ("p", "q", "r", "s")])
    store.save_poll(a_feed_state("https://meridian.example/feed", source_id="meridian", failures=3, problem="late"), [])
    store.save_poll(a_feed_state(gap=a_gap()), [])
    store.save_poll(a_feed_state(gap=a_gap(since=NOON - minutes(90), until=NOON, caught_up=True)), [])
    store.save_poll(a_feed_state(), [])
    store.settle_entry("p", "again", "no answer", not_before=NOON + minutes(60))
    store.settle_entry("q", "done")
    store.settle_entry("r", "failed", "gone")
    store.save_revisit(a_pending("again", revisit=True, etag='"1"', not_before=NOON + minutes(15)))
    store.queue_alert(an_alert())
    store.queue_alert(an_alert("second", created_at=NOON + minutes(1), not_before=NOON + minutes(9)))
    store.save_alert(an_alert("third", state="dead", tries=7, error="no such host"))
    with store.writing():
        store.shelves["refused"].put(
            [Refused(where="articles", id="bad", reason="too much", at=NOON, document='{"id": "bad"}')]
        )
    store.refresh()


def answers(store: Store, *, ranked: bool = True) -> dict[str, Any]:
    """Return all that *store* says of what it holds, but for where and how large it is.

    Stores of two kinds weigh rarity a little differently: without *ranked*, candidates are in the order of their ids.
    """
    rank = tuple if ranked else sorted
    store.refresh()
    ids = [*store.article_ids(), an_id("not-there"), an_id("nobody"), ArticleId("x-other"), an_external().id]
    prints = [print for id in ids if (print := store.fingerprint(id)) is not None]
    status = asdict(store.status())
    for name in ("url", "schema", "bytes"):
        del status[name]
    return {
        "articles": {id: store.article(id) for id in ids},
        "dossiers": dict(store.dossiers(ids)),
        "lineages": list(store.lineages()),
        "histories": {id: tuple(store.history(id)) for id in ids},
        "matches": list(store.matches()),
        "rejected": [*store.matches(rejected=True), *store.guarded(Query(limit=100))],
        "edges": list(store.edges()),
        "relations": list(store.relations()),
        "reviews": list(store.reviews()),
        "fingerprints": prints,
        "earlier": {id: dict(store.earlier_fingerprints(id)) for id in ids},
        "versions": {id: tuple(store.versions(id)) for id in ids},
        "candidates": [rank(store.candidates(print, 64)) for print in prints],
        "few candidates": [tuple(store.candidates(print, 3)) for print in prints] if ranked else [],
        "same text": [tuple(store.same_text(print.digest)) for print in prints],
        "republishers": {id: list(store.republishers(id).items()) for id in ids},
        "children": {id: tuple(store.children(id)) for id in ids},
        "claiming": {id: tuple(store.claiming(id)) for id in [*ids, an_id("ferry")]},
        "descendants": {id: store.descendants(id) for id in ids},
        "externals": {id: store.external(id) for id in ids},
        "left": tuple(store.left(1000)),
        "found": [
            tuple(store.search(query))
            for query in (
                Query(limit=100),
                Query(words="ferry"),
                Query(words="ещё"),
                Query(source=a_source_ref("outlet-1").id),
                Query(role="derived", uncredited=True),
                Query(since=NOON - minutes(60), until=NOON + minutes(60)),
            )
        ],
        "feeds": [store.feed_state(f"https://{host}.example/feed") for host in ("harbour-post", "meridian")],
        "pending": tuple(store.pending(["harbour-post", "meridian"], 100)),
        "revisits": tuple(store.revisits(["harbour-post"], 100, now=NOON + minutes(60))),
        "gaps": tuple(store.gaps(NOON - minutes(999), NOON, 100)),
        "all gaps of one": tuple(store.gaps(NOON - minutes(999), NOON, 100, source="harbour-post")),
        "settled entries": tuple(store.settled_entries("harbour-post", 100)),
        "alerts": tuple(store.alerts(100)),
        "one alert": store.alert("third"),
        "due": tuple(store.due_alerts(NOON + minutes(5), 100)),
        "status": status,
        "kept": {name: _unnumbered(shelf) for name, shelf in store.shelves.items()},
        # What is known already stays known.
        "known": tuple(store.save_poll(a_feed_state(), [a_pending(key) for key in ("p", "q", "r", "s")])),
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what two stores' answers differ in: a failure names that, not all that they hold."""
    return {name: (one.get(name), other.get(name)) for name in one | other if one.get(name) != other.get(name)}


def _unnumbered(shelf: Any) -> list[Any]:
    rows = [row for _, page in shelf.pages() for row in page]
    return [replace(row, kept=0) if hasattr(row, "kept") else row for row in rows]


def moved(source: Store, target: Store) -> None:
    """Put all that *source* keeps into *target*."""
    into = target.shelves
    for name, shelf in source.shelves.items():
        for _, rows in shelf.pages():
            with target.writing():
                into[name].put(rows)
