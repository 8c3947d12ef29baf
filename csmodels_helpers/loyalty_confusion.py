"""How far a classification can be trusted, and shares of the types corrected for its mistakes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import DataError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.loyalty_plots import draw_confusion, percent
from csmodels_helpers.loyalty_types import NONE, TYPES, type_name
from csmodels_helpers.metrics_intervals import Interval, wilson
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, check_unique
from csmodels_helpers.tally import counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Confusion", "confusion"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Confusion(Result):
    """What a classification makes of each true type, and shares corrected for its mistakes.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a true and an assigned type: ``truth``, ``predicted``, ``n``, ``share`` (of this true type),
        ``low``, ``high``.
    shares : pandas.DataFrame
        One row a true type: ``type``, ``predicted`` (share of all classified customers to whom it was
        assigned), ``share`` (corrected), ``low``, ``high``. NaN if nobody's truth is known for some assigned
        type.
    accuracy : Interval
        Share assigned rightly, of the customers whose truth is known.
    n_known, n_unknown, n_missing : int
        Customers with both types; with an assigned type only; without an assigned type (left out).
    confidence : float
        Level of the intervals.

    See Also
    --------
    confusion : makes one.
    """

    shares: pd.DataFrame
    accuracy: Interval
    n_known: int
    n_unknown: int
    n_missing: int
    confidence: float

    @property
    def matrix(self) -> pd.DataFrame:
        """Numbers of customers, true types in rows, assigned types in columns.

        Returns
        -------
        pandas.DataFrame
            Whole numbers.
        """
        rows, columns = list(self.table["truth"].unique()), list(self.table["predicted"].unique())
        cells = self.table["n"].to_numpy(dtype=np.int64).reshape(len(rows), len(columns))
        return pd.DataFrame(cells, pd.Index(rows, name="truth"), pd.Index(columns, name="predicted"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the matrix: what became of each true type, in per cent.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        counted = self.matrix
        title = text("loyalty.title.confusion", share=percent(self.accuracy.score))
        xlabel, ylabel = text("loyalty.axis.assigned"), text("loyalty.axis.true")
        return draw_confusion(ax, counted, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say how often the rule is right, its commonest mistake, and the largest correction of a share.

        Returns
        -------
        str
            Two or three sentences.
        """
        said = [
            text(
                "loyalty.explain.confusion",
                share=percent(self.accuracy.score),
                low=percent(self.accuracy.low),
                high=percent(self.accuracy.high),
                level=f"{100 * self.confidence:g}",
                n=self.n_known,
            )
        ]
        wrong = self.table[(self.table["truth"] != self.table["predicted"]) & (self.table["n"] > 0)]
        if len(wrong):
            worst: Any = wrong.sort_values("n", kind="stable").iloc[-1]
            names = {"true": type_name(worst["truth"]), "assigned": type_name(worst["predicted"])}
            said.append(text("loyalty.explain.mistake", n=int(worst["n"]), **names))
        moved = (self.shares["share"] - self.shares["predicted"]).abs()
        if moved.isna().all():
            said.append(text("loyalty.explain.uncorrected"))
        else:
            row: Any = self.shares.assign(moved=moved).sort_values("moved", kind="stable").iloc[-1]
            ends = {name: percent(float(row[name])) for name in ("share", "low", "high")}
            ends["assigned"] = percent(float(row["predicted"]))
            said.append(text("loyalty.explain.corrected", name=type_name(row["type"]), **ends))
        return join(*said)


def confusion(
    data: Any,
    *,
    predicted: str = "type",
    truth: str = "true_type",
    order: Sequence[str] | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Confusion:
    """Compare assigned with true types, and correct the shares of the types for the mistakes.

    Parameters
    ----------
    data : frame
        One row a customer.
    predicted : str, default "type"
        The assigned type, such as from :func:`classify`. Missing: left out and counted.
    truth : str, default "true_type"
        The true type, such as from a long interview; missing where it is not known.
    order : sequence of str, optional
        Order of the types; by default the six types, then others by name.
    respondent : str, optional
        Column with the customer; each may stand in one row only.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Confusion
        Matrix, accuracy and corrected shares, each with Wilson intervals.

    Raises
    ------
    DataError
        If nobody has both types, or a customer stands in two rows.
    UnknownNameError
        If a type is not in ``order``.

    Notes
    -----
    Corrected share of type j: πⱼ = Σₖ qₖ·P(j|k), with qₖ the share of assigned type k among all classified
    customers and P(j|k) the share of true type j among those of them whose truth is known. Variance
    Σₖ qₖ² P(1−P)/mₖ + (Σₖ qₖP² − πⱼ²)/N (Tenenbein 1972), made an interval by Wilson's formula with
    the effective number πⱼ(1−πⱼ)/variance. It holds if, within an assigned type, chance decided whose
    truth became known; more interviews for a rare type do no harm.

    References
    ----------
    Tenenbein, A. (1972). A double sampling scheme for estimating from misclassified multinomial data with
    applications to sampling inspection. *Technometrics* 14(1), 187–202.

    Examples
    --------
    >>> customers = pd.DataFrame({
    ...     "type": ["trust"] * 60 + ["inertia"] * 40,
    ...     "true_type": ["trust"] * 24 + ["inertia"] * 6 + [None] * 30 + ["inertia"] * 20 + [None] * 20,
    ... })
    >>> found = confusion(customers)
    >>> found.shares[["type", "predicted", "share"]].round(2).to_numpy().tolist()
    [['inertia', 0.4, 0.52], ['trust', 0.6, 0.48]]
    """
    level = check_confidence(confidence)
    tallied = counts(data, [truth, predicted], respondent=respondent)
    if respondent and tallied.repeated:
        check_unique(data, respondent, advice=text("loyalty.advice.once"))
    cells = tallied.total()
    missing = int(cells.loc[cells[predicted].isna(), "n"].sum())
    cells = cells[cells[predicted].notna()]
    known = cells[cells[truth].notna()]
    if known.empty:
        raise DataError(truth, 0, "—", None, text("loyalty.allowed.truth", types=predicted))
    seen = [str(v) for v in dict.fromkeys([*known[truth].tolist(), *cells[predicted].tolist()])]
    names = _ordered(seen, order)
    rows_of = [name for name in names if name in set(known[truth].astype(str))]
    columns = [name for name in names if name in set(cells[predicted].astype(str))]
    grid = known.assign(**{truth: known[truth].astype(str), predicted: known[predicted].astype(str)})
    wide = grid.pivot_table(
        index=truth, columns=predicted, values="n", aggfunc="sum", fill_value=0, observed=True
    )
    matrix = wide.reindex(index=rows_of, columns=columns, fill_value=0).to_numpy(dtype=np.float64)
    sizes = cells.groupby(cells[predicted].astype(str))["n"].sum()
    given = np.array([float(sizes[name]) for name in columns])
    table = _confusion_table(matrix, rows_of, columns, level)
    right = sum(matrix[i, columns.index(name)] for i, name in enumerate(rows_of) if name in columns)
    shares = _corrected(matrix, given, rows_of, columns, level)
    total, n_known = int(given.sum()), int(matrix.sum())
    accuracy = wilson(float(right), n_known, level)
    return Confusion(table, shares, accuracy, n_known, total - n_known, missing, level)


def _ordered(seen: Sequence[str], order: Sequence[str] | None) -> list[str]:
    if order is None:
        first = [name for name in (*TYPES, NONE) if name in seen]
        return first + sorted(name for name in seen if name not in first)
    listed = [str(name) for name in order]
    for name in seen:
        if name not in listed:
            raise UnknownNameError(text("loyalty.kinds.type"), name, listed)
    return listed


def _confusion_table(matrix: Floats, truth: list[str], predicted: list[str], level: float) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(truth):
        for j, other in enumerate(predicted):
            found = wilson(float(matrix[i, j]), float(matrix[i].sum()), level)
            row: dict[str, Any] = {"truth": name, "predicted": other, "n": int(matrix[i, j])}
            rows.append(row | {"share": found.score, "low": found.low, "high": found.high})
    return pd.DataFrame(rows)


def _corrected(
    matrix: Floats, given: Floats, truth: list[str], predicted: list[str], level: float
) -> pd.DataFrame:
    """Shares of the true types among all classified customers (Tenenbein 1972)."""
    q, known = given / given.sum(), matrix.sum(axis=0)
    rows: list[dict[str, Any]] = []
    for i, name in enumerate(truth):
        observed = float(q[predicted.index(name)]) if name in predicted else 0.0
        share = low = high = math.nan
        if (known > 0).all():
            chance = matrix[i] / known
            share = float(q @ chance)
            # In the variance half a customer more of each kind: 0 of 5 is not certainly 0.
            smooth = (matrix[i] + 0.5) / (known + 1)
            variance = float((q**2 * smooth * (1 - smooth) / known).sum())
            variance += float((q * (chance - share) ** 2).sum()) / float(given.sum())
            n = share * (1 - share) / variance if 0 < share < 1 else float(known.sum())
            found = wilson(share * n, n, level)
            low, high = found.low, found.high
        rows.append({"type": name, "predicted": observed, "share": share, "low": low, "high": high})
    return pd.DataFrame(rows)
