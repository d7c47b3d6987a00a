"""What a feed shows becomes entries whose pages are to be fetched."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from crawler.model import Entry, FeedState, Pending, Poll, Source
from crawler.plain import shortened
from crawler.registry import Registry
from crawler.urls import article_id
from crawler.urls import host as host_of

AWAY = 20  # entries of one poll that lead to other sites


def polled(poll: Poll, before: FeedState | None, registry: Registry, now: datetime) -> tuple[FeedState, list[Pending]]:
    """Return the feed's state after *poll* and the entries it showed, known or not; *before* is its state until now.

    Of entries that lead to other sites than the source's own so many are taken that a feed cannot make us visit
    whomever it likes; the state's ``problem`` says so. Aggregators are there for that.
    """
    absent = before.succeeded_at if before is not None and before.seeded else None
    found = [(entry, entry.url) for entry in (poll.feed.entries if poll.feed else ()) if entry.url is not None]
    source = registry.source(poll.state.source_id)
    away = [url for _, url in found if not _is_at_home(url, source, registry)]
    left_out = frozenset(away[AWAY:])
    entries = [
        Pending(
            key=entry_key(poll.state.source_id, entry, url),
            url=url,
            source_id=poll.state.source_id,
            entry=entry,
            first_seen_at=now,
            seeding=not poll.state.seeded,
            absent_at=absent,
        )
        for entry, url in found
        if url not in left_out
    ]
    state = replace(poll.state, seeded=poll.state.seeded or poll.feed is not None)
    if left_out:
        hosts = ", ".join(sorted({shortened(host_of(url), 60) for url in away})[:5])
        said = f"{len(away)} of {len(found)} entries lead to other sites ({hosts}): {AWAY} of them were taken"
        state = replace(state, problem=f"{said}; if the outlet owns them, add them to its domains")
    return state, entries


def _is_at_home(url: str, source: Source | None, registry: Registry) -> bool:
    """Say whether an entry of a feed of *source* may lead to *url* as often as it likes."""
    if source is None or not source.domains or source.kind == "aggregator":
        return True
    found = registry.of_host(host_of(url))
    return found is not None and found.id == source.id


def entry_key(source_id: str, entry: Entry, url: str) -> str:
    """Return what a feed's entry is known by: the article its page would be, within its source."""
    return hashlib.sha256(f"{source_id}\n{article_id(url)}".encode()).hexdigest()[:40]
