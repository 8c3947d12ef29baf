"""The satisfaction of a buying unit, role by role, with silence reported."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from csmodels_helpers import plots
from csmodels_helpers.accounts_frames import check_choice, is_number, listed
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_scale,
    check_unique,
    check_weights,
    choice,
    identifier,
)
from csmodels_helpers.survey import (
    scale as scale_rule,
)
from csmodels_helpers.tally import Counts, counts
from csmodels_helpers.uncertainty import t_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "ROLE_WEIGHTS",
    "RULES",
    "AccountSatisfaction",
    "satisfaction",
]

Floats = npt.NDArray[np.float64]

ROLE_WEIGHTS = {"decider": 0.4, "user": 0.2, "buyer": 0.2, "technical": 0.2}
"""Weight of each role of the buying unit. Webster and Wind (1972) name the roles; no study fixes weights for
them, so these are this course's convention: published, and to be argued about."""

RULES = ("weighted", "minimum", "veto")
"""The rules of :func:`satisfaction` by name."""

Rule = Literal["weighted", "minimum", "veto"]


@dataclass(frozen=True, eq=False)
class AccountSatisfaction(Result):
    """Satisfaction of the buying unit of each account, and who was silent.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an account: the account column, ``score`` (missing where a required role is silent), ``low``,
        ``high`` (its interval), ``possible_low``, ``possible_high`` (where the score lies whatever the silent
        roles would have said), ``n_asked``, ``n_answered``, ``silent`` (roles that were asked and did not
        answer, and required ones that nobody holds), ``note``.
    roles : pandas.DataFrame
        One row an account and role: ``n_asked``, ``n_answered``, ``mean``, ``weight`` (in that account's
        score, 0 if silent).
    account : str
        Name of the account column.
    rule : str
        The rule used.
    scale : tuple of int
        Lowest and highest answer.
    confidence : float
        Level of the intervals.
    spread : float
        Standard deviation of one answer, from which the intervals come; missing if it cannot be estimated.
    """

    roles: pd.DataFrame
    account: str
    rule: str
    scale: tuple[int, int]
    confidence: float
    spread: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the scores with their intervals, and the range that silence leaves open.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = self._ordered()
        ax = row_axes(ax, len(rows))
        y = np.arange(len(rows))[::-1]
        score, low, high, least, most = (
            rows[name].to_numpy(dtype=np.float64)
            for name in ("score", "low", "high", "possible_low", "possible_high")
        )
        known = ~np.isnan(score)
        arms = np.nan_to_num(np.array([score - low, high - score])[:, known])
        blue, orange = plots.PALETTE["blue"], plots.PALETTE["orange"]
        if known.any():
            key = "score_alone" if np.isnan(low[known]).all() else "score"
            label = text(f"accounts.legend.{key}", level=f"{100 * self.confidence:g}")
            ax.errorbar(
                score[known], y[known], xerr=arms, fmt="o", color=blue, capsize=4, label=label, zorder=3
            )
        for i in np.flatnonzero(~known):
            label = text("accounts.legend.silent") if i == np.flatnonzero(~known)[0] else None
            ax.plot([least[i], most[i]], [y[i], y[i]], "--|", color=orange, markersize=10, label=label)
        ax.set_yticks(y, [str(name) for name in rows[self.account]])
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_xlim(self.scale[0] - 0.1, self.scale[1] + 0.1)
        plots.legend_below(ax)
        axis = text("accounts.axis.unit", low=self.scale[0], high=self.scale[1])
        return plots.label(
            ax, title=self._title(), xlabel=axis, ylabel=text("accounts.axis.account"), alt=self.explain()
        )

    def _ordered(self) -> pd.DataFrame:
        """Accounts from the most to the least satisfied; those without a score last."""
        return self.table.sort_values("score", ascending=False, na_position="last", kind="stable")

    def _title(self) -> str:
        gone = self.table[self.table["score"].isna()]
        if len(gone):
            return text("accounts.title.silent", count=len(self.table), silent=len(gone))
        last = self.table.loc[self.table["score"] == self.table["score"].min(), self.account]
        key = "unit" if len(last) == 1 else "units"
        score = rounded(float(self.table["score"].min()), 1)
        return text(f"accounts.title.{key}", names=listed(last, 3), score=score)

    def explain(self) -> str:
        """Say who is least and most satisfied, and whose silence leaves a score open.

        Returns
        -------
        str
            One to three sentences.
        """
        rows = self._ordered()
        known, gone = rows[rows["score"].notna()], rows[rows["score"].isna()]
        said: list[str] = []
        if len(known):
            worst, best = known.iloc[-1], known.iloc[0]
            ends = {
                key: rounded(row[name], 1)
                for row, part in ((worst, "worst"), (best, "best"))
                for key, name in ((part, "score"), (f"{part}_low", "low"), (f"{part}_high", "high"))
            }
            key = "unit_one" if len(known) == 1 else "unit"
            key += "_plain" if math.isnan(worst["low"]) or math.isnan(best["low"]) else ""
            said.append(
                text(
                    f"accounts.explain.{key}",
                    count=len(rows),
                    scored=len(known),
                    worst_name=worst[self.account],
                    best_name=best[self.account],
                    rule=text(f"accounts.rule.{self.rule}"),
                    level=f"{100 * self.confidence:g}",
                    **ends,
                )
            )
        if len(gone):
            low, high = gone["possible_low"].min(), gone["possible_high"].max()
            ends = {"low": rounded(low, 1), "high": rounded(high, 1)}
            key = "silent_one" if len(gone) == 1 else "silent"
            said.append(text(f"accounts.explain.{key}", names=listed(gone[self.account]), **ends))
        partly = known[known["silent"] != ""]
        if len(partly):
            said.append(text("accounts.explain.partly", names=listed(partly[self.account])))
        return join(*said)


@dataclass(frozen=True)
class _Answers:
    """Answers by account (rows) and role (columns)."""

    accounts: list[Any]
    asked: Floats
    n: Floats
    mean: Floats  # NaN where nobody answered
    variance: float  # of one answer
    df: float  # of that variance; inf where it is known


def satisfaction(
    data: Any,
    score: str,
    *,
    account: str = "account",
    role: str = "role",
    respondent: str | None = None,
    scale: tuple[int, int] = (1, 5),
    weights: Mapping[str, float] = ROLE_WEIGHTS,
    rule: Rule = "weighted",
    required: Sequence[str] = ("decider",),
    spread: Literal["additive", "within"] | float = "additive",
    confidence: float = 0.95,
) -> AccountSatisfaction:
    r"""Compute the satisfaction of each account's buying unit from the answers of its contacts.

    Parameters
    ----------
    data : frame
        One row a contact who was **asked**; whoever did not answer has a missing score. Leave nobody out:
        who is silent is part of the result.
    score : str
        The rating: whole numbers on ``scale``, or missing.
    account, role : str
        Columns: which account, and the contact's part in the buying decision.
    respondent : str, optional
        Column with the contact's id; each may stand in one row only. Choose one survey wave first.
    scale : tuple of int, default (1, 5)
        Lowest and highest answer; high is satisfied.
    weights : dict of float, default :data:`ROLE_WEIGHTS`
        Role → weight, summing to 1. Roles of which an account has nobody are left out of it and the others
        scaled up.
    rule : {"weighted", "minimum", "veto"}, default "weighted"
        ``"weighted"``: S = Σ w·mean over roles. ``"minimum"``: the mean of the least satisfied role, for
        units in which each role can stop a purchase. ``"veto"``: the smaller of S and the mean of each
        required role, for units in which the decider can. The default uses all answers and has the
        narrowest interval; the other two answer a harsher question.
    required : sequence of str, default ("decider",)
        Roles without whose answer there is no score.
    spread : {"additive", "within"} or float, default "additive"
        Where the interval's standard deviation of one answer comes from. ``"additive"``: what an account and
        a role leave unexplained (answer = account + role + rest), over all accounts. ``"within"``: answers
        in the same role of the same account alone. The first one is the default, as a unit seldom has two
        answers in one role; if roles differ more in some accounts than in others, that counts as spread and
        the intervals are wider than they need be. A number: known from other surveys.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    AccountSatisfaction
        On ``scale``.

    Raises
    ------
    DataError
        If an answer is off the scale, a role has no weight, an account is missing, or a contact occurs twice.
    ArgumentError
        If the weights do not sum to 1, or a rule, required role or spread does not exist.

    Notes
    -----
    **Silence is reported, never averaged away.** If no required role answers there is no score, as the others
    say nothing about the one who signs; the range ``possible_low`` to ``possible_high`` puts every silent
    role at both ends of the scale (bounds without assumptions: Manski 2003). If another role is silent, the
    score is that of the roles that answered, the account is noted and the range says what could change.

    **Interval.** Var = s²·Σ aᵣ²/nᵣ for a sum Σ aᵣ·meanᵣ, with s² from all accounts (``spread``) and t on its
    degrees of freedom. It treats contacts as a sample of what
    such people answer from week to week, so the answer of a single decider has an interval too. For a minimum
    of k such sums the upper end is the smallest of their upper ends at level (1 − α)^(1/k) each, and the
    lower end the smallest of their lower ends at 1 − α(1 − 1/k): 95 % both if one is clearly lowest and if
    all are equal, a little more between.

    References
    ----------
    Webster, F. E. and Wind, Y. (1972). A general model for understanding organizational buying behavior.
    *Journal of Marketing* 36(2), 12–19. Manski, C. F. (2003). *Partial Identification of Probability
    Distributions*. Rossomme, J. (2003). Customer satisfaction measurement in a business-to-business context.
    *J. Business & Industrial Marketing* 18(2), 179–195.

    Examples
    --------
    >>> asked = pd.DataFrame({
    ...     "account": ["A", "A", "A", "B", "B"],
    ...     "role": ["decider", "user", "user", "decider", "user"],
    ...     "csat": [2, 5, 4, None, 5],
    ... })
    >>> satisfaction(asked, "csat").table[["account", "score", "possible_low", "possible_high"]].round(2)
      account  score  possible_low  possible_high
    0       A   2.83          2.83           2.83
    1       B    NaN          2.33           5.00
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    check_choice("rule", rule, RULES)
    w = check_weights(weights, list(weights), normalize=None)
    for name in required:
        if name not in w:
            raise ArgumentError(
                "required", list(required), text("accounts.allowed.required", names=listed(w))
            )
    check_column(data, score, scale_rule(*bounds, missing=True))
    check_column(data, account, identifier())
    check_column(data, role, choice(list(w)))
    tallied = counts(data, [account, role, score], respondent=respondent)
    if respondent is not None and tallied.repeated:
        check_unique(data, respondent, advice=text("accounts.advice.wave"))
    answers = _by_role(tallied, account, role, score, list(w), _check_spread(spread))
    needed = np.array([name in required for name in w])
    rows = [
        _row(answers, i, np.array(list(w.values())), list(w), needed, rule, bounds, level)
        for i in range(len(answers.accounts))
    ]
    table = pd.DataFrame({account: answers.accounts} | {key: [row[key] for row in rows] for key in rows[0]})
    shares = np.array(table.pop("weights").tolist())
    roles = pd.DataFrame(
        {
            account: np.repeat(np.array(answers.accounts, dtype=object), len(w)),
            role: list(w) * len(rows),
            "n_asked": answers.asked.ravel().astype(np.int64),
            "n_answered": answers.n.ravel().astype(np.int64),
            "mean": answers.mean.ravel(),
            "weight": shares.ravel(),
        }
    )
    return AccountSatisfaction(table, roles, account, rule, bounds, level, math.sqrt(answers.variance))


def _check_spread(spread: Any) -> str | float:
    if spread in ("additive", "within") or (is_number(spread) and spread > 0):
        return spread
    raise ArgumentError("spread", spread, text("accounts.allowed.spread"))


def _by_role(
    tallied: Counts, account: str, role: str, score: str, roles: list[str], spread: str | float
) -> _Answers:
    cells = tallied.cells
    if cells.empty:
        raise DataError(score, 0, "—", None, text("survey.allowed.rows"))
    place, accounts = pd.factorize(cells[account], sort=True)
    column = cells[role].map({name: i for i, name in enumerate(roles)}).to_numpy(dtype=np.int64)
    n = cells["n"].to_numpy(dtype=np.float64)
    x = cells[score].to_numpy(dtype=np.float64, na_value=math.nan)
    heard = ~np.isnan(x)
    asked, answered, sums, squares = (np.zeros((len(accounts), len(roles))) for _ in range(4))
    np.add.at(asked, (place, column), n)
    where = (place[heard], column[heard])
    for into, amount in ((answered, n), (sums, n * x), (squares, n * x * x)):
        np.add.at(into, where, amount[heard])
    mean = np.divide(sums, answered, out=np.full_like(sums, np.nan), where=answered > 0)
    if not isinstance(spread, str):
        return _Answers(list(accounts), asked, answered, mean, spread**2, math.inf)
    within = float((squares - np.nan_to_num(mean) * sums).sum())
    variance, df = pooled(answered, mean, max(within, 0.0), spread)
    return _Answers(list(accounts), asked, answered, mean, variance, df)


def pooled(n: Floats, mean: Floats, within: float, spread: str) -> tuple[float, float]:
    """Pool the variance of one answer over all accounts; return it with its degrees of freedom."""
    square, df = within, float(np.maximum(n - 1, 0).sum())
    if spread == "additive":
        n, mean = n[n.sum(axis=1) > 0], np.nan_to_num(mean)[n.sum(axis=1) > 0]
        if not len(n):
            return math.nan, 0.0
        # Least squares with the accounts eliminated, as there may be many of them and there are few roles.
        mean = mean - (n * mean).sum() / n.sum()
        size, sums = n.sum(axis=1), (n * mean).sum(axis=1)
        left = np.diag(n.sum(axis=0)) - n.T @ (n / size[:, None])
        right = (n * mean).sum(axis=0) - n.T @ (sums / size)
        explained = (sums**2 / size).sum() + right @ np.linalg.pinv(left, rcond=1e-9, hermitian=True) @ right
        square += float((n * mean**2).sum() - explained)
        rank = np.linalg.matrix_rank(left, tol=1e-9 * n.sum(), hermitian=True)
        df = float(n.sum() - len(n) - rank)
    return (max(square, 0.0) / df, df) if df > 0 else (math.nan, 0.0)


def _row(
    answers: _Answers,
    i: int,
    w: Floats,
    roles: list[str],
    needed: npt.NDArray[np.bool_],
    rule: str,
    bounds: tuple[int, int],
    level: float,
) -> dict[str, Any]:
    """One account: score, interval, range and notes."""
    asked, n, mean = answers.asked[i], answers.n[i], answers.mean[i]
    heard, known = n > 0, (asked > 0) | needed
    silent, unknown = known & ~heard, ~known & (w > 0)
    shares = w * heard / (w @ heard) if w @ heard > 0 else np.zeros(len(w))
    found = (math.nan, math.nan, math.nan)
    if not (silent & needed).any() and w @ heard > 0:
        sums = _sums(shares, heard, needed, rule)
        found = _smallest(sums, np.nan_to_num(mean), n, answers, level, bounds)
    all_shares = w * known / (w @ known) if w @ known > 0 else np.full(len(w), np.nan)
    ends = [
        float((_sums(all_shares, known, needed, rule) @ np.where(heard, np.nan_to_num(mean), end)).min())
        for end in bounds
    ]
    notes = [
        text(
            f"accounts.note.{key}", roles=listed(name for name, yes in zip(roles, which, strict=True) if yes)
        )
        for key, which in (
            ("no_score", silent & needed),
            ("silent", silent & ~needed),
            ("unknown", unknown),
        )
        if which.any()
    ]
    return {
        "score": found[0],
        "low": found[1],
        "high": found[2],
        "possible_low": ends[0],
        "possible_high": ends[1],
        "n_asked": int(asked.sum()),
        "n_answered": int(n.sum()),
        "silent": ", ".join(name for name, yes in zip(roles, silent, strict=True) if yes),
        "note": join(*notes),
        "weights": shares,
    }


def _sums(
    shares: Floats, there: npt.NDArray[np.bool_], needed: npt.NDArray[np.bool_], rule: str
) -> npt.NDArray[np.float64]:
    """Return the sums of role means of which the score is the smallest, a row each."""
    each = np.eye(len(shares))
    if rule == "minimum":
        return each[there]
    return np.vstack([shares, each[needed & there]]) if rule == "veto" else shares[None, :]


def _smallest(
    sums: Floats, mean: Floats, n: Floats, answers: _Answers, level: float, bounds: tuple[int, int]
) -> tuple[float, float, float]:
    values = sums @ mean
    score, k, alpha = float(values.min()), len(sums), 1 - level
    if not answers.df > 0:
        return score, math.nan, math.nan
    error = np.sqrt(answers.variance * (sums**2 @ np.divide(1, n, out=np.zeros_like(n), where=n > 0)))
    below, above = (alpha / 2, alpha / 2) if k == 1 else (alpha * (1 - 1 / k), 1 - level ** (1 / k))
    # t_quantile leaves half of what is outside above it.
    low = float((values - _quantile(1 - 2 * below, answers.df) * error).min())
    high = float((values + _quantile(1 - 2 * above, answers.df) * error).min())
    return score, max(low, bounds[0]), min(high, bounds[1])


def _quantile(level: float, df: float) -> float:
    # Student's t with endless degrees of freedom is the normal distribution; stdtrit gives NaN there.
    return float(special.ndtri((1 + level) / 2)) if math.isinf(df) else t_quantile(level, df)
