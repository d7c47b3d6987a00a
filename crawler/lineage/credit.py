"""How a copy credits its parent: named, linked, and what the parent's policy makes of that."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from crawler.lineage.evidence import VISIBLE
from crawler.lineage.outlet import names
from crawler.model import Article, Attribution, Claim, Linked, Policy, SourceRef, Verdict, YesNo
from crawler.urls import identity

_BEST_LINK: tuple[Linked, ...] = ("article", "home", "other", "unknown", "no")


def attribution(
    child: Article,
    claims: Sequence[Claim],
    parent: SourceRef,
    *,
    parent_url: str | None,
    ancestors: Collection[SourceRef] = (),
    policy: Policy | None = None,
) -> Attribution:
    """Return how *child* credits *parent*.

    A credit to one of the parent's own *ancestors* counts: whoever copies a copy and credits the
    origin credits well. Text that came without its links leaves ``linked`` unknown, never "no";
    a page of which only bare text is known is never called uncredited.
    """
    accepted = (parent, *ancestors)
    visible = [c for c in claims if c.kind in VISIBLE]
    credits = [c for c in visible if any(names(c, source) for source in accepted)]
    parent_link = _link_to(child, parent_url)
    if not credits and parent_link is None:
        wrong = [c for c in visible if c.kind in ("credit", "source-line") and c.strength != "weak"]
        if wrong and not child.links_lost:
            return Attribution(
                verdict="misattributed",
                credited="no",
                linked=_best(wrong),
                credited_as=wrong[0].name,
                link=wrong[0].url,
            )
        credited: YesNo = "unknown" if child.links_lost else "no"
        verdict: Verdict = "unknown" if child.links_lost else "uncredited"
        return Attribution(verdict=verdict, credited=credited, linked="unknown" if child.links_lost else "no")
    linked: Linked = "article" if parent_link else _best(credits)
    if linked == "no" and child.links_lost:
        linked = "unknown"
    link = parent_link or next((c.url for c in credits if c.linked == linked and c.url), None)
    named = next((c.name for c in credits if c.name), parent.name if credits else None)
    return Attribution(
        verdict=_verdict(linked, credits, policy), credited="yes", linked=linked, credited_as=named, link=link
    )


def _best(claims: Sequence[Claim]) -> Linked:
    return min((c.linked for c in claims), key=_BEST_LINK.index, default="no")


def _link_to(child: Article, url: str | None) -> str | None:
    if url is None:
        return None
    wanted = identity(url)
    return next((link.url for link in child.links if identity(link.url) == wanted), None)


def _verdict(linked: Linked, credits: Sequence[Claim], policy: Policy | None) -> Verdict:
    """Judge against the declared *policy*; without one, a credit that links nowhere is partial and the rest unknown."""
    if policy is None or not policy.needs:
        return "partial" if linked in ("no", "other") else "unknown"
    met: list[bool | None] = []
    for need in policy.needs:
        if need == "name":
            met.append(bool(credits))
        elif need == "link":
            met.append(None if linked == "unknown" else linked == "article")
        elif need == "copyright":
            met.append(any(c.kind == "copyright" for c in credits))
        elif need == "author":
            met.append(None)  # whose name the original bore is not compared yet
    if all(met):
        return "compliant"
    return "partial" if False in met else "unknown"
