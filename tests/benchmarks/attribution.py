"""Prints how well claims are read: precision and recall by kind on the labelled pages and credits.

    python -m tests.benchmarks.attribution [--split dev] [--wrong]

A page counts as republished or agency copy when a claim that draws an edge names another outlet; wires and agencies
apart. The data lies beside the repository (../shared/data); nothing of it is kept here.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import config
from crawler.build import registry as registry_of
from crawler.errors import NotAnArticle
from crawler.extract import extract, parse
from crawler.lineage.claims import read_claims, read_text_claims
from crawler.model import Claim, Page
from crawler.registry import Registry, name_key

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CREDITS = ("credit", "source-line", "canonical", "feed-source", "byline", "dateline", "excerpt", "partial", "pixel")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--wrong", action="store_true", help="print what was judged wrongly")
    chosen = parser.parse_args()
    folder = DATA / chosen.split
    if not folder.is_dir():
        print(f"no data at {folder}: nothing measured")
        return
    registry = registry_of(config.load())
    pages(folder, registry, wrong=chosen.wrong)
    credits(folder, registry, wrong=chosen.wrong)


def pages(folder: Path, registry: Registry, *, wrong: bool) -> None:
    counted: Counter[str] = Counter()
    took = 0.0
    for row in _rows(folder / "attribution" / "pages.jsonl"):
        body = gzip.decompress((folder / row["page"]).read_bytes())
        page = Page(url=row["url"], final_url=row["url"], body=body, fetched_at=NOW, headers={})
        try:
            tree = parse(page)
            said = extract(page, tree)
        except NotAnArticle as error:
            counted["refused"] += 1
            print(f"refused {row['label']:12} {row['url'][:90]}: {error}")
            continue
        start = time.perf_counter()
        claims = read_claims(
            tree,
            url=row["url"],
            text=said.text,
            byline=said.byline,
            title=said.title,
            source=registry.of_url(row["url"], said.site_name),
            entry=None,
            registry=registry,
        )
        took += time.perf_counter() - start
        counted["read"] += 1
        label, named = verdict(claims)
        right = row["label"] if row["label"] in ("republished", "agency") else "none"
        counted[f"{right} > {label}"] += 1
        host = row.get("source_host") or ""
        good = named is not None and (host.endswith(named.domain or "-") or (named.domain or "").endswith(host))
        if right == label == "republished":
            counted["right host"] += good
        if right == label == "agency" and named is not None:
            counted["right agency"] += name_key(named.name or "") == name_key(row["agency"])
        if wrong and (right != label or (label == "republished" and not good)):
            print(f"{right} > {label}: {row['url'][:100]} ({row['relation']})")
            _show(claims)
    print("pages")
    for kind in ("republished", "agency"):
        _figures(kind, counted)
    right = f"right host {counted['right host']}, right agency {counted['right agency']}"
    print(f"  {right}, of {counted['read']} pages read")
    print(f"  {1000 * took / max(1, counted['read']):.1f} ms a page")


def credits(folder: Path, registry: Registry, *, wrong: bool) -> None:
    with gzip.open(folder / "reuse" / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        docs = {doc["id"]: doc for doc in map(json.loads, lines)}
    counted: Counter[str] = Counter()
    for row in _rows(folder / "attribution" / "credits.jsonl"):
        doc = docs[row["doc"]]
        url = doc.get("url") or f"https://{doc.get('site') or 'unknown.example'}/{row['doc'].replace(':', '-')}"
        claims = read_text_claims(
            url=url,
            text=doc["text"],
            byline=None,
            title=doc.get("title"),
            canonical_url=None,
            links=(),
            source=registry.of_url(url),
            registry=registry,
        )
        label, named = verdict(claims)
        right = {"excerpt": "republished", "agency": "agency"}.get(row["label"], row["label"])
        right = right if right in ("republished", "agency") else "none"
        if row["label"] == "source-line":  # a copy or not, nobody knows: either is right
            counted[f"source-line > {label}"] += 1
            continue
        counted[f"{right} > {label}"] += 1
        if right == label != "none" and named is not None:
            keys = name_key(row["source"]), name_key(named.name or ""), name_key(named.domain or "")
            counted["right source"] += any(key and (key in keys[0] or keys[0] in key) for key in keys[1:])
        if wrong and right != label:
            print(f"{row['label']} > {label}: {row['doc']} {row['evidence'][:100]!r}")
            _show(claims)
    print("credits")
    for kind in ("republished", "agency"):
        _figures(kind, counted)
    print(f"  right source {counted['right source']}")
    print(f"  {dict(sorted((k, n) for k, n in counted.items() if '>' in k))}")


def verdict(claims: Sequence[Claim]) -> tuple[str, Claim | None]:
    """Return what the claims alone make of a page, and the claim that decides."""
    strong = [c for c in claims if c.strength != "weak" and (c.name or c.domain)]
    # A pointer to one article outweighs an agency's name; a wire outweighs the rest.
    for kinds in (("canonical",), ("wire",), CREDITS):
        found = next((c for c in strong if c.kind in kinds), None)
        if found is not None:
            return ("agency" if found.kind == "wire" else "republished"), found
    return "none", None


def _figures(kind: str, counted: Counter[str]) -> None:
    right = counted[f"{kind} > {kind}"]
    said = sum(n for k, n in counted.items() if k.endswith(f"> {kind}") and not k.startswith("source-line"))
    true = sum(n for k, n in counted.items() if k.startswith(f"{kind} >"))
    precision, recall = right / max(1, said), right / max(1, true)
    print(f"  {kind}: precision {precision:.3f} ({right}/{said}), recall {recall:.3f} ({right}/{true})")


def _show(claims: Sequence[Claim]) -> None:
    for c in claims:
        print(f"    {c.kind} {c.marker} {c.strength} {c.where} {c.name!r} {c.domain} {c.linked} | {c.quote[:110]!r}")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
