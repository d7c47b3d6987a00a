"""The evidence for an edge: all of it is in one file, the same each time, and whatever is changed in it is named."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler import bundle as evidence
from crawler.archive.members import members
from crawler.archive.records import digest_of
from crawler.archive.writer import Archive
from crawler.archiving import take_in_files
from crawler.bundle import MANIFEST, SUMS, Bundle, packed
from crawler.errors import InputError
from crawler.flow import Engine
from crawler.model import ArticleId, Page, Source
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store.memory import MemoryStore
from crawler.urls import article_id
from crawler.verifying import verify
from tests.builders import NOON
from tests.end_to_end.texts import CRANE, CREDIT, HARBOUR, MERIDIAN, page

DAY = timedelta(days=1)
COPY, PARENT = article_id(MERIDIAN), article_id(HARBOUR)
REGISTRY = Registry(
    [
        Source(id="harbour-post", name="Harbour Post", domains=("harbour-post.example",)),
        Source(id="meridian", name="Meridian Digest", domains=("meridian.example",)),
    ]
)


def an_engine() -> Engine:
    return Engine(MemoryStore(), REGISTRY, clock=lambda: NOON, jitter=lambda: 0.0)


def a_page(url: str, text: str, **changes: Any) -> Page:
    body = page(text, at="2024-03-01T08:00:00Z" if url == HARBOUR else "2024-03-01T11:00:00Z").encode()
    headers = {"content-type": "text/html; charset=utf-8"}
    return Page(url=url, final_url=url, body=body, headers=headers, **{"fetched_at": NOON} | changes)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Engine, Path]:
    """A copy that credits its original, both taken in through an archive."""
    engine, folder = an_engine(), tmp_path / "archive"
    with Archive(folder, now=lambda: NOON) as archive:
        pages = [a_page(HARBOUR, CRANE), a_page(MERIDIAN, f"{CRANE}\n{CREDIT}")]
        take_in_files(pages, engine, archive, clock=lambda: NOON)
    return engine, folder


def edge_of(made: tuple[Engine, Path], parent: str = PARENT) -> Bundle:
    engine, folder = made
    found = evidence.of_edge(engine.store, folder, COPY, parent)
    assert found is not None
    return found


def written(bundle: Bundle, tmp_path: Path) -> Path:
    path = tmp_path / "evidence.zip"
    path.write_bytes(packed(bundle))
    return path


def rewritten(files: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as zip:
        for name, content in files.items():
            zip.writestr(name, content)
    return path


def test_all_that_an_edge_rests_on_is_there(made: tuple[Engine, Path]) -> None:
    files = edge_of(made).files
    for id in (COPY, PARENT):
        names = {name.rpartition("/")[2] for name in files if name.startswith(f"articles/{id}/")}
        assert names == {"article.json", "text.txt", "capture.json", "headers.txt", "page.warc.gz"}
    lineage = json.loads(files["lineage.json"])
    (edge,) = lineage["edges"]
    assert edge["parent"]["id"] == PARENT
    assert edge["evidence"]
    claims = json.loads(files[f"articles/{COPY}/article.json"])["claims"]
    assert any("originally published by Harbour Post" in claim["quote"] for claim in claims)
    assert set(json.loads(files[MANIFEST])["versions"]) == {"copytrail", "fingerprint", "markers"}


def test_the_page_in_it_is_the_one_that_was_fetched(made: tuple[Engine, Path]) -> None:
    files = edge_of(made).files
    capture = json.loads(files[f"articles/{COPY}/capture.json"])
    body = a_page(MERIDIAN, f"{CRANE}\n{CREDIT}").body
    assert capture["digest"] == digest_of(body)
    records = b"".join(m.data or b"" for m in members(io.BytesIO(files[f"articles/{COPY}/page.warc.gz"])))
    assert body in records


def test_each_passage_is_quoted_from_both_texts_where_it_stands(made: tuple[Engine, Path]) -> None:
    files = edge_of(made).files
    match = json.loads(files[f"matches/{COPY}-{PARENT}.json"])
    assert match["passages"]
    for passage in match["passages"]:
        for side in ("copy", "parent"):
            start, end = passage[side]["at"]
            assert files[match[side]["text"]].decode()[start:end] == passage[side]["words"]


def test_it_holds_and_the_same_store_makes_the_same_file(made: tuple[Engine, Path], tmp_path: Path) -> None:
    one, other = edge_of(made), edge_of(made)
    assert packed(one) == packed(other)
    found = verify(written(one, tmp_path), seal=one.seal)
    assert found.problems == ()
    assert found.seal == one.seal
    assert found.subject["copy"]["id"] == COPY


def test_whatever_file_is_changed_left_out_or_added_is_named(made: tuple[Engine, Path], tmp_path: Path) -> None:
    files = edge_of(made).files
    path = tmp_path / "evidence.zip"
    for name in files:
        if name in (MANIFEST, SUMS):
            continue
        for place in (0, len(files[name]) // 2, -1):
            content = bytearray(files[name])
            content[place] ^= 1
            found = verify(rewritten(files | {name: bytes(content)}, path)).problems
            assert f"{name}: was changed" in found
        without = {other: content for other, content in files.items() if other != name}
        assert f"{name}: is not there" in verify(rewritten(without, path)).problems
    assert verify(rewritten(files | {"more.txt": b"x"}, path)).problems[0] == "more.txt: was added"
    assert verify(rewritten(files | {SUMS: b"x"}, path)).problems != ()


def test_a_bit_that_flips_in_the_zip_itself_is_noticed(made: tuple[Engine, Path], tmp_path: Path) -> None:
    bundle = edge_of(made)
    raw = packed(bundle)
    path = tmp_path / "evidence.zip"
    for place in range(0, len(raw), 997):
        changed = bytearray(raw)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        try:
            found = verify(path, seal=bundle.seal)
        except InputError:
            continue
        # A flag of the zip's own, such as a file's time, is no part of the evidence.
        assert found.problems or _contents(path) == bundle.files


def _contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as zip:
        return {name: zip.read(name) for name in zip.namelist()}


def forged(files: dict[str, bytes], name: str, old: bytes, new: bytes) -> dict[str, bytes]:
    """Change a file and write manifest and sums anew, as a forger would."""
    assert old in files[name]
    changed = {n: c for n, c in files.items() if n not in (MANIFEST, SUMS)}
    changed[name] = changed[name].replace(old, new)
    manifest = json.loads(files[MANIFEST])
    manifest["files"] = [
        {"path": n, "bytes": len(c), "sha256": hashlib.sha256(c).hexdigest()} for n, c in sorted(changed.items())
    ]
    changed[MANIFEST] = json.dumps(manifest).encode()
    sums = "".join(f"{hashlib.sha256(c).hexdigest()}  {n}\n" for n, c in sorted(changed.items()))
    return changed | {SUMS: sums.encode()}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (f"articles/{COPY}/text.txt", "is not the text in article.json"),
        (f"articles/{COPY}/article.json", "is not the text in article.json"),
        (f"matches/{COPY}-{PARENT}.json", "does not stand in"),
    ],
)
def test_a_forger_who_writes_the_sums_anew_is_found_where_the_files_do_not_fit(
    name: str, words: str, made: tuple[Engine, Path], tmp_path: Path
) -> None:
    bundle = edge_of(made)
    files = forged(bundle.files, name, b"spring floods", b"autumn storms")
    path = rewritten(files, tmp_path / "evidence.zip")
    assert any(words in problem for problem in verify(path).problems)
    assert any("not the one that was noted" in problem for problem in verify(path, seal=bundle.seal).problems)


def test_a_page_of_another_article_is_not_taken_for_the_captured_one(made: tuple[Engine, Path], tmp_path: Path) -> None:
    files = edge_of(made).files
    one, other = (f"articles/{id}/page.warc.gz" for id in (COPY, PARENT))
    swapped = forged(files | {one: files[other]}, "README.txt", b"Evidence", b"Evidence")
    (problem,) = verify(rewritten(swapped, tmp_path / "evidence.zip")).problems
    assert problem.startswith(f"{one}: none of its records has the body that was captured")


def test_an_article_has_the_evidence_of_all_its_parents(made: tuple[Engine, Path]) -> None:
    engine, folder = made
    found = evidence.of_article(engine.store, folder, COPY)
    assert found is not None
    assert f"matches/{COPY}-{PARENT}.json" in found.files
    alone = evidence.of_article(engine.store, folder, PARENT)
    assert alone is not None
    assert not [name for name in alone.files if COPY in name]


def test_what_is_not_stored_has_no_evidence(made: tuple[Engine, Path]) -> None:
    engine, folder = made
    assert evidence.of_article(engine.store, folder, ArticleId("0" * 40)) is None
    assert evidence.of_edge(engine.store, folder, PARENT, COPY) is None


def test_what_cannot_be_put_in_is_said(tmp_path: Path) -> None:
    engine, folder = an_engine(), tmp_path / "archive"
    row = Row(url=HARBOUR, title="Why the crane stands still", text=CRANE, fetched_at=NOON)
    with Archive(folder, now=lambda: NOON) as archive:
        take_in_files([row, a_page(MERIDIAN, f"{CRANE}\n{CREDIT}")], engine, archive, clock=lambda: NOON)
    for path in folder.glob("*.open"):
        path.unlink()
    bundle = edge_of((engine, folder))
    missing = {(one["article"], one["what"]): one["why"] for one in bundle.missing}
    assert missing[(PARENT, "page")] == "it came without its page"
    assert "is not there any more" in missing[(COPY, "page")]
    found = verify(written(bundle, tmp_path))
    assert (found.problems, len(found.missing)) == ((), 2)


def test_an_origin_that_is_known_by_its_credit_only_has_its_credit(tmp_path: Path) -> None:
    engine, folder = an_engine(), tmp_path / "archive"
    with Archive(folder, now=lambda: NOON) as archive:
        take_in_files([a_page(MERIDIAN, f"{CRANE}\n{CREDIT}")], engine, archive, clock=lambda: NOON)
    held = engine.store.lineage(COPY)
    assert held is not None
    bundle = edge_of((engine, folder), held.parents[0].parent.id)
    assert bundle.missing[0]["why"] == "it is known by its credit only"
    assert verify(written(bundle, tmp_path)).problems == ()


def test_a_copy_of_an_earlier_text_is_proved_by_that_text(made: tuple[Engine, Path], tmp_path: Path) -> None:
    engine, folder = made
    edited = CRANE.replace("spring floods", "autumn storms").replace("nine hours", "seven hours")
    with Archive(folder, now=lambda: NOON + DAY) as archive:
        later = a_page(HARBOUR, edited, fetched_at=NOON + DAY)
        take_in_files([later], engine, archive, clock=lambda: NOON + DAY)
    engine.settle()
    bundle = edge_of(made)
    match = json.loads(bundle.files[f"matches/{COPY}-{PARENT}.json"])
    quoted = " ".join(passage["parent"]["words"] for passage in match["passages"])
    assert "spring floods" in quoted
    assert match["parent"]["text"] != f"articles/{PARENT}/text.txt"
    states = json.loads(bundle.files[f"articles/{PARENT}/versions.json"])
    assert [(state["number"], state["class"]) for state in states] == [(1, None), (2, "facts")]
    for number, words in ((1, b"spring floods"), (2, b"autumn storms")):
        assert words in gzip.decompress(bundle.files[f"articles/{PARENT}/state-{number}.warc.gz"])
    assert bundle.missing == []
    assert verify(written(bundle, tmp_path)).problems == ()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 and then nothing"])
def test_what_is_no_evidence_at_all_is_bad_input(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a zip file"):
        verify(path)


def test_a_zip_of_something_else_is_bad_input(tmp_path: Path) -> None:
    path = rewritten({"a.txt": b"a"}, tmp_path / "evidence.zip")
    with pytest.raises(InputError, match="no evidence of copytrail"):
        verify(path)
