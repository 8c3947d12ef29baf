"""Two Net Promoter Scores: of two samples, or of the same customers twice."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import (
    Floats,
    Interval,
    Sample,
    adjusted_shares,
    nps_ends,
    t_quantile,
    take_sample,
    z_quantile,
)
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.metrics_scores import by_segment, net_answers, nps_sample, score_row
from csmodels_helpers.metrics_words import said_interval, say_score, shared_digits
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_segment,
    check_unique,
    row_values,
)
from csmodels_helpers.survey import (
    scale as scale_rule,
)
from csmodels_helpers.tally import GROUP, Counts, counts, jackknife_variance
from csmodels_helpers.uncertainty import group_sums, without_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["NpsComparison", "compare_nps"]


@dataclass(frozen=True, eq=False)
class NpsComparison(Result):
    """Two Net Promoter Scores and their difference.

    Parameters
    ----------
    table : pandas.DataFrame
        Three rows (``first``, ``second``, ``difference``): ``label``, ``n``, ``n_missing``, ``score``,
        ``low``, ``high``, ``give_or_take``, in points.
    first, second : object
        The values compared; the difference is second − first.
    paired : bool
        Whether answers of one respondent were compared.
    n_unpaired : int
        Respondents with only one of the two answers (0 if not paired).
    differs : bool
        Whether the interval of the difference leaves 0 out.
    confidence : float
        Level of the intervals.
    """

    first: Any
    second: Any
    paired: bool
    n_unpaired: int
    differs: bool
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw both scores and the difference with their intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, len(self.table))
        draw_points(ax, self.table, [str(v) for v in self.table["label"]])
        ax.axvline(0, color=plots.PALETTE["grey"], linestyle="--", linewidth=1)
        score = float(self.table.to_dict("records")[2]["score"])
        key = "compare_same" if not self.differs else "compare_above" if score > 0 else "compare_below"
        sides = {"first": self.first, "second": self.second}
        title = text(f"metrics.title.{key}", **sides, score=say_score(abs(score), "nps"))
        points = text("metrics.axis.points")
        rows = text("metrics.axis.nps_difference")
        return plots.label(ax, title=title, xlabel=points, ylabel=rows, alt=self.explain())

    def explain(self) -> str:
        """Say the difference, and whether it is more than chance.

        Returns
        -------
        str
            One sentence, two if paired.
        """
        row = self.table.to_dict("records")[2]
        digits = shared_digits("nps", [(row["score"], row["low"], row["high"])])
        key = "compare_differs" if self.differs else "compare_same"
        said = text(
            f"metrics.explain.{key}",
            first=self.first,
            second=self.second,
            margin=say_score(float(row["give_or_take"]), "nps", digits),
            **said_interval(row, "score", "nps", digits),
        )
        if not self.paired:
            return said
        pairs = text("metrics.explain.compare_pairs", pairs=int(row["n"]), unpaired=self.n_unpaired)
        return join(said, pairs)


def compare_nps(
    data: Any,
    column: str,
    *,
    by: str | None = None,
    before: str | None = None,
    first: Any = None,
    second: Any = None,
    paired: bool = False,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> NpsComparison:
    """Compare the NPS of two groups, or of the same respondents at two times.

    Parameters
    ----------
    data : frame
        One row an answer.
    column : str
        Recommendation, whole numbers 0–10, or missing.
    by : str, optional
        Column with the two groups or times. Either this or ``before`` is given.
    before : str, optional
        Column with the same row's earlier answer. Pairs are then rows with both answers, and the difference
        is ``column`` − ``before``; ``respondent`` is needed only if somebody stands in several rows.
    first, second : object, optional
        The two values of ``by``; without them ``by`` must have exactly two. The difference is second − first.
    paired : bool, default False
        With ``by``: compare each respondent with themselves. Needs ``respondent`` and one row a respondent
        and group; this works on the rows themselves, not on a tally, and takes no weights.
    respondent, weights : str, optional
        Columns as in :func:`csat`.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    NpsComparison
        In points. If paired, both scores are those of the pairs alone.

    Raises
    ------
    DataError
        If an answer is off the scale, or (paired) a respondent stands twice in a group.
    ArgumentError
        If there are not two groups, a group is empty, ``paired`` comes without ``respondent``, or not just
        one of ``by`` and ``before`` is given.

    Notes
    -----
    Not paired: difference of the two adjusted scores ± z √(v₁ + v₂), with the variances of
    :func:`nps_interval` (the adjusted Wald of Rocks 2016 in both samples). If respondents answer
    repeatedly, the variance is multiplied by the design effect from the jackknife over groups of
    respondents, which sees who is in both samples. Paired: dᵢ = (net answer second − first) in −2…2;
    pseudo-pairs are added as for one score (¾ at +1, ¾ at −1, 1½ at 0), d̄' ± t(n + 2) √(s'²/(n + 3)),
    after Bonett and Price (2012, *J. Educ. Behav. Stat.* 37, 479–488). Where hardly anybody changes, this
    is wider than it needs to be.

    Examples
    --------
    >>> branch, ratings = ["A"] * 50 + ["B"] * 50, [10] * 30 + [5] * 20 + [10] * 20 + [8] * 30
    >>> answers = pd.DataFrame({"branch": branch, "nps": ratings})
    >>> found = compare_nps(answers, "nps", by="branch")
    >>> found.table["score"].round(1).tolist(), found.differs
    ([20.0, 40.0, 20.0], False)
    """
    level = check_confidence(confidence)
    check_column(data, column, scale_rule(0, 10, missing=True))
    if (by is None) == (before is None):
        raise ArgumentError("by", by, text("metrics.allowed.by_or_before"))
    if by is None:
        return _compare_columns(data, str(before), column, respondent, weights, level)
    if paired and (respondent is None or weights is not None):
        raise ArgumentError(
            "respondent" if respondent is None else "weights",
            respondent or weights,
            text("metrics.allowed.paired"),
        )
    tallied = counts(data, [by, column], respondent=respondent, weights=weights)
    pair = _two(tallied, by, first, second)
    parts = {
        label: (cells, missing) for label, cells, missing in by_segment(_only(tallied, by, pair), column, by)
    }
    rows: list[dict[str, Any]] = []
    samples: list[tuple[Sample, float, float]] = []
    for label in pair:
        cells, missing = parts[label]
        sample, p, d = nps_sample(cells, column, tallied)
        found = nps_ends(p, d, sample.n, sample.quantile(level), level)
        samples.append((sample, p, d))
        rows.append(score_row("label", label, found, int(cells["n"].sum()), missing, sample.n))
    if paired:
        assert respondent is not None
        both, unpaired, missing = _pair_up(data, column, by, pair, respondent)
        n, quantile = len(both), z_quantile(level)
        for row, net in zip(rows, both.T, strict=True):
            # Of the pairs alone, so that the two scores differ by the difference.
            found = nps_ends(float((net > 0).mean()), float((net < 0).mean()), n, quantile, level)
            ends = {"score": found.score, "low": found.low, "high": found.high}
            row.update(n=n, give_or_take=found.give_or_take, **ends)
        change = _paired_interval(both[:, 1] - both[:, 0], level)
        rows.append(score_row("label", "", change, n, missing, n))
    else:
        change = _unpaired_change(parts, pair, samples, column, tallied, level)
        n, unpaired = sum(row["n"] for row in rows), 0
        rows.append(score_row("label", "", change, n, sum(row["n_missing"] for row in rows), math.nan))
    rows[2]["label"] = f"{pair[1]} − {pair[0]}"
    table = pd.DataFrame(rows, index=["first", "second", "difference"]).drop(columns="n_effective")
    differs = bool(change.low > 0 or change.high < 0)
    return NpsComparison(table, *pair, paired, unpaired, differs, level)


def _compare_columns(
    data: Any, before: str, column: str, respondent: str | None, weights: str | None, level: float
) -> NpsComparison:
    """Compare two answers that stand side by side in a row."""
    check_column(data, before, scale_rule(0, 10, missing=True))
    tallied = counts(data, [before, column], respondent=respondent, weights=weights)
    cells = tallied.cells
    answered = cells[~cells[before].isna() & ~cells[column].isna()]
    n, everybody = int(answered["n"].sum()), int(cells["n"].sum())
    if n < 2:
        raise ArgumentError("before", before, text("metrics.allowed.pairs"))
    rows: list[dict[str, Any]] = []
    for name in (before, column):
        # Of the pairs alone, so that the two scores differ by the difference.
        sample, p, d = nps_sample(answered, name, tallied)
        found = Interval(100 * (p - d), math.nan, math.nan, level)
        if sample.n > 0:
            found = nps_ends(p, d, sample.n, sample.quantile(level), level)
        missing = int(cells.loc[cells[name].isna().to_numpy(dtype=bool), "n"].sum())
        rows.append(score_row("label", name, found, n, missing, sample.n))
    one, two = (net_answers(answered[name].to_numpy(dtype=np.float64)) for name in (before, column))
    sample = take_sample(answered, two - one, tallied)
    change = _change_interval(sample, level)
    silent = int(cells.loc[(cells[before].isna() & cells[column].isna()).to_numpy(dtype=bool), "n"].sum())
    rows.append(score_row("label", f"{column} − {before}", change, n, everybody - n, sample.n))
    table = pd.DataFrame(rows, index=["first", "second", "difference"]).drop(columns="n_effective")
    differs = bool(change.low > 0 or change.high < 0)
    return NpsComparison(table, before, column, True, everybody - n - silent, differs, level)


def _two(tallied: Counts, by: str, first: Any, second: Any) -> tuple[Any, Any]:
    known = [v for v in tallied.total()[by].drop_duplicates().tolist() if not pd.isna(v)]
    if first is None and second is None and len(known) == 2:
        return known[0], known[1]
    if first is None or second is None or first == second:
        listed = ", ".join(repr(v) for v in known)
        allowed = text("metrics.allowed.two", column=by, values=listed)
        raise ArgumentError(
            "first" if first is None else "second",
            first if first is None else second,
            allowed,
            text("metrics.advice.two"),
        )
    return check_segment(first, known, name="first"), check_segment(second, known, name="second")


def _only(tallied: Counts, by: str, pair: tuple[Any, Any]) -> Counts:
    cells = tallied.cells[tallied.cells[by].isin(list(pair))]
    return Counts(tallied.by, cells, tallied.levels, tallied.repeated)


def _unpaired_change(
    parts: dict[Any, tuple[pd.DataFrame, int]],
    pair: tuple[Any, Any],
    samples: list[tuple[Sample, float, float]],
    column: str,
    tallied: Counts,
    level: float,
) -> Interval:
    if tallied.repeated:
        # Both samples by one set of groups, so that respondents who are in both are seen as such.
        cells = pd.concat([parts[label][0].assign(side=side) for side, label in enumerate(pair)])
        w = cells["w" if tallied.weighted else "n"].to_numpy(dtype=np.float64)
        net, side = net_answers(cells[column].to_numpy(dtype=np.float64)), cells["side"].to_numpy()
        groups = cells[GROUP].to_numpy()
        n, sums = without_groups(*(group_sums(groups, values, side, 2) for values in (w, w * net)))
        with np.errstate(invalid="ignore", divide="ignore"):
            means = sums[1:] / n[1:]
        replicates = means[:, 1] - means[:, 0]
        plain = sum(
            s.unit / parts[label][0]["n"].sum() for (s, _, _), label in zip(samples, pair, strict=True)
        )
        effect, df = 1.0, len(replicates) - 1
        if df and np.isfinite(replicates).all() and plain > 0:
            effect = jackknife_variance(replicates) / plain
        sizes = [float(parts[label][0]["n"].sum()) for label in pair]
        quantile = t_quantile(level, df) if df else math.nan
    else:
        effect, quantile = 1.0, z_quantile(level)
        sizes = [s.n for s, _, _ in samples]
    (one, v_one), (two, v_two) = (
        adjusted_shares(p, d, n) for (_, p, d), n in zip(samples, sizes, strict=True)
    )
    half = 100 * quantile * math.sqrt(effect * (v_one + v_two))
    score = 100 * (samples[1][0].mean - samples[0][0].mean)
    centre = 100 * (two - one)
    return Interval(score, max(centre - half, -200.0), min(centre + half, 200.0), level)


def _pair_up(
    data: Any, column: str, by: str, pair: tuple[Any, Any], respondent: str
) -> tuple[Floats, int, int]:
    """Net answers of those who answered both times, shape (pairs, 2); how many did not; rows left blank."""
    rows = row_values(data, (respondent, by, column))
    rows = rows[rows[by].isin(list(pair))]
    allowed, advice = text("metrics.allowed.once", by=by), text("metrics.advice.once")
    check_unique(data, (respondent, by), rows=rows, allowed=allowed, advice=advice)
    missing = int(rows[column].isna().sum())
    answered = rows[~rows[column].isna()]
    sides = [answered[answered[by] == v].set_index(respondent)[column].astype("float64") for v in pair]
    both = pd.concat(sides, axis=1, join="inner").to_numpy()
    n = len(both)
    if n < 2:
        raise ArgumentError("paired", True, text("metrics.allowed.pairs"))
    return net_answers(both), len(sides[0]) + len(sides[1]) - 2 * n, missing


def _paired_interval(change: Floats, level: float) -> Interval:
    """Interval of the mean of changes −2…2, one a respondent."""
    mean = float(change.mean())
    n = len(change)
    return _change_interval(Sample(mean, float(change.var()), math.nan, n, math.inf), level)


def _change_interval(sample: Sample, level: float) -> Interval:
    """Interval of a mean change, after three pseudo-pairs: ¾ up, ¾ down, 1½ unchanged."""
    n = sample.n
    if not n > 0:
        return Interval(100 * sample.mean, math.nan, math.nan, level)
    centre = sample.mean * n / (n + 3)
    square = ((sample.unit + sample.mean**2) * n + 1.5) / (n + 3)
    quantile = t_quantile(level, n + 2 if math.isinf(sample.df) else sample.df)
    half = quantile * math.sqrt((square - centre**2) / (n + 3))
    ends = max(100 * (centre - half), -200.0), min(100 * (centre + half), 200.0)
    return Interval(100 * sample.mean, *ends, level)
