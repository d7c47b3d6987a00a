"""What comes out of whole pages: self-written ones, the seed, and the benchmark's real ones."""

from __future__ import annotations

import html
import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import tostring

from crawler.errors import NotAnArticle
from crawler.extract import extract, parse
from crawler.model import Dated, Page
from tests.extract.pages import SENTENCES, a_page, an_article_page

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
SEED_URL = "https://www.globalresearch.ca/video-syria-turkey-ramp-up-preparations-new-military-confrontation/5708153"


@pytest.mark.parametrize("name", sorted(path.stem for path in CORPUS.glob("*.html")))
def test_a_page_of_the_corpus_yields_the_article_beside_it(name: str) -> None:
    wanted: dict[str, Any] = json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))
    found = extract(a_page((CORPUS / f"{name}.html").read_bytes(), url=wanted["url"], headers=wanted.get("headers")))
    got = {
        **{
            field: getattr(found, field)
            for field in ("title", "byline", "language", "canonical_url", "site_name", "summary")
        },
        "authors": list(found.authors),
        "published": _written(found.published),
        "modified": _written(found.modified),
        "links": [link.url for link in found.links],
        "media": [f"{one.kind} {one.url}" for one in found.media],
        "links_lost": found.links_lost,
        "license": found.license,
    }
    assert got == {field: wanted[field] for field in got}
    assert [piece for piece in wanted["has"] if piece not in found.text] == []
    assert [piece for piece in wanted["has_not"] if piece in found.text] == []


def test_the_seed_gives_its_own_date_its_byline_its_video_and_its_terms(shared_data: Path) -> None:
    found = extract(_seed(shared_data))
    assert found.title == "Video: Syria and Turkey Ramp Up Preparations for New Military Confrontation"
    assert found.byline == "By South Front"
    assert found.authors == ("South Front",)
    assert found.site_name == "Global Research"
    assert found.published is not None
    assert (found.published.iso(), found.published.basis) == ("2020-03-31", "text")
    assert found.links_lost
    assert [(one.kind, one.url.rsplit("/", 1)[-1]) for one in found.media] == [("video", "IMR_30_03_2020_ENG_AE_1.mp4")]
    assert found.license is not None
    assert "grants permission to cross-post" in found.license
    for line in ("South Front 30 March 2020", "The original source of this article is South Front"):
        assert line in found.text


def test_the_text_of_real_pages_is_found_at_least_as_well_as_promised(shared_data: Path) -> None:
    sys.path.insert(0, str(shared_data / "tools"))
    try:
        load: Any = importlib.import_module("load")
        score: Any = importlib.import_module("score")
    finally:
        sys.path.pop(0)
    truth, texts, refused = {}, {}, []
    for row in load.truth("dev", "aeb"):
        truth[row["id"]] = row["articleBody"]
        try:
            texts[row["id"]] = extract(a_page(load.page_bytes("dev", row["file"]), url=row["url"])).text
        except NotAnArticle as error:
            refused.append((row["id"], str(error)))
    assert refused == []
    assert score.text_scores(truth, texts)["f1"] >= 0.955


@pytest.mark.parametrize("above", ["<p>Posted 3 May 2026</p>", "<!-- no date: it is guessed --><script>x</script>"])
def test_the_tree_stays_as_it_is_so_that_claims_are_read_from_the_whole_page(above: str) -> None:
    page = a_page(an_article_page(above=above, below="<aside>x</aside><noscript><img src=/p.gif width=1></noscript>"))
    tree = parse(page)
    before = tostring(tree)
    first, again = extract(page, tree), extract(page, tree)
    assert tostring(tree) == before
    assert first == again == extract(page)


def test_a_canonical_on_another_site_is_kept_as_a_claim() -> None:
    head = "<link rel=canonical href='https://origin.example/first?utm_source=x'>"
    assert extract(a_page(an_article_page(head=head))).canonical_url == "https://origin.example/first"


@pytest.mark.parametrize(
    "canonical", ["javascript:alert(1)", "mailto:x@y.example", "http://", "data:text/html,x", "http://[::bad"]
)
def test_a_canonical_that_is_no_address_is_none(canonical: str) -> None:
    assert extract(a_page(an_article_page(head=f"<link rel=canonical href='{canonical}'>"))).canonical_url is None


@given(st.text(min_size=0, max_size=400))
@settings(max_examples=40, deadline=None)
def test_whatever_stands_in_the_page_the_text_is_plain(junk: str) -> None:
    body = an_article_page(inside=f"<p>{html.escape(junk)}</p>", above=junk[:50]).encode("utf-8", "surrogatepass")
    found = extract(a_page(body))
    for text in (found.text, found.title or "", found.byline or ""):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]", text)
    assert SENTENCES[0] in found.text
    found.text.encode("utf-8")


@given(st.binary(max_size=600))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_an_article_or_refused_with_a_reason(noise: bytes) -> None:
    for body in (noise, b"<html><body>" + noise, an_article_page().encode()[:-200] + noise):
        refused = _refusal_of(a_page(body))
        assert refused is None or (str(refused) and refused.url)


def _refusal_of(page: Page) -> NotAnArticle | None:
    try:
        extract(page)
    except NotAnArticle as error:
        return error
    return None


def _written(date: Dated | None) -> str | None:
    if date is None:
        return None
    zone = " zone-unknown" if not date.zone_known and date.precision != "day" else ""
    return f"{date.iso()} {'day ' if date.precision == 'day' else date.precision + ' '}{date.basis}{zone}"


def _seed(shared_data: Path) -> Page:
    """Return the seed's lines as a page in a plain frame, its links as lost as they are there."""
    title, out = "", []
    for block in re.split(r"\n\s*\n", next((shared_data / "seed").glob("*.txt")).read_text(encoding="utf-8").strip()):
        line = html.escape(block.strip(), quote=False).replace("\\_", "_")
        line = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r'<a href="\2">\1</a>', line)
        if line.startswith("# "):
            title = line[2:]
            out.append(f"<h1>{title}</h1>")
        else:
            out.append(f"<p>{line}</p>".replace("\n", "<br>"))
    head = f"<meta charset=utf-8><title>{title} - Global Research</title>"
    return a_page(f"<html lang=en><head>{head}</head><body><article>{''.join(out)}</article>", url=SEED_URL)
