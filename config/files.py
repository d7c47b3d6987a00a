"""A settings file's YAML as plain values, or the line at which it cannot be read."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from config.problems import SettingsError

_LARGEST = 5_000_000
_MOST_ALIASES = 100


class _Loader(yaml.SafeLoader):
    """Plain YAML in which a key may stand only once, and few aliases (they can multiply without end)."""

    aliases = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self.aliases += 1
            if self.aliases > _MOST_ALIASES:
                raise yaml.YAMLError("too many aliases (*name)")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(None, None, "a name should be a text", key.start_mark)
            if key.value in seen and key.value != "<<":
                raise yaml.MarkedYAMLError(None, None, f"{key.value!r} stands here twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping that *path* holds, empty for an empty file.

    Raises SettingsError with the file, the line and what to do.
    """
    name = path.name
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingsError([f"{name}: larger than {_LARGEST // 1_000_000} MB: not a settings file of ours"])
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        above = error.object.count(b"\n", 0, error.start)
        raise SettingsError([f"{name}, line {above + 1}: not UTF-8 text: save it as UTF-8"]) from error
    except OSError as error:
        raise SettingsError([f"{name}: cannot be read ({error.strerror}): {path}"]) from error
    try:
        content = yaml.load(text, _Loader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError([f"{name}{line}: not valid YAML: {error.problem or error.context}"]) from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        # ValueError: a date such as 2020-13-45; TypeError: a list as a key
        raise SettingsError([f"{name}: not valid YAML: {str(error).splitlines()[0]}"]) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise SettingsError([f"{name}: should be a mapping (name: value), is a {type(content).__name__}"])
    return {str(key): value for key, value in content.items()}
