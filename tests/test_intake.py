"""Files as pages and rows: every line is a page, a row or a problem, and nothing else happens."""

from __future__ import annotations

import io
import json
import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.errors import InputError
from crawler.intake import LONGEST_TEXT, Problem, date, moment, read_html, read_jsonl, read_warc, row
from crawler.model import Link, Page
from crawler.prepare import Row, prepare_row
from crawler.registry import Registry
from tests.builders import NOON

URL = "https://harbour-post.example/1"
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just(URL),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "text", "x"]), inner),
    max_leaves=6,
)
_NAMES = ("url", "text", "html", "title", "published_at", "fetched_at", "byline", "links", "canonical_url", "language")


def read(*lines: Any) -> list[Page | Row | Problem]:
    raw = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    return list(read_jsonl(io.BytesIO(raw), "rows.jsonl", NOON))


def the_row(**fields: Any) -> Row:
    made = row({"url": URL, "text": "words"} | fields, NOON)
    assert isinstance(made, Row)
    return made


def test_no_field_of_a_row_keeps_what_no_store_takes() -> None:
    fields = ("url", "title", "text", "byline", "language", "canonical_url", "source")
    value = {name: f"https://harbour-post.example/a\0b{chr(0xD800)}" for name in fields}
    made = row(value, NOON)
    assert isinstance(made, Row)
    kept = (made.url, made.title, made.text, made.byline, made.language, made.canonical_url, made.source_name)
    assert set(kept) == {"https://harbour-post.example/ab?"}


def test_a_line_with_html_is_a_page_and_one_with_text_a_row() -> None:
    page, text = read({"url": URL, "html": "<p>ü"}, {"url": URL, "text": "words", "source": "The Lamp"})
    assert isinstance(page, Page)
    assert (page.body, page.headers["content-type"]) == ("<p>ü".encode(), "text/html; charset=utf-8")
    assert isinstance(text, Row)
    assert (text.text, text.source_name, text.links, text.fetched_at) == ("words", "The Lamp", None, NOON)


def test_links_are_made_absolute_and_what_is_no_link_to_a_page_is_left_out() -> None:
    made = the_row(links=["/2", {"url": "https://a.example/x", "text": "X"}, "mailto:me@a.example"])
    assert made.links == (
        Link(url="https://harbour-post.example/2"),
        Link(url="https://a.example/x", text="X"),
    )
    assert the_row(links=[]).links == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "not an object"),
        ({"text": "x"}, "url: missing"),
        ({"url": 5, "text": "x"}, "url: must be a string"),
        ({"url": URL}, "text: missing"),
        ({"url": URL, "text": "x", "links": {}}, "links: must be a list"),
        ({"url": URL, "text": "x", "links": [5]}, "links: each must be"),
        ({"url": URL, "text": "x", "fetched_at": "noon"}, "fetched_at: not an ISO 8601 time: 'noon'"),
        ({"url": "javascript:1", "text": "x"}, "javascript"),
        ({"url": URL, "text": "x" * (LONGEST_TEXT + 1)}, "text: longer than"),
    ],
)
def test_what_is_wrong_with_a_line_is_named_by_its_field(value: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        row(value, NOON)


def test_problems_carry_the_line_number_and_the_rest_is_read() -> None:
    good = {"url": URL, "text": "words"}
    found = read(good, b"\n", b"nonsense\n", b'{"url": "\xff"}\n', b"\xef\xbb\xbf" + json.dumps(good).encode() + b"\n")
    assert [type(one).__name__ for one in found] == ["Row", "Problem", "Problem", "Row"]
    assert [one.place for one in found if isinstance(one, Problem)] == ["rows.jsonl line 3", "rows.jsonl line 4"]


def test_a_date_that_cannot_be_read_or_lies_ahead_is_noted_and_the_row_kept() -> None:
    note, kept, ahead, also_kept = read(
        {"url": URL, "text": "a", "published_at": "soon"}, {"url": URL, "text": "a", "published_at": "2199-01-01"}
    )
    assert isinstance(note, Problem)
    assert isinstance(ahead, Problem)
    assert (note.skipped, ahead.skipped) == (False, False)
    assert isinstance(kept, Row)
    assert kept.published is None
    assert isinstance(also_kept, Row)


@pytest.mark.parametrize(
    ("given_as", "iso", "precision", "zone_known"),
    [
        ("2024-03-05", "2024-03-05", "day", False),
        ("2024-03-05T08:00:00Z", "2024-03-05T08:00:00Z", "second", True),
        ("2024-03-05T10:00:00+02:00", "2024-03-05T08:00:00Z", "second", True),
        (1709625600, "2024-03-05T08:00:00Z", "second", True),
        (1709625600.5, "2024-03-05T08:00:00Z", "second", True),
    ],
)
def test_a_date_keeps_how_well_it_is_known(given_as: Any, iso: str, precision: str, zone_known: bool) -> None:
    found = date(given_as)
    assert found is not None
    assert (found.iso(), found.precision, found.zone_known, found.basis) == (iso, precision, zone_known, "given")


def test_a_moment_without_a_zone_is_utc() -> None:
    assert moment("2024-03-05", "--since") == datetime(2024, 3, 5, tzinfo=UTC)
    assert moment("2024-03-05T01:00:00+01:00", "--since") == datetime(2024, 3, 5, tzinfo=UTC)
    with pytest.raises(InputError, match="--since: not an ISO 8601 time"):
        moment("0001-01-01T00:00:00+14:00", "--since")


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_any_object_is_a_page_a_row_or_an_input_error(value: dict[str, Any]) -> None:
    with suppress(InputError):
        made = row({"url": URL} | value, NOON)
        if isinstance(made, Row):
            prepare_row(made, Registry([]))


@given(st.binary(max_size=300))
def test_any_bytes_are_lines_or_problems(raw: bytes) -> None:
    for one in read_jsonl(io.BytesIO(raw), "x", NOON):
        assert isinstance(one, Page | Row | Problem)


# --- HTML and WARC files


def test_an_html_file_that_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_html(tmp_path, URL, NOON)


def a_warc(*, gzip: bool) -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gzip)
    for number, (status, kind) in enumerate(
        (("200 OK", "text/html"), ("404 No", "text/html"), ("200 OK", "image/png"))
    ):
        head = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        body = io.BytesIO(b"<p>words of a page</p>" * 20)
        url = f"https://a.example/{number}"
        writer.write_record(writer.create_warc_record(url, "response", payload=body, http_headers=head))
    return out.getvalue()


@pytest.mark.parametrize("gzip", [True, False])
def test_a_warc_gives_its_html_pages_with_their_time(gzip: bool) -> None:
    (page,) = read_warc(io.BytesIO(a_warc(gzip=gzip)), "a.warc")
    assert isinstance(page, Page)
    assert (page.url, page.body) == ("https://a.example/0", b"<p>words of a page</p>" * 20)
    assert page.fetched_at.tzinfo is UTC


@pytest.mark.parametrize("gzip", [True, False])
def test_a_warc_cut_anywhere_says_so_unless_all_of_it_is_there(gzip: bool, capfd: pytest.CaptureFixture[str]) -> None:
    whole = a_warc(gzip=gzip)
    silent = []
    for cut in range(0, len(whole), 3):
        found = list(read_warc(io.BytesIO(whole[:cut]), "a.warc"))
        assert sum(isinstance(one, Page) for one in found) <= 1
        if not any(isinstance(one, Problem) for one in found):
            silent.append(cut)
    # Between two records, or in the few bytes after the last word of one, nothing is missing.
    assert len(silent) < 20
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("gzip", [True, False])
def test_a_damaged_warc_is_never_more_than_problems(gzip: bool, capfd: pytest.CaptureFixture[str]) -> None:
    pick = random.Random(3)
    whole = a_warc(gzip=gzip)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(pick.randint(1, 6)):
            damaged[pick.randrange(len(damaged))] = pick.randrange(256)
        for one in read_warc(io.BytesIO(bytes(damaged)), "a.warc"):
            assert isinstance(one, Page | Problem)
    for start in (b"", b"\x1f\x8b\x08\x00", b"WARC/1.0\r\n", b"http://a.b/ 1.1.1.1 20200101000000 text/html 10\n"):
        assert not any(isinstance(x, Page) for x in read_warc(io.BytesIO(start + pick.randbytes(200)), "a.warc"))
    assert capfd.readouterr() == ("", "")
