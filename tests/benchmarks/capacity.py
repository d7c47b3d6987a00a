"""What a number of feeds needs: documents, bytes and questions a day, shards, nodes, memory, workers.

``need`` computes it from what was measured (``Measured``). With ``--measure`` the simulator's articles are taken into
a real Elasticsearch, and at each size what the model says of it stands beside what is there.

Run: python -m tests.benchmarks.capacity [--feeds 1000 20000 180000] [--measure 500 1000 2000]
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import Any

from crawler.flow import Engine
from crawler.registry import Registry
from crawler.store import open_store
from tests.benchmarks.servers import a_server
from tests.elastic.places import ask
from tests.simulator.pages import page_of
from tests.simulator.world import a_world

TOGETHER = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one article, page or poll comes to here. Bytes are those of one copy, without replicas."""

    documents: float = 5.7  # of an article: itself, its fingerprint, its entry, two matches, drafts
    fixed_bytes: float = 3_500.0  # of an article in the store, whatever its length
    bytes_a_word: float = 13.0  # besides: text, its index, its fingerprint
    searches: float = 5.0  # of an article
    gets: float = 60.0  # documents by their ids, many to a request
    writes: float = 8.9
    cpu_seconds: float = 0.11  # of a worker, an article: .055 for 3 kB on a full machine, .05 more for real ones
    elastic_cpu_seconds: float = 0.05  # of Elasticsearch, an article
    poll_cpu_seconds: float = 0.02  # assumed
    archived_page_bytes: float = 43_000.0  # compressed, with its request and notes
    archived_poll_bytes: float = 6_000.0  # assumed: one that is answered in full; "not modified" comes to a tenth
    unchanged: float = 0.5  # of the polls, assumed
    redis_steps: float = 5.0  # a request: lease, turn, end of turn, done, its share of renewals and waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is needed. ``documents`` to ``archive_bytes`` are of one day, ``seconds`` in names those of one second."""

    polls: float
    articles: float
    documents: float
    store_bytes: float
    archive_bytes: float
    questions: float  # searches, gets and writes
    redis_a_second: float
    workers: int
    elastic_cores: float
    shards: int
    nodes: int
    node_memory_gib: int


def polls_a_day(news: float) -> float:
    """Return how often a feed with that many new entries a day is asked: docs/decisions/0022-polling.md."""
    gap = 1_440.0 / news if news > 0 else math.inf
    return 1_440.0 / min(max(30.0 * math.sqrt(gap / 60.0), 5.0), 1_440.0)


def need(
    feeds: int,
    *,
    measured: Measured = Measured(),
    news: float = 8.0,
    words: float = 600.0,
    keep_days: float = 365.0,
    replicas: int = 1,
) -> Need:
    """Return what *feeds* need that bring *news* articles a day each, *words* long, kept in the store for *keep_days*.

    Rules of thumb of Elasticsearch's own guide: shards of 30 GB, 1 TB on a node. A worker is taken to be busy for half
    of the time, since news come at certain hours.
    """
    m = measured
    articles = feeds * news
    polls = feeds * polls_a_day(news)
    store_bytes = articles * (m.fixed_bytes + m.bytes_a_word * words)
    archive = articles * m.archived_page_bytes + polls * m.archived_poll_bytes * (1 - 0.9 * m.unchanged)
    kept = store_bytes * keep_days
    nodes = max(1, math.ceil(kept * (1 + replicas) / 1e12))
    nodes = max(nodes, 1 + replicas) if replicas else nodes
    cpu = articles * m.cpu_seconds + polls * m.poll_cpu_seconds
    return Need(
        polls=polls,
        articles=articles,
        documents=articles * m.documents,
        store_bytes=store_bytes,
        archive_bytes=archive,
        questions=articles * (m.searches + m.gets + m.writes) + polls * 2,
        redis_a_second=(articles + polls) * m.redis_steps / 86_400,
        workers=max(1, math.ceil(cpu / 86_400 / 0.5)),
        elastic_cores=articles * m.elastic_cpu_seconds / 86_400 / 0.5,
        shards=max(1, math.ceil(kept / 30e9)),
        nodes=nodes,
        node_memory_gib=4 if kept < 50e9 else 16 if kept < 500e9 else 64,
    )


def table(counts: list[int]) -> None:
    rows = [need(count) for count in counts]
    print(f"{'feeds':<34}" + "".join(f"{count:>14,}" for count in counts))
    lines: list[tuple[str, list[str]]] = [
        ("polls a day", [f"{r.polls:,.0f}" for r in rows]),
        ("articles a day", [f"{r.articles:,.0f}" for r in rows]),
        ("documents a day", [f"{r.documents:,.0f}" for r in rows]),
        ("store, GB a day (one copy)", [f"{r.store_bytes / 1e9:,.2f}" for r in rows]),
        ("archive, GB a day", [f"{r.archive_bytes / 1e9:,.2f}" for r in rows]),
        ("questions to the store a day", [f"{r.questions:,.0f}" for r in rows]),
        ("questions a second", [f"{r.questions / 86_400:,.1f}" for r in rows]),
        ("Redis, steps a second", [f"{r.redis_a_second:,.1f}" for r in rows]),
        ("workers (a core each)", [f"{r.workers}" for r in rows]),
        ("cores for Elasticsearch", [f"{r.elastic_cores:,.1f}" for r in rows]),
        ("shards, all indices, a year", [f"{r.shards}" for r in rows]),
        ("nodes, with a replica", [f"{r.nodes}" for r in rows]),
        ("memory of a node, GiB", [f"{r.node_memory_gib}" for r in rows]),
    ]
    for name, cells in lines:
        print(f"{name:<34}" + "".join(f"{cell:>14}" for cell in cells))


def measure(sizes: list[int]) -> None:
    """Print at each size what is there and what the model says."""
    world = a_world(3, max(sizes))
    print("articles  documents (model)  store MB (model)  questions (model)  words")
    with a_server() as server:
        store = open_store(f"{server.url}/capacity")
        store.init()
        last = max(piece.seen for piece in world.pieces)
        engine = Engine(store, Registry(world.sources), clock=lambda: last, jitter=lambda: 0.0)
        begun, done, words = stats(server.url), 0, 0
        for size in sorted(sizes):
            while done < min(size, len(world.pieces)):
                some = world.pieces[done : done + TOGETHER][: size - done]
                outcomes = engine.ingest_many([page_of(piece) for piece in some])
                assert not [one for one in outcomes if one.error or one.problem]
                done += len(some)
                words += sum(len(" ".join(piece.body).split()) for piece in some)
            store.refresh()
            ask(f"{server.url}/capacity-*/_flush", method="POST")
            report(stats(server.url), begun, done, words / done)
        store.close()


def report(now: dict[str, Any], begun: dict[str, Any], articles: int, words: float) -> None:
    m = Measured()
    each = {kind: (now[kind] - begun[kind]) / articles for kind in ("searches", "gets", "writes")}
    model = articles * (m.fixed_bytes + m.bytes_a_word * words) / 1e6
    questions, modelled = sum(each.values()) * articles, articles * (m.searches + m.gets + m.writes)
    print(f"{articles:>8}{now['documents']:>11} ({articles * m.documents:,.0f})", end="")
    print(f"{now['bytes'] / 1e6:>9.1f} ({model:.1f}){questions:>11,.0f} ({modelled:,.0f}){words:>11.0f}")
    rates = ", ".join(f"{kind} {count:.2f}" for kind, count in each.items())
    documents, size = now["documents"] / articles, now["bytes"] / articles
    print(f"         an article: documents {documents:.2f}, bytes {size:,.0f}, {rates}", flush=True)


def stats(server: str) -> dict[str, Any]:
    """Return the documents and bytes there are, and the questions that were asked."""
    held = ask(f"{server}/capacity-*/_stats/docs,store,search,get,indexing")["_all"]["primaries"]
    return {
        "documents": held["docs"]["count"],
        "bytes": held["store"]["size_in_bytes"],
        "searches": held["search"]["query_total"],
        "gets": held["get"]["total"],
        "writes": held["indexing"]["index_total"],
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--feeds", type=int, nargs="*", default=[1_000, 20_000, 180_000])
    asked.add_argument("--measure", type=int, nargs="*", default=[])
    given = asked.parse_args()
    table(given.feeds)
    if given.measure:
        measure(given.measure)


if __name__ == "__main__":
    main()
