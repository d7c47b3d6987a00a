"""A copy holds what its source holds, whatever happened on the way."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from crawler.errors import InputError
from crawler.ports import Store
from crawler.shelves import SHELVES
from crawler.store import open_store
from crawler.store.copying import MARKER, copy, unfinished
from tests.builders import (
    NOON,
    a_claim,
    a_feed_state,
    a_fingerprint,
    a_lineage,
    a_pending,
    an_alert,
    an_article,
    minutes,
)
from tests.everything import answers, differences, fill
from tests.store.killing import killed_copy


@pytest.fixture
def full(tmp_path: Path) -> Store:
    store = open_store(f"sqlite:///{tmp_path}/full.db")
    fill(store)
    return store


@pytest.fixture
def empty(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path}/empty.db")


class Cut(Exception):
    """The end of a run."""


def cut_after(rows: int) -> object:
    """Return what ends a run once it has dealt with so many rows."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if done >= rows:
            raise Cut

    return tell


def cut_copy(source: Store, target: Store, rows: int) -> None:
    with pytest.raises(Cut):
        copy(source, target, origin="a", tell=cut_after(rows))  # type: ignore[arg-type]


def test_a_copy_answers_as_its_source(full: Store, empty: Store) -> None:
    done = copy(full, empty, origin="a")
    assert [kind.kind for kind in done] == [kind.name for kind in SHELVES]
    assert all(kind.is_whole and kind.there == kind.copied > 0 for kind in done)
    assert differences(answers(empty), answers(full)) == {}
    assert unfinished(empty) is None


def test_all_rows_are_told_of_twice(full: Store, empty: Store) -> None:
    told: list[int] = []
    copy(full, empty, origin="a", tell=told.append)
    assert sum(told) == 2 * sum(shelf.count() for shelf in full.shelves.values())


@pytest.mark.parametrize("rows", [1, 13, 20, 30, 40, 50, 65])
def test_a_copy_that_was_cut_off_is_gone_on_with(full: Store, empty: Store, rows: int) -> None:
    cut_copy(full, empty, rows)
    assert unfinished(empty) == "a"
    assert all(kind.is_whole for kind in copy(full, empty, origin="a"))
    assert differences(answers(empty), answers(full)) == {}


def test_a_copy_killed_again_and_again_is_whole_in_the_end(tmp_path: Path) -> None:
    chance = random.Random(4)
    source = open_store(f"sqlite:///{tmp_path}/full.db")
    fill(source, 600)
    killed = 0
    for _ in range(5):
        killed += killed_copy(source.url, f"sqlite:///{tmp_path}/to.db", chance)
    target = open_store(f"sqlite:///{tmp_path}/to.db")
    assert killed >= 3
    if unfinished(target) is not None:
        assert all(kind.is_whole for kind in copy(source, target, origin=source.url))
    for name, shelf in source.shelves.items():
        assert list(target.shelves[name].pages()) == list(shelf.pages()), name


def test_what_the_source_learnt_between_two_runs_is_in_the_copy(full: Store, empty: Store) -> None:
    cut_copy(full, empty, 45)
    new = an_article("new")
    full.save_article(new, (a_claim(),), a_fingerprint(new.text))
    old = an_article("copy-5", outlet="outlet-2")
    full.save_lineage(old.id, a_lineage(role="original", copies=1))
    full.settled(full.left(1)[0])
    full.save_poll(a_feed_state(), [a_pending("t", first_seen_at=NOON + minutes(5))])
    full.settle_entry("s", "failed", "gone, too")
    full.save_alert(an_alert(state="delivered", tries=1))
    assert all(kind.is_whole for kind in copy(full, empty, origin="a"))
    assert differences(answers(empty), answers(full)) == {}


def test_what_is_written_into_the_source_meanwhile_is_left_out(full: Store, empty: Store) -> None:
    before = answers(full)
    other = open_store(full.url)
    new = an_article("new")

    def write_once(_: int) -> None:
        other.save_article(new, (), a_fingerprint(new.text))

    copy(full, empty, origin="a", tell=write_once)
    assert differences(answers(empty), before) == {}
    assert full.article(new.id) == new


def test_a_store_that_holds_something_is_not_copied_into(full: Store, empty: Store) -> None:
    empty.queue_alert(an_alert())
    with pytest.raises(InputError, match="holds alerts already: a copy goes into an empty store"):
        copy(full, empty, origin="a")
    assert empty.shelves["articles"].count() == 0


def test_a_finished_copy_is_a_store_of_its_own(full: Store, empty: Store) -> None:
    copy(full, empty, origin="a")
    with pytest.raises(InputError, match="holds articles already"):
        copy(full, empty, origin="a")


def test_an_unfinished_copy_is_gone_on_with_from_its_own_source_only(full: Store, empty: Store) -> None:
    cut_copy(full, empty, 20)
    with pytest.raises(InputError, match="unfinished copy of a: finish that one"):
        copy(full, empty, origin="b")


def test_an_unfinished_copy_that_something_else_wrote_into_is_refused_and_kept(full: Store, empty: Store) -> None:
    cut_copy(full, empty, 20)
    stranger = an_article("stranger")
    empty.save_article(stranger, (), a_fingerprint(stranger.text))
    with pytest.raises(InputError, match=f"written to while it was filled .*{stranger.id}"):
        copy(full, empty, origin="a")
    assert empty.article(stranger.id) == stranger


def test_what_differs_in_an_unfinished_copy_is_put_right(full: Store, empty: Store) -> None:
    cut_copy(full, empty, 45)
    known = an_article("copy-3", outlet="outlet-0")
    empty.save_lineage(known.id, a_lineage(role="original", copies=70))
    empty.queue_alert(an_alert("of nobody"))
    empty.leave([known.id])
    copy(full, empty, origin="a")
    assert differences(answers(empty), answers(full)) == {}
    assert empty.marker(MARKER) is None
