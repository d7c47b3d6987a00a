"""A disk that fills up: pages stop before it is full, what is there stays whole, and the work goes on by itself."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TextIO, cast

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crawler.archive.upkeep import problems
from crawler.archive.writer import Archive
from crawler.errors import StoreError
from crawler.fetch.logs import Lasting
from crawler.model import Page
from crawler.readiness import readiness
from crawler.room import AGAIN, Room
from crawler.store.memory import MemoryStore
from crawler.store.spool import Spool
from crawler.store.sqlite import SqliteStore
from tests.builders import NOON, a_fingerprint, an_article
from tests.hostile import Hostile, a_feed
from tests.scheduler.sites import a_daemon, a_folder
from tests.scheduler.sites import an_article as a_page
from tests.scheduler.test_daemon import stored, until
from tests.test_backup import an_answer


class Shelf(Room):
    """A room with as much space as a test says."""

    __slots__ = ("bytes",)

    def free(self) -> dict[str, int]:
        return {"store": self.bytes}


def a_room(least: int, free: int) -> Room:
    room = Shelf(places={"store": Path("/data")}, least=least)
    object.__setattr__(room, "bytes", free)
    return room


def test_below_the_floor_it_is_said_where_how_much_and_what_to_do() -> None:
    words = a_room(2**30, 2**29).problem()
    assert words == (
        "only 512 MiB are free at /data (store): no pages are taken until 1024 MiB are; make room there, or set "
        "archive.keep_days"
    )
    assert a_room(2**30, 2**30).problem() is None


@given(st.integers(1, 2**40), st.integers(0, 2**41))
def test_who_stopped_goes_on_a_little_later_than_he_would_have_stopped(least: int, free: int) -> None:
    room = a_room(least, free)
    if room.problem() is not None:
        assert room.problem(was_short=True) is not None
    if free >= least * AGAIN:
        assert room.problem(was_short=True) is None
    assert a_room(0, free).problem() is None


def test_room_is_asked_of_the_nearest_folder_that_is_there(tmp_path: Path) -> None:
    room = Room(places={"archive": tmp_path / "not" / "yet" / "made"}, least=1)
    assert room.free()["archive"] > 0
    assert room.problem() is None


def test_a_store_without_room_is_not_ready_and_says_why() -> None:
    found = readiness(MemoryStore(), None, short="only 3 MiB are free")
    assert (found.ready, found.state) == (False, "full")
    assert found.line() == "not ready: full; only 3 MiB are free"


# --- a real disk

SHARED = Path("/dev/shm")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk in memory, of which nobody else takes much."""
    if not SHARED.is_dir() or os.statvfs(SHARED).f_bavail * os.statvfs(SHARED).f_frsize < 2**24:
        pytest.skip("/dev/shm is not there or too small")
    folder = SHARED / f"copytrail-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir()
    yield folder
    for path in sorted(folder.rglob("*"), reverse=True):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


def test_a_daemon_takes_no_pages_while_the_disk_is_short_and_goes_on_by_itself(tmp_path: Path, disk: Path) -> None:
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1")), "/1": a_page(1)}
        folder = a_folder(tmp_path, site, "/feed")
        main = yaml.safe_load((folder / "copytrail.yaml").read_text())
        main |= {"store": f"sqlite:///{disk}/copytrail.db", "disk": {"least_free_bytes": free * 7 // 8}}
        (folder / "copytrail.yaml").write_text(yaml.safe_dump(main))
        ballast = disk / "ballast"
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free // 4)
        notice = disk / "copytrail.db.readyz"
        with a_daemon(folder) as daemon:
            until(lambda: notice.exists() and "not ready: full" in notice.read_text())
            assert "make room there" in notice.read_text()
            assert site.asked == []
            ballast.unlink()
            until(lambda: site.times_asked("/1"))
            until(lambda: notice.read_text().startswith("ready"))
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(20.0) == 0
    assert stored(folder) == {"1"}


def test_one_round_on_a_short_disk_fetches_nothing_and_fails(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1"))}
        folder = a_folder(tmp_path, site, "/feed")
        main = yaml.safe_load((folder / "copytrail.yaml").read_text())
        (folder / "copytrail.yaml").write_text(yaml.safe_dump(main | {"disk": {"least_free_bytes": 2**50}}))
        with a_daemon(folder, once=True) as daemon:
            assert daemon.wait(60.0) == 1
        assert site.asked == []


FULL = """
import resource, sys
from pathlib import Path
from tests.test_room import fill_until_full
resource.setrlimit(resource.RLIMIT_FSIZE, (3 * 2**20, 3 * 2**20))
fill_until_full(Path(sys.argv[1]))
"""


ONE_DISK = "\n".join(line for line in FULL.splitlines() if "setrlimit" not in line)


def fill_until_full(folder: Path) -> None:
    """Write to archive, store and spool until each of them refuses, then say so."""
    archive, store = Archive(folder / "archive"), SqliteStore(folder / "store.db")
    spool = Spool(folder / "spool", most_bytes=2**40)
    noise = os.urandom(2**18).hex()
    said: dict[str, str] = {}

    def write(name: str, number: int) -> None:
        if name == "archive":
            archive.keep(replace(an_answer(number), body=f"{number} {noise}".encode()))
            archive.commit()
        elif name == "store":
            article = an_article(f"page-{number}", text=f"{number} {noise}")
            store.save_article(article, (), a_fingerprint(article.text))
        else:
            body = os.urandom(2**18)
            page = Page(url=f"http://a.example/{number}", final_url="", body=body, fetched_at=NOON, headers={})
            spool.add(page, NOON)

    for name in ("archive", "store", "spool"):
        for number in range(60):
            try:
                write(name, number)
            except StoreError as error:
                said[name] = f"{type(error).__name__}: {error}"
                break
            print("kept", name, number, flush=True)
    print("\n".join(f"refused {name} {words}" for name, words in said.items()), flush=True)


def _filled(folder: Path, code: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=Path(__file__).parents[1],
    )
    return [line.split(maxsplit=2) for line in done.stdout.splitlines() if line]


def _is_whole(folder: Path, lines: list[list[str]]) -> None:
    """Say that what was acknowledged is there, that nothing else is torn, and that it goes on afterwards."""
    kept = [(line[1], int(line[2])) for line in lines if line[0] == "kept"]
    refused = {line[1]: line[2] for line in lines if line[0] == "refused"}
    assert set(refused) == {"archive", "store", "spool"}
    assert "ArchiveError" in refused["archive"]
    assert "make room there" in refused["archive"]
    assert "StoreUnavailable" in refused["store"]
    store = SqliteStore(folder / "store.db")
    assert len(list(store.article_ids())) >= len([n for name, n in kept if name == "store"]) > 0
    article = an_article("afterwards")
    store.save_article(article, (), a_fingerprint(article.text))
    assert store.article(article.id) == article
    store.close()
    archive = Archive(folder / "archive")
    archive.keep(an_answer(1000))
    archive.close()
    assert list(problems(folder / "archive")) == []
    spool = Spool(folder / "spool", most_bytes=2**40)
    assert spool.held().count >= len([n for name, n in kept if name == "spool"]) > 0


def test_a_file_that_may_not_grow_is_refused_and_what_was_kept_stays_whole(tmp_path: Path) -> None:
    _is_whole(tmp_path, _filled(tmp_path, FULL))


def test_a_disk_that_is_full_is_refused_and_what_was_kept_stays_whole(tmp_path: Path) -> None:
    mounted = tmp_path / "disk"
    mounted.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", mounted], check=False).returncode:
        pytest.skip("no disk may be mounted here: the limit on the size of files is tried alone")
    try:
        ballast = mounted / "ballast"
        ballast.write_bytes(bytes(2**19))
        lines = _filled(mounted, ONE_DISK)
        refused = {line[1]: line[2] for line in lines if line[0] == "refused"}
        assert "No space left on device" in refused["archive"]
        assert "the disk is full: make room" in refused["store"]
        ballast.unlink()
        store = SqliteStore(mounted / "store.db")
        article = an_article("afterwards")
        store.save_article(article, (), a_fingerprint(article.text))
        assert store.article(article.id) == article
        store.close()
        assert list(problems(mounted / "archive")) == []
    finally:
        subprocess.run(["umount", "--lazy", mounted], check=True)


# --- the log


def test_a_log_that_takes_nothing_more_stops_nobody_and_what_is_lost_is_counted() -> None:
    full = Path("/dev/full").open("w", encoding="utf-8", buffering=1)  # noqa: SIM115
    stream = Lasting(full)
    for _ in range(3):
        stream.write("an event\n")
        stream.flush()
    assert stream.lost >= 3
    with suppress(OSError):
        full.close()
    gone = Lasting(cast(TextIO, io.StringIO()))
    gone._stream.close()
    gone.write("x")
    assert gone.lost == 1


def test_a_round_whose_log_is_full_is_done_all_the_same(tmp_path: Path) -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/1")), "/1": a_page(1)}
        folder = a_folder(tmp_path, site, "/feed")
        with Path("/dev/full").open("w", encoding="utf-8") as full, a_daemon(folder, once=True, stderr=full) as daemon:
            daemon.wait(60.0)
    assert stored(folder) == {"1"}
