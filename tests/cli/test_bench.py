"""Judging, benchmarks, comparison and the released files, as a person runs them."""

import asyncio
import json
import threading
from collections.abc import Generator, Mapping
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
def judging(**how: object) -> Generator[JudgeServer]:
    """A judge's server in a thread, while commands run in processes of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = JudgeServer(scores, **how)  # pyright: ignore[reportArgumentType]
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
    with judging(misbehaves=1.0, kinds=["prose"]) as server:
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
        (["bench", "genevolve-bench", "--data", "nowhere"], "nowhere"),
        (["bench", "sketch", "--judge", "oracle"], "oracle"),
        (["bench", "sketch", "--judge", "kscore"], "GENEVOLVE_JUDGE_URL"),
        (["judge", "nowhere"], "is no run folder"),
        (["compare", "nowhere", "nowhere"], "is no run folder"),
        (["export-results", "nowhere"], "is no run folder"),
        (["import-results", "none.json"], "there is no file"),
    ],
)
def test_a_mistake_in_the_call_is_told_in_words_and_leaves_no_folder(tmp_path, arguments, words):
    (tmp_path / "data").mkdir()
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
    assert "judge      kscore: at most 4 judgements; no price is configured" in done.stdout
    assert not server.heard
