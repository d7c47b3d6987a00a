"""Ours and others at the same task: MinHash over runs of five words (datasketch, text-dedup, rensa), more_like_this."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from crawler.text import tokenize
from tests.benchmarks.planting.finder import COPY, Finder, prepared_of
from tests.benchmarks.planting.garden import Garden
from tests.benchmarks.servers import a_server
from tests.benchmarks.writing import ServerTime
from tests.elastic.server import CACHE, VERSION

SHINGLE = 5  # words
HITS = 20  # of more_like_this, which knows no threshold
SHOWN = (
    "exact",
    "paragraphs kept 50 %",
    "paragraphs kept 15 %",
    "light edits",
    "sentences reordered",
    "stitched from two",
    "120 words in own text",
    "60 words in own text",
    "40 words in own text",
    "words swapped 10 %",
    "words swapped 30 %",
    "words swapped 50 %",
)


class Peer(Protocol):
    """Keeps texts by address and names those that it takes for copies of a text."""

    def add(self, url: str, text: str) -> None: ...

    def find(self, text: str) -> Iterable[str]: ...


def shingles(text: str) -> list[str]:
    """Return the runs of five words, by our words: characters where a script has no spaces."""
    words = tokenize(text).words
    return [" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))]


class Datasketch:
    def __init__(self, library: ModuleType, threshold: float, permutations: int) -> None:
        self._library, self._permutations = library, permutations
        self._index = library.MinHashLSH(threshold=threshold, num_perm=permutations)

    def _signature(self, text: str) -> Any:
        signature = self._library.MinHash(num_perm=self._permutations)
        signature.update_batch([one.encode() for one in shingles(text)])
        return signature

    def add(self, url: str, text: str) -> None:
        self._index.insert(url, self._signature(text))

    def find(self, text: str) -> Iterable[str]:
        return [str(url) for url in self._index.query(self._signature(text))]


class Rensa:
    def __init__(self, library: ModuleType, threshold: float, permutations: int, bands: int) -> None:
        self._library, self._permutations = library, permutations
        self._index = library.RMinHashLSH(threshold=threshold, num_perm=permutations, num_bands=bands)
        self._urls: list[str] = []

    def _signature(self, text: str) -> Any:
        signature = self._library.RMinHash(num_perm=self._permutations, seed=42)
        signature.update(shingles(text))
        return signature

    def add(self, url: str, text: str) -> None:
        self._index.insert(len(self._urls), self._signature(text))
        self._urls.append(url)

    def find(self, text: str) -> Iterable[str]:
        return [self._urls[number] for number in self._index.query(self._signature(text))]


class MoreLikeThis:
    """The query of Elasticsearch that finds like texts: its first hits, whatever their score."""

    def __init__(self, client: Any, index: str, settings: dict[str, Any]) -> None:
        self._client, self._index, self._settings = client, index, settings
        self._waiting: list[dict[str, Any]] = []
        mappings = {"properties": {"text": {"type": "text"}, "url": {"type": "keyword"}}}
        client.indices.create(index=index, settings={"number_of_replicas": 0}, mappings=mappings)

    def add(self, url: str, text: str) -> None:
        self._waiting += [{"index": {}}, {"url": url, "text": text}]
        if len(self._waiting) >= 400:
            self._send()

    def _send(self) -> None:
        self._client.bulk(index=self._index, operations=self._waiting, refresh=True)
        self._waiting = []

    def find(self, text: str) -> Iterable[str]:
        if self._waiting:
            self._send()
        asked = {"more_like_this": {"fields": ["text"], "like": text, **self._settings}}
        found = self._client.search(index=self._index, query=asked, size=HITS, source=["url"])
        return [hit["_source"]["url"] for hit in found["hits"]["hits"]]


PEERS: dict[str, tuple[str, Callable[[ModuleType], Peer]]] = {
    "datasketch MinHashLSH .5, 128": ("datasketch", lambda library: Datasketch(library, 0.5, 128)),
    "text-dedup's settings .7, 250": ("datasketch", lambda library: Datasketch(library, 0.7, 250)),
    "rensa RMinHashLSH .5, 128": ("rensa", lambda library: Rensa(library, 0.5, 128, 32)),
}
MORE_LIKE_THIS: dict[str, dict[str, Any]] = {
    "more_like_this as it comes": {},
    "more_like_this, 100 terms": {
        "max_query_terms": 100,
        "min_term_freq": 1,
        "min_doc_freq": 2,
        "minimum_should_match": "0",
    },
}


def compare_peers(garden: Garden) -> None:
    """Print for each, ours first, the share of copies found, its false reports, and its CPU time a text."""
    print(f"{'':32} {'ms a text:':>10}{'':14} {'false':>7}  found: " + " / ".join(SHOWN))
    print(_copytrail(garden), flush=True)
    for name, (module, make) in PEERS.items():
        try:
            library = import_module(module)
        except ImportError:
            print(f"{name:32} not installed here: pip install {module}")
            continue
        print(_measured(name, make(library), garden, time.process_time), flush=True)
    if not (CACHE / f"elasticsearch-{VERSION}.zip").exists():
        print(f"{'more_like_this':32} Elasticsearch is not here; `make elastic` gets it")
        return
    with a_client() as (client, seconds):
        for number, (name, settings) in enumerate(MORE_LIKE_THIS.items()):
            print(_measured(name, MoreLikeThis(client, f"peer-{number}", settings), garden, seconds), flush=True)


@contextmanager
def a_client() -> Iterator[tuple[Any, Callable[[], float]]]:
    """Yield a client of a server of its own, and what tells the CPU seconds of both."""
    from elasticsearch import Elasticsearch

    with a_server() as server, Elasticsearch(server.url, request_timeout=60) as client:
        its = ServerTime(server.pid)
        yield client, lambda: time.process_time() + its.seconds()


def _copytrail(garden: Garden) -> str:
    """Measure ours: kinds that are copies count as found. Stored is all that taking in an article does."""
    started = time.process_time()
    finder = Finder(garden)
    stored = time.process_time()

    def find(url: str, text: str) -> set[str]:
        matches = finder.matches(prepared_of(url, text))
        return {other for other, match in matches.items() if match.shared.kind in COPY}

    reported = [find(planted.url, planted.text) for planted in garden.planted]
    asked = time.process_time()
    natural = {url: find(url + "?plain", text) for url, text in garden.plain.items()}
    return _line("copytrail", garden, reported, natural, stored - started, asked - stored)


def _measured(name: str, peer: Peer, garden: Garden, seconds: Callable[[], float]) -> str:
    started = seconds()
    for url, text in garden.stored.items():
        peer.add(url, text)
    stored = seconds()
    reported = [set(peer.find(planted.text)) for planted in garden.planted]
    asked = seconds()
    natural = {url: set(peer.find(text)) for url, text in garden.plain.items()}
    return _line(name, garden, reported, natural, stored - started, asked - stored)


def _line(
    name: str,
    garden: Garden,
    reported: Sequence[set[str]],
    natural: dict[str, set[str]],
    storing: float,
    asking: float,
) -> str:
    """Return what was found and what it took, as a line. *natural*: what is reported of a part as it stands."""
    made: defaultdict[str, int] = defaultdict(int)
    found: defaultdict[str, int] = defaultdict(int)
    false = 0
    for planted, some in zip(garden.planted, reported, strict=True):
        made[planted.name] += len(planted.sources)
        found[planted.name] += len(some & set(planted.sources))
        parts = set(planted.made_of) if planted.sources else set()
        false += len(some - set(planted.sources) - parts - {url for p in planted.made_of for url in natural[p]})
    each = f"{storing / len(garden.stored) * 1000:6.2f} stored {asking / len(garden.planted) * 1000:6.2f} asked"
    shares = " / ".join(f"{found[one] / made[one]:.2f}" for one in SHOWN if made.get(one))
    return f"{name:32} {each} {false:>7}  {shares}"
