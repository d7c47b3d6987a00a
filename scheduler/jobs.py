"""Turns the ticks into APScheduler jobs that are late rather than lost."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobEvent
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger()

JOB_DEFAULTS: Mapping[str, Any] = {
    "coalesce": True,  # ten missed ticks are one tick
    "max_instances": 1,
    "misfire_grace_time": None,  # the default of 1 s drops a late tick without a word
}


def scheduler(jobs: Mapping[str, tuple[Callable[[], None], timedelta]]) -> BackgroundScheduler:
    """Return a scheduler, not yet started, that does each job at once and then at its interval.

    Each job has a thread of its own, so that a slow one delays no other, and a hung one not our end.
    """
    made = BackgroundScheduler(
        timezone=UTC, job_defaults=dict(JOB_DEFAULTS), executors={name: OwnThread() for name in jobs}
    )
    for name, (job, interval) in jobs.items():
        made.add_job(
            job,
            "interval",
            seconds=interval.total_seconds(),
            id=name,
            name=name,
            executor=name,
            next_run_time=datetime.now(UTC),
        )
    made.add_listener(_report, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
    return made


class OwnThread(BaseExecutor):  # type: ignore[misc]
    """Runs jobs one after another in one daemon thread, which keeps its store connection for all of them."""

    def __init__(self) -> None:
        super().__init__()
        self._queue: queue.SimpleQueue[tuple[Any, Any]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def _do_submit_job(self, job: Any, run_times: Any) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True, name=f"tick-{job.id}")
            self._thread.start()
        self._queue.put((job, run_times))

    def _work(self) -> None:
        while True:
            job, run_times = self._queue.get()
            try:
                events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            except BaseException:
                self._run_job_error(job.id, *sys.exc_info()[1:])
            else:
                self._run_job_success(job.id, events)


def _report(event: JobEvent) -> None:
    error = getattr(event, "exception", None)
    log.error("tick_failed" if error else "tick_missed", tick=event.job_id, error=str(error) if error else None)
