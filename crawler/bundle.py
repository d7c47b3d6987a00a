"""The evidence for an article or an edge as one file that anybody can check: records, texts, passages, judgement.

What is in it is laid out in ``docs/archive.md``. The same store and archive give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from config.markers import FILE as MARKERS
from crawler import present
from crawler.archive.reader import Recorded, read, read_alone, request_of
from crawler.editions import editions
from crawler.errors import ArchiveError, InputError
from crawler.fingerprint import SCHEME
from crawler.model import Article, ArticleId, Capture, Edge, Lineage, Match, Passage
from crawler.ports import Dossier, Store

FORMAT = "copytrail-evidence/1"
MANIFEST, SUMS, README = "manifest.json", "SHA256SUMS", "README.txt"
_THEN = (1980, 1, 1, 0, 0, 0)  # of every file in a zip: when it was made is no evidence
_LEVEL = 6

_WORDS = """\
Evidence from copytrail: {subject}

manifest.json           what this is about, the versions of program and rules, SHA-256 and size of every file
SHA256SUMS              the same sums, for: sha256sum -c SHA256SUMS
lineage.json            the judgement: parents, confidence, every reason with its weight in bits, attribution
matches/                what two texts share: passages with their offsets, in characters, and their words
articles/ID/            article.json (fields, claims with quotes, dates), text.txt (the extracted text),
                        text-HASH.txt (an earlier text), capture.json (where and when its page was fetched),
                        headers.txt (of request and answer), page.warc.gz (the records themselves); of an edited one
                        versions.json (each state it was seen in, its class, what was changed) and state-N.warc.gz

Check all of it offline:   copytrail evidence --verify FILE.zip
Look into a record:        warcio check page.warc.gz; warcio index page.warc.gz; any program that reads WARC

The sums prove that nothing was changed since the manifest was written, not who wrote it. Whoever makes this
file should note the SHA-256 of manifest.json, the seal, where it cannot be changed: a mail, a notary, a time stamp.
"""


@dataclass(slots=True)
class Bundle:
    """The files of one bundle by name. ``missing`` says what could not be put in, and why."""

    subject: Mapping[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)
    missing: list[dict[str, str]] = field(default_factory=list)

    @property
    def seal(self) -> str:
        """Return the SHA-256 of the manifest, on which all other sums hang."""
        return hashlib.sha256(self.files[MANIFEST]).hexdigest()


def of_article(store: Store, folder: Path, id: ArticleId) -> Bundle | None:
    """Return the evidence for a stored article: itself, and its parents with all that joins them. None: not stored."""
    dossier, held = store.dossiers([id]).get(id), store.lineage(id)
    if dossier is None or held is None:
        return None
    bundle = Bundle(subject={"article": {"id": id, "url": dossier.article.url}})
    edges = (*held.parents, *held.rivals)
    _put(bundle, store, folder, dossier, held, edges)
    return bundle


def of_edge(store: Store, folder: Path, copy: ArticleId, parent: str) -> Bundle | None:
    """Return the evidence for the edge from *copy* to *parent*, chosen or rival. None: there is no such edge."""
    dossier, held = store.dossiers([copy]).get(copy), store.lineage(copy)
    edge = next((e for e in (*held.parents, *held.rivals) if e.parent.id == parent), None) if held else None
    if dossier is None or held is None or edge is None:
        return None
    bundle = Bundle(
        subject={
            "copy": {"id": copy, "url": dossier.article.url},
            "parent": {"id": edge.parent.id, "url": edge.parent.url, "external": edge.parent.external},
        }
    )
    _put(bundle, store, folder, dossier, held, (edge,))
    return bundle


def packed(bundle: Bundle) -> bytes:
    """Return *bundle* as a zip. The same files always come to the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zip:
        for name in sorted(bundle.files):
            about = zipfile.ZipInfo(name, _THEN)
            about.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
            about.external_attr = 0o644 << 16
            about.create_system = 3
            zip.writestr(about, bundle.files[name], compresslevel=_LEVEL)
    return out.getvalue()


# --- what goes in


def _put(bundle: Bundle, store: Store, folder: Path, copy: Dossier, held: Lineage, edges: tuple[Edge, ...]) -> None:
    others = store.dossiers([edge.parent.id for edge in edges if not edge.parent.external])
    _put_article(bundle, store, folder, copy, held)
    for edge in edges:
        other = others.get(edge.parent.id)
        if other is None:
            why = "it is known by its credit only" if edge.parent.external else "it is not in the store any more"
            bundle.missing.append({"article": edge.parent.id, "what": "article", "why": why})
            continue
        _put_article(bundle, store, folder, other, store.lineage(edge.parent.id))
        match = next((m for m in copy.matches if m.other(copy.article.id) == edge.parent.id), None)
        if match is not None:
            _put_match(bundle, copy, other, match)
    judged = {
        "copy": {"id": copy.article.id, "url": copy.article.url},
        "lineage": present.lineage(held),
        "edges": [{**present.edge(edge, copy.article.url), "level": edge.level} for edge in edges],
        "criteria": present.criteria(held.attribution),
        "reviews": [present.review(review) for review in copy.reviews],
    }
    bundle.files["lineage.json"] = _json(judged)
    bundle.files[README] = _WORDS.format(subject=_subject(bundle.subject)).encode()
    _seal(bundle)


def _put_article(bundle: Bundle, store: Store, folder: Path, dossier: Dossier, held: Lineage | None) -> None:
    article = dossier.article
    _put_versions(bundle, store, folder, article)
    place = f"articles/{article.id}"
    bundle.files[f"{place}/article.json"] = _json(present.article(article, held, dossier.claims))
    bundle.files[f"{place}/text.txt"] = _bytes(article.text)
    records = _records_or_why(bundle, folder, article, article.capture, "page")
    if article.capture is None or records is None:
        return
    bundle.files[f"{place}/page.warc.gz"] = b"".join(record.packed for record in records)
    bundle.files[f"{place}/headers.txt"] = "\n".join(_headers(records)).encode("utf-8", "replace")
    bundle.files[f"{place}/capture.json"] = _json(
        {
            "warc": article.capture.warc,
            "offset": article.capture.offset,
            "digest": article.capture.digest,
            "records": [{"type": r.type, "id": r.id, "url": r.url, "date": r.at, "digest": r.digest} for r in records],
        }
    )


def _put_versions(bundle: Bundle, store: Store, folder: Path, article: Article) -> None:
    """Put in what the article was before, and each record that proves it; nothing where it was never seen otherwise."""
    found = editions(article, store.versions(article.id) if article.version > 1 else ())
    if len(found) < 2:
        return
    place = f"articles/{article.id}"
    bundle.files[f"{place}/versions.json"] = _json([present.edition(one) for one in found])
    for number, one in enumerate(found, 1):
        if one.text is not None and one.content_hash is not None and one.content_hash != article.content_hash:
            bundle.files[f"{place}/text-{one.content_hash[:16]}.txt"] = _bytes(one.text)
        records = _records_or_why(bundle, folder, article, one.capture, f"page of state {number}")
        if records is not None:
            bundle.files[f"{place}/state-{number}.warc.gz"] = b"".join(record.packed for record in records)


def _records_or_why(
    bundle: Bundle, folder: Path, article: Article, capture: Capture | None, what: str
) -> list[Recorded] | None:
    """Return the records that lie at *capture*; None where there are none: then *bundle* says why *what* is missing."""
    try:
        if capture is None:
            raise ArchiveError("it came without its page")
        return _records(folder, capture)
    except ArchiveError as error:
        bundle.missing.append({"article": article.id, "what": what, "why": str(error)})
        return None


def _records(folder: Path, capture: Capture) -> list[Recorded]:
    """Return the answer that lies at *capture*, what it refers to, and what it was asked with."""
    answer = read(folder, capture)
    records = [answer]
    if answer.refers_to is not None:
        records.append(read_alone(folder, answer.refers_to))
    request = request_of(folder, capture, answer)
    return [*records, request] if request is not None else records


def _headers(records: list[Recorded]) -> Iterator[str]:
    for record in records:
        yield f"{record.type} {record.url} {record.at}"
        if record.status_line:
            yield record.status_line
        yield from (f"{name}: {value}" for name, value in record.headers)
        yield ""


def _put_match(bundle: Bundle, copy: Dossier, parent: Dossier, match: Match) -> None:
    """Put in what two texts share, quoted from those that were compared; these too, if they are earlier ones."""
    sides = {}
    for name, dossier in (("copy", copy), ("parent", parent)):
        article = dossier.as_in(match)
        sides[name] = article
        if not dossier.has(match):
            what = {"article": article.id, "what": "earlier text", "why": "the text that was compared is not kept"}
            bundle.missing.append(what)
            return
        if article.content_hash != dossier.article.content_hash:
            path = f"articles/{article.id}/text-{article.content_hash[:16]}.txt"
            bundle.files[path] = _bytes(article.text)
    shared = match.seen_from(copy.article.id)
    bundle.files[f"matches/{copy.article.id}-{parent.article.id}.json"] = _json(
        {
            "copy": _side(sides["copy"], copy),
            "parent": _side(sides["parent"], parent),
            "kind": shared.kind,
            "coverage_copy": shared.coverage_left,
            "coverage_parent": shared.coverage_right,
            "similarity": shared.similarity,
            "passages": [_passage(p, sides["copy"], sides["parent"]) for p in shared.passages],
        }
    )


def _side(compared: Article, dossier: Dossier) -> dict[str, Any]:
    is_current = compared.content_hash == dossier.article.content_hash
    name = "text.txt" if is_current else f"text-{compared.content_hash[:16]}.txt"
    return {
        "id": compared.id,
        "url": compared.url,
        "title": compared.title,
        "content_hash": compared.content_hash,
        "text": f"articles/{compared.id}/{name}",
    }


def _passage(passage: Passage, copy: Article, parent: Article) -> dict[str, Any]:
    return {
        "copy": {"at": list(passage.left), "words": copy.text[slice(*passage.left)]},
        "parent": {"at": list(passage.right), "words": parent.text[slice(*passage.right)]},
        "count": passage.words,
        "kind": passage.kind,
    }


# --- the seal


def _seal(bundle: Bundle) -> None:
    """Put in the manifest, and the sums of everything."""
    for name in bundle.files:
        if name in (MANIFEST, SUMS):
            raise InputError(f"{name}: a file of that name is made here")
    manifest = {
        "format": FORMAT,
        "subject": bundle.subject,
        "versions": versions(),
        "missing": bundle.missing,
        "files": [
            {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(bundle.files.items())
        ],
    }
    bundle.files[MANIFEST] = _json(manifest)
    sums = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(bundle.files.items()))
    bundle.files[SUMS] = "".join(sums).encode()


def versions() -> dict[str, str]:
    """Return what of ours the evidence rests on: the program, how texts are fingerprinted, the phrases of claims."""
    rules = hashlib.sha256(MARKERS.read_bytes()).hexdigest()
    return {"copytrail": version("copytrail"), "fingerprint": SCHEME, "markers": f"sha256:{rules}"}


def _json(value: Any) -> bytes:
    return _bytes(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _subject(subject: Mapping[str, Any]) -> str:
    if "article" in subject:
        return f"the article {subject['article']['url']}"
    parent = subject["parent"]
    return f"that {subject['copy']['url']} was taken from {parent['url'] or parent['id']}"
