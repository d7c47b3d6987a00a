"""What the workers of a crew share: who leads, who has what in hand, and whose turn it is at a host.

Nothing here has to last. The store knows which feeds are due and which pages are missing; a crew only keeps two workers
from doing the same thing, and all of them together from asking a host too often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A feed to be asked or a page to be fetched. ``body`` is for whoever does it; ``at`` orders tasks, least first."""

    key: str
    host: str
    at: int = 0
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A task that is ours until its lease ends. No two leases ever have the same number; a later one has a higher."""

    task: Task
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a host's turnstile says: go on with this *token*, wait so many *seconds*, or your lease is *lost*."""

    token: int | None = None
    seconds: float = 0.0
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    waiting: int
    leased: int


class Crew(Protocol):
    """Each method is one step that nothing comes in between. Times are the crew's own clock, one for all workers.

    Every method raises CrewUnavailable where what is shared cannot be reached.
    """

    url: str
    """Where it is, without secrets."""

    def check(self) -> None:
        """Return where the crew can work, and what it keeps outlives a crash. Raises CrewUnavailable otherwise."""
        ...

    def moment(self) -> int:
        """Return the crew's time, in microseconds."""
        ...

    def counts(self) -> Counts: ...

    def close(self) -> None: ...

    # who leads

    def lead(self, office: str, holder: str, seconds: float) -> int | None:
        """Be the one who holds *office* for the next *seconds*; return the number of that hold, None if another is.

        The number stays as long as it is renewed in time. A later holder has a higher one.
        """
        ...

    def resign(self, office: str, number: int) -> None:
        """Give the office up, if it is still held by that number."""
        ...

    # who has what in hand

    def offer(self, tasks: Sequence[Task], *, seen: int) -> int:
        """Let workers take *tasks*, of which the store was asked after the moment *seen*; return how many are new.

        Left out: what waits already, what is leased, and what was done after *seen*, since the store may not have
        known that yet.
        """
        ...

    def lease(self, holder: str, *, most: int, per_host: int, seconds: float) -> Sequence[Leased]:
        """Take at most *most* waiting tasks, least ``at`` first, then by key.

        A host that another holder has tasks of is left to that one. *per_host* counts what *holder* has in hand, too.
        A lease that is not renewed for *seconds* ends: its task is forgotten, and comes back with the next offer.
        """
        ...

    def claim(self, tasks: Sequence[Task], holder: str, *, seconds: float) -> Sequence[Leased]:
        """Lease those of *tasks* that nobody has leased, waiting or not, whoever is at work on their hosts."""
        ...

    def keep(self, leases: Sequence[Leased], *, seconds: float) -> Sequence[str]:
        """Renew leases for the next *seconds* from now; return the keys of those that are lost."""
        ...

    def done(self, leases: Sequence[Leased]) -> None:
        """Say that the store knows what became of these. A task that another has leased since stays with that one."""
        ...

    # whose turn it is at a host

    def enter(self, host: str, *, pace: float, most: int, seconds: float, lease: Leased | None = None) -> Turn:
        """Ask to send a request to *host*; whoever gets a token sends it now, and then calls ``leave``.

        At most *most* are under way at once. The next may begin *pace* seconds after the last began and, with *most* 1,
        after it ended: a request that is slow on its way is never met by the next one. Who does not leave in *seconds*
        is taken for dead. With *lease*, there is a turn only as long as that is held.
        """
        ...

    def leave(self, host: str, token: int, *, pace: float) -> None:
        """Say that the request is over. Its *pace* counts from now."""
        ...

    def slow_down(self, host: str, pace: float) -> None:
        """Let nobody ask *host* more often than each *pace* seconds, for an hour: it asks for that (Crawl-delay)."""
        ...

    def rest(self, host: str, seconds: float) -> None:
        """Leave *host* alone for that long: it asks for that (429, 503)."""
        ...
