"""Shares, agreement and weighted scores against scikit-learn and statsmodels."""

from __future__ import annotations

from typing import Any

import peers
import pytest
from peers import Peer
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from csmodels_helpers import feedback
from csmodels_helpers.datasets import load_dataset

LABELS = ["negative", "neutral", "positive"]


def comments() -> Any:
    return load_dataset("retailer_comments")


def confusion() -> tuple[Any, Any]:
    frame = comments()
    ours = feedback.confusion(frame, truth="coder_a", predicted="coder_b", labels=LABELS)
    sides = frame["coder_a"].astype(str), frame["coder_b"].astype(str)
    precision, recall, f1, n = precision_recall_fscore_support(*sides, labels=LABELS)
    theirs = [*precision, *recall, *f1, *n, accuracy_score(*sides)]
    theirs += confusion_matrix(*sides, labels=LABELS).ravel().tolist()
    table = ours.table.set_index("label").loc[LABELS]
    found = [*table["precision"], *table["recall"], *table["f1"], *table["n_truth"]]
    found += [ours.accuracy["accuracy"].iloc[0], *ours.matrix.loc[LABELS, LABELS].to_numpy().ravel()]
    return found, theirs


def with_ends(table: Any, total: int) -> tuple[Any, Any]:
    theirs = [(x / total, *proportion_confint(x, total, method="wilson")) for x in table["n"].astype(int)]
    return table[["share", "low", "high"]], theirs


def degree() -> tuple[Any, Any]:
    return with_ends(feedback.degree(comments(), "polarity").table, comments()["polarity"].notna().sum())


def topics() -> tuple[Any, Any]:
    return with_ends(feedback.topics(comments(), "topic").table, comments()["topic"].notna().sum())


def strata() -> tuple[Any, Any]:
    waves = load_dataset("survey_waves")
    frame = waves[waves["wave"] == "spring"]
    population = frame[["age"]].value_counts().rename("n").reset_index()
    answered = frame[frame["answered"]].dropna(subset=["score"])
    ours = feedback.post_stratify(answered, "age", population, score="score")
    weight = population.set_index("age")["n"] / answered["age"].value_counts()
    each = answered["age"].astype(str).map({str(k): v for k, v in weight.items()}).astype(float)
    theirs = DescrStatsW(answered["score"].astype(float), each).mean
    return [ours.score.score, ours.unweighted.score], [theirs, DescrStatsW(answered["score"]).mean]


COMMENTS = "retailer_comments"
PEERS = (
    Peer(
        "feedback.confusion",
        "scikit-learn confusion_matrix, precision_recall_fscore_support",
        f"{COMMENTS}, two coders",
        1e-12,
        confusion,
    ),
    Peer("feedback.degree", "statsmodels proportion_confint", f"{COMMENTS}, polarity", 1e-12, degree),
    Peer("feedback.topics", "statsmodels proportion_confint", f"{COMMENTS}, topics", 1e-12, topics),
    Peer("feedback.post_stratify", "statsmodels DescrStatsW", "survey_waves by age", 1e-9, strata),
)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function}, {peer.peer}")
def test_feedback_against_peers(peer: Peer) -> None:
    peers.check(peer)
