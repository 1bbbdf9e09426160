"""What the comparison page is given: both answers to every request, and the figures of the comparison."""

import json
import re

import pytest

from genevolve.evaluate.compare import Side, compare
from genevolve.report.comparison import Shown, write_comparison
from genevolve.store import RunDir
from support.command import genevolve
from support.pictures import make_png
from support.reported import bench_run
from support.scored import attempt, benchmark, requests, unanswered

GOOD, HALF, BAD = (1, 1, 1, 1), (1, 0.5, 0, 1), (0, 0, 0, 0)  # KScore 1, 0.4, 0


def shown(folder, asked, made):
    run = RunDir.create(folder)
    return Shown(run=run, side=Side(name=str(folder), suite=benchmark(), requests=asked, attempts=made(run)))


def block_of(one, other, path):
    write_comparison(compare(one.side, other.side), (one, other), path)
    page = path.read_text(encoding="utf-8")
    read = {
        name: json.loads(text)
        for name, text in re.findall(r'<script type="application/json" id="json-(.+?)">(.*?)</script>', page)
    }
    return read["comparison"], read["pictures"], page


def drawn(asked, *scores, grey=10):
    """Attempts whose pictures are in the run."""

    def made(run):
        return [
            attempt(request, some, image=run.images.add(make_png((grey, number, 0))))
            for number, (request, some) in enumerate(zip(asked, scores, strict=True))
        ]

    return made


def test_every_request_of_both_is_there_the_most_changed_first(tmp_path):
    asked = requests(*"abc")
    one = shown(tmp_path / "one", asked, drawn(asked, HALF, HALF, HALF))
    other = shown(tmp_path / "other", asked, drawn(asked, HALF, BAD, GOOD, grey=90))
    block, pictures, _ = block_of(one, other, tmp_path / "page.html")

    assert [(r["id"], r["values"]) for r in block["requests"]] == [("c", [0.4, 1]), ("b", [0.4, 0]), ("a", [0.4, 0.4])]
    assert [side["name"] for side in block["sides"]] == ["one", "other"]
    headline = next(figure for figure in block["figures"] if figure["name"] == block["headline"])
    # (0 - 0.4 + 0.6) / 3
    assert headline["difference"] == pytest.approx(0.2 / 3, abs=1e-6)
    assert (headline["wins"], headline["ties"], headline["losses"]) == (1, 1, 1)
    both = [[side[0]["picture"] for side in r["attempts"]] for r in block["requests"]]
    assert len({digest for pair in both for digest in pair}) == 6
    assert all(digest in pictures for pair in both for digest in pair)


def test_what_was_not_drawn_says_why(tmp_path):
    asked = requests("a")
    one = shown(tmp_path / "one", asked, drawn(asked, HALF))
    other = shown(tmp_path / "other", asked, lambda _: [unanswered(asked[0])])
    block, _, _ = block_of(one, other, tmp_path / "page.html")
    (attempts,) = [request["attempts"] for request in block["requests"]]
    assert attempts[0][0]["failed"] is None
    assert attempts[1][0]["failed"] == "rollout: no answer in the last reply"


def test_the_target_is_shown_once_from_whichever_run_has_it(tmp_path):
    blue = make_png((0, 0, 255))
    asked = requests("a")
    other = shown(tmp_path / "other", asked, drawn(asked, GOOD))
    target = other.run.images.add(blue)
    asked = [request.but(target=target) for request in asked]
    one = shown(tmp_path / "one", asked, drawn(asked, HALF, grey=90))
    block, pictures, _ = block_of(one, other, tmp_path / "page.html")
    assert block["requests"][0]["target"] == target
    assert target in pictures


def test_runs_whose_folders_end_alike_are_told_apart_by_their_whole_names(tmp_path):
    asked = requests("a")
    one = shown(tmp_path / "x" / "run", asked, drawn(asked, HALF))
    other = shown(tmp_path / "y" / "run", asked, drawn(asked, GOOD, grey=90))
    block, _, _ = block_of(one, other, tmp_path / "page.html")
    assert [side["name"] for side in block["sides"]] == [str(tmp_path / "x" / "run"), str(tmp_path / "y" / "run")]


def test_markup_in_a_request_cannot_end_the_data_it_stands_in(tmp_path):
    asked = [request.but(text="</script><script>alert(1)</script><!--") for request in requests("a")]
    one, other = (shown(tmp_path / name, asked, drawn(asked, HALF)) for name in ("one", "other"))
    block, _, page = block_of(one, other, tmp_path / "page.html")
    assert block["requests"][0]["text"] == asked[0].text
    assert "alert(1)</script" not in page


async def test_the_command_writes_the_page_beside_the_second_run(tmp_path):
    for policy in ("direct", "planner"):
        await bench_run(tmp_path / policy, policy, limit=2)
    done = genevolve("compare", "direct", "planner", "--html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = tmp_path / "planner" / "comparison.html"
    assert "page    planner/comparison.html" in done.stdout
    # The first run's pictures are reached from where the page is.
    assert '"../direct/images/' in page.read_text(encoding="utf-8")
