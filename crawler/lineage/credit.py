"""How a copy credits its parent: named, linked, and what the parent's policy makes of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crawler.lineage.compliance import Case, criteria, verdict
from crawler.lineage.evidence import VISIBLE, same_page
from crawler.lineage.outlet import names
from crawler.model import Article, Attribution, Claim, Comparison, Linked, Policy, SourceRef

_BEST_LINK: tuple[Linked, ...] = ("article", "home", "other", "unknown", "no")
_UNSEEN = ("head", "feed", "url")  # where no reader looks


def attribution(
    child: Article,
    claims: Sequence[Claim],
    parent: SourceRef,
    *,
    parent_url: str | None,
    ancestors: Sequence[SourceRef] = (),
    policy: Policy | None = None,
    original: Article | None = None,
    shared: Comparison | None = None,
) -> Attribution:
    """Return how *child* credits *parent*, with the answers to D1 to D12.

    A credit to one of the parent's own *ancestors* counts: whoever copies a copy and credits the
    origin credits well. Text that came without its links leaves ``linked`` unknown, never "no";
    a page of which only bare text is known is never called uncredited. *original* is the parent's page where it was
    seen, *shared* what the two texts share, with the copy on its left.
    """
    visible = [c for c in claims if c.kind in VISIBLE and c.where not in _UNSEEN]
    credits = [c for c in visible if any(names(c, source) for source in (parent, *ancestors))]
    wrong = [c for c in visible if c not in credits and c.kind in ("credit", "source-line") and c.strength != "weak"]
    case = Case(
        child=child,
        claims=claims,
        parent=parent,
        ancestors=[a for a in ancestors if a.id not in (parent.id, child.source.id)],
        policy=policy,
        original=original,
        shared=shared,
        credits=credits,
        wrong=() if credits or child.links_lost else wrong,
        parent_link=_link_to(child, parent_url),
    )
    if credits or case.parent_link is not None:
        return _credited(case)
    case = replace(
        case, credited="unknown" if child.links_lost else "no", linked="unknown" if child.links_lost else "no"
    )
    if case.wrong:
        case = replace(case, linked=_best(wrong))
    answers = criteria(case)
    return Attribution(
        verdict=verdict(case, answers),
        credited=case.credited,
        linked=case.linked,
        credited_as=wrong[0].name if case.wrong else None,
        link=wrong[0].url if case.wrong else None,
        criteria=answers,
    )


def _credited(case: Case) -> Attribution:
    linked: Linked = "article" if case.parent_link else _best(case.credits)
    if linked == "no" and case.child.links_lost:
        linked = "unknown"
    case = replace(case, credited="yes", linked=linked)
    answers = criteria(case)
    return Attribution(
        verdict=verdict(case, answers),
        credited="yes",
        linked=linked,
        credited_as=next((c.name for c in case.credits if c.name), case.parent.name if case.credits else None),
        link=case.parent_link or next((c.url for c in case.credits if c.linked == linked and c.url), None),
        criteria=answers,
    )


def _best(claims: Sequence[Claim]) -> Linked:
    return min((c.linked for c in claims), key=_BEST_LINK.index, default="no")


def _link_to(child: Article, url: str | None) -> str | None:
    if url is None:
        return None
    wanted = same_page(url)
    return next((link.url for link in child.links if same_page(link.url) == wanted), None)
