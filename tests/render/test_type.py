"""Quoted text: in the kind of type that is asked for, legible, on the canvas, and nothing silently left out."""

from itertools import pairwise

import numpy as np
import pytest

from genevolve.render.sketch.palette import contrast
from support.looking import centre, is_above


@pytest.mark.parametrize(
    ("words", "typeface"),
    [
        ("in bold serif", "bold serif"),
        ("in italic sans-serif", "italic sans"),
        ("in slab serif", "slab"),
        ("in a monospaced typeface", "monospace"),
        ("in elegant cursive script", "script"),
        ("in handwritten letters", "handwritten"),
        ("in condensed type", "condensed"),
        ("in blackletter", "blackletter"),
        ("in playful rounded letters", "rounded"),
        ("in heavy display type", "bold display"),
    ],
)
def test_text_is_set_in_the_named_kind_of_type(sketch, words, typeface):
    for prompt in (f'The word "Ouaga" {words}.', f'The word {words} reading "Ouaga".'):
        text = sketch(prompt).texts("quoted")[0]
        assert (text.text, text.typeface) == ("Ouaga", typeface)


def test_each_text_has_its_own_style_colour_and_place(sketch):
    drawn = sketch(
        'The title "FASO" in bold red serif at the top, the subtitle "land of the upright" in small blue italic, '
        'and "2026" in monospace at the bottom right.'
    )
    title, subtitle, year = sorted(drawn.texts("quoted"), key=lambda text: text.box[1])
    assert (title.text, title.typeface, title.colour) == ("FASO", "bold serif", (214, 40, 40))
    assert (subtitle.typeface, subtitle.colour) == ("italic sans", (36, 92, 196))
    assert (year.text, year.typeface) == ("2026", "monospace")
    assert centre(year.box)[0] > 340
    assert title.size_px > subtitle.size_px


def test_upper_case_is_set_where_it_is_asked_for(sketch):
    assert sketch('"Alpine" in all caps').texts("quoted")[0].text == "ALPINE"
    assert sketch('"Alpine" in sans').texts("quoted")[0].text == "Alpine"


def test_kinds_of_type_look_different(sketch):
    families = ("serif", "sans", "slab", "monospace", "script", "handwriting", "condensed", "blackletter", "rounded")
    pictures = [sketch(f'"Hamburg" in {family}').image.tobytes() for family in families]
    assert len(set(pictures)) == len(families)


def test_a_long_text_is_broken_at_words_and_stays_on_the_canvas(sketch):
    passage = "Sphinx of black quartz, judge my vow; pack my box with five dozen liquor jugs. " * 4
    for size in ((512, 512), (256, 1024), (1024, 128)):
        drawn = sketch(f'"{passage.strip()}" in serif', size=size)
        text = drawn.texts("quoted")[0]
        assert 0 <= text.box[0] < text.box[2] <= size[0]
        assert 0 <= text.box[1] < text.box[3] <= size[1]
        words = text.text.replace("…", "").split()
        assert words == passage.split()[: len(words)]
    assert sketch(f'"{passage.strip()}"').texts("quoted")[0].text.split() == passage.split()


def test_a_word_wider_than_the_canvas_is_broken_rather_than_cut(sketch):
    word = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2
    text = sketch(f'"{word}"', size=(256, 512)).texts("quoted")[0]
    assert text.text.replace("\n", "") == word


@pytest.mark.parametrize("ground", ["white", "black", "red", "yellow", "grey"])
@pytest.mark.parametrize("colour", ["white", "black", "red", "yellow", "grey"])
def test_text_can_be_read_whatever_lies_behind_it(sketch, ground, colour):
    drawn = sketch(f'"READ ME" in bold {colour} on a {ground} background')
    text = drawn.texts("quoted")[0]
    region = drawn.pixels[text.box[1] : text.box[3], text.box[0] : text.box[2]].reshape(-1, 3)
    colours, counts = np.unique(region, axis=0, return_counts=True)
    behind = next(c for c in colours[np.argsort(-counts)] if tuple(c) != text.colour)
    assert contrast(text.colour, tuple(int(c) for c in behind)) >= 3.0


def test_text_over_a_picture_can_be_read(sketch, png):
    drawn = sketch('The first reference image fills the canvas. "RED" in red at the top.', png)
    text = drawn.texts("quoted")[0]
    region = drawn.pixels[text.box[1] : text.box[3], text.box[0] : text.box[2]].reshape(-1, 3)
    colours, counts = np.unique(region, axis=0, return_counts=True)
    behind = next(c for c in colours[np.argsort(-counts)] if tuple(c) != text.colour)
    assert contrast(text.colour, tuple(int(c) for c in behind)) >= 3.0


@pytest.mark.parametrize(
    "text", ["Việt Nam", "Łódź", "İstanbul ığş", "Ærøskøbing", "Ωμέγα", "Привіт", "Đà Nẵng", "Ōtāhuhu", "Žluťoučký"]
)
@pytest.mark.parametrize("family", ["serif", "sans"])
def test_latin_with_accents_greek_and_cyrillic_are_set_in_full(sketch, text, family):
    placed = sketch(f'"{text}" in bold {family}').texts("quoted")[0]
    assert (placed.text, placed.missing) == (text, "")


@pytest.mark.parametrize("text", ["ไทย", "ქართული", "Հայերեն", "こんにちは", "中国"])
def test_other_scripts_are_set_where_a_font_has_them(sketch, text):
    placed = sketch(f'"{text}"').texts("quoted")[0]
    assert (placed.text, placed.missing) == (text, "")


def test_characters_without_a_font_are_named_in_the_scene_and_in_the_caption(sketch):
    drawn = sketch('"Hi 한국 龘" at the top')
    text = drawn.texts("quoted")[0]
    assert set(text.missing) == set("한국龘")
    assert text.text.strip() == "Hi"
    assert "no bundled font" in drawn.texts("caption")[0].text.lower()


def test_text_stands_on_what_it_is_written_on(sketch):
    for prompt in ('a sign that says "OPEN"', 'a storefront with "OPEN" written on it', '"OPEN" on a red banner'):
        drawn = sketch(prompt)
        (host,), text = drawn.shapes(), drawn.texts("quoted")[0]
        assert host.box[0] <= text.box[0] < text.box[2] <= host.box[2]
        assert host.box[1] <= text.box[1] < text.box[3] <= host.box[3]


def test_several_texts_do_not_touch(sketch):
    drawn = sketch('"One" "Two" "Three" "Four" "Five"')
    texts = sorted(drawn.texts("quoted"), key=lambda text: text.box[1])
    assert len(texts) == 5
    assert all(is_above(upper.box, lower.box) for upper, lower in pairwise(texts))


def test_a_title_stands_above_what_it_titles(sketch):
    drawn = sketch('three stars, title "STARS"')
    assert is_above(drawn.texts("quoted")[0].box, drawn.shapes("star")[0].box)


def test_text_that_is_not_wanted_is_not_set(sketch):
    assert sketch('a star without the words "SALE"').texts("quoted") == []
