"""What two pages are, besides what they share: notices, lists, issues of a series, pages of one outlet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.match.guards import guarded, is_list, is_notice
from crawler.model import Article
from tests.builders import NOON, a_comparison, a_date, an_article, some_text

HEADLINES = "\n".join(
    (
        "Storm tears the roof off the old ferry hall",
        "Council to vote on dog tax after all",
        "Why the harbour crane stands still",
        "Pictures of the week",
        "Three injured as tram leaves its rails",
        "School meals: the figures, street by street",
        "Weather",
        "Beekeepers warn of an early frost",
        "Opinion: leave the quay as it is",
        "The long road to a new bridge",
        "Fisherman finds message from 1921",
        "Recipe: smoked eel on rye",
        "Letters to the editor",
        "Most read",
    )
)


def an_issue(title: str, *, outlet: str = "harbour-post", days: int = 0, **changes: object) -> Article:
    return an_article(
        f"p{days}",
        outlet=outlet,
        title=title,
        published=a_date(NOON + timedelta(days=days)),
        text=some_text(),
        **changes,
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Border war briefing: day 812 of the siege", "Border war briefing: day 813 of the siege"),
        ("Wetterbericht für Montag, 3. Juni", "Wetterbericht für Dienstag, 4. Juni"),
        ("Les marchés du jeudi 6 mars", "Les marchés du vendredi 7 mars"),
        ("Сводка погоды на 5 ноября", "Сводка погоды на 6 ноября"),
        ("Newsletter No. 14: what we read", "Newsletter No. 15: what we read"),
        ("週間 天気 予報 第12期", "週間 天気 予報 第13期"),
        ("Treasury balances rose on Feb 25", "Treasury balances rose on March 6"),
        ("Fish prices 2026-11-02 at the quay", "Fish prices 2026-11-03 at the quay"),
    ],
)
def test_two_issues_of_a_recurring_piece_that_share_its_standing_text_are_a_series(first: str, second: str) -> None:
    for kind in ("partial", "quote"):
        shared = guarded(a_comparison(kind=kind), an_issue(first), an_issue(second, outlet="meridian", days=1))
        assert (shared.kind, shared.reason) == ("unrelated", "series")


@pytest.mark.parametrize("kind", ["exact", "near_copy"])
def test_an_issue_that_was_taken_over_under_another_date_stays_a_copy(kind: str) -> None:
    mine, theirs = an_issue("Briefing for day 812"), an_issue("Briefing for day 813", outlet="meridian", days=1)
    assert guarded(a_comparison(kind=kind), mine, theirs).kind == kind


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Quake toll rises to 120 in the valley", "Quake toll rises to 210 in the valley"),
        ("Ferry to sail again", "Council votes on dog tax"),
        ("The ferry sails again", "The ferry sails again"),
        ("Budget talks may fail, say both sides", "Budget talks may fail, say both sides"),
        ("812", "813"),
    ],
)
def test_reports_that_are_revised_or_share_their_title_are_no_series(first: str, second: str) -> None:
    shared = a_comparison(kind="partial")
    assert guarded(shared, an_issue(first), an_issue(second, outlet="meridian", days=1)) == shared


def test_one_outlets_column_of_the_same_title_on_another_day_is_a_series() -> None:
    shared = a_comparison(kind="partial")
    assert guarded(shared, an_issue("The morning letter"), an_issue("The morning letter", days=1)).reason == "series"


def test_pages_of_one_outlet_keep_what_they_share_and_say_whose_they_are() -> None:
    shared = guarded(a_comparison(kind="exact"), an_article("story"), an_article("story/amp"))
    assert (shared.kind, shared.reason) == ("exact", "same outlet")


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Are you a robot?", "Why did this happen? Please make sure your browser supports JavaScript and cookies."),
        (None, "Sorry, the page you asked for could not be found. Go to our front page or use the search."),
        ("Fehler", "Die Seite wurde nicht gefunden. Vielleicht wurde sie verschoben."),
        ("Erreur 404", "La page est introuvable. Retournez à l'accueil."),
        ("Error", "La página no existe o fue movida."),
        ("Ошибка", "Страница не найдена. Вернитесь на главную."),
        ("Помилка", "Сторінку не знайдено."),
        ("خطأ", "عذرا، الصفحة غير موجودة"),
        ("错误", "抱歉，页面不存在。"),
        ("Access denied", "You do not have permission to see this. Reference number 18.2f."),
    ],
)
def test_a_notice_of_a_site_is_no_article(title: str | None, text: str) -> None:
    assert is_notice(title, text)
    shared = guarded(a_comparison(kind="exact"), an_article(title=title, text=text), an_article("b", outlet="meridian"))
    assert (shared.kind, shared.reason) == ("unrelated", "error page")


def test_a_report_on_a_page_that_was_not_found_is_an_article() -> None:
    assert not is_notice("Mayor's page not found", "The mayor's page could not be found. " + some_text(130))


def test_a_page_of_headlines_is_a_list() -> None:
    assert is_list(HEADLINES)
    listed = an_article(text=HEADLINES, title="Home")
    shared = guarded(a_comparison(kind="near_copy"), listed, an_article("b", outlet="meridian"))
    assert (shared.kind, shared.reason) == ("unrelated", "list page")


@pytest.mark.parametrize(
    "text",
    [
        some_text(300),
        "\n".join(some_text(12, seed=n) for n in range(30)),
        some_text(200) + "\n\n" + HEADLINES,
        "\n".join(["Key points", "Who was there", "What comes next"]) + "\n" + some_text(80),
        "the ferry sails again and\nthe council is glad of it\nfor nobody wanted to walk\nall the way to the bridge\n"
        * 6,
    ],
)
def test_running_text_is_no_list_however_its_lines_are_broken(text: str) -> None:
    assert not is_list(text)


def test_what_is_rejected_already_keeps_its_reason() -> None:
    shared = a_comparison(kind="unrelated", reason="template")
    assert guarded(shared, an_article(text=HEADLINES), an_article("b")) == shared


@given(seed=st.integers(0, 99), titles=st.tuples(st.text(max_size=60), st.text(max_size=60)), same=st.booleans())
def test_exchanging_the_two_pages_flips_what_is_said_of_them(seed: int, titles: tuple[str, str], same: bool) -> None:
    one = an_issue(titles[0])
    other = an_issue(titles[1], outlet="harbour-post" if same else "meridian", days=seed % 3)
    shared = a_comparison(kind="partial")
    assert guarded(shared, one, other).flipped() == guarded(shared.flipped(), other, one)


@settings(max_examples=50)
@given(text=st.text(max_size=3000), title=st.none() | st.text(max_size=100))
def test_any_text_can_be_looked_at(text: str, title: str | None) -> None:
    is_notice(title, text)
    is_list(text)
    replace(an_issue(title or ""), text=text)


CAPTION = "The ferry pier in the evening, seen from the coal quay, a day before the fences went up around it."


@pytest.mark.parametrize(
    ("text", "titles", "short"),
    [
        ("Watch the film above.", ("The pier is shut", "The pier is shut"), True),
        (CAPTION, ("Islanders sue the harbour council", "Recipe: smoked eel on rye"), True),
        (CAPTION, ("Ferry pier is shut", "Pier shut for good"), False),
        (CAPTION, (None, "Pier shut for good"), False),
        (some_text(60), ("Islanders sue the harbour council", "Recipe: smoked eel on rye"), False),
    ],
)
def test_a_text_of_few_words_is_known_again_by_its_title_only(
    text: str, titles: tuple[str | None, str], short: bool
) -> None:
    left, right = (an_article(f"p{n}", outlet=f"o{n}", title=title, text=text) for n, title in enumerate(titles))
    shared = guarded(a_comparison(kind="exact"), left, right)
    assert (shared.kind, shared.reason) == (("unrelated", "too short") if short else ("exact", None))
