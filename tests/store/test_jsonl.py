import subprocess
import sys
from pathlib import Path

import pytest

from genevolve.errors import StoreError
from genevolve.records import Request
from genevolve.store import Journal, read_records


def journal(path: Path) -> Journal[Request]:
    return Journal(path, Request, key=lambda r: r.id, has_failed=lambda r: r.category == "failed")


def request(number: int, text: str = "a red fox") -> Request:
    return Request(id=f"ex{number:02d}", text=text)


def test_what_was_appended_is_read_back_in_order(tmp_path):
    with journal(tmp_path / "a.jsonl") as requests:
        for number in range(3):
            requests.append(request(number))

    assert list(read_records(tmp_path / "a.jsonl", Request)) == [request(0), request(1), request(2)]


def test_line_separators_of_unicode_do_not_end_a_line(tmp_path):
    odd = request(1, "one\u2028two\u2029three\x85four\x0bfive\x1csix")
    with journal(tmp_path / "a.jsonl") as requests:
        requests.append(odd)

    assert list(read_records(tmp_path / "a.jsonl", Request)) == [odd]


def test_a_file_cut_at_any_byte_keeps_every_whole_line_and_loses_only_the_torn_one(tmp_path):
    path = tmp_path / "a.jsonl"
    with journal(path) as requests:
        for number in range(3):
            requests.append(request(number, "an ökonomisch “quoted” 狐"))
    whole = path.read_bytes()

    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        kept = whole[:cut].count(b"\n")
        with journal(path) as requests:
            assert list(requests.failed_by_key) == [f"ex{n:02d}" for n in range(kept)]
            assert requests.torn_bytes == cut - (whole[:cut].rfind(b"\n") + 1)
            for number in range(kept, 3):
                requests.append(request(number, "an ökonomisch “quoted” 狐"))
        assert path.read_bytes() == whole


def test_a_torn_line_longer_than_a_block_is_cut_off(tmp_path):
    path = tmp_path / "a.jsonl"
    with journal(path) as requests:
        requests.append(request(0))
    whole = path.read_bytes()
    path.write_bytes(whole + b"x" * 3_000_000)

    with journal(path) as requests:
        assert requests.torn_bytes == 3_000_000
    assert path.read_bytes() == whole


def test_a_reader_passes_over_a_line_that_is_still_being_written(tmp_path):
    path = tmp_path / "a.jsonl"
    with journal(path) as requests:
        requests.append(request(0))
    path.write_bytes(path.read_bytes() + b'{"id": "ex')

    assert [r.id for r in read_records(path, Request)] == ["ex00"]


def test_a_broken_line_in_the_middle_is_named_with_its_file_and_line(tmp_path):
    path = tmp_path / "a.jsonl"
    with journal(path) as requests:
        requests.append(request(0))
        requests.append(request(1))
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b'{"id": 7}\n' + second)

    with pytest.raises(StoreError, match=r"a\.jsonl:2 is not a Request"):
        journal(path)


def test_a_line_of_a_newer_package_is_refused_in_words(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"schema_version": 999, "id": "a", "text": "b"}\n')

    with pytest.raises(StoreError, match="install a newer genevolve"):
        list(read_records(path, Request))


def test_the_latest_record_of_a_key_says_whether_it_failed(tmp_path):
    path = tmp_path / "a.jsonl"
    with journal(path) as requests:
        requests.append(Request(id="a", text="x", category="failed"))
        assert requests.failed_by_key == {"a": True}
        requests.append(Request(id="a", text="x"))

    with journal(path) as requests:
        assert requests.failed_by_key == {"a": False}


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path):
    """A real write that stops half-way: the process may write no file past 300 bytes."""
    path = tmp_path / "a.jsonl"
    with journal(path) as requests:
        requests.append(request(0))
    whole = path.read_bytes()
    script = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
from pathlib import Path
from genevolve.errors import StoreError
from genevolve.records import Request
from genevolve.store import Journal
journal = Journal(Path({str(path)!r}), Request, key=lambda r: r.id, has_failed=lambda r: False)
try:
    journal.append(Request(id="big", text="x" * 1000))
except StoreError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert "Everything before is kept" in done.stdout
    assert path.read_bytes() == whole
