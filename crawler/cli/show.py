"""Values as lines for a person at a terminal. Foreign text is made harmless here and nowhere later."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import click

from crawler.editions import Edition
from crawler.flow import Ingested, Trail
from crawler.lineage.when import gap_words
from crawler.model import Article, Comparison, Edge, Lineage, Match, Origin, Review, iso
from crawler.ports import Likeness
from crawler.readiness import Readiness
from crawler.tally import Group
from crawler.web.words import CONTRADICTED, QUESTIONS, followed, version_carried

_GAPS = 3  # told in lines
_COLOURS = {"confirmed": "green", "probable": "yellow", "possible": "red"}


def document(value: Any) -> None:
    """Print *value* as one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def line(value: Any) -> None:
    """Print *value* as one JSON line."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def safe(text: str | None, most: int = 200) -> str:
    """Return foreign *text* for a terminal: one line, no control or bidi characters, at most *most* characters."""
    if not text:
        return ""
    kept = "".join(
        " " if c.isspace() else c
        for c in text
        if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") or c.isspace()
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= most else kept[: most - 1] + "…"


def day(article: Article | Origin) -> str:
    return article.published.iso().replace("T", " ")[:16] if article.published else "date unknown"


def percent(share: float | None) -> str:
    return "text not seen" if share is None else f"{share:.0%} of its words"


def tree(trail: Trail, *, changes: bool = True) -> Iterator[str]:
    """Yield the lines of one lineage: the article, what it was taken from, up to the origin, and why.

    *changes*: with the first lines of what was changed.
    """
    yield headline(trail.article)
    yield from _above(trail.lineage, trail.chain)
    yield from _credit(trail.lineage)
    if changes:
        yield from _changed(trail)
    yield from carried(trail)
    yield from versions(trail)
    for rival in trail.lineage.rivals:
        if rival.confidence < CONTRADICTED and rival.attribution.verdict == "misattributed":
            yield f"   credits {safe(rival.parent.source.name)}, whose page came later: not believed"
        else:
            yield f"   not chosen: {safe(rival.parent.source.name)} ({rival.confidence:.0%})"
    for review in trail.reviews:
        if review.undone_at is None:
            yield f"   reviewed: {reviewed(review)}"
    for unseen in trail.gaps[:_GAPS]:
        yield f"   not seen: {safe(unseen.words, 400)}"
    if len(trail.gaps) > _GAPS:
        others = len({unseen.source.id for unseen in trail.gaps[_GAPS:]})
        yield f"   not seen: {others} more source{'' if others == 1 else 's'} around that time: --json lists all"
    if trail.copies:
        yield click.style(
            f"   {trail.lineage.copies} cop{'y' if trail.lineage.copies == 1 else 'ies'} of it:", bold=True
        )
        for article, edge in trail.copies[:20]:
            how = f"{edge.kind}, {percent(edge.coverage)}, {credit(edge)}"
            yield f"   ├─ {safe(article.source.name)}, {day(article)}: {how}"


def headline(article: Article) -> str:
    title = click.style(safe(article.title) or "(no title)", bold=True)
    # A text of nobody's has no address to show.
    where = f"  {click.style(safe(article.url, 300), dim=True)}" if article.source.domain else ""
    return f"{title}\n   {safe(article.source.name)}, {day(article)}{where}"


def _above(lineage: Lineage, chain: Sequence[Article | Origin]) -> Iterator[str]:
    if not lineage.parents:
        words = (
            "nothing known was taken from it or by it"
            if lineage.role == "unmatched"
            else "an original, as far as we know"
        )
        if any(rival.confidence >= CONTRADICTED for rival in lineage.rivals):
            words = "shares its text with others; who was first cannot be told"
        yield f"   {words}"
        return
    for edge in lineage.parents:
        yield f"   └─ {_taken(edge)}"
        yield from (f"        {reason}" for reason in reasons(edge))
    origin = lineage.origin
    assert origin is not None
    if lineage.depth > 1:
        names = " ← ".join(safe(step.source.name) for step in chain)
        yield f"   chain: {names}"
    when = (
        f", {gap_words(lineage.delay_seconds / 3600)} after it"
        if lineage.delay_seconds and lineage.delay_seconds > 0
        else ""
    )
    outside = " (known by credit only)" if origin.external else ""
    yield f"   origin: {click.style(safe(origin.source.name), bold=True)}{outside}{when}"


def _credit(lineage: Lineage) -> Iterator[str]:
    """Yield the verdict on the credit, and the questions that it came to "no" by."""
    given = lineage.attribution
    if given is None or not given.criteria:
        return
    failed = [c for c in given.criteria if c.answer in ("no", "partial")]
    yield f"   attribution: {given.verdict}"
    for c in failed:
        yield f"        {c.id:<3} {c.answer}: {QUESTIONS[c.id]}" + (f" ({safe(c.note, 160)})" if c.note else "")


_FIRST = 12  # lines of what was changed that stand in the tree


def _changed(trail: Trail) -> Iterator[str]:
    """Yield the first lines of what the copier changed."""
    lines = trail.changes.diff.splitlines() if trail.changes else []
    if lines:
        yield f"   changed ({len(lines)}):"
        yield from (f"        {safe(one, 160)}" for one in lines[:_FIRST])
        if len(lines) > _FIRST:
            yield f"        and {len(lines) - _FIRST} more: --changes shows all"


def versions(trail: Trail) -> Iterator[str]:
    """Yield a line for each version of the article; nothing where it has only ever been seen as it is."""
    if len(trail.editions) > 1:
        yield f"   seen in {len(trail.editions)} states: --versions shows what was changed"
        yield from (f"        {edition(one)}" for one in trail.editions[-_FIRST:])


def edition(one: Edition) -> str:
    """Return when a version was there and what was done to the one before it."""
    if one.after is None:
        when = f"first seen {iso(one.first_at)}"
    else:
        when = f"between {iso(one.after)} and {iso(one.first_at)}"
    what = "gone" if one.number is None else f"version {one.number}"
    how = f": {', '.join(one.classes)}" if one.classes and one.number is not None else ""
    return f"{what}, {when}{how}" + (f" ({safe(one.note, 100)})" if one.note else "")


def carried(trail: Trail) -> Iterator[str]:
    """Yield which version of its parent the article carries, and its copies of it."""
    names = {edge.parent.id: edge.parent.source.name for edge in trail.lineage.parents}
    names |= {article.id: article.source.name for article, _ in trail.copies}
    for one in trail.carried:
        if one.copy == trail.article.id:
            yield f"   carries {version_carried(one)} of {safe(names.get(one.parent, ''))}{followed(one)}"
        else:
            yield f"   {safe(names.get(one.copy, ''))} carries {version_carried(one)} of it{followed(one)}"
        yield from (f"        “{safe(words, 120)}”" for words in one.words[:1])


def _taken(edge: Edge) -> str:
    level = click.style(f"{edge.level} {edge.confidence:.0%}", fg=_COLOURS[edge.level])
    return f"{edge.kind} of {safe(edge.parent.source.name)} ({percent(edge.coverage)}), {level}, {credit(edge)}"


def credit(edge: Edge) -> str:
    """Return how the copy credits its parent, in words."""
    a = edge.attribution
    if a.verdict == "misattributed":
        return f"credits {safe(a.credited_as)} instead"
    words = {"yes": "credited", "no": "uncredited", "unknown": "credit unknown"}[a.credited]
    if a.credited != "yes":
        return words
    link = {"article": "linked", "home": "front page linked", "other": "another page linked", "no": "not linked"}
    return f"{words}, {link.get(a.linked, 'link unknown')}"


def reasons(edge: Edge) -> Iterator[str]:
    """Yield the evidence of *edge*, strongest first, a line each."""
    for row in edge.evidence:
        yield f"{row.weight:+.1f}  {row.type}: {safe(row.value, 100)}"


def comparison(shared: Comparison) -> Iterator[str]:
    """Yield what two texts share, in sum."""
    yield click.style(
        f"{shared.kind}: {shared.coverage_left:.0%} of the first, {shared.coverage_right:.0%} of the second", bold=True
    )
    if shared.reason:
        yield f"  less than a copy: {shared.reason}"
    if shared.passages:
        yield "  [n own words]  «n quoted speech»  {n boilerplate}: n is the same passage in both"
        yield "  within a passage: [-words of the first only-]  {+words of the second only+}"
    yield ""


def coloured() -> bool:
    """Say whether stdout shows colours: a terminal does, unless NO_COLOR is set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def guarded(match: Match, left: Article | None, right: Article | None) -> Iterator[str]:
    """Yield a match that is less than a copy: why, how much is shared, and by which two pages."""
    shared = match.shared
    words = sum(passage.words for passage in shared.passages)
    reason = click.style(shared.reason or "", bold=True)
    yield f"{reason} ({shared.kind}): {words} words, {shared.coverage_left:.0%} and {shared.coverage_right:.0%}"
    for article in (left, right):
        if article is not None:
            yield f"   {day(article)}  {safe(article.source.name, 30)}: {safe(article.title, 70)}  {article.id}"


def history(revisions: Sequence[Lineage]) -> Iterator[str]:
    """Yield what was judged of an article, newest first, with when and why."""
    yield click.style("   history:", bold=True)
    for held in reversed(revisions):
        edges = [f"{e.kind} of {safe(e.parent.source.name)} ({e.level} {e.confidence:.0%})" for e in held.parents]
        why = f": {safe(held.reason, 300)}" if held.reason else ""
        yield f"   {held.revision:>3}  {iso(held.decided_at)[:16]}  {', '.join(edges) or held.role}{why}"


def reviewed(review: Review) -> str:
    """Return an analyst's word in a line."""
    whom = f" {safe(review.parent.source.name)}" if review.parent else ""
    note = f": {safe(review.note)}" if review.note else ""
    return f"{review.ruling}{whom}, by {safe(review.by)}, {iso(review.at)[:10]}{note}"


def likeness(value: Likeness) -> str:
    """Return in a line how alike two texts of different languages are."""
    return (
        f"two languages: {value.names} names, {value.numbers} numbers and {value.targets} links or pictures in common "
        f"({value.score:.0%} alike); a translation is told by what the pages say, not by this"
    )


def ingested(outcome: Ingested) -> str:
    lineage = outcome.lineage
    what = "new" if outcome.new else "changed" if outcome.changed else "known"
    found = (
        f"{lineage.role}" + (f", from {safe(lineage.origin.source.name)}" if lineage.origin else "") if lineage else ""
    )
    return f"{what}: {safe(outcome.url, 300)}: {found}"


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> Iterator[str]:
    """Yield aligned columns under a bold head; the last column is not padded."""
    widths = [max(len(click.unstyle(row[i])) for row in (head, *rows)) for i in range(len(head))]
    for n, row in enumerate((head, *rows)):
        cells = [cell + " " * (w - len(click.unstyle(cell))) for cell, w in zip(row[:-1], widths, strict=False)]
        text = "  ".join([*cells, row[-1]])
        yield click.style(text, bold=True) if n == 0 else text


def readiness(found: Readiness) -> dict[str, Any]:
    """Return how a store is, as ``store status`` shows it."""
    return {
        "state": found.state,
        "problem": found.problem,
        "spooled": found.held.count,
        "spooled_bytes": found.held.bytes,
        "put_aside": list(found.held.reasons),
    }


def groups(found: Sequence[Group]) -> Iterator[str]:
    """Yield the groups of a tally as a table."""
    rows = [
        (
            str(g.articles),
            gap_words(g.median_delay_seconds / 3600) if g.median_delay_seconds is not None else "-",
            str(g.uncredited),
            str(g.unlinked),
            iso(g.first_at)[:10],
            iso(g.last_at)[:10],
            *(safe(value, 60) or "-" for value in g.key.values()),
        )
        for g in found
    ]
    head = ("articles", "median delay", "uncredited", "unlinked", "first", "last")
    yield from table(rows, (*head, *found[0].key)) if found else ()
