"""Who becomes what: the transition matrix between two moments, and several steps ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.loyalty_plots import draw_confusion, label_of, percent
from csmodels_helpers.loyalty_types import TYPES
from csmodels_helpers.metrics_intervals import wilson
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, check_unique
from csmodels_helpers.tally import counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Transitions", "transitions"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Transitions(Result):
    """Shares of each state that are found in each state one or more steps later.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a pair of states: ``before``, ``after``, ``n`` (customers seen to make this step; in one step
        only), ``share`` (of those in ``before``, 0–1), ``low``, ``high``.
    counts : pandas.DataFrame
        Numbers of customers, earlier states in rows, later ones in columns.
    steps : int
        Number of steps.
    n_missing : int
        Customers left out because one of the two states is missing.
    confidence : float
        Level of the intervals.

    See Also
    --------
    transitions : makes one.
    """

    counts: pd.DataFrame
    steps: int
    n_missing: int
    confidence: float

    @property
    def matrix(self) -> pd.DataFrame:
        """Shares, earlier states in rows, later ones in columns; each row sums to 1.

        Returns
        -------
        pandas.DataFrame
            Shares 0–1.
        """
        cells = self.table["share"].to_numpy(dtype=np.float64).reshape(self.counts.shape)
        return pd.DataFrame(cells, self.counts.index, self.counts.columns)

    def ahead(self, steps: int) -> Transitions:
        """Compute the shares several steps ahead.

        Parameters
        ----------
        steps : int
            Number of steps, 1 or more, counted from the earlier state.

        Returns
        -------
        Transitions
            The matrix to the power of ``steps``, with intervals.

        Raises
        ------
        ArgumentError
            If ``steps`` is no whole number of 1 or more.

        Notes
        -----
        This holds if the next step is as this one was and depends on the present state alone (a Markov
        chain). A rival who opens, or customers who differ within a state, break it: compare with what
        came. Variance by the delta method from the multinomial rows, made an interval by Wilson's formula
        with the effective number share·(1 − share)/variance.

        Examples
        --------
        >>> seen = pd.DataFrame({"may": ["A"] * 10 + ["B"] * 10, "june": ["A"] * 8 + ["B"] * 12})
        >>> transitions(seen, before="may", after="june").ahead(2).matrix.round(2).to_numpy().tolist()
        [[0.64, 0.36], [0.0, 1.0]]
        """
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError("steps", steps, text("loyalty.allowed.steps"))
        table = _table(self.counts, int(steps), self.confidence)
        return Transitions(table, self.counts, int(steps), self.n_missing, self.confidence)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the matrix: where the customers of each state are found, in per cent.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        stable = self._stay()
        least = min(stable, key=lambda pair: pair[1])
        key = "loyalty.title.transitions" if self.steps == 1 else "loyalty.title.transitions_ahead"
        title = text(key, name=label_of(least[0]), share=percent(least[1]), steps=self.steps)
        xlabel = text("loyalty.axis.after", steps=self.steps)
        ylabel = text("loyalty.axis.before")
        return draw_confusion(
            ax, self.matrix, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain(), shares=True
        )

    def explain(self) -> str:
        """Say which state holds its customers best and worst, and the commonest move.

        Returns
        -------
        str
            Two sentences.
        """
        stable = sorted(self._stay(), key=lambda pair: pair[1])
        moves = self.table[self.table["before"] != self.table["after"]]
        row: Any = moves.sort_values("share", kind="stable").iloc[-1]
        said = text(
            "loyalty.explain.transitions" if self.steps == 1 else "loyalty.explain.transitions_ahead",
            steps=self.steps,
            worst=label_of(stable[0][0]),
            low=percent(stable[0][1]),
            best=label_of(stable[-1][0]),
            high=percent(stable[-1][1]),
            n=int(self.counts.to_numpy().sum()),
            missing=self.n_missing,
        )
        move = text(
            "loyalty.explain.move",
            before=label_of(row["before"]),
            after=label_of(row["after"]),
            share=percent(row["share"]),
            low=percent(row["low"]),
            high=percent(row["high"]),
            level=f"{100 * self.confidence:g}",
        )
        return join(said, move, text("loyalty.explain.markov") if self.steps > 1 else "")

    def _stay(self) -> list[tuple[str, float]]:
        """Each state that customers were seen to start from, with the share found in it again."""
        own = self.table[(self.table["before"] == self.table["after"])]
        seen = self.counts.sum(axis=1)
        return [(row["before"], row["share"]) for row in own.to_dict("records") if seen[row["before"]] > 0]


def transitions(
    data: Any,
    *,
    before: str,
    after: str,
    steps: int = 1,
    order: Sequence[str] | None = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Transitions:
    """Estimate which share of each state is found in each state later.

    Parameters
    ----------
    data : frame
        One row a customer; any frame that narwhals knows.
    before, after : str
        Columns with the state at two moments, such as the type of loyalty; missing: left out and counted.
        Who has left needs a state of its own, such as ``"left"``; a missing one would hide it.
    steps : int, default 1
        How many steps ahead, see :meth:`Transitions.ahead`.
    order : sequence of str, optional
        Order of the states; by default the six types of loyalty, then others by name.
    respondent : str, optional
        Column with the customer; each may stand in one row only.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Transitions
        Shares with Wilson intervals, each row summing to 1. A state that nobody was in before, such as
        ``"left"``, keeps its customers (it is absorbing), without an interval.

    Raises
    ------
    DataError
        If no row has both states, or a customer stands in two rows.
    UnknownNameError
        If a state is not in ``order``.
    ArgumentError
        If ``steps`` is no whole number of 1 or more.

    Notes
    -----
    Share = nᵢⱼ/nᵢ (Anderson and Goodman 1957). Each share has an interval of its own; together they cover
    less often.

    References
    ----------
    Anderson, T. W. and Goodman, L. A. (1957). Statistical inference about Markov chains. *Annals of
    Mathematical Statistics* 28(1), 89–110.

    Examples
    --------
    >>> seen = pd.DataFrame({"may": ["A"] * 10 + ["B"] * 10, "june": ["A"] * 8 + ["B"] * 12})
    >>> transitions(seen, before="may", after="june").matrix.to_numpy().tolist()
    [[0.8, 0.2], [0.0, 1.0]]
    """
    level = check_confidence(confidence)
    tallied = counts(data, [before, after], respondent=respondent)
    if respondent and tallied.repeated:
        check_unique(data, respondent, advice=text("loyalty.advice.once"))
    cells = tallied.total()
    gaps = cells[before].isna() | cells[after].isna()
    known = cells[~gaps]
    if known.empty:
        raise DataError(after, 0, "—", None, text("loyalty.allowed.states", before=before))
    pairs = known.assign(**{c: known[c].astype(str) for c in (before, after)})
    seen = list(dict.fromkeys([*pairs[before], *pairs[after]]))
    names = [*(name for name in TYPES if name in seen)]
    names += sorted(name for name in seen if name not in names)
    if order is not None:
        names = [str(name) for name in order]
        for name in seen:
            if name not in names:
                raise UnknownNameError(text("loyalty.kinds.state"), name, names)
    wide = pairs.pivot_table(index=before, columns=after, values="n", aggfunc="sum", fill_value=0)
    counted = wide.reindex(index=names, columns=names, fill_value=0).astype("int64")
    counted.index.name, counted.columns.name = "before", "after"
    one = Transitions(_table(counted, 1, level), counted, 1, int(cells.loc[gaps, "n"].sum()), level)
    return one.ahead(steps)


def _table(counted: pd.DataFrame, steps: int, level: float) -> pd.DataFrame:
    n = counted.to_numpy(dtype=np.float64)
    size = n.sum(axis=1)
    absorbing = size == 0
    one = np.where(absorbing[:, None], np.eye(len(n)), n / np.where(absorbing, 1, size)[:, None])
    powers = [np.linalg.matrix_power(one, k) for k in range(steps + 1)]
    shares = powers[steps]
    variance = _power_variance(one, np.where(absorbing, np.inf, size), powers)
    rows: list[dict[str, Any]] = []
    for i, state in enumerate(counted.index):
        for j, later in enumerate(counted.columns):
            share = min(float(shares[i, j]), 1.0)
            low = high = np.nan
            if not absorbing[i]:
                effective = size[i]
                if steps > 1 and 0 < share < 1 and variance[i, j] > 0:
                    effective = share * (1 - share) / variance[i, j]
                found = wilson(share * effective, effective, level)
                low, high = found.low, found.high
            row: dict[str, Any] = {"before": state, "after": later}
            row["n"] = int(n[i, j]) if steps == 1 else 0
            rows.append(row | {"share": share, "low": low, "high": high})
    table = pd.DataFrame(rows)
    return table if steps == 1 else table.drop(columns="n")


def _power_variance(one: Floats, size: Floats, powers: Sequence[Floats]) -> Floats:
    """Variance of each cell of the matrix to a power; its rows are independent multinomial shares."""
    steps = len(powers) - 1
    # slope[i, r, c, j] = derivative of cell (i, j) by the share of row r in column c.
    slope = sum(np.einsum("ir,cj->ircj", powers[a], powers[steps - 1 - a]) for a in range(steps))
    mean = np.einsum("rc,ircj->irj", one, slope)
    square = np.einsum("rc,ircj->irj", one, np.asarray(slope) ** 2)
    return np.einsum("irj,r->ij", square - mean**2, 1 / size)
