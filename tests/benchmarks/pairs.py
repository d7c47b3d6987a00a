"""Lists every pair of the 5,539 real texts that is called an exact or near copy and is not in the labels, for reading.

    python -m tests.benchmarks.pairs [--sample N] [--seed S] [--file FILE]

Pairs are found as a crawl finds them: fingerprint, candidates, comparison, guards. ``--sample`` prints so many of them,
chosen by the seed, with what both share and what only one has; ``--file`` writes all of them, one JSON object a line.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crawler.fingerprint import fingerprint  # noqa: E402
from crawler.intake import date  # noqa: E402
from crawler.match import compare  # noqa: E402
from crawler.match.guards import guarded  # noqa: E402
from crawler.model import Article, Comparison  # noqa: E402
from crawler.prepare import Row, prepare_row  # noqa: E402
from crawler.registry import Registry  # noqa: E402
from crawler.text import tokenize  # noqa: E402
from tests.benchmarks.detection import CANDIDATES, DATA, Index  # noqa: E402

SHOWN = 300  # characters of each part
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path)
    args = parser.parse_args()
    if not DATA.exists():
        print("no ../shared/data here: no texts to pair")
        return
    sys.path.insert(0, str(DATA / "tools"))
    import load  # type: ignore[import-not-found]

    docs = load.docs("dev")
    labelled = {frozenset((pair["a"], pair["b"])) for pair in load.pairs("dev")}
    articles = {id: an_article(id, doc) for id, doc in docs.items()}
    found = copies(articles)
    unlabelled = {pair: shared for pair, shared in found.items() if frozenset(pair) not in labelled}
    kinds = [shared.kind for shared in unlabelled.values()]
    print(f"{len(articles):,} texts, {len(found):,} pairs called copies, {len(unlabelled):,} of them in no label:")
    print(f"  exact {kinds.count('exact')}, near_copy {kinds.count('near_copy')}")
    if args.file is not None:
        with args.file.open("w", encoding="utf-8") as file:
            for (a, b), shared in unlabelled.items():
                row = {"a": a, "b": b, "kind": shared.kind, "similarity": round(shared.similarity, 4)}
                file.write(json.dumps(row) + "\n")
    chosen = random.Random(args.seed).sample(sorted(unlabelled), min(args.sample, len(unlabelled)))
    for number, (a, b) in enumerate(chosen, 1):
        show(number, docs[a], docs[b], unlabelled[a, b])


def an_article(id: str, doc: dict[str, str]) -> Article:
    """Return a text as an article of an outlet of its own, so that only what the texts are speaks against a copy."""
    outlet = sha1(id.encode()).hexdigest()[:10]
    published = date(doc["published"]) if doc.get("published") else None
    title = doc.get("title") or None
    row = Row(url=f"https://o{outlet}.example/a", title=title, text=doc["text"], fetched_at=NOW, published=published)
    return prepare_row(row, Registry([])).article


def copies(articles: dict[str, Article]) -> dict[tuple[str, str], Comparison]:
    """Return the exact and near copies among *articles*, the smaller id first."""
    index = Index()
    tokens = {id: tokenize(one.text) for id, one in articles.items()}
    prints = {id: fingerprint(one) for id, one in tokens.items()}
    by_digest: dict[str, list[str]] = {}
    for id, one in prints.items():
        index.add(id, one)
        by_digest.setdefault(one.digest, []).append(id)
    found: dict[tuple[str, str], Comparison] = {}
    for id, one in prints.items():
        for other in {*by_digest[one.digest], *index.candidates(one, CANDIDATES)} - {id}:
            pair = (min(id, other), max(id, other))
            if pair not in found:
                left, right = (articles[side] for side in pair)
                shared = compare(*(tokens[side] for side in pair), left.text, right.text)
                found[pair] = guarded(shared, left, right)
    return {pair: shared for pair, shared in sorted(found.items()) if shared.kind in ("exact", "near_copy")}


def show(number: int, left: dict[str, str], right: dict[str, str], shared: Comparison) -> None:
    print(f"== {number}: {shared.kind}, {shared.coverage_left:.2f} and {shared.coverage_right:.2f} covered")
    for doc, spans in ((left, [p.left for p in shared.passages]), (right, [p.right for p in shared.passages])):
        reached, rest = 0, []
        for start, end in sorted(spans):
            rest.append(doc["text"][reached:start])
            reached = max(reached, end)
        alone = " | ".join(one.strip() for one in [*rest, doc["text"][reached:]] if one.strip())
        print(f"  {doc['id']} {doc.get('site') or ''} {doc.get('published') or ''} {doc.get('title') or ''}")
        print(f"     begins {doc['text'][:SHOWN]!r}")
        print(f"     alone  {alone[:SHOWN]!r}")


if __name__ == "__main__":
    main()
