"""The templates of a release to come: every index has a field more, articles one that is indexed in another way."""

from __future__ import annotations

import copy

from crawler.store.elastic.indices import Templates, ours


def later(*indices: str) -> Templates:
    """Return today's templates, those of *indices* (none named: all) one version on."""
    templates = copy.deepcopy(dict(ours()))
    for index in indices or tuple(templates):
        body = templates[index]
        body["version"] += 1
        mappings = body["template"]["mappings"]
        mappings["_meta"]["schema"] += 1
        mappings["properties"]["later"] = {"type": "keyword", "ignore_above": 8191}
    if "articles" in (indices or templates):
        templates["articles"]["template"]["mappings"]["properties"]["title"]["fields"]["words"] = {
            "type": "text",
            "analyzer": "whitespace",
        }
    return templates
