"""What attempts earned becomes examples, with credit of the whole reward or by axis."""
# ruff: noqa: E402 - torch is asked for before what needs it; tensors end in their axes

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'genevolve[train]'")

from genevolve.errors import BatchError
from genevolve.learn.advantage import Earned, axis_weights, group_advantages
from genevolve.learn.batch import collate
from genevolve.learn.config import RewardSettings
from genevolve.learn.credit import CLAIMS
from genevolve.learn.examples import earned_by, examples_of, teaches
from genevolve.learn.kinds import Kind
from genevolve.learn.tokens import NOT_SAID, TokenSequence
from genevolve.records import Failure
from genevolve.score import Aggregate
from support.earned import attempt, program_verdict, verdict

KINDS = list(Kind)
BY_AXIS = RewardSettings(by_axis=True, divide_by_std=False)
DOWN = Earned(reward=None, axes={}, failure=Failure(whose="world", where="renderer", what="down"))


def earned(**scores: float) -> Earned:
    """An attempt with these scores, 0.5 on the other axes."""
    weights = axis_weights()
    axes = dict.fromkeys(weights, 0.5) | scores
    return Earned(reward=sum(weights[axis] * axes[axis] for axis in weights), axes=axes)


def sequence(name: str) -> TokenSequence:
    """A prompt of one token, then one token of every kind."""
    kind_T = torch.tensor([Kind.OTHER, *KINDS], dtype=torch.int8)
    turn_T = torch.tensor([NOT_SAID] + [0] * len(KINDS), dtype=torch.int32)
    return TokenSequence(
        trajectory=name,
        ids_T=torch.arange(len(kind_T)),
        mask_T=turn_T != NOT_SAID,
        kind_T=kind_T,
        turn_T=turn_T,
        image_T=torch.zeros(len(kind_T), dtype=torch.bool),
        served_logp_T=torch.zeros(len(kind_T)),
        images=(),
        opening=(),
        opening_tokens=1,
    )


PAIR = [[[sequence("worse")], [sequence("better")]]]
EARNED = [[earned(text_accuracy=0.0), earned(visual_correctness=1.0)]]
# Undivided, half the difference of two: text .5 * .2 / 2 = .05, visual .5 * .2 / 2 = .05, others 0.
TEXT, VISUAL = 0.05, 0.05


def test_credit_of_the_whole_reward_is_one_number_an_attempt():
    examples, counts = examples_of(PAIR, EARNED)
    (told,), of_groups = group_advantages(EARNED)
    assert [one.advantage for one in examples] == list(told)
    assert [one.advantage_T for one in examples] == [None, None]
    assert counts == of_groups


def test_a_claimed_token_gets_the_axes_that_claim_it_and_an_unclaimed_one_all():
    (_, better), _ = examples_of(PAIR, EARNED, BY_AXIS)
    got = dict(zip(KINDS, better.advantage_T[1:].tolist(), strict=True))
    everything = {Kind.OTHER, Kind.THOUGHT, Kind.TAG, Kind.TOOL_NAME, Kind.PROMPT}
    assert [got[kind] for kind in everything] == pytest.approx([TEXT + VISUAL] * len(everything))
    assert got[Kind.SKILL_NAME] == pytest.approx(TEXT)
    assert [got[kind] for kind in (Kind.IMAGE_ID, Kind.NOTE, Kind.ARGUMENT)] == pytest.approx([VISUAL] * 3)


def test_what_was_not_said_has_no_advantage():
    (_, better), _ = examples_of(PAIR, EARNED, BY_AXIS)
    assert better.advantage_T[0] == 0


def test_with_no_claims_credit_by_axis_is_that_of_the_whole_reward_undivided():
    by_axis, _ = examples_of(PAIR, EARNED, BY_AXIS, claims={})
    whole, _ = examples_of(PAIR, EARNED, BY_AXIS.but(by_axis=False))
    assert torch.allclose(collate(by_axis).advantage_BT, collate(whole).advantage_BT, atol=1e-7)
    assert [one.advantage for one in by_axis] == pytest.approx([one.advantage for one in whole])


def test_claims_of_ones_own_replace_the_table():
    (_, better), _ = examples_of(PAIR, EARNED, BY_AXIS, claims={"text_accuracy": {Kind.NOTE}})
    got = dict(zip(KINDS, better.advantage_T[1:].tolist(), strict=True))
    assert got[Kind.NOTE] == pytest.approx(TEXT)
    assert got[Kind.IMAGE_ID] == pytest.approx(TEXT + VISUAL)
    with pytest.raises(BatchError, match="'texture'"):
        examples_of(PAIR, EARNED, BY_AXIS, claims={"texture": {Kind.NOTE}})


@pytest.mark.parametrize("parts", ["image_and_program", "image", "program"])
def test_the_table_has_claims_for_every_axis_of_every_reward(parts):
    axes = axis_weights(parts)
    assert set(axes) <= CLAIMS.keys()
    group = [[Earned(reward=value, axes=dict.fromkeys(axes, value)) for value in (0.0, 1.0)]]
    examples, _ = examples_of(PAIR, group, RewardSettings(by_axis=True, parts=parts))
    assert len(examples) == 2


@pytest.mark.parametrize("by_axis", [False, True])
def test_attempts_that_teach_nothing_are_no_examples_and_every_sequence_of_the_others_is_one(by_axis):
    groups = [[[sequence("a"), sequence("a again")], [], [sequence("b")]], [[sequence("c")], [sequence("d")]]]
    told = [[earned(aesthetics=1.0), DOWN, earned()], [earned(), earned()]]
    examples, counts = examples_of(groups, told, RewardSettings(by_axis=by_axis))
    assert [one.sequence.trajectory for one in examples] == ["a", "a again", "b"]
    assert (counts.world_failures, counts.equal_groups, counts.learning) == (1, 1, 2)


def test_the_teacher_is_asked_for_by_the_place_of_the_request():
    groups = [*PAIR, [[sequence("c")], [sequence("d")]]]
    told = [*EARNED, *EARNED]

    def taught(place: int, one: TokenSequence) -> TokenSequence | None:
        return replace(one, trajectory=f"{one.trajectory}, taught") if place == 1 else None

    examples, _ = examples_of(groups, told, taught=taught)
    assert [one.teacher and one.teacher.trajectory for one in examples] == [None, None, "c, taught", "d, taught"]


def test_rewards_of_other_groups_are_refused():
    with pytest.raises(BatchError, match=r"\[2\] attempts, and rewards came for \[1\]"):
        examples_of(PAIR, [[earned()]])


def test_what_attempts_earn_follows_every_setting_of_the_reward():
    needs_no_text = verdict(1.0, 1.0, 0.0, 1.0, text_required=False)
    drawn = attempt(image=needs_no_text, program=program_verdict(0.5))
    mended = attempt(image=needs_no_text, program=program_verdict(0.5), mended=("two answers",))

    def rewards(**settings):
        return [one.reward for one in earned_by([[drawn, mended]], RewardSettings(**settings))[0]]

    # KScore .1 + .4 + .4 * .5 + .1 = .8, half of it and half of the program's .5; a mended answer earns nothing
    assert rewards() == pytest.approx([0.65, 0.0])
    assert rewards(mended_earns_nothing=False) == pytest.approx([0.65, 0.65])
    assert rewards(parts="program") == pytest.approx([0.5, 0.0])
    # without text the others, all 1, weigh one
    assert rewards(parts="image", aggregate=Aggregate.NA_RENORMALISED) == pytest.approx([1.0, 0.0])


def test_a_group_teaches_where_its_attempts_become_examples():
    whole, by_axis = RewardSettings(), RewardSettings(by_axis=True)
    # Text and visual correctness weigh the same, so these two earned the same in different ways.
    crossed = [earned(text_accuracy=0.0), earned(visual_correctness=0.0)]
    alike = [earned(), earned()]

    assert [teaches(EARNED[0], settings) for settings in (whole, by_axis)] == [True, True]
    assert [teaches(crossed, settings) for settings in (whole, by_axis)] == [False, True]
    assert [teaches(alike, settings) for settings in (whole, by_axis)] == [False, False]
    assert [teaches([earned(text_accuracy=0.0), DOWN], settings) for settings in (whole, by_axis)] == [False, False]
    for settings in (whole, by_axis):
        made = [bool(examples_of(PAIR, [group], settings)[0]) for group in (EARNED[0], crossed, alike)]
        assert made == [teaches(group, settings) for group in (EARNED[0], crossed, alike)]
