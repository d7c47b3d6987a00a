"""Checks a bundle of evidence with nothing but itself at hand: no store, no archive, no network."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.archive.members import members
from crawler.archive.reader import UNREADABLE, Recorded, recorded
from crawler.archive.records import digest_of
from crawler.archive.upkeep import wrong
from crawler.bundle import FORMAT, MANIFEST, SUMS
from crawler.errors import InputError

LARGEST = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a bundle is about, its seal, and a line for each thing in it that is not as it was made."""

    subject: Mapping[str, Any]
    versions: Mapping[str, str]
    missing: tuple[Mapping[str, str], ...]
    files: int
    seal: str
    problems: tuple[str, ...]


def verify(path: Path, *, seal: str | None = None) -> Verified:
    """Check the bundle at *path*, against the *seal* that was noted when it was made if that is given.

    Raises InputError for a file that is no bundle at all.
    """
    files, doubled = _unpacked(path)
    try:
        manifest = json.loads(files[MANIFEST])
        if manifest["format"] != FORMAT:
            raise InputError(
                f"{path}: of the format {str(manifest['format'])[:40]!r}, which this copytrail cannot check"
            )
        listed = {str(one["path"]): (int(one["bytes"]), str(one["sha256"])) for one in manifest["files"]}
        subject, versions, missing = manifest["subject"], manifest["versions"], tuple(manifest["missing"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: no evidence of copytrail: its {MANIFEST} cannot be read") from error
    found = hashlib.sha256(files[MANIFEST]).hexdigest()
    problems = [f"{name}: there twice" for name in doubled]
    if seal is not None and seal.lower().removeprefix("sha256:") != found:
        problems.append(f"{MANIFEST}: its seal is {found}, not the one that was noted: it was written anew")
    problems += _sums(files, listed)
    # What is in the files is only looked at where the sums hold: what was tampered with is named once.
    problems += [] if problems else _contents(files)
    return Verified(
        subject=subject,
        versions=versions,
        missing=missing,
        files=len(listed),
        seal=found,
        problems=tuple(problems),
    )


def _unpacked(path: Path) -> tuple[dict[str, bytes], list[str]]:
    try:
        with zipfile.ZipFile(path) as zip:
            entries = zip.infolist()
            if sum(entry.file_size for entry in entries) > LARGEST:
                raise InputError(
                    f"{path}: larger than {LARGEST // 2**20} MiB once unpacked: that is no evidence of ours"
                )
            files: dict[str, bytes] = {}
            doubled = []
            for entry in entries:
                if entry.filename in files:
                    doubled.append(entry.filename)
                files[entry.filename] = _content(zip, entry)
            return files, doubled
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: not a zip file, or a damaged one: {str(error)[:100]}") from error


def _content(zip: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return what is in one file; what cannot be unpacked comes as no bytes, whose sum is wrong."""
    try:
        with zip.open(entry) as file:
            return file.read(entry.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return b""


def _sums(files: Mapping[str, bytes], listed: Mapping[str, tuple[int, str]]) -> Iterator[str]:
    for name, (size, sum) in listed.items():
        content = files.get(name)
        if content is None:
            yield f"{name}: is not there"
        elif len(content) != size or hashlib.sha256(content).hexdigest() != sum:
            yield f"{name}: was changed"
    for name in files:
        if name not in listed and name not in (MANIFEST, SUMS):
            yield f"{name}: was added"
    expected = "".join(
        f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted({*listed, MANIFEST} & files.keys())
    )
    if SUMS not in files:
        yield f"{SUMS}: is not there"
    elif files[SUMS] != expected.encode() and set(listed) <= files.keys():
        yield f"{SUMS}: does not say the sums of the files, as {MANIFEST} does"


def _contents(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield where files that are as they were made do not fit together: a manifest that was written anew, say."""
    try:
        for name, content in files.items():
            if name.endswith("/article.json"):
                yield from _article(name.removesuffix("/article.json"), json.loads(content), files)
            elif name.startswith("matches/"):
                yield from _match(name, json.loads(content), files)
    except (KeyError, TypeError, ValueError, RecursionError, UnicodeDecodeError) as error:
        yield f"a file is not laid out as ours are: {type(error).__name__}"


def _article(place: str, article: Any, files: Mapping[str, bytes]) -> Iterator[str]:
    text = files[f"{place}/text.txt"].decode()
    if article["text"] != text:
        yield f"{place}/text.txt: is not the text in article.json"
    if not _is_of(article["content_hash"], article["title"], text):
        yield f"{place}/article.json: its content_hash is not that of its title and text"
    page = files.get(f"{place}/page.warc.gz")
    if page is not None:
        yield from _page(f"{place}/page.warc.gz", page, article["capture"]["digest"])


def _page(name: str, page: bytes, digest: str) -> Iterator[str]:
    bodies = []
    for member in members(io.BytesIO(page)):
        problem = "not a record" if member.data is None else wrong(member.data)
        if problem is not None:
            yield f"{name}: {problem}"
            return
        record = _record(page[member.offset : member.offset + member.length])
        if record is None:
            yield f"{name}: not a record"
            return
        bodies.append(digest_of(record.body))
    if digest not in bodies:
        yield f"{name}: none of its records has the body that was captured ({digest})"


def _record(raw: bytes) -> Recorded | None:
    try:
        return recorded(raw)
    except UNREADABLE:
        return None


def _match(name: str, match: Any, files: Mapping[str, bytes]) -> Iterator[str]:
    for side in ("copy", "parent"):
        text = files[match[side]["text"]].decode()
        if not _is_of(match[side]["content_hash"], match[side]["title"], text):
            yield f"{name}: {match[side]['text']} is not the text that was compared"
        for number, passage in enumerate(match["passages"], 1):
            start, end = passage[side]["at"]
            if text[start:end] != passage[side]["words"]:
                yield f"{name}: passage {number} does not stand in {match[side]['text']} where it says"


def _is_of(content_hash: str, title: str | None, text: str) -> bool:
    """Say whether the hash is that of this content; where half a character was replaced nobody can tell."""
    content = f"{title or ''}\n{text}"
    return "\ufffd" in content or hashlib.sha256(content.encode()).hexdigest() == content_hash
