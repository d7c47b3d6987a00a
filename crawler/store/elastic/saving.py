"""Saves drafts: one bulk for a phase, a verdict for each document, races run again, the refused put aside."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from crawler.errors import StoreError, StoreUnavailable
from crawler.shelves import Refused
from crawler.store.elastic.connection import Connection, Seen, TooLarge, Verdict, pauses_of
from crawler.store.elastic.documents import indexed
from crawler.store.elastic.drafts import Draft, Json, Place
from crawler.store.elastic.places import state_place
from crawler.store.elastic.state import refused_document
from crawler.store.rows import instant, storable

CHUNK_LINES = 500
CHUNK_BYTES = 5_000_000
STREAMS = 2  # bulks under way at once
RACES = 50  # a document that so many others were faster with is one that something is wrong with


Chunk = list[tuple[Place, tuple[bytes, ...]]]


@dataclass(slots=True)
class Saved:
    """What became of drafts: documents as they are now, those that another writer had changed first, those refused."""

    now: dict[Place, Json | None] = field(default_factory=dict)
    raced: set[Place] = field(default_factory=set)
    refused: dict[Place, str] = field(default_factory=dict)


def save(connection: Connection, drafts: Mapping[Place, Draft]) -> Saved:
    """Save *drafts*, whatever their order. Raises StoreError when the server does not take them for too long.

    What was saved until then stays saved; saving the same again does no harm.
    """
    saved = Saved()
    work = {place: draft for place, draft in drafts.items() if not draft.idle}
    pauses = pauses_of(connection.patience)
    races = 0
    while work:
        lost, busy = _send(connection, work, saved)
        if lost:
            races += 1
            if races > RACES:
                raise StoreError(f"{connection.address.shown}: too many writers change the same documents at once")
            _run_again(connection, work, lost, saved)
        if busy:
            pause = next(pauses, None)
            if pause is None:
                raise StoreUnavailable(f"{connection.address.shown} does not take what is to be saved: {busy[:300]}")
            time.sleep(pause)
    return saved


def _send(connection: Connection, work: dict[Place, Draft], saved: Saved) -> tuple[list[Place], str]:
    """Send *work* once; take out what has its verdict. Return what others had changed first, and why the rest waits."""
    lost: list[Place] = []
    busy = ""
    for chunk, answer in _sent(connection, _chunks(connection, work)):
        if answer is None:
            busy = "no answer in time, or too much at once"
            continue
        for (place, _), verdict in zip(chunk, answer, strict=True):
            if verdict.kept or (verdict.status == 404 and work[place].now is None):
                saved.now[place] = work.pop(place).now
            elif verdict.status == 409:
                lost.append(place)
            elif (whole := connection.blocked(verdict)) is not None:
                raise whole
            elif verdict.again:
                busy = verdict.reason
            else:
                saved.now[place] = None
                saved.refused[place] = verdict.reason
                _put_aside(connection, place, work.pop(place), verdict)
    return lost, busy


def _sent(connection: Connection, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, list[Verdict] | None]]:
    """Send *chunks*, a few at a time, so that we write the next while the server works; yield each with its answer."""
    first, second = next(chunks, None), next(chunks, None)
    if first is not None and second is None:
        yield first, _answer(connection, first)
    elif first is not None and second is not None:
        with ThreadPoolExecutor(STREAMS) as pool:
            coming: deque[tuple[Chunk, Future[list[Verdict] | None]]] = deque()
            for chunk in chain((first, second), chunks):
                if len(coming) == STREAMS:
                    sent, answer = coming.popleft()
                    yield sent, answer.result()
                coming.append((chunk, pool.submit(_answer, connection, chunk)))
            for sent, answer in coming:
                yield sent, answer.result()


def _answer(connection: Connection, chunk: Chunk) -> list[Verdict] | None:
    """Return the verdict on each document; one request that is too large for what is in between becomes two."""
    try:
        return connection.bulk(_lines_of(chunk))
    except TooLarge as error:
        if len(chunk) == 1:
            return [Verdict(TooLarge.STATUS, str(error))]
    middle = len(chunk) // 2
    halves = [_answer(connection, half) for half in (chunk[:middle], chunk[middle:])]
    return None if None in halves else [verdict for half in halves for verdict in half or ()]


def _lines_of(chunk: Chunk) -> list[bytes]:
    return [line for _, lines in chunk for line in lines]


def _run_again(connection: Connection, work: dict[Place, Draft], lost: Collection[Place], saved: Saved) -> None:
    """Make the changes of *lost* again on what is there now."""
    for place, fresh in zip(lost, connection.get(list(lost)), strict=True):
        draft = work[place]
        if fresh.source != draft.now:
            # Else it was ourselves: an answer that never reached us.
            draft = draft.again(fresh)
            saved.raced.add(place)
        if fresh.source == draft.now:
            saved.now[place] = draft.now
            del work[place]
        else:
            work[place] = draft


def _chunks(connection: Connection, work: Mapping[Place, Draft]) -> Iterator[Chunk]:
    """Yield what is to be sent, a request each; lines of the work's places as they are when they are sent."""
    chunk: Chunk = []
    size = 0
    for place, draft in list(work.items()):
        lines = _lines(connection.name(place.where), place, draft)
        length = sum(map(len, lines))
        if chunk and (len(chunk) >= CHUNK_LINES or size + length > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append((place, lines))
        size += length
    if chunk:
        yield chunk


def _lines(alias: str, place: Place, draft: Draft) -> tuple[bytes, ...]:
    target: dict[str, Any] = {"_index": alias, "_id": place.id}
    if not draft.blind and draft.base.seq_no is not None:
        target |= {"if_seq_no": draft.base.seq_no, "if_primary_term": draft.base.term}
    if draft.now is None:
        return (_line({"delete": target}),)
    action = "index" if draft.blind or draft.base.seq_no is not None else "create"
    return _line({action: target}), _line(indexed(place.where, draft.now))


def _line(value: Json) -> bytes:
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":"))).encode()


def _put_aside(connection: Connection, place: Place, draft: Draft, verdict: Verdict) -> None:
    """Keep a document that the server refuses for good, with the reason, where ``store status`` lists it.

    Of one that is too large only that is kept.
    """
    too_large = verdict.status == TooLarge.STATUS
    dead = refused_document(
        Refused(
            where=place.where,
            id=place.id,
            reason=verdict.reason[:2000],
            at=instant(time.time_ns() // 1000),
            document="" if too_large else json.dumps(draft.now, ensure_ascii=False),
        )
    )
    where = state_place("refused", place.where, place.id)
    if place.where == "state" and place.id.startswith("refused:"):
        raise StoreError(f"{connection.address.shown} refused what it had refused before: {verdict.reason[:300]}")
    save(connection, {where: Draft(base=Seen(), changes=(), now=dead, blind=True)})
