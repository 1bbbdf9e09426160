import json
from pathlib import Path

import pytest

from genevolve.errors import RequestError
from genevolve.store import ImageStore, read_request_file


def read(path: Path):
    return read_request_file(path, ImageStore(path.parent / "images"))


def write(path: Path, *lines: str | bytes) -> Path:
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\n")
    return path


def test_rows_have_a_prompt_a_question_or_a_text_and_keep_their_other_fields(tmp_path):
    path = write(
        tmp_path / "a.jsonl",
        '{"id": "a", "prompt": "a fox", "seed": 3}',
        '{"id": 7, "question": "a hen"}',
        '{"text": "a cat"}',
    )
    requests, bad = read(path)

    assert [(r.id, r.text) for r in requests] == [("a", "a fox"), ("7", "a hen"), ("0003", "a cat")]
    assert requests[0].extra == {"seed": 3}
    assert bad == []


def test_one_bad_row_among_a_thousand_is_named_and_the_others_run(tmp_path):
    rows = [json.dumps({"id": str(n), "prompt": f"{n} foxes"}) for n in range(1000)]
    rows[499] = '{"id": "499", "prompt": '
    requests, bad = read(write(tmp_path / "a.jsonl", *rows))

    assert len(requests) == 999
    assert [row.where for row in bad] == [f"{tmp_path}/a.jsonl:500"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"id": "x"}', "has no prompt or question or text"),
        ('{"prompt": ""}', "expected words"),
        ('{"prompt": "   "}', "expected words"),
        ('{"prompt": 5}', "expected words"),
        ('{"prompt": null}', "expected words"),
        ('{"prompt": "a", "id": ""}', "expected a name or a number"),
        ('{"prompt": "a", "id": ["b"]}', "expected a name or a number"),
        ('{"prompt": "a", "id": true}', "expected a name or a number"),
        ('{"prompt": "a", "id": "' + "x" * 5000 + '"}', "5,000 characters"),
        ('{"prompt": "a", "id": "a\\u0000b"}', "cannot be printed"),
        ('{"prompt": "a", "n": NaN}', "NaN is not JSON"),
        ('["a"]', "expected a JSON object"),
        ("a fox", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('{"prompt": "a", "references": "mine.png"}', "expected a list"),
        ('{"prompt": "a", "references": ["missing.png"]}', "missing.png"),
        (b'{"prompt": "caf\xe9"}', "is not UTF-8"),
        ('{"prompt": "' + "x" * 200_000 + '"}', "200,000 characters"),
    ],
)
def test_a_bad_row_says_what_is_wrong_and_the_next_one_runs(tmp_path, row, problem):
    requests, bad = read(write(tmp_path / "a.jsonl", row, '{"prompt": "a fox"}'))

    assert [r.text for r in requests] == ["a fox"]
    assert bad[0].where.endswith("a.jsonl:1")
    assert problem in bad[0].problem


def test_duplicate_ids_name_both_lines(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"id": "a", "prompt": "x"}', "", '{"id": "a", "prompt": "y"}')
    requests, bad = read(path)

    assert [r.text for r in requests] == ["x"]
    assert bad[0].where.endswith(":3")
    assert "a.jsonl:1" in bad[0].problem


def test_a_byte_order_mark_and_windows_line_ends_are_read_through(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"prompt": "a fox"}\r\n{"prompt": "a hen"}\r\n')

    requests, bad = read(path)
    assert [r.text for r in requests] == ["a fox", "a hen"]
    assert bad == []


def test_a_line_separator_of_unicode_inside_a_row_is_text(tmp_path):
    requests, bad = read(write(tmp_path / "a.jsonl", '{"prompt": "a\u2028fox"}'))

    assert requests[0].text == "a\u2028fox"
    assert bad == []


def test_escapes_that_no_file_can_hold_become_replacement_characters(tmp_path):
    requests, _ = read(write(tmp_path / "a.jsonl", r'{"id": "a\udc00", "prompt": "x \ud800 y", "k": ["\ud800"]}'))

    assert (requests[0].id, requests[0].text, requests[0].extra) == ("a\ufffd", "x \ufffd y", {"k": ["\ufffd"]})
    requests[0].model_dump_json()


def test_a_half_written_last_row_is_named(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"prompt": "a fox"}\n{"prompt": "a h')

    requests, bad = read(path)
    assert len(requests) == 1
    assert bad[0].where.endswith(":2")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error_that_shows_a_row(tmp_path, content):
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(RequestError, match="has no requests in it"):
        read(tmp_path / "a.jsonl")


def test_a_missing_file_a_folder_and_an_unknown_kind_are_errors_in_words(tmp_path):
    with pytest.raises(RequestError, match="cannot read"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(RequestError, match="is a folder"):
        read(tmp_path)
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(RequestError, match="unknown kind"):
        read(tmp_path / "a.docx")
    (tmp_path / "a.jsonl").write_bytes('{"prompt": "a"}'.encode("utf-16"))
    with pytest.raises(RequestError, match="UTF-16"):
        read(tmp_path / "a.jsonl")


def test_json_arrays_tables_and_plain_lines_are_read_too(tmp_path):
    assert [r.text for r in read(write(tmp_path / "a.json", '[{"prompt": "a fox"}, {"question": "b"}]'))[0]] == [
        "a fox",
        "b",
    ]
    assert [r.text for r in read(write(tmp_path / "a.tsv", "Prompt\tCategory", 'a sign "HI\tx'))[0]] == ['a sign "HI']
    assert [r.text for r in read(write(tmp_path / "a.csv", "id,prompt", 'k,"a, b"'))[0]] == ["a, b"]
    assert [r.text for r in read(write(tmp_path / "a.txt", "a fox", "", "a hen"))[0]] == ["a fox", "a hen"]


def test_pictures_of_a_row_are_stored_and_named_by_digest(tmp_path, png):
    (tmp_path / "mine.png").write_bytes(png)
    requests, bad = read(write(tmp_path / "a.jsonl", '{"prompt": "like this", "references": ["mine.png"]}'))

    assert bad == []
    assert ImageStore(tmp_path / "images").read(requests[0].brought[0]) == png


def test_the_requests_of_another_run_bring_their_pictures_along(tmp_path, png):
    first = tmp_path / "first"
    first.mkdir()
    (first / "mine.png").write_bytes(png)
    requests, _ = read(write(first / "a.jsonl", '{"prompt": "like this", "references": ["mine.png"]}'))
    write(first / "requests.jsonl", requests[0].model_dump_json())

    store = ImageStore(tmp_path / "second")
    again, bad = read_request_file(first / "requests.jsonl", store)

    assert again == requests
    assert bad == []
    assert store.read(requests[0].brought[0]) == png
