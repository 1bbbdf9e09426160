"""Where the words of a prompt are said to come from."""

from itertools import pairwise

from genevolve.records import Program, Reference
from genevolve.report.attempt import program_pieces
from genevolve.report.provenance import Source, provenance

REQUEST = 'A poster of the flag of the country whose capital is Ouagadougou, title "FASO" in bold serif'
FOUND = "Burkina Faso is a country in Western Africa. Its capital is Ouagadougou. It was founded in 1960."
SKILL = "Write exactly three red stars in one row. Close with: no other text. The title stands at the top."


def sources(request=REQUEST, evidence=FOUND, skill=SKILL):
    return [
        Source(origin="skill", name="counting", text=skill),
        Source(origin="evidence", name="capital", text=evidence),
        Source(origin="request", name="the request", text=request),
    ]


def spans(prompt, **texts):
    return [(prompt[one.start : one.end], one.source.origin) for one in provenance(prompt, sources(**texts))]


def test_runs_of_words_are_matched_whatever_their_case_accents_and_marks():
    assert spans("POSTER of the Flag, title «Faso» in bold sérif") == [
        ("POSTER of the Flag", "request"),
        ("title «Faso» in bold sérif", "request"),
    ]


def test_the_longest_run_wins_over_an_earlier_source():
    # "red stars" alone would be the request's; four words in a row are the skill's.
    assert spans("exactly three red stars", request="red stars on it") == [("exactly three red stars", "skill")]


def test_of_equal_runs_the_request_goes_before_the_evidence_and_that_before_a_skill():
    same = "two blue kites"
    assert spans(same, request=same, evidence=same, skill=same) == [(same, "request")]
    assert spans(same, evidence=same, skill=same) == [(same, "evidence")]
    assert spans(same, skill=same) == [(same, "skill")]


def test_a_lone_name_or_number_counts_unless_only_a_skill_has_it():
    assert spans("It shows Burkina since 1960.") == [("Burkina", "evidence"), ("1960", "evidence")]
    assert spans("a sign for Zebra crossings", skill="Zebra") == []


def test_a_capital_at_the_start_of_a_sentence_makes_no_name():
    assert spans("Capital letters. Country music.") == []


def test_function_words_alone_are_nobodys():
    assert spans("all in the of it") == []
    # "the title": one word that is no function word, of a skill only, is too little.
    assert spans("with the title") == []


def test_words_that_name_a_reference_are_left_out():
    skill = "Say what the first reference image shows."
    assert spans("what the first reference image shows", skill=skill) == []


def test_own_wording_stays_plain_and_spans_do_not_overlap():
    prompt = "Calmly: a poster of the flag of Burkina Faso, exactly three red stars, no other text."
    found = provenance(prompt, sources())
    assert [prompt[one.start : one.end] for one in found] == [
        "a poster of the flag of",
        "Burkina Faso",
        "exactly three red stars",
        "no other text",
    ]
    assert all(one.end <= after.start for one, after in pairwise(found))


def test_empty_texts_match_nothing():
    assert spans("") == []
    assert spans("a word", request="", evidence="", skill="") == []


def pieces(prompt, references, **texts):
    listed = tuple(Reference(ref=f"IMG_{n:03d}", digest=str(n)) for n in range(1, references + 1))
    return program_pieces(Program(prompt=prompt, references=listed), provenance(prompt, sources(**texts)))


def test_pieces_join_to_the_prompt_and_carry_origin_and_references():
    prompt = "The second reference image beside the first reference image, no other text"
    made = pieces(prompt, 2)
    assert "".join(piece["text"] for piece in made) == prompt
    assert [(p["text"], p["references"]) for p in made if "references" in p] == [
        ("second reference image", [2]),
        ("first reference image", [1]),
    ]
    assert [(p["text"], p["origin"], p["source"]) for p in made if "origin" in p] == [
        ("no other text", "skill", "counting")
    ]


def test_both_references_are_tied_to_each_and_an_unnumbered_one_to_the_only_one():
    both = [p for p in pieces("Join both reference images", 2) if "references" in p]
    assert [(p["text"], p["references"]) for p in both] == [("both reference images", [1, 2])]
    (only,) = [p for p in pieces("Copy the reference image", 1) if "references" in p]
    assert (only["text"], only["references"]) == ("the reference image", [1])


def test_a_number_that_no_reference_has_ties_nothing():
    assert not any("references" in piece for piece in pieces("as in the third reference image", 1))
