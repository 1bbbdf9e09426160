"""The small world: invented entities, a demonstrator that is often wrong, and judges that compute.

An attempt in it is made of the project's own parts (records, dialect, tools,
rollout, sketch, computed judges); only its words, pictures and skills are small.
It holds no model.
"""

from ..experience.hint import hint_of
from ..records import digest_of_requests
from .advice import random_advice
from .decisions import BEST, OPTIONS, Choices, Decision, Habits, Task
from .demonstrator import Demonstrator, Fixed
from .entities import Entity, Topic, entity_of
from .examples import ExampleSettings, make_examples
from .judging import WorldJudge, mean_reward, reward_of, scores_of
from .lessons import choices_of, spoiled_by, write_lesson
from .names import Split
from .opened import World, open_world
from .provider import WorldProvider
from .requests import make_requests
from .settings import WorldSettings
from .vocabulary import open_vocabulary

__all__ = [
    "BEST",
    "OPTIONS",
    "Choices",
    "Decision",
    "Demonstrator",
    "Entity",
    "ExampleSettings",
    "Fixed",
    "Habits",
    "Split",
    "Task",
    "Topic",
    "World",
    "WorldJudge",
    "WorldProvider",
    "WorldSettings",
    "choices_of",
    "digest_of_requests",
    "entity_of",
    "hint_of",
    "make_examples",
    "make_requests",
    "mean_reward",
    "open_vocabulary",
    "open_world",
    "random_advice",
    "reward_of",
    "scores_of",
    "spoiled_by",
    "write_lesson",
]
