"""The cast of the newsroom: ten invented outlets and one agency, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Literal

from crawler.model import Policy, SourceKind

Layout = Literal["paper", "digest", "plain", "bare", "blog"]
FeedFormat = Literal["rss", "atom", "rdf", "json"]
Validator = Literal["etag", "weak-etag", "date"]
Oddity = Literal["list", "gone", "forbidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OddEntry:
    """A feed entry that leads to no article: a list page, a deleted page, or one that robots.txt forbids."""

    path: str
    title: str
    why: Oddity


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet: how it signs, how its pages look, and what its feed gets wrong."""

    id: str
    name: str
    host: str
    motto: str
    layout: Layout
    path: str  # of an article: {year} {month} {day} {section} {slug} {number}
    kind: SourceKind = "outlet"
    aliases: tuple[str, ...] = ()
    feed: FeedFormat | None = None
    feed_path: str = "/feed"
    full_content: bool = False  # the feed carries whole articles
    bare_ampersands: bool = False  # the feed is not well-formed XML
    broken_entry: bool = False  # one entry has no link and an impossible date
    odd_entries: tuple[OddEntry, ...] = ()
    validators: tuple[Validator, ...] = ("etag", "date")
    json_ld: bool = False
    open_graph: bool = False
    canonical: bool = False
    zone: tzinfo = UTC
    policy: Policy | None = None
    nav: tuple[str, ...] = ("News", "Weather", "Sport")
    related: str = "More from us"
    cookies: str | None = None
    plea: str | None = None  # the outlet's own words under each article; ends in a link to /support/
    notice: str | None = None  # terms for those who copy from here


OUTLETS: tuple[Outlet, ...] = (
    Outlet(
        id="harbour-post",
        name="Harbour Post",
        host="harbour-post.example",
        motto="News from both sides of the quay",
        layout="paper",
        path="/{year}/{month}/{day}/{slug}/",
        aliases=("The Harbour Post",),
        feed="rss",
        feed_path="/feed/",
        json_ld=True,
        open_graph=True,
        canonical=True,
        policy=Policy(needs=("name", "link")),
        nav=("Coast", "Sea", "Town", "Country"),
        related="Also in Harbour Post",
        cookies="This paper keeps two cookies, one to remember your font size and one to count visits.",
        plea="If you value reporting from the coast, keep Harbour Post afloat:",
        notice="Other outlets may carry our articles if they name Harbour Post and link to the article they took.",
    ),
    Outlet(
        id="meridian-digest",
        name="Meridian Digest",
        host="meridian-digest.example",
        motto="The world's writing, gathered daily",
        layout="digest",
        path="/{slug}/{number}",
        feed="rss",
        validators=("weak-etag", "date"),
        nav=("Front", "Regions", "Themes", "About us"),
        related="Recent on the Digest",
        notice=(
            "Disclaimer: The contents of this article are the sole responsibility of the author(s). Meridian Digest will "
            "not answer for any inaccurate statement in it. Meridian Digest grants permission to cross-post its articles "
            "on community internet sites as long as the source and copyright are acknowledged together with a hyperlink "
            "to the original Meridian Digest article."
        ),
    ),
    Outlet(
        id="open-shore",
        name="Open Shore",
        host="open-shore.example",
        motto="Volunteers for a walkable coast",
        layout="plain",
        path="/posts/{slug}.html",
        feed="atom",
        feed_path="/atom.xml",
        full_content=True,
        open_graph=True,
        nav=("Campaigns", "Join a walk", "Shop"),
        related="Other posts",
        cookies="By reading on you accept that our tide calculator stores your harbour on this device.",
    ),
    Outlet(
        id="beacon-now",
        name="Daily Beacon Now",
        host="beacon-now.example",
        motto="Trending before you wake",
        layout="bare",
        path="/read.php?id={number}",
        feed="rss",
        feed_path="/rss.xml",
        bare_ampersands=True,
        odd_entries=(OddEntry(path="/headlines/", title="All of today's headlines on one page", why="list"),),
        validators=(),
        nav=("Trending", "Lists", "Celebrity", "Horoscope"),
        related="You won't believe what comes next",
        cookies="We and our 418 partners would like to get to know you. Accept everything to continue.",
    ),
    Outlet(
        id="tidelines",
        name="Tidelines",
        host="tidelines.example",
        motto="A notebook by Jonquil Marsh",
        layout="blog",
        path="/{year}/{month}/{slug}.html",
        kind="blog",
        feed="json",
        feed_path="/feed.json",
        zone=timezone(timedelta(hours=1)),
        nav=("Notes", "Diary", "About me"),
        related="Older notes",
    ),
    Outlet(
        id="coastal-courier",
        name="Coastal Courier",
        host="coastal-courier.example",
        motto="Founded on a Thursday",
        layout="paper",
        path="/news/{number}-{slug}",
        feed="atom",
        feed_path="/feeds/news.atom",
        odd_entries=(OddEntry(path="/members/archive/1", title="From the members' archive", why="forbidden"),),
        json_ld=True,
        canonical=True,
        nav=("Latest", "Business", "Tides", "Puzzles"),
        related="Readers also opened",
        cookies="The Courier sets cookies for sign-in and for the crossword. Manage them in your account.",
    ),
    Outlet(
        id="inland-herald",
        name="Inland Herald",
        host="inland-herald.example",
        motto="For the valleys since the railway came",
        layout="paper",
        path="/articles/{slug}",
        feed="rdf",
        feed_path="/index.rdf",
        odd_entries=(OddEntry(path="/articles/withdrawn-notice", title="Notice withdrawn by the editor", why="gone"),),
        open_graph=True,
        zone=timezone(timedelta(hours=2)),
        nav=("Farming", "Schools", "Nature", "Nation"),
        related="From the same desk",
    ),
    Outlet(
        id="valley-gazette",
        name="Valley Gazette",
        host="valley-gazette.example",
        motto="Read upstream and down",
        layout="paper",
        path="/{section}/{slug}-{number}.html",
        feed="rss",
        feed_path="/rss",
        json_ld=True,
        open_graph=True,
        canonical=True,
        policy=Policy(needs=("name",)),
        nav=("Inquiry", "Roads", "Life"),
        related="Elsewhere in the Gazette",
        cookies="The Gazette would like to store a cookie that remembers which valley you live in.",
    ),
    Outlet(
        id="lakeside-record",
        name="Lakeside Record",
        host="lakeside-record.example",
        motto="Every morning except the first",
        layout="plain",
        path="/{year}/{slug}/",
        feed="rss",
        feed_path="/feed/",
        open_graph=True,
        zone=timezone(timedelta(hours=2)),
        nav=("Region", "Lake", "Work", "Notices"),
        related="Further reading in the Record",
    ),
    Outlet(
        id="patchwork-weekly",
        name="Patchwork Weekly",
        host="patchwork-weekly.example",
        motto="Good things, stitched together",
        layout="bare",
        path="/reads/{slug}",
        feed="rss",
        feed_path="/feed.xml",
        broken_entry=True,
        validators=("date",),
        nav=("Reading", "People", "Places"),
        related="More patches",
    ),
    Outlet(
        id="northwire",
        name="Northwire",
        host="northwire.example",
        motto="Dispatches for subscribing newspapers",
        layout="bare",
        path="/dispatch/{number}",
        kind="agency",
        aliases=("Northwire News Agency",),
        nav=("Subscribers",),
    ),
)

BY_ID = {outlet.id: outlet for outlet in OUTLETS}
BY_HOST = {outlet.host: outlet for outlet in OUTLETS}
