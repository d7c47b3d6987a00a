"""A crew inside one process: what Redis does, said in Python."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crawler.crew import Counts, Leased, Task, Turn

REMEMBERED = 600.0  # seconds that done tasks are
PACE_KEPT = 3_600.0


@dataclass(slots=True)
class _Lease:
    leased: Leased
    holder: str
    until: float


@dataclass(slots=True)
class _Host:
    inside: dict[int, float] = field(default_factory=dict)  # token: when its holder is taken for dead
    next_at: float = 0.0
    pace: float = 0.0
    pace_until: float = 0.0


class MemoryCrew:
    """Implements ``Crew``. Safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.url = "memory:"
        self._clock = clock
        self._lock = threading.RLock()
        self._number = 0
        self._waiting: dict[str, Task] = {}
        self._leases: dict[str, _Lease] = {}
        self._done: dict[str, float] = {}
        self._offices: dict[str, tuple[str, int, float]] = {}
        self._hosts: dict[str, _Host] = {}

    def check(self) -> None:
        """There is nothing to reach."""

    def close(self) -> None:
        """There is nothing to close."""

    def moment(self) -> int:
        return int(self._clock() * 1e6)

    def counts(self) -> Counts:
        with self._lock:
            self._forget()
            return Counts(waiting=len(self._waiting), leased=len(self._leases))

    def lead(self, office: str, holder: str, seconds: float) -> int | None:
        with self._lock:
            now = self._clock()
            held = self._offices.get(office)
            if held is not None and held[2] > now and held[0] != holder:
                return None
            number = held[1] if held is not None and held[2] > now else self._next()
            self._offices[office] = (holder, number, now + seconds)
            return number

    def resign(self, office: str, number: int) -> None:
        with self._lock:
            if office in self._offices and self._offices[office][1] == number:
                del self._offices[office]

    def offer(self, tasks: Sequence[Task], *, seen: int) -> int:
        with self._lock:
            self._forget()
            new = 0
            for task in tasks:
                if task.key in self._waiting or task.key in self._leases:
                    continue
                if self._done.get(task.key, 0.0) * 1e6 <= seen:
                    self._waiting[task.key] = task
                    new += 1
            return new

    def lease(self, holder: str, *, most: int, per_host: int, seconds: float) -> Sequence[Leased]:
        with self._lock:
            self._forget()
            others = {one.leased.task.host for one in self._leases.values() if one.holder != holder}
            mine = Counter(one.leased.task.host for one in self._leases.values() if one.holder == holder)
            got: list[Leased] = []
            for task in sorted(self._waiting.values(), key=lambda task: (task.at, task.key)):
                if len(got) >= most:
                    break
                if task.host not in others and mine[task.host] < per_host:
                    mine[task.host] += 1
                    got.append(self._lease(task, holder, seconds))
            return tuple(got)

    def claim(self, tasks: Sequence[Task], holder: str, *, seconds: float) -> Sequence[Leased]:
        with self._lock:
            self._forget()
            return tuple(self._lease(task, holder, seconds) for task in tasks if task.key not in self._leases)

    def keep(self, leases: Sequence[Leased], *, seconds: float) -> Sequence[str]:
        with self._lock:
            self._forget()
            lost = []
            for leased in leases:
                if self._holds(leased):
                    self._leases[leased.task.key].until = self._clock() + seconds
                else:
                    lost.append(leased.task.key)
            return tuple(lost)

    def done(self, leases: Sequence[Leased]) -> None:
        with self._lock:
            self._forget()
            for leased in leases:
                key = leased.task.key
                if key in self._leases and not self._holds(leased):
                    continue
                self._leases.pop(key, None)
                self._waiting.pop(key, None)
                self._done[key] = self._clock()

    def enter(self, host: str, *, pace: float, most: int, seconds: float, lease: Leased | None = None) -> Turn:
        with self._lock:
            self._forget()
            if lease is not None and not self._holds(lease):
                return Turn(lost=True)
            now, at = self._clock(), self._hosts.setdefault(host, _Host())
            at.inside = {token: until for token, until in at.inside.items() if until > now}
            if at.next_at > now:
                return Turn(seconds=at.next_at - now)
            if len(at.inside) >= most:
                return Turn()
            token = self._next()
            at.inside[token] = now + seconds
            at.next_at = now + self._pace(at, pace)
            return Turn(token=token)

    def leave(self, host: str, token: int, *, pace: float) -> None:
        with self._lock:
            at = self._hosts.get(host)
            if at is not None and at.inside.pop(token, None) is not None:
                at.next_at = max(at.next_at, self._clock() + self._pace(at, pace))

    def slow_down(self, host: str, pace: float) -> None:
        with self._lock:
            at = self._hosts.setdefault(host, _Host())
            at.pace, at.pace_until = pace, self._clock() + PACE_KEPT

    def rest(self, host: str, seconds: float) -> None:
        with self._lock:
            at = self._hosts.setdefault(host, _Host())
            at.next_at = max(at.next_at, self._clock() + seconds)

    def _next(self) -> int:
        self._number = max(self._number + 1, self.moment())
        return self._number

    def _lease(self, task: Task, holder: str, seconds: float) -> Leased:
        self._waiting.pop(task.key, None)
        leased = Leased(task=task, number=self._next())
        self._leases[task.key] = _Lease(leased, holder, self._clock() + seconds)
        return leased

    def _holds(self, leased: Leased) -> bool:
        held = self._leases.get(leased.task.key)
        return held is not None and held.leased.number == leased.number

    def _pace(self, at: _Host, pace: float) -> float:
        return max(pace, at.pace) if at.pace_until > self._clock() else pace

    def _forget(self) -> None:
        now = self._clock()
        self._leases = {key: one for key, one in self._leases.items() if one.until > now}
        self._done = {key: at for key, at in self._done.items() if at > now - REMEMBERED}
