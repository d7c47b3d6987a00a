"""Keeps copytrail going: a few ticks, one crawl at a time in a child process, a clean end."""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog

from config import Settings, load
from crawler import measures
from crawler.archive.upkeep import clean
from crawler.archive.writer import Archive
from crawler.build import archive, room, spooling
from crawler.errors import ArchiveError, CopytrailError, InputError, StoreBroken, StoreUnavailable
from crawler.fetch.job import Job
from crawler.fetch.logs import log_to_stderr
from crawler.fetch.settings import has_contact, is_ours
from crawler.flow import Engine
from crawler.health import own
from crawler.room import Room
from crawler.spooling import SpoolingEngine
from crawler.store.places import written
from crawler.turns import DEADLY, next_try
from scheduler.child import WORKER, Child, Ended
from scheduler.jobs import scheduler
from scheduler.lock import sole_daemon
from scheduler.plan import LATE, Crawls, Ticks, crawl_now, may_crawl, try_again

log = structlog.get_logger()

Tick = tuple[Callable[[], None], timedelta]

TICKS = Ticks()
GRACE = 12.0  # seconds for the page in hand, once told to stop
_LOOK = 0.2
_SLICE = 2.5  # seconds
_DAY = 86_400.0
_ALL = 100_000


def run(
    settings_folder: Path | None,
    overrides: Mapping[str, Any],
    engine: Engine,
    *,
    once: bool,
    ticks: Ticks = TICKS,
    command: Sequence[str] = WORKER,
    silence: float = 120.0,
    grace: float = GRACE,
    watch: Callable[[Mapping[str, int]], None] = lambda counts: None,
    beside: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> int:
    """Crawl on schedule until told to stop, or with *once* one round of all sources; return the exit code.

    0: ended as asked; 1: the one round failed; 130: the one round was interrupted. SIGTERM and SIGINT end it
    within 15 s: the page in hand is finished, the rest stays pending. *watch* sees the counts of a running crawl;
    *beside* is entered for as long as the daemon works. Only in the main thread. Raises AlreadyRunning when another
    daemon works on the store, and InputError where nobody could reach us for what we ask of their sites.
    """
    store = engine.store.url
    if not store.startswith(("sqlite:", "http:", "https:")):
        raise InputError(f"the store {store} lives in one process, but crawling is done in another: name a file")
    settings = prepared(engine, settings_folder, overrides)
    lasting = spooling(settings, engine)
    job = Job(folder=str(settings_folder) if settings_folder else None, overrides=dict(overrides))
    with sole_daemon(store), signals() as inbox:
        daemon = Daemon(
            lasting,
            inbox,
            command=command,
            silence=silence,
            grace=grace,
            watch=watch,
            kept=archive(settings, store) if settings.archive.enabled else None,
            keep=timedelta(days=settings.archive.keep_days) if settings.archive.keep_days else None,
            space=room(settings, store),
        )
        if once:
            everything = replace(job, everything=True, feeds=_ALL, pages=_ALL, per_host=_ALL, longest_seconds=_DAY)
            return daemon.one_round(everything)
        with beside():
            return daemon.serve(daemon.jobs(job, ticks))


def prepared(engine: Engine, settings_folder: Path | None, overrides: Mapping[str, Any]) -> Settings:
    """Return the settings of a process that is to crawl or to lead, which logs by them from now on.

    Raises StoreBroken or InputError where it must not begin.
    """
    refuse_if_broken(engine)
    settings = load(settings_folder, overrides)
    refuse_anonymous(engine, settings)
    log_to_stderr(settings.log.level, settings.log.format)
    return settings


def refuse_if_broken(engine: Engine) -> None:
    """Raise StoreBroken where a store in a file is damaged or not ours to write; other troubles pass by themselves."""
    if not engine.store.url.startswith("sqlite:"):
        return
    try:
        engine.store.check()
    except StoreBroken:
        raise
    except StoreUnavailable:
        pass


def refuse_anonymous(engine: Engine, settings: Settings) -> None:
    """Raise InputError where others' sites would be asked by somebody whom they could not reach."""
    asked = [url for source in engine.registry.sources if source.enabled for url in source.polled]
    if not has_contact(settings.fetch) and any(
        not is_ours(urlsplit(url).hostname or "", settings.fetch) for url in asked
    ):
        raise InputError(
            "fetch.contact is not set: the sites that are asked must be able to reach you. Set it in copytrail.yaml, "
            "or as COPYTRAIL_FETCH__CONTACT, to a page or a mail address of yours; it is sent with each request"
        )


class Daemon:
    """The loop in the main thread: it watches the child and the signals; the ticks have their own threads."""

    def __init__(
        self,
        engine: SpoolingEngine,
        inbox: queue.SimpleQueue[int],
        *,
        command: Sequence[str],
        silence: float,
        grace: float,
        watch: Callable[[Mapping[str, int]], None],
        kept: Archive | None = None,
        keep: timedelta | None = None,
        space: Room | None = None,
        crew: Callable[[], str | None] = lambda: None,  # says what is wrong with what a crew shares
    ) -> None:
        self._engine = engine
        self._inbox = inbox
        self._command = command
        self._silence = silence
        self._grace = grace
        self._watch = watch
        self._kept = kept
        self._keep = keep
        self._space = space
        self._short: str | None = None  # which disk has too little room left
        self._crew = crew
        self._notice = engine.spool.path.with_suffix(".readyz")
        self._lock = threading.Lock()  # over the three below: the plan tick starts what the main thread ends
        self._child: Child | None = None
        self._crawls = Crawls()
        self._stopping = False
        self._said = "ready"

    def one_round(self, job: Job) -> int:
        if self._is_short():
            return 1
        self._start(job)
        while (ended := self._reap()) is None:
            if self._signalled():
                self._stop_child()
                return 130
        self._close_archive()
        self._replay()
        try:
            self._engine.settle()
            self._look_after()
            self._deliver()
        except StoreUnavailable as error:
            log.error("store_unavailable", problem=str(error), spooled=self._engine.spool.held().count)
            return 1
        return 0 if ended.well and self._engine.spool.is_empty() else 1

    def jobs(self, job: Job, ticks: Ticks) -> dict[str, Tick]:
        """Return all that is to be done again and again, by name, with how often."""
        return {
            "plan": (lambda: self._plan(job), ticks.plan),
            "replay": (self._replay, ticks.replay),
            "deliver": (_if_available(self._deliver), ticks.deliver),
            "settle": (_if_available(self._settle), ticks.settle),
            "look_after": (_if_available(self._look_after), ticks.look_after),
            "renew": (_if_available(self._renew), ticks.renew),
            "clean_up": (_if_available(self._clean_up), ticks.clean_up),
            "clean_archive": (self._clean_archive, ticks.clean_up),
        }

    def serve(self, jobs: Mapping[str, Tick]) -> int:
        """Do *jobs* until told to stop; return the exit code."""
        ticking = scheduler(jobs)
        ticking.start()
        log.info("running", store=self._engine.store.url)
        while not self._signalled():
            self._reap()
        log.info("stopping")
        ticking.shutdown(wait=False)
        self._stop_child()
        self._close_archive()
        self._notice.unlink(missing_ok=True)
        log.info("stopped")
        return 0

    # the ticks

    def _plan(self, job: Job) -> None:
        if not self._has_room():
            return
        now = datetime.now(UTC)
        feeds, waiting = self._engine.due(now), self._engine.waiting(job.pages, now=now)
        late = self._engine.revisits(1, now=now - LATE)
        if crawl_now(feeds, [*waiting, *late], self._crawls, now):
            self._start(replace(job, tries_again=try_again(self._crawls, now)))

    def _has_room(self) -> bool:
        """Say whether pages may be fetched; where they may not, the crawl that runs is told to end."""
        measures.planned()
        if not self._is_short():
            return True
        with self._lock:
            if self._child is not None:
                self._child.stop()  # what it has in hand it finishes; the rest stays pending
        return False

    def _is_short(self) -> bool:
        """Say whether a disk has too little room left for pages; say so in the log when that changes."""
        if self._space is None:
            return False
        before, self._short = self._short, self._space.problem(was_short=self._short is not None)
        if self._short is not None and before is None:
            log.error("no_room", problem=self._short)
        elif self._short is None and before is not None:
            log.info("room_again", **self._space.free())
        return self._short is not None

    def keep_crawling(self, job: Job) -> None:
        """Start a crawl where none runs and the last failure is long enough ago: it finds its work itself."""
        if self._has_room() and may_crawl(self._crawls, datetime.now(UTC)):
            self._start(job)

    def _replay(self) -> None:
        """Save what waits in the spool; say how the store is, in the log when that changes and in a file."""
        saved = self._engine.replay(lambda: self._stopping)
        found = replace(self._engine.readiness(self._short), crew=self._crew())
        if saved:
            measures.REPLAYED.inc(saved)
            log.info("replayed", saved=saved, left=found.held.count)
        if found.state != self._said:
            tell = log.info if found.ready else log.error
            tell("store_is", state=found.state, problem=found.problem, spooled=found.held.count)
            self._said = found.state
        try:
            written(self._notice, f"{found.line()}\n")
        except OSError as error:
            log.error("readyz_failed", file=str(self._notice), error=error.strerror)

    def _settle(self) -> None:
        log.debug("settled", changed=self._engine.settle())

    def _look_after(self) -> None:
        """Put right what alerts have told, and look how the feeds are."""
        raised = self._engine.look_after(datetime.now(UTC), own(self._short))
        if raised:
            log.info("looked_after", alerts=raised)

    def _deliver(self) -> None:
        delivered = self._engine.deliver(datetime.now(UTC))
        measures.delivered(sent=delivered.sent, failed=delivered.failed, held=delivered.held)
        if delivered.sent or delivered.failed or delivered.held:
            log.info("delivered", sent=delivered.sent, failed=delivered.failed, held=delivered.held)

    def _renew(self) -> None:
        """Fingerprint anew what an earlier copytrail left, half of the time, so that others get on."""
        until = time.monotonic() + _SLICE
        done = 0
        while not self._stopping and time.monotonic() < until and (renewed := self._engine.renew()):
            done += renewed
        if done:
            log.info("renewed", articles=done)

    def _clean_up(self) -> None:
        log.info("cleaned_up", rows=self._engine.clean_up(datetime.now(UTC)))
        log.info("clocks_learnt", changed=self._engine.learn_clocks())

    def _close_archive(self) -> None:
        """Close the files that nobody writes any more."""
        if self._kept is not None:
            try:
                self._kept.close()
            except ArchiveError as error:
                log.error("archive_failed", problem=str(error))

    def _clean_archive(self) -> None:
        self._close_archive()
        if self._kept is not None and self._keep is not None:
            gone = clean(self._kept.folder, self._keep, datetime.now(UTC))
            log.info("archive_cleaned", files=len(gone))

    # the child

    def _start(self, job: Job) -> None:
        with self._lock:
            if self._child is not None or self._stopping:
                return
            self._child = Child(job, command=self._command, silence=self._silence)
            tried = datetime.now(UTC) if job.tries_again else self._crawls.tried_again_at
            self._crawls = replace(self._crawls, running=True, tried_again_at=tried)
            log.info("crawl_started", pid=self._child.pid)

    def _reap(self) -> Ended | None:
        """Look after the child: return how it went if it is gone, kill it if it hangs."""
        child = self._child
        if child is None:
            return None
        self._watch(child.counts)
        ended = child.ended()
        if ended is None:
            reason = child.stuck()
            if reason is None:
                return None
            log.error("crawl_killed", pid=child.pid, reason=reason)
            child.kill()
            ended = child.ended(wait=None)
            assert ended is not None
        self._note(ended)
        return ended

    def _note(self, ended: Ended) -> None:
        tell = log.info if ended.well else log.error
        measures.crawl_ended(well=ended.well, seconds=ended.seconds, counts=ended.counts)
        tell("crawl_ended", code=ended.code, seconds=ended.seconds, finished=ended.finished, **ended.counts)
        if not ended.finished and ended.name:
            try:
                self._blame(ended)
            except CopytrailError as error:
                log.error("blame_failed", error=str(error))
        with self._lock:
            failures = 0 if ended.well else self._crawls.failures + 1
            self._crawls = replace(self._crawls, running=False, failures=failures, ended_at=datetime.now(UTC))
            self._child = None

    def _blame(self, ended: Ended) -> None:
        """Keep what the crawl died of from killing the next one at once."""
        if ended.at == "page":
            for pending in (*self._engine.waiting(10_000), *self._engine.revisits(10_000, now=datetime.now(UTC))):
                if pending.key == ended.name:
                    at = next_try(pending, now=datetime.now(UTC)) if pending.tries + 1 < DEADLY else None
                    reason = f"the crawl died of this page (exit {ended.code})"
                    self._engine.missed(pending.key, reason, again=at is not None, not_before=at)

    def _stop_child(self) -> None:
        with self._lock:
            self._stopping = True
            child = self._child
        if child is None:
            return
        child.stop()
        until = time.monotonic() + self._grace
        while (ended := child.ended(wait=_LOOK)) is None:
            # A second signal, or too long a page: its entry stays pending.
            if time.monotonic() > until or self._signalled(wait=0.0):
                log.warning("crawl_killed", pid=child.pid, reason="it did not end in time")
                child.kill()
                ended = child.ended(wait=None)
                break
        if ended is not None:
            log.info("crawl_ended", code=ended.code, seconds=ended.seconds, finished=ended.finished, **ended.counts)

    def _signalled(self, wait: float = _LOOK) -> bool:
        try:
            number = self._inbox.get(timeout=wait) if wait else self._inbox.get_nowait()
        except queue.Empty:
            return False
        log.info("signal", name=signal.Signals(number).name)
        return True


def _if_available(tick: Callable[[], None]) -> Callable[[], None]:
    """Return *tick* as one that waits for its next turn while the store is unavailable; the replay says that it is."""

    def patiently() -> None:
        try:
            tick()
        except StoreUnavailable as error:
            log.debug("store_unavailable", problem=str(error))

    return patiently


@contextmanager
def signals() -> Iterator[queue.SimpleQueue[int]]:
    """Put SIGTERM and SIGINT into a queue for the block. Its ``put`` is safe inside a signal handler."""
    inbox: queue.SimpleQueue[int] = queue.SimpleQueue()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda got, _: inbox.put(got)) for number in numbers}
    try:
        yield inbox
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
