from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from crawler.fetch.job import Job, Sign
from scheduler.child import WORKER, Child, Ended
from tests.hostile import Hostile, a_feed
from tests.scheduler.sites import a_folder, an_article

HEAD = "import sys, time, os, signal; from crawler.fetch.job import Job, Sign; job = Job.read(sys.stdin.readline())\n"


def a_child(script: str, silence: float = 60.0) -> Child:
    return Child(Job(), command=(sys.executable, "-c", HEAD + script), silence=silence)


def end_of(child: Child) -> Ended:
    ended = child.ended(wait=60.0)
    assert ended is not None
    return ended


def test_a_child_that_says_how_it_went_went_well() -> None:
    ended = end_of(a_child("print(Sign(at='end', counts={'pages': 3}).line())"))
    assert ended.well
    assert (ended.code, ended.counts) == (0, {"pages": 3})


def test_a_child_that_ends_without_a_word_did_not_go_well() -> None:
    assert not end_of(a_child("pass")).well


def test_a_child_that_counts_errors_did_not_go_well() -> None:
    assert not end_of(a_child("print(Sign(at='end', counts={'errors': 1}).line())")).well


def test_what_a_child_was_busy_with_when_it_died_is_known() -> None:
    script = "print(Sign(at='page', name='key-1').line(), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    ended = end_of(a_child(script))
    assert (ended.code, ended.finished, ended.at, ended.name) == (-9, False, "page", "key-1")


def test_what_a_child_had_done_with_is_not_blamed() -> None:
    script = "print(Sign(at='page', name='key-1').line() + Sign(at='idle').line()); sys.exit(1)"
    assert end_of(a_child(script)).name == ""


def test_a_child_that_gives_no_sign_of_life_is_stuck() -> None:
    child = a_child("time.sleep(60)", silence=0.3)
    while child.stuck() is None:
        time.sleep(0.05)
    assert child.ended() is None
    child.kill()
    assert end_of(child).code == -9


def test_a_child_sees_the_end_of_its_parent_as_the_end_of_stdin() -> None:
    child = a_child("sys.stdin.read(); print(Sign(at='end').line())")
    assert child._process.stdin is not None
    child._process.stdin.close()
    child._process.stdin = None
    child._process.wait(60)
    child._listener.join(60)
    assert child._finished


def test_anything_else_on_stdout_is_passed_over() -> None:
    assert Sign.read("not json") is None
    assert Sign.read('{"at": "alive", "odd": 1}') is None
    assert Sign.read("[1]") is None
    assert end_of(a_child("print('hello'); print(Sign(at='end').line())")).well


def test_a_job_comes_through_as_it_was_sent() -> None:
    job = Job(folder="/etc/copytrail", overrides={"fetch": {"allow": ["127.0.0.1:80"]}}, everything=True, pages=7)
    assert Job.read(job.line()) == job


def test_a_crawl_whose_parent_is_gone_before_it_began_ends_with_the_first_pages(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(*(site.url(f"/{number}") for number in range(40)))}
        site.replies |= {f"/{number}": an_article(number, wait=0.5) for number in range(40)}
        folder = a_folder(tmp_path, site, "/feed")
        for _ in range(2):
            job = Job(folder=str(folder), everything=True)
            subprocess.run(WORKER, input=job.line(), text=True, timeout=60, check=True, capture_output=True)
        assert site.times_asked("/feed") <= 2
        assert len(site.asked) < 10
