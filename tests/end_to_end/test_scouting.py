"""``copytrail sources discover, check, backfill, import, export`` against outlets on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import load
from crawler.build import build
from tests.end_to_end.shell import a_house, copytrail, inside
from tests.hostile import Hostile, Reply
from tests.scout.world import rss, urlset

HOST = "harbour-post.example"


@pytest.fixture
def site() -> Iterator[Hostile]:
    with Hostile() as site:
        yield site


@pytest.fixture
def house(tmp_path: Path, site: Hostile) -> Path:
    fetch: dict[str, Any] = {"hosts": {HOST: "127.0.0.1"}, "allow": [f"127.0.0.1:{site.port}"], "delay_seconds": 0}
    folder = a_house(tmp_path, fetch=fetch)
    sources = folder / "config" / "sources.yaml"
    text = sources.read_text(encoding="utf-8")
    sources.write_text(text.replace(f"http://{HOST}/feed", site.url("/feed", HOST)), encoding="utf-8")
    return folder


def test_the_feeds_of_a_site_are_found(house: Path, site: Hostile) -> None:
    head = "<link rel=alternate type=application/rss+xml href=/feed>"
    site.replies |= {
        "/": Reply(f"<html><head>{head}</head><body>Hello</body></html>".encode()),
        "/feed": Reply(rss(site.url("/1", HOST)).encode()),
    }
    found = copytrail("sources", "discover", site.url("/", HOST), "--json", folder=house).json()
    assert [(one["url"], one["entries"]) for one in found["found"]] == [(site.url("/feed", HOST), 1)]
    nothing = copytrail("sources", "discover", site.url("/none", HOST), folder=house)
    assert nothing.code == 1
    assert "404" in nothing.err


def test_a_check_says_what_is_wrong_and_stores_nothing(house: Path, site: Hostile) -> None:
    site.replies["/feed"] = Reply(b"<html><body>Please log in</body></html>")
    done = copytrail("sources", "check", "--json", folder=house)
    (feed,) = done.json()["feeds"]
    assert (done.code, feed["state"], feed["source"]) == (1, "wrong", "harbour-post")
    site.replies["/feed"] = Reply(rss(site.url("/1", HOST)).encode())
    done = copytrail("sources", "check", "harbour-post", folder=house)
    assert done.code == 0
    assert "1 entries" in done.out
    assert build(load(house / "config")).store.status().feeds == 0
    assert inside("sources", "check", "nobody", folder=house).problem().startswith("error: no such source")


def test_a_backfill_queues_pages_that_raise_no_alert(house: Path, site: Hostile) -> None:
    listed = urlset((site.url("/1", HOST), "2026-01-03"), (site.url("/2", HOST), "2025-12-03"))
    site.replies["/sitemap.xml"] = Reply(listed.encode())
    arguments = ("sources", "backfill", site.url("/", HOST), "--since", "2026-01-01", "--json")
    counted = copytrail(*arguments, "--dry-run", folder=house).json()
    assert (counted["found"], counted["new"]) == (1, None)
    assert copytrail(*arguments, folder=house).json()["new"] == 1
    (pending,) = build(load(house / "config")).waiting(10)
    assert (pending.url, pending.seeding, pending.source_id) == (site.url("/1", HOST), True, "harbour-post")
    foreign = inside("sources", "backfill", "https://nobody.example/", "--since", "4w", folder=house)
    assert "no domain of a source" in foreign.problem()


def test_lists_of_feeds_come_in_and_go_out(house: Path) -> None:
    (house / "in.opml").write_text(
        "<opml><body><outline title='Tide Times' xmlUrl='https://tide.example/rss'/></body></opml>", encoding="utf-8"
    )
    printed = inside("sources", "import", "in.opml", folder=house)
    assert yaml.safe_load(printed.out)[0]["id"] == "tide-times"
    assert inside("sources", "import", "in.opml", "--write", folder=house).code == 0
    assert "tide-times" in [source.id for source in load(house / "config").sources]
    again = inside("sources", "import", "in.opml", "--write", folder=house)
    assert (again.code, "known already" in again.err) == (1, True)
    assert "https://tide.example/rss" in inside("sources", "export", folder=house).out
    assert inside("sources", "export", "--output", "out.opml", folder=house).code == 0
    assert "tide.example" in (house / "out.opml").read_text(encoding="utf-8")


def test_outlets_that_would_not_load_leave_the_file_as_it_was(house: Path) -> None:
    file = house / "config" / "sources.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + "# the end\nother: 1\n", encoding="utf-8")
    broken = file.read_text(encoding="utf-8")
    (house / "in.opml").write_text("<opml><body><outline text='T' xmlUrl='https://t.example/'/></body></opml>")
    assert inside("sources", "import", "in.opml", "--write", folder=house).code == 2
    assert file.read_text(encoding="utf-8") == broken


def test_a_check_of_a_source_says_how_it_is_and_one_of_an_address_needs_no_source(house: Path, site: Hostile) -> None:
    site.replies["/feed"] = Reply(rss(site.url("/1", HOST)).encode())
    site.replies["/other"] = Reply(rss(site.url("/2", HOST)).encode())
    named = copytrail("sources", "check", "Harbour Post", folder=house)
    assert named.code == 0
    assert "harbour-post: new" in named.out
    found = copytrail("sources", "check", site.url("/other", HOST), "--json", folder=house).json()
    assert [(one["url"], one["entries"]) for one in found["feeds"]] == [(site.url("/other", HOST), 1)]
    listed = copytrail("sources", "list", "--json", folder=house).json()["sources"]
    assert listed[0]["health"]["state"] == "new"
    assert len(listed[0]["health"]["days"]) == 28
    assert "state" in copytrail("sources", "list", folder=house).out
