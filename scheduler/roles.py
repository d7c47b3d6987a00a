"""Runs one member of a crew: a planner, or one of any number of workers, on any number of hosts."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from config import Settings
from crawler.build import archive, room, spooling
from crawler.crew import Crew
from crawler.crews import open_crew
from crawler.errors import AlreadyRunning, CrewUnavailable, InputError
from crawler.fetch.job import Job
from crawler.flow import Engine
from scheduler.child import WORKER
from scheduler.daemon import GRACE, TICKS, Daemon, Tick, prepared, signals
from scheduler.lock import sole_daemon
from scheduler.plan import Ticks
from scheduler.planner import Planner

Role = Literal["planner", "worker"]
_LED = ("deliver", "settle", "look_after", "renew", "clean_up")
_LEAD_SECONDS = 10.0


def run_role(
    role: Role,
    settings_folder: Path | None,
    overrides: Mapping[str, Any],
    engine: Engine,
    *,
    ticks: Ticks = TICKS,
    command: Sequence[str] = WORKER,
    silence: float = 120.0,
    grace: float = GRACE,
) -> int:
    """Work in that role until told to stop, as ``scheduler.daemon.run`` does; return the exit code.

    Raises InputError where ``crew.url`` is not set, or the store lives in one process.
    """
    if not engine.store.url.startswith(("sqlite:", "http:", "https:")):
        raise InputError(f"the store {engine.store.url} lives in one process, but a crew has several: name another")
    settings = prepared(engine, settings_folder, overrides)
    crew, holder = crew_of(settings), name_of_ours()
    lasting = spooling(settings, engine)
    job = Job(
        folder=str(settings_folder) if settings_folder else None,
        overrides=dict(overrides),
        crew=holder,
    )
    with signals() as inbox:
        daemon = Daemon(
            lasting,
            inbox,
            command=command,
            silence=silence,
            grace=grace,
            watch=lambda counts: None,
            kept=archive(settings, engine.store.url) if settings.archive.enabled and role == "worker" else None,
            keep=timedelta(days=settings.archive.keep_days) if settings.archive.keep_days else None,
            space=room(settings, engine.store.url) if role == "worker" else None,
            crew=lambda: problem_of(crew),
        )
        jobs = daemon.jobs(job, ticks)
        if role == "worker":
            return daemon.serve(_of_worker(jobs, daemon, job, ticks, engine.store.url))
        seconds = min(_LEAD_SECONDS, settings.crew.lease_seconds)
        planner = Planner(engine, crew, holder=holder, seconds=seconds)
        with _resigning(planner):
            return daemon.serve(_of_planner(jobs, planner, ticks, timedelta(seconds=seconds / 5)))


def _of_worker(jobs: Mapping[str, Tick], daemon: Daemon, job: Job, ticks: Ticks, store: str) -> dict[str, Tick]:
    replay, every = jobs["replay"]
    return {
        "plan": (lambda: daemon.keep_crawling(job), ticks.plan),
        "replay": (_one_on_this_host(replay, store), every),
        "clean_archive": jobs["clean_archive"],
    }


def _of_planner(jobs: Mapping[str, Tick], planner: Planner, ticks: Ticks, often: timedelta) -> dict[str, Tick]:
    led: dict[str, Tick] = {name: (planner.if_leading(jobs[name][0]), jobs[name][1]) for name in _LED}
    return {"lead": (planner.lead, often), "plan": (planner.if_leading(planner.offer), ticks.plan), **led}


def _one_on_this_host(replay: Callable[[], None], store: str) -> Callable[[], None]:
    """Return *replay* as one that is left to another worker on this host while that is at it: they share a spool."""

    def alone() -> None:
        try:
            with sole_daemon(f"{store}.spool"):
                replay()
        except AlreadyRunning:
            pass

    return alone


@contextmanager
def _resigning(planner: Planner) -> Iterator[None]:
    try:
        yield
    finally:
        planner.resign()


def crew_of(settings: Settings) -> Crew:
    """Return what the crew of *settings* shares. Raises InputError where they name none."""
    if settings.crew.url is None:
        raise InputError("a role needs a crew: set crew.url (COPYTRAIL_CREW__URL), say redis://127.0.0.1:6379/0")
    url = settings.crew.url.get_secret_value()
    if url.startswith("memory:"):
        raise InputError("crew.url: memory: lives in one process, but a crew has several: name a Redis")
    return open_crew(url, settings.crew.name)


def problem_of(crew: Crew) -> str | None:
    """Return what is wrong with what the crew shares, None if all is well."""
    try:
        crew.check()
    except CrewUnavailable as error:
        return str(error)
    return None


def name_of_ours() -> str:
    """Return a name that no other worker has, that says where this one is."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
