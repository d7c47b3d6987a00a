from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config import load
from crawler.build import build
from crawler.errors import InputError
from crawler.ports import Query
from scheduler.daemon import refuse_anonymous, run
from tests.hostile import Asked, Hostile, Reply, a_feed
from tests.scheduler.sites import a_daemon, a_folder, an_article, lines_until

PATIENCE = 60.0


def until(true: Callable[[], object]) -> None:
    """Wait for what another process does; give up loudly."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def stored(folder: Path) -> set[str]:
    """Return the paths of the articles in the store."""
    found = build(load(folder)).store.search(Query(limit=1_000))
    return {article.url.rpartition("/")[2] for article, _ in found}


def left(folder: Path) -> dict[str, int]:
    """Return the paths of the entries still to be fetched, with their tries."""
    return {pending.url.rpartition("/")[2]: pending.tries for pending in build(load(folder)).waiting(1_000)}


def test_one_round_brings_in_what_the_feeds_name_and_ends(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1"), site.url("/2"), ETag='"v1"')}
        site.replies |= {f"/{number}": an_article(number) for number in (1, 2)}
        folder = a_folder(tmp_path, site, "/feed")
        for _ in range(2):
            with a_daemon(folder, once=True) as daemon:
                assert daemon.wait(PATIENCE) == 0
        feeds = [asked for asked in site.asked if asked.path == "/feed"]
        assert [asked.headers.get("if-none-match") for asked in feeds] == [None, '"v1"']
        assert site.times_asked("/1") == 1
    assert stored(folder) == {"1", "2"}


def test_a_daemon_told_to_stop_finishes_the_page_in_hand_within_15_seconds(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(*(site.url(f"/{number}") for number in range(6)))}
        site.replies |= {f"/{number}": an_article(number, wait=3.0) for number in range(6)}
        folder = a_folder(tmp_path, site, "/feed")
        with a_daemon(folder) as daemon:
            until(lambda: any(asked.path != "/feed" for asked in site.asked))
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(15.0) == 0
        in_hand = {asked.path.strip("/") for asked in site.asked if asked.path != "/feed"}
    assert stored(folder) == in_hand
    assert len(in_hand) == 1
    assert set(left(folder)) == {str(number) for number in range(6)} - in_hand


def test_a_page_that_takes_too_long_is_cut_off_and_stays_pending(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1")), "/1": an_article(1, wait=30.0)}
        folder = a_folder(tmp_path, site, "/feed", timeout_seconds=60)
        with a_daemon(folder, grace=0.5) as daemon:
            until(lambda: site.times_asked("/1"))
            daemon.send_signal(signal.SIGINT)
            assert daemon.wait(15.0) == 0
    assert left(folder) == {"1": 0}


def test_a_second_signal_ends_it_at_once_and_the_page_stays_pending(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1")), "/1": an_article(1, wait=40.0)}
        folder = a_folder(tmp_path, site, "/feed", timeout_seconds=60)
        with a_daemon(folder, grace=60.0) as daemon:
            until(lambda: site.times_asked("/1"))
            daemon.send_signal(signal.SIGTERM)
            lines_until(daemon, "stopping")
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(20.0) == 0
    assert set(left(folder)) == {"1"}


def test_a_second_daemon_on_the_same_store_refuses_and_says_why(tmp_path: Path) -> None:
    with Hostile() as site:
        folder = a_folder(tmp_path, site)
        with a_daemon(folder) as first:
            lines_until(first, "running")
            with a_daemon(folder) as second:
                assert second.wait(PATIENCE) == 75
                assert second.stderr is not None
                assert f"already running, pid {first.pid}, on sqlite:///" in second.stderr.read()
            assert first.poll() is None


def test_a_crawl_that_is_killed_loses_nothing_and_the_next_one_goes_on(tmp_path: Path) -> None:
    def slow_at_first(asked: Asked) -> Reply:
        return an_article(1, wait=30.0 if site.times_asked("/1") == 1 else 0.0)

    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1"), site.url("/2")), "/1": slow_at_first, "/2": an_article(2)}
        folder = a_folder(tmp_path, site, "/feed", timeout_seconds=60)
        with a_daemon(folder) as daemon:
            started = lines_until(daemon, "crawl_started")[-1]
            until(lambda: site.times_asked("/1"))
            os.kill(started["pid"], signal.SIGKILL)
            ended = lines_until(daemon, "crawl_ended")[-1]
            assert (ended["code"], ended["finished"]) == (-9, False)
            lines_until(daemon, "crawl_ended")
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(15.0) == 0
    # A page that the crawl died of waits some minutes for its next try.
    assert stored(folder)
    assert stored(folder) | set(left(folder)) == {"1", "2"}


def test_a_crawl_that_hangs_is_killed_and_what_it_hung_on_is_counted_against_it(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1")), "/1": Reply(status=503)}
        folder = a_folder(tmp_path, site, "/feed")
        with a_daemon(folder, once=True) as daemon:
            daemon.wait(PATIENCE)
        (pending,) = build(load(folder)).waiting(10)
        hang = (
            "import sys, time; from crawler.fetch.job import Sign\n"
            f"print(Sign(at='page', name={pending.key!r}).line(), flush=True); time.sleep(60)"
        )
        with a_daemon(folder, once=True, silence=10.0, command=[sys.executable, "-c", hang]) as daemon:
            killed = lines_until(daemon, "crawl_killed")[-1]
            assert killed["reason"] == "no sign of life for 10 s"
            assert daemon.wait(PATIENCE) == 1
    assert left(folder) == {"1": pending.tries + 1}


def test_the_crawl_of_a_daemon_that_is_killed_ends_by_itself(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(*(site.url(f"/{number}") for number in range(40)))}
        site.replies |= {f"/{number}": an_article(number, wait=1.0) for number in range(40)}
        folder = a_folder(tmp_path, site, "/feed")
        with a_daemon(folder) as daemon:
            child = lines_until(daemon, "crawl_started")[-1]["pid"]
            until(lambda: any(asked.path != "/feed" for asked in site.asked))
            daemon.kill()
            until(lambda: not Path(f"/proc/{child}").exists() or "Z" in _state(child))
        assert len(site.asked) < 40
    assert stored(folder)


def test_a_store_that_lives_in_one_process_cannot_be_crawled_into(tmp_path: Path) -> None:
    with Hostile() as site:
        folder = a_folder(tmp_path, site)
    engine = build(load(folder), store="memory:")
    with pytest.raises(InputError, match="name a file"):
        run(folder, {}, engine, once=True)


@pytest.mark.parametrize(
    "said", [{}, {"contact": "https://example.org/us"}, {"user_agent": "watch (mail@example.org)"}]
)
def test_strangers_are_asked_only_by_somebody_whom_they_can_reach(tmp_path: Path, said: dict[str, str]) -> None:
    with Hostile() as site:
        folder = a_folder(tmp_path, site, "/feed", **said)
    ours = load(folder)
    engine = build(ours)
    refuse_anonymous(engine, ours)
    strangers = ours.model_copy(update={"fetch": ours.fetch.model_copy(update={"hosts": {}})})
    if said:
        refuse_anonymous(engine, strangers)
    else:
        with pytest.raises(InputError, match=r"fetch\.contact is not set: .* Set it in copytrail\.yaml"):
            refuse_anonymous(engine, strangers)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
