"""Two texts side by side, as a page and at a terminal: whole, marked, and harmless whatever is in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from rich.cells import cell_len

from crawler.cli.sidebyside import side_by_side
from crawler.model import Comparison, Passage
from crawler.web.comparison import MARKS, Side, comparison_page
from tests.builders import NOON, a_comparison
from tests.end_to_end.shell import a_house, at_a_terminal, copytrail
from tests.end_to_end.texts import BEES, CRANE, CREDIT, HARBOUR, MERIDIAN, jsonl, rows

LEFT = "Opening words.\nOne own sentence.\n“A quotation,” she said. All rights reserved."
RIGHT = "One own sentence.\nOther words.\n“A quotation,” she said.\nAll rights reserved."
PARTS: dict[Any, str] = {"own": "One own sentence.", "quoted": "“A quotation,” she said.", "boilerplate": "All rights"}
HOSTILE = "</mark><script>alert(1)</script><img src=x onerror=alert(1)> & \"' {{ 7 * 7 }} \u202eevil\x00\x1b[31m"


def between(left: str, right: str) -> Comparison:
    def span(text: str, part: str) -> tuple[int, int]:
        return text.index(part), text.index(part) + len(part)

    passages = tuple(
        Passage(left=span(left, part), right=span(right, part), words=3, kind=kind) for kind, part in PARTS.items()
    )
    return a_comparison(passages=passages, coverage_left=0.756, coverage_right=1.0)


def page_of(left: str = LEFT, right: str = RIGHT, *, shared: Comparison | None = None, **about: Any) -> Any:
    return html.fromstring(
        comparison_page(
            shared or between(left, right),
            Side(text=left, name="left.txt", **about),
            Side(text=right, name="right.txt"),
            now=NOON,
        )
    )


def test_each_passage_is_marked_by_its_kind_and_numbered_on_both_sides() -> None:
    page = page_of()
    marks = {mark.get("id"): (mark.get("class"), mark.xpath("string(span)")) for mark in page.xpath("//main//mark")}
    for number, (kind, words) in enumerate(PARTS.items(), start=1):
        assert marks[f"a{number}"] == marks[f"b{number}"] == (kind, words)


def test_every_number_leads_to_the_same_passage_of_the_other_text() -> None:
    page = page_of()
    links = {mark.get("id"): mark.xpath("a/@href")[0] for mark in page.xpath("//main//mark")}
    assert links == {f"a{n}": f"#b{n}" for n in (1, 2, 3)} | {f"b{n}": f"#a{n}" for n in (1, 2, 3)}


WORDED = ("The boat had 41 people <b>on</b> board that day", "The boat had 410 people <b>on</b> board that very day")


def worded() -> Comparison:
    left, right = WORDED
    return a_comparison(passages=(Passage(left=(0, len(left)), right=(0, len(right)), words=9),))


def test_words_that_one_text_alone_has_are_struck_in_a_and_marked_in_b() -> None:
    page = page_of(*WORDED, shared=worded())
    assert page.xpath("//mark[@id='a1']//del/text()") == ["41"]
    assert page.xpath("//mark[@id='b1']//ins/text()") == ["410", "very"]
    assert not page.xpath("//main//b | //mark[@id='a1']//ins | //mark[@id='b1']//del")
    assert page.xpath("string(//mark[@id='b1']/span)") == WORDED[1]
    assert "words that only A has" in page.xpath("string(//ul)")
    assert "words that only A has" not in page_of().xpath("string(//ul)")


def test_the_kinds_are_told_apart_by_more_than_colour() -> None:
    style = page_of().xpath("string(//style)")
    lines = re.findall(r"underline (solid|dashed|dotted)", style)
    assert set(lines) == {"solid", "dashed", "dotted"}
    legend = page_of().xpath("string(//ul)")
    assert all(words in legend for words in MARKS.values())
    assert "(prefers-color-scheme: dark)" in style


def test_kind_shares_and_what_is_known_of_each_text_stand_on_top() -> None:
    about = {"title": "A & B", "outlet": "Harbour Post", "published": "2024-03-01", "url": "https://a.example/x"}
    top = page_of(**about).xpath("//header")[0]
    words = top.xpath("string(.)")
    for said in ("near copy", "76% of its words are in B", "100% of its words are in A", "A & B", "Harbour Post"):
        assert said in words
    assert top.xpath("//section//a/@href") == ["https://a.example/x"]
    assert "right.txt" in words


def test_the_page_needs_no_script_and_nothing_from_elsewhere() -> None:
    page = page_of()
    assert not page.xpath("//script | //link | //img | //iframe | //object | //@src | //@onerror | //@onclick")
    assert "url(" not in page.xpath("string(//style)")
    (policy,) = page.xpath("//meta[@http-equiv]/@content")
    assert policy.startswith("default-src 'none'")


def test_hostile_text_is_shown_and_does_nothing() -> None:
    alone = a_comparison(passages=())
    page = page_of(HOSTILE, HOSTILE, shared=alone, title=HOSTILE, outlet=HOSTILE, url="javascript:alert(1)")
    assert not page.xpath("//script | //img | //a[starts-with(@href, 'javascript')]")
    shown = page.xpath("string(//main)")
    assert "<script>alert(1)</script>" in shown
    assert "{{ 7 * 7 }}" in shown


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_any_two_texts_make_a_page_without_a_script(left: str, right: str) -> None:
    made = comparison_page(
        a_comparison(passages=()), Side(text=left, name=left), Side(text=right, name=right), now=NOON
    )
    assert "<script" not in made.lower()


# --- at a terminal


def shown(width: int, *, colour: bool = False) -> list[str]:
    return list(side_by_side(between(LEFT, RIGHT), LEFT, RIGHT, width=width, colour=colour))


def test_passages_stand_beside_each_other_in_brackets_that_tell_their_kind() -> None:
    lines = shown(100)
    (own,) = [line for line in lines if "own sentence" in line]
    assert own.count("[1 One own sentence.]") == 2
    text = "\n".join(lines)
    for marked in ("«2 “A quotation,” she said.»", "{3 All rights}"):
        assert text.count(marked) == 2
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 132])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(cell_len(line) for line in shown(width)) <= width
    wide = list(side_by_side(a_comparison(passages=()), "渡し船が" * 30, "x" * 300, width=width, colour=False))
    assert max(cell_len(line) for line in wide) <= width


def test_colours_come_on_top_of_the_brackets() -> None:
    text = "\n".join(shown(100, colour=True))
    assert "\x1b[" in text
    assert "[1 " in re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_words_that_one_text_alone_has_are_marked_at_the_terminal() -> None:
    (line,) = side_by_side(worded(), *WORDED, width=140, colour=False)
    assert "[1 The boat had [-41-] people <b>on</b> board that day]" in line
    assert "[1 The boat had {+410+} people <b>on</b> board that {+very+} day]" in line


def test_controls_in_a_text_never_reach_the_terminal() -> None:
    lines = side_by_side(a_comparison(passages=()), HOSTILE, HOSTILE, width=80, colour=False)
    assert not set("\x1b\x00\u202e") & set("".join(lines))
    left, right = f"one two three {HOSTILE} four five", f"one two three {HOSTILE[::-1]} four five"
    passage = Passage(left=(0, len(left)), right=(0, len(right)), words=5)
    lines = side_by_side(a_comparison(passages=(passage,)), left, right, width=80, colour=False)
    assert not set("\x1b\x00\u202e") & set("".join(lines))


# --- the command


def files(folder: Path) -> tuple[Path, Path]:
    one, other = folder / "one.txt", folder / "other.txt"
    one.write_text(CRANE, encoding="utf-8")
    other.write_text(f"{CRANE}\n{CREDIT}", encoding="utf-8")
    return one, other


def test_the_command_shows_both_texts_and_their_common_passage(tmp_path: Path) -> None:
    one, other = files(tmp_path)
    done = copytrail("compare", one, other, folder=a_house(tmp_path))
    assert done.code == 0
    assert done.out.startswith(("exact: ", "near_copy: "))
    assert done.out.count("[1 The harbour board") == 2
    assert "\x1b" not in done.out


def test_the_command_writes_the_page_to_a_file_or_to_stdout(tmp_path: Path) -> None:
    one, other = files(tmp_path)
    folder = a_house(tmp_path)
    assert copytrail("compare", one, other, "--html", "page.html", folder=folder).out == ""
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    told = copytrail("compare", one, other, "--html", "-", folder=folder)
    assert told.out.startswith("<!doctype html>")
    both = copytrail("compare", one, other, "--html", "-", "--json", folder=folder)
    assert both.code == 2
    assert "either --html or --json" in both.problem()


def test_stored_articles_are_compared_under_their_titles(tmp_path: Path) -> None:
    folder = a_house(tmp_path)
    copytrail("ingest", "-q", jsonl(tmp_path / "rows.jsonl", *rows()), folder=folder)
    page = html.fromstring(copytrail("compare", HARBOUR, MERIDIAN, "--html", "-", folder=folder).out)
    words = page.xpath("string(//header)")
    for said in ("Why the crane stands still", "Crane still out of work", "Harbour Post, 2024-03-05"):
        assert said in words


def test_texts_that_share_nothing_are_shown_and_said_to(tmp_path: Path) -> None:
    one, _ = files(tmp_path)
    (tmp_path / "bees.txt").write_text(BEES, encoding="utf-8")
    done = copytrail("compare", one, tmp_path / "bees.txt", folder=a_house(tmp_path))
    assert done.code == 1
    assert done.problem() == "they share no more than any two texts do"
    assert "Bees on the roof" in done.out


def test_at_a_terminal_stderr_stays_empty(tmp_path: Path) -> None:
    one, other = files(tmp_path)
    assert at_a_terminal("compare", one, other, folder=a_house(tmp_path)).err == ""
