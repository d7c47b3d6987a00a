"""Who takes what from whom: events are reported, wired, copied, excerpted, stitched; the truth of it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from crawler.model import Dated, Source
from tests.simulator.outlets import DAYS, START, Habit, Outlet, as_source, some_outlets
from tests.simulator.prose import Event, an_event, headline, paragraphs, sentence, touched_up


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page beside its text. ``said`` is the part of it that links."""

    text: str
    said: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """An article with the truth about it: when it came out, and what it was taken from."""

    url: str
    outlet: Outlet
    title: str
    byline: str | None
    body: tuple[str, ...]
    at: datetime
    published: Dated | None
    seen: datetime
    absent: datetime | None = None  # our last look that did not show it
    top: tuple[Line, ...] = ()
    foot: tuple[Line, ...] = ()
    canonical: str | None = None
    media: str | None = None
    parents: tuple[Piece, ...] = ()
    family: int = 0
    names: tuple[str, ...] = ()  # outlets that it truly credits in words or fields of its own
    misleads: bool = False  # credits somebody who had no part in it

    @property
    def origin(self) -> Piece:
        here = self
        while here.parents:
            here = here.parents[0]
        return here

    @property
    def depth(self) -> int:
        return 1 + self.parents[0].depth if self.parents else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Outlets and what a crawler can see of what they wrote, in the order it is seen."""

    sources: tuple[Source, ...]
    pieces: tuple[Piece, ...]


CREDIT: dict[Habit, float] = {
    "republisher": 0.88,
    "paper": 0.92,
    "scraper": 0.12,
    "excerpts": 0.97,
    "digest": 0.9,
    "agency": 0,
}
COPIERS: tuple[tuple[Habit, int], ...] = (("republisher", 11), ("scraper", 4), ("excerpts", 3), ("paper", 2))
FALSE_CREDIT, SKIPPED_CREDIT = 0.012, 0.12
COPY_OF_A_COPY = 0.25

_CREDITS = (
    "This article was originally published by {name}.",
    "This article was originally published by {name}.",
    "The original source of this article is {name}",
    "Source: {name}",
    "Source: {name}",
    "Republished from {name}.",
    "Reposted from {name}",
    "Republished with permission from {name}.",
    "The post {title} appeared first on {name}.",
    "Cross-posted from {name}",
    "This story first appeared in {name} and was republished with permission.",
    "This article is republished from {name} under a Creative Commons license.",
    "Via: {name}",
    "With thanks to our friends at {name}, where we found this",
)
_NOTES = (
    "Editor's note: {text}",
    "We at {own} add that {text}",
    "{own} readers will remember: {text}",
)


def a_world(seed: int, size: int) -> World:
    """Return the world of *seed*: the first *size* articles that a crawler sees."""
    pick = Random(seed)
    outlets = some_outlets(pick)
    desk = _Desk(pick, outlets)
    seen: list[Piece] = []
    while len(seen) < size:
        seen += [piece for piece in desk.next_event() if piece.outlet.crawled]
    seen.sort(key=lambda piece: (piece.seen, piece.url))
    sources = tuple(as_source(outlet) for outlet in outlets if outlet.listed)
    return World(sources=sources, pieces=tuple(_whole_families(seen, size)))


def _whole_families(pieces: Sequence[Piece], size: int) -> Iterator[Piece]:
    """Yield at most *size* pieces, none without the crawled ones that it was taken from."""
    kept = {id(piece) for piece in pieces[:size]}
    wanted = set(kept)
    for piece in pieces[:size]:
        line = list(piece.parents)
        while line:
            parent = line.pop()
            if parent.outlet.crawled and id(parent) not in wanted:
                wanted.add(id(parent))
                line.extend(parent.parents)
    return (piece for piece in pieces if id(piece) in wanted)


class _Desk:
    """Makes one event after the other; remembers what can be stitched."""

    def __init__(self, pick: Random, outlets: Sequence[Outlet]) -> None:
        self.pick = pick
        self.outlets = outlets
        self.recent: list[Piece] = []
        self.families = 0
        self.number = 0

    def next_event(self) -> list[Piece]:
        pick = self.pick
        at = START + timedelta(days=pick.uniform(0.5, DAYS))
        event = an_event(pick)
        self.families += 1
        chance = pick.random()
        if chance < 0.13:
            made = self._wired(event, at)
        elif chance < 0.23:
            made = self._reports(event, at)
        elif chance < 0.28:
            made = self._stitched(at)
        else:
            crawled = pick.random() >= 0.07
            paper = self._one(("paper", "paper", "paper", "republisher", "excerpts"), crawled=crawled)
            made = self._spread([self._original(paper, event, at)], self._how_many())
        self.recent = (self.recent + [p for p in made if p.outlet.habit == "paper" and p.outlet.crawled])[-40:]
        return made

    def _how_many(self) -> int:
        if self.pick.random() < 0.42:
            return 0
        return min(25, 1 + int(self.pick.expovariate(1 / 2.6)))

    def _one(self, habits: Sequence[Habit], *, crawled: bool = True) -> Outlet:
        habit = self.pick.choice(habits)
        return self.pick.choice(
            [
                o
                for o in self.outlets
                if o.crawled == crawled and (o.habit == habit or (not crawled and o.habit == "paper"))
            ]
        )

    # --- what is written

    def _original(self, outlet: Outlet, event: Event, at: datetime, **changes: object) -> Piece:
        pick = self.pick
        body = list(paragraphs(pick, event, pick.randint(4, 10)))
        if pick.random() < 0.3:
            body.insert(pick.randint(1, 3), event.quotation + f" The speaker was {pick.choice(event.people)}.")
        return self._piece(outlet, headline(pick, event), tuple(body), at, **changes)

    def _wired(self, event: Event, at: datetime) -> list[Piece]:
        """A dispatch of an agency and the subscribers that print it."""
        pick = self.pick
        agency = pick.choice([o for o in self.outlets if o.habit == "agency"])
        place = pick.choice(event.places).upper()
        dispatch = self._original(agency, event, at)
        marked = f"{place} ({agency.name}) - {dispatch.body[0]}"
        dispatch = replace(dispatch, body=(marked, *dispatch.body[1:]))
        out = [dispatch]
        printing = [o for o in self.outlets if agency.id in o.subscribes]
        for outlet in pick.sample(printing, min(len(printing), pick.randint(2, 7))):
            body = dispatch.body
            style = pick.random()
            byline: str | None = None
            if style > 0.8:
                body = (body[0].split(" - ", 1)[1], *body[1:])
                byline = f"By {agency.name}" if style < 0.9 else None
            if pick.random() < 0.4:
                body = body[: max(3, len(body) - pick.randint(1, 3))]
            title = dispatch.title if pick.random() < 0.5 else headline(pick, event)
            when = at + timedelta(minutes=pick.uniform(3, 240))
            names = (agency.id,) if style < 0.9 else ()
            out.append(
                self._piece(
                    outlet, title, body, when, byline=byline, parents=(dispatch,), names=names, family=dispatch.family
                )
            )
        return self._spread(out, 1) if pick.random() < 0.15 else out

    def _reports(self, event: Event, at: datetime) -> list[Piece]:
        """Reports of their own: the quotation is the same, nothing else is."""
        pick = self.pick
        out: list[Piece] = []
        papers = [o for o in self.outlets if o.habit == "paper" and o.crawled]
        for outlet in pick.sample(papers, pick.randint(2, 4)):
            when = at + timedelta(minutes=pick.uniform(0, 400))
            body = list(paragraphs(pick, event, pick.randint(4, 8)))
            body.insert(pick.randint(1, 3), event.quotation + f" The speaker was {pick.choice(event.people)}.")
            top: tuple[Line, ...] = ()
            if out and pick.random() < 0.15:
                first = out[0]
                top = (
                    Line(
                        f"As {first.outlet.name} reported earlier, {sentence(pick, event)}",
                        first.outlet.name,
                        first.url,
                    ),
                )
            out.append(self._piece(outlet, headline(pick, event), tuple(body), when, top=top))
            self.families += 1
        return out

    def _stitched(self, at: datetime) -> list[Piece]:
        """A piece put together from two or three others, with a sentence of its own between them."""
        pick = self.pick
        ready = [p for p in self.recent if not p.parents]
        if len(ready) < 3:
            return []
        taken = pick.sample(ready, pick.choice((2, 2, 3)))
        outlet = self._one(("digest",))
        body: list[str] = []
        links: list[Line] = []
        names = []
        for piece in taken:
            start = pick.randint(0, max(0, len(piece.body) - 3))
            body.append(sentence(pick, an_event(pick)))
            body += piece.body[start : start + 3]
            if pick.random() < CREDIT["digest"]:
                links.append(Line(f"Source: {piece.outlet.name}", piece.outlet.name, piece.url))
                names.append(piece.outlet.id)
        when = max(p.at for p in taken) + timedelta(hours=pick.uniform(1, 60))
        title = headline(pick, an_event(pick))
        family = max(taken, key=lambda p: len(p.body)).family
        return [
            self._piece(
                outlet,
                title,
                tuple(body),
                when,
                foot=tuple(links),
                parents=tuple(taken),
                names=tuple(names),
                family=family,
            )
        ]

    # --- what is taken

    def _spread(self, family: list[Piece], copies: int) -> list[Piece]:
        pick = self.pick
        bag = [habit for habit, count in COPIERS for _ in range(count)]
        for _ in range(copies):
            outlet = self._one(bag)
            if any(piece.outlet is outlet for piece in family):
                continue
            whole = [p for p in family[1:] if p.outlet.habit != "excerpts" and len(p.body) >= 3]
            root = family[0] if family[0].outlet.habit != "agency" else None
            hops = not root or (whole and pick.random() < COPY_OF_A_COPY)
            parent = pick.choice(whole) if hops and whole else root
            if parent is not None and not (outlet.habit == "excerpts" and len(parent.body) < 4):
                family.append(self._copy(outlet, parent, family))
        return family

    def _copy(self, outlet: Outlet, parent: Piece, family: Sequence[Piece]) -> Piece:
        pick = self.pick
        median = 40 if outlet.habit == "scraper" else 420
        at = parent.at + timedelta(minutes=4 + median * pick.lognormvariate(0, 1.1))
        body, top, foot = list(parent.body), list(parent.top), list(parent.foot)
        title = parent.title if pick.random() < 0.7 else headline(pick, an_event(pick))
        if outlet.habit == "excerpts":
            body = body[: pick.randint(2, max(2, min(3, len(body) - 2)))]
            top, foot = [], []
        else:
            if pick.random() < 0.2:
                body = body[: max(3, len(body) - pick.randint(1, 3))]
            if pick.random() < 0.25:
                body = [touched_up(pick, one, pick.choice((0.02, 0.05, 0.1))) for one in body]
            if pick.random() < 0.25 and outlet.habit != "scraper":
                note = pick.choice(_NOTES).format(own=outlet.name, text=sentence(pick, an_event(pick)))
                body.insert(pick.choice((0, len(body))), note)
            if pick.random() > (0.8 if outlet.habit == "scraper" else 0.6):
                top, foot = [], []  # the marks of the page it was taken from are taken off
            if pick.random() < 0.3:
                top, foot = ([Line(line.text) for line in part] for part in (top, foot))
        fields = self._credit(outlet, parent, family, title)
        credit = fields.pop("line", None)
        if isinstance(credit, Line):
            (top if pick.random() < 0.2 and outlet.habit != "excerpts" else foot).append(credit)
        return self._piece(
            outlet,
            title,
            tuple(body),
            at,
            top=tuple(top),
            foot=tuple(foot),
            parents=(parent,),
            family=parent.family,
            **fields,
        )

    def _credit(self, outlet: Outlet, parent: Piece, family: Sequence[Piece], title: str) -> dict[str, object]:
        """Return what the copier says of where it took it from: a line of its own, fields, whom that names."""
        pick = self.pick
        out: dict[str, object] = {}
        names: list[str] = []
        if pick.random() < (0.25 if outlet.habit == "scraper" else 0.08):
            out["canonical"] = parent.url
            names.append(parent.outlet.id)
        if outlet.has_html and pick.random() < (0.3 if outlet.habit == "scraper" else 0.1):
            out["media"] = f"https://{parent.outlet.domain}/wp-content/uploads/{parent.family}.jpg"
        if pick.random() < CREDIT[outlet.habit]:
            target, chance = parent, pick.random()
            if parent.parents and chance < SKIPPED_CREDIT:
                target = parent.origin
            elif chance > 1 - FALSE_CREDIT:
                others = [o for o in self.outlets if o.habit == "paper" and o.listed and o is not parent.outlet]
                target = replace(parent, outlet=pick.choice(others), url="")
                out["misleads"] = all(p.outlet is not target.outlet for p in family)
            name = target.outlet.name
            form = "Read the full article at {name}" if outlet.habit == "excerpts" else pick.choice(_CREDITS)
            text = form.format(name=name, title=title)
            link = pick.random()
            loses = outlet.habit == "scraper" and link < 0.6
            article = (link < 0.62 or outlet.habit == "excerpts") and target.url
            url = (
                None
                if loses
                else target.url
                if article
                else f"https://{target.outlet.domain}/"
                if link < 0.82
                else None
            )
            out["line"] = Line(text, name if url else "", url)
            if not out.get("misleads"):
                names.append(target.outlet.id)
        out["names"] = tuple(names)
        return out

    # --- what is seen of it

    def _piece(self, outlet: Outlet, title: str, body: tuple[str, ...], at: datetime, **changes: object) -> Piece:
        pick = self.pick
        self.number += 1
        absent, seen = outlet.looks(at)
        seen = max(seen, at) + timedelta(seconds=pick.randint(5, 240))
        if pick.random() < 0.015:
            seen += timedelta(days=pick.uniform(0.5, 6))  # the feed had passed it over
            absent = None
        writer = f"{pick.choice(('Ann', 'Bo', 'Cleo', 'Dag'))} {pick.choice(('Lorne', 'Marsh', 'Neve', 'Oak'))}"
        fields: dict[str, object] = {
            "url": f"https://{outlet.domain}/news/{title.partition(':')[0].lower().replace(' ', '-')}-{self.number}",
            "outlet": outlet,
            "title": title,
            "byline": f"By {writer}",
            "body": body,
            "at": at,
            "published": self._dated(outlet, at, changes.get("parents")),
            "seen": seen,
            "absent": absent,
            "family": self.families,
        }
        return Piece(**(fields | changes))  # type: ignore[arg-type]

    def _dated(self, outlet: Outlet, at: datetime, parents: object) -> Dated | None:
        """Return what the page says of when it came out; now and then that is not so."""
        pick = self.pick
        chance = pick.random()
        if parents and chance < 0.007:
            at -= timedelta(days=pick.uniform(1, 400))
        elif chance > 0.994:
            at += timedelta(days=pick.uniform(1, 40))
        elif parents and outlet.habit == "scraper" and 0.4 < chance < 0.46 and isinstance(parents, tuple):
            came_along: Dated | None = parents[0].published
            return came_along
        shown = at + outlet.offset
        match outlet.dates:
            case "exact":
                return Dated(at=shown.replace(microsecond=0), basis="json-ld")
            case "minute":
                return Dated(at=shown.replace(second=0, microsecond=0), precision="minute", basis="meta")
            case "local":
                return Dated(
                    at=(at + outlet.zone).replace(second=0, microsecond=0),
                    precision="minute",
                    zone_known=False,
                    basis="meta",
                )
            case "day":
                day = (at + outlet.zone).date()
                midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
                return Dated(at=midnight, precision="day", zone_known=False, basis="meta")
            case "none":
                return None
