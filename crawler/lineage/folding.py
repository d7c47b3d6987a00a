"""Names as today's registry knows them: facts were read with the registry of their day."""

from __future__ import annotations

from dataclasses import replace

from crawler.errors import InputError
from crawler.model import Article, Claim, Source, SourceRef
from crawler.ports import Dossier
from crawler.registry import Registry
from crawler.urls import host, mirrored


def folded(dossier: Dossier, registry: Registry) -> Dossier:
    """Return *dossier* with its outlet and those its claims name as *registry* knows them; itself if nothing changes.

    Only names are folded. What the page was not read for, because nobody knew the name then, is not found here.
    """
    source = folded_source(dossier.article, registry)
    claims = tuple(folded_claim(c, registry) for c in dossier.claims)
    if source == dossier.article.source and claims == dossier.claims:
        return dossier
    return replace(dossier, article=replace(dossier.article, source=source), claims=claims)


def folded_source(article: Article, registry: Registry) -> SourceRef:
    """Return who published *article*: an outlet we know by its host, else what was made of that."""
    url = mirrored(article.url)
    known = registry.of_host(host(url))
    if known is not None:
        return known.ref
    made_up = registry.of_url(url)
    # What a page called its site is kept; an outlet that the registry has forgotten is its host again.
    return article.source if article.source.id == made_up.id else made_up


def folded_claim(claim: Claim, registry: Registry) -> Claim:
    """Return *claim* naming whom its link, else its domain, else its name stands for."""
    known = _known(claim, registry)
    if known is not None:
        if known.id == claim.source_id:
            return claim
        domain = known.domains[0] if known.domains else claim.domain
        return replace(claim, source_id=known.id, name=known.name, domain=domain)
    if claim.source_id is not None and registry.source(claim.source_id) is None:
        return replace(claim, source_id=None)
    return claim


def _known(claim: Claim, registry: Registry) -> Source | None:
    if claim.source_id is None and claim.domain is None and claim.name is None:
        return None
    for where in (_host(claim.url) if claim.linked in ("article", "home") else None, claim.domain):
        known = registry.of_host(where) if where else None
        if known is not None:
            return known
    return registry.named(claim.name) if claim.name else None


def _host(url: str | None) -> str | None:
    try:
        return host(url) if url else None
    except InputError:
        return None
