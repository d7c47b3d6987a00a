"""T01 to T10: the canonical page, chains and nested credits."""

from __future__ import annotations

from crawler.lineage.credit import attribution
from crawler.model import Link, Source
from tests.builders import a_claim, a_comparison, an_article
from tests.scenarios.world import DAM, MILL, SENSORS, World, at, html

SF, SF_OLD = "https://southfront.press/breakwater-sensors/", "https://southfront.org/breakwater-sensors/"
GR = "https://www.globalresearch.ca/video-breakwater-sensors/5708153"
CI = "https://counterinformation.wordpress.com/2020/04/02/breakwater-sensors/"
FILM = "https://southfront.org/wp-content/uploads/video/BRK_30_03_2020_ENG_1.mp4"

SF_APPEAL = (
    "<p>Support South Front in its endeavors. If you like our content and approach, please support the project: our "
    "work would not be possible without your help.</p>"
)
GR_TERMS = (
    "<p>Disclaimer: The contents of this article are of sole responsibility of the author. The Centre for Research on "
    "Globalization grants permission to cross-post Global Research articles on community internet sites as long as the "
    "source and copyright are acknowledged together with a hyperlink to the original Global Research article.</p>"
)
GR_TOP = (
    "<p>By <a href='#'>South Front</a></p><p>Global Research, March 31, 2020</p>"
    "<p><a href='#'>South Front</a> 30 March 2020</p>"
)
GR_FOOT = (
    f"{SF_APPEAL}<p>Note to readers: please forward this. Crosspost on your blog site, internet forums, etc.</p>"
    "<p>The original source of this article is <a href='#'>South Front</a><br>"
    "Copyright © <a href='#'>South Front</a>, <a href='#'>South Front</a>, 2020</p><p>Articles by: South Front</p>"
    f"{GR_TERMS}"
)
GR_TEXT = (*SENSORS[:3], f"<p><a href='{FILM}'>{FILM}</a></p>", *SENSORS[3:])


def seed(world: World) -> None:
    world.put(GR, html(GR_TEXT, title="Video: What the sensors saw", top=GR_TOP, foot=GR_FOOT), seen=at(0))


def test_t01_the_seed_has_an_external_origin_with_its_date_and_film() -> None:
    world = World()
    seed(world)
    page = world.look(GR)
    edge = page.edge
    assert (edge.parent.source.id, edge.parent.external, edge.kind) == ("southfront", True, "claimed")
    assert edge.parent.published is not None
    assert edge.parent.published.iso() == "2020-03-30"
    assert page.article.published is not None
    assert page.article.published.iso() == "2020-03-31"
    assert edge.level == "confirmed"
    assert edge.confidence <= 0.97
    assert {"credit", "dateline", "residue", "media", "byline", "copyright"} <= {row.type for row in edge.evidence}
    assert any(row.value == FILM for row in edge.evidence)


def test_t01_the_credit_of_the_seed_is_answered_question_by_question() -> None:
    world = World()
    seed(world)
    page = world.look(GR)
    answers = {c.id: c.answer for c in page.credit.criteria}
    assert answers == {
        "D1": "yes", "D2": "unknown", "D3": "unknown", "D4": "yes", "D5": "yes", "D6": "yes", "D7": "yes",
        "D8": "unknown", "D9": "unknown", "D10": "unknown", "D11": "unknown", "D12": "unknown",
    }  # fmt: skip
    assert page.answer("D5").note == "top and foot"
    assert page.answer("D4").quote == "Copyright © South Front, South Front, 2020"
    assert (page.credit.verdict, page.credit.credited, page.credit.linked) == ("unknown", "yes", "unknown")


def test_t02_a_stub_becomes_the_article_when_it_is_crawled_a_year_later() -> None:
    world = World()
    seed(world)
    world.put(SF_OLD, html(GR_TEXT, foot=SF_APPEAL, published="2020-03-30T09:00:00Z"), seen=at(24 * 366))
    edge = world.look(GR).edge
    assert (edge.parent.url, edge.parent.external, edge.kind) == (SF_OLD, False, "copy")
    # The same text under the outlet's other domain is the same outlet: no third article in the chain.
    world.put(SF, html(GR_TEXT, foot=SF_APPEAL, published="2020-03-30T09:00:00Z"), seen=at(24 * 367))
    assert world.look(SF).parents == []
    assert world.look(GR).origin == "southfront"


def ci_page(top: str) -> str:
    carried = GR_TOP.replace("Global Research, March 31, 2020", "")
    return html(
        GR_TEXT, title="What the sensors saw", top=top + carried, foot=GR_FOOT, published="2020-04-02T10:00:00Z"
    )


def test_t03_a_third_hop_hangs_below_the_page_it_was_taken_from() -> None:
    world = World()
    world.put(SF, html(GR_TEXT, foot=SF_APPEAL, published="2020-03-30T09:00:00Z"), seen=at(0))
    seed(world)
    world.put(CI, ci_page("<p>Global Research, March 31, 2020</p>"), seen=at(1))
    page = world.look(CI)
    assert page.chain == ["counterinformation", "globalresearch", "southfront"]
    assert page.origin == "southfront"
    # Global Research asks for a link to its own article; the anchors of this page lead nowhere.
    assert page.answer("D12").answer in ("no", "unknown")


def test_t03_the_middle_that_asks_for_a_link_is_held_to_it() -> None:
    world = World()
    world.put(SF, html(GR_TEXT, foot=SF_APPEAL, published="2020-03-30T09:00:00Z"), seen=at(0))
    seed(world)
    for line, answer in (
        (f"<p><a href='{GR}'>Global Research</a>, March 31, 2020</p>", "yes"),
        ("<p>Global Research, March 31, 2020</p><p>See also <a href='https://example.org/x'>this</a></p>", "no"),
    ):
        page = ci_page(line).replace("href='#'", "href='https://southfront.press/'")
        world.put(CI, page, seen=at(2 if answer == "yes" else 3))
        assert world.look(CI).answer("D12").answer == answer, line


def test_t04_a_third_hop_without_its_own_line_is_never_given_to_the_wrong_one_for_sure() -> None:
    world = World()
    world.put(SF, html(GR_TEXT, foot=SF_APPEAL, published="2020-03-30T09:00:00Z"), seen=at(0))
    seed(world)
    world.put(CI, ci_page(""), seen=at(1))
    page = world.look(CI)
    if page.parents != ["globalresearch"]:
        assert {*page.parents, *page.rivals} == {"globalresearch", "southfront"}
        assert not page.parents or page.lineage.parents[0].level == "possible"
    assert page.origin in (None, "southfront")


ZERO = "<p>This article was originally published at <a href='https://www.zerohedge.com/news/sensors'>Zero Hedge</a></p>"
BIN = "https://beforeitsnews.com/survival/2015/11/the-sensors-1.html"
SHTF = "https://www.shtfplan.com/headline-news/the-sensors_11012015"


def test_t05_of_two_nested_credits_the_last_line_is_the_pages_own() -> None:
    world = World()
    page = world.story(
        BIN,
        SENSORS,
        5,
        top=ZERO,
        foot=f"<p>This article was contributed by SHTF Plan.</p><p>Source: <a href='{SHTF}'>{SHTF}</a></p>",
    )
    assert (page.edge.parent.source.id, page.edge.parent.url) == ("shtfplan", SHTF)
    assert "zerohedge" in page.rivals
    world.story(
        SHTF,
        SENSORS,
        2,
        top=ZERO,
        foot="<p>This article was contributed by SHTF Plan.</p>",
    )
    assert world.look(BIN).chain == ["beforeitsnews", "shtfplan", "zerohedge"]


def test_t06_a_marker_that_repeats_the_parent_makes_one_edge() -> None:
    world = World()
    link = "https://www.universetoday.com/123/the-sensors/"
    page = world.story(
        BIN,
        SENSORS,
        5,
        foot=f"<p>The post <a href='{link}'>What the sensors saw</a> appeared first on "
        "<a href='https://www.universetoday.com'>Universe Today</a>.</p>"
        f"<p>Source: <a href='{link}'>{link}</a></p>",
    )
    assert (page.edge.parent.url, page.edge.parent.source.domain) == (link, "universetoday.com")
    assert page.rivals == []
    assert len(world.edges()) == 1


def test_t07_a_blogs_title_and_its_domain_are_one_parent() -> None:
    link = "http://www.silveristhenew.com/2015/11/01/the-sensors/"
    foot = (
        f"<p>The post <a href='{link}'>What the sensors saw</a> appeared first on "
        "<a href='http://www.silveristhenew.com'>Silver For The People</a>.</p>"
        f"<p>Source: <a href='{link}'>{link}</a></p>"
    )
    assert World().story(BIN, SENSORS, 5, foot=foot).edge.parent.source.id == "silveristhenew"
    # A blog that no list knows: the link beside the title says which domain it is.
    link = "http://www.lumenmetals.example/2015/11/01/the-sensors/"
    foot = foot.replace("silveristhenew.com", "lumenmetals.example").replace("Silver For The People", "Light For All")
    page = World().story(BIN, SENSORS, 5, foot=foot)
    assert (page.parents, page.rivals) == (["lumenmetals-example"], [])
    assert page.edge.parent.url == link
    assert page.edge.parent.source.domain in ("lumenmetals.example", "www.lumenmetals.example")


def test_t08_a_parents_own_pointer_makes_the_middle_an_excerpt() -> None:
    world = World()
    middle = "http://sgtreport.com/2015/11/the-sensors/"
    full = "http://harveyorganblog.com/2015/11/01/the-sensors/"
    tail = f"<p>Read More @ <a href='{full}'>HarveyOrganBlog.com</a></p>"
    page = world.story(BIN, SENSORS[:4], 5, foot=f"{tail}<p>Source: <a href='{middle}'>{middle}</a></p>")
    assert page.edge.parent.source.id == "sgtreport"
    world.story(middle, SENSORS[:4], 3, foot=tail)
    page = world.look(BIN)
    assert page.chain[:2] == ["beforeitsnews", "sgtreport"]
    assert page.origin == "harveyorganblog-com"
    world.story(full, SENSORS, 1)
    sgt = world.look(middle)
    assert (sgt.edge.kind, sgt.edge.parent.url) == ("excerpt", full)
    assert world.look(BIN).chain == ["beforeitsnews", "sgtreport", "harveyorganblog-com"]


NOTE = "Editor's note: we have walked out to the Longarm ourselves since, and the third pole is still leaning."
A = Source(id="alder-times", name="Alder Times", domains=("alder-times.example",))
B = Source(id="birch-post", name="Birch Post", domains=("birch-post.example",))
C = Source(id="cedar-daily", name="Cedar Daily", domains=("cedar-daily.example",))


def test_t09_a_copy_that_credits_the_origin_over_its_parents_head_is_found_by_its_text() -> None:
    world = World(A, B, C)
    first = "https://alder-times.example/sensors"
    credit = f"<p>This article was originally published by <a href='{first}'>Alder Times</a>.</p>"
    world.story(first, SENSORS, 0)
    world.story("https://birch-post.example/s/1", (NOTE, *SENSORS[:6], *SENSORS[7:]), 6, foot=credit)
    page = world.story("https://cedar-daily.example/n/9", (NOTE, *SENSORS[:6], *SENSORS[7:]), 30, foot=credit)
    assert page.origin == "alder-times"
    assert page.credit.credited == "yes"
    assert (page.answer("D1").answer, page.answer("D3").answer) == ("yes", "yes")
    assert "birch-post" in (*page.parents, *page.rivals)


def test_t09_the_parent_is_the_page_whose_note_and_cut_it_has() -> None:
    world = World(A, B, C)
    first = "https://alder-times.example/sensors"
    credit = f"<p>This article was originally published by <a href='{first}'>Alder Times</a>.</p>"
    world.story(first, SENSORS, 0)
    world.story("https://birch-post.example/s/1", (NOTE, *SENSORS[:6], *SENSORS[7:]), 6, foot=credit)
    page = world.story("https://cedar-daily.example/n/9", (NOTE, *SENSORS[:6], *SENSORS[7:]), 30, foot=credit)
    assert page.chain == ["cedar-daily", "birch-post", "alder-times"]


def test_t09_a_copy_that_passes_over_its_parent_is_told_so() -> None:
    origin, middle = an_article("sensors", outlet="alder-times"), an_article("s1", outlet="birch-post")
    copy = an_article("n9", outlet="cedar-daily", links=(Link(url=origin.url),))
    said = a_claim(source_id="alder-times", name="Alder Times", domain=None, url=origin.url, linked="article")
    given = attribution(
        copy, (said,), middle.source, parent_url=middle.url, ancestors=(origin.source,), original=middle,
        shared=a_comparison(coverage_left=1.0, coverage_right=1.0, similarity=1.0),
    )  # fmt: skip
    answers = {c.id: c.answer for c in given.criteria}
    assert (answers["D1"], answers["D3"], answers["D12"]) == ("yes", "yes", "no")


def test_t10_mutual_credits_make_no_cycle_and_the_stronger_one_wins() -> None:
    world = World(A, B)
    a, b = "https://alder-times.example/sensors", "https://birch-post.example/s/1"
    world.story(a, DAM, 0, foot="<p>Source: Birch Post</p>")
    world.story(b, DAM, 0.5, foot=f"<p>This article was originally published by <a href='{a}'>Alder Times</a>.</p>")
    assert world.edges() == [("birch-post", "alder-times")]
    even = World(A, B)
    even.story(a, MILL, 0, dated=False, foot="<p>This article was originally published by Birch Post.</p>")
    even.story(b, MILL, 0, dated=False, foot="<p>This article was originally published by Alder Times.</p>")
    assert even.edges() == []
    assert even.look(a).rivals == ["birch-post"]
    assert even.look(b).rivals == ["alder-times"]
