"""What the training view is given: curves that can be compared, panels without gaps, lessons with what they did."""

import pytest

from genevolve.embed import HashedEmbedder
from genevolve.experience.memory import Memory
from genevolve.learn.curves import HeldOutFigures, open_held_out
from genevolve.learn.diagnostics import DiagnosticsWriter, StepDiagnostics, UpdateFigures
from genevolve.records import Experience, Lesson, WriterInfo
from genevolve.report.training import training_block
from genevolve.store import RunDir


@pytest.fixture
def run(tmp_path):
    return RunDir.create(tmp_path / "run")


def look(step, reward, decoding="sampled", digest="one"):
    return HeldOutFigures(
        step=step, decoding=decoding, requests=4, digest=digest, attempts=8, reward=reward, low=0, high=1, valid=1
    )


def step_of(number, **figures):
    update = UpdateFigures(
        step=number, sequences=4, tokens=40, taught_sequences=0, updates=1, skipped=0, learning_rate=1, gradient_norm=1
    )
    return StepDiagnostics(step=number, update=update.but(**figures))


def experience(name="e1", step=3, gap=0.5):
    return Experience(
        id=name,
        request_id="r1",
        request_text="a poster of the flag of Chad",
        best="t1",
        worst="t2",
        gap=gap,
        axes={"aesthetics": 0.0, "faithfulness": 1.0},
        lesson=Lesson(search_strategy="search the capital first"),
        writer=WriterInfo(name="model", model="writer-8b"),
        step=step,
    )


def write_steps(run, *steps):
    with DiagnosticsWriter(run.root) as writer:
        for step in steps:
            writer.write(step)


def test_a_run_that_trained_nothing_has_no_training_view(run):
    assert training_block(run, []) is None


def test_looks_at_other_requests_are_other_curves(run):
    with open_held_out(run.root) as journal:
        for one in (look(0, 0.4), look(2, 0.6), look(0, 0.3, "greedy"), look(2, 0.9, digest="two")):
            journal.append(one)

    curves = training_block(run, [])["curves"]
    assert [(c["digest"], c["decoding"], [one["reward"] for one in c["looks"]]) for c in curves] == [
        ("one", "sampled", [0.4, 0.6]),
        ("one", "greedy", [0.3]),
        ("two", "sampled", [0.9]),
    ]


def test_a_figure_that_was_not_measured_at_a_step_is_a_gap_and_not_a_zero(run):
    write_steps(run, step_of(0, entropy=0.9), step_of(1), step_of(2, entropy=0.7))
    block = training_block(run, [])
    (entropy,) = [panel for panel in block["panels"] if panel["title"] == "Entropy"]
    assert block["steps"] == [0, 1, 2]
    assert entropy["lines"] == [{"name": "entropy", "values": [0.9, None, 0.7]}]


def test_a_figure_that_no_panel_knows_has_one_of_its_own(run):
    write_steps(run, step_of(0, peak_bytes=7, kl_step=0.5), step_of(1, peak_bytes=9))
    block = training_block(run, [])
    others = {panel["title"]: panel["lines"][0]["values"] for panel in block["others"]}
    assert others["update › peak bytes"] == [7, 9]
    assert "update › kl step" not in others
    # What was zero throughout, as skipped updates were, is left out.
    assert "update › skipped" not in others


def test_every_figure_is_shown_once(run):
    write_steps(run, step_of(0, kl_step=0.5, loss_grpo=0.1, gap={"0.5": 1.0}, seconds={"old": 2.0}))
    block = training_block(run, [])
    shown = [line["name"] for panel in block["panels"] + block["others"] for line in panel["lines"]]
    # sequences, tokens, updates, learning_rate and the five named here
    assert sorted(shown) == sorted(
        ["all", "sequences", "tokens", "updates", "learning rate", "step", "loss grpo", "0.5", "old"]
    )


async def test_a_lesson_comes_with_what_the_memory_measured_of_it(run):
    one, other = experience(), experience("e2", step=4)
    with Memory(HashedEmbedder(), path=run.root / "memory.jsonl") as memory:
        await memory.keep([one])
        await memory.find(one.request_text)
        memory.measure(one.id, with_it=[0.9, 0.7], without_it=[0.5])

    latest, first = training_block(run, [one, other])["lessons"]
    assert (latest["step"], latest["found"], latest["uplift"]) == (4, 0, None)
    # (0.9 + 0.7) / 2 - 0.5
    assert (first["found"], first["uplift"]) == (1, pytest.approx(0.3))
    assert (first["with_it"], first["without_it"]) == (2, 1)
    assert first["slots"] == [["search_strategy", "search the capital first"]]
    assert first["axes"] == {"faithfulness": 1.0}
    assert first["writer"] == "model:writer-8b"
