"""A real browser in which a page of ours is opened, and what it must not do is seen.

Debian's chromium, headless and offline. A page that is opened here tells of every request it makes, every message on
its console and every dialog; `Tab.said` and `Tab.asked` are empty of a page that keeps to itself.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

CHROMIUM = os.environ.get("GENEVOLVE_CHROMIUM") or shutil.which("chromium")
MISSING = "needs Debian's chromium: apt-get install -y chromium (GENEVOLVE_CHROMIUM names another one's path)"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
)
_SECONDS = 15
Scheme = Literal["light", "dark"]


@dataclass(slots=True, kw_only=True)
class Tab:
    """One opened page, and what it did."""

    page: Any
    """Playwright's own page: what is clicked, typed and read."""
    asked: list[str] = field(default_factory=list)
    """Addresses that it asked for, other than files of this machine and data within it."""
    said: list[str] = field(default_factory=list)
    """Errors on its console, errors that nobody caught, and dialogs."""

    def longest_task(self) -> float:
        """Milliseconds of the longest task since `watch_tasks`, 0 where none was long (over 50 ms)."""
        return float(self.page.evaluate("window.__tasks ? Math.max(0, ...window.__tasks) : -1"))

    def watch_tasks(self) -> None:
        """Have the browser tell of tasks that are over 50 ms from now on."""
        self.page.evaluate(
            """() => {
                window.__tasks = [];
                new PerformanceObserver((list) => list.getEntries().forEach((e) => window.__tasks.push(e.duration)))
                    .observe({ type: "longtask" });
            }"""
        )

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def picture(self, path: Path, *, whole: bool = False) -> Path:
        """A picture of what is seen now, or of the whole page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=whole, animations="disabled")
        return path


class Browser:
    """One running chromium."""

    def __init__(self, chromium: Any) -> None:
        """Over Playwright's own browser."""
        self._chromium = chromium

    @contextmanager
    def open(
        self,
        path: Path,
        view: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        scheme: Scheme = "light",
        reduced_motion: bool = True,
    ) -> Iterator[Tab]:
        """A page of a file, at one of its views, in a window of its own."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            offline=True,
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(1000 * _SECONDS)
        tab = Tab(page=context.new_page())
        _listen(tab)
        try:
            tab.page.goto(f"{path.resolve().as_uri()}{view}")
            yield tab
        finally:
            context.close()


def accessibility(tab: Tab, *, only: str | None = None) -> dict[tuple[str, str], list[str]]:
    """What axe-core finds that is serious or critical: by rule and what it says, the first places.

    Args:
        only: one rule; None asks all that tell of barriers, and best practices.
    """
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": {"type": "rule", "values": [only]}} if only else {}
    found = Axe().run(tab.page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    return {
        (one["id"], one["help"]): [node["html"][:160] for node in one["nodes"][:4]]
        for one in found
        if one["impact"] in {"serious", "critical"}
    }


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Debian's chromium, until the block ends."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, MISSING
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=list(_FLAGS))
        try:
            yield Browser(chromium)
        finally:
            chromium.close()


def _listen(tab: Tab) -> None:
    def on_request(request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            tab.asked.append(request.url)

    def on_console(message: Any) -> None:
        if message.type in {"error", "warning"}:
            tab.said.append(f"{message.type}: {message.text}")

    def on_dialog(dialog: Any) -> None:
        tab.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    tab.page.on("request", on_request)
    tab.page.on("console", on_console)
    tab.page.on("pageerror", lambda error: tab.said.append(f"error: {error}"))
    tab.page.on("dialog", on_dialog)
    tab.page.on("popup", lambda popup: tab.asked.append(f"popup {popup.url}"))
