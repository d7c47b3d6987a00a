"""``copytrail review`` as an analyst uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import some_text
from tests.end_to_end.shell import a_house, copytrail, inside
from tests.lineage.test_crosslingual import PAIRS

STORY = some_text(200, seed=3)
COPY = "https://meridian.example/story"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    a_house(tmp_path)
    rows = [
        {"url": f"https://{outlet}.example/story", "title": "The story", "text": STORY, "published_at": at, "links": []}
        for outlet, at in (("harbour-post", "2024-03-01T12:00:00Z"), ("meridian", "2024-03-01T18:00:00Z"))
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert copytrail("ingest", "rows.jsonl", folder=tmp_path).code == 0
    return tmp_path


def test_an_analyst_confirms_looks_and_takes_it_back(house: Path) -> None:
    done = inside("review", COPY, "--confirm", "harbour-post", "--by", "Ida", "--note", "asked", "--json", folder=house)
    assert done.code == 0
    parent = done.json()["article"]["lineage"]["parents"][0]
    assert (parent["level"], parent["evidence"][0]["type"]) == ("confirmed", "verdict")
    assert parent["evidence"][0]["value"] == "Ida says that it was taken from Harbour Post: asked"
    (kept,) = inside("review", "list", "--json", folder=house).json()["reviews"]
    assert (kept["ruling"], kept["by"], kept["parent"]["source"]["id"]) == ("confirm", "Ida", "harbour-post")
    assert "reviewed: confirm Harbour Post, by Ida" in inside("trace", COPY, folder=house).out
    undone = inside("review", "undo", COPY, "--json", folder=house).json()
    assert undone["article"]["lineage"]["parents"][0]["level"] == "probable"
    assert inside("review", "list", folder=house).code == 1
    assert "(taken back)" in inside("review", "list", "--all", folder=house).out
    assert inside("review", "undo", COPY, folder=house).code == 1


def test_the_least_certain_wait_for_a_review(house: Path) -> None:
    (waiting,) = inside("review", "next", "-n", "5", "--json", folder=house).json()["undecided"]
    assert (waiting["article"]["url"], waiting["parents"][0]["source"]["id"]) == (COPY, "harbour-post")
    assert inside("review", COPY, "--no-parent", "--by", "Ida", folder=house).code == 0
    done = inside("review", "next", folder=house)
    assert (done.code, done.problem()) == (1, "nothing waits for a review")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([COPY, "--by", "Ida"], 2, "say one of --confirm"),
        ([COPY, "--no-parent", "--confirm", "lamp", "--by", "Ida"], 2, "say one of --confirm"),
        ([COPY, "--no-parent"], 2, "--by"),
        ([COPY, "--no-parent", "--by", " "], 2, "say who you are"),
        ([COPY, "--confirm", "lamp", "--by", "Ida"], 2, "none of its parents and rivals"),
        (["https://nowhere.example/x", "--no-parent", "--by", "Ida"], 1, "not in the store"),
        (["some words", "--no-parent", "--by", "Ida"], 2, "neither a file, nor a URL"),
    ],
)
def test_what_cannot_be_kept_is_one_clear_line(house: Path, arguments: list[str], code: int, words: str) -> None:
    done = inside("review", *arguments, folder=house)
    assert done.code == code
    assert words in done.problem()


def test_the_history_of_a_lineage_is_shown_with_its_reasons(house: Path) -> None:
    inside("review", COPY, "--no-parent", "--by", "Ida", "--note", "asked", folder=house)
    told = inside("trace", COPY, "--history", "--json", folder=house).json()["history"]
    assert [(held["revision"], held["role"], held["reason"]) for held in told] == [
        (1, "derived", "came in"),
        (2, "unmatched", "was reviewed by Ida: no-parent: asked"),
    ]
    lines = inside("trace", COPY, "--history", folder=house).out.splitlines()
    assert "was reviewed by Ida: no-parent: asked" in lines[-2]
    assert "copy of Harbour Post" in lines[-1]


def test_a_rebuild_tells_what_it_changed(house: Path) -> None:
    done = inside("lineage", "rebuild", "--json", folder=house)
    assert (done.code, done.json()) == (
        0,
        {"articles": 2, "changed": 0, "renamed": 0, "dry_run": False, "changes": []},
    )
    sources = house / "config" / "sources.yaml"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(text.replace("- meridian.example", "- meridian-digest.example"), encoding="utf-8")
    told = inside("lineage", "rebuild", "--dry-run", folder=house)
    assert "2 articles, 0 lineages would change" in told.out
    done = inside("lineage", "rebuild", "--names", "--json", folder=house).json()
    assert (done["changed"], done["renamed"]) == (0, 1)
    article = inside("trace", COPY, "--json", folder=house).json()["article"]
    assert article["source"]["id"] == "meridian-example"
    assert inside("lineage", "rebuild", "--names", "--dry-run", folder=house).code == 2


def test_no_clock_is_off_where_nobody_looked(house: Path) -> None:
    done = inside("sources", "clocks", "--learn", "--json", folder=house)
    assert (done.code, done.json()) == (1, {"clocks": [], "changed": []})


def test_two_stored_articles_of_two_languages_are_held_against_each_other(house: Path) -> None:
    rows = [
        {"url": f"https://{outlet}.example/bridge", "title": "Bridge", "language": language, "text": text, "links": []}
        for outlet, language, text in (
            ("harbour-post", "en", PAIRS["bridge"][0]),
            ("meridian", "de", PAIRS["bridge"][1]),
        )
    ]
    (house / "two.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert inside("ingest", "two.jsonl", folder=house).code == 0
    one, other = (row["url"] for row in rows)
    found = inside("compare", one, other, "--json", folder=house).json()
    assert found["kind"] == "unrelated"
    assert found["crosslingual"]["names"] >= 5
    assert "two languages" in inside("compare", one, other, folder=house).out
    assert inside("trace", other, "--json", folder=house).json()["article"]["lineage"]["parents"] == []
    assert inside("compare", one, COPY, "--json", folder=house).json()["crosslingual"] is None
