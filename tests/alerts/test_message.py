"""What an alert says, and what it never does whatever the pages contained."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.alerts.message import LONGEST_TITLE, as_html, as_text, lines, title
from crawler.alerts.rules import case_of, news_of
from crawler.alerts.wording import link, plain
from crawler.model import Article, Attribution, Dated, Edge, News, SourceRef
from tests.alerts.values import DIGEST, NOON, a_lineage, an_article, an_edge, an_origin, some_news


def news(edge: Edge, copy: Article, **more: Any) -> News:
    return news_of(case_of(edge, a_lineage(edge), copy), **more)


def message(rule: str, edge: Edge, copy: Article, *, public_url: str | None = None, **more: Any) -> tuple[str, str]:
    told = news(edge, copy, **more)
    return title(told), as_text(lines(told, rule, public_url=public_url))


def test_a_message_says_who_took_what_from_whom_how_much_how_late_and_with_which_credit():
    copy = an_article(published=Dated(at=NOON + timedelta(hours=2, minutes=40)))
    title, body = message(
        "copies of ours",
        an_edge(),
        copy,
        copies=4,
        changes=("headline: “Ferry line reopens” in place of “Ferry sails again”",),
    )
    assert title == "Mirror Daily copied Harbour Post: Ferry line reopens"
    assert body.splitlines() == [
        "“Ferry line reopens”",
        "Mirror Daily, 20 November 2026, 14:40 UTC",
        "https://mirror-daily.example/ferry",
        "",
        "Copy: 90 % of its words are the other's, confirmed (95 % sure).",
        "Original: “Ferry sails again”",
        "Harbour Post, 20 November 2026, 12:00 UTC",
        "https://harbour-post.example/ferry",
        "Published 2 h 40 min later.",
        "Credit: NONE.",
        "Copies known by now: 4.",
        "",
        "What it changed:",
        "- headline: “Ferry line reopens” in place of “Ferry sails again”",
        "",
        "Why:",
        "- credit: First published by Harbour Post",
        "",
        "Rule: copies of ours",
    ]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (Dated(at=NOON), Dated(at=NOON), "Published in the same minute."),
        (Dated(at=NOON), Dated(at=NOON + timedelta(days=2)), "Published 2 d later."),
        (Dated(at=NOON), Dated(at=NOON - timedelta(minutes=5)), "Published 5 min EARLIER by its own date."),
        (Dated(at=NOON, precision="day"), Dated(at=NOON + timedelta(hours=3)), "Published on the same day."),
        (Dated(at=NOON, precision="day"), Dated(at=NOON + timedelta(hours=30)), "Published 1 day later."),
        (Dated(at=NOON, zone_known=False), Dated(at=NOON + timedelta(hours=2)), "Published on the same day."),
    ],
)
def test_a_delay_is_no_finer_than_the_dates_it_comes_from(before, after, said):
    _, body = message("r", an_edge(parent=an_origin(published=before)), an_article(published=after))
    assert said in body.splitlines()


def test_an_unknown_date_gives_no_delay():
    _, body = message("r", an_edge(parent=an_origin(published=None)), an_article())
    assert "Published" not in body
    assert "Harbour Post, date not known" in body


@pytest.mark.parametrize(
    ("attribution", "said"),
    [
        (Attribution(), "Credit: not known."),
        (Attribution(credited="no"), "Credit: NONE."),
        (
            Attribution(credited="yes", credited_as="Harbour Post", linked="home"),
            "Credit: names Harbour Post, links to the home page only.",
        ),
        (
            Attribution(credited="yes", credited_as="Other", linked="no", verdict="misattributed"),
            "Credit: names Other, without a link. The wrong one.",
        ),
        (
            Attribution(credited="yes", credited_as="Harbour Post", linked="article", verdict="compliant"),
            "Credit: names Harbour Post, links to the article. As it is asked for.",
        ),
    ],
)
def test_the_credit_is_said_as_it_was_found(attribution, said):
    _, body = message("r", an_edge(attribution=attribution), an_article())
    assert said in body.splitlines()


def test_a_claimed_parent_whose_text_was_not_seen_gives_no_share():
    _, body = message(
        "r", an_edge(kind="claimed", coverage=None, parent=an_origin(url=None, external=True)), an_article()
    )
    assert "the other text was not seen" in body
    assert "None" not in body


def test_nearly_all_is_not_called_all():
    assert "99 %" in message("r", an_edge(coverage=0.999), an_article())[1]
    assert "100 %" in message("r", an_edge(coverage=1.0), an_article())[1]


def test_the_page_of_the_trail_is_linked_when_it_can_be_seen_from_outside():
    _, body = message("r", an_edge(), an_article(), public_url="https://trails.example/")
    assert f"More: https://trails.example/articles/{'c' * 40}" in body


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("@everyone buy", "@\u200beveryone buy"),
        ("[click](https://evil.example)", "[click]\u200b(https:\u200b//evil.example)"),
        ("<!channel> <b>x</b>", "‹!channel› ‹b›x‹/b›"),
        ("one\r\nBcc: two@x.example\x00", "one Bcc: two@\u200bx.example"),
        ("abc\u202edcba\u2066\u200b\ufeff", "abcdcba"),
        ("```code```", "'''code'''"),
        ("\ud800lone", "lone"),
        ("x" * 50, "x" * 19 + "…"),
        ("www.evil.example", "w\u200bww.evil.example"),
    ],
)
def test_a_hostile_headline_becomes_harmless_text(hostile, shown):
    assert plain(hostile, 60 if len(hostile) < 50 else 20) == shown


@given(st.text(max_size=400), st.integers(2, 200))
def test_plain_text_is_one_bounded_line_without_controls_or_markup(text, limit):
    shown = plain(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert not any(sign in shown for sign in ("<", ">", "`", "://", "](", "\u202e"))
    assert "@everyone" not in shown


@given(st.text(max_size=200))
def test_a_link_has_nothing_in_it_that_ends_it_or_calls_somebody(tail):
    shown = link("https://mirror-daily.example/" + tail.encode("utf-8", "replace").decode())
    assert shown.isascii()
    assert not set(shown) & set(" \n\r\t<>\"'`@") - {"'"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "", "//x.example/"])
def test_only_web_addresses_are_linked(url):
    assert link(url) == "(no web address)"


@given(st.text(max_size=3000), st.text(max_size=3000))
def test_titles_are_bounded_and_every_line_is_one_of_ours(headline, name):
    outlet = SourceRef(id="x", name=name or "x")
    title, body = message("r", an_edge(parent=an_origin(source=DIGEST)), an_article(title=headline, source=outlet))
    assert 0 < len(title) <= LONGEST_TITLE
    assert "\n" not in title
    assert len(body.splitlines()) == 15
    assert len(body) < 3000


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"about": "copies", "copies": 12}, "12 copies of Harbour Post: Ferry sails again"),
        ({"about": "edit"}, "Mirror Daily still has what Harbour Post has changed: Ferry line reopens"),
        (
            {"about": "correction", "before": an_origin(source=DIGEST)},
            "Correction: Mirror Daily copied Harbour Post, not from The Digest: Ferry line reopens",
        ),
        (
            {"about": "withdrawal", "before": an_origin(source=DIGEST)},
            "Withdrawn: Mirror Daily, not known to be taken from The Digest: Ferry line reopens",
        ),
        ({"about": "source", "copy": None, "source": DIGEST, "note": "no feed"}, "The Digest: no feed"),
    ],
)
def test_each_kind_of_news_has_a_title_of_its_own(about, said):
    assert title(some_news(**about)) == said


def test_a_withdrawal_names_no_parent_any_more():
    told = some_news(about="withdrawal", before=an_origin(), parent=None, origin=None)
    text = as_text(lines(told, "r"))
    assert text.startswith("An earlier alert named Harbour Post, “Ferry sails again”, as where this was from.")
    assert "no other origin is known" in text
    assert "Original:" not in text


class Tags(HTMLParser):
    """Collects the tags, targets and words of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.targets: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


def parsed(told: News) -> Tags:
    tags = Tags()
    tags.feed(as_html(lines(told, "r", public_url="https://trails.example")))
    return tags


def test_html_says_what_the_text_says():
    told = some_news(changes=("2 paragraphs cut",), copies=3)
    text = as_text(lines(told, "r", public_url="https://trails.example"))
    said = parsed(told).words.replace("• ", "- ")
    assert said.split() == text.split()


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=100))
def test_no_page_can_put_markup_or_a_link_into_the_html(headline, reason, name):
    outlet = SourceRef(id="x", name=name or "x")
    copy = an_origin(id="c", url="https://x.example/1", title=headline, source=outlet)
    made = parsed(some_news(copy=copy, reasons=(reason,), changes=(reason,), origin=None))
    assert made.tags <= {"p", "strong", "a"}
    assert made.targets == [
        "https://x.example/1",
        "https://harbour-post.example/ferry",
        "https://trails.example/articles/c",
    ]


def test_a_script_as_a_headline_stays_words():
    hostile = '<script>alert(1)</script><img src=x onerror=alert(1)>" onclick="x'
    html = as_html(lines(some_news(copy=an_origin(title=hostile)), "r"))
    assert "<script" not in html
    assert "<img" not in html
    assert "‹script›alert(1)‹/script›" in html
