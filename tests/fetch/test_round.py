from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.fetch.settings import VERSION
from crawler.model import FeedState
from tests.fetch.desks import HOUR, Done, a_feed_state, a_pending, a_round, events
from tests.hostile import Asked, Hostile, Reply, a_certificate_nobody_vouches_for, a_feed, a_page, endless, endless_head
from tests.scout.world import index, urlset

ETAG, MODIFIED = 'W/"\xe9 a/b:c="', "Sun, 22 Nov 2026 10:00:00 GMT"


def the_feed(done: Done) -> FeedState:
    assert len(done.desk.polls) == 1
    return done.desk.polls[0].state


def polled(url: str) -> FeedState:
    now = datetime.now(UTC)
    return a_feed_state(
        url, etag=ETAG, last_modified=MODIFIED, polled_at=now, succeeded_at=now, seeded=True, status=200
    )


def test_new_entries_become_pages() -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/a"), site.url("/b")), "/a": a_page("One."), "/b": a_page("Two.")}
        done = a_round(a_feed_state(site.url("/feed")), port=site.port)
    assert sorted(page.url for page in done.desk.pages) == [site.url("/a"), site.url("/b")]
    assert all(page.entry is not None and page.entry_key == page.url and page.seeding for page in done.desk.pages)
    assert done.desk.pages[0].headers["content-type"] == "text/html; charset=utf-8"
    assert done.counts == {"feeds": 1, "entries": 2, "pages": 2, "articles": 2}
    assert the_feed(done).failures == 0


def test_validators_are_sent_back_byte_for_byte() -> None:
    with Hostile() as site:
        site.replies["/feed"] = Reply(status=304)
        done = a_round(polled(site.url("/feed")), port=site.port)
        asked = next(asked for asked in site.asked if asked.path == "/feed")
    assert asked.headers["if-none-match"] == ETAG
    assert asked.headers["if-modified-since"] == MODIFIED
    assert (the_feed(done).status, the_feed(done).etag, the_feed(done).failures) == (304, ETAG, 0)
    assert done.desk.polls[0].feed is None


def test_the_validators_a_feed_came_with_are_kept_byte_for_byte() -> None:
    with Hostile() as site:
        site.replies["/feed"] = a_feed(ETag=ETAG, Last_Modified=MODIFIED)
        done = a_round(a_feed_state(site.url("/feed")), port=site.port)
    assert (the_feed(done).etag, the_feed(done).last_modified) == (ETAG, MODIFIED)


def test_a_feed_is_asked_in_full_once_a_day() -> None:
    with Hostile() as site:
        site.replies["/feed"] = a_feed()
        state = replace(polled(site.url("/feed")), polled_at=datetime.now(UTC) - timedelta(days=1))
        a_round(state, port=site.port)
        asked = next(asked for asked in site.asked if asked.path == "/feed")
    assert not {"if-none-match", "if-modified-since"} & set(asked.headers)


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address() -> None:
    with Hostile() as site:
        moved = Reply(status=301, headers={"Location": site.url("/new")})
        site.replies |= {"/feed": moved, "/new": a_feed()}
        state = the_feed(a_round(a_feed_state(site.url("/feed")), port=site.port))
        assert state.moved_to == site.url("/new")
        again = replace(state, polled_at=datetime.now(UTC), next_at=None)
        assert the_feed(a_round(again, port=site.port)).moved_to == site.url("/new")
        assert (site.times_asked("/feed"), site.times_asked("/new")) == (1, 2)
        site.replies["/feed"] = replace(moved, status=302)
        assert the_feed(a_round(a_feed_state(site.url("/feed")), port=site.port)).moved_to is None


def test_what_publishers_say_of_caching_is_heeded() -> None:
    with Hostile() as site:
        site.replies["/feed"] = replace(a_feed(), headers={"Content-Type": "text/xml", "Cache-Control": "max-age=9999"})
        state = the_feed(a_round(a_feed_state(site.url("/feed")), port=site.port))
    assert state.next_at is not None
    assert state.polled_at is not None
    assert state.next_at - state.polled_at == HOUR


def test_pages_of_a_host_that_rests_lose_no_try() -> None:
    with Hostile() as site:
        site.replies |= {"/robots.txt": Reply(status=404), "/busy": Reply(status=503, headers={"Retry-After": "7200"})}
        pages = [a_pending(site.url("/busy")), *(a_pending(site.url(f"/{number}")) for number in range(3))]
        done = a_round(waiting=pages, port=site.port)
    now = datetime.now(UTC)
    at, tried = done.desk.pauses[site.url("/busy")]
    assert tried
    assert at is not None
    assert at > now + 1.9 * HOUR
    for number in range(3):
        at, tried = done.desk.pauses[site.url(f"/{number}")]
        assert not tried
        assert at is not None
        assert now < at < now + HOUR


def test_the_changed_parts_of_a_sitemap_index_are_read_and_their_entries_are_news_where_the_index_is_known() -> None:
    now = datetime.now(UTC)
    today, long_ago = now.strftime("%Y-%m-%dT%H:%M:%SZ"), "2020-01-01"
    with Hostile() as site:
        site.replies |= {
            "/index.xml": Reply(
                index((site.url("/new.xml"), today), (site.url("/old.xml"), long_ago), ("/gone.xml", today)).encode()
            ),
            "/new.xml": Reply(urlset((site.url("/a"), today), (site.url("/b"), long_ago)).encode()),
            "/a": a_page(),
        }
        known = a_feed_state(site.url("/index.xml"), seeded=True, polled_at=now, succeeded_at=now, read_at=now)
        done = a_round(known, port=site.port)
        assert (site.times_asked("/new.xml"), site.times_asked("/old.xml"), site.times_asked("/gone.xml")) == (1, 0, 1)
    assert [(page.url, page.seeding) for page in done.desk.pages] == [(site.url("/a"), False)]
    assert [poll.state.url for poll in done.desk.polls] == [site.url("/index.xml"), site.url("/new.xml")]
    assert done.counts["feeds_failed"] == 1


def test_half_a_feed_gives_its_entries_but_no_validators() -> None:
    with Hostile() as site:
        whole = a_feed(site.url("/a"), site.url("/b"), ETag='"1"')
        site.replies |= {
            "/feed": replace(whole, body=whole.body[:-90], length=len(whole.body)),
            "/a": a_page(),
        }
        done = a_round(a_feed_state(site.url("/feed")), port=site.port)
    assert [page.url for page in done.desk.pages] == [site.url("/a")]
    assert the_feed(done).etag is None


def test_entries_left_over_from_earlier_rounds_are_fetched() -> None:
    with Hostile() as site:
        site.replies["/old"] = a_page()
        done = a_round(waiting=[a_pending(site.url("/old"))], port=site.port)
    assert [page.url for page in done.desk.pages] == [site.url("/old")]


def test_we_say_who_we_are_and_carry_nothing_along() -> None:
    with Hostile() as site:
        site.replies |= {
            "/feed": replace(a_feed(site.url("/a")), headers={"Set-Cookie": "id=1", "Content-Type": "text/xml"}),
            "/a": a_page(),
        }
        a_round(a_feed_state(site.url("/feed")), port=site.port)
    assert {asked.headers["user-agent"] for asked in site.asked} == {
        f"copytrail/{VERSION} (+https://example.org/contact)"
    }
    assert not any({"cookie", "referer", "authorization"} & set(asked.headers) for asked in site.asked)


def test_what_robots_txt_forbids_is_not_asked_for() -> None:
    with Hostile() as site:
        site.replies |= {
            "/robots.txt": Reply(b"User-agent: copytrail\nDisallow: /private/\n"),
            "/feed": a_feed(site.url("/private/a"), site.url("/b")),
            "/private/a": a_page(),
            "/b": a_page(),
        }
        done = a_round(a_feed_state(site.url("/feed")), port=site.port)
        assert site.times_asked("/private/a") == 0
        assert site.times_asked("/robots.txt") == 1
    reason, again = done.desk.misses[site.url("/private/a")]
    assert "robots.txt does not allow copytrail" in reason
    assert not again


def test_what_robots_txt_comes_to_forbid_is_not_asked_for_any_more() -> None:
    with Hostile() as site:
        site.replies |= {"/robots.txt": Reply(b"User-agent: *\nDisallow:\n"), "/a": a_page(), "/b": a_page()}
        before = a_round(waiting=[a_pending(site.url("/a"))], port=site.port)
        site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /\n")
        after = a_round(waiting=[a_pending(site.url("/b"))], port=site.port)
        assert site.times_asked("/b") == 0
    assert [page.url for page in before.desk.pages] == [site.url("/a")]
    assert "robots.txt does not allow" in after.desk.misses[site.url("/b")][0]


def test_a_robots_txt_that_fails_forbids_for_now_and_none_allows() -> None:
    with Hostile() as site:
        site.replies |= {
            "broken.example/robots.txt": Reply(status=500),
            "huge.example/robots.txt": Reply(b"#" * 600_000),
            "none.example/robots.txt": Reply(b"<html>Disallow: /</html>", 404),
            "/a": a_page(),
        }
        hosts = ["broken.example", "huge.example", "none.example"]
        pages = [a_pending(site.url("/a", host)) for host in hosts]
        done = a_round(waiting=pages, port=site.port, hosts=hosts)
    assert sorted(page.url for page in done.desk.pages) == [site.url("/a", host) for host in hosts[1:]]
    assert {again for _, again in done.desk.misses.values()} == {True}
    assert all("robots.txt" in reason for reason, _ in done.desk.misses.values())


def test_a_site_that_sends_bodies_without_end_or_measure_stops_nobody_else() -> None:
    with Hostile() as site:
        site.replies |= {
            "/robots.txt": Reply(status=404),
            "/huge": Reply(b"x" * 50_000_000),
            "/endless": Reply(length=-1, act=endless()),
            "/bomb": Reply(gzip.compress(b"<p>" + b"a" * 50_000_000), headers={"Content-Encoding": "gzip"}),
            "/head": Reply(raw=endless_head),
            "/good": a_page(),
        }
        paths = ["/huge", "/endless", "/bomb", "/head", "/good"]
        done = a_round(waiting=[a_pending(site.url(path)) for path in paths], port=site.port)
    assert [page.url for page in done.desk.pages] == [site.url("/good")]
    for path in ("/huge", "/endless", "/bomb"):
        reason, again = done.desk.misses[site.url(path)]
        assert "more than we take" in reason
        assert not again
    assert "broke" in done.desk.misses[site.url("/head")][0]


def test_each_answer_other_than_a_page_is_told_as_what_it_is() -> None:
    with Hostile() as site:
        site.replies |= {
            "/gone": Reply(status=410),
            "/error": Reply(status=500),
            "/circle": lambda asked: Reply(status=302, headers={"Location": asked.path}),
            "/film": Reply(b"\0\1", headers={"Content-Type": "video/mp4"}),
            "/elsewhere": Reply(status=302, headers={"Location": "file:///etc/passwd"}),
            "/short": Reply(b"<p>half", length=500),
            "/codec": Reply(b"<p>zlib", headers={"Content-Type": "text/html; charset=zlib"}),
            "/lie": Reply("<p>Grüße</p>".encode("latin-1"), headers={"Content-Type": "text/html; charset=utf-16"}),
            "/explode": a_page("explode"),
        }
        paths = [*site.replies, "/missing"]
        done = a_round(waiting=[a_pending(site.url(path)) for path in paths], port=site.port)
    told = {path: done.desk.misses.get(site.url(path)) for path in paths}
    assert told["/missing"] == ("site.example answered 404: not there", False)
    assert told["/gone"] == ("site.example answered 410: taken down for good", False)
    assert told["/error"] == ("site.example answered 500: trouble on its side; tried again later", True)
    assert told["/circle"] == ("site.example redirects in a circle (more than 10 times)", False)
    assert told["/film"] == ("not a web page but 'video/mp4': nothing to read there", False)
    assert told["/elsewhere"] == ("site.example answered 302: nothing we can use", False)
    assert told["/short"] == ("site.example cut its answer short; tried again later", True)
    assert told["/explode"] == ("copytrail failed on this page (RuntimeError): please report it", True)
    # A wrong label is for the extraction to see through: the bytes come through as they are.
    bodies = {page.url: page.body for page in done.desk.pages}
    assert bodies == {site.url("/codec"): b"<p>zlib", site.url("/lie"): "<p>Grüße</p>".encode("latin-1")}


def test_a_page_that_moved_is_read_where_it_is_now() -> None:
    with Hostile() as site:
        site.replies |= {
            "/old": Reply(status=301, headers={"Location": site.url("/new", "other.example")}),
            "/new": a_page(),
        }
        done = a_round(waiting=[a_pending(site.url("/old"))], port=site.port)
    (page,) = done.desk.pages
    assert (page.url, page.final_url) == (site.url("/old"), site.url("/new", "other.example"))
    assert page.entry_key == site.url("/old")


def test_no_way_to_an_address_inside_is_dialled() -> None:
    inside = ["http://169.254.169.254/latest", "http://127.0.0.1:22/", "http://[::1]/", "http://rebound.example/"]
    with Hostile() as site:
        for number, target in enumerate(inside):
            site.replies[f"/{number}"] = Reply(status=302, headers={"Location": target})
        pages = [a_pending(site.url(f"/{number}")) for number in range(len(inside))]
        direct = [a_pending(target) for target in inside]
        done = a_round(waiting=[*pages, *direct], port=site.port, resolve={"rebound.example": "10.0.0.1"})
    assert set(done.dialled) == {("127.0.0.1", site.port)}
    assert len(done.desk.misses) == 2 * len(inside)
    assert all("refused to dial" in reason and not again for reason, again in done.desk.misses.values())


def test_a_page_that_does_not_come_in_time_is_tried_in_a_later_round() -> None:
    with Hostile() as site:
        site.replies |= {
            "/slow": replace(a_page(), wait=5.0),
            "/drip": Reply(length=-1, act=endless(b"x", pause=0.2, limit=50)),
            "/good": a_page(),
        }
        pages = [a_pending(site.url(path)) for path in ("/slow", "/drip", "/good")]
        done = a_round(waiting=pages, port=site.port, timeout_seconds=1.0)
    assert [page.url for page in done.desk.pages] == [site.url("/good")]
    assert done.desk.misses == {
        site.url(path): ("site.example did not answer in time; tried again later", True) for path in ("/slow", "/drip")
    }


def test_a_host_that_asks_for_a_pause_is_left_alone_for_the_rest_of_the_round() -> None:
    with Hostile() as site:
        site.replies |= {
            "/feed": Reply(status=429, headers={"Retry-After": "7200"}),
            "/a": a_page(),
            "other.example/b": a_page(),
        }
        pages = [a_pending(site.url("/a")), a_pending(site.url("/b", "other.example"))]
        # Without any delay Scrapy sends the next request of a host before it looks at the last answer.
        done = a_round(a_feed_state(site.url("/feed")), waiting=pages, port=site.port, delay_seconds=1.0)
        assert site.times_asked("/a") == 0
    state = the_feed(done)
    assert state.polled_at is not None
    assert state.next_at is not None
    assert state.next_at - state.polled_at == 2 * HOUR
    assert [page.url for page in done.desk.pages] == [site.url("/b", "other.example")]
    assert done.desk.misses[site.url("/a")][1]


def test_a_host_that_is_down_is_not_asked_for_every_page() -> None:
    with Hostile() as site:
        closed = [a_pending(f"http://site.example:{site.port}/{number}") for number in range(12)]
        port = site.port
    done = a_round(waiting=closed, port=port)
    assert len(done.desk.misses) == 12
    assert all(again for _, again in done.desk.misses.values())
    assert len(done.dialled) <= 4
    assert len(events(done.log, "host_resting")) == 1


def test_a_feed_that_fails_is_a_matter_of_that_feed_alone() -> None:
    with Hostile() as site:
        site.replies |= {
            "/page": a_page(),
            "/endless": Reply(length=-1, act=endless(), headers={"Content-Type": "application/rss+xml"}),
            "/gone": Reply(status=410),
            "/good": a_feed(site.url("/a")),
            "/a": a_page(),
        }
        feeds = [a_feed_state(site.url(path)) for path in ("/page", "/endless", "/gone", "/none", "/good")]
        done = a_round(*feeds, port=site.port)
    states = {poll.state.url.removeprefix(site.url("")): poll.state for poll in done.desk.polls}
    assert {path for path, state in states.items() if state.failures} == {"/page", "/endless", "/gone", "/none"}
    assert all(state.problem for path, state in states.items() if path != "/good")
    assert states["/none"].status == 404
    assert [page.url for page in done.desk.pages] == [site.url("/a")]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with Hostile(a_certificate_nobody_vouches_for(tmp_path)) as site:
        site.replies["/a"] = a_page()
        url = site.url("/a").replace("http:", "https:")
        done = a_round(waiting=[a_pending(url)], port=site.port)
        assert not site.asked
    reason, again = done.desk.misses[url]
    assert "certificate cannot be verified" in reason
    assert again


def test_a_site_is_asked_as_slowly_as_it_asks_for() -> None:
    times: list[datetime] = []

    def page(asked: Asked) -> Reply:
        times.append(datetime.now(UTC))
        return a_page()

    with Hostile() as site:
        site.replies |= {
            "/robots.txt": Reply(b"User-agent: *\nCrawl-delay: 1\n", headers={"Content-Type": "text/plain"}),
            "/a": page,
            "/b": page,
            "/c": page,
        }
        a_round(waiting=[a_pending(site.url(path)) for path in ("/a", "/b", "/c")], port=site.port)
    assert len(times) == 3
    assert times[-1] - times[0] > timedelta(seconds=0.9)  # two waits of 1 s, each jittered by up to a half


def test_a_round_whose_time_is_up_finishes_what_it_has_in_hand_and_leaves_the_rest() -> None:
    with Hostile() as site:
        site.replies |= {f"/{number}": replace(a_page(), wait=1.0) for number in range(8)}
        pages = [a_pending(site.url(f"/{number}")) for number in range(8)]
        done = a_round(waiting=pages, port=site.port, longest=2.5)
        asked = sum(site.times_asked(f"/{number}") for number in range(8))
    assert 0 < len(done.desk.pages) == asked < 8
    assert len(done.desk.left) == 8 - asked
    assert done.desk.misses == {}


def test_a_page_that_lists_articles_is_asked_like_a_feed() -> None:
    with Hostile() as site:
        front = f'<html><body><a href="{site.url("/news/1")}">The first</a> <a href="/about">About us</a></body></html>'
        site.replies |= {"/front": Reply(front.encode()), "/news/1": a_page("One."), "/about": a_page("About.")}
        url = site.url("/front")
        done = a_round(a_feed_state(url), port=site.port, links={url: ("/news/#",)})
        assert (site.times_asked("/news/1"), site.times_asked("/about")) == (1, 0)
    (page,) = done.desk.pages
    assert page.entry is not None
    assert (page.entry.title, page.seeding) == ("The first", True)
    assert (the_feed(done).failures, the_feed(done).problem) == (0, None)


def test_a_page_that_lists_nothing_any_more_is_a_feed_that_fails() -> None:
    with Hostile() as site:
        site.replies["/front"] = a_page("Please log in.")
        url = site.url("/front")
        state = the_feed(a_round(a_feed_state(url), port=site.port, links={url: ("/news/#",)}))
    assert state.failures == 1
    assert "none of its links" in (state.problem or "")
    assert not state.seeded
