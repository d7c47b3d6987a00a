"""The whole of the settings from a folder, the environment and the command line, or all that is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.alerts import AlertsFile, crossed
from config.environment import from_environment, variable
from config.files import read_yaml
from config.problems import Location, SettingsError, dotted, explain
from config.settings import MainSettings, Settings, has_password
from config.sources import SourcesFile, repeated

MAIN, SOURCES, ALERTS = FILES = ("copytrail.yaml", "sources.yaml", "alerts.yaml")
_LISTS = {"sources": SOURCES, "groups": ALERTS, "rules": ALERTS, "targets": ALERTS}

M = TypeVar("M", bound=BaseModel)


def load(
    folder: Path | None = None,
    overrides: Mapping[str, Any] = {},
    *,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings of *folder* (the ones that come with copytrail, if None), checked.

    The environment replaces single settings of copytrail.yaml; *overrides* (nested, or with dotted names) replace both,
    and may hold ``sources``, ``groups``, ``rules`` and ``targets`` in place of what the files hold. A file that is not
    there holds nothing; a folder with none of them is a mistake. Raises SettingsError with every problem there is.
    """
    environment = os.environ if environment is None else environment
    problems: list[str] = []
    files = _read(folder if folder is not None else Path(__file__).parent, problems)
    given = _nested(overrides)

    for key, name in _LISTS.items():
        if key in given:
            files[name] = {**files[name], key: given.pop(key)}
    main = _main(files[MAIN], from_environment(environment), given, problems)
    sources = _checked(SourcesFile, files[SOURCES], lambda place: f"{SOURCES}: {dotted(place)}", problems)
    alerts = _checked(AlertsFile, files[ALERTS], lambda place: f"{ALERTS}: {dotted(place)}", problems)
    if sources:
        problems += [f"{SOURCES}: {dotted(place)}: {words}" for place, words in repeated(sources.sources)]
    if alerts:
        problems += [f"{ALERTS}: {dotted(place)}: {words}" for place, words in crossed(alerts)]

    if problems or not (main and sources and alerts):
        raise SettingsError(problems)
    return Settings(
        **{name: getattr(main, name) for name in MainSettings.model_fields},
        sources=sources.sources,
        groups=alerts.groups,
        rules=alerts.rules,
        targets=tuple(target.with_address(environment) for target in alerts.targets),
    )


def _read(folder: Path, problems: list[str]) -> dict[str, dict[str, Any]]:
    if not folder.is_dir():
        raise SettingsError([f"{folder}: no such settings folder"])
    if not any((folder / name).exists() for name in FILES):
        raise SettingsError([f"{folder}: no settings here: expected one of {', '.join(FILES)}"])
    contents: dict[str, dict[str, Any]] = {}
    for name in FILES:
        try:
            contents[name] = read_yaml(folder / name) if (folder / name).exists() else {}
        except SettingsError as error:
            problems += error.problems
            contents[name] = {}
    return contents


def _main(
    written: dict[str, Any], by_environment: Mapping[tuple[str, ...], Any], given: dict[str, Any], problems: list[str]
) -> MainSettings | None:
    """Return what holds when the environment covers the file, and the command line covers both."""
    merged = written
    crew = written.get("crew")
    if isinstance(crew, dict) and isinstance(crew.get("url"), str) and has_password(crew["url"]):
        problems.append(
            f"{MAIN}: crew.url: a password has no place in a file: set COPYTRAIL_CREW__URL in the environment instead"
        )
    if isinstance(store := written.get("store"), str) and has_password(store):
        problems.append(
            f"{MAIN}: store: a password has no place in a file: set COPYTRAIL_STORE in the environment instead"
        )
    if isinstance(serve := written.get("serve"), dict) and serve.get("token") is not None:
        problems.append(
            f"{MAIN}: serve.token: a secret has no place in a file: set COPYTRAIL_SERVE__TOKEN in the environment"
        )
    for path, value in by_environment.items():
        merged = _covered(merged, _nested({".".join(path): value}))
    merged = _covered(merged, given)

    def place_of(location: Location) -> str:
        steps = tuple(str(step) for step in location)
        if _reaches(given, steps):
            return f"option {dotted(location)}"
        for path in by_environment:
            if steps[: len(path)] == path or (path[: len(steps)] == steps and not _reaches(written, steps)):
                return variable(path)
        return f"{MAIN}: {dotted(location)}"

    return _checked(MainSettings, merged, place_of, problems)


def _checked(model: type[M], content: Any, place_of: Callable[[Location], str], problems: list[str]) -> M | None:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems += [f"{place_of(place)}: {words}" for place, words in explain(error, model)]
        return None


def _covered(below: Any, above: Any) -> Any:
    """Return *below* with the values of *above* over it, mapping by mapping."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: _covered(below[key], value) if key in below else value for key, value in above.items()}}


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return *settings* with dotted names taken apart: ``{"fetch.contact": x}`` is ``{"fetch": {"contact": x}}``."""
    nested: dict[str, Any] = {}
    for name, value in settings.items():
        branch: Any = value
        for step in reversed(name.split(".")):
            branch = {step: branch}
        nested = _covered(nested, branch)
    return nested


def _reaches(settings: Any, steps: tuple[str, ...]) -> bool:
    """Say whether *settings* is what gave the value at *steps*."""
    for step in steps:
        if not isinstance(settings, dict):
            return True
        if step not in settings:
            return False
        settings = settings[step]
    return True
