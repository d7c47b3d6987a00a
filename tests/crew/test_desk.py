"""What a worker does with its leases, whatever becomes of its work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from crawler.crew import Task
from crawler.crewing import IN_HAND, CrewDesk, feed_task, host_of, of_task, page_task
from crawler.crews.memory import MemoryCrew
from crawler.errors import CrewUnavailable, StoreError
from crawler.model import FeedState, Page, Pending, Poll, Visit
from scheduler.planner import Planner
from tests.builders import NOON, a_feed_state, a_pending
from tests.fetch.desks import InHand, Read

SHORT = 0.2


@dataclass(slots=True)
class Store:
    """A desk that finds *new* entries in each feed, and answers for each page with *outcome*."""

    new: Sequence[Pending] = ()
    outcome: Read = field(default_factory=Read)
    polls: list[Poll] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    def record(self, poll: Poll) -> Sequence[Pending]:
        self.polls.append(poll)
        return self.new

    def take_in(self, begun: Sequence[InHand], *, turn: Callable[[InHand], None]) -> Sequence[Read]:
        return [self.outcome for _ in begun]

    def missed(self, key: str, reason: str, **_: Any) -> None:
        self.misses.append(key)

    def revisited(self, visit: Visit) -> None:
        self.misses.append(visit.pending.key)


@dataclass(slots=True)
class Due:
    """What a planner asks: feeds that are due, pages that are missing."""

    feeds: Sequence[FeedState] = ()
    pages: Sequence[Pending] = ()
    known: Sequence[Pending] = ()
    store: Any = None

    def __post_init__(self) -> None:
        self.store = self

    def refresh(self) -> bool:
        return False

    def due(self, now: object) -> Sequence[FeedState]:
        return self.feeds

    def waiting(self, limit: int, *, now: object = None) -> Sequence[Pending]:
        return self.pages[:limit]

    def revisits(self, limit: int, *, now: object) -> Sequence[Pending]:
        return self.known[:limit]


class Away(MemoryCrew):
    """A crew that is gone for whoever is done, or claims."""

    def done(self, leases: object) -> None:
        raise CrewUnavailable("gone")

    def claim(self, *_: object, **__: object) -> Any:
        raise CrewUnavailable("gone")


def a_desk(
    crew: MemoryCrew, store: Store | None = None, *, holder: str = "one", seconds: float = 60.0
) -> CrewDesk[Any]:
    return CrewDesk(store or Store(), crew, holder=holder, seconds=seconds)


def planned(crew: MemoryCrew, due: Due) -> None:
    planner = Planner(due, crew, holder="planner", seconds=60.0)
    planner.lead()
    planner.if_leading(planner.offer)()


def page_of(pending: Pending) -> InHand:
    page = Page(url=pending.url, final_url=pending.url, body=b"", fetched_at=NOON, headers={}, entry_key=pending.key)
    return InHand(page)


def test_feeds_and_pages_come_back_from_a_task_as_they_were() -> None:
    state = a_feed_state(etag='W/"ü"', next_at=NOON, failures=3)
    pending = replace(a_pending(), tries=2, not_before=NOON, seeding=True, absent_at=NOON - timedelta(hours=1))
    assert of_task(feed_task(state)) == state
    assert of_task(page_task(pending)) == pending


def test_the_ports_and_the_spelling_of_a_host_are_one() -> None:
    assert {host_of(url) for url in ("http://A.example:81/x", "https://a.example./y")} == {"a.example"}
    assert host_of("http://[") == ""


def test_what_is_due_is_leased_and_is_done_once_the_store_has_it() -> None:
    crew, state, pending = MemoryCrew(), a_feed_state(), a_pending()
    planned(crew, Due(feeds=[state], pages=[pending]))
    desk = a_desk(crew)
    assert set(desk.lease()) == {state, pending}
    assert desk.lease_of(state) is not None
    desk.record(Poll(state=state))
    desk.take_in([page_of(pending)], turn=lambda one: None)
    assert (desk.lease_of(state), desk.lease_of(pending)) == (None, None)
    assert (crew.counts().waiting, crew.counts().leased) == (0, 0)


def test_known_pages_are_looked_at_again_after_the_news_and_done_once_that_is_kept() -> None:
    crew, news = MemoryCrew(), a_pending()
    known = replace(a_pending(), key="again", url="https://a.example/again", revisit=True)
    planned(crew, Due(pages=[news], known=[known]))
    desk = a_desk(crew)
    assert list(desk.lease()) == [news, known]
    desk.revisited(Visit(pending=known, at=NOON, found="unchanged"))
    assert desk.lease_of(known) is None
    assert desk.lease_of(news) is not None


def test_what_cannot_be_read_is_let_go_and_stops_nothing() -> None:
    crew, pending = MemoryCrew(), a_pending()
    crew.offer([Task(key="page x", host="a.example", body='{"key": 1'), page_task(pending)], seen=crew.moment())
    assert list(a_desk(crew).lease()) == [pending]
    assert crew.counts().leased == 1


def test_only_who_leads_offers() -> None:
    crew, due = MemoryCrew(), Due(feeds=[a_feed_state()])
    assert crew.lead("planner", "another", 60.0)
    planned(crew, due)
    assert crew.counts().waiting == 0


def test_pages_that_a_feed_brings_are_ours_as_far_as_there_is_room() -> None:
    crew, state = MemoryCrew(), a_feed_state()
    new = [replace(a_pending(), key=f"k{number}", url=f"https://a.example/{number}") for number in range(300)]
    planned(crew, Due(feeds=[state]))
    desk = a_desk(crew, Store(new=new))
    desk.lease()
    mine = desk.record(Poll(state=state))
    assert list(mine) == new[: len(mine)]
    assert len(mine) == 2 * IN_HAND - 1
    assert desk.lease() == ()


def test_a_poll_whose_lease_is_lost_is_dropped() -> None:
    crew, store, state = MemoryCrew(), Store(), a_feed_state()
    planned(crew, Due(feeds=[state]))
    desk = a_desk(crew, store, seconds=SHORT)
    desk.lease()
    time.sleep(SHORT * 1.2)
    planned(crew, Due(feeds=[state]))
    other = a_desk(crew, store, holder="two")
    assert list(other.lease()) == [state]
    desk.keep()
    assert desk.lease_of(state) is None
    assert desk.record(Poll(state=state)) == ()
    assert store.polls == []
    other.record(Poll(state=state))
    assert len(store.polls) == 1


def test_leases_that_are_renewed_last() -> None:
    crew, pending = MemoryCrew(), a_pending()
    planned(crew, Due(pages=[pending]))
    desk = a_desk(crew, seconds=SHORT)
    desk.lease()
    for _ in range(4):
        time.sleep(SHORT / 2)
        desk.keep()
    assert desk.lease_of(pending) is not None


def test_a_page_that_is_spooled_is_nobody_elses_for_now() -> None:
    crew, pending = MemoryCrew(), a_pending()
    planned(crew, Due(pages=[pending]))
    desk = a_desk(crew, Store(outcome=Read(spooled=True)), seconds=SHORT)
    desk.lease()
    desk.take_in([page_of(pending)], turn=lambda one: None)
    time.sleep(SHORT * 1.2)
    planned(crew, Due(pages=[pending]))
    assert a_desk(crew, holder="two").lease() == ()


def test_what_the_store_does_not_take_is_free_for_others() -> None:
    crew, pending = MemoryCrew(), a_pending()
    planned(crew, Due(pages=[pending]))
    desk = a_desk(crew, Store(outcome=Read(error=StoreError("full"))))
    desk.lease()
    desk.take_in([page_of(pending)], turn=lambda one: None)
    time.sleep(0.002)
    planned(crew, Due(pages=[pending]))
    assert list(a_desk(crew, holder="two").lease()) == [pending]


def test_what_is_in_hand_at_the_end_is_given_back() -> None:
    crew, pending = MemoryCrew(), a_pending()
    planned(crew, Due(pages=[pending]))
    desk = a_desk(crew)
    desk.lease()
    desk.give_back()
    time.sleep(0.002)
    planned(crew, Due(pages=[pending]))
    assert list(a_desk(crew, holder="two").lease()) == [pending]


def test_without_the_crew_what_came_is_kept_all_the_same() -> None:
    crew, store, state, pending = Away(), Store(new=[a_pending()]), a_feed_state(), a_pending()
    planned(crew, Due(feeds=[state], pages=[pending]))
    desk = a_desk(crew, store)
    desk.lease()
    assert desk.record(Poll(state=state)) == ()
    assert [outcome.error for outcome in desk.take_in([page_of(pending)], turn=lambda one: None)] == [None]
    desk.missed("other", "gone", again=True)
    assert len(store.polls) == 1
    assert store.misses == ["other"]
