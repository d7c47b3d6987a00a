"""Lines for a person at a terminal: what they say, and that foreign text in them is harmless."""

from __future__ import annotations

import unicodedata

import click
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli import show
from crawler.cli.changed import changed
from crawler.flow import Trail
from crawler.lineage.changes import Change, Changes
from crawler.lineage.hunks import Hunk, Piece
from crawler.model import Article, Attribution, Edge, Lineage
from tests.builders import a_comparison, a_lineage, an_article, an_edge, an_external

FERRY, COPY = an_article("ferry"), an_article("copy", outlet="meridian")


def told(article: Article, lineage: Lineage, *chain: Article) -> str:
    trail = Trail(article=article, lineage=lineage, claims=(), chain=(article, *chain), copies=())
    return click.unstyle("\n".join(show.tree(trail)))


@given(st.text(), st.integers(1, 300))
def test_foreign_text_is_one_short_line_without_controls(text: str, most: int) -> None:
    shown = show.safe(text, most)
    assert len(shown) <= most
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown)
    assert show.safe(shown, most) == shown


def test_plain_words_of_any_script_stay_as_they_are() -> None:
    for text in ("Über der Förde", "Пожар на пароме", "渡し船が燃えた", "naïve — “quoted”"):
        assert show.safe(text) == text


def test_a_copy_shows_its_share_its_credit_and_each_reason() -> None:
    edge = an_edge(COPY.id, FERRY)
    shown = told(COPY, a_lineage(edge), FERRY)
    assert "copy of Harbour Post (90% of its words)" in shown
    assert "credited, linked" in shown
    assert "+6.0  credit: first appeared in the Harbour Post" in shown
    assert "origin: Harbour Post" in shown
    assert "10 minutes after it" in shown


def test_an_external_origin_is_said_to_be_known_by_credit_only() -> None:
    edge = an_edge(COPY.id, an_external(), kind="claimed", coverage=None)
    shown = told(COPY, a_lineage(edge, delay_seconds=None))
    assert "claimed of Southern Wire (text not seen)" in shown
    assert "(known by credit only)" in shown
    assert "after it" not in shown


def test_what_is_not_known_is_not_made_up() -> None:
    assert "nothing known was taken from it or by it" in told(FERRY, a_lineage())
    assert "an original, as far as we know" in told(FERRY, a_lineage(role="original", copies=1))
    rivals = a_lineage(rivals=[an_edge(COPY.id, FERRY, confidence=0.4)])
    assert "who was first cannot be told" in told(COPY, rivals)
    assert "date unknown" in told(an_article("x", published=None), a_lineage())


def test_all_that_was_changed_is_shown_under_its_headings() -> None:
    made = Changes(
        headline=Change(parent="The ferry is home", copy="Nine days of \x1b[31mhorror"),
        names=(Change(parent="Ann Lee", copy="Bo\u202e Ray"),),
        numbers=(Change(parent="41", copy=""),),
        links_stripped=("https://a.example/1",),
        credits_stripped=("By Ann Moor",),
        hunks=(
            Hunk((Piece("A paragraph cut.", "parent"),)),
            Hunk((Piece("A paragraph\x07 added.", "copy"),)),
            Hunk((Piece("The mate, ", "both"), Piece("Ann Lee", "parent"), Piece("Bo\u202e Ray", "copy"))),
        ),
    )
    lines = [click.unstyle(line).strip() for line in shown_changes(made)]
    assert lines == [
        "what was changed of the text of Harbour Post:",
        "headline",
        "- The ferry is home",
        "+ Nine days of [31mhorror",
        "text: - cut, + added, ~ within a paragraph (3)",
        "- A paragraph cut.",
        "+ A paragraph added.",
        "~ The mate, [-Ann Lee-]{+Bo Ray+}",
        "names (1)",
        "Ann Lee → Bo Ray",
        "numbers (1)",
        "41 → (nothing)",
        "links stripped (1)",
        "- https://a.example/1",
        "credits stripped (1)",
        "- By Ann Moor",
    ]


def shown_changes(made: Changes | None, lineage: Lineage | None = None) -> list[str]:
    lineage = lineage or a_lineage(an_edge(COPY.id, FERRY))
    return list(changed(Trail(article=COPY, lineage=lineage, claims=(), chain=(COPY, FERRY), copies=(), changes=made)))


def test_what_cannot_be_told_of_changes_is_said() -> None:
    assert shown_changes(None) == ["   what was changed: cannot be told, the text of Harbour Post was not seen"]
    assert shown_changes(None, a_lineage()) == ["   what was changed: nothing to hold it against, it has no parent"]
    nothing, unknown = shown_changes(Changes())
    assert nothing == "   what was changed of the text of Harbour Post: nothing"
    assert unknown.strip() == "links stripped: unknown, the links of one of the two were not seen"


def credited(**how: str) -> Edge:
    return an_edge(COPY.id, FERRY, attribution=Attribution(**{"credited_as": "Lamp", **how}))  # type: ignore[arg-type]


def test_each_way_to_credit_has_its_words() -> None:
    assert show.credit(credited(credited="no", linked="no")) == "uncredited"
    assert show.credit(credited(credited="yes", linked="home")) == "credited, front page linked"
    assert show.credit(credited(credited="yes", linked="unknown")) == "credited, link unknown"
    assert show.credit(credited(verdict="misattributed")) == "credits Lamp instead"


def test_a_comparison_says_its_kind_both_shares_and_why_it_is_no_copy() -> None:
    head, reason, *_ = (click.unstyle(line) for line in show.comparison(a_comparison(reason="quotation only")))
    assert head == "near_copy: 90% of the first, 80% of the second"
    assert reason == "  less than a copy: quotation only"


def test_columns_line_up() -> None:
    lines = list(show.table([("a", "bb"), ("ccc", "d")], ("x", "y")))
    assert [line.index(end) for line, end in zip(lines[1:], ("bb", "d"), strict=True)] == [5, 5]
