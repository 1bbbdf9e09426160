"""Every exception this package raises on purpose.

    GenEvolveError
    ├── UsageError            the call was wrong: a flag, a file, a setting
    │   ├── RequestError      a request file or a row of it cannot be read
    │   ├── SkillError        a skill file is malformed, or a skill is not known
    │   └── MissingExtraError an optional dependency is not installed
    ├── BudgetError           the next call could cost more than is left
    ├── StoreError            a file of a run cannot be read or written
    │   └── RunLockedError    another process works in this run folder
    ├── ImageError            bytes that are no picture, or one past the limits
    ├── ServiceError          a server that was asked did not serve; says of what kind, and whether it may pass
    ├── DownloadError         an address from the world must not be opened, or cannot be had
    │   └── AddressRefusedError it leads, or may lead, where a search has no business
    ├── SearchError           a provider could not answer
    │   └── NotOfferedError   it never answers questions of this kind
    ├── PolicyError           the policy could not be asked
    │   └── TimeIsUpError     a recorded attempt had no more time here
    ├── JudgeError            a judgement could not be had; says why
    ├── ScoreError            scores that cannot be joined into a figure
    ├── BatchError            attempts or tensors that cannot be learned from as they stand
    ├── DivergedError         training whose losses or gradients are no longer finite
    ├── PublishError          whoever rolls out does not speak with the weights that it should
    ├── EncodingError         a conversation that cannot be encoded for a model
    ├── ProgramError          a program cannot be drawn as it stands
    └── RenderError           a renderer could not draw

A message says what happened, what was expected and what to do. What the world
does wrong during a run is recorded as a `Failure` instead of being raised.
"""

from typing import Literal


class GenEvolveError(Exception):
    """The base of all of them: catch this one to catch every mistake we name."""


class UsageError(GenEvolveError):
    """The call was wrong; running it again unchanged fails again."""


class RequestError(UsageError):
    """A request file, or one row of it, cannot be read."""


class MissingExtraError(UsageError):
    """An optional dependency is not installed; the message has the commands that install it."""

    def __init__(self, *packages: str, extra: str) -> None:
        """Names what is missing, and the extra that brings it."""
        are = "is" if len(packages) == 1 else "are"
        super().__init__(
            f"{' and '.join(packages)} {are} not installed; pip install 'genevolve[{extra}]', "
            f"or from a checkout pip install -e '.[{extra}]'"
        )


class BudgetError(GenEvolveError):
    """The next call could cost more than is left; nothing was sent."""


class StoreError(GenEvolveError):
    """A file of a run cannot be read or written."""


class RunLockedError(StoreError):
    """Another process works in this run folder."""


class ImageError(GenEvolveError):
    """Bytes that are not a picture, or a picture past the limits."""


ServiceFault = Literal["unreachable", "busy", "key_refused", "bad_request", "broken"]
"""Not reached; overloaded or failing for now; wants another key; will never take this request; talks nonsense."""


class ServiceError(GenEvolveError):
    """A server that was asked did not serve."""

    def __init__(
        self,
        message: str,
        *,
        fault: ServiceFault,
        status: int | None = None,
        may_have_served: bool = False,
        retry_after: float | None = None,
        body: str = "",
        code: str = "",
    ) -> None:
        super().__init__(message)
        self.fault: ServiceFault = fault
        self.status = status
        """The HTTP status, where there was one."""
        self.may_have_served = may_have_served
        """The request was sent and the answer lost: it may have been carried out, and billed."""
        self.retry_after = retry_after
        """Seconds that the server asked to wait."""
        self.body = body
        """The beginning of what the server said."""
        self.code = code
        """The server's own short name of the error, such as "moderation_blocked"; "" where it gave none."""


class DownloadError(GenEvolveError):
    """An address that came from the world must not be opened, or cannot be had."""


class AddressRefusedError(DownloadError):
    """An address that leads, or may lead, where a search has no business: this machine, its network, a file."""


class SearchError(GenEvolveError):
    """A provider could not answer; never used for an answer with no hits."""


class NotOfferedError(SearchError):
    """A provider that never answers questions of this kind, such as one that has pictures only."""


class PolicyError(GenEvolveError):
    """The policy could not be asked, or its server could not answer."""


class TimeIsUpError(PolicyError):
    """A recorded attempt ran out of time where it is asked for more; its replay ends so too."""


class JudgeError(GenEvolveError):
    """A judgement could not be had; the verdict is recorded as failed."""


class ScoreError(GenEvolveError):
    """Scores that cannot be joined into a figure."""


class BatchError(GenEvolveError):
    """Attempts, or tensors made of them, that cannot be learned from as they stand."""


class DivergedError(GenEvolveError):
    """Training whose losses or gradients are no longer finite numbers; going on would save nothing worth having."""


class PublishError(GenEvolveError):
    """Whoever rolls out does not speak with the weights that it should; names both, and what to do."""


class EncodingError(GenEvolveError):
    """A conversation or a trajectory that cannot be encoded for a model; names which, and what disagrees."""


class ProgramError(GenEvolveError):
    """A program cannot be drawn as it stands."""


class SkillError(UsageError):
    """A skill file is malformed, or a skill of that name is not known."""


RenderFault = Literal["unfit", "refused", "unreachable", "busy", "key_refused", "bad_request", "broken"]
"""The program is not one for this renderer; its content was refused; otherwise as for a `ServiceFault`."""


class RenderError(GenEvolveError):
    """A renderer could not draw a program."""

    def __init__(self, message: str, *, fault: RenderFault | None = None) -> None:
        super().__init__(message)
        self.fault: RenderFault | None = fault
        """Of what kind, where the renderer tells."""
