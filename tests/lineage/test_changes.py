"""What a copier changed."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.lineage.changes import Change, Changes, changes, links_kept
from crawler.lineage.edits import edits
from crawler.model import Article, Claim, Link
from crawler.prepare import compare_texts
from tests.builders import a_claim, a_variation, an_article, some_text

PROSE = (
    "The ferry came home on Tuesday evening after nine days at sea, with all of its 41 passengers on deck.",
    "People had waited on the quay since noon, some with flags and some with soup, because the wind was cold.",
    "The mate, Ann Lee, said that the engine had failed twice in the fog and that a bicycle chain had mended it.",
    "The harbour office promised a report before the spring, and a new engine, for which there is no money yet.",
    "Until then the old boat makes the crossing, twice a day and not at all when the wind comes from the north.",
)


def original(*text: str, **more: object) -> Article:
    return an_article(
        "ferry", outlet="harbour-post", text="\n".join(text or PROSE), **{"links": (), "title": "The ferry", **more}
    )


def found(
    parent: Article, copy: Article, *, parent_claims: tuple[Claim, ...] = (), copy_claims: tuple[Claim, ...] = ()
) -> Changes:
    shared = compare_texts(copy.text, parent.text)
    return changes(parent, copy, shared, parent_claims=parent_claims, copy_claims=copy_claims)


def a_copy(*text: str, **more: object) -> Article:
    return an_article(
        "copied", outlet="meridian", text="\n".join(text or PROSE), **{"links": (), "title": "The ferry", **more}
    )


def test_an_untouched_copy_has_no_changes() -> None:
    made = found(original(), a_copy())
    assert made == Changes(links_stripped=())
    assert not made.any


def test_a_new_headline_is_a_change_and_other_capitals_are_none() -> None:
    made = found(original(title="The ferry is home"), a_copy(title="Nine days of horror"))
    assert made.headline == Change(parent="The ferry is home", copy="Nine days of horror")
    assert made.diff == "- # The ferry is home\n+ # Nine days of horror"
    assert found(original(title="The ferry is home"), a_copy(title="THE FERRY IS HOME")).headline is None


def test_paragraphs_added_and_cut_are_told_apart() -> None:
    note = "Note of the editors: we have asked the line for a comment and will print whatever it may say to us."
    made = found(original(), a_copy(*PROSE[:2], note, *PROSE[2:4]))
    assert made.added == (note,)
    assert made.cut == (PROSE[4],)
    assert made.diff == f"+ {note}\n- {PROSE[4]}"


def test_an_exchanged_number_and_an_exchanged_name_are_found() -> None:
    text = [one.replace("41 passengers", "410 passengers").replace("Ann Lee", "Bo Ray") for one in PROSE]
    made = found(original(), a_copy(*text))
    assert made.numbers == (Change(parent="41", copy="410"),)
    assert made.names == (Change(parent="Ann Lee", copy="Bo Ray"),)
    assert made.diff.splitlines() == [
        "~ …on Tuesday evening after nine days at sea, with all of its [-41-]{+410+} passengers on deck.",
        "~ The mate, [-Ann Lee-]{+Bo Ray+}, said that the engine had failed twice in the fog and that…",
    ]


def test_a_number_in_words_counts_as_one() -> None:
    made = found(original(), a_copy(*(one.replace("nine days", "two days") for one in PROSE)))
    assert made.numbers == (Change(parent="nine", copy="two"),)


def test_a_word_left_out_is_a_change_with_an_empty_side() -> None:
    made = found(original(), a_copy(*(one.replace("bicycle chain", "chain") for one in PROSE)))
    assert made.reworded == (Change(parent="bicycle", copy=""),)
    assert made.diff == ("~ …that the engine had failed twice in the fog and that a [-bicycle-] chain had mended it.")


def test_changes_close_together_are_shown_in_one_line() -> None:
    text = [one.replace("nine days", "two days").replace("41 passengers", "410 passengers") for one in PROSE]
    assert found(original(), a_copy(*text)).diff == (
        "~ The ferry came home on Tuesday evening after [-nine-]{+two+} days at sea, with all of its "
        "[-41-]{+410+} passengers on deck."
    )


def test_a_sentence_put_into_a_paragraph_that_stayed_is_shown_there() -> None:
    put_in = "Nobody at the office wanted to say, when asked on Wednesday, where that money might come from."
    made = found(original(), a_copy(*PROSE[:3], f"{PROSE[3]} {put_in}", PROSE[4]))
    assert made.added == ()
    assert made.reworded == (Change(parent="", copy=put_in.rstrip(".")),)
    assert made.diff.startswith("~ …")
    assert made.diff.endswith(f"for which there is no money yet. {{+{put_in.rstrip('.')}+}}.")


def test_a_sentence_left_out_of_a_paragraph_that_stayed_is_shown_where_it_was() -> None:
    left_out = "Nobody at the office wanted to say, when asked on Wednesday, where that money might come from."
    made = found(original(*PROSE[:3], f"{PROSE[3]} {left_out}", PROSE[4]), a_copy())
    assert made.cut == ()
    assert made.reworded == (Change(parent=left_out.rstrip("."), copy=""),)
    assert made.diff.endswith(f"for which there is no money yet. [-{left_out.rstrip('.')}-]")


def test_names_in_a_clause_put_in_are_no_exchanged_names() -> None:
    put_in = " The engine, said Gustav Holm of the Westmark line, had 12 cylinders and not one of them was clean."
    made = found(original(), a_copy(*PROSE[:2], PROSE[2] + put_in, *PROSE[3:]))
    assert (made.names, made.numbers) == ((), ())
    assert "Gustav Holm" in made.diff


def test_words_exchanged_across_an_added_paragraph_are_held_against_each_other() -> None:
    note = "Note of the editors: we have asked the line for a comment and will print whatever it may say to us."
    third = PROSE[2].replace("Ann Lee", "Bo Ray")
    made = found(original(), a_copy(*PROSE[:2], note, third, *PROSE[3:]))
    assert made.added == (note,)
    assert made.names == (Change(parent="Ann Lee", copy="Bo Ray"),)
    assert made.diff.splitlines()[0] == f"+ {note}"


def test_stripped_links_are_listed_and_unknown_where_links_were_lost() -> None:
    links = (Link(url="https://a.example/1"), Link(url="https://b.example/2"))
    parent = original(links=links)
    assert found(parent, a_copy(links=links[:1])).links_stripped == ("https://b.example/2",)
    assert links_kept(parent, a_copy(links=links[:1])) == (1, 2)
    assert found(parent, a_copy(links_lost=True)).links_stripped is None
    assert links_kept(parent, a_copy(links_lost=True)) is None


def test_a_stripped_byline_and_a_stripped_credit_are_named() -> None:
    credit = a_claim(quote="This article was first published by Open Shore.")
    parent = original(byline="By Ann Moor", authors=("Ann Moor",))
    made = found(parent, a_copy(byline=None, authors=()), parent_claims=(credit,))
    assert made.credits_stripped == ("By Ann Moor", credit.quote)
    kept = found(
        parent, a_copy(byline="Ann Moor", authors=("Ann Moor",)), parent_claims=(credit,), copy_claims=(credit,)
    )
    assert kept.credits_stripped == ()


def test_texts_without_spaces_and_empty_ones_are_taken_as_they_are() -> None:
    assert found(original(""), a_copy("")).diff == ""
    text = "海港的旧防波堤移动得比港务局所想的快四倍。渔民们说他们多年来一直知道这件事。"
    assert found(original(text), a_copy(text)).diff == ""


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 20))
def test_every_change_quotes_the_two_texts(seed: int, edits: int) -> None:
    text = some_text(150, seed=seed)
    changed = a_variation(text, changes=edits, seed=seed + 1)
    made = found(original(text), a_copy(changed))
    assert all(change.parent in text and change.copy in changed for change in made.reworded)
    assert len(made.reworded) <= 100
    assert made.any == bool(made.reworded or made.added or made.cut)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 20), st.booleans())
@example(253, 17, True)  # a passage that overlaps a longer one
def test_what_was_added_stands_in_the_copy_and_what_was_cut_in_the_parent(seed: int, exchanged: int, cut: bool) -> None:
    text = some_text(150, seed=seed)
    changed = a_variation(text, changes=exchanged, seed=seed + 1)
    changed = changed[len(changed) // 3 :] if cut else changed
    for parent, copy in ((text, changed), (changed, text)):
        shared = compare_texts(copy, parent)
        made = edits(parent, copy, shared)
        added = [text for _, text in made.added] + [one.now for one in made.exchanged]
        gone = [text for _, text in made.cut] + [one.was for one in made.exchanged]
        assert all(one in copy for one in added)
        assert all(one in parent for one in gone)


def test_a_page_of_one_word_ends() -> None:
    made = found(original("word " * 50_000), a_copy("word " * 49_000 + "other " * 1_000))
    assert len(made.reworded) <= 100
