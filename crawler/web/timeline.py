"""Lays one trail out as a drawing: time across, an outlet a row, an arrow from each parent to its copy.

Values in, places out; the template draws them. No date that is not known gets a place on the time axis, and one that is
known to the day only, or without its zone, is drawn as long as it may mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from crawler.flow import Trail
from crawler.lineage.when import published_within
from crawler.model import Article, ArticleId, Dated, Edge, Origin
from crawler.web.words import KINDS, line, percent, when

WIDTH = 1060
LEFT, RIGHT = 215, 1010  # where the time axis begins and ends
UNDATED = 190  # where stands what has no date
TOP, LANE = 56, 38
LETTER = 6.6  # width of one letter of a label
_DAY = 86_400
_STEPS = (
    *((60, "1 min"), (300, "5 min"), (600, "10 min"), (1800, "30 min"), (3600, "1 h"), (3 * 3600, "3 h")),
    *((6 * 3600, "6 h"), (12 * 3600, "12 h"), (_DAY, "1 day"), (2 * _DAY, "2 days"), (7 * _DAY, "1 week")),
    *((30 * _DAY, "1 month"), (182 * _DAY, "6 months")),
)
_YEAR = 365 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One article, or external origin, at its place. ``span`` is how far its date may reach, left and right."""

    id: ArticleId
    x: float
    y: float
    kind: str  # this, origin, step, copy
    external: bool
    href: str | None
    label: str
    said: str  # all of it in words, for a reader that sees no drawing
    span: tuple[float, float] | None = None
    more: int = 0  # copies taken from it in turn
    left: bool = False  # its label stands on its left


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """From a parent to its copy."""

    path: str
    head: str
    level: str
    claimed: bool
    width: float
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    x: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One outlet's stripe."""

    y: float
    height: float
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything that is drawn, and what the time axis is."""

    width: int
    height: float
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    start: str | None  # the earliest date there is
    stretched: bool  # each step of the axis is longer than the one before
    undated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """What is to be drawn of one article."""

    one: Article | Origin
    kind: str
    edge: Edge | None = None  # to its parent
    more: int = 0
    external: bool = False

    @property
    def dated(self) -> Dated | None:
        return self.one.published


def timeline(trail: Trail, copies: Sequence[tuple[Article, Edge]], more: Mapping[ArticleId, int]) -> Timeline:
    """Return the drawing of *trail* with *copies* of its article; *more* is how many were taken from each in turn."""
    spots = list(_spots(trail, copies, more))
    axis = _axis([spot.dated for spot in spots])
    order = sorted(spots, key=lambda s: (s.dated is None, s.dated.at.timestamp() if s.dated else 0.0, s.one.id))
    rows, nodes = _rows(order, axis)
    arrows = tuple(
        _arrow(nodes[spot.edge.parent.id], nodes[spot.one.id], spot.edge)
        for spot in spots
        if spot.edge is not None and spot.edge.parent.id in nodes
    )
    return Timeline(
        width=WIDTH,
        height=rows[-1].y + rows[-1].height + 14 if rows else TOP,
        nodes=tuple(nodes.values()),
        arrows=arrows,
        ticks=axis.ticks,
        rows=tuple(rows),
        start=when(axis.first) if axis.first else None,
        stretched=axis.stretched,
        undated=any(spot.dated is None for spot in spots),
    )


def _spots(trail: Trail, copies: Sequence[tuple[Article, Edge]], more: Mapping[ArticleId, int]) -> Iterable[_Spot]:
    """Yield the chain, the other parents, then the copies; nothing twice."""
    seen = {step.id for step in trail.chain}
    last = len(trail.chain) - 1
    for place, step in enumerate(trail.chain):
        edge = trail.steps[place] if place < len(trail.steps) else None
        kind = "this" if place == 0 else "origin" if place == last else "step"
        yield _Spot(one=step, kind=kind, edge=edge, external=isinstance(step, Origin) and step.external)
    for edge in trail.lineage.parents[1:]:
        if edge.parent.id not in seen:
            seen.add(edge.parent.id)
            yield _Spot(one=edge.parent, kind="step", external=edge.parent.external)
    for article, edge in copies:
        if article.id not in seen:
            seen.add(article.id)
            yield _Spot(one=article, kind="copy", edge=edge, more=more.get(article.id, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    place: Callable[[datetime], float]
    ticks: tuple[Tick, ...] = ()
    first: Dated | None = None
    stretched: bool = False


def _axis(dates: Sequence[Dated | None]) -> _Axis:
    """Return where instants stand: evenly, or each step longer than the last where most would fall into one spot."""
    known = sorted((d for d in dates if d is not None), key=lambda d: d.at)
    if not known:
        return _Axis(place=lambda _: (LEFT + RIGHT) / 2)
    first, span = known[0], (known[-1].at - known[0].at).total_seconds()
    if span <= 0:
        return _Axis(place=lambda _: LEFT + 30.0, first=first)
    gaps = [(b.at - a.at).total_seconds() / span for a, b in pairwise(known) if b.at > a.at]
    stretched = len(gaps) > 1 and sum(gap < 0.02 for gap in gaps) * 2 > len(gaps)
    scale = _logarithmic(span) if stretched else lambda seconds: seconds / span

    def place(at: datetime) -> float:
        seconds = (at - first.at).total_seconds()
        return LEFT + 12 + (RIGHT - LEFT - 40) * min(1.0, max(-0.04, scale(max(0.0, seconds)) if seconds > 0 else 0.0))

    return _Axis(place=place, ticks=tuple(_ticks(first.at, span, place)), first=first, stretched=stretched)


def _logarithmic(span: float) -> Callable[[float], float]:
    return lambda seconds: math.log1p(seconds / 60) / math.log1p(span / 60)


def _ticks(first: datetime, span: float, place: Callable[[datetime], float]) -> Iterable[Tick]:
    """Yield the first moment and round lengths of time after it, as many as there is room for."""
    steps = [*_STEPS]
    steps += [(years * _YEAR, f"{years} year{'s' if years > 1 else ''}") for years in (1, 2, 5, 10, 20)]
    yield Tick(x=place(first), words="first")
    last = place(first)
    for seconds, words in steps:
        x = place(first + timedelta(seconds=seconds))
        if seconds <= span and x - last >= 62:
            yield Tick(x=x, words=f"+{words}")
            last = x


def _rows(order: Sequence[_Spot], axis: _Axis) -> tuple[list[Row], dict[ArticleId, Node]]:
    """Return a stripe for each outlet, the earliest on top, and where each article stands in it."""
    outlets: dict[str, list[_Spot]] = {}
    for spot in order:
        outlets.setdefault(spot.one.source.id, []).append(spot)
    rows, nodes, y = [], {}, float(TOP)
    for spots in outlets.values():
        ends: list[float] = []  # where the last label of each lane ends
        for spot in spots:
            node = _node(spot, axis)
            width = LETTER * len(node.label) + 24
            begin, end = (node.x - width, node.x + 10) if node.left else (node.x - 10, node.x + width)
            lane = next((n for n, taken in enumerate(ends) if taken <= begin), len(ends))
            ends[lane:] = [end, *ends[lane + 1 :]]
            nodes[node.id] = replace(node, y=y + lane * LANE + LANE / 2)
        height = LANE * len(ends)
        rows.append(Row(y=y, height=height, name=line(spots[0].one.source.name, 26) or "not known"))
        y += height
    return rows, nodes


def _node(spot: _Spot, axis: _Axis) -> Node:
    one, dated = spot.one, spot.dated
    x, span = float(UNDATED), None
    if dated is not None:
        lo, hi = published_within(dated)
        if (hi - lo).total_seconds() > 90:
            span = (axis.place(lo), axis.place(hi))
        x = axis.place(dated.at)
    label = "known by credit only" if spot.external else _label(spot)
    return Node(
        id=one.id,
        x=x,
        y=0.0,
        kind=spot.kind,
        external=spot.external,
        href=None if spot.external or spot.kind == "this" else f"/articles/{one.id}",
        label=label,
        said=_said(spot),
        span=span,
        more=max(0, spot.more),
        left=x + LETTER * len(label) > WIDTH - 40,
    )


def _label(spot: _Spot) -> str:
    if spot.edge is None:
        return "this article" if spot.kind == "this" else "origin" if spot.kind == "origin" else ""
    kind, share = KINDS[spot.edge.kind].split(",")[0], spot.edge.coverage
    words = kind if share is None else f"{kind} {percent(share)}"
    return f"this article: {words}" if spot.kind == "this" else words


def _said(spot: _Spot) -> str:
    one = spot.one
    title = line(one.title, 120) or "without a title"
    words = f"{line(one.source.name, 60)}, {when(one.published)}: {title}"
    if spot.edge is not None:
        words += f". {spot.edge.level.capitalize()} {KINDS[spot.edge.kind]} of {line(spot.edge.parent.source.name, 60)}"
    return words + (f". {spot.more} taken from it in turn" if spot.more else "")


def _arrow(parent: Node, copy: Node, edge: Edge) -> Arrow:
    """Return a line down (or up) from the parent, then across to its copy."""
    x1, y1, x2, y2 = parent.x, parent.y, copy.x - (9 if copy.x >= parent.x else -9), copy.y
    bend = min(10.0, abs(y2 - y1) / 2, abs(x2 - x1) / 2) if x2 != x1 else 0.0
    down, across = (1 if y2 > y1 else -1), (1 if x2 > x1 else -1)
    if abs(y2 - y1) < 1:
        path = f"M{x1:.1f} {y1:.1f}H{x2:.1f}"
    elif abs(x2 - x1) < 12:  # straight below: round its side, so that the arrow has some length
        out = x1 - 22
        path = (
            f"M{x1:.1f} {y1:.1f}C{out:.1f} {y1 + down * 14:.1f} {out:.1f} {y2 - down * 2:.1f} {copy.x - 9:.1f} {y2:.1f}"
        )
        x2, across = copy.x - 9, 1
    else:
        path = f"M{x1:.1f} {y1:.1f}V{y2 - down * bend:.1f}Q{x1:.1f} {y2:.1f} {x1 + across * bend:.1f} {y2:.1f}H{x2:.1f}"
    head = f"M{x2:.1f} {y2:.1f}l{-across * 8} -4.5v9z"
    share = edge.coverage if edge.coverage is not None else 0.3
    said = f"{KINDS[edge.kind]}, {percent(edge.coverage)} of its words, {edge.level} {percent(edge.confidence)}"
    return Arrow(
        path=path,
        head=head,
        level=edge.level,
        claimed=edge.kind == "claimed",
        width=round(1 + 2.2 * share, 1),
        said=said,
    )
