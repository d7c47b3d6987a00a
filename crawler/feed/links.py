"""Resolves the links of a feed against its own address."""

from __future__ import annotations

from crawler.urls import web_address


class Links:
    """The links of one feed, made absolute; remembers those that lead nowhere."""

    def __init__(self, feed_url: str | None, site_url: str | None) -> None:
        self._base: str | None = None
        self._dead: list[str] = []
        self._base = self._quietly(feed_url)
        self.site = self._quietly(site_url)
        self._base = self._base or self.site

    def read(self, link: str | None) -> str | None:
        """Return *link* as an absolute web address, None (and a problem noted) where it is none."""
        if not link or not link.strip():
            return None
        found = self._quietly(link)
        if found is None:
            self._dead.append(link.strip()[:80])
        return found

    def permalink(self, id: str | None) -> str | None:
        """Return an entry's *id* where it is an absolute web address."""
        return self._quietly(id) if id and id.strip().lower().startswith(("http://", "https://")) else None

    def problems(self) -> tuple[str, ...]:
        """Return one line on all links that lead nowhere."""
        if not self._dead:
            return ()
        return (f"{len(self._dead)} link(s) are no web address, the first: {self._dead[0]!r}",)

    def _quietly(self, link: str | None) -> str | None:
        return web_address(link, self._base) if link else None
