"""What alerts.yaml may say, what becomes of it, and how its mistakes are named."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from config import Settings, SettingsError, load
from config.conditions import ConditionSettings
from crawler import model
from crawler.alerts.conditions import Condition
from crawler.alerts.webhook import WebhookNotifier
from crawler.build import channel, rules

SOURCES = """
sources:
  - {id: harbour-post, name: Harbour Post, tags: [coast]}
  - {id: open-shore, name: Open Shore, tags: [coast, sister]}
  - {id: meridian, name: Meridian}
"""


def loaded(folder: Path, text: str, **environment: str) -> Settings:
    (folder / "sources.yaml").write_text(SOURCES)
    (folder / "alerts.yaml").write_text(text)
    return load(folder, environment=environment)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        loaded(folder, text)
    return error.value.problems


def test_conditions_become_those_of_the_rule_groups_and_tags_as_their_sources(tmp_path):
    (rule,) = rules(
        loaded(
            tmp_path,
            """
            groups: {ours: [meridian, "tag:sister"]}
            rules:
              - name: r
                origin: ["group:ours", harbour-post]
                any:
                  - {kind: copy, max_delay: 90m}
                  - {words: breakwater, not: {republisher: "tag:coast"}}
                not: {credited: no, linked: [no, home]}
            """,
        )
    )
    assert rule.origin == ("meridian", "open-shore", "harbour-post")
    assert rule.any == (
        Condition(kind=("copy",), max_delay=timedelta(minutes=90)),
        Condition(words=("breakwater",), negated=Condition(republisher=("harbour-post", "open-shore"))),
    )
    assert rule.negated == Condition(credited=("no",), linked=("no", "home"))


def test_every_condition_of_the_file_is_one_of_the_rules():
    assert set(ConditionSettings.model_fields) == set(Condition.__dataclass_fields__)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("kind", model.EdgeKind),
        ("level", model.Level),
        ("verdict", model.Verdict),
        ("credited", model.YesNo),
        ("linked", model.Linked),
        ("health", model.Health),
    ],
)
def test_the_words_of_a_condition_are_those_of_the_model(name: str, words: Any):
    for word in get_args(words):
        assert getattr(ConditionSettings(**{name: word}), name) == (word,)


def test_a_rule_on_copies_reached_tells_once_per_origin_unless_it_says_otherwise(tmp_path):
    text = "rules: [{name: a, min_copies: 3}, {name: b, any: [{min_copies: 3}], once_per: copy}, {name: c}]"
    assert [rule.once_per for rule in rules(loaded(tmp_path, text))] == ["origin", "copy", "copy"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [{name: r, origin: 'group:our'}]\ngroups: {ours: [meridian]}",
         "alerts.yaml: rules.0.origin.0: no group named 'our' (did you mean 'ours'?)"),
        ("rules: [{name: r, any: [{not: {republisher: ['group:x']}}]}]",
         "alerts.yaml: rules.0.any.0.not.republisher.0: no group named 'x'"),
        ("groups: {a: ['group:b'], b: [meridian]}", "alerts.yaml: groups.a.0: a group holds sources and tags"),
        ("rules: [{name: r, origin: 'grp:x'}]", "alerts.yaml: rules.0.origin.0: neither the id of a source nor"),
        ("rules: [{name: r, any: [{min_coverge: 1}]}]",
         "alerts.yaml: rules.0.any.0.min_coverge: unknown setting (did you mean 'min_coverage'?)"),
        ("rules: [{name: r, nott: {}}]", "alerts.yaml: rules.0.nott: unknown setting (did you mean 'not'?)"),
        ("rules: [{name: r, not: {kind: cpy}}]", "alerts.yaml: rules.0.not.kind.0: should be 'copy'"),
        ("rules: [{name: r, min_delay: 3}]", "alerts.yaml: rules.0.min_delay: not a span of time such as 90m"),
        ("rules: [{name: r, min_coverage: 0.9, max_coverage: 0.1}]", "max_coverage is below min_coverage"),
        ("rules: [{name: r, " + "not: {" * 30 + "}" * 30 + "}]", "20 deep, no deeper"),
        ("targets: [{name: t, url: 'json://h/', quiet: 22}]", "alerts.yaml: targets.0.quiet: not two times of the day"),
        ("targets: [{name: t, url: 'json://h/', digest_at: '25:00'}]", "alerts.yaml: targets.0.digest_at: not a time"),
        ("targets: [{name: t, url: 'json://h/', zone: Europe/Nowhere}]", "alerts.yaml: targets.0.zone: no time zone"),
        ("targets: [{name: t, webhook: 'https://h.example/x'}]", "a webhook is signed: needs 'secret_env'"),
        ("targets: [{name: t, url: 'json://h/', secret_env: COPYTRAIL_SECRET_X}]", "'secret_env' goes with 'webhook'"),
        ("targets: [{name: t, webhook: 'https://h.example/?token=abc', secret_env: COPYTRAIL_SECRET_X}]",
         "'webhook_env: COPYTRAIL_SECRET_OPS' here"),
        ("targets: [{name: t}]", "needs either 'target_env'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path, text, said):
    (found,) = problems(tmp_path, text)
    assert said in found
    assert "Traceback" not in found


def test_a_source_that_nobody_knows_and_a_tag_that_nobody_has_are_noted(tmp_path):
    notes = loaded(tmp_path, "rules: [{name: r, any: [{origin: [nobody]}, {parent: ['tag:none']}]}]").notes()
    assert [note for note in notes if "'nobody' is no source" in note]
    assert [note for note in notes if "'tag:none' has no source in it" in note]


def test_a_target_has_the_manners_it_asks_for(tmp_path):
    text = yaml.safe_dump(
        {
            "targets": [
                {"name": "desk", "url": "json://h/", "quiet": "22:00-07:00", "zone": "Europe/Berlin"},
                {"name": "chief", "url": "json://h/", "digest": "daily", "digest_at": "07:30", "max_tries": 3},
                {"name": "hook", "webhook_env": "COPYTRAIL_SECRET_H", "secret_env": "COPYTRAIL_SECRET_K"},
            ]
        }
    )
    settings = loaded(tmp_path, text, COPYTRAIL_SECRET_H="https://h.example/", COPYTRAIL_SECRET_K="secret")
    desk, chief, hook = (channel(target, settings) for target in settings.targets)
    assert (desk.manners.quiet, desk.manners.cooldown, desk.manners.per_hour) == (
        (time(22), time(7)),
        timedelta(hours=1),
        20,
    )
    assert (chief.manners.digest, chief.manners.digest_at, chief.patience.tries) == ("daily", time(7, 30), 3)
    assert isinstance(hook.notifier, WebhookNotifier)
    assert (hook.manners.cooldown, hook.manners.update, hook.manners.per_hour) == (timedelta(), timedelta(), None)


def test_a_webhook_without_its_secret_has_no_address_and_nothing_of_it_is_shown(tmp_path):
    text = "targets: [{name: hook, webhook_env: COPYTRAIL_SECRET_H, secret_env: COPYTRAIL_SECRET_K}]"
    settings = loaded(tmp_path, text, COPYTRAIL_SECRET_H="https://h.example/t0ken")
    assert channel(settings.targets[0], settings).notifier is None
    assert any("COPYTRAIL_SECRET_K is not set" in note for note in settings.notes())
    assert "t0ken" not in repr(settings)


def test_an_unquoted_time_of_the_day_is_read_as_one(tmp_path):
    settings = loaded(tmp_path, "targets: [{name: t, url: 'json://h/', digest: daily, digest_at: 22:30}]")
    assert settings.targets[0].digest_at == time(22, 30)
