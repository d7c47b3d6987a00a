"""Prints the shares of real and test feeds read as their authors expect.

Run: python tests/benchmarks/feeds.py [--wrong] [--data FOLDER]
"""

from __future__ import annotations

import argparse
import ast
import base64
import gzip
import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.dates import written_date
from crawler.errors import InputError, NotAFeed
from crawler.feed import parse_feed
from crawler.feed.markup import plain
from crawler.model import Dated, Entry, Feed
from crawler.urls import clean

HERE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "dev" / "feeds"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Tally:
    name: str
    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, what: str, case: str, expected: object, found: object) -> None:
        self.asked[what] += 1
        self.right[what] += expected == found
        if expected != found:
            self.wrong.append(f"{self.name} {case} {what}: expected {expected!r:.110}, found {found!r:.110}")

    def __str__(self) -> str:
        shares = (f"{what} {self.right[what]}/{n} = {self.right[what] / n:.3f}" for what, n in self.asked.items())
        return f"{self.name:11} " + "  ".join(shares)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as rows:
        yield from (json.loads(row) for row in rows if row.strip())


def read(body: bytes, url: str | None = None, content_type: str | None = None) -> Feed:
    try:
        return parse_feed(body, url=url, content_type=content_type, now=NOW)
    except NotAFeed as error:
        return Feed(problems=(f"NotAFeed: {error}",))


def address(link: str | None) -> str | None:
    try:
        return clean(link.strip()) if link and link.strip() else None
    except InputError:
        return None


def instant(raw: str | None) -> datetime | None:
    found = written_date(raw) if raw else None
    return found.at.replace(microsecond=0) if found else None


def at(date: Dated | None) -> datetime | None:
    return date.at.replace(microsecond=0) if date else None


def raw(folder: Path) -> Tally:
    tally = Tally("raw")
    for case in lines(folder / "raw_expected.jsonl"):
        if "items" not in case:
            continue
        found = read((folder.parent / case["file"]).read_bytes()).entries
        tally.add("count", case["file"], case["items"], len(found))
        for which, entry in (("first", found[:1]), ("last", found[-1:])):
            if case.get(which) and entry:
                fields(tally, case["file"], case[which], entry[0])
    return tally


def fields(tally: Tally, case: str, expected: dict[str, Any], entry: Entry) -> None:
    tally.add("title", case, plain(expected.get("title") or "", markup=False), entry.title)
    tally.add("link", case, address(expected.get("link")), entry.url)
    if "id" in expected:
        tally.add("id", case, expected["id"] or None, entry.id)
    if "date" in expected:
        tally.add("date", case, instant(expected["date"]), at(entry.published or entry.updated))


def gofeed(folder: Path) -> Tally:
    tally = Tally("gofeed")
    for case in lines(folder / "gofeed_cases.jsonl.gz"):
        found = read(base64.b64decode(case["content_b64"]))
        items = case["expected"].get("items") or []
        tally.add("count", case["id"], len(items), len(found.entries))
        tally.add("feed title", case["id"], case["expected"].get("title"), found.title)
        for item, entry in zip(items, found.entries, strict=False):
            tally.add("title", case["id"], plain(item.get("title") or ""), entry.title)
            tally.add("link", case["id"], address(item.get("link")), entry.url)
            tally.add("id", case["id"], item.get("guid"), entry.id)
            tally.add("date", case["id"], instant(item.get("publishedParsed")), at(entry.published))
    return tally


def feedrs(folder: Path) -> Tally:
    tally = Tally("feedrs")
    for case in lines(folder / "feedrs_cases.jsonl.gz"):
        found = read(base64.b64decode(case["content_b64"]))
        items = case["expected"].get("entries") or []
        tally.add("count", case["id"], len(items), len(found.entries))
        for item, entry in zip(items, found.entries, strict=False):
            title = (item.get("title") or {}).get("content") or ""
            tally.add("title", case["id"], plain(title), entry.title)
            hrefs = {address(link["href"]) for link in item["links"]}
            tally.add("link", case["id"], True, entry.url in hrefs or (entry.url is None and not hrefs))
            if entry.id is not None:  # where the feed gives none, feed-rs makes one up
                tally.add("id", case["id"], item["id"], entry.id)
            # feed-rs copies a published date into "updated"; what we call published must be one of the two
            dates = {instant(item.get("published")), instant(item.get("updated"))}
            tally.add("date", case["id"], True, at(entry.published or entry.updated) in dates)
    return tally


_TERM = re.compile(
    r"(feed|entries\[(\d)\])\['(title|link|id|guid|language|published|updated|author)'\] == (u?'(?:[^'\\]|\\.)*')"
)


def of_feedparser(folder: Path) -> Tally:
    """feedparser's own expectations, those that are a plain ``== 'text'`` on a field we have."""
    tally = Tally("feedparser")
    for case in lines(folder / "feedparser_cases.jsonl.gz"):
        if " or " in case["expect"] or "sanitize" in case["id"]:
            continue
        terms = _TERM.findall(case["expect"])
        if not terms:
            continue
        headers = {name.lower(): value for name, value in case["http_headers"].items()}
        body = base64.b64decode(case["content_b64"])
        found = read(body, headers.get("content-location"), headers.get("content-type"))
        for where, index, name, written in terms:
            expected = str(ast.literal_eval(written))
            if where == "feed" and name not in ("title", "link", "language"):
                continue
            if index and int(index) >= len(found.entries):
                tally.add(f"entry {name}", case["id"], expected, "no such entry")
            elif where == "feed":
                mine = {"title": found.title, "link": found.url, "language": found.language}[name]
                tally.add(f"feed {name}", case["id"], told(name, expected), mine)
            else:
                tally.add(f"entry {name}", case["id"], told(name, expected), of(found.entries[int(index)], name))
    return tally


def told(name: str, expected: str) -> object:
    if name in ("published", "updated"):
        return instant(expected)
    if name == "link":
        return address(expected)
    return plain(html.unescape(expected)) if name == "title" else expected or None


def of(entry: Entry, name: str) -> object:
    if name in ("published", "updated"):
        return at(entry.published if name == "published" else entry.updated)
    values = {"title": entry.title, "link": entry.url, "id": entry.id, "guid": entry.id}
    return values[name] if name in values else ", ".join(entry.authors)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=HERE)
    options.add_argument("--wrong", action="store_true", help="show what is not as expected")
    args = options.parse_args()
    if not args.data.is_dir():
        raise SystemExit(f"no feeds at {args.data}: give the folder with --data")
    for tally in (raw(args.data), gofeed(args.data), feedrs(args.data), of_feedparser(args.data)):
        print(tally)
        if args.wrong:
            print(*(f"    {line}" for line in tally.wrong), sep="\n")


if __name__ == "__main__":
    main()
