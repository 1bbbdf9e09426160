from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest

from genevolve.evaluate.published import (
    Place,
    PublishedRow,
    RowCheck,
    check_published,
    check_table,
    not_comparable,
    published_rows,
    unexplained,
)
from genevolve.judge.known import known_judge
from genevolve.records import JudgeInfo

CHECKS = check_published()
ROW = PublishedRow(
    benchmark="genevolve-bench",
    edition=None,
    source="a table",
    judge="kscore",
    judge_model="gemini-3.1-pro-preview",
    aggregate="na_half",
    method="GenEvolve",
    renderer="Nano Banana Pro",
    figures={Place(group="all", figure="na_half"): Decimal("0.5739")},
)


def check(published: str, *, low: str, high: str) -> RowCheck:
    middle = (Fraction(low) + Fraction(high)) / 2
    return RowCheck(
        row=ROW, says="", published=Decimal(published), recomputed=middle, low=Fraction(low), high=Fraction(high)
    )


def test_every_published_row_is_checked():
    # Fourteen rows of KScore, each from axes and from tracks; seventeen of WISE.
    assert Counter(check.says for check in CHECKS) == {
        "KScore from its axes": 14,
        "KScore from its tracks": 14,
        "overall from its categories": 17,
    }


def test_a_kscore_is_recomputed_from_its_axes():
    (row,) = (row for row in published_rows("genevolve-bench") if row.name == "GenEvolve + Nano Banana Pro")
    (axes, tracks) = (check for check in CHECKS if check.row == row)

    # .1 of .7970, .4 of .3832, .4 of .6218, .1 of .9222: .0797 + .15328 + .24872 + .09222.
    assert axes.recomputed == Fraction("0.57392")
    # (335 * .5669 + 259 * .5830) / 594 = (189.9115 + 150.997) / 594.
    assert tracks.recomputed == Fraction("340.9085") / 594
    assert axes.difference == pytest.approx(-0.00002)


def test_a_wise_overall_is_recomputed_with_the_legacy_weights():
    (emu3,) = (check for check in CHECKS if check.row.renderer == "Emu3")

    # .4 of .34, .167 of .45, .133 of .48, a tenth of .41, .45 and .27: .136 + .07515 + .06384 + .113.
    assert emu3.recomputed == Fraction("0.38799")
    # The weights sum to one and each part may be off by .005, so the whole may be, too.
    assert (emu3.low, emu3.high) == (Fraction("0.38299"), Fraction("0.39299"))
    assert emu3.explained  # .39 stands for .385 to .395


def test_all_kscores_follow_from_their_axes_within_a_unit():
    axes = [check for check in CHECKS if check.says == "KScore from its axes"]

    assert all(check.explained for check in axes)
    assert max(abs(check.difference) for check in axes) <= 1e-4


def test_exactly_the_rows_that_rounding_cannot_explain_are_named():
    assert [(check.row.name, check.says) for check in unexplained(CHECKS)] == [
        ("Gen-Searcher 8B + Qwen-Image-Edit-2511", "KScore from its tracks"),
        ("GenAgent", "overall from its categories"),
    ]
    gen_searcher, gen_agent = unexplained(CHECKS)
    assert gen_searcher.difference == pytest.approx(3e-4, abs=1e-5)
    # .4 of .78, .167 of .67, .133 of .78, a tenth of .72, .77 and .55 are .73163; .72 was published.
    assert gen_agent.recomputed == Fraction("0.73163")


@pytest.mark.parametrize(
    ("published", "low", "high", "explained"),
    [
        # .35 stands for .345 to .355.
        ("0.35", "0.355", "0.357", True),
        ("0.35", "0.3551", "0.357", False),
        ("0.35", "0.340", "0.345", True),
        ("0.35", "0.340", "0.3449", False),
        # More digits stand for less: .3500 for .34995 to .35005.
        ("0.3500", "0.3501", "0.357", False),
    ],
)
def test_rounding_explains_a_number_that_its_parts_can_reach(published, low, high, explained):
    assert check(published, low=low, high=high).explained is explained


def test_a_table_of_checks_says_which_are_explained():
    header, *rows = check_table(CHECKS)

    assert len(rows) == len(CHECKS)
    assert [row[header.index("row")] for row in rows if row[header.index("explained")] == "no"] == [
        "Gen-Searcher 8B + Qwen-Image-Edit-2511",
        "GenAgent",
    ]


def our_judge(**differs):
    bundled = known_judge("kscore").rubric
    return JudgeInfo(**{"name": "kscore", "model": "gemini-3.1-pro-preview", "rubric": bundled, **differs})


SAME = {"benchmark": "genevolve-bench", "edition": None, "judge": our_judge(), "aggregate": "na_half"}


def test_what_is_the_same_in_all_is_comparable():
    for model in ("gemini-3.1-pro-preview", "google/Gemini-3.1-pro-preview", "gemini-3.1-pro-preview-2026-05-21"):
        assert not_comparable(ROW, **{**SAME, "judge": our_judge(model=model)}) is None, model


@pytest.mark.parametrize(
    ("differs", "reason"),
    [
        ({"benchmark": "knowgen"}, "published on genevolve-bench, this is knowgen"),
        ({"judge": our_judge(model="gpt-4o")}, "judged by gemini-3.1-pro-preview, this by gpt-4o"),
        ({"judge": our_judge(model="gemini-3.1-pro-preview-lite")}, "judged by gemini-3.1-pro-preview, this by"),
        ({"judge": None}, "judged by gemini-3.1-pro-preview, this by no model"),
        ({"judge": our_judge(name="wise-legacy")}, "judged as kscore asks, this as wise-legacy does"),
        ({"judge": our_judge(rubric="r1")}, "judged by the published rubric, this by another"),
        ({"judge": our_judge(rubric=None)}, "judged by the published rubric, this by one that is not known"),
        ({"aggregate": "na_renormalised"}, "published as na_half, this is na_renormalised"),
    ],
)
def test_what_differs_is_not_comparable_and_says_why(differs, reason):
    assert (not_comparable(ROW, **{**SAME, **differs}) or "").startswith(reason)


def test_editions_of_wise_are_never_compared():
    row = published_rows("wise", edition="legacy")[0]
    reason = not_comparable(row, benchmark="wise", edition="verified", judge=our_judge(), aggregate="wiscore")

    assert reason == "published on the legacy edition, this is the verified one"
