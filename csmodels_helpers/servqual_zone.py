"""Zone of tolerance: between the service that is just adequate and the one desired.

Where a respondent stands in the zone is a matter of the respondent, so this module reads rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.servqual_items import (
    Floats,
    Instrument,
    check_answers,
    columns_of,
    digits_for,
    dimension_name,
    dimension_scores,
    instrument,
    say_points,
    say_with_interval,
)
from csmodels_helpers.survey import check_column, check_confidence, identifier, row_values
from csmodels_helpers.tally import first_row, respondent_groups
from csmodels_helpers.uncertainty import group_sums, spread, without_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ZoneOfTolerance", "zone_of_tolerance"]

LEVELS = ("perceived", "desired", "adequate")
ZONES = ("below", "within", "above", "undefined")


@dataclass(frozen=True, eq=False)
class ZoneOfTolerance(Result):
    """Service between adequate and desired, by dimension and by respondent.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a dimension: ``dimension``, ``n`` (complete rows), ``n_missing``, ``perceived``, ``desired``,
        ``adequate`` (means), ``mss`` (measure of service superiority, perceived − desired) and ``msa`` (of
        adequacy, perceived − adequate), each with ``…_low`` and ``…_high``; ``position`` of the means in
        the zone (0 at adequate, 1 at desired; missing where desired is not above adequate) with ends;
        ``n_undefined`` (respondents whose desired is not above their adequate service), and of the others
        the shares ``below``, ``within`` and ``above`` their own zone.
    respondents : pandas.DataFrame
        One row a respondent and dimension: ``respondent`` (id, or number of the row), ``dimension``,
        ``perceived``, ``desired``, ``adequate``, ``mss``, ``msa``, ``position`` (missing where undefined),
        ``zone`` (``below``, ``within``, ``above``, ``undefined``, or missing where an answer is).
    scale : tuple of int
        Lowest and highest answer.
    confidence : float
        Level of the intervals.
    """

    respondents: pd.DataFrame
    scale: tuple[int, int]
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the zone of each dimension as a bar, and the perceived service on it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = row_axes(ax, len(self.table) + 1)
        y = np.arange(len(self.table))[::-1]
        adequate, desired = (self.table[name].to_numpy(dtype=np.float64) for name in ("adequate", "desired"))
        ax.barh(
            y,
            desired - adequate,
            left=adequate,
            height=0.5,
            color=plots.PALETTE["light"],
            edgecolor=plots.PALETTE["grey"],
            label=text("servqual.legend.zone"),
        )
        service = self.table["perceived"].to_numpy(dtype=np.float64)
        arms = [service - adequate - self.table["msa_low"], self.table["msa_high"] - service + adequate]
        ax.errorbar(
            service,
            y,
            xerr=np.nan_to_num(np.array(arms, dtype=np.float64)),
            fmt="o",
            capsize=4,
            color=plots.PALETTE["blue"],
            label=text("servqual.legend.perceived"),
        )
        ax.set_yticks(y, [dimension_name(name) for name in self.table["dimension"]])
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        ax.grid(visible=False, axis="y")
        plots.legend_below(ax)
        xlabel = text("servqual.axis.level", low=self.scale[0], high=self.scale[1])
        ylabel = text("servqual.axis.dimension")
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _below(self) -> list[dict[Any, Any]]:
        """Dimensions whose service is below adequate beyond chance, the worst first."""
        rows = [row for row in self.table.to_dict("records") if row["msa_high"] < 0]
        return sorted(rows, key=lambda row: row["msa"])

    def _title(self) -> str:
        below = self._below()
        if below:
            names = text("servqual.words.and").join(dimension_name(row["dimension"]) for row in below)
            return text(
                "servqual.title.zone_below" if len(below) == 1 else "servqual.title.zones_below", names=names
            )
        row = self.table.iloc[int(self.table["msa"].to_numpy().argmin())]
        name = dimension_name(row["dimension"])
        return text(
            "servqual.title.zone",
            dimension=name,
            value=say_points(row["msa"], digits_for(row["msa_low"], row["msa_high"])),
        )

    def explain(self) -> str:
        """Say which dimension is nearest to, or below, what is just adequate.

        Returns
        -------
        str
            Two or three sentences.
        """
        row = self.table.iloc[int(self.table["msa"].to_numpy().argmin())]
        said = text(
            "servqual.explain.zone",
            dimension=dimension_name(row["dimension"]),
            msa=say_with_interval(row["msa"], row["msa_low"], row["msa_high"], self.confidence),
            mss=say_with_interval(row["mss"], row["mss_low"], row["mss_high"], self.confidence),
        )
        shares = ""
        if not np.isnan(row["below"]):
            numbers = {name: rounded(100 * float(row[name]), 0) for name in ("below", "within", "above")}
            shares = text("servqual.explain.zone_shares", **numbers)
        undefined = int(self.table["n_undefined"].sum())
        total = int(self.table["n"].sum())
        note = text("servqual.explain.zone_undefined", count=undefined, total=total) if undefined else ""
        return join(said, shares, note)


def zone_of_tolerance(
    data: Any,
    *,
    perceived: str | Mapping[str, str] = "perceived_{item}",
    desired: str | Mapping[str, str] = "desired_{item}",
    adequate: str | Mapping[str, str] = "adequate_{item}",
    dimensions: Mapping[str, Sequence[str]] | None = None,
    reverse: Sequence[str] = (),
    scale: tuple[int, int] = (1, 7),
    undefined: Literal["report", "raise"] = "report",
    respondent: str | None = None,
    confidence: float = 0.95,
) -> ZoneOfTolerance:
    """Place the perceived service between the adequate and the desired one.

    Parameters
    ----------
    data : frame
        One row a respondent; any frame that narwhals knows.
    perceived, desired, adequate : str or dict
        Columns: a pattern with ``{item}``, or item → column.
    dimensions, reverse, scale : optional
        As in :func:`csmodels_helpers.servqual.analyze`.
    undefined : {"report", "raise"}, default "report"
        What to do with respondents whose desired service is not above their adequate one: report them (their
        position is missing, their superiority and adequacy are not), or refuse the data.
    respondent : str, optional
        Column that says who answered.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    ZoneOfTolerance
        Means, positions and shares by dimension, and each respondent's own position.

    Raises
    ------
    UnknownNameError
        If a column is not there.
    DataError
        If an answer is off the scale, nobody answered all items of a dimension, or (``undefined="raise"``)
        somebody's desired service is not above the adequate one.
    ArgumentError
        If an argument is not possible.

    Notes
    -----
    MSS = P − D, MSA = P − A, always defined; position = (P − A)/(D − A), undefined where D ≤ A. The
    position of a dimension is that of the means: a mean of positions would be ruled by respondents with a
    narrow zone. Intervals come from the delete-a-group jackknife.

    References
    ----------
    Parasuraman, A., Zeithaml, V. A. and Berry, L. L. (1994). Alternative scales for measuring service
    quality. Journal of Retailing 70, 201–230.

    Examples
    --------
    >>> answers = pd.DataFrame({"desired_q": [7, 6, 5], "adequate_q": [5, 4, 5], "perceived_q": [6, 3, 5]})
    >>> found = zone_of_tolerance(answers, dimensions={"speed": ["q"]})
    >>> found.respondents[["mss", "msa", "position", "zone"]].to_numpy().tolist()
    [[-1.0, 1.0, 0.5, 'within'], [-3.0, -1.0, -0.5, 'below'], [0.0, 0.0, nan, 'undefined']]
    """
    level = check_confidence(confidence)
    if undefined not in ("report", "raise"):
        raise ArgumentError("undefined", undefined, text("servqual.allowed.undefined"))
    made = instrument(dimensions, reverse, scale)
    patterns = {"perceived": perceived, "desired": desired, "adequate": adequate}
    columns = {name: columns_of(patterns[name], made.items, name) for name in LEVELS}
    for each in columns.values():
        check_answers(data, each, made.scale)
    if respondent is not None:
        check_column(data, respondent, identifier())
    extra = [] if respondent is None else [respondent]
    rows = row_values(data, [*extra, *(c for each in columns.values() for c in each.values())])
    scores = np.stack([dimension_scores(made, rows, columns[name]) for name in LEVELS])
    # A row counts in a dimension if all three are there.
    scores[:, np.isnan(scores).any(axis=0)] = np.nan
    if undefined == "raise":
        _refuse_undefined(data, made, scores)
    empty = ~np.isfinite(scores[0]).any(axis=0)
    if empty.any() or scores.shape[1] == 0:
        name = list(made.dimensions)[int(empty.argmax())]
        rows_lost = scores.shape[1]
        allowed = text("servqual.allowed.answers")
        advice = text("servqual.advice.silent", where=dimension_name(name), rows=rows_lost)
        raise DataError(columns["perceived"][made.dimensions[name][0]], rows_lost, "—", None, allowed, advice)
    ids = list(range(scores.shape[1])) if respondent is None else rows[respondent].tolist()
    table = _dimension_table(made, scores, ids, level)
    return ZoneOfTolerance(table, _respondents(made, scores, ids), made.scale, level)


def _refuse_undefined(data: Any, made: Instrument, scores: Floats) -> None:
    bad = scores[1] <= scores[2]
    if not bad.any():
        return
    d = int(bad.any(axis=0).argmax())
    rows = np.flatnonzero(bad[:, d])
    first = (float(scores[1][rows[0], d]), float(scores[2][rows[0], d]))
    name = dimension_name(list(made.dimensions)[d])
    allowed, advice = text("servqual.allowed.zone"), text("servqual.advice.zone")
    raise DataError(name, len(rows), first_row(data, int(rows[0])), first, allowed, advice)


def _dimension_table(made: Instrument, scores: Floats, ids: Sequence[Any], level: float) -> pd.DataFrame:
    groups, known = respondent_groups(ids), np.isfinite(scores[0])
    by_group = [group_sums(groups, each) for each in (known, *np.where(known, scores, 0.0))]
    count, *sums = without_groups(*by_group)
    defined = scores[1] > scores[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        p, d, a = (each / count for each in sums)
        place = np.where(d > a, (p - a) / (d - a), np.nan)
    n = known.sum(axis=0)
    columns: dict[str, Any] = {"dimension": list(made.dimensions), "n": n, "n_missing": scores.shape[1] - n}
    columns |= {name: each[0] for name, each in zip(LEVELS, (p, d, a), strict=True)}
    for name, values in (("mss", p - d), ("msa", p - a), ("position", place)):
        found = spread(values, level).table
        columns |= {name: found["estimate"], f"{name}_low": found["low"], f"{name}_high": found["high"]}
    columns["n_undefined"] = (known & ~defined).sum(axis=0)
    base = np.where(defined.any(axis=0), defined.sum(axis=0), np.nan)
    columns["below"] = (defined & (scores[0] < scores[2])).sum(axis=0) / base
    columns["above"] = (defined & (scores[0] > scores[1])).sum(axis=0) / base
    columns["within"] = 1 - columns["below"] - columns["above"]
    return pd.DataFrame(columns)


def _respondents(made: Instrument, scores: Floats, ids: Sequence[Any]) -> pd.DataFrame:
    frames: list[pd.DataFrame] = []
    for j, name in enumerate(made.dimensions):
        p, d, a = scores[:, :, j]
        defined, known = d > a, np.isfinite(p)
        with np.errstate(divide="ignore", invalid="ignore"):
            place = np.where(defined, (p - a) / (d - a), np.nan)
        zone = np.select([~known, ~defined, p < a, p > d], ["", "undefined", "below", "above"], "within")
        columns = {"respondent": ids, "dimension": name, "perceived": p, "desired": d, "adequate": a}
        columns |= {"mss": p - d, "msa": p - a, "position": place}
        columns["zone"] = pd.Series(zone, dtype="str").where(known)
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)
