"""The frame of a page: what it carries, what it may run, and that it is whole."""

import base64
import hashlib
import json

import pytest

from genevolve.errors import StoreError
from genevolve.report.write import json_block, packed_block, page_html, page_parts, write_page
from support.mishaps import LONG, MARKUP, TURNED
from support.paged import read_page

HOSTILE = [MARKUP, TURNED, LONG, "</SCRIPT >", "<!-- <script", "]]>", "\u2028\u2029", "&lt;b&gt;", "\\u003c"]


@pytest.mark.parametrize("words", HOSTILE)
def test_words_from_the_world_come_back_as_they_were_and_end_no_block(words):
    plain = page_html("run", {"gallery": []}, ["gallery"])
    page = page_html("run", {"gallery": [{"id": words, words: 1}]}, ["gallery"])
    assert read_page(page).json("gallery") == [{"id": words, words: 1}]
    assert read_page(page).scripts == read_page(plain).scripts
    assert read_page(page).tags == read_page(plain).tags


def test_a_packed_block_is_its_data_in_fewer_letters():
    data = {"texts": [LONG, MARKUP, TURNED]}
    parts = page_parts("run", views=["gallery"], blocks=[], later=[packed_block("attempts-0", data)])
    assert read_page("".join(parts)).unpacked("attempts-0") == data
    assert len(packed_block("a", data).text) < len(LONG) / 10


def test_equal_data_makes_equal_pages():
    assert packed_block("a", {"b": [1, 2]}) == packed_block("a", {"b": [1, 2]})
    assert page_html("t", {"gallery": []}, ["gallery"]) == page_html("t", {"gallery": []}, ["gallery"])


def test_the_title_is_text_too():
    page = read_page(page_html(MARKUP, {"gallery": []}, ["gallery"]))
    assert page.title == MARKUP
    assert page.scripts == read_page(page_html("t", {"gallery": []}, ["gallery"])).scripts


def test_only_the_scripts_and_styles_of_the_page_itself_may_act():
    page = read_page(page_html("run", {}, ["gallery", "attempt", "groups", "credits"]))
    rules = {name: allowed for name, *allowed in (rule.split() for rule in page.policy.split(";"))}

    def digests(sources):
        return [f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in sources]

    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == digests(page.scripts)
    assert rules["style-src"] == digests(page.styles)
    assert rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert set(rules["img-src"]) == {"data:", "'self'", "file:"}


def test_the_frame_leads_nowhere():
    page = read_page(page_html("run", {}, ["gallery", "attempt", "groups", "credits"]))
    assert page.addresses == ["data:,", "#view"]
    assert not any(
        word in source for source in (*page.scripts, *page.styles) for word in ("innerHTML", "@import", "url(")
    )


def test_the_first_view_is_drawn_before_what_comes_later_is_read():
    html = "".join(
        page_parts("run", views=["gallery"], blocks=[json_block("gallery", [])], later=[json_block("pictures-0", {})])
    )
    last_script = html.index(read_page(html).scripts[-1])
    assert html.index('id="json-gallery"') < last_script < html.index('id="json-pictures-0"')


def test_lone_surrogates_become_a_mark_that_files_can_hold(tmp_path):
    write_page(tmp_path / "page.html", page_parts("run", views=["gallery"], blocks=[json_block("gallery", ["\ud800"])]))
    assert read_page(tmp_path / "page.html").json("gallery") == ["\ufffd"]


def test_a_page_that_breaks_off_leaves_the_old_one(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("the old page", encoding="utf-8")

    def breaking():
        yield "half a page"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_page(path, breaking())
    assert path.read_text(encoding="utf-8") == "the old page"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(StoreError, match="choose another place"):
        write_page(tmp_path / "missing" / "report.html", ["page"])


def test_a_size_is_that_of_the_file(tmp_path):
    path = tmp_path / "page.html"
    assert write_page(path, ["é", "–"]) == path.stat().st_size == 5  # two bytes and three


def test_numbers_that_json_lacks_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        json_block("gallery", float("nan"))
    assert json.loads(json_block("gallery", 0.5).text) == 0.5
