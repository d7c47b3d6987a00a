"""``copytrail store copy``, as a user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.store import open_store
from scheduler.lock import sole_daemon
from tests.builders import an_alert
from tests.end_to_end.shell import a_house, at_a_terminal, copytrail
from tests.everything import answers, differences, fill


@pytest.fixture
def house(tmp_path: Path) -> Path:
    house = a_house(tmp_path)
    fill(open_store(f"sqlite:///{house}/copytrail.db"))
    return house


def test_the_configured_store_is_copied_and_each_kind_is_counted(house: Path) -> None:
    done = copytrail("store", "copy", "configured", "sqlite:///moved.db", folder=house)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0].split() == ["kind", "from", "to", "lacking"]
    assert done.out.splitlines()[1].split() == ["articles", "12", "12"]
    assert (
        differences(
            answers(open_store(f"sqlite:///{house}/moved.db")), answers(open_store(f"sqlite:///{house}/copytrail.db"))
        )
        == {}
    )


def test_what_was_copied_is_told_as_json_and_by_status(house: Path) -> None:
    told = copytrail("store", "copy", "configured", "sqlite:///moved.db", "--json", folder=house).json()
    assert told["from"] == f"sqlite:///{house}/copytrail.db"
    assert told["whole"] is True
    kinds = {kind["kind"]: kind["copied"] for kind in told["kinds"]}
    status = copytrail("--store", "sqlite:///moved.db", "store", "status", "--json", folder=house).json()
    assert status["kept"] == kinds
    assert status["copy_of"] is None


def test_at_a_terminal_it_shows_how_far_it_is(house: Path) -> None:
    done = at_a_terminal("store", "copy", "configured", "sqlite:///moved.db", folder=house)
    assert done.code == 0
    assert "copy" in done.err
    assert "100%" in done.err


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("sqlite:///nowhere.db", "sqlite:///moved.db", "there is no store at"),
        ("configured", "configured", "the same store"),
        ("configured", "sqlite:///full.db", "holds alerts already: a copy goes into an empty store"),
        ("configured", "ftp://host", "names no store"),
    ],
)
def test_what_cannot_be_copied_is_said_in_one_line(house: Path, source: str, target: str, words: str) -> None:
    open_store(f"sqlite:///{house}/full.db").queue_alert(an_alert())
    done = copytrail("store", "copy", source, target, folder=house)
    assert done.code == 2
    assert words in done.problem()
    assert not (house / "nowhere.db").exists()


@pytest.mark.parametrize("name", ["copytrail.db", "moved.db"])
def test_no_daemon_may_work_on_either_store(house: Path, name: str) -> None:
    with sole_daemon(f"sqlite:///{house}/{name}"):
        done = copytrail("store", "copy", "configured", "sqlite:///moved.db", folder=house)
    assert done.code == 75
    assert "already running" in done.problem()
