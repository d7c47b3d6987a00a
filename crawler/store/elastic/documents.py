"""What the indices hold: values of the model as documents, there and back."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from crawler import shape
from crawler.looks import with_looks
from crawler.model import (
    Alert,
    Article,
    ArticleId,
    Claim,
    Comparison,
    Fingerprint,
    Lineage,
    Match,
    Passage,
    Review,
)
from crawler.ports import Dossier
from crawler.store.rows import ALERT, ARTICLE, CLAIM, LINEAGE, REVIEW, micros, storable
from crawler.store.terms import content_time, folded, linked_by, with_review

Json = dict[str, Any]

# A document is read many times while a block is worked on; the values never change.
_article = lru_cache(maxsize=1024)(ARTICLE.load)
_claim = lru_cache(maxsize=4096)(CLAIM.load)
_lineage = lru_cache(maxsize=1024)(LINEAGE.load)


def clean(document: Json) -> Json:
    """Return *document* with what no encoding can hold replaced, as the server would give it back."""
    text = json.dumps(document, ensure_ascii=False)
    made: Json = json.loads(storable(text))
    return made


def key(*parts: str) -> str:
    """Return an ``_id`` for any text, always the same and never too long for one."""
    plain = ":".join(parts)
    if plain and len(plain) <= 128 and plain.isascii() and plain.isprintable():
        return plain
    kind = f"{parts[0]}:" if len(parts) > 1 and parts[0].isascii() and parts[0].isalpha() else ""
    return f"{kind[:40]}sha256:{hashlib.sha256(storable(plain).encode()).hexdigest()}"


# --- articles: what was found, and the judgement on it


def with_article(held: Json | None, article: Article, claims: Sequence[Claim], digest: str) -> Json:
    """Return the document of *article* with the lineage that *held* has."""
    before = article_of(held)
    if before is not None and article.looks:
        article = with_looks(article, before.looks)  # those of a writer that was faster stay
    old = (held or {}).get("kept", {})
    kept = {name: value for name, value in old.items() if name in ("edges", "external_parents", "external_rivals")}
    kept |= {
        "at": micros(content_time(article)),
        "first_seen": micros(article.first_seen_at),
        "digest": digest,
        "linking": sorted(set(filter(None, map(linked_by, claims)))),
        "row": old.get("row", {})
        | {"article": ARTICLE.dump(replace(article, title=None, text="")), "claims": [CLAIM.dump(c) for c in claims]},
    }
    document = shape.article(article, None, claims)
    return clean(document | {"lineage": (held or {}).get("lineage"), "kept": kept})


def with_lineage(held: Json | None, id: ArticleId, lineage: Lineage) -> Json:
    """Return *held*, or a bare document of *id*, with this lineage."""
    old = held or {"id": id}
    kept = old.get("kept", {}) | {
        "edges": len(lineage.parents),
        "external_parents": sorted({e.parent.id for e in lineage.parents if e.parent.external}),
        "external_rivals": sorted({e.parent.id for e in lineage.rivals if e.parent.external}),
        "row": old.get("kept", {}).get("row", {}) | {"lineage": LINEAGE.dump(lineage)},
    }
    return clean(old | {"lineage": shape.lineage(lineage), "kept": kept})


def article_of(held: Json | None) -> Article | None:
    row = held["kept"]["row"].get("article") if held else None
    if held is None or row is None:
        return None
    return replace(_article(row), title=held["title"], text=held["text"])


def claims_of(held: Json) -> tuple[Claim, ...]:
    return tuple(map(_claim, held["kept"]["row"].get("claims", ())))


def lineage_of(held: Json | None) -> Lineage | None:
    row = held["kept"]["row"].get("lineage") if held else None
    return None if row is None else _lineage(row)


def dossier_of(held: Json, matches: Sequence[Match], reviews: Sequence[Review]) -> Dossier | None:
    article = article_of(held)
    if article is None:
        return None
    return Dossier(article=article, claims=claims_of(held), matches=tuple(matches), reviews=tuple(reviews))


def reviews_document(held: Json | None, review: Review) -> Json:
    """Return the document of an article's reviews with *review* among them."""
    kept = with_review(reviews_of(held), REVIEW.load(REVIEW.dump(review)))
    return clean({"kind": "review", "id": review.copy, "row": {"value": [REVIEW.dump(r) for r in kept]}})


def reviews_of(held: Json | None) -> tuple[Review, ...]:
    return () if held is None else tuple(REVIEW.load(row) for row in held["row"]["value"])


def parents_in(held: Json) -> tuple[str, ...]:
    """Return the ids of the parents in an article's document."""
    return tuple(parent["id"] for parent in (held.get("lineage") or {}).get("parents", ()))


def linking_of(held: Json) -> tuple[str, ...]:
    """Return the ids of the pages that the claims in an article's document link."""
    return tuple(held.get("kept", {}).get("linking", ()))


def terms_of(index: str, document: Json) -> Iterable[str]:
    """Return what a document is looked up by while searches do not find it yet."""
    if index == "articles":
        return (*parents_in(document), *linking_of(document))
    if index == "matches":
        return sides_of(document)
    if index == "fingerprints":
        return (*digests_of(document), *tokens_in(document))
    return ()


def sides_of(held: Json) -> tuple[str, str]:
    """Return the ids of the two articles of a match's document."""
    return held["left"]["id"], held["right"]["id"]


def is_rejected(held: Json) -> bool:
    """Say whether a match's document tells of one that a guard rejected."""
    return bool(held["kind"] == "unrelated")


def indexed(index: str, document: Json) -> Json:
    """Return *document* with what is searched but not kept: the words of an article, folded by us."""
    if index == "articles" and "text" in document:
        return document | {"words": {"title": folded(document["title"] or ""), "text": folded(document["text"])}}
    return document


# --- fingerprints


@lru_cache(maxsize=4096)
def tokens(hashes: tuple[int, ...]) -> tuple[str, ...]:
    """Return each hash as eight characters."""
    written = base64.urlsafe_b64encode(b"".join(hash.to_bytes(6, "big") for hash in hashes)).decode()
    return tuple(written[at : at + 8] for at in range(0, len(written), 8))


def fingerprint_document(
    id: ArticleId, fingerprint: Fingerprint, kept: int, earlier: Sequence[Fingerprint] = ()
) -> Json:
    """Return the document of an article's fingerprints, the current one first; *kept* ascends with the first save."""
    pairs = [(storable(fp.digest), " ".join(tokens(fp.hashes))) for fp in (fingerprint, *earlier)]
    return {
        "id": id,
        "scheme": storable(fingerprint.scheme),
        "digest": pairs[0][0] if len(pairs) == 1 else [digest for digest, _ in pairs],
        "kept": kept,
        "hashes": pairs[0][1] if len(pairs) == 1 else [hashes for _, hashes in pairs],
    }


def fingerprint_of(held: Json) -> Fingerprint:
    """Return the fingerprint of the current text."""
    return Fingerprint(scheme=held["scheme"], hashes=unpacked(listed(held["hashes"])[0]), digest=digests_of(held)[0])


def earlier_in(held: Json | None) -> list[Fingerprint]:
    """Return the fingerprints of earlier texts in the document of an article's."""
    if held is None:
        return []
    pairs = zip(digests_of(held)[1:], listed(held["hashes"])[1:], strict=True)
    return [Fingerprint(scheme=held["scheme"], hashes=unpacked(hashes), digest=digest) for digest, hashes in pairs]


def found_by(held: Json, earlier: Fingerprint) -> Json:
    """Return the document of an article's fingerprints with that of one more text; two schemes never share one."""
    known = digests_of(held)
    if held["scheme"] != storable(earlier.scheme) or storable(earlier.digest) in known:
        return held
    hashes = " ".join(tokens(earlier.hashes))
    return held | {"digest": [*known, storable(earlier.digest)], "hashes": [*listed(held["hashes"]), hashes]}


def digests_of(held: Json) -> list[str]:
    """Return the digests of the texts of an article, the current one first."""
    return listed(held["digest"])


def tokens_in(held: Json) -> set[str]:
    """Return the hashes of all texts of an article, as they are written."""
    return {one for hashes in listed(held["hashes"]) for one in hashes.split()}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def unpacked(hashes: str) -> tuple[int, ...]:
    """Return the hashes of one text."""
    packed = base64.urlsafe_b64decode(hashes.replace(" ", ""))
    return tuple(int.from_bytes(packed[at : at + 6], "big") for at in range(0, len(packed), 6))


# --- matches and alerts


def match_document(match: Match, urls: Mapping[ArticleId, str]) -> Json:
    document = shape.match(match, {id: urls.get(id, "") for id in (match.left, match.right)})
    for side in ("left", "right"):
        document[side]["url"] = document[side]["url"] or None
    for written, passage in zip(document["passages"], match.shared.passages, strict=True):
        written["kind"] = passage.kind
    return clean(document)


def match_of(held: Json) -> Match:
    return Match(
        left=ArticleId(held["left"]["id"]),
        right=ArticleId(held["right"]["id"]),
        shared=Comparison(
            kind=held["kind"],
            coverage_left=held["coverage_left"],
            coverage_right=held["coverage_right"],
            similarity=held["similarity"],
            passages=tuple(
                Passage(left=tuple(p["left"]), right=tuple(p["right"]), words=p["words"], kind=p["kind"])
                for p in held["passages"]
            ),
            reason=held["reason"],
        ),
        left_version=held["left"].get("content_hash"),
        right_version=held["right"].get("content_hash"),
    )


def alert_document(alert: Alert) -> Json:
    return clean(shape.alert(alert)) | {"row": ALERT.dump(alert)}


def alert_of(held: Json) -> Alert:
    # Without a row: kept by a copytrail whose alerts were no more than what is shown of them.
    return ALERT.load(held["row"] if "row" in held else json.dumps(held))
