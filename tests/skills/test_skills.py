"""Skills as files: the bundled eight, a user's own, and what is said about bad ones."""

import re
from pathlib import Path

import pytest

from genevolve.errors import SkillError
from genevolve.skills import load_skills

EIGHT = [
    "aesthetic_drawing",
    "anatomy_body_coherence",
    "attribute_binding",
    "creative_drawing",
    "physical_material_consistency",
    "quantity_counting",
    "spatial_layout",
    "text_rendering",
]
OWN = "---\nname: {name}\ntitle: Own\naliases: {aliases}\ntriggers: always; never\n---\n{text}\n"


def write_skill(folder: Path, name: str, *, aliases: str = "mine", text: str = "Do it well.") -> Path:
    path = folder / f"{name}.md"
    path.write_text(OWN.format(name=name, aliases=aliases, text=text), encoding="utf-8")
    return path


def test_the_published_eight_are_bundled():
    assert [skill.name for skill in load_skills()] == EIGHT


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("spatial", "spatial_layout"),
        ("aesthetic", "aesthetic_drawing"),
        ("creative", "creative_drawing"),
        ("anatomy", "anatomy_body_coherence"),
        ("quantity", "quantity_counting"),
        ("physics_material", "physical_material_consistency"),
        ("Text-Rendering", "text_rendering"),
        (" attribute binding ", "attribute_binding"),
    ],
)
def test_a_skill_is_found_by_alias_and_however_it_is_spelled(alias: str, name: str):
    assert load_skills().get(alias).name == name
    assert alias in load_skills()


@pytest.mark.parametrize("name", EIGHT)
def test_a_bundled_skill_says_when_when_not_how_and_what_fails(name: str):
    skill = load_skills().get(name)
    headings = re.findall(r"^## (.+)$", skill.text, re.MULTILINE)
    assert headings == ["When to use it", "When not", "How to write it", "Common failures"]
    assert 250 <= len(skill.text.split()) <= 450
    assert len(skill.triggers) >= 3
    assert "\n" not in skill.when


@pytest.mark.parametrize("name", EIGHT)
def test_a_bundled_skill_keeps_to_the_answer_format(name: str):
    """Prompts name references by ordinals only, so no example may show an id, a path or an address."""
    text = load_skills().get(name).text
    assert not re.search(r"IMG_\d|https?://|www\.|images/", text)
    for mention in re.findall(r"\b(\w+) reference images?\b", text):
        assert mention in {"first", "second"}


def test_an_unknown_name_is_answered_with_near_ones():
    with pytest.raises(SkillError, match=r"'text_renderin'.*expected one of aesthetic_drawing.*mean text_rendering"):
        load_skills().get("text_renderin")


def test_a_folder_adds_skills(tmp_path: Path):
    write_skill(tmp_path, "maps", aliases="cartography, Map Making")
    skills = load_skills(tmp_path)
    assert len(skills) == 9
    assert skills.get("map making").text == "Do it well."
    assert skills.digest != load_skills().digest


def test_an_own_skill_replaces_the_bundled_one_of_its_name(tmp_path: Path):
    write_skill(tmp_path, "text_rendering", aliases="letters")
    skills = load_skills(tmp_path)
    assert len(skills) == 8
    assert skills.get("text_rendering").text == "Do it well."
    assert "typography" not in skills


def test_an_own_skill_may_take_over_a_bundled_alias(tmp_path: Path):
    write_skill(tmp_path, "maps", aliases="layout")
    skills = load_skills(tmp_path)
    assert skills.get("layout").name == "maps"
    assert skills.get("spatial").name == "spatial_layout"


def test_the_digest_depends_on_the_words_and_not_on_the_folder(tmp_path: Path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_skill(tmp_path / folder, "maps")
    assert load_skills(tmp_path / "a").digest == load_skills(tmp_path / "b").digest
    write_skill(tmp_path / "b", "maps", text="Do it better.")
    assert load_skills(tmp_path / "a").digest != load_skills(tmp_path / "b").digest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Just words.\n", r"bad\.md', line 1: a skill begins with a line of '---'"),
        ("---\nname: bad\n", r"bad\.md', line 1: the front matter is never closed"),
        ("---\nname: bad\ntitle Bad\n---\nx", r"bad\.md', line 3: 'title Bad' is no `key: value`"),
        ("---\nname: Bad Name\n---\nx", r"bad\.md', line 2: 'Bad Name' is no name"),
        (
            "---\nname: bad\nauthor: me\n---\nx",
            r"bad\.md', line 3: the key 'author' is not known; expected",
        ),
        ("---\nname: bad\nname: bad\n---\nx", r"bad\.md', line 3: the key 'name' stands here a second time"),
        ("---\nname: bad\n---\nx", r"bad\.md', line 1: the front matter lacks title and triggers"),
        ("---\nname: bad\ntitle: B\ntriggers: t\n---\n \n", r"bad\.md', line 5: nothing follows the front matter"),
        (b"---\nname: bad\ntitle: B\xff\n---\nx", r"bad\.md', line 3: this is not UTF-8"),
        (b"x" * 64_001, r"64,001 bytes, past the limit of 64,000"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, content: str | bytes, message: str):
    (tmp_path / "bad.md").write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(SkillError, match=message):
        load_skills(tmp_path)


def test_two_files_with_one_name_are_refused(tmp_path: Path):
    write_skill(tmp_path, "maps", aliases="charts")
    write_skill(tmp_path, "charts", aliases="tables")
    with pytest.raises(SkillError, match=r"maps\.md', line 1: the name 'charts' is taken by 'charts\.md'"):
        load_skills(tmp_path)


def test_a_missing_or_empty_folder_is_said_so(tmp_path: Path):
    with pytest.raises(SkillError, match="is not a folder"):
        load_skills(tmp_path / "nowhere")
    with pytest.raises(SkillError, match="holds no skills"):
        load_skills(tmp_path)
