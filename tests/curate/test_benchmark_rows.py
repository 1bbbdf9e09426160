import base64
from datetime import datetime
from pathlib import Path

import pytest

from genevolve.curate.benchmark_rows import Columns, Labels, RowsRead, label_of, rows_as_requests
from genevolve.store import ImageStore
from support.pictures import make_png
from support.rows import write_lines, write_parquet

COLUMNS = Columns(
    text=("question", "prompt"),
    target="gt_image",
    labels=lambda fields: Labels(category=label_of(fields, "category"), difficulty=label_of(fields, "difficulty")),
)


def read(path: Path, images: ImageStore) -> RowsRead:
    return rows_as_requests(path, images, columns=COLUMNS)


@pytest.fixture
def images(tmp_path) -> ImageStore:
    return ImageStore(tmp_path / "run" / "images")


def test_words_id_and_labels_are_taken_and_the_rest_is_kept_for_export(tmp_path, images, png):
    (tmp_path / "gt.png").write_bytes(png)
    row = {"id": 7, "question": " a fox ", "gt_image": "gt.png", "category": "animals", "seed": 3}
    read_now = read(write_lines(tmp_path / "rows.jsonl", row), images)

    (request,) = read_now.requests
    assert (request.id, request.text, request.category) == ("7", "a fox", "animals")
    assert request.extra == {"gt_image": "gt.png", "category": "animals", "seed": 3}
    assert request.target is not None
    assert images.read(request.target) == png
    assert read_now.bad == []
    assert read_now.told == ()


@pytest.mark.parametrize(
    "meta",
    [{"category": "animals", "difficulty": 2}, '{"category": "animals", "difficulty": 2}'],
    ids=["as an object", "as text"],
)
def test_labels_may_stand_in_meta(tmp_path, images, meta):
    row = {"id": "a", "prompt": "a fox", "meta": meta}
    path = write_lines(tmp_path / "rows.jsonl", row, {**row, "id": "b", "category": "its own"})

    request, with_its_own = read(path, images).requests
    assert (request.category, request.difficulty) == ("animals", "2")
    assert with_its_own.category == "its own"


def test_a_target_is_looked_for_beside_its_file_and_in_the_folder_of_the_data(tmp_path, images):
    pictures = {"data/near.png": make_png((1, 1, 1)), "images/far.png": make_png((2, 2, 2))}
    for name, data in pictures.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    path = write_lines(
        tmp_path / "data" / "rows.jsonl",
        {"id": "near", "prompt": "p", "gt_image": "near.png"},
        {"id": "far", "prompt": "p", "gt_image": "images/far.png"},
        {"id": "up", "prompt": "p", "gt_image": "../images/far.png"},
        {"id": "absolute", "prompt": "p", "gt_image": str(tmp_path / "images" / "far.png")},
    )
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# A data set\n")
    near, far = pictures.values()

    for data in (tmp_path, tmp_path / "data", path):
        requests = read(data, images).requests
        assert [images.read(r.target) for r in requests if r.target] == [near, far, far, far]


def test_a_target_may_be_a_link_as_in_the_cache_of_a_hub(tmp_path, images, png):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "0f").write_bytes(png)
    path = write_lines(tmp_path / "snapshot" / "rows.jsonl", {"id": "a", "prompt": "p", "gt_image": "gt.png"})
    (path.parent / "gt.png").symlink_to(tmp_path / "blobs" / "0f")

    (request,) = read(path.parent, images).requests
    assert request.target is not None
    assert images.read(request.target) == png


def test_a_target_outside_of_the_data_is_not_opened(tmp_path, images, png):
    (tmp_path / "private.png").write_bytes(png)
    path = write_lines(
        tmp_path / "set" / "rows.jsonl",
        {"id": "up", "prompt": "p", "gt_image": "../private.png"},
        {"id": "absolute", "prompt": "p", "gt_image": str(tmp_path / "private.png")},
    )
    rows = read(path, images)

    assert [request.target for request in rows.requests] == [None, None]
    assert rows.told[0].count("leads out of") == 2


@pytest.mark.parametrize(
    ("mark", "text", "is_hub"),
    [
        ("README.md", "---\nlicense: mit\n---\n", True),
        (".gitattributes", "*.parquet filter=lfs diff=lfs merge=lfs -text\n", True),
        ("dataset_infos.json", "{}", True),
        ("README.md", "# My home\n\n---\n", False),
        (".gitattributes", "*.txt text\n", False),
        ("notes.txt", "---\n", False),
    ],
)
def test_the_parent_of_a_folder_named_data_is_opened_only_where_it_is_a_data_set(
    tmp_path, images, png, mark, text, is_hub
):
    home = tmp_path / "home"
    (home / "Pictures").mkdir(parents=True)
    (home / "Pictures" / "private.png").write_bytes(png)
    (home / mark).write_text(text)
    path = write_lines(
        home / "data" / "rows.jsonl",
        {"id": "up", "prompt": "p", "gt_image": "../Pictures/private.png"},
        {"id": "absolute", "prompt": "p", "gt_image": str(home / "Pictures" / "private.png")},
    )

    for data in (path, path.parent):
        rows = read(data, images)
        assert [request.target is not None for request in rows.requests] == [is_hub, is_hub]
        assert is_hub or rows.told[0].count("name the folder that has both") == 2


def test_a_target_may_stand_in_the_row_as_a_data_url(tmp_path, images, png):
    url = "data:image/png;base64," + base64.b64encode(png).decode()
    path = write_lines(tmp_path / "rows.jsonl", {"id": "a", "prompt": "p", "gt_image": url, "seed": 3})
    (request,) = read(path, images).requests

    assert request.target is not None
    assert images.read(request.target) == png
    assert request.extra == {"gt_image": None, "seed": 3}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("x" * 300 + ".png", "is no file under"),  # past the 255 bytes that a name may have
        ("a/" * 3000, "has 6,000 characters and is no path"),
        ("iVBORw0KGgo" * 1000, "has 11,000 characters and is no path"),
        ("a\0b.png", "is no file under"),
        ("data:image/png;base64,iVBOR!", "is no whole base64"),
        ("data:image/png;base64,aGVsbG8=", "is no usable picture"),  # hello
        ("data:text/html,hello", "is none of an image in base64"),
    ],
)
def test_a_target_that_can_be_no_file_costs_its_request_no_more_than_the_target(tmp_path, images, value, says):
    rows = read(write_lines(tmp_path / "rows.jsonl", {"id": "a", "prompt": "p", "gt_image": value}), images)

    assert [request.target for request in rows.requests] == [None]
    assert says in rows.told[0]
    assert len(rows.told[0]) < 600


def test_a_missing_target_is_told_with_its_row_and_the_request_is_kept(tmp_path, images):
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    (tmp_path / "pointer.png").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
    path = write_lines(
        tmp_path / "rows.jsonl",
        {"id": "gone", "prompt": "p", "gt_image": "gone.png"},
        {"id": "torn", "prompt": "p", "gt_image": "torn.png"},
        {"id": "pointer", "prompt": "p", "gt_image": "pointer.png"},
        {"id": "none", "prompt": "p"},
        {"id": "odd", "prompt": "p", "gt_image": 3},
        {"id": "sixth", "prompt": "p", "gt_image": ""},
    )
    rows = read(path, images)

    assert [request.id for request in rows.requests] == ["gone", "torn", "pointer", "none", "odd", "sixth"]
    assert all(request.target is None for request in rows.requests)
    (told,) = rows.told
    assert told.startswith("6 requests have no target (gt_image)")
    for said in ("'gone.png' is no file under", "rows.jsonl:2: gt_image is no usable picture", "git lfs pull"):
        assert said in told
    assert told.endswith("and 1 more")


def test_pictures_inside_parquet_become_targets_and_stay_out_of_the_request(tmp_path, images):
    red, blue = make_png((255, 0, 0)), make_png((0, 0, 255))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "beside.png").write_bytes(blue)
    embedded = [
        {"id": "a", "prompt": "p", "gt_image": {"bytes": red, "path": "a.png"}},
        {"id": "b", "prompt": "p", "gt_image": {"bytes": None, "path": "images/beside.png"}},
    ]
    write_parquet(tmp_path / "data" / "test-00000-of-00002.parquet", embedded)
    write_parquet(tmp_path / "data" / "test-00001-of-00002.parquet", [{"id": "c", "prompt": "p", "gt_image": red}])
    rows = read(tmp_path, images)

    assert [images.read(r.target) for r in rows.requests if r.target] == [red, blue, red]
    assert [r.extra["gt_image"] for r in rows.requests] == [
        {"bytes": None, "path": "a.png"},
        {"bytes": None, "path": "images/beside.png"},
        None,
    ]


def test_what_parquet_holds_beside_json_is_kept_as_text(tmp_path, images):
    row = {"id": 12.0, "prompt": "p", "made": datetime(2026, 5, 21, 9, 30), "gt_image": make_png((0, 0, 0))}
    (request,) = read(write_parquet(tmp_path / "rows.parquet", [row]), images).requests

    assert request.id == "12"  # a column with gaps holds whole numbers as fractions
    assert request.extra["made"] == "2026-05-21T09:30:00"
    assert type(request).model_validate_json(request.model_dump_json()) == request


def test_bad_rows_are_named_and_never_cost_the_others(tmp_path, images):
    path = write_lines(
        tmp_path / "rows.jsonl",
        {"id": "a", "prompt": "p"},
        {"id": "a", "prompt": "again"},
        {"id": "c"},
        {"prompt": "no id"},
        {"id": "d", "prompt": "  "},
        {"id": "e", "prompt": "p"},
    )
    rows = read(path, images)

    assert [request.id for request in rows.requests] == ["a", "e"]
    assert [row.where for row in rows.bad] == [f"{path}:{line}" for line in (2, 3, 4, 5)]
    taken, wordless, nameless, blank = (row.problem for row in rows.bad)
    assert f"taken by {path}:1" in taken
    assert "no question or prompt; it has id" in wordless
    assert "id is None" in nameless
    assert "prompt is '  '" in blank


def test_files_that_were_passed_over_are_told(tmp_path, images):
    write_lines(tmp_path / "rows.jsonl", {"id": "a", "prompt": "p", "gt_image": "gone.png"})
    (tmp_path / "rows.json").write_text("[]")

    assert "rows.json passed over" in read(tmp_path, images).told[-1]
