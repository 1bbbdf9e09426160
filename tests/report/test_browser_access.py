"""A page can be read by everyone: with a screen reader, in light and dark, on a telephone, on paper."""

from itertools import pairwise

import pytest

from support.browser import accessibility

pytestmark = pytest.mark.browser
REPORT_VIEWS = ("gallery", "attempt", "groups", "training", "credits")
WIDTHS = (360, 768, 1440)


def every_view(browser, pages, **options):
    """A tab at each view in turn, and what the view is called; one attempt stands for all."""
    for path, views in ((pages.evolving, REPORT_VIEWS), (pages.comparison, ("",))):
        with browser.open(path, **options) as tab:
            for view in views:
                lead_to(tab, view)
                yield tab, f"{path.parent.name}/{view or path.name}"


def lead_to(tab, view):
    """Show a view, and wait until it is there; the attempt is one with a reminder, references and a verdict."""
    tab.page.evaluate(
        """(view) => {
            if (!view) return;
            const texts = page.block("requests").map((one) => one.text);
            const rows = page.block("gallery");
            const row = rows.find((one) => texts[one.request].includes("blue bird")) ?? rows[0];
            location.hash = view === "attempt" ? page.to(view, row.id) : page.to(view);
        }""",
        view,
    )
    if view:
        tab.page.locator(f".view.{view} h1").wait_for()
    if view == "attempt":
        tab.page.get_by_role("heading", name="How it came about").wait_for()


def test_axe_finds_nothing_serious_in_any_view(browser, pages):
    found = {}
    for tab, name in every_view(browser, pages):
        tab.page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        found |= {(name, *key): where for key, where in accessibility(tab).items()}
    assert found == {}


def test_words_stand_out_from_their_ground_in_the_dark_too(browser, pages):
    found = {}
    for tab, name in every_view(browser, pages, scheme="dark"):
        found |= {(name, *key): where for key, where in accessibility(tab, only="color-contrast").items()}
    assert found == {}


def test_no_view_scrolls_sideways_and_headings_go_down_one_level_at_a_time(browser, pages):
    for tab, name in every_view(browser, pages):
        for width in WIDTHS:
            tab.page.set_viewport_size({"width": width, "height": 800})
            assert not tab.scrolls_sideways(), (name, width)
        levels = tab.page.locator("h1, h2, h3, h4").evaluate_all("(all) => all.map((one) => Number(one.tagName[1]))")
        assert (levels[0], levels.count(1)) == (1, 1), name
        assert all(after <= before + 1 for before, after in pairwise(levels)), (name, levels)


def test_pictures_arrive_without_moving_what_is_there(browser, pages):
    for path in (pages.bench, pages.comparison):
        with browser.open(path) as tab:
            tab.page.evaluate(
                """() => {
                    window.__shift = 0;
                    new PerformanceObserver((list) => list.getEntries().forEach((e) => (window.__shift += e.value)))
                        .observe({ type: "layout-shift", buffered: true });
                }"""
            )
            for _ in range(8):
                tab.page.mouse.wheel(0, 700)
                tab.page.wait_for_timeout(60)
            # Below 0.1 is what browsers call good; here nothing is to move that a reader sees.
            assert tab.page.evaluate("window.__shift") < 0.01


def test_paper_has_every_attempt_and_no_buttons(browser, pages):
    with browser.open(pages.bench) as tab:
        tab.page.emulate_media(media="print")
        tab.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        tab.page.wait_for_function("document.querySelectorAll('main img[src]').length === 12")
        assert not tab.page.get_by_role("button", name="Theme").is_visible()
