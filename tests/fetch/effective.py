"""Prints the settings that each spider really runs with, as the crawl's child would start it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from scrapy.crawler import CrawlerProcess

from config import FetchSettings
from crawler.fetch.desk import Round
from crawler.fetch.settings import scrapy_settings
from tests.fetch.desks import BOUNDS, ListDesk

LAYERED = ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS", "DOWNLOAD_HANDLERS", "ITEM_PIPELINES")


def main() -> None:
    work = Round(
        desk=ListDesk(),
        feeds=(),
        waiting=(),
        bounds=lambda source: BOUNDS,
        clock=lambda: datetime.now(UTC),
        jitter=lambda: 0.0,
    )
    process = CrawlerProcess(scrapy_settings(FetchSettings(), work), install_root_handler=False)
    print(json.dumps({name: effective(process, name) for name in process.spider_loader.list()}, default=str))


def effective(process: CrawlerProcess, spider: str) -> dict[str, Any]:
    """Return the settings with what the spider itself says over them; of layers, what is on."""
    settings = process.create_crawler(spider).settings
    found = {name: value for name, value in settings.items() if name not in LAYERED}
    return found | {
        name: {str(key): value for key, value in settings.getwithbase(name).items() if value is not None}
        for name in LAYERED
    }


if __name__ == "__main__":
    main()
