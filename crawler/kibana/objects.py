"""Kibana's saved objects, put together from ``config/kibana/``.

``objects.json`` names data views, saved searches and the dashboard; each file of ``panels/`` is one panel as
Kibana's Vega takes it. Objects are written in the form of Kibana 8.9, which every later one reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Json = dict[str, Any]

DEFAULT_PREFIX = "copytrail"
# What each type of object was last changed in; a Kibana brings them up to its own form.
_FORMS = {"index-pattern": "8.0.0", "visualization": "8.5.0", "search": "8.0.0", "dashboard": "8.9.0"}
_CORE_FORM = "8.8.0"


@cache
def panels() -> Mapping[str, Json]:
    """Return every panel's Vega-Lite specification by its name; they ask the indices of the default prefix."""
    folder = files("config") / "kibana" / "panels"
    found = {one.name.removesuffix(".json"): one.read_text(encoding="utf-8") for one in folder.iterdir()}
    return {name: json.loads(text) for name, text in sorted(found.items())}


@cache
def _named() -> Json:
    held: Json = json.loads((files("config") / "kibana" / "objects.json").read_text(encoding="utf-8"))
    return held


def saved_objects(prefix: str = DEFAULT_PREFIX) -> tuple[Json, ...]:
    """Return all objects over the indices of *prefix*, what is referred to before what refers to it.

    Their ids follow from *prefix* and name: the same on every import, so that a later one replaces them.
    """
    return tuple(_objects(prefix))


def ndjson(prefix: str = DEFAULT_PREFIX) -> str:
    """Return ``saved_objects`` as Kibana exports and imports them, an object a line."""
    lines = (json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in saved_objects(prefix))
    return "".join(f"{line}\n" for line in lines)


def _objects(prefix: str) -> Iterator[Json]:
    named = _named()
    for name, view in named["views"].items():
        time = {"timeFieldName": view["time"]} if "time" in view else {}
        yield _object("index-pattern", f"{prefix}-{name}", {"title": f"{prefix}-{name}", "name": view["name"]} | time)
    for name, spec in panels().items():
        yield _panel(prefix, name, spec)
    for name, search in named["searches"].items():
        yield _search(prefix, name, search)
    yield _dashboard(prefix, named["dashboard"])


def _object(type: str, id: str, attributes: Json, references: tuple[Json, ...] = ()) -> Json:
    return {
        "type": type,
        "id": id,
        "attributes": attributes,
        "references": list(references),
        "coreMigrationVersion": _CORE_FORM,
        "typeMigrationVersion": _FORMS[type],
    }


def _panel(prefix: str, name: str, spec: Json) -> Json:
    # Kibana heads a panel with the object's title; the same line inside would stand there twice.
    inner = json.loads(_over(prefix, json.dumps({key: value for key, value in spec.items() if key != "title"})))
    state = {
        "title": spec["title"],
        "type": "vega",
        "aggs": [],
        "params": {"spec": json.dumps(inner, ensure_ascii=False, indent=2)},
    }
    attributes = {
        "title": spec["title"],
        "description": spec["description"],
        "visState": json.dumps(state, ensure_ascii=False),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps({"query": _kql(""), "filter": []})},
    }
    return _object("visualization", _panel_id(prefix, name), attributes)


def _panel_id(prefix: str, name: str) -> str:
    return f"{prefix}-panel-{name}"


def _search_id(prefix: str, name: str) -> str:
    return f"{prefix}-search-{name}"


def _over(prefix: str, text: str) -> str:
    """Return *text* with the indices of *prefix* in place of the default ones."""
    return text.replace(f"{DEFAULT_PREFIX}-", f"{prefix}-")


def _kql(query: str) -> Json:
    return {"query": query, "language": "kuery"}


def _search(prefix: str, name: str, search: Json) -> Json:
    view = "kibanaSavedObjectMeta.searchSourceJSON.index"
    if "esql" in search:
        source: Json = {"query": {"esql": _over(prefix, search["esql"])}, "filter": []}
        references: tuple[Json, ...] = ()
    else:
        source = {"query": _kql(search["kql"]), "filter": [], "highlightAll": True, "indexRefName": view}
        references = ({"name": view, "type": "index-pattern", "id": f"{prefix}-{search['view']}"},)
    attributes = {
        "title": search["title"],
        "description": search["description"],
        "columns": search["columns"],
        "sort": [search["sort"]] if "sort" in search else [],
        "grid": {},
        "hideChart": "esql" in search,
        "isTextBasedQuery": "esql" in search,
        "timeRestore": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source, ensure_ascii=False)},
    }
    return _object("search", _search_id(prefix, name), attributes, references)


def _dashboard(prefix: str, dashboard: Json) -> Json:
    rows, references = [], []
    for number, place in enumerate(dashboard["panels"], start=1):
        type = "visualization" if "panel" in place else "search"
        id = _panel_id(prefix, place["panel"]) if "panel" in place else _search_id(prefix, place["search"])
        rows.append(
            {
                "type": type,
                "gridData": {side: place[side] for side in "xywh"} | {"i": str(number)},
                "panelIndex": str(number),
                "embeddableConfig": {"enhancements": {}},
                "panelRefName": f"panel_{number}",
            }
        )
        references.append({"name": f"{number}:panel_{number}", "type": type, "id": id})
    attributes = {
        "title": dashboard["title"],
        "description": dashboard["description"],
        "panelsJSON": json.dumps(rows),
        "optionsJSON": json.dumps({"useMargins": True, "syncColors": False, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": dashboard["from"],
        "timeTo": dashboard["to"],
        "refreshInterval": {"pause": True, "value": 60_000},
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps({"query": _kql(""), "filter": []})},
        "version": 1,
    }
    return _object("dashboard", f"{prefix}-{dashboard['id']}", attributes, tuple(references))
