"""The JSON API under /api/v1: the shapes of the interface, by id or URL, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import iterate_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from crawler import present
from crawler.editions import editions
from crawler.errors import InputError
from crawler.exporting import Format, What, lines
from crawler.flow import edge_to
from crawler.intake import LONGEST_TEXT
from crawler.model import AlertState, Article, Ruling, Source, iso
from crawler.pasted import explained
from crawler.ports import Query as Asked
from crawler.ports import Store
from crawler.reviewing import LONGEST_NAME, LONGEST_NOTE
from crawler.store.terms import content_time
from crawler.urls import clean
from crawler.watching import Watched, look
from crawler.web import shapes
from crawler.web.answers import document
from crawler.web.asking import Cursor, Limit, Paged, cursor_at, place_of
from crawler.web.counted import LONGER
from crawler.web.desk import Desk, named, not_found

COPIES = 100
MOST_MATCHES = 1_000_000
KINDS = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "graphml": "application/graphml+xml",
}
_NOBODY = {"id": None, "name": None, "domain": None}

WRONG: dict[int | str, dict[str, Any]] = {
    status: {
        "description": words,
        "content": {"application/problem+json": {"schema": shapes.Problem.model_json_schema()}},
    }
    for status, words in (
        (400, "The body cannot be read"),
        (401, "The token is missing or wrong"),
        (403, "Not from here, or nobody may"),
        (404, "Not in the store"),
        (413, "Too long"),
        (422, "A field is wrong: `errors` says which"),
        (503, "The store is unavailable"),
    )
}
TOKEN = Security(HTTPBearer(auto_error=False, description="the token of COPYTRAIL_SERVE__TOKEN"))
Id = Annotated[str, Path(description="an article's id, or its URL, percent-encoded", max_length=4096)]


class Text(BaseModel):
    """A text to be traced. With a URL it is held to be of that outlet."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST_TEXT)
    url: str | None = Field(None, max_length=4096)


class Ruled(BaseModel):
    """An analyst's word, as by ``copytrail review``."""

    model_config = ConfigDict(extra="forbid")

    copied: str = Field(alias="copy", min_length=1, max_length=4096, description="id or URL of the article")
    ruling: Ruling
    parent: str | None = Field(None, min_length=1, max_length=4096, description="id, URL or outlet; none for no-parent")
    note: str = Field("", max_length=LONGEST_NOTE)
    by: str = Field(min_length=1, max_length=LONGEST_NAME)


def api(desk: Desk) -> APIRouter:
    """Return the routes of the API."""
    router = APIRouter(prefix="/api/v1", responses=WRONG)
    for routes in (_articles, _trails, _sources, _alerts, _reviews, _export):
        routes(router, desk)
    return router


def _trusted(desk: Desk, request: Request) -> None:
    """Raise unless the request carries the token itself: a cookie is not enough, so no page can make it."""
    if not desk.keys.there:
        raise HTTPException(403, "nobody may: set COPYTRAIL_SERVE__TOKEN in the environment of the server")
    if not desk.reader(request).bearer:
        raise HTTPException(401, "send the token: Authorization: Bearer ...", {"WWW-Authenticate": "Bearer"})


def _articles(router: APIRouter, desk: Desk) -> None:
    store = desk.store

    @router.get("/articles", tags=["articles"], responses={200: {"model": shapes.Articles}})
    def articles(request: Request, asked: Annotated[Paged, Query()]) -> Response:
        """Articles, newest first, with the filters of `copytrail search`."""
        found = store.search(asked.query(desk.clock(), limit=asked.limit + 1, cursor=asked.cursor))
        shown, rest = found[: asked.limit], found[asked.limit :]
        claims = {id: dossier.claims for id, dossier in store.dossiers([a.id for a, _ in shown], among=()).items()}
        rows = [present.article(a, lineage, claims.get(a.id, ())) for a, lineage in shown]
        return document(request, {"articles": rows, "next": next_of(shown) if rest else None})

    @router.get("/articles/{id:path}", tags=["articles"], responses={200: {"model": shapes.Article}})
    def article(request: Request, id: Id) -> Response:
        """One article, with its lineage and claims."""
        held = store.dossiers([named(id)], among=()).get(named(id))
        if held is None:
            raise not_found(id)
        return document(request, present.article(held.article, store.lineage(held.article.id), held.claims))

    @router.get("/matches/{id:path}", tags=["articles"], responses={200: {"model": shapes.Matches}})
    def matches(request: Request, id: Id, limit: Limit = 50, cursor: Cursor | None = None) -> Response:
        """What one article shares with others, by their ids; not what is less than a copy."""
        one = named(id)
        if store.article(one) is None:
            raise not_found(id)
        begin = place_of(cursor)[1] if cursor else ""
        others = [other for other in store.matched(one, MOST_MATCHES) if other > begin]
        held = store.dossiers([one], among=others[:limit])[one]
        found = sorted(held.matches, key=lambda m: m.other(one))
        known = store.articles([x for m in found for x in (m.left, m.right)])
        rows = [present.match(m, {x: known[x].url if x in known else "" for x in (m.left, m.right)}) for m in found]
        last = cursor_at(desk.clock(), others[limit - 1]) if len(others) > limit else None
        return document(request, {"matches": rows, "next": last})

    @router.get("/compare", tags=["articles"], responses={200: {"model": shapes.Comparison}})
    def compare(request: Request, a: Annotated[str, Query()], b: Annotated[str, Query()]) -> Response:
        """What two stored articles, by id or URL, share."""
        found = desk.compare(named(a), named(b))
        if found is None:
            raise not_found(b if store.article(named(a)) else a)
        return document(request, present.comparison(found.shared))


def _trails(router: APIRouter, desk: Desk) -> None:
    store = desk.store

    @router.get("/trail/{id:path}", tags=["trails"], responses={200: {"model": shapes.StoredTrail}})
    def trail(request: Request, id: Id, copies: Annotated[int, Query(ge=0, le=1000)] = COPIES) -> Response:
        """The trail of one article, as by `copytrail trace`: the chain to its origin, its first copies, its history."""
        found = desk.engine.trail(named(id), copies=copies)
        if found is None:
            raise not_found(id)
        value = present.trail(found)
        value["next"] = place_behind(found.copies[-1][0]) if copies and len(found.copies) == copies else None
        value["history"] = [present.revision(held) for held in store.history(found.article.id)]
        return document(request, value)

    @router.get("/versions/{id:path}", tags=["articles"], responses={200: {"model": shapes.Editions}})
    def versions(request: Request, id: Id) -> Response:
        """The versions of one article in their order, removals among them: when, of what class, and the record."""
        article = store.article(named(id))
        if article is None:
            raise not_found(id)
        found = editions(article, store.versions(article.id) if article.version > 1 else ())
        return document(request, {"versions": [present.edition(one) for one in found]})

    @router.get("/copies/{id:path}", tags=["trails"], responses={200: {"model": shapes.Copies}})
    def copies(request: Request, id: Id, limit: Limit = COPIES, cursor: Cursor | None = None) -> Response:
        """The articles taken directly from one article or external origin, oldest first."""
        of, after = named(id), place_of(cursor) if cursor else None
        found = store.search(Asked(of=of, oldest=True, limit=limit + 1, after=after))
        if not found and store.article(of) is None and store.external(of) is None:
            raise not_found(id)
        shown = found[:limit]
        rows = [present.copy(a, edge) for a, lineage in shown if (edge := edge_to(of, lineage)) is not None]
        return document(request, {"copies": rows, "next": next_of(shown) if len(found) > limit else None})

    @router.post("/trace", tags=["trails"], responses={200: {"model": shapes.Trail}})
    def trace(request: Request, what: Text) -> Response:
        """Where a text comes from, as far as the store knows. Nothing is stored."""
        url = clean(what.url) if what.url else None
        value = present.trail(explained(desk.engine, what.text, url, desk.clock()))
        for place in (value["article"], value["chain"][0]):
            place.update({"id": None, "url": url} | ({} if url else {"source": _NOBODY}))
        return document(request, value)


def _sources(router: APIRouter, desk: Desk) -> None:
    store = desk.store

    @router.get("/sources", tags=["sources"], responses={200: {"model": shapes.Sources}})
    def sources(request: Request) -> Response:
        """The outlets that are known, with the state of their feeds."""
        known = desk.counted.health(LONGER)
        rows = [_source(desk, s, known.get(s.id)) for s in desk.engine.registry.sources]
        return document(request, {"sources": rows})

    @router.get("/sources/{id}", tags=["sources"], responses={200: {"model": shapes.Source}})
    def source(request: Request, id: str) -> Response:
        """One outlet."""
        found = desk.engine.registry.source(id)
        if found is None:
            raise HTTPException(404, f"{id}: not in sources.yaml")
        return document(request, _source(desk, found, look(store, found, desk.clock())))

    @router.get("/counts", tags=["sources"], responses={200: {"model": shapes.Counts | None}})
    def counts(request: Request) -> Response:
        """Who takes from whom: counts, credits and delays, at most some minutes old."""
        found = desk.counted.counts(LONGER)
        return document(request, {**asdict(found.overview), "at": iso(found.at)} if found else None)

    @router.get("/status", tags=["status"], responses={200: {"model": shapes.Status}})
    def status(request: Request) -> Response:
        """What the store holds, some seconds old, and how it is."""
        held = desk.counted.status()
        names = ("articles", "matches", "edges", "pending", "alerts_pending", "alerts_dead", "feeds")
        ready = desk.counted.ready(LONGER)
        value = {"state": ready.state if ready else None, **{name: getattr(held, name) for name in names}}
        return document(request, value | {"newest": iso(held.newest) if held.newest else None})


def _alerts(router: APIRouter, desk: Desk) -> None:
    store = desk.store

    @router.get("/alerts", tags=["alerts"], responses={200: {"model": shapes.Alerts}})
    def alerts(
        request: Request,
        state: AlertState | None = None,
        limit: Limit = 50,
        cursor: Cursor | None = None,
    ) -> Response:
        """What fired, newest first."""
        found = store.alerts(limit + 1, state=state, after=place_of(cursor) if cursor else None)
        shown = found[:limit]
        more = cursor_at(shown[-1].created_at, shown[-1].key) if len(found) > limit else None
        return document(request, {"alerts": [present.alert(x) for x in shown], "next": more})

    @router.post(
        "/alerts/{key}/retry",
        tags=["alerts"],
        status_code=202,
        responses={202: {"model": shapes.Alert}},
        dependencies=[TOKEN],
    )
    def retry(request: Request, key: str) -> Response:
        """Make an undelivered alert due at once. Needs the token."""
        _trusted(desk, request)
        found = desk.retry(key)
        if found is None:
            raise not_found(key)
        return document(request, present.alert(found), status=202)


def _reviews(router: APIRouter, desk: Desk) -> None:
    store = desk.store

    @router.post(
        "/reviews",
        tags=["reviews"],
        status_code=201,
        responses={201: {"model": shapes.Reviewed}},
        dependencies=[TOKEN],
    )
    def review(request: Request, said: Ruled) -> Response:
        """Keep an analyst's word and judge again what it touches. Needs the token."""
        _trusted(desk, request)
        id = named(said.copied)
        if store.article(id) is None:
            raise not_found(said.copied)
        kept, changed = desk.review(id, said.ruling, said.parent, said.note, said.by)
        return document(request, {"review": present.review(kept), "changed": changed}, status=201)

    @router.delete(
        "/reviews/{id:path}", tags=["reviews"], responses={200: {"model": shapes.Reviewed}}, dependencies=[TOKEN]
    )
    def undo(request: Request, id: Id) -> Response:
        """Take back the newest review of an article. Needs the token."""
        _trusted(desk, request)
        if store.article(named(id)) is None:
            raise not_found(id)
        done = desk.engine.undo_review(named(id))
        if done is None:
            raise HTTPException(404, f"{id}: no review of it stands")
        return document(request, {"review": present.review(done[0]), "changed": done[1]})


def _export(router: APIRouter, desk: Desk) -> None:
    store = desk.store

    @router.get(
        "/export/{what}",
        tags=["export"],
        responses={200: {"content": {kind.partition(";")[0]: {} for kind in KINDS.values()}}},
        response_class=Response,
    )
    def export(what: What, format: Format = "jsonl", rejected: bool = False) -> Response:
        """Everything, streamed, as by `copytrail export`."""
        if rejected and what != "matches":
            raise InputError("rejected: goes with matches")
        name = f"copytrail-{what}.{format}"
        return StreamingResponse(
            iterate_in_threadpool(_chunks(store, what, format, rejected=rejected)),
            media_type=KINDS[format],
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )


def next_of(shown: Any) -> str:
    """Return the cursor behind the last row of a search."""
    return place_behind(shown[-1][0])


def place_behind(article: Article) -> str:
    return cursor_at(content_time(article), article.id)


def _chunks(store: Store, what: What, form: Format, *, rejected: bool) -> Iterator[bytes]:
    """Yield an export in pieces of some size: a line each would cost more than the rows."""
    held: list[str] = []
    size = 0
    for line in lines(store, what, form, rejected=rejected):
        held.append(line)
        size += len(line)
        if size > 1 << 16:
            yield "".join(held).encode("utf-8", "replace")
            held, size = [], 0
    yield "".join(held).encode("utf-8", "replace")


def _source(desk: Desk, source: Source, health: Watched | None) -> present.Json:
    return present.watched(source, desk.feeds(source), health)
