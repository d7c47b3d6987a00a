"""Draws the pictures of docs/kibana.md: ``python -m tests.elastic.pictures URL`` with the URL of a filled store."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import vl_convert

from crawler.kibana import panels
from tests.elastic.analysts import VEGA_LITE, Desk, drawable

IMAGES = Path(__file__).parents[2] / "docs" / "images"


def main(store: str) -> None:
    desk = Desk(store=store, folder=Path(), now=datetime.now(UTC))
    for name in panels():
        spec = drawable(desk, name) | {"background": "#ffffff"}
        svg = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
        (IMAGES / f"kibana-{name}.svg").write_text(svg + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
