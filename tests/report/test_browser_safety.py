"""Whatever the world says stays words, and a page asks nothing of anyone."""

from urllib.parse import quote

import pytest

from support.mishaps import CANARY, LONG, MISHAPS

pytestmark = pytest.mark.browser


def open_hostile(tab, sought):
    """From the gallery to the attempt at the request with these words."""
    tab.page.get_by_role("searchbox").fill(sought)
    tab.page.locator("a.card").first.click()
    tab.page.get_by_role("heading", name="How it came about").wait_for()


def unfold(page):
    """Open and press everything that shows more, as often as there is something."""
    for _ in range(4):
        page.evaluate("document.querySelectorAll('main details:not([open])').forEach((one) => (one.open = true))")
        page.evaluate("document.querySelectorAll('main button.more').forEach((one) => one.click())")
        page.wait_for_timeout(50)


def test_nothing_of_what_the_world_said_runs_in_any_view(browser, pages):
    with browser.open(pages.evolving) as tab:
        for view in ("gallery", "groups", "training", "credits"):
            tab.page.evaluate(f"location.hash = '#{view}'")
            tab.page.locator(f".view.{view}").wait_for()
            unfold(tab.page)
        ids = tab.page.evaluate("page.block('gallery').filter((one) => one.request >= 12).map((one) => one.id)")
        assert len(ids) == len(MISHAPS)
        for one in ids:
            tab.page.evaluate("(id) => (location.hash = page.to('attempt', id))", one)
            tab.page.get_by_role("heading", name="How it came about").wait_for()
            unfold(tab.page)
            assert tab.page.locator("main script, main iframe, main [onerror], main [onload]").count() == 0
        assert tab.page.evaluate(f"window.{CANARY}") is None
        assert tab.said == []
        assert tab.asked == []


def test_markup_in_a_request_is_read_as_it_was_written(browser, pages):
    hostile = MISHAPS[0].request.text
    with browser.open(pages.evolving) as tab:
        open_hostile(tab, "A poster </script>")
        heading = tab.page.get_by_role("heading", level=1)
        assert heading.text_content() == hostile
        # Marks of direction end with the words they stand in: what follows is still read from left to right.
        assert heading.evaluate("(one) => getComputedStyle(one).unicodeBidi") in {"isolate", "plaintext"}


def test_a_link_to_anything_but_a_page_of_the_web_is_no_link(browser, pages):
    with browser.open(pages.evolving) as tab:
        open_hostile(tab, "A poster </script>")
        unfold(tab.page)
        links = tab.page.locator("main a").evaluate_all("(all) => all.map((one) => [one.href, one.target, one.rel])")
        assert not [href for href, _, _ in links if href.startswith("javascript:")]
        outside = [(target, rel) for href, target, rel in links if href.startswith("http")]
        assert outside
        assert set(outside) == {("_blank", "noopener noreferrer")}


def test_a_hundred_thousand_characters_without_a_space_fold_away_and_break_nothing(browser, pages):
    with browser.open(pages.evolving, width=360, height=800) as tab:
        open_hostile(tab, "A very long request")
        assert len(tab.page.locator("main").text_content()) < 0.5 * len(LONG)
        assert not tab.scrolls_sideways()
        unfold(tab.page)
        tab.page.wait_for_function(f"document.querySelector('main').textContent.length > {len(LONG) // 2}")
        assert not tab.scrolls_sideways()


@pytest.mark.parametrize(
    "address", ["#constructor", "#__proto__", "#attempt/__proto__", "#attempt/%E0%A4%A", "#" + quote("<img src=x>")]
)
def test_an_address_that_leads_nowhere_shows_the_page_nevertheless(browser, pages, address):
    with browser.open(pages.evolving, address) as tab:
        tab.page.get_by_role("heading", level=1).wait_for()
        assert tab.said == []


def test_the_comparison_and_the_benchmark_keep_to_themselves(browser, pages):
    for path in (pages.comparison, pages.bench):
        with browser.open(path) as tab:
            for _ in range(6):
                tab.page.mouse.wheel(0, 2000)
                tab.page.wait_for_timeout(30)
            unfold(tab.page)
            assert tab.asked == []
            assert tab.said == []


def test_the_pages_scripts_are_the_only_ones_that_may_run(browser, pages):
    with browser.open(pages.bench) as tab:
        tab.page.evaluate(
            f"""() => {{
                const script = document.createElement("script");
                script.textContent = "window.{CANARY} = 1";
                document.body.append(script);
                document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.{CANARY} = 2'>");
            }}"""
        )
        tab.page.wait_for_timeout(100)
        assert tab.page.evaluate(f"window.{CANARY}") is None
        assert [words for words in tab.said if "Content Security Policy" in words]
