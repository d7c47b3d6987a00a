"""Alerts over a store: what fires while pages come in, what is put right later, and what stays silent."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from crawler.alerting import Alerting, still_has, told_changes
from crawler.alerts.conditions import Condition
from crawler.alerts.delivery import Channel
from crawler.alerts.manners import Manners
from crawler.alerts.rules import Rule
from crawler.flow import Engine
from crawler.lineage.changes import Change, Changes
from crawler.model import Alert, ArticleId, Dated, FeedState, Source
from crawler.ports import Store
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from crawler.urls import article_id
from tests.alerts.values import Receiver
from tests.builders import NOON, a_pending, some_text

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMES = ("harbour-post", "meridian", "open-shore", "tidewater")
SOURCES = tuple(
    Source(
        id=name,
        name=name.replace("-", " ").title(),
        domains=(f"{name}.example",),
        feeds=(f"https://{name}.example/feed",),
    )
    for name in NAMES
)
STORY = some_text(200, seed=3)
COPIES = Rule(name="copies", targets=("desk",))


@pytest.fixture(params=["memory", "sqlite", "elastic"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(
        request.getfixturevalue("elastic")
        if request.param == "elastic"
        else {"memory": "memory:", "sqlite": f"sqlite:///{tmp_path}/store.db"}[request.param]
    )
    yield opened
    opened.close()


class House:
    """An engine with a clock that tests turn, and one desk that is told."""

    def __init__(self, store: Store, *rules: Rule, manners: Manners | None = None, **alerting: Any) -> None:
        self.desk = Receiver()
        self.now = NOON + 20 * HOUR
        channels = {"desk": Channel(notifier=self.desk, manners=manners or Manners())}
        told = Alerting(rules=rules or (COPIES,), channels=channels, **alerting)
        self.engine = Engine(store, Registry(SOURCES), alerting=told, clock=lambda: self.now, jitter=lambda: 0.0)
        self.store = store

    def ingest(
        self, outlet: str, *, hours: float = 0, text: str = STORY, seen: float | None = None, **more: Any
    ) -> int:
        at = NOON + timedelta(hours=hours)
        row = {
            "url": f"https://{outlet}.example/story",
            "title": "The story",
            "text": text,
            "fetched_at": NOON + timedelta(hours=seen) if seen is not None else at + timedelta(minutes=5),
            "published": Dated(at=at),
            "links": (),
        }
        return self.engine.ingest_row(Row(**row | more)).alerts

    def tick(self, *, hours: float = 0) -> list[str]:
        """Let the time go on, settle, look after what was told, deliver; return the titles that arrive."""
        self.now += timedelta(hours=hours)
        self.engine.settle()
        self.engine.look_after(self.now)
        before = len(self.desk.messages)
        self.engine.deliver(self.now)
        return [message.title for message in self.desk.messages[before:]]

    def alerts(self) -> Sequence[Alert]:
        return self.store.alerts(1000)


def the_id(outlet: str) -> ArticleId:
    return article_id(f"https://{outlet}.example/story")


def test_a_copy_is_told_with_who_took_it_from_whom(store: Store) -> None:
    house = House(store)
    house.ingest("harbour-post")
    house.ingest("meridian", hours=5)
    assert house.tick() == ["Meridian copied Harbour Post: The story"]
    (message,) = house.desk.messages
    assert "Published 5 h later." in message.text
    assert message.alerts[0].cluster == the_id("harbour-post")
    assert house.tick() == []


def test_what_the_copier_changed_is_told(store: Store) -> None:
    house = House(store)
    house.ingest("harbour-post", text=f"{STORY} The bridge held 41 people.")
    house.ingest("meridian", hours=5, title="Nine days of horror", text=f"{STORY} The bridge held 410 people.")
    house.tick()
    (message,) = house.desk.messages
    assert "- headline: “Nine days of horror” in place of “The story”" in message.text
    assert "- number: 410 in place of 41" in message.text


def test_a_backfill_of_five_hundred_articles_raises_nothing(tmp_path: Path) -> None:
    store = open_store("memory:")
    house = House(store, within=7 * DAY)
    house.now = NOON + 100 * DAY
    texts = [some_text(60, seed=seed) for seed in range(250)]
    for number, text in enumerate(texts):
        for outlet, hours in (("harbour-post", 0), ("meridian", 5)):
            house.ingest(outlet, hours=hours, text=text, url=f"https://{outlet}.example/{number}")
    assert store.status().articles == 500
    assert sum(lineage.role == "derived" for _, lineage in store.lineages()) == 250
    assert house.tick() == []
    assert house.alerts() == ()


# --- corrections


def test_an_earlier_original_that_comes_in_later_corrects_what_was_told(store: Store) -> None:
    house = House(store)
    house.ingest("meridian", hours=3)
    house.ingest("open-shore", hours=5)
    assert house.tick() == ["Open Shore copied Meridian: The story"]
    house.ingest("harbour-post", hours=0, seen=19)
    told = house.tick(hours=1)
    correction = "Correction: Open Shore copied Harbour Post, not from Meridian: The story"
    assert correction in told
    assert "Meridian copied Harbour Post: The story" in told
    message = next(m for m in house.desk.messages if m.title == correction)
    assert message.text.startswith("An earlier alert named Meridian, “The story”, as where this was from.")
    first = next(a for a in house.alerts() if a.title == "Open Shore copied Meridian: The story")
    assert message.alerts[0].corrects == first.key
    assert house.tick(hours=1) == []


def test_a_review_that_refuses_an_edge_withdraws_what_was_told_and_back_again(store: Store) -> None:
    house = House(store)
    house.ingest("harbour-post")
    house.ingest("meridian", hours=5)
    house.tick()
    house.engine.review(the_id("meridian"), "no-parent", by="Ida")
    assert house.tick(hours=1) == ["Withdrawn: Meridian, not known to be taken from Harbour Post: The story"]
    house.now += HOUR
    house.engine.undo_review(the_id("meridian"))
    (title,) = house.tick(hours=1)
    assert title.startswith("Correction: Meridian copied Harbour Post")
    house.engine.review(the_id("meridian"), "no-parent", by="Ida")
    assert len(house.tick(hours=1)) == 1
    assert house.tick(hours=1) == []


def test_an_alert_that_was_not_yet_sent_is_written_anew_or_withdrawn(store: Store) -> None:
    house = House(store, manners=Manners(digest="hourly"))
    house.ingest("meridian", hours=3)
    house.ingest("open-shore", hours=5)
    assert house.tick() == []
    house.ingest("harbour-post", hours=0, seen=19)
    house.engine.review(the_id("meridian"), "no-parent", by="Ida")
    house.tick()
    titles = {alert.copy: (alert.title, alert.state) for alert in house.alerts()}
    assert titles[the_id("open-shore")][0].startswith("Open Shore copied")
    assert "Correction" not in str(titles)
    house.engine.review(the_id("open-shore"), "no-parent", by="Ida")
    house.tick()
    assert {a.copy: a.state for a in house.alerts()}[the_id("open-shore")] == "withdrawn"
    house.tick(hours=1)
    assert all("Open Shore" not in message.text for message in house.desk.messages)


def test_a_rebuilt_or_repeated_judgement_corrects_nothing(store: Store) -> None:
    house = House(store)
    for _ in range(2):
        house.ingest("harbour-post")
        house.ingest("meridian", hours=5)
        house.tick(hours=1)
    assert len(house.alerts()) == 1


# --- conditions over what is stored


def test_a_rule_on_copies_reached_tells_once_when_they_are(store: Store) -> None:
    house = House(store, Rule(name="spreads", min_copies=2, once_per="origin", targets=("desk",)))
    house.ingest("harbour-post")
    house.ingest("meridian", hours=5)
    assert house.tick() == []
    house.ingest("open-shore", hours=6)
    assert house.tick() == ["2 copies of Harbour Post: The story"]
    house.ingest("tidewater", hours=7)
    assert house.tick() == []


def test_several_rules_and_an_exception_are_heard(store: Store) -> None:
    house = House(
        store,
        Rule(name="by others", negated=Condition(republisher=("meridian",)), targets=("desk",)),
        Rule(name="never", all=(Condition(kind=("copy",)), Condition(kind=("excerpt",))), targets=("desk",)),
    )
    house.ingest("harbour-post")
    house.ingest("meridian", hours=5)
    house.ingest("open-shore", hours=6)
    assert [(a.rule, a.copy) for a in house.alerts()] == [("by others", the_id("open-shore"))]


def test_a_correction_that_a_copy_does_not_follow_is_told_when_it_is_seen_again(store: Store) -> None:
    house = House(store, Rule(name="stale", unfollowed_edit="silent", targets=("desk",)))
    old, new = f"{STORY} The bridge held 41 people that night.", f"{STORY} The bridge held 14 people that night."
    house.ingest("harbour-post", text=old)
    house.ingest("meridian", hours=5, text=old)
    assert house.tick() == []
    house.ingest("harbour-post", text=new, seen=8)
    assert house.tick() == []  # the copy was not seen since: nobody knows
    house.ingest("meridian", hours=5, text=old, seen=9)
    assert house.tick() == ["Meridian still has what Harbour Post has changed: The story"]
    house.ingest("meridian", hours=5, text=old, seen=10)
    assert house.tick() == []


def test_a_copy_that_follows_the_correction_is_not_told(store: Store) -> None:
    house = House(store, Rule(name="stale", unfollowed_edit="any", targets=("desk",)))
    old, new = f"{STORY} The bridge held 41 people that night.", f"{STORY} The bridge held 14 people that night."
    house.ingest("harbour-post", text=old)
    house.ingest("meridian", hours=5, text=old)
    house.ingest("harbour-post", text=new, seen=8)
    house.ingest("meridian", hours=5, text=new, seen=9)
    assert house.tick() == []


def test_text_that_was_only_added_leaves_no_copy_behind():
    assert not still_has(STORY, STORY, f"{STORY}\n\n{some_text(50, seed=9)}")
    assert still_has(f"{STORY} So said 41.", f"{STORY} So said 41.", f"{STORY} So said 14.")


def test_two_that_deliver_at_once_put_each_alert_into_one_message(store: Store) -> None:
    one = House(store)
    other = House(store)
    other.now = one.now
    one.ingest("harbour-post")
    for number, outlet in enumerate(("meridian", "open-shore", "tidewater")):
        one.ingest(outlet, hours=5 + number)
    one.engine.settle()
    store.refresh()
    slow = threading.Barrier(2)

    def send(house: House) -> None:
        slow.wait(30)
        house.engine.deliver(house.now)

    threads = [threading.Thread(target=send, args=(house,)) for house in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    messages = {message.key: message for house in (one, other) for message in house.desk.messages}
    told = [alert.key for message in messages.values() for alert in message.alerts]
    assert len(told) == len(set(told)) > 0


# --- how the feeds are


def failing(store: Store, *, failures: int, hours: float, now: Any) -> None:
    url = SOURCES[0].feeds[0]
    state = FeedState(url=url, source_id="harbour-post", failures=failures, problem="HTTP 503", status=503)
    store.save_poll(replace(state, polled_at=now, succeeded_at=now - hours * HOUR), [])


def test_feeds_that_fail_are_told_once_for_each_outage(store: Store) -> None:
    house = House(store, Rule(name="ill", health=("failing",), targets=("desk",)))
    failing(store, failures=2, hours=5, now=house.now)
    assert house.tick() == []
    failing(store, failures=3, hours=5, now=house.now)
    (title,) = house.tick()
    assert title == "Harbour Post: no feed of it could be read since 2024-03-02 03:00 UTC: HTTP 503"
    assert house.tick() == []
    failing(store, failures=3, hours=2, now=house.now)  # it had been well in between
    assert len(house.tick()) == 1


def test_a_source_that_has_gone_quiet_is_told(store: Store) -> None:
    house = House(store, Rule(name="ill", health=("quiet",), source=("harbour-post",), targets=("desk",)))
    house.ingest("harbour-post")
    failing(store, failures=0, hours=0, now=house.now)
    assert house.tick() == []
    (title,) = house.tick(hours=24 * 8)
    assert title.startswith("Harbour Post: nothing new has been in its feeds since 20")
    assert house.tick() == []


def test_a_source_that_is_well_again_is_told_once_and_may_fall_ill_anew(store: Store) -> None:
    house = House(store, Rule(name="ill", health=("failing",), targets=("desk",)))
    failing(store, failures=3, hours=5, now=house.now)
    assert len(house.tick()) == 1
    failing(store, failures=0, hours=0, now=house.now)
    assert house.tick(hours=2) == ["Harbour Post: well again: its feeds can be read again, after 2 hours"]
    assert house.tick() == []
    failing(store, failures=4, hours=3, now=house.now)
    (title,) = house.tick(hours=1)
    assert "no feed of it could be read" in title
    ill = house.alerts()[0].news
    assert ill is not None
    assert (ill.about, ill.health) == ("source", "failing")
    assert "asked again by itself" in house.alerts()[0].body


def test_an_illness_of_its_pages_that_comes_twice_is_told_twice_and_ends_twice(store: Store) -> None:
    house = House(store, Rule(name="ill", health=("different",), targets=("desk",)))
    state = FeedState(url=SOURCES[0].feeds[0], source_id="harbour-post", polled_at=house.now, succeeded_at=house.now)

    def brings(reason: str | None, count: int = 20) -> None:
        house.now += DAY
        keys = [f"{house.now}-{n}" for n in range(count)]
        store.save_poll(state, [a_pending(key, first_seen_at=house.now) for key in keys])
        for key in keys:
            store.settle_entry(key, "failed" if reason else "done", reason)
        store.refresh()

    told = []
    for reason in (
        None,
        "a consent page instead of the article",
        "a consent page",
        None,
        "no article text found",
        None,
    ):
        brings(reason)
        told.append(house.tick())
    assert [len(titles) for titles in told] == [0, 1, 0, 1, 1, 1]
    assert "20 of its 20 newest pages are a consent page" in told[1][0]
    assert told[3] == ["Harbour Post: well again: its pages are articles again, as before, after 48 hours"]


# --- feeds of alerts


def test_each_rule_has_a_feed_of_its_alerts(tmp_path: Path) -> None:
    house = House(open_store("memory:"), COPIES, Rule(name="Others / ../x", words=("nowhere",)), feeds=tmp_path)
    house.ingest("harbour-post")
    house.ingest("meridian", hours=5, title="<b>Ferry</b> & \x08 co")
    house.tick()
    house.engine.alerting.write_feeds(house.store)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".atom", ".atom"]
    root = ElementTree.parse(tmp_path / "copies.atom").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = root.findall(f"{atom}entry")
    assert entry.findtext(f"{atom}title") == "Meridian copied Harbour Post: ‹b›Ferry‹/b› & co"
    assert entry.findtext(f"{atom}id") == f"urn:copytrail:alert:{house.alerts()[0].key}"
    assert house.engine.alerting.write_feeds(house.store) == 0


def test_changes_are_told_in_few_lines():
    made = Changes(
        headline=Change(parent="A", copy="B"),
        names=tuple(Change(parent=f"a{n}", copy=f"b{n}") for n in range(9)),
        cut=("one",),
        added=("two", "three"),
        links_stripped=("https://x.example/",),
        credits_stripped=("First published by X",),
    )
    assert told_changes(made) == (
        "headline: “B” in place of “A”",
        "name: b0 in place of a0",
        "name: b1 in place of a1",
        "name: b2 in place of a2",
        "and 6 more names",
        "credit taken out: First published by X",
        "1 link taken out",
        "1 paragraph cut",
        "2 paragraphs added",
    )
    assert told_changes(None) == ()
