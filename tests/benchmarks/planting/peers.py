"""Others at the same task: MinHash over runs of five words, as datasketch, text-dedup and rensa offer it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from crawler.text import tokenize
from tests.benchmarks.planting.garden import Garden

SHINGLE = 5  # words
SHOWN = (
    "exact",
    "paragraphs kept 50 %",
    "paragraphs kept 15 %",
    "light edits",
    "stitched from two",
    "120 words in own text",
    "60 words in own text",
    "words swapped 10 %",
    "words swapped 30 %",
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


PEERS: dict[str, tuple[str, Callable[[ModuleType], Peer]]] = {
    "datasketch MinHashLSH .5, 128": ("datasketch", lambda library: Datasketch(library, 0.5, 128)),
    "text-dedup's settings .7, 250": ("datasketch", lambda library: Datasketch(library, 0.7, 250)),
    "rensa RMinHashLSH .5, 128": ("rensa", lambda library: Rensa(library, 0.5, 128, 32)),
}


def compare_peers(garden: Garden) -> None:
    """Print for each peer the share of copies found and its false reports, and its CPU time a text."""
    print(f"{'':32} {'ms a text:':>10}{'':8} {'false':>7}  found: " + " / ".join(SHOWN))
    for name, (module, make) in PEERS.items():
        try:
            library = import_module(module)
        except ImportError:
            print(f"{name:32} not installed here: pip install {module}")
            continue
        print(_measured(name, make(library), garden), flush=True)


def _measured(name: str, peer: Peer, garden: Garden) -> str:
    started = time.process_time()
    for url, text in garden.stored.items():
        peer.add(url, text)
    stored = time.process_time()
    reported = [set(peer.find(planted.text)) for planted in garden.planted]
    asked = time.process_time()
    natural = {url: set(peer.find(text)) for url, text in garden.plain.items()}
    made: defaultdict[str, int] = defaultdict(int)
    found: defaultdict[str, int] = defaultdict(int)
    false = 0
    for planted, some in zip(garden.planted, reported, strict=True):
        made[planted.name] += len(planted.sources)
        found[planted.name] += len(some & set(planted.sources))
        parts = set(planted.made_of) if planted.sources else set()
        false += len(some - set(planted.sources) - parts - {url for p in planted.made_of for url in natural[p]})
    adding = (stored - started) / len(garden.stored) * 1000
    asking = (asked - stored) / len(garden.planted) * 1000
    return f"{name:32} {adding:6.2f} stored {asking:6.2f} asked {false:>7}  " + _shares(found, made)


def _shares(found: dict[str, int], made: dict[str, int]) -> str:
    names: Sequence[str] = [name for name in SHOWN if made.get(name)]
    return " / ".join(f"{found[name] / made[name]:.2f}" for name in names)
