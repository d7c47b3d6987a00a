"""An Elasticsearch for one benchmark, 1 GiB of heap; as a script it says whether it can be had."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from tests.elastic.server import CACHE, VERSION, Server, a_folder


@contextmanager
def a_server() -> Iterator[Server]:
    folder = a_folder()
    server = Server(folder, heap="1g")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    there = (CACHE / f"elasticsearch-{VERSION}.zip").exists()
    print(f"Elasticsearch {VERSION}: {'here' if there else 'not here; `make elastic` gets it'}")
