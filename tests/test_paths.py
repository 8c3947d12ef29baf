"""PLS path models: planted paths found exactly, coverage, bad input; others' numbers are in tests/verify."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.colors import to_hex

from csmodels_helpers import paths, plots
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.paths_algorithm import solve_paths, structure
from csmodels_helpers.tally import moments

GENERATE = Path(__file__).resolve().parents[1] / "datasets" / "generate"
CHAIN = paths.Model(
    {"Quality": ["q1", "q2", "q3"], "Value": ["v1", "v2"], "Loyalty": ["l1", "l2"]},
    [("Quality", "Value"), ("Quality", "Loyalty"), ("Value", "Loyalty")],
)
# Direct 0.3; through value 0.6 · 0.4.
TRUTH = {"Quality → Value": 0.6, "Quality → Loyalty": 0.3, "Value → Loyalty": 0.4}


pytestmark = pytest.mark.usefixtures("course_style")


@pytest.fixture(scope="module")
def bank():
    sys.path.insert(0, str(GENERATE))
    try:
        import bank_ecsi
    finally:
        sys.path.remove(str(GENERATE))
    return bank_ecsi


def composite_correlation() -> np.ndarray:
    """Correlations of the items of CHAIN: composites of alike items, with the planted paths between them."""
    within = (0.5, 0.4, 0.6)
    between = np.array([[1, 0.6, 0.54], [0.6, 1, 0.58], [0.54, 0.58, 1]])
    sizes = [3, 2, 2]
    block = np.repeat(range(3), sizes)
    # Of a sum of k items with correlation r the variance is k + k(k − 1)r.
    variance = np.array([k + k * (k - 1) * r for k, r in zip(sizes, within, strict=True)])
    share = np.sqrt(variance) / sizes
    found = between[np.ix_(block, block)] * np.outer(share[block], share[block])
    for i, r in enumerate(within):
        own = block == i
        found[np.ix_(own, own)] = r
    np.fill_diagonal(found, 1)
    return found


def sample(n=300, seed=1, times=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n * times, 7)) @ np.linalg.cholesky(composite_correlation()).T
    frame = pd.DataFrame(x, columns=list(CHAIN.items))
    return frame.assign(survey=np.repeat(np.arange(times), n), who=np.arange(n * times))


def named(table, start="from", end="to"):
    return table.set_index(table[start] + " → " + table[end])


# --------------------------------------------------------------------------------- planted truth


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
@pytest.mark.parametrize("mode", ["A", "B"])
def test_composites_in_the_population_are_found_exactly(scheme, mode):
    solution = solve_paths(composite_correlation()[None], structure(CHAIN), scheme, mode)
    assert solution.coefficients[0] == pytest.approx(list(TRUTH.values()), abs=1e-9)
    assert solution.total[0, 0, 2] == pytest.approx(0.3 + 0.6 * 0.4)
    assert solution.weights[0, :3] == pytest.approx(1 / np.sqrt(6))
    assert solution.r2[0, 1] == pytest.approx(0.36)
    assert np.isnan(solution.r2[0, 0])


def test_the_population_of_the_bank_has_the_planted_paths(bank):
    latent, answered = bank.population()
    spread = np.sqrt(np.diag(answered))
    solution = solve_paths((answered / np.outer(spread, spread))[None], structure(bank.model()))
    assert solution.coefficients[0] == pytest.approx(list(bank.PATHS.values()), abs=1e-9)
    assert solution.total[0] == pytest.approx(bank.total_effects().to_numpy(), abs=1e-9)
    assert np.linalg.eigvalsh(latent)[0] > 0.1
    weights = [np.array(w) / np.linalg.norm(w) for w, _ in bank.BLOCKS.values()]
    for construct, w in enumerate(weights):
        own = solution.weights[0, structure(bank.model()).items(construct)]
        assert own / np.linalg.norm(own) == pytest.approx(w, abs=1e-7)
    # No common-factor model: corrected for attenuation, mode A finds other paths.
    corrected = solve_paths(
        (answered / np.outer(spread, spread))[None], structure(bank.model()), correction="plsc"
    )
    assert np.abs(corrected.coefficients[0] - list(bank.PATHS.values())).max() > 0.05


def test_rounding_to_whole_answers_is_what_the_population_allows_for(bank):
    frame = bank.make(3, 60_000).dropna()
    found = np.cov(frame[list(bank.model().items)].to_numpy().T)
    answered = bank.population()[1]
    assert np.abs(found - answered).max() < 5 * 2 * answered.max() / np.sqrt(len(frame))
    result = paths.analyze(moments(frame, bank.model().items, apart=True), bank.model())
    assert result.table["coefficient"].to_numpy() == pytest.approx(list(bank.PATHS.values()), abs=0.02)


def test_plsc_finds_the_paths_between_common_factors():
    loadings = np.array([0.9, 0.8, 0.6, 0.85, 0.7, 0.9, 0.75])
    between = np.array([[1, 0.6, 0.54], [0.6, 1, 0.58], [0.54, 0.58, 1]])
    block = np.repeat(range(3), [3, 2, 2])
    r = between[np.ix_(block, block)] * np.outer(loadings, loadings)
    np.fill_diagonal(r, 1)
    plain, corrected = (solve_paths(r[None], structure(CHAIN), correction=c) for c in ("none", "plsc"))
    assert corrected.coefficients[0] == pytest.approx(list(TRUTH.values()), abs=1e-7)
    assert corrected.between[0] == pytest.approx(between, abs=1e-7)
    assert corrected.loadings[0] == pytest.approx(loadings, abs=1e-7)
    assert (np.abs(plain.coefficients[0, :1]) < 0.55).all()


def by_the_textbook(data, model, scheme):
    """Lohmöller's algorithm on the rows themselves, as Tenenhaus et al. (2005) tell it: path coefficients."""
    z = (data - data.mean()) / data.std()
    names = list(model.constructs)
    weights = {n: np.ones(len(model.constructs[n])) for n in names}
    for _ in range(25):
        scores = pd.DataFrame({n: z[list(model.constructs[n])].to_numpy() @ weights[n] for n in names})
        scores /= scores.std()
        for n in names:
            causes, effects = list(model.causes(n)), [b for a, b in model.paths if a == n]
            proxy = np.zeros(len(z))
            for other in causes + effects:
                r = np.corrcoef(scores[n], scores[other])[0, 1]
                proxy += (np.sign(r) if scheme == "centroid" else r) * scores[other]
            if scheme == "path" and causes:
                proxy = scores[causes].to_numpy() @ np.linalg.lstsq(scores[causes], scores[n], rcond=None)[0]
                for other in effects:
                    proxy += np.corrcoef(scores[n], scores[other])[0, 1] * scores[other]
            weights[n] = z[list(model.constructs[n])].to_numpy().T @ np.asarray(proxy) / len(z)
    found = {}
    for n in names:
        causes = list(model.causes(n))
        if causes:
            beta = np.linalg.lstsq(scores[causes], scores[n], rcond=None)[0]
            found |= {(cause, n): value for cause, value in zip(causes, beta, strict=True)}
    return [found[pair] for pair in model.paths]


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
def test_the_algorithm_is_that_of_the_textbook(scheme):
    data = load_bank().dropna()[list(bank_model().items)]
    found = paths.analyze(data, bank_model(), scheme=scheme).table["coefficient"]
    assert found.to_numpy() == pytest.approx(by_the_textbook(data, bank_model(), scheme), abs=1e-6)


def test_the_map_by_hand():
    data, model = load_bank().dropna()[list(bank_model().items)], bank_model()
    weights = paths.analyze(data, model).items.set_index("item")["weight"]
    total = named(paths.analyze(data, model).effects)["total"]
    scores = {}
    for name, items in model.constructs.items():
        raw = weights[list(items)] / data[list(items)].std()
        scores[name] = (100 * (data[list(items)] - 1) / 9) @ (raw / raw.sum())
    scores = pd.DataFrame(scores)
    found = paths.importance_performance(data, model, "Loyalty", scale=(1, 10))
    for row in found.table.to_dict("records"):
        name = row["construct"]
        assert row["performance"] == pytest.approx(scores[name].mean())
        expected = total[f"{name} → Loyalty"] * scores["Loyalty"].std() / scores[name].std()
        assert row["importance"] == pytest.approx(expected)
    assert found.performance["estimate"] == pytest.approx(scores["Loyalty"].mean())
    # Intervals have the colour of their mark, as the grid is grey.
    ax = found.plot()
    marks = {line.get_color() for line in ax.get_lines() if line.get_marker() in plots.MARKERS}
    assert {to_hex(bar.get_color()[0]) for bar in ax.collections} == {colour.lower() for colour in marks}
    # An item on another scale is the same item.
    scale = dict.fromkeys(model.items, (1, 10)) | {"image_2": (1, 19)}
    other = data.assign(image_2=2 * data["image_2"] - 1)
    again = paths.importance_performance(other, model, "Loyalty", scale=scale)
    pd.testing.assert_frame_equal(again.table, found.table)


def test_a_single_item_each_is_plain_regression():
    frame = sample()
    model = paths.Model({"Q": ["q1"], "V": "v1", "L": ["l1"]}, [("Q", "V"), ("Q", "L"), ("V", "L")])
    found = paths.analyze(frame, model)
    z = (frame - frame.mean()) / frame.std()
    beta = np.linalg.lstsq(z[["q1", "v1"]], z["l1"], rcond=None)[0]
    assert found.table["coefficient"][1:].to_numpy() == pytest.approx(beta)
    assert found.items[["loading", "weight"]].to_numpy() == pytest.approx(1)
    assert found.constructs["ave"].isna().all()
    plsc = paths.analyze(frame, model, correction="plsc")
    pd.testing.assert_frame_equal(plsc.table, found.table)


def test_numbers_of_the_result_agree_with_each_other():
    found = paths.analyze(load_bank(), bank_model())
    effects, direct = named(found.effects), named(found.table)["coefficient"]
    assert (effects["direct"] + effects["indirect"]).to_numpy() == pytest.approx(effects["total"].to_numpy())
    for name, value in direct.items():
        assert effects["direct"][name] == pytest.approx(value)
    image = effects.loc["Image → Satisfaction"]
    through = direct["Image → Expectation"] * effects["total"]["Expectation → Satisfaction"]
    assert image["indirect"] == pytest.approx(through)
    # Scores by hand: their correlations are those of the result.
    data = load_bank().dropna()[list(bank_model().items)]
    z = (data - data.mean()) / data.std()
    weights = found.items.set_index("item")["weight"]
    scores = pd.DataFrame({c: z[list(i)] @ weights[list(i)] for c, i in bank_model().constructs.items()})
    assert scores.var().to_numpy() == pytest.approx(1)
    assert scores.corr().to_numpy() == pytest.approx(found.correlation.to_numpy())
    own = found.items.set_index("item")["loading"]
    assert own["quality_3"] == pytest.approx(np.corrcoef(z["quality_3"], scores["Quality"])[0, 1])
    rows = found.constructs.set_index("construct")
    assert rows.loc["Quality", "ave"] == pytest.approx((own.filter(like="quality") ** 2).mean())
    assert (rows["composite_reliability"].dropna() > rows["alpha"].dropna()).all()
    assert rows["r2"].isna().tolist() == [True] + [False] * 6


def load_bank():
    return load_dataset("bank_ecsi")


def bank_model():
    items = {
        name: [c for c in load_bank() if c.startswith(name.lower())]
        for name in ("Image", "Expectation", "Quality", "Value", "Satisfaction", "Complaints", "Loyalty")
    }
    return paths.Model(items, paths.ECSI)


# ------------------------------------------------------------------------------------- coverage


@pytest.fixture(scope="module")
def surveys():
    frame = sample(times=250, seed=11)
    made = moments(frame, CHAIN.items, segment="survey", apart=True)
    return [part for _, part in made.split("survey")]


def check_rates(name, rates):
    print(f"coverage {name}: {np.round(rates, 3)}")
    # 250 surveys: what a binomial test at 1 in 100 would not tell from 0.95, with several rates a call.
    assert np.min(rates) >= 0.91
    assert np.max(rates) <= 0.985


@pytest.mark.thorough
@pytest.mark.parametrize("uncertainty", ["jackknife", "bootstrap"])
def test_paths_effects_and_r2_cover(uncertainty, surveys):
    inside = []
    indirect = {"Quality → Loyalty": 0.24}
    for made in surveys:
        found = paths.analyze(made, CHAIN, uncertainty=uncertainty, draws=300)
        table, effects = named(found.table), named(found.effects)
        r2 = found.constructs.set_index("construct").loc["Value"]
        row = [table["low"][k] <= v <= table["high"][k] for k, v in TRUTH.items()]
        row += [effects["indirect_low"][k] <= v <= effects["indirect_high"][k] for k, v in indirect.items()]
        row.append(
            effects["total_low"]["Quality → Loyalty"] <= 0.54 <= effects["total_high"]["Quality → Loyalty"]
        )
        row.append(r2["r2_low"] <= 0.36 <= r2["r2_high"])
        inside.append(row)
    check_rates(uncertainty, np.mean(inside, axis=0))


def test_importance_and_performance_cover(surveys):
    # Answers on an endless scale around 5, so that the truths have a formula.
    inside = []
    # Standard deviations of the means of two and of three items.
    truth = 0.54 * (np.sqrt(2 + 2 * 0.6) / 2) / (np.sqrt(3 + 6 * 0.5) / 3)
    for made in surveys[:200]:
        found = paths.importance_performance(made, CHAIN, "Loyalty", scale=(-5, 5)).table
        row = found.set_index("construct").loc["Quality"]
        inside.append(
            [
                row["importance_low"] <= truth <= row["importance_high"],
                row["performance_low"] <= 50 <= row["performance_high"],
            ]
        )
    check_rates("map", np.mean(inside, axis=0))


def test_intervals_of_answers_that_come_in_clusters_are_wider():
    frame = sample(60).loc[np.repeat(np.arange(60), 5)].assign(row=range(300))
    wide = paths.analyze(frame, CHAIN, respondent="who").table["error"]
    narrow = paths.analyze(frame, CHAIN).table["error"]
    assert (wide > 1.6 * narrow).all()


def test_the_bootstrap_agrees_with_the_jackknife_and_with_itself():
    frame = sample()
    one, two, other = (
        paths.analyze(frame, CHAIN, uncertainty="bootstrap", draws=2000, seed=seed).table
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not np.allclose(one["low"], other["low"])
    jackknife = paths.analyze(frame, CHAIN).table
    assert one["error"].to_numpy() == pytest.approx(jackknife["error"].to_numpy(), rel=0.15)


# ----------------------------------------------------------------------------------- invariances

ANALYSES = {
    "paths": lambda f: paths.analyze(f, bank_model(), respondent="customer"),
    "map": lambda f: paths.importance_performance(
        f, bank_model(), "Loyalty", scale=(1, 10), respondent="customer"
    ),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_order_of_rows_and_engine_do_not_matter(name):
    frame = load_bank()
    expected = ANALYSES[name](frame).table
    eager = pl.DataFrame({c: [None if v != v else v for v in frame[c].tolist()] for c in frame})
    arrow = eager.to_arrow()
    for other in (frame.sample(frac=1, random_state=1), eager, eager.lazy(), arrow, duckdb.from_arrow(arrow)):
        found = ANALYSES[name](other)
        pd.testing.assert_frame_equal(found.table, expected, rtol=1e-6, atol=1e-8, check_dtype=False)
        assert found.n + found.n_missing == 500
        assert found.n_missing == frame.isna().any(axis=1).sum() > 0


def test_merged_tallies_are_the_whole():
    frame, items = load_bank(), bank_model().items
    parts = [moments(part, items, respondent="customer") for part in (frame[:100], frame[100:])]
    whole, merged = ANALYSES["paths"](frame), paths.analyze(parts[0].merge(parts[1]), bank_model())
    for name in ("table", "effects", "items", "constructs"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(merged, name), rtol=1e-6, atol=1e-9)


def test_unit_and_sign_of_the_answers():
    frame = sample()
    found = paths.analyze(frame, CHAIN)
    scaled = paths.analyze(frame.assign(q1=100 + 3 * frame["q1"]), CHAIN)
    pd.testing.assert_frame_equal(scaled.table, found.table, rtol=1e-6)
    turned = paths.analyze(-frame, CHAIN)
    pd.testing.assert_frame_equal(turned.table, found.table, rtol=1e-6)
    assert (turned.items["loading"] > 0).all()


# -------------------------------------------------------------------------- figures and sentences


def results():
    frame = load_bank()
    return {
        **{name: analyse(frame) for name, analyse in ANALYSES.items()},
        "small": paths.analyze(sample(), CHAIN),
        "no interval": paths.analyze(sample().assign(who=1), CHAIN, respondent="who"),
        "small map": paths.importance_performance(
            moments(sample(), CHAIN.items, apart=True),
            CHAIN,
            "Value",
            scale=dict.fromkeys(CHAIN.items, (-9, 9)),
        ),
    }


def test_every_result_draws_and_explains_in_both_languages(speaks_and_draws):
    for result in results().values():
        speaks_and_draws(result)


def test_sentences_say_the_finding():
    found = paths.analyze(sample(2000), CHAIN)
    assert found.explain().startswith("The largest path coefficient leads from Quality to Value: 0.5")
    assert "Over all paths together Quality moves Loyalty most: total effect 0.5" in found.explain()
    worst = moments(sample(2000), CHAIN.items, apart=True)
    said = paths.importance_performance(worst, CHAIN, "Loyalty", scale=(-5, 5)).explain()
    assert "Most is to be won by Quality" in said
    assert "it stands at 50 of 100" in said


# ------------------------------------------------------------------------------------- bad input

Q = {"Q": ["q1", "q2"], "V": ["v1"], "L": ["l1"]}


def refusals():
    frame = sample()
    good = paths.Model(Q, [("Q", "V"), ("V", "L")])
    whole = frame.mul(2).round().clip(-5, 5)
    twins = frame.assign(v1=frame["q1"])
    chance = 3 * np.random.default_rng(0).normal(size=len(frame))
    noise = frame.assign(q1=frame["v1"] + chance, q2=frame["v1"] - chance)
    a, m, i = paths.analyze, paths.Model, paths.importance_performance
    return [
        (lambda: m({}, []), ArgumentError, "at least one item each"),
        (lambda: m({"Q": [], "V": ["v1"]}, [("Q", "V")]), ArgumentError, "['Q']"),
        (lambda: m({"Q": ["q1"], "V": ["q1"]}, [("Q", "V")]), ArgumentError, "belong to one construct"),
        (lambda: m(Q, [("Q", "Value")]), UnknownNameError, 'construct "Value"'),
        (lambda: m(Q, []), ArgumentError, "at least one path"),
        (lambda: m(Q, [("Q", "V"), ("Q", "V"), ("V", "L")]), ArgumentError, "none of them twice"),
        (lambda: m(Q, [("Q", "V")]), ArgumentError, "at an end of a path"),
        (lambda: m(Q, [("Q", "V"), ("V", "L"), ("L", "Q")]), ArgumentError, "circle"),
        (lambda: m(Q, [("Q", "V"), ("V", "L"), ("L", "V")]), ArgumentError, "['V', 'L']"),
        (lambda: a(frame, Q), ArgumentError, "a paths.Model"),
        (lambda: a(frame.drop(columns="q2"), good), UnknownNameError, 'column "q2"'),
        (lambda: a(frame.assign(q2="bad"), good), DataError, "turn it into numbers"),
        (lambda: a(frame.assign(q2=4), good), ArgumentError, "same answer: q2"),
        (lambda: a(frame[:3], good), ArgumentError, "(3): at least 4"),
        (lambda: a(frame, good, scheme="best"), ArgumentError, "'path' | 'factorial'"),
        (lambda: a(frame, good, mode="C"), ArgumentError, "'A' | 'B'"),
        (lambda: a(frame, good, correction="plsc", mode="B"), ArgumentError, "mode='B'"),
        (lambda: a(frame, good, uncertainty="guess"), ArgumentError, "'jackknife' | 'bootstrap'"),
        (lambda: a(frame, good, uncertainty="bootstrap", draws=0), ArgumentError, "1 or more"),
        (lambda: a(frame, good, confidence=95), ArgumentError, "Write 0.95"),
        (
            lambda: a(twins, m({"A": ["q1"], "B": ["v1"], "L": ["l1"]}, [("A", "L"), ("B", "L")])),
            ArgumentError,
            "say the same thing: A, B",
        ),
        (lambda: a(noise, good, correction="plsc"), ArgumentError, "items of Q do not go together"),
        (lambda: i(whole, good, "Loyalty", scale=(-5, 5)), UnknownNameError, 'construct "Loyalty"'),
        (lambda: i(whole, good, "Q", scale=(-5, 5)), ArgumentError, "to which a path leads"),
        (lambda: i(whole, good, "L", scale=(-2, 2)), DataError, "Was another scale used"),
        (lambda: i(whole, good, "L", scale={"q1": (-5, 5)}), ArgumentError, "['q2', 'v1', 'l1']"),
        (
            lambda: i(whole.assign(q2=-whole["q2"]), good, "L", scale=(-5, 5)),
            ArgumentError,
            "other way round",
        ),
    ]


@pytest.mark.parametrize("number", range(len(refusals())))
def test_bad_input_is_refused_with_words_that_help(number):
    call, kind, words = refusals()[number]
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)
    english = str(caught.value)
    set_language("zh_CN")
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) != english
    assert any("一" <= sign <= "鿿" for sign in str(caught.value))
