"""The templates: everything that is put into one is escaped, and a name that is missing is an error."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from crawler.web.words import FILTERS


def render(template: str, **values: Any) -> str:
    """Return the page that *template* (a file of ``templates/``) makes of *values*."""
    return _environment().get_template(template).render(**values).strip() + "\n"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= FILTERS
    made.globals |= {"style": _style, "static": _address, "version": version("copytrail")}
    return made


def _style(name: str) -> Markup:
    """Return a style sheet of ours, to be put into a page that has to stand by itself."""
    return Markup((files("crawler.web") / "static" / name).read_text(encoding="utf-8"))


@cache
def _address(name: str) -> str:
    """Return where a file of ``static/`` is served; another address once it is another file."""
    return f"/static/{name}?{sha256((files('crawler.web') / 'static' / name).read_bytes()).hexdigest()[:12]}"


def _source(name: str) -> str:
    return (files("crawler.web") / "templates" / name).read_text(encoding="utf-8")
