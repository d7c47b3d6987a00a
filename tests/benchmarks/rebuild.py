"""How fast all lineages are judged again, on a store in one SQLite file.

    python -m tests.benchmarks.rebuild [COUNT]      default: 20000

The articles are those of a simulated newsroom (two thirds of them copies, four matches each): 2,000 are taken in as a
crawl would, and then put into the store again and again under other addresses, with their claims and matches. First all
lineages are made (all differ), then a second rebuild finds nothing to do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crawler.model import Article, ArticleId, Claim, Fingerprint, Match, match_of
from crawler.ports import Store
from crawler.rebuild import rebuild
from crawler.registry import Registry
from crawler.store import open_store
from crawler.urls import article_id
from tests.simulator.runs import filled
from tests.simulator.world import a_world

WORLD = 2_000


def main(count: int) -> None:
    world = a_world(1, min(WORLD, count))
    first = filled(world, world.pieces)
    registry = Registry(world.sources)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db")
        copied = 0
        for number in range(max(1, count // len(world.pieces))):
            copied += put(first, store, number)
        print(f"{copied:,} articles, {store.status().matches:,} matches")
        for name, dry_run in (("all of them new", False), ("nothing to do", False), ("dry run", True)):
            begun, clock = time.process_time(), time.monotonic()
            done = rebuild(store, registry, datetime.now(UTC), dry_run=dry_run)
            took, wall = time.process_time() - begun, time.monotonic() - clock
            rates = f"{done.articles / took:8,.0f} articles a second of CPU, {done.articles / wall:8,.0f} by the clock"
            print(f"{name:>16}: {rates}; {done.changed:,} lineages changed", flush=True)
        store.close()


def put(first: Store, store: Store, number: int) -> int:
    """Put all articles of *first* into *store* under addresses of their own; return how many."""
    moved = mover(number)
    ids = {}
    with store.writing():
        for id in first.article_ids():
            dossier = first.dossiers([id])[id]
            article, claims = moved_article(dossier.article, moved), tuple(moved_claims(dossier.claims, moved))
            fingerprint = first.fingerprint(id)
            assert fingerprint is not None
            store.save_article(article, claims, moved_fingerprint(fingerprint, number))
            ids[id] = article.id
        store.save_matches([moved_match(m, ids) for m in first.matches()])
    return len(ids)


def mover(number: int) -> Callable[[str], str]:
    """Return what gives an address a place of its own."""

    def moved(url: str) -> str:
        scheme, _, rest = url.partition("://")
        host, _, path = rest.partition("/")
        return f"{scheme}://{host}/{number}/{path}" if path else url

    return moved


def moved_article(article: Article, moved: Callable[[str], str]) -> Article:
    url = moved(article.url)
    links = tuple(replace(link, url=moved(link.url)) for link in article.links)
    return replace(article, id=article_id(url), url=url, links=links)


def moved_claims(claims: tuple[Claim, ...], moved: Callable[[str], str]) -> Iterator[Claim]:
    for claim in claims:
        yield replace(claim, url=moved(claim.url) if claim.url else None)


def moved_fingerprint(fingerprint: Fingerprint, number: int) -> Fingerprint:
    """Return a fingerprint of few hashes: a rebuild looks for no candidates."""
    return replace(fingerprint, hashes=fingerprint.hashes[:2], digest=f"{fingerprint.digest}-{number}")


def moved_match(match: Match, ids: dict[ArticleId, ArticleId]) -> Match:
    return match_of(ids[match.left], ids[match.right], match.shared)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
