"""Settings that crawl a press."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks.press.server import Running
from tests.benchmarks.press.wire import Wire


def a_folder(path: Path, wire: Wire, press: Running, *, store: str, **more: Any) -> Path:
    """Write settings to *path*: a source an outlet, no pause between requests; *more* are further parts."""
    hosts = {wire.host(n): "127.0.0.1" for n in range(wire.outlets)}
    main = {
        "store": store,
        "fetch": {
            "delay_seconds": 0,
            "contact": "https://bench.example/",
            "hosts": hosts,
            "allow": [f"127.0.0.1:{press.port}"],
        },
        "log": {"format": "json"},
        **more,
    }
    sources = [
        {
            "id": f"o{n}",
            "name": wire.name(n),
            "domains": [wire.host(n)],
            "feeds": [f"http://{wire.host(n)}:{press.port}/feed"],
        }
        for n in range(wire.outlets)
    ]
    path.mkdir(parents=True, exist_ok=True)
    (path / "copytrail.yaml").write_text(yaml.safe_dump(main))
    (path / "sources.yaml").write_text(yaml.safe_dump({"sources": sources}))
    return path
