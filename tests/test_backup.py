"""A backup is the store as it was at one moment, with its archive; it comes back equal and overwrites nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from crawler.archive.records import Exchange
from crawler.archive.upkeep import problems as wrong_records
from crawler.archive.writer import Archive
from crawler.backup import ARCHIVE, MANIFEST, STORE, back_up, problems, read_manifest, restore
from crawler.errors import InputError, StoreError
from crawler.store.spool import Missed, Spool
from crawler.store.sqlite import SqliteStore
from tests.builders import NOON, a_fingerprint, an_article
from tests.end_to_end.shell import a_house, copytrail
from tests.everything import answers, differences, fill


class House:
    """A store, its spool and its archive in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore(folder / "copytrail.db")
        self.spool = Spool(folder / "copytrail.db.spool", most_bytes=2**20)
        self.archive = Archive(folder / "copytrail.db.archive")

    def back_up(self, target: Path) -> None:
        back_up(self.store, self.spool, self.archive.folder, target, NOON)

    def put_back(self, backup: Path) -> None:
        restore(backup, self.folder / "copytrail.db", self.spool.path, self.archive.folder)


def an_answer(number: int) -> Exchange:
    return Exchange(
        url=f"http://harbour-post.example/{number}",
        at=NOON,
        status=200,
        headers=[("Content-Type", "text/html")],
        body=f"<p>Page {number}</p>".encode() * 50,
        asked_with=[],
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "house")


def test_a_restored_store_says_the_same_as_the_one_that_was_backed_up(house: House, tmp_path: Path) -> None:
    fill(house.store)
    house.spool.add(Missed(key="x", reason="no answer", again=True), NOON)
    for number in range(5):
        house.archive.keep(an_answer(number))
    house.archive.commit()
    house.back_up(tmp_path / "backup")
    other = House(tmp_path / "other")
    other.put_back(tmp_path / "backup")
    assert differences(answers(house.store), answers(other.store)) == {}
    assert other.spool.held().count == 1
    assert list(wrong_records(other.archive.folder)) == []
    (mine,), (its,) = (list(one.archive.folder.glob("*.open")) for one in (house, other))
    assert its.read_bytes() == mine.read_bytes()
    other.archive.keep(an_answer(9))  # it goes on from there
    other.archive.close()
    assert list(wrong_records(other.archive.folder)) == []


def test_a_backup_while_others_write_is_whole_and_its_archive_has_all_that_its_store_refers_to(
    house: House, tmp_path: Path
) -> None:
    stop, saved = threading.Event(), []

    def write() -> None:
        store = SqliteStore(house.folder / "copytrail.db")
        while not stop.is_set() and len(saved) < 5_000:
            capture = house.archive.keep(an_answer(len(saved)))
            house.archive.commit()
            article = an_article(f"page-{len(saved)}", capture=capture)
            store.save_article(article, (), a_fingerprint(article.text))
            saved.append(article.id)
        store.close()

    house.store.init()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(saved) < 5:
            assert writer.is_alive()
        before = len(saved)
        house.back_up(tmp_path / "backup")
    finally:
        stop.set()
        writer.join(30)
    assert list(problems(tmp_path / "backup", read_manifest(tmp_path / "backup"))) == []
    copy = SqliteStore(tmp_path / "backup" / STORE)
    ids = list(copy.article_ids())
    assert before <= len(ids) <= len(saved)
    assert set(ids) == set(saved[: len(ids)])
    held = {path.name.removesuffix(".open"): path.stat().st_size for path in (tmp_path / "backup" / ARCHIVE).iterdir()}
    for id in ids:
        article = copy.article(id)
        assert article is not None
        assert article.capture is not None
        assert article.capture.warc is not None
        assert (article.capture.offset or 0) < held[article.capture.warc]
    assert list(wrong_records(tmp_path / "backup" / ARCHIVE)) == []
    copy.close()


def test_nothing_is_overwritten_by_a_backup_or_a_restore(house: House, tmp_path: Path) -> None:
    fill(house.store)
    house.archive.keep(an_answer(1))
    house.archive.rest()
    house.back_up(tmp_path / "backup")
    with pytest.raises(InputError, match="nothing is overwritten"):
        house.back_up(tmp_path / "backup")
    with pytest.raises(InputError, match="nothing is overwritten"):
        house.put_back(tmp_path / "backup")
    other = House(tmp_path / "other")
    other.archive.folder.mkdir(parents=True)
    (other.archive.folder / "something").touch()
    with pytest.raises(InputError, match="is not empty"):
        other.put_back(tmp_path / "backup")
    assert [path.name for path in other.folder.iterdir()] == ["copytrail.db.archive"]


@pytest.mark.parametrize("damage", ["a byte", "the end", "all of it"])
def test_a_backup_that_is_not_what_was_written_is_not_restored(house: House, tmp_path: Path, damage: str) -> None:
    fill(house.store)
    house.back_up(tmp_path / "backup")
    path = tmp_path / "backup" / STORE
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    if damage == "all of it":
        path.unlink()
    else:
        path.write_bytes(data if damage == "a byte" else data[:-100])
    other = House(tmp_path / "other")
    with pytest.raises(InputError, match="nothing was restored"):
        other.put_back(tmp_path / "backup")
    assert not other.folder.exists()


def test_a_manifest_that_names_files_elsewhere_is_refused(house: House, tmp_path: Path) -> None:
    fill(house.store)
    house.back_up(tmp_path / "backup")
    manifest = tmp_path / "backup" / MANIFEST
    manifest.write_text(manifest.read_text().replace(f'"{STORE}"', '"../../etc/passwd"'))
    with pytest.raises(InputError, match="no part of a backup"):
        read_manifest(tmp_path / "backup")
    manifest.write_text("{")
    with pytest.raises(InputError, match="damaged"):
        read_manifest(tmp_path / "backup")


def test_a_backup_that_cannot_be_written_says_so(house: House, tmp_path: Path) -> None:
    fill(house.store)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="make room or name another folder"):
        house.back_up(tmp_path / "file" / "backup")


def test_the_commands_back_up_and_restore(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    rows = '{"url": "https://harbour-post.example/1", "title": "T", "text": "' + "word " * 60 + '"}\n'
    (folder / "rows.jsonl").write_text(rows, encoding="utf-8")
    assert copytrail("ingest", "rows.jsonl", folder=folder).code == 0
    made = copytrail("backup", "safe", "--json", folder=folder)
    assert made.json()["articles"] == 1
    store = f"sqlite:///{folder}/back/again.db"
    assert copytrail("--store", store, "restore", "safe", folder=folder).code == 0
    found = copytrail("--store", store, "search", "--json", folder=folder).json()
    assert [row["url"] for row in found["articles"]] == ["https://harbour-post.example/1"]
    again = copytrail("--store", store, "restore", "safe", folder=folder)
    assert again.code == 2
    assert "nothing is overwritten" in again.problem()
    assert copytrail("restore", "rows.jsonl", folder=folder).code == 2
