"""The pages in a real browser: narrow and wide, light and dark, by keyboard alone, without scripts, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from crawler.alerts.rules import Rule
from crawler.flow import Engine
from crawler.intake import row
from crawler.prepare import Row
from crawler.store import open_store
from crawler.urls import article_id
from tests.end_to_end.texts import BEES, CRANE, HARBOUR, MERIDIAN
from tests.web.browser import DESKTOP, PHONE, Seen, a_browser, served
from tests.web.house import HARBOUR_ID, LAMP_ID, LATER, MERIDIAN_ID, TOKEN, an_engine, fill

WIRE = "https://lamp.example/wire"
SECOND = "https://lamp.example/second-hand"
WIRE_ID = article_id(WIRE)
MORE: tuple[dict[str, Any], ...] = (
    {
        "url": WIRE,
        "title": "Snow closes the pass",
        "text": f"{BEES[::-1]}\nThis article was originally published by Northern Wire.",
        "published_at": "2024-03-07T09:00:00Z",
        "fetched_at": "2024-03-07T12:00:00Z",
        "links": [],
    },
    {
        "url": SECOND,
        "title": "The crane, once more",
        "text": f"{CRANE}\nThis article was originally published by Harbour Post.\nSource: Meridian Digest.",
        "published_at": "2024-03-07T11:00:00Z",
        "fetched_at": "2024-03-07T12:00:00Z",
        "links": [{"url": MERIDIAN, "text": "Meridian Digest"}],
    },
)
PAGES = {
    "newest": "/",
    "found": "/?q=crane&role=&since=4w",
    "trail of an original": f"/articles/{HARBOUR_ID}",
    "trail of a copy": f"/articles/{MERIDIAN_ID}",
    "trail to an outlet never fetched": f"/articles/{WIRE_ID}",
    "an article alone": f"/articles/{LAMP_ID}",
    "compare": f"/compare?a={HARBOUR_ID}&b={MERIDIAN_ID}",
    "choose": "/compare",
    "sources": "/sources",
    "an outlet": "/sources/harbour-post",
    "trace": "/trace",
    "alerts": "/alerts",
    "a rule tried": "/rules?rule=all+copies",
    "sign in": "/sign-in",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


def an_archive() -> Engine:
    engine = fill(an_engine(open_store("memory:"), rules=(Rule(name="all copies"),)))
    for value in MORE:
        made = row(value, LATER)
        assert isinstance(made, Row)
        engine.ingest_row(made)
    (first, *_) = engine.store.alerts(10)
    engine.store.save_alert(replace(first, state="dead", tries=3, error="given up after 3 tries: no such host"))
    return engine


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(an_archive()) as place:
        yield place


@pytest.fixture(params=["desktop, light", "phone, dark"])
def seen(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Seen]:
    with closing(Seen(browser, address, **(DESKTOP if "desktop" in request.param else PHONE))) as window:
        yield window


@pytest.fixture
def window(browser: Browser, address: str) -> Iterator[Seen]:
    with closing(Seen(browser, address, **DESKTOP)) as opened:
        yield opened


def sign_in(window: Seen) -> None:
    page = window.open("/sign-in")
    page.get_by_label("Your name").fill("Ida")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Signed in as Ida")).to_be_visible()


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_fits_loads_only_its_own_and_keeps_nobody_out(seen: Seen, name: str) -> None:
    page = seen.open(PAGES[name])
    expect(page.locator("h1")).to_have_count(1)
    assert seen.too_wide() <= 0
    assert seen.hindrances() == []
    assert seen.wrong == []


def test_what_only_those_see_who_signed_in_keeps_nobody_out(seen: Seen) -> None:
    sign_in(seen)
    for path in (f"/articles/{MERIDIAN_ID}", "/alerts"):
        seen.open(path)
        assert seen.too_wide() <= 0
        assert seen.hindrances() == []
    assert seen.wrong == []


def test_the_drawing_has_an_arrow_for_each_edge_and_a_dashed_circle_for_who_was_never_fetched(window: Seen) -> None:
    page = window.open(f"/articles/{HARBOUR_ID}")
    expect(page.get_by_role("region", name="copies").locator("tbody tr")).to_have_count(1)
    expect(page.locator(".arrow")).to_have_count(2)  # the copy's own copy is drawn, too
    page.locator("a.node").first.click()
    expect(page).to_have_url(f"{page.url.split('/articles')[0]}/articles/{MERIDIAN_ID}")
    page = window.open(f"/articles/{WIRE_ID}")
    dashes = page.locator(".node.external circle").evaluate("circle => getComputedStyle(circle).strokeDasharray")
    assert dashes not in ("none", "")
    expect(page.locator(".verdict")).to_contain_text("Northern Wire")


def test_by_keyboard_alone_one_comes_from_the_newest_to_a_trail_and_its_evidence(window: Seen) -> None:
    page = window.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("document.activeElement.matches('.found h2 a')"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why we think so")).to_be_visible()


def test_every_place_of_a_trail_that_can_be_worked_is_reached_by_tab(window: Seen) -> None:
    page = window.open(f"/articles/{MERIDIAN_ID}")
    there = page.locator("main a[href], main button, main summary, main input, main [tabindex='0']").count()
    page.locator("main").focus()
    reached = set()
    for _ in range(there + 2):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "document.activeElement.closest('main') ? document.activeElement.outerHTML.slice(0, 300) : ''"
            )
        )
    assert len(reached - {""}) >= there - 3  # the same link twice is one here


def test_a_slash_goes_to_the_search_field_but_not_from_another_field(window: Seen) -> None:
    page = window.open("/trace")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.get_by_label("Text", exact=True).click()
    page.keyboard.type("and/or")
    expect(page.get_by_label("Text", exact=True)).to_have_value("and/or")


def test_without_a_script_one_finds_traces_reviews_and_takes_it_back(browser: Browser, address: str) -> None:
    with closing(Seen(browser, address, java_script_enabled=False, **DESKTOP)) as window:
        page = window.open("/")
        page.get_by_role("searchbox", name="Words").fill("honey")
        page.get_by_label("Role").select_option("")
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".found li")).to_have_count(1)
        window.open("/trace")
        page.get_by_label("Text", exact=True).fill(CRANE)
        page.get_by_role("button", name="Trace").click()
        expect(page.locator(".verdict")).to_contain_text("Harbour Post")
        expect(page.get_by_text("Nothing of it was stored")).to_be_visible()
        sign_in(window)
        window.open(f"/articles/{MERIDIAN_ID}")
        page.get_by_label("How do you know?").fill("asked them")
        page.get_by_role("button", name="It was taken from there").click()
        expect(page.locator(".review").first).to_contain_text("confirmed: Harbour Post, by Ida")
        page.get_by_role("button", name="Take the newest review back").click()
        expect(page.locator(".review").first).to_contain_text("taken back")
        assert window.wrong == []


def test_a_number_leads_to_the_same_passage_of_the_other_text(window: Seen) -> None:
    page = window.open(f"/compare?a={MERIDIAN_ID}&b={HARBOUR_ID}")
    page.locator("#a1 .n").click()
    assert page.url.endswith("#b1")
    expect(page.locator(".about h2").first).to_contain_text("Why the crane stands still")  # the earlier one is A


def test_a_stored_url_is_traced_to_its_page_and_another_is_said_to_be_missing(window: Seen) -> None:
    page = window.open("/trace")
    page.get_by_label("URL").fill(HARBOUR)
    page.get_by_role("button", name="Trace").click()
    expect(page.locator("h1")).to_have_text("Why the crane stands still")
    window.open("/trace")
    page.get_by_label("URL").fill("https://nobody.example/never")
    page.get_by_role("button", name="Trace").click()
    expect(page.get_by_role("status")).to_contain_text("is not in the store")


def test_an_alert_given_up_is_tried_again_by_its_button(window: Seen) -> None:
    sign_in(window)
    page = window.open("/alerts?state=dead")
    expect(page.locator(".found > li")).to_have_count(1)
    page.get_by_role("button", name="Try it again now").click()
    expect(page.locator(".badge.dead")).to_have_count(0)


def test_counts_are_brought_up_to_date_without_reloading(window: Seen) -> None:
    page = window.page
    page.clock.install()
    page.route(
        "**/api/v1/status", lambda route: route.fulfill(json={"articles": 12345, "edges": 7, "alerts_pending": 0})
    )
    window.open("/")
    page.clock.run_for(16_000)
    expect(page.locator("[data-count=articles]")).to_have_text("12,345")


def test_a_page_is_different_in_the_dark(browser: Browser, address: str) -> None:
    colours = []
    for scheme in ("light", "dark"):
        with closing(Seen(browser, address, viewport={"width": 800, "height": 600}, color_scheme=scheme)) as window:
            page = window.open("/")
            colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]
