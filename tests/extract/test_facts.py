"""Title, authors, byline, terms and names are read as the page gives them."""

from __future__ import annotations

import json

import pytest

from crawler.extract import Extracted, extract
from tests.extract.pages import a_page, an_article_page


def found(**parts: str) -> Extracted:
    return extract(a_page(an_article_page(**parts)))


def titled(head: str, *, heading: str = "") -> str | None:
    page = an_article_page(title=None, head=head, above=heading)
    return extract(a_page(page.replace("<title></title>", ""))).title


@pytest.mark.parametrize(
    ("head", "heading", "title"),
    [
        ("<title>Ferry stays | Harbour Post</title>", "", "Ferry stays"),
        ("<title>Harbour Post - Ferry stays</title>", "", "Ferry stays"),
        ("<title>Ferry - a boat of its own - Harbour Post</title>", "", "Ferry - a boat of its own"),
        ("<title>Ferry stays &raquo; news of the coast</title>", "<h2>Ferry stays</h2>", "Ferry stays"),
        ("<title>Ferry to stay all winter</title>", "<h1>Harbour Post</h1>", "Ferry to stay all winter"),
        ("<meta property='og:title' content='Ferry stays'>", "<h1>Ferry stays.</h1>", "Ferry stays."),
        ("", "<h1>Ferry stays</h1>", "Ferry stays"),
        ("", "", None),
    ],
)
def test_the_title_is_the_headline_without_the_sites_name(head: str, heading: str, title: str | None) -> None:
    assert titled(head, heading=heading) == title


def test_the_headline_is_not_repeated_in_the_text() -> None:
    assert not found(title="Ferry stays all winter").text.startswith("Ferry stays all winter")


@pytest.mark.parametrize(
    ("above", "byline", "authors"),
    [
        ("<p>By Ines Halloran</p>", "By Ines Halloran", ("Ines Halloran",)),
        (
            "<p>By <a href='/i'>Ines Halloran</a> and Tomas Brekke</p>",
            "By Ines Halloran and Tomas Brekke",
            ("Ines Halloran", "Tomas Brekke"),
        ),
        ("<p>By Southern Wire</p>", "By Southern Wire", ("Southern Wire",)),
        ("<div class='byline'>Ines Halloran</div>", "Ines Halloran", ("Ines Halloran",)),
        ("<p>Von Ines Halloran, 21. Juni 2018</p>", "Von Ines Halloran", ("Ines Halloran",)),
        ("<p>Par Ines Halloran | 3 May 2024</p>", "Par Ines Halloran", ("Ines Halloran",)),
        ("<p>By the time the boats came, all was over.</p>", None, ()),
        ("<p>By admin</p>", None, ()),
        ("<p>Nobody signed it.</p>", None, ()),
    ],
)
def test_the_byline_is_the_line_on_the_page(above: str, byline: str | None, authors: tuple[str, ...]) -> None:
    article = found(above=above)
    assert (article.byline, article.authors) == (byline, authors)


def test_authors_of_json_ld_are_people_before_the_outlet_itself() -> None:
    node = {
        "@type": ["NewsArticle"],
        "author": [
            {"@type": "Organization", "name": "Harbour Post"},
            {"@type": "Person", "name": "Ines&nbsp;Halloran"},
        ],
        "publisher": {"name": "Harbour Post"},
    }
    article = found(head=f"<script type='application/ld+json'>{json.dumps(node)}</script>")
    assert article.authors == ("Ines Halloran",)
    assert article.site_name == "Harbour Post"


def test_an_address_is_no_author() -> None:
    assert found(head="<meta property='article:author' content='https://social.example/harbourpost'>").authors == ()


@pytest.mark.parametrize(
    ("below", "license"),
    [
        ("<a rel='license' href='https://creativecommons.org/licenses/by-nc/4.0/'>terms</a>", "CC BY-NC 4.0"),
        ("<p><a href='http://creativecommons.org/publicdomain/zero/1.0/'>free</a></p>", "CC0 1.0"),
        (
            "<p>We are poor. This article is licensed under CC BY-SA 3.0. Thank you.</p>",
            "This article is licensed under CC BY-SA 3.0.",
        ),
        (
            "<p>You are free to republish this article if you name us. Write to us.</p>",
            "You are free to republish this article if you name us.",
        ),
        ("<p>No part of this page may be reproduced without permission. All rights reserved.</p>", None),
        ("<p>The mayor gave no permission for the bridge.</p>", None),
        ("", None),
    ],
)
def test_the_terms_are_what_the_page_allows(below: str, license: str | None) -> None:
    assert found(below=below).license == license


def test_tags_come_once_from_every_place() -> None:
    head = (
        "<meta property='article:tag' content='ferry'><meta property='article:tag' content='winter'>"
        "<meta name='keywords' content='ferry, council'>"
    )
    assert found(head=head).tags == ("ferry", "winter", "council")


@pytest.mark.parametrize(
    ("claimed", "language"), [("en-GB", "en"), ("de", "en"), ("", "en"), ("x-klingon", "en"), ("en_US.UTF-8", "en")]
)
def test_a_text_long_enough_overrules_a_wrong_language_label(claimed: str, language: str) -> None:
    assert found(lang=claimed).language == language


def test_the_label_decides_where_the_text_is_too_short() -> None:
    page = "<html lang='uk-UA'><head><meta property='og:type' content='article'></head><body><p>{}</p></body></html>"
    assert extract(a_page(page.format("Ok 1 go 2 do 3 at 4 so 5 no 6 up 7 in 8 we 9 is 10 on a b"))).language == "uk"
