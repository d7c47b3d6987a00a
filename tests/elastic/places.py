"""Clean indices for a test: made once for each worker and emptied, which is quicker than making them anew."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any
from uuid import uuid4

import pytest

from crawler.store import open_store

_LOOK = 10_000


def ask(url: str, body: Any = None, *, method: str | None = None) -> Any:
    """Return the server's answer to one request; *body* is JSON, or bytes as they are."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "application/x-ndjson" if isinstance(body, bytes) else "application/json"
    request = urllib.request.Request(url, data, {"content-type": kind}, method=method or ("POST" if data else "GET"))
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def emptied(server: str, prefix: str) -> None:
    """Delete every document below *prefix*; the indices stay."""
    while True:
        ask(f"{server}/{prefix}-*/_refresh", method="POST")
        hits = ask(f"{server}/{prefix}-*/_search", {"size": _LOOK, "_source": False})["hits"]["hits"]
        if not hits:
            return
        lines = [json.dumps({"delete": {"_index": hit["_index"], "_id": hit["_id"]}}) for hit in hits]
        ask(f"{server}/_bulk", ("\n".join(lines) + "\n").encode())


@pytest.fixture(scope="session")
def elastic_indices(elastic_server: str) -> str:
    """The URL of a store of this worker's own, its indices made."""
    shards = os.environ.get("TESTS_SHARDS")
    url = f"{elastic_server}/t-{uuid4().hex[:8]}" + (f"?shards={shards}" if shards else "")
    store = open_store(url)
    store.status()
    store.close()
    return url


@pytest.fixture
def elastic(elastic_indices: str) -> str:
    """The URL of an empty store on a real Elasticsearch."""
    url = elastic_indices.partition("?")[0]
    server, _, prefix = url.rpartition("/")
    emptied(server, prefix)
    return url
