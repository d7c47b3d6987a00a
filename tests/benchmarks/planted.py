"""Prints how many planted copies are found, and how many look-alikes are taken for copies, in several scripts.

    python -m tests.benchmarks.planted [--sentences FOLDER] [--sources N] [--only NAME] [--no-peers] [--show]

Copies are made of texts that no rule was fitted to (``tests.benchmarks.planting``) and looked for among them and the
5,539 texts of ../shared/data the way a crawled page is: fingerprint, the store's candidates, comparison, guards.
Columns: made; the source was a candidate; it was reported (kinds exact, near_copy, partial); reported or kept as
"quote"; false reports; the kinds. A report of another text is false unless a part of the planted one, as it stands, is
reported with that text too: such pairs are real reuse. ``--show`` prints the false ones.

Texts in other languages are made of sentences: of FOLDER/ru.txt, ar.txt, zh.txt, ... (UTF-8, one a line), else of the
few pages in ../shared/data. Others at the same task: datasketch and rensa where they are installed (pip install --group
benchmarks), Elasticsearch's more_like_this where `make elastic` was run.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from crawler.model import Match  # noqa: E402
from crawler.prepare import Prepared  # noqa: E402
from tests.benchmarks.planting import texts  # noqa: E402
from tests.benchmarks.planting.finder import COPY, Finder, prepared_of  # noqa: E402
from tests.benchmarks.planting.furniture import FURNITURE  # noqa: E402
from tests.benchmarks.planting.garden import Garden, plant  # noqa: E402


@dataclass(slots=True)
class Count:
    """A row of the table."""

    made: int = 0
    offered: int = 0
    reported: int = 0
    kept: int = 0
    false: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=Path)
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    parser.add_argument("--no-report", dest="report", action="store_false", help="only ours and others side by side")
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    if not texts.DATA.exists():
        print("no ../shared/data here: nothing to plant in")
        return
    languages = {"en": texts.english()}
    if args.sentences is not None:
        others = sorted(path.stem for path in args.sentences.glob("*.txt") if path.stem != "en")
        others.sort(key=lambda name: name not in FURNITURE)
        languages |= {name: texts.of_sentences(args.sentences, name) for name in others}
    else:
        languages |= texts.of_pages()
    garden = plant(languages, texts.stored_already(), most=args.sources, only=args.only)
    made = ", ".join(f"{name} {len(some)}" for name, some in languages.items())
    print(f"{len(garden.stored):,} texts stored, {len(garden.planted):,} planted; fresh texts: {made}", flush=True)
    if args.report:
        report(garden, show=args.show)
    if args.peers:
        from tests.benchmarks.planting.peers import compare_peers

        compare_peers(garden)


def report(garden: Garden, *, show: bool) -> None:
    finder = Finder(garden)
    counts: dict[tuple[str, str], Count] = {}
    for planted in garden.planted:
        prepared = prepared_of(planted.url, planted.text)
        matches = finder.matches(prepared)
        offered = finder.offered(prepared)
        reported = {url for url, match in matches.items() if match.shared.kind in COPY}
        natural = {url for part in planted.made_of for url in finder.reported(part)} | set(planted.made_of)
        for source in planted.sources or (None,):
            count = counts.setdefault((planted.language, planted.name), Count())
            count.made += 1
            if source is not None:
                match = matches.get(source)
                kind = match.shared.kind if match else "none"
                count.offered += source in offered
                count.reported += kind in COPY
                count.kept += kind in COPY or kind == "quote"
                count.kinds[kind] += 1
        false = reported - natural - set(planted.sources) if planted.sources else reported - natural
        count.false += len(false)
        for url in sorted(false) if show else ():
            print(f"false: {planted.language} {planted.name}: {matches[url].shared.kind} with {url}")
            print(*(f"    {planted_passage(prepared, matches[url], p)!r}" for p in range(3)), sep="\n")
    print_table(counts)


def planted_passage(prepared: Prepared, match: Match, at: int) -> str:
    passages = match.seen_from(prepared.article.id).passages
    return prepared.article.text[slice(*passages[at].left)] if at < len(passages) else ""


def print_table(counts: dict[tuple[str, str], Count]) -> None:
    print(f"{'':3}{'':34} {'made':>5} {'offered':>8} {'reported':>9} {'or quote':>9} {'false':>6}  kinds")
    for (language, name), c in counts.items():
        kinds = " ".join(f"{kind} {n}" for kind, n in c.kinds.most_common())
        shares = "".join(f"{n / c.made:9.3f}" for n in (c.offered, c.reported, c.kept)) if c.kinds else " " * 27
        print(f"{language:3}{name:34} {c.made:>5}{shares} {c.false:>6}  {kinds}")
    for language in {language: None for language, _ in counts}:
        mine = [c for (one, _), c in counts.items() if one == language]
        right, wrong = sum(c.reported for c in mine), sum(c.false for c in mine)
        alike = sum(c.made for c in mine if not c.kinds), sum(c.false for c in mine if not c.kinds)
        precision = f"{right / max(1, right + wrong):.4f}"
        print(f"{language:3}precision {precision}: {right} right, {wrong} false, {alike[1]} in {alike[0]} look-alikes")


if __name__ == "__main__":
    main()
