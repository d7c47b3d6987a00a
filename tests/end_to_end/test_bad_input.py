"""What cannot be read is said in one clear line each, never a traceback; the rest goes on."""

from __future__ import annotations

import io
import json
import random
import socket
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.end_to_end.shell import a_house, copytrail, inside
from tests.end_to_end.texts import CRANE, HARBOUR, jsonl, page, rows
from tests.hostile import Hostile, Reply, a_feed, endless
from tests.scheduler.sites import an_article

GARBAGE = random.Random(5).randbytes(20_000)


def store(path: Path, name: str = "copytrail.db") -> tuple[str, str]:
    return "--store", f"sqlite:///{path}/{name}"


# --- settings


def test_unknown_settings_are_all_named_at_once_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "copytrail.yaml").write_text("fetch: {delay_secs: 3, contact: me}\nlogg: {}\n")
    (tmp_path / "sources.yaml").write_text("sources: [{id: a, name: A, feed: x}]\n")
    (tmp_path / "alerts.yaml").write_text("rules: [{name: r, min_coverage: 7}]\n")
    done = copytrail("--config", tmp_path, "search", folder=tmp_path, settings={"COPYTRAIL_POLL__EVER": "1"})
    assert (done.code, done.out) == (2, "")
    lines = done.err.splitlines()
    assert len(lines) == 5
    for place in ("fetch.delay_secs", "logg", "COPYTRAIL_POLL__EVER", "sources.0.feed", "rules.0.min_coverage"):
        assert any(place in line for line in lines), (place, lines)
    assert any("did you mean 'delay_seconds'?" in line for line in lines)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"store: [unclosed\nfetch: {", "copytrail.yaml, line "),
        (b"\xff\xfe\x00store", "copytrail.yaml, line 1: not UTF-8 text: save it as UTF-8"),
        (b"- a\n- b\n", "copytrail.yaml: should be a mapping"),
        (GARBAGE, "copytrail.yaml, line "),
        (b"store: sqlite:///a\nstore: sqlite:///b\n", "'store' stands here twice"),
    ],
)
def test_settings_that_cannot_be_read_name_the_file_and_the_line(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "copytrail.yaml").write_bytes(content)
    done = inside("--config", tmp_path, "store", "status", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert words in done.problem()


def test_a_folder_without_settings_is_named(tmp_path: Path) -> None:
    for folder, words in (("nowhere", "no such settings folder"), (".", "no settings here")):
        done = inside("--config", folder, "search", folder=tmp_path)
        assert done.code == 2
        assert words in done.problem()


# --- the store


def test_a_store_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for url, words in {
        "nosuch": "not the URL of a store: a store is sqlite:///",
        "postgres://host/db": "'postgres' names no store",
        "postgres://me:secret@host/db": "a password has no place on a command line",
        "sqlite:///": "'sqlite' names no store in this form",
        f"sqlite:///{tmp_path}": "check the folder and permissions",
        f"sqlite:///{tmp_path}/file/x.db": "choose another place",
        f"sqlite:///{tmp_path}/{'a' * 300}.db": "File name too long",
    }.items():
        done = inside("--store", url, "store", "init", folder=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert words in done.problem(), done.problem()
        assert "secret" not in done.err


def test_a_store_of_a_later_copytrail_is_left_alone(tmp_path: Path) -> None:
    inside(*store(tmp_path), "store", "init", folder=tmp_path)
    with sqlite3.connect(tmp_path / "copytrail.db") as file:
        file.execute("PRAGMA user_version = 99")
    file.close()
    for command in (("search",), ("store", "init"), ("export", "articles")):
        done = inside(*store(tmp_path), *command, folder=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert "was written by a later copytrail (schema 99" in done.problem()
        assert "upgrade copytrail" in done.problem()


@pytest.mark.parametrize("content", [b"this is no database at all, but a text file of some length. " * 40, GARBAGE])
def test_a_file_that_is_no_store_is_left_alone(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "copytrail.db").write_bytes(content)
    done = inside(*store(tmp_path), "search", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "is damaged or not a database" in done.problem()
    assert (tmp_path / "copytrail.db").read_bytes() == content


def test_a_store_with_a_hole_in_it_says_so(tmp_path: Path) -> None:
    copytrail(*store(tmp_path), "ingest", jsonl(tmp_path / "rows.jsonl", *rows()), folder=tmp_path)
    file = tmp_path / "copytrail.db"
    for wal in tmp_path.glob("copytrail.db-*"):
        wal.unlink()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + random.Random(1).randbytes(len(whole) - 4096))
    done = inside(*store(tmp_path), "search", "crane", folder=tmp_path)
    assert done.code == 2
    assert "is damaged or not a database" in done.problem()


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "copytrail.db") as file:
        file.execute("CREATE TABLE theirs (x)")
    file.close()
    done = inside(*store(tmp_path), "store", "init", folder=tmp_path)
    assert done.code == 2
    assert "belongs to another program" in done.problem()


# --- files


def test_bad_lines_are_named_by_number_and_the_rest_is_stored(tmp_path: Path) -> None:
    first, second, third = rows()
    far, unreadable = {"published_at": "2199-01-01"}, {"published_at": "soon"}
    bad = ["{not json", '"a text"', '{"title": "x"}', {"url": "ftp://a.example/1", "text": "x"}, {"url": HARBOUR}]
    more = [{"url": HARBOUR, "text": 7}, '{"url": ' + "9" * 5000 + "}", "[" * 100_000, {"url": HARBOUR, "text": " "}]
    file = jsonl(tmp_path / "rows.jsonl", first, *bad, second | far, *more, third | unreadable)
    with file.open("ab") as end:
        end.write(b'{"url": "https://a.example/\xff"}\n')
    done = copytrail(*store(tmp_path), "ingest", "rows.jsonl", folder=tmp_path)
    *lines, last = done.err.splitlines()
    assert (done.code, done.out) == (2, "")
    assert last == "3 articles taken in, 3 new, 10 problems, 2 notes"
    assert len(lines) == 12
    for number, words in {
        2: "not JSON",
        3: "not an object with a url",
        4: "url: missing",
        5: "ftp",
        6: "text: missing (and there is no html)",
        7: "published_at: after it was fetched, so it says nothing of who was first: '2199-01-01'",
        8: "text: must be a string",
        9: "not JSON",
        10: "not JSON",
        12: "published_at: not a date we can read, taken as unknown: 'soon'",
        13: "not UTF-8",
    }.items():
        assert any(line.startswith(f"rows.jsonl line {number}: ") and words in line for line in lines), (number, lines)
    assert f"{HARBOUR}: the text is empty" in lines
    found = inside(*store(tmp_path), "search", "bees", "--json", folder=tmp_path).json()["articles"]
    assert [article["published_at"] for article in found] == [None]


def test_many_bad_lines_are_counted_not_all_shown(tmp_path: Path) -> None:
    jsonl(tmp_path / "bad.jsonl", *["nonsense"] * 5000)
    done = inside(*store(tmp_path), "ingest", "bad.jsonl", folder=tmp_path)
    assert done.code == 2
    assert len(done.err.splitlines()) == 102
    assert done.err.endswith("... and 4900 more lines like these\n0 articles taken in, 0 new, 5000 problems\n")


def a_warc(*pages: str, gzip: bool) -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=gzip)
    for number, html in enumerate(pages):
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1")
        url = f"https://harbour-post.example/{number}"
        made = writer.create_warc_record(url, "response", payload=io.BytesIO(html.encode()), http_headers=head)
        writer.write_record(made)
    return out.getvalue()


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_a_warc_cut_in_the_middle_gives_its_whole_pages_and_one_line(name: str, tmp_path: Path) -> None:
    pages = [page(f"{CRANE}\nThis is edition {number}.") for number in range(2)]
    whole = a_warc(*pages, gzip=name.endswith("gz"))
    (tmp_path / name).write_bytes(whole)
    done = copytrail(*store(tmp_path, "whole.db"), "ingest", name, folder=tmp_path)
    assert (done.code, done.err) == (0, "2 articles taken in, 2 new, 0 problems\n")
    (tmp_path / name).write_bytes(whole[:-200])
    done = copytrail(*store(tmp_path, "cut.db"), "ingest", name, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    first, last = done.err.splitlines()
    assert first.startswith(f"{name} ")
    assert "copy " in first
    assert last == "1 articles taken in, 1 new, 1 problems"


@pytest.mark.parametrize(
    "command",
    [
        ("ingest", "x.html", "--url", HARBOUR),
        ("ingest", "x.jsonl"),
        ("ingest", "x.warc"),
        ("ingest", "x.warc.gz"),
        ("extract", "x.html", "--url", HARBOUR, "--json"),
        ("feed", "x.xml", "--json"),
        ("compare", "x.txt", "x.html", "--json"),
        ("trace", "x.txt", "--json"),
        ("trace", "x.html", "--url", HARBOUR, "--json"),
        ("trace", "-", "--json"),
    ],
    ids=" ".join,
)
def test_garbage_and_nothing_are_told_apart_from_input(command: tuple[str, ...], tmp_path: Path) -> None:
    for content in (GARBAGE, b""):
        for kind in ("html", "jsonl", "warc", "warc.gz", "xml", "txt"):
            (tmp_path / f"x.{kind}").write_bytes(content)
        run = partial(copytrail, stdin=content) if "-" in command else inside
        done = run(*store(tmp_path), *command, folder=tmp_path)
        assert done.out == ""
        if command[0] != "ingest":
            assert done.code == 2
            assert done.problem().startswith("error: ")
        elif content:
            assert done.code == 2
            assert done.err.isprintable() or all(line.isprintable() for line in done.err.splitlines())
            assert done.err.splitlines()[-1].startswith("0 articles taken in, 0 new, ")


def test_a_page_of_50_mb_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "big.html").write_bytes(page().encode().replace(b"</article>", b"<p>word</p>" * 4_700_000))
    for command in ("extract", "ingest"):
        done = copytrail(*store(tmp_path), command, "big.html", "--url", HARBOUR, folder=tmp_path)
        assert (done.code, done.out) == (2, "")
        assert "too big" in done.err or "larger than" in done.err
        assert len(done.err.splitlines()) == (1 if command == "extract" else 2)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (b"<html><body><p>Please log in.</p></body></html>", ""),
        (b"%PDF-1.7 " + GARBAGE, "a PDF"),
        (b'{"a": 1}', "JSON"),
        (b"<rss version='2.0'><channel/></rss>", "a feed"),
        (b"just a text without any markup", "no markup"),
    ],
)
def test_what_is_not_an_article_is_said_to_be_none(html: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.html").write_bytes(html)
    done = inside("extract", "x.html", "--url", HARBOUR, "--json", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert words in done.problem()


def test_a_page_with_the_wrong_encoding_in_its_head_is_read_as_what_it_is(tmp_path: Path) -> None:
    text = CRANE.replace("Mayor Edda Holt", "Bürgermeisterin Édda Hölt")
    for said, meant in (("utf-8", "cp1252"), ("iso-8859-1", "utf-8"), ("no-such-charset", "utf-8")):
        html = page(text, head=f'<meta charset="{said}">')
        (tmp_path / "x.html").write_bytes(html.encode(meant))
        done = inside("extract", "x.html", "--url", HARBOUR, "--json", folder=tmp_path)
        assert done.code == 0
        assert "Bürgermeisterin Édda Hölt" in done.json()["text"], (said, meant)


def test_the_command_itself_is_checked_before_anything_is_taken_in(tmp_path: Path) -> None:
    jsonl(tmp_path / "rows.jsonl", *rows())
    (tmp_path / "a.html").write_text(page())
    (tmp_path / "a.doc").write_text("x")
    for arguments, words in {
        ("rows.jsonl", "a.html"): "a.html: an HTML file needs --url",
        ("rows.jsonl", "a.doc"): "a.doc: not a kind of file that is read",
        ("rows.jsonl", "--url", HARBOUR): "--url goes with one .html file",
        ("a.html", "--url", "nonsense"): "nonsense",
    }.items():
        done = inside(*store(tmp_path), "ingest", *arguments, folder=tmp_path)
        assert done.code == 2
        assert words in done.problem()
    assert not (tmp_path / "copytrail.db").exists()


def test_foreign_text_cannot_draw_on_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b[2J\x1b]0;owned\x07\u202eevil\x9b31m"
    folder = a_house(tmp_path)
    jsonl(tmp_path / "rows.jsonl", rows()[0] | {"title": evil, "byline": evil}, {"url": "https://a.example", evil: 1})
    shown = copytrail("ingest", "rows.jsonl", folder=folder)
    outputs = [shown.err] + [
        inside(*command, folder=folder).out for command in (("search",), ("trace", HARBOUR), ("sources", "list"))
    ]
    outputs.append(inside("trace", evil.replace("\x00", ""), folder=folder).err)
    for output in outputs:
        assert not set(output) & set("\x1b\x07\u202e\x9b"), output


# --- sites


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    """A port of this machine on which nobody answers, for as long as the tests run."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_round_over_bad_sites_brings_in_the_rest_and_says_whose_fault_each_is(
    tmp_path: Path, closed_port: int
) -> None:
    with Hostile() as site:
        paths = ("good", "list", "big", "picture", "gone", "future", "latin", "late")
        html = "text/html"
        good = an_article(1).body
        future = page(f"{CRANE}\nTomorrow's paper today.", at="2199-01-01T00:00:00Z").encode()
        latin = page("Über der Förde kreiste am Montag früh ein Hubschrauber. " * 12, "Über der Förde", at="2024-01-01")
        site.replies |= {
            "/feed": a_feed(*(site.url(f"/{path}") for path in paths)),
            "/good": Reply(good),
            "/list": Reply(b"<html><body><p>Please log in.</p></body></html>"),
            "/big": Reply(b"<html><body>", act=endless(b"<p>words</p>" * 5_000), length=-1),
            "/picture": Reply(GARBAGE, headers={"Content-Type": "image/png"}),
            "/gone": Reply(b"gone", status=410),
            "/future": Reply(future),
            "/latin": Reply(latin.encode("cp1252"), headers={"Content-Type": f"{html}; charset=utf-8"}),
            "/late": an_article(2),
            "/endless": Reply(b"<rss><channel>", act=endless(b"<item>" * 10_000), length=-1),
            "/nonsense": Reply(b"<html><body>not a feed</body></html>"),
            "/broken": Reply(status=500),
        }
        feeds = [site.url(path) for path in ("/feed", "/endless", "/nonsense", "/broken")]
        unreachable = f"http://site.example:{closed_port}/feed"
        write(tmp_path, site, [*feeds, unreachable], allow=[site.port, closed_port])
        done = copytrail("--config", tmp_path, "run", "--once", folder=tmp_path)
    assert done.code == 0, done.err
    assert stored(tmp_path) == {"good", "future", "latin", "late"}
    events = [json.loads(line) for line in done.err.splitlines()]
    reasons = {event["url"].rpartition("/")[2]: event["reason"] for event in events if event["event"] == "missed"}
    for path, words in {"big": "more than", "picture": "not a web page", "gone": "answered 410"}.items():
        assert words in reasons[path], reasons
    (listed,) = copytrail("--config", tmp_path, "sources", "list", "--json", folder=tmp_path).json()["sources"]
    problems = {feed["url"]: feed["problem"] for feed in listed["feeds"]}
    assert problems[feeds[0]] is None
    for url in (*feeds[1:], unreachable):
        assert problems[url], url
        assert len(problems[url].splitlines()) == 1
    assert "answered 500" in problems[feeds[3]]


def write(folder: Path, site: Hostile, feeds: list[str], *, allow: list[int]) -> None:
    """Write settings for one source with *feeds* on *site*."""
    fetch: dict[str, Any] = {"delay_seconds": 0, "timeout_seconds": 10, "obey_robots": False}
    fetch |= {"max_page_bytes": 200_000, "max_feed_bytes": 200_000, "hosts": {"site.example": "127.0.0.1"}}
    main = {
        "store": f"sqlite:///{folder}/copytrail.db",
        "fetch": fetch | {"allow": [f"127.0.0.1:{port}" for port in allow]},
        "log": {"format": "json"},
    }
    source = {"id": "site", "name": "The Site", "domains": ["site.example"], "feeds": feeds}
    (folder / "copytrail.yaml").write_text(yaml.safe_dump(main))
    (folder / "sources.yaml").write_text(yaml.safe_dump({"sources": [source]}))


def stored(folder: Path) -> set[str]:
    found = copytrail("--config", folder, "search", "--json", folder=folder).json()["articles"]
    assert all("Ã" not in article["text"] and "\ufffd" not in article["text"] for article in found)
    return {article["url"].rpartition("/")[2] for article in found}
