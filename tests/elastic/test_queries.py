"""Every question of docs/queries.md: KQL, Elasticsearch and command give one answer, and it is what was planted."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from crawler.newsroom.pieces import pieces
from tests.elastic import newsstand
from tests.elastic.analysts import PENDING_ALERT, Desk, copies, derived_in_the_demo
from tests.elastic.kql import query_of
from tests.elastic.newsstand import Printed
from tests.end_to_end.shell import inside

PAGE = Path(__file__).parents[2] / "docs" / "queries.md"
_SECTION = re.compile(
    r"```kql\n(?P<kql>.+?)\n```\n\n`POST copytrail-(?P<index>\w+)/_search`\n\n```json\n(?P<dsl>.+?)\n```\n\n"
    r"```sh\ncopytrail (?P<command>.+?)\n```(?:\n\nLook at (?P<look>.+?)\.\n)?",
    re.DOTALL,
)

Names = set[tuple[str, str]]  # articles by outlet and title
Answer = Names | dict[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    title: str
    kql: str
    index: str
    dsl: Any
    command: list[str]
    look: str


def questions() -> dict[int, Question]:
    """Return the questions of the page by their numbers."""
    parts = re.split(r"^## (\d+)\. (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = {}
    for number, title, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        section = _SECTION.search(text)
        assert section is not None, title
        found[int(number)] = Question(
            title=title,
            kql=section["kql"],
            index=section["index"],
            dsl=json.loads(section["dsl"]),
            command=shlex.split(section["command"]),
            look=section["look"] or "",
        )
    return found


QUESTIONS = questions()


# --- the three ways to ask


def hits(desk: Desk, index: str, query: Any) -> list[str]:
    body = {"query": query, "size": 10_000, "_source": False}
    return sorted(hit["_id"] for hit in desk.ask(index, body)["hits"]["hits"])


def by_server(desk: Desk, asked: Question) -> Answer:
    if "aggs" not in asked.dsl:
        return named(desk, asked.index, hits(desk, asked.index, asked.dsl["query"]))
    (groups,) = desk.ask(asked.index, asked.dsl)["aggregations"].values()
    found: dict[Any, Any] = {}
    for bucket in groups["buckets"]:
        inner = [held for held in bucket.values() if isinstance(held, dict)]
        if not inner:
            found[bucket["key"]] = bucket["doc_count"]
        elif "buckets" in inner[0]:
            found |= {(bucket["key"], one["key"]): one["doc_count"] for one in inner[0]["buckets"]}
        else:
            found[bucket["key"]] = inner[0]["values"]["50.0"] if "values" in inner[0] else inner[0]["value"]
    return found


def by_command(desk: Desk, asked: Question) -> Answer:
    limit = ["--limit", "1000"] if asked.command[0] == "search" else []
    given = ("--store", desk.store, "--config", "kept", *asked.command, *limit, "--json")
    done = inside(*given, folder=desk.folder)
    assert done.code == 0, done.err
    answer = done.json()
    if asked.command[0] == "tally":
        *_, field = asked.look.partition(" by ")
        keys = re.findall(r"`(\w+)`", field)
        (value,) = re.findall(r"`(\w+)`", asked.look.partition(" by ")[0])
        rows = ((tuple(group[key] for key in keys), group[value]) for group in answer["groups"])
        return {key if len(key) > 1 else key[0]: _number(held) for key, held in rows if held is not None}
    if asked.command[0] == "alerts":
        return {(alert["rule"], alert["title"]) for alert in answer["alerts"]}
    (found,) = (answer[name] for name in ("articles", "copies") if name in answer)
    return {(one["source"]["id"], one["title"]) for one in found}


def _number(value: Any) -> Any:
    """Return times as the server's sums give them: in milliseconds."""
    return datetime.fromisoformat(value).timestamp() * 1000 if isinstance(value, str) else value


def named(desk: Desk, index: str, ids: list[str]) -> Names:
    found = desk.ask(index, {"query": {"ids": {"values": ids}}, "size": 10_000})["hits"]["hits"]
    if index == "alerts":
        return {(hit["_source"]["rule"], hit["_source"]["title"]) for hit in found}
    return {(hit["_source"]["source"]["id"], hit["_source"]["title"]) for hit in found}


@pytest.mark.parametrize("number", list(QUESTIONS))
def test_kql_finds_what_the_search_body_finds(desk: Desk, number: int) -> None:
    asked = QUESTIONS[number]
    assert hits(desk, asked.index, query_of(asked.kql)) == hits(desk, asked.index, asked.dsl["query"])


@pytest.mark.parametrize("number", list(QUESTIONS))
def test_the_command_answers_as_the_server_does(desk: Desk, number: int) -> None:
    asked = QUESTIONS[number]
    ours, theirs = by_command(desk, asked), by_server(desk, asked)
    if isinstance(theirs, dict) and isinstance(ours, dict):
        assert ours == pytest.approx(theirs, rel=0.001)
    else:
        assert ours == theirs


@pytest.mark.parametrize("number", list(QUESTIONS))
def test_the_answer_is_what_was_planted(desk: Desk, number: int) -> None:
    asked = QUESTIONS[number]
    found = by_server(desk, asked)
    assert found
    EXPECTED[asked.title](desk, found)


# --- what was planted


def stand(desk: Desk, holds: Callable[[Printed], bool]) -> Names:
    return {(one.outlet, one.title) for one in desk.printed() if holds(one)}


def taken(desk: Desk, holds: Callable[[Printed], bool]) -> Names:
    return {(one.outlet, one.title) for one in copies(desk) if holds(one)}


def demo(holds: Callable[[Any], bool]) -> Names:
    return {title(one.article) for one in derived_in_the_demo() if holds(one)}


def title(article: str) -> tuple[str, str]:
    return article.partition("/")[0], pieces()[article].title


def outlets_in(article: str) -> str:
    return article.removeprefix("@").partition("/")[0]


def waits(all: list[Printed]) -> list[float]:
    """Return the seconds that each copy came after its origin, where that is known."""
    return [(one.at - one.origin.at).total_seconds() for one in all if one.credit != "translated"]


def is_(planted: Callable[[Desk], Answer]) -> Callable[[Desk, Answer], None]:
    def check(desk: Desk, found: Answer) -> None:
        assert found == planted(desk)

    return check


def for_the_newsstand(planted: Callable[[list[Printed]], Any]) -> Callable[[Desk, Answer], None]:
    """Hold each outlet's value against what *planted* makes of its copies."""

    def check(desk: Desk, found: Answer) -> None:
        assert isinstance(found, dict)
        for outlet in {one.outlet for one in copies(desk)}:
            expected = planted([one for one in copies(desk) if one.outlet == outlet])
            if expected is not None:
                assert found[outlet] == pytest.approx(expected, rel=0.01)

    return check


def _pairs(desk: Desk) -> dict[Any, int]:
    counted = Counter((one.outlet, one.parent.outlet) for one in copies(desk) if one.parent)
    counted.update((outlets_in(p.article), outlets_in(q)) for p in derived_in_the_demo() for q in p.parents)
    return dict(counted)


def _most_copied(desk: Desk, found: Answer) -> None:
    assert isinstance(found, dict)
    planted = Counter(one.origin.id for one in copies(desk))
    assert planted.items() <= found.items()
    assert sum(found.values()) == planted.total() + len(derived_in_the_demo())


def _verdicts(desk: Desk, found: Answer) -> None:
    assert isinstance(found, dict)
    assert found["misattributed"] == 1
    assert found["uncredited"] == len(taken(desk, lambda one: one.credit == "none")) + len(
        demo(lambda one: one.verdict == "uncredited")
    )


def _languages(desk: Desk, found: Answer) -> None:
    assert found == {"de": 1, "en": len(copies(desk)) - 1 + len(derived_in_the_demo())}


def _quiet(desk: Desk, found: Answer) -> None:
    assert isinstance(found, dict)
    first = min(found, key=lambda outlet: found[outlet])
    assert first == newsstand.MISCREDITING
    assert found[first] / 1000 < (desk.now - timedelta(days=7)).timestamp()


def _late(desk: Desk, found: Answer) -> None:
    assert title("lakeside-record/dam-letters") in found
    # Judged anew, too: what an agency's second subscriber showed, what was edited, a credit that another page denies.
    changed = newsstand.edited(desk.now).url
    others = taken(desk, lambda one: one.origin.url == changed or one.credit == "misnamed")
    assert set(found) <= demo(lambda one: True) | others


FIRST = "https://fjord-observer.example/news/1-signal-towards-archive-border"
EXPECTED: dict[str, Callable[[Desk, Answer], None]] = {
    "Who republished an outlet this week?": is_(lambda _: demo(lambda one: outlets_in(one.origin) == "harbour-post")),
    "Which copies of an article are direct?": is_(
        lambda desk: taken(desk, lambda one: one.parent is not None and one.parent.url == FIRST)
    ),
    "Which copies credit nobody?": is_(
        lambda desk: taken(desk, lambda one: one.credit == "none") | demo(lambda one: one.verdict == "uncredited")
    ),
    "Which copies credit the wrong outlet?": is_(lambda desk: taken(desk, lambda one: one.credit == "misnamed")),
    "Which copies do not link to where they are from?": is_(
        lambda desk: (
            taken(desk, lambda one: one.credit in ("none", "no-link", "misnamed"))
            | demo(lambda one: one.linked == ("no",))
        )
    ),
    "Which chains have three outlets or more?": is_(
        lambda desk: taken(desk, lambda one: one.parent is not one.origin) | demo(lambda one: one.depth >= 2)
    ),
    "Which articles come from an outlet that we do not watch?": is_(
        lambda desk: demo(lambda one: one.origin.startswith("@")) | taken(desk, lambda one: one.credit == "translated")
    ),
    "Which originals came late?": _late,
    "Where can the origin not be told?": is_(lambda desk: stand(desk, lambda one: one.credit == "other")),
    "What did an outlet change in what it took?": is_(lambda _: {title("meridian-digest/breakwater-video")}),
    "Which articles were edited after we first saw them?": is_(
        lambda desk: {(newsstand.EDITING, newsstand.edited(desk.now).title)}
    ),
    "Where does a passage appear?": is_(
        lambda _: {
            title("harbour-post/breakwater-sensors"),
            title("meridian-digest/breakwater-video"),
            title("open-shore/breakwater-warning"),
        }
    ),
    "What was translated, and from whom?": is_(lambda desk: taken(desk, lambda one: one.credit == "translated")),
    "What was published by two outlets together?": is_(lambda desk: stand(desk, lambda one: one.url == FIRST)),
    "Which papers print an agency's text without having it from each other?": is_(
        lambda _: demo(lambda one: one.origin == "@northwire")
    ),
    "Which alerts were not delivered?": is_(lambda _: {(PENDING_ALERT.rule, PENDING_ALERT.title)}),
    "Who takes text from whom?": is_(_pairs),
    "How long do republishers wait (median)?": for_the_newsstand(lambda all: median(waits(all))),
    "Who is fastest?": for_the_newsstand(lambda all: min(waits(all))),
    "Who began to republish an outlet this month?": for_the_newsstand(
        lambda all: min(
            (1000 * one.at.timestamp() for one in all if one.origin.outlet == "delta-tribune"), default=None
        )
    ),
    "Which articles are copied most?": _most_copied,
    "How do copies credit, by what the credit comes to?": _verdicts,
    "In which languages are the copies?": _languages,
    "Which outlets have gone quiet?": _quiet,
}
