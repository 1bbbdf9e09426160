"""The bundled fonts: what the list says they cover is what they draw, and they may be passed on."""

from importlib.resources import files
from io import BytesIO

import pytest
from PIL import ImageFont

from genevolve.render.sketch.fonts import FAMILIES, Face, faces, missing_from, runs_of
from genevolve.render.sketch.reading import TypeStyle
from genevolve.render.sketch.typeset import fit, ink

FOLDER = files("genevolve.render.sketch") / "fonts"
NO_CHARACTER = "\U0010fffe"


def opened(face: Face) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO((FOLDER / face.file).read_bytes()), 40, layout_engine=ImageFont.Layout.BASIC)


@pytest.mark.parametrize("face", faces(), ids=lambda face: face.file)
def test_a_listed_character_is_drawn_and_an_unlisted_one_is_the_empty_box(face):
    font = opened(face)
    empty = bytes(font.getmask(NO_CHARACTER))
    listed = [chr(start) for start in face.starts if chr(start).isalnum()][:20]
    assert listed
    for character in listed:
        assert bytes(font.getmask(character)) != empty, f"U+{ord(character):04X}"
    unlisted = [c for c in "AЖΩאعदไ中한あ" if not face.covers(c)]
    for character in unlisted:
        assert bytes(font.getmask(character)) == empty, f"U+{ord(character):04X}"


ALPHABETS = {
    "Vietnamese": "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "Polish": "ąćęłńóśźż",
    "Turkish": "çğıİöşü",
    "Czech": "áčďéěíňóřšťúůýž",
    "Icelandic": "áðéíóúýþæö",
    "Romanian": "ăâîșț",
    "Hausa": "ɓɗƙƴ",
    "Yoruba": "ẹọṣ",
    "Māori": "āēīōū",
    "Greek": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώ",
    "Russian": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "Ukrainian": "ґєії",
    "Kazakh": "әғқңөұүһі",
}


@pytest.mark.parametrize("language", ALPHABETS)
@pytest.mark.parametrize("family", ["sans", "serif"])
def test_no_letter_of_these_languages_is_missing(language, family):
    for bold, italic in ((False, False), (True, False), (False, True), (True, True)):
        style = TypeStyle(family=family, bold=bold, italic=italic)
        letters = ALPHABETS[language] + ALPHABETS[language].upper()
        assert missing_from(letters, style) == ""


@pytest.mark.parametrize("language", ["Vietnamese", "Polish", "Turkish", "Greek", "Russian"])
def test_sans_and_serif_set_them_from_their_own_fonts(language):
    for family in ("sans", "serif"):
        drawn_by = {run.face.typeface for run in runs_of(ALPHABETS[language], TypeStyle(family=family)) if run.face}
        assert drawn_by == {family}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_kind_of_type_has_a_font_of_its_own(family):
    assert {run.face.typeface for run in runs_of("Hamburg", TypeStyle(family=family)) if run.face} == {family}


def test_bold_and_italic_are_cuts_of_their_own():
    cuts = {
        runs_of("a", TypeStyle(family="serif", bold=b, italic=i))[0].face for b in (False, True) for i in (False, True)
    }
    assert len(cuts) == 4


def test_the_fonts_are_small_and_each_has_its_licence_and_its_source():
    notice = (FOLDER / "NOTICE.md").read_text(encoding="utf-8")
    fonts = [file for file in FOLDER.iterdir() if file.name.endswith(".ttf")]
    assert {file.name for file in fonts} == {face.file for face in faces()}
    assert sum(len(file.read_bytes()) for file in fonts) < 2_660_000
    for face in faces():
        package = face.file.removesuffix(".ttf").replace("-bold", "").replace("-italic", "").replace("-regular", "")
        licence = (FOLDER / f"LICENSE-{package}.txt").read_text(encoding="utf-8")
        assert "SIL Open Font License" in licence or "Apache License" in licence
        assert "Reserved Font Name" not in licence.split("-----")[0]
        assert f"`{package}-*.ttf`" in notice


@pytest.mark.parametrize("kind", ["script", "handwritten", "blackletter", "italic serif", "bold sans"])
@pytest.mark.parametrize("words", ["fluffy offer of joy f", "Wish you were here", "Qufjgy", "I ♥ OSLO", "♥ 한국 OSLO"])
def test_no_letter_is_cut_at_the_edge_of_its_room(kind, words):
    """The ink in its own room is as large as the same ink in a room that is far too large for it."""
    family = kind.split()[-1]
    style = TypeStyle(family=family, bold="bold" in kind, italic="italic" in kind)
    setting = fit(words, style, width=700, height=300, largest=80)
    tight = ink(setting, room=(setting.width, setting.height), align="centre")
    wide = ink(setting, room=(setting.width + 400, setting.height + 400), align="centre")

    # Runs of several fonts are set on whole pixels, which may take two.
    assert all(abs(one - other) <= 2 for one, other in zip(tight.mask.size, wide.mask.size, strict=True))
