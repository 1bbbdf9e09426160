"""What a person does with a page: looks through the pictures, opens one, compares, learns where it came from."""

import re

import pytest

pytestmark = pytest.mark.browser


def cards(page):
    return page.locator("a.card")


def test_every_attempt_is_a_picture_or_says_why_there_is_none(browser, pages):
    with browser.open(pages.evolving) as tab:
        tab.page.get_by_role("heading", name="56 attempts at 20 requests").wait_for()
        tab.page.get_by_role("searchbox").fill("refuses")
        assert cards(tab.page).count() == 1
        assert "the renderer answered 500" in cards(tab.page).inner_text()
        tab.page.get_by_role("searchbox").fill("circles")
        assert cards(tab.page).count() == 0


def test_filters_narrow_the_gallery_and_stand_in_the_address(browser, pages):
    with browser.open(pages.evolving) as tab:
        tab.page.get_by_role("combobox", name="ended", exact=True).select_option("out of turns")
        assert cards(tab.page).count() == 1
        assert "1 of 56 attempts" in tab.page.locator(".count").inner_text()
        tab.page.reload()
        assert cards(tab.page).count() == 1
        tab.page.get_by_role("button", name="Clear").click()
        tab.page.get_by_role("spinbutton", name="score from").fill("0.9")
        scores = [float(text) for text in tab.page.locator(".card .score").all_text_contents()]
        assert scores
        assert min(scores) >= 0.9 - 0.005  # two digits are shown


def test_sorting_puts_the_best_first(browser, pages):
    with browser.open(pages.bench) as tab:
        tab.page.get_by_role("combobox", name="order", exact=True).select_option("highest score")
        scores = [float(text) for text in tab.page.locator(".card .score").all_text_contents()]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 12


def test_the_gallery_is_walked_and_an_attempt_opened_by_keyboard_alone(browser, pages):
    with browser.open(pages.bench) as tab:
        press = tab.page.keyboard.press
        press("j")
        press("ArrowRight")
        wanted = tab.page.evaluate("document.activeElement.getAttribute('href')")
        press("Enter")
        tab.page.get_by_role("heading", name="How it came about").wait_for()
        assert tab.page.evaluate("location.hash") == wanted
        press("Escape")
        tab.page.get_by_role("heading", name="12 attempts").wait_for()
        assert tab.page.evaluate("document.activeElement.getAttribute('href')") == wanted
        press("/")
        assert tab.page.evaluate("document.activeElement.type") == "search"
        tab.page.keyboard.type("/j")
        assert tab.page.get_by_role("searchbox").input_value() == "/j"


def test_an_attempt_tells_each_turn_with_what_came_back(browser, pages):
    with browser.open(pages.bench) as tab:
        tab.page.get_by_role("searchbox").fill("Timor-Leste")
        cards(tab.page).first.click()
        turns = tab.page.locator(".turns")
        turns.wait_for()
        assert "Indonesia" in turns.inner_text()
        assert turns.locator("img").count() > 0
        reference = tab.page.locator("[data-reference='1']").first
        ordinal = tab.page.locator(".ordinal").first
        ordinal.hover()
        assert "lit" in reference.get_attribute("class")
        tab.page.mouse.move(0, 0)
        assert "lit" not in reference.get_attribute("class")
        reference.focus()
        assert "lit" in ordinal.get_attribute("class")


TOLD = {
    "blue bird": "It was reminded:",
    "nobody found": "Mended:",
    "searched for ever": "No program",
    "never heard of": "the policy server answered 503",
    "refuses": "the renderer answered 500",
    "does not understand": "its reply has no JSON object",
}
"""Of each mishap, words of its request and words that its attempt is told in."""


def test_what_went_wrong_is_told_in_words(browser, pages):
    with browser.open(pages.evolving) as tab:
        for sought, says in TOLD.items():
            tab.page.get_by_role("searchbox").fill(sought)
            cards(tab.page).first.click()
            tab.page.get_by_role("heading", name="How it came about").wait_for()
            assert says in tab.page.locator("main").inner_text(), sought
            tab.page.keyboard.press("Escape")


def test_a_group_marks_its_best_and_worst_and_shows_the_lesson_between_them(browser, pages):
    with browser.open(pages.evolving, "#groups") as tab:
        tab.page.get_by_role("combobox", name="order", exact=True).select_option("with a lesson")
        group = tab.page.get_by_role("article").first
        ends = {end: float(group.locator(f".card.{end} .score").text_content()) for end in ("best", "worst")}
        others = [float(text) for text in group.locator(".card .score").all_text_contents()]
        assert (ends["best"], ends["worst"]) == (max(others), min(others))
        assert "The lesson between them" in group.text_content()


def test_credits_can_be_copied_as_one_list(browser, pages):
    with browser.open(pages.bench, "#credits") as tab:
        listed = tab.page.get_by_role("textbox").input_value()
        tab.page.get_by_role("button", name="Copy").click()
        tab.page.get_by_role("button", name="Copied").wait_for()
        assert tab.page.evaluate("navigator.clipboard.readText()") == listed
        assert all(re.search(r"MIT|CC|licence", line) for line in listed.splitlines())


def test_charts_of_training_are_read_by_pointer_and_by_keyboard(browser, pages):
    with browser.open(pages.evolving, "#training") as tab:
        tab.page.get_by_role("heading", name="Training", exact=True).wait_for()
        entropy = tab.page.get_by_role("slider", name="Entropy")
        assert "step 5" in entropy.get_attribute("aria-valuetext")
        entropy.focus()
        tab.page.keyboard.press("Home")
        assert entropy.get_attribute("aria-valuetext") == "step 0: entropy 0.92"
        tab.page.keyboard.press("ArrowRight")
        # All charts of the steps show the same one: 1.9 / (1 + 1) of the gradient's norm.
        assert "step 1: all 0.95" in tab.page.get_by_role("slider", name="Gradient norm").get_attribute(
            "aria-valuetext"
        )
        box = entropy.bounding_box()
        tab.page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 40)
        assert entropy.get_attribute("aria-valuetext") == "step 5: entropy 0.47"


def test_training_shows_every_look_and_every_lesson_with_the_attempts_it_is_from(browser, pages):
    with browser.open(pages.evolving, "#training") as tab:
        tab.page.get_by_text("All looks as numbers").click()
        rows = tab.page.get_by_role("region", name="All looks as numbers").get_by_role("row")
        assert rows.count() == 1 + 2 * 4
        lessons = tab.page.locator(".learned")
        assert lessons.count() == tab.page.evaluate("page.block('training').lessons.length")
        lessons.first.get_by_role("link", name="the better attempt").click()
        tab.page.get_by_role("heading", name="How it came about").wait_for()


def test_a_comparison_is_read_most_changed_first_and_searched(browser, pages):
    with browser.open(pages.comparison) as tab:
        assert tab.page.get_by_role("heading", level=1).inner_text() == "direct against planner"
        changes = [
            abs(float(text.replace("−", "-"))) for text in tab.page.locator(".pair > header .by").all_text_contents()
        ]
        assert len(changes) == 12
        assert changes == sorted(changes, reverse=True)
        first = tab.page.locator(".pair").first
        values = [float(text) for text in first.locator("figcaption b").all_text_contents()]
        assert abs(values[1] - values[0]) == pytest.approx(changes[0], abs=0.011)
        first.get_by_text("How it came about").first.click()
        first.locator(".prompt").wait_for()
        tab.page.get_by_role("searchbox").fill("Timor-Leste")
        assert tab.page.locator(".pair").count() == 1
        tab.page.keyboard.press("Escape")
        tab.page.keyboard.press("j")
        tab.page.keyboard.press("j")
        assert tab.page.evaluate("document.querySelectorAll('.pair')[1] === document.activeElement")


def test_the_headline_of_a_comparison_is_the_paired_difference(browser, pages):
    with browser.open(pages.comparison) as tab:
        told = tab.page.locator(".gain").inner_text()
        by, one, other = (float(n.replace("−", "-")) for n in re.search(
            r"([+−]?\d\.\d+).* from (\d\.\d+) to (\d\.\d+);", told, re.DOTALL
        ).groups())  # fmt: skip
        assert by == pytest.approx(other - one, abs=0.0011)
        counts = [int(n) for n in tab.page.locator(".balance b").all_inner_texts()]
        assert sum(counts) == 12


def test_the_theme_is_the_systems_until_it_is_chosen(browser, pages):
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    with browser.open(pages.bench, scheme="dark") as tab:
        dark = tab.page.evaluate(ground)
        tab.page.get_by_role("button", name="Theme").click()
        light = tab.page.evaluate(ground)
        assert light != dark
    with browser.open(pages.bench, scheme="light") as tab:
        assert tab.page.evaluate(ground) == light
