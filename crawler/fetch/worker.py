"""The crawl's child process: ``python -m crawler.fetch.worker`` runs one round and says how it went.

A line of JSON on stdin says what to do (``Job``). On stdout come lines of JSON (``Sign``): what is
begun, a sign of life every two seconds, and at the end the counts. Logs go to stderr. When stdin is
closed its parent is gone: the round is ended, as by SIGTERM.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config import Settings, SettingsError, load
from crawler.archive.writer import Archive
from crawler.archiving import ArchivingDesk
from crawler.build import archive, build, registry, spooling
from crawler.crews import open_crew
from crawler.errors import ArchiveError, CopytrailError
from crawler.fetch.desk import Desk, Reader, Round
from crawler.fetch.job import Job, Sign, bounds_of
from crawler.fetch.leasing import Leasing
from crawler.fetch.limits import limit_memory
from crawler.fetch.logs import log_to_stderr
from crawler.fetch.readers import PooledReader, Readers, feed
from crawler.fetch.round import run_round
from crawler.flow import Begun, begun
from crawler.model import FeedState
from crawler.prepare import prepare, warm_up
from crawler.spooling import SpoolingEngine
from crawler.turns import fairly

_EVER = datetime.max.replace(tzinfo=UTC)
_ASKED_TO_WAIT = (429, 503)
_MOST = 100_000
_LOOK = 10  # times as many pages are looked at as are taken: one host's may stand before all others
_PATIENCE = 15.0  # seconds for a busy store; then pages are spooled, and the crawl goes on


def main(seen: Callable[[Reader[Begun]], Reader[Begun]] = lambda reader: reader) -> int:
    """Run the round that stdin asks for; 0: it ended or was told to, 1: no room for it, 2: no settings or no store.

    *seen* may put another reader before ours.
    """
    limit_memory()
    job = Job.read(sys.stdin.readline())
    try:
        settings = load(Path(job.folder) if job.folder else None, job.overrides)
    except SettingsError as error:
        sys.stderr.write(f"copytrail: {error}\n")
        return 2
    log_to_stderr(settings.log.level, settings.log.format)
    with readers(settings) as reading:
        return run(job, settings, seen(PooledReader(reading, begun)))


def run(job: Job, settings: Settings, reader: Reader[Begun]) -> int:
    """Run the round; return the exit code."""
    try:
        desk = spooling(settings, build(settings, patience_seconds=_PATIENCE))
        kept = archive(settings, desk.store.url) if settings.archive.enabled else None
        keeping = archiving(desk, kept)
        leasing = in_crew(keeping, settings, job.crew) if job.crew is not None else None
        work = plan(job, settings, leasing.desk if leasing else keeping, datetime.now(UTC), kept, reader)
    except CopytrailError as error:
        sys.stderr.write(f"copytrail: {error}\n")
        return 2
    try:
        with kept or nullcontext(), leasing.at_work(work) if leasing else nullcontext():
            crawl(work, settings, longest=job.longest_seconds)
    except ArchiveError as error:
        sys.stderr.write(f"copytrail: {error}\n")
        return 1
    finally:
        with suppress(CopytrailError):  # what is not remembered is asked for once more
            desk.flush()
    return 0


def readers(settings: Settings) -> Readers:
    """Return the processes that read for this one. To be called before it has a store or threads."""
    outlets, fetch = registry(settings), settings.fetch
    return Readers(
        {"feed": feed, "page": lambda page: prepare(page, outlets)},
        heavy=("page",),
        warm_up=warm_up,
        many=fetch.readers,
        seconds=fetch.read_seconds,
        memory_bytes=fetch.read_memory_bytes,
    )


def archiving(desk: SpoolingEngine, kept: Archive | None) -> Desk[Any]:
    """Return *desk* with an archive before it, if there is one."""
    return desk if kept is None else ArchivingDesk(desk, kept, clock=lambda: datetime.now(UTC))


def in_crew(desk: Desk[Any], settings: Settings, holder: str) -> Leasing:
    """Return *desk* as one whose work is leased in the name of *holder*, with what lets it take turns at hosts."""
    assert settings.crew.url is not None
    crew = open_crew(settings.crew.url.get_secret_value(), settings.crew.name)
    return Leasing(crew, desk, holder=holder, seconds=settings.crew.lease_seconds, manners=settings.fetch)


def crawl(work: Round, settings: Settings, *, longest: float) -> None:
    """Run *work*, telling stdout what happens."""

    def alive() -> None:
        say(Sign(at="alive", counts=work.counts))

    work.progress = lambda kind, name: say(Sign(at=kind or "idle", name=name))
    if work.feeds or work.waiting or work.revisits or work.more:
        run_round(work, settings.fetch, longest=longest, alive=alive, started=stop_without_parent)
    say(Sign(at="end", stopped=work.stopping, counts=work.counts))


def plan(
    job: Job,
    settings: Settings,
    desk: Desk[Any],
    now: datetime,
    kept: Archive | None = None,
    reader: Reader[Any] | None = None,
) -> Round:
    """Return the round's work: feeds to ask, pages left over, pages to be looked at again."""
    feeds = desk.due(_EVER if job.everything else now)
    waiting = fairly(
        [
            pending
            for pending in desk.waiting(min(_LOOK * job.pages, _MOST), now=None if job.everything else now)
            if job.everything or job.tries_again or pending.tries == 0
        ],
        lambda pending: pending.url,
        most=job.pages,
        per_host=job.per_host,
    )
    return Round(
        desk=desk,
        feeds=fairly(
            [state for state in feeds if not _told_to_wait(state, now)],
            lambda state: state.url,
            most=job.feeds,
            per_host=job.per_host,
        ),
        waiting=waiting,
        revisits=fairly(
            desk.revisits(min(_LOOK * job.pages, _MOST), now=now),
            lambda pending: pending.url,
            most=max(0, job.pages - len(waiting)),
            per_host=job.per_host,
        ),
        bounds=bounds_of(settings),
        links=registry(settings).links_of,
        clock=lambda: datetime.now(UTC),
        jitter=lambda: random.uniform(-0.1, 0.1),
        reader=reader,
        archive=kept,
    )


def stop_without_parent(stop: Callable[[], None]) -> None:
    """Call *stop* once stdin ends, which it does when the parent is gone, however it went."""

    def wait() -> None:
        while sys.stdin.readline():
            pass
        stop()

    threading.Thread(target=wait, daemon=True, name="parent").start()


def say(sign: Sign) -> None:
    try:
        sys.stdout.write(sign.line())
        sys.stdout.flush()
    except BrokenPipeError:
        pass  # nobody listens any more; the end of stdin will say so too


def _told_to_wait(state: FeedState, now: datetime) -> bool:
    """Say whether the feed's site has asked for a pause that is not over."""
    return state.status in _ASKED_TO_WAIT and state.next_at is not None and state.next_at > now


if __name__ == "__main__":
    sys.exit(main())
