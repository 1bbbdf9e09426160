"""Two processes, joined by gloo, learn what one does."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.learn.batch import Example, collate  # noqa: E402
from genevolve.learn.checkpoint import checkpoints  # noqa: E402
from genevolve.learn.config import ComputeSettings, SftSettings  # noqa: E402
from genevolve.learn.parallel import share_of, shares  # noqa: E402
from genevolve.learn.scorer import Asked, Scorer  # noqa: E402
from genevolve.learn.sft import Tuner  # noqa: E402
from genevolve.learn.trainer import Trainer  # noqa: E402
from support.learning import furthest, group, learning, untaught, weights_of  # noqa: E402
from support.one_of_several import SETTINGS  # noqa: E402
from support.tiny_models import tiny  # noqa: E402

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def two_processes(folder: Path, count: int) -> list[dict[str, Any]]:
    """What each of two processes told."""
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    shared |= {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    command = [sys.executable, "-m", "support.one_of_several", str(folder), str(count)]
    started = [
        subprocess.Popen(
            command,
            env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=150)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], "\n".join(said)
    return [torch.load(folder / f"told-{rank}.pt") for rank in range(2)]


def one_process(count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same two steps, and their weights, in this process."""
    model = tiny()
    trainer = Trainer(model.module, learning(**SETTINGS))
    for _ in range(2):
        figures = trainer.update(group(model)[:count])
    return figures.model_dump(exclude={"seconds", "peak_bytes"}, exclude_none=True), weights_of(trainer.module)


def check_equal(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Figures agree to rounding."""
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=2e-4, abs=1e-7), name


@pytest.mark.slow
def test_two_processes_learn_and_tune_as_one_does(tmp_path):
    told = two_processes(tmp_path, 4)
    figures, weights = one_process(4)
    for learned, *_ in (one["learned"] for one in told):
        check_equal(learned, figures)
    for one in told:
        assert furthest(one["learned"][1], weights) < 1e-6

    model = tiny()
    sequences = [example.sequence for example in group(model)]
    compute = ComputeSettings(micro_batch_tokens=300)
    tuner = Tuner(model.module, sequences, SftSettings(epochs=1, batch=3, learning_rate=1e-3, compute=compute))
    *_, last = tuner.run(sequences[:1])
    for one in told:
        check_equal(one["tuned"][0], last.model_dump())
        # AdamW's step is as long for a tiny gradient as for a large one, so rounding shows: a hundredth of a step.
        assert furthest(one["tuned"][1], weights_of(tuner.module)) < 1e-5

    # What two processes wrote, one goes on with.
    other = tiny()
    trainer = Trainer(other.module, learning(**SETTINGS))
    trainer.load(checkpoints(tmp_path / "learned")[-1])
    assert trainer.step == 2
    assert furthest(weights_of(trainer.module), weights) < 1e-6

    # In shards, a copy stands in for the weights and goes again, the embeddings and the head with the rest.
    scorer = Scorer(tiny().module)
    batch = collate([group(tiny())[0]])
    with torch.no_grad():
        started = scorer(batch, Asked()).tokens.logp_N
        for weight in scorer.parameters():
            weight.mul_(1.1)
        moved = scorer(batch, Asked()).tokens.logp_N
    for one in told:
        for found, expected in zip(one["sharded"], (moved, started, moved), strict=True):
            assert torch.allclose(found, expected, atol=1e-4)


@pytest.mark.slow
def test_a_process_without_a_share_goes_along(tmp_path):
    """One example for two processes: the other passes a blank one, and no number changes."""
    told = two_processes(tmp_path, 1)
    figures, weights = one_process(1)
    for one in told:
        check_equal(one["learned"][0], figures)
        assert furthest(one["learned"][1], weights) < 1e-6


def test_shares_hold_every_example_once_and_about_as_many_tokens():
    examples = group(tiny()) * 3
    dealt = shares(examples, 3)
    assert sorted(map(id, (example for share in dealt for example in share))) == sorted(map(id, examples))
    loads = [sum(example.size for example in share) for share in dealt]
    assert max(loads) - min(loads) <= max(example.size for example in examples)


def test_every_process_has_as_many_micro_batches_of_each_kind_and_blank_ones_say_nothing():
    examples = group(tiny())[:3]
    assert [example.teacher is not None for example in examples] == [True, False, True]
    of = [share_of(examples, rank=rank, count=2, max_tokens=1) for rank in range(2)]
    assert [(len(share.taught), len(share.untaught)) for share in of] == [(1, 1), (1, 1)]

    (blank,) = of[1].untaught
    assert isinstance(blank[0], Example)
    assert not blank[0].sequence.mask_T.any()
    assert share_of(untaught(examples), rank=0, count=2, max_tokens=1).taught == []
