"""The pages: what each one shows, asked of the store and handed to its template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Form, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crawler.alerts import atom
from crawler.alerts.rules import Rule, rehearsed
from crawler.errors import InputError
from crawler.flow import Trail, edge_to
from crawler.intake import LONGEST_TEXT
from crawler.lineage.changes import changes
from crawler.match.marking import rows
from crawler.model import Alert, AlertState, Article, ArticleId, Edge, EdgeKind, Lineage, Linked, Role, Ruling, Verdict
from crawler.pasted import explained
from crawler.ports import Query as Asked
from crawler.reviewing import LONGEST_NAME, LONGEST_NOTE
from crawler.urls import article_id, clean
from crawler.watching import look
from crawler.web import comparison, words
from crawler.web.answers import feed, page
from crawler.web.api import next_of
from crawler.web.asking import TIMES, Cursor, SourceId, cursor_at, place_of
from crawler.web.asking import Form as Filled
from crawler.web.desk import Compared, Desk, named, not_found
from crawler.web.keys import COOKIE, LASTS, Reader
from crawler.web.matrix import matrix
from crawler.web.timeline import timeline

ROWS = 30
COPIES = 25
ALERTS = 50
DRY = 300  # newest copies that a rule is held against
TURNS, TURNED = 6, 5  # copies that are drawn with their own copies, and how many of these
SHOWN = 12  # of pairs and outlets beside a list


def pages(desk: Desk) -> APIRouter:
    """Return the routes of the pages."""
    router = APIRouter(include_in_schema=False)
    for routes in (_home, _article, _side_by_side, _sources, _trace, _alerts, _signing):
        routes(router, desk)
    return router


def _shared(desk: Desk, request: Request) -> dict[str, Any]:
    """Return what every page shows around itself."""
    return {"reader": desk.reader(request), "signing": desk.keys.there}


# --- the newest


def _home(router: APIRouter, desk: Desk) -> None:
    @router.get("/")
    def home(request: Request, asked: Annotated[Filled, Query()]) -> Response:
        """The newest republications, or what the filters ask for."""
        if not set(request.query_params) - {"cursor"}:
            asked = asked.model_copy(update={"role": "derived"})
        found = desk.store.search(asked.query(desk.clock(), limit=ROWS + 1, cursor=asked.cursor))
        counts = desk.counted.counts()
        registry = desk.engine.registry
        return page(
            request,
            "home.html",
            found=found[:ROWS],
            next=next_of(found[:ROWS]) if len(found) > ROWS else None,
            asked=asked,
            given=asked.given(),
            filtered=bool(set(asked.given()) - {"role"}) or asked.role != "derived",
            times=TIMES,
            roles=get_args(Role),
            kinds=get_args(EdgeKind),
            verdicts=get_args(Verdict),
            links=get_args(Linked),
            outlets=sorted(registry.sources, key=lambda s: s.name.casefold()),
            counts=counts,
            status=desk.counted.status(),
            ready=desk.counted.ready(),
            troubles=_troubles(desk),
            named=lambda id: _named(desk, id),
            say=words,
            **_shared(desk, request),
        )


def _troubles(desk: Desk) -> list[tuple[str, str, str]]:
    """Return the watched outlets whose feeds give trouble: id, name, what is wrong."""
    out = []
    known = desk.counted.health()
    for source in desk.engine.registry.sources:
        if source.enabled:
            ill = held.worst if (held := known.get(source.id)) is not None else None
            problems = [s.problem for s in desk.feeds(source).values() if s is not None and s.problem]
            if ill is not None:
                out.append((source.id, source.name, ill.note))
            elif problems:
                out.append((source.id, source.name, problems[0]))
    return out


def _named(desk: Desk, id: str) -> str:
    source = desk.engine.registry.source(id)
    return source.name if source else id


# --- one trail


def _article(router: APIRouter, desk: Desk) -> None:
    @router.get("/articles/{id:path}")
    def article(
        request: Request, id: str, cursor: Cursor | None = None, outlet: SourceId | None = None, said: str = ""
    ) -> Response:
        """One article: where it is from, who took it, and why we think so."""
        outlet = outlet or None
        one = named(id)
        trail = desk.engine.trail(one, copies=0)
        if trail is None:
            raise not_found(words.line(id, 200))
        return _trail(desk, request, trail, cursor, outlet, said)

    @router.post("/articles/{id}/review")
    def review(
        request: Request,
        id: str,
        form: Annotated[str, Form()],
        ruling: Annotated[Ruling, Form()],
        parent: Annotated[str, Form(max_length=4096)] = "",
        note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    ) -> Response:
        """Keep what somebody who is signed in says of an article's parent."""
        reader = _trusted(desk, request, form)
        _, changed = desk.review(named(id), ruling, parent.strip() or None, note, reader.name or "")
        return RedirectResponse(f"/articles/{named(id)}?said={changed}#reviews", status_code=303)

    @router.post("/articles/{id}/undo")
    def undo(request: Request, id: str, form: Annotated[str, Form()]) -> Response:
        """Take back the newest review."""
        _trusted(desk, request, form)
        done = desk.engine.undo_review(named(id))
        return RedirectResponse(f"/articles/{named(id)}?said={done[1] if done else 0}#reviews", status_code=303)


def _trail(
    desk: Desk, request: Request, trail: Trail, cursor: str | None, outlet: str | None, said: str = ""
) -> Response:
    id, after = trail.article.id, place_of(cursor) if cursor else None
    below = desk.store.search(Asked(of=id, oldest=True, limit=COPIES + 1, after=after, source=outlet))
    shown = below[:COPIES]
    copies = [(article, edge, held) for article, held in shown if (edge := edge_to(id, held)) is not None]
    drawn, more = _in_turn(desk, copies)
    return page(
        request,
        "trail.html",
        trail=trail,
        stored=True,
        drawing=timeline(trail, drawn, more),
        copies=copies,
        carried={one.copy: one for one in desk.engine.carried_by([article for article, _, _ in copies], trail.article)},
        next=next_of(shown) if len(below) > COPIES else None,
        cursor=cursor,
        outlet=outlet,
        republishers=desk.store.republishers(id) if trail.lineage.copies else {},
        history=desk.store.history(id),
        named=lambda source: _named(desk, source),
        said=int(said) if said.isascii() and said.isdigit() and len(said) < 9 else None,
        say=words,
        **_shared(desk, request),
    )


def _in_turn(
    desk: Desk, copies: Sequence[tuple[Article, Edge, Lineage]]
) -> tuple[list[tuple[Article, Edge]], dict[ArticleId, int]]:
    """Return what is drawn: the copies, of some of them their own first copies, and how many more there are of each."""
    drawn = [(article, edge) for article, edge, _ in copies]
    more = {article.id: held.copies for article, _, held in copies}
    for article in [article for article, _, held in copies if held.copies][:TURNS]:
        below = desk.store.search(Asked(of=article.id, oldest=True, limit=TURNED))
        further = [(x, edge, held) for x, held in below if (edge := edge_to(article.id, held)) is not None]
        drawn += [(x, edge) for x, edge, _ in further]
        more |= {x.id: held.copies for x, _, held in further}
        more[article.id] -= sum(1 + held.copies for _, _, held in further)
    return drawn, more


def _trusted(desk: Desk, request: Request, form: str) -> Reader:
    """Return who sends a form. Raises unless they are signed in and it came from a page of ours."""
    reader = desk.reader(request)
    if not desk.keys.there:
        raise HTTPException(403, "nobody may: set COPYTRAIL_SERVE__TOKEN in the environment of the server")
    if reader.name is None or not desk.keys.is_form(reader, form):
        raise HTTPException(403, "sign in first, then send it again from the page itself")
    return reader


# --- two texts


def _side_by_side(router: APIRouter, desk: Desk) -> None:
    @router.get("/compare")
    def compare(
        request: Request,
        a: Annotated[str, Query(max_length=4096)] = "",
        b: Annotated[str, Query(max_length=4096)] = "",
    ) -> Response:
        """Two stored texts, passage by passage."""
        if not (a.strip() and b.strip()):
            return page(request, "choose.html", a=a, b=b, **_shared(desk, request))
        found = desk.compare(named(a.strip()), named(b.strip()))
        if found is None:
            raise not_found(words.line(b if desk.store.article(named(a.strip())) else a, 200))
        return _compared(desk, request, found)


def _compared(desk: Desk, request: Request, found: Compared) -> Response:
    """Show the copy on the right where it is known which one that is, else what was published later."""
    if _is_first(found.b.article, found.a.article, desk):
        found = Compared(a=found.b, b=found.a, shared=found.shared.flipped(), match=found.match)
    a, b = (one.as_in(found.match) if found.match else one.article for one in (found.a, found.b))
    told = changes(a, b, found.shared.flipped(), parent_claims=found.a.claims, copy_claims=found.b.claims)
    laid_out = rows(found.shared, a.text, b.text)
    ordered = sorted(found.shared.passages, key=lambda p: p.left)
    return page(
        request,
        "compare.html",
        shared=found.shared,
        left=a,
        right=b,
        sides=[
            ("A", "a", comparison.side_of(a), found.shared.coverage_left),
            ("B", "b", comparison.side_of(b), found.shared.coverage_right),
        ],
        rows=laid_out,
        reworded=any(part.alone for row in laid_out for part in (*row.left, *row.right)),
        words={number: passage.words for number, passage in enumerate(ordered, start=1)},
        kinds=comparison.KINDS,
        marks=comparison.MARKS,
        present={kind: sum(p.kind == kind for p in ordered) for kind in comparison.MARKS},
        changes=told if found.shared.kind != "unrelated" else None,
        older=[x for x, now in ((a, found.a.article), (b, found.b.article)) if x.content_hash != now.content_hash],
        say=words,
        **_shared(desk, request),
    )


def _is_first(one: Article, other: Article, desk: Desk) -> bool:
    held, theirs = desk.store.lineage(other.id), desk.store.lineage(one.id)
    if held is not None and edge_to(one.id, held) is not None:
        return True
    if theirs is not None and edge_to(other.id, theirs) is not None:
        return False
    dates = [a.published.at if a.published else a.first_seen_at for a in (one, other)]
    return dates[0] < dates[1]


# --- outlets


def _sources(router: APIRouter, desk: Desk) -> None:
    @router.get("/sources")
    def sources(request: Request) -> Response:
        """Who takes from whom, and how the outlets are."""
        counts = desk.counted.counts()
        watched = [(s, desk.feeds(s)) for s in desk.engine.registry.sources if s.enabled and s.feeds]
        return page(
            request,
            "sources.html",
            counts=counts,
            matrix=matrix(counts.overview, lambda id: _named(desk, id)) if counts else None,
            watched=watched,
            how=desk.counted.health(),
            named=lambda id: _named(desk, id),
            say=words,
            **_shared(desk, request),
        )

    @router.get("/sources/{id}")
    def source(request: Request, id: SourceId) -> Response:
        """One outlet: what it takes, what is taken from it, its feeds and its terms."""
        counts = desk.counted.counts()
        known = desk.engine.registry.source(id)
        pairs = counts.overview.pairs if counts else ()
        mine = [p for p in pairs if p.source == id], [p for p in pairs if p.parent == id]
        newest = desk.store.search(Asked(source=id, limit=10))
        if known is None and not newest and not any(mine):
            raise HTTPException(404, f"{words.line(id, 100)}: no such outlet is known")
        return page(
            request,
            "source.html",
            id=id,
            source=known,
            feeds=desk.feeds(known) if known else {},
            clock=desk.engine.clock_of(id),
            how=look(desk.store, known, desk.clock()) if known else None,
            counts=counts,
            outlet=counts.overview.outlet(id) if counts else None,
            takes=mine[0][:SHOWN],
            taken=mine[1][:SHOWN],
            newest=newest,
            named=lambda source: _named(desk, source),
            say=words,
            **_shared(desk, request),
        )


# --- a text of the reader's


def _trace(router: APIRouter, desk: Desk) -> None:
    @router.get("/trace")
    def ask(request: Request, what: Annotated[str, Query(max_length=4096)] = "") -> Response:
        """A form; with a URL, its trail."""
        what = what.strip()
        if not what:
            return page(request, "trace.html", text="", url="", missing=None, **_shared(desk, request))
        return _traced_url(desk, request, what)

    @router.post("/trace")
    def trace(
        request: Request,
        text: Annotated[str, Form(max_length=LONGEST_TEXT)] = "",
        url: Annotated[str, Form(max_length=4096)] = "",
    ) -> Response:
        """Where a text comes from. Nothing of it is kept."""
        text, url = text.strip(), url.strip()
        if not text and url:
            return _traced_url(desk, request, url)
        if not text:
            raise InputError("paste a text, or give a URL")
        if text.startswith(("http://", "https://")) and len(text.split()) == 1 and not url:
            return _traced_url(desk, request, text)
        if "\0" in text:
            raise InputError("not text: it has NUL characters in it")
        found = explained(desk.engine, text, clean(url) if url else None, desk.clock())
        return page(
            request,
            "trail.html",
            trail=found,
            stored=False,
            drawing=timeline(found, [], {}),
            copies=[],
            next=None,
            cursor=None,
            outlet=None,
            republishers={},
            history=(),
            named=lambda source: _named(desk, source),
            said=None,
            say=words,
            **_shared(desk, request),
        )


def _traced_url(desk: Desk, request: Request, url: str) -> Response:
    id = article_id(url)
    if desk.store.article(id) is not None:
        return RedirectResponse(f"/articles/{id}", status_code=303)
    return page(request, "trace.html", code=404, text="", url=url, missing=url, **_shared(desk, request))


# --- alerts


def _alerts(router: APIRouter, desk: Desk) -> None:
    @router.get("/alerts")
    def alerts(
        request: Request,
        state: AlertState | Literal[""] = "",
        cursor: Cursor | None = None,
    ) -> Response:
        """What fired, and whether it was delivered."""
        after = place_of(cursor) if cursor else None
        found = desk.store.alerts(ALERTS + 1, state=state or None, after=after)
        shown = found[:ALERTS]
        return page(
            request,
            "alerts.html",
            alerts=shown,
            next=cursor_at(shown[-1].created_at, shown[-1].key) if len(found) > ALERTS else None,
            state=state,
            rules=desk.engine.rules,
            say=words,
            **_shared(desk, request),
        )

    @router.get("/rules")
    def dry_run(request: Request, rule: Annotated[str, Query(max_length=300)]) -> Response:
        """On which of the newest copies a rule would have fired. Nothing is sent or kept."""
        chosen = _rule(desk, rule)
        copies = desk.store.search(Asked(role="derived", limit=DRY))
        alerting = desk.engine.alerting
        fired = rehearsed(chosen, copies, lambda a, held: alerting.known(desk.store, a, held), alerting.within)
        ill = list(alerting.ill(chosen, desk.store, desk.engine.registry, desk.clock()))
        held = {a.id: (a, lineage) for a, lineage in copies}
        rows = [(alert, *held[alert.copy]) for alert in fired if alert.copy is not None]
        return page(
            request,
            "rule.html",
            rule=chosen,
            fired=[(a, _told_edge(alert, lineage)) for alert, a, lineage in rows],
            ill=[alert.news for alert in ill],
            looked=len(copies),
            named=lambda source: _named(desk, source),
            say=words,
            **_shared(desk, request),
        )

    @router.get("/rules/feed")
    def alerts_of(request: Request, rule: Annotated[str, Query(max_length=300)]) -> Response:
        """The newest alerts of a rule as an Atom feed."""
        name, public_url = _rule(desk, rule).name, desk.engine.alerting.public_url
        return feed(
            request,
            atom.feed(name, desk.store.alerts(atom.NEWEST, rule=name), public_url=public_url, url=str(request.url)),
        )

    @router.post("/alerts/{key}/retry")
    def retry(request: Request, key: str, form: Annotated[str, Form()]) -> Response:
        """Make an undelivered alert due at once."""
        _trusted(desk, request, form)
        if desk.retry(key) is None:
            raise not_found(words.line(key, 100))
        return RedirectResponse("/alerts", status_code=303)


def _told_edge(alert: Alert, lineage: Lineage) -> Edge:
    """Return the edge that an alert tells of."""
    return next((edge for edge in lineage.parents if edge.parent.id == alert.parent), lineage.parents[0])


def _rule(desk: Desk, name: str) -> Rule:
    """Return the rule of that name. Raises HTTPException 404 where there is none."""
    for rule in desk.engine.rules:
        if rule.name == name:
            return rule
    raise HTTPException(404, f"{words.line(name, 100)}: no such rule in alerts.yaml")


# --- who may change things


def _signing(router: APIRouter, desk: Desk) -> None:
    @router.get("/sign-in")
    def sign_in(request: Request) -> Response:
        """A form for a name and the token."""
        return page(request, "sign-in.html", wrong=False, **_shared(desk, request))

    @router.post("/sign-in")
    def signed_in(
        request: Request,
        name: Annotated[str, Form(min_length=1, max_length=LONGEST_NAME)],
        token: Annotated[str, Form(max_length=200)],
    ) -> Response:
        """Give a cookie to whoever knows the token."""
        known = " ".join(name.split())
        if not known or not desk.keys.is_token(token.strip()):
            return page(request, "sign-in.html", code=403, wrong=True, **_shared(desk, request))
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            COOKIE,
            desk.keys.cookie(known, desk.clock()),
            max_age=int(LASTS.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    @router.post("/sign-out")
    def signed_out(request: Request) -> Response:
        """Take the cookie back."""
        answer = RedirectResponse("/", status_code=303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer
