"""A loop in one run folder, in a process that is left alone: what it learns, what it writes, what it refuses."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import PublishError, UsageError  # noqa: E402
from genevolve.evolve.settings import EvolveSettings, LookSettings  # noqa: E402
from genevolve.evolve.state import Begun  # noqa: E402
from genevolve.evolve.watch import Moment  # noqa: E402
from genevolve.learn.curves import read_held_out  # noqa: E402
from genevolve.learn.diagnostics import StepDiagnostics, read_diagnostics  # noqa: E402
from genevolve.policy import open_policy  # noqa: E402
from genevolve.records import Experience, MemoryEvent, Recalled, Request, Trajectory  # noqa: E402
from genevolve.store import RunDir, read_records  # noqa: E402
from support.evolving import (  # noqa: E402
    HELD_OUT,
    LIMITS,
    REQUESTS,
    LengthJudge,
    agent_of,
    differing,
    evolving,
    loop_in,
    saved_weights,
    talker,
)


def evolve(folder: Path, settings: EvolveSettings | None = None, **parts: Any) -> list[StepDiagnostics]:
    """Run a loop to its end; its steps."""
    return asyncio.run(run(loop_in(folder, settings, **parts)))


async def run(loop: Any, **hooks: Any) -> list[StepDiagnostics]:
    steps: list[StepDiagnostics] = []
    try:
        await loop.run(on_step=steps.append, **hooks)
    finally:
        await loop.close()
    return steps


def trajectories(folder: Path) -> list[Trajectory]:
    return list(RunDir(folder).read_trajectories().values())


def test_the_policy_becomes_better_at_what_its_judges_like_and_speaks_from_its_folder(tmp_path):
    settings = evolving(
        steps=4, learn={"update": {"requests": 3, "attempts": 6}}, look=LookSettings(every=4, attempts=16)
    )
    steps = evolve(tmp_path / "run", settings, held_out=HELD_OUT)

    looks = read_held_out(tmp_path / "run")
    assert [(one.step, one.decoding) for one in looks] == [(s, d) for s in (0, 4) for d in ("sampled", "greedy")]
    first, _, last, last_greedy = looks
    assert first.reward + 0.05 < last.reward
    assert (first.trained_attempts, last.trained_attempts) == (0, 4 * 18)
    assert first.trained_seconds == 0
    assert last.trained_seconds == pytest.approx(sum(one.seconds["step"] for one in steps))
    assert {one.staleness for one in steps} == {0}

    # The judges score by the length of the prompt, thirty characters being enough.
    assert last_greedy.reward >= 0.8
    greedy = [t for t in trajectories(tmp_path / "run" / "held_out") if t.sampling.temperature == 0]
    opened = agent_of(
        tmp_path / "another", lambda images: open_policy(f"local:{tmp_path / 'run' / 'policy'}", images=images)
    )
    answered = asyncio.run(replace(opened, sampling=greedy[-1].sampling).roll_out(HELD_OUT[0]))
    assert [turn.reply for turn in answered.turns] == [turn.reply for turn in greedy[-1].turns]
    assert answered.program is not None


def test_every_attempt_of_a_step_is_by_its_weights_at_the_temperature_of_training_and_by_chances_of_its_own(tmp_path):
    evolve(tmp_path, evolving(steps=3, learn={"update": {"temperature": 0.8, "top_p": 0.9}}))

    made = trajectories(tmp_path)
    assert len({t.id for t in made}) == 3 * 2 * 3
    assert [t.policy.weights for t in made] == [f"step-00000{step}" for step in range(3) for _ in range(6)]
    assert {(t.sampling.temperature, t.sampling.top_p) for t in made} == {(0.8, 0.9)}
    assert len({(t.request.id, t.sampling.seed) for t in made}) == len(made)
    assert {t.sampling.limits for t in made} == {LIMITS}


def test_where_all_attempts_earn_the_same_nothing_is_learned_and_the_loop_goes_on(tmp_path):
    class Contented(LengthJudge):
        async def judge(self, attempt):
            verdict = await super().judge(attempt)
            return verdict.but(scores=dict.fromkeys(verdict.scores, 0.5))

    steps = evolve(tmp_path, judges=(Contented("image"), Contented("program")))

    assert [one.rewards.equal_groups for one in steps] == [2, 2]
    assert [one.update.updates for one in steps] == [0, 0]
    assert [one.encoded["sequences"] for one in steps] == [0, 0]
    before = {name: weight for name, weight in talker().module.state_dict().items() if name in saved_weights(tmp_path)}
    assert differing(before, saved_weights(tmp_path)) == []
    assert (tmp_path / "checkpoints" / "step-000002").is_dir()


def test_what_a_step_teaches_is_written_remembered_and_read_by_the_teacher(tmp_path):
    steps = evolve(tmp_path, evolving(steps=3))

    written = list(read_records(tmp_path / "experiences.jsonl", Experience))
    events = [line.event for line in read_records(tmp_path / "memory.jsonl", MemoryEvent)]
    made = {t.id: t for t in trajectories(tmp_path)}
    assert written
    for one in written:
        best, worst = made[one.best], made[one.worst]
        assert best.request == worst.request
        assert best.policy.weights == worst.policy.weights == f"step-00000{one.step}"
        assert one.lesson.prompt_construction.endswith(best.program.prompt[:12])
    own = {(event.step, event.request): event for event in events if isinstance(event, Recalled)}
    # The teacher reads a step's own experience where there is one.
    assert {(one.step, one.request_id) for one in written} <= own.keys()
    assert all(own[(one.step, one.request_id)].experience == one.id for one in written)
    for one in steps:
        assert one.experiences["written"] == sum(e.step == one.step for e in written)
        assert one.experiences["given"] == sum(step == one.step for step, _ in own)
        assert one.update.taught_sequences > 0


def test_without_experience_nothing_is_compared_and_no_teacher_is_asked(tmp_path):
    steps = evolve(tmp_path, evolving(experience="none"))

    assert [one.update.taught_sequences for one in steps] == [0, 0]
    assert [one.experiences for one in steps] == [{}, {}]
    assert (tmp_path / "experiences.jsonl").read_bytes() == b""


def hints_of(folder: Path, settings: EvolveSettings) -> dict[str, tuple[str, str]]:
    """By request, the experience that the hint was made of and the request that it came from."""
    seen: dict[str, tuple[str, str]] = {}

    def hint(request: Request, experience: Experience) -> str:
        seen[request.id] = (experience.id, experience.request_id)
        return "Look twice."

    evolve(folder, settings.but(steps=1), hint=hint)
    return seen


def test_shuffled_experience_is_that_of_another_request_of_the_step(tmp_path):
    three = {"update": {"requests": 3, "attempts": 6}}
    own = hints_of(tmp_path / "own", evolving(learn=three, min_gap=0.0))
    other = hints_of(tmp_path / "other", evolving(learn=three, min_gap=0.0, experience="shuffled"))

    assert len(own) >= 2
    assert all(request == source for request, (_, source) in own.items())
    assert other
    assert all(request != source for request, (_, source) in other.items())


def test_a_hint_of_ones_own_is_what_the_teacher_reads_and_none_means_no_teacher(tmp_path):
    (step,) = evolve(tmp_path / "none", evolving(steps=1), hint=lambda _request, _experience: "")
    assert step.update.taught_sequences == 0
    assert step.experiences["given"] > 0

    evolve(tmp_path / "own", evolving(steps=1))
    evolve(tmp_path / "other", evolving(steps=1), hint=lambda _request, _experience: "Say the opposite of it all.")
    # Nothing but the teacher's words differs, and so do the weights.
    assert differing(saved_weights(tmp_path / "own"), saved_weights(tmp_path / "other"))
    assert differing(saved_weights(tmp_path / "own"), saved_weights(tmp_path / "none"))


def test_rounds_made_one_by_one_are_those_of_a_run(tmp_path):
    async def one_by_one() -> None:
        loop = loop_in(tmp_path / "single", evolving(steps=2))
        assert (await loop.round()).step == 0
        assert (await loop.round()).step == 1
        with pytest.raises(UsageError, match="all 2 steps are done"):
            await loop.round()
        loop.save_policy()
        await loop.close()

    asyncio.run(one_by_one())
    evolve(tmp_path / "run", evolving(steps=2))
    assert differing(saved_weights(tmp_path / "single"), saved_weights(tmp_path / "run")) == []


def test_a_run_that_is_done_goes_on_only_where_it_is_given_more_steps(tmp_path):
    evolve(tmp_path / "short", evolving(steps=1))
    assert evolve(tmp_path / "short", evolving(steps=1)) == []
    longer = evolve(tmp_path / "short", evolving(steps=2))
    evolve(tmp_path / "long", evolving(steps=2))

    assert [one.step for one in longer] == [1]
    assert [one.step for one in read_diagnostics(tmp_path / "short")] == [0, 1]
    assert differing(saved_weights(tmp_path / "short"), saved_weights(tmp_path / "long")) == []


def test_checkpoints_and_the_policys_folder_are_written_as_often_as_the_settings_say(tmp_path):
    written: dict[int, tuple[bool, bool]] = {}

    def watch(moment: Moment) -> None:
        if moment.phase == "publish" and moment.is_over:
            saved = (tmp_path / "checkpoints" / f"step-{moment.step + 1:06}").is_dir()
            written[moment.step + 1] = saved, (tmp_path / "policy").is_dir()

    evolve(tmp_path, evolving(steps=3, checkpoint_every=2, policy_every=5), watch=watch)

    # There is a checkpoint after the last step too, and the policy's folder once the loop has ended.
    assert written == {1: (False, False), 2: (True, False), 3: (True, False)}
    assert (tmp_path / "policy").is_dir()


def test_requests_that_are_like_held_out_ones_are_never_learned_from(tmp_path):
    same = Request(id="again", text="a picture, for a wall!")

    async def once() -> Any:
        loop = loop_in(tmp_path, evolving(steps=3), requests=[same, *REQUESTS], held_out=HELD_OUT)
        evolved = await loop.run()
        await loop.close()
        return evolved

    evolved = asyncio.run(once())
    assert [(leak.request.id, leak.held_out.id) for leak in evolved.leaks] == [("again", "held")]
    assert "again" not in {t.request.id for t in trajectories(tmp_path)}
    begun = Begun.model_validate_json((tmp_path / "evolve.json").read_bytes())
    assert begun.left_out == {"again": "held"}


class Forgetful:
    """A publisher whose server is restarted after the first round, and has the weights that it began with."""

    def __init__(self, publisher: Any) -> None:
        self._publisher = publisher
        self.published: list[str] = []

    async def prepare(self) -> None:
        await self._publisher.prepare()

    async def publish(self, module: torch.nn.Module, *, version: str) -> None:
        self.published.append(version)
        await self._publisher.publish(module, version=version)

    async def serving(self) -> str | None:
        return self.published[0]

    async def close(self) -> None:
        await self._publisher.close()


async def test_a_server_with_older_weights_is_noticed_before_any_attempt_of_the_round(tmp_path):
    loop = loop_in(tmp_path, evolving(steps=2))
    publisher = Forgetful(loop.publisher)
    loop = replace(loop, publisher=publisher)

    with pytest.raises(PublishError, match=r"weights 'step-000000' and step 1 needs 'step-000001'.*run the same again"):
        await run(loop)
    assert publisher.published == ["step-000000", "step-000001"]
    assert {t.policy.weights for t in trajectories(tmp_path)} == {"step-000000"}
    steps = await run(loop_in(tmp_path, evolving(steps=2)))
    assert [one.step for one in steps] == [1]


REFUSED: list[tuple[str, Callable[[Any], Any], str]] = [
    ("judges", lambda loop: replace(loop, judges=loop.judges[:1]), r"expected one of each of \['image', 'program'\]"),
    ("two of a kind", lambda loop: replace(loop, judges=(*loop.judges, loop.judges[0])), "expected one of each"),
    (
        "the trainer's settings",
        lambda loop: replace(loop, settings=loop.settings.but(learn=evolving(learn={"grpo": {"clip_low": 0.1}}).learn)),
        "the trainer has other settings",
    ),
    ("too few", lambda loop: replace(loop, requests=REQUESTS[:1]), "1 requests to learn from and a step takes 2"),
    ("ids", lambda loop: replace(loop, requests=[*REQUESTS, REQUESTS[0]]), "two training requests have the id 'dot'"),
    ("ahead", lambda loop: replace(loop, settings=loop.settings.but(ahead=1)), "set learn.update.served_weight_cap"),
]


@pytest.mark.parametrize(("change", "words"), [(c, w) for _, c, w in REFUSED], ids=[name for name, *_ in REFUSED])
async def test_parts_that_do_not_fit_are_refused_in_words_before_any_attempt(tmp_path, change, words):
    loop = change(loop_in(tmp_path))

    with pytest.raises(UsageError, match=words):
        await run(loop)
    assert trajectories(tmp_path) == []


async def test_a_policy_in_this_process_cannot_run_ahead(tmp_path):
    loop = loop_in(tmp_path, evolving(ahead=1, learn={"update": {"served_weight_cap": 2.0}}))

    with pytest.raises(UsageError, match="the policy is in this process"):
        await run(loop)


async def test_a_folder_of_another_loop_is_refused_in_words(tmp_path):
    await run(loop_in(tmp_path, evolving(steps=1)))

    with pytest.raises(UsageError, match=r"min_gap was 0\.05 and is 0\.1"):
        await run(loop_in(tmp_path, evolving(steps=1, min_gap=0.1)))
    with pytest.raises(UsageError, match="requests was"):
        await run(loop_in(tmp_path, evolving(steps=1), requests=REQUESTS[:2]))
