"""What a crawl is really set to, line by line: Scrapy's defaults are for sites one knows."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

SPIDERS = ("feed", "live")
TABLE: dict[str, Any] = {
    "DOWNLOAD_MAXSIZE": 15 * 2**20,  # 1 GiB
    "COPYTRAIL_FEED_BYTES": 10 * 2**20,
    "DOWNLOAD_WARNSIZE": 0,  # what is too large is refused, not warned of
    "DOWNLOAD_TIMEOUT": 30.0,  # 180
    "DOWNLOAD_FAIL_ON_DATALOSS": True,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,  # False
    "ROBOTSTXT_OBEY": True,  # False
    "TELNETCONSOLE_ENABLED": False,  # True: a port that runs what it is told
    "REMOTE_CONTROL_ENABLED": False,  # True
    "COOKIES_ENABLED": False,  # True, and fetches the list of public suffixes
    "HTTPPROXY_ENABLED": False,  # True: of the environment
    "HTTPCACHE_ENABLED": False,
    "DNSCACHE_ENABLED": False,  # True, and never forgets
    "RETRY_ENABLED": False,  # True, at once, whatever Retry-After says
    "METAREFRESH_ENABLED": False,  # True: a page can lead elsewhere
    "REDIRECT_ENABLED": True,
    "REDIRECT_MAX_TIMES": 10,  # 20
    "MEMUSAGE_ENABLED": True,
    "MEMUSAGE_LIMIT_MB": 1024,  # 0
    "TWISTED_DNS_RESOLVER": "crawler.fetch.guard.NamedHosts",
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "DOWNLOAD_DELAY": 5.0,  # 0
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,  # 8
    "AUTOTHROTTLE_ENABLED": True,
    "AUTOTHROTTLE_MAX_DELAY": 60.0,
    "REFERRER_POLICY": "no-referrer",
    "JOBDIR": None,
}


@cache
def effective() -> dict[str, dict[str, Any]]:
    ran = subprocess.run([sys.executable, "-m", "tests.fetch.effective"], capture_output=True, text=True, check=True)
    found: dict[str, dict[str, Any]] = json.loads(ran.stdout)
    return found


def test_every_spider_is_looked_at() -> None:
    assert sorted(effective()) == sorted(SPIDERS)


@pytest.mark.parametrize("spider", SPIDERS)
def test_a_spider_runs_with_the_settings_of_the_table(spider: str) -> None:
    settings = effective()[spider]
    wrong = {name: settings.get(name) for name, value in TABLE.items() if settings.get(name) != value}
    assert wrong == {}
    assert set(settings["DOWNLOAD_HANDLERS"]) == {"http", "https"}  # not file, data, ftp, s3
    assert set(settings["DOWNLOAD_HANDLERS"].values()) == {"crawler.fetch.handler.CappedHandler"}


@pytest.mark.parametrize("spider", SPIDERS)
def test_what_scrapy_brings_and_we_do_not_want_is_not_there(spider: str) -> None:
    settings = effective()[spider]
    middlewares = {name.rpartition(".")[2]: place for name, place in settings["DOWNLOADER_MIDDLEWARES"].items()}
    for name in ("RobotsTxtMiddleware", "RetryMiddleware", "HttpAuthMiddleware", "OffsiteMiddleware"):
        assert name not in middlewares
    # From the wire inwards: how it was packed, unpacked, marked where it was cut, kept, and only then looked at.
    order = ["NoteEncoding", "HttpCompressionMiddleware", "MarkCut", "KeepAnswers", "RestingHosts", "RobotsMiddleware"]
    assert sorted(order, key=lambda name: -middlewares[name]) == order
    assert "scrapy.extensions.throttle.AutoThrottle" not in settings["EXTENSIONS"]
    assert "crawler.fetch.robots.Throttle" in settings["EXTENSIONS"]
