"""The documentation names what there is, and what it links to exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from config.alerts import RuleSettings, TargetSettings
from config.settings import MainSettings
from config.sources import SourceSettings
from crawler.cli import copytrail

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from leaves(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize("setting", list(leaves(MainSettings)))
def test_every_setting_has_its_line(setting: str) -> None:
    assert f"| `{setting}` |" in CONFIGURATION


@pytest.mark.parametrize("model", [SourceSettings, RuleSettings, TargetSettings])
def test_every_key_of_a_source_of_a_rule_and_of_a_target_is_explained(model: type[BaseModel]) -> None:
    named = set(re.findall(r"`([a-z_.]+)`", CONFIGURATION))
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert {key for key in keys if key not in named and f"{key}.needs" not in named} == set()


def test_the_commands_documented_are_the_commands_there_are() -> None:
    context = click.Context(copytrail)
    there = set(copytrail.list_commands(context))
    documented = {row.split()[0] for row in re.findall(r"^\| `([^`]+)`", COMMANDS, re.MULTILINE)}
    assert documented == there


def test_every_command_says_what_it_does() -> None:
    context = click.Context(copytrail)
    for name in copytrail.list_commands(context):
        command = copytrail.get_command(context, name)
        assert command is not None
        assert command.help, name
        for option in command.params:
            if isinstance(option, click.Option) and option.name != "help":
                assert option.help, f"{name} {option.opts}"
