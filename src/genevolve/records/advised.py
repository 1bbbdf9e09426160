"""How a system message takes advice: at its end, and all around it stays as it was, to the letter.

Experience, training and a world made of text share this, so that advice reads the same wherever it is given.
"""

from collections.abc import Sequence

from .trajectory import Message, TextPart


def advised_text(system: str, advice: str) -> str:
    """A system message's words with the advice behind them; what ended it, such as a line break, ends it still."""
    if not advice:
        return system
    words = system.rstrip()
    before = f"{words}\n\n" if words else ""
    return f"{before}{advice}{system[len(words) :]}"


def advised(messages: Sequence[Message], advice: str) -> tuple[Message, ...]:
    """The conversation with the advice at the end of its system message, which is made where there is none.

    Empty advice adds nothing, not even a line.
    """
    if not advice:
        return tuple(messages)
    if not messages or messages[0].role != "system":
        return (Message.of("system", advice), *messages)
    system, *others = messages
    *before, last = system.parts or (TextPart(text=""),)
    if isinstance(last, TextPart):
        parts = (*before, TextPart(text=advised_text(last.text, advice)))
    else:
        parts = (*system.parts, TextPart(text=advice))
    return (system.but(parts=parts), *others)
