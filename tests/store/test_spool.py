"""The spool keeps what it is given, whole and in order, across processes and their ends, up to its bound."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.errors import SpoolFull, StoreError
from crawler.model import Page
from crawler.store.spool import Missed, Polled, Spool
from tests.builders import NOON, a_feed_state, a_pending, an_entry, minutes

ROOM = 2**24


def a_page(name: str = "ferry", body: bytes = b"<p>The ferry runs again.</p>", **changes: object) -> Page:
    url = f"https://harbour-post.example/{name}"
    page = Page(url=url, final_url=url, body=body, fetched_at=NOON, headers={"content-type": "text/html"})
    return replace(page, **{"entry_key": name, "entry": an_entry(name), **changes})  # type: ignore[arg-type]


def a_spool(folder: Path, room: int = ROOM) -> Spool:
    return Spool(folder / "deep" / "x.spool", most_bytes=room)


def emptied(spool: Spool) -> list[object]:
    """Take everything off *spool*, a few at a time."""
    taken: list[object] = []
    while some := spool.first(3):
        taken += [what for _, what in some]
        spool.done([number for number, _ in some])
    return taken


def test_what_is_kept_comes_out_as_it_was_and_in_its_order(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    kept = [
        Polled(state=a_feed_state(), entries=(a_pending("ferry"), a_pending("crane"))),
        a_page("ferry", seeding=True, absent_at=NOON - minutes(5)),
        Missed(key="crane", reason="404", again=False),
        *(a_page(f"n{number}") for number in range(7)),
    ]
    for what in kept:
        spool.add(what, NOON)
    assert emptied(a_spool(tmp_path)) == kept
    assert spool.is_empty()


@settings(deadline=None, max_examples=25)
@given(body=st.binary(max_size=2000), header=st.text(max_size=50))
def test_any_bytes_and_any_headers_come_out_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, header: str
) -> None:
    spool = a_spool(tmp_path_factory.mktemp("spool"))
    page = a_page(body=body, headers={"x": header.encode("utf-8", "replace").decode()})
    spool.add(page, NOON)
    assert emptied(spool) == [page]


def test_what_was_acknowledged_is_there_after_its_process_was_killed(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.store.test_spool import *\n"
        "spool = a_spool(Path(sys.argv[1]))\n"
        "for n in range(10**6): spool.add(a_page(f'n{n}'), NOON); print(n, flush=True)"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) >= 20:
            writer.send_signal(signal.SIGKILL)
            break
    told = max([20, *(int(line) for line in writer.stdout if line.strip().isdigit())])
    writer.wait()
    writer.stdout.close()
    names = [page.entry_key for page in emptied(a_spool(tmp_path)) if isinstance(page, Page)]
    assert names[: told + 1] == [f"n{number}" for number in range(told + 1)]
    assert len(names) - (told + 1) in (0, 1)


def test_several_processes_keep_pages_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.store.test_spool import *\n"
        "spool = a_spool(Path(sys.argv[1]))\n"
        "for n in range(25): spool.add(a_page(f'{sys.argv[2]}{n}'), NOON)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    names = [page.entry_key for page in emptied(a_spool(tmp_path)) if isinstance(page, Page)]
    assert sorted(names) == sorted(f"{name}{n}" for name in "ab" for n in range(25))
    assert [name for name in names if name and name[0] == "a"] == [f"a{n}" for n in range(25)]


def test_no_page_is_kept_beyond_the_bound_and_room_lets_them_in_again(tmp_path: Path) -> None:
    spool = a_spool(tmp_path, room=6_000)
    spool.add(a_page("first", body=os.urandom(4_000)), NOON)
    with pytest.raises(SpoolFull, match=r"raise spool.max_bytes"):
        spool.add(a_page("second", body=os.urandom(4_000)), NOON)
    spool.add(Missed(key="first", reason="a small thing", again=True), NOON)
    assert spool.held().count == 2
    assert spool.is_full()
    emptied(spool)
    assert not spool.is_full()
    spool.add(a_page("second", body=os.urandom(4_000)), NOON)


def test_it_says_how_much_waits_and_since_when(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    assert spool.held().count == 0
    assert not spool.path.exists()
    spool.add(a_page("one"), NOON)
    spool.add(a_page("two"), NOON + minutes(3))
    held = spool.held()
    assert (held.count, held.since) == (2, NOON)
    assert 0 < held.bytes < 5_000
    spool.done([spool.first(1)[0][0]])
    assert spool.held().since == NOON + minutes(3)


def test_entries_of_spooled_polls_are_pending_until_their_page_is_there_or_lost(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.add(Polled(state=a_feed_state(), entries=tuple(a_pending(key) for key in "abcd")), NOON)
    spool.add(a_page("a"), NOON)
    spool.add(Missed(key="b", reason="gone", again=False), NOON)
    spool.add(Missed(key="c", reason="busy", again=True), NOON)
    assert [(entry.key, entry.tries) for entry in spool.pending(["harbour-post"], 10)] == [("d", 0), ("c", 1)]
    assert spool.pending(["another"], 10) == ()
    emptied(spool)
    assert spool.pending(["harbour-post"], 10) == ()


def test_a_spooled_entry_waits_for_its_time(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.add(Polled(state=a_feed_state(), entries=tuple(a_pending(key) for key in "ab")), NOON)
    spool.add(Missed(key="a", reason="busy", again=True, not_before=NOON + minutes(5)), NOON)
    spool.add(Missed(key="b", reason="resting", again=True, not_before=NOON + minutes(9), tried=False), NOON)
    found = [(entry.key, entry.tries, entry.not_before) for entry in spool.pending(["harbour-post"], 10)]
    assert found == [("b", 0, NOON + minutes(9)), ("a", 1, NOON + minutes(5))]
    assert [entry.key for entry in spool.pending(["harbour-post"], 10, now=NOON + minutes(5))] == ["a"]


def test_feeds_are_remembered_with_the_entries_they_showed(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    spool.remember([(a_feed_state(), ["a", "b"])])
    spool.remember([(a_feed_state(etag="2"), None)])
    spool.add(Polled(state=a_feed_state(etag="3"), entries=(a_pending("c"),)), NOON)
    known = a_spool(tmp_path).feed(a_feed_state().url)
    assert known is not None
    assert (known.state.etag, known.keys) == ("3", {"a", "b", "c"})


def test_what_is_put_aside_stops_nothing_else_and_keeps_its_reason(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    for name in "ab":
        spool.add(a_page(name), NOON)
    spool.put_aside(spool.first(1)[0][0], "a: it cannot be read")
    assert [page.entry_key for page in emptied(spool) if isinstance(page, Page)] == ["b"]
    assert (spool.held().aside, spool.held().reasons) == (1, ("a: it cannot be read",))


def test_the_disk_is_given_back_when_all_is_saved(tmp_path: Path) -> None:
    spool = a_spool(tmp_path)
    for number in range(50):
        spool.add(a_page(f"n{number}", body=os.urandom(20_000)), NOON)
    assert spool.path.stat().st_size > 1_000_000
    emptied(spool)
    assert spool.path.stat().st_size < 100_000


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.spool"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 7")
    other.close()
    with pytest.raises(StoreError, match="not a spool"):
        Spool(path, most_bytes=ROOM).add(a_page(), NOON)
