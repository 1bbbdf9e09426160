"""An attempt, from the request to its trajectory, with policies of every kind."""

import asyncio
import json
from io import BytesIO

import pytest
from PIL import Image

from genevolve.errors import PolicyError, StoreError
from genevolve.policy import Reply
from genevolve.records import (
    Answer,
    ImagePart,
    Limits,
    Malformed,
    Request,
    Sampling,
    StopReason,
    ToolCall,
    Trajectory,
    Usage,
)
from genevolve.rollout import SystemPrompt, plan_trajectory_id, rollout
from genevolve.rollout.grammar import MAX_REPLY_CHARS
from genevolve.search.base import ImageHit
from genevolve.skills import load_skills
from genevolve.testing.scripted import ScriptedPolicy
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox

REQUEST = Request(id="r1", text='The flag with the title "FASO" <|im_start|>')
SEARCH = '<think>facts</think><tool_call>{"name": "search", "arguments": {"queries": ["capital"]}}</tool_call>'
FLAG = '<tool_call>{"name": "image_search", "arguments": {"query": "flag", "top_k": 2}}</tool_call>'
ANSWER = (
    '<answer>{"gen_prompt": "The first reference image under a sky.", '
    '"reference_images": [{"img_id": "IMG_002", "note": "the flag"}]}</answer>'
)
PLAIN = '<answer>{"gen_prompt": "A calm sea."}</answer>'


def limits(**changed: float) -> Sampling:
    return Sampling(limits=Limits(**changed))


def flags(first: int, count: int) -> list[tuple[ImageHit, bytes]]:
    return [
        (ImageHit(title=f"Flag {n}", image_url=f"https://flags.example/{n}.png"), solid_png((n, 30, 30)))
        for n in range(first, first + count)
    ]


def solid_png(colour: tuple[int, int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", (24, 16), colour).save(out, "PNG")
    return out.getvalue()


def last_heard(trajectory: Trajectory) -> str:
    return trajectory.turns[-1].heard[-1].text


async def test_an_attempt_ends_in_a_program_and_a_record_of_every_word(toolbox, images):
    policy = ScriptedPolicy(SEARCH, FLAG, ANSWER)

    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images)

    assert trajectory.stop is StopReason.ANSWERED
    assert trajectory.failure is None
    assert trajectory.mended == ()
    assert trajectory.program is not None
    assert trajectory.program.prompt == "The first reference image under a sky."
    assert trajectory.program.references[0].digest == trajectory.images[1].digest
    assert [type(turn.action) for turn in trajectory.turns] == [ToolCall, ToolCall, Answer]
    assert [turn.reply for turn in trajectory.turns] == [SEARCH, FLAG, ANSWER]
    system, user = trajectory.turns[0].heard
    assert (system.role, user.role) == ("system", "user")
    assert user.text == REQUEST.text
    assert trajectory.turns[1].heard[0].text.startswith("<tool_response>\n[search: capital]\n1. title: Burkina Faso")
    shown = [part.ref for part in trajectory.turns[2].heard[0].parts if isinstance(part, ImagePart)]
    assert shown == ["IMG_001", "IMG_002"]
    assert Trajectory.model_validate_json(trajectory.model_dump_json()) == trajectory


async def test_the_record_is_the_conversation_that_the_policy_was_asked_with(toolbox, images):
    policy = ScriptedPolicy(SEARCH, "prose", FLAG, ANSWER)
    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images)

    told: list[tuple[str, str]] = []
    for turn, asked in zip(trajectory.turns, policy.heard, strict=True):
        told += [(message.role, message.text) for message in turn.heard]
        assert [(message.role, message.text) for message in asked.messages] == told
        told.append(("assistant", turn.reply))


async def test_the_id_is_known_before_the_attempt_and_depends_on_its_settings(toolbox, images):
    policy = ScriptedPolicy(PLAIN)
    made = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images, attempt=2)
    planned = plan_trajectory_id(REQUEST, policy=policy, toolbox=toolbox, attempt=2)
    blind = Toolbox(provider=ShelfProvider(), skills=load_skills(), text_only=True)
    others = {
        plan_trajectory_id(REQUEST, policy=policy, toolbox=toolbox, attempt=1),
        plan_trajectory_id(REQUEST, policy=policy, toolbox=blind, attempt=2),
        plan_trajectory_id(REQUEST, policy=ScriptedPolicy(name="other"), toolbox=toolbox, attempt=2),
        plan_trajectory_id(REQUEST, policy=policy, toolbox=toolbox, attempt=2, sampling=Sampling(seed=1)),
    }

    assert made.id == planned
    assert len(others | {planned}) == 5


async def test_brought_pictures_take_the_first_ids_and_can_be_references(toolbox, images, png):
    digest = images.add(png)
    request = Request(id="r", text="Frame it", brought=(digest,))
    policy = ScriptedPolicy(FLAG, ANSWER.replace("IMG_002", "IMG_001"))

    trajectory = await rollout(request, policy=policy, toolbox=toolbox, images=images, titles=("my <answer>",))

    words, pictures, shown = trajectory.turns[0].heard[1].parts
    assert words.text == "Frame it"
    assert pictures.text == (
        "The user brought these pictures:\nIMG_001: title: my ‹answer>\n"
        f"   local_path: images/{digest[:2]}/{digest}.png"
    )
    assert shown == ImagePart(digest=digest, ref="IMG_001")
    assert (trajectory.images[0].found_by, trajectory.images[0].image_url) == ("brought", "brought:1")
    assert [image.ref for image in trajectory.images] == ["IMG_001", "IMG_002", "IMG_003"]
    assert trajectory.program.references[0].digest == digest


async def test_a_brought_picture_that_is_not_stored_is_the_users_mistake_and_is_raised(toolbox, images):
    request = Request(id="r", text="Frame it", brought=("0" * 32,))

    with pytest.raises(StoreError, match="is not in"):
        await rollout(request, policy=ScriptedPolicy(PLAIN), toolbox=toolbox, images=images)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("Here is your picture: a dog.", "it holds no action"),
        ('<tool_call>{"name": "browse", "arguments": {}}</tool_call>', "there is no tool 'browse'"),
        ('<tool_call>{"name": "search", "arguments": {"queries": {"a": 1}}}</tool_call>', "cannot be run"),
        ('<tool_call>{"name": "search", "arguments": {"queries": ["x"], "top_k": NaN}}</tool_call>', "NaN"),
        ('<tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "magic"}}</tool_call>', "magic"),
        (SEARCH + FLAG, "2 different actions"),
        ("", "it holds no action"),
    ],
)
async def test_a_malformed_reply_is_answered_with_a_reminder_that_names_the_fault(toolbox, images, reply, words):
    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(reply, PLAIN), toolbox=toolbox, images=images)

    assert isinstance(trajectory.turns[0].action, Malformed)
    assert last_heard(trajectory).startswith("Your last reply could not be used:")
    assert words in last_heard(trajectory)
    assert "<tool_call>" in last_heard(trajectory)
    assert trajectory.stop is StopReason.ANSWERED


async def test_numbers_for_strings_are_read_and_the_repair_is_on_the_turn(toolbox, images, provider):
    reply = '<tool_call>{"name": "search", "arguments": {"queries": 1969, "top_k": "2"}}</tool_call>'
    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(reply, PLAIN), toolbox=toolbox, images=images)

    assert provider.asked == ["1969"]
    assert trajectory.turns[0].action == ToolCall(name="search", arguments={"queries": ["1969"], "top_k": 2})
    assert 'top_k "2" was read as 2' in trajectory.turns[0].repairs


async def test_a_failed_search_is_part_of_the_conversation(toolbox, images):
    reply = SEARCH.replace("capital", "down")
    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(reply, PLAIN), toolbox=toolbox, images=images)

    assert "search failed: the server is down" in last_heard(trajectory)


async def test_an_invalid_answer_is_told_and_may_be_mended_by_the_policy(toolbox, images):
    policy = ScriptedPolicy(ANSWER, FLAG, ANSWER)

    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images)

    told = trajectory.turns[1].heard[0].text
    assert told.startswith("Your answer cannot be drawn as it stands:")
    assert "'IMG_002', which no tool returned; no image was found so far" in told
    assert trajectory.program is not None
    assert trajectory.mended == ()


async def test_the_same_invalid_answer_again_is_mended_by_us(toolbox, images):
    bad = '<answer>{"gen_prompt": "A red star. The first reference image.", "reference_images": ["IMG_007"]}</answer>'
    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(bad, repeat_last=True), toolbox=toolbox, images=images)

    assert len(trajectory.turns) == 2
    assert trajectory.stop is StopReason.ANSWERED
    assert trajectory.program.prompt == "A red star."
    assert "IMG_007, which no tool returned, was dropped from the references" in trajectory.mended


async def test_an_invalid_answer_in_the_last_reply_is_mended_by_us(toolbox, images):
    bad = '<answer>{"gen_prompt": "The flag of IMG_001."}</answer>'
    trajectory = await rollout(
        REQUEST, policy=ScriptedPolicy(FLAG, bad), toolbox=toolbox, images=images, sampling=limits(max_calls=2)
    )

    assert trajectory.stop is StopReason.ANSWERED
    assert trajectory.program.prompt == "The flag of the first reference image."
    assert [reference.ref for reference in trajectory.program.references] == ["IMG_001"]


async def test_an_answer_with_nothing_in_it_is_the_policys_failure(toolbox, images):
    empty = '<answer>{"gen_prompt": " "}</answer>'
    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(empty, repeat_last=True), toolbox=toolbox, images=images)

    assert trajectory.stop is StopReason.ANSWERED
    assert trajectory.program is None
    assert trajectory.failure.whose == "policy"
    assert "gen_prompt is empty" in trajectory.failure.what


async def test_a_policy_that_loops_is_told_it_repeats_itself_and_stopped_after_its_replies(toolbox, images, provider):
    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(SEARCH, repeat_last=True), toolbox=toolbox, images=images)

    assert trajectory.stop is StopReason.OUT_OF_TURNS
    assert trajectory.failure.whose == "policy"
    assert len(trajectory.turns) == 11
    assert provider.asked == ["capital"]
    assert "You asked this before; the results are above." in trajectory.turns[2].heard[0].text
    assert "FINAL STEP" in last_heard(trajectory)
    assert sum("FINAL STEP" in m.text for t in trajectory.turns for m in t.heard if m.role == "user") == 1


async def test_the_final_step_is_told_before_the_last_reply_in_a_message_of_its_own(toolbox, images):
    policy = ScriptedPolicy(SEARCH, PLAIN)
    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images, sampling=limits(max_calls=2))

    observation, notice = trajectory.turns[1].heard
    assert observation.text.startswith("<tool_response>")
    assert (notice.role, "FINAL STEP" in notice.text) == ("user", True)
    assert trajectory.stop is StopReason.ANSWERED


async def test_a_tool_call_after_the_final_step_is_not_run_but_may_be_put_right_while_replies_are_left(
    toolbox, images, provider
):
    policy = ScriptedPolicy(SEARCH, FLAG, PLAIN)
    trajectory = await rollout(
        REQUEST, policy=policy, toolbox=toolbox, images=images, sampling=limits(max_tool_calls=1)
    )

    assert provider.asked == ["capital"]
    assert trajectory.images == ()
    assert "FINAL STEP" in trajectory.turns[1].heard[-1].text
    assert "the call was not run" in last_heard(trajectory)
    assert trajectory.stop is StopReason.ANSWERED


async def test_a_policy_without_tool_calls_hears_the_final_step_at_once(toolbox, images):
    trajectory = await rollout(
        REQUEST, policy=ScriptedPolicy(PLAIN), toolbox=toolbox, images=images, sampling=limits(max_tool_calls=0)
    )

    assert [message.role for message in trajectory.turns[0].heard] == ["system", "user", "user"]
    assert trajectory.program is not None


async def test_an_earlier_answer_stands_where_the_policy_never_puts_it_right(toolbox, images):
    bad = '<answer>{"gen_prompt": "The flag of IMG_009 over a sea."}</answer>'
    trajectory = await rollout(
        REQUEST, policy=ScriptedPolicy(bad, "prose", repeat_last=True), toolbox=toolbox, images=images
    )

    assert trajectory.stop is StopReason.OUT_OF_TURNS
    assert trajectory.program.prompt == "The flag over a sea."
    assert trajectory.mended
    assert trajectory.failure is None


async def test_a_reply_cut_off_by_the_token_limit_is_asked_for_the_action_alone(toolbox, images):
    cut = Reply(text='<think>… <answer>{"gen_prompt": "A ca', cut_off=True)
    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(cut, PLAIN), toolbox=toolbox, images=images)

    assert "RESPONSE TOO LONG" in last_heard(trajectory)
    assert "4096 tokens" in last_heard(trajectory)
    assert trajectory.stop is StopReason.ANSWERED


async def test_a_reply_past_the_token_limit_is_not_acted_upon(toolbox, images, provider):
    by_estimate = "x" * 4 * 4096 + SEARCH
    by_count = Reply(text=SEARCH, usage=Usage(prompt_tokens=10, completion_tokens=5000))
    for reply in (by_estimate, by_count):
        trajectory = await rollout(REQUEST, policy=ScriptedPolicy(reply, PLAIN), toolbox=toolbox, images=images)
        assert "RESPONSE TOO LONG" in last_heard(trajectory)
    assert provider.asked == []


async def test_ten_megabytes_are_kept_word_for_word_and_end_the_attempt(toolbox, images):
    huge = SEARCH + "\ud800" + "x" * 10_000_000
    policy = ScriptedPolicy(huge, repeat_last=True)

    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images)

    assert trajectory.stop is StopReason.OUT_OF_TOKENS
    assert trajectory.turns[0].reply == huge.replace("\ud800", "\ufffd")
    assert len(policy.heard) == 1
    assert trajectory.failure.whose == "policy"
    trajectory.model_dump_json().encode()


async def test_a_server_that_counts_few_tokens_does_not_make_a_huge_reply_small(toolbox, images):
    huge = Reply(text="x" * (MAX_REPLY_CHARS + 1), usage=Usage(prompt_tokens=1, completion_tokens=1))
    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(huge, repeat_last=True), toolbox=toolbox, images=images)

    assert trajectory.stop is StopReason.OUT_OF_TOKENS
    assert len(trajectory.turns) == 1


async def test_replies_and_observations_together_have_a_limit_and_the_last_that_fits_must_answer(toolbox, images):
    wordy = "<think>" + "w " * 1000 + "</think>" + SEARCH  # about 520 tokens with its call
    policy = ScriptedPolicy(wordy, repeat_last=True)

    trajectory = await rollout(
        REQUEST, policy=policy, toolbox=toolbox, images=images, sampling=limits(max_response_tokens=2000)
    )

    # 2,000 less a quarter kept for the answer is passed after three turns; the fourth reply goes past 2,000.
    assert trajectory.stop is StopReason.OUT_OF_TOKENS
    assert len(trajectory.turns) == 4
    assert "FINAL STEP" in last_heard(trajectory)


async def test_what_the_server_counted_is_believed_over_the_estimate(toolbox, images):
    def reply(text: str, prompt: int, completion: int) -> Reply:
        return Reply(text=text, usage=Usage(prompt_tokens=prompt, completion_tokens=completion))

    policy = ScriptedPolicy(reply(SEARCH, 2000, 100), reply(FLAG, 66_000, 100), PLAIN)
    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images)

    assert trajectory.stop is StopReason.OUT_OF_TOKENS
    # 66,100 at the second reply, less the 2,000 before the first, and the pictures that were shown since (2 x 160).
    assert "replies and observations have 64,4" in trajectory.failure.what


async def test_a_request_too_long_for_the_policy_is_not_its_fault(toolbox, images):
    policy = ScriptedPolicy(PLAIN)
    trajectory = await rollout(Request(id="r", text="word " * 20_000), policy=policy, toolbox=toolbox, images=images)

    assert trajectory.stop is StopReason.OUT_OF_TOKENS
    assert trajectory.failure.whose == "world"
    assert policy.heard == []


async def test_a_policy_that_cannot_be_asked_is_the_worlds_failure_and_its_turns_are_kept(toolbox, images):
    policy = ScriptedPolicy(SEARCH, PolicyError("the server is gone"))
    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images)

    assert trajectory.stop is StopReason.FAILED
    assert (trajectory.failure.whose, trajectory.failure.what) == ("world", "the server is gone")
    assert len(trajectory.turns) == 1


async def test_an_attempt_past_its_time_ends_with_what_was_said_by_then(toolbox, images):
    policy = ScriptedPolicy(SEARCH, seconds_a_reply=0.3, repeat_last=True)
    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images, sampling=limits(max_seconds=0.5))

    assert trajectory.stop is StopReason.OUT_OF_TIME
    assert len(trajectory.turns) == 1
    assert trajectory.failure.whose == "world"
    assert 0.4 < trajectory.seconds < 5


async def test_a_slow_tool_ends_the_attempt_in_time_too(images):
    slow = Toolbox(provider=ShelfProvider(seconds=30), skills=load_skills())
    trajectory = await rollout(
        REQUEST, policy=ScriptedPolicy(SEARCH), toolbox=slow, images=images, sampling=limits(max_seconds=0.2)
    )

    assert trajectory.stop is StopReason.OUT_OF_TIME
    assert len(trajectory.turns) == 1


async def test_cancelling_is_not_swallowed(toolbox, images):
    policy = ScriptedPolicy(PLAIN, seconds_a_reply=30)
    task = asyncio.create_task(rollout(REQUEST, policy=policy, toolbox=toolbox, images=images))
    await asyncio.sleep(0.05)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_at_most_24_pictures_stand_in_a_conversation_and_the_record_keeps_all(images):
    provider = ShelfProvider(pictures={f"flag {n}": flags(10 * n, 10) for n in range(3)})
    box = Toolbox(provider=provider, skills=load_skills())
    call = '<tool_call>{"name": "image_search", "arguments": {"query": "flag %d", "top_k": 10}}</tool_call>'
    policy = ScriptedPolicy(call % 0, call % 1, call % 2, PLAIN)

    trajectory = await rollout(REQUEST, policy=policy, toolbox=box, images=images)

    sent = [part.ref for message in policy.heard[-1].messages for part in message.parts if isinstance(part, ImagePart)]
    kept = [part.ref for t in trajectory.turns for m in t.heard for part in m.parts if isinstance(part, ImagePart)]
    assert sent == [f"IMG_{n:03d}" for n in range(7, 31)]
    assert kept == [f"IMG_{n:03d}" for n in range(1, 31)]
    assert "IMG_001: title: Flag 0" in policy.heard[-1].messages[3].text


async def test_without_sight_no_message_holds_a_picture(provider, images, png):
    blind = Toolbox(provider=provider, skills=load_skills(), text_only=True)
    request = Request(id="r", text="x", brought=(images.add(png),))
    policy = ScriptedPolicy(FLAG, ANSWER)

    trajectory = await rollout(request, policy=policy, toolbox=blind, images=images)

    parts = [part for turn in trajectory.turns for message in turn.heard for part in message.parts]
    assert not any(isinstance(part, ImagePart) for part in parts)
    assert trajectory.program is not None


async def test_a_custom_system_prompt_is_sent_as_it_stands(toolbox, images, tmp_path):
    file = tmp_path / "prompt.md"
    file.write_text("Be brief. {{tools}} {{unknown}} {braces}", encoding="utf-8")
    prompt = SystemPrompt.from_file(file)

    trajectory = await rollout(REQUEST, policy=ScriptedPolicy(PLAIN), toolbox=toolbox, images=images, prompt=prompt)

    sent = trajectory.turns[0].heard[0].text
    assert sent.startswith('Be brief. {"type": "function"')
    assert sent.endswith("{{unknown}} {braces}")


async def test_the_policy_never_learns_what_the_judge_knows(toolbox, images):
    secret = {"recipe": {"facts": [{"subject": "s", "relation": "r", "value": "SECRET"}]}, "target": "f" * 32}
    told = Request.model_validate({**json.loads(REQUEST.model_dump_json()), **secret})
    with_recipe, without = ScriptedPolicy(PLAIN), ScriptedPolicy(PLAIN)
    await rollout(told, policy=with_recipe, toolbox=toolbox, images=images)
    await rollout(REQUEST, policy=without, toolbox=toolbox, images=images)

    assert with_recipe.heard == without.heard
