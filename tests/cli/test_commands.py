import json
import tomllib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from genevolve.records import StopReason
from genevolve.store import RunDir
from support.command import genevolve
from support.pictures import opened

FASO = (
    "A poster of the flag of the country whose capital is Ouagadougou, "
    'title "FASO" in bold serif, three red stars above'
)


def write_rows(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_a_request_becomes_a_picture_of_the_wanted_size_where_it_was_wanted(tmp_path):
    done = genevolve("run", FASO, "-o", "faso.png", "--size", "768x1024", "--seed", "7", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert opened(tmp_path / "faso.png").size == (768, 1024)
    assert "picture    faso.png" in done.stdout
    assert "Flag of Burkina Faso (MIT" in done.stdout
    assert "chosen" in done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    assert f"genevolve show {Path('runs') / folder.name}" in done.stdout


def test_the_scene_of_the_picture_holds_what_was_asked(tmp_path):
    genevolve("run", FASO, "--out", "try", cwd=tmp_path)

    (render,) = RunDir.open(tmp_path / "try").read_renders().values()
    assert render.scene is not None
    kinds = [item.kind for item in render.scene.items]
    stars = [item for item in render.scene.items if item.kind == "shape" and item.noun == "star"]
    assert kinds.count("reference") == 1
    assert len(stars) == 3
    assert {star.colour_name for star in stars} == {"red"}
    assert any(item.kind == "text" and item.text == "FASO" for item in render.scene.items)


def test_asking_the_same_again_does_nothing_twice(tmp_path):
    first = genevolve("run", FASO, "--out", "try", "--seed", "7", cwd=tmp_path)
    before = {p: p.read_bytes() for p in (tmp_path / "try").glob("*.jsonl")}
    second = genevolve("run", FASO, "--out", "try", "--seed", "7", cwd=tmp_path)

    assert second.returncode == 0
    assert second.stdout == first.stdout
    assert {p: p.read_bytes() for p in (tmp_path / "try").glob("*.jsonl")} == before


def test_several_attempts_make_several_pictures(tmp_path):
    done = genevolve("run", FASO, "--attempts", "3", "-o", "a.jpg", "--out", "try", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    pictures = [tmp_path / name for name in ("a.jpg", "a.2.jpg", "a.3.jpg")]
    assert [opened(path).format for path in pictures] == ["JPEG"] * 3
    prompts = {t.program.prompt for t in RunDir.open(tmp_path / "try").read_trajectories().values() if t.program}
    assert len(prompts) > 1


def test_a_picture_of_ones_own_is_a_reference(tmp_path):
    out = BytesIO()
    Image.new("RGB", (300, 200), (10, 200, 90)).save(out, "PNG")
    (tmp_path / "mine.png").write_bytes(out.getvalue())
    done = genevolve(
        "run",
        'My logo in the centre, the word "HELLO" above it',
        "--reference",
        "mine.png",
        "--out",
        "try",
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    (trajectory,) = RunDir.open(tmp_path / "try").read_trajectories().values()
    assert trajectory.program is not None
    assert trajectory.program.references[0].digest == trajectory.request.brought[0]
    (picture,) = (tmp_path / "try" / "pictures").iterdir()
    colours = opened(picture).convert("RGB").getcolors(1 << 24)
    assert colours is not None
    assert max(count for count, colour in colours if colour == (10, 200, 90)) > 10_000


def test_a_file_of_requests_is_rolled_out_then_drawn_then_shown(tmp_path):
    rows = [{"id": "ex01", "prompt": FASO}, {"id": "../../x", "prompt": "two red circles"}, {"prompt": "a fox"}]
    write_rows(tmp_path / "prompts.jsonl", *rows)

    rolled = genevolve("rollout", "prompts.jsonl", "--out", "runs/try", "--parallel", "64", cwd=tmp_path)
    assert rolled.returncode == 0, rolled.stderr
    assert "3 attempts at 3 requests: 3 answered" in rolled.stdout
    assert not (tmp_path / "runs/try/pictures").exists()

    drawn = genevolve("render", "runs/try", cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr
    assert "3 programs: 3 drawn, 0 failed" in drawn.stdout
    assert len(list((tmp_path / "runs/try/pictures").iterdir())) == 3
    assert [p.name for p in tmp_path.iterdir() if p.name not in {"runs", "prompts.jsonl", ".cache"}] == []

    listed = genevolve("show", "runs/try", cwd=tmp_path)
    assert "ex01" in listed.stdout
    shown = genevolve("show", "runs/try", "ex01", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    for words in ("Ouagadougou", "image_search", "Flag of Burkina Faso", "text_rendering", "program", "ex01.png"):
        assert words in shown.stdout


def test_another_size_makes_pictures_beside_the_old_ones(tmp_path):
    write_rows(tmp_path / "prompts.jsonl", {"id": "a", "prompt": "two red circles"})
    genevolve("rollout", "prompts.jsonl", "--out", "try", cwd=tmp_path)
    genevolve("render", "try", "--size", "256x256", cwd=tmp_path)
    second = genevolve("render", "try", "--size", "128x256", cwd=tmp_path)

    assert second.returncode == 0, second.stderr
    sizes = {opened(path).size for path in (tmp_path / "try/pictures").iterdir()}
    assert sizes == {(256, 256), (128, 256)}
    assert "the settings differ" in second.stderr
    assert (tmp_path / "try/config.1.toml").exists()


def test_bad_rows_are_named_and_the_others_run(tmp_path):
    write_rows(tmp_path / "prompts.jsonl", {"prompt": "a fox"}, "{half", {"id": "x"}, {"prompt": "a hen"})
    done = genevolve("rollout", "prompts.jsonl", "--out", "try", cwd=tmp_path)

    assert done.returncode == 1
    assert "prompts.jsonl:2" in done.stderr
    assert "prompts.jsonl:3" in done.stderr
    assert "2 attempts at 2 requests: 2 answered" in done.stdout


def test_a_changed_request_under_an_old_id_is_refused(tmp_path):
    write_rows(tmp_path / "prompts.jsonl", {"id": "a", "prompt": "a fox"})
    genevolve("rollout", "prompts.jsonl", "--out", "try", cwd=tmp_path)
    write_rows(tmp_path / "prompts.jsonl", {"id": "a", "prompt": "a hen"})
    done = genevolve("rollout", "prompts.jsonl", "--out", "try", cwd=tmp_path)

    assert done.returncode == 1
    assert "another request with the id 'a'" in done.stderr


@pytest.mark.parametrize("command", [("run", FASO), ("rollout", "prompts.jsonl")])
def test_a_policy_that_is_not_there_leaves_the_config_of_a_run_alone(tmp_path, command):
    write_rows(tmp_path / "prompts.jsonl", {"id": "a", "prompt": "a fox"})
    genevolve(*command, "--out", "one", cwd=tmp_path)
    before = {path.name: path.read_text() for path in (tmp_path / "one").glob("config*")}
    # Nothing is behind the address, so that no model can be chosen.
    wrong = genevolve(*command, "--out", "one", "--policy", "served", "--base-url", "http://127.0.0.1:9", cwd=tmp_path)

    assert wrong.returncode != 0
    assert before
    assert {path.name: path.read_text() for path in (tmp_path / "one").glob("config*")} == before


def test_the_config_says_exactly_what_ran_and_can_be_used_again(tmp_path):
    genevolve("run", FASO, "--out", "one", "--seed", "5", "--size", "256x320", "--without-tool", "search", cwd=tmp_path)
    config = tomllib.loads((tmp_path / "one/config.toml").read_text())

    assert config["genevolve"]["version"]
    assert config["agent"]["tools"] == ["image_search", "query_knowledge"]
    assert config["agent"]["sampling"]["limits"]["max_calls"] == 11
    assert config["draw"]["size"] == {"width": 256, "height": 320}

    again = genevolve("run", FASO, "--out", "two", "--config", "one/config.toml", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "chosen" not in again.stderr
    one, two = (RunDir.open(tmp_path / name) for name in ("one", "two"))
    assert list(one.read_trajectories()) == list(two.read_trajectories())
    assert [r.image for r in one.read_renders().values()] == [r.image for r in two.read_renders().values()]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", ""], "the request is empty"),
        (["run", "a fox", "-o", "fox.tiff"], "expected a name that ends in .png"),
        (["run", "a fox", "-o", "nowhere/fox.png"], "is not there; make it first"),
        (["run", "a fox", "--size", "big"], "such as 768x1024"),
        (["run", "a fox", "--size", "10x10"], "--size 10x10 does not fit"),
        (["run", "a fox", "--size", "99999999999x5"], "does not fit"),
        (["run", "a fox", "--policy", "oracle"], "'oracle'"),
        (["run", "a fox", "--search", "altavista"], "'altavista'"),
        (["run", "a fox", "--renderer", "crayon"], "'crayon'"),
        (["run", "a fox", "--reference", "none.png"], "cannot read the reference"),
        (["run", "a fox", *["--reference", "x.png"] * 3], "a program has at most 2"),
        (["run", "a fox", "--reference", "prompts.txt"], "is no usable picture"),
        (["run", "a fox", "--index", "none.sqlite"], "genevolve index"),
        (["run", "a fox", "--skills", "nowhere"], "nowhere"),
        (["run", "a fox", "--system-prompt", "none.md"], "none.md"),
        (["run", "a fox", "--without-tool", "hammer"], "'hammer'"),
        (["run", "a fox", "--config", "none.toml"], "cannot read the config"),
        (["run", "a fox", "--config", "prompts.txt"], "is not TOML"),
        (["rollout", "none.jsonl"], "there is no file"),
        (["rollout", "empty.jsonl", "--out", "try"], "has no requests in it"),
        (["render", "nowhere"], "is no run folder"),
        (["show", "nowhere"], "is no run folder"),
        (["index", "nowhere"], "nowhere"),
    ],
)
def test_a_mistake_in_the_call_is_told_in_words_with_exit_code_2(tmp_path, arguments, words):
    (tmp_path / "prompts.txt").write_text("a fox\n")
    (tmp_path / "empty.jsonl").write_text("")
    done = genevolve(*arguments, cwd=tmp_path)

    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_show_names_near_ids_and_lists_failures(tmp_path):
    write_rows(tmp_path / "prompts.jsonl", {"id": "fox", "prompt": "a fox"}, {"id": "hen", "prompt": "a hen"})
    genevolve("rollout", "prompts.jsonl", "--out", "try", cwd=tmp_path)

    wrong = genevolve("show", "try", "fux", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "fox" in wrong.stderr
    begun = genevolve("show", "try", "f", cwd=tmp_path)
    assert begun.returncode == 0
    assert "a fox" in begun.stdout
    none = genevolve("show", "try", "--failed", cwd=tmp_path)
    assert none.returncode == 0
    assert "fox" not in none.stdout
    stored = genevolve("show", "try", "fox", "--json", cwd=tmp_path)
    assert json.loads(stored.stdout)["stop"] == StopReason.ANSWERED


def test_doctor_uses_each_part_and_says_what_is_missing(tmp_path):
    done = genevolve("doctor", cwd=tmp_path)

    assert done.returncode == 0, done.stdout
    for words in ("planner", "Flag of Burkina Faso", "things drawn in", "genevolve index FOLDER", "GB free"):
        assert words in done.stdout


def test_the_demo_pins_what_needs_nothing_and_names_its_pictures(tmp_path):
    done = genevolve("demo", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    pictures = [line.split(maxsplit=1)[1] for line in done.stdout.splitlines() if line.startswith("picture")]
    assert len(pictures) >= 3
    assert all((tmp_path / picture).exists() for picture in pictures)


def test_help_teaches_by_an_example(tmp_path):
    done = genevolve("--help", cwd=tmp_path)

    assert done.returncode == 0
    assert "genevolve run" in done.stdout
    for command in ("run", "rollout", "render", "show", "index", "doctor", "demo"):
        assert command in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "a fox", "--policy", "served"],
        ["run", "a fox", "--reference", "none.png"],
        ["run", "a fox", "--dry-run"],
        ["rollout", "empty.jsonl"],
    ],
)
def test_a_command_that_did_nothing_leaves_no_run_behind(tmp_path, arguments):
    (tmp_path / "empty.jsonl").write_text("")
    genevolve(*arguments, cwd=tmp_path)

    assert list(tmp_path.glob("runs/*")) == []


def test_a_picture_without_a_reference_says_why(tmp_path):
    done = genevolve("run", "The flag of Atlantis", cwd=tmp_path)

    assert done.returncode == 0
    assert "reference  none: " in done.stdout
    assert "rather than a wrong one" in done.stdout
