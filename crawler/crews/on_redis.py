"""A crew over any number of hosts: what it shares lies in Redis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from crawler.crew import Counts, Leased, Task, Turn
from crawler.crews.memory import PACE_KEPT, REMEMBERED
from crawler.crews.steps import STEPS
from crawler.errors import CrewUnavailable, InputError

try:
    from redis import Redis
    from redis.exceptions import AuthenticationError, RedisError
except ModuleNotFoundError as missing:
    raise InputError("crew.url needs a package that is not installed: pip install 'copytrail[redis]'") from missing

_AT_ONCE = 200  # tasks in one step: others wait for it
_SECONDS = 5.0  # for an answer


class RedisCrew:
    """Implements ``Crew``. Safe for threads; a process that forks opens its own."""

    def __init__(self, url: str, name: str = "copytrail", *, seconds: float = _SECONDS) -> None:
        self.url = shown(url)
        self._prefix = f"{{{name}}}:"
        try:
            self._redis = Redis.from_url(
                url, decode_responses=True, socket_timeout=seconds, socket_connect_timeout=seconds
            )
        except (ValueError, RedisError) as error:
            # Its words may quote the URL.
            raise InputError(f"crew.url: {self.url}: not a URL that Redis is reached by") from error
        self._steps = {name: self._redis.register_script(step) for name, step in STEPS.items()}

    def check(self) -> None:
        try:
            held = self._redis.config_get("appendonly")
            policy = self._redis.config_get("maxmemory-policy")
        except AuthenticationError as error:
            raise self._unavailable(error) from error
        except RedisError:
            # A hosted one may forbid the question; the work itself says whether it can be done.
            self._step("moment")
            return
        if policy.get("maxmemory-policy", "noeviction") != "noeviction":
            raise CrewUnavailable(
                f"Redis at {self.url} throws away what it has no room for: set its maxmemory-policy to noeviction"
            )
        if held.get("appendonly") == "no":
            raise CrewUnavailable(
                f"Redis at {self.url} forgets at a crash when a host was last asked: set its appendonly to yes"
            )

    def close(self) -> None:
        self._redis.close()

    def moment(self) -> int:
        return int(self._step("moment"))

    def counts(self) -> Counts:
        waiting, leased = self._step("counts")
        return Counts(waiting=waiting, leased=leased)

    def lead(self, office: str, holder: str, seconds: float) -> int | None:
        number = self._step("lead", office, holder, _micros(seconds))
        return None if number is None else int(number)

    def resign(self, office: str, number: int) -> None:
        self._step("resign", office, number)

    def offer(self, tasks: Sequence[Task], *, seen: int) -> int:
        return sum(self._step("offer", seen, _micros(REMEMBERED), *_spread(some)) for some in _parts(tasks))

    def lease(self, holder: str, *, most: int, per_host: int, seconds: float) -> Sequence[Leased]:
        got = self._step("lease", holder, most, per_host, _micros(seconds))
        return tuple(
            _leased(key, number, at, task)
            for key, number, at, task in zip(got[::4], got[1::4], got[2::4], got[3::4], strict=True)
        )

    def claim(self, tasks: Sequence[Task], holder: str, *, seconds: float) -> Sequence[Leased]:
        out: list[Leased] = []
        for some in _parts(tasks):
            numbers = self._step("claim", holder, _micros(seconds), *_spread(some))
            out += [Leased(task=task, number=int(number)) for task, number in zip(some, numbers, strict=True) if number]
        return tuple(out)

    def keep(self, leases: Sequence[Leased], *, seconds: float) -> Sequence[str]:
        lost: list[str] = []
        for some in _parts(leases):
            lost += self._step("keep", _micros(seconds), *_numbered(some))
        return tuple(lost)

    def done(self, leases: Sequence[Leased]) -> None:
        for some in _parts(leases):
            self._step("done", *_numbered(some))

    def enter(self, host: str, *, pace: float, most: int, seconds: float, lease: Leased | None = None) -> Turn:
        held = ("", "") if lease is None else (lease.task.key, lease.number)
        token, wait, lost = self._step("enter", host, _micros(pace), most, _micros(seconds), *held)
        return Turn(token=int(token) if token else None, seconds=int(wait) / 1e6, lost=bool(lost))

    def leave(self, host: str, token: int, *, pace: float) -> None:
        self._step("leave", host, token, _micros(pace))

    def slow_down(self, host: str, pace: float) -> None:
        self._step("slow_down", host, _micros(pace), _micros(PACE_KEPT))

    def rest(self, host: str, seconds: float) -> None:
        self._step("rest", host, _micros(seconds))

    def _step(self, name: str, *arguments: str | int) -> Any:
        try:
            return self._steps[name](keys=[self._prefix], args=list(arguments))
        except RedisError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: RedisError) -> CrewUnavailable:
        if isinstance(error, AuthenticationError):
            return CrewUnavailable(f"Redis at {self.url} does not take our password: set COPYTRAIL_CREW__URL")
        words = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        return CrewUnavailable(f"Redis at {self.url} cannot be used: {words}")


def shown(url: str) -> str:
    """Return *url* without user, password and options."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return f"unix://{parts.path}"
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "localhost"
        return f"{parts.scheme}://{host}:{parts.port or 6379}{parts.path}"
    except ValueError:
        return f"{url.partition(':')[0]}:..."


def _micros(seconds: float) -> int:
    return round(seconds * 1e6)


def _parts(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), _AT_ONCE):
        yield things[start : start + _AT_ONCE]


def _spread(tasks: Sequence[Task]) -> Iterator[str | int]:
    for task in tasks:
        yield from (task.key, task.at, task.host, task.body)


def _numbered(leases: Sequence[Leased]) -> Iterator[str | int]:
    for leased in leases:
        yield from (leased.task.key, leased.number)


def _leased(key: str, number: str, at: str, task: str) -> Leased:
    host, _, body = task.partition("\n")
    return Leased(task=Task(key=key, host=host, at=int(float(at)), body=body), number=int(number))
