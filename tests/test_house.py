"""The house stands as drawn: rooms, floors, names, packages and locks."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("config", "crawler", "scheduler", "spiders")
MADE_HERE = {".venv", ".git", "venv", "build", "dist", "var", "__pycache__", "node_modules"}
NOT_OUR_WORDS = {"item", "story", "doc", "record", "info", "data", "manager", "helper", "helpers", "util", "utils"}
# In two parts, so that this file does not have them either.
REGISTRIES = [
    first + second
    for first, second in (
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("crates", ".io"),
        ("proxy.go", "lang.org"),
        ("repo.mav", "en.apache.org"),
    )
]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def files(*suffixes: str) -> Iterator[Path]:
    """Yield the project's own files, below no folder that is made here."""
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        made = any(part in MADE_HERE or part.endswith((".egg-info", "_cache")) for part in inside.parts)
        if not made and path.is_file() and (not suffixes or path.suffix in suffixes):
            yield path


def packages() -> set[str]:
    found = {path.parent.relative_to(ROOT) for top in OURS for path in (ROOT / top).rglob("*.py")}
    return {".".join(folder.parts) for folder in found if "__pycache__" not in folder.parts}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, timeout=120)


# --- the rooms


@pytest.mark.parametrize(
    "place", ["config", "crawler", "spiders", "scheduler", "tests", "README.md", "LICENSE", ".ci/run", "docs/decisions"]
)
def test_the_fixed_places_are_there(place):
    assert (ROOT / place).exists()


def test_the_four_generic_package_names_are_ours():
    owners = packages_distributions()
    assert {name: set(owners.get(name, [])) for name in OURS} == {name: {"copytrail"} for name in OURS}, (
        "run `make setup`"
    )
    for name in OURS:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin == str(ROOT / name / "__init__.py")


def test_every_package_is_in_what_gets_installed_and_nothing_else_is():
    assert set(project()["tool"]["setuptools"]["packages"]) == packages()


def test_no_file_has_a_name_that_says_nothing():
    nameless = [path for path in files(".py") if set(re.split(r"[_.]", path.stem)) & NOT_OUR_WORDS]
    assert not nameless


def test_every_module_starts_with_a_sentence_saying_its_job():
    silent = []
    for path in (path for top in OURS for path in (ROOT / top).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if text.strip() and not re.match(r'(#!.*\n)?r?"""[^"\n]+\S', text):
            silent.append(str(path.relative_to(ROOT)))
    assert not silent


# --- the floors


def test_a_room_imports_only_from_floors_below_it():
    outcome = lint_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("crawler/urls.py", "import sqlite3"),
        ("crawler/ports.py", "from crawler.store import open_store"),
        ("config/words.py", "from crawler.errors import ConfigError"),
        ("crawler/alerts/message.py", "import twisted.internet.defer"),
    ],
)
def test_an_import_from_a_floor_above_is_named(tmp_path, room, line):
    for name in (*OURS, "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    with (tmp_path / room).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    outcome = lint_imports(tmp_path)
    assert outcome.returncode != 0
    assert room.removesuffix(".py").replace("/", ".") in outcome.stdout


def test_every_room_of_the_crawler_has_a_floor():
    layers = " ".join(project()["tool"]["importlinter"]["contracts"][0]["layers"])
    drawn = set(re.findall(r"crawler\.(\w+)", layers))
    rooms = {
        path.stem for path in (ROOT / "crawler").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__"} <= drawn


# --- everything that is kept can be moved to another store


def test_every_table_stands_on_a_shelf_or_follows_from_one(tmp_path: Path) -> None:
    from crawler.store import open_store
    from crawler.store.table_shelves import DERIVED, OWN, SHEETS

    open_store(f"sqlite:///{tmp_path}/house.db").status()
    with closing(sqlite3.connect(tmp_path / "house.db")) as connection:
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    tables = {name for (name,) in named if not re.match("sqlite_|article_words_", name)}
    shelved = {sheet.table for sheet in SHEETS} | {"articles", "lineages", "versions", "reviews"}
    assert tables - shelved - set(DERIVED) - OWN == set(), "give it a shelf: crawler/shelves.py says how"
    assert shelved | set(DERIVED) | OWN == tables


def test_every_kind_of_document_in_the_state_index_stands_on_a_shelf() -> None:
    from crawler.store.elastic.shelves import OWN_KINDS, STATE_KINDS

    written = set()
    for path in (ROOT / "crawler" / "store" / "elastic").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        written |= set(re.findall(r'"kind": "([a-z]+)"|state_place\("([a-z]+)"', text))
    kinds = {kind for pair in written for kind in pair if kind} - {"unrelated"}
    assert kinds - STATE_KINDS - OWN_KINDS == set(), "give it a shelf: crawler/shelves.py says how"
    assert kinds == STATE_KINDS | OWN_KINDS


# --- what is given away


def test_no_file_names_a_registry():
    named = []
    for path in files():
        content = path.read_bytes()[:2_000_000].decode("utf-8", "replace").casefold()
        named += [f"{path.relative_to(ROOT)}: {host}" for host in REGISTRIES if host in content]
    assert not named


@pytest.mark.parametrize(
    "name",
    [
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-elastic.lock",
        "requirements-elastic8.lock",
        "requirements-fuzz.lock",
    ],
)
def test_a_lock_holds_versions_and_hashes_only(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.findall(r"^-", text, flags=re.MULTILINE)
    pinned = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]
    assert pinned
    assert [lines for lines in pinned if "==" not in lines.split("\n")[0] or "--hash=sha256:" not in lines] == []


def test_every_dependency_is_locked_and_both_locks_agree():
    def versions(name: str) -> dict[str, str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line) for line in lines]
        return {pin[1].lower().replace("_", "-"): pin[2] for pin in pins if pin}

    run_time, everything = versions("requirements.lock"), versions("requirements-dev.lock")
    assert run_time.items() <= everything.items()
    named = [re.split(r"[<>=~!\[; ]", line)[0].lower() for line in project()["project"]["dependencies"]]
    assert set(named) <= set(run_time)


# --- the documents


def test_every_link_between_documents_leads_somewhere():
    lost = []
    for path in files(".md"):
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:|#", target) and not (path.parent / target.partition("#")[0]).exists():
                lost.append(f"{path.relative_to(ROOT)}: {target}")
    assert not lost


def test_make_help_names_every_target_that_users_are_told_of():
    outcome = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    named = set(re.findall(r"^make (\w+)", outcome.stdout, flags=re.MULTILINE))
    assert named >= {"help", "setup", "demo", "test", "check", "benchmarks", "lock", "clean"}


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "benchmarks").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_every_benchmark_finds_what_it_imports(path: Path) -> None:
    import_module(f"tests.benchmarks.{path.stem}")


def test_no_library_we_stand_on_is_under_the_gpl_alone() -> None:
    names = re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(names) > 30
    gpl = []
    for name in names:
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue  # locked for another system
        said = [
            about.get("License-Expression"),
            (about.get("License") or "")[:200],
            *(about.get_all("Classifier") or []),
        ]
        licences = " ".join(line for line in said if line and ("License" in line or "GPL" in line))
        if "GPL" in licences and not re.search(r"\b(MPL|MIT|BSD|Apache|LGPL)\b", licences):
            gpl.append((name, licences))
    assert gpl == []
