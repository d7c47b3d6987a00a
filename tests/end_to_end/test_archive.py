"""What was crawled is in the archive, and the archive alone makes the same store."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.archive.reader import read
from crawler.archive.single import write_captures
from crawler.cli.demo import write_settings
from crawler.exporting import What, lines
from crawler.model import Capture
from crawler.newsroom import Newsroom
from crawler.store import open_store
from tests.archive.taker import a_page
from tests.end_to_end.shell import Done, a_house, copytrail
from tests.end_to_end.texts import BEES, LAMP, MERIDIAN, jsonl, page, rows

EXPORTS: tuple[What, ...] = ("articles", "matches", "lineage")


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Crawl the newsroom in its two rounds; return the folder of settings and store."""
    folder = tmp_path_factory.mktemp("newsroom")
    with Newsroom(datetime.now(UTC)) as outlets:
        write_settings(folder, outlets, f"sqlite:///{folder}/news.db", webhook="json://127.0.0.1:9/nobody")
        assert ours(folder, "run", "--once").code == 0
        outlets.advance()
        assert ours(folder, "run", "--once").code == 0
    return folder


def ours(folder: Path, *arguments: str) -> Done:
    return copytrail("--config", folder, *arguments, folder=folder)


def exported(store: Path) -> dict[str, str]:
    """Return each export of a store as it is printed."""
    with closing(open_store(f"sqlite:///{store}")) as held:
        return {what: "".join(lines(held, what, "jsonl")) for what in EXPORTS}


def test_the_rebuilt_newsroom_equals_the_crawled_one_byte_for_byte(newsroom: Path) -> None:
    before = exported(newsroom / "news.db")
    assert all(before.values())
    other = newsroom / "other.db"
    done = ours(newsroom, "reprocess", "--into", f"sqlite:///{other}", "--json")
    assert done.code == 0, done.err
    assert done.json()["missing"] == 0
    assert exported(other) == before


def test_a_store_is_filled_anew_in_its_place_and_the_old_one_kept(newsroom: Path) -> None:
    before = exported(newsroom / "news.db")
    some = json.loads(before["lineage"].splitlines()[0])
    assert ours(newsroom, "review", some["copy"]["id"], "--confirm", some["parent"]["id"], "--by", "Ida").code == 0
    reviewed = exported(newsroom / "news.db")
    assert reviewed != before
    alerts = ours(newsroom, "alerts", "list", "--json").out  # the review may have raised one
    done = ours(newsroom, "reprocess", "--json")
    assert done.code == 0, done.err
    kept = Path(done.json()["before"])
    assert exported(kept) == reviewed
    after = exported(newsroom / "news.db")
    judged = [json.loads(line) for line in after["lineage"].splitlines()]
    (confirmed,) = [
        e for e in judged if (e["copy"]["id"], e["parent"]["id"]) == (some["copy"]["id"], some["parent"]["id"])
    ]
    assert confirmed["evidence"][0]["type"] == "verdict"
    assert ours(newsroom, "alerts", "list", "--json").out == alerts


def test_every_article_names_its_record_and_robots_and_feeds_are_there_too(newsroom: Path) -> None:
    for line in exported(newsroom / "news.db")["articles"].splitlines():
        article = json.loads(line)
        record = read(newsroom / "news.db.archive", Capture(**article["capture"]))
        assert record.url == article["url"]
        assert record.type in ("response", "revisit")
    asked = set()
    for path in (newsroom / "news.db.archive").glob("*.warc.gz"):
        with path.open("rb") as file:
            asked |= {r.rec_headers.get_header("WARC-Target-URI") for r in ArchiveIterator(file)} - {None}
    assert sum(url.endswith("/robots.txt") for url in asked) >= 10
    assert {url for url in asked if "feed" in url}


def test_the_archive_is_checked_and_closed_by_the_daemon(newsroom: Path) -> None:
    assert ours(newsroom, "archive", "check").code == 0
    status = ours(newsroom, "archive", "status", "--json").json()
    assert (status["files"], status["open"], status["enabled"]) == (2, 0, True)
    assert status["bytes"] == sum(path.stat().st_size for path in (newsroom / "news.db.archive").glob("*.warc.gz"))


def test_while_another_process_has_the_store_open_it_is_not_replaced(newsroom: Path) -> None:
    before = exported(newsroom / "news.db")
    holder = sqlite3.connect(newsroom / "news.db")
    holder.execute("SELECT count(*) FROM sqlite_master").fetchone()
    try:
        done = ours(newsroom, "reprocess")
        assert done.code == 2
        assert "another process has" in done.err
    finally:
        holder.close()
    assert exported(newsroom / "news.db") == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "1d"), "--since would lose what is older"),
        (("--since", "soon"), "--since"),
        (("--into", "configured-store"), "must name another store than ours"),
    ],
)
def test_what_would_lose_something_is_refused(arguments: tuple[str, ...], words: str, newsroom: Path) -> None:
    given = [f"sqlite:///{newsroom}/news.db" if one == "configured-store" else one for one in arguments]
    done = ours(newsroom, "reprocess", *given)
    assert done.code == 2
    assert words in done.problem()


def test_without_an_archive_there_is_nothing_to_fill_a_store_from(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    copytrail("store", "init", folder=house)
    assert "there is nothing in the archive" in copytrail("reprocess", folder=house).problem()


def captures(house: Path) -> dict[str, Capture | None]:
    articles = [json.loads(line) for line in exported(house / "copytrail.db")["articles"].splitlines()]
    return {one["url"]: Capture(**one["capture"]) if one["capture"] else None for one in articles}


def test_files_are_kept_where_they_are_not_and_fill_a_store_as_well(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    (house / "bees.html").write_text(page(BEES, "A good year for bees"), encoding="utf-8")
    crawled = a_page(1)
    given = house / "given.warc.gz"
    write_captures(given, [a_page(0), crawled])
    listed = jsonl(house / "rows.jsonl", *rows()[:2], {"url": "https://lamp.example/page", "html": page()})
    assert copytrail("ingest", house / "bees.html", "--url", LAMP, folder=house).code == 0
    assert copytrail("ingest", given, listed, folder=house).code == 0
    kept = captures(house)
    folder = house / "copytrail.db.archive"
    assert kept[MERIDIAN] is None
    bees = kept[LAMP]
    assert bees is not None
    assert read(folder, bees).type == "resource"
    assert read(folder, bees).body == (house / "bees.html").read_bytes()
    found = kept[crawled.url]
    assert found is not None
    assert found.warc == str(given)
    assert found.offset
    assert read(folder, found).body == crawled.body
    before = exported(house / "copytrail.db")
    assert copytrail("reprocess", folder=house).code == 0
    assert exported(house / "copytrail.db") == before
    given.unlink()
    done = copytrail("reprocess", folder=house)
    assert done.code == 1
    assert f"{crawled.url}: {given} is not there any more" in done.err


def test_with_the_archive_off_nothing_is_kept(tmp_path: Path) -> None:
    house = a_house(tmp_path, archive={"enabled": False})
    assert copytrail("ingest", jsonl(house / "rows.jsonl", {"url": LAMP, "html": page()}), folder=house).code == 0
    assert not (house / "copytrail.db.archive").exists()
    capture = captures(house)[LAMP]
    assert capture is not None
    assert (capture.warc, capture.offset) == (None, None)


def test_cleaning_says_what_it_would_delete_and_deletes_nothing_unless_told(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    copytrail("ingest", jsonl(house / "rows.jsonl", *rows()), folder=house)
    assert "archive.keep_days is not set" in copytrail("archive", "clean", folder=house).out
    (closed,) = (house / "copytrail.db.archive").glob("*.warc.gz")
    old = time.time() - 40 * 86_400
    os.utime(closed, (old, old))
    assert closed.name in copytrail("archive", "clean", "--days", "30", "--dry-run", folder=house).out
    assert closed.exists()
    assert copytrail("archive", "clean", "--days", "33", "--json", folder=house).json()["deleted"] == []
    assert copytrail("archive", "clean", "--days", "30", "--json", folder=house).json()["deleted"] == [closed.name]
    assert not closed.exists()
    assert len(captures(house)) == 3


def test_evidence_is_checked_where_there_is_nothing_else(newsroom: Path, tmp_path: Path) -> None:
    edge = json.loads(exported(newsroom / "news.db")["lineage"].splitlines()[0])
    pair = f"{edge['copy']['id']}:{edge['parent']['id']}"
    path = tmp_path / "proof.zip"
    told = ours(newsroom, "evidence", pair, "--out", str(path), "--json").json()
    again = ours(newsroom, "evidence", pair, "--out", str(tmp_path / "again.zip"))
    assert f"seal: {told['seal']}" in again.out
    assert path.read_bytes() == (tmp_path / "again.zip").read_bytes()
    done = copytrail("evidence", "--verify", path, "--seal", told["seal"], folder=tmp_path)
    assert done.code == 0, done.err
    assert "holds" in done.out
    assert sorted(tmp_path.iterdir()) == [tmp_path / "again.zip", path]  # no store was made

    tampered = tmp_path / "tampered.zip"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tampered, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"confidence": 0', b'"confidence": 1'))
    done = copytrail("evidence", "--verify", tampered, folder=tmp_path)
    assert done.code == 1
    assert "tampered: lineage.json: was changed" in done.err.splitlines()


def test_evidence_is_not_written_over_and_nothing_is_made_of_nothing(newsroom: Path, tmp_path: Path) -> None:
    article = json.loads(exported(newsroom / "news.db")["articles"].splitlines()[0])
    path = tmp_path / "proof.zip"
    path.write_text("mine")
    assert "is there already" in ours(newsroom, "evidence", article["url"], "--out", str(path)).problem()
    assert path.read_text() == "mine"
    assert ours(newsroom, "evidence", "https://harbour-post.example/none").code == 1
    assert ours(newsroom, "evidence", f"{article['id']}:{article['id']}").code == 1
    assert "not a zip file" in copytrail("evidence", "--verify", path, folder=tmp_path).problem()


def test_doctor_says_whether_what_is_fetched_can_be_kept(tmp_path: Path) -> None:
    house = a_house(tmp_path)
    copytrail("store", "init", folder=house)

    def said(settings: dict[str, str]) -> tuple[str, str]:
        found = copytrail("doctor", "--json", folder=house, settings=settings).json()["findings"]
        return next((one["state"], one["words"]) for one in found if one["what"] == "archive")

    assert said({}) == ("ok", f"{house}/copytrail.db.archive: 0 files, 0 MiB")
    assert said({"COPYTRAIL_ARCHIVE__ENABLED": "false"})[0] == "warning"
    state, words = said({"COPYTRAIL_ARCHIVE__FOLDER": str(house / "config" / "copytrail.yaml")})
    assert state == "wrong"
    assert "cannot be written" in words
