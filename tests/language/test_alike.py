"""Messages that differ in names alone are told once."""

from collections import Counter

from genevolve.language.alike import alike, in_common

NO_TARGET = "request: the request {!r} has no target; expected one. Add 'target' to it."


def test_messages_that_differ_in_quoted_names_are_one_with_a_blank_for_the_name():
    told = Counter({NO_TARGET.format(f"gb-{n}"): n for n in (1, 2, 3)} | {"judge kscore: it's busy": 4})
    kinds = alike(told)

    assert [kind.total() for kind in kinds] == [6, 4]
    assert in_common(list(kinds[0])) == "request: the request '…' has no target; expected one. Add 'target' to it."
    assert in_common(list(kinds[1])) == "judge kscore: it's busy"


def test_a_message_by_itself_keeps_its_names():
    assert in_common([NO_TARGET.format("gb-1")]) == NO_TARGET.format("gb-1")


def test_paths_are_names_and_so_is_what_has_a_mark_in_it():
    kinds = alike(
        Counter(["cannot read /data/a/1.png: gone", "cannot read ./2.png: gone", """no "it's" here""", 'no "b" here'])
    )

    assert [in_common(list(kind)) for kind in kinds] == ["cannot read …: gone", 'no "…" here']


def test_apostrophes_quote_nothing_and_other_words_keep_messages_apart():
    messages = ["the judge's words, the policy's words", "the judge's words, the server's words"]
    assert len(alike(Counter(messages))) == 2
