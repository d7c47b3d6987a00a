"""A real browser before a real server: Debian's chromium, driven by Playwright, kept on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from crawler.flow import Engine
from crawler.readiness import readiness
from crawler.web.app import application
from crawler.web.server import address_of, listening, server
from tests.needs import need
from tests.web.house import LATER, TOKEN

DESKTOP = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"}
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
GRAVE = ("serious", "critical")


@contextmanager
def served(engine: Engine) -> Iterator[str]:
    """Serve *engine* on a free port for the block; give the address, without a slash at its end."""
    bound = listening("127.0.0.1", 0)
    app = application(engine, lambda: readiness(engine.store, None), token=TOKEN, clock=lambda: LATER)
    running = server(app)
    thread = threading.Thread(target=running.run, args=([bound],), daemon=True)
    thread.start()
    try:
        yield address_of(bound).rstrip("/")
    finally:
        running.should_exit = True
        thread.join(15)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Run chromium for the block. Skips the test where it is not there."""
    program = need("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


class Seen:
    """One reader's window: what went wrong in it is kept."""

    def __init__(self, browser: Browser, address: str, **how: Any) -> None:
        self.context: BrowserContext = browser.new_context(base_url=address, **how)
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on(
            "console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda box: (self.wrong.append(f"dialog: {box.message}"), box.dismiss()))
        self.page.on(
            "request", lambda request: None if request.url.startswith(address) else self.wrong.append(request.url)
        )

    def open(self, path: str) -> Page:
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, (path, answer.status)
        return self.page

    def too_wide(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width

    def hindrances(self) -> list[str]:
        """Return what keeps people out, as far as axe tells: rule, and where."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {node['html'][:160]}" for one in found if one["impact"] in GRAVE for node in one["nodes"]
        ]

    def close(self) -> None:
        self.context.close()
