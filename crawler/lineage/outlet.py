"""Whether a claim names a given outlet."""

from __future__ import annotations

from crawler.model import Claim, SourceRef
from crawler.registry import Registry
from crawler.urls import site, slug


def names(claim: Claim, source: SourceRef) -> bool:
    """Say whether *claim* names *source*: by registry id, by domain, or by the very name."""
    if claim.source_id is not None:
        return claim.source_id == source.id
    if claim.domain is not None and source.domain is not None:
        return site(claim.domain) == site(source.domain)
    return claim.name is not None and slug(claim.name) in (source.id, slug(source.name))


def claimed_outlet(claim: Claim, registry: Registry) -> SourceRef | None:
    """Return whom *claim* names: the registry's source, else one made up from its domain or name."""
    if claim.source_id is not None:
        known = registry.source(claim.source_id)
        if known is not None:
            return known.ref
    if claim.domain is not None:
        return registry.of_url(f"https://{claim.domain}/", claim.name)
    if claim.name is not None and slug(claim.name):
        return SourceRef(id=slug(claim.name), name=claim.name)
    return None
