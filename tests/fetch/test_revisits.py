"""Known pages are looked at again: after all else, only if changed, and what is gone is told apart from what fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.fetch.desks import a_feed_state, a_pending, a_round
from tests.hostile import Hostile, Reply, a_feed, a_page

ETAG, MODIFIED = 'W/"\xe9 a/b:c="', "Sun, 22 Nov 2026 10:00:00 GMT"


def test_known_pages_are_asked_for_once_all_new_ones_are_there() -> None:
    with Hostile() as site:
        site.replies |= {"/feed": a_feed(site.url("/new")), "/new": a_page("New."), "/old": a_page("Old.")}
        site.replies["/left"] = a_page("Left over.")
        again = [a_pending(site.url("/old"), revisit=True, not_before=datetime.now(UTC) - timedelta(hours=1))]
        left = [a_pending(site.url("/left"))]
        done = a_round(a_feed_state(site.url("/feed")), port=site.port, waiting=left, again=again)
        asked = [a.path for a in site.asked if a.path != "/robots.txt"]
    assert set(asked[:3]) == {"/feed", "/left", "/new"}
    assert asked[3:] == ["/old"]
    assert [page.entry_key for page in done.desk.pages][-1:] == [again[0].key]
    assert done.counts["looked_again"] == 1


def test_a_known_page_is_asked_for_only_if_it_changed() -> None:
    with Hostile() as site:
        site.replies["/old"] = Reply(status=304)
        again = a_pending(site.url("/old"), revisit=True, etag=ETAG, last_modified=MODIFIED)
        done = a_round(port=site.port, again=[again])
        (asked,) = [a for a in site.asked if a.path == "/old"]
    assert (asked.headers["if-none-match"], asked.headers["if-modified-since"]) == (ETAG, MODIFIED)
    (visit,) = done.desk.visits
    assert (visit.found, visit.pending, visit.note) == ("unchanged", again, None)
    assert done.desk.misses == {}


def test_the_most_overdue_is_asked_for_first() -> None:
    with Hostile() as site:
        paths = [f"/{n}" for n in range(5)]
        site.replies |= {path: a_page(f"Page {path}.") for path in paths}
        a_round(port=site.port, again=[a_pending(site.url(path), revisit=True) for path in paths])
        assert [asked.path for asked in site.asked if asked.path != "/robots.txt"] == paths


def test_not_modified_to_a_question_without_conditions_tells_nothing() -> None:
    with Hostile() as site:
        site.replies["/old"] = Reply(status=304)
        done = a_round(port=site.port, again=[a_pending(site.url("/old"), revisit=True)])
    assert [visit.found for visit in done.desk.visits] == ["nothing"]


def test_what_the_site_says_is_gone_is_gone_and_what_fails_is_not() -> None:
    answers = {"/404": 404, "/410": 410, "/500": 500, "/503": 503, "/403": 403}
    with Hostile() as site:
        site.replies |= {path: Reply(b"no", status) for path, status in answers.items()}
        site.replies |= {"/elsewhere": Reply(status=302, headers={"Location": "/"}), "/": a_page("The front page.")}
        site.replies["/pdf"] = Reply(b"%PDF", headers={"Content-Type": "application/pdf"})
        # 503 asks for a pause: the rest of that host would not be asked.
        paths = (*answers, "/elsewhere", "/pdf")
        urls = [site.url(path, "other.example" if path == "/503" else "site.example") for path in paths]
        done = a_round(port=site.port, again=[a_pending(url, revisit=True) for url in urls])
    found = {visit.pending.url.rpartition("/")[2]: visit.found for visit in done.desk.visits}
    gone = {name for name, what in found.items() if what == "gone"}
    assert gone == {"404", "410", "elsewhere"}
    assert set(found) == {"404", "410", "500", "503", "403", "elsewhere", "pdf"}
    notes = {visit.pending.url.rpartition("/")[2]: visit.note for visit in done.desk.visits}
    assert notes["410"] == "site.example answered 410: taken down for good"
