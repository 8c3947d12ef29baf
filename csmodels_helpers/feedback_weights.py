"""Post-stratification: each stratum counts as much as it has customers, not as many as answered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_intervals import Floats, Interval, t_interval
from csmodels_helpers.metrics_plots import hundredfold, row_axes
from csmodels_helpers.metrics_words import digits_of_mean, rounded, with_unit
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, find_rows, number, row_values
from csmodels_helpers.tally import GROUP, Moments, counts, first_row, jackknife_variance, moments
from csmodels_helpers.tally_parts import schema_of
from csmodels_helpers.uncertainty import group_sums, without_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PostStratification", "post_stratify"]

_UNBOUNDED = (-math.inf, math.inf)


@dataclass(frozen=True, eq=False)
class PostStratification(Result):
    """Weights of strata, and what they make of a score.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a stratum: its columns, ``n`` (answers), ``population``, ``share_sample``,
        ``share_population``, ``weight`` (mean 1 over the answers); with a score also its ``mean`` and ``sd``
        in the stratum.
    strata : tuple of str
        The columns that make the strata.
    n, n_missing : int
        Answers, and rows without one.
    effective_n : float
        Kish's effective number of answers, (Σw)²/Σw².
    score : Interval or None
        The weighted mean with its interval.
    unweighted : Interval or None
        The plain mean with its interval, for comparison.
    column : str or None
        Column of the score.
    unit : str or None
        Unit of the score.
    """

    strata: tuple[str, ...]
    n: int
    n_missing: int
    effective_n: float
    score: Interval | None
    unweighted: Interval | None
    column: str | None
    unit: str | None = None

    @property
    def design_effect(self) -> float:
        """How many times as large the weights make the variance: n over the effective n."""
        return self.n / self.effective_n

    def weights(self, data: Any) -> Floats:
        """Give each row of a frame the weight of its stratum.

        Parameters
        ----------
        data : frame
            Rows with the columns of the strata, in any frame that narwhals knows.

        Returns
        -------
        numpy.ndarray
            One weight a row, in the order of the rows.

        Raises
        ------
        DataError
            If a row belongs to none of the strata.
        """
        keys = pd.MultiIndex.from_frame(self.table[list(self.strata)].astype(object))
        rows = row_values(data, self.strata)
        place = keys.get_indexer(pd.MultiIndex.from_frame(rows))
        bad = np.flatnonzero(place < 0)
        if len(bad):
            value = tuple(rows.iloc[bad[0]])
            allowed = text("feedback.allowed.known_stratum")
            raise DataError(", ".join(self.strata), len(bad), first_row(data, int(bad[0])), value, allowed)
        return self.table["weight"].to_numpy(dtype=np.float64)[place]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw each stratum's share of the answers beside its share of all customers.

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
        sample, population = (self.table[f"share_{name}"].to_numpy() for name in ("sample", "population"))
        ax.hlines(y, np.minimum(sample, population), np.maximum(sample, population), color="#9AA0A6")
        looks = ((sample, "orange", "s", "sample"), (population, "blue", "o", "population"))
        for share, colour, marker, name in looks:
            label = text(f"feedback.legend.{name}")
            ax.plot(share, y, marker, color=plots.PALETTE[colour], label=label)
        ax.set_yticks(y, self._labels())
        ax.set_ylim(-0.6, len(self.table) - 0.4)
        hundredfold(ax.xaxis, " %")
        ax.set_xlim(left=0)
        plots.legend_below(ax)
        key = "strata" if self.score is None else "strata_score"
        return plots.label(
            ax,
            title=text(f"feedback.title.{key}", **self._numbers()),
            xlabel=text("feedback.axis.share"),
            ylabel=text("feedback.axis.stratum"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say what the weights change and what they cost.

        Returns
        -------
        str
            Two sentences.
        """
        numbers = self._numbers()
        cost = text("feedback.explain.effective", **numbers)
        if self.score is None:
            return cost
        return join(text("feedback.explain.weighted", **numbers), cost)

    def _labels(self) -> list[str]:
        rows = self.table[list(self.strata)].astype(str).to_numpy().tolist()
        return [text("feedback.sign.strata").join(row) for row in rows]

    def _numbers(self) -> dict[str, object]:
        gap = (self.table["share_sample"] - self.table["share_population"]).to_numpy()
        most = int(np.argmax(np.abs(gap)))
        numbers: dict[str, object] = {
            "n": self.n,
            "missing": self.n_missing,
            "effective": rounded(self.effective_n, 0),
            "stratum": self._labels()[most],
            "sample": rounded(100 * float(self.table["share_sample"].iloc[most]), 0),
            "population": rounded(100 * float(self.table["share_population"].iloc[most]), 0),
        }
        if self.score is not None and self.unweighted is not None:
            half = self.score.give_or_take
            digits = digits_of_mean(half) if half > 0 else 2
            found = {"score": self.score.score, "low": self.score.low, "high": self.score.high}
            found |= {"plain": self.unweighted.score, "margin": half}
            said = {name: rounded(value, digits) for name, value in found.items()}
            # The interval has its unit once, behind its upper end.
            numbers |= {name: with_unit(words, self.unit) for name, words in said.items()}
            numbers["low"] = said["low"]
            numbers |= {"column": self.column, "level": f"{100 * self.score.confidence:g}"}
        return numbers


def post_stratify(
    data: Any,
    strata: str | Sequence[str],
    population: Any,
    *,
    score: str | None = None,
    respondent: str | None = None,
    finite: bool = False,
    confidence: float = 0.95,
    unit: str | None = None,
) -> PostStratification:
    """Weigh answers so that each stratum counts as much as it has customers.

    Parameters
    ----------
    data : frame
        One row an answer; any frame that narwhals knows.
    strata : str or sequence of str
        Columns whose combinations are the strata, none missing.
    population : dict or pandas.DataFrame
        How many customers each stratum has (or its share of them): value (a tuple for several columns) →
        number, or a frame with the columns of the strata and one more, or several rows a stratum without one,
        which are counted: the whole customer list.
    score : str, optional
        Column with the score; rows without one do not count as answers and are reported.
    respondent : str, optional
        Column that says who answered.
    finite : bool, default False
        With numbers of customers: reduce the variance for the share of them who answered. False by default,
        as most scores are meant for next year's customers too.
    confidence : float, default 0.95
        Level of the intervals.
    unit : str, optional
        Unit of the score, for words, such as ``"%"``.

    Returns
    -------
    PostStratification
        Weights with mean 1, effective number of answers, and the weighted score.

    Raises
    ------
    ArgumentError
        If a stratum of the population has no answer (its customers would be left out in silence), a stratum
        of the answers is not in the population, or a stratum has a single answer and no interval could be
        given.
    DataError
        If a stratum or a score is missing or no number.

    Notes
    -----
    w = (Nₕ/N)/(nₕ/n); weighted mean Σ (Nₕ/N)·x̄ₕ, variance Σ (Nₕ/N)²·s²ₕ/nₕ given the nₕ (Holt and Smith
    1979, *J. Royal Statistical Society A* 142, 33–46), times (1 − nₕ/Nₕ) with ``finite``; degrees of freedom
    after Satterthwaite (1946, *Biometrics Bulletin* 2, 110–114); if respondents answer repeatedly, the
    delete-a-group jackknife. n_eff = (Σw)²/Σw² (Kish 1965, *Survey Sampling*, 11.7). Weights repair what the
    strata explain and nothing else: if, within a stratum, the satisfied answer more readily, the weighted
    score is as wrong as the plain one.

    Examples
    --------
    >>> answers = pd.DataFrame({"channel": ["app"] * 6 + ["phone"] * 2, "csat": [5, 4, 5, 4, 5, 4, 2, 3]})
    >>> found = post_stratify(answers, "channel", {"app": 500, "phone": 500}, score="csat")
    >>> found.table[["channel", "n", "share_sample", "share_population", "weight"]].round(2)
      channel  n  share_sample  share_population  weight
    0     app  6          0.75               0.5    0.67
    1   phone  2          0.25               0.5    2.00
    >>> round(found.effective_n, 1), round(found.unweighted.score, 2), round(found.score.score, 2)
    (6.0, 4.0, 3.5)
    """
    level = check_confidence(confidence)
    names = (strata,) if isinstance(strata, str) else tuple(strata)
    known = list(schema_of(data).names())
    for name in (*names, *([] if score is None else [score])):
        if name not in known:
            raise UnknownNameError(text("survey.kinds.column"), name, known)
    sizes = _population(population, names)
    if score is None:
        tallied = counts(data, list(names)).total()
        found = {_key(row, names): float(row["n"]) for row in tallied.to_dict("records")}
        made, missing = None, 0
    else:
        check_column(data, score, number(missing=True))
        made = moments(data, [score], segment=names, respondent=respondent)
        keys = made.keys.groupby(list(names), observed=True, dropna=False)["n"].sum().reset_index()
        found = {_key(row, names): float(row["n"]) for row in keys.to_dict("records")}
        missing = made.left_out
    _check_strata(data, found, sizes, names)
    order = list(sizes)
    n, size = np.array([found[k] for k in order]), np.array([sizes[k] for k in order])
    table = pd.DataFrame(order, columns=list(names)).assign(n=n.astype(int), population=size)
    table["share_sample"], table["share_population"] = n / n.sum(), size / size.sum()
    table["weight"] = table["share_population"] / table["share_sample"]
    w = table["weight"].to_numpy()
    effective = float((n * w).sum() ** 2 / (n * w**2).sum())
    weighted, plain = None, None
    if made is not None:
        weighted, plain = _scores(made, order, table, finite, level)
    return PostStratification(table, names, int(n.sum()), missing, effective, weighted, plain, score, unit)


def _key(row: Mapping[Any, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _population(population: Any, names: tuple[str, ...]) -> dict[tuple[Any, ...], float]:
    """Read how many customers each stratum has, in any of the forms that are allowed."""
    if isinstance(population, Mapping):
        sizes = {key if isinstance(key, tuple) else (key,): value for key, value in population.items()}
    else:
        columns = list(schema_of(population).names())
        for name in names:
            if name not in columns:
                raise UnknownNameError(text("survey.kinds.column"), name, columns)
        rest = [column for column in columns if column not in names]
        rows = counts(population, list(names)).total()
        sizes = {_key(row, names): row["n"] for row in rows.to_dict("records")}
        if len(rest) == 1 and set(sizes.values()) == {1}:
            part = row_values(population, columns)
            sizes = {_key(row, names): row[rest[0]] for row in part.to_dict("records")}
    for key, size in sizes.items():
        right = isinstance(size, int | float | np.number) and not isinstance(size, bool)
        if len(key) != len(names) or not right or not 0 < size < math.inf:
            raise ArgumentError("population", {key: size}, text("feedback.allowed.population", k=len(names)))
    if not sizes:
        raise ArgumentError("population", population, text("feedback.allowed.population", k=len(names)))
    return {key: float(size) for key, size in sizes.items()}


def _check_strata(
    data: Any,
    found: dict[tuple[Any, ...], float],
    sizes: dict[tuple[Any, ...], float],
    names: tuple[str, ...],
) -> None:
    """Refuse strata without answers, and answers without a stratum."""
    for name in names:
        values = [key[names.index(name)] for key in found]
        gaps = any(pd.isna(value) for value in values)
        bad = find_rows(data, name, lambda rows, name=name: rows[name].isna()) if gaps else None
        if bad is not None:
            raise DataError(name, bad.rows, bad.row, None, text("feedback.allowed.stratum"))
    empty = [_said(key) for key in sizes if not found.get(key)]
    if empty:
        advice = text("feedback.advice.empty", strata=", ".join(empty))
        raise ArgumentError("strata", list(names), text("feedback.allowed.answered"), advice)
    strange = [_said(key) for key in found if key not in sizes]
    if strange:
        advice = text("feedback.advice.strange", strata=", ".join(strange))
        raise ArgumentError("population", len(sizes), text("feedback.allowed.complete"), advice)


def _said(key: tuple[Any, ...]) -> str:
    return " × ".join(str(part) for part in key)


def _scores(
    made: Moments, order: list[tuple[Any, ...]], table: pd.DataFrame, finite: bool, level: float
) -> tuple[Interval, Interval]:
    """Weighted and plain mean with their intervals; writes mean and spread of each stratum into the table."""
    place = {key: i for i, key in enumerate(order)}
    rows = made.keys.to_dict("records")
    at = np.array([place[_key(row, made.segment)] for row in rows])
    groups, k = made.keys[GROUP].to_numpy(), len(order)
    columns = (made.keys["n"], made.sums[:, 0], made.cross[:, 0, 0])
    n, sums, squares = without_groups(*(group_sums(groups, values, at, k) for values in columns))
    total, whole, square = n[0], sums[0], squares[0]
    if (total < 2).any():
        advice = text("feedback.advice.single", stratum=_said(order[int(np.argmin(total))]))
        raise ArgumentError("strata", list(made.segment), text("feedback.allowed.two_answers"), advice)
    mean = whole / total
    variance = np.maximum(square - total * mean**2, 0) / (total - 1)
    table["mean"], table["sd"] = mean, np.sqrt(variance)
    share, size = table["share_population"].to_numpy(), table["population"].to_numpy()
    if finite and (size < total).any():
        raise ArgumentError("finite", finite, text("feedback.allowed.finite"))
    if made.repeated:
        return _clustered(n, sums, share, level)
    rest = 1 - total / size if finite else np.ones(len(order))
    parts = share**2 * variance * rest / total
    freedom = parts.sum() ** 2 / (parts**2 / (total - 1)).sum() if parts.sum() > 0 else 0.0
    weighted = t_interval(float(share @ mean), float(parts.sum()), float(freedom), _UNBOUNDED, level)
    # The plain mean does not know its strata.
    every = total.sum()
    plain = float(total @ mean / every)
    spread = (square.sum() - every * plain**2) / (every - 1) / every
    spread *= 1 - every / size.sum() if finite else 1
    return weighted, t_interval(plain, float(spread), float(every - 1), _UNBOUNDED, level)


def _clustered(n: Floats, sums: Floats, share: Floats, level: float) -> tuple[Interval, Interval]:
    """Weighted and plain mean, with the delete-a-group jackknife over respondents."""
    total, whole, rest, left = n[0], sums[0], n[1:], sums[1:]
    found: list[Interval] = []
    for weighted in (True, False):
        if weighted:
            # A stratum that lies within one group of respondents would vanish with it.
            inside = (rest > 0).all(axis=1)
            score, replicates = float(share @ (whole / total)), (left[inside] / rest[inside]) @ share
        else:
            score, replicates = float(whole.sum() / total.sum()), left.sum(axis=1) / rest.sum(axis=1)
        spread = jackknife_variance(replicates) if len(replicates) > 1 else math.nan
        found.append(t_interval(score, spread, len(replicates) - 1, _UNBOUNDED, level))
    return found[0], found[1]
