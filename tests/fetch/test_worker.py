from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import PollSettings, Settings, SourceSettings
from crawler.fetch.job import Job, bounds_of
from crawler.fetch.worker import plan
from crawler.polling import Bounds
from tests.fetch.desks import ListDesk, a_feed_state, a_pending

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SETTINGS = Settings()


def test_a_round_takes_the_feeds_that_are_due() -> None:
    desk = ListDesk(feeds=[a_feed_state("due", next_at=NOW), a_feed_state("new"), a_feed_state("later", next_at=LATER)])
    assert [state.url for state in plan(Job(), SETTINGS, desk, NOW).feeds] == ["due", "new"]


def test_a_round_of_everything_takes_all_feeds_but_those_whose_site_asked_for_a_pause() -> None:
    desk = ListDesk(
        feeds=[
            a_feed_state("later", next_at=LATER, status=200),
            a_feed_state("asked to wait", next_at=LATER, status=429),
            a_feed_state("has waited", next_at=NOW, status=503),
        ]
    )
    assert [state.url for state in plan(Job(everything=True), SETTINGS, desk, NOW).feeds] == ["later", "has waited"]


def test_failed_pages_come_along_when_it_is_their_turn() -> None:
    old = replace(a_pending("old failure"), tries=2, not_before=NOW)
    young = replace(a_pending("young failure"), tries=2, not_before=NOW + timedelta(minutes=1))
    desk = ListDesk(left=[a_pending("new"), old, young])

    def taken(job: Job) -> list[str]:
        return [pending.url for pending in plan(job, SETTINGS, desk, NOW).waiting]

    assert taken(Job()) == ["new", "old failure"]
    assert taken(Job(tries_again=False)) == ["new"]
    assert taken(Job(everything=True)) == ["new", "old failure", "young failure"]


def test_after_an_outage_no_round_takes_on_everything_and_no_host_holds_up_the_others() -> None:
    crowd = [a_feed_state(f"https://crowd.example/{number}") for number in range(500)]
    desk = ListDesk(feeds=[*crowd, a_feed_state("https://small.example/feed")])
    taken = [state.url for state in plan(Job(feeds=100, per_host=20), SETTINGS, desk, NOW).feeds]
    assert len(taken) == 21
    assert "https://small.example/feed" in taken[:2]
    left = ListDesk(left=[a_pending(state.url) for state in desk.feeds])
    pages = [pending.url for pending in plan(Job(pages=60, per_host=10), SETTINGS, left, NOW).waiting]
    assert len(pages) == 11
    assert pages[1] == "https://small.example/feed"


def test_a_source_with_its_own_interval_keeps_to_it() -> None:
    sources = (SourceSettings(id="a", name="A"), SourceSettings(id="b", name="B", interval_minutes=2))
    poll = PollSettings(default_interval_minutes=30, min_interval_minutes=5, max_interval_minutes=60)
    bounds = bounds_of(Settings(poll=poll, sources=sources))
    minute = timedelta(minutes=1)
    assert bounds("a") == Bounds(usual=30 * minute, least=5 * minute, most=60 * minute)
    assert bounds("b") == Bounds(usual=2 * minute, least=2 * minute, most=2 * minute)


def test_a_crawl_whose_settings_have_a_mistake_says_which_and_takes_nothing_on(tmp_path: Path) -> None:
    (tmp_path / "copytrail.yaml").write_text("fetch:\n  delay_seconds: soon\n")
    command = [sys.executable, "-m", "crawler.fetch.worker"]
    line = Job(folder=str(tmp_path)).line()
    ran = subprocess.run(command, input=line, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode == 2
    assert "copytrail.yaml: fetch.delay_seconds" in ran.stderr
    assert ran.stderr.startswith("copytrail: ")
    assert "Traceback" not in ran.stderr
