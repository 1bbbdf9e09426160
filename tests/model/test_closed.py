"""A closed vocabulary as a tokenizer: what is written is what is read, and nothing that is heard breaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.errors import UsageError
from genevolve.model.closed import (
    END,
    FILE_NAME,
    SPECIAL,
    UNKNOWN,
    ClosedTokenizer,
    Token,
    Vocabulary,
    read_tokenizer,
)
from genevolve.world import open_vocabulary

TOKENIZER = ClosedTokenizer(open_vocabulary())
PIECES = st.one_of(
    st.sampled_from([token.text for token in TOKENIZER.vocabulary.tokens]),
    st.sampled_from([" ", "  ", "\n", ",", "_", "<", "<|", "|>"]),
    st.text(max_size=6),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_text_encodes_and_comes_back_to_the_letter_unless_it_is_marked(text):
    ids = TOKENIZER.encode(text)

    assert all(0 <= id < len(TOKENIZER) for id in ids)
    assert len(ids) <= len(text) + 1
    assert UNKNOWN in ids or TOKENIZER.decode(ids) == text


@given(st.lists(st.integers(min_value=0, max_value=len(TOKENIZER) - 1), max_size=12))
@settings(max_examples=400, deadline=None)
def test_any_ids_spell_a_text_and_one_that_encodes_again_has_the_same(ids):
    text = TOKENIZER.decode(ids)
    again = TOKENIZER.encode(text)

    # A beginning of a name without an end is no word, and neither is what stands apart without a space.
    assert again.count(UNKNOWN) > ids.count(UNKNOWN) or TOKENIZER.decode(again) == text
    spoken = TOKENIZER.decode(ids, skip_special_tokens=True)
    assert not any(special in spoken for special in SPECIAL)


@pytest.mark.parametrize("number", range(len(SPECIAL)))
def test_a_special_token_is_one_id_in_the_middle_of_words_and_silent_where_that_is_asked(number):
    words = f"draw{SPECIAL[number]}star"
    ids = TOKENIZER.encode(words)

    assert ids[1] == number
    assert len(ids) == 3
    assert TOKENIZER.decode(ids) == words
    assert TOKENIZER.convert_ids_to_tokens(number) == SPECIAL[number]
    assert TOKENIZER.convert_tokens_to_ids(SPECIAL[number]) == number
    # What was not understood is shown, so that a reply with it is no reply of the world.
    assert TOKENIZER.decode(ids, skip_special_tokens=True) == ("draw\ufffdstar" if number == UNKNOWN else "drawstar")


def test_a_token_that_is_not_there_has_no_id():
    assert TOKENIZER.convert_tokens_to_ids("<|image_pad|>") is None
    assert TOKENIZER.convert_tokens_to_ids(TOKENIZER.eos_token) == END == TOKENIZER.eos_token_id


def test_a_conversation_is_written_as_who_speaks_the_words_and_an_end():
    messages = [{"role": role, "content": role} for role in ("system", "user", "assistant", "tool")]
    # An observation is heard as a request is.
    expected = "<|system|>system<|end|><|user|>user<|end|><|assistant|>assistant<|end|><|user|>tool<|end|>"
    assert TOKENIZER.apply_chat_template(messages) == expected
    assert TOKENIZER.apply_chat_template(messages, add_generation_prompt=True) == expected + "<|assistant|>"


def test_pictures_and_tools_are_refused_in_words():
    pictured = {"role": "user", "content": [{"type": "image"}]}
    with pytest.raises(UsageError, match="reads words only"):
        TOKENIZER.apply_chat_template([pictured])
    with pytest.raises(UsageError, match="in the tagged dialect"):
        TOKENIZER.apply_chat_template([{"role": "user", "content": "star"}], tools=[{"name": "search"}])


def test_a_vocabulary_is_read_as_it_was_saved(tmp_path):
    TOKENIZER.save(tmp_path / "new")
    again = read_tokenizer(tmp_path / "new")

    assert again.vocabulary.tokens == TOKENIZER.vocabulary.tokens
    assert again.vocabulary.digest == TOKENIZER.vocabulary.digest
    again.save(tmp_path / "other")
    assert (tmp_path / "other" / FILE_NAME).read_bytes() == (tmp_path / "new" / FILE_NAME).read_bytes()


def test_equal_vocabularies_have_equal_digests_and_others_do_not():
    star, moon, noon = (Token(text=word, kind="word") for word in ("star", "moon", "noon"))
    assert Vocabulary([star, moon]).digest == Vocabulary([star, moon]).digest
    others = ([star], [moon, star], [star, noon], [star, moon, noon])
    assert len({Vocabulary(tokens).digest for tokens in ([star, moon], *others)}) == 5
