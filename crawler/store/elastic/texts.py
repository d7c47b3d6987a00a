"""The texts an article has and had: its earlier contents, and what it is found by."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from crawler.model import ArticleId, Fingerprint, Version
from crawler.shelves import KeptVersion
from crawler.store.elastic.documents import fingerprint_document, fingerprint_of
from crawler.store.elastic.drafts import Json
from crawler.store.elastic.places import fingerprint_place, version_place
from crawler.store.elastic.session import Session
from crawler.store.elastic.state import kept_version, version_document
from crawler.store.rows import micros
from crawler.store.terms import Earlier, worth_keeping


def versions(session: Session, id: ArticleId, current: str) -> tuple[Version, ...]:
    """Return the contents that the article had before its *current* one, each once, oldest first."""
    found = {kept.version.content_hash: kept.version for kept in _held(session, id)}
    before = (version for hash, version in found.items() if hash != current)
    return tuple(sorted(before, key=lambda version: (version.last_seen_at, version.content_hash)))


def versions_at(session: Session, id: ArticleId, hashes: Collection[str]) -> dict[str, Version]:
    """Return those earlier contents, as they are now, by their hashes."""
    held = session.read([version_place(id, hash) for hash in hashes])
    known = {one.version.content_hash: one.version for one in map(kept_version, filter(None, held))}
    if len(known) < len(hashes):  # kept by an early copytrail, under their numbers
        known |= {v.content_hash: v for v in versions(session, id, "") if v.content_hash in hashes}
    return known


def put_version(session: Session, id: ArticleId, version: Version, fingerprint: Fingerprint | None) -> None:
    """Keep an earlier content with what the article is to be found by."""
    kept = KeptVersion(id=id, version=version, fingerprint=fingerprint)
    session.replace(version_place(id, version.content_hash), version_document(kept))


def earlier_fingerprints(session: Session, id: ArticleId) -> tuple[Earlier, ...]:
    """Return what the article is found by besides its current text, newest first."""
    found = {
        kept.version.content_hash: Earlier(
            content_hash=kept.version.content_hash,
            last_seen=micros(kept.version.last_seen_at),
            fingerprint=kept.fingerprint,
        )
        for kept in _held(session, id)
        if kept.fingerprint is not None
    }
    return tuple(sorted(found.values(), key=lambda one: (-one.last_seen, one.content_hash)))


def put_fingerprints(
    session: Session, id: ArticleId, current: Fingerprint, earlier: Sequence[Earlier] | None, now: int
) -> bool:
    """Have the article found by *current* and what is worth it of *earlier*; say whether anything changed.

    None: the earlier ones stay. *now* is when, for an article that is new.
    """
    place = fingerprint_place(id)
    (old,) = session.read([place])
    if earlier is not None:
        put_earlier(session, id, current, {one.content_hash: one.fingerprint for one in earlier})
    elif old is not None and fingerprint_of(old) == current:
        return False
    else:
        earlier = earlier_fingerprints(session, id) if old is not None and isinstance(old["hashes"], list) else ()
    kept = [one.fingerprint for one in worth_keeping(current, earlier) if one.fingerprint.scheme == current.scheme]
    new = fingerprint_document(id, current, now if old is None else old["kept"], kept)
    if new == old:
        return False
    session.replace(place, new)
    return True


def earlier_after(
    before: Sequence[Earlier], old: Version, fingerprint: Fingerprint | None, content_hash: str
) -> tuple[Earlier, ...]:
    """Return what texts before the one of *content_hash* are found by, *old* having been the current one."""
    last_seen = micros(old.last_seen_at)
    left = [one for one in before if one.content_hash not in (content_hash, old.content_hash)]
    if fingerprint is not None:
        left.append(Earlier(content_hash=old.content_hash, last_seen=last_seen, fingerprint=fingerprint))
    return tuple(left)


def put_earlier(session: Session, id: ArticleId, current: Fingerprint, earlier: Mapping[str, Fingerprint]) -> None:
    """Have the versions of those content hashes that are worth it keep these fingerprints, and all others none."""
    held = _held(session, id)
    known = [
        Earlier(
            content_hash=kept.version.content_hash,
            last_seen=micros(kept.version.last_seen_at),
            fingerprint=earlier[kept.version.content_hash],
        )
        for kept in held
        if kept.version.content_hash in earlier
    ]
    worth = {one.content_hash: one.fingerprint for one in worth_keeping(current, known)}
    for kept in held:
        new = worth.get(kept.version.content_hash)
        if new != kept.fingerprint:
            put_version(session, id, kept.version, new)


def _held(session: Session, id: ArticleId) -> list[KeptVersion]:
    """Return the earlier contents of the article, oldest first."""
    found: list[Json] = session.find(
        "state",
        {"bool": {"filter": [{"term": {"kind": "version"}}, {"term": {"id": id}}]}},
        lambda held: held["kind"] == "version" and held["id"] == id,
        order=[("last_seen", "asc"), ("digest", "asc")],
    )
    return list(map(kept_version, found))
