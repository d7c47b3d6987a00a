"""The templates: everything that is put into one is escaped, and a name that is missing is an error."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined


def render(template: str, **values: Any) -> str:
    """Return the page that *template* (a file of ``templates/``) makes of *values*."""
    return _environment().get_template(template).render(**values).strip() + "\n"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(name: str) -> str:
    return (files("crawler.web") / "templates" / name).read_text(encoding="utf-8")
