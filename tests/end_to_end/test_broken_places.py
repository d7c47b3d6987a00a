"""A store that cannot be used: one clear line that says what to do, exit code 2, nothing changed, nothing fetched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from crawler.errors import CopytrailError
from crawler.store.spool import Missed, Spool
from crawler.store.sqlite import SqliteStore
from tests.builders import NOON, a_fingerprint, an_article
from tests.end_to_end.shell import a_house, copytrail, inside

ROW = '{"url": "https://harbour-post.example/1", "title": "T", "text": "' + "word " * 60 + '"}\n'


@pytest.fixture
def house(tmp_path: Path) -> Path:
    folder = a_house(tmp_path)
    (folder / "rows.jsonl").write_text(ROW, encoding="utf-8")
    assert inside("ingest", "rows.jsonl", folder=folder).code == 0
    return folder


def the_store(folder: Path) -> Path:
    (path,) = [path for path in folder.rglob("*.db") if path.name != "known.db"]
    return path


@pytest.mark.parametrize(
    "command", [("search", "x"), ("ingest", "rows.jsonl"), ("run", "--once"), ("backup", "safe"), ("store", "status")]
)
def test_a_corrupt_store_names_backup_and_archive_and_stays_as_it_is(house: Path, command: tuple[str, ...]) -> None:
    path = the_store(house)
    broken = b"SQLite format 3\0" + b"\xa5" * 9_000
    path.write_bytes(broken)
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
    done = copytrail(*command, folder=house)
    assert done.code == (1 if command[0] == "store" else 2)
    assert "copytrail restore" in done.err + done.out
    assert "copytrail reprocess" in done.err + done.out
    assert path.read_bytes() == broken
    assert not (house / "safe").exists()


def as_nobody(do: Callable[[], object]) -> str:
    """Return the error of *do* as a user without rights would get it."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        words = "no error"
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            do()
        except CopytrailError as error:
            words = f"{type(error).__name__}: {error}"
        except BaseException as error:
            words = f"not ours: {error!r}"
        os.write(write, words.encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as pipe:
        return pipe.read().decode()


def test_a_store_of_another_user_says_whose_rights_to_look_at(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    store = SqliteStore(folder / "store.db")
    article = an_article()
    store.save_article(article, (), a_fingerprint(article.text))
    store.close()
    Spool(folder / "spool", most_bytes=2**20).add(Missed(key="k", reason="r", again=True), NOON)
    for path in (*tmp_path.parents, tmp_path):
        if path.stat().st_uid == os.getuid() and str(path).startswith("/tmp/"):
            path.chmod(0o755)
    folder.chmod(0o555)
    for path in folder.iterdir():
        path.chmod(0o444)
    try:
        said = as_nobody(lambda: SqliteStore(folder / "store.db").save_article(article, (), a_fingerprint()))
        assert said.startswith("StoreBroken:")
        assert "permissions" in said
        spooled = as_nobody(
            lambda: Spool(folder / "spool", most_bytes=1).add(Missed(key="k", reason="", again=True), NOON)
        )
        assert spooled.startswith("StoreError: the spool")
    finally:
        folder.chmod(0o755)
        for path in folder.iterdir():
            path.chmod(0o644)


def test_a_read_only_file_system_is_said_and_nothing_is_fetched(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        folder = a_house(disk)
        (folder / "rows.jsonl").write_text(ROW, encoding="utf-8")
        assert copytrail("ingest", "rows.jsonl", folder=folder).code == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for command in (("ingest", "rows.jsonl"), ("run", "--once")):
            done = copytrail(*command, folder=folder)
            assert done.code == 2, done
            assert len(done.err.splitlines()) == 1, done.err
            assert "permissions" in done.err or "cannot be written" in done.err
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)
