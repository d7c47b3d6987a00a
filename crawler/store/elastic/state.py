"""What the documents of ``-state`` hold: feeds, entries, notes, what was before, what was refused."""

from __future__ import annotations

from crawler.model import ArticleId, FeedState, Fingerprint, Gap, Pending, Stop, Version
from crawler.shelves import KeptEntry, KeptLineage, KeptNote, KeptReviews, KeptVersion, Refused
from crawler.store.elastic.documents import Json, clean, tokens, unpacked
from crawler.store.rows import FEED_STATE, GAP, LINEAGE, PENDING, REVIEW, STOP, instant, maybe_instant, micros

# --- what was before


def version_document(kept: KeptVersion) -> Json:
    """Return the document of an earlier content; with a fingerprint, the article is found by it still."""
    version = kept.version
    row: Json = {"content_hash": version.content_hash, "title": version.title, "text": version.text}
    if kept.fingerprint is not None:
        row["fingerprint"] = {
            "scheme": kept.fingerprint.scheme,
            "digest": kept.fingerprint.digest,
            "hashes": " ".join(tokens(kept.fingerprint.hashes)),
        }
    return clean(
        {
            "kind": "version",
            "id": kept.id,
            "revision": version.number or 0,
            "digest": version.content_hash,
            "last_seen": micros(version.last_seen_at),
            "row": row,
        }
    )


def kept_version(held: Json) -> KeptVersion:
    row = held["row"]
    found = row.get("fingerprint")
    return KeptVersion(
        id=ArticleId(held["id"]),
        version=Version(
            number=held["revision"] or None,
            content_hash=row["content_hash"],
            title=row["title"],
            text=row["text"],
            last_seen_at=instant(held["last_seen"]),
        ),
        fingerprint=None
        if found is None
        else Fingerprint(scheme=found["scheme"], hashes=unpacked(found["hashes"]), digest=found["digest"]),
    )


def history_document(kept: KeptLineage) -> Json:
    return clean(
        {
            "kind": "history",
            "id": kept.id,
            "revision": kept.lineage.revision,
            "at": micros(kept.lineage.decided_at),
            "row": {"value": LINEAGE.dump(kept.lineage)},
        }
    )


def kept_history(held: Json) -> KeptLineage:
    return KeptLineage(id=ArticleId(held["id"]), lineage=LINEAGE.load(held["row"]["value"]))


# --- what analysts said


def review_document(kept: KeptReviews) -> Json:
    return clean({"kind": "review", "id": kept.id, "row": {"value": [REVIEW.dump(review) for review in kept.reviews]}})


def kept_reviews(held: Json) -> KeptReviews:
    return KeptReviews(id=ArticleId(held["id"]), reviews=tuple(REVIEW.load(row) for row in held["row"]["value"]))


# --- feeds and entries


def feed_document(state: FeedState) -> Json:
    return clean({"kind": "feed", "id": state.url, "source": state.source_id, "row": {"value": FEED_STATE.dump(state)}})


def feed_of(held: Json) -> FeedState:
    return FEED_STATE.load(held["row"]["value"])


def gap_document(gap: Gap) -> Json:
    return clean(
        {
            "kind": "gap",
            "id": gap.feed,
            "source": gap.source_id,
            "state": "caught up" if gap.caught_up else "missed",
            "first_seen": micros(gap.since),
            "row": {"value": GAP.dump(gap)},
        }
        | ({} if gap.until is None else {"last_seen": micros(gap.until)})
    )


def gap_of(held: Json) -> Gap:
    return GAP.load(held["row"]["value"])


def stop_document(stop: Stop) -> Json:
    return clean({"kind": "stop", "id": stop.id, "row": {"value": STOP.dump(stop)}})


def stop_of(held: Json) -> Stop:
    return STOP.load(held["row"]["value"])


def new_entry(entry: Pending) -> KeptEntry:
    return KeptEntry(
        key=entry.key,
        source_id=entry.source_id,
        state="revisit" if entry.revisit else "pending",
        tries=entry.tries,
        not_before=entry.not_before,
        first_seen_at=entry.first_seen_at,
        last_seen_at=entry.first_seen_at,
        pending=entry,
    )


def entry_document(kept: KeptEntry) -> Json:
    said: Json = {} if kept.reason is None else {"reason": kept.reason}
    said |= {} if kept.not_before is None else {"not_before": micros(kept.not_before)}
    value = {} if kept.pending is None else {"value": PENDING.dump(kept.pending)}
    return clean(
        {
            "kind": "entry",
            "id": kept.key,
            "source": kept.source_id,
            "state": kept.state,
            "tries": kept.tries,
            "first_seen": micros(kept.first_seen_at),
            "last_seen": micros(kept.last_seen_at),
            "row": {"key": kept.key} | value,
        }
        | said
    )


def entry_of(held: Json) -> KeptEntry:
    value = held["row"].get("value")
    return KeptEntry(
        key=held["row"]["key"],
        source_id=held["source"],
        state=held["state"],
        tries=held["tries"],
        first_seen_at=instant(held["first_seen"]),
        last_seen_at=instant(held["last_seen"]),
        reason=held.get("reason"),
        not_before=maybe_instant(held.get("not_before")),
        pending=None if value is None else PENDING.load(value),
    )


# --- notes, what was refused, words on work under way


def note_document(id: str, at: int) -> Json:
    return clean({"kind": "left", "id": id, "at": at})


def kept_note(held: Json) -> KeptNote:
    return KeptNote(id=ArticleId(held["id"]), quiet=is_seeding(held))


def quiet_or_not(note: KeptNote, at: int) -> Json:
    return note_document(note.id, at) | ({"row": {"seeding": True}} if note.quiet else {})


def is_seeding(note: Json | None) -> bool:
    """Say whether a note tells of what came with a source's first round."""
    return note is not None and bool(note.get("row", {}).get("seeding"))


def refused_document(refused: Refused) -> Json:
    return clean(
        {
            "kind": "refused",
            "id": refused.id,
            "source": refused.where,
            "reason": refused.reason,
            "at": micros(refused.at),
            "row": {"document": refused.document},
        }
    )


def refused_of(held: Json) -> Refused:
    return Refused(
        where=held["source"],
        id=held["id"],
        reason=held["reason"],
        at=instant(held["at"]),
        document=held["row"]["document"],
    )


def marker_document(name: str, text: str) -> Json:
    return clean({"kind": "marker", "id": name, "row": {"text": text}})
