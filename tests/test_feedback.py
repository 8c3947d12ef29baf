"""Listening to customers: known numbers, the coverage of every interval, the case data, and bad input."""

from __future__ import annotations

import datetime as dt
import math
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

from csmodels_helpers import feedback, metrics
from csmodels_helpers.datasets import load_dataset
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import set_language

pytestmark = pytest.mark.usefixtures("course_style")


def covered(low, high, truth) -> bool:
    """Whether as many intervals hold the truth as of so many good ones may (two-sided, at 1 %)."""
    hits = int(((np.asarray(low) <= truth) & (truth <= np.asarray(high))).sum())
    print(f"coverage {hits / len(low):.4f} of {len(low)}")
    return stats.binomtest(hits, len(low), 0.95).pvalue > 0.01


# ------------------------------------------------------------------------ numbers from elsewhere


def test_weights_by_hand():
    # 60 % of the answers are young, 30 % of the customers: weights 0.5 and 1.75.
    answers = pd.DataFrame({"age": ["young"] * 60 + ["old"] * 40, "x": [4, 2] * 30 + [5, 4, 4, 3] * 10})
    found = feedback.post_stratify(answers, "age", {"young": 0.3, "old": 0.7}, score="x")
    assert found.table["weight"].tolist() == pytest.approx([0.5, 1.75])
    assert (found.score.score, found.unweighted.score) == pytest.approx((0.3 * 3 + 0.7 * 4, 3.4))
    w = found.weights(answers)
    assert w.sum() == pytest.approx(100)
    assert found.effective_n == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert found.design_effect == pytest.approx(1 + w.var() / w.mean() ** 2)  # Kish's 1 + cv²
    # The same from the score that takes the weights row by row.
    assert metrics.csat(answers.assign(w=w), "x", statistic="mean", weights="w").table.loc[
        0, "score"
    ] == pytest.approx(found.score.score)


def test_weighted_variance_is_that_of_a_stratified_sample():
    # Cochran (1977), Sampling Techniques, 5.6: Σ W²·s²/n·(1 − f).
    rng = np.random.default_rng(2)
    answers = pd.DataFrame({"h": np.repeat([0, 1, 2], [20, 35, 50])})
    answers["x"] = rng.normal(answers["h"], 1 + answers["h"])
    sizes = {0: 200, 1: 100, 2: 700}
    for finite in (False, True):
        found = feedback.post_stratify(answers, "h", sizes, score="x", finite=finite).score
        variance, parts = 0.0, []
        for h, size in sizes.items():
            x = answers.loc[answers["h"] == h, "x"]
            part = (size / 1000) ** 2 * x.var() / len(x) * (1 - len(x) / size if finite else 1)
            variance += part
            parts.append(part**2 / (len(x) - 1))
        half = stats.t.ppf(0.975, variance**2 / sum(parts)) * math.sqrt(variance)
        assert found.give_or_take == pytest.approx(half)


def test_precision_and_recall_are_those_of_scikit_learn():
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    comments = load_dataset("retailer_comments")
    found = feedback.confusion(comments, truth="polarity", predicted="coder_a")
    names = ["negative", "neutral", "positive"]
    p, r, f, n = precision_recall_fscore_support(comments["polarity"], comments["coder_a"], labels=names)
    assert found.table["label"].tolist() == names
    for column, values in (("precision", p), ("recall", r), ("f1", f), ("n_truth", n)):
        assert found.table[column].tolist() == pytest.approx(list(values))
    matrix = confusion_matrix(comments["polarity"], comments["coder_a"], labels=names)
    assert found.matrix.to_numpy().tolist() == matrix.tolist()
    right = metrics.wilson(int(np.trace(matrix)), 1500)
    assert found.accuracy.loc[0, ["accuracy", "low", "high"]].tolist() == pytest.approx(
        [right.score, right.low, right.high]
    )


def test_shares_have_wilson_intervals():
    comments = load_dataset("retailer_comments")
    counted = comments["polarity"].value_counts()
    for row in feedback.degree(comments, "polarity").table.to_dict("records"):
        found = metrics.wilson(int(counted[row["polarity"]]), 1500)
        assert (row["share"], row["low"], row["high"]) == pytest.approx((found.score, found.low, found.high))
    both = feedback.topics(comments, ["topic", "second_topic"]).table.set_index("topic")
    delivery = (comments["topic"].eq("delivery") | comments["second_topic"].eq("delivery")).sum()
    assert both.loc["delivery", "n"] == delivery
    assert both["n"].sum() == 1500 + comments["second_topic"].notna().sum()


# ------------------------------------------------------------------------------------- coverage

STRATA = pd.DataFrame({"h": ["a", "b", "c"], "size": [500, 300, 200]})


def stratified(rng, repeat=1) -> pd.DataFrame:
    """Draw answers from three strata that answer with unlike zeal."""
    n = {"a": 30, "b": 40, "c": 60}
    h = np.repeat(list(n), list(n.values()))
    mean = np.where(h == "a", 3.0, np.where(h == "b", 3.6, 4.2))
    own = np.repeat(rng.normal(0, 0.8, -(-len(h) // repeat)), repeat)[: len(h)]
    who = np.arange(len(h)) // repeat
    return pd.DataFrame({"h": h, "x": mean + own + rng.normal(0, 0.6, len(h)), "who": who})


@pytest.mark.parametrize("repeat", [pytest.param(1, marks=pytest.mark.thorough), 3])
def test_post_stratification_covers(repeat):
    rng, weighted, plain = np.random.default_rng(3), [], []
    for _ in range(250):
        found = feedback.post_stratify(
            stratified(rng, repeat), "h", STRATA, score="x", respondent="who" if repeat > 1 else None
        )
        weighted.append((found.score.low, found.score.high))
        plain.append((found.unweighted.low, found.unweighted.high))
    truth = 0.5 * 3.0 + 0.3 * 3.6 + 0.2 * 4.2
    assert covered(*np.array(weighted).T, truth)
    assert not covered(*np.array(plain).T, truth)


def test_finite_population_covers():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"h": np.repeat(["a", "b"], [120, 80])})
    frame["x"] = rng.normal(np.where(frame["h"] == "a", 3.0, 4.0), 1.0)
    ends = {True: [], False: []}
    for _ in range(200):
        rows = [*rng.permutation(120)[:60], *(120 + rng.permutation(80)[:60])]
        for finite, found in ends.items():
            score = feedback.post_stratify(
                frame.iloc[rows], "h", {"a": 120, "b": 80}, score="x", finite=finite
            ).score
            found.append((score.low, score.high))
    assert covered(*np.array(ends[True]).T, frame["x"].mean())
    assert not covered(*np.array(ends[False]).T, frame["x"].mean())  # 60 of 80 asked: far too wide


def test_degree_and_topics_cover():
    rng = np.random.default_rng(5)
    n, times = 80, 400
    frame = pd.DataFrame({"survey": np.repeat(np.arange(times), n)})
    frame["said"] = rng.choice(["positive", "neutral", "negative"], n * times, p=[0.5, 0.2, 0.3])
    frame["one"] = rng.choice(["price", "speed"], n * times, p=[0.7, 0.3])
    frame["two"] = np.where(rng.random(n * times) < 0.2, "service", None)
    degree = feedback.degree(frame, "said", segment="survey").table
    negative = degree[degree["polarity"] == "negative"]
    assert covered(negative["low"], negative["high"], 0.3)
    topics = feedback.topics(frame, ["one", "two"], segment="survey").table
    service = topics[topics["topic"] == "service"]
    assert covered(service["low"], service["high"], 0.2)


@pytest.mark.thorough
def test_precision_and_recall_cover_with_clusters():
    # Comments of a template stand and fall together: a share of the templates is read wrongly as a whole.
    rng, ends, naive = np.random.default_rng(6), [], []
    for _ in range(200):
        template = np.repeat(np.arange(60), 6)
        good = rng.random(60)[template] < 0.5
        right = rng.random(60)[template] < 0.8
        said = np.where(right, good, ~good)
        frame = pd.DataFrame({"t": template, "is": good, "said": said})
        for cluster, found in (("t", ends), (None, naive)):
            table = feedback.confusion(frame, truth="is", predicted="said", cluster=cluster).table
            found.append(table.set_index("label").loc[True, ["recall_low", "recall_high"]].tolist())
    assert covered(*np.array(ends, dtype=float).T, 0.8)
    assert not covered(*np.array(naive, dtype=float).T, 0.8)


# ------------------------------------------------------------------------------------ simulation


def bias_of(**given) -> pd.Series:
    return feedback.simulate_nonresponse(**given).table.set_index(["offer", "estimator"])["bias"]


def test_weights_repair_what_the_strata_explain_and_nothing_else():
    at_random = feedback.simulate_nonresponse(seed=7)
    table = at_random.table.set_index("estimator")
    assert table.loc["answered", "bias"] > 0.04
    assert abs(table.loc["weighted", "bias"]) < 0.002
    assert table.loc["weighted", "coverage"] == pytest.approx(0.95, abs=0.02)
    assert "weights repair it" in at_random.explain()
    eager = feedback.simulate_nonresponse(eagerness=2)
    table = eager.table.set_index("estimator")
    assert table.loc["answered", "bias"] > table.loc["weighted", "bias"] > 0.08
    assert table.loc["weighted", "coverage"] < 0.1


def test_the_bias_is_bethlehems():
    # Covariance of answering and satisfaction over the response rate, from the numbers given.
    shares, good, rate = np.array([0.6, 0.4]), np.array([0.5, 0.9]), np.array([0.2, 0.5])
    odds = rate / (1 - rate) * 1.7
    heard = odds / (1 + odds)
    response = (shares * (good * heard + (1 - good) * rate)).sum()
    expected = (shares * good * heard).sum() / response - shares @ good
    found = bias_of(
        shares={"a": 0.6, "b": 0.4},
        satisfied={"a": 0.5, "b": 0.9},
        answers={"a": 0.2, "b": 0.5},
        eagerness=1.7,
    )
    assert found["none", "answered"] == pytest.approx(expected, abs=0.002)
    within = good * heard / (good * heard + (1 - good) * rate)
    assert found["none", "weighted"] == pytest.approx(shares @ within - shares @ good, abs=0.002)


def test_an_incentive_brings_answers_and_paid_praise_brings_stars():
    honest = feedback.simulate_nonresponse(incentive=3).table.set_index(["offer", "estimator"])
    paid = feedback.simulate_nonresponse(incentive=3, praise=0.4).table.set_index(["offer", "estimator"])
    assert honest.loc[("incentive", "weighted"), "response_rate"] > 1.5 * honest["response_rate"].iloc[0]
    assert abs(honest.loc[("incentive", "weighted"), "bias"]) < 0.003
    # 40 % of the 30.5 % who are dissatisfied write that they are satisfied.
    assert paid.loc[("incentive", "weighted"), "bias"] == pytest.approx(0.4 * 0.305, abs=0.004)


def test_few_answers_are_no_error():
    found = feedback.simulate_nonresponse(
        invited=12, surveys=300, answers={"app": 0.01, "store": 0.02, "phone": 0.05}
    )
    assert found.table["score"].between(0, 1).all()


# ------------------------------------------------------------------------------------- case data


def test_the_waves_of_the_retailer():
    frame = load_dataset("survey_waves")
    for wave, repaired in (("spring", True), ("summer", False)):
        everybody = frame[frame["wave"] == wave]
        answers = everybody[everybody["answered"]]
        found = feedback.post_stratify(answers, ["channel", "age"], everybody, score="score", finite=True)
        truth = everybody["true_score"].mean()
        assert (found.score.low <= truth <= found.score.high) == repaired
        assert abs(found.score.score - truth) < abs(found.unweighted.score - truth)


def test_a_machine_is_judged_on_wording_that_it_has_not_seen():
    comments = load_dataset("retailer_comments")
    fair = feedback.train_classifier(comments, segment="language")
    folds = fair.predictions.assign(template=comments["template"]).groupby("template")["fold"].nunique()
    assert (folds == 1).all()  # no template is both in training and in test
    leaky = feedback.train_classifier(comments, template=None)
    right = {
        name: float(np.trace(c.confusion.matrix)) / 1500 for name, c in (("fair", fair), ("leaky", leaky))
    }
    assert 0.7 < right["fair"] < 0.93 < 0.98 < right["leaky"]
    assert "too good" in leaky.explain()
    assert "had not seen" in fair.explain()
    assert fair.predict(["物流太慢了，很失望", "Great price, very happy"])["label"].tolist() == [
        "negative",
        "positive",
    ]
    again = feedback.train_classifier(comments, segment="language")
    pd.testing.assert_frame_equal(again.predictions, fair.predictions)
    assert fair.predict([]).empty


# ---------------------------------------------------------------------------------- the analyses


def comments_frame() -> pd.DataFrame:
    frame = load_dataset("retailer_comments").head(400)
    frame = frame[
        ["comment", "language", "text", "score", "topic", "second_topic", "polarity", "coder_a", "template"]
    ]
    frame = frame.assign(who=frame["comment"] % 150, w=(frame["comment"] % 3) + 1.0)
    frame["coder_a"] = frame["coder_a"].where(frame["comment"] % 17 > 0)
    return frame.reset_index(drop=True)


RATING = {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}
ANALYSES = {
    "weights": lambda f: feedback.post_stratify(f, "language", {"en": 40, "zh": 60}),
    "score": lambda f: feedback.post_stratify(f, ["language", "topic"], SIZES, score="score"),
    "clustered score": lambda f: feedback.post_stratify(
        f, "language", {"en": 40, "zh": 60}, score="score", respondent="who"
    ),
    "degree": lambda f: feedback.degree(f, "coder_a", segment="language", respondent="who"),
    "rating": lambda f: feedback.degree(f, "score", values=RATING, weights="w"),
    "topics": lambda f: feedback.topics(f, ["topic", "second_topic"], respondent="who"),
    "topics by language": lambda f: feedback.topics(f, "topic", segment="language"),
    "confusion": lambda f: feedback.confusion(
        f, truth="polarity", predicted="coder_a", segment="language", cluster="template"
    ),
    "classifier": lambda f: feedback.train_classifier(f, folds=2),
}
SIZES = {
    (language, topic): 10 + len(topic)
    for language in ("en", "zh")
    for topic in ("delivery", "price", "quality", "returns", "service")
}
SIMULATIONS = {
    "repaired": lambda: feedback.simulate_nonresponse(),
    "partly": lambda: feedback.simulate_nonresponse(eagerness=1.6, incentive=2.5, praise=0.3),
    "not": lambda: feedback.simulate_nonresponse(
        eagerness=4, satisfied={"app": 0.5, "store": 0.5, "phone": 0.5}
    ),
    "harmless": lambda: feedback.simulate_nonresponse(satisfied={"app": 0.5, "store": 0.5, "phone": 0.5}),
}


def test_weights_of_rows_from_any_engine():
    frame = comments_frame()
    found = feedback.post_stratify(frame, ["language", "topic"], SIZES)
    wanted = found.weights(frame)
    assert wanted.sum() == pytest.approx(len(frame))
    assert found.weights(pl.DataFrame(frame[["language", "topic"]].to_dict("list")).lazy()) == pytest.approx(
        wanted
    )
    with pytest.raises(DataError, match="strata that the weights were made for") as caught:
        found.weights(frame.assign(topic=frame["topic"].replace("price", "prices")))
    assert caught.value.value[1] == "prices"


def test_population_in_all_its_forms():
    frame = comments_frame()
    counted = pd.DataFrame({"language": ["en", "zh"], "customers": [300, 700]})
    customers = pd.DataFrame({"id": range(10), "language": ["en"] * 3 + ["zh"] * 7})
    forms = [{"en": 0.3, "zh": 0.7}, {("en",): 3, ("zh",): 7}, counted, pl.DataFrame(counted), customers]
    forms.append(customers[["language"]])
    for population in forms:
        found = feedback.post_stratify(frame, "language", population).table
        assert found.set_index("language")["share_population"].to_dict() == pytest.approx(
            {"en": 0.3, "zh": 0.7}
        )


def test_missing_scores_are_counted():
    frame = comments_frame()
    found = feedback.post_stratify(frame, "language", {"en": 40, "zh": 60}, score="score")
    assert (found.n, found.n_missing) == (frame["score"].notna().sum(), frame["score"].isna().sum())
    assert f"{found.n_missing} rows without an answer" in found.explain()
    gone = frame["coder_a"].isna().sum()
    assert feedback.degree(frame, "coder_a").table["n_missing"].tolist() == [gone] * 3
    assert feedback.confusion(frame, truth="polarity", predicted="coder_a").n_missing == gone
    trained = feedback.train_classifier(frame, label="coder_a", folds=2)
    assert trained.confusion.n_missing == gone
    some = frame.assign(topic=frame["topic"].where(frame["comment"] > 30))
    assert feedback.topics(some, "topic").n_missing == 30


# ------------------------------------------------------------------------------- what people read


@pytest.mark.parametrize("name", [*ANALYSES, *SIMULATIONS])
def test_every_result_draws_and_explains_in_both_languages(name, speaks_and_draws):
    speaks_and_draws(ANALYSES[name](comments_frame()) if name in ANALYSES else SIMULATIONS[name]())


GOOD = {
    "requirement": "Answer complaints faster",
    "measure": "hours to the first answer, nine of ten complaints",
    "method": "time stamps of all tickets, every month",
    "target": 24,
    "unit": "hours",
    "direction": "at most",
    "deadline": "2026-06-30",
    "owner": "Head of service",
}


def test_methods_are_chosen_by_cost_reach_and_depth():
    every = feedback.methods()
    assert len(every.table) == 11
    cheap = feedback.methods(cost="low", reach="many", depth="why")
    assert cheap.table["method"].tolist() == ["reviews", "social_media"]
    # What costs less is allowed as well.
    assert set(feedback.methods(cost="middle").table["cost"]) == {"low", "middle"}
    none = feedback.methods(cost="low", reach="few", depth="how many")
    for language in ("en", "zh_CN"):
        set_language(language)
        assert every._repr_html_().count("<tr") == 12
        assert none.explain() in none._repr_html_()
    assert "问卷调查" in every.explain()
    set_language("en")
    assert "Survey 问卷调查: the silent." in every.explain()


@pytest.mark.parametrize("level", [{"cost": "cheap"}, {"reach": "all"}, {"depth": "when"}])
def test_an_unknown_level_of_a_method_is_refused(level):
    with pytest.raises(ArgumentError, match="'any'"):
        feedback.methods(**level)


def test_pictures_of_silence_can_share_an_axis():
    ax = feedback.simulate_nonresponse(surveys=50).plot(limits=(0.3, 0.9))
    assert ax.get_xlim() == (0.3, 0.9)


def test_a_standard_has_five_components():
    found = feedback.standard(**GOOD)
    assert found.table["component"].tolist() == ["measure", "method", "target", "deadline", "owner"]
    assert (found.met(24), found.met(24.1)) == (True, False)
    assert feedback.standard(**{**GOOD, "direction": "at least"}).met(25)
    assert found.deadline == feedback.standard(**{**GOOD, "deadline": dt.date(2026, 6, 30)}).deadline
    said = {}
    for language, words in (("en", "at most 24 hours"), ("zh_CN", "不高于 24 小时")):
        set_language(language)
        said[language] = found.explain()
        assert words in said[language]
        assert all(GOOD[part] in said[language] for part in ("requirement", "measure", "method", "owner"))
        assert "2026-06-30" in found._repr_html_()
    with pytest.raises(ArgumentError, match="应为数值"):
        found.met(math.nan)


@pytest.mark.parametrize(
    ("name", "value", "english", "chinese"),
    [
        ("owner", "everybody", "“everybody” cannot be measured", "“everybody”无法衡量"),
        ("owner", "大家", "one person or post", "一个人或一个岗位"),
        ("measure", "ASAP!", "what is measured", "衡量的内容"),
        ("measure", "  ", "what is measured", "衡量的内容"),
        ("method", None, "how it is measured", "如何衡量"),
        ("unit", "", "a unit", "单位"),
        ("requirement", "", "in words", "原话"),
        ("target", "soon", "a finite number", "有限的数"),
        ("target", math.inf, "a finite number", "有限的数"),
        ("direction", "more", "'at least' | 'at most'", "'at least' | 'at most'"),
        ("deadline", "next spring", "a date", "日期"),
    ],
)
def test_a_standard_that_lacks_something_is_refused(name, value, english, chinese):
    for language, words in (("en", english), ("zh_CN", chinese)):
        set_language(language)
        with pytest.raises(ArgumentError) as caught:
            feedback.standard(**{**GOOD, name: value})
        assert caught.value.name == name
        assert words in str(caught.value)


# ------------------------------------------------------------------------------------- bad input

FRAME = pd.DataFrame({"h": ["a", "a", "b", "b"], "x": [1.0, 2, 3, 4], "p": ["positive"] * 3 + ["neutral"]})
SIZE = {"a": 5, "b": 5}
TEXTS = pd.DataFrame(
    {
        "text": [f"{w} {i}" for w in ("good", "bad") for i in range(4)],
        "polarity": ["positive"] * 4 + ["negative"] * 4,
    }
).assign(template=range(8))

BAD = [
    (
        lambda: feedback.post_stratify(FRAME, "h", {**SIZE, "c": 5}),
        ArgumentError,
        "Nobody answered in: c",
        "无人作答：c",
    ),
    (
        lambda: feedback.post_stratify(FRAME, "h", {"a": 5}),
        ArgumentError,
        "Not in the population: b",
        "总体中没有这些分层：b",
    ),
    (lambda: feedback.post_stratify(FRAME, "h", {"a": 0, "b": 5}), ArgumentError, "above 0", "大于 0"),
    (lambda: feedback.post_stratify(FRAME, "h", {}), ArgumentError, "above 0", "大于 0"),
    (lambda: feedback.post_stratify(FRAME, "k", SIZE), UnknownNameError, '"k"', "“k”"),
    (lambda: feedback.post_stratify(FRAME, "h", SIZE, score="p"), DataError, "a number", "数值"),
    (
        lambda: feedback.post_stratify(FRAME.assign(h=["a", None, "b", "b"]), "h", SIZE),
        DataError,
        "a stratum in every row",
        "每一行都有分层",
    ),
    (
        lambda: feedback.post_stratify(FRAME.head(3), "h", SIZE, score="x"),
        ArgumentError,
        "b has only one answer",
        "b 只有一个回答",
    ),
    (
        lambda: feedback.post_stratify(FRAME, "h", {"a": 0.5, "b": 0.5}, score="x", finite=True),
        ArgumentError,
        "numbers of customers",
        "客户数",
    ),
    (lambda: feedback.degree(FRAME, "h"), DataError, "'positive', 'neutral', 'negative'", "'negative'"),
    (lambda: feedback.degree(FRAME, "x", values={1: "bad"}), ArgumentError, "values that lead to", "对应到"),
    (
        lambda: feedback.degree(FRAME.assign(p=["positive", None, None, None]), "p", segment="h"),
        DataError,
        "Nobody in h = 'b'",
        "b",
    ),
    (
        lambda: feedback.topics(FRAME.assign(t=None), "t"),
        DataError,
        "Comments without one: 4",
        "没有话题的评论：4 条",
    ),
    (
        lambda: feedback.topics(FRAME.assign(t=["q", "q", None, None]), "t", segment="h"),
        DataError,
        "Nobody in h = 'b' answered (2 rows)",
        "h = 'b' 中无人作答（2 行）",
    ),
    (
        lambda: feedback.confusion(FRAME.assign(q="neutral"), truth="p", predicted="q", labels=["positive"]),
        ArgumentError,
        "lacking: 'neutral'",
        "缺少：'neutral'",
    ),
    (
        lambda: feedback.confusion(FRAME.assign(q=None), truth="p", predicted="q"),
        DataError,
        "both labels",
        "两个标签都有",
    ),
    (
        lambda: feedback.confusion(FRAME, truth="p", predicted="p"),
        ArgumentError,
        "another column than truth=",
        "与 truth= 不同的列",
    ),
    (lambda: feedback.simulate_nonresponse(eagerness=0), ArgumentError, "above 0", "大于 0"),
    (
        lambda: feedback.simulate_nonresponse(praise=0.3),
        ArgumentError,
        "nobody is paid",
        "没有人因好评得到报酬",
    ),
    (lambda: feedback.simulate_nonresponse(incentive=2, praise=3), ArgumentError, "from 0 to 1", "0 到 1"),
    (lambda: feedback.simulate_nonresponse({"app": 0.5, "web": 0.4}), ArgumentError, "sum to 1", "总和为 1"),
    (
        lambda: feedback.simulate_nonresponse(answers={"app": 0.5}),
        ArgumentError,
        "Lacking: store",
        "缺少的项：store",
    ),
    (
        lambda: feedback.simulate_nonresponse(answers={"app": 1.0, "store": 0.5, "phone": 0.5}),
        ArgumentError,
        "between 0 and 1",
        "0 与 1 之间",
    ),
    (
        lambda: feedback.simulate_nonresponse(satisfied={"app": 60, "store": 75, "phone": 80}),
        ArgumentError,
        "from 0 to 1",
        "0 到 1",
    ),
    (lambda: feedback.simulate_nonresponse(surveys=0), ArgumentError, "surveys=0", "surveys=0"),
    (lambda: feedback.train_classifier(TEXTS, comment="words"), UnknownNameError, '"words"', "“words”"),
    (
        lambda: feedback.train_classifier(TEXTS, folds=5),
        ArgumentError,
        "Templates of negative: 4",
        "negative 的模板数：4",
    ),
    (lambda: feedback.train_classifier(TEXTS, folds=1), ArgumentError, "2 or more", "不小于 2"),
    (lambda: feedback.train_classifier(TEXTS.head(4), folds=2), ArgumentError, "two labels", "两个标签"),
    (
        lambda: feedback.train_classifier(TEXTS.assign(text=["good", " ", *"abcdef"]), folds=2),
        DataError,
        "first row 1",
        "第 1 行",
    ),
    (
        lambda: feedback.train_classifier(TEXTS.assign(template=[None, *range(7)]), folds=2),
        DataError,
        "a template in every",
        "都有模板",
    ),
    (
        lambda: feedback.train_classifier(TEXTS, folds=2).predict(["good", None]),
        DataError,
        "not empty",
        "非空",
    ),
    (lambda: feedback.degree(FRAME, "p", confidence=95), ArgumentError, "0.95 for 95", "0.95"),
]


@pytest.mark.parametrize(("analyse", "error", "english", "chinese"), BAD)
def test_bad_input_is_refused_in_both_languages(analyse, error, english, chinese):
    for language, words in (("en", english), ("zh_CN", chinese)):
        set_language(language)
        with pytest.raises(error) as caught:
            analyse()
        assert words.replace("first row 1", "row 1") in str(caught.value)
        assert not re.search(r"{\w+}", str(caught.value))


def test_a_weighted_share_is_said_with_its_unit():
    answers = pd.DataFrame(
        {"channel": ["app"] * 40 + ["phone"] * 20, "satisfied": [100, 0] * 20 + [100] * 19 + [0]}
    )
    sizes = {"app": 500, "phone": 500}
    plain, percent = (
        feedback.post_stratify(answers, "channel", sizes, score="satisfied", unit=unit)
        for unit in (None, "%")
    )
    assert (
        "is 72.5, give or take 9.4 (95 % interval 63.1 to 81.9), against 65.0 unweighted" in plain.explain()
    )
    assert (
        "is 72.5 %, give or take 9.4 % (95 % interval 63.1 to 81.9 %), against 65.0 % unweighted"
        in percent.explain()
    )
    title = percent.plot().get_title(loc="left").replace("\n", " ")
    assert title.startswith("Weighting moves satisfied from 65.0 % to 72.5 %:")
