"""A policy behind a server, from the first question to the trajectory."""

import asyncio
import json
from pathlib import Path

import pytest

from genevolve.errors import PolicyError, UsageError
from genevolve.policy import Conversation, ServedSettings, open_policy
from genevolve.policy.served import ServedPolicy
from genevolve.records import Limits, Message, Request, Sampling, StopReason, Trajectory
from genevolve.rollout import rollout
from genevolve.search.base import ImageHit, TextHit
from genevolve.skills import load_skills
from genevolve.store.images import ImageStore
from genevolve.testing.chat_server import FAULTS, ChatServer, Fault, PlainReply
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox
from support.pictures import make_png

REQUEST = Request(id="r1", text="A flag")
SEARCH = '<think>facts</think><tool_call>{"name": "search", "arguments": {"queries": ["capital"]}}</tool_call>'
FLAG = '<tool_call>{"name": "image_search", "arguments": {"query": "flag", "top_k": 2}}</tool_call>'
ANSWER = (
    '<answer>{"gen_prompt": "The first reference image under a sky.", '
    '"reference_images": [{"img_id": "IMG_002", "note": "the flag"}]}</answer>'
)


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


def toolbox(*, text_only: bool = False) -> Toolbox:
    pictures = [
        (ImageHit(title=f"Flag {n}", image_url=f"https://flags.example/{n}.png"), make_png((n, 9, 9))) for n in range(3)
    ]
    provider = ShelfProvider(
        documents={"capital": [TextHit(title="Chad", url="https://e.example", snippet="N'Djamena <|im_end|>")]},
        pictures={"flag": pictures},
    )
    return Toolbox(provider=provider, skills=load_skills(), text_only=text_only)


def policy_of(server: ChatServer, store: ImageStore, key: str = "", **settings: object) -> ServedPolicy:
    settings = {"model": "GenEvolve", **settings}
    return ServedPolicy(server.url, images=store, settings=ServedSettings(**settings), key=key)


async def attempt(
    server: ChatServer, store: ImageStore, *, sampling: Sampling | None = None, text_only: bool = False, **how: object
) -> Trajectory:
    policy = policy_of(server, store, **how)
    try:
        return await rollout(
            REQUEST, policy=policy, toolbox=toolbox(text_only=text_only), images=store, sampling=sampling
        )
    finally:
        await policy.close()


async def test_a_served_model_answers_with_searches_pictures_and_a_program(store):
    async with ChatServer([SEARCH, FLAG, ANSWER]) as server:
        trajectory = await attempt(server, store, sampling=Sampling(seed=7, temperature=0.7, top_p=0.95))

    assert trajectory.stop is StopReason.ANSWERED
    assert trajectory.policy.model_dump() == {
        "name": "served", "model": "GenEvolve", "dialect": "tagged", "weights": None,
    }  # fmt: skip
    assert [turn.reply for turn in trajectory.turns] == [SEARCH, FLAG, ANSWER]
    assert trajectory.program is not None
    assert trajectory.program.references[0].digest == trajectory.images[1].digest
    assert all(turn.usage and turn.usage.prompt_tokens > 1000 for turn in trajectory.turns)
    assert all(turn.tokens is None for turn in trajectory.turns)
    assert Trajectory.model_validate_json(trajectory.model_dump_json()) == trajectory
    last = server.heard[-1]
    assert (last["seed"], last["temperature"], last["top_p"], last["max_tokens"]) == (7, 0.7, 0.95, 4096)
    assert [message["role"] for message in last["messages"]] == [
        "system", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert "‹|im_end|›" in last["messages"][3]["content"]
    observation = last["messages"][5]["content"]
    assert [part["type"] for part in observation] == ["text", "image_url", "image_url"]
    assert "<tool_response>" in observation[0]["text"]


async def test_text_only_sends_no_picture(store):
    async with ChatServer([FLAG, ANSWER], sees_pictures=False) as server:
        trajectory = await attempt(server, store, text_only=True)

    assert trajectory.stop is StopReason.ANSWERED
    assert "image_url" not in json.dumps(server.heard)


async def test_a_model_without_sight_ends_the_attempt_as_the_worlds_failure_with_the_advice(store):
    async with ChatServer([FLAG, ANSWER], sees_pictures=False) as server:
        trajectory = await attempt(server, store)

    assert trajectory.stop is StopReason.FAILED
    assert trajectory.failure is not None
    assert (trajectory.failure.whose, trajectory.failure.where) == ("world", "policy")
    assert "--text-only" in trajectory.failure.what
    assert len(trajectory.turns) == 1


async def test_a_reply_cut_off_at_the_limit_is_answered_with_response_too_long(store):
    cut = PlainReply(text='<think>very long</think><answer>{"gen_prompt": "A', cut_off=True)
    async with ChatServer([cut, ANSWER.replace("IMG_002", "IMG_001"), '<answer>{"gen_prompt": "A sea"}</answer>']) as s:
        trajectory = await attempt(s, store, sampling=Sampling(limits=Limits(max_reply_tokens=500)))

    assert trajectory.turns[1].heard[0].text.startswith("RESPONSE TOO LONG: your last reply was cut off at 500 tokens")
    assert s.heard[0]["max_tokens"] == 500
    assert trajectory.stop is StopReason.ANSWERED


async def test_split_off_thoughts_are_part_of_the_reply(store):
    async with ChatServer([PlainReply(thought="hm", text='<answer>{"gen_prompt": "A sea"}</answer>')]) as server:
        trajectory = await attempt(server, store)

    assert trajectory.turns[0].reply == '<think>hm</think><answer>{"gen_prompt": "A sea"}</answer>'


async def test_token_ids_join_to_one_sequence_that_is_the_last_prompt_and_reply(store):
    async with ChatServer([SEARCH, "prose", ANSWER, '<answer>{"gen_prompt": "A sea"}</answer>']) as server:
        trajectory = await attempt(server, store, token_ids=True)

    joined: list[int] = []
    for turn in trajectory.turns:
        assert turn.tokens is not None
        assert turn.usage is not None
        assert not turn.tokens.restarts
        joined += turn.tokens.context
        assert len(joined) == turn.usage.prompt_tokens
        assert len(turn.tokens.logprobs) == len(turn.tokens.reply) == turn.usage.completion_tokens
        joined += turn.tokens.reply
    assert bytes(t for t in trajectory.turns[1].tokens.context if t < 256).startswith(b"<tool_response>")
    assert bytes(t for t in trajectory.turns[1].tokens.reply if t < 256) == b"prose[]"


async def test_a_server_that_tokenises_the_history_anew_makes_each_call_a_sequence_of_its_own(store):
    async with ChatServer([SEARCH, "prose", '<answer>{"gen_prompt": "A sea"}</answer>'], retokenises=True) as server:
        trajectory = await attempt(server, store, token_ids=True)

    spans = [turn.tokens for turn in trajectory.turns]
    assert [span.restarts for span in spans] == [False, True, True]
    assert [len(span.context) for span in spans] == [turn.usage.prompt_tokens for turn in trajectory.turns]


async def test_the_only_model_of_a_server_is_taken_where_none_is_named(store):
    async with ChatServer(["x"], models=["only"]) as server:
        policy = policy_of(server, store, model=None)
        with pytest.raises(UsageError, match="prepare"):
            _ = policy.info
        await policy.prepare()
        assert policy.info.model == "only"
        said = await policy.reply(Conversation(messages=(Message.of("user", "hi"),), sampling=Sampling()))
        await policy.close()
    assert said.text == "x"
    assert server.heard[0]["model"] == "only"


@pytest.mark.parametrize(("models", "words"), [(["a", "b"], "has 2 models; name one with --model: a, b"), ([], "none")])
async def test_several_models_are_listed_and_none_is_chosen(store, models, words):
    async with ChatServer(["x"], models=models) as server:
        policy = policy_of(server, store, model=None)
        with pytest.raises(UsageError, match=words):
            await policy.prepare()
        await policy.close()


async def test_a_refused_key_is_told_before_anything_is_asked(store):
    async with ChatServer(["x"], key="sk-right") as server:
        policy = policy_of(server, store, key="sk-wrong")
        with pytest.raises(UsageError, match="Set OPENAI_API_KEY") as caught:
            await policy.prepare()
        await policy.close()
        right = policy_of(server, store, key="sk-right")
        await right.prepare()
        await right.close()
    assert "sk-wrong" not in str(caught.value)
    assert server.heard == []


async def test_a_server_that_is_not_there_stops_only_who_names_no_model(store):
    async with ChatServer(["x"]) as server:
        pass
    named, unnamed = (policy_of(server, store, tries=1, model=model) for model in ("GenEvolve", None))
    await named.prepare()
    with pytest.raises(PolicyError, match=r"cannot be reached.*Is it running"):
        await unnamed.prepare()
    await named.close()
    await unnamed.close()


async def test_a_dead_server_is_a_recorded_failure_of_the_world(store):
    async with ChatServer(["x"]) as server:
        pass
    trajectory = await attempt(server, store, tries=1)

    assert trajectory.stop is StopReason.FAILED
    assert trajectory.failure is not None
    assert trajectory.failure.whose == "world"
    assert server.url in trajectory.failure.what


async def test_a_server_with_every_fault_leaves_each_attempt_a_program_or_a_typed_failure(store):
    """One call in two meets a fault, each kind in turn; the faults of one attempt leave the others alone."""
    refused = 0

    def fault_of(call: int) -> Fault | None:
        return FAULTS[call // 2 % len(FAULTS)] if call % 2 else None

    async with ChatServer([SEARCH, FLAG, ANSWER], faults=fault_of) as server:
        policy = policy_of(server, store, key="sk-secret", seconds_a_reply=0.5)
        trajectories = await asyncio.gather(
            *(
                rollout(Request(id=f"r{n}", text="A flag"), policy=policy, toolbox=toolbox(), images=store)
                for n in range(40)
            )
        )
        await policy.close()

    for trajectory in trajectories:
        assert (trajectory.program is None) == (trajectory.failure is not None)
        if trajectory.failure:
            refused += 1
            assert (trajectory.stop, trajectory.failure.whose) == (StopReason.FAILED, "world")
            assert trajectory.failure.what.startswith("the policy server (http://127.0.0.1:")
        assert "sk-secret" not in trajectory.model_dump_json()
    assert 0 < refused < 40
    assert policy.calls == len(server.heard)


def test_a_server_is_found_in_the_environment_and_a_setting_wins(store, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "EMPTY")
    assert isinstance(open_policy("served", images=store), ServedPolicy)
    with pytest.raises(UsageError, match="'nowhere'"):
        open_policy("served", images=store, served=ServedSettings(base_url="nowhere"))
    monkeypatch.delenv("OPENAI_BASE_URL")
    with pytest.raises(UsageError, match="give --base-url or set OPENAI_BASE_URL"):
        open_policy("served", images=store)


def test_a_policy_answers_in_one_event_loop_after_another(store):
    async def once(policy: ServedPolicy) -> None:
        with pytest.raises(PolicyError):
            await policy.reply(Conversation(messages=(Message.of("user", "hi"),), sampling=Sampling()))
        await policy.close()

    policy = ServedPolicy("http://127.0.0.1:9/v1", images=store, settings=ServedSettings(model="m", tries=1))
    asyncio.run(once(policy))
    asyncio.run(once(policy))
