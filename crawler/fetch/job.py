"""What the scheduler and the crawl's child process tell each other, in lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Self

from config import Settings
from crawler.polling import Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one round is to do.

    ``everything`` asks all feeds, due or not, and tries all failed pages again; ``tries_again`` those
    whose time has come. ``feeds``, ``pages`` and, of each of the two, ``per_host`` bound what it takes on: after an
    outage everything is due at once. ``folder`` and ``overrides`` are those of ``config.load``, the latter plain JSON
    values.
    """

    crew: str | None = None  # as which worker of a crew; then it leases what it does
    folder: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    everything: bool = False
    tries_again: bool = True
    feeds: int = 1_000
    pages: int = 500
    per_host: int = 60
    longest_seconds: float = 900.0

    def line(self) -> str:
        return json.dumps(asdict(self), default=str) + "\n"

    @classmethod
    def read(cls, line: str) -> Self:
        return cls(**json.loads(line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A line of the child's: ``at`` is "alive", "page", "idle" or, once and last, "end"."""

    at: str
    name: str = ""
    stopped: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)

    def line(self) -> str:
        said = {"at": self.at, "name": self.name, "stopped": self.stopped, "counts": dict(self.counts)}
        return json.dumps(said) + "\n"

    @classmethod
    def read(cls, line: str) -> Self | None:
        """Return the sign that *line* is, None for anything else."""
        try:
            return cls(**json.loads(line))
        except (ValueError, TypeError):
            return None


def bounds_of(settings: Settings) -> Callable[[str], Bounds]:
    """Return how often each source's feeds may be asked; a source's own interval is kept to exactly."""
    poll = settings.poll
    general = Bounds(
        usual=timedelta(minutes=poll.default_interval_minutes),
        least=timedelta(minutes=poll.min_interval_minutes),
        most=timedelta(minutes=poll.max_interval_minutes),
    )
    own = {}
    for source in settings.sources:
        if source.interval_minutes is not None:
            interval = timedelta(minutes=source.interval_minutes)
            own[source.id] = Bounds(usual=interval, least=interval, most=interval)
    return lambda source_id: own.get(source_id, general)
