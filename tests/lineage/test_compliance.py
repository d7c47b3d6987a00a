"""The twelve questions about a credit, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from config.loading import load
from crawler.lineage.credit import attribution
from crawler.model import Attribution, Capture, Claim, Criterion, Dated, Link, Media, Policy
from crawler.prepare import compare_texts
from tests.builders import NOON, a_claim, a_source_ref, an_article, some_text

TEXT = some_text(300, seed=7)
HARBOUR = a_source_ref("harbour-post")
URL = "https://harbour-post.example/ferry"
ORIGINAL = an_article(
    "ferry",
    outlet="harbour-post",
    title="The ferry",
    text=TEXT,
    authors=("Ann Lee",),
    byline="By Ann Lee",
    published=Dated(at=NOON),
    links=tuple(Link(url=f"https://source-{n}.example/") for n in range(10)),
    media=(Media(url="https://harbour-post.example/ferry.jpg", kind="image"),),
)


def credit(**changes: Any) -> Claim:
    said = {
        "kind": "credit", "source_id": "harbour-post", "name": "Harbour Post", "domain": "harbour-post.example",
        "url": URL, "linked": "article", "where": "foot", "quote": "First published by Harbour Post",
    }  # fmt: skip
    return a_claim(**said | changes)


def judged(
    claims: Sequence[Claim] = (), policy: Policy | None = None, *, seen: bool = True, text: str = TEXT, **changes: Any
) -> Attribution:
    page = {
        "outlet": "meridian", "title": "The ferry", "text": text, "authors": ("Ann Lee",), "byline": "By Ann Lee",
        "published": Dated(at=NOON + timedelta(hours=3)), "links": ORIGINAL.links, "media": (),
        "capture": Capture(digest="sha256:0"),
    }  # fmt: skip
    child = an_article("copied", **page | changes)
    return attribution(
        child,
        claims,
        HARBOUR,
        parent_url=URL,
        policy=policy,
        original=ORIGINAL if seen else None,
        shared=compare_texts(child.text, TEXT) if seen else None,
    )


def answer(given: Attribution, id: str) -> Criterion:
    return next(c for c in given.criteria if c.id == id)


def test_there_are_twelve_answers_in_order() -> None:
    assert [c.id for c in judged((credit(),)).criteria] == [f"D{n}" for n in range(1, 13)]


@pytest.mark.parametrize(
    ("claim", "d2", "d3"),
    [
        (credit(), "yes", "yes"),
        (credit(url="https://harbour-post.example/", linked="home"), "yes", "partial"),
        (credit(url=None, linked="other"), "yes", "no"),
        (credit(url=None, linked="no"), "no", "no"),
        (credit(linked="no", quote=f"First published at {URL}"), "partial", "no"),
        (credit(url=None, linked="no", quote="First published at harbour-post.example"), "partial", "no"),
        (credit(url=None, linked="unknown"), "unknown", "unknown"),
    ],
)
def test_the_link_is_answered_by_where_it_leads(claim: Claim, d2: str, d3: str) -> None:
    given = judged((claim,))
    assert (answer(given, "D2").answer, answer(given, "D3").answer) == (d2, d3)
    assert answer(given, "D1").quote == claim.quote


@pytest.mark.parametrize("where", ["head", "feed", "url"])
def test_a_name_that_no_reader_sees_is_no_credit(where: str) -> None:
    given = judged((credit(where=where, kind="copyright"),))
    assert (given.verdict, answer(given, "D1").answer) == ("uncredited", "no")


def test_another_outlets_name_is_a_wrong_credit_and_is_quoted() -> None:
    given = judged((credit(source_id="open-shore", name="Open Shore", domain="open-shore.example", url=None),))
    assert (given.verdict, given.credited_as) == ("misattributed", "Open Shore")
    assert answer(given, "D1").note == "it names Open Shore"


def test_bare_text_is_never_called_uncredited() -> None:
    given = judged((), capture=None, links_lost=True)
    assert (given.verdict, given.credited, given.linked) == ("unknown",) * 3
    assert {answer(given, f"D{n}").answer for n in (1, 2, 3, 4, 10)} == {"unknown"}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ((credit(),), "no"),
        ((credit(), credit(kind="copyright", quote="Copyright © Ann Lee, Harbour Post, 2024")), "yes"),
        ((credit(quote="Republished from Harbour Post under a Creative Commons license"),), "yes"),
    ],
)
def test_the_copyright_is_acknowledged_by_its_line_or_the_licence(claims: tuple[Claim, ...], expected: str) -> None:
    assert answer(judged(claims), "D4").answer == expected


def test_the_author_may_stand_in_the_byline_or_the_text() -> None:
    assert answer(judged((credit(),)), "D6").answer == "yes"
    gone = {"byline": "By the desk", "authors": ()}
    assert answer(judged((credit(),), **gone), "D6") == Criterion(id="D6", answer="no", note="Ann Lee is not named")
    assert answer(judged((credit(),), text=f"By Ann Lee\n{TEXT}", **gone), "D6").answer == "yes"
    assert answer(judged((credit(),), seen=False), "D6").answer == "unknown"


@pytest.mark.parametrize(
    ("shown", "published", "expected"),
    [
        (None, 3, "yes"),  # the same day
        (None, 50, "no"),
        (0, 50, "yes"),
        (240, 300, "no"),
    ],
)
def test_the_date_is_kept_when_the_originals_is_shown(shown: int | None, published: int, expected: str) -> None:
    date = None if shown is None else Dated(at=NOON + timedelta(hours=shown), precision="day", basis="credit")
    given = judged((credit(date=date),), published=Dated(at=NOON + timedelta(hours=published)))
    assert answer(given, "D7").answer == expected


def test_a_cut_and_an_insertion_are_no_intact_text_and_may_be_declared() -> None:
    words = TEXT.split()
    cut = " ".join(words[:200])
    assert (answer(judged((credit(),), text=cut), "D8").answer, answer(judged((credit(),), text=cut), "D9").answer) == (
        "no",
        "no",
    )
    put_in = " ".join(
        [*words[:150], "We have asked the line and it would rather say nothing at all today.", *words[150:]]
    )
    intact = answer(judged((credit(),), text=put_in), "D8")
    assert (intact.answer, intact.note) == ("no", "1 insertion")
    assert "would rather say nothing" in intact.quote
    told = judged((credit(), credit(kind="partial", quote="Published with edits by Meridian")), text=cut)
    assert answer(told, "D9") == Criterion(id="D9", answer="yes", quote="Published with edits by Meridian")
    assert answer(judged((credit(),)), "D9").answer == "n.a."


def test_words_before_and_behind_the_text_leave_it_intact() -> None:
    framed = f"Meridian reads the papers.\n{TEXT}\nFirst published by Harbour Post"
    assert answer(judged((credit(),), text=framed), "D8").answer == "yes"


@pytest.mark.parametrize(("kept", "expected"), [(10, "yes"), (9, "yes"), (8, "no")])
def test_nine_links_of_ten_are_enough(kept: int, expected: str) -> None:
    given = answer(judged((credit(),), links=ORIGINAL.links[:kept]), "D10")
    assert (given.answer, given.note) == (expected, f"{kept} of 10")


@pytest.mark.parametrize(
    ("policy", "changes", "expected"),
    [
        (Policy(needs=("name", "link", "author")), {}, "compliant"),
        (Policy(needs=("name", "copyright")), {}, "partial"),
        (Policy(needs=("name", "links")), {"links": ()}, "partial"),
        (Policy(needs=("pixel",)), {}, "partial"),
        (Policy(needs=("canonical",)), {}, "unknown"),  # it may say noindex
        (Policy(needs=("name",), forbids=("edits",)), {}, "compliant"),
        (Policy(needs=("name",), forbids=("edits",)), {"text": " ".join(TEXT.split()[:200])}, "partial"),
        (Policy(needs=("name",), forbids=("excerpt",)), {"text": " ".join(TEXT.split()[:120])}, "partial"),
        (Policy(needs=("name",), forbids=("headline",)), {"title": "Horror at sea"}, "partial"),
        (Policy(needs=("name",), forbids=("images",)), {}, "compliant"),
        (
            Policy(needs=("name",), forbids=("images",)),
            {"media": (Media(url="https://cdn.meridian.example/2024/ferry.jpg", kind="image"),)},
            "partial",
        ),
        (Policy(needs=("name",), sentence="First published by Harbour Post"), {}, "compliant"),
        (Policy(needs=("name",), sentence="Taken with thanks from Harbour Post"), {}, "partial"),
        (Policy(needs=("name",), window_days=30), {"last_seen_at": NOON + timedelta(days=29)}, "compliant"),
        (Policy(needs=("name",), window_days=30), {"last_seen_at": NOON + timedelta(days=31)}, "partial"),
        (Policy(), {}, "unknown"),
        (None, {}, "unknown"),
    ],
)
def test_the_verdict_is_that_of_the_declared_rules(
    policy: Policy | None, changes: dict[str, Any], expected: str
) -> None:
    given = judged((credit(),), policy, **changes)
    assert given.verdict == expected, given.criteria
    failed = any("declared rule not met" in c.note for c in given.criteria)
    assert failed == (expected == "partial")


def test_a_link_to_the_front_page_is_enough_where_that_is_all_that_is_asked() -> None:
    home = credit(url="https://harbour-post.example/", linked="home")
    assert judged((home,), Policy(needs=("name", "home"))).verdict == "compliant"
    given = judged((home,), Policy(needs=("name", "link")))
    assert given.verdict == "partial"
    assert answer(given, "D3").note == "home-only: the front page; declared rule not met"


def test_without_the_original_nothing_is_said_of_the_text() -> None:
    given = judged((credit(),), Policy(needs=("name", "link"), forbids=("edits",)), seen=False)
    assert {answer(given, f"D{n}").answer for n in (8, 9, 10, 11, 12)} == {"unknown"}
    assert given.verdict == "unknown"


@pytest.mark.parametrize(
    ("names", "linked", "policy", "expected"),
    [
        (("harbour-post", "open-shore"), False, None, "yes"),
        (("open-shore",), True, None, "yes"),
        (("open-shore",), False, None, "no"),
        (("harbour-post",), True, None, "no"),
        (("harbour-post", "open-shore"), False, Policy(needs=("name", "link")), "no"),
        (("harbour-post", "open-shore"), True, Policy(needs=("name", "link")), "yes"),
    ],
)
def test_a_copy_of_a_copy_credits_both(
    names: tuple[str, ...], linked: bool, policy: Policy | None, expected: str
) -> None:
    claims = tuple(credit(source_id=name, name=name, domain=None, url=None, linked="no") for name in names)
    child = an_article("copied", outlet="meridian", text=TEXT, links=(Link(url=URL),) if linked else ())
    given = attribution(
        replace(child, capture=Capture(digest="sha256:0")), claims, HARBOUR, parent_url=URL,
        ancestors=(a_source_ref("open-shore"),), policy=policy, original=ORIGINAL, shared=compare_texts(TEXT, TEXT),
    )  # fmt: skip
    assert answer(given, "D12").answer == expected


def test_every_rule_of_the_bundled_sources_is_one_we_judge() -> None:
    declared = [source.policy for source in load(environment={}).sources if source.policy is not None]
    assert len(declared) >= 10
    for policy in declared:
        rules = Policy(**policy.model_dump())
        given = judged((credit(), credit(kind="pixel", where="body"), credit(kind="canonical", where="head")), rules)
        assert given.verdict in ("compliant", "partial")
