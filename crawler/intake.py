"""Files as pages and rows: HTML, WARC and JSONL, without the network."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.dates import written_date
from crawler.errors import InputError
from crawler.lineage.when import TOLERATED_FUTURE
from crawler.model import Capture, Dated, Link, Page
from crawler.plain import visible
from crawler.prepare import Row
from crawler.urls import clean

LONGEST_LINE = 64 * 2**20
LARGEST_PAGE = 50 * 2**20
_LOOK = 2**16
LONGEST_TEXT = 2_000_000  # characters: a long novel
_AGO = re.compile(r"([0-9]{1,5})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_FIELDS = {
    "url": str,
    "fetched_at": str,
    "source": str,
    "title": str,
    "text": str,
    "html": str,
    "byline": str,
    "language": str,
    "canonical_url": str,
    "links": list,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One part of a file that could not be read, with its place ("rows.jsonl line 3") and what to do.

    *skipped*: nothing was taken in for it; otherwise all but the one field it speaks of.
    """

    place: str
    words: str
    skipped: bool = True


def read_html(path: Path, url: str, at: datetime) -> Page:
    """Return the page in *path* as if fetched from *url*. Raises InputError."""
    clean(url)
    body = read_bytes(path, LARGEST_PAGE)
    return html_page(body, url, at, headers={"content-type": "text/html"})


def html_page(body: bytes, url: str, at: datetime, *, headers: dict[str, str]) -> Page:
    return Page(url=url, final_url=url, body=body, fetched_at=at, headers=headers)


def read_bytes(path: Path, most: int) -> bytes:
    """Return what is in *path*. Raises InputError when that is more than *most* bytes or cannot be read."""
    try:
        with path.open("rb") as file:
            body = file.read(most + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if len(body) > most:
        raise InputError(f"{path}: larger than {most // 2**20} MiB: give a smaller file")
    return body


class Lines(Protocol):
    """As much of a file as is read line by line."""

    def readline(self, most: int, /) -> bytes: ...


def read_jsonl(file: Lines, name: str, now: datetime, *, lines_before: int = 0) -> Iterator[Page | Row | Problem]:
    """Yield a page or row for each line, and a problem, with its number, for each that is none.

    *lines_before*: so many lines of the file of that name come before what is read.
    """
    number = lines_before
    while line := file.readline(LONGEST_LINE):
        number += 1
        place = f"{name} line {number}"
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Problem(place=place, words=f"longer than {LONGEST_LINE // 2**20} MiB")
            continue
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode("utf-8-sig"))
            made = row(value, now)
            if isinstance(made, Row) and (words := _doubt(made, value)):
                yield Problem(place=place, words=words, skipped=False)
            yield made
        except UnicodeDecodeError:
            yield Problem(place=place, words="not UTF-8")
        except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits, too
            yield Problem(place=place, words=f"not JSON: {str(error)[:100]}")
        except InputError as error:
            yield Problem(place=place, words=str(error))


def _doubt(made: Row, value: dict[str, Any]) -> str | None:
    """Return what is to be said of a date that was given and does not count."""
    if not value.get("published_at"):
        return None
    given = str(value["published_at"])[:60]
    if made.published is None:
        return (
            f"published_at: not a date we can read, taken as unknown: {given!r}" if value.get("published_at") else None
        )
    if made.published.at > made.fetched_at + TOLERATED_FUTURE:
        return f"published_at: after it was fetched, so it says nothing of who was first: {given!r}"
    return None


def row(value: Any, now: datetime) -> Page | Row:
    """Return what one JSONL object describes. Raises InputError naming the field."""
    if not isinstance(value, dict):
        raise InputError("not an object with a url")
    for name, kind in _FIELDS.items():
        if value.get(name) is not None and not isinstance(value[name], kind):
            raise InputError(f"{name}: must be a {'list' if kind is list else 'string'}")
    url = _word(value, "url")
    if not url:
        raise InputError("url: missing")
    clean(url)
    at = moment(value["fetched_at"], "fetched_at") if value.get("fetched_at") else now
    if value.get("html") is not None:
        body = value["html"].encode("utf-8", "replace")
        return html_page(body, url, at, headers={"content-type": "text/html; charset=utf-8"})
    if value.get("text") is None:
        raise InputError("text: missing (and there is no html)")
    if len(value["text"]) > LONGEST_TEXT:
        raise InputError(f"text: longer than {LONGEST_TEXT:,} characters: that is no article")
    return Row(
        url=url,
        title=_word(value, "title"),
        text=_harmless(value["text"]),
        fetched_at=at,
        published=date(value["published_at"]) if value.get("published_at") else None,
        byline=_word(value, "byline"),
        language=_word(value, "language"),
        canonical_url=_word(value, "canonical_url"),
        links=_links(value["links"], url) if value.get("links") is not None else None,
        source_name=_word(value, "source"),
    )


def _word(value: dict[str, Any], name: str) -> str | None:
    return _harmless(value.get(name) or "") or None


def _harmless(text: str) -> str:
    """Return *text* without what no store takes: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _links(values: list[Any], base: str) -> tuple[Link, ...]:
    links = []
    for value in values:
        url, words = (value.get("url"), value.get("text")) if isinstance(value, dict) else (value, "")
        if not isinstance(url, str):
            raise InputError("links: each must be a URL or an object with a url")
        try:
            links.append(Link(url=clean(url, base), text=words if isinstance(words, str) else ""))
        except InputError:
            continue  # mailto: and the like are no links to articles
    return tuple(links)


def moment_or_ago(text: str, name: str, now: datetime) -> datetime:
    """Return the instant that *text* means: a date, or so long before *now* ("24h", "7d", "4w"). Raises InputError."""
    ago = _AGO.fullmatch(text)
    return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else moment(text, name)


def moment(text: str, name: str) -> datetime:
    """Return an ISO 8601 time in UTC; without a zone it is UTC. Raises InputError."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{name}: not an ISO 8601 time: {text[:60]!r}") from error


def date(value: Any) -> Dated | None:
    """Return the date that was given, with its precision and whether its zone is known; None if it cannot be read."""
    text = re.sub(r"(?<=^\d{10})\.\d+$", "", str(value))  # seconds since 1970, as some programs write them
    found = written_date(text)
    if found is None:
        return None
    return Dated(at=found.at, precision=found.precision, zone_known=found.zone_known, basis="given")


def read_warc(file: BinaryIO, name: str, warc: str | None = None) -> Iterator[Page | Problem]:
    """Yield the HTML pages of a WARC file, and a problem for each damaged record and where the file breaks off.

    *warc* is the file's path in full, for the pages' captures.
    """
    count = end = 0
    records = ArchiveIterator(file)
    try:
        while (record := _quietly(lambda: next(records, None))) is not None:
            count += 1
            if record.rec_type == "response" and record.http_headers is not None:
                yield from _response(record, f"{name} record {count}", warc, records.get_record_offset)
            if not _is_whole(record):
                yield Problem(place=f"{name} record {count}", words="breaks off in the middle: copy the file again")
                return
            end = _quietly(lambda: records.get_record_offset() + records.get_record_length())
        file.seek(end)
        if file.read(_LOOK).strip():  # warcio takes a head that breaks off for the end
            yield Problem(place=f"{name} after record {count}", words="not a readable WARC from here on: copy it again")
        elif not count:
            yield Problem(place=name, words="no record in it: the file is empty")
    except OSError as error:
        yield Problem(place=name, words=f"cannot be read: {error.strerror or error}")
    except (ArchiveLoadFailed, EOFError, ValueError, AttributeError, zlib.error) as error:
        # AttributeError is what warcio makes of a head without its first line.
        words = "" if isinstance(error, AttributeError) else f": {visible(str(error))[:100]}"
        yield Problem(place=f"{name} after record {count}", words=f"not a readable WARC from here on{words}")


def _quietly(ask: Callable[[], Any]) -> Any:
    # What warcio prints about a record, foreign bytes included, goes nowhere.
    with redirect_stderr(io.StringIO()):
        return ask()


def _is_whole(record: Any) -> bool:
    """Read *record* to its end; say whether all of it was there."""
    while record.raw_stream.read(_LOOK):
        pass
    return getattr(record.raw_stream, "limit", None) == 0


def _response(record: Any, place: str, warc: str | None, offset: Callable[[], int]) -> Iterator[Page | Problem]:
    headers = {name.lower(): value for name, value in record.http_headers.headers}
    if record.http_headers.get_statuscode() != "200" or "html" not in headers.get("content-type", "html"):
        return
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
    body = record.content_stream().read(LARGEST_PAGE + 1)
    if len(body) > LARGEST_PAGE:
        yield Problem(place=place, words=f"{url}: larger than {LARGEST_PAGE // 2**20} MiB: that is no article")
        return
    if not _is_whole(record):
        return  # half a page: the reader says so
    try:
        clean(url)
        at = moment(record.rec_headers.get_header("WARC-Date") or "", "WARC-Date")
    except InputError as error:
        yield Problem(place=place, words=str(error))
        return
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    kept = Capture(digest=digest, warc=warc, offset=_quietly(offset) if warc else None)
    yield replace(html_page(body, url, at, headers=headers), capture=kept)
