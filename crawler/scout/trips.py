"""What the looks at sources share: they hold answers and problems, and end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from crawler.live import Ask, Kind, Limits


@dataclass(slots=True, kw_only=True)
class Trip:
    """One look under way. ``problems`` are clear lines, in the order in which they came up."""

    now: Callable[[], datetime]
    limits: Limits = field(default_factory=lambda: Limits(seconds=900.0))
    most: int = 100  # addresses asked for
    problems: list[str] = field(default_factory=list)
    _asked: set[str] = field(default_factory=set)

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        # Scrapy copies its settings for every crawler. There is one trip.
        return self

    def asks(self, urls: Iterable[str], *, why: str, depth: int = 0, kind: Kind = "feed") -> list[Ask]:
        """Return what to ask for of *urls*: each once, and no more than are allowed."""
        found = []
        for url in urls:
            if url in self._asked:
                continue
            if len(self._asked) >= self.most:
                self.problems.append(f"more than {self.most} addresses: the rest was not asked for")
                break
            self._asked.add(url)
            found.append(Ask(url=url, kind=kind, depth=depth, why=why))
        return found
