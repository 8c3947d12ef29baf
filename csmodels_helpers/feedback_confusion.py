"""How often is a label right? Confusion matrix, precision and recall of any two columns of labels."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.expectation_regression import segment_name
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import share_interval, take_sample
from csmodels_helpers.metrics_scores import by_segment, counted_columns
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import Counts, counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Confusion", "confusion"]


@dataclass(frozen=True, eq=False)
class Confusion(Result):
    """What was labelled as what.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a label (and segment): the segment column, ``label``, ``n_truth``, ``n_predicted``,
        ``precision`` (of those labelled so, how many are; missing if nobody was), ``precision_low``,
        ``precision_high``, ``recall`` (of those who are, how many were labelled so) with ``recall_low``,
        ``recall_high``, and ``f1``.
    matrix : pandas.DataFrame
        Rows truth, columns predicted; counts over all segments.
    accuracy : pandas.DataFrame
        One row a segment (one without): ``n``, ``accuracy`` (share 0–1 labelled right), ``low``, ``high``.
    n_missing : int
        Rows that lack one of the two labels.
    segment : str or None
        Name of the segment column, such as the language.
    confidence : float
        Level of the intervals.
    """

    matrix: pd.DataFrame
    accuracy: pd.DataFrame
    n_missing: int
    segment: str | None
    confidence: float

    def plot(self, ax: Axes | None = None, *, alt: str | None = None) -> Axes:
        """Draw the confusion matrix: each row says what the comments of one label were taken for.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.
        alt : str, optional
            What is said in place of :meth:`explain` to whoever cannot see the figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = plots.axes(ax)
        n = self.matrix.to_numpy(dtype=np.float64)
        share = n / np.maximum(n.sum(axis=1, keepdims=True), 1)
        ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (i, j), part in np.ndenumerate(share):
            ink = "white" if part > 0.55 else "black"
            said = f"{int(n[i, j])}\n({rounded(100 * part, 0)} %)"
            ax.text(j, i, said, ha="center", va="center", color=ink)
        names = [textwrap.fill(str(label), 12) for label in self.matrix.index]
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(names)), names)
        ax.grid(False)
        return plots.label(
            ax,
            title=text("feedback.title.confusion", **self._numbers()),
            xlabel=text("feedback.axis.predicted"),
            ylabel=text("feedback.axis.truth"),
            alt=alt or self.explain(),
        )

    def explain(self) -> str:
        """Say how many labels are right, and which label is found worst.

        Returns
        -------
        str
            Two sentences.
        """
        said = text("feedback.explain.confusion", level=f"{100 * self.confidence:g}", **self._numbers())
        rows = self.table.dropna(subset=["recall"])
        row = rows.iloc[int(np.argmin(rows["recall"].to_numpy()))]
        numbers = {
            name: "—" if math.isnan(float(row[name])) else rounded(100 * float(row[name]), 0)
            for name in ("recall", "precision")
        }
        where = str(row["label"])
        if self.segment is not None:
            where = text("feedback.explain.within", label=where, segment=segment_name(row[self.segment]))
        return join(said, text("feedback.explain.weakest", label=where, **numbers))

    def _numbers(self) -> dict[str, object]:
        rows = self.accuracy
        right = float(np.trace(self.matrix.to_numpy())) / float(self.matrix.to_numpy().sum())
        numbers: dict[str, object] = {"right": rounded(100 * right, 0), "missing": self.n_missing}
        names = [""] if self.segment is None else [segment_name(v) for v in rows[self.segment]]
        parts = [
            text(
                "feedback.explain.accuracy" if name else "feedback.explain.accuracy_all",
                segment=name,
                **{c: rounded(100 * float(row[c]), 0) for c in ("accuracy", "low", "high")},
            )
            for name, row in zip(names, rows.to_dict("records"), strict=True)
        ]
        return {**numbers, "n": int(rows["n"].sum()), "parts": text("feedback.sign.list").join(parts)}


def confusion(
    data: Any,
    *,
    truth: str,
    predicted: str,
    labels: Sequence[Any] | None = None,
    segment: str | None = None,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> Confusion:
    """Compare two columns of labels: the truth and what somebody, or something, made of it.

    Parameters
    ----------
    data : frame
        One row a comment; any frame that narwhals knows.
    truth, predicted : str
        Columns with the labels.
    labels : sequence, optional
        The labels in the order of the table; by default those that occur, sorted.
    segment : str, optional
        Column to split by, such as the language.
    cluster : str, optional
        Column of what makes comments alike, such as their template or their writer; the intervals then take
        each cluster as one.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Confusion
        Matrix, precision and recall with Wilson intervals.

    Raises
    ------
    DataError
        If no row has both labels.
    ArgumentError
        If both columns are the same, or ``labels`` lacks a label that occurs.

    Notes
    -----
    Precision = true positives / labelled so; recall = true positives / who are so; F1 = 2PR/(P + R)
    (van Rijsbergen 1979, *Information Retrieval*, chapter 7). Precision depends on how frequent a label is:
    the same classifier has another one on other comments.

    Examples
    --------
    >>> coded = pd.DataFrame({"is": ["good", "good", "good", "bad", "bad"],
    ...                       "said": ["good", "good", "bad", "bad", "good"]})
    >>> found = confusion(coded, truth="is", predicted="said")
    >>> found.matrix
    said  bad  good
    is
    bad     1     1
    good    1     2
    >>> found.table[["label", "precision", "recall", "f1"]].round(2)
      label  precision  recall    f1
    0   bad       0.50    0.50  0.50
    1  good       0.67    0.67  0.67
    """
    level = check_confidence(confidence)
    if truth == predicted:
        raise ArgumentError("predicted", predicted, text("feedback.allowed.two_columns"))
    tallied = counts(data, counted_columns(segment, truth, predicted), respondent=cluster)
    cells = tallied.cells
    gaps: Any = cells[[truth, predicted]].isna().any(axis=1)
    missing, cells = int(cells["n"][gaps].sum()), cells.loc[~gaps]
    if cells.empty:
        raise DataError(predicted, missing, "—", None, text("feedback.allowed.labelled"))
    seen = sorted(set(cells[truth]) | set(cells[predicted]), key=str)
    names = seen if labels is None else list(labels)
    if any(label not in names for label in seen):
        lacking = ", ".join(repr(label) for label in seen if label not in names)
        raise ArgumentError("labels", names, text("feedback.allowed.labels", lacking=lacking))
    square = cells.pivot_table(index=truth, columns=predicted, values="n", aggfunc="sum", fill_value=0)
    square = square.reindex(index=names, columns=names, fill_value=0).astype("int64")
    rows: list[dict[str, Any]] = []
    rights: list[dict[str, Any]] = []
    both = f"{truth}, {predicted}"
    labelled = tallied.cells.assign(**{both: gaps.map({True: np.nan, False: 1.0})})
    counted = Counts(tallied.by, labelled, tallied.levels, tallied.repeated)
    for value, own, _ in by_segment(counted, both, segment):
        first: dict[str, Any] = {} if segment is None else {segment: value}
        right = np.asarray(own[truth] == own[predicted], dtype=np.float64)
        found = share_interval(take_sample(own, right, tallied), level)
        n = int(own["n"].sum())
        rights.append({**first, "n": n, "accuracy": found.score, "low": found.low, "high": found.high})
        rows += [{**first, **_row(own, truth, predicted, label, tallied, level)} for label in names]
    return Confusion(pd.DataFrame(rows), square, pd.DataFrame(rights), missing, segment, level)


def _row(
    cells: pd.DataFrame, truth: str, predicted: str, label: Any, tallied: Counts, level: float
) -> dict[str, Any]:
    """Precision, recall and F1 of one label."""
    row: dict[str, Any] = {"label": label, "n_truth": 0, "n_predicted": 0}
    for name, given, asked in (("precision", predicted, truth), ("recall", truth, predicted)):
        own = cells[cells[given] == label]
        row["n_predicted" if name == "precision" else "n_truth"] = int(own["n"].sum())
        found = (math.nan, math.nan, math.nan)
        if len(own):
            hit = (own[asked] == label).to_numpy(dtype=np.float64)
            interval = share_interval(take_sample(own, hit, tallied), level)
            found = (interval.score, interval.low, interval.high)
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
    both = row["precision"] + row["recall"]
    row["f1"] = 2 * row["precision"] * row["recall"] / both if both > 0 else (0.0 if both == 0 else math.nan)
    return row
