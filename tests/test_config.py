"""Settings are read once, checked whole, and every problem is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config import FILES, SettingsError, load
from config.environment import from_environment, variable
from config.words import host_name, http_url

PASSWORD = "hunter2hunter2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A settings folder whose files all say nothing."""
    for name in FILES:
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path


def problems(folder: Path | None, overrides=None, **environment: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        load(folder, overrides or {}, environment=environment)
    return error.value.problems


def say(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


# --- what comes with copytrail


def test_the_settings_that_come_with_copytrail_are_right():
    settings = load(environment={})
    assert settings.store == "sqlite:///var/copytrail.db"
    assert settings.fetch.obey_robots
    assert settings.sources
    assert settings.rules
    assert settings.notes() == ()


def test_what_copytrail_yaml_shows_is_what_holds_without_it(tmp_path):
    say(tmp_path, "alerts.yaml", "")
    shipped, bare = load(environment={}), load(tmp_path, environment={})
    for part in ("store", "fetch", "poll", "alerts", "log"):
        assert getattr(shipped, part) == getattr(bare, part)


def test_copytrail_yaml_shows_every_setting_there_is():
    written = yaml.safe_load((Path(__file__).parent.parent / "config" / "copytrail.yaml").read_text(encoding="utf-8"))
    settings = load(environment={})
    for part in ("fetch", "poll", "alerts", "log"):
        assert set(written[part]) == set(type(getattr(settings, part)).model_fields)


# --- who wins


def test_the_environment_replaces_the_file_and_options_replace_both(folder):
    say(folder, "copytrail.yaml", "store: sqlite:///a.db\nfetch: {delay_seconds: 1, timeout_seconds: 9, contact: a}")
    settings = load(
        folder,
        {"fetch.contact": "c", "log": {"level": "debug"}},
        environment={
            "COPYTRAIL_FETCH__DELAY_SECONDS": "2",
            "COPYTRAIL_FETCH__CONTACT": "b",
            "COPYTRAIL_STORE": "memory:",
        },
    )
    fetch = settings.fetch
    assert (fetch.delay_seconds, fetch.timeout_seconds, fetch.contact) == (2, 9, "c")
    assert (settings.store, settings.log.level) == ("memory:", "debug")


def test_lists_and_mappings_can_come_from_the_environment(folder):
    given = {
        "COPYTRAIL_FETCH__HOSTS": '{"harbour-post.example": "127.0.0.1"}',
        "COPYTRAIL_FETCH__ALLOW": "127.0.0.1:8080, [::1]:9",
    }
    fetch = load(folder, environment=given).fetch
    assert fetch.hosts == {"harbour-post.example": "127.0.0.1"}
    assert fetch.allow == ("127.0.0.1:8080", "[::1]:9")


def test_options_can_hold_sources_and_rules_in_place_of_the_files(folder):
    say(folder, "sources.yaml", "sources: [{id: a, name: A}]")
    given = {"sources": [{"id": "b", "name": "B", "domains": ["B.example"]}], "rules": [{"name": "r", "origin": "b"}]}
    settings = load(folder, given, environment={})
    assert [source.id for source in settings.sources] == ["b"]
    assert settings.sources[0].domains == ("b.example",)
    assert settings.rules[0].origin == ("b",)


def test_an_empty_variable_counts_as_not_set(folder):
    assert load(folder, environment={"COPYTRAIL_STORE": " "}).store == "sqlite:///var/copytrail.db"


@given(st.lists(st.from_regex(r"[a-z]+(_[a-z]+)*", fullmatch=True), min_size=1, max_size=4).map(tuple))
def test_a_settings_variable_leads_back_to_the_setting(path):
    if path[0] not in ("config", "require_all") and not path[0].startswith("secret"):
        assert from_environment({variable(path): "x"}) == {path: "x"}


# --- all that is wrong, at once


def test_every_problem_of_every_file_is_named_at_once(folder):
    say(folder, "copytrail.yaml", "stroe: x\nfetch: {delay_second: 3, timeout_seconds: soon}\npoll: 3")
    say(folder, "sources.yaml", "sources: [{id: A b, name: x}, {nmae: B, id: b, feeds: ['ftp://x/']}]")
    say(folder, "alerts.yaml", "rules: [{name: r, targets: [opps], min_coverage: 3}]")
    found = problems(folder, {"log.level": "loud"}, COPYTRAIL_FETCH__CONCURRENCY_PER_HOST="99", COPYTRAIL_FETHC__X="1")
    assert set(found) == {
        "copytrail.yaml: stroe: unknown setting (did you mean 'store'?)",
        "copytrail.yaml: fetch.delay_second: unknown setting (did you mean 'delay_seconds'?)",
        "copytrail.yaml: fetch.timeout_seconds: not a number: 'soon'",
        "copytrail.yaml: poll: not a mapping of names to values: 3",
        "COPYTRAIL_FETCH__CONCURRENCY_PER_HOST: should be less than or equal to 16: '99'",
        "COPYTRAIL_FETHC__X: unknown setting (did you mean 'fetch'?)",
        "option log.level: should be 'debug', 'info', 'warning' or 'error': 'loud'",
        "sources.yaml: sources.0.id: not an id (lower-case letters, digits, hyphens): 'A b'",
        "sources.yaml: sources.1.name: missing",
        "sources.yaml: sources.1.nmae: unknown setting (did you mean 'name'?)",
        "sources.yaml: sources.1.feeds.0: not an http(s) URL: 'ftp://x/'",
        "alerts.yaml: rules.0.min_coverage: should be less than or equal to 1: 3",
    }


def test_what_two_sources_both_claim_is_named(folder):
    text = """
    sources:
      - {id: a, name: One, domains: [a.example, a.example], feeds: [https://a.example/feed]}
      - {id: a, name: Two, domains: [A.example], feeds: [https://a.example/feed]}
    """
    found = problems(say(folder, "sources.yaml", text))
    assert found == (
        "sources.yaml: sources.0.domains.1: the domain 'a.example' is already that of 'One'",
        "sources.yaml: sources.1.id: the id 'a' is already that of 'One'",
        "sources.yaml: sources.1.domains.0: the domain 'a.example' is already that of 'One'",
        "sources.yaml: sources.1.feeds.0: the feed 'https://a.example/feed' is already that of 'One'",
    )


def test_a_rule_names_targets_that_are_there(folder):
    say(folder, "alerts.yaml", "targets: [{name: ops, url: 'json://h/'}]\nrules: [{name: r, targets: [opps]}]")
    assert problems(folder) == ("alerts.yaml: rules.0.targets.0: no target named 'opps' (did you mean 'ops'?)",)


def test_an_origin_that_is_no_source_is_allowed_and_noted(folder):
    say(folder, "alerts.yaml", "rules: [{name: r, origin: [southfrnt]}]")
    (note,) = load(folder, environment={}).notes()
    assert "'southfrnt' is no source of sources.yaml" in note


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("store: [1", "copytrail.yaml, line 1: not valid YAML"),
        ("fetch:\n  contact: a\n  contact: b", "copytrail.yaml, line 3: not valid YAML: 'contact' stands here twice"),
        ("store: a\n\tfetch: 3", "copytrail.yaml, line 2: not valid YAML"),
        ("- a", "copytrail.yaml: should be a mapping (name: value), is a list"),
        ("store: !!python/object:os.system x", "copytrail.yaml, line 1: not valid YAML"),
        ("[1]: 2", "copytrail.yaml, line 1: not valid YAML"),
        ("store: 2020-13-45", "copytrail.yaml: not valid YAML"),
        ("a: &a x\nb: [" + "*a, " * 200 + "]", "copytrail.yaml: not valid YAML: too many aliases"),
        ("a: " + "[" * 5000, "copytrail.yaml"),
    ],
)
def test_yaml_that_cannot_be_read_is_named_with_its_line(folder, text, said):
    (found,) = problems(say(folder, "copytrail.yaml", text))
    assert found.startswith(said)


def test_a_file_in_another_encoding_is_named(folder):
    (folder / "sources.yaml").write_bytes("sources:\n- {id: a, name: Köln}".encode("latin-1"))
    assert problems(folder) == ("sources.yaml, line 2: not UTF-8 text: save it as UTF-8",)


def test_a_file_in_place_of_which_there_is_a_folder_is_named(folder):
    (folder / "sources.yaml").unlink()
    (folder / "sources.yaml").mkdir()
    assert problems(folder)[0].startswith("sources.yaml: cannot be read (Is a directory)")


def test_a_folder_without_settings_is_a_mistake(tmp_path):
    assert "no settings here" in problems(tmp_path)[0]
    assert "no such settings folder" in problems(tmp_path / "nowhere")[0]


@pytest.mark.parametrize(
    "name",
    ["fetch.hosts", "fetch.allow"],
)
def test_addresses_are_addresses(folder, name):
    value = {"a.example": "localhost"} if name == "fetch.hosts" else ["localhost:80"]
    assert problems(folder, {name: value}) == (f"option {name}: not an IP address: 'localhost'",)


def test_what_is_sent_in_a_header_cannot_start_another_one(folder):
    assert "sent as a header" in problems(folder, {"fetch.contact": "a\r\nHost: b"})[0]


# --- secrets


def test_a_password_in_a_file_is_refused_with_advice_and_not_shown(folder):
    say(folder, "copytrail.yaml", f"store: https://elastic:{PASSWORD}@host:9200")
    (found,) = problems(folder)
    assert found.startswith("copytrail.yaml: store: a password has no place in a file: set COPYTRAIL_STORE")
    assert PASSWORD not in found


def test_a_password_in_the_environment_is_used_and_not_shown(folder):
    settings = load(folder, environment={"COPYTRAIL_STORE": f"https://elastic:{PASSWORD}@host:9200"})
    assert PASSWORD in settings.store
    assert PASSWORD not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    "url",
    [
        f"slack://a/b/{PASSWORD}",
        f"mailto://me:{PASSWORD}@host",
        f"json://u:{PASSWORD}@host/",
        f"json://host/?token={PASSWORD}",
        f"jsons://host/hooks/{PASSWORD}x0",
        f"nonsense {PASSWORD}",
    ],
)
def test_a_target_that_may_hold_a_secret_is_refused_with_advice_and_not_shown(folder, url):
    say(folder, "alerts.yaml", yaml.safe_dump({"targets": [{"name": "ops", "url": url}]}))
    (found,) = problems(folder)
    assert "'target_env: COPYTRAIL_SECRET_OPS'" in found
    assert PASSWORD not in found


def test_a_target_takes_its_address_from_its_variable_and_does_not_show_it(folder):
    say(folder, "alerts.yaml", "targets: [{name: ops, target_env: COPYTRAIL_SECRET_OPS}]")
    (target,) = load(folder, environment={"COPYTRAIL_SECRET_OPS": f"slack://a/b/{PASSWORD}"}).targets
    assert target.address is not None
    assert target.address.get_secret_value() == f"slack://a/b/{PASSWORD}"
    assert PASSWORD not in repr(target) + str(target) + target.model_dump_json()


def test_a_target_whose_variable_is_not_set_is_noted_and_has_no_address(folder):
    say(folder, "alerts.yaml", "targets: [{name: ops, target_env: COPYTRAIL_SECRET_OPS}]")
    settings = load(folder, environment={})
    assert settings.targets[0].address is None
    assert "COPYTRAIL_SECRET_OPS is not set" in settings.notes()[0]


@pytest.mark.parametrize("target", [{}, {"url": "json://h/", "target_env": "COPYTRAIL_SECRET_OPS"}])
def test_a_target_has_one_way(folder, target):
    say(folder, "alerts.yaml", yaml.safe_dump({"targets": [{"name": "ops", **target}]}))
    assert "needs either 'target_env'" in problems(folder)[0]


def test_a_target_cannot_be_given_its_address_by_a_file(folder):
    say(folder, "alerts.yaml", f"targets: [{{name: ops, url: 'json://h/', address: {PASSWORD}}}]")
    (found,) = problems(folder)
    assert found == "alerts.yaml: targets.0.address: unknown setting"


# --- words


@pytest.mark.parametrize(
    "url", ["http://", "https:///x", "//x.example", "http://a b/", "http://x:99999/", "x", "http://[::1"]
)
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(ValueError, match=r"not an? "):
        http_url(url)


def test_a_web_address_with_a_password_is_refused_without_showing_it():
    with pytest.raises(ValueError) as error:
        http_url(f"https://me:{PASSWORD}@x.example/")
    assert PASSWORD not in str(error.value)


@given(st.text(max_size=80))
def test_a_host_name_is_folded_once_or_refused(text):
    try:
        name = host_name(text)
    except ValueError:
        return
    assert host_name(name) == name
    assert not set(name) & set("/:@? ")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        max_leaves=12,
    )
)
def test_any_override_gives_settings_or_problems(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("settings")
    say(folder, "alerts.yaml", "")
    overrides = content if isinstance(content, dict) else {"fetch": content}
    try:
        load(folder, overrides, environment={})
    except SettingsError as error:
        found = error.problems
    else:
        found = ("none",)
    assert found
