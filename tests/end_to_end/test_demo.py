"""The demo through the real command: it succeeds on what was planted, and only on that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import load
from crawler.build import build
from crawler.cli.demo import alerts_wrong, differences, false_friends, write_settings
from crawler.flow import Engine
from crawler.newsroom import BEFORE, NOT_ALIKE, PLANTED, Newsroom
from tests.end_to_end.shell import Done, at_a_terminal, copytrail


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, at_a_terminal("demo", "--keep", "kept", folder=folder)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Newsroom]]:
    """A store after the first round only: the late feed has not come yet."""
    folder = tmp_path_factory.mktemp("first-round")
    with Newsroom(datetime.now(UTC)) as newsroom:
        write_settings(folder, newsroom, f"sqlite:///{folder}/demo.db", webhook="json://127.0.0.1:9/nobody")
        assert copytrail("--config", folder, "run", "--once", folder=folder).code == 0
        engine = build(load(folder))
        yield engine, newsroom
        engine.store.close()


def test_the_demo_finds_what_was_planted(told: tuple[Path, Done]) -> None:
    _, done = told
    assert done.code == 0, done.out[-2000:]
    assert f"All {len(PLANTED)} articles are as planted." in done.out


def test_the_demo_at_a_terminal_has_a_bar_for_each_round_and_nothing_else_on_stderr(told: tuple[Path, Done]) -> None:
    steps = [step for step in re.split(r"[\r\n]+|\x1b\[\?25[lh]", told[1].err) if step]
    assert all(re.fullmatch(r"round [12]  \[[#-]+\] .*", step) for step in steps)
    assert [step[:7] for step in steps if "100%" in step] == ["round 1", "round 2"]


def test_the_demo_shows_each_lineage_with_share_delay_credit_and_reasons(told: tuple[Path, Done]) -> None:
    shown = told[1].out
    derived = [planted for planted in PLANTED if planted.role == "derived"]
    assert shown.count("   origin: ") == len(derived)
    for words in ("% of its words)", "hours after it", "credited, linked", "uncredited", "+9.0  credit: "):
        assert words in shown
    assert "chain: Open Shore ← Meridian Digest ← Harbour Post" in shown
    assert "origin: Northwire (known by credit only)" in shown


def test_the_demo_shows_its_alerts_and_where_to_look_next(told: tuple[Path, Done]) -> None:
    folder, done = told
    alerts = done.out.partition("\nAlerts (")[2].partition("\n\n")[0]
    assert alerts.count("  delivered: ") == sum(planted.alert for planted in PLANTED)
    advice = [line.split() for line in done.out.partition("Look further:\n")[2].splitlines() if "--config" in line]
    assert len(advice) == 3
    for program, *arguments in advice:
        assert program == "copytrail"
        assert copytrail(*arguments, folder=folder).code == 0


def test_the_demo_does_not_touch_the_real_store(tmp_path: Path) -> None:
    real = tmp_path / "real.db"
    settings = {"COPYTRAIL_STORE": f"sqlite:///{real}", "COPYTRAIL_FETCH__TIMEOUT_SECONDS": "0.000001"}
    settings["TMPDIR"] = str(tmp_path)  # what it keeps for a further look goes away with the test
    done = copytrail("demo", folder=tmp_path, settings=settings)
    # No page comes within a microsecond: what is found is not what was planted.
    assert done.code == 1
    assert "harbour-post/ferry-fire: not in the store" in done.out
    assert done.err.splitlines()[-1].startswith("what was found is not what was planted: ")
    assert "round" not in done.err  # in a pipe there is no bar
    assert not real.exists()


def test_the_demo_does_not_write_over_an_earlier_one(told: tuple[Path, Done]) -> None:
    done = copytrail("demo", "--keep", "kept", folder=told[0])
    assert done.code == 2
    assert "kept holds an earlier demo: name an empty folder" in done.problem()


def test_a_store_without_the_late_original_is_not_what_was_planted(crawled: tuple[Engine, Newsroom]) -> None:
    engine, newsroom = crawled
    assert differences(engine, newsroom, BEFORE) == []
    wrong = differences(engine, newsroom, PLANTED)
    assert "valley-gazette/dam-gates: not in the store" in wrong
    assert any(line.startswith("lakeside-record/dam-letters: kind claimed, planted copy") for line in wrong)


def test_another_truth_is_told_apart_in_each_of_its_parts(crawled: tuple[Engine, Newsroom]) -> None:
    engine, newsroom = crawled
    (truth,) = (planted for planted in PLANTED if planted.article == "tidelines/lighthouse-jars")
    assert differences(engine, newsroom, (truth,)) == []
    for changed in (
        replace(truth, role="original"),
        replace(truth, parents=("harbour-post/ferry-fire",)),
        replace(truth, origin="harbour-post/ferry-fire"),
        replace(truth, depth=2),
        replace(truth, kinds=("translation",)),
        replace(truth, credited="no"),
        replace(truth, linked=("no",)),
        replace(truth, verdict="misattributed"),
    ):
        assert len(differences(engine, newsroom, (changed,))) == 1, changed


def test_missing_alerts_and_lost_ones_are_named(crawled: tuple[Engine, Newsroom]) -> None:
    engine, newsroom = crawled
    raised = len(engine.store.alerts(1000))
    missing = sum(planted.alert for planted in PLANTED) - raised
    assert missing > 0
    assert len(alerts_wrong(engine, newsroom, raised)) == missing
    assert alerts_wrong(engine, newsroom, raised + 1)[-1] == (
        f"{raised + 1} alerts arrived at the webhook of {raised} raised"
    )


def test_what_was_planted_apart_is_found_apart(crawled: tuple[Engine, Newsroom]) -> None:
    assert NOT_ALIKE
    assert false_friends(*crawled) == []
