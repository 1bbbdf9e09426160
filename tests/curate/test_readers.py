import json
import os
from pathlib import Path

import pytest

from genevolve.curate.readers import Row, find_data_files, read_rows
from genevolve.errors import RequestError
from genevolve.store import BadRow
from support.rows import write_parquet

ROWS = [{"id": 1, "prompt": "a fox"}, {"id": 2, "prompt": "a hen"}]
LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00ff\nsize 1234\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def fields(path: Path) -> list[dict[str, object]]:
    rows = list(read_rows(path))
    assert all(isinstance(row, Row) for row in rows)
    return [row.fields for row in rows]


def test_the_same_rows_come_from_every_layout(tmp_path):
    array = write(tmp_path / "array.json", json.dumps(ROWS, indent=2))
    under_a_key = write(tmp_path / "object.json", json.dumps({"version": 2, "data": ROWS}))
    lines = write(tmp_path / "rows.jsonl", "\n".join(map(json.dumps, ROWS)))
    lines_named_json = write(tmp_path / "lines.json", "\n".join(map(json.dumps, ROWS)))
    table = write_parquet(tmp_path / "rows.parquet", ROWS)

    for path in (array, under_a_key, lines, lines_named_json, table):
        assert fields(path) == ROWS, path


def test_a_row_says_where_it_stands(tmp_path):
    lines = write(tmp_path / "rows.jsonl", '\n{"id": 1}\n')
    array = write(tmp_path / "array.json", '[{"id": 1}]')
    table = write_parquet(tmp_path / "rows.parquet", [{"id": 1}])

    assert [row.where for row in read_rows(lines)] == [f"{lines}:2"]
    assert [row.where for row in read_rows(array)] == [f"{array} (row 1)"]
    assert [row.where for row in read_rows(table)] == [f"{table} (row 1)"]


def test_a_torn_line_is_named_and_the_others_are_read(tmp_path):
    path = write(tmp_path / "rows.jsonl", '{"id": 1}\n{"id": 2, "pro\n[3]\n{"id": 4}\n')
    first, torn, no_object, last = read_rows(path)

    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert last.fields == {"id": 4}
    assert isinstance(torn, BadRow)
    assert torn.where == f"{path}:2"
    assert "not a JSON object" in torn.problem
    assert isinstance(no_object, BadRow)
    assert "list" in no_object.problem


def test_a_torn_array_is_refused_with_the_number_of_its_last_whole_row(tmp_path):
    path = write(tmp_path / "rows.json", json.dumps([*ROWS, {"id": 3}], indent=1)[:-8])

    with pytest.raises(RequestError, match=r"rows\.json' is not JSON after row 2: .* Download it again"):
        list(read_rows(path))


def test_an_object_must_tell_which_of_its_lists_are_the_rows(tmp_path):
    two = write(tmp_path / "two.json", json.dumps({"train": ROWS, "test": ROWS}))
    none = write(tmp_path / "none.json", json.dumps({"card": {"licence": "none"}}))

    with pytest.raises(RequestError, match="test and train"):
        list(read_rows(two))
    with pytest.raises(RequestError, match="holds no rows"):
        list(read_rows(none))


@pytest.mark.parametrize("name", ["rows.json", "rows.jsonl", "rows.parquet"])
def test_a_git_lfs_pointer_is_told_from_data(tmp_path, name):
    path = write(tmp_path / name, LFS_POINTER)

    with pytest.raises(RequestError, match=r"git-LFS pointer.*git lfs pull"):
        list(read_rows(path))


def test_damaged_parquet_is_refused_by_name(tmp_path):
    path = write_parquet(tmp_path / "rows.parquet", ROWS)
    path.write_bytes(path.read_bytes()[:-10])

    with pytest.raises(RequestError, match=r"rows\.parquet' cannot be read as Parquet after row 0"):
        list(read_rows(path))


def test_bytes_that_are_no_text_are_refused_by_name(tmp_path):
    path = tmp_path / "rows.json"
    path.write_bytes(b'[{"prompt": "caf\xe9"}]')

    # The seventeenth byte is the first of no character: [{"prompt": "caf has sixteen.
    with pytest.raises(RequestError, match=r"rows\.json' is not UTF-8 \(byte 17\)"):
        list(read_rows(path))


def test_a_hub_folder_is_its_shards_in_order_and_nothing_else(tmp_path):
    for number in (10, 2, 1):
        write(tmp_path / "data" / f"test-{number}.jsonl", json.dumps({"id": number}))
    write(tmp_path / "README.md", "# A data set")
    write(tmp_path / "dataset_infos.json", "{}")
    write(tmp_path / ".cache" / "rows.jsonl", json.dumps({"id": 99}))
    write(tmp_path / ".hidden.jsonl", json.dumps({"id": 98}))

    assert [row["id"] for row in fields(tmp_path)] == [1, 2, 10]


def test_of_several_kinds_of_files_one_is_read_and_the_others_are_named(tmp_path):
    table = write_parquet(tmp_path / "data" / "test.parquet", ROWS)
    again = write(tmp_path / "test.jsonl", json.dumps(ROWS[0]))
    data = find_data_files(tmp_path)

    assert data.files == (table,)
    assert data.passed_over == (again,)


def test_shards_may_be_links_as_in_the_cache_of_a_hub(tmp_path):
    kept = write(tmp_path / "blobs" / "0f", json.dumps(ROWS))
    shard = tmp_path / "snapshot" / "test.json"
    shard.parent.mkdir()
    shard.symlink_to(os.path.relpath(kept, shard.parent))

    assert fields(tmp_path / "snapshot") == ROWS


def test_what_has_no_rows_says_what_was_expected(tmp_path):
    write(tmp_path / "README.md", "# A data set")

    with pytest.raises(RequestError, match=r"has no file of rows; expected \*\.parquet"):
        list(read_rows(tmp_path))
    with pytest.raises(RequestError, match="unknown kind"):
        list(read_rows(tmp_path / "README.md"))
    for name in ("nothing", "nothing.jsonl", "nothing.parquet"):
        with pytest.raises(RequestError, match=f"there is no file or folder '.*{name}'"):
            list(read_rows(tmp_path / name))
