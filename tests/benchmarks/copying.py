"""How fast ``copytrail store copy`` moves an archive, by this process's CPU time and by the clock.

    python -m tests.benchmarks.copying [COUNT] [URL]      default: 2000, from file to file

With the URL of an Elasticsearch (a prefix of its own is made there) the archive goes there and back. Articles have 550
words, 105 hashes, two claims and a lineage; one in ten has a match. Each row is written once and compared once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import pairwise
from uuid import uuid4

from crawler.ports import Store
from crawler.store import open_store
from crawler.store.copying import copy
from tests.benchmarks.corpus import Corpus
from tests.builders import a_claim, a_lineage, a_match, an_edge

BATCH = 200


def main(count: int, server: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        places = [f"sqlite:///{folder}/{name}.db" for name in ("from", "to")]
        if server is not None:
            places.insert(1, f"{server.rstrip('/')}/bench-{uuid4().hex[:8]}")
        stores = [open_store(place) for place in places]
        fill(stores[0], count)
        print(f"{count:,} articles            rows/s by CPU    rows/s by the clock")
        for source, target in pairwise(stores):
            began, cpu = time.perf_counter(), time.process_time()
            done = copy(source, target, origin="benchmark")
            clock, cpu = time.perf_counter() - began, time.process_time() - cpu
            assert all(kind.is_whole for kind in done)
            rows = sum(kind.there for kind in done)
            name = f"{source.url.partition(':')[0]} -> {target.url.partition(':')[0]}"
            print(f"{name:22} {rows / cpu:15,.0f} {rows / clock:18,.0f}   ({rows:,} rows)", flush=True)
        for store in stores:
            store.close()


def fill(store: Store, count: int) -> None:
    """Save *count* articles with what belongs to them."""
    corpus = Corpus()
    first = corpus.article(0)
    for start in range(0, count, BATCH):
        with store.writing():
            for number, (article, fingerprint) in enumerate(corpus.stretch(start, min(start + BATCH, count)), start):
                store.save_article(article, (a_claim(), a_claim(kind="byline", url=None)), fingerprint)
                store.save_lineage(article.id, a_lineage(*([an_edge(article.id, first)] if number % 2 else [])))
                if number and number % 10 == 0:
                    store.save_matches([a_match(article.id, first.id)])


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 2_000, given[1] if len(given) > 1 else None)
