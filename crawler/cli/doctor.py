"""The doctor command: what is wrong with this installation, and what to do."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import click

from config import SettingsError, Target
from crawler.archive.upkeep import holdings
from crawler.cli import OUTDATED, Door, show
from crawler.errors import CopytrailError
from crawler.fetch.settings import has_contact
from crawler.ports import Finding

OURS = ("config", "crawler", "scheduler", "spiders")
LEAST_FREE = 2**30
BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # no clock is right that shows an earlier day


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def doctor(door: Door, as_json: bool) -> None:
    """Check settings, packages, store, archive, clock, disk, network and alert targets, and say what to do.

    Exit code 1 when something is wrong. Asks the resolver for the name of one feed; fetches nothing.
    """
    findings = list(_findings(door))
    if as_json:
        show.document({"findings": [{"what": f.what, "state": f.state, "words": f.words} for f in findings]})
    else:
        colours = {"ok": "green", "warning": "yellow", "wrong": "red"}
        for f in findings:
            click.echo(f"{click.style(f.state, fg=colours[f.state]):8} {f.what}: {show.safe(f.words, 1000)}")
    if any(f.state == "wrong" for f in findings):
        sys.exit(1)


def _findings(door: Door) -> Iterator[Finding]:
    yield from _packages()
    try:
        settings = door.settings
    except SettingsError as error:
        for problem in error.problems:
            yield Finding(what="settings", state="wrong", words=problem)
        return
    watched = [s for s in settings.sources if s.enabled and s.feeds]
    yield Finding(
        what="settings", state="ok", words=f"{len(watched)} outlets watched, {len(settings.rules)} alert rules"
    )
    if not watched:
        yield Finding(what="sources", state="warning", words="no enabled source has a feed: add one to sources.yaml")
    for note in settings.notes():
        yield Finding(what="settings", state="warning", words=note)
    if not has_contact(settings.fetch):
        words = "none set, `run` needs it: give fetch.contact a page or address where a site's owner can reach you"
        yield Finding(what="contact", state="warning", words=words)
    yield from _store(door)
    if settings.crew.url is not None:
        yield _crew(door)
    with suppress(CopytrailError):  # the store has said what is wrong with it
        yield from _archive(door)
    yield _spark()
    yield _clock()
    yield _network(watched[0].feeds[0] if watched else None, settings.fetch.hosts)
    for target in settings.targets:
        if target.address is not None:
            yield _target(target, settings.alerts.timeout_seconds)


def _packages() -> Iterator[Finding]:
    """Look for another distribution that has overwritten one of our four generic package names."""
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, ())) - {"copytrail"})
        if others:
            words = f"{name!r} also belongs to {', '.join(others)}: install copytrail into an environment of its own"
            yield Finding(what="packages", state="wrong", words=words)


def _store(door: Door) -> Iterator[Finding]:
    try:
        store = door.engine.store
        found = store.checkup()
        yield from found
        if any(f.state == "wrong" for f in found):
            return
        yield _readiness(door)
        status = store.status()
    except CopytrailError as error:
        yield Finding(what="store", state="wrong", words=str(error))
        return
    yield Finding(what="store", state="ok", words=f"{status.url}: schema {status.schema}, {status.articles} articles")
    if outdated := door.engine.outdated():
        yield Finding(what="fingerprints", state="warning", words=f"{outdated} articles: {OUTDATED}")
    if status.alerts_dead:
        words = f"{status.alerts_dead} given up on: `copytrail alerts list --state dead`, then `alerts retry --dead`"
        yield Finding(what="alerts", state="warning", words=words)
    folder = Path(status.url.removeprefix("sqlite:///")).parent if status.url.startswith("sqlite:///") else Path()
    free = shutil.disk_usage(folder if folder.exists() else Path()).free
    state: Literal["ok", "wrong"] = "ok" if free >= LEAST_FREE else "wrong"
    words = f"{free // 2**20} MiB free" + ("" if state == "ok" else ": free at least 1 GiB")
    yield Finding(what="disk", state=state, words=words)


def _archive(door: Door) -> Iterator[Finding]:
    """Say whether what is fetched can be kept, and whether there is room for it."""
    from crawler.build import archive_folder

    settings = door.settings.archive
    folder = archive_folder(door.settings, door.engine.store.url)
    if not settings.enabled:
        words = "off: what was fetched cannot be shown later, nor the store filled anew (archive.enabled)"
        yield Finding(what="archive", state="warning", words=words)
        return
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        words = f"{folder} cannot be written: give copytrail the right to, or name another by archive.folder"
        yield Finding(what="archive", state="wrong", words=words)
        return
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE:
        words = f"{folder}: {free // 2**20} MiB free: make room, or nothing is taken in (archive.keep_days)"
        yield Finding(what="archive", state="wrong", words=words)
        return
    held = holdings(folder)
    words = f"{folder}: {held.files} files, {held.bytes // 2**20} MiB"
    yield Finding(what="archive", state="ok", words=words)


def _crew(door: Door) -> Finding:
    """Say whether workers can share what they do."""
    problem = door.crew_problem()
    if problem is not None:
        return Finding(what="crew", state="wrong", words=problem)
    return Finding(what="crew", state="ok", words=f"{door.settings.crew.name}: workers can share what they do")


def _readiness(door: Door) -> Finding:
    """Say whether the store takes what it is given, and what waits for it in the spool."""
    found = door.readiness()
    if found.state == "ready" and not found.held.aside:
        return Finding(what="spool", state="ok", words="nothing waits for the store")
    state: Literal["warning", "wrong"] = "warning" if found.ready else "wrong"
    if found.state == "catching up":
        return Finding(what="spool", state=state, words=f"{found.line()}: `copytrail run` saves it")
    return Finding(what="spool", state=state, words=found.line())


def _spark() -> Finding:
    """Say whether `copytrail batch` could run, which nothing else needs."""
    from crawler.batch.session import lacking

    problem = lacking()
    if problem is not None:
        return Finding(what="batch", state="ok", words=f"cannot run, and nothing else needs it: {problem}")
    return Finding(what="batch", state="ok", words="Spark and Java are there")


def _clock() -> Finding:
    now = datetime.now(UTC)
    if now < BUILT:
        return Finding(
            what="clock", state="wrong", words=f"it shows {now:%Y-%m-%d}: set it, or dates and delays will be wrong"
        )
    return Finding(what="clock", state="ok", words=f"{now:%Y-%m-%d %H:%M} UTC")


def _network(feed: str | None, hosts: Mapping[str, str]) -> Finding:
    host = urlsplit(feed).hostname if feed else None
    if host is None:
        return Finding(what="network", state="ok", words="nothing to fetch")
    if host in hosts:
        return Finding(what="network", state="ok", words=f"{host} is {hosts[host]} by fetch.hosts")
    try:
        socket.getaddrinfo(host, None)
    except OSError as error:
        return Finding(
            what="network", state="warning", words=f"{host} cannot be resolved ({error}): check DNS and the connection"
        )
    return Finding(what="network", state="ok", words=f"{host} resolves")


def _target(target: Target, timeout: float) -> Finding:
    from crawler.build import notifier

    what = f"alert target {target.name}"
    way = notifier(target, timeout)
    try:
        if way is not None:
            way.check()
    except CopytrailError as error:
        return Finding(what=what, state="wrong", words=str(error))
    return Finding(what=what, state="ok", words="its address is understood; nothing was sent")
