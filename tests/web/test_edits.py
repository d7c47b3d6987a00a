"""How an article was edited, and which version a copy carries, on its page and in the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from crawler.flow import Engine
from crawler.intake import row
from crawler.model import Pending, Visit
from crawler.prepare import Row
from crawler.revisits import revisit_key
from crawler.store import open_store
from tests.builders import an_entry
from tests.end_to_end.texts import HARBOUR, rows
from tests.web.house import HARBOUR_ID, LATER, MERIDIAN_ID, a_client, an_engine, fill

HOUR = timedelta(hours=1)


def an_edited_house() -> tuple[Engine, str]:
    """Return the house after its original was edited and removed, and the words that were put in."""
    engine = fill(an_engine(open_store("memory:")))
    (first,) = [made for value in rows() if isinstance(made := row(value, LATER), Row) and made.url == HARBOUR]
    words = first.text.split(" ")
    words[4] = "<b>4711</b>"
    engine.ingest_row(replace(first, text=" ".join(words), fetched_at=LATER + HOUR))
    pending = Pending(
        key=revisit_key(HARBOUR_ID),
        url=HARBOUR,
        source_id="harbour-post",
        entry=an_entry(),
        first_seen_at=LATER,
        revisit=True,
    )
    for hours in (3, 6):
        engine.revisited(Visit(pending=pending, at=LATER + hours * HOUR, found="gone", note="answered <410>"))
    return engine, "4711"


def test_the_page_of_an_article_shows_its_versions_and_its_removal() -> None:
    engine, words = an_edited_house()
    with a_client(engine) as client:
        shown = client.get(f"/articles/{HARBOUR_ID}").text
    assert "How it was edited" in shown
    assert "<strong>version 2</strong>" in shown
    assert "<strong>gone</strong>" in shown
    assert "answered &lt;410&gt;" in shown
    assert words in shown
    assert "<b>4711" not in shown


def test_the_page_of_an_article_that_was_never_edited_says_nothing_of_versions() -> None:
    with a_client(fill(an_engine(open_store("memory:")))) as client:
        assert "How it was edited" not in client.get(f"/articles/{HARBOUR_ID}").text


def test_the_page_of_a_copy_says_which_version_it_carries() -> None:
    engine, _ = an_edited_house()
    with a_client(engine) as client:
        assert "It carries version 1 of what it was taken from" in client.get(f"/articles/{MERIDIAN_ID}").text
        assert "version 1</span>" in client.get(f"/articles/{HARBOUR_ID}").text


def test_the_api_has_versions_and_what_is_carried() -> None:
    engine, _ = an_edited_house()
    with a_client(engine) as client:
        versions = client.get(f"/api/v1/versions/{HARBOUR_ID}").json()["versions"]
        trail = client.get(f"/api/v1/trail/{MERIDIAN_ID}").json()
        missing = client.get("/api/v1/versions/nobody")
    assert [one["number"] for one in versions] == [1, 2, None]
    assert versions[2]["class"] == "removal"
    assert "facts" in versions[1]["classes"]
    (carried,) = trail["carried"]
    assert (carried["copy"], carried["parent"], carried["version"]) == (MERIDIAN_ID, HARBOUR_ID, 1)
    assert missing.status_code == 404
