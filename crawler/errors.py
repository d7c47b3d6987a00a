"""The error tree. Each error says whom it is about, whose fault it is and what to do next.

CopytrailError
├── InputError         what the user gave cannot be read (exit code 2)
│   ├── NotAnArticle   a page without an article in it: a list, an error page, a login wall
│   └── NotAFeed       bytes that are no feed in any format we read
├── FetchError         a site did not give what we asked for
├── StoreError         the store cannot be used
│   ├── StoreUnavailable   nothing can be saved in it just now, whatever it is: the crawl spools its pages
│   │   ├── StoreLocked    another process holds it: wait or stop that one
│   │   └── StoreBroken    it is damaged, or not ours to write: waiting heals nothing
│   ├── ArchiveError   what was fetched cannot be kept: nothing is taken that could not be proved later
│   ├── SpoolFull      the store is unavailable, and so many pages wait for it already that no more are taken
│   └── SchemaTooNew   written by a later copytrail: upgrade
├── KibanaError        Kibana cannot be reached or does not take what we give it
├── CrewUnavailable    what the workers of a crew share cannot be reached: they wait
├── AlreadyRunning     another daemon works on this store
└── DeliveryError      an alert could not be delivered
"""

from __future__ import annotations


class CopytrailError(Exception):
    """Any error of ours. ``str()`` is one line that can be shown to the user as it is."""

    def __init__(
        self, message: str, *, source: str | None = None, url: str | None = None, article: str | None = None
    ) -> None:
        super().__init__(message)
        self.source = source
        self.url = url
        self.article = article


class InputError(CopytrailError):
    """What the user gave cannot be read."""


class NotAnArticle(InputError):
    """A page without an article in it."""


class NotAFeed(InputError):
    """Bytes that are no feed in any format we read."""


class FetchError(CopytrailError):
    """A site did not give what we asked for."""


class StoreError(CopytrailError):
    """The store cannot be used."""


class StoreUnavailable(StoreError):
    """Nothing can be saved in the store just now, whatever it is."""


class ArchiveError(StoreError):
    """What was fetched cannot be kept in the archive, or what was kept cannot be read from it."""


class SpoolFull(StoreError):
    """The store is unavailable, and no more pages can be kept for it."""


class StoreLocked(StoreUnavailable):
    """Another process holds the store."""


class StoreBroken(StoreUnavailable):
    """The store is damaged, or may not be written: that does not pass by itself."""


class SchemaTooNew(StoreError):
    """The store was written by a later copytrail."""


class KibanaError(CopytrailError):
    """Kibana cannot be reached or does not take what we give it."""


class CrewUnavailable(CopytrailError):
    """What the workers of a crew share cannot be reached: nothing is fetched until it can."""


class AlreadyRunning(CopytrailError):
    """Another daemon works on this store."""


class DeliveryError(CopytrailError):
    """An alert could not be delivered."""
