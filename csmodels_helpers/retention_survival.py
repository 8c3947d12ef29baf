"""Who is still there: Kaplan–Meier survival from counted histories."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import join, text, unit_words
from csmodels_helpers.metrics_intervals import difference_ends
from csmodels_helpers.metrics_scores import score_table
from csmodels_helpers.results import Result
from csmodels_helpers.retention_lives import Floats, at_risk, segment_labels, tally_lives
from csmodels_helpers.retention_plots import draw_survival, number_words, shared_percent
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.uncertainty import z_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Survival", "survival"]

IntervalForm = Literal["log-log", "log", "plain"]
INTERVALS = ("log-log", "log", "plain")


@dataclass(frozen=True, eq=False)
class Survival(Result):
    """Kaplan–Meier curves: the share still there, with its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment and time at which somebody left: the segment column, ``time``, ``n_risk``,
        ``n_events``, ``survival`` (share 0–1 still there after that time), ``low``, ``high``.
    groups : pandas.DataFrame
        One row a segment: ``n``, ``n_events``, ``watched_until`` (last time at which anybody was watched),
        ``median`` (time at which half have left; NaN if that was not seen).
    segment : str or None
        Name of the segment column.
    time : str
        Name of the time column.
    unit : str or None
        Unit of the times, as the figure and the sentences name it.
    entry : str or None
        Column with the time of entry, if there was delayed entry.
    interval : str
        Form of the intervals.
    confidence : float
        Level of the intervals.

    See Also
    --------
    survival : makes one.
    """

    groups: pd.DataFrame
    segment: str | None
    time: str
    unit: str | None
    entry: str | None
    interval: str
    confidence: float

    def at(self, times: Iterable[float]) -> pd.DataFrame:
        """Read the curves at given times.

        Parameters
        ----------
        times : iterable of float
            In the unit of the times.

        Returns
        -------
        pandas.DataFrame
            One row a segment and time: the segment column, ``time``, ``survival``, ``low``, ``high``; before
            the first exit 1, after the last time at which anybody was watched NaN.

        Examples
        --------
        >>> left = pd.DataFrame({"month_left": [3, 8, None, None]})
        >>> survival(left, time="month_left", until=12).at([6])["survival"].tolist()
        [0.75]
        """
        wanted = [float(t) for t in times]
        parts: list[pd.DataFrame] = []
        for place, own in self._curves():
            steps = own[["survival", "low", "high"]].to_numpy(dtype=np.float64)
            steps = np.concatenate([np.ones((1, 3)), steps])
            found = steps[np.searchsorted(own["time"].to_numpy(dtype=np.float64), wanted, side="right")]
            found[np.array(wanted) > float(self.groups["watched_until"].iloc[place])] = math.nan
            part = pd.DataFrame(found, columns=["survival", "low", "high"])
            part.insert(0, "time", wanted)
            if self.segment is not None:
                part.insert(0, self.segment, [self.groups[self.segment].iloc[place]] * len(part))
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def plot(self, ax: Axes | None = None, *, mark: Mapping[float, str] | None = None) -> Axes:
        """Draw the curves as steps, with their intervals as bands.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.
        mark : dict of str, optional
            Time → what happened then, drawn as a dashed line.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        curves = [own for _, own in self._curves()]
        ends = self.groups["watched_until"].tolist()
        return draw_survival(
            ax,
            curves,
            ends,
            self.labels(),
            mark=mark or {},
            title=self._title(),
            xlabel=self._time_label(),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say the share still there at the last time at which all segments were watched.

        Returns
        -------
        str
            One or two sentences.
        """
        last = self._last()
        rows = self.at([last]).to_dict("records")
        said = shared_percent([(row["survival"], row["low"], row["high"]) for row in rows])
        parts = [
            text(
                "retention.explain.survival_part" if self.segment else "retention.explain.survival_plain",
                segment=label,
                share=said(row["survival"]),
                low=said(row["low"]),
                high=said(row["high"]),
            )
            for label, row in sorted(zip(self.labels(), rows, strict=True), key=lambda p: -p[1]["survival"])
        ]
        sentence = text(
            "retention.explain.survival",
            when=self._when(last),
            parts=text("retention.sign.list").join(parts),
            level=f"{100 * self.confidence:g}",
            n=int(self.groups["n"].sum()),
            left=int(self.groups["n_events"].sum()),
        )
        return join(sentence, text("retention.explain.entry") if self.entry else "")

    def labels(self) -> list[str]:
        """Names of the curves."""
        return segment_labels(self.groups, self.segment)

    def _curves(self) -> list[tuple[int, pd.DataFrame]]:
        if self.segment is None:
            return [(0, self.table)]
        values = self.table[self.segment]
        return [
            (place, self.table[values.isna() if pd.isna(label) else values == label])
            for place, label in enumerate(self.groups[self.segment])
        ]

    def _last(self) -> float:
        return float(self.groups["watched_until"].min())

    def _when(self, time: float) -> str:
        key = "retention.sign.when_unit" if self.unit else "retention.sign.when"
        return text(key, time=number_words(time), unit=unit_words(self.unit, counted=True))

    def _time_label(self) -> str:
        return text("retention.axis.time", unit=unit_words(self.unit) or self.time)

    def _title(self) -> str:
        last = self._last()
        found = self.at([last])
        when = self._when(last)
        ends = found[["survival", "low", "high"]].to_numpy(dtype=np.float64)
        said = shared_percent([(float(ends[:, 0].min()), float(ends[:, 0].max()))])
        if len(ends) == 1:
            return text("retention.title.survival", when=when, share=said(float(ends[0, 0])))
        labels, by_share = self.labels(), ends[:, 0].argsort(kind="stable")
        worst, best = int(by_share[0]), int(by_share[-1])
        low, high = difference_ends(ends[best], ends[worst])
        return text(
            "retention.title.survival_same" if low <= 0 <= high else "retention.title.survival_segments",
            when=when,
            best=labels[best],
            worst=labels[worst],
            high=said(float(ends[best, 0])),
            low=said(float(ends[worst, 0])),
        )


def survival(
    data: Any,
    *,
    time: str,
    event: str | None = None,
    until: float | None = None,
    entry: str | None = None,
    segment: str | None = None,
    respondent: str | None = None,
    interval: IntervalForm = "log-log",
    unit: str | None = None,
    confidence: float = 0.95,
) -> Survival:
    """Estimate which share is still there after each time (Kaplan–Meier), with delayed entry if need be.

    Parameters
    ----------
    data : frame
        One row a customer; any frame that narwhals knows.
    time : str
        When the customer left, or was last seen: a number, 0 or more. To compare segments on a common
        calendar, count from one date for all; to follow a customer's life, count from the customer's start.
    event : str, optional
        Column that says whether the customer left at ``time`` (1, yes) or was only last seen then (0, no).
    until : float, optional
        Instead of ``event``: a missing ``time`` means that the customer was still there at ``until``, when
        the watching stopped; any other that the customer left then.
    entry : str, optional
        Column with the time from which on the customer was watched (left truncation, delayed entry): whoever
        left before could not be in the table. A customer counts as at risk after ``entry`` up to ``time``.
    segment : str, optional
        Column to split by, such as the type at the start.
    respondent : str, optional
        Column with the customer; each may stand in one row only.
    interval : {"log-log", "log", "plain"}, default "log-log"
        Scale on which the interval is symmetric. "log-log" is the default: it never leaves 0–1 and covers
        best in small samples (Borgan and Liestøl 1990); "log" is R's default; "plain" is S ± z·error, cut
        at 0 and 1.
    unit : str, optional
        Unit of the times, such as ``"months"``, written as it is given.
    confidence : float, default 0.95
        Level of the intervals, which hold at each time, not for the whole curve at once.

    Returns
    -------
    Survival
        Shares 0–1.

    Raises
    ------
    DataError
        If a time is missing (without ``until``), negative or after ``until``, an event is neither yes nor
        no, an entry is not before its time, or a customer stands in two rows.
    ArgumentError
        If both or neither of ``event`` and ``until`` are given, or an option is not possible.

    Notes
    -----
    S(t) = Π (1 − dᵤ/nᵤ) over the times u ≤ t at which dᵤ of the nᵤ customers at risk left; variance
    S² Σ dᵤ/(nᵤ(nᵤ − dᵤ)) (Greenwood). Whoever leaves at the same time as another is last seen counts as
    leaving first. With delayed entry the first risk sets can be small: if all at risk leave, S is 0 from
    then on. The histories are counted first, so a million customers cost what their distinct histories do.
    Statsmodels' ``SurvfuncRight`` gives the same numbers from rows (a test); with frequency weights its
    errors are not Greenwood's, so the products are taken here.

    References
    ----------
    Kaplan, E. L. and Meier, P. (1958). Nonparametric estimation from incomplete observations. *JASA* 53,
    457–481. Borgan, Ø. and Liestøl, K. (1990). A note on confidence intervals and bands for the survival
    function based on transformations. *Scand. J. Statistics* 17, 35–41.

    Examples
    --------
    >>> customers = pd.DataFrame({"month_left": [3, 8, None, None, 12, None]})
    >>> found = survival(customers, time="month_left", until=24, unit="months")
    >>> found.table[["time", "n_risk", "n_events", "survival"]].round(3)
       time  n_risk  n_events  survival
    0   3.0       6         1     0.833
    1   8.0       5         1     0.667
    2  12.0       4         1     0.500
    """
    level = check_confidence(confidence)
    if interval not in INTERVALS:
        raise ArgumentError("interval", interval, " | ".join(repr(name) for name in INTERVALS))
    lives = tally_lives(data, time, event, until, entry, segment, respondent)
    rows: list[pd.DataFrame] = []
    groups: list[dict[str, Any]] = []
    for label, start, end, gone, n in lives.parts():
        own = _product_limit(start, end, gone, n, interval, level)
        named: dict[str, Any] = {} if segment is None else {segment: label}
        half = own.loc[own["survival"] <= 0.5 + 1e-12, "time"]
        median = float(half.iloc[0]) if len(half) else math.nan
        group = {"n": int(n.sum()), "n_events": int((n * gone).sum()), "watched_until": float(end.max())}
        groups.append(named | group | {"median": median})
        if segment is not None:
            own.insert(0, segment, pd.Series([label] * len(own), dtype=object, index=own.index))
        rows.append(own)
    table = pd.concat(rows, ignore_index=True)
    summary = score_table(groups, lives.tallied, segment)
    if segment is not None:
        table[segment] = table[segment].astype(summary[segment].dtype)
    return Survival(table, summary, segment, time, unit, entry, interval, level)


def _product_limit(
    entry: Floats, time: Floats, gone: Floats, n: Floats, form: str, level: float
) -> pd.DataFrame:
    """Survival after each time at which somebody left."""
    times, place = np.unique(time[gone > 0], return_inverse=True)
    events = np.bincount(place, n[gone > 0], len(times))
    risk = at_risk(entry, time, n, times)
    share = np.asarray(np.cumprod(1 - events / risk), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(events / (risk * (risk - events)))
        low, high = _survival_ends(share, np.sqrt(greenwood), form, z_quantile(level))
    counted = {"n_risk": risk.astype(np.int64), "n_events": events.astype(np.int64)}
    return pd.DataFrame({"time": times, **counted, "survival": share, "low": low, "high": high})


def _survival_ends(share: Floats, error: Floats, form: str, z: float) -> tuple[Floats, Floats]:
    """Compute the ends of the interval from the relative error √Σ d/(n(n − d)); none where nobody is left."""
    error = np.where(share > 0, error, np.nan)
    if form == "plain":
        return np.maximum(share - z * share * error, 0), np.minimum(share + z * share * error, 1)
    if form == "log":
        return share * np.exp(-z * error), np.minimum(share * np.exp(z * error), 1)
    stretch = np.exp(z * error / -np.log(share))
    return share**stretch, share ** (1 / stretch)
