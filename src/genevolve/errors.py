"""Every exception this package raises on purpose.

    GenEvolveError
    ├── UsageError            the call was wrong: a flag, a file, a setting
    │   ├── RequestError      a request file or a row of it cannot be read
    │   ├── SkillError        a skill file is malformed, or a skill is not known
    │   └── MissingExtraError an optional dependency is not installed
    ├── StoreError            a file of a run cannot be read or written
    │   └── RunLockedError    another process works in this run folder
    ├── ImageError            bytes that are no picture, or one past the limits
    ├── SearchError           a provider could not answer
    ├── PolicyError           the policy could not be asked
    ├── ProgramError          a program cannot be drawn as it stands
    └── RenderError           a renderer could not draw

A message says what happened, what was expected and what to do. What the world
does wrong during a run is recorded as a `Failure` instead of being raised.
"""


class GenEvolveError(Exception):
    """The base of all of them: catch this one to catch every mistake we name."""


class UsageError(GenEvolveError):
    """The call was wrong; running it again unchanged fails again."""


class RequestError(UsageError):
    """A request file, or one row of it, cannot be read."""


class MissingExtraError(UsageError):
    """An optional dependency is not installed; the message has the command that installs it."""


class StoreError(GenEvolveError):
    """A file of a run cannot be read or written."""


class RunLockedError(StoreError):
    """Another process works in this run folder."""


class ImageError(GenEvolveError):
    """Bytes that are not a picture, or a picture past the limits."""


class SearchError(GenEvolveError):
    """A provider could not answer; never used for an answer with no hits."""


class PolicyError(GenEvolveError):
    """The policy could not be asked, or its server could not answer."""


class ProgramError(GenEvolveError):
    """A program cannot be drawn as it stands."""


class SkillError(UsageError):
    """A skill file is malformed, or a skill of that name is not known."""


class RenderError(GenEvolveError):
    """A renderer could not draw a program."""
