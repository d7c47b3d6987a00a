"""Who there is: outlets with their habits, their clocks and how often we look at them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

from crawler.model import Source, SourceKind

Habit = Literal["paper", "republisher", "scraper", "excerpts", "digest", "agency"]
DateStyle = Literal["exact", "minute", "local", "day", "none"]

START = datetime(2025, 3, 1, tzinfo=UTC)
DAYS = 30

_FIRST = """Harbour Inland Meridian Northern Lantern Granite Willow Copper Amber Falcon Juniper Cobalt Saltmarsh Thistle
Orchard Beacon Quarry Heron Larch Pewter Cinder Marram Osprey Tamarack Bramble Kestrel Drumlin Estuary Fathom Gable
Hawthorn Isthmus Jetty Keel Loam Moorland Nettle Oxbow Plover Quill Rushlight Sorrel Tiller Umber Vetch Wharf""".split()  # noqa: SIM905
_SECOND = (
    *("Courier", "Mirror", "Post", "Review", "Ledger", "Chronicle"),
    *("Dispatch", "Observer", "Gazette", "Bulletin", "Herald", "Monitor"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet. ``offset`` is what its clock shows beyond the truth, ``zone`` its own."""

    id: str
    name: str
    habit: Habit
    crawled: bool = True
    listed: bool = True  # in the registry
    offset: timedelta = timedelta(0)
    zone: timedelta = timedelta(0)
    dates: DateStyle = "exact"
    poll: timedelta = timedelta(minutes=15)
    phase: timedelta = timedelta(0)
    lag: timedelta = timedelta(0)  # its feed names a page that much later
    since: datetime = START - timedelta(days=9)  # crawled from then on
    silent: tuple[datetime, datetime] | None = None  # its feed could not be read then
    subscribes: tuple[str, ...] = ()
    has_html: bool = False

    @property
    def domain(self) -> str:
        return f"{self.id}.example"

    @property
    def honest(self) -> bool:
        """Say whether its clock can be believed."""
        return abs(self.offset) <= timedelta(minutes=2)

    def looks(self, at: datetime) -> tuple[datetime | None, datetime]:
        """Return our last look at its feed without a page of *at* (None: there was none), and the first one with it."""
        at += self.lag
        if at < self.since:
            return None, self.since + self.phase
        before = at - (at - START - self.phase) % self.poll
        after = before + self.poll
        if self.silent is not None:
            start, end = self.silent
            if start <= before < end:
                before = start - self.poll
            if start <= after < end:
                after = end
        return (before if before >= self.since else None), after


COUNTS: dict[Habit, int] = {"paper": 18, "republisher": 12, "scraper": 8, "excerpts": 5, "digest": 3, "agency": 3}
UNSEEN = 7  # papers that are not crawled, three of them not even listed


def some_outlets(pick: Random) -> tuple[Outlet, ...]:
    """Return the outlets of one world."""
    names = pick.sample([(first, second) for first in _FIRST for second in _SECOND], sum(COUNTS.values()) + UNSEEN)
    taken = iter(names)
    out: list[Outlet] = []
    agencies: list[str] = []
    for habit in ("agency", "paper", "republisher", "scraper", "excerpts", "digest"):
        for number in range(COUNTS[habit]):
            first, second = next(taken)
            second = "Newswire" if habit == "agency" else second
            id = f"{first}-{second}".lower()
            if habit == "agency":
                agencies.append(id)
            wires = habit in ("paper", "republisher") and pick.random() < 0.6
            out.append(
                _an_outlet(
                    pick,
                    id=id,
                    name=f"{first} {second}",
                    habit=habit,
                    crawled=habit != "agency" or number == 0,
                    subscribes=tuple(pick.sample(agencies, 2)) if wires else (),
                )
            )
    for number in range(UNSEEN):
        first, second = next(taken)
        out.append(
            _an_outlet(
                pick,
                id=f"{first}-{second}".lower(),
                name=f"{first} {second}",
                habit="paper",
                crawled=False,
                listed=number >= 3,
            )
        )
    return tuple(out)


def _an_outlet(
    pick: Random,
    *,
    id: str,
    name: str,
    habit: Habit,
    crawled: bool,
    listed: bool = True,
    subscribes: tuple[str, ...] = (),
) -> Outlet:
    zone = timedelta(minutes=pick.choice((-480, -300, 0, 0, 0, 60, 120, 180, 330, 480)))
    clock = pick.random()
    if clock < 0.84:
        offset = timedelta(seconds=pick.randint(-60, 60))
    elif clock < 0.93:
        offset = zone  # local time called UTC
    else:
        offset = timedelta(minutes=pick.choice((-45, -20, 8, 25, 70)))
    styles: tuple[DateStyle, ...] = ("exact",) * 13 + ("minute",) * 2 + ("local",) * 2 + ("day",) * 2 + ("none",)
    dates = pick.choice(styles)
    silence = START + timedelta(days=pick.uniform(0, DAYS))
    return Outlet(
        id=id,
        name=name,
        habit=habit,
        crawled=crawled,
        listed=listed,
        offset=offset,
        zone=zone,
        dates=dates,
        poll=timedelta(minutes=pick.choice((5, 10, 15, 15, 30, 30, 60, 60, 180, 360, 720))),
        phase=timedelta(minutes=pick.randint(0, 4)),
        lag=timedelta(minutes=pick.uniform(2, 18)) if pick.random() < 0.25 else timedelta(0),
        since=START + timedelta(days=pick.uniform(3, 15)) if pick.random() < 0.06 else START - timedelta(days=9),
        silent=(silence, silence + timedelta(hours=pick.uniform(8, 60))) if pick.random() < 0.15 else None,
        subscribes=subscribes,
        has_html=pick.random() < 0.3,
    )


def as_source(outlet: Outlet) -> Source:
    """Return *outlet* as the registry knows it."""
    kinds: dict[Habit, SourceKind] = {"agency": "agency", "digest": "aggregator"}
    return Source(id=outlet.id, name=outlet.name, domains=(outlet.domain,), kind=kinds.get(outlet.habit, "outlet"))
