"""Prints what the n-th copy of one text costs to take in, and what learnt stop passages do to boilerplate.

    python tests/benchmarks/copies.py [--copies N] [--store URL]

CPU time of this process for one article, the mean of the last ten; SQLite in a folder of its own unless told otherwise.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crawler.flow import Engine  # noqa: E402
from crawler.model import ArticleId, Dated  # noqa: E402
from crawler.ports import Store  # noqa: E402
from crawler.prepare import Row  # noqa: E402
from crawler.registry import Registry  # noqa: E402
from crawler.store import open_store  # noqa: E402
from tests.builders import NOON, a_variation, some_text  # noqa: E402

STORY = some_text(400, seed=7)
STEPS = (5, 10, 50, 100, 300, 1_000, 2_000, 5_000)
NOTICE = some_text(90, seed=8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=300)
    parser.add_argument("--store")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:

        def opened(name: str) -> Store:
            return open_store(asked.store or f"sqlite:///{folder}/{name}.db")

        steps = [n for n in STEPS if n <= asked.copies]
        print("== the n-th copy of a text of 400 words, ms CPU")
        print(f"   {'n':<28}" + "".join(f"{n:>8}" for n in steps))
        for name, make in {
            "word for word, dated": exact,
            "edited, dated": edited,
            "word for word, no date": undated,
        }.items():
            # Without dates nothing tells who was first, and neighbours are left to settle: fewer of them here.
            few = [n for n in steps if n <= 300] if make is undated else steps
            print(f"   {name:<28}" + "".join(f"{ms:>8.0f}" for ms in costs(opened(make.__name__), make, few)))
        boilerplate()


def engine(store: Store) -> Engine:
    return Engine(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)


def costs(store: Store, make: Callable[[int], Row], steps: list[int]) -> list[float]:
    one, took, found = engine(store), [], []
    for number in range(max(steps)):
        start = time.process_time()
        one.ingest_row(make(number))
        took.append(time.process_time() - start)
        if number + 1 in steps:
            last = took[-10:] if number >= 20 else took[-3:]
            found.append(1_000 * sum(last) / len(last))
    store.close()
    return found


def a_row(outlet: str, number: int, text: str, *, days: float, title: str | None = None) -> Row:
    at = NOON + timedelta(days=days)
    return Row(
        url=f"https://{outlet}.example/{number}",
        title=title or f"Piece {some_text(5, seed=number + 50_000)}",
        text=text,
        fetched_at=at,
        published=Dated(at=at),
        links=(),
    )


def exact(number: int) -> Row:
    return a_row(f"outlet-{number}", 0, STORY, days=number / 24, title="The story")


def edited(number: int) -> Row:
    return replace(exact(number), text=a_variation(STORY, changes=6, seed=number))


def undated(number: int) -> Row:
    return replace(exact(number), published=None, fetched_at=NOON)


def boilerplate() -> None:
    """Take in unlike articles with one notice, then copies and excerpts of one story; count what is reported."""
    print("== 150 unlike articles of 150 words with one notice of 90 words: reported as copies after settle")
    ways: dict[str, Callable[[int], Row]] = {
        "of 150 outlets over five months": lambda n: a_row(f"o{n}", n, f"{some_text(150, seed=n)}\n\n{NOTICE}", days=n),
        "of 10 outlets over five months": lambda n: a_row(
            f"o{n % 10}", n, f"{some_text(150, seed=n)}\n\n{NOTICE}", days=n
        ),
        "of 150 outlets within a day": lambda n: a_row(
            f"o{n}", n, f"{some_text(150, seed=n)}\n\n{NOTICE}", days=n / 150
        ),
    }
    for name, make in ways.items():
        store = open_store("memory:")
        one = engine(store)
        ids = [outcome.id for n in range(150) if (outcome := one.ingest_row(make(n)))]
        one.settle()
        pairs = sum(m.shared.kind in ("exact", "near_copy", "partial") for m in store.matches())
        reported = sum(any_copy(store, id) for id in ids if id is not None)
        print(f"   {name:<34} {reported:>4} articles, {pairs} pairs")
        store.close()
    print("== 200 copies and excerpts of one story, each within a text of its own: lead to the original")
    for name, days in {"within two days": 0.01, "over seven months": 1.0}.items():
        store = open_store("memory:")
        one = engine(store)
        origin = one.ingest_row(a_row("first", 0, STORY, days=-3)).id
        assert origin is not None
        ids = [one.ingest_row(a_row(f"o{n}", n, taken(n), days=n * days)).id for n in range(1, 201)]
        one.settle()
        matched = [origin in store.matched(id, 300) for id in ids if id is not None]
        print(
            f"   {name:<34} {sum(matched):>4} of 200 (oldest ten {sum(matched[:10])}, newest ten {sum(matched[-10:])})"
        )
        store.close()


def taken(number: int) -> str:
    """Return a light edit, the first third, or 80 words in a text of its own, in turn."""
    words, own = STORY.split(), some_text(200, seed=number + 9_000).split()
    if number % 3 == 0:
        return a_variation(STORY, changes=12, seed=number)
    if number % 3 == 1:
        return " ".join(words[:130])
    return " ".join([*own[:100], *words[150:230], *own[100:]])


def any_copy(store: Store, id: ArticleId) -> bool:
    held = store.dossiers([id])[id].matches
    return any(m.shared.kind in ("exact", "near_copy", "partial") and m.shared.reason is None for m in held)


if __name__ == "__main__":
    main()
