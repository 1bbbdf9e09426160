"""`genevolve report`: the page of a run, from the folder to the file."""

import asyncio
import shutil
from urllib.parse import unquote

import pytest

from genevolve.errors import UsageError
from genevolve.records import ToolCall
from genevolve.report.run_page import write_report
from genevolve.store import RunDir
from genevolve.store.budget import Prices
from support.command import genevolve
from support.mishaps import HOSTILE, LONG, SCRIPT_PAGE
from support.paged import read_page
from support.reported import bench_run, unlucky_run


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return asyncio.run(bench_run(tmp_path_factory.mktemp("runs") / "bench", "planner", limit=4, attempts=2))


@pytest.fixture(scope="module")
def unlucky(tmp_path_factory):
    return asyncio.run(unlucky_run(tmp_path_factory.mktemp("runs") / "unlucky"))


@pytest.fixture(scope="module")
def page(bench):
    return read_page(write_report(bench).path)


def test_every_attempt_of_a_run_is_on_its_page_in_short_and_in_full(bench, page):
    rows, details = page.json("gallery"), page.details()
    assert {row["id"] for row in rows} == set(bench.read_trajectories())
    assert [row["id"] for row in rows] == [one["id"] for one in details]
    for row, one in zip(rows, details, strict=True):
        assert page.unpacked(f"attempts-{row['block']}")["attempts"][row["place"]] == one


def test_each_turn_has_what_was_thought_asked_and_found(bench, page):
    trajectories = bench.read_trajectories()
    for one in page.details():
        made = trajectories[one["id"]]
        assert [turn["reply"] for turn in one["turns"]] == [turn.reply for turn in made.turns]
        assert all(turn["thought"] in turn["reply"] for turn in one["turns"])
        calls = [turn.action for turn in made.turns if isinstance(turn.action, ToolCall)]
        assert [t["action"]["tool"] for t in one["turns"] if t["action"]["kind"] == "call"] == [c.name for c in calls]
        assert one["images"].keys() == {image.ref for image in made.images}
        listed = [
            ref for turn in one["turns"] for m in turn["heard"] for a in m.get("answers", ()) for ref in a["refs"]
        ]
        assert set(listed) == one["images"].keys()


def test_the_pieces_of_a_prompt_are_the_prompt(bench, page):
    trajectories = bench.read_trajectories()
    for one in page.details():
        program = trajectories[one["id"]].program
        assert "".join(piece["text"] for piece in one["program"]["prompt"]) == program.prompt
        named = {n for piece in one["program"]["prompt"] for n in piece.get("references", ())}
        assert named == set(range(1, len(program.references) + 1))


def test_texts_that_attempts_share_stand_once_in_a_block(page):
    block = page.unpacked("attempts-0")
    system = block["attempts"][0]["turns"][0]["heard"][0]
    assert system["kind"] == "system"
    assert "image-generation agent" in block["texts"][system["text"]]
    assert len(block["texts"]) == len(set(block["texts"]))
    others = [one["turns"][0]["heard"][0]["text"] for one in block["attempts"]]
    assert set(others) == {system["text"]}


def test_every_picture_is_carried_or_lies_where_the_page_says(bench, page):
    index = page.json("pictures")
    for row in page.json("gallery"):
        width, height, block, _, path = index[row["picture"]]
        assert (width, height) == (400, 400)
        assert page.json(f"pictures-{block}")[row["picture"]].startswith("data:image/webp;base64,")
        assert (bench.root / unquote(path)).is_file()
    found = {image["digest"] for one in page.details() for image in one["images"].values()}
    assert found
    assert all((bench.root / unquote(index[digest][4])).is_file() for digest in found)


def test_credits_name_every_reference_with_licence_author_and_source(bench, page):
    used = {r.digest for t in bench.read_trajectories().values() for r in t.program.references}
    rows = page.json("credits")
    assert {row["digest"] for row in rows} == used
    assert all(row["licence"] and row["author"] and row["page_url"].startswith("https://") for row in rows)


def test_a_page_that_carries_everything_needs_no_folder(bench, tmp_path):
    alone = tmp_path / "alone.html"
    written = write_report(bench, out=alone, embed="full")
    page = read_page(alone)
    assert written.path == alone
    assert all(entry[4] is None and entry[3] is not None for entry in page.json("pictures").values())
    drawn = page.json("gallery")[0]["picture"]
    whole = page.json(f"whole-{page.json('pictures')[drawn][3]}")[drawn]
    assert whole.startswith("data:image/png;base64,")


def test_hostile_words_stay_words(unlucky):
    page = read_page(write_report(unlucky).path)
    row = next(row for row in page.json("requests") if row["id"] == "hostile")
    assert row["text"] == HOSTILE[:1000]
    long = next(row for row in page.json("requests") if row["id"] == "__proto__")
    assert (len(long["text"]), long["cut"]) == (1000, True)
    everything = " ".join(page.unpacked("attempts-0")["texts"])
    assert LONG in everything
    frame = "html head meta link title style script body a header p bdi nav button main noscript"
    assert page.tags == set(frame.split())
    assert not any("javascript:" in address for address in page.addresses)
    assert SCRIPT_PAGE in str(page.details())


def test_what_went_wrong_is_on_the_page_in_words(unlucky):
    page = read_page(write_report(unlucky).path)
    requests = [row["id"] for row in page.json("requests")]
    rows = {requests[row["request"]]: row for row in page.json("gallery")}
    assert rows["endless"]["stop"] == "out of turns"
    assert rows["endless"]["why"].startswith("No program, by fault of the policy")
    assert rows["silent"]["why"].startswith("No program, by fault of the world: the policy server answered 503")
    assert rows["undrawn"]["why"].startswith("Not drawn: the renderer answered 500")
    assert rows["repaired"]["marks"] == {"malformed": 1}
    assert rows["mended"]["marks"]["mended"] > 0
    by_id = {one["id"]: one for one in page.details()}
    assert (
        by_id[rows["unjudged"]["id"]]["renders"][0]["verdicts"][0]["failure"]["what"] == "its reply has no JSON object"
    )
    heard = [m["kind"] for turn in by_id[rows["repaired"]["id"]]["turns"] for m in turn["heard"]]
    assert heard[:3] == ["system", "request", "reminder"]


def test_steps_have_a_cost_where_calls_have_a_price(bench, tmp_path):
    prices = Prices(search=0.01, image_search=0.02, render=0.5)
    page = read_page(write_report(bench, out=tmp_path / "priced.html", prices=prices).path)
    for one in page.details():
        for turn in one["turns"]:
            action = turn["action"]
            # One price for each query of a search; skills are free.
            each = {"search": 0.01, "image_search": 0.02}.get(action.get("tool", ""))
            assert turn["cost"] == (None if each is None else pytest.approx(each * len(action["queries"])))
        assert one["renders"][0]["cost"] == 0.5


def test_a_run_whose_pictures_are_gone_still_has_a_page(bench, tmp_path):
    copied = tmp_path / "copied"
    shutil.copytree(bench.root, copied, ignore=shutil.ignore_patterns("images", "pictures"))
    written = write_report(RunDir.open(copied))
    page = read_page(written.path)
    assert page.json("pictures") == {}
    assert written.lost > 0
    assert len(page.json("gallery")) == 8


def test_views_that_a_run_has_nothing_for_are_left_out(bench, unlucky, page):
    assert page.json("views") == ["gallery", "attempt", "groups", "credits"]
    assert read_page(write_report(unlucky).path).json("views") == ["gallery", "attempt", "credits"]


def test_a_run_without_attempts_is_refused_in_words(tmp_path):
    run = RunDir.create(tmp_path / "empty")
    run.requests.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="no attempts yet"):
        write_report(run)


def test_the_command_writes_the_page_into_the_run_and_says_where(bench, tmp_path):
    done = genevolve("report", bench.root, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "8 attempts" in done.stdout
    assert str(bench.root / "report.html") in done.stdout
    assert genevolve("report", tmp_path, cwd=tmp_path).returncode == 2


def test_writing_it_again_gives_the_same_page(bench):
    first = write_report(bench).path.read_bytes()
    assert write_report(bench).path.read_bytes() == first
