"""Which token ids of a reply's prompt are new: what training reads between two replies."""

from collections.abc import Iterable

from ..records import TokenSpan, Turn


def continued(turns: Iterable[Turn], whole: TokenSpan | None) -> TokenSpan | None:
    """The span with only the ids that came since the reply before; the whole one where its prompt begins anew.

    Args:
        turns: those before.
        whole: the span as a policy returns it, its context the whole prompt.
    """
    if whole is None:
        return None
    before: list[int] = []
    for turn in turns:
        if turn.tokens is None:
            return whole.but(restarts=True)
        if turn.tokens.restarts:
            before.clear()
        before += (*turn.tokens.context, *turn.tokens.reply)
    if not before:
        return whole
    if whole.context[: len(before)] == tuple(before):
        return whole.but(context=whole.context[len(before) :])
    return whole.but(restarts=True)
