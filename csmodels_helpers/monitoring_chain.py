"""Steps in a row: a customer's journey (∏p), and the chain of internal customers (下一道工序)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Interval, share_interval, take_sample, wilson
from csmodels_helpers.metrics_plots import draw_points, hundredfold, row_axes
from csmodels_helpers.metrics_scores import by_segment
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.monitoring_series import refuse_more
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    Rule,
    check_column,
    check_confidence,
    distinct_values,
    find_rows,
    number,
    scale,
)
from csmodels_helpers.tally import GROUP, GROUPS, Counts, counts, moments
from csmodels_helpers.tally_parts import count_different, on_cluster, schema_of, sizes_of_parts
from csmodels_helpers.uncertainty import t_quantile, z_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Chain", "internal_chain", "journey"]

Floats = npt.NDArray[np.float64]
YES_NO = Rule("choice", values=(True, False, 1, 0), missing=True)


@dataclass(frozen=True, eq=False)
class Chain(Result):
    """The steps of a journey or a process, and what is left after all of them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a step, in order: the step column, ``n``, ``n_missing``, ``share`` that went right, ``low``,
        ``high``, ``cumulative`` (product up to and with this step), ``gain`` (by how much the whole rises if
        this step never fails), ``gain_low``, ``gain_high``, ``rank`` (1 = mend first). An internal chain also
        has ``next`` (who receives the work) and, with ``reworked``, ``share_final``.
    step : str
        Name of the step column.
    overall : Interval
        Product of all shares, 0–1.
    final : float
        The product when work that was right only after rework counts as right; NaN if that is not known.
    clear : bool
        Whether the weakest step is weaker than the next weakest beyond chance.
    internal : bool
        Whether it is a chain of internal customers.
    """

    step: str
    overall: Interval
    final: float
    clear: bool
    internal: bool

    @property
    def first(self) -> Any:
        """The step to mend first.

        Returns
        -------
        object
            Its name.
        """
        return self.table[self.step].iloc[int(self.table["share"].to_numpy().argmin())]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each step with its interval, and the product up to it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, len(self.table) + 2)
        names = [str(v) for v in self.table[self.step]]
        draw_points(ax, self.table.assign(score=self.table["share"]), plots_wrapped(names))
        y = np.arange(len(names))[::-1]
        ax.lines[0].set_label(text("monitoring.legend.step"))
        product = self.table["cumulative"].to_numpy(dtype=np.float64)
        label = text("monitoring.legend.cumulative")
        ax.plot(product, y, "--", marker="s", color=plots.PALETTE["orange"], label=label)
        hundredfold(ax.xaxis, " %")
        plots.lay_out(ax.get_figure(root=True))  # only then is the room beside the long labels known
        plots.legend_below(ax)
        title = text(f"monitoring.title.{'internal' if self.internal else 'journey'}", **self._said())
        xlabel = text("monitoring.axis.right_first" if self.internal else "monitoring.axis.right")
        return plots.label(ax, title=title, xlabel=xlabel, ylabel=self.step, alt=self.explain())

    def _said(self) -> dict[str, object]:
        weakest = self.table.iloc[int(self.table["share"].to_numpy().argmin())]
        digits = 0 if self.overall.score >= 0.1 else 1
        return {
            "steps": len(self.table),
            "overall": rounded(100 * self.overall.score, digits),
            "low": rounded(100 * self.overall.low, digits),
            "high": rounded(100 * self.overall.high, digits),
            "level": f"{100 * self.overall.confidence:g}",
            "first": weakest[self.step],
            "share": rounded(100 * weakest["share"], 0),
            "gain": rounded(100 * weakest["gain"], 0),
            "gain_low": rounded(100 * weakest["gain_low"], 0),
            "gain_high": rounded(100 * weakest["gain_high"], 0),
            "average": rounded(100 * float(self.table["share"].mean()), 0),
            "final": rounded(100 * self.final, digits),
        }

    def explain(self) -> str:
        """Say what is left after all steps and which to mend first.

        Returns
        -------
        str
            Two or three sentences.
        """
        said, kind = self._said(), "internal" if self.internal else "journey"
        sentences = [text(f"monitoring.explain.{kind}", **said)]
        if not math.isnan(self.final):
            sentences.append(text("monitoring.explain.rework", **said))
        sentences.append(
            text("monitoring.explain.mend" if self.clear else "monitoring.explain.mend_unclear", **said)
        )
        missing = int(self.table["n_missing"].sum())
        if missing:
            sentences.append(text("monitoring.explain.missing", rows=missing))
        return join(*sentences)


def plots_wrapped(names: Sequence[str]) -> list[str]:
    """Break long names into lines of about twenty letters (ten Chinese ones)."""
    import textwrap

    wide = max((len(name) for name in names if not name.isascii()), default=0) > 0
    return ["\n".join(textwrap.wrap(name, 11 if wide else 22)) or name for name in names]


def log_covariance(shares: Floats, n: Floats, pulls: Floats | None, level: float) -> Floats:
    """Covariances of the logarithms of the shares, from the groups' pulls or for independent steps.

    ``pulls`` holds for each group of respondents and step the passes beyond what the share lets expect.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if pulls is None:
            return np.diag((1 - shares) / (n * shares))
        pull = (pulls / (n * shares))[(pulls != 0).any(axis=1)]
    groups = len(pull)
    if groups < 2:
        return np.diag((1 - shares) / (n * shares)) if groups == 0 else np.full((len(n), len(n)), np.nan)
    # A t quantile is a normal one with a larger variance.
    wider = (t_quantile(level, groups - 1) / z_quantile(level)) ** 2
    return wider * groups / (groups - 1) * (pull.T @ pull)


def product_interval(shares: Floats, n: Floats, covariance: Floats, level: float) -> Interval:
    """Interval of a product of shares: −log ∏ p as a weighted sum of failures, which is nearly a gamma."""
    value, weight = float(shares.prod()), float((1 / n).max())
    if not value > 0:
        # No product is larger than its smallest factor.
        ends = [wilson(0, size, level).high for p, size in zip(shares, n, strict=True) if p <= 0]
        return Interval(0.0, 0.0, min(ends), level)
    variance, plain = float(covariance.sum()), float(((1 - shares) / (n * shares)).sum())
    if math.isnan(variance):
        return Interval(value, math.nan, math.nan, level)
    # Failures that come in clusters weigh more each.
    weight *= max(variance / plain, 1.0) if plain > 0 else 1.0
    failures = -math.log(value)
    mean, spread = failures + weight / 2, variance + weight**2 / 2
    shape, unit = mean**2 / spread, spread / mean
    most, least = (float(unit * special.gammaincinv(shape, q)) for q in ((1 + level) / 2, (1 - level) / 2))
    return Interval(value, math.exp(-most), math.exp(-least) if failures > 0 else 1.0, level)


def _gain(shares: Floats, ends: Floats, n: Floats, covariance: Floats, j: int, level: float) -> Interval:
    """By how much the product rises if step j never fails: (1 − pⱼ) times the product of the others.

    The two intervals are combined on the logarithm (MOVER).
    """
    rest = np.arange(len(shares)) != j
    others = Interval(1.0, 1.0, 1.0, level)
    if rest.any():
        others = product_interval(shares[rest], n[rest], covariance[np.ix_(rest, rest)], level)
    fails, low, high = 1 - shares[j], 1 - ends[j, 1], 1 - ends[j, 0]
    value = float(fails * others.score)
    if value <= 0 or math.isnan(others.low):
        return Interval(value, 0.0 if value <= 0 else math.nan, float(high) * others.high, level)
    size = math.sqrt(covariance[j, j] * covariance[np.ix_(rest, rest)].sum())
    alike = -float(covariance[j, rest].sum()) / size if size > 0 else 0.0
    down = (math.log(fails / low), math.log(others.score / others.low))
    up = (math.log(high / fails), math.log(others.high / others.score))
    below, above = (math.sqrt(max(one**2 + two**2 + 2 * alike * one * two, 0.0)) for one, two in (down, up))
    return Interval(value, value * math.exp(-below), min(value * math.exp(above), 1.0), level)


def _clear(shares: Floats, ends: Floats, n: Floats, covariance: Floats) -> bool:
    """Whether the two weakest steps differ beyond chance."""
    if len(shares) < 2:
        return True
    one, two = np.argsort(shares, kind="stable")[:2]
    up, down = ends[one, 1] - shares[one], shares[two] - ends[two, 0]
    size = math.sqrt(covariance[one, one] * covariance[two, two])
    alike = float(covariance[one, two]) / size if size > 0 else 0.0
    return bool(shares[two] - shares[one] > math.sqrt(max(up**2 + down**2 - 2 * alike * up * down, 0.0)))


def _chain(
    table: pd.DataFrame, step: str, pulls: Floats | None, level: float, final: float, internal: bool
) -> Chain:
    shares, n = (table[name].to_numpy(dtype=np.float64) for name in ("share", "n"))
    ends = table[["low", "high"]].to_numpy(dtype=np.float64)
    covariance = log_covariance(shares, n, pulls, level)
    table["cumulative"] = table["share"].cumprod()
    gains = [_gain(shares, ends, n, covariance, j, level) for j in range(len(shares))]
    table["gain"] = [each.score for each in gains]
    table["gain_low"], table["gain_high"] = [each.low for each in gains], [each.high for each in gains]
    table["rank"] = table["share"].rank(method="min").astype("int64")
    overall = product_interval(shares, n, covariance, level)
    return Chain(table, step, overall, final, _clear(shares, ends, n, covariance), internal)


def _step_order(
    data: Any, step: str, found: list[Any], order: Sequence[Any] | None, ordered: bool
) -> list[Any]:
    """Order of the steps: as given, as their categories say, or as they first occur."""
    if order is not None:
        listed = list(order)
        if len(listed) != len(set(listed)) or set(listed) != set(found):
            names = ", ".join(str(v) for v in found)
            raise ArgumentError("order", listed, text("monitoring.allowed.order", names=names))
        return listed
    if ordered:
        return found
    return distinct_values(data, step)


def _check_steps(data: Any, step: str, values: pd.Series[Any]) -> None:
    gaps = find_rows(data, step, lambda rows: rows[step].isna()) if values.isna().any() else None
    if gaps is not None:
        raise DataError(step, gaps.rows, gaps.row, None, text("monitoring.allowed.every_step"))


def journey(
    data: Any,
    *,
    step: str,
    passed: str,
    n: str | None = None,
    respondent: str | None = None,
    order: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> Chain:
    """Multiply the moments of truth of a journey: the share of customers who meet no failure.

    Parameters
    ----------
    data : frame
        One row a customer and step; with ``n`` one or more rows a step, with counts.
    step : str
        Column of the steps (moments of truth).
    passed : str
        Whether the step went right: yes/no or 1/0, or missing. With ``n``: how many of ``n``.
    n : str, optional
        Column of counts: how many went through the step.
    respondent : str, optional
        Column that says who answered: needed where one customer judges several steps, as failures then
        come together. Not with ``n``.
    order : sequence, optional
        The steps in order; without it that of their categories, or in which they first occur.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Chain
        Shares 0–1; :attr:`Chain.first` is the step to mend first.

    Raises
    ------
    DataError
        If a value is not allowed, a step is missing, or nobody judged one.
    ArgumentError
        If ``order`` names other steps.

    Notes
    -----
    ∏ pⱼ: twelve moments of truth that each go right 95 times in 100 leave 54 of 100 customers without a
    failure.
    The product is that share exactly if failures strike independently; if the same customers meet several,
    more get through than it says, and it is a lower bound. With equal effort a point, the weakest step gains
    most, ∏ p · (1 − pⱼ)/pⱼ; weigh that against what mending costs.

    Steps have Wilson intervals (with the effective number of answers where respondents repeat within a step).
    −log ∏ p is nearly a weighted sum of failures, so its interval is that of a gamma with the same mean and
    variance, half a failure added (as Fay and Feuer 1997 for weighted sums of counts, with Jeffreys' half in
    place of their one, which is conservative); the variance knows the correlations of the steps from the
    groups of respondents. The gain combines the intervals of its factors (MOVER, Zou and Donner 2008).

    References
    ----------
    Carlzon, J. (1987). *Moments of Truth*. Ballinger.
    Fay, M. P. and Feuer, E. J. (1997). *Statistics in Medicine* 16, 791–801.
    Zou, G. Y. and Donner, A. (2008). *Statistics in Medicine* 27, 1693–1702.

    Examples
    --------
    >>> steps = pd.DataFrame({"step": [f"s{i}" for i in range(1, 13)], "right": 95, "asked": 100})
    >>> found = journey(steps, step="step", passed="right", n="asked")
    >>> round(found.overall.score, 2)
    0.54
    """
    level = check_confidence(confidence)
    if n is not None:
        if respondent is not None:
            raise ArgumentError("respondent", respondent, text("monitoring.allowed.no_respondent"))
        return _from_counts(data, step, passed, n, None, order, level, internal=False)
    _check_yes_no(data, passed)
    tallied = counts(data, [step, passed], respondent=respondent)
    if len(tallied.cells) == 0:
        raise DataError(passed, 0, "—", None, text("survey.allowed.rows"))
    _check_steps(data, step, tallied.cells[step])
    parts = {label: (cells, missing) for label, cells, missing in by_segment(tallied, passed, step)}
    labels = _step_order(data, step, list(parts), order, step in tallied.levels)
    within = replace(tallied, repeated=_repeats_within(data, respondent, step))
    rows: list[dict[str, Any]] = []
    pulls = np.zeros((GROUPS, len(labels)))
    for j, label in enumerate(labels):
        cells, missing = parts[label]
        x = cells[passed].to_numpy(dtype=np.float64)
        found, size, own = _step_share(cells, x, within, level)
        rows.append(
            {
                step: label,
                "n": size,
                "n_missing": missing,
                "share": found.score,
                "low": found.low,
                "high": found.high,
            }
        )
        pulls[:, j] = own
    known = pulls if tallied.repeated else None
    return _chain(pd.DataFrame(rows), step, known, level, math.nan, internal=False)


def _check_yes_no(data: Any, column: str) -> None:
    schema = schema_of(data)
    if column not in schema.names() or schema[column].is_numeric():
        check_column(data, column, scale(0, 1, missing=True))
    elif schema[column] != nw.Boolean:
        check_column(data, column, YES_NO)


def _repeats_within(data: Any, respondent: str | None, step: str) -> bool:
    """Whether somebody judged one step more than once."""
    if respondent is None:
        return False
    if on_cluster(data):
        return count_different(data, [respondent, step]) < sum(sizes_of_parts(data))
    pairs: Any = nw.from_native(data).select(respondent, step)
    if isinstance(pairs, nw.LazyFrame):
        pairs = pairs.collect()
    return len(pairs.unique()) < len(pairs)


def _step_share(
    cells: pd.DataFrame, x: Floats, tallied: Counts, level: float
) -> tuple[Interval, int, Floats]:
    """Share of one step, how many judged it, and each group's pull at the share."""
    n = cells["n"].to_numpy(dtype=np.float64)
    found = share_interval(take_sample(cells, x, tallied), level)
    pull: Floats = np.bincount(cells[GROUP].to_numpy(), n * (x - found.score), GROUPS).astype(np.float64)
    return found, int(n.sum()), pull


def _from_counts(
    data: Any,
    step: str,
    right: str,
    n: str,
    reworked: str | None,
    order: Sequence[Any] | None,
    level: float,
    *,
    internal: bool,
) -> Chain:
    columns = [right, n, *([reworked] if reworked else [])]
    for column in columns:
        check_column(data, column, number(0))
    refuse_more(data, right, n)
    made = moments(data, columns, segment=step)
    if len(made.keys) == 0:
        raise DataError(n, 0, "—", None, text("survey.allowed.rows"))
    _check_steps(data, step, made.keys[step])
    sums = {label: part.sums.sum(axis=0) for label, part in made.split(step)}
    labels = _step_order(data, step, list(sums), order, step in made.levels)
    rows: list[dict[str, Any]] = []
    finals: list[float] = []
    for label in labels:
        passed, all_, *again = sums[label].tolist()
        if all_ <= 0:
            advice = text("monitoring.advice.no_work", step=label)
            raise DataError(n, 1, label, 0, text("monitoring.allowed.some"), advice)
        if again and passed + again[0] > all_:
            raise DataError(
                str(reworked), 1, label, again[0], text("monitoring.allowed.rework", right=right, n=n)
            )
        found = wilson(passed, all_, level)
        row = {
            step: label,
            "n": all_,
            "n_missing": 0,
            "share": found.score,
            "low": found.low,
            "high": found.high,
        }
        finals.append((passed + again[0]) / all_ if again else math.nan)
        rows.append(row | ({"share_final": finals[-1]} if again else {}))
    table = pd.DataFrame(rows)
    if (table["n"] % 1 == 0).all():
        table["n"] = table["n"].astype("int64")
    if internal:
        table.insert(1, "next", [*labels[1:], text("monitoring.part.customer")])
    return _chain(table, step, None, level, math.prod(finals), internal)


def internal_chain(
    data: Any,
    *,
    step: str,
    received: str,
    right: str,
    reworked: str | None = None,
    order: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> Chain:
    """Follow work from one internal customer to the next: 下一道工序, the next process is the customer.

    Parameters
    ----------
    data : frame
        One or more rows a step (days, teams), added up.
    step : str
        Column of the steps.
    received : str
        How many pieces of work the step took in.
    right : str
        How many of them the next step could use as they were, right first time.
    reworked : str, optional
        How many more it could use after they had been sent back and mended.
    order : sequence, optional
        The steps in order; without it that of their categories, or in which they first occur.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Chain
        ``share`` is the first-pass yield of each step, :attr:`Chain.overall` that of the whole chain.

    Raises
    ------
    DataError
        If a count is negative, missing or above what was received, or a step received nothing.
    ArgumentError
        If ``order`` names other steps.

    Notes
    -----
    First-pass yield of a step = right first time / received; of the chain their product (rolled throughput
    yield). Counting what was mended as right hides the cost: each step may report 98 %, and yet only two
    thirds of the work pass twelve steps without being touched twice. Intervals as in :func:`journey`.

    References
    ----------
    Ishikawa, K. (1985). *What Is Total Quality Control? The Japanese Way*. Prentice-Hall.
    Harry, M. J. (1998). Six Sigma: a breakthrough strategy for profitability. *Quality Progress* 31(5),
    60–64.

    Examples
    --------
    >>> work = pd.DataFrame({"step": ["quote", "order", "delivery"], "in": [200, 180, 180]})
    >>> work["ok"], work["mended"] = [180, 153, 171], [20, 20, 5]
    >>> found = internal_chain(work, step="step", received="in", right="ok", reworked="mended")
    >>> round(found.overall.score, 3), found.first
    (0.727, 'order')
    """
    level = check_confidence(confidence)
    return _from_counts(data, step, right, received, reworked, order, level, internal=True)
