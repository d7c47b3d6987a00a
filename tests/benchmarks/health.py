"""How often a silence is taken for an alarm by mistake, and how long a real one takes to be told.

Feeds of several habits are simulated for a year each, asked every hour and looked at every three, then fall silent for
good at a random moment. Beside our rule: a fixed limit of one and of seven days. No data are needed.

    python -m tests.benchmarks.health
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from crawler.diary import begun, is_quiet, silence, written

BEGIN = datetime(2025, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
YEAR = 365 * 24
FEEDS = 4  # of each habit
SHORTEST = 6  # hours
STEP = 3  # hours between two looks at how it is
WAIT = 60 * 24  # hours that a real silence is given to be told

Habit = Callable[[datetime], float]


def office(a_day: float) -> Habit:
    return lambda at: a_day / 10 if at.weekday() < 5 and 8 <= at.hour < 18 else 0.0


def day_and_night(a_day: float) -> Habit:
    return lambda at: a_day / 24 * (1.6 if 7 <= at.hour < 22 else 0.3) * (1.0 if at.weekday() < 5 else 0.5)


def even(a_day: float) -> Habit:
    return lambda at: a_day / 24


def holidays(habit: Habit) -> Habit:
    """Return *habit* with five days off at the end of the year and three in spring."""
    off = {(12, day) for day in range(24, 29)} | {(4, day) for day in range(18, 21)}
    return lambda at: 0.0 if (at.month, at.day) in off else habit(at)


HABITS: dict[str, Habit] = {
    "agency, 200 a day": day_and_night(200),
    "newsroom, 30 a day": day_and_night(30),
    "office hours, 10 a day": office(10),
    "office hours, 2 a day": office(2),
    "office with holidays, 10 a day": holidays(office(10)),
    "newsroom with holidays, 30 a day": holidays(day_and_night(30)),
    "blog, 1 a day": even(1),
    "blog, 2 a week": even(2 / 7),
    "blog, 1 a month": even(1 / 30),
}


def number(chance: random.Random, mean: float) -> int:
    """Return how many entries an hour has, in bursts: a Poisson number of them, one to three entries each."""
    limit, product, events = math.exp(-mean / 1.5), chance.random(), 0
    while product > limit:
        events, product = events + 1, product * chance.random()
    return sum(chance.choice((1, 1, 2)) for _ in range(events))


def one(habit: Habit, seed: int) -> tuple[dict[str, int], dict[str, int | None]]:
    """Return the false alarms of each rule in a year, and after how many hours each told of a real silence."""
    chance = random.Random(seed)
    diary, silent = begun([], BEGIN), 0
    false = dict.fromkeys(("own rhythm", "1 day", "7 days"), 0)
    told: dict[str, int | None] = dict.fromkeys(false)
    ringing = dict.fromkeys(false, False)
    end = YEAR + chance.randrange(24 * 7)
    for hour in range(1, end + WAIT):
        at = BEGIN + hour * HOUR
        news = number(chance, habit(at)) if hour <= end else 0
        diary = written(diary, at, news)
        silent = 0 if news else silent + 1
        found = (
            silence(diary) if silent >= SHORTEST and hour % STEP == 0 else None
        )  # shorter ones are never an alarm: quicker so
        rings = {
            "own rhythm": (found is not None and is_quiet(found)) or (silent > STEP and ringing["own rhythm"]),
            "1 day": silent >= 24,
            "7 days": silent >= 7 * 24,
        }
        for rule, on in rings.items():
            if on and hour <= end and not ringing[rule]:
                false[rule] += 1
            if on and hour > end and told[rule] is None:
                told[rule] = hour - end
            ringing[rule] = on
        if hour > end and all(told.values()):
            break
    return false, told


def main() -> None:
    print(f"{FEEDS} feeds of each habit for a year; false alarms a feed and year, hours until a real silence is told")
    rules = ("own rhythm", "1 day", "7 days")
    print(f"{'habit':34}" + "".join(f"{rule + ': false':>20}{'told after':>12}" for rule in rules))
    for name, habit in HABITS.items():
        runs = [one(habit, seed) for seed in range(FEEDS)]
        line = f"{name:34}"
        for rule in rules:
            hours = [t[rule] for _, t in runs]
            known = [h for h in hours if h is not None]
            late = f"{median(known):.0f} h" if len(known) > len(hours) / 2 else "never"
            line += f"{sum(f[rule] for f, _ in runs) / FEEDS:20.2f}{late:>12}"
        print(line)


if __name__ == "__main__":
    main()
