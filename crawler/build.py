"""Settings -> Engine: the one place that names every concrete class."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from config.alerts import Target
from config.conditions import ConditionSettings
from config.settings import Settings
from config.sources import SourceSettings
from crawler.alerting import Alerting
from crawler.alerts.apprise_notifier import AppriseNotifier
from crawler.alerts.conditions import Condition
from crawler.alerts.delivery import Channel, Patience
from crawler.alerts.manners import Manners
from crawler.alerts.rules import Rule
from crawler.alerts.webhook import WebhookNotifier
from crawler.archive.writer import Archive
from crawler.flow import Engine
from crawler.model import Policy, Section, Source
from crawler.ports import Notifier
from crawler.registry import Registry
from crawler.room import Room
from crawler.spooling import SpoolingEngine
from crawler.store import open_store
from crawler.store.places import beside
from crawler.store.spool import Spool

PAUSE = timedelta(hours=1)  # between two messages to people about one pair or one text
PER_HOUR = 20  # messages to people


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
    return Engine(
        open_store(store or settings.store, patience_seconds=patience_seconds),
        registry(settings),
        alerting=alerting(settings),
        clock=clock,
        jitter=random.random,
        revisits=settings.revisits.ages if settings.revisits.enabled else (),
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


def room(settings: Settings, store: str) -> Room:
    """Return where the store of that URL, its spool and its archive are written, and what has to stay free there."""
    places = {"spool": spool(settings, store).path.parent}
    if settings.archive.enabled:
        places["archive"] = archive_folder(settings, store)
    path = store.removeprefix("sqlite:///")
    if path != store:
        places["store"] = Path(path).parent
    return Room(places=places, least=settings.disk.least_free_bytes)


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
        sections=tuple(Section(url=section.url, links=section.links) for section in s.sections),
        media_hosts=s.media_hosts,
        language=s.language,
        tags=s.tags,
        license=s.license,
        kind=s.kind,
        enabled=s.enabled,
        interval=timedelta(minutes=s.interval_minutes) if s.interval_minutes else None,
        revisits=None if s.revisits is True else s.revisits or (),
        policy=Policy(**s.policy.model_dump()) if s.policy else None,
        notice=s.notice,
    )


def alerting(settings: Settings) -> Alerting:
    """Return who is told of what, and how."""
    age = settings.alerts.max_age_days
    return Alerting(
        rules=rules(settings),
        channels={target.name: channel(target, settings) for target in settings.targets},
        within=timedelta(days=age) if age is not None else None,
        public_url=settings.alerts.public_url,
        feeds=settings.alerts.feed_folder,
    )


def rules(settings: Settings) -> tuple[Rule, ...]:
    """Return the alert rules, in the order of their file."""
    made = []
    for r in settings.rules:
        rule = Rule(**_conditions(r, settings), name=r.name, targets=r.targets)
        each: Literal["copy", "origin"] = "origin" if rule.asks("min_copies") else "copy"
        made.append(replace(rule, once_per=r.once_per or each))
    return tuple(made)


def _conditions(given: ConditionSettings, settings: Settings) -> dict[str, Any]:
    """Return the parts of a condition, groups and tags as the ids they stand for."""
    parts = {name: getattr(given, name) for name in ConditionSettings.model_fields}
    for name in ("source", "origin", "parent", "republisher"):
        parts[name] = settings.members(parts[name]) if parts[name] else None
    for name in ("all", "any"):
        parts[name] = tuple(Condition(**_conditions(inner, settings)) for inner in parts[name])
    if given.negated is not None:
        parts["negated"] = Condition(**_conditions(given.negated, settings))
    return parts


def channel(target: Target, settings: Settings) -> Channel:
    """Return the way to a target, with its manners: people are told with pauses, programs of each alert at once."""
    pause = timedelta() if target.is_webhook else PAUSE
    return Channel(
        notifier=notifier(target, settings.alerts.timeout_seconds),
        manners=Manners(
            digest=target.digest,
            digest_at=target.digest_at,
            zone=target.zone,
            quiet=target.quiet,
            cooldown=pause if target.cooldown is None else target.cooldown,
            update=pause if target.update is None else target.update,
            per_hour=target.max_per_hour or (None if target.is_webhook else PER_HOUR),
        ),
        patience=patience(target, settings),
    )


def notifier(target: Target, timeout: float) -> Notifier | None:
    """Return the way to a target; None where its address or secret is not set."""
    if target.address is None:
        return None
    address = target.address.get_secret_value()
    if target.is_webhook and target.secret is not None:
        secret = target.secret.get_secret_value()
        return WebhookNotifier(address, secret, timeout=timeout, clock=lambda: datetime.now(UTC))
    return AppriseNotifier(address, timeout=timeout)


def patience(target: Target, settings: Settings) -> Patience:
    """Return how long the delivery to a target is tried: by its own measure, or else by that of all."""
    a = settings.alerts
    return Patience(
        first=timedelta(seconds=target.first_retry_seconds or a.first_retry_seconds),
        longest=timedelta(seconds=target.longest_retry_seconds or a.longest_retry_seconds),
        give_up=timedelta(hours=target.give_up_hours or a.give_up_hours),
        tries=target.max_tries or a.max_tries,
    )
