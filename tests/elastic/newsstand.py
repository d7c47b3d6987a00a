"""Invented outlets that republish each other for three weeks: more of what an analyst asks about than the demo has.

Every text is made up of random words, so two share what was copied and nothing else.
"""

from __future__ import annotations

import html
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from crawler.model import iso
from crawler.urls import article_id
from tests.builders import some_text

# "other" credits what was printed later; "misnamed" one that never had it, while its canonical address tells.
Credit = Literal["article", "home", "no-link", "none", "other", "misnamed", "translated"]
NAMES = {
    "fjord-observer": "Fjord Observer",
    "delta-tribune": "Delta Tribune",
    "plateau-review": "Plateau Review",
    "mirror-quay": "Mirror Quay",
    "lantern-blog": "Lantern Blog",
    "echo-square": "Echo Square",
    "fast-ferry-news": "Fast Ferry News",
    "granite-notes": "Granite Notes",
    "slow-bell-weekly": "Slow Bell Weekly",
    "hafenblatt": "Hafenblatt",  # credited, never crawled
}
WRITERS = ("fjord-observer", "delta-tribune", "plateau-review")
# outlet: how it credits, hours it waits, of ten texts it takes so many
COPIERS: dict[str, tuple[Credit, tuple[float, float], int]] = {
    "mirror-quay": ("article", (1, 8), 8),
    "lantern-blog": ("home", (3, 30), 5),
    "echo-square": ("no-link", (0.5, 4), 5),
    "fast-ferry-news": ("none", (0.1, 1), 6),
}
SECOND_HAND = "slow-bell-weekly"  # takes from Mirror Quay and credits that
MISCREDITING = "granite-notes"  # takes from the writers, and credits what Slow Bell printed later; quiet for a week
EDITING, BOTH = "plateau-review", "fjord-observer"  # BOTH says that its first article also appeared elsewhere
MISNAMING, TRANSLATING = "echo-square", "lantern-blog"
GERMAN = """Der Hafenrat hat am Dienstag erfahren, warum der neue Kran seit dem Hochwasser im Frühjahr stillsteht.
Die Hersteller schieben es auf ein Getriebe, das im März geliefert wurde und nicht zu der Welle in den Plänen passte.
Arbeiter am Kai sagten, sie hätten in zwei Briefen auf den Fehler hingewiesen, doch niemand habe ihnen geantwortet.
Bis das Teil ersetzt ist, werden Schiffe mit schwerer Ladung in das kleinere Becken am alten Leuchtturm umgeleitet."""
DAYS = 20
ARTICLES = 12  # of each writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One article: what it was taken from is the truth that is planted."""

    url: str
    outlet: str
    title: str
    text: str
    at: datetime
    parent: Printed | None = None
    credit: Credit = "none"

    @property
    def id(self) -> str:
        return article_id(self.url)

    @property
    def origin(self) -> Printed:
        return self if self.parent is None else self.parent.origin


def printed(now: datetime) -> list[Printed]:
    """Return every article, in the order of publication; *now* is when the last days end."""
    pick = random.Random(20)
    out = []
    for number in range(ARTICLES):
        for place, writer in enumerate(WRITERS):
            back = timedelta(days=DAYS - number * DAYS / ARTICLES, hours=3 * place + 2, minutes=7)
            out.append(_original(writer, number, now - back))
            out += _copies(out[-1], pick, now)
    out += _rare([one for one in out if one.parent is None])
    return sorted((one for one in out if one.at < now), key=lambda one: one.at)


def _original(writer: str, number: int, at: datetime) -> Printed:
    topic = some_text(4, seed=number * 7 + ord(writer[0])).strip(".").lower()
    text = "\n".join(some_text(60, seed=1000 * number + 10 * ord(writer[0]) + part) for part in range(5))
    url = f"https://{writer}.example/news/{number + 1}-{topic.replace(' ', '-')}"
    return Printed(url=url, outlet=writer, title=f"No. {number + 1}: {topic}", text=text, at=at)


def _copies(original: Printed, pick: random.Random, now: datetime) -> Iterator[Printed]:
    for outlet, (credit, (least, most), often) in COPIERS.items():
        at = original.at + timedelta(hours=pick.uniform(least, most))
        if pick.random() * 10 >= often:
            continue
        copy = _copy(original, outlet, at, credit)
        yield copy
        if outlet == "mirror-quay" and pick.random() < 0.4:
            yield _copy(copy, SECOND_HAND, at + timedelta(hours=pick.uniform(30, 90)), "article")
            if at < now - timedelta(days=8):
                yield _copy(original, MISCREDITING, at + timedelta(hours=pick.uniform(10, 25)), "other")


def _rare(originals: list[Printed]) -> Iterator[Printed]:
    """Yield one of each kind that is rare."""
    (fifth,) = (one for one in originals if one.outlet == "fjord-observer" and one.title.startswith("No. 5:"))
    later = timedelta(hours=5)
    yield replace(_copy(fifth, MISNAMING, fifth.at + later, "misnamed"), url=f"https://{MISNAMING}.example/read/found")
    unseen = Printed(url="https://hafenblatt.example/kran", outlet="hafenblatt", title="", text="", at=fifth.at)
    translated = _copy(unseen, TRANSLATING, fifth.at + later, "translated")
    yield replace(translated, url=f"https://{TRANSLATING}.example/lesen/hafen", title="Hafen ohne Kran", text=GERMAN)


def _copy(of: Printed, outlet: str, at: datetime, credit: Credit) -> Printed:
    return Printed(url=_url(outlet, of), outlet=outlet, title=of.title, text=of.text, at=at, parent=of, credit=credit)


def _url(outlet: str, of: Printed) -> str:
    return f"https://{outlet}.example/read/{of.url.rpartition('/')[2]}"


# --- as copytrail is given them


def sources() -> list[dict[str, Any]]:
    """Return the outlets as ``sources.yaml`` has them."""
    return [{"id": id, "name": name, "domains": [f"{id}.example"]} for id, name in NAMES.items()]


def rows(now: datetime) -> list[dict[str, Any]]:
    """Return the pages as ``copytrail ingest`` reads them, each seen twenty minutes after it came out."""
    seen = [(one, one.at + timedelta(minutes=20)) for one in printed(now)]
    changed = edited(now)
    seen.append((changed, changed.at + timedelta(hours=2)))
    return [{"url": one.url, "fetched_at": iso(at), "html": page(one)} for one, at in seen]


def edited(now: datetime) -> Printed:
    """Return an article as it stood later, with a paragraph more; nobody took it."""
    last = [one for one in printed(now) if one.outlet == EDITING and one.parent is None][-1]
    return replace(last, text=f"{last.text}\nCorrection: the ferry runs on Thursdays, not on Tuesdays.")


def page(one: Printed) -> str:
    body = "".join(f"<p>{html.escape(line)}</p>" for line in one.text.splitlines())
    language = "de" if one.credit == "translated" else "en"
    told = f'<link rel="canonical" href="{one.parent.url}">' if one.credit == "misnamed" and one.parent else ""
    return (
        f'<!doctype html><html lang="{language}"><head><title>{one.title}</title>'
        f'<meta property="article:published_time" content="{iso(one.at)}">{told}</head><body>'
        f'<nav><a href="/">{NAMES[one.outlet]}</a> <a href="/about">About</a></nav>'
        f"<main><article><h1>{one.title}</h1>{body}{_credit(one)}</article></main></body></html>"
    )


def _credit(one: Printed) -> str:
    if one.parent is None:
        also = one.outlet == BOTH and one.title.startswith("No. 1:")
        return f"<p>This article also appeared in {NAMES['delta-tribune']}.</p>" if also else ""
    if one.credit == "translated":
        name = NAMES[one.parent.outlet]
        link = f'<a href="{one.parent.url}">{NAMES[one.parent.outlet]}</a>'
        return f"<p>Dieser Beitrag erschien zuerst bei {link}.</p><p>Aus dem Dänischen übersetzt von Jana Holm</p>"
    name = NAMES[one.parent.outlet]
    home = f"https://{one.parent.outlet}.example/"
    said = {
        "article": f'<a href="{one.parent.url}">{name}</a>',
        "home": f'<a href="{home}">{name}</a>',
        "no-link": name,
        "misnamed": NAMES["lantern-blog"],
        "other": f'<a href="{_url(SECOND_HAND, one.parent)}">{NAMES[SECOND_HAND]}</a>',
    }.get(one.credit)
    return f"<p>This article was originally published by {said}.</p>" if said else ""
