"""Customers without a contract: how often they will buy again, by the BG/NBD model."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text, unit_words
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.retention_plots import number_words, percent
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_unique,
    find_rows,
    number,
    row_values,
    scale,
    to_floats,
)
from csmodels_helpers.tally import counts
from csmodels_helpers.uncertainty import z_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PurchaseModel", "bg_nbd"]

Floats = npt.NDArray[np.float64]
PARAMETERS = ("r", "alpha", "a", "b")
SHOWN = 8  # bars of the figure: 0 to 6 repeat purchases, 7 and more


@dataclass(frozen=True, eq=False)
class PurchaseModel(Result):
    """A fitted BG/NBD model of repeat purchases.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by ``r``, ``alpha``, ``a``, ``b``: ``estimate``, ``low``, ``high`` (NaN where the data do not
        fix a parameter). Purchases of a customer come at a rate drawn from a gamma distribution (shape r,
        rate alpha, per unit of time); after each purchase the customer is lost with a probability drawn from
        a beta distribution (a, b).
    log_likelihood : float
        At the estimates.
    n, n_repeat : int
        Customers, and those of them who bought again at least once.
    covariance : numpy.ndarray
        Shape (4, 4), of the logs of the parameters.
    cells : pandas.DataFrame
        The tally: ``frequency``, ``recency``, ``age``, ``n``.
    columns : tuple of str
        Names of the columns frequency, recency and age.
    unit : str or None
        Unit of time.
    confidence : float
        Level of the intervals.

    See Also
    --------
    bg_nbd : makes one.
    """

    log_likelihood: float
    n: int
    n_repeat: int
    covariance: Floats
    cells: pd.DataFrame
    columns: tuple[str, str, str]
    unit: str | None
    confidence: float

    @property
    def parameters(self) -> Floats:
        """The four estimates r, alpha, a, b.

        Returns
        -------
        numpy.ndarray
            Shape (4,).
        """
        return self.table["estimate"].to_numpy(dtype=np.float64)

    def expected(self, times: Iterable[float]) -> pd.DataFrame:
        """Estimate how often a newly won customer will have bought again by given times.

        Parameters
        ----------
        times : iterable of float
            Time since the first purchase, 0 or more, in the unit of the data.

        Returns
        -------
        pandas.DataFrame
            ``time``, ``purchases`` (mean number of repeat purchases), ``low``, ``high``.

        Raises
        ------
        ArgumentError
            If a time is negative.

        Notes
        -----
        E[X(t)] = (a+b−1)/(a−1) · (1 − (α/(α+t))ʳ · ₂F₁(r, b; a+b−1; t/(α+t))) (Fader, Hardie and Lee 2005,
        equation 9). Interval: delta method on the logs.
        """
        wanted = np.array([float(t) for t in times])
        if (wanted < 0).any():
            raise ArgumentError("times", wanted.tolist(), text("survey.allowed.number_from", low=0))
        mean = expected_purchases(self.parameters, wanted)
        step, logs = 1e-5, np.log(self.parameters)
        with np.errstate(divide="ignore", invalid="ignore"):
            slopes = np.array(
                [
                    np.log(expected_purchases(np.exp(logs + move), wanted))
                    - np.log(expected_purchases(np.exp(logs - move), wanted))
                    for move in step * np.eye(4)
                ]
            ) / (2 * step)
            error = np.sqrt(np.einsum("it,ij,jt->t", slopes, self.covariance, slopes))
            half = np.exp(z_quantile(self.confidence) * error)
        low, high = np.where(wanted > 0, mean / half, 0), np.where(wanted > 0, mean * half, 0)
        return pd.DataFrame({"time": wanted, "purchases": mean, "low": low, "high": high})

    def predict(self, data: Any, time: float, *, respondent: str | None = None) -> pd.DataFrame:
        """Estimate for each customer whether they are still a customer, and how often they will buy again.

        Parameters
        ----------
        data : frame
            Customers with the columns that the model was fitted to.
        time : float
            How far to look ahead, in the unit of the data, 0 or more.
        respondent : str, optional
            Column with the customer, to be put in front.

        Returns
        -------
        pandas.DataFrame
            One row a customer, in the order of ``data``: frequency, recency and age, ``p_alive`` (0–1) and
            ``purchases`` (expected in the next ``time``).

        Raises
        ------
        DataError, UnknownNameError
            As :func:`bg_nbd`.
        ArgumentError
            If ``time`` is negative.

        Notes
        -----
        p = 1/(1 + δ·a/(b+x−1)·((α+T)/(α+tₓ))^(r+x)), δ = 1 if x > 0; purchases by equation 10 of Fader,
        Hardie and Lee (2005). A customer without a repeat purchase has p = 1 in this model, as it
        lets customers leave only after a repeat purchase.
        """
        if not 0 <= time < math.inf:
            raise ArgumentError("time", time, text("survey.allowed.number_from", low=0))
        _check_histories(data, *self.columns)
        rows = row_values(data, [*self.columns, *([respondent] if respondent else [])])
        x, tx, age = (to_floats(rows[c]) for c in self.columns)
        made = pd.DataFrame(dict(zip(self.columns, (x, tx, age), strict=True)))
        made["p_alive"] = probability_alive(self.parameters, x, tx, age)
        made["purchases"] = conditional_purchases(self.parameters, x, tx, age, time)
        if respondent is not None:
            made.insert(0, respondent, rows[respondent].infer_objects())
        return made

    def shares(self) -> pd.DataFrame:
        """Compare how many customers bought again 0, 1, 2, … times with what the model expects.

        Returns
        -------
        pandas.DataFrame
            ``purchases`` (0 to 6, and 7 for "7 or more"), ``observed`` and ``expected`` (shares 0–1).

        Notes
        -----
        Equation 8 of Fader, Hardie and Lee (2005), averaged over the customers' ages.
        """
        weights = self.cells["n"].to_numpy(dtype=np.float64)
        often = np.minimum(self.cells["frequency"].to_numpy(dtype=np.int64), SHOWN - 1)
        observed = np.bincount(often, weights, SHOWN) / weights.sum()
        ages = self.cells.groupby("age")["n"].sum()
        t = ages.index.to_numpy(dtype=np.float64)
        chances = np.array([purchase_probability(self.parameters, x, t) for x in range(SHOWN - 1)])
        expected = chances @ (ages.to_numpy(dtype=np.float64) / weights.sum())
        expected = np.append(expected, 1 - expected.sum())
        return pd.DataFrame({"purchases": range(SHOWN), "observed": observed, "expected": expected})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how many customers bought again how often, beside what the model expects.

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
        found = self.shares()
        x = np.arange(SHOWN)
        looks: tuple[tuple[str, str, str], ...] = (("observed", "blue", ""), ("expected", "orange", "///"))
        for place, (name, colour, hatch) in enumerate(looks):
            heights = 100 * found[name].to_numpy(dtype=np.float64)
            style: dict[str, Any] = {"color": plots.PALETTE[colour], "hatch": hatch, "edgecolor": "white"}
            ax.bar(x - 0.2 + 0.4 * place, heights, 0.4, label=text(f"retention.legend.{name}"), **style)
        ax.set_xticks(x, [*map(str, range(SHOWN - 1)), text("retention.axis.or_more", count=SHOWN - 1)])
        plots.legend_below(ax)
        none = percent(1 - self.n_repeat / self.n)
        xlabel, ylabel = text("retention.axis.repeats"), text("retention.axis.customers")
        expected = percent(float(found["expected"].iloc[0]))
        title = text("retention.title.purchases", none=none, expected=expected)
        return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say how often a new customer will buy again, and how well the model fits the counts.

        Returns
        -------
        str
            Two sentences.
        """
        horizon = float(self.cells["age"].max())
        row = self.expected([horizon]).iloc[0]
        sure = not math.isnan(row["low"])
        when = text(
            "retention.sign.within_unit" if self.unit else "retention.sign.within",
            time=number_words(float(f"{horizon:.3g}")),
            unit=unit_words(self.unit, counted=True),
        )
        said = text(
            "retention.explain.purchases" if sure else "retention.explain.purchases_plain",
            when=when,
            mean=rounded(float(row["purchases"]), 2),
            low=rounded(float(row["low"]), 2),
            high=rounded(float(row["high"]), 2),
            level=f"{100 * self.confidence:g}",
        )
        found = self.shares()
        off = float((found["observed"] - found["expected"]).abs().max())
        fit = text(
            "retention.explain.purchases_fit",
            n=self.n,
            none=percent(1 - self.n_repeat / self.n),
            off=rounded(100 * off, 1),
        )
        return join(said, fit)


def bg_nbd(
    data: Any,
    *,
    frequency: str = "frequency",
    recency: str = "recency",
    age: str = "T",
    respondent: str | None = None,
    unit: str | None = None,
    confidence: float = 0.95,
) -> PurchaseModel:
    """Fit the BG/NBD model of repeat purchases by maximum likelihood.

    For customers who are free to come and go without notice, as in a shop: nobody sees them leave, so
    their silence has to be judged by their own rhythm.

    Parameters
    ----------
    data : frame
        One row a customer; any frame that narwhals knows.
    frequency : str, default "frequency"
        Number of repeat purchases x (purchases less the first), 0 or more.
    recency : str, default "recency"
        Time of the last repeat purchase tₓ since the first purchase; 0 if there was none.
    age : str, default "T"
        Time T from the first purchase to the end of the watching; above 0, at least the recency.
    respondent : str, optional
        Column with the customer; each may stand in one row only.
    unit : str, optional
        Unit of time, such as ``"weeks"``, written as it is given.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    PurchaseModel
        Parameters with intervals; ``expected`` and ``predict`` look ahead.

    Raises
    ------
    DataError
        If a history cannot be (a recency above the age, or 0 beside repeat purchases), a value is missing, a
        customer stands in two rows, or fewer than five customers bought again.

    Notes
    -----
    While a customer is one, purchases are Poisson with a rate from gamma(r, α); after each repeat purchase
    the customer is lost with a probability from beta(a, b). Likelihood: equation 6 of the paper. It needs the
    distinct histories and how many customers have each, so a tally is enough. The intervals come from the
    curvature of the log-likelihood (observed information) in the logs of the parameters, where it is nearer
    to a parabola and no end is negative: customers are independent and each stands in one row, so the
    jackknife would fit the model a hundred times to say the same. Single parameters are often badly
    fixed (a and b above all); what the model is used for, :meth:`PurchaseModel.expected`, is not.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way: an
    alternative to the Pareto/NBD model. *Marketing Science* 24(2), 275–284.

    Examples
    --------
    >>> from csmodels_helpers.datasets import load_dataset
    >>> found = bg_nbd(load_dataset("cdnow"), unit="weeks")
    >>> found.table["estimate"].round(3).to_dict()
    {'r': 0.243, 'alpha': 4.414, 'a': 0.793, 'b': 2.426}
    >>> round(found.log_likelihood, 1)
    -9582.4
    """
    level = check_confidence(confidence)
    _check_histories(data, frequency, recency, age)
    columns = (frequency, recency, age)
    tallied = counts(data, columns, respondent=respondent)
    if respondent and tallied.repeated:
        check_unique(data, respondent, advice=text("loyalty.advice.once"))
    cells = tallied.total().set_axis(["frequency", "recency", "age", "n"], axis=1)
    x, tx, t, n = (cells[name].to_numpy(dtype=np.float64) for name in cells)
    repeat = int(n[x > 0].sum())
    if repeat < 5:
        raise DataError(frequency, 0, "—", None, text("retention.allowed.repeat"))
    logs, covariance = _fit(x, tx, t, n)
    with np.errstate(invalid="ignore"):
        half = z_quantile(level) * np.sqrt(np.diag(covariance))
    ends = {"estimate": np.exp(logs), "low": np.exp(logs - half), "high": np.exp(logs + half)}
    table = pd.DataFrame(ends, index=list(PARAMETERS))
    value = float(-_negative(logs, x, tx, t, n)[0])
    return PurchaseModel(table, value, int(n.sum()), repeat, covariance, cells, columns, unit, level)


def _check_histories(data: Any, frequency: str, recency: str, age: str) -> None:
    check_column(data, frequency, number(0))
    check_column(data, recency, number(0))
    check_column(data, age, number(0))
    cells = counts(data, [frequency, recency, age]).cells
    if cells.empty:
        raise DataError(frequency, 0, "—", None, text("survey.allowed.rows"))
    whole = scale(0, 2**31)
    if not (cells[frequency] % 1 == 0).all():
        check_column(data, frequency, whole)
    tests = {
        age: (lambda f: f[age] <= 0, "retention.allowed.age"),
        recency: (
            lambda f: (f[recency] > f[age]) | ((f[recency] > 0) != (f[frequency] > 0)),
            "retention.allowed.recency",
        ),
    }
    for column, (wrong, allowed) in tests.items():
        if wrong(cells).any():
            names = [frequency, recency, age]
            bad = find_rows(data, names, lambda rows, wrong=wrong: wrong(_with_floats(rows)))
            if bad is not None:
                said = text(allowed, frequency=frequency, age=age)
                raise DataError(column, bad.rows, bad.row, float(bad.values[column]), said)


def _with_floats(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: to_floats(rows[name]) for name in rows})


def _fit(x: Floats, tx: Floats, t: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Find the logs of the estimates and their covariance."""
    from scipy.optimize import minimize

    # Times of about 1 suit the search; alpha is a time, and the likelihood moves by a constant.
    unit = float(np.average(t, weights=n))
    found = minimize(
        _negative,
        np.zeros(4),
        args=(x, tx / unit, t / unit, n),
        jac=True,
        method="BFGS",
        options={"gtol": 1e-4},
    )
    logs = np.asarray(found.x, dtype=np.float64)
    logs[1] += math.log(unit)
    step = 1e-4
    slopes = np.array(
        [
            (_negative(logs + move, x, tx, t, n)[1] - _negative(logs - move, x, tx, t, n)[1]) / (2 * step)
            for move in step * np.eye(4)
        ]
    )
    curvature = (slopes + slopes.T) / 2
    known = np.all(np.isfinite(curvature)) and np.linalg.eigvalsh(curvature).min() > 1e-8 * n.sum()
    covariance = np.linalg.inv(curvature) if known else np.full((4, 4), np.nan)
    return logs, np.asarray(covariance, dtype=np.float64)


def _negative(logs: Floats, x: Floats, tx: Floats, t: Floats, n: Floats) -> tuple[float, Floats]:
    """Negative log-likelihood and its gradient in the logs of the parameters."""
    from scipy import special

    r, alpha, a, b = np.exp(logs)
    again = x > 0
    common = special.gammaln(r + x) - special.gammaln(r) + r * math.log(alpha)
    common += special.betaln(a, b + x) - special.betaln(a, b)
    active = -(r + x) * np.log(alpha + t)
    left = np.full(len(x), -np.inf)
    last = np.where(again, b + x - 1, 1.0)
    left[again] = (math.log(a) - np.log(last) - (r + x) * np.log(alpha + tx))[again]
    either = np.logaddexp(active, left)
    share = np.exp(left - either)  # probability that the customer has left
    # betaln(a, b + x) stands for Γ(a)Γ(b+x)/Γ(a+b+x); its ratio to betaln(a, b) is that of the paper.
    by_r = special.digamma(r + x) - special.digamma(r) + math.log(alpha)
    by_r -= (1 - share) * np.log(alpha + t) + share * np.log(alpha + tx)
    by_alpha = r / alpha - (r + x) * ((1 - share) / (alpha + t) + share / (alpha + tx))
    by_a = special.digamma(a + b) - special.digamma(a + b + x) + share / a
    by_b = special.digamma(a + b) + special.digamma(b + x) - special.digamma(b)
    by_b -= special.digamma(a + b + x) + np.where(again, share / last, 0.0)
    gradient = np.array([n @ by_r * r, n @ by_alpha * alpha, n @ by_a * a, n @ by_b * b])
    return -float(n @ (common + either)), -gradient


# ------------------------------------------------------------------------------------------- predictions


def _away_from_one(a: float) -> float:
    """Step aside from a = 1, where the formulas are 0/0 but have a limit."""
    return a if abs(a - 1) > 1e-6 else 1 + 1e-6


def expected_purchases(parameters: Floats, t: Floats) -> Floats:
    """Mean number of repeat purchases of a new customer by time t."""
    from scipy import special

    r, alpha, a, b = parameters
    a = _away_from_one(float(a))
    bent = special.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    return (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * bent)


def probability_alive(parameters: Floats, x: Floats, tx: Floats, t: Floats) -> Floats:
    """Probability of still being a customer at time t."""
    r, alpha, a, b = parameters
    odds = np.zeros(len(x))
    again = x > 0
    growth = (r + x[again]) * np.log((alpha + t[again]) / (alpha + tx[again]))
    odds[again] = a / (b + x[again] - 1) * np.exp(growth)
    return 1 / (1 + odds)


def conditional_purchases(parameters: Floats, x: Floats, tx: Floats, t: Floats, ahead: float) -> Floats:
    """Mean number of purchases in the time ahead, of a customer with this history."""
    from scipy import special

    r, alpha, a, b = parameters
    a = _away_from_one(float(a))
    bent = special.hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + t + ahead))
    made = (a + b + x - 1) / (a - 1) * (1 - ((alpha + t) / (alpha + t + ahead)) ** (r + x) * bent)
    return made * probability_alive(parameters, x, tx, t)


def purchase_probability(parameters: Floats, x: int, t: Floats) -> Floats:
    """Probability of exactly x repeat purchases by time t."""
    from scipy import special

    r, alpha, a, b = parameters
    stay, gone = alpha / (alpha + t), t / (alpha + t)
    terms = [
        np.exp(special.gammaln(r + j) - special.gammaln(r) - special.gammaln(j + 1)) * stay**r * gone**j
        for j in range(x + 1)
    ]
    found = np.exp(special.betaln(a, b + x) - special.betaln(a, b)) * terms[x]
    if x > 0:
        lost = np.exp(special.betaln(a + 1, b + x - 1) - special.betaln(a, b))
        found = found + lost * (1 - sum(terms[:x]))
    return np.asarray(found, dtype=np.float64)
