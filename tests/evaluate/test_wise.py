from collections.abc import Iterable
from pathlib import Path

import pytest

from genevolve.errors import RequestError, UsageError
from genevolve.evaluate.suites import Reading, count, open_suite
from genevolve.records import Attempt, JudgeInfo, Request, Verdict
from genevolve.store import ImageStore
from support.rows import write_json
from support.scored import attempt

LEGACY = open_suite("wise", edition="legacy")
VERIFIED = open_suite("wise", edition="verified")
LEGACY_FILES = {
    "cultural_common_sense.json": range(1, 401),
    "spatio-temporal_reasoning.json": range(401, 701),
    "natural_science.json": range(701, 1001),
}
LEGACY_FIRST = {"culture": 1, "time": 401, "space": 568, "biology": 701, "physics": 801, "chemistry": 901}
VERIFIED_FILES = {
    "cultural_common_sense_verified.json": range(1, 401),
    "spatio-temporal_reasoning_verified.json": range(401, 641),
    "natural_science_verified.json": range(641, 1001),
}


def row(number: int, **fields: object) -> dict[str, object]:
    # Labels as the published rows have them: of several spellings, and sometimes of another category.
    return {
        "Prompt": f"the thing of {number}",
        "Explanation": f"it is number {number}",
        "Category": "Cultural knowledge",
        "Subcategory": "Food",
        "prompt_id": number,
        **fields,
    }


def write_files(folder: Path, files: dict[str, Iterable[int]]) -> Path:
    for name, numbers in files.items():
        write_json(folder / name, [row(number) for number in numbers])
    return folder


def read(suite, data: Path) -> Reading:
    return suite.read(data, ImageStore(data.parent / "images"))


def judged(request: Request, **scores: float) -> Attempt:
    drawn = attempt(request)
    assert drawn.render is not None
    verdict = Verdict(of=drawn.render.id, kind="image", judge=JudgeInfo(name="wise"), scores=scores)
    return drawn.but(image_verdict=verdict)


def test_all_prompts_of_a_folder_are_read_and_keep_their_explanation(tmp_path):
    reading = read(LEGACY, write_files(tmp_path / "data", LEGACY_FILES))

    assert len(reading.requests) == 1000
    assert reading.bad == []
    assert reading.told == ()
    assert reading.requests[0].text == "the thing of 1"
    assert reading.requests[0].extra["Explanation"] == "it is number 1"


@pytest.mark.parametrize(
    ("suite", "files", "first_ids"),
    [
        (LEGACY, LEGACY_FILES, LEGACY_FIRST),
        (VERIFIED, VERIFIED_FILES, {**LEGACY_FIRST, "space": 521, "biology": 641, "physics": 761, "chemistry": 881}),
    ],
    ids=["legacy", "verified"],
)
def test_categories_follow_from_the_id_and_never_from_a_label(tmp_path, suite, files, first_ids):
    requests = read(suite, write_files(tmp_path / "data", files)).requests

    found: dict[str, int] = {}
    for request in requests:
        found.setdefault(request.category, int(request.id))
    assert found == first_ids


def test_missing_ids_are_told_as_ranges_and_counted(tmp_path):
    kept = [n for n in range(1, 401) if n not in {7, 8, 9, 400}]
    files = {**LEGACY_FILES, "cultural_common_sense.json": kept}
    reading = read(LEGACY, write_files(tmp_path / "data", files))

    (told,) = reading.told
    assert told == (
        "4 of the 1000 prompts are not in the data, and count as zero in a headline over all of them: 7–9, 400"
    )
    cases = LEGACY.cases(reading.requests)
    assert len(cases) == 1000
    assert [(case.id, case.groups["category"]) for case in cases if not case.asked] == [
        (number, "culture") for number in ("7", "8", "9", "400")
    ]


def test_an_id_that_stands_twice_or_is_none_of_wise_is_named_with_its_row(tmp_path):
    rows = [row(1), row(1, Prompt="again"), row(1001), row(0), row(2, prompt_id="two"), row(3, prompt_id="3")]
    path = write_json(tmp_path / "rows.json", rows)
    reading = read(LEGACY, path)

    assert [request.id for request in reading.requests] == ["1", "3"]
    assert [bad.where for bad in reading.bad] == [f"{path} (row {number})" for number in (2, 3, 4, 5)]
    assert "taken" in reading.bad[0].problem
    assert all("expected a number from 1 to 1000" in bad.problem for bad in reading.bad[1:])


def test_the_other_edition_is_recognised_by_what_its_files_hold(tmp_path):
    legacy = write_files(tmp_path / "legacy", LEGACY_FILES)
    verified = write_files(tmp_path / "verified", VERIFIED_FILES)

    # Ids 641–700 are of space and time in the legacy edition, of biology in the verified one.
    with pytest.raises(RequestError, match=r"rows of the legacy edition .* 641–700, .* Run with --edition legacy"):
        read(VERIFIED, legacy)
    with pytest.raises(RequestError, match=r"rows of the verified edition .* 641–700, .* Run with --edition verified"):
        read(LEGACY, verified)


def test_rows_that_both_editions_explain_are_of_either(tmp_path):
    data = write_files(tmp_path / "data", {"cultural_common_sense.json": range(1, 401)})

    assert len(read(LEGACY, data).requests) == len(read(VERIFIED, data).requests) == 400


def test_ids_that_no_edition_explains_are_told_and_keep_the_category_of_their_id(tmp_path):
    files = {"cultural_common_sense.json": [1, 990], "natural_science.json": [991]}
    reading = read(LEGACY, write_files(tmp_path / "data", files))

    assert "ids in a file of other categories: 990;" in reading.told[1]
    assert [(request.id, request.category) for request in reading.requests] == [
        ("1", "culture"),
        ("990", "chemistry"),
        ("991", "chemistry"),
    ]


def test_an_edition_must_be_named(tmp_path):
    for wrong in (None, "newest"):
        with pytest.raises(UsageError, match="legacy and verified, which must not be mixed"):
            open_suite("wise", edition=wrong)
    with pytest.raises(UsageError, match="knowgen has no editions"):
        open_suite("knowgen", edition="legacy")


def test_wiscore_weighs_consistency_realism_and_aesthetics():
    wiscore = LEGACY.figures[-1]
    request = Request(id="1", text="p", category="culture")

    # .7 of 1 and .2 of a half and .1 of 0 are .8.
    assert wiscore.name == LEGACY.headline == "wiscore"
    assert wiscore.quantities(judged(request, consistency=1, realism=0.5, aesthetics=0)) == pytest.approx((0.8, 1.0))
    assert wiscore.quantities(attempt(request)) is None  # its judgement failed
    assert wiscore.quantities(judged(request, correct=1)) is None  # of the other edition


def test_the_legacy_overall_weighs_categories_as_published():
    # One prompt of each category; culture's is right, chemistry's half so, the others wrong.
    level = {"culture": 1.0, "chemistry": 0.5}
    requests = [Request(id=str(number), text="p") for number in LEGACY_FIRST.values()]
    cases = LEGACY.cases(requests)[: len(requests)]
    wiscore = LEGACY.figures[-1]
    entries = [(case, (level.get(category, 0.0), 1.0)) for case, category in zip(cases, LEGACY_FIRST, strict=True)]

    # .4 of 1 and .1 of a half.
    assert count(wiscore, entries, overall=LEGACY.overall).value == pytest.approx(0.45)


def test_the_verified_overall_of_all_prompts_is_their_plain_mean(tmp_path):
    # .40 and five times .12 are the shares of the categories: 400 and 120 of 1,000.
    requests = [Request(id=str(number), text="p") for number in range(1, 1001)]
    correct = VERIFIED.figures[0]
    entries = [(case, (float(int(case.id) % 3 == 0), 1.0)) for case in VERIFIED.cases(requests)]

    # 333 of the numbers to 1,000 are multiples of three.
    assert count(correct, entries).value == pytest.approx(0.333)
    assert count(correct, entries, overall=VERIFIED.overall).value == pytest.approx(0.333)


@pytest.mark.parametrize("suite", [LEGACY, VERIFIED], ids=["legacy", "verified"])
def test_the_weights_of_an_overall_sum_to_one(suite):
    assert sum(suite.overall.weights.values()) == pytest.approx(1.0)
    assert [case.groups["category"] for case in suite.cases([]) if case.id == "1000"] == ["chemistry"]
    assert {case.groups["category"] for case in suite.cases([])} == set(suite.overall.weights)
