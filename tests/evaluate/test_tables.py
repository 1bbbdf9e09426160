import csv
import io

from genevolve.evaluate.compare import Side, compare
from genevolve.evaluate.published import published_rows
from genevolve.evaluate.suites.genevolve_bench import GENEVOLVE_BENCH, REQUESTS_BY_TRACK
from genevolve.evaluate.summary import summarise
from genevolve.evaluate.tables import (
    all_figures,
    as_csv,
    as_markdown,
    as_text,
    beside_published,
    changed_table,
    compared_groups_table,
    counts_table,
    differences_table,
    figures_table,
    groups_table,
    headline,
)
from genevolve.judge.known import known_judge
from genevolve.records import JudgeInfo, Track
from support.scored import attempt, benchmark, requests, unanswered

GOOD, HALF = (1, 1, 1, 1), (1, 0.5, 0, 1)  # KScore 1 and 0.4
PUBLISHED_JUDGE = JudgeInfo(name="kscore", model="google/gemini-3.1-pro-preview", rubric=known_judge("kscore").rubric)


def small_summary():
    asked = requests("a", "b", "c", category="x")
    return summarise(benchmark(), asked, [attempt(asked[0], GOOD), attempt(asked[1], HALF), unanswered(asked[2])])


def test_numbers_stand_to_the_right_and_words_to_the_left():
    cells = [["name", "n"], ["a", "1"], ["long name", "1,000"]]
    assert as_text(cells).splitlines() == ["name           n", "a              1", "long name  1,000"]
    assert as_markdown(cells).splitlines()[1] == "| --- | ---: |"
    assert as_text([]) == ""


def test_a_cell_breaks_neither_a_line_nor_a_column():
    cells = [["id"], ["a|b\nc"]]
    assert as_markdown(cells).splitlines()[2] == "| a\\|b c |"
    assert len(as_text(cells).splitlines()) == 2
    assert list(csv.reader(io.StringIO(as_csv(cells)))) == cells


def test_a_headline_says_name_interval_and_denominator():
    said = headline(small_summary())
    assert said.startswith("na_half 0.4667 [")  # (1 + 0.4 + 0) / 3
    assert "over 3 requests of A small benchmark, missing and failed as zero" in said
    assert "0.7000 over the 2 that have a score" in said


def test_every_figure_stands_with_what_it_rests_on_and_an_absent_one_with_the_reason():
    rows = {row[0]: row for row in figures_table(small_summary())}
    assert rows["na_half"][1:6] == ["0.4667", rows["na_half"][2], "3", "0.7000", "2"]
    assert rows["reward"][1:] == ["-"] * 5 + ["cannot be had: no program was judged"]


def test_groups_leave_out_figures_that_nothing_has():
    cells = groups_table(small_summary())
    assert "na_half" in cells[0]
    assert "reward" not in cells[0]
    assert [row[0] for row in cells[1:]] == ["all", "category: x"]


def test_counts_name_where_attempts_failed():
    assert ["failed: rollout, rollout (policy)", "1"] in counts_table(small_summary())


def test_a_csv_has_every_number_in_full():
    summary = small_summary()
    rows = list(csv.DictReader(io.StringIO(as_csv(all_figures(summary)))))
    assert len(rows) == sum(len(group.figures) for group in summary.groups)
    found = next(row for row in rows if (row["group"], row["figure"]) == ("all", "na_half"))
    assert (float(found["headline"]), found["denominator"], found["count"]) == (0.466667, "3", "2")
    assert next(row for row in rows if row["figure"] == "reward")["headline"] == ""


def whole_benchmark():
    return [
        request
        for track, number in REQUESTS_BY_TRACK.items()
        for request in requests(*(f"{track}-{n}" for n in range(number)), track=track)
    ]


def test_a_run_stands_beside_published_rows_where_benchmark_judge_and_aggregate_are_the_same():
    asked = whole_benchmark()
    made = [attempt(r, HALF, judge=PUBLISHED_JUDGE) for r in asked]
    cells = beside_published(summarise(GENEVOLVE_BENCH, asked, made, resamples=10))

    assert len(cells) == 2 + len(published_rows("genevolve-bench"))
    ours = dict(zip(cells[0], cells[1], strict=True))
    assert ours["all/na_half"] == ours["track:quality_anchored/na_half"] == "0.4000"
    assert ours["all/visual_correctness"] == "0.5000"
    assert {row[-1] for row in cells[2:]} == {"comparable, but for our own wording of the rubric"}


def test_a_row_that_may_not_be_compared_says_why():
    asked = whole_benchmark()
    other = summarise(GENEVOLVE_BENCH, asked, [attempt(r, HALF) for r in asked], resamples=10)
    assert beside_published(other)[2][-1].startswith("not comparable: judged by gemini-3.1-pro-preview")
    few = [attempt(r, HALF, judge=PUBLISHED_JUDGE) for r in asked[:5]]
    assert beside_published(summarise(GENEVOLVE_BENCH, asked[:5], few, resamples=10))[2][-1] == (
        "not comparable: published over 594 requests, this run was asked 5"
    )
    # One request on the other track: 594 in all, and 334 and 260 instead of 335 and 259.
    moved = [asked[0].but(track=Track.QUALITY_ANCHORED), *asked[1:]]
    shifted = [attempt(r, HALF, judge=PUBLISHED_JUDGE) for r in moved]
    assert beside_published(summarise(GENEVOLVE_BENCH, moved, shifted, resamples=10))[2][-1] == (
        "not comparable: published over 335 requests of knowledge_anchored, this run was asked 334"
    )


def test_a_benchmark_without_published_rows_has_no_such_table():
    assert beside_published(small_summary()) == []


def test_a_comparison_as_tables():
    asked = requests("a", "b", category="x")
    one = Side(name="one", suite=benchmark(), requests=asked, attempts=[attempt(r, HALF) for r in asked])
    made = [attempt(asked[0], GOOD), attempt(asked[1], HALF)]
    comparison = compare(one, Side(name="other", suite=benchmark(), requests=asked, attempts=made))

    row = next(row for row in differences_table(comparison) if row[0] == "na_half")
    assert row[1:4] == ["0.4000", "0.7000", "+0.3000"]
    assert row[5:] == ["1", "1", "0"]
    assert [row[0] for row in compared_groups_table(comparison)[1:]] == ["all", "category: x"]
    assert changed_table(comparison)[1] == ["a", "0.4000", "1.0000", "+0.6000", "draw a"]
