"""Settings -> Engine: the one place that names every concrete class."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from config.settings import Settings
from config.sources import SourceSettings
from crawler.alerts.apprise_notifier import AppriseNotifier
from crawler.alerts.delivery import Patience, by_rule
from crawler.alerts.rules import Rule
from crawler.archive.writer import Archive
from crawler.flow import Engine
from crawler.model import Policy, Source
from crawler.ports import Notifier
from crawler.registry import Registry
from crawler.spooling import SpoolingEngine
from crawler.store import open_store
from crawler.store.places import beside
from crawler.store.spool import Spool


def build(
    settings: Settings,
    *,
    store: str | None = None,
    patience_seconds: float | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Engine:
    """Return the engine that *settings* describe, on their store or on the one named instead.

    *patience_seconds*: how long a store that is busy is waited for, instead of its own measure.

    Raises StoreError or InputError when the store cannot be opened.
    """
    known = rules(settings)
    return Engine(
        open_store(store or settings.store, patience_seconds=patience_seconds),
        registry(settings),
        rules=known,
        notifiers=by_rule(known, targets(settings)),
        patience=patience(settings),
        public_url=settings.alerts.public_url,
        clock=clock,
        jitter=random.random,
    )


def spooling(settings: Settings, engine: Engine) -> SpoolingEngine:
    """Return *engine* with a spool for the times when its store is unavailable."""
    return SpoolingEngine(engine, spool(settings, engine.store.url), clock=lambda: datetime.now(UTC))


def spool(settings: Settings, store: str) -> Spool:
    """Return the spool of the store of that URL, as the store itself gives it: without secrets."""
    return Spool(beside(store, ".spool", settings.spool.folder), most_bytes=settings.spool.max_bytes)


def archive(settings: Settings, store: str) -> Archive:
    """Return the archive of the store of that URL, as the store itself gives it: without secrets."""
    return Archive(
        archive_folder(settings, store),
        most_bytes=settings.archive.max_file_bytes,
        longest=timedelta(hours=settings.archive.max_file_hours),
        info={"software": f"copytrail/{version('copytrail')}", "format": "WARC File Format 1.1"},
    )


def archive_folder(settings: Settings, store: str) -> Path:
    """Return the folder of that store's archive, whether or not anything is kept there."""
    return settings.archive.folder or beside(store, ".archive")


def registry(settings: Settings) -> Registry:
    """Return the outlets that *settings* know."""
    return Registry([source(s) for s in settings.sources])


def source(s: SourceSettings) -> Source:
    """Return one outlet as the stages know it."""
    return Source(
        id=s.id,
        name=s.name,
        domains=s.domains,
        aliases=s.aliases,
        feeds=s.feeds,
        sitemaps=s.sitemaps,
        media_hosts=s.media_hosts,
        language=s.language,
        tags=s.tags,
        license=s.license,
        kind=s.kind,
        enabled=s.enabled,
        interval=timedelta(minutes=s.interval_minutes) if s.interval_minutes else None,
        policy=Policy(**s.policy.model_dump()) if s.policy else None,
        notice=s.notice,
    )


def rules(settings: Settings) -> tuple[Rule, ...]:
    """Return the alert rules, in the order of their file."""
    return tuple(
        Rule(
            name=r.name,
            origin=r.origin,
            republisher=r.republisher,
            words=r.words,
            min_coverage=r.min_coverage,
            min_confidence=r.min_confidence,
            uncredited_only=r.uncredited_only,
            targets=r.targets,
        )
        for r in settings.rules
    )


def targets(settings: Settings) -> Mapping[str, Notifier]:
    """Return a way out for each alert target that has an address."""
    return {
        t.name: AppriseNotifier(t.address.get_secret_value(), timeout=settings.alerts.timeout_seconds)
        for t in settings.targets
        if t.address is not None
    }


def patience(settings: Settings) -> Patience:
    """Return how long the delivery of an alert is tried."""
    a = settings.alerts
    return Patience(
        first=timedelta(seconds=a.first_retry_seconds),
        longest=timedelta(seconds=a.longest_retry_seconds),
        give_up=timedelta(hours=a.give_up_hours),
        tries=a.max_tries,
    )
