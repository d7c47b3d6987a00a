"""T25 to T35: what the machine-readable parts of a page, its feed entry and its address say."""

from __future__ import annotations

import pytest

from crawler.model import Entry, EntryLink, EntrySource, Source
from crawler.urls import article_id, identity
from tests.scenarios.world import MILL, SENSORS, World

LAMP = Source(id="lamplight", name="The Lamplight", domains=("lamplight.example", "lamplight-old.example"))
TIDE = Source(id="tide-mail", name="Tide Mail", domains=("tide-mail.example",))
HUB = Source(id="news-hub", name="News Hub", domains=("news-hub.example",))
HERE = "https://lamplight.example/2024/03/the-sensors"
THERE = "https://tide-mail.example/coast/sensors-1041"


def canonical(url: str) -> str:
    return f"<link rel='canonical' href='{url}'>"


def test_t25_a_canonical_of_another_outlets_article_with_the_same_text_makes_it_the_parent() -> None:
    world = World(LAMP, TIDE)
    world.story(THERE, SENSORS, 0)
    page = world.story(HERE, SENSORS, 1, head=canonical(THERE))
    assert (page.edge.parent.url, page.edge.kind, page.edge.level) == (THERE, "copy", "confirmed")
    assert [row.weight for row in page.edge.evidence if row.type == "canonical"] == [7.0]


def test_t25_a_canonical_to_a_front_page_says_next_to_nothing() -> None:
    page = World(LAMP, TIDE).story(HERE, SENSORS, 1, head=canonical("https://tide-mail.example/"))
    assert page.parents == []
    assert [c.strength for c in page.said("canonical")] == ["weak"]


def test_t25_a_canonical_whose_page_tells_another_story_makes_no_copy() -> None:
    world = World(LAMP, TIDE)
    world.story(THERE, MILL, 0)
    assert world.story(HERE, SENSORS, 1, head=canonical(THERE)).parents == []


def test_t26_a_canonical_to_a_hub_yields_to_the_line_that_names_who_wrote_it() -> None:
    world = World(LAMP, TIDE, HUB)
    page = world.story(
        HERE,
        SENSORS,
        1,
        head=canonical("https://news-hub.example/network/sensors"),
        foot=f"<p>This article was originally published by <a href='{THERE}'>Tide Mail</a>.</p>",
    )
    assert page.origin == "tide-mail"
    assert "news-hub" in (*page.parents, *page.rivals)


@pytest.mark.parametrize(
    "box",
    [
        "<link rel='canonical' href='https://www.propublica.org/article/the-sensors'>",
        "<meta name='syndication-source' content='https://www.propublica.org/article/the-sensors'>",
    ],
)
def test_t27_fields_at_the_end_of_the_body_are_read(box: str) -> None:
    pixel = "<script type='text/javascript' src='https://pixel.propublica.org/pixel.js' async='true'></script>"
    world = World(LAMP)
    page = world.story(HERE, SENSORS, 1, after=f"<div>{box}{pixel}</div>")
    assert (page.edge.parent.source.id, page.edge.parent.url) == (
        "propublica",
        "https://www.propublica.org/article/the-sensors",
    )
    assert page.said("canonical")[0].where == "foot"
    assert page.said("pixel")[0].source_id == "propublica"


def test_t28_a_counter_on_an_unrelated_text_makes_no_edge() -> None:
    pixel = "<script src='https://pixel.propublica.org/pixel.js'></script>"
    page = World(LAMP).story(HERE, SENSORS, 1, after=pixel)
    assert page.parents == []
    assert [c.strength for c in page.said("pixel")] == ["weak"]


COUNTER = "https://counter.theconversation.com/content/113886/count.gif?distributor=republish-lightbox-basic"


def test_t29_a_counter_names_the_very_article_and_is_no_picture() -> None:
    world = World(LAMP)
    page = world.story(HERE, SENSORS, 5, foot=f"<img src='{COUNTER}' width='1' height='1' alt=''>")
    assert page.edge.parent.source.id == "theconversation"
    assert not any("counter.theconversation.com" in m.url for m in page.article.media)
    assert page.credit.verdict == "uncredited"
    assert page.answer("D1").answer == "no"
    assert "counter kept: yes" in page.answer("D11").note
    assert page.answer("D11").quote == COUNTER
    theirs = "https://theconversation.com/the-sensors-in-the-breakwater-113886"
    world.story(theirs, SENSORS, 0)
    assert (world.look(HERE).edge.parent.url, world.look(HERE).edge.level) == (theirs, "confirmed")


def test_t30_a_planets_feed_and_a_foreign_guid_lead_to_the_origin() -> None:
    world = World(LAMP, TIDE, HUB)
    entry = Entry(
        url=HERE, id=THERE, source=EntrySource(name="News Hub", url="https://news-hub.example/planet/feed.xml")
    )
    page = world.story(HERE, SENSORS, 5, entry=entry)
    assert {c.source_id for c in page.said("feed-source")} == {"tide-mail", "news-hub"}
    world.story(THERE, SENSORS, 0)
    assert world.look(HERE).origin == "tide-mail"


def test_t31_a_guid_on_ones_own_old_domain_is_an_alias() -> None:
    page = World(LAMP).story(HERE, SENSORS, 0, entry=Entry(url=HERE, id="https://lamplight-old.example/?p=77"))
    assert (page.claims, page.parents) == ((), [])


def test_t32_a_tracked_link_with_its_original_is_only_an_address() -> None:
    entry = Entry(url=HERE, links=(EntryLink(rel="origLink", url=HERE + "?utm_source=feedburner"),))
    page = World(LAMP).story(HERE, SENSORS, 0, entry=entry)
    assert (page.claims, page.parents) == ((), [])


@pytest.mark.parametrize(
    "variant",
    [
        HERE + "/amp/",
        HERE + "?amp=1",
        HERE + "?print=1",
        HERE.replace("https://", "https://m."),
        HERE.replace("https://", "https://amp."),
        HERE + "?utm_source=x&fbclid=1",
        HERE.replace("https://", "http://www."),
        HERE + "/",
    ],
)
def test_t33_the_variants_of_one_address_are_one_article(variant: str) -> None:
    world = World(LAMP)
    world.story(HERE, SENSORS, 0)
    page = world.story(variant, SENSORS, 5)
    assert page.article.id == article_id(HERE)
    assert len(list(world.store.article_ids())) == 1
    assert world.edges() == []


@pytest.mark.parametrize("host", ["its4test.lamplight.example", "staging.lamplight.example", "www2.lamplight.example"])
def test_t33_another_host_of_the_outlet_is_never_a_copy(host: str) -> None:
    world = World(LAMP)
    world.story(HERE, SENSORS, 0)
    page = world.story(HERE.replace("lamplight.example", host), SENSORS, 5)
    assert (page.parents, page.rivals, world.edges()) == ([], [], [])


def test_t33_an_archives_mirror_is_no_outlet_that_copies() -> None:
    world = World(LAMP)
    world.story(HERE, SENSORS, 0)
    mirror = f"https://web.archive.org/web/20240305101112/{HERE}"
    page = world.story(mirror, SENSORS, 90)
    assert page.article.source.id == "lamplight"
    assert (page.parents, world.edges()) == ([], [])


def test_t34_a_scraper_that_copied_the_whole_head_names_its_victim() -> None:
    world = World(LAMP)
    head = (
        canonical(HERE)
        + f"<meta property='og:url' content='{HERE}'><meta property='og:site_name' content='The Lamplight'>"
    )
    world.story(HERE, SENSORS, 0, head=head)
    page = world.story("https://quickscrape.example/a/991", SENSORS, 0.5, head=head)
    assert page.article.source.id != "lamplight"
    assert (page.edge.parent.source.id, page.edge.level) == ("lamplight", "confirmed")
    assert page.credit.verdict == "uncredited"


def test_t35_residues_alone_are_probable_at_most_and_uncredited() -> None:
    world = World(LAMP)
    links = (
        "<p>Read on: <a href='https://lamplight.example/2024/02/the-divers'>the divers</a> and "
        "<a href='https://lamplight.example/2024/01/the-poles'>the poles</a>, which were put there in a hurry.</p>"
    )
    world.story(HERE, (*SENSORS[:2], links, *SENSORS[2:]), 0)
    own = "https://quickscrape.example/a/991"
    page = world.story(
        own, (*SENSORS[:2], links, *SENSORS[2:]), 30,
        head=canonical(own) + "<meta property='og:site_name' content='Quick Scrape'>",
        title="What the sensors saw - The Lamplight",
    )  # fmt: skip
    assert page.edge.parent.source.id == "lamplight"
    assert page.edge.level == "probable"
    assert page.credit.verdict == "uncredited"


def test_t33_variants_share_one_key() -> None:
    assert identity(HERE + "/amp/") == identity(HERE.replace("https://", "http://m.")) == identity(HERE)
