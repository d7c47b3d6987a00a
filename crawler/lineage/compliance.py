"""Answers twelve questions about how a copy credits its parent (D1 to D12), each with the page's own words.

| id | question | id | question |
|---|---|---|---|
| D1 | is the source named | D7 | is the original date shown |
| D2 | is there a hyperlink a reader sees | D8 | is the text intact |
| D3 | does it lead to the very article | D9 | if not, does the page say so |
| D4 | is the copyright or licence acknowledged | D10 | are the original's links kept |
| D5 | does the credit stand at the top or the foot | D11 | are the other declared terms met |
| D6 | is the author kept | D12 | does a copy of a copy credit both |

What a page was not seen to do is "no" only where its shell and its links were seen; otherwise "unknown". Nothing here
is legal advice: a rule is one that the outlet declares, met or "declared rule not met".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from crawler.lineage.changes import links_kept
from crawler.lineage.outlet import names
from crawler.model import Answer, Article, Claim, Comparison, Criterion, Linked, Policy, SourceRef, Verdict, YesNo
from crawler.text import fold

INTACT = 0.98  # share of the original's words that an intact copy has
SLIP = 40  # characters of the copier's own between two passages that are no sentence
KEPT = 0.9  # share of the original's links that count as kept
EDGES = 2_000  # characters at either end of a text where a name or a set sentence is looked for
UNMET = "declared rule not met"

_LICENCE = re.compile(r"©|\(c\)|\bcopyright\b|\bcreative commons\b|\bcc[ -]by\b|\blicen[cs]ed?\b", re.IGNORECASE)
_CHANGED = re.compile(
    r"\b(?:edited|abridged|shortened|condensed|adapted|excerpt(?:ed)?|with edits|updated|headline (?:was )?changed"
    r"|translat\w+|gekürzt|übersetz\w+|extrait|abrégé|traduit|extracto|traducid[oa]|сокращ\w+|перевод\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A copy and its parent, as far as they are known. ``credits`` are the visible claims that name who they should."""

    child: Article
    claims: Sequence[Claim]
    parent: SourceRef
    ancestors: Sequence[SourceRef] = ()
    policy: Policy | None = None
    original: Article | None = None  # the parent's page, where it was seen
    shared: Comparison | None = None  # with the copy on its left
    credits: Sequence[Claim] = ()
    wrong: Sequence[Claim] = ()  # visible claims that name somebody else as the source
    parent_link: str | None = None  # of the child's links the one that leads to the parent
    credited: YesNo = "unknown"
    linked: Linked = "unknown"

    @property
    def bare(self) -> bool:
        """Say whether only the text is known: what stood around it was never seen."""
        return self.child.capture is None and self.child.links_lost


def criteria(case: Case) -> tuple[Criterion, ...]:
    """Return the answers to D1 to D12, in order."""
    intact = _intact(case)
    answers = (
        _named(case),
        _hyperlink(case),
        _target(case),
        _copyright(case),
        _placement(case),
        _author(case),
        _date(case),
        intact,
        _declared(case, intact),
        _links(case),
        _terms(case, intact),
        _upstream(case),
    )
    asked = {_NEEDED[need] for need in (case.policy.needs if case.policy else ()) if need in _NEEDED}
    return tuple(
        replace(c, note=f"{c.note}; {UNMET}" if c.note else UNMET)
        if c.id in asked and c.answer in ("no", "partial") and not (c.id == "D3" and _home_is_enough(case, c))
        else c
        for c in answers
    )


def verdict(case: Case, answers: Sequence[Criterion]) -> Verdict:
    """Return what the *answers* come to: all declared rules met, some not, no credit, a wrong one, or not known."""
    if case.credited == "no":
        return "misattributed" if case.wrong else "uncredited"
    if case.credited == "unknown":
        return "unknown"
    if case.policy is None or not _has_rules(case.policy):
        return "partial" if case.linked in ("no", "other") else "unknown"
    by_id = {c.id: c for c in answers}
    met = [by_id["D11"].answer]
    for need in case.policy.needs:
        if need == "home" and _home_is_enough(case, by_id["D3"]):
            met.append("yes")
        elif need in _NEEDED:
            met.append(by_id[_NEEDED[need]].answer)
    if "no" in met or "partial" in met:
        return "partial"
    return "unknown" if "unknown" in met else "compliant"


_NEEDED = {
    "name": "D1",
    "link": "D3",
    "home": "D3",
    "copyright": "D4",
    "author": "D6",
    "date": "D7",
    "links": "D10",
}


def _has_rules(policy: Policy) -> bool:
    return bool(policy.needs or policy.forbids or policy.sentence or policy.window_days)


def _home_is_enough(case: Case, target: Criterion) -> bool:
    needs = case.policy.needs if case.policy else ()
    return "home" in needs and "link" not in needs and target.answer in ("yes", "partial")


# --- D1 to D5: the credit -------------------------------------------------------------------------


def _named(case: Case) -> Criterion:
    direct = [c for c in case.credits if names(c, case.parent)]
    if direct:
        return Criterion(id="D1", answer="yes", quote=direct[0].quote)
    if case.credits:
        first = case.credits[0]
        note = f"it names {first.name or first.domain}, the origin, and not {case.parent.name}"
        return Criterion(id="D1", answer="yes", note=note, quote=first.quote)
    if case.parent_link is not None:
        return Criterion(id="D1", answer="yes", note="by a link to the article only", quote=case.parent_link)
    if case.credited == "no" and case.wrong:
        first = case.wrong[0]
        return Criterion(id="D1", answer="no", note=f"it names {first.name or first.domain}", quote=first.quote)
    if case.credited == "no":
        return Criterion(id="D1", answer="no", note=f"{case.parent.name} is not named")
    return Criterion(id="D1", answer="unknown", note="only the text is known")


def _hyperlink(case: Case) -> Criterion:
    if case.credited == "no" and case.linked == "no":
        return Criterion(id="D2", answer="no")
    if case.child.links_lost or case.linked == "unknown":
        return Criterion(id="D2", answer="unknown", note="the links of the page are not known")
    if case.linked != "no":
        return Criterion(id="D2", answer="yes", quote=_link(case) or "")
    written = next((c for c in case.credits if _is_written(c)), None)
    if written is not None:
        return Criterion(id="D2", answer="partial", note="the address is written out, not linked", quote=written.quote)
    return Criterion(id="D2", answer="no")


def _is_written(claim: Claim) -> bool:
    shown = claim.quote.casefold()
    return bool(claim.url and claim.url.casefold().split("://")[-1] in shown) or bool(
        claim.domain and claim.domain in shown
    )


def _link(case: Case) -> str | None:
    return case.parent_link or next((c.url for c in case.credits if c.linked == case.linked and c.url), None)


def _target(case: Case) -> Criterion:
    if case.credited == "no" and case.linked == "no":
        return Criterion(id="D3", answer="n.a.", note="no link")
    if case.child.links_lost or case.linked == "unknown":
        return Criterion(id="D3", answer="unknown", note="the links of the page are not known")
    found = _link(case) or ""
    if case.linked == "article":
        return Criterion(id="D3", answer="yes", quote=found)
    if case.linked == "home":
        return Criterion(id="D3", answer="partial", note="home-only: the front page", quote=found)
    if case.linked == "other":
        return Criterion(id="D3", answer="no", note="another page", quote=found)
    return Criterion(id="D3", answer="no", note="no link")


def _copyright(case: Case) -> Criterion:
    for claim in case.claims:
        ours = any(names(claim, source) for source in (case.parent, *case.ancestors))
        if ours and (claim.kind == "copyright" or _LICENCE.search(claim.quote)):
            return Criterion(id="D4", answer="yes", quote=claim.quote)
    if case.bare:
        return Criterion(id="D4", answer="unknown", note="only the text is known")
    return Criterion(id="D4", answer="no")


def _placement(case: Case) -> Criterion:
    if not case.credits:
        return Criterion(id="D5", answer="n.a.")
    places = [c.where for c in case.credits]
    for where in ("byline", "top", "foot"):
        if where in places:
            credit = case.credits[places.index(where)]
            said = " and ".join(dict.fromkeys("top" if p == "byline" else p for p in places if p != "body"))
            return Criterion(id="D5", answer="yes", note=said, quote=credit.quote)
    return Criterion(id="D5", answer="partial", note="in mid-text", quote=case.credits[0].quote)


# --- D6 to D10: the text --------------------------------------------------------------------------


def _author(case: Case) -> Criterion:
    house = next((c for c in case.credits if c.kind == "byline"), None)
    if case.original is None:
        if house is not None:
            return Criterion(id="D6", answer="yes", note="the outlet as author", quote=house.quote)
        return Criterion(id="D6", answer="unknown", note="the original's author is not known")
    own = {fold(case.parent.name), fold(case.parent.id)}
    authors = [name for name in case.original.authors if fold(name) not in own]
    if not authors:
        answer: Answer = "yes" if house is not None else "n.a."
        return Criterion(
            id="D6", answer=answer, note="the original names no person", quote=house.quote if house else ""
        )
    child = case.child
    shown = fold(" ".join([child.byline or "", *child.authors, *_ends(child.text), *(c.quote for c in case.claims)]))
    kept = next((name for name in authors if fold(name) in shown), None)
    if kept is not None:
        return Criterion(id="D6", answer="yes", quote=kept)
    if case.bare:
        return Criterion(id="D6", answer="unknown", note="only the text is known")
    return Criterion(id="D6", answer="no", note=f"{authors[0]} is not named")


def _ends(text: str) -> tuple[str, ...]:
    return (text,) if len(text) <= 2 * EDGES else (text[:EDGES], text[-EDGES:])


def _date(case: Case) -> Criterion:
    shown = [c for c in case.credits if c.date is not None]
    real = case.original.published if case.original else None
    if shown:
        date = shown[0].date
        assert date is not None
        if real is None or abs((real.at.date() - date.at.date()).days) <= 1:
            return Criterion(id="D7", answer="yes", note=date.iso(), quote=shown[0].quote)
        return Criterion(id="D7", answer="no", note=f"{date.iso()} instead of {real.iso()}", quote=shown[0].quote)
    if real is None or case.child.published is None:
        return Criterion(id="D7", answer="unknown", note="the original's date is not known" if real is None else "")
    if real.at.date() == case.child.published.at.date():
        return Criterion(id="D7", answer="yes", note=f"the same day, {real.at.date().isoformat()}")
    if case.bare:
        return Criterion(id="D7", answer="unknown", note="only the text is known")
    return Criterion(id="D7", answer="no", note=f"{case.child.published.iso()} instead of {real.iso()}")


def _intact(case: Case) -> Criterion:
    if case.original is None or case.shared is None:
        if any(c.kind == "translation" for c in case.credits):
            return Criterion(id="D8", answer="no", note="a translation")
        return Criterion(id="D8", answer="unknown", note="the original was not seen")
    notes = []
    title, own = case.original.title, case.child.title
    if title and own and _letters(title) != _letters(own):
        notes.append(f"headline changed, it was {title[:120]!r}")
    cut = 1 - case.shared.coverage_right
    inserted = _inserted(case.child.text, case.shared)
    if cut > 1 - INTACT:
        notes.append(f"{cut:.0%} of its words cut or changed")
    if inserted:
        notes.append(f"{len(inserted)} insertion{'s' if len(inserted) > 1 else ''}")
    whole = cut <= 1 - INTACT and not inserted
    answer: Answer = "yes" if whole else "no"
    return Criterion(
        id="D8", answer=answer, note="; ".join(notes), quote=" ".join(inserted[0].split())[:300] if inserted else ""
    )


def _letters(title: str) -> str:
    return "".join(c for c in fold(title[:1000]) if c.isalnum())


def _inserted(text: str, shared: Comparison) -> list[str]:
    """Return the stretches of the copy's own between its passages: what was put into the body."""
    spans = sorted(p.left for p in shared.passages)
    found, reached = [], spans[0][1] if spans else 0
    for start, end in spans[1:]:
        if start - reached > SLIP and text[reached:start].strip():
            found.append(text[reached:start].strip())
        reached = max(reached, end)
    return found


def _declared(case: Case, intact: Criterion) -> Criterion:
    if intact.answer != "no":
        return Criterion(id="D9", answer="n.a." if intact.answer == "yes" else "unknown")
    for claim in case.claims:
        if claim.kind in ("excerpt", "translation", "partial") or _CHANGED.search(claim.quote):
            return Criterion(id="D9", answer="yes", quote=claim.quote)
    for part in _ends(case.child.text):
        for line in part.splitlines():
            if len(line) <= 300 and _CHANGED.search(line) and _ABOUT_ITSELF.search(line):
                return Criterion(id="D9", answer="yes", quote=line[:300])
    return Criterion(id="D9", answer="unknown" if case.bare else "no")


_ABOUT_ITSELF = re.compile(
    r"\b(?:this|the above|article|story|piece|text|post|note|artikel|texte|статья)\b", re.IGNORECASE
)


def _links(case: Case) -> Criterion:
    if case.original is None:
        return Criterion(id="D10", answer="unknown", note="the original was not seen")
    counted = links_kept(case.original, case.child)
    if counted is None:
        return Criterion(id="D10", answer="unknown", note="the links of a page are not known")
    kept, there = counted
    if not there:
        return Criterion(id="D10", answer="n.a.", note="the original has none")
    answer: Answer = "yes" if kept >= KEPT * there else "no"
    return Criterion(id="D10", answer=answer, note=f"{kept} of {there}")


# --- D11, D12: declared terms and the way up -------------------------------------------------------


def _terms(case: Case, intact: Criterion) -> Criterion:
    if case.policy is None or not _has_rules(case.policy):
        return Criterion(id="D11", answer="unknown", note="no policy on file")
    rules = list(_rules(case, case.policy, intact))
    if not rules:
        return Criterion(id="D11", answer="n.a.", note="nothing beyond the credit is asked")
    answers = [answer for _, answer, _ in rules]
    whole: Answer = "no" if "no" in answers else "unknown" if "unknown" in answers else "yes"
    notes = [f"{words}: {UNMET if answer == 'no' else answer}" for words, answer, _ in rules]
    quote = next((quote for _, answer, quote in rules if quote and (whole != "no" or answer == "no")), "")
    return Criterion(id="D11", answer=whole, note="; ".join(notes), quote=quote[:300])


def _rules(case: Case, policy: Policy, intact: Criterion) -> Iterator[tuple[str, Answer, str]]:
    """Yield the terms that no other question asks: its name, whether it is met, and what shows it."""
    ours = [c for c in case.claims if names(c, case.parent)]
    unseen: Answer = "unknown" if case.bare else "no"
    if "pixel" in policy.needs:
        pixel = next((c for c in ours if c.kind == "pixel"), None)
        yield "counter kept", "yes" if pixel else unseen, pixel.quote if pixel else ""
    if "canonical" in policy.needs:
        field = next((c for c in ours if c.kind == "canonical"), None)
        # "noindex" would do, too, and is not among the facts we keep.
        yield "canonical or noindex", "yes" if field else "unknown", field.quote if field else ""
    if policy.sentence:
        wanted = fold(policy.sentence).rstrip(".")
        said = any(wanted in fold(text) for text in (*_ends(case.child.text), *(c.quote for c in case.claims)))
        yield f'the words "{policy.sentence}"', "yes" if said else unseen, ""
    if policy.window_days is not None:
        yield _window(case, policy.window_days)
    for what in policy.forbids:
        if what == "edits":
            yield "no edits", intact.answer, intact.quote
        elif what == "excerpt":
            cut = case.shared.coverage_right < 0.6 if case.shared else None
            yield "not in part", "unknown" if cut is None else "no" if cut else "yes", ""
        elif what == "translation":
            told = next((c for c in case.claims if c.kind == "translation"), None)
            yield "no translation", "no" if told else "yes" if case.shared else "unknown", told.quote if told else ""
        elif what == "headline":
            changed = intact.note.startswith("headline changed")
            yield "headline kept", "unknown" if case.original is None else "no" if changed else "yes", ""
        elif what == "images":
            yield _images(case)


def _window(case: Case, days: int) -> tuple[str, Answer, str]:
    start = case.original.published if case.original else None
    if start is None:
        return f"at most {days} days", "unknown", ""
    last = start.at + timedelta(days=days)
    words = f"not after {last.date().isoformat()} ({days} days)"
    seen = case.child.last_seen_at
    return words, "no" if seen > last else "yes", ""


def _images(case: Case) -> tuple[str, Answer, str]:
    if case.original is None:
        return "without its pictures", "unknown", ""
    files = {m.url.rsplit("/", 1)[-1] for m in case.original.media if m.kind == "image"}
    taken = next((m.url for m in case.child.media if m.kind == "image" and m.url.rsplit("/", 1)[-1] in files), None)
    return "without its pictures", "no" if taken else "yes", taken or ""


def _upstream(case: Case) -> Criterion:
    if not case.ancestors:
        known = case.original is not None
        return Criterion(id="D12", answer="n.a." if known else "unknown", note="no copy of a copy" if known else "")
    origin = next((c for c in case.credits if any(names(c, a) for a in case.ancestors)), None)
    middle = next((c for c in case.credits if names(c, case.parent)), None)
    linked = case.parent_link is not None or (middle is not None and middle.linked == "article")
    must_link = case.policy is not None and "link" in case.policy.needs
    quote = (origin or middle).quote if origin or middle else ""  # type: ignore[union-attr]
    if case.credited == "unknown" or (case.child.links_lost and must_link and origin is not None and not linked):
        return Criterion(id="D12", answer="unknown", note="the links of the page are not known", quote=quote)
    if origin is None:
        note = f"{case.ancestors[0].name}, where {case.parent.name} has it from, is not named"
        return Criterion(id="D12", answer="no", note=note, quote=quote)
    if must_link and not linked:
        return Criterion(id="D12", answer="no", note=f"no link to {case.parent.name}: {UNMET}", quote=quote)
    if middle is None and not linked:
        return Criterion(id="D12", answer="no", note=f"{case.parent.name} is not named", quote=quote)
    return Criterion(id="D12", answer="yes", quote=quote)
