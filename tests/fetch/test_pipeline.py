"""Pages are handed over together: when there are enough of them, when one has waited, and at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from crawler.errors import StoreError
from crawler.fetch.desk import Round
from crawler.fetch.pipeline import LONGEST_SECONDS, TOGETHER, IngestPipeline
from crawler.model import Page
from tests.builders import NOON
from tests.fetch.desks import BOUNDS, InHand, ListDesk


class Later:
    """Remembers what is to be called, until the test does."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, call: Callable[[], None]) -> Later:
        self.calls.append((seconds, call))
        return self

    def cancel(self) -> None:
        self.calls.pop()


def a_round(desk: Any, said: list[str]) -> Round:
    return Round(
        desk=desk,
        feeds=(),
        waiting=(),
        bounds=lambda source: BOUNDS,
        clock=lambda: NOON,
        jitter=lambda: 0.0,
        progress=lambda kind, name: said.append(name),
    )


def a_page(name: str, body: bytes = b"<p>text</p>") -> InHand:
    url = f"https://site.example/{name}"
    return InHand(
        Page(url=url, final_url=url, body=body, fetched_at=NOON + timedelta(hours=1), headers={}, entry_key=name)
    )


def a_pipeline(desk: Any) -> tuple[IngestPipeline, Round, Later, list[str]]:
    said: list[str] = []
    work, later = a_round(desk, said), Later()
    return IngestPipeline(work, lambda error: None, later), work, later, said


def test_enough_pages_are_taken_in_at_once() -> None:
    desk = ListDesk()
    pipeline, work, later, _ = a_pipeline(desk)
    for number in range(TOGETHER + 1):
        pipeline.process_item(a_page(str(number)))
    assert desk.blocks == [TOGETHER]
    assert work.counts["articles"] == TOGETHER
    assert len(later.calls) == 1  # for the one that is left; the call for the others was called off


def test_a_page_waits_for_others_no_longer_than_that() -> None:
    desk = ListDesk()
    pipeline, _, later, _ = a_pipeline(desk)
    pipeline.process_item(a_page("one"))
    pipeline.process_item(a_page("two"))
    assert desk.blocks == []
    ((seconds, call),) = later.calls
    assert seconds == LONGEST_SECONDS
    call()
    assert desk.blocks == [2]


def test_at_the_end_of_the_round_nothing_is_left_in_hand() -> None:
    desk = ListDesk()
    pipeline, work, later, _ = a_pipeline(desk)
    pipeline.process_item(a_page("one"))
    pipeline.close_spider()
    assert (desk.blocks, later.calls, work.counts["articles"]) == ([1], [], 1)
    pipeline.close_spider()
    assert desk.blocks == [1]


def test_a_page_that_fails_is_tried_again_and_the_others_are_in() -> None:
    desk = ListDesk()
    pipeline, work, _, _ = a_pipeline(desk)
    for page in (a_page("one"), a_page("bad", b"explode"), a_page("none", b"")):
        pipeline.process_item(page)
    pipeline.close_spider()
    assert dict(work.counts) == {"pages": 2, "articles": 1, "not_articles": 1, "errors": 1}
    assert desk.misses == {"bad": ("copytrail failed on this page (RuntimeError): please report it", True)}


def test_a_store_that_fails_leaves_the_entries_as_they_were() -> None:
    class Failing(ListDesk):
        def take_in(self, begun: Any, *, turn: Any) -> Any:
            raise StoreError("the disk is full: make room")

    desk = Failing()
    pipeline, work, _, _ = a_pipeline(desk)
    pipeline.process_item(a_page("one"))
    pipeline.process_item(a_page("two"))
    pipeline.close_spider()
    assert (work.counts["errors"], desk.misses) == (2, {})


def test_whoever_watches_knows_which_page_is_worked_on() -> None:
    pipeline, _, _, said = a_pipeline(ListDesk())
    pipeline.process_item(a_page("one"))
    pipeline.process_item(a_page("two"))
    assert said == []
    pipeline.close_spider()
    assert said == ["one", "one", "two", ""]
