"""The truth about the newsroom: who copied whom, and what a crawl of it has to find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.model import EdgeKind, Linked, Role, Verdict, YesNo
from crawler.newsroom.outlets import OUTLETS, OddEntry, Outlet
from crawler.newsroom.pieces import pieces

ROUNDS = 2
ALERT_ORIGIN = "harbour-post"  # the rule "copies of Harbour Post" must fire where ``Planted.alert`` is set
ALERT_RULE = "Copies of Harbour Post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What is true of one article after the last round.

    Articles are named by key ("harbour-post/ferry-fire"); "@northwire" is an external origin, known by
    its credit only. ``kinds`` are the kinds an edge may honestly have, ``linked`` likewise. ``verdict`` is set
    where an outlet's policy settles it. ``alert``: it came after its feed's first round and its origin, or one
    of its parents, is of Harbour Post. ``why`` tells a reader what the case is for.
    """

    article: str
    role: Role
    why: str
    kinds: tuple[EdgeKind, ...] = ()
    parents: tuple[str, ...] = ()
    origin: str | None = None
    depth: int = 0
    credited: YesNo | None = None
    linked: tuple[Linked, ...] = ()
    verdict: Verdict | None = None
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAlike:
    """Two articles that look related and are not: no edge may join them."""

    article: str
    other: str
    why: str


_DERIVED = (
    Planted(
        article="meridian-digest/breakwater-video",
        role="derived",
        why="republisher: outlet as author, two dates, foot credit, video on the origin's host",
        kinds=("copy",),
        parents=("harbour-post/breakwater-sensors",),
        origin="harbour-post/breakwater-sensors",
        depth=1,
        credited="yes",
        linked=("article",),
        verdict="compliant",
        alert=True,
    ),
    Planted(
        article="open-shore/breakwater-warning",
        role="derived",
        why="second hop: carries the republisher's marks along, its own credit names the republisher",
        kinds=("copy",),
        parents=("meridian-digest/breakwater-video",),
        origin="harbour-post/breakwater-sensors",
        depth=2,
        credited="yes",
        linked=("article",),
        alert=True,
    ),
    Planted(
        article="beacon-now/nine-hours-adrift",
        role="derived",
        why="scraper: new headline, body word for word, no credit, no link",
        kinds=("copy",),
        parents=("harbour-post/ferry-fire",),
        origin="harbour-post/ferry-fire",
        depth=1,
        credited="no",
        linked=("no",),
        verdict="uncredited",
        alert=True,
    ),
    Planted(
        article="tidelines/lighthouse-jars",
        role="derived",
        why="excerpt blog: three paragraphs within own words, link to the article; listed in the first round: no alert",
        kinds=("excerpt", "partial"),
        parents=("harbour-post/seed-vault",),
        origin="harbour-post/seed-vault",
        depth=1,
        credited="yes",
        linked=("article",),
    ),
    Planted(
        article="patchwork-weekly/old-new-things",
        role="derived",
        why="stitched: two parents, neither credited",
        kinds=("partial",),
        parents=("harbour-post/tram-tender", "inland-herald/millet-mill"),
        origin="harbour-post/tram-tender",
        depth=1,
        credited="no",
        linked=("no",),
        verdict="uncredited",
        alert=True,
    ),
    Planted(
        article="lakeside-record/dam-letters",
        role="derived",
        why="crawled before its original, which the late feed lists from round 2 on",
        kinds=("copy",),
        parents=("valley-gazette/dam-gates",),
        origin="valley-gazette/dam-gates",
        depth=1,
        credited="yes",
        linked=("home",),
    ),
    Planted(
        article="inland-herald/grid-outage",
        role="derived",
        why="agency text: the dateline names Northwire, which is not crawled",
        kinds=("claimed",),
        parents=("@northwire",),
        origin="@northwire",
        depth=1,
        credited="yes",
        linked=("no",),
    ),
    Planted(
        article="lakeside-record/blackout-north",
        role="derived",
        why="the same agency text: a sibling, not a copy of the other paper",
        kinds=("claimed",),
        parents=("@northwire",),
        origin="@northwire",
        depth=1,
        credited="yes",
        linked=("no",),
    ),
)

BEFORE = (
    Planted(
        article="lakeside-record/dam-letters",
        role="derived",
        why="its original has not been crawled yet: an external origin, known by the credit",
        kinds=("claimed",),
        parents=("@valley-gazette",),
        origin="@valley-gazette",
        depth=1,
        credited="yes",
        linked=("home",),
    ),
)
"""What is true after round 1 and changes later."""

NOT_ALIKE = (
    NotAlike(
        article="coastal-courier/ostrey-maid",
        other="harbour-post/ferry-fire",
        why="own report of the same night: same names and numbers, one quotation of thirty words in common",
    ),
    NotAlike(
        article="coastal-courier/ostrey-maid",
        other="beacon-now/nine-hours-adrift",
        why="own report of the same night, against the scraped one",
    ),
    NotAlike(
        article="lakeside-record/blackout-north",
        other="inland-herald/grid-outage",
        why="two subscribers of one agency",
    ),
)


def _all() -> Iterator[Planted]:
    yield from _DERIVED
    derived = {planted.article for planted in _DERIVED}
    copied = {parent for planted in _DERIVED for parent in planted.parents} - derived
    for key in pieces():
        if key in copied:
            yield Planted(article=key, role="original", why="has copies and no parent")
        elif key not in derived:
            yield Planted(article=key, role="unmatched", why="stands alone")


PLANTED: tuple[Planted, ...] = tuple(_all())
"""What is true of every article after the last round."""

ODD_ENTRIES: tuple[tuple[Outlet, OddEntry], ...] = tuple(
    (outlet, odd) for outlet in OUTLETS for odd in outlet.odd_entries
)
"""Feed entries that lead to no article, with their outlets."""
