import base64
import csv
import json
import math
import re
import shutil
from pathlib import Path

import pytest

from genevolve import open_agent
from genevolve.errors import RequestError, ScoreError, StoreError
from genevolve.evaluate.released import Exported, export_results
from genevolve.evaluate.released_import import Models, import_results
from genevolve.evaluate.suites.any_run import any_run
from genevolve.evaluate.summary import summarise
from genevolve.pipeline import read_attempts, with_verdicts
from genevolve.records import Answer, FoundImage, JudgeInfo, StopReason, ToolCall, Track, Verdict
from genevolve.store import RunDir
from support.pictures import make_png
from support.scored import KSCORE, attempt, requests, unanswered

GOOD, HALF = (1, 1, 1, 1), (1, 0.5, 0, 1)  # KScore 1 and 0.4


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A run of the planner over two requests, one of which needs a flag."""
    agent = open_agent(tmp_path_factory.mktemp("drawn") / "run")
    for text in ("A poster of the flag of the country whose capital is N'Djamena", 'two red circles, title "HI"'):
        assert agent.answer(text).render is not None
    return agent.run


@pytest.fixture
def run(drawn, tmp_path):
    """A copy of it, its two drawings judged, the second needing no text."""
    run = RunDir(Path(shutil.copytree(drawn.root, tmp_path / "run")))
    with run.verdict_journal() as journal:
        for made, scores, needs_text in zip(read_attempts(run), (HALF, GOOD), (True, False), strict=True):
            assert made.render is not None
            like = attempt(made.trajectory.request, scores, text_required=needs_text).image_verdict
            assert like is not None
            journal.append(like.but(of=made.render.id))
    return run


def export(run: RunDir, out: Path, judge: JudgeInfo | None = KSCORE) -> Exported:
    attempts = with_verdicts(read_attempts(run), run.read_verdicts(), image=judge)
    return export_results(run, out, requests=list(run.read_requests().values()), attempts=attempts)


def read(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def judged_by(model: str | None) -> JudgeInfo:
    return JudgeInfo(name="kscore", model=model, settings={"imported": True})


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text(json.dumps(list(rows)), encoding="utf-8")
    return path


ROW = {
    "prompt": "a red bird",
    "gen_prompt": "A red bird.",
    "reference_images": [],
    "messages": [
        {"role": "system", "content": "Draw."},
        {"role": "user", "content": "a red bird"},
        {"role": "assistant", "content": '<answer>{"gen_prompt": "A red bird.", "reference_images": []}</answer>'},
    ],
    "termination": "answer",
    "rounds": 1,
    "error": None,
    "id": 7,
}
SCORED = {"rationale": "fine", "faithfulness": 1, "visual_correctness": 0.5, "text_accuracy": 0, "aesthetics": 1}


def test_a_row_has_the_released_fields_and_its_pictures_lie_beside_it(run, tmp_path):
    exported = export(run, tmp_path / "out")
    first = read(tmp_path / "out" / "results.json")[0]

    assert exported.rows == 2
    assert list(first)[:8] == [*"prompt gen_prompt reference_images messages termination rounds error id".split()]
    assert (first["termination"], first["error"], first["success"], first["image_status"]) == (
        "answer",
        None,
        True,
        "ok",
    )
    assert [m["role"] for m in first["messages"]][:3] == ["system", "user", "assistant"]
    assert sum(m["role"] == "assistant" for m in first["messages"]) == first["rounds"]
    [reference] = first["reference_images"]
    assert list(reference) == ["img_id", "note", "local_path", "url", "title", "page_url"]
    assert "Chad" in reference["title"]
    stored = read_attempts(run)[0]
    assert stored.render is not None
    assert stored.render.image is not None
    assert (tmp_path / "out" / first["output_path"]).read_bytes() == run.images.read(stored.render.image)
    assert (tmp_path / "out" / reference["local_path"]).is_file()
    shown = [part for m in first["messages"] if isinstance(m["content"], list) for part in m["content"]]
    paths = [part["image_url"]["url"] for part in shown if part["type"] == "image_url"]
    assert paths
    assert all((tmp_path / "out" / path).is_file() for path in paths)


@pytest.mark.parametrize("name", ["results.json", "results_eval.json"])
def test_export_import_export_gives_the_same_rows(run, tmp_path, name):
    export(run, tmp_path / "out")
    again = RunDir.create(tmp_path / "again")
    imported = import_results(tmp_path / "out" / name, again, models=Models(judge="looker"))
    export(again, tmp_path / "third", judged_by("looker"))

    assert imported.bad == []
    assert imported.told == []
    assert read(tmp_path / "third" / name) == read(tmp_path / "out" / name)


def test_an_import_that_is_repeated_adds_nothing(run, tmp_path):
    export(run, tmp_path / "out")
    again = RunDir.create(tmp_path / "again")
    first = import_results(tmp_path / "out" / "results_eval.json", again)
    before = {path: path.read_bytes() for path in again.root.glob("*.jsonl")}
    second = import_results(tmp_path / "out" / "results_eval.json", again)

    assert first.new == {"requests": 2, "trajectories": 2, "renders": 2, "verdicts": 2}
    assert set(second.new.values()) == {0}
    assert {path: path.read_bytes() for path in again.root.glob("*.jsonl")} == before


def test_scores_join_a_run_that_was_imported_without_them(run, tmp_path):
    export(run, tmp_path / "out")
    again = RunDir.create(tmp_path / "again")
    assert import_results(tmp_path / "out" / "results.json", again).new["verdicts"] == 0
    assert import_results(tmp_path / "out" / "results_eval.json", again).new == {
        "requests": 0,
        "trajectories": 0,
        "renders": 0,
        "verdicts": 2,
    }


def test_an_imported_conversation_is_the_one_that_was_held(run, tmp_path):
    export(run, tmp_path / "out")
    again = RunDir.create(tmp_path / "again")
    import_results(tmp_path / "out" / "results.json", again)

    for was, now in zip(read_attempts(run), read_attempts(again), strict=True):
        assert [turn.reply for turn in now.trajectory.turns] == [turn.reply for turn in was.trajectory.turns]
        assert [turn.action for turn in now.trajectory.turns] == [turn.action for turn in was.trajectory.turns]
        assert [m.role for t in now.trajectory.turns for m in t.heard] == [
            m.role for t in was.trajectory.turns for m in t.heard
        ]
        assert now.trajectory.program == was.trajectory.program
        assert [_known(image) for image in now.trajectory.images] == [_known(image) for image in was.trajectory.images]
        assert now.render is not None
        assert was.render is not None
        assert now.render.image == was.render.image
        assert now.trajectory.policy.name == now.render.renderer.name == "imported"


def _known(image: FoundImage) -> tuple[object, ...]:
    return image.ref, image.digest, image.title, image.image_url, image.found_by


def test_summary_files_are_as_the_released_evaluator_writes_them(tmp_path):
    # Two knowledge-anchored rows, one scored 0.4, one that failed; one quality-anchored without text, 0.1+0.4+0.2+0.1.
    run, asked = (
        RunDir.create(tmp_path / "run"),
        requests("a", "b", "c", track=Track.KNOWLEDGE_ANCHORED, category="flags"),
    )
    asked[2] = asked[2].but(track=Track.QUALITY_ANCHORED, category="type", difficulty="hard")
    image = run.images.add(make_png((1, 2, 3)))
    made = [
        attempt(asked[0], HALF, image=image),
        attempt(asked[1], image=image),
        attempt(asked[2], (1, 1, 0.5, 1), text_required=False, image=image),
    ]
    export_results(run, tmp_path / "out", requests=asked, attempts=made)
    rows = read(tmp_path / "out" / "results_eval.json")
    numbers = read(tmp_path / "out" / "summary.json")

    assert rows[0]["scores"] == {**SCORED, "rationale": "seen", "overall": 0.4}
    assert (rows[1]["eval_success"], rows[1]["scores"]) == (False, None)
    assert "nothing that can be read" in rows[1]["error"]
    assert (rows[2]["scores"]["overall"], rows[2]["scores"]["text_accuracy_na"]) == (0.8, True)
    assert [row["summary_type"] for row in rows[3:]] == [
        "eval_type:Knowledge-Anchored",
        "eval_type:Quality-Anchored",
        "overall_avg",
    ]
    # Text accuracy over the one row that needs text: 0; overall from the means: 0.1*1 + 0.4*0.75 + 0.4*0 + 0.1*1.
    assert rows[-1]["avg_scores"] == pytest.approx(
        {"faithfulness": 1, "visual_correctness": 0.75, "text_accuracy": 0, "aesthetics": 1, "overall": 0.5}
    )
    assert rows[-1]["count"] == 2
    # Here text accuracy has 0.5 where none is needed, and the overall is the mean of rows: (0.4 + 0.8) / 2.
    assert numbers["all"] == {
        "faithfulness": 1,
        "visual_correctness": 0.75,
        "text_accuracy": 0.25,
        "aesthetics": 1,
        "overall": 0.6,
        "count_eval_success": 2,
        "denominator": 3,
        "missing_or_failed": 1,
        "overall_missing_zero": 0.4,  # 0.6 * 2 / 3
    }
    assert (numbers["total_cases"], numbers["missing_case_ids"], numbers["failed_case_ids"]) == (3, [], ["b"])
    with (tmp_path / "out" / "summary.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert ",".join(table[0]) == (
        "split,count_eval_success,denominator,missing_or_failed,faithfulness,visual_correctness,text_accuracy,"
        "aesthetics,overall,overall_missing_zero"
    )
    assert [row["split"] for row in table] == [
        "all",
        "eval_type:Knowledge-Anchored",
        "eval_type:Quality-Anchored",
        "category:flags",
        "category:type",
        "difficulty:hard",
        "difficulty:unknown",
    ]
    assert (table[1]["overall"], table[1]["overall_missing_zero"]) == ("0.4", "0.2")


def test_rows_without_tracks_are_summed_up_in_the_two_groups_of_knowgen(tmp_path):
    run = RunDir.create(tmp_path / "run")
    asked = [*requests("a", category="Physics"), *requests("b", "c", category="anime")]
    export_results(run, tmp_path / "out", requests=asked, attempts=[attempt(r, HALF) for r in asked])
    items = read(tmp_path / "out" / "results_eval.json")[3:]
    assert [(item["summary_type"], item["count"]) for item in items] == [
        ("science_and_knowledge", 1),
        ("pop_culture_and_news", 2),
        ("overall_avg", 3),
    ]


def test_every_request_has_a_row_whatever_became_of_it(tmp_path):
    run, asked = RunDir.create(tmp_path / "run"), requests("a", "b")
    export_results(run, tmp_path / "out", requests=asked, attempts=[unanswered(asked[0])])
    rows = read(tmp_path / "out" / "results.json")

    assert [(row["id"], row["termination"], row["error"]) for row in rows] == [
        ("a", "max_rounds_reached", "no answer in the last reply"),
        ("b", "error", "not attempted"),
    ]
    assert not (tmp_path / "out" / "results_eval.json").exists()
    again = RunDir.create(tmp_path / "again")
    assert import_results(tmp_path / "out" / "results.json", again).new["trajectories"] == 1
    [trajectory] = again.read_trajectories().values()
    assert (trajectory.stop, trajectory.failure and trajectory.failure.whose) == (StopReason.OUT_OF_TURNS, "policy")


def test_other_fields_of_a_row_and_its_target_come_back(tmp_path):
    tmp_path.joinpath("gt").mkdir()
    tmp_path.joinpath("gt", "7.png").write_bytes(make_png((9, 9, 9)))
    file = write(
        tmp_path / "results.json",
        {
            **ROW,
            "eval_type": "Quality-Anchored",
            "gt_image": "gt/7.png",
            "meta": {"difficulty": "easy"},
            "seed": [1, 2],
        },
    )
    run = RunDir.create(tmp_path / "run")
    import_results(file, run)
    [request] = run.read_requests().values()

    assert (request.id, request.text, request.track) == ("7", "a red bird", Track.QUALITY_ANCHORED)
    assert request.difficulty == "easy"
    assert request.extra == {"eval_type": "Quality-Anchored", "meta": {"difficulty": "easy"}, "seed": [1, 2]}
    assert request.target is not None
    assert run.images.read(request.target) == make_png((9, 9, 9))
    export(run, tmp_path / "out", None)
    [row] = read(tmp_path / "out" / "results.json")
    assert row["seed"] == [1, 2]
    assert (tmp_path / "out" / row["gt_image"]).read_bytes() == make_png((9, 9, 9))


def test_the_path_of_another_machine_is_tried_by_its_end_and_none_leads_out(tmp_path):
    tmp_path.joinpath("data", "images").mkdir(parents=True)
    tmp_path.joinpath("data", "images", "7.png").write_bytes(make_png((9, 9, 9)))
    tmp_path.joinpath("secret.png").write_bytes(make_png((1, 1, 1)))
    drawn = {"image_path": "/home/them/out/images/7.png", "success": True, "image_status": "ok"}
    out = {"image_path": "../secret.png", "success": True, "image_status": "ok", "id": "8"}
    file = write(tmp_path / "data" / "results.json", {**ROW, **drawn}, {**ROW, **out})
    run = RunDir.create(tmp_path / "run")
    imported = import_results(file, run)
    inside, outside = run.read_renders().values()

    assert inside.image is not None
    assert run.images.read(inside.image) == make_png((9, 9, 9))
    assert outside.image is None
    assert outside.failure is not None
    assert "'../secret.png' is not beside the file" in outside.failure.what
    assert "../secret.png" in imported.told[0]
    # With the folder that has it named, the failed drawing is mended.
    assert import_results(file, run, roots=[tmp_path]).new["renders"] == 1


def test_a_drawing_that_failed_keeps_the_words_of_its_renderer(tmp_path):
    failed = {"image_path": "", "output_path": "", "success": False, "image_status": "error: out of memory"}
    run = RunDir.create(tmp_path / "run")
    import_results(write(tmp_path / "results.json", {**ROW, **failed}), run)
    export(run, tmp_path / "out", None)
    [row] = read(tmp_path / "out" / "results.json")
    assert {name: row[name] for name in failed} == failed


def test_a_reference_whose_picture_is_gone_keeps_its_place_and_cannot_be_drawn(tmp_path):
    gone = {
        "img_id": "img_1",
        "note": "the bird",
        "local_path": "/nowhere/1.png",
        "url": "http://x/1",
        "title": "A bird",
    }
    run = RunDir.create(tmp_path / "run")
    imported = import_results(write(tmp_path / "results.json", {**ROW, "reference_images": [gone]}), run)
    [trajectory] = run.read_trajectories().values()

    assert trajectory.program is not None
    [reference] = trajectory.program.references
    assert (reference.ref, reference.note) == ("IMG_001", "the bird")
    with pytest.raises(StoreError, match="is not in"):
        run.images.read(reference.digest)
    assert "/nowhere/1.png" in imported.told[0]


def test_native_tool_calls_are_read_as_such(tmp_path):
    call = {"id": "c1", "type": "function", "function": {"name": "image_search", "arguments": '{"query": "red bird"}'}}
    picture = tmp_path / "1.png"
    picture.write_bytes(make_png((5, 5, 5)))
    messages = [
        {"role": "system", "content": "Draw."},
        {"role": "user", "content": "a red bird"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": "IMG_001: title: A bird\n  url: http://x/1\n  local_path: 1.png\n  page_url: http://x/page",
        },
        {"role": "assistant", "content": '<answer>{"gen_prompt": "A red bird.", "reference_images": []}</answer>'},
    ]
    run = RunDir.create(tmp_path / "run")
    import_results(write(tmp_path / "results.json", {**ROW, "messages": messages}), run)
    [trajectory] = run.read_trajectories().values()

    assert trajectory.policy.dialect == "native"
    assert trajectory.turns[0].action == ToolCall(name="image_search", arguments={"query": "red bird"})
    assert isinstance(trajectory.turns[1].action, Answer)
    assert trajectory.turns[1].heard[0].answers == "c1"
    [image] = trajectory.images
    assert (image.title, image.image_url, image.page_url, image.found_by) == (
        "A bird",
        "http://x/1",
        "http://x/page",
        "red bird",
    )
    assert run.images.read(image.digest) == picture.read_bytes()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"prompt": ""}, "prompt is ''; expected words"),
        ({"id": None}, "id is None"),
        ({"messages": "hello"}, "messages is str"),
        ({"messages": [{"role": "robot", "content": ""}]}, r"messages\[0\] has the role 'robot'"),
        ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "neither a text nor an image_url"),
        ({"gen_prompt": 3}, "gen_prompt is 3"),
        ({"reference_images": "IMG_001"}, "reference_images is 'IMG_001'"),
        ({"reference_images": [{"note": "x"}]}, "without an img_id"),
        ({"eval_success": True, "scores": None}, "scores is None"),
        ({"eval_success": True, "scores": {**SCORED, "aesthetics": 1.5}}, "aesthetics is 1.5"),
        ({"eval_success": True, "scores": {**SCORED, "aesthetics": True}}, "aesthetics is True"),
        ({"eval_success": True, "scores": {**SCORED, "text_accuracy": "1"}}, "text_accuracy is '1'"),
        ({"eval_success": True, "scores": {**SCORED, "text_accuracy_na": 1}}, "text_accuracy_na is 1"),
        (
            {"eval_success": True, "scores": {**SCORED, "aesthetics": math.nan}},
            r"scores\.aesthetics is nan, which is no number of JSON",
        ),
        ({"seconds": [1, math.inf]}, r"seconds\.1 is inf"),
    ],
)
def test_a_bad_row_is_named_by_file_and_row_and_costs_no_other(tmp_path, change, says):
    drawn = {"success": True, "image_path": "7.png"}
    file = write(tmp_path / "results_eval.json", {**ROW, "id": "good"}, {**ROW, **drawn, **change})
    run = RunDir.create(tmp_path / "run")
    imported = import_results(file, run)

    [bad] = imported.bad
    assert bad.where == f"{file} (row 2)"
    assert re.search(says, bad.problem)
    assert list(run.read_requests()) == list({t.request.id for t in run.read_trajectories().values()}) == ["good"]


def test_scores_come_with_their_judge_and_a_stated_overall_is_checked(tmp_path):
    tmp_path.joinpath("7.png").write_bytes(make_png((9, 9, 9)))
    drawn = {"success": True, "image_path": "7.png", "eval_success": True}
    file = write(
        tmp_path / "results_eval.json",
        {**ROW, **drawn, "scores": {**SCORED, "overall": 0.4}},
        {**ROW, **drawn, "id": 8, "scores": {**SCORED, "text_accuracy": 0.5, "text_accuracy_na": True, "overall": 0.3}},
        {**ROW, **drawn, "id": 9, "eval_success": False, "scores": None, "error": "timed out"},
        {"summary_type": "overall_avg", "avg_scores": {}, "count": 2},
    )
    run = RunDir.create(tmp_path / "run")
    imported = import_results(file, run, models=Models(judge="gemini-3.1-pro-preview"))
    first, second, third = run.read_verdicts().values()

    assert (imported.rows, imported.bad) == (3, [])
    assert first.judge == judged_by("gemini-3.1-pro-preview")
    assert (first.scores["visual_correctness"], first.text_required, first.rationale) == (0.5, True, "fine")
    assert second.text_required is False
    assert third.failure is not None
    assert (third.failure.what, third.scores) == ("timed out", {})
    assert "such as '8'" in imported.told[0]


def test_a_mean_that_the_released_evaluator_could_not_have_costs_no_row(tmp_path):
    item = {"summary_type": "overall_avg", "avg_scores": {"overall": math.nan}, "count": 0}
    imported = import_results(write(tmp_path / "results_eval.json", ROW, item), RunDir.create(tmp_path / "run"))
    assert (imported.rows, imported.bad, imported.new["trajectories"]) == (1, [], 1)


@pytest.mark.parametrize("rows", [[], [{"summary_type": "overall_avg", "avg_scores": {}, "count": 0}]])
def test_a_file_without_rows_is_refused_in_words(tmp_path, rows):
    run = RunDir.create(tmp_path / "run")
    with pytest.raises(RequestError, match="has no rows; expected one for each request"):
        import_results(write(tmp_path / "results.json", *rows), run)
    assert not run.requests.exists()


def test_a_run_imports_one_file(tmp_path):
    run = RunDir.create(tmp_path / "run")
    import_results(write(tmp_path / "one.json", ROW), run)
    other = import_results(write(tmp_path / "other.json", {**ROW, "gen_prompt": "Another bird."}), run)
    assert "another attempt at the request '7'" in other.bad[0].problem


def test_an_id_that_stands_twice_is_a_bad_row(tmp_path):
    file = write(tmp_path / "results.json", ROW, ROW)
    [bad] = import_results(file, RunDir.create(tmp_path / "run")).bad
    assert "taken by" in bad.problem


def test_several_attempts_at_a_request_do_not_fit_the_released_files(tmp_path):
    asked = requests("a")
    made = [attempt(asked[0], HALF), attempt(asked[0], HALF, number=1)]
    with pytest.raises(ScoreError, match="several attempts"):
        export_results(RunDir(tmp_path), tmp_path / "out", requests=asked, attempts=made)


def test_scores_with_other_axes_are_left_out_and_told(tmp_path):
    [asked] = requests("a")
    made = attempt(asked, HALF)
    assert made.render is not None
    verdict = Verdict(of=made.render.id, kind="image", judge=JudgeInfo(name="wise-verified"), scores={"correct": 1})
    exported = export_results(
        RunDir(tmp_path), tmp_path / "out", requests=[asked], attempts=[made.but(image_verdict=verdict)]
    )
    assert [file.name for file in exported.files] == ["results.json"]
    assert "wise-verified has other axes" in exported.told[0]
    assert "1 pictures are no longer in the run" in exported.told[1]


def test_scores_of_a_picture_that_the_file_does_not_name_are_kept_and_told(tmp_path):
    scored = {**ROW, "eval_success": True, "scores": {**SCORED, "visual_correctness": 1}}
    file = write(tmp_path / "results_eval.json", scored)
    run = RunDir.create(tmp_path / "run")
    imported = import_results(file, run)
    [verdict], [render] = run.read_verdicts().values(), run.read_renders().values()

    assert imported.new == {"requests": 1, "trajectories": 1, "renders": 1, "verdicts": 1}
    assert (verdict.of, verdict.scores["faithfulness"]) == (render.id, 1)
    assert render.image is None
    assert "1 rows have scores and do not name the picture that was scored, such as '7'" in imported.told[0]
    # They count: 0.1 + 0.4 + 0.4 * 0 + 0.1.
    attempts = with_verdicts(read_attempts(run), run.read_verdicts(), image=judged_by(None))
    assert summarise(any_run("kscore"), list(run.read_requests().values()), attempts).stands_for_it[1].headline == 0.6
    # The same file with the picture beside it mends the drawing.
    tmp_path.joinpath("7.png").write_bytes(make_png((9, 9, 9)))
    write(file, {**scored, "output_path": "7.png"})
    assert import_results(file, run).new["renders"] == 1


def test_scores_between_the_levels_are_kept_and_told(tmp_path):
    tmp_path.joinpath("7.png").write_bytes(make_png((9, 9, 9)))
    drawn = {"success": True, "image_path": "7.png", "eval_success": True}
    file = write(
        tmp_path / "results_eval.json",
        {**ROW, **drawn, "scores": SCORED},
        {**ROW, **drawn, "id": 8, "scores": {**SCORED, "faithfulness": 0.3}},
    )
    run = RunDir.create(tmp_path / "run")
    [told] = import_results(file, run).told

    assert [verdict.scores["faithfulness"] for verdict in run.read_verdicts().values()] == [1, 0.3]
    assert told.startswith("1 rows have scores between the rubric's levels 0, 0.5, 1, such as '8'")


def test_pictures_may_stand_in_the_rows_and_a_name_that_no_file_can_have_ends_nothing(tmp_path):
    url = "data:image/png;base64," + base64.b64encode(make_png((9, 9, 9))).decode()
    torn, long = url[:-7], "x" * 300 + ".png"
    listed = f"IMG_001: title: A bird\n  url: http://x/1\n  local_path: {long}"
    held = {
        "output_path": url,
        "gt_image": url,
        "reference_images": [{"img_id": "IMG_001", "note": "the bird", "local_path": url}],
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": "draw"}, {"type": "image_url", "image_url": {"url": url}}],
            },
            *ROW["messages"][2:],
        ],
    }
    named = {
        "output_path": torn,
        "gt_image": long,
        "ground_truth": "/a" * 3000,
        "reference_images": [{"img_id": "IMG_001", "note": "the bird", "local_path": long}],
        "messages": [
            {
                "role": "user",
                "content": [{"type": "text", "text": listed}, {"type": "image_url", "image_url": {"url": torn}}],
            },
            *ROW["messages"][2:],
        ],
    }
    run = RunDir.create(tmp_path / "run")
    imported = import_results(write(tmp_path / "results.json", {**ROW, **held}, {**ROW, **named, "id": 8}), run)
    held_row, named_row = read_attempts(run)

    assert imported.bad == []
    assert held_row.render is not None
    assert named_row.render is not None
    [reference] = held_row.trajectory.program.references if held_row.trajectory.program else ()
    digests = {held_row.render.image, held_row.trajectory.request.target, reference.digest}
    assert [run.images.read(digest) for digest in digests if digest] == [make_png((9, 9, 9))]
    assert [part.kind for part in held_row.trajectory.turns[0].heard[0].parts] == ["text", "image"]
    assert (named_row.render.image, named_row.trajectory.request.target) == (None, None)
    assert "3 pictures that rows name are not there" in imported.told[0]
    assert len(imported.told[0]) < 300
    assert "base64" not in run.requests.read_text()
