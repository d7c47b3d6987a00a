"""A process that copies one store into another, a line after each step: python -m tests.store.copier FROM TO."""

from __future__ import annotations

import sys

from crawler.store import open_store
from crawler.store.copying import copy


def main(origin: str, to: str) -> None:
    source, target = open_store(origin), open_store(to)
    copy(source, target, origin=origin, tell=lambda rows: print(rows, flush=True))
    target.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
