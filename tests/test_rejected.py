"""Each guard by its name: what two pages share is kept with the reason, found by it, and makes no lineage."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from crawler.flow import Engine
from crawler.model import Reason
from crawler.ports import Query, Store
from crawler.prepare import Row
from crawler.registry import Registry
from crawler.store import open_store
from tests.builders import NOON, a_date, some_text

SAID = (
    "We have heard the islanders' worries and we share them. Nobody on this council wanted to see the pier closed, but "
    "we will not wait until somebody drowns before we act on what the divers have told us in plain words"
)
PORTRAIT = (
    "About Coal Quay Ferries: Coal Quay Ferries is the largest provider of island crossings in the country, founded in "
    "1921 and headquartered in the old customs house. For more information visit www.coal-quay.example or write to us."
)
FORM = (
    "The treasury balances held at the harbour bank rose on {} to {} million from {} million on the working day "
    "before, the bank said in the note that it gives out each evening after the counters have closed. Its loans to the "
    "fishing fleet stood at {} million against {} million in the week before, it said."
)
HEADLINES = "\n".join(f"{some_text(7, seed=n).rstrip('.')}" for n in range(40, 56))
SENTENCE = "The old ferry pier is to be closed for good after engineers found that its timber piles had rotted through."
SORRY = "Page not found. Sorry, the page that you are looking for is not here any more. Go back to the first page."


def a_text(seed: int, *more: str, words: int = 220) -> str:
    return "\n\n".join((some_text(words, seed=seed), *more))


CASES: dict[Reason, tuple[str, str]] = {
    "boilerplate": (a_text(1, PORTRAIT), a_text(2, PORTRAIT)),
    "quotation only": (a_text(3, f"“{SAID}”, said the mayor."), a_text(4, f"The mayor said: “{SAID}”.")),
    "template": (
        FORM.format("Monday", "3.71", "2.94", "12.4", "11.8"),
        FORM.format("Friday", "5.12", "4.60", "18.3", "16.1"),
    ),
    "series": (a_text(5, SENTENCE, some_text(70, seed=6)), a_text(7, SENTENCE, some_text(70, seed=6))),
    "list page": (HEADLINES, f"{HEADLINES}\nLetters"),
    "error page": (SORRY, SORRY),
    "same outlet": (a_text(8), a_text(8, SENTENCE)),
    "too short": ("Watch the film of the ferry pier above.", "Watch the film of the ferry pier above."),
    "too little": (a_text(9, SENTENCE, words=500), a_text(10, SENTENCE, words=500)),
}
TITLES = {"series": ("Letters from the quay, part 3", "Letters from the quay, part 4")}
NO_COPIES = {"boilerplate", "template", "series", "list page", "error page", "too short"}


def taken_in(store: Store, reason: Reason) -> None:
    """Take in the two pages of *reason*, the second some days later and of another outlet but for one guard."""
    engine = Engine(store, Registry(()), clock=lambda: NOON, jitter=lambda: 0.0)
    titles = TITLES.get(reason, ("Divers at the pier", "What the harbour knows"))
    for number, (text, title) in enumerate(zip(CASES[reason], titles, strict=True)):
        at = NOON + timedelta(days=3 * number)
        outlet = "harbour-post" if reason == "same outlet" else f"outlet-{number}"
        url = f"https://{outlet}.example/{number}"
        engine.ingest_row(Row(url=url, title=title, text=text, fetched_at=at, published=a_date(at), links=()))
    engine.settle()


def test_there_is_a_case_of_every_guard() -> None:
    assert set(CASES) == set(get_args(Reason))


@pytest.mark.parametrize("reason", CASES)
def test_a_guard_keeps_the_match_with_its_reason_and_no_lineage_rests_on_it(reason: Reason) -> None:
    store = open_store("memory:")
    taken_in(store, reason)
    (match,) = store.guarded(Query(), reason)
    assert match.shared.reason == reason
    assert match.shared.passages
    assert match.shared.is_rejected == (reason in NO_COPIES)
    assert [lineage.role for _, lineage in store.search(Query())] == ["unmatched", "unmatched"]
    others = [one for one in get_args(Reason) if one != reason]
    assert [one for one in others if store.guarded(Query(), one)] == []
