"""Files are whole at every moment: torn ends are cut, full and old ones closed, one is gone on with."""

from __future__ import annotations

import resource
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archive.known import NAME
from crawler.archive.reader import files, notes, path_of, read
from crawler.archive.upkeep import problems
from crawler.errors import ArchiveError
from tests.archive.answers import BODY, DAY, URL, an_answer, an_archive, files_in
from tests.builders import NOON


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        capture = archive.keep(an_answer())
        found = read(archive.folder, capture)
    assert (found.type, found.url, found.body) == ("response", URL, BODY)
    assert found.status_line == "HTTP/1.1 200 OK"
    assert found.at == "2024-03-01T12:00:00Z"
    assert capture.digest == found.digest


def test_what_was_unchanged_is_read_back_whole_also_by_another_process(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.keep(an_answer())
    with an_archive(tmp_path, NOON + timedelta(minutes=5)) as archive:
        again, unmodified = archive.keep(an_answer()), archive.keep(an_answer(status=304, body=b""))
    for capture in (again, unmodified):
        found = read(archive.folder, capture)
        assert (found.type, found.body) == ("revisit", BODY)


def test_a_body_is_kept_in_full_again_after_a_week(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.keep(an_answer())
    with an_archive(tmp_path, NOON + 8 * DAY) as archive:
        assert read(archive.folder, archive.keep(an_answer())).type == "response"


def test_a_body_whose_file_is_gone_is_kept_in_full_again(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.keep(an_answer())
        archive.close()
    for path in files(archive.folder):
        path.unlink()
    with an_archive(tmp_path) as archive:
        assert read(archive.folder, archive.keep(an_answer())).body == BODY


def test_what_was_kept_and_then_changed_is_not_shown_as_what_was_captured(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        capture, other = archive.keep(an_answer()), archive.keep(an_answer(body=b"<p>Another text.</p>"))
    swapped = type(capture)(digest=capture.digest, warc=other.warc, offset=other.offset)
    with pytest.raises(ArchiveError, match="not what was captured"):
        read(archive.folder, swapped)


def test_the_next_process_goes_on_with_an_open_file(tmp_path: Path) -> None:
    for minute in range(3):
        with an_archive(tmp_path, NOON + timedelta(minutes=minute)) as archive:
            archive.keep(an_answer(body=f"<p>{minute}</p>".encode()))
    (name,) = files_in(tmp_path)
    assert name.endswith(".warc.gz.open")


def test_two_processes_write_two_files(tmp_path: Path) -> None:
    with an_archive(tmp_path) as one, an_archive(tmp_path) as other:
        captures = [one.keep(an_answer()), other.keep(an_answer())]
        assert captures[0].warc != captures[1].warc
        one.close()
        assert [name.endswith(".open") for name in files_in(tmp_path)].count(True) == 1
    assert all(read(one.folder, capture).body == BODY for capture in captures)


def test_a_file_that_is_full_or_old_is_closed(tmp_path: Path) -> None:
    with an_archive(tmp_path, most_bytes=1) as archive:
        captures = [archive.keep(an_answer(url=f"{URL}/{n}")) for n in range(3)]
    assert [name.endswith(".open") for name in files_in(tmp_path)].count(True) == 1
    with an_archive(tmp_path, NOON + 2 * DAY) as archive:
        archive.note(URL, NOON, "{}")
    assert [name.endswith(".open") for name in files_in(tmp_path)] == [False, False, False, True]
    assert len({capture.warc for capture in captures}) == 3
    assert all(read(archive.folder, capture).body == BODY for capture in captures)


def test_request_and_answer_stay_in_one_file(tmp_path: Path) -> None:
    with an_archive(tmp_path, most_bytes=1) as archive:
        archive.keep(an_answer())
    (path,) = files(tmp_path / "archive")
    assert path.read_bytes().count(b"\x1f\x8b\x08") == 3  # who wrote it, answer, request


def a_file_with_notes(folder: Path, count: int) -> tuple[Path, list[int]]:
    """Leave an open file of so many notes; return it, and where each record ends."""
    ends = []
    archive = an_archive(folder)
    for number in range(count):
        archive.note(URL, NOON, f'{{"note": {number}}}')
        (path,) = files(archive.folder)
        ends.append(path.stat().st_size)
    archive.rest()
    (archive.folder / NAME).unlink()  # what a process that was killed could not say
    return path, ends


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1), more=st.sampled_from([b"", b"\0" * 100, b"\x1f\x8b\x08\0rubbish"]))
def test_a_torn_end_is_cut_and_nothing_else(
    share: float, more: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    path, ends = a_file_with_notes(folder, 5)
    cut = int(share * ends[-1])
    before, after = path.read_bytes(), path.read_bytes()[:cut] + more
    path.write_bytes(after)
    with an_archive(folder) as archive:
        archive.note(URL, NOON, '{"note": "after"}')
    whole = sum(before[:end] == after[:end] for end in ends)  # by chance what follows may be what was cut off
    said = [found.text for found in notes(files(archive.folder)[0])]
    assert said == [*(f'{{"note": {number}}}'.encode() for number in range(whole)), b'{"note": "after"}']
    assert list(problems(archive.folder)) == []


def test_what_is_broken_in_the_middle_is_reported_and_costs_nothing_behind_it(tmp_path: Path) -> None:
    path, ends = a_file_with_notes(tmp_path, 5)
    raw = bytearray(path.read_bytes())
    raw[ends[1] + 40 : ends[1] + 60] = b"\0" * 20
    path.write_bytes(raw)
    with an_archive(tmp_path, NOON + timedelta(minutes=1)) as archive:
        archive.note(URL, NOON, '{"note": "after"}')
    first, second = files(archive.folder)
    assert (first.name.endswith(".open"), second.name.endswith(".open")) == (False, True)
    assert [found.text for found in notes(first) if found.problem is None] == [
        f'{{"note": {number}}}'.encode() for number in (0, 1, 3, 4)
    ]
    (problem,) = problems(archive.folder)
    assert problem == f"{first.name} at {ends[1]}: {ends[2] - ends[1]} bytes are no record"


def test_a_disk_that_takes_no_more_is_said_and_leaves_the_file_whole(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        capture = archive.keep(an_answer())
        (path,) = files(archive.folder)
        # A limit on the size of files stands in for a full disk: part of a record is still written.
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, hard))
        try:
            with pytest.raises(ArchiveError, match=r"cannot be written .*make room"):
                archive.keep(an_answer(url=f"{URL}/2", body=b"x"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        again = archive.keep(an_answer(url=f"{URL}/3"))
        archive.commit()
        assert [read(archive.folder, one).body for one in (capture, again)] == [BODY, BODY]
    assert list(problems(archive.folder)) == []


def test_a_lost_memory_of_bodies_loses_no_record(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        first = archive.keep(an_answer())
    (archive.folder / NAME).write_bytes(b"no database")
    with an_archive(tmp_path) as archive:
        second = archive.keep(an_answer())
    assert [read(archive.folder, one).body for one in (first, second)] == [BODY, BODY]


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        capture = archive.keep(an_answer())
    assert capture.warc is not None
    path_of(archive.folder, capture.warc).unlink()
    with pytest.raises(ArchiveError, match="is not there any more"):
        read(archive.folder, capture)
