"""The alerts of a rule as an Atom feed (RFC 4287), for feed readers and for other programs."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from xml.etree.ElementTree import Element, SubElement, tostring

from crawler.alerts.message import as_html, lines, page_of
from crawler.alerts.wording import link
from crawler.model import Alert, AlertState, iso
from crawler.plain import printable

NEWEST = 50
_NAMESPACE = "http://www.w3.org/2005/Atom"


class Alerts(Protocol):
    def alerts(
        self, limit: int, *, state: AlertState | None = None, rule: str | None = None, since: datetime | None = None
    ) -> Sequence[Alert]: ...


def feed(rule: str, alerts: Sequence[Alert], *, public_url: str | None = None, url: str | None = None) -> bytes:
    """Return the feed of *rule*: an entry for each of *alerts*, newest first, known by its key. *url*: where it is."""
    root = Element("feed", xmlns=_NAMESPACE)
    _text(root, "id", f"urn:copytrail:rule:{_name(rule)}")
    _text(root, "title", f"copytrail: {rule}")
    newest = max((alert.created_at for alert in alerts), default=datetime(1970, 1, 1, tzinfo=UTC))
    _text(root, "updated", iso(newest))
    _text(SubElement(root, "author"), "name", "copytrail")
    if url is not None:
        SubElement(root, "link", rel="self", type="application/atom+xml", href=link(url))
    for alert in alerts:
        _entry(root, alert, public_url)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _entry(root: Element, alert: Alert, public_url: str | None) -> None:
    entry = SubElement(root, "entry")
    _text(entry, "id", f"urn:copytrail:alert:{alert.key}")
    _text(entry, "title", alert.title)
    _text(entry, "updated", iso(alert.created_at))
    if alert.news is None:
        _text(entry, "content", alert.body, type="text")
        return
    page = page_of(alert.news, public_url) or (link(alert.news.copy.url or "") if alert.news.copy else "")
    if page.startswith("http"):
        SubElement(entry, "link", rel="alternate", href=page)
    _text(entry, "content", as_html(lines(alert.news, alert.rule, public_url=public_url)), type="html")


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = printable(text)


# --- as files


def write_feeds(folder: Path, rules: Iterable[str], store: Alerts, *, public_url: str | None = None) -> int:
    """Write the feed of each rule into *folder* where it has changed; return how many have. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = 0
    for rule in rules:
        path, content = folder / file_name(rule), feed(rule, store.alerts(NEWEST, rule=rule), public_url=public_url)
        if not path.exists() or path.read_bytes() != content:
            _replace(path, content)
            changed += 1
    return changed


def file_name(rule: str) -> str:
    """Return what the feed of *rule* is called in its folder."""
    return f"{_name(rule)}.atom"


def _name(rule: str) -> str:
    """Return *rule* as a name that is safe in a path and a URN, another one for each rule."""
    slug = re.sub(r"[^a-z0-9]+", "-", rule.lower()).strip("-")[:60]
    return slug if slug == rule else f"{slug or 'rule'}-{hashlib.sha256(rule.encode()).hexdigest()[:8]}"


def _replace(path: Path, content: bytes) -> None:
    """Put *content* at *path* at once: no reader sees half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".feed-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise
