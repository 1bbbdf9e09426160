"""The decisions of an attempt in the small world, and what each mistake costs.

A request leaves one thing open (a topic: its value is told by `search`), and
poses another in words that no renderer binds (a task: a skill tells better
ones). Its emblem is found by `image_search`.

    decision  best      common mistake  other mistake  a mistake spoils
    topic     asked     history         another        the open thing: its value stays unknown
    pick      emblem    seal            map            the emblem: it is another picture
    skill     fitting   shading         another        the posed thing: how to bind it stays unknown
    fact      now       once            open           the open thing: another value, or none
    heed      heeded    own                            the posed thing: it is copied as the user said it
    naming    ordinal   like            words          the emblem: a stranger beside it; or it is not there at all

All right earns 1, or 0.975 where several things and a caption leave the picture out
of balance. With all else right, a mistake lowers these axes of the judges, and
with them the reward (half KScore, half program):

    spoiled               faithfulness  visual  text  program   reward
    open caption                                .5    .25       -.225
    open figure           .5                          .5        -.275
    open background       .5                          .25       -.15
    posed counting        .5                          .25       -.15 to -.175, as the stray words cost beauty
    posed lettering       .5                    .5    .25 or .5 -.25 or -.375
    posed marking         .5 and, or    .5            .25       -.15 to -.25
    emblem, by pick                     1             .5 or .75 -.45 or -.575
    emblem, by "words"    .5 or 1       1             .5 or .75 -.475 to -.675
    emblem, by "like"     .5                                    -.025 to -.05

So the axes tell which thing is spoiled, and the trajectory which of its decisions it was (see `lessons`).
"""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from .entities import HISTORY, PICTURE_KINDS, Topic


class Task(StrEnum):
    """What a request states in words that no renderer binds, named as the skill that tells better ones."""

    COUNTING = "counting"
    """Several things: "crowns in number five"."""
    LETTERING = "lettering"
    """Words to be read: "the words kazo"."""
    MARKING = "marking"
    """A coloured thing: "a crown, its colour red"."""


class Decision(StrEnum):
    """One choice that an attempt makes, in the order in which they are made."""

    TOPIC = "topic"
    """What to search."""
    PICK = "pick"
    """Which of the found pictures to use."""
    SKILL = "skill"
    """Which skill to ask."""
    FACT = "fact"
    """Which of the told values to state."""
    HEED = "heed"
    """Whether to write as the skill said."""
    NAMING = "naming"
    """How to name the reference."""


OPTIONS: dict[Decision, tuple[str, ...]] = {
    Decision.TOPIC: ("asked", "history", "another"),
    Decision.PICK: PICTURE_KINDS,
    Decision.SKILL: ("fitting", "shading", "another"),
    Decision.FACT: ("now", "once", "open"),
    Decision.HEED: ("heeded", "own"),
    Decision.NAMING: ("ordinal", "like", "words"),
}
"""Of each decision: the best option, the common mistake, and another where there is one."""
IDLE_SKILL = "shading"
"""A skill that no request needs."""

Choices = Mapping[Decision, str]
"""An option for each decision."""
BEST: Choices = {decision: options[0] for decision, options in OPTIONS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How often the demonstrator does what."""

    best: float = 0.40
    """Share of the best option of each decision: little more than blind choice gives."""
    common: float = 0.44
    """Share of the common mistake; the rest is the other one. Where there is one mistake only, it takes all."""

    def draw(self, decision: Decision, chance: random.Random, *, but: Collection[str] = ()) -> str:
        """An option of a decision, none of those to keep from unless there is no other."""
        options = OPTIONS[decision]
        shares = [self.best, self.common, 1 - self.best - self.common]
        if len(options) == 2:
            shares = [self.best, 1 - self.best]
        left = [0.0 if option in but else share for option, share in zip(options, shares, strict=True)]
        return chance.choices(options, left if any(left) else shares)[0]


def topic_word(option: str, topic: Topic) -> str:
    """The word that a query for the option has, where a request leaves a topic open."""
    return {"asked": topic.value, "history": HISTORY, "another": _after(topic, list(Topic)).value}[option]


def topic_option(word: str, topic: Topic) -> str | None:
    """The option that a query's word is; None where it is no topic."""
    return _option(word, topic, list(Topic), OPTIONS[Decision.TOPIC], idle=HISTORY)


def skill_name(option: str, task: Task) -> str:
    """The skill that the option asks, where a request poses a task."""
    return {"fitting": task.value, "shading": IDLE_SKILL, "another": _after(task, list(Task)).value}[option]


def skill_option(name: str, task: Task) -> str | None:
    """The option that a skill is; None where the world has no such skill."""
    return _option(name, task, list(Task), OPTIONS[Decision.SKILL], idle=IDLE_SKILL)


_Kind = TypeVar("_Kind", Topic, Task)


def _after(kind: _Kind, kinds: list[_Kind]) -> _Kind:
    return kinds[(kinds.index(kind) + 1) % len(kinds)]


def _option(word: str, right: str, kinds: Sequence[str], options: tuple[str, ...], *, idle: str) -> str | None:
    best, common, other = options
    if word == idle:
        return common
    if word not in kinds:
        return None
    return best if word == right else other
