"""Searches by coverage for bytes that make a reader break its word.

python -m tests.fuzz [TARGET ...] [--seconds 67]

Each target has a process of its own, begins with the seeds in tests/corpus/fuzz, and keeps what it learns in .fuzz.
What breaks a reader is put there as crash-* or timeout-*; mended, a small version of it becomes a seed, which the
tests read.
"""

from __future__ import annotations

import re
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "tests" / "corpus" / "fuzz"
LEARNT = ROOT / ".fuzz"
OURS = ["crawler", "config", "feedparser", "warcio", "protego"]
NAMES = ("feed", "sitemap", "html", "settings", "url", "dates", "robots", "warc", "jsonl")


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=67, help="for each target")
    asked = parser.parse_args()
    print(f"{'target':<10}{'runs':>10}{'seconds':>9}{'learnt':>8}{'broken':>8}")
    broken = 0
    for name in asked.targets or NAMES:
        broken += run(name, asked.seconds)
    return 1 if broken else 0


def run(name: str, seconds: int) -> int:
    """Fuzz one target; return how many inputs broke it."""
    folder = LEARNT / name
    folder.mkdir(parents=True, exist_ok=True)
    before = set(found(folder.parent, name))
    words = SEEDS / f"{name}.dict"
    command = [
        sys.executable, "-m", "tests.fuzz.search", name, str(folder), str(SEEDS / name),
        f"-max_total_time={seconds}", "-timeout=15", "-rss_limit_mb=2500", "-max_len=20000", "-print_final_stats=1",
        f"-artifact_prefix={folder.parent}/{name}-", *([f"-dict={words}"] if words.is_file() else []),
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=ROOT, check=False)
    (folder.parent / f"{name}.log").write_text(ran.stdout + ran.stderr)
    runs = re.findall(r"number_of_executed_units: (\d+)", ran.stderr) or ["?"]
    new = set(found(folder.parent, name)) - before
    print(f"{name:<10}{runs[-1]:>10}{seconds:>9}{len(list(folder.iterdir())):>8}{len(new):>8}", flush=True)
    for path in sorted(new):
        print(f"  {path}")
    if ran.returncode and not new:
        print(f"  the search itself failed: see {folder.parent / name}.log")
        return 1
    return len(new)


def found(folder: Path, name: str) -> list[Path]:
    return [path for kind in ("crash", "timeout", "oom") for path in folder.glob(f"{name}-{kind}-*")]


if __name__ == "__main__":
    sys.exit(main())
