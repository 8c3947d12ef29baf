"""What becomes of customers: a Markov chain of outcomes, from data or from stated shares."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.expectation_regression import Floats
from csmodels_helpers.expectation_steps import LongRun, StepsAhead, share_row, steps_row
from csmodels_helpers.language import text
from csmodels_helpers.metrics_intervals import share_interval, take_sample
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, check_segment, find_rows
from csmodels_helpers.tally import GROUP, Counts, counts, jackknife_variance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LongRun", "StepsAhead", "Transitions", "from_matrix", "transitions"]

_STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Transitions(Result):
    """Shares of customers that go from one state to another within one step.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a pair of states: ``before``, ``after``, ``n`` (rows that went this way), ``share`` (of those
        in ``before``, 0–1), ``low``, ``high``. Stated shares and absorbing states have no ``n`` and no
        interval.
    matrix : pandas.DataFrame
        The shares as a square: rows before, columns after.
    absorbing : tuple
        States that nobody leaves.
    counted : pandas.Series or None
        How many rows start in each state; None for a stated matrix.
    n_missing : int
        Rows that lack one of the two states.
    confidence : float
        Level of the intervals.
    groups : numpy.ndarray or None
        Counts by group of respondents, if somebody stands in several rows.
    """

    matrix: pd.DataFrame
    absorbing: tuple[Any, ...]
    counted: pd.Series[float] | None
    n_missing: int
    confidence: float
    groups: Floats | None = None

    @property
    def states(self) -> list[Any]:
        """The states in their order."""
        return list(self.matrix.index)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the matrix: a row says where the customers of one state go.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        ax = plots.axes(ax)
        values = self.matrix.to_numpy(dtype=np.float64)
        ax.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (i, j), share in np.ndenumerate(values):
            ink = "white" if share > 0.55 else "black"
            ax.text(j, i, f"{rounded(100 * share, 0)} %", ha="center", va="center", color=ink)
        names = [textwrap.fill(str(state), 12) for state in self.states]
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(names)), names)
        ax.grid(False)
        state, share = self._stickiest()
        return plots.label(
            ax,
            title=text("expectation.title.transitions", state=state, share=rounded(100 * share, 0)),
            xlabel=text("expectation.axis.after"),
            ylabel=text("expectation.axis.before"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say where the customers of each state mostly go.

        Returns
        -------
        str
            One or two sentences.
        """
        parts: list[str] = []
        rows = self.table.set_index(["before", "after"])[["share", "low", "high"]].to_dict("index")
        for state in self.states:
            if state in self.absorbing:
                continue
            shares = self.matrix.loc[state]
            to = shares.index[int(np.argmax(shares.to_numpy()))]
            row: Any = rows[state, to]
            numbers = {name: rounded(100 * float(row[name]), 0) for name in ("share", "low", "high")}
            key = "transition_plain" if math.isnan(row["low"]) else "transition"
            parts.append(text(f"expectation.explain.{key}", before=state, after=to, **numbers))
        joined = text("expectation.sign.list").join(parts)
        if self.counted is None:
            return text("expectation.explain.transitions_stated", parts=joined)
        numbers = {"n": int(self.counted.sum()), "missing": self.n_missing}
        level = f"{100 * self.confidence:g}"
        return text("expectation.explain.transitions", parts=joined, level=level, **numbers)

    def steps_ahead(self, steps: int, start: Any = None) -> StepsAhead:
        """Tell where customers are after so many steps, if nothing changes.

        Parameters
        ----------
        steps : int
            How many steps.
        start : object or dict of float, optional
            A state, or state → share; by default as the rows of the data start.

        Returns
        -------
        StepsAhead
            The shares after each step.

        Raises
        ------
        ArgumentError
            If ``steps`` is no whole number of 1 or more, the start is no state, or its shares do not sum
            to 1.

        Notes
        -----
        p₀Pⁿ. The intervals take the shares in P as estimated and the start as given. That the next step
        depends on the present state alone, and always with the same shares, is assumed (Kemeny and Snell
        1960, *Finite Markov Chains*).
        """
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentError("steps", steps, text("uncertainty.allowed.draws"))
        first = self._start(start)

        def shares(p: Floats) -> Floats:
            found = [first]
            for _ in range(steps):
                found.append(found[-1] @ p)
            return np.concatenate(found)

        values, variance, df = self._with_variance(shares)
        k = len(self.states)
        rows = [
            {"step": i // k, "state": self.states[i % k], **share_row(value, var, df, self.confidence)}
            for i, (value, var) in enumerate(zip(values, variance, strict=True))
        ]
        return StepsAhead(pd.DataFrame(rows), self.states, self.confidence)

    def long_run(self) -> LongRun:
        """Tell where customers end, or, without an absorbing state, where the shares settle.

        Returns
        -------
        LongRun
            Absorbing or stationary shares; with absorbing states also the mean number of steps until then.

        Raises
        ------
        ArgumentError
            If the chain falls into parts that never meet, so that there is no one answer.

        Notes
        -----
        With transient part Q and absorbing part R: N = (I − Q)⁻¹, shares NR, steps N·1. Stationary: πP = π
        (Kemeny and Snell 1960, *Finite Markov Chains*, chapters 3 and 4).
        """
        if self.absorbing:
            return self._absorbed()
        p = self.matrix.to_numpy(dtype=np.float64)
        if int((np.abs(np.linalg.eigvals(p) - 1) < 1e-9).sum()) > 1:
            raise ArgumentError("matrix", self.states, text("expectation.allowed.one_part"))
        k = len(self.states)

        def settle(p: Floats) -> Any:
            system = np.vstack([(np.eye(k) - p).T, np.ones(k)])
            return np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)[0]

        values, variance, df = self._with_variance(settle)
        rows = [
            {"state": state, **share_row(value, var, df, self.confidence)}
            for state, value, var in zip(self.states, values, variance, strict=True)
        ]
        return LongRun(pd.DataFrame(rows), None, self.confidence)

    def _absorbed(self) -> LongRun:
        inside = [i for i, state in enumerate(self.states) if state not in self.absorbing]
        outside = [i for i, state in enumerate(self.states) if state in self.absorbing]
        q = self.matrix.to_numpy(dtype=np.float64)[np.ix_(inside, inside)]
        if inside and np.abs(np.linalg.eigvals(q)).max() > 1 - 1e-9:
            raise ArgumentError("absorbing", list(self.absorbing), text("expectation.allowed.reached"))
        k, m = len(inside), len(outside)

        def end(p: Floats) -> Any:
            reach = np.linalg.inv(np.eye(k) - p[np.ix_(inside, inside)])
            shares = reach @ p[np.ix_(inside, outside)]
            return np.concatenate([shares.ravel(), np.log(reach.sum(axis=1))])

        values, variance, df = self._with_variance(end)
        rows: list[dict[str, Any]] = []
        steps: list[dict[str, Any]] = []
        for i, place in enumerate(inside):
            for j, other in enumerate(outside):
                at = i * m + j
                share = share_row(values[at], variance[at], df, self.confidence)
                rows.append({"before": self.states[place], "state": self.states[other], **share})
            at = k * m + i
            found = steps_row(values[at], variance[at], df, self.confidence)
            steps.append({"before": self.states[place], **found})
        return LongRun(pd.DataFrame(rows), pd.DataFrame(steps), self.confidence)

    def _start(self, start: Any) -> Floats:
        if start is None and self.counted is not None:
            n: Any = self.counted.to_numpy()
            return n / n.sum()
        if isinstance(start, Mapping):
            for state in start:
                check_segment(state, self.states, name="start")
            found = np.array([float(start.get(state, 0)) for state in self.states])
            if (found < 0).any() or not math.isclose(found.sum(), 1, rel_tol=1e-6):
                raise ArgumentError("start", dict(start), text("survey.allowed.sum", total=1))
            return found
        check_segment(start, self.states, name="start")
        return np.array([float(state == start) for state in self.states])

    def _stickiest(self) -> tuple[Any, float]:
        """Return the state, not absorbing, in which most remain, and how many do."""
        open_ = [state for state in self.states if state not in self.absorbing]
        diagonal = np.diag(self.matrix.to_numpy(dtype=np.float64)).tolist()
        shares = dict(zip(self.states, diagonal, strict=True))
        stay = {state: shares[state] for state in open_}
        best = max(stay, key=lambda state: stay[state])
        return best, stay[best]

    def _with_variance(self, function: Callable[[Floats], Floats]) -> tuple[Floats, Floats, float]:
        """Values of a function of the matrix, their variances and the degrees of freedom of a t quantile."""
        p = self.matrix.to_numpy(dtype=np.float64)
        values = function(p)
        if self.counted is None:
            return values, np.full(len(values), math.nan), math.inf
        if self.groups is not None:
            if len(self.groups) < 2:
                return values, np.full(len(values), math.nan), 0
            rest = self.groups.sum(axis=0) - self.groups
            replicates = np.array([function(_shares(part, p)) for part in rest])
            return values, jackknife_variance(replicates), len(rest) - 1
        # Rows are independent: the delta method, each row of the matrix a multinomial sample.
        variance: Any = np.zeros(len(values))
        for i, n in enumerate(self.counted.to_numpy(dtype=np.float64)):
            if not n:
                continue
            slopes = np.array([(function(_towards(p, i, j)) - values) / _STEP for j in range(len(p))])
            variance += p[i] @ (slopes - p[i] @ slopes) ** 2 / n
        return values, variance, math.inf


def _towards(p: Floats, i: int, j: int) -> Floats:
    """Move row i of the matrix a little towards "all of them go to j"."""
    moved = p.copy()
    moved[i] *= 1 - _STEP
    moved[i, j] += _STEP
    return moved


def _shares(n: Floats, otherwise: Floats) -> Floats:
    """Shares of each row; a row without counts keeps what it had."""
    total = n.sum(axis=1, keepdims=True)
    return np.where(total > 0, n / np.where(total > 0, total, 1), otherwise)


def transitions(
    data: Any,
    *,
    before: str,
    after: str,
    absorbing: Iterable[Any] = (),
    respondent: str | None = None,
    confidence: float = 0.95,
) -> Transitions:
    """Estimate from data how customers go from state to state.

    Parameters
    ----------
    data : frame
        One row a step of one customer, such as one call.
    before, after : str
        Columns with the state before and after it; if they are ordered categories, in their order.
    absorbing : iterable, optional
        States that nobody leaves, such as "gone".
    respondent : str, optional
        Column with the customer; needed where a customer makes several steps.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Transitions
        The matrix, with Wilson intervals for each share.

    Raises
    ------
    ArgumentError
        If a state is never left and not declared absorbing, or an absorbing state does not occur.
    DataError
        If somebody leaves an absorbing state, or no row has both states.

    Notes
    -----
    Maximum likelihood: share = n(before, after)/n(before) (Anderson and Goodman 1957, *Annals of Mathematical
    Statistics* 28, 89–110).

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "before": ["regular"] * 6 + ["kept"] * 4,
    ...     "after": ["regular"] * 4 + ["kept", "gone"] + ["regular", "kept", "kept", "gone"],
    ... })
    >>> found = transitions(calls, before="before", after="after", absorbing=["gone"])
    >>> found.matrix.round(2)
    after    gone  kept  regular
    before
    gone     1.00  0.00     0.00
    kept     0.25  0.50     0.25
    regular  0.17  0.17     0.67
    >>> found.long_run().steps.round(1)
        before  steps  low  high
    0     kept    4.7  1.2  18.4
    1  regular    5.3  1.5  19.2
    """
    level = check_confidence(confidence)
    if before == after:
        raise ArgumentError("after", after, text("expectation.allowed.two_columns"))
    tallied = counts(data, [before, after], respondent=respondent)
    cells = tallied.cells
    gaps = (cells[before].isna() | cells[after].isna()).to_numpy(dtype=bool)
    missing, cells = int(cells["n"][gaps].sum()), cells[~gaps]
    if cells.empty:
        raise DataError(before, missing, "—", None, text("expectation.allowed.both_states"))
    states = _states(tallied, cells, before, after)
    final = tuple(absorbing)
    for state in final:
        check_segment(state, states, name="absorbing")
    for state in states:
        here = cells[before] == state
        if state in final and here.any():
            bad = find_rows(data, before, lambda rows, state=state: rows[before].eq(state))
            allowed = text("expectation.allowed.left", state=state)
            row = "—" if bad is None else bad.row
            raise DataError(before, int(cells["n"][here].sum()), row, state, allowed)
        if state not in final and not here.any():
            advice = text("expectation.advice.never_left", state=state)
            raise ArgumentError("absorbing", list(final), text("expectation.allowed.absorbing"), advice)
    return _from_counts(tallied, cells, states, final, missing, level)


def _states(tallied: Counts, cells: pd.DataFrame, before: str, after: str) -> list[Any]:
    """All states, in the order of the categories if these are ordered, else sorted."""
    seen = set(cells[before]) | set(cells[after])
    levels = tallied.levels.get(after) or tallied.levels.get(before)
    ordered = [] if levels is None else [level for level in levels if level in seen]
    return [*ordered, *sorted(seen - set(ordered), key=lambda state: (str(type(state)), state))]


def _from_counts(
    tallied: Counts,
    cells: pd.DataFrame,
    states: list[Any],
    final: tuple[Any, ...],
    missing: int,
    level: float,
) -> Transitions:
    before, after = tallied.by
    k = len(states)
    place = {state: i for i, state in enumerate(states)}
    known, group = np.unique(cells[GROUP].to_numpy(), return_inverse=True)
    n = np.zeros((len(known), k, k))
    at = (group, cells[before].map(place).to_numpy(dtype=int), cells[after].map(place).to_numpy(dtype=int))
    np.add.at(n, at, cells["n"].to_numpy(dtype=np.float64))
    matrix = _shares(n.sum(axis=0), np.eye(k))
    rows: list[dict[str, Any]] = []
    for i, state in enumerate(states):
        own = cells[cells[before] == state]
        for j, other in enumerate(states):
            row: dict[str, Any] = {"before": state, "after": other, "n": float(n[:, i, j].sum())}
            if state in final:
                rows.append({**row, "n": math.nan, "share": matrix[i, j], "low": math.nan, "high": math.nan})
                continue
            there = (own[after] == other).to_numpy(dtype=np.float64)
            found = share_interval(take_sample(own, there, tallied), level)
            rows.append({**row, "share": found.score, "low": found.low, "high": found.high})
    square = pd.DataFrame(matrix, index=pd.Index(states, name=before), columns=pd.Index(states, name=after))
    counted = pd.Series(n.sum(axis=(0, 2)), index=states)
    groups = n if tallied.repeated else None
    return Transitions(pd.DataFrame(rows), square, final, counted, missing, level, groups)


def from_matrix(matrix: Any, absorbing: Iterable[Any] | None = None) -> Transitions:
    """Make a chain of stated shares, to ask "what if": a matrix from data with one row changed, say.

    Parameters
    ----------
    matrix : pandas.DataFrame or dict of dict
        Rows before, columns after (dict: before → after → share); each row sums to 1.
    absorbing : iterable, optional
        States that nobody leaves; by default those that all remain in.

    Returns
    -------
    Transitions
        The chain; stated shares have no intervals.

    Raises
    ------
    ArgumentError
        If rows and columns are not the same states, a share is not between 0 and 1, or a row does not sum to
        1.

    Examples
    --------
    >>> chain = from_matrix({"regular": {"regular": 0.9, "gone": 0.1}, "gone": {"gone": 1.0}})
    >>> chain.steps_ahead(2, start="regular").table.query("step == 2")["share"].round(2).tolist()
    [0.81, 0.19]
    >>> chain.long_run().steps.round(1)
        before  steps  low  high
    0  regular   10.0  NaN   NaN
    """
    given = matrix if isinstance(matrix, pd.DataFrame) else pd.DataFrame.from_dict(matrix, orient="index")
    if set(given.index) != set(given.columns) or len(set(given.index)) < len(given):
        allowed = text("expectation.allowed.square")
        raise ArgumentError("matrix", [*given.index, *given.columns], allowed)
    states = list(given.index)
    square = given[states].fillna(0.0).astype("float64")
    for state, row in square.iterrows():
        total = float(row.sum())
        if (row < 0).any() or not math.isclose(total, 1, rel_tol=1e-6):
            advice = text("expectation.advice.row_sum", state=state, sum=f"{total:g}")
            raise ArgumentError("matrix", row.to_dict(), text("expectation.allowed.row"), advice)
    square.index.name, square.columns.name = "before", "after"
    diagonal = np.diag(square.to_numpy(dtype=np.float64))
    stay = [state for state, share in zip(states, diagonal, strict=True) if share == 1]
    final = tuple(stay if absorbing is None else absorbing)
    for state in final:
        check_segment(state, stay, name="absorbing")
    rows = [
        {"before": i, "after": j, "n": math.nan, "share": square.loc[i, j], "low": math.nan, "high": math.nan}
        for i in states
        for j in states
    ]
    return Transitions(pd.DataFrame(rows), square, final, None, 0, 0.95)
