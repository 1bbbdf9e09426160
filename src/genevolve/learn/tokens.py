"""From a conversation to the token ids that a model learns from, for supervised tuning and reinforcement alike.

Legend: T tokens of one sequence.

Only what the policy said carries loss: never the system message, the request,
an observation or an image token. In reinforcement the ids are those that were
sampled, never made again from words; where a server made its prompt anew, so
that it does not begin with the ids before, the reply begins a sequence of its
own. In supervised tuning the words are encoded piece by piece, as a rollout
reads and speaks them, so that the place of every reply is known exactly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import torch

from ..errors import EncodingError
from ..model.encode import ChatEncoder, ImageFeatures, image_digests
from ..records import Message, TextPart, Trajectory, Turn
from ..records.advised import advised
from .kinds import Kind
from .marking import token_kinds

NOT_SAID = -1
"""The turn of a token that the policy did not say."""
Window = Callable[[tuple[Message, ...]], tuple[Message, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSequence:
    """What a model reads in one pass, and which of it the policy said."""

    trajectory: str
    """Id, or another name for messages."""
    ids_T: torch.Tensor
    mask_T: torch.Tensor
    """True where the policy said the token. Its log-probability is read from the logits one position before."""
    kind_T: torch.Tensor
    """`Kind` of the token, int8."""
    turn_T: torch.Tensor
    """Number of the reply that the token belongs to, from 0; `NOT_SAID` elsewhere."""
    image_T: torch.Tensor
    """True where the token stands for a piece of a picture."""
    served_logp_T: torch.Tensor | None
    """What the serving engine reported, 0 where nothing was sampled; None for demonstrations."""
    images: tuple[ImageFeatures, ...]
    """In the order of their tokens."""
    opening: tuple[Message, ...]
    """The messages before its first reply."""
    opening_tokens: int
    """Tokens that they and the words which a reply follows take."""
    temperature: float | None = None
    """That its replies were sampled at; None where that is not known."""

    def __len__(self) -> int:
        return len(self.ids_T)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What was encoded, and what was not."""

    trajectories: int = 0
    sequences: int = 0
    restarts: int = 0
    """Replies that begin a further sequence of their trajectory, because their prompt was made anew."""
    too_long: int = 0
    """Sequences that were left out."""
    tokens: int = 0
    said_tokens: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The sequences of one trajectory."""

    sequences: tuple[TokenSequence, ...]
    tally: Tally


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A sequence that is being written."""

    opening: tuple[Message, ...]
    opening_tokens: int = 0
    text: str = ""
    """What its ids spell, as far as they were made from words."""
    ids: list[int] = field(default_factory=list[int])
    turns: list[int] = field(default_factory=list[int])
    kinds: list[int] = field(default_factory=list[int])
    logprobs: list[float] = field(default_factory=list[float])
    images: tuple[ImageFeatures, ...] = ()

    def hear(self, ids: Sequence[int]) -> None:
        if not self.ids:
            self.opening_tokens = len(ids)
        self._add(ids, turn=NOT_SAID, kinds=[Kind.OTHER] * len(ids), logprobs=[0.0] * len(ids))

    def say(self, ids: Sequence[int], *, turn: int, kinds: Sequence[int], logprobs: Sequence[float]) -> None:
        self._add(ids, turn=turn, kinds=kinds, logprobs=logprobs)

    def _add(self, ids: Sequence[int], *, turn: int, kinds: Sequence[int], logprobs: Sequence[float]) -> None:
        self.ids += ids
        self.turns += [turn] * len(ids)
        self.kinds += kinds
        self.logprobs += logprobs


class TrajectoryEncoder:
    """Encodes trajectories for one model."""

    def __init__(self, chat: ChatEncoder, *, window: Window, max_tokens: int, tools: Sequence[str] = ()) -> None:
        """An encoder.

        Args:
            window: which pictures of a conversation the policy was shown, such as `rollout.window.windowed`.
            max_tokens: a longer sequence is left out and counted, never cut.
            tools: in the native dialect, the JSON of what could be called.
        """
        self._chat = chat
        self._window = window
        self._max_tokens = max_tokens
        self._tools = tuple(tools)

    def sampled(self, trajectory: Trajectory) -> Encoded:
        """The sequences of a rollout, with the very ids that were read and sampled.

        Raises:
            EncodingError: a reply has no token ids, or image tokens and pictures disagree.
        """
        drafts: list[_Draft] = []
        said: list[Message] = []
        for number, turn in enumerate(trajectory.turns):
            said += turn.heard
            if turn.tokens is None:
                raise EncodingError(
                    f"reply {number + 1} of trajectory {trajectory.id!r} has no token ids; expected those that the "
                    "server sampled. Roll out with token_ids = true, and a server that returns them."
                )
            seen = self._window(tuple(said))
            if turn.tokens.restarts or not drafts:
                drafts.append(_Draft(opening=seen))
            draft = drafts[-1]
            draft.hear(turn.tokens.context)
            ids = turn.tokens.reply
            draft.say(ids, turn=number, kinds=self._kinds(ids), logprobs=turn.tokens.logprobs)
            # A prompt that goes on from the one before has its pictures and further ones.
            draft.images = self._chat.features(seen)
            said.append(_spoken(turn))
        return self._encoded(trajectory.id, drafts, temperature=trajectory.sampling.temperature)

    def demonstrated(self, trajectory: Trajectory) -> Encoded:
        """The sequences that teach a model to say what was said here.

        Raises:
            EncodingError: the place of a reply is not certain, or image tokens and pictures disagree.
        """
        messages = [message for turn in trajectory.turns for message in (*turn.heard, _spoken(turn))]
        return self.demonstrated_messages(trajectory.id, messages)

    def demonstrated_messages(self, name: str, messages: Sequence[Message]) -> Encoded:
        """The same for messages, the assistant's being what is taught.

        Raises:
            EncodingError: the place of a reply is not certain, or image tokens and pictures disagree.
        """
        drafts: list[_Draft] = []
        number = 0
        for place, message in enumerate(messages):
            if message.role == "assistant":
                self._demonstrate(name, drafts, self._window(tuple(messages[:place])), message, number=number)
                number += 1
        return self._encoded(name, drafts, temperature=None)

    def taught(self, sequence: TokenSequence, experience: str) -> TokenSequence | None:
        """The same reply ids after a system message that ends with the experience; None where that is too long.

        All that follows the opening is unchanged, so the sampled tokens stand in the same order, each as many places
        later as the opening grew.

        Raises:
            EncodingError: the opening's words do not encode to its ids, so that nothing could be put among them.
        """
        before = self._chat.encode(sequence.opening, tools=self._tools)
        length = sequence.opening_tokens
        if not torch.equal(torch.tensor(before.ids), sequence.ids_T[:length]):
            raise EncodingError(
                f"the opening of trajectory {sequence.trajectory!r} encodes to other ids than the policy read; "
                "expected the tokenizer and the chat template of the model that was served. Train with its files."
            )
        after = self._chat.encode(advised(sequence.opening, experience), tools=self._tools)
        grown = len(after.ids) - length
        if len(sequence) + grown > self._max_tokens:
            return None
        head = torch.tensor(after.ids)

        def behind(opening: torch.Tensor, rest: torch.Tensor) -> torch.Tensor:
            return torch.cat([opening.to(rest.dtype), rest[length:]])

        nothing = torch.zeros(len(head))
        served = sequence.served_logp_T
        return replace(
            sequence,
            ids_T=behind(head, sequence.ids_T),
            mask_T=behind(nothing, sequence.mask_T),
            kind_T=behind(nothing, sequence.kind_T),
            turn_T=behind(nothing + NOT_SAID, sequence.turn_T),
            image_T=behind(_stand_for_pictures(head, self._chat.processor.image_id), sequence.image_T),
            served_logp_T=None if served is None else behind(nothing, served),
            opening_tokens=len(head),
        )

    def _demonstrate(
        self, name: str, drafts: list[_Draft], seen: tuple[Message, ...], reply: Message, *, number: int
    ) -> None:
        """Writes one reply and what it follows into the last draft, or into a new one where the prompt is another."""
        prompt = self._chat.written(seen, tools=self._tools, asked=True)
        spoken = self._spoken_text(name, prompt, seen, reply, number=number)
        images = self._chat.features(seen)
        digests = image_digests(seen)
        draft = drafts[-1] if drafts else None
        shown = tuple(image.digest for image in draft.images) if draft else ()
        if draft is None or not prompt.startswith(draft.text) or digests[: len(shown)] != shown:
            draft = _Draft(opening=seen)
            drafts.append(draft)
        draft.hear(self._chat.ids(prompt[len(draft.text) :], images[len(draft.images) :]))
        ids = self._chat.ids(spoken, ())
        draft.say(ids, turn=number, kinds=self._kinds(ids), logprobs=[0.0] * len(ids))
        draft.text, draft.images = prompt + spoken, images

    def _spoken_text(self, name: str, prompt: str, seen: tuple[Message, ...], reply: Message, *, number: int) -> str:
        """What the template writes of a reply, its end token included and nothing behind that.

        Raises:
            EncodingError: it writes something else.
        """
        written = self._chat.written((*seen, reply), tools=self._tools, asked=False)
        spoken, end = written[len(prompt) :], self._chat.processor.end_of_reply
        is_plain = not reply.native_calls
        if (
            not written.startswith(prompt)
            or end not in spoken
            or not spoken.startswith(reply.text + end if is_plain else reply.text)
        ):
            raise EncodingError(
                f"the chat template does not write reply {number + 1} of {name!r} as it was said, so that its tokens "
                f"cannot be told from the template's own; expected the prompt, the reply and {end!r}. "
                "Use a template that changes no reply."
            )
        return spoken[: spoken.rindex(end) + len(end)]

    def _kinds(self, ids: Sequence[int]) -> list[Kind]:
        ends = self._chat.processor.end_ids
        spoken = ids[:-1] if ids and ids[-1] in ends else ids
        kinds = token_kinds(self._chat.processor.spelled, spoken)
        return [*kinds, *[Kind.OTHER] * (len(ids) - len(spoken))]

    def _encoded(self, name: str, drafts: list[_Draft], *, temperature: float | None) -> Encoded:
        sequences = [self._finished(name, draft, temperature=temperature) for draft in drafts]
        kept = tuple(sequence for sequence in sequences if len(sequence) <= self._max_tokens)
        tally = Tally(
            trajectories=1,
            sequences=len(kept),
            restarts=max(0, len(drafts) - 1),
            too_long=len(sequences) - len(kept),
            tokens=sum(map(len, kept)),
            said_tokens=sum(int(sequence.mask_T.sum()) for sequence in kept),
        )
        return Encoded(sequences=kept, tally=tally)

    def _finished(self, name: str, draft: _Draft, *, temperature: float | None) -> TokenSequence:
        image_id = self._chat.processor.image_id
        runs = [len(list(run)) for one, run in groupby(draft.ids) if one == image_id]
        expected = [image.tokens for image in draft.images]
        if runs != expected:
            raise EncodingError(
                f"trajectory {name!r} has {sum(runs)} image tokens in {len(runs)} places and pictures of "
                f"{sum(expected)} features in {len(expected)}; expected one run of tokens for every picture. "
                "Were the pictures of the run, or the pixels of a thumbnail, changed?"
            )
        ids_T, turn_T = torch.tensor(draft.ids, dtype=torch.long), torch.tensor(draft.turns, dtype=torch.int32)
        return TokenSequence(
            trajectory=name,
            ids_T=ids_T,
            mask_T=turn_T != NOT_SAID,
            kind_T=torch.tensor(draft.kinds, dtype=torch.int8),
            turn_T=turn_T,
            image_T=_stand_for_pictures(ids_T, image_id),
            served_logp_T=torch.tensor(draft.logprobs, dtype=torch.float32) if temperature is not None else None,
            images=draft.images,
            opening=draft.opening,
            opening_tokens=draft.opening_tokens,
            temperature=temperature,
        )


def _spoken(turn: Turn) -> Message:
    """A reply as later prompts have it."""
    return Message(role="assistant", parts=(TextPart(text=turn.reply),), native_calls=turn.native_calls)


def _stand_for_pictures(ids_T: torch.Tensor, image_id: int | None) -> torch.Tensor:
    """Where an id stands for a piece of a picture; nowhere, where the model reads words only."""
    return torch.zeros_like(ids_T, dtype=torch.bool) if image_id is None else ids_T == image_id
