"""Two times two: attitude and behaviour (Dick and Basu), satisfaction and loyalty (Jones and Sasser)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError
from csmodels_helpers.language import text
from csmodels_helpers.loyalty_plots import draw_quadrants, draw_segments, percent
from csmodels_helpers.metrics_intervals import share_interval, take_sample
from csmodels_helpers.metrics_scores import by_segment, counted_columns, score_table
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, number
from csmodels_helpers.tally import Counts, counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Quadrants", "dick_basu", "jones_sasser"]

# High and low on the first column (up) and on the second (to the right): both high, first only, second only,
# neither.
DICK_BASU = ("true", "latent", "spurious", "none")
JONES_SASSER = ("apostles", "mercenaries", "hostages", "terrorists")


@dataclass(frozen=True, eq=False)
class Quadrants(Result):
    """Customers in four fields, by two columns that are high or low.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment and field: the segment column, ``quadrant``, ``n``, ``share``, ``low``, ``high``,
        ``n_missing`` (customers of the segment who lack an answer).
    model : str
        ``"dick-basu"`` or ``"jones-sasser"``.
    columns : tuple of str
        The two columns, the first upwards, the second to the right.
    thresholds : tuple of float
        From which value on each counts as high.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.

    See Also
    --------
    dick_basu, jones_sasser : make one.
    """

    model: str
    columns: tuple[str, str]
    thresholds: tuple[float, float]
    segment: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the four fields with their shares, or with segments one bar of them a segment.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        names = [text(f"loyalty.quadrant.{name}") for name in self._fields()]
        # Of Dick and Basu's fields the spurious one misleads, of Jones and Sasser's the hostages: both are
        # the customers who stay without wanting to.
        if self.segment is None:
            part = self.table
            title = text(f"loyalty.title.{self.model}", share=percent(float(part["share"].iloc[2])))
            axes = {
                end: text("loyalty.axis.from", column=column, cut=f"{cut:g}")
                for end, column, cut in zip(("y", "x"), self.columns, self.thresholds, strict=True)
            }
            rows = part[["share", "low", "high"]].to_numpy(dtype=np.float64)
            return draw_quadrants(
                ax, rows, names, title=title, xlabel=axes["x"], ylabel=axes["y"], alt=self.explain()
            )
        parts = self._parts()
        kept = sorted(((float(p["share"].iloc[2]), label) for label, p in parts), key=lambda pair: pair[0])
        title = text(
            f"loyalty.title.{self.model}-segments",
            high=percent(kept[-1][0]),
            most=kept[-1][1],
            low=percent(kept[0][0]),
            least=kept[0][1],
        )
        shares = np.array([p["share"].to_numpy(dtype=np.float64) for _, p in parts])
        labels = [label for label, _ in parts]
        return draw_segments(
            ax,
            shares,
            labels,
            names,
            title=title,
            xlabel=text("loyalty.axis.share"),
            ylabel=self.segment,
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say the four shares, segment by segment.

        Returns
        -------
        str
            One sentence a segment, at most six of them.
        """
        parts = self._parts()
        said: list[str] = []
        for label, part in parts[:6]:
            fields = [
                text(
                    "loyalty.explain.field",
                    name=text(f"loyalty.quadrant.{row['quadrant']}"),
                    share=percent(row["share"]),
                    low=percent(row["low"]),
                    high=percent(row["high"]),
                )
                for row in part.to_dict("records")
            ]
            key = "loyalty.explain.quadrants" if self.segment is None else "loyalty.explain.quadrants_of"
            joined = text("metrics.sign.names").join(fields)
            said.append(text(key, segment=label, parts=joined))
        every = self.table.drop_duplicates(self.segment) if self.segment else self.table.iloc[:1]
        n = int(self.table["n"].sum())
        tail = text(
            "loyalty.explain.counted",
            n=n,
            missing=int(every["n_missing"].sum()),
            level=f"{100 * self.confidence:g}",
        )
        return text("metrics.sign.list").join(said) + tail

    def _fields(self) -> tuple[str, ...]:
        return DICK_BASU if self.model == "dick-basu" else JONES_SASSER

    def _parts(self) -> list[tuple[str, pd.DataFrame]]:
        if self.segment is None:
            return [("", self.table)]
        parts: list[tuple[str, pd.DataFrame]] = []
        for start in range(0, len(self.table), 4):
            part = self.table.iloc[start : start + 4]
            value = part[self.segment].iloc[0]
            parts.append((text("metrics.axis.missing") if pd.isna(value) else str(value), part))
        return parts


def dick_basu(
    data: Any,
    *,
    attitude: str = "attitude",
    repeat_share: str = "repeat_share",
    high_attitude: float = 5,
    high_repeat: float = 0.8,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Quadrants:
    """Cross attitude with behaviour: true, latent, spurious and no loyalty.

    Parameters
    ----------
    data : frame
        One row a customer; any frame that narwhals knows.
    attitude : str, default "attitude"
        Relative attitude: how much better than the others the customer finds us.
    repeat_share : str, default "repeat_share"
        Share of the purchases made with us, 0 to 1.
    high_attitude, high_repeat : float, default 5 and 0.8
        From which value on each counts as high, as in :func:`classify`.
    segment, respondent, weights : str, optional
        Columns, as in :func:`csmodels_helpers.metrics.csat`.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Quadrants
        ``true`` (both high), ``latent`` (attitude only), ``spurious`` (behaviour only), ``none``.

    Raises
    ------
    DataError
        If a value is no number, a repeat share is not between 0 and 1, or nobody in a segment answered
        both.
    ArgumentError
        If a threshold or the confidence is not possible.

    Notes
    -----
    Shares with Wilson intervals; with repeated respondents or weights at the effective number of answers, see
    :mod:`csmodels_helpers.metrics`. The cut points are a convention: shares move with them.

    References
    ----------
    Dick, A. S. and Basu, K. (1994). Customer loyalty: toward an integrated conceptual framework. *J. Academy
    of Marketing Science* 22(2), 99–113.

    Examples
    --------
    >>> customers = pd.DataFrame({"attitude": [6, 3, 6, 2], "repeat_share": [0.9, 1, 0.4, 0.2]})
    >>> dick_basu(customers).table.set_index("quadrant")["share"].to_dict()
    {'true': 0.25, 'latent': 0.25, 'spurious': 0.25, 'none': 0.25}
    """
    check_column(data, repeat_share, number(0, 1, missing=True))
    return _quadrants(
        data,
        "dick-basu",
        {attitude: ("high_attitude", high_attitude), repeat_share: ("high_repeat", high_repeat)},
        segment,
        respondent,
        weights,
        confidence,
    )


def jones_sasser(
    data: Any,
    *,
    satisfaction: str = "satisfaction",
    loyalty: str = "loyalty",
    high_satisfaction: float,
    high_loyalty: float,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Quadrants:
    """Cross satisfaction with loyalty: apostles, mercenaries, hostages and terrorists (恐怖分子).

    Parameters
    ----------
    data : frame
        One row a customer; any frame that narwhals knows.
    satisfaction, loyalty : str
        Satisfaction, and what is taken for loyalty (intention to stay, share of purchases): numbers.
    high_satisfaction, high_loyalty : float
        From which value on each counts as high; no default, as scales differ and the authors count only the
        completely satisfied.
    segment, respondent, weights : str, optional
        Columns, as in :func:`csmodels_helpers.metrics.csat`.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Quadrants
        ``apostles`` (both high), ``mercenaries`` (satisfied, not loyal), ``hostages`` (loyal, not
        satisfied), ``terrorists`` (neither).

    Raises
    ------
    DataError
        If a value is no number, or nobody in a segment answered both.
    ArgumentError
        If a threshold or the confidence is not possible.

    Notes
    -----
    Hostages look like the best customers in a table of churn, until a rival opens. The authors call
    "loyalist/apostle" and "defector/terrorist" the two ends of what is one field here.

    References
    ----------
    Jones, T. O. and Sasser, W. E. (1995). Why satisfied customers defect. *Harvard Business Review* 73(6),
    88–99.

    Examples
    --------
    >>> customers = pd.DataFrame({"satisfaction": [10, 9, 4, 3], "loyalty": [9, 3, 10, 2]})
    >>> found = jones_sasser(customers, high_satisfaction=8, high_loyalty=8)
    >>> found.table["quadrant"].tolist(), found.table["n"].tolist()
    (['apostles', 'mercenaries', 'hostages', 'terrorists'], [1, 1, 1, 1])
    """
    cuts = {satisfaction: ("high_satisfaction", high_satisfaction), loyalty: ("high_loyalty", high_loyalty)}
    return _quadrants(data, "jones-sasser", cuts, segment, respondent, weights, confidence)


def _quadrants(
    data: Any,
    model: str,
    cuts: dict[str, tuple[str, float]],
    segment: str | None,
    respondent: str | None,
    weights: str | None,
    confidence: float,
) -> Quadrants:
    level = check_confidence(confidence)
    if len(cuts) < 2:
        raise ArgumentError("columns", list(cuts), text("loyalty.allowed.columns"))
    for column, (name, cut) in cuts.items():
        if isinstance(cut, bool) or not isinstance(cut, int | float) or not np.isfinite(cut):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError(name, cut, text("survey.allowed.number"))
        check_column(data, column, number(missing=True))
    first, second = cuts
    thresholds = (float(cuts[first][1]), float(cuts[second][1]))
    raw = counts(data, counted_columns(segment, first, second), respondent=respondent, weights=weights)
    up, right = (raw.cells[column].to_numpy(dtype=np.float64, na_value=np.nan) for column in cuts)
    field = 2.0 * (up < thresholds[0]) + (right < thresholds[1])
    field[np.isnan(up) | np.isnan(right)] = np.nan
    tallied = Counts(raw.by, raw.cells.assign(quadrant=field), raw.levels, raw.repeated)
    names = DICK_BASU if model == "dick-basu" else JONES_SASSER
    rows: list[dict[str, Any]] = []
    for label, cells, missing in by_segment(tallied, "quadrant", segment):
        own = cells["quadrant"].to_numpy(dtype=np.float64)
        for place, name in enumerate(names):
            inside = (own == place).astype(np.float64)
            found = share_interval(take_sample(cells, inside, tallied), level)
            row: dict[str, Any] = {} if segment is None else {segment: label}
            n = int(cells.loc[inside > 0, "n"].sum())
            ends = {"share": found.score, "low": found.low, "high": found.high}
            rows.append(row | {"quadrant": name, "n": n, **ends, "n_missing": missing})
    table = score_table(rows, tallied, segment)
    return Quadrants(table, model, (first, second), thresholds, segment, level)
