"""How often do they complain, per what? Complaint rates with a denominator that has a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import hundredfold, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.monitoring_series import say_times
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, number
from csmodels_helpers.tally import Moments, moments
from csmodels_helpers.uncertainty import estimates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ComplaintRate", "complaint_rate"]


@dataclass(frozen=True, eq=False)
class ComplaintRate(Result):
    """Complaints per 100 of one or more denominators, over all or by segment.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a denominator and segment: the segment column, ``per``, ``complaints``, ``n`` (of the
        denominator), ``n_missing`` (rows), ``rate`` (complaints per one of the denominator), ``low``,
        ``high``.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    """

    segment: str | None
    confidence: float

    def _labels(self) -> list[str]:
        if self.segment is None:
            return [text("metrics.axis.all")] * len(self.table)
        return [text("metrics.axis.missing") if pd.isna(v) else str(v) for v in self.table[self.segment]]

    def _highest(self) -> dict[Any, str]:
        """Find the segment with the highest rate, denominator by denominator."""
        rows = self.table.assign(label=self._labels())
        return {
            per: own["label"].iloc[int(own["rate"].to_numpy().argmax())]
            for per, own in rows.groupby("per", sort=False)
        }

    def _turned(self) -> bool:
        return len(set(self._highest().values())) > 1

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the rates with their intervals, a colour and marker for each denominator.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        labels = list(dict.fromkeys(self._labels()))
        ax = row_axes(ax, len(labels) + 2)
        place = {label: len(labels) - 1 - i for i, label in enumerate(labels)}
        kinds = list(dict.fromkeys(self.table["per"]))
        rows = self.table.assign(y=[place[label] for label in self._labels()])
        for i, per in enumerate(kinds):
            own = rows[rows["per"] == per]
            rate = own["rate"].to_numpy(dtype=np.float64)
            arms = np.array([rate - own["low"].to_numpy(), own["high"].to_numpy() - rate], dtype=np.float64)
            offset = 0.16 * ((len(kinds) - 1) / 2 - i)
            ax.errorbar(
                rate,
                own["y"] + offset,
                xerr=np.nan_to_num(arms),
                fmt=plots.MARKERS[i % len(plots.MARKERS)],
                color=list(plots.PALETTE.values())[i % 6],
                capsize=4,
                label=text("monitoring.legend.per", per=per),
            )
        ax.set_yticks(list(place.values()), list(place))
        ax.set_ylim(-0.6, len(labels) - 0.4)
        ax.set_xlim(left=0)
        hundredfold(ax.xaxis, "")
        plots.legend_below(ax, ax.get_legend_handles_labels()[0])
        xlabel = text("monitoring.axis.rate", per=text("monitoring.sign.names").join(map(str, kinds)))
        ylabel = text("metrics.axis.group") if self.segment is None else self.segment
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _title(self) -> str:
        if self.segment is None or len(set(self._labels())) < 2:
            parts = [self._part(row) for row in self.table.to_dict("records")[:3]]
            return text("monitoring.title.rate", parts=text("monitoring.sign.list").join(parts))
        highest = self._highest()
        if self._turned():
            parts = [
                text("monitoring.title.rate_most", per=per, segment=name) for per, name in highest.items()
            ]
            return text("monitoring.title.rate_turned", parts=text("monitoring.sign.comma").join(parts))
        key = "rate_same" if len(highest) > 1 else "rate_one"
        per, segment = next(iter(highest.items()))
        return text(f"monitoring.title.{key}", per=per, segment=segment)

    def _part(self, row: Mapping[Any, Any]) -> str:
        digits = 2 if 100 * row["rate"] < 10 else 1
        numbers = {name: rounded(100 * row[name], digits) for name in ("rate", "low", "high")}
        return text("monitoring.explain.rate_part", per=row["per"], **numbers)

    def explain(self) -> str:
        """Say each rate with its denominator, and whether the denominator turns the order of segments.

        Returns
        -------
        str
            One to three sentences.
        """
        parts: list[str] = []
        for label, row in list(zip(self._labels(), self.table.to_dict("records"), strict=True))[:8]:
            said = self._part(row)
            parts.append(
                said if self.segment is None else text("monitoring.explain.of", name=label, said=said)
            )
        level = f"{100 * self.confidence:g}"
        sentences = [
            text("monitoring.explain.rate", parts=text("monitoring.sign.list").join(parts), level=level)
        ]
        if self._turned():
            said = [
                text("monitoring.title.rate_most", per=per, segment=name)
                for per, name in self._highest().items()
            ]
            sentences.append(
                text("monitoring.explain.turned", parts=text("monitoring.sign.comma").join(said))
            )
        missing = int(self.table.groupby("per")["n_missing"].sum().max())
        if missing:
            sentences.append(text("monitoring.explain.missing", rows=missing))
        return join(*sentences)


def complaint_rate(
    data: Any,
    complaints: str,
    *,
    per: str | Mapping[str, str],
    segment: str | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> ComplaintRate:
    """Divide complaints by a denominator that is named: per order, per customer, per visit.

    Parameters
    ----------
    data : frame
        One row a store and month, or whatever was counted; rows are added up.
    complaints : str
        Column of counts of complaints.
    per : str or dict of str
        Column of the denominator, or several: name ("order") → column ("orders").
    segment : str, optional
        Column of segments.
    respondent : str, optional
        Column that says whose complaints they are (store, account). Complaints of one are then not taken as
        independent; without it they are.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    ComplaintRate
        Rates per one of the denominator; figure and sentence speak per 100.

    Raises
    ------
    DataError
        If a count is negative or the denominator of a segment is 0.
    ArgumentError
        If ``per`` is empty.

    Notes
    -----
    Which denominator is right depends on the question: per order for the process, per customer for the
    relation. Segments whose customers order often look better per order than per customer. A customer may
    complain twice, so the rate is no share, and the interval is that of a Poisson count (Garwood 1936); with
    ``respondent`` the delete-a-group jackknife on the logarithm of the rate. Silence is not satisfaction:
    most who are annoyed never complain.

    References
    ----------
    Garwood, F. (1936). *Biometrika* 28, 437–442.

    Examples
    --------
    >>> stores = pd.DataFrame({"type": ["city", "suburb"], "complaints": [120, 150]})
    >>> stores["orders"], stores["customers"] = [10_000, 10_000], [4_000, 6_000]
    >>> found = complaint_rate(
    ...     stores, "complaints", per={"order": "orders", "customer": "customers"}, segment="type"
    ... )
    >>> found.table["rate"].round(4).tolist()
    [0.012, 0.015, 0.03, 0.025]
    """
    level = check_confidence(confidence)
    named = {per: per} if isinstance(per, str) else dict(per)
    if not named:
        raise ArgumentError("per", per, text("monitoring.allowed.per"))
    columns = list(dict.fromkeys([complaints, *named.values()]))
    for column in columns:
        check_column(data, column, number(0, missing=True))
    made = moments(data, columns, segment=segment, respondent=respondent)
    if len(made.keys) == 0:
        raise DataError(complaints, 0, "—", None, text("survey.allowed.rows"))
    parts: list[tuple[Any, Moments]] = list(made.split(segment)) if segment else [(None, made)]
    rows: list[dict[str, Any]] = []
    for name, column in named.items():
        for label, part in parts:
            count, size = (float(part.sums[:, columns.index(c)].sum()) for c in (complaints, column))
            if size <= 0:
                said = say_times([label])[0] if isinstance(label, pd.Timestamp) else repr(label)
                where = f"{segment} = {said}" if segment else text("metrics.axis.all")
                advice = text("monitoring.advice.no_denominator", segment=where)
                raise DataError(
                    column, part.n + part.left_out, "—", 0, text("monitoring.allowed.some"), advice
                )
            low, high = _rate_ends(
                part, columns.index(complaints), columns.index(column), level, bool(respondent)
            )
            row = {segment: label} if segment else {}
            row |= {"per": name, "complaints": count, "n": size, "n_missing": part.left_out}
            rows.append(row | {"rate": count / size, "low": low, "high": high})
    return ComplaintRate(pd.DataFrame(rows), segment, level)


def _rate_ends(part: Moments, top: int, bottom: int, level: float, clustered: bool) -> tuple[float, float]:
    count, size = (float(part.sums[:, i].sum()) for i in (top, bottom))
    if clustered and count > 0:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = estimates(
                part,
                lambda stack: np.log(stack.mean[:, [top]] / stack.mean[:, [bottom]]),
                ["log rate"],
                level,
            )
        low, high = (float(np.exp(found[end].iloc[0])) for end in ("low", "high"))
        return low, high
    # Ends of Garwood's interval are gamma quantiles.
    low = float(special.gammaincinv(count, (1 - level) / 2)) if count > 0 else 0.0
    return low / size, float(special.gammaincinv(count + 1, (1 + level) / 2)) / size
