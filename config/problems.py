"""What is wrong with the settings, in words that say where it is and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

Location = tuple[int | str, ...]

_PLAIN = {
    "missing": "missing",
    "string_type": "not a text (quote it)",
    "bool_parsing": "neither true nor false",
    "bool_type": "neither true nor false",
    "int_parsing": "not a whole number",
    "int_type": "not a whole number",
    "int_from_float": "not a whole number",
    "float_parsing": "not a number",
    "float_type": "not a number",
    "tuple_type": "not a list",
    "list_type": "not a list",
    "dict_type": "not a mapping of names to values",
    "model_type": "not a mapping of names to values",
}
_LONGEST_SHOWN = 80


class SettingsError(Exception):
    """The settings cannot be used. ``problems`` has a line for each thing wrong, all of them at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def dotted(location: Iterable[int | str]) -> str:
    """Return a place in a settings file as people write it: ``sources.3.feeds.0``."""
    return ".".join(str(step) for step in location)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return " (did you mean 'x'?)" for the known word next to *word*, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""


def explain(error: ValidationError, model: type[BaseModel]) -> list[tuple[Location, str]]:
    """Return each place of *error* with what is wrong there. Values of secret settings are not shown."""
    return [(_place(one["loc"]), _words(one, model)) for one in error.errors(include_url=False)]


def _place(location: Sequence[int | str]) -> Location:
    return tuple(step for step in location if step != "[key]")


def _words(one: Any, model: type[BaseModel]) -> str:
    kind, location = one["type"], one["loc"]
    if kind == "extra_forbidden":
        parent = _model_at(model, location[:-1])
        return "unknown setting" + did_you_mean(str(location[-1]), _names(parent) if parent else ())
    if kind == "missing":
        return _PLAIN[kind]
    if kind == "value_error":
        return str(one["ctx"]["error"])
    words = _PLAIN.get(kind) or str(one["msg"]).replace("Input should", "should")
    return f"{words}: {_shown(one['input'])}"


def _shown(value: object) -> str:
    shown = repr(value)
    if "://" in shown and "@" in shown:  # a URL that may have a password in it
        return "(not shown)"
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel] | None:
    """Return the model that *location* leads to, through optional fields and lists."""
    here: type[BaseModel] | None = model
    for step in location:
        if isinstance(step, int):
            continue
        field = _field(here, step) if here else None
        if field is None:
            return None
        here = _model_in(field.annotation)
    return here


def _names(model: type[BaseModel]) -> list[str]:
    """Return the settings of *model* as files spell them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _field(model: type[BaseModel], spelt: str) -> FieldInfo | None:
    return next((field for name, field in model.model_fields.items() if spelt == (field.alias or name)), None)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
