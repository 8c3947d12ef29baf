"""The survey waves: who can answer what, and lots that are lots."""

from __future__ import annotations

import pandas as pd

from csmodels_helpers.datasets import data_card, load_dataset


def test_everybody_is_in_every_wave():
    frame = load_dataset("survey_waves")
    assert frame.groupby("customer", observed=True)["wave"].nunique().eq(3).all()
    assert len(frame) == 12_000
    assert frame.groupby("customer")[["channel", "age"]].nunique().eq(1).all(axis=None)


def test_only_the_invited_answer_and_only_answers_have_a_score():
    frame = load_dataset("survey_waves")
    assert not (frame["answered"] & ~frame["invited"]).any()
    assert not (frame["incentive"] & ~frame["invited"]).any()
    assert frame["score"].notna().equals(frame["answered"])
    honest = frame["answered"] & ~(frame["wave"].eq("autumn") & frame["incentive"])
    assert (frame.loc[honest, "score"] == frame.loc[honest, "true_score"]).all()
    bought = frame[frame["answered"] & frame["score"].ne(frame["true_score"])]
    assert len(bought) > 30
    assert bought["score"].eq(5).all()
    assert bought["true_score"].le(3).all()


def test_the_incentive_is_a_lot():
    invited = load_dataset("survey_waves").query("invited")
    for column in ("channel", "age", "wave", "true_score"):
        shares = invited.groupby(column, observed=True)["incentive"].mean()
        assert shares.between(0.45, 0.55).all(), column


def test_in_spring_a_stratum_explains_the_silence_and_in_summer_it_does_not():
    frame = load_dataset("survey_waves").query("invited and not incentive")
    inside = {}
    for wave in ("spring", "summer"):
        rows = frame[frame["wave"] == wave]
        centred = rows["true_score"] - rows.groupby(["channel", "age"], observed=True)[
            "true_score"
        ].transform("mean")
        inside[wave] = centred[rows["answered"]].mean() - centred[~rows["answered"]].mean()
    assert abs(inside["spring"]) < 0.15 < inside["summer"]


def test_the_card_states_the_planted_numbers():
    truth = str(data_card("survey_waves", truth=True)).partition("## Planted truth")[2]
    for number in ("1.8", "1.45", "40 %", "app 14 %, web 28 %, phone 48 %", "Seed 20250203"):
        assert number in truth
    assert pd.notna(truth)
