from pathlib import Path

import pytest

from genevolve.errors import RequestError
from genevolve.evaluate.suites import Reading, open_suite
from genevolve.records import Track
from genevolve.store import ImageStore
from support.rows import write_json

SUITE = open_suite("genevolve-bench")


def read(folder: Path, rows: list[dict[str, object]]) -> Reading:
    return SUITE.read(write_json(folder / "bench.json", rows), ImageStore(folder / "images"))


@pytest.fixture(autouse=True)
def _picture(tmp_path, png):
    (tmp_path / "gt.png").write_bytes(png)


def row(number: int, eval_type: str | None, **fields: object) -> dict[str, object]:
    anchored = {} if eval_type is None else {"eval_type": eval_type}
    return {"id": f"r{number}", "question": f"draw {number}", "gt_image": "gt.png", **anchored, **fields}


def full_bench() -> list[dict[str, object]]:
    return [row(n, "Knowledge-Anchored" if n < 335 else "Quality-Anchored") for n in range(594)]


def test_a_published_row_becomes_a_request_with_its_labels(tmp_path):
    published = {
        "id": "kb-0001",
        "question": "a poster of the comet of 1997",
        "gt_image": "gt.png",
        "eval_type": "Knowledge-Anchored",
        "category": "astronomy",
        "difficulty": "hard",
        "prompt_pool_index": 12,
        "meta": {"source": "pool"},
        "extra_info": None,
    }
    (request,) = read(tmp_path, [published]).requests

    assert (request.id, request.text) == ("kb-0001", "a poster of the comet of 1997")
    assert (request.track, request.category, request.difficulty) == (Track.KNOWLEDGE_ANCHORED, "astronomy", "hard")
    assert request.target is not None
    assert {key: published[key] for key in request.extra} == request.extra
    assert published.keys() - request.extra.keys() == {"id", "question"}


def test_labels_in_meta_and_other_spellings_of_a_track_are_understood(tmp_path):
    meta = {"eval_type": "quality_anchored", "category": "text", "difficulty": "easy"}
    (request,) = read(tmp_path, [row(1, None, meta=meta)]).requests

    assert (request.track, request.category, request.difficulty) == (Track.QUALITY_ANCHORED, "text", "easy")


def test_the_published_numbers_are_nothing_to_tell(tmp_path):
    reading = read(tmp_path, full_bench())

    assert len(reading.requests) == 594
    assert reading.told == ()
    assert reading.bad == []


def test_other_numbers_than_published_are_told(tmp_path):
    (told,) = read(tmp_path, full_bench()[1:]).told

    assert "593 requests (334 knowledge-anchored, 259 quality-anchored)" in told
    assert "594 (335 knowledge-anchored, 259 quality-anchored)" in told


def test_mixed_labels_are_told_and_belong_to_no_track(tmp_path):
    rows = full_bench()
    rows[0]["eval_type"] = "Both-Anchored"
    del rows[1]["eval_type"]
    reading = read(tmp_path, rows)

    assert [request.track for request in reading.requests[:2]] == [None, None]
    assert "2 requests belong to no track: their eval_type is Both-Anchored, None" in reading.told[1]
    cases = SUITE.cases(reading.requests)
    assert len(cases) == 594
    assert sum("track" in case.groups for case in cases) == 592


def test_the_predecessors_rows_are_read_and_have_no_track(tmp_path):
    reading = read(tmp_path, [{"id": 3, "prompt": "draw 3", "gt_image": "gt.png"}])

    assert [(request.id, request.track) for request in reading.requests] == [("3", None)]
    assert len(reading.told) == 2


def test_cases_are_grouped_by_track_category_and_difficulty(tmp_path):
    reading = read(tmp_path, [row(1, "Quality-Anchored", category="text", difficulty="easy")])

    (case,) = SUITE.cases(reading.requests)
    assert case.groups == {"track": "quality_anchored", "category": "text", "difficulty": "easy"}
    assert case.asked
    assert set(SUITE.groupings) == set(case.groups)


def test_without_data_it_says_how_to_name_them(tmp_path):
    with pytest.raises(RequestError, match="--data"):
        SUITE.read(None, ImageStore(tmp_path))
