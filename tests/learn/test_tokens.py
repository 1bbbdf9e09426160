"""From trajectories to the token ids that a model learns from."""

from collections.abc import Sequence
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import EncodingError  # noqa: E402
from genevolve.learn.kinds import Kind  # noqa: E402
from genevolve.learn.tokens import NOT_SAID, Tally, TokenSequence, TrajectoryEncoder  # noqa: E402
from genevolve.model.encode import ChatEncoder  # noqa: E402
from genevolve.model.load import LoadedModel  # noqa: E402
from genevolve.records import Message, Request, Trajectory  # noqa: E402
from genevolve.rollout import rollout  # noqa: E402
from genevolve.rollout.window import windowed  # noqa: E402
from genevolve.search.base import ImageHit  # noqa: E402
from genevolve.skills import load_skills  # noqa: E402
from genevolve.store.images import ImageStore  # noqa: E402
from genevolve.testing.scripted import ScriptedPolicy  # noqa: E402
from genevolve.testing.shelf import ShelfProvider  # noqa: E402
from genevolve.tools import Toolbox  # noqa: E402
from support.tiny_models import ANSWER, FLAG, SHORT_PROMPT, noise_png, shown, tiny, token_line  # noqa: E402

REQUEST = Request(id="r1", text="A poster with the flag")
MORE_FLAGS = FLAG.replace('"flag"', '"flags"')


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return tiny()


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


@pytest.fixture
def chat(model: LoadedModel, images: ImageStore) -> ChatEncoder:
    return ChatEncoder(model.processor, images.read)


@pytest.fixture
def encoder(chat: ChatEncoder) -> TrajectoryEncoder:
    return TrajectoryEncoder(chat, window=windowed, max_tokens=4096)


async def attempt(images: ImageStore, lines: Sequence[object]) -> Trajectory:
    """A real rollout in which two searches find two pictures each."""
    found = [(ImageHit(title=f"Flag {n}", image_url=f"https://e.example/{n}.png"), noise_png(n)) for n in range(4)]
    toolbox = Toolbox(provider=ShelfProvider(pictures={"flag": found[:2], "flags": found[2:]}), skills=load_skills())
    policy = ScriptedPolicy(*lines)
    trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images, prompt=SHORT_PROMPT)
    assert len(trajectory.turns) == len(lines)
    return trajectory


async def sampled(images: ImageStore, chat: ChatEncoder, *, forgets_at: int | None = None) -> Trajectory:
    texts = (FLAG, MORE_FLAGS, ANSWER)
    return await attempt(
        images, [token_line(chat, text, forgets=place == forgets_at) for place, text in enumerate(texts)]
    )


def said(sequence: TokenSequence) -> list[int]:
    return sequence.ids_T[sequence.mask_T].tolist()


async def test_a_rollout_is_one_sequence_of_the_very_ids_that_were_read_and_sampled(encoder, images, chat):
    trajectory = await sampled(images, chat)

    encoded = encoder.sampled(trajectory)

    (sequence,) = encoded.sequences
    spans = [turn.tokens for turn in trajectory.turns]
    assert sequence.ids_T.tolist() == [one for span in spans for one in (*span.context, *span.reply)]
    assert said(sequence) == [one for span in spans for one in span.reply]
    assert encoded.tally == Tally(
        trajectories=1, sequences=1, tokens=len(sequence), said_tokens=sum(len(span.reply) for span in spans)
    )
    # What the server reported stands at the very tokens it was reported of.
    assert sequence.served_logp_T[sequence.mask_T].tolist() == [one for span in spans for one in span.logprobs]
    assert not sequence.served_logp_T[~sequence.mask_T].any()


async def test_only_what_the_policy_said_carries_loss(encoder, images, chat):
    trajectory = await sampled(images, chat)
    decode = chat.processor.spelled

    (sequence,) = encoder.sampled(trajectory).sequences

    assert decode(said(sequence)) == "".join(f"{text}<|im_end|>" for text in (FLAG, MORE_FLAGS, ANSWER))
    for number, text in enumerate((FLAG, MORE_FLAGS, ANSWER)):
        assert decode(sequence.ids_T[sequence.turn_T == number].tolist()) == f"{text}<|im_end|>"
    unsaid = decode(sequence.ids_T[~sequence.mask_T].tolist())
    assert REQUEST.text in unsaid
    assert "IMG_004: title: Flag 3" in unsaid
    assert not (sequence.image_T & sequence.mask_T).any()
    assert set(sequence.turn_T[~sequence.mask_T].tolist()) == {NOT_SAID}


async def test_decisions_are_marked_where_they_were_sampled(encoder, images, chat):
    (sequence,) = encoder.sampled(await sampled(images, chat)).sequences

    def spelled(kind: Kind) -> str:
        return chat.processor.spelled(sequence.ids_T[sequence.kind_T == kind].tolist())

    assert "IMG_002" in spelled(Kind.IMAGE_ID)
    assert spelled(Kind.TOOL_NAME).count("image_search") == 2
    assert not sequence.kind_T[~sequence.mask_T].any()


async def test_pictures_of_observations_come_with_their_features_in_order(encoder, images, chat):
    trajectory = await sampled(images, chat)

    (sequence,) = encoder.sampled(trajectory).sequences

    assert [image.digest for image in sequence.images] == [image.digest for image in trajectory.images]
    assert int(sequence.image_T.sum()) == sum(image.tokens for image in sequence.images) == 4 * 6  # each 96 x 64


async def test_where_a_server_made_its_prompt_anew_a_sequence_begins(encoder, images, chat):
    trajectory = await sampled(images, chat, forgets_at=1)

    encoded = encoder.sampled(trajectory)

    # The second prompt has an id that was not there before; the third, without it, begins anew once more.
    assert encoded.tally.restarts == 2
    assert [said(sequence) for sequence in encoded.sequences] == [list(turn.tokens.reply) for turn in trajectory.turns]
    assert [len(sequence.images) for sequence in encoded.sequences] == [0, 2, 4]
    assert [set(sequence.turn_T.tolist()) for sequence in encoded.sequences] == [{-1, 0}, {-1, 1}, {-1, 2}]


async def test_a_picture_that_is_not_what_the_policy_saw_is_told_with_its_counts(encoder, images, chat):
    trajectory = await sampled(images, chat)
    span = trajectory.turns[1].tokens
    place = span.context.index(chat.processor.image_id)
    less = span.but(context=span.context[:place] + span.context[place + 1 :])
    turns = (trajectory.turns[0], trajectory.turns[1].but(tokens=less), trajectory.turns[2])

    message = rf"trajectory '{trajectory.id}' has 23 image tokens in 4 places and pictures of 24 features in 4"
    with pytest.raises(EncodingError, match=message):
        encoder.sampled(trajectory.but(turns=turns))


async def test_pictures_in_another_order_are_told_though_their_sum_is_right(images, model):
    sizes = {"1": (96, 64), "2": (160, 64)}  # 3 x 2 and 5 x 2 tokens
    chat = ChatEncoder(model.processor, lambda digest: noise_png(int(digest), sizes[digest]))
    seen = chat.encode([shown("look", "1", "2")])
    trajectory = await attempt(images, [token_line(ChatEncoder(model.processor, images.read), ANSWER)])
    turn = trajectory.turns[0]
    turn = turn.but(heard=(shown("look", "2", "1"),), tokens=turn.tokens.but(context=seen.ids))

    with pytest.raises(EncodingError, match="16 image tokens in 2 places and pictures of 16 features in 2"):
        TrajectoryEncoder(chat, window=windowed, max_tokens=4096).sampled(trajectory.but(turns=(turn,)))


async def test_a_reply_without_token_ids_cannot_be_learned_from(encoder, images, chat):
    trajectory = await attempt(images, [token_line(chat, FLAG), ANSWER])

    with pytest.raises(EncodingError, match=rf"reply 2 of trajectory '{trajectory.id}' has no token ids"):
        encoder.sampled(trajectory)


async def test_what_is_too_long_is_left_out_whole_and_counted(images, chat):
    trajectory = await sampled(images, chat)
    (whole,) = TrajectoryEncoder(chat, window=windowed, max_tokens=4096).sampled(trajectory).sequences

    fits = TrajectoryEncoder(chat, window=windowed, max_tokens=len(whole)).sampled(trajectory)
    not_so = TrajectoryEncoder(chat, window=windowed, max_tokens=len(whole) - 1).sampled(trajectory)

    assert fits.tally.too_long == 0
    assert torch.equal(fits.sequences[0].ids_T, whole.ids_T)
    assert not_so.sequences == ()
    assert not_so.tally == Tally(trajectories=1, too_long=1)
    assert (fits.tally + not_so.tally).trajectories == 2


async def test_a_demonstration_needs_no_ids_and_teaches_the_same_tokens(encoder, images, chat):
    with_ids = await sampled(images, chat)
    without = await attempt(images, [FLAG, MORE_FLAGS, ANSWER])

    (shown_ids,), (made,) = encoder.sampled(with_ids).sequences, encoder.demonstrated(without).sequences

    # The words were said token by token as they encode, so both ways to the ids meet.
    assert torch.equal(made.ids_T, shown_ids.ids_T)
    assert torch.equal(made.mask_T, shown_ids.mask_T)
    assert torch.equal(made.kind_T, shown_ids.kind_T)
    assert made.served_logp_T is None


def test_a_reply_that_is_encoded_with_what_follows_keeps_its_own_tokens(encoder, chat):
    # "\n" at the end of a reply would merge with the template's newline if the whole were encoded at once
    messages = [Message.of("user", "a"), Message.of("assistant", "b\n\n"), Message.of("user", "c")]

    (sequence,) = encoder.demonstrated_messages("m", messages).sequences

    assert chat.processor.spelled(said(sequence)) == "b\n\n<|im_end|>"


def test_what_is_heard_after_the_last_reply_is_not_read(encoder):
    messages = [Message.of("user", "a"), Message.of("assistant", "b"), Message.of("user", "c")]

    (one,) = encoder.demonstrated_messages("m", messages).sequences
    (other,) = encoder.demonstrated_messages("m", messages[:2]).sequences

    assert torch.equal(one.ids_T, other.ids_T)


def test_pictures_that_left_the_window_make_a_sequence_of_its_own(model):
    chat = ChatEncoder(model.processor, lambda digest: noise_png(int(digest)))
    encoder = TrajectoryEncoder(chat, window=lambda messages: windowed(messages, max_images=2), max_tokens=4096)
    messages = [
        *(shown("a", "1", "2"), Message.of("assistant", "one")),
        *(shown("b", "3"), Message.of("assistant", "two")),
    ]

    encoded = encoder.demonstrated_messages("m", messages)

    assert [[image.digest for image in sequence.images] for sequence in encoded.sequences] == [["1", "2"], ["2", "3"]]
    assert [chat.processor.spelled(said(sequence)) for sequence in encoded.sequences] == [
        "one<|im_end|>",
        "two<|im_end|>",  # the first reply is context here, and was taught in the sequence before
    ]
    assert encoded.tally.restarts == 1


def test_a_template_that_changes_replies_is_told(model, encoder):
    tokenizer = model.processor.tokenizer
    template = tokenizer.chat_template
    tokenizer.chat_template = template.replace("{{- message.content }}", "{{- message.content | trim }}")
    try:
        with pytest.raises(EncodingError, match="does not write reply 1 of 'm' as it was said"):
            encoder.demonstrated_messages("m", [Message.of("user", "a"), Message.of("assistant", " b ")])
    finally:
        tokenizer.chat_template = template


ADVICE = "Advice: compare the titles before you choose."


async def test_the_teacher_reads_the_same_replies_after_a_longer_system_message(encoder, images, chat):
    (student,) = encoder.sampled(await sampled(images, chat)).sequences

    teacher = encoder.taught(student, ADVICE)

    grown = len(teacher) - len(student)
    assert grown == len(chat.ids(f"choose.\n\n{ADVICE}", ())) - len(chat.ids("choose.", ()))  # ".\n\n" is one token
    assert said(teacher) == said(student)
    # Each token stands as many places later as the opening grew, pictures and kinds with it.
    assert torch.equal(teacher.mask_T[grown:], student.mask_T)
    assert torch.equal(teacher.kind_T[grown:], student.kind_T)
    assert torch.equal(teacher.turn_T[grown:], student.turn_T)
    assert torch.equal(teacher.image_T[grown:], student.image_T)
    assert torch.equal(teacher.ids_T[teacher.opening_tokens :], student.ids_T[student.opening_tokens :])
    assert not teacher.mask_T[: teacher.opening_tokens].any()
    assert chat.processor.spelled(teacher.ids_T.tolist()).count(ADVICE) == 1
    assert f"shown to you under their ids. Look at them before you choose.\n\n{ADVICE}<|im_end|>" in (
        chat.processor.spelled(teacher.ids_T.tolist())
    )


def without_the_first(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """A window of three pictures."""
    return windowed(messages, max_images=3)


async def test_every_sequence_of_a_trajectory_can_be_taught(encoder, images, chat):
    encoded = encoder.demonstrated(await attempt(images, [FLAG, MORE_FLAGS, ANSWER]))
    begun_anew = TrajectoryEncoder(chat, window=without_the_first, max_tokens=4096).demonstrated(
        await attempt(images, [FLAG, MORE_FLAGS, ANSWER])
    )
    assert begun_anew.tally.sequences == 2

    for sequence in (*encoded.sequences, *begun_anew.sequences):
        assert said(encoder.taught(sequence, ADVICE)) == said(sequence)


async def test_a_teachers_view_that_is_too_long_is_left_out(images, chat):
    trajectory = await sampled(images, chat)
    (student,) = TrajectoryEncoder(chat, window=windowed, max_tokens=4096).sampled(trajectory).sequences

    tight = TrajectoryEncoder(chat, window=windowed, max_tokens=len(student) + 3)

    assert tight.taught(student, ADVICE) is None


async def test_ids_of_another_tokenizer_cannot_be_taught(encoder, images, chat):
    trajectory = await sampled(images, chat, forgets_at=0)

    (first, *_) = encoder.sampled(trajectory).sequences

    with pytest.raises(EncodingError, match="encodes to other ids than the policy read"):
        encoder.taught(first, ADVICE)


def test_a_conversation_without_a_system_message_is_given_one(encoder, chat):
    (student,) = encoder.demonstrated_messages("m", [Message.of("user", "a"), Message.of("assistant", "b")]).sequences

    teacher = encoder.taught(student, ADVICE)

    assert chat.processor.spelled(teacher.ids_T.tolist()).startswith(f"<|im_start|>system\n{ADVICE}<|im_end|>\n")
    assert said(teacher) == said(student)
