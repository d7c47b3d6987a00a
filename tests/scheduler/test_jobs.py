from __future__ import annotations

import threading
from datetime import UTC, timedelta

from scheduler.jobs import scheduler

SOON = timedelta(milliseconds=20)


def test_every_job_is_late_rather_than_lost() -> None:
    made = scheduler({"plan": (lambda: None, SOON), "deliver": (lambda: None, SOON)})
    made.start(paused=True)
    try:
        for job in made.get_jobs():
            assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None)
            assert job.trigger.timezone == UTC
            assert job.next_run_time is not None
    finally:
        made.shutdown(wait=False)


def test_a_job_keeps_its_thread_and_a_slow_one_delays_no_other() -> None:
    threads: list[int] = []
    hang, thrice = threading.Event(), threading.Event()

    def quick() -> None:
        threads.append(threading.get_ident())
        if len(threads) >= 3:
            thrice.set()

    def slow() -> None:
        hang.wait(30)

    made = scheduler({"slow": (slow, SOON), "quick": (quick, SOON)})
    made.start()
    try:
        assert thrice.wait(30)
        assert len(set(threads)) == 1
    finally:
        made.shutdown(wait=False)
        hang.set()


def test_a_job_that_fails_is_done_again_at_its_next_time() -> None:
    times: list[int] = []
    twice = threading.Event()

    def failing() -> None:
        times.append(1)
        if len(times) == 2:
            twice.set()
        raise RuntimeError("a bug of ours")

    made = scheduler({"failing": (failing, SOON)})
    made.start()
    try:
        assert twice.wait(30)
    finally:
        made.shutdown(wait=False)
