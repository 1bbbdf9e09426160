"""Judging, benchmarks, comparison and the released files, as a person runs them."""

import asyncio
import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from genevolve.store import RunDir
from genevolve.testing.judge_server import JudgeServer, Seen
from support.command import genevolve
from support.pictures import make_png

REQUESTS = (
    ("a", "the flag of Chad", "Knowledge-Anchored", "geography", "easy"),
    ("b", 'a poster with the words "HELLO"', "Quality-Anchored", "posters", "easy"),
    ("c", "three red stars", "Quality-Anchored", "posters", "hard"),
    ("d", "the flag of Peru", "Knowledge-Anchored", "geography", "hard"),
)


def make_data(folder: Path) -> Path:
    """GenEvolve-Bench in small: rows and their targets, as they are published."""
    folder.mkdir()
    rows: list[str] = []
    for number, (name, question, kind, category, difficulty) in enumerate(REQUESTS):
        folder.joinpath(f"{name}.png").write_bytes(make_png((10 * number, 20, 30), (64, 64)))
        row = {
            "id": name, "question": question, "gt_image": f"{name}.png", "eval_type": kind, "category": category,
            "difficulty": difficulty, "prompt_pool_index": number, "meta": {"source": "ours"}, "extra_info": None,
        }  # fmt: skip
        rows.append(json.dumps(row))
    folder.joinpath("bench.jsonl").write_text("\n".join(rows) + "\n")
    return folder


def scores(seen: Seen) -> Mapping[str, object]:
    """Text counts where words are quoted; everything else has a half."""
    needs_text = "HELLO" in seen.text
    return {
        "rationale": "Constraints: what was asked.",
        "faithfulness": 1,
        "visual_correctness": 0.5,
        "text_accuracy": 1 if needs_text else 0.5,
        "aesthetics": 0.5,
        "text_accuracy_na": not needs_text,
    }


@contextmanager
def judging(says: Callable[[Seen], Mapping[str, object]] = scores, **how: object) -> Generator[JudgeServer]:
    """A judge's server in a thread, while commands run in processes of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = JudgeServer(says, **how)  # pyright: ignore[reportArgumentType]
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_the_sketch_benchmark_needs_nothing_and_compares_two_policies(tmp_path):
    for policy in ("direct", "planner"):
        done = genevolve("bench", "sketch", "--limit", "20", "--policy", policy, "--out", policy, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "na_half" in done.stdout
        assert "only the first 20 of 400 requests were asked" in done.stdout
    compared = genevolve("compare", "direct", "planner", cwd=tmp_path)
    again = genevolve("bench", "sketch", "--limit", "20", "--policy", "planner", "--out", "planner", cwd=tmp_path)

    assert compared.returncode == 0, compared.stderr
    assert "20 requests of both" in compared.stdout
    assert "most changed" in compared.stdout
    report = json.loads((tmp_path / "planner" / "report.json").read_text())
    assert (report["suite"], report["edition"], report["groups"][0]["counts"]["judged"]) == ("sketch", "test", 20)
    assert again.stdout == done.stdout
    assert len((tmp_path / "planner" / "verdicts.jsonl").read_text().splitlines()) == 40


def test_genevolve_bench_is_answered_drawn_judged_and_set_beside_the_published_numbers(tmp_path):
    make_data(tmp_path / "data")
    with judging(models=["google/gemini-3.1-pro-preview"]) as server:
        call = (
            "bench", "genevolve-bench", "--data", "data", "--out", "run", "--policy", "planner",
            "--judge-url", server.url, "--judge-model", "google/gemini-3.1-pro-preview",
        )  # fmt: skip
        done = genevolve(*call, cwd=tmp_path)
        first = len(server.heard)
        again = genevolve(*call, cwd=tmp_path)

    assert done.returncode == again.returncode == 0, done.stderr
    # .1 x 1 + .4 x .5 + .4 x T + .1 x .5 with T 1 once and .5 three times: .75 once, .55 three times.
    assert "na_half 0.6000" in done.stdout
    assert "over 4 requests of GenEvolve-Bench" in done.stdout
    assert "not comparable: published over 594 requests, this run was asked 4" in done.stdout
    assert "knowledge_anchored" in done.stdout
    assert first == 4
    assert len(server.heard) == first
    assert again.stdout == done.stdout


def test_what_a_judge_failed_counts_as_zero_and_only_that_is_asked_again(tmp_path):
    make_data(tmp_path / "data")
    with judging(misbehaves=1.0, kinds=["prose_only"]) as server:
        call = ("--judge", "kscore", "--judge-url", server.url, "--judge-model", "judge")
        bench = genevolve("bench", "genevolve-bench", "--data", "data", "--out", "run", *call, cwd=tmp_path)
        server.calm()
        judged = genevolve("judge", "run", *call, cwd=tmp_path)

    assert bench.returncode == 1
    assert "na_half 0.0000" in bench.stdout
    assert "none has a score" in bench.stdout
    assert judged.returncode == 0, judged.stderr
    assert "na_half 0.6000" in judged.stdout
    assert [verdict.failure for verdict in RunDir.open(tmp_path / "run").read_verdicts().values()] == [None] * 4


def test_a_request_without_its_target_fails_once_costs_nothing_and_counts_as_zero(tmp_path):
    data = make_data(tmp_path / "data")
    for name in "abd":
        data.joinpath(f"{name}.png").unlink()
    with judging() as server:
        call = ("--judge", "kscore", "--judge-url", server.url, "--judge-model", "judge")
        bench = genevolve("bench", "genevolve-bench", "--data", "data", "--out", "run", *call, cwd=tmp_path)
        kept = (tmp_path / "run" / "verdicts.jsonl").read_bytes()
        planned = genevolve("judge", "run", *call, "--dry-run", cwd=tmp_path)
        again = genevolve("judge", "run", *call, "--budget", "1calls", cwd=tmp_path)

    assert len(server.heard) == 1
    assert kept.count(b"\n") == 4
    assert (tmp_path / "run" / "verdicts.jsonl").read_bytes() == kept
    assert "0 of 4 judgements to make; at most 0 calls" in planned.stdout
    for done in (bench, again):
        assert done.returncode == 1
        assert "na_half 0.1375" in done.stdout  # .55 of one request, over four
        assert "failed  3 x request: the request '…' has no target image" in done.stderr
    assert "spent" not in again.stderr


def test_a_run_leaves_and_comes_back_as_the_released_files(tmp_path):
    make_data(tmp_path / "data")
    with judging() as server:
        call = ("--judge-url", server.url, "--judge-model", "judge")
        genevolve("bench", "genevolve-bench", "--data", "data", "--out", "run", *call, cwd=tmp_path)
    exported = genevolve("export-results", "run", "--out", "out", cwd=tmp_path)
    imported = genevolve(
        "import-results", "out/results_eval.json", "--judge-model", "judge", "--out", "back", cwd=tmp_path
    )
    twice = genevolve(
        "import-results", "out/results_eval.json", "--judge-model", "judge", "--out", "back", cwd=tmp_path
    )
    shown = genevolve("show", "back", "a", cwd=tmp_path)
    again = genevolve("export-results", "back", "--out", "out2", cwd=tmp_path)

    for done in (exported, imported, twice, shown, again):
        assert done.returncode == 0, done.stderr
    assert "4 requests" in imported.stdout
    assert "new: nothing" in twice.stdout
    summary = [json.loads((tmp_path / folder / "summary.json").read_text()) for folder in ("out", "out2")]
    assert summary[0]["all"] == summary[1]["all"]
    assert summary[0]["all"]["overall"] == 0.6
    assert (tmp_path / "out" / "summary.csv").read_text().startswith("split,count_eval_success,denominator")


def test_a_run_of_two_seeds_is_judged_again_without_losing_a_score(tmp_path):
    genevolve("bench", "sketch", "--limit", "3", "--seed", "1", "--out", "run", cwd=tmp_path)
    bench = genevolve("bench", "sketch", "--limit", "4", "--seed", "2", "--out", "run", cwd=tmp_path)
    report = (tmp_path / "run" / "report.json").read_bytes()
    judged = genevolve("judge", "run", "--judge", "computed", cwd=tmp_path)
    compared = genevolve("compare", "run", "run", cwd=tmp_path)

    for done in (bench, judged, compared):
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "report.json").read_bytes() == report
    assert json.loads(report)["groups"][0]["counts"]["drawn"] == 4
    assert "they differ in sampling" in judged.stderr
    na_half = next(line.split() for line in compared.stdout.splitlines() if line.startswith("na_half"))
    headline = next(f["headline"] for f in json.loads(report)["groups"][0]["figures"] if f["name"] == "na_half")
    assert na_half[1] == na_half[2] == f"{headline:.4f}"


def test_another_judge_reports_its_own_figures_beside_those_of_the_benchmark(tmp_path):
    make_data(tmp_path / "data")
    with judging(models=["one"]) as server:
        call = ("--judge-url", server.url, "--judge-model")
        genevolve("bench", "genevolve-bench", "--data", "data", "--out", "run", *call, "one", cwd=tmp_path)
    report = (tmp_path / "run" / "report.json").read_bytes()
    with judging(lambda seen: {**scores(seen), "visual_correctness": 0}, models=["one", "two"]) as server:
        call = ("--judge", "kscore", "--judge-url", server.url, "--judge-model")
        judged = genevolve("judge", "run", *call, "two", cwd=tmp_path)
        again = genevolve("judge", "run", *call, "one", cwd=tmp_path)
        asked = len(server.heard)
    named = genevolve("compare", "run", "run", "--judge", "kscore:one", cwd=tmp_path)

    # 0.6 of the benchmark's judge; the other gives nothing for what weighs 0.4 and had 0.5: 0.6 - 0.2.
    assert "na_half 0.4000" in judged.stdout
    assert "na_half 0.6000" in again.stdout
    assert asked == 4
    assert (tmp_path / "run" / "report.json").read_bytes() == report
    (beside,) = (tmp_path / "run").glob("report-kscore-*.json")
    assert json.loads(beside.read_text())["makers"]["judges"]["image"]["model"] == "two"
    assert (tmp_path / "run" / beside.name.replace("report", "figures").replace(".json", ".csv")).exists()
    assert ["na_half", "0.6000", "0.6000"] in [line.split()[:3] for line in named.stdout.splitlines()]


def test_a_limit_makes_the_headline_one_over_what_was_asked_in_every_suite(tmp_path):
    (tmp_path / "data").mkdir()
    rows = [{"prompt_id": n, "Prompt": f"a thing of number {n}", "Explanation": "It is red."} for n in range(1, 6)]
    (tmp_path / "data" / "cultural_common_sense.json").write_text(json.dumps(rows))
    with judging(lambda _: {"rationale": "It is so.", "correct": 1}) as server:
        call = ("--edition", "verified", "--data", "data", "--judge-url", server.url, "--judge-model", "judge")
        part = genevolve("bench", "wise", *call, "--limit", "2", "--out", "run", cwd=tmp_path)
        judge = ("--judge", "wise-verified", "--judge-url", server.url, "--judge-model", "judge")
        judged = genevolve("judge", "run", *judge, cwd=tmp_path)
        whole = genevolve("bench", "wise", *call, "--out", "whole", cwd=tmp_path)

    for done in (part, judged):
        assert "correct 1.0000 [1.0000, 1.0000] over 2 requests" in done.stdout
        assert "only the first 2 of 5 requests were asked, and the headline is over these" in done.stdout
    # Five of 400 prompts of culture, which weighs .4: .4 * 5 / 400.
    assert "overall correct 0.0050" in whole.stdout
    assert "over 1,000 requests" in whole.stdout


def test_the_exit_code_tells_whether_every_judge_scored_everything(tmp_path):
    alone = genevolve("bench", "sketch", "--limit", "2", "--judge", "computed-program", "--out", "a", cwd=tmp_path)
    with judging(misbehaves=1.0, kinds=["prose_only"]) as server:
        both = ("--judge", "computed", "--judge", "program", "--judge-url", server.url, "--judge-model", "judge")
        failed = genevolve("bench", "sketch", "--limit", "2", *both, "--out", "b", cwd=tmp_path)

    assert alone.returncode == 0, alone.stderr
    assert "sufficiency" in alone.stdout
    assert failed.returncode == 1
    assert "failed: judge program" in failed.stdout


def test_attempts_that_a_stopped_run_did_not_come_to_count_as_missing(tmp_path):
    done = genevolve("bench", "sketch", "--limit", "2", "--attempts", "3", "--out", "run", cwd=tmp_path)
    folder = tmp_path / "run"
    (folder / "report.json").unlink()
    lines = (folder / "trajectories.jsonl").read_text().splitlines(keepends=True)
    first = [line for line in lines if json.loads(line)["attempt"] == 0]
    (folder / "trajectories.jsonl").write_text("".join(first))
    judged = genevolve("judge", "run", "--judge", "computed", cwd=tmp_path)

    assert done.returncode == judged.returncode == 0, judged.stderr
    assert (len(lines), len(first)) == (6, 2)
    report = json.loads((folder / "report.json").read_text())
    na_half = next(figure for figure in report["groups"][0]["figures"] if figure["name"] == "na_half")
    assert report["attempts_each"] == 3
    assert na_half["headline"] == pytest.approx(na_half["mean"] / 3, abs=1e-5)  # of three attempts two are missing


def test_of_many_requests_that_one_run_alone_was_asked_their_number_is_told(tmp_path):
    for limit in ("1", "6", "26"):
        call = ("--policy", "direct", "--judge", "computed", "--limit", limit, "--out", limit)
        assert genevolve("bench", "sketch", *call, cwd=tmp_path).returncode == 0
    few = genevolve("compare", "1", "6", cwd=tmp_path).stdout.splitlines()[-3:]
    many = genevolve("compare", "26", "1", cwd=tmp_path).stdout.splitlines()[-3:]

    ids = list(RunDir.open(tmp_path / "26").read_requests())
    assert f"only in 6: 5 requests ({', '.join(sorted(ids[1:6]))})" in few
    assert f"only in 26: 25 requests ({', '.join(ids[1:4])} …)" in many


def test_one_attempt_of_several_is_exported_by_its_number(tmp_path):
    genevolve("bench", "sketch", "--limit", "2", "--attempts", "2", "--out", "run", cwd=tmp_path)
    none = genevolve("export-results", "run", cwd=tmp_path)
    second = genevolve("export-results", "run", "--attempt", "2", "--out", "out", cwd=tmp_path)
    third = genevolve("export-results", "run", "--attempt", "3", cwd=tmp_path)

    assert (none.returncode, second.returncode, third.returncode) == (2, 0, 2), second.stderr
    assert "name one with --attempt" in none.stderr
    assert "there is no attempt 3" in third.stderr
    rows = json.loads((tmp_path / "out" / "results.json").read_text())
    pictures = {Path(row["output_path"]).name for row in rows}
    assert len(rows) == len(pictures) == 2
    attempts = RunDir.open(tmp_path / "run").read_trajectories().values()
    assert [row["gen_prompt"] for row in rows] == [t.program.prompt for t in attempts if t.attempt == 1]


def test_published_tables_are_recomputed_and_the_odd_rows_named():
    done = genevolve("bench", "--check-published", cwd=Path.cwd())

    assert done.returncode == 0, done.stderr
    odd = [line for line in done.stdout.splitlines() if line.startswith("not explained by rounding")]
    assert len(odd) == 2
    assert "Gen-Searcher 8B + Qwen-Image-Edit-2511" in odd[0]
    assert "GenAgent" in odd[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bench"], "no benchmark is named"),
        (["bench", "imagenet"], "'imagenet'"),
        (["bench", "wise", "--data", "data"], "--edition"),
        (["bench", "sketch", "--edition", "hidden"], "'hidden'"),
        (["bench", "sketch", "--data", "data"], "leave --data out"),
        (["bench", "genevolve-bench"], "--data"),
        (["bench", "genevolve-bench", "--data", "nowhere"], "there is no file or folder 'nowhere'"),
        (["bench", "sketch", "--judge", "oracle"], "oracle"),
        (["bench", "sketch", "--judge", "kscore"], "GENEVOLVE_JUDGE_URL"),
        (["bench", "sketch", "--judge", "computed", "--rubric", "r.md"], "the judge computed computes and is told"),
        (["bench", "sketch", "--budget", "2.5calls"], "expected a whole number of calls"),
        (["bench", "sketch", "--judge", "computed", "--judge", "kscore"], "both judge the image"),
        (["bench", "wise", "--edition", "legacy", "--judge", "wise-verified"], "judge with wise-legacy"),
        (["bench", "wise", "--edition", "legacy", "--judge", "computed"], "gives no consistency, realism"),
        (["bench", "genevolve-bench", "--data", "data", "--judge", "wise-legacy"], "judge with kscore"),
        (["judge", "nowhere", "--retry-failed"], "No such option"),
        (["judge", "nowhere"], "is no run folder"),
        (["compare", "nowhere", "nowhere"], "is no run folder"),
        (["export-results", "nowhere"], "is no run folder"),
        (["import-results", "none.json"], "there is no file"),
        (["import-results", "data/empty.json"], "has no rows"),
    ],
)
def test_a_mistake_in_the_call_is_told_in_words_and_leaves_no_folder(tmp_path, arguments, words):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "empty.json").write_text("[]")
    (tmp_path / "r.md").write_text("Judge.")
    done = genevolve(*arguments, cwd=tmp_path)

    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())


def test_a_dry_run_of_a_benchmark_sends_nothing(tmp_path):
    make_data(tmp_path / "data")
    with judging() as server:
        call = ("--judge-url", server.url, "--dry-run")
        done = genevolve("bench", "genevolve-bench", "--data", "data", "--out", "run", *call, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "judge      kscore: at most 4 judgements; at most 8 calls; no price is configured" in done.stdout
    assert not server.heard
