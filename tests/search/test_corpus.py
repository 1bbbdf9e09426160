"""Full-text search: what is found, in which order, and which words of it are shown."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.search.corpus import MAX_TOP_K, SNIPPET_CHARS, Corpus, Document, Picture, best_sentences, query_terms

FOX = Document(
    title="Red fox", body="The red fox hunts at dusk. It lives in woods and towns.", url="fox.txt", file="fox.txt"
)
SNOW = Document(title="Snow", body="Snow falls in winter. A fox leaves prints in it.", url="snow.txt", file="snow.txt")
CAFE = Document(title="Café Zürich", body="Straße und Crème brûlée.", url="cafe.txt", file="cafe.txt")
TOKYO = Document(title="東京", body="東京は日本の首都です。人口は多い。", url="tokyo.txt", file="tokyo.txt")
SEOUL = Document(title="서울", body="서울은 한국의 수도이다.", url="seoul.txt", file="seoul.txt")
BANANA = Document(title="Bananas", body="Bananas are berries.", url="banana.txt", file="banana.txt")


@pytest.fixture
def corpus():
    with closing(sqlite3.connect(":memory:")) as connection:
        corpus = Corpus.create(connection)
        corpus.add_documents([FOX, SNOW, CAFE, TOKYO, SEOUL, BANANA])
        yield corpus


def titles(corpus: Corpus, query: str, top_k: int = 5) -> list[str]:
    return [found.title for found in corpus.find_documents(query, top_k=top_k)]


def test_a_title_weighs_more_than_the_body(corpus):
    assert titles(corpus, "fox") == ["Red fox", "Snow"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("cafe zurich", "Café Zürich"),
        ("CRÈME BRULEE", "Café Zürich"),
        ("cafe\u0301", "Café Zürich"),
        ("straße", "Café Zürich"),
        ("foxes hunting", "Red fox"),
        ("banana", "Bananas"),
        ("which berry is a banana?", "Bananas"),
        ("首都", "東京"),
        ("東京", "東京"),
        ("서울", "서울"),
    ],
)
def test_accents_case_endings_and_scripts_do_not_hide_a_document(corpus, query, title):
    assert titles(corpus, query)[0] == title


def test_a_word_that_no_document_holds_counts_as_a_beginning(corpus):
    assert titles(corpus, "banan") == ["Bananas"]
    assert titles(corpus, "bananarama") == []


@pytest.mark.parametrize(
    "query",
    ["", " ", "\x00", '"', '""" OR', "fox AND", "NEAR(a b)", "title:fox", "fox*", "^fox", "-fox", "(((", "🦊", "\ud800",
     "{x}", "'; DROP TABLE document; --", "fox " * 25_000, "x" * 100_000],
)  # fmt: skip
def test_any_query_is_safe(corpus, query):
    assert len(corpus.find_documents(query, top_k=5)) <= 5
    assert corpus.count() == (6, 0)


@given(st.text())
def test_the_terms_of_any_text_are_quoted_and_few(text):
    terms = query_terms(text)
    assert len(terms) <= 32
    assert all(term[0] == term[-1] == '"' and '"' not in term[1:-1] for term in terms)


def test_operators_are_read_as_words(corpus):
    assert titles(corpus, 'fox NOT "dusk" OR') == ["Red fox", "Snow"]


@pytest.mark.parametrize("top_k", [-3, 0, 1])
def test_at_least_one_hit_is_given(corpus, top_k):
    assert titles(corpus, "fox", top_k) == ["Red fox"]


def test_at_most_twenty_hits_are_given(corpus):
    corpus.add_documents(Document(title=f"Fox {n}", body="A fox.", url=f"{n}") for n in range(50))
    assert len(titles(corpus, "fox", 1_000)) == MAX_TOP_K == 20


def test_the_name_that_the_query_covers_whole_comes_first(corpus):
    corpus.add_pictures(
        Picture(title=f"Flag of {name}", image_url=name, names=(name, *also))
        for name, also in [
            ("Equatorial Guinea", ()),
            ("Guinea-Bissau", ()),
            ("Guinea", ("Guinea-Conakry",)),
            ("Fiji", ()),
        ]
    )
    found = [picture.title for picture in corpus.find_pictures("Guinea flag", top_k=3)]
    assert found[0] == "Flag of Guinea"
    assert corpus.find_pictures("Conakry", top_k=3)[0].title == "Flag of Guinea"


def test_a_word_that_most_of_them_hold_finds_nothing_by_itself_among_other_words(corpus):
    corpus.add_pictures(Picture(title=f"Flag of {name}", image_url=name) for name in ("Chad", "Mali", "Togo", "Fiji"))
    assert corpus.find_pictures("flag of Atlantis", top_k=5) == []
    assert len(corpus.find_pictures("flag", top_k=5)) == 4


def test_what_was_read_from_a_file_is_taken_out_with_it(corpus):
    corpus.remove_file("fox.txt")
    assert titles(corpus, "fox") == ["Snow"]


def test_control_characters_and_lone_surrogates_are_not_stored(corpus):
    corpus.add_documents([Document(title="A\x00b", body="wolf\x02 \ud800 howl", url="w")])
    (found,) = corpus.find_documents("wolf", top_k=1)
    assert (found.title, found.snippet) == ("A b", "wolf \ufffd howl")


def test_a_short_text_is_shown_whole():
    assert best_sentences("The \x02red\x03 fox hunts.\nIt lives here.") == "The red fox hunts. It lives here."


def test_a_long_text_shows_its_first_sentence_and_the_one_that_matches():
    filler = [f"Sentence number {n} speaks of something else entirely, at some length." for n in range(40)]
    text = " ".join(["This is about foxes.", *filler[:20], "The \x02den\x03 has \x02two\x03 doors.", *filler[20:]])

    assert best_sentences(text) == "This is about foxes. … The den has two doors."


def test_a_long_sentence_is_cut_around_its_match_unless_sentences_stay_whole():
    text = "word " * 300 + "\x02needle\x03 " + "word " * 300 + "end."

    cut = best_sentences(text)
    assert len(cut) <= SNIPPET_CHARS
    assert "needle" in cut
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert best_sentences(text, whole=True).endswith("end.")


@given(st.lists(st.sampled_from([*"ab. \n!…", "\x02fox\x03", "a word ", "word " * 150]), min_size=1).map("".join))
def test_a_snippet_never_shows_a_mark_or_a_line_break(text):
    snippet = best_sentences(text)
    assert not set(snippet) & set("\x02\x03\n")
