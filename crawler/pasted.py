"""A text that is in no store, as an article of nobody's, and where it comes from. Nothing of it is kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from crawler.errors import InputError
from crawler.flow import Engine, Trail
from crawler.model import Dated
from crawler.prepare import Prepared, Row, prepare_row


def explained(engine: Engine, text: str, url: str | None, now: datetime) -> Trail:
    """Return the trail of a text that came without a date. Raises InputError for one that is empty.

    Without a URL it is nobody's: who asks wants to know which of what we have it was taken from, so it
    counts as later than all that.
    """
    prepared = _prepared(engine, text, url, now)
    if url is not None:
        return engine.explain(prepared)
    asked = replace(prepared.article, published=Dated(at=prepared.article.first_seen_at, basis="first-seen"))
    trail = engine.explain(replace(prepared, article=asked))
    return replace(
        trail,
        article=prepared.article,
        lineage=replace(trail.lineage, delay_seconds=None),
        chain=(prepared.article, *trail.chain[1:]),
    )


def _prepared(engine: Engine, text: str, url: str | None, now: datetime) -> Prepared:
    """Return *text* as an article of nobody's, so that its own outlet is never taken for its parent's."""
    if not text.strip():
        raise InputError("the text is empty")
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    row = Row(url=url or f"https://{key}.invalid/", title=None, text=text, fetched_at=now)
    prepared = prepare_row(row, engine.registry)
    if url is None:
        unnamed = replace(prepared.article.source, name="(this text)", domain=None)
        prepared = replace(prepared, article=replace(prepared.article, source=unnamed))
    return prepared
