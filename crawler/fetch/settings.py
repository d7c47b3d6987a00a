"""Scrapy's settings, set for strangers' servers instead of for scraping.

Scrapy's defaults are made for sites one knows. Each line here that differs from them is asserted by
``tests/fetch/test_settings.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from ipaddress import ip_address
from typing import Any, Protocol

from crawler.fetch.desk import Round

ROBOTS_BYTES = 512 * 1024
HEAD_BYTES = 256 * 1024
VERSION = version("copytrail")


class Manners(Protocol):
    """The ``fetch`` part of the settings: how we behave towards sites."""

    @property
    def user_agent(self) -> str | None: ...
    @property
    def contact(self) -> str | None: ...
    @property
    def delay_seconds(self) -> float: ...
    @property
    def concurrency_per_host(self) -> int: ...
    @property
    def timeout_seconds(self) -> float: ...
    @property
    def max_page_bytes(self) -> int: ...
    @property
    def max_feed_bytes(self) -> int: ...
    @property
    def obey_robots(self) -> bool: ...
    @property
    def hosts(self) -> Mapping[str, str]: ...
    @property
    def allow(self) -> Sequence[str]: ...


def user_agent(manners: Manners) -> str:
    """Return who we say we are: name, version, and where to complain."""
    name = manners.user_agent or "copytrail"
    if "/" not in name:
        name = f"{name}/{VERSION}"
    if manners.contact and manners.contact not in name:
        name = f"{name} (+{manners.contact})"
    return re.sub(r"[^\x20-\x7e]+", " ", name).strip()


def has_contact(manners: Manners) -> bool:
    """Say whether who we say we are names a page or an address where we can be reached."""
    return manners.contact is not None or re.search(r"https?://|@", user_agent(manners)) is not None


def is_ours(host: str, manners: Manners) -> bool:
    """Say whether *host* is this machine itself, by its address or as the settings lead its name."""
    try:
        return ip_address(manners.hosts.get(host, host).strip("[]")).is_loopback
    except ValueError:
        return False


def robots_name(manners: Manners) -> str:
    """Return the name that robots.txt files know us by: the user agent's first word."""
    return re.split(r"[/\s(;]", user_agent(manners), maxsplit=1)[0]


def scrapy_settings(manners: Manners, work: Round) -> dict[str, Any]:
    """Return all settings of one round of the crawl."""
    return {
        "COPYTRAIL_ROUND": work,
        "COPYTRAIL_HOSTS": dict(manners.hosts),
        "COPYTRAIL_FEED_BYTES": manners.max_feed_bytes,
        "BOT_NAME": "copytrail",
        "SPIDER_MODULES": ["spiders"],
        "ITEM_PIPELINES": {"crawler.fetch.pipeline.IngestPipeline": 500},
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "crawler.fetch.robots.RobotsMiddleware": 100,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            # Next to the wire, so that redirects are unpacked and kept, too.
            "crawler.fetch.keeping.NoteEncoding": 895,
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 890,
            "crawler.fetch.keeping.MarkCut": 885,
            "crawler.fetch.keeping.KeepAnswers": 880,
            "crawler.fetch.resting.RestingHosts": 800,
        },
        "EXTENSIONS": {
            "scrapy.extensions.throttle.AutoThrottle": None,
            "crawler.fetch.robots.Throttle": 0,
        },
        # who we are, and what we ask for
        "USER_AGENT": user_agent(manners),
        "ROBOTSTXT_OBEY": manners.obey_robots,
        "ROBOTSTXT_USER_AGENT": robots_name(manners),
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.5",
            "Accept-Language": "*",
        },
        "REFERRER_POLICY": "no-referrer",
        # how fast
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": manners.concurrency_per_host,
        "DOWNLOAD_DELAY": manners.delay_seconds,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": manners.delay_seconds,
        "AUTOTHROTTLE_MAX_DELAY": 60.0,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
        "RETRY_ENABLED": False,  # our own queue tries again, in a later round
        # how much
        "DOWNLOAD_TIMEOUT": manners.timeout_seconds,
        "DOWNLOAD_MAXSIZE": manners.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "REDIRECT_MAX_TIMES": 10,
        "MEMUSAGE_LIMIT_MB": 1024,
        # what is not touched at all
        "DOWNLOAD_HANDLERS": {
            "http": "crawler.fetch.handler.CappedHandler",
            "https": "crawler.fetch.handler.CappedHandler",
            "file": None,
            "data": None,
            "ftp": None,
            "s3": None,
        },
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        # names are asked for each time: Scrapy's cache has no end
        "DNSCACHE_ENABLED": False,
        "TWISTED_DNS_RESOLVER": "crawler.fetch.guard.NamedHosts",
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        # our own events say what happened
        "LOG_INSTALL_ROOT_HANDLER": False,
        "LOG_VERSIONS": [],
        "STATS_DUMP": False,
    }
