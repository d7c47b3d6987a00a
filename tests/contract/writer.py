"""A process that ingests its share of the copies of one text: each line on stdin names a store and a share.

Looks for candidates and saves in one ``writing()`` block, as ``flow.ingest`` does.
"""

from __future__ import annotations

import sys

from crawler.model import ArticleId
from crawler.ports import Store
from crawler.store import open_store
from tests.builders import a_fingerprint, a_match, a_variation, an_article, some_text

COPIES = 40
STORY = some_text(300, seed=7)


def main() -> None:
    for line in sys.stdin:
        url, first, step = line.split()
        store = open_store(url)
        for number in range(int(first), COPIES, int(step)):
            ingest(store, number)
        store.close()
        print("done", flush=True)


def ingest(store: Store, number: int) -> None:
    """Save copy *number* and its matches with those that are there."""
    article = an_article(f"copy-{number}", text=a_variation(STORY, changes=4, seed=number))
    fingerprint = a_fingerprint(article.text)
    with store.writing():
        near: tuple[ArticleId, ...] = tuple(store.candidates(fingerprint, 2 * COPIES))
        store.save_article(article, (), fingerprint)
        store.save_matches([a_match(article.id, other) for other in near if other != article.id])


if __name__ == "__main__":
    main()
