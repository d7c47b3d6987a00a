"""What is written is WARC, as two programs that did not write it read it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from tests.archive.answers import BODY, URL, an_answer, an_archive


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed file with an answer, the same again, a redirect, a page that was given, and a note."""
    archive = an_archive(tmp_path)
    archive.keep(an_answer())
    archive.keep(an_answer())
    archive.keep(an_answer(status=304, body=b""))
    archive.keep(an_answer(url="https://harbour-post.example/old", status=301, body=b"", headers=(("Location", URL),)))
    archive.keep(an_answer(url="https://harbour-post.example/feed", body=b"half a fe", cut_short=True))
    archive.give("https://lamp.example/given", an_answer().at, "text/html", BODY)
    archive.note(URL, an_answer().at, '{"copytrail": 1}')
    archive.close()
    (file,) = (tmp_path / "archive").glob("*.warc.gz")
    return file


TYPES = [
    "warcinfo",
    *("response", "request"),
    *("revisit", "request"),
    *("revisit", "request"),
    *("response", "request"),
    *("response", "request"),
    "resource",
    "metadata",
]


def test_warcio_finds_nothing_wrong_with_it(path: Path) -> None:
    command = [Path(sys.executable).with_name("warcio"), "check", "-v", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    unchecked = ["warcinfo", "revisit", "revisit"]  # by warcio
    assert done.stdout.count("digest pass") == len(TYPES) - len(unchecked)


def test_warcio_reads_each_record(path: Path) -> None:
    with path.open("rb") as file:
        records = [(r.rec_type, r.content_stream().read()) for r in ArchiveIterator(file)]
    assert [type for type, _ in records] == TYPES
    assert records[1][1] == BODY
    assert records[TYPES.index("resource")][1] == BODY


def test_fastwarc_reads_each_record_and_its_digests_hold(path: Path) -> None:
    with path.open("rb") as file:
        for record, type in zip(FastIterator(file, parse_http=False), TYPES, strict=True):
            assert str(record.record_type) == type
            assert record.verify_block_digest()
    with path.open("rb") as file:
        first = next(r for r in FastIterator(file, parse_http=True) if str(r.record_type) == "response")
        assert first.verify_payload_digest()
        assert first.http_content_type == "text/html"


def test_headers_stay_as_they_came_whatever_letters_they_have(path: Path) -> None:
    assert b"X-N\xe9e: \xfc\r\n" in unpacked(path)
    assert b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n" in unpacked(path)


def test_a_body_that_was_packed_on_the_way_is_kept_unpacked_and_says_so(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    archive.keep(an_answer(headers=(("Content-Encoding", "br"), ("Content-Length", "11"))))
    archive.close()
    (path,) = (tmp_path / "archive").glob("*.warc.gz")
    assert b"X-Archive-Orig-Content-Encoding: br\r\n" in unpacked(path)
    assert b"X-Archive-Orig-Content-Length: 11\r\n" in unpacked(path)
    assert f"\r\nContent-Length: {len(BODY)}\r\n\r\n<html>".encode() in unpacked(path)


def test_no_secret_that_we_sent_is_kept(path: Path) -> None:
    assert b"User-Agent: copytrail/1" in unpacked(path)
    assert b"c2VjcmV0" not in unpacked(path)


def test_a_header_cannot_forge_a_record(tmp_path: Path) -> None:
    archive = an_archive(tmp_path)
    forged = "x\r\n\r\nWARC/1.1\r\nWARC-Type: resource"
    archive.keep(an_answer(url=f"https://a.example/{forged}", headers=(("X", forged),)))
    archive.close()
    (path,) = (tmp_path / "archive").glob("*.warc.gz")
    with path.open("rb") as file:
        assert [r.rec_type for r in ArchiveIterator(file)] == ["warcinfo", "response", "request"]


def test_an_unchanged_body_is_referred_to_and_a_torn_one_is_marked(path: Path) -> None:
    with path.open("rb") as file:
        heads = [r.rec_headers for r in ArchiveIterator(file)]
    response, again, unchanged = heads[1], heads[3], heads[5]
    for head in (again, unchanged):
        assert head.get_header("WARC-Refers-To") == response.get_header("WARC-Record-ID")
        assert head.get_header("WARC-Refers-To-Target-URI") == URL
        assert head.get_header("WARC-Refers-To-Date") == response.get_header("WARC-Date")
        assert head.get_header("WARC-Payload-Digest") == response.get_header("WARC-Payload-Digest")
    assert again.get_header("WARC-Profile").endswith("/identical-payload-digest")
    assert unchanged.get_header("WARC-Profile").endswith("/server-not-modified")
    assert [head.get_header("WARC-Truncated") for head in heads].count("disconnect") == 1


def unpacked(path: Path) -> bytes:
    from crawler.archive.members import members

    with path.open("rb") as file:
        return b"".join(member.data or b"" for member in members(file))
