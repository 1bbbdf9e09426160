from pathlib import Path

import pytest

from genevolve.evaluate.suites import Reading, count, open_suite
from genevolve.evaluate.suites.knowgen import GROUPS
from genevolve.store import ImageStore
from support.rows import write_json

SUITE = open_suite("knowgen")


def row(number: int, category: object) -> dict[str, object]:
    meta = {"category": category, "difficulty": "hard"}
    return {"id": number, "prompt": f"draw {number}", "meta": meta, "gt_image": "gt.png"}


def read(folder: Path, *categories: object, png: bytes) -> Reading:
    (folder / "gt.png").write_bytes(png)
    rows = [row(number, category) for number, category in enumerate(categories)]
    return SUITE.read(write_json(folder / "knowgen.json", rows), ImageStore(folder / "images"))


def test_every_published_category_belongs_to_one_group(tmp_path, png):
    categories = [category for group in GROUPS.values() for category in group]
    reading = read(tmp_path, *categories, png=png)

    assert reading.told == ()
    groups = [case.groups["group"] for case in SUITE.cases(reading.requests)]
    # Fifteen categories of knowledge, then nine of pop culture and news.
    assert groups == ["science_and_knowledge"] * 15 + ["pop_culture_and_news"] * 9
    assert all(request.target for request in reading.requests)
    assert reading.requests[0].difficulty == "hard"


def test_spellings_of_a_category_are_one(tmp_path, png):
    reading = read(tmp_path, "Multi-Subject_Anime", "multi subject anime", png=png)

    assert {request.category for request in reading.requests} == {"multi-subject-anime"}


def test_unknown_categories_are_told_and_count_in_the_plain_mean_alone(tmp_path, png):
    reading = read(tmp_path, "biology", "gardening", "gardening", None, "film", png=png)
    cases = SUITE.cases(reading.requests)

    (told,) = reading.told
    assert told.startswith("3 requests belong to neither group of categories: gardening (2), no category (1).")
    figure = next(figure for figure in SUITE.figures if figure.name == "na_half")
    # Biology has 1, film 0, the three strays 1 each: four fifths of all, but half of the two groups.
    entries = [(case, (0.0 if case.groups.get("category") == "film" else 1.0, 1.0)) for case in cases]
    assert count(figure, entries).value == pytest.approx(0.8)
    assert count(figure, entries, overall=SUITE.overall).value == pytest.approx(0.5)


def test_the_overall_is_the_plain_mean_of_two_groups_of_unequal_size(tmp_path, png):
    reading = read(tmp_path, "art", "art", "art", "news", png=png)
    figure = next(figure for figure in SUITE.figures if figure.name == "faithfulness")
    entries = [
        (case, (1.0 if case.groups["category"] == "news" else 0.5, 1.0)) for case in SUITE.cases(reading.requests)
    ]

    # (.5 + 1) / 2, though three of four requests have .5.
    assert count(figure, entries, overall=SUITE.overall).value == pytest.approx(0.75)
