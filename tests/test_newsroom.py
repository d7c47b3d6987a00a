"""What the bundled newsroom promises: real feeds, real pages, a truth that its own texts bear out."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
import trafilatura
from lxml import etree, html

from crawler.newsroom import ALERT_ORIGIN, BEFORE, NOT_ALIKE, ODD_ENTRIES, PLANTED, ROUNDS, Newsroom, Planted
from crawler.newsroom.outlets import BY_ID, OUTLETS, Outlet
from crawler.newsroom.pieces import Piece, pieces
from crawler.newsroom.press import Press

NOW = datetime(2026, 3, 1, 0, 4, tzinfo=UTC)  # four minutes after midnight, at the turn of a month
FED = tuple(outlet for outlet in OUTLETS if outlet.feed)
KEYS = tuple(pieces())


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def get(newsroom: Newsroom, url: str, method: str = "GET", **headers: str) -> Reply:
    """Ask for *url* as a crawler with the newsroom's host map does: loopback address, real Host header."""
    parts = urlsplit(url)
    connection = HTTPConnection("127.0.0.1", newsroom.port, timeout=10)
    try:
        named = {"Host": parts.netloc} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), headers=named)
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


@pytest.fixture
def first() -> Iterator[Newsroom]:
    with Newsroom(NOW) as newsroom:
        yield newsroom


@pytest.fixture(scope="module")
def last() -> Iterator[Newsroom]:
    """The newsroom in its last round."""
    with Newsroom(NOW) as newsroom:
        while newsroom.round < ROUNDS:
            newsroom.advance()
        yield newsroom


def listed(newsroom: Newsroom, outlet: Outlet) -> dict[str, datetime | None]:
    """Return what an independent reader finds in the feed: addresses with their dates."""
    body = get(newsroom, newsroom.press.feed(outlet)).body
    if outlet.feed == "json":
        return {row["url"]: datetime.fromisoformat(row["date_published"]) for row in json.loads(body)["items"]}
    found: dict[str, datetime | None] = {}
    for row in feedparser.parse(body).entries:
        if not row.get("link"):
            continue
        when = row.get("published_parsed") or (row.get("updated_parsed") if "updated" in row else None)
        found[row.link] = datetime.fromtimestamp(timegm(when), UTC) if when else None
    return found


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def grams(text: str, size: int) -> set[tuple[str, ...]]:
    return set(zip(*(words(text)[start:] for start in range(size)), strict=False))


# feeds


@pytest.mark.parametrize("outlet", FED, ids=lambda outlet: outlet.id)
def test_a_feed_lists_every_article_of_the_round_with_the_date_of_its_page(last: Newsroom, outlet: Outlet) -> None:
    found = listed(last, outlet)
    for piece in last.press.out(outlet):
        assert found[last.press.url(piece)] == last.press.published(piece)
    odd = {last.press.home(outlet, entry.path) for entry in outlet.odd_entries}
    assert set(found) == {last.press.url(piece) for piece in last.press.out(outlet)} | odd


def test_the_feeds_come_in_four_formats() -> None:
    assert {outlet.feed for outlet in FED} == {"rss", "rdf", "atom", "json"}


@pytest.mark.parametrize("outlet", [outlet for outlet in FED if outlet.feed != "json"], ids=lambda outlet: outlet.id)
def test_a_feed_is_well_formed_unless_it_is_planted_not_to_be(last: Newsroom, outlet: Outlet) -> None:
    body = get(last, last.press.feed(outlet)).body
    if outlet.bare_ampersands:
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(body)
    else:
        etree.fromstring(body)


def test_one_feed_has_an_entry_without_link_and_with_an_impossible_date(last: Newsroom) -> None:
    broken = [outlet for outlet in FED if outlet.broken_entry]
    assert len(broken) == 1
    rows = feedparser.parse(get(last, last.press.feed(broken[0])).body).entries
    assert [row.title for row in rows if not row.get("link")] == ["Untitled draft"]
    assert [row.get("published_parsed") for row in rows if not row.get("link")] == [None]


def test_a_feed_says_from_which_outlet_an_entry_was_taken(last: Newsroom) -> None:
    rows = feedparser.parse(get(last, last.press.feed(BY_ID["lakeside-record"])).body).entries
    sources = {row.link: row.source for row in rows if "source" in row}
    (source,) = sources.values()
    assert list(sources) == [last.url("lakeside-record/dam-letters")]
    assert (source.title, source.href) == ("Valley Gazette", last.press.feed(BY_ID["valley-gazette"]))


def test_the_late_feed_lists_its_original_from_the_second_round_on(first: Newsroom) -> None:
    late, outlet = first.url("valley-gazette/dam-gates"), BY_ID["valley-gazette"]
    assert late not in listed(first, outlet)
    assert get(first, late).status == 404
    first.advance()
    assert late in listed(first, outlet)
    assert get(first, late).status == 200


# pages


@pytest.mark.parametrize("key", KEYS)
def test_an_independent_extractor_finds_the_text_and_not_the_furniture(last: Newsroom, key: str) -> None:
    piece = last.press.piece(key)
    page = get(last, last.url(key)).body.decode()
    found = trafilatura.extract(page, url=last.url(key), fast=True, include_comments=False, deduplicate=False)
    assert found is not None
    for line in last.text(key).split("\n"):
        assert line in found
    furniture = ["Advertisement", "gullible77", "every Friday:", "Win a fridge", "Privacy", piece.outlet.related]
    furniture += [text for text in (piece.outlet.cookies, piece.outlet.motto, piece.outlet.notice) if text]
    assert [text for text in furniture if text in found] == []
    others = [other.title for other in last.press.out(piece.outlet) if other.title != piece.title]
    assert [title for title in others if title in found] == []


@pytest.mark.parametrize("key", KEYS)
def test_every_date_on_a_page_is_that_of_its_feed_and_none_lies_ahead(last: Newsroom, key: str) -> None:
    when = last.published(key)
    assert when < NOW
    reply = get(last, last.url(key))
    stamps = re.findall(r'(?:datetime="|published_time" content="|"datePublished": ")([^"]+)"', reply.body.decode())
    assert {datetime.fromisoformat(stamp) for stamp in stamps} <= {when}
    if "last-modified" in reply.headers:
        assert parsedate_to_datetime(reply.headers["last-modified"]) == when


def test_pages_differ_in_what_they_say_to_machines(last: Newsroom) -> None:
    pages = {outlet.id: get(last, last.press.url(last.press.out(outlet)[0])).body.decode() for outlet in FED}
    assert {id for id, page in pages.items() if "application/ld+json" in page} == {
        "harbour-post",
        "coastal-courier",
        "valley-gazette",
    }
    assert "og:type" in pages["open-shore"]
    assert "og:type" not in pages["meridian-digest"]
    assert "datetime=" not in pages["beacon-now"]
    assert " UTC" in pages["beacon-now"]


@pytest.mark.parametrize("outlet", [outlet for outlet in FED if outlet.json_ld], ids=lambda outlet: outlet.id)
def test_json_ld_is_json(last: Newsroom, outlet: Outlet) -> None:
    piece = last.press.out(outlet)[0]
    tree: Any = html.fromstring(get(last, last.press.url(piece)).body)
    (block,) = tree.xpath("//script[@type='application/ld+json']/text()")
    assert json.loads(block)["headline"] == piece.title


def test_markup_in_a_text_is_escaped() -> None:
    press = Press(now=NOW, port=1)
    assert press.html('<b> & "x" [a<b](http://x.example/?a=1&b=2)') == (
        '&lt;b&gt; &amp; &quot;x&quot; <a href="http://x.example/?a=1&amp;b=2">a&lt;b</a>'
    )


def test_every_field_and_link_in_the_texts_is_filled_in(last: Newsroom) -> None:
    for key in KEYS:
        page = get(last, last.url(key)).body.decode()
        body = page[page.index("<body>") :]
        assert not re.search(r"\{\w|\]\(|\[\[|\bNone\b", body), key


def test_the_republisher_is_shaped_like_the_case_the_project_was_made_for(last: Newsroom) -> None:
    page: Any = html.fromstring(get(last, last.url("meridian-digest/breakwater-video")).body)
    text = " ".join(page.text_content().split())
    origin = last.url("harbour-post/breakwater-sensors")
    assert "By Harbour Post" in text
    assert "Meridian Digest, February 28, 2026" in text
    assert "Harbour Post 27 February 2026" in text
    assert "The original source of this article is Harbour Post" in text
    assert "Copyright © Harbour Post, Harbour Post, 2026" in text
    assert "Meridian Digest grants permission to cross-post" in text
    links = set(page.xpath("//a/@href"))
    assert origin in links
    video = last.press.home(BY_ID["harbour-post"], "/wp-content/uploads/video/longarm_27_02_2026_en.mp4")
    assert video in links
    assert get(last, video).headers["content-type"] == "video/mp4"


def test_the_scraper_names_and_links_nobody(last: Newsroom) -> None:
    page = get(last, last.url("beacon-now/nine-hours-adrift")).body.decode()
    assert "harbour-post" not in page
    assert "Harbour Post" not in page


# the server


def test_an_unchanged_feed_answers_304_until_the_next_round(first: Newsroom) -> None:
    url = first.press.feed(BY_ID["meridian-digest"])
    etag = get(first, url).headers["etag"]
    assert etag.startswith('W/"')
    again = get(first, url, If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")
    first.advance()
    assert get(first, url, If_None_Match=etag).status == 200


def test_a_date_alone_is_a_validator_too(first: Newsroom) -> None:
    url = first.press.feed(BY_ID["patchwork-weekly"])
    headers = get(first, url).headers
    assert "etag" not in headers
    assert get(first, url, If_Modified_Since=headers["last-modified"]).status == 304
    earlier = format_datetime(parsedate_to_datetime(headers["last-modified"]) - timedelta(seconds=1), usegmt=True)
    assert get(first, url, If_Modified_Since=earlier).status == 200
    first.advance()
    assert get(first, url, If_Modified_Since=headers["last-modified"]).status == 200


def test_an_unreadable_validator_is_ignored(first: Newsroom) -> None:
    url = first.press.feed(BY_ID["harbour-post"])
    for nonsense in ("yesterday", "", "Mon, 99 Foo"):
        assert get(first, url, If_Modified_Since=nonsense).status == 200


def test_gzip_is_sent_to_those_who_ask_for_it(first: Newsroom) -> None:
    url = first.press.feed(BY_ID["harbour-post"])
    plain, packed = get(first, url), get(first, url, Accept_Encoding="gzip, deflate")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert get(first, url, method="HEAD").body == b""


def test_outlets_are_told_apart_by_the_host_header(first: Newsroom) -> None:
    for outlet in OUTLETS:
        assert outlet.name.encode() in get(first, first.press.home(outlet)).body
    assert get(first, f"http://nobody.example:{first.port}/").status == 421


def test_odd_entries_lead_where_they_are_planted_to_lead(first: Newsroom) -> None:
    assert {odd.why for _, odd in ODD_ENTRIES} == {"list", "gone", "forbidden"}
    for outlet, odd in ODD_ENTRIES:
        status = get(first, first.press.home(outlet, odd.path)).status
        robots = get(first, first.press.home(outlet, "/robots.txt")).body.decode()
        forbidden = any(odd.path.startswith(rule) for rule in re.findall(r"Disallow: (\S+)", robots))
        assert forbidden == (odd.why == "forbidden")
        assert status == (200 if odd.why == "list" else 404)


def test_the_log_tells_who_asked_for_what(first: Newsroom) -> None:
    get(first, first.press.feed(BY_ID["tidelines"]), User_Agent="a reader")
    (visit,) = first.visits("tidelines.example", "/feed.json")
    assert (visit.method, visit.status, visit.headers["user-agent"]) == ("GET", 200, "a reader")
    assert visit.at.tzinfo is UTC
    assert first.log == (visit,)


def test_the_opening_time_may_be_told_in_any_zone_but_not_in_none() -> None:
    with Newsroom(NOW.astimezone(timezone(timedelta(hours=9)))) as newsroom:
        assert newsroom.published(KEYS[0]) == Press(now=NOW, port=1).published(pieces()[KEYS[0]])
        assert get(newsroom, newsroom.url(KEYS[0])).status == 200
    with pytest.raises(ValueError, match="zone"):
        Newsroom(NOW.replace(tzinfo=None))


def test_a_stopped_newsroom_gives_its_port_back() -> None:
    with Newsroom(NOW) as newsroom:
        port = newsroom.port
    with Newsroom(NOW, port=port) as again:
        assert again.port == port


# the cast and the truth


def test_the_cast_is_at_least_eight_outlets_that_can_be_monitored(first: Newsroom) -> None:
    sources = first.sources()
    assert len([source for source in sources if source.feeds]) >= 8
    assert {source.domains[0] for source in sources} == set(first.hosts)
    assert all(host.endswith(".example") for host in first.hosts)
    assert all(f":{first.port}/" in feed for source in sources for feed in source.feeds)


def test_the_truth_names_every_article_once() -> None:
    assert sorted(planted.article for planted in PLANTED) == sorted(KEYS)


def test_the_truth_points_at_articles_and_sources_that_exist(first: Newsroom) -> None:
    ids = {f"@{source.id}" for source in first.sources()}
    for planted in (*PLANTED, *BEFORE):
        assert {*planted.parents, *filter(None, [planted.origin])} <= ids | set(KEYS)
    for pair in NOT_ALIKE:
        assert {pair.article, pair.other} <= set(KEYS)


def test_alerts_are_planted_on_what_derives_from_the_origin_after_its_feeds_first_round() -> None:
    for planted in PLANTED:
        of_origin = any(str(key).startswith(f"{ALERT_ORIGIN}/") for key in (planted.origin, *planted.parents))
        later = pieces()[planted.article].round > 1
        assert planted.alert == (planted.role == "derived" and of_origin and later)


def test_every_alert_falls_on_a_feed_that_had_a_first_round(first: Newsroom) -> None:
    assert all(first.press.out(outlet) for outlet in FED)


def test_a_copy_is_published_after_its_parent(last: Newsroom) -> None:
    for planted in PLANTED:
        for parent in planted.parents:
            if not parent.startswith("@"):
                assert last.published(parent) < last.published(planted.article)


def _fed_copies() -> Iterator[tuple[Planted, str]]:
    for planted in PLANTED:
        yield from ((planted, parent) for parent in planted.parents if not parent.startswith("@"))


@pytest.mark.parametrize(
    ("planted", "parent"), tuple(_fed_copies()), ids=lambda value: getattr(value, "article", value)
)
def test_a_copy_shares_as_much_with_its_parent_as_its_kind_says(last: Newsroom, planted: Planted, parent: str) -> None:
    mine, theirs = grams(last.text(planted.article), 5), grams(last.text(parent), 5)
    share = len(mine & theirs) / len(mine)
    low, high = (0.95, 1.0) if planted.kinds == ("copy",) else (0.4, 0.8)
    assert low <= share <= high


def test_the_stitched_piece_takes_more_from_the_origin_that_alerts_are_for(last: Newsroom) -> None:
    (stitched,) = (planted for planted in PLANTED if len(planted.parents) == 2)
    mine = grams(last.text(stitched.article), 5)
    one, two = (len(mine & grams(last.text(parent), 5)) / len(mine) for parent in stitched.parents)
    assert one > two
    assert one + two > 0.9
    assert stitched.origin == stitched.parents[0]


def test_the_own_report_shares_one_quotation_and_nothing_else(last: Newsroom) -> None:
    mine, theirs = (last.text(key) for key in ("coastal-courier/ostrey-maid", "harbour-post/ferry-fire"))
    (quote,) = (q for q in re.findall(r'"([^"]+)"', mine) if q.rstrip(",.") in theirs)
    assert 25 <= len(words(quote)) <= 30
    assert grams(mine, 5) & grams(theirs, 5) <= grams(quote, 5)


def _kin() -> dict[str, str]:
    """Return a name for each family of articles that share text."""
    family = {key: key for key in KEYS}
    edges = [(planted.article, parent) for planted in PLANTED for parent in planted.parents]
    edges.append(("lakeside-record/blackout-north", "inland-herald/grid-outage"))
    for one, other in edges:
        if not other.startswith("@"):
            family = {key: family[other] if name == family[one] else name for key, name in family.items()}
    return family


def test_articles_that_are_not_kin_share_no_run_of_eight_words(last: Newsroom) -> None:
    family = _kin()
    runs = {key: grams(last.text(key), 8) for key in KEYS}
    hard = {frozenset((pair.article, pair.other)) for pair in NOT_ALIKE}
    for one, other in itertools.combinations(KEYS, 2):
        if family[one] != family[other] and frozenset((one, other)) not in hard:
            assert not runs[one] & runs[other], (one, other)


def test_main_articles_have_the_length_of_real_ones(last: Newsroom) -> None:
    copied = {parent for planted in PLANTED for parent in planted.parents if not parent.startswith("@")}
    for key in copied | {"coastal-courier/ostrey-maid"}:
        assert 300 <= len(last.text(key).split()) <= 600, key
    assert min(len(last.text(key).split()) for key in KEYS) >= 80


def test_each_outlet_has_ordinary_articles_beside_its_planted_one() -> None:
    ordinary: dict[str, list[Piece]] = {outlet.id: [] for outlet in FED}
    for planted in PLANTED:
        if planted.role == "unmatched":
            piece = pieces()[planted.article]
            ordinary[piece.outlet.id].append(piece)
    assert {id for id, alone in ordinary.items() if len(alone) < 2} == set()
