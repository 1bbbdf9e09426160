"""Policies that act by the table of decisions: an often mistaken demonstrator, and one that makes no mistake.

A demonstrator reads the conversation and nothing else. Its choices follow from
its seed, the attempt's seed and the request, so equal attempts are equal.
Advice in the system message is obeyed as often as the settings say, good and bad alike.
"""

import random
import re
from dataclasses import dataclass, field

from ..errors import PolicyError
from ..policy import Conversation, Reply
from ..records import Message, PolicyInfo
from . import speech
from .advice import JOINT, Piece, advised, words_of
from .decisions import BEST, Choices, Decision, Habits, skill_name, topic_word

_CANDIDATE = re.compile(r"^title: \w+ (?P<kind>\w+) \((?P<ref>IMG_\d+)\)$", re.MULTILINE)
THOUGHT_OF = (Decision.FACT, Decision.HEED, Decision.PICK)
"""What is thought of before the answer. To find a value or an id behind a word, a small model first says the word."""
OBEDIENCE = 0.97
"""How often advice on a decision is followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstrator:
    """Makes each decision by habit, unless it is advised."""

    habits: Habits = field(default_factory=Habits)
    seed: int = 0
    obedience: float = OBEDIENCE

    @property
    def info(self) -> PolicyInfo:
        """Its habits and seed, so that two demonstrators are not taken for one."""
        model = f"{self.habits.best:g}/{self.habits.common:g}/{self.obedience:g}/{self.seed}"
        return PolicyInfo(name="demonstrator", model=model)

    async def reply(self, conversation: Conversation) -> Reply:
        """The next reply.

        Raises:
            PolicyError: the request is not in the words of the small world.
        """
        return Reply(text=_next_reply(conversation, self._choices(conversation)))

    def _choices(self, conversation: Conversation) -> Choices:
        system, request = conversation.messages[0].text, conversation.messages[1].text
        advice, warnings = advised(system, request)
        chance = random.Random(f"demonstrator {self.seed} {conversation.sampling.seed} {request}")
        choices: dict[Decision, str] = {}
        for decision in Decision:
            obeys = chance.random() < self.obedience
            against = warnings.get(decision, set[str]()) if obeys else set[str]()
            choices[decision] = self.habits.draw(decision, chance, but=against)
            if obeys:
                choices[decision] = advice.get(decision, choices[decision])
        return choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Makes the same choices in every attempt; by default every one is the best there is."""

    choices: Choices = field(default_factory=lambda: BEST)

    @property
    def info(self) -> PolicyInfo:
        """Its choices."""
        return PolicyInfo(name="fixed", model=",".join(self.choices[decision] for decision in Decision))

    async def reply(self, conversation: Conversation) -> Reply:
        """The next reply.

        Raises:
            PolicyError: the request is not in the words of the small world.
        """
        return Reply(text=_next_reply(conversation, self.choices))


def _next_reply(conversation: Conversation, choices: Choices) -> str:
    """What comes next: search, look for pictures, ask a skill, answer."""
    messages = conversation.messages
    asked = speech.read_request(messages[1].text)
    if asked is None:
        raise PolicyError(
            f"{messages[1].text!r} is no request of the small world; expected one that the world made. "
            "Ask a policy that reads plain words."
        )
    match sum(message.role == "assistant" for message in messages):
        case 0:
            return speech.call("search", queries=[f"{asked.name} {topic_word(choices[Decision.TOPIC], asked.topic)}"])
        case 1:
            return speech.call("image_search", query=f"{asked.name} emblem")
        case 2:
            return speech.call("query_knowledge", skill_name=skill_name(choices[Decision.SKILL], asked.posed.task))
        case _:
            return _answer(messages, asked, choices)


def _answer(messages: tuple[Message, ...], asked: speech.Asked, choices: Choices) -> str:
    heard = [message.text for message in messages if message.role == "user"]
    told = speech.read_told(heard[1]) if choices[Decision.TOPIC] == "asked" else {}
    knows_how = choices[Decision.SKILL] == "fitting"
    naming = choices[Decision.NAMING]
    ref = _picked(heard[2], choices[Decision.PICK])
    prompt = speech.program_prompt(
        asked,
        naming=naming,
        value=told.get(choices[Decision.FACT]),
        heeded=knows_how and choices[Decision.HEED] == "heeded",
    )
    thoughts = [words_of(Piece(decision=decision, option=choices[decision]), asked) for decision in THOUGHT_OF]
    return speech.thought(JOINT.join(thoughts)) + speech.answer(prompt, [ref] if ref and naming != "words" else [])


def _picked(observation: str, kind: str) -> str | None:
    """The id of the candidate of a kind."""
    refs = {found["kind"]: found["ref"] for found in _CANDIDATE.finditer(observation)}
    return refs.get(kind)
