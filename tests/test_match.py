"""When two texts share words: which passages, how much, and whether that makes a copy."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.match import compare
from crawler.match.align import align
from crawler.match.furniture import furniture_spans
from crawler.match.quoting import quoted_spans
from crawler.model import Comparison
from crawler.text import tokenize

FERRY = """The harbour council voted on Tuesday to close the old ferry pier for good, after engineers found \
that its timber piles had rotted through below the waterline.

The pier has carried passengers to the islands since the fishing fleet left the inner basin. It will be fenced off \
before the weekend, and boats will call at the coal quay instead until a new landing stage can be paid for.

Island shopkeepers fear that visitors will stay away during the summer. The walk from the quay to the railway \
station takes twice as long, and there is neither a shelter nor a ticket office on that side of the river.

Councillors rejected a proposal to borrow the money against next year's mooring fees. A public meeting will be held \
in the sailors' chapel at the end of the month, and the plans can be seen in the library until then."""

ORCHARD = """Growers in the upper valley have begun picking three weeks early this season. A mild winter brought \
the blossom forward, and the frost that usually thins the crop never came.

Cider makers say they cannot take the whole of it. Their vats are still half full, and bottles have become dear \
since the glassworks cut its night shift. Much of the fruit may be fed to pigs.

An insurance scheme proposed by the farmers' union would pay those who leave fruit on the trees. The ministry has \
promised an answer after the holidays, when the first figures from the weighing stations are known."""

STATEMENT = (
    "We have heard the islanders' worries and we share them. Nobody on this council wanted to see the pier closed, "
    "but we will not wait until somebody drowns before we act on what the divers have told us in plain words"
)


def compared(left: str, right: str) -> Comparison:
    return compare(tokenize(left), tokenize(right), left, right)


def words_of(text: str) -> list[str]:
    return list(tokenize(text).words)


def test_the_same_words_are_exact_whatever_their_dress() -> None:
    assert compared(FERRY, FERRY.upper().replace("'", "’")).kind == "exact"


def test_different_texts_share_nothing() -> None:
    shared = compared(FERRY, ORCHARD)
    assert (shared.kind, shared.passages, shared.coverage_left, shared.similarity) == ("unrelated", (), 0.0, 0.0)


def test_no_words_match_nothing() -> None:
    assert compared("", "").kind == "unrelated"
    assert compared("", FERRY).kind == "unrelated"


def test_a_credit_line_and_a_new_headline_leave_a_near_copy() -> None:
    copy = "Ferry pier shut over safety fears\n\n" + FERRY + "\n\nThis article first appeared in the Harbour Post."
    shared = compared(FERRY, copy)
    assert shared.kind == "near_copy"
    assert shared.coverage_left == 1.0
    assert shared.coverage_right > 0.9


def test_light_edits_leave_a_near_copy() -> None:
    copy = FERRY.replace("for good", "permanently").replace("shopkeepers", "traders").replace("rejected", "voted down")
    shared = compared(FERRY, copy)
    assert shared.kind == "near_copy"
    assert 0.9 < shared.coverage_left < 1.0


SERBIAN = """Lučki savet je u utorak odlučio da zauvek zatvori stari trajektni pristan, pošto su inženjeri našli da su \
drveni šipovi ispod vode istrulili. Trgovci sa ostrva strahuju da će gosti izostati tokom leta, jer je put od \
ugljenog doka do železničke stanice dvostruko duži, a na toj obali nema ni zaklona ni blagajne."""
SERBIAN_CYRILLIC = """\
Лучки савет је у уторак одлучио да заувек затвори стари трајектни пристан, пошто су инжењери нашли \
да су дрвени шипови испод воде иструлили. Трговци са острва страхују да ће гости изостати током лета, јер је пут од \
угљеног дока до железничке станице двоструко дужи, а на тој обали нема ни заклона ни благајне."""


def test_a_text_set_in_the_other_alphabet_is_the_same_and_its_passages_quote_both() -> None:
    assert compared(SERBIAN, SERBIAN_CYRILLIC).kind == "exact"
    first, second = SERBIAN.split(". ", maxsplit=1)
    shared = compared(second + " " + first, SERBIAN_CYRILLIC)
    assert shared.coverage_right > 0.95
    quoted = {((second + " " + first)[slice(*p.left)], SERBIAN_CYRILLIC[slice(*p.right)]) for p in shared.passages}
    assert (first, SERBIAN_CYRILLIC.split(". ", maxsplit=1)[0]) in quoted


def test_moved_paragraphs_are_still_found() -> None:
    paragraphs = FERRY.split("\n\n")
    shared = compared(FERRY, "\n\n".join(reversed(paragraphs)))
    assert shared.kind == "near_copy"
    assert len(shared.passages) == len(paragraphs)


def test_an_excerpt_in_a_text_of_its_own_is_partial() -> None:
    shared = compared(FERRY, ORCHARD + "\n\n" + "\n\n".join(FERRY.split("\n\n")[1:3]))
    assert shared.kind == "partial"
    assert shared.coverage_left < 0.7


def test_a_long_clean_passage_is_partial_however_long_the_text_around_it() -> None:
    around = " ".join(numbered(3, 2_000))
    passage = "\n\n".join(FERRY.split("\n\n")[:3])
    shared = compared(around + "\n\n" + passage, FERRY + "\n\n" + " ".join(numbered(4, 2_000)))
    assert shared.kind == "partial"
    assert max(shared.coverage_left, shared.coverage_right) < 0.1


def test_a_sentence_or_two_of_ones_own_taken_word_for_word_are_a_copied_passage() -> None:
    around = " ".join(numbered(3, 900))
    taken = " ".join(words_of(FERRY)[30:70])
    assert compared(around + ". " + taken, FERRY + " " + " ".join(numbered(4, 900))).kind == "partial"
    fewer = " ".join(words_of(FERRY)[30:60])
    assert compared(around + ". " + fewer, FERRY + " " + " ".join(numbered(4, 900))).kind == "quote"


def test_a_passage_that_the_site_put_a_line_into_is_still_one() -> None:
    words = words_of(FERRY)
    left = " ".join(numbered(3, 900)) + " " + " ".join(words[20:64])
    right = " ".join([*words[:42], *numbered(5, 15), *words[42:], *numbered(4, 900)])
    assert compared(left, right).kind == "partial"


def test_a_passage_that_the_site_put_a_short_line_into_near_its_end_is_still_one() -> None:
    first, second = " ".join(numbered(40, 27)), " ".join(numbered(41, 14))
    left = "\n\n".join((ORCHARD, f"{first}. {second}.", " ".join(numbered(42, 300))))
    line = "Ferry timetables for the summer, now at the kiosk"
    right = "\n\n".join((" ".join(numbered(43, 300)), f"{first}.", line, f"{second}.", " ".join(numbered(44, 300))))
    assert compared(left, right).kind == "partial"
    assert compared(left, right.replace(f"\n\n{line}\n\n", f" {line} ")).kind == "quote"


PORTRAIT = (
    "Ada Brightwater writes on harbours and on the people who live by them. She teaches at the evening school of the "
    "seamen's union, has sailed twice around the cape, and is at work on a book about lightships and their keepers."
)


def test_what_two_texts_end_with_is_no_copied_passage_by_itself() -> None:
    """The portrait of one writer under two pieces, in two papers."""
    left, right = " ".join(numbered(5, 400)), " ".join(numbered(6, 400))
    one, other = f"{left}\n\n{PORTRAIT}", f"{right}\n\n{PORTRAIT}\n\nRead more on the quay and its cranes."
    at_foot = compared(one, other)
    assert (at_foot.kind, at_foot.reason) == ("quote", "too little")
    assert at_foot == compared(other, one).flipped()
    assert compared(f"{left}\n\n{PORTRAIT}", f"{PORTRAIT}\n\n{right}").kind == "partial"


def test_a_long_end_that_two_texts_share_is_copied() -> None:
    end = "\n\n".join(FERRY.split("\n\n")[:3])
    left, right = " ".join(numbered(5, 800)), " ".join(numbered(6, 800))
    assert compared(f"{left}\n\n{end}", f"{right}\n\n{end}").kind == "partial"


def test_a_short_piece_is_partial_to_the_text_whose_end_it_is_made_of() -> None:
    end = "\n\n".join(FERRY.split("\n\n")[2:])
    assert compared(f"News from the islands.\n\n{end}", FERRY).kind == "partial"


def test_a_text_with_every_second_word_exchanged_is_partial() -> None:
    """Nothing but the words in their places is left of it."""
    words = words_of(FERRY + " " + ORCHARD)
    chance = random.Random(8)
    kept = set(chance.sample(range(len(words)), len(words) // 2))
    changed = [word if i in kept else f"x{i}" for i, word in enumerate(words)]
    assert compared(" ".join(changed), " ".join(words)).kind == "partial"
    chance.shuffle(changed)
    assert compared(" ".join(changed), " ".join(words)).kind == "unrelated"


def test_exchanged_words_are_bridged_also_where_one_stands_for_two() -> None:
    """Each twenty words keep three in a row and every second of the next, and become twenty-one."""
    words, kept = numbered(8, 400), (0, 1, 2, 4, 6, 8, 10, 12, 14, 16)
    changed = [word if i % 20 in kept else f"other{i} {'more' if i % 20 == 19 else ''}" for i, word in enumerate(words)]
    shared = compared(" ".join(words), " ".join(changed))
    assert shared.kind == "partial"
    assert 0.4 < shared.coverage_left <= 0.5


def test_a_dense_stretch_is_not_undone_by_a_sparse_one_beside_it() -> None:
    """Three words in a row of every twelve, then thirty without a gap: none of the former would stand alone."""
    sparse, dense = numbered(11, 240), numbered(12, 30)
    changed = [word if i % 12 < 3 else f"other{i}" for i, word in enumerate(sparse)]
    (stretch,) = align([*sparse, *dense], [*changed, *dense])
    assert stretch.right == (240, 270)


def test_equal_words_here_and_there_do_not_lengthen_a_passage() -> None:
    """Beyond what is shared, one word in five is the same and stands where it stood: any two texts have as much."""
    passage, left = numbered(9, 40), numbered(10, 200)
    right = [word if i % 5 == 0 else f"other{i}" for i, word in enumerate(left)]
    (stretch,) = align([*passage, *left], [*passage, *right])
    assert stretch.left in ((0, 40), (0, 41))


def test_a_rewritten_copy_with_other_figures_is_no_form() -> None:
    """A form keeps its words and changes its figures; who exchanges every fourth word rewrites."""
    words = [f"{i % 97}" if i % 20 == 0 else word for i, word in enumerate(words_of(FERRY + " " + ORCHARD))]
    rewritten = [f"{200 + i}" if i % 20 == 0 else f"x{i}" if i % 4 == 1 else word for i, word in enumerate(words)]
    assert compared(" ".join(words), " ".join(rewritten)).kind in ("near_copy", "partial")
    filled = [f"{200 + i}" if i % 20 == 0 else word for i, word in enumerate(words)]
    assert compared(" ".join(words), " ".join(filled)).reason == "template"


def test_a_stitched_piece_is_partial_to_both_of_its_parents() -> None:
    stitched = "\n\n".join(FERRY.split("\n\n")[:2] + ORCHARD.split("\n\n")[1:])
    assert compared(stitched, FERRY).kind == "partial"
    assert compared(stitched, ORCHARD).kind == "partial"


def test_the_same_statement_in_two_reports_is_a_quotation_only() -> None:
    left = ORCHARD + f"\n\n“{STATEMENT},” the mayor said."
    right = FERRY + f'\n\nThe mayor defended the decision. "{STATEMENT}."'
    shared = compared(left, right)
    assert (shared.kind, shared.reason) == ("quote", "quotation only")
    assert [passage.kind for passage in shared.passages] == ["quoted"]


def test_an_excerpt_in_quotation_marks_is_more_than_a_quotation() -> None:
    """What one puts in quotation marks is the other's own writing."""
    excerpt = "\n\n".join(FERRY.split("\n\n")[1:3])
    blog = "The paper has this today, and it made me sad:\n\n“" + excerpt.replace("\n\n", "\n\n“") + "”"
    assert compared(blog, FERRY).kind == "partial"


def test_a_copy_keeps_its_quotations() -> None:
    article = FERRY + f"\n\n“{STATEMENT},” the mayor said."
    assert compared(article, article + "\n\nMore from the islands tomorrow.").kind == "near_copy"


ABOUT = """About Northern Ferries

Northern Ferries is one of the region's leading passenger carriers, dedicated to safe and punctual crossings. Founded \
in 1921 and headquartered in the old customs house, the company employs more than 300 people in five ports and runs \
daily services to every inhabited island of the group, in all weathers that the coast guard allows. For more \
information, visit the ticket office at the coal quay or write to the press desk of the company."""


def test_the_same_company_portrait_under_two_releases_is_boilerplate() -> None:
    shared = compared(FERRY + "\n\n" + ABOUT, ORCHARD + "\n\n" + ABOUT)
    assert (shared.kind, shared.reason) == ("unrelated", "boilerplate")
    assert [passage.kind for passage in shared.passages] == ["boilerplate"]


def test_a_notice_instead_of_an_article_is_not_a_copy() -> None:
    notice = "Please make sure your browser supports JavaScript and cookies. See our terms of service for more."
    assert (compared(notice, notice).kind, compared(notice, notice).reason) == ("unrelated", "boilerplate")


TIDES = (
    "High water at the coal quay is expected at {} today and again at {} tonight, the harbour office said. "
    "Winds of {} knots from the south west will ease to {} knots by evening, and the swell will be {} metres."
)


def test_a_form_filled_in_again_is_a_template() -> None:
    shared = compared(TIDES.format("6:10", "18:35", 22, 14, "1.5"), TIDES.format("7:02", "19:20", 9, 6, "0.8"))
    assert (shared.kind, shared.reason) == ("unrelated", "template")


def test_a_form_is_told_by_the_figures_beside_what_is_shared() -> None:
    form = (
        "The harbour bank entered the market this morning to supply reserves by way of {} crowns of customer loans, a "
        "spokesman for the bank said. Overnight money was trading at {} when the bank began to buy."
    )
    first, second = form.format("two billion", "6-3/4 percent"), form.format("one billion", "5-15/16 percent")
    assert (compared(first, second).kind, compared(first, second).reason) == ("unrelated", "template")
    assert compared(first, first.replace("when the bank", "as the bank")).kind == "near_copy"


def test_a_corrected_figure_leaves_a_near_copy() -> None:
    shared = compared(TIDES.format("6:10", "18:35", 22, 14, "1.5"), TIDES.format("6:10", "18:35", 22, 14, "1.8"))
    assert shared.kind == "near_copy"


def test_a_sentence_in_common_is_too_little() -> None:
    sentence = FERRY.split("\n\n", maxsplit=1)[0]
    shared = compared(ORCHARD + "\n\n" + sentence, FERRY.replace(sentence, "") + " " + sentence)
    assert (shared.kind, shared.reason) == ("quote", "too little")


def test_a_set_phrase_is_too_short() -> None:
    phrase = "a public meeting will be held in the sailors chapel at the end of the month"
    shared = compared(ORCHARD + " " + phrase, FERRY)
    assert (shared.kind, shared.reason) == ("unrelated", "too short")


def test_texts_without_spaces_are_compared_by_runs_of_characters() -> None:
    first = "港の議会は火曜日に古い桟橋を閉鎖することを決めた。木の杭が水面下で腐っていることが見つかったためである。"
    second = "島の商店主は夏の間に観光客が来なくなることを心配している。石炭埠頭から駅までは歩いて二倍の時間がかかる。"
    third = "山の果樹園では今年の収穫が三週間早く始まった。暖かい冬のために花が早く咲き、霜も降りなかったからだ。"
    assert compared(first + second, second).kind == "partial"
    assert compared(first + second, third).kind == "unrelated"


def test_hand_labelled_pairs_of_real_texts_keep_their_figures(shared_data: Path) -> None:
    """Floors a little below what is reached, so that a change that costs quality is seen."""
    folder = shared_data / "dev" / "reuse"
    pairs = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]
    hand = [pair for pair in pairs if pair["label_by"] == "hand"]
    wanted = {pair[side] for pair in hand for side in ("a", "b")}
    with gzip.open(folder / "docs.jsonl.gz", "rt") as lines:
        texts = {row["id"]: row["text"] for row in map(json.loads, lines) if row["id"] in wanted}
    for least, chosen in ((0.98, [pair for pair in hand if not pair["borderline"]]), (0.92, hand)):
        right = wrong = 0
        for pair in chosen:
            copied = pair["label"] in ("exact", "near-dup", "partial")
            found = compared(texts[pair["a"]], texts[pair["b"]]).kind in ("exact", "near_copy", "partial")
            right += copied and found
            wrong += copied != found
        assert 2 * right / (2 * right + wrong) >= least


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("He said “we will rebuild” and left.", ["“we will rebuild”"]),
        ('He said "we will rebuild" and left.', ['"we will rebuild"']),
        ("He said 'we will rebuild' and left.", ["'we will rebuild'"]),
        ("Er sagte: „Wir bauen wieder auf“ und ging.", ["„Wir bauen wieder auf“"]),
        ("Il a dit « nous reconstruirons » avant de partir.", ["« nous reconstruirons »"]),
        ("“First paragraph.\n\n“Second paragraph,” he said.", ["“First paragraph.", "“Second paragraph,”"]),
        ("'First paragraph.\n\n'Second paragraph,' he said.", ["'First paragraph.", "'Second paragraph,'"]),
        ("The dogs' home isn't the cats' home.", []),
        ('A 12" plank and a 6" nail.', []),
        ("A stray “ mark that nobody closes.", []),
        (
            "A reply.\nWe will rebuild. — Ann (@annharbour) May 4, 2019",
            ["We will rebuild. — Ann (@annharbour) May 4, 2019"],
        ),
        ("The letter reads:\n\nWe will rebuild.\n\nIt is signed.", ["We will rebuild."]),
        ("MAYOR HILL: We will rebuild.", ["MAYOR HILL: We will rebuild."]),
        ("Q: Why?\nMAYOR HILL: We will.\nMRS OAK: When?", ["MAYOR HILL: We will.", "MRS OAK: When?"]),
        ("GULL HARBOUR: The pier is shut.\nIt is to be rebuilt.", []),
    ],
)
def test_what_another_said_is_told_by_its_marks(text: str, quoted: list[str]) -> None:
    assert [text[start:end] for start, end in quoted_spans(text)] == quoted


def test_what_follows_the_end_mark_of_a_release_is_furniture() -> None:
    text = FERRY + "\n\n###\n\nPress desk, coal quay"
    assert [text[start:end] for start, end in furniture_spans(text)] == ["###\n\nPress desk, coal quay"]


def test_a_long_paragraph_that_names_subscriptions_once_is_no_furniture() -> None:
    paragraph = FERRY.split("\n\n")[1] + " A subscription for the season will be sold at the quay."
    assert furniture_spans(paragraph) == []
    assert furniture_spans("Take out a subscription for the season.") != []


def test_what_an_agency_tells_its_subscribers_is_furniture_also_in_the_middle_of_a_line() -> None:
    notice = (
        "ATTENTION EDITORS: This piece of the QUAY NEWS SERVICE is available as a ``separate buy.'' For information "
        "about purchasing it, contact the syndicate's desk at the coal quay."
    )
    paragraph = " ".join(FERRY.split("\n\n")[1:3])
    (span,) = furniture_spans(f"{paragraph} {notice}")
    assert (len(paragraph) + 1, len(paragraph) + 1 + len(notice)) == span


@pytest.mark.parametrize("ending", ["I share this view of the islands.", "Few will sign up for the crews now."])
def test_a_paragraph_in_which_somebody_shares_or_signs_up_is_no_furniture(ending: str) -> None:
    paragraph = FERRY.split("\n\n")[1]
    assert furniture_spans(f"{paragraph} {ending}") == []
    assert furniture_spans("Share this with your friends") != []


def test_texts_without_spaces_are_measured_by_what_would_be_words_elsewhere() -> None:
    """Forty characters shared by two long texts are some twenty words: not yet a copied passage; seventy are."""
    shared = (
        "港の議会は火曜日に古い桟橋を閉鎖することを決めた木の杭が水面下で腐っていることが見つかったためである"
        "島の商店主は夏の間に観光客が来なくなることを心配している"
    )
    chance = random.Random(2)
    left, right = ("".join(chr(chance.randrange(0x5000, 0x8000)) for _ in range(900)) for _ in range(2))
    assert compared(left + shared[:40], shared[:40] + right).kind == "quote"
    assert compared(left + shared, right[:500] + shared + right[500:]).kind == "partial"


def test_an_article_is_not_furniture() -> None:
    assert furniture_spans(FERRY) == []
    assert furniture_spans(ORCHARD) == []


HOSTILE = [
    "a " * 50_000,
    "'" * 50_000,
    "“" * 50_000,
    "A" * 50_000,
    "AB. " * 20_000,
    "1,000" * 20_000,
    "1" + ",000" * 20_000 + "x",
    "said:\n" * 10_000,
    "said" + " " * 50_000 + ":",
    "About A" + " " * 50_000,
    "is the " * 10_000 + "x" * 50_000,
    "\n" * 50_000,
    "é\u0301" * 30_000,
    " 'a s'" * 10_000,
]


def test_words_that_everywhere_stand_alike_do_not_make_comparing_slow() -> None:
    """Each name stands before the same two words, in another order in the other text: thousands of diagonals."""
    names = [f"name{n}" for n in range(4_000)]
    left = " ".join(f"{name} said so" for name in names)
    random.Random(1).shuffle(names)
    assert compared(left, " ".join(f"{name} said so" for name in names)).kind in ("partial", "quote", "unrelated")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:8].encode("unicode_escape").decode())
def test_hostile_text_is_only_text(text: str) -> None:
    """What would take minutes, were a pattern careless, hangs here."""
    assert compared(text, FERRY).kind == "unrelated"
    assert compared(FERRY + "\n" + text, FERRY).coverage_right == 1.0


def numbered(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return [f"w{chance.randrange(100_000)}" for _ in range(count)]


PIECES = ["pier", "quay", "boat", "“", "”", '"', ".", "\n", "7", "a", "the"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=120).map(" ".join)


@given(st.text(min_size=1).filter(lambda text: len(tokenize(text)) > 0))
def test_a_text_contains_itself(text: str) -> None:
    shared = compared(text, text)
    assert (shared.coverage_left, shared.coverage_right, shared.similarity) == (1.0, 1.0, 1.0)


@settings(max_examples=200)
@given(TEXTS, TEXTS, TEXTS)
def test_exchanging_the_sides_flips_the_comparison(before: str, common: str, after: str) -> None:
    left, right = before + " " + common, common + " " + after
    assert compared(left, right) == compared(right, left).flipped()


@given(st.integers(0, 10**6), st.integers(0, 200), st.integers(12, 120))
def test_an_excerpt_is_covered_and_its_passage_quotes_both_texts(seed: int, start: int, count: int) -> None:
    words = numbered(seed, 400)
    whole, excerpt = " ".join(words), " ".join(words[start : start + count])
    shared = compared(excerpt, whole)
    assert shared.coverage_left == 1.0
    for passage in shared.passages:
        assert excerpt[slice(*passage.left)] == whole[slice(*passage.right)]


@given(TEXTS, TEXTS)
def test_coverage_is_a_share_and_every_passage_lies_in_both_texts(left: str, right: str) -> None:
    shared = compared(left, right)
    assert 0.0 <= shared.coverage_left <= 1.0
    assert 0.0 <= shared.coverage_right <= 1.0
    for passage in shared.passages:
        assert 0 <= passage.left[0] < passage.left[1] <= len(left)
        assert 0 <= passage.right[0] < passage.right[1] <= len(right)
        assert passage.words >= 12 or shared.similarity == 1.0


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_every_passage_quotes_both_texts(before: str, common: str, between: str, after: str) -> None:
    """As many words as it says stand in both of its quotations, in one order."""
    left, right = f"{before} {common} {after}", f"{common} {between} {after}"
    for passage in compared(left, right).passages:
        one, other = words_of(left[slice(*passage.left)]), words_of(right[slice(*passage.right)])
        assert in_common(one, other) >= passage.words


def in_common(one: list[str], other: list[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for at, its in enumerate(other, start=1):
            before, row[at] = row[at], before + 1 if word == its else max(row[at], row[at - 1])
    return row[-1]


@given(st.integers(0, 10**6), st.lists(st.integers(0, 299), max_size=30))
def test_runs_are_the_same_words_and_no_left_word_is_matched_twice(seed: int, changed: list[int]) -> None:
    left = numbered(seed, 300)
    right = left[150:] + left[:150]
    for at in changed:
        right[at] = "other"
    used: set[int] = set()
    for stretch in align(left, right):
        for i, j, length in stretch.runs:
            assert left[i : i + length] == right[j : j + length]
            assert not used & set(range(i, i + length))
            used |= set(range(i, i + length))
    assert len(used) >= 300 - 12 * (len(set(changed)) + 2)
