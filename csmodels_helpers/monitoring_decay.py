"""A mean that forgets: recent answers count more, with what that costs in certainty."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Interval, share_interval, t_interval, take_sample
from csmodels_helpers.metrics_plots import draw_points, hundredfold, row_axes
from csmodels_helpers.metrics_scores import by_segment
from csmodels_helpers.metrics_words import digits_of_mean, rounded, shared_digits
from csmodels_helpers.monitoring_series import check_amount, refuse_missing_time
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, number
from csmodels_helpers.tally import Counts, counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["DecayedMean", "decayed_mean"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DecayedMean(Result):
    """Means in which old answers count less, beside the plain ones.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment (one row without): the segment column, ``n``, ``n_missing``, ``score`` (decayed),
        ``low``, ``high``, ``plain`` (all answers alike), ``n_effective`` (Kish: to how many answers of equal
        weight the decayed ones amount), ``age`` (mean age of what counts, in the unit of the half-life).
    column : str
        What is averaged.
    segment : str or None
        Name of the segment column.
    half_life : float
        After how long an answer counts half.
    days : bool
        Whether the half-life is in days, as the times are dates.
    share : bool
        Whether the values are yes/no.
    confidence : float
        Level of the intervals.
    """

    column: str
    segment: str | None
    half_life: float
    days: bool
    share: bool
    confidence: float

    def _labels(self) -> list[str]:
        if self.segment is None:
            return [text("metrics.axis.all")]
        return [text("metrics.axis.missing") if pd.isna(v) else str(v) for v in self.table[self.segment]]

    def _say(self, value: float) -> str:
        if self.share:
            return f"{rounded(100 * value, 0)} %"
        arms = (self.table["high"] - self.table["low"]).min() / 2
        return rounded(value, digits_of_mean(arms) if arms > 0 else 2)

    def _short(self, row: Any) -> Callable[[float], str]:
        """Give a way of writing means for a title: one digit of the give-or-take, and unlike ones apart."""
        arms = float(row["high"] - row["low"]) / 2
        if self.share or not arms > 0:
            return self._say
        least = max(digits_of_mean(arms) - 1, 0)
        digits = shared_digits("mean", [], [float(row["score"]), float(row["plain"])], least)
        return lambda value: rounded(value, digits)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw decayed means with intervals, and the plain ones.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        labels = self._labels()
        ax = row_axes(ax, len(labels) + 1)
        draw_points(ax, self.table, labels)
        ax.containers[0].set_label(text("monitoring.legend.decayed"))
        plain, y = self.table["plain"].to_numpy(dtype=np.float64), np.arange(len(labels))[::-1]
        style: dict[str, Any] = {"marker": "D", "markerfacecolor": "white", "color": plots.PALETTE["orange"]}
        ax.plot(plain, y, linestyle="none", label=text("monitoring.legend.plain"), **style)
        if self.share:
            hundredfold(ax.xaxis, " %")
        plots.legend_below(ax, ax.get_legend_handles_labels()[0])
        xlabel = text(f"monitoring.axis.{'share' if self.share else 'mean'}", column=self.column)
        ylabel = text("metrics.axis.group") if self.segment is None else self.segment
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _title(self) -> str:
        place = int((self.table["score"] - self.table["plain"]).abs().to_numpy().argmax())
        row = self.table.iloc[place]
        said = {name: self._short(row)(float(row[name])) for name in ("score", "plain")}
        if self.segment is not None and len(self.table) > 1:
            return text("monitoring.title.decayed_segment", segment=self._labels()[place], **said)
        return text("monitoring.title.decayed", name=self.column, **said)

    def explain(self) -> str:
        """Say the decayed means, the plain ones, and to how many answers they amount.

        Returns
        -------
        str
            One or two sentences.
        """
        parts: list[str] = []
        for label, row in list(zip(self._labels(), self.table.to_dict("records"), strict=True))[:6]:
            said = {name: self._say(float(row[name])) for name in ("score", "low", "high", "plain")}
            sizes = {"n": int(row["n"]), "effective": rounded(row["n_effective"], 0)}
            key = "decayed_part" if self.segment is not None else "decayed_one"
            parts.append(text(f"monitoring.explain.{key}", name=label, **said, **sizes))
        level = f"{100 * self.confidence:g}"
        joined = text("monitoring.sign.list").join(parts)
        half = f"{self.half_life:g}"
        said = text(
            "monitoring.explain.decayed",
            column=self.column,
            half=text("monitoring.sign.days", days=half) if self.days else half,
            level=level,
            parts=joined,
        )
        missing = int(self.table["n_missing"].sum())
        return join(said, text("monitoring.explain.missing", rows=missing) if missing else "")


def decayed_mean(
    data: Any,
    column: str,
    *,
    time: str,
    half_life: float,
    as_of: Any = None,
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> DecayedMean:
    """Average answers so that old ones count less: half as much after each half-life.

    Parameters
    ----------
    data : frame
        One row an answer.
    column : str
        Numbers, or yes/no (1/0), or missing.
    time : str
        When it was given: dates, or numbers.
    half_life : float
        After how long an answer counts half: in days where ``time`` holds dates, else in its unit.
    as_of : date or float, optional
        The day from which age is counted; by default the last one that occurs.
    segment, respondent : str, optional
        Columns of segments, and of who answered (where somebody did so repeatedly).
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    DecayedMean
        In the unit of the column; yes/no as shares 0–1.

    Raises
    ------
    ArgumentError
        If the half-life is not above 0, or ``as_of`` does not fit.
    DataError
        If a value is no number, a time is missing or later than ``as_of``, or nobody in a segment answered.

    Notes
    -----
    Weight w = ½^(age / half-life), mean Σwx/Σw, Kish's (1965) effective number (Σw)²/Σw². A short half-life
    follows changes fast and knows little: with one answer a day it amounts to about 2.9 half-lives of
    answers, however many there are. The interval is Student's with n_eff − 1 degrees of freedom, Wilson's for
    yes/no; if respondents repeat, the delete-a-group jackknife. It covers chance, not the distance between
    what was and what is.

    References
    ----------
    Brown, R. G. (1959). *Statistical Forecasting for Inventory Control*. McGraw-Hill. Kish, L. (1965).
    *Survey Sampling*. Wiley.

    Examples
    --------
    >>> answers = pd.DataFrame({"day": [0, 10, 20], "score": [2, 4, 8]})
    >>> found = decayed_mean(answers, "score", time="day", half_life=10)
    >>> found.table[["score", "plain", "n_effective"]].round(2).to_numpy().tolist()
    [[6.0, 4.67, 2.33]]
    """
    level = check_confidence(confidence)
    check_amount("half_life", half_life)
    tallied = counts(
        data, list(dict.fromkeys([*([segment] if segment else []), time, column])), respondent=respondent
    )
    if not pd.api.types.is_bool_dtype(tallied.cells[column].dtype):
        check_column(data, column, number(missing=True))
    if len(tallied.cells) == 0:
        raise DataError(column, 0, "—", None, text("survey.allowed.rows"))
    age = _ages(data, time, tallied.cells[time], as_of)
    n = tallied.cells["n"].to_numpy(dtype=np.float64)
    weight = 0.5 ** (age / half_life)
    cells = tallied.cells.assign(w=n * weight, w2=n * weight**2, _age=age)
    weighted = replace(tallied, cells=cells)
    answers = cells[column].dropna().to_numpy(dtype=np.float64)
    share = bool(np.isin(answers, (0.0, 1.0)).all())
    rows: list[dict[str, Any]] = []
    for label, own, missing in by_segment(weighted, column, segment):
        row: dict[str, Any] = {segment: label} if segment else {}
        rows.append(row | _row(own, column, weighted, missing, share, level))
    days = pd.api.types.is_datetime64_any_dtype(tallied.cells[time].dtype)
    return DecayedMean(pd.DataFrame(rows), column, segment, float(half_life), days, share, level)


def _row(
    own: pd.DataFrame, column: str, tallied: Counts, missing: int, share: bool, level: float
) -> dict[str, Any]:
    x, n, w, w2, age = (own[name].to_numpy(dtype=np.float64) for name in (column, "n", "w", "w2", "_age"))
    kish = float(w.sum() ** 2 / w2.sum())
    sample = take_sample(own, x, tallied)
    if share:
        found = share_interval(sample, level)
    else:
        clustered = not math.isinf(sample.df)
        # As s² has n − 1 below it, so has the weighted variance n_eff − 1.
        variance = sample.variance if clustered or kish <= 1 else sample.variance * kish / (kish - 1)
        df = sample.df if clustered else kish - 1
        found: Interval = t_interval(sample.mean, variance, df, (-math.inf, math.inf), level)
    sizes = {"n": int(n.sum()), "n_missing": missing}
    plain = float((n * x).sum() / n.sum())
    more = {"plain": plain, "n_effective": kish, "age": float((w * age).sum() / w.sum())}
    return sizes | {"score": found.score, "low": found.low, "high": found.high} | more


def _ages(data: Any, time: str, values: pd.Series[Any], as_of: Any) -> Floats:
    """Age of each cell: in days if times are dates, else in their unit."""
    refuse_missing_time(data, time, values)
    dates = pd.api.types.is_datetime64_any_dtype(values.dtype)
    if not dates and not pd.api.types.is_numeric_dtype(values.dtype):
        raise DataError(time, len(values), 0, values.iloc[0], text("monitoring.allowed.dates"))
    last = values.max() if as_of is None else as_of
    try:
        now = pd.Timestamp(last) if dates else float(last)
        gap = now - values  # pyright: ignore[reportOperatorIssue]
    except (TypeError, ValueError):
        raise ArgumentError("as_of", as_of, text("monitoring.allowed.as_of")) from None
    age = (gap / pd.Timedelta(days=1) if dates else gap).to_numpy(dtype=np.float64)
    if (age < 0).any():
        late = values[age < 0]
        allowed = text("monitoring.allowed.before_as_of", as_of=as_of)
        raise DataError(time, len(late), "—", late.iloc[0], allowed)
    return age
