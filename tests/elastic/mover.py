"""A process that migrates a store to a later release, a line after each step: python -m tests.elastic.mover URL."""

from __future__ import annotations

import sys

from crawler.store.elastic import ElasticStore
from tests.elastic.later import later


def main(url: str) -> None:
    ElasticStore(url, templates=later("articles", "alerts", "state")).migrate(lambda done, _: print(done, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
