"""Every command, as a user meets it: what it prints, in which shape, and with which exit code."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from crawler import present
from tests.end_to_end import shapes
from tests.end_to_end.shapes import misfits
from tests.end_to_end.shell import COPYTRAIL, a_house, copytrail, environment, inside
from tests.end_to_end.texts import BEES, CRANE, CREDIT, HARBOUR, LAMP, MERIDIAN, jsonl, page, rows

COMMANDS = (
    ("demo",),
    ("run",),
    ("ingest",),
    ("extract",),
    ("feed",),
    ("compare",),
    ("trace",),
    ("search",),
    ("sources",),
    ("sources", "list"),
    ("alerts",),
    ("alerts", "list"),
    ("alerts", "show"),
    ("alerts", "feed"),
    ("alerts", "test"),
    ("alerts", "retry"),
    ("export",),
    ("store",),
    ("store", "init"),
    ("store", "status"),
    ("store", "copy"),
    ("store", "migrate"),
    ("doctor",),
)
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings and a store of three articles: an original, its copy, and one of its own."""
    folder = a_house(tmp_path_factory.mktemp("house"))
    done = copytrail("ingest", jsonl(folder / "rows.jsonl", *rows()), folder=folder)
    assert (done.code, done.out) == (0, "")
    assert done.problem() == "3 articles taken in, 3 new, 0 problems"
    return folder


def fits(value: Any, shape: Any) -> bool:
    assert list(misfits(value, shape)) == []
    return True


def id_of(url: str, house: Path) -> str:
    return str(inside("trace", url, "--json", folder=house).json()["article"]["id"])


# --- trace, search, compare


def test_trace_shows_the_chain_from_a_copy_to_its_origin_and_why(house: Path) -> None:
    done = copytrail("trace", MERIDIAN, "--json", folder=house)
    assert (done.code, done.err) == (0, "")
    trail = done.json()
    assert fits(trail, shapes.TRAIL)
    assert [step["url"] for step in trail["chain"]] == [MERIDIAN, HARBOUR]
    lineage = trail["article"]["lineage"]
    assert (lineage["role"], lineage["kind"], lineage["depth"]) == ("derived", "copy", 1)
    assert lineage["delay_seconds"] == 26 * 3600
    assert lineage["origin"]["source"]["id"] == "harbour-post"
    assert (lineage["attribution"]["credited"], lineage["attribution"]["linked"]) == ("yes", "article")
    assert lineage["parents"][0]["evidence"]


def test_trace_by_url_variant_and_by_id_is_the_same(house: Path) -> None:
    by_url = copytrail("trace", HARBOUR + "/?utm_source=x#top", "--json", folder=house).json()
    by_id = inside("trace", id_of(HARBOUR, house), "--json", folder=house).json()
    assert by_url == by_id
    assert [copy["url"] for copy in by_id["copies"]] == [MERIDIAN]
    assert by_id["article"]["lineage"]["role"] == "original"


def test_trace_for_people_names_the_parent_the_share_the_credit_and_the_reasons(house: Path) -> None:
    shown = inside("trace", MERIDIAN, folder=house).out
    assert "copy of Harbour Post (" in shown
    assert "% of its words)" in shown
    assert "credited, linked" in shown
    assert "originally published by Harbour Post" in shown
    assert "origin: Harbour Post, 26 hours after it" in shown


def test_trace_shows_what_the_copier_changed(house: Path) -> None:
    shown = inside("trace", MERIDIAN, "--changes", folder=house).out
    for line in ("- Why the crane stands still", "+ Crane still out of work", "- By Ida Brandt", f"+ {CREDIT}"):
        assert f"       {line}\n" in shown
    assert "what was changed: nothing to hold it against" in inside("trace", HARBOUR, "--changes", folder=house).out


def test_a_text_on_stdin_is_held_against_the_store_and_not_added(house: Path) -> None:
    before = copytrail("store", "status", "--json", folder=house).json()
    done = copytrail("trace", "-", "--json", folder=house, stdin=CRANE)
    trail = done.json()
    unnamed = trail["article"] | {"id": "", "url": "", "source": {"id": "", "name": "", "domain": None}}
    assert done.code == 0
    assert fits(unnamed, shapes.ARTICLE)
    assert (trail["article"]["id"], trail["article"]["url"], trail["article"]["source"]["id"]) == (None, None, None)
    lineage = trail["article"]["lineage"]
    assert (lineage["role"], lineage["origin"]["url"], lineage["delay_seconds"]) == ("derived", HARBOUR, None)
    assert trail["article"]["published_at"] is None
    after = copytrail("store", "status", "--json", folder=house).json()
    assert after["articles"] == before["articles"] == 3


def test_a_file_that_is_like_nothing_in_the_store_is_not_found(house: Path) -> None:
    (house / "other.txt").write_text("The mill at Eastwick has a new wheel, carved from a single oak. " * 6)
    done = copytrail("trace", "other.txt", "--json", folder=house)
    assert done.code == 1
    assert done.problem() == "nothing in the store is like it, and it names no origin"
    assert done.json()["article"]["lineage"]["role"] == "unmatched"


def test_a_web_page_in_a_file_is_traced_with_its_own_claims(house: Path) -> None:
    (house / "page.html").write_text(page(f"{BEES}\nThis article was first published by The Lamp.", at="2024-04-01"))
    trail = copytrail("trace", "page.html", "--url", "https://late.example/b", "--json", folder=house).json()
    assert trail["article"]["url"] == "https://late.example/b"
    assert trail["article"]["lineage"]["origin"]["url"] == LAMP


@pytest.mark.parametrize("what", ["https://harbour-post.example/never-seen", "0" * 40])
def test_what_is_not_in_the_store_is_not_found(house: Path, what: str) -> None:
    for command in (("trace", what), ("compare", what, "rows.jsonl")):
        done = copytrail(*command, folder=house)
        assert (done.code, done.out) == (1, "")
        assert done.problem() == f"{what}: not in the store"


def test_search_finds_by_words_and_narrows_by_options(house: Path) -> None:
    done = copytrail("search", "crane", "--json", folder=house)
    found = done.json()["articles"]
    assert done.code == 0
    assert fits(found, [shapes.ARTICLE])
    assert [article["url"] for article in found] == [MERIDIAN, HARBOUR]
    assert found[0]["claims"]
    for options, urls in {
        ("--source", "harbour-post"): [HARBOUR],
        ("--origin", "harbour-post"): [MERIDIAN],
        ("--role", "unmatched"): [LAMP],
        ("--since", "2024-03-06", "--until", "2024-03-07"): [MERIDIAN],
    }.items():
        found = inside("search", *options, "--json", folder=house).json()["articles"]
        assert [article["url"] for article in found] == urls, options


def test_a_search_without_a_find_says_so_and_exits_with_1(house: Path) -> None:
    done = copytrail("search", "--uncredited", "--json", folder=house)
    assert (done.code, done.json()) == (1, {"articles": []})
    assert done.problem() == "nothing found"


def test_what_was_not_taken_for_a_copy_is_shown_with_the_reason(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    notice = "Sorry, the page that you asked for could not be found. Go back to the front page or use the search."
    pages = [
        {
            "url": f"https://{outlet}.example/gone",
            "title": "Not here",
            "text": notice,
            "published_at": "2024-03-06T10:00:00Z",
        }
        for outlet in ("harbour-post", "meridian")
    ]
    assert copytrail("ingest", jsonl(folder / "gone.jsonl", *pages), folder=folder).code == 0
    assert inside("export", "matches", folder=folder).out == ""
    (line,) = inside("export", "matches", "--rejected", folder=folder).lines()
    assert fits(line | {"kind": "quote"}, shapes.MATCH)
    assert (line["kind"], line["reason"]) == ("unrelated", "error page")
    assert inside("search", "--rejected", "--json", folder=folder).json() == {"matches": [line]}
    assert inside("search", "sorry", "--rejected", "error-page", "--json", folder=folder).json() == {"matches": [line]}
    shown = copytrail("search", "--rejected", folder=folder)
    assert shown.out.startswith("error page (unrelated): 21 words, 100% and 100%")
    assert shown.out.count("Not here") == 2
    done = copytrail("search", "--rejected", "template", "--json", folder=folder)
    assert (done.code, done.json()) == (1, {"matches": []})


def test_compare_points_at_the_same_words_in_both_texts(house: Path) -> None:
    done = copytrail("compare", HARBOUR, id_of(MERIDIAN, house), "--json", folder=house)
    shared = done.json()
    assert (done.code, done.err) == (0, "")
    assert fits(shared, shapes.COMPARISON)
    assert (shared["kind"], shared["coverage_a"]) == ("near_copy", 1.0)
    copy = f"{CRANE}\n{CREDIT}"
    for passage in shared["passages"]:
        assert CRANE[slice(*passage["a"])] == copy[slice(*passage["b"])]
        assert len(CRANE[slice(*passage["a"])].split()) == passage["words"]


def test_compare_takes_files_and_pages_and_says_when_they_share_nothing(house: Path) -> None:
    (house / "crane.txt").write_text(CRANE)
    (house / "crane.html").write_text(page())
    done = copytrail("compare", "crane.txt", "crane.html", folder=house)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(("exact: ", "near_copy: "))
    done = inside("compare", "crane.txt", LAMP, "--json", folder=house)
    assert (done.code, done.json()["kind"]) == (1, "unrelated")
    assert done.problem() == "they share no more than any two texts do"


# --- files


def test_extract_shows_one_page_and_stores_nothing(house: Path) -> None:
    video = '<a href="/letters">two letters</a><video src="https://media.example/v.mp4"></video>'
    (house / "crane.htm").write_text(page().replace("</article>", f"<p>{CREDIT} {video}</p></article>"))
    done = copytrail("extract", "crane.htm", "--url", "https://copy.example/crane", "--json", folder=house)
    article = done.json()
    assert (done.code, done.err) == (0, "")
    assert fits(article, shapes.ARTICLE)
    assert article["title"] == "Why the crane stands still"
    assert article["published_at"] == "2024-03-05T08:00:00Z"
    assert article["url"] == "https://copy.example/crane"
    assert {"url": "https://copy.example/letters", "text": "two letters"} in article["links"]
    assert article["lineage"]["origin"]["source"]["id"] == "harbour-post"
    assert article["lineage"]["origin"]["external"] is True
    assert article["lineage"]["parents"][0]["kind"] == "claimed"
    assert inside("store", "status", "--json", folder=house).json()["articles"] == 3
    assert "Dock workers said" in inside("extract", "crane.htm", "--url", LAMP, folder=house).out


def test_feed_shows_entries_of_xml_and_of_json_in_one_shape(house: Path) -> None:
    items = (
        "<item><title>One &amp; only</title><link>/1</link><guid>urn:1</guid><pubDate>Tue, 05 Mar 2024 08:00:00 GMT"
        '</pubDate><source url="https://a.example/feed">The A</source>'
        '<enclosure url="https://a.example/1.mp3" type="audio/mpeg" length="1"/></item><item><title>Bare</title></item>'
    )
    (house / "feed.xml").write_text(f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>')
    entry = {"id": "urn:1", "url": "https://b.example/1", "title": "One & only", "authors": [{"name": "Ida"}]}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": [entry, {"id": "2"}]}
    (house / "feed.json").write_text(json.dumps(feed))
    for name in ("feed.xml", "feed.json"):
        done = copytrail("feed", name, "--url", "https://b.example/feed", "--json", folder=house)
        assert done.code == 0
        assert fits(done.json(), shapes.FEED)
        first = done.json()["entries"][0]
        assert (first["url"], first["id"], first["title"]) == ("https://b.example/1", "urn:1", "One & only")
    shown = inside("feed", "feed.xml", "--url", "https://b.example/feed", folder=house)
    assert "2024-03-05" in shown.out


def test_an_html_file_is_taken_in_under_its_url(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page())
    done = copytrail("--store", f"sqlite:///{tmp_path}/a.db", "ingest", "a.html", "--url", HARBOUR, folder=tmp_path)
    assert (done.code, done.out) == (0, f"new: {HARBOUR}: unmatched\n")
    assert done.problem() == "1 articles taken in, 1 new, 0 problems"


def test_ingesting_twice_changes_nothing(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    file = jsonl(tmp_path / "rows.jsonl", *rows())
    inside("ingest", file, folder=folder)
    before = inside("export", "articles", folder=folder).out
    done = inside("ingest", file, folder=folder)
    assert done.problem() == "3 articles taken in, 0 new, 0 problems"
    assert inside("export", "articles", folder=folder).out == before


# --- export


@pytest.mark.parametrize(("what", "count"), [("articles", 3), ("matches", 1), ("lineage", 1)])
def test_each_export_has_its_lines_in_json_and_csv(house: Path, what: str, count: int) -> None:
    done = copytrail("export", what, folder=house)
    lines = done.lines()
    assert (done.code, done.err, len(lines)) == (0, "", count)
    assert fits(lines, [shapes.EXPORTS[what]])

    table = list(csv.DictReader(io.StringIO(inside("export", what, "--format", "csv", folder=house).out)))
    assert [tuple(row) for row in table] == [present.COLUMNS[what]] * count
    for row, line in zip(table, lines, strict=True):
        for name, value in present.flat(line):
            if isinstance(value, list):
                assert json.loads(row[name]) == value
            elif name in row:
                assert row[name] == ("" if value is None else value if isinstance(value, str) else json.dumps(value))


@pytest.mark.parametrize(("what", "nodes", "edges"), [("articles", 3, 0), ("matches", 2, 1), ("lineage", 2, 1)])
def test_each_export_is_a_graph(house: Path, what: str, nodes: int, edges: int) -> None:
    done = copytrail("export", what, "--format", "graphml", folder=house)
    root = ElementTree.fromstring(done.out)
    found = root.findall(f".//{GRAPHML}node")
    assert (done.code, len(found), len(root.findall(f".//{GRAPHML}edge"))) == (0, nodes, edges)
    ids = {node.get("id") for node in found}
    for edge in root.findall(f".//{GRAPHML}edge"):
        assert {edge.get("source"), edge.get("target")} <= ids


def test_an_empty_store_exports_no_rows_but_its_columns(tmp_path: Path) -> None:
    store = ("--store", f"sqlite:///{tmp_path}/empty.db")
    assert copytrail(*store, "store", "init", folder=tmp_path).code == 0
    assert copytrail(*store, "export", "lineage", folder=tmp_path).out == ""
    shown = inside(*store, "export", "lineage", "--format", "csv", folder=tmp_path).out
    assert tuple(shown.strip().split(",")) == present.COLUMNS["lineage"]


def test_an_export_that_nobody_reads_to_its_end_ends_quietly(house: Path) -> None:
    with subprocess.Popen(
        [COPYTRAIL, "export", "articles"],
        cwd=house,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


# --- what is watched, kept and told


def test_sources_list_shows_what_is_watched(house: Path) -> None:
    done = copytrail("sources", "list", "--json", folder=house)
    assert fits(done.json()["sources"], [shapes.WATCHED])
    assert [source["id"] for source in done.json()["sources"]] == ["harbour-post"]
    every = inside("sources", "list", "--all", "--json", folder=house).json()["sources"]
    assert [source["id"] for source in every] == ["harbour-post", "meridian", "lamp"]
    assert "never" in inside("sources", "list", folder=house).out


def test_alerts_are_listed_tried_out_and_sent_again(house: Path) -> None:
    done = copytrail("alerts", "list", "--json", folder=house)
    assert done.code == 0
    (alert,) = done.json()["alerts"]
    assert fits(alert, shapes.ALERT)
    assert alert["rule"] == "our texts"

    done = inside("alerts", "test", "our texts", "--json", folder=house)
    assert [fired["copy"]["url"] for fired in done.json()["fired"]] == [MERIDIAN]
    assert inside("alerts", "test", "our texts", folder=house).out.startswith("our texts: would have fired once on ")
    assert inside("alerts", "test", "our texts", "--since", "2000-01-01", "--json", folder=house).code == 0
    assert inside("alerts", "test", "our texts", "--since", "2999-01-01", folder=house).code == 1
    done = inside("alerts", "test", "none such", folder=house)
    assert (done.code, done.problem()) == (1, "no stored copy is what this rule asks for")
    done = inside("alerts", "test", "our textes", folder=house)
    assert done.code == 2
    assert "'our texts'" in done.problem()

    shown = inside("alerts", "show", alert["key"], folder=house)
    assert shown.out.splitlines()[0] == alert["title"]
    assert inside("alerts", "show", alert["key"], "--json", folder=house).json()["alert"]["key"] == alert["key"]
    assert inside("alerts", "show", "nobody", folder=house).code == 1
    assert f"urn:copytrail:alert:{alert['key']}" in inside("alerts", "feed", "our texts", folder=house).out
    assert inside("alerts", "list", "--rule", "none such", folder=house).code == 1
    assert inside("alerts", "list", "--since", "2000-01-01", folder=house).code == 0

    assert inside("alerts", "retry", "nobody", folder=house).code == 2
    assert inside("alerts", "retry", alert["key"], folder=house).code == 0
    assert inside("alerts", "retry", folder=house).code == 0
    assert inside("alerts", "list", "--state", "dead", folder=house).code == 1


def test_store_init_makes_it_and_status_counts_it(house: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/deep/new.db"
    for made in ([f"made {store}"], []):
        done = copytrail("--store", store, "store", "init", folder=tmp_path)
        assert (done.code, done.err) == (0, "")
        *lines, last = done.out.splitlines()
        assert lines == made
        assert last.startswith(f"{store}: ready, schema ")
    status = inside("store", "status", "--json", folder=house).json()
    assert (status["articles"], status["matches"], status["edges"]) == (3, 1, 1)
    assert status["newest"] is not None
    assert "articles" in inside("store", "status", folder=house).out


@pytest.mark.parametrize(
    "command",
    [
        ("search", "ferry"),
        ("trace", "https://harbour-post.example/ferry"),
        ("export", "articles"),
        ("store", "status"),
        ("store", "migrate"),
        ("alerts", "list"),
    ],
)
def test_a_command_that_asks_makes_no_store(command: tuple[str, ...], tmp_path: Path) -> None:
    done = copytrail("--store", f"sqlite:///{tmp_path}/none.db", *command, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.problem() == (
        f"error: no store at {tmp_path}/none.db: run `copytrail store init`, or `copytrail ingest` something"
    )
    assert not (tmp_path / "none.db").exists()


def test_the_store_named_before_a_command_is_the_one_that_is_used(house: Path, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    copytrail("--store", other, "store", "init", folder=house)
    for settings in ({}, {"COPYTRAIL_STORE": f"sqlite:///{tmp_path}/third.db"}):
        done = copytrail("--store", other, "store", "status", "--json", folder=house, settings=settings)
        assert (done.json()["url"], done.json()["articles"]) == (other, 0)
    done = copytrail("store", "status", "--json", folder=house, settings={"COPYTRAIL_STORE": other})
    assert done.json()["url"] == other


def test_doctor_says_what_is_well_and_what_to_do(house: Path) -> None:
    done = copytrail("doctor", "--json", folder=house)
    findings = {found["what"]: found for found in done.json()["findings"]}
    assert {"settings", "store", "disk", "clock", "network", "contact"} <= set(findings)
    assert findings["store"]["state"] == "ok"
    assert (findings["contact"]["state"], findings["network"]["state"]) == ("warning", "ok")
    assert done.code == 0
    done = inside("--store", "sqlite:///", "doctor", folder=house)
    assert done.code == 1
    assert "wrong" in done.out


# --- how all commands behave


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_says_what_a_command_does(command: tuple[str, ...], tmp_path: Path) -> None:
    done = inside(*command, "--help", folder=tmp_path)
    usage, _, rest = done.out.partition("\n\n")
    assert (done.code, done.err) == (0, "")
    assert usage.startswith(f"Usage: copytrail {' '.join(command)}")
    assert len(rest.splitlines()[0].strip()) > 15


def test_help_of_the_whole_lists_every_command(tmp_path: Path) -> None:
    done = copytrail("--help", folder=tmp_path)
    listed = done.out.partition("Commands:")[2]
    assert done.code == 0
    for command in COMMANDS:
        assert f"  {command[0]} " in listed
    assert inside("--version", folder=tmp_path).out.startswith("copytrail, version ")


def test_the_shell_completes_commands(tmp_path: Path) -> None:
    script = copytrail(folder=tmp_path, settings={"_COPYTRAIL_COMPLETE": "bash_source"})
    assert script.code == 0
    assert "complete -o nosort -F" in script.out
    words = {"_COPYTRAIL_COMPLETE": "bash_complete", "COMP_WORDS": "copytrail sea", "COMP_CWORD": "1"}
    assert copytrail(folder=tmp_path, settings=words).out.split() == ["plain,search"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("trace",), "Missing argument 'WHAT'"),
        (("nosuch",), "No such command 'nosuch'"),
        (("search", "--nosuch"), "No such option"),
        (("export", "all"), "'all' is not one of"),
        (("export",), "Missing argument"),
        (("search", "--role", "copy"), "'copy' is not one of"),
        (("search", "--rejected", "sensors"), "'sensors' is not one of"),
        (("export", "lineage", "--rejected"), "--rejected goes with `export matches`"),
        (("search", "--limit", "0"), "0 is not in the range"),
        (("search", "--since", "yesterday"), "--since: not an ISO 8601 time: 'yesterday'"),
        (("extract", "nothing.html", "--url", LAMP), "'nothing.html' does not exist"),
        (("trace", "nothing.txt"), "nothing.txt: neither a file, nor a URL, nor an id"),
        (("compare", "nothing.txt", "x"), "nothing.txt: neither a file, nor a URL, nor an id"),
        (("trace", "https://[::1"), "https://[::1"),
        (("trace", "a" * 5000), "neither a file, nor a URL, nor an id"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = inside("--store", f"sqlite:///{tmp_path}/x.db", *arguments, folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert words in done.problem()
    assert done.problem().startswith("error: ")
