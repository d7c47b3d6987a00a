"""Prints how well claims are read: precision and recall by kind on the labelled pages and credits, and what it costs.

    python -m tests.benchmarks.attribution [--split dev] [--wrong]

A page counts as republished or agency copy when a claim that draws an edge names another outlet; wires and agencies
apart. A page has one label, for one of its marks: where we found another one that is there, it is listed as disputed,
and the figures are given with it and without. The data lies beside the repository (../shared/data); nothing of it is
kept here. The cost is CPU time; that of judging is measured in a simulated newsroom and needs no data.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import config
from config.markers import load_markers
from crawler.build import registry as registry_of
from crawler.errors import NotAnArticle
from crawler.extract import extract, parse
from crawler.lineage.claims import read_claims, read_text_claims
from crawler.lineage.judge import judge
from crawler.model import Claim, Page
from crawler.registry import Registry, name_key
from crawler.tracer import Neighbourhood
from tests.simulator.runs import filled
from tests.simulator.world import a_world

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
CREDITS = ("credit", "source-line", "canonical", "feed-source", "byline", "dateline", "excerpt", "partial", "pixel")
NOW = datetime(2026, 1, 1, tzinfo=UTC)

# Read by hand: each of them is credited to an agency as its author, and is labelled for another mark on it.
DISPUTED = {
    "https://www.tagesanzeiger.ch/chiesa-ruft-zum-politischen-widerstand-gegen-asylpolitik-auf-150193073111": (
        "its author is the agency sda; labelled as no copy because its isBasedOn points to itself"
    ),
    "https://www.moneycontrol.com/news/business/goldman-sachs-says-india’s-fy21-gdp-may-plummet-tomulti-decade-low16"
    "bleakest-forecast-so-far_13654421.html": (
        'its author is the agency PTI; labelled as no copy because "First Published on" is its own date'
    ),
    "https://www.fox13now.com/2013/12/30/new-year-new-laws-obamacare-pot-guns-and-drones": (
        'its byline is "CNN Wire" with a CNN dateline; labelled as no copy because its canonical is its own CMS'
    ),
}


@dataclass(slots=True)
class Counted:
    """What became of the labelled pages or texts, and of the single claims on them."""

    ends: Counter[str] = field(default_factory=Counter)  # "label > verdict"
    kinds: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)  # kind, strength -> right, wrong
    other: Counter[str] = field(default_factory=Counter)

    def claims(self, claims: Sequence[Claim], right: Mapping[str, bool]) -> None:
        """Count the claims that draw edges; *right* says of each quote and kind whether the label agrees."""
        for claim in claims:
            if (claim.kind in CREDITS or claim.kind == "wire") and (claim.name or claim.domain):
                told = "right" if right[f"{claim.kind} {claim.quote}"] else "wrong"
                self.kinds.setdefault((claim.kind, claim.strength), Counter())[told] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--wrong", action="store_true", help="print what was judged wrongly")
    chosen = parser.parse_args()
    began = time.process_time()
    load_markers()
    print(f"the table of markers is read once a process: {1000 * (time.process_time() - began):.0f} ms")
    judging()
    folder = DATA / chosen.split
    if not folder.is_dir():
        print(f"no data at {folder}: claims are not measured")
        return
    registry = registry_of(config.load())
    pages(folder, registry, wrong=chosen.wrong)
    credits(folder, registry, wrong=chosen.wrong)


def judging(size: int = 1_000) -> None:
    """Print what it costs to say whom an article was taken from, its matches and neighbours being there."""
    world = a_world(101, size)
    store = filled(world, world.pieces)
    registry = Registry(world.sources)
    near = Neighbourhood(store)
    found = [near[id] for id in store.article_ids()]
    around = [near.around(dossier) for dossier in found]
    took = []
    for dossier, beside in zip(found, around, strict=True):
        began = time.process_time()
        judge(dossier, beside, registry)
        took.append(time.process_time() - began)
    matches = sum(len(dossier.matches) for dossier in found) / len(found)
    took.sort()
    print(
        f"judging {len(found)} articles of {matches:.1f} matches: {1000 * sum(took) / len(took):.2f} ms CPU each, "
        f"{1000 * took[int(0.95 * len(took))]:.2f} ms for the 95th of 100"
    )


def pages(folder: Path, registry: Registry, *, wrong: bool) -> None:
    counted, undisputed = Counted(), Counted()
    took: list[float] = []
    disputed: list[tuple[str, Claim]] = []
    for row in _rows(folder / "attribution" / "pages.jsonl"):
        body = gzip.decompress((folder / row["page"]).read_bytes())
        page = Page(url=row["url"], final_url=row["url"], body=body, fetched_at=NOW, headers={})
        try:
            tree = parse(page)
            said = extract(page, tree)
        except NotAnArticle as error:
            counted.other["refused"] += 1
            print(f"refused {row['label']:12} {row['url'][:90]}: {error}")
            continue
        start = time.process_time()
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
        took.append(time.process_time() - start)
        label, named = verdict(claims)
        right = row["label"] if row["label"] in ("republished", "agency") else "none"
        counted.ends[f"{right} > {label}"] += 1
        agreed = {f"{c.kind} {c.quote}": _is_meant(c, row["source_host"], row["agency"]) for c in claims}
        counted.claims(claims, agreed)
        if row["url"] in DISPUTED and named is not None:
            disputed.append((row["url"], named))
        else:
            undisputed.ends[f"{right} > {label}"] += 1
            undisputed.claims(claims, agreed)
        good = named is not None and _is_meant(named, row["source_host"], row["agency"])
        counted.other[f"right {right}"] += good and right == label
        if wrong and (right != label or (label == "republished" and not good)):
            print(f"{right} > {label}: {row['url'][:100]} ({row['relation']})")
            _show(claims)
    took.sort()
    print(f"pages: {len(took)} read, {1000 * sum(took) / len(took):.1f} ms CPU each (median {1000 * median(took):.1f})")
    _report(counted, ("republished", "agency"))
    print(f"  right host {counted.other['right republished']}, right agency {counted.other['right agency']}")
    if disputed:
        print(f"  without {len(disputed)} disputed pages:")
        _report(undisputed, ("republished", "agency"))
        for url, claim in disputed:
            print(f"  disputed: {url[:100]}\n    we read {claim.name} in {claim.quote[:80]!r}; {DISPUTED[url]}")


def credits(folder: Path, registry: Registry, *, wrong: bool) -> None:
    with gzip.open(folder / "reuse" / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        docs = {doc["id"]: doc for doc in map(json.loads, lines)}
    counted = Counted()
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
            counted.other[f"source-line > {label}"] += 1
            continue
        counted.ends[f"{right} > {label}"] += 1
        counted.other["right source"] += (
            right == label != "none" and named is not None and _is_said(named, row["source"])
        )
        if wrong and right != label:
            print(f"{row['label']} > {label}: {row['doc']} {row['evidence'][:100]!r}")
            _show(claims)
    print("credits in texts")
    _report(counted, ("republished", "agency"))
    print(f"  right source {counted.other['right source']}")
    print(f"  {dict(sorted(counted.ends.items()))}, unknown: {dict(counted.other)}")


def _is_meant(claim: Claim, host: str, agency: str) -> bool:
    """Say whether *claim* names the outlet or the agency of the label."""
    if agency and name_key(claim.name or "") == name_key(agency):
        return True
    domain = claim.domain or "-"
    return bool(host) and (host.endswith(domain) or domain.endswith(host))


def _is_said(claim: Claim, source: str) -> bool:
    key, ours = name_key(source), (name_key(claim.name or ""), name_key(claim.domain or ""))
    return any(one and (one in key or key in one) for one in ours)


def verdict(claims: Sequence[Claim]) -> tuple[str, Claim | None]:
    """Return what the claims alone make of a page, and the claim that decides."""
    strong = [c for c in claims if c.strength != "weak" and (c.name or c.domain)]
    # A pointer to one article outweighs an agency's name; a wire outweighs the rest.
    for kinds in (("canonical",), ("wire",), CREDITS):
        found = next((c for c in strong if c.kind in kinds), None)
        if found is not None:
            return ("agency" if found.kind == "wire" else "republished"), found
    return "none", None


def _report(counted: Counted, labels: Sequence[str]) -> None:
    for label in labels:
        right = counted.ends[f"{label} > {label}"]
        said = sum(n for k, n in counted.ends.items() if k.endswith(f"> {label}"))
        true = sum(n for k, n in counted.ends.items() if k.startswith(f"{label} >"))
        precision, recall = right / max(1, said), right / max(1, true)
        print(f"  {label:>12}: precision {precision:.3f} ({right}/{said}), recall {recall:.3f} ({right}/{true})")
    for strength in ("certain", "strong", "weak"):
        told = [f"{kind} {n['right']}/{n.total()}" for (kind, s), n in sorted(counted.kinds.items()) if s == strength]
        if told:
            right, every = (
                sum(n["right"] if what else n.total() for (_, s), n in counted.kinds.items() if s == strength)
                for what in (True, False)
            )
            print(f"  {strength:>12}: {right}/{every} claims name whom the label names: {', '.join(told)}")


def _show(claims: Sequence[Claim]) -> None:
    for c in claims:
        print(f"    {c.kind} {c.marker} {c.strength} {c.where} {c.name!r} {c.domain} {c.linked} | {c.quote[:110]!r}")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


if __name__ == "__main__":
    main()
