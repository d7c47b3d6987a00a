"""Prints, for 10,000 feeds, how many polls each way of polling needs and how late it sees what they publish.

Each feed posts as a real one does: the times between its entries are those between the entries of a feed of the
evaluation data, drawn in runs of five, stretched or squeezed by up to a third. "Fixed" asks every feed every so often;
"doubling" halves the interval on news and doubles it otherwise, 5 minutes to a day; "copytrail" is
``crawler.polling`` itself, with the default settings, jitter included. An entry that left its feed, which shows as many
as the real one, before anybody looked is missed. Delay is the time from publication to the poll that shows the entry.

Run: python -m tests.benchmarks.polling [--feeds 10000] [--days 7] [--data FOLDER]
"""

from __future__ import annotations

import argparse
import base64
import random
import statistics
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from config import PollSettings
from crawler.model import FeedState
from crawler.polling import Answer, Bounds, Shown, after, question
from tests.benchmarks.feeds import HERE, lines, read

Way = Callable[["Tally", "Posts", float, random.Random], None]
START = datetime(2026, 11, 2, tzinfo=UTC)
MINUTE = 60.0
_LONGEST_GAP = 60 * 86_400.0


@dataclass
class Posts:
    """When a feed posts, in seconds from our first look, and how many entries it shows."""

    times: list[float]
    shows: int


@dataclass
class Tally:
    name: str
    polls: int = 0
    idle: int = 0  # polls that showed nothing new
    missed: int = 0
    delays: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        late = sorted(self.delays)
        mean, middle, worst = statistics.fmean(late), late[len(late) // 2], late[len(late) * 95 // 100]
        minutes = f"{mean / 60:8.1f} {middle / 60:8.1f} {worst / 60:8.1f}"
        return f"{self.name:14} {self.polls:12,} {self.idle / self.polls:10.1%} {minutes} {self.missed:8,}"


def rhythms(folder: Path) -> list[list[float]]:
    """Return, of each real feed with at least ten dated entries, the seconds between them, in their order."""
    found = []
    for body in _bodies(folder):
        dates = sorted({(e.published or e.updated).at for e in read(body).entries if e.published or e.updated})  # type: ignore[union-attr]
        gaps = [(b - a).total_seconds() for a, b in pairwise(dates)]
        gaps = [gap for gap in gaps if gap < _LONGEST_GAP]
        if len(gaps) >= 9 and gaps not in found:
            found.append(gaps)
    return found


def _bodies(folder: Path) -> Iterator[bytes]:
    for name in ("feedrs", "gofeed", "feedparser"):
        for case in lines(folder / f"{name}_cases.jsonl.gz"):
            yield base64.b64decode(case["content_b64"])
    for path in sorted((folder / "raw").iterdir()):
        yield path.read_bytes()


def posts(gaps: Sequence[float], before: float, until: float, chance: random.Random) -> Posts:
    """Return when a feed of that rhythm posts, from some time before 0, when we first look, to *until*."""
    pace = chance.uniform(0.75, 1.33)
    at, times = -before - chance.choice(gaps) * chance.random(), []
    while at < until:
        start = chance.randrange(len(gaps))
        for gap in gaps[start : start + 5]:
            at += max(gap, 1.0) * pace
            times.append(at)
    return Posts([at for at in times if -before < at < until], shows=len(gaps) + 1)


def fixed(every: float) -> Way:
    def run(tally: Tally, posts: Posts, until: float, chance: random.Random) -> None:
        at = seen = -every * chance.random()
        seen = at
        while (at := at + every) < until:
            _look(tally, posts, seen, at)
            seen = at

    return run


def doubling(tally: Tally, posts: Posts, until: float, chance: random.Random) -> None:
    wait, seen = 30 * MINUTE, 0.0
    at = wait * chance.random()
    while at < until:
        fresh = _look(tally, posts, seen, at)
        wait = min(max(wait / 2 if fresh else wait * 2, 5 * MINUTE), 86_400.0)
        seen, at = at, at + wait * chance.uniform(0.9, 1.1)


def ours(tally: Tally, posts: Posts, until: float, chance: random.Random) -> None:
    poll = PollSettings()
    bounds = Bounds(
        usual=timedelta(minutes=poll.default_interval_minutes),
        least=timedelta(minutes=poll.min_interval_minutes),
        most=timedelta(minutes=poll.max_interval_minutes),
    )
    state = FeedState(url=f"http://feed.example/{chance.random()}", source_id="a")
    seen, at = -1e18, 0.0  # the first look is nobody's delay: what is there was published before we came
    while at < until:
        now = START + timedelta(seconds=at)
        fresh = bool(_look(tally, posts, seen, at)) if seen > -1e18 else True
        asked = question(state, now)
        last = bisect_right(posts.times, at)
        newest = [
            Shown(f"{n:06}", START + timedelta(seconds=posts.times[n])) for n in range(max(0, last - posts.shows), last)
        ]
        unchanged = not fresh and not asked.in_full
        answer = (
            Answer(status=304) if unchanged else Answer(status=200, etag='"e"', in_full=asked.in_full, shown=newest)
        )
        state = after(state, answer, now=now, bounds=bounds, jitter=chance.uniform(-0.1, 0.1))
        assert state.next_at is not None
        seen, at = at, (state.next_at - START).total_seconds()


def _look(tally: Tally, posts: Posts, since: float, at: float) -> int:
    """Count a poll at *at* after one at *since*; return how many entries were new."""
    times = posts.times
    first, last = bisect_right(times, max(since, 0.0)), bisect_right(times, at)
    gone = max(0, last - first - posts.shows)
    tally.polls += 1
    tally.idle += first == last
    tally.missed += gone
    tally.delays += [at - one for one in times[first + gone : last]]
    return last - first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--data", type=Path, default=HERE)
    asked = parser.parse_args()
    if not asked.data.is_dir():
        print(f"skipped: no feeds at {asked.data}")
        return
    known = rhythms(asked.data)
    middles = sorted(statistics.median(gaps) for gaps in known)
    print(f"{len(known)} real rhythms, the middle gap {middles[0] / 60:.1f} min to {middles[-1] / 86_400:.1f} days;")
    until = asked.days * 86_400.0
    ways = {f"fixed {minutes} min": fixed(minutes * MINUTE) for minutes in (5, 15, 30, 60, 120)}
    ways |= {"doubling": doubling, "copytrail": ours}
    tallies = {name: Tally(name) for name in ways}
    published = 0
    for number in range(asked.feeds):
        chance = random.Random(number)
        made = posts(known[number % len(known)], 14 * 86_400.0, until, chance)
        published += len(made.times) - bisect_right(made.times, 0.0)
        for name, run in ways.items():
            run(tallies[name], made, until, random.Random(number))
    print(f"{asked.feeds:,} feeds, {asked.days:g} days, {published:,} entries; minutes of delay\n")
    print(f"{'':14} {'polls':>12} {'in vain':>10} {'mean':>8} {'median':>8} {'95 %':>8} {'missed':>8}")
    for tally in tallies.values():
        print(tally)
    mine = tallies["copytrail"]
    same = [t for name, t in tallies.items() if name.startswith("fixed")]
    for tally in same:
        saved, later = 1 - mine.polls / tally.polls, statistics.fmean(mine.delays) - statistics.fmean(tally.delays)
        print(f"against {tally.name}: {saved:+.1%} polls saved, {later / 60:+.1f} min of delay")


if __name__ == "__main__":
    main()
