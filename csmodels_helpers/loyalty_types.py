"""Six types of loyalty by a rule, with the reason for each customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text
from csmodels_helpers.loyalty_plots import draw_shares, label_of, percent
from csmodels_helpers.metrics_intervals import wilson
from csmodels_helpers.results import Result
from csmodels_helpers.survey import (
    check_column,
    check_confidence,
    check_scale,
    check_unique,
    identifier,
    number,
    row_values,
    to_floats,
)
from csmodels_helpers.survey import scale as scale_rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PRECEDENCE", "TYPES", "LoyaltyTypes", "classify", "type_name"]

Floats = npt.NDArray[np.float64]

TYPES = ("monopoly", "kinship", "benefit", "inertia", "trust", "latent")
"""The six types of loyalty: 垄断, 亲缘（人情）, 利益, 惰性, 信赖, 潜在; :func:`classify` says whence."""

NONE = "none"

PRECEDENCE = ("kinship", "trust", "monopoly", "benefit")
"""Which reason counts first among customers who buy nearly everything from us; inertia is what is left."""


def type_name(code: str) -> str:
    """Name a type of loyalty in the language in force.

    Parameters
    ----------
    code : str
        One of :data:`TYPES`, or ``"none"``.

    Returns
    -------
    str
        The name; any other value comes back as it is.

    Examples
    --------
    >>> type_name("trust")
    'trust'
    """
    return label_of(code)


# ---------------------------------------------------------------------------------------------- the rule


@dataclass(frozen=True, eq=False)
class LoyaltyTypes(Result):
    """Customers by type of loyalty, each with the reason.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a type (the six and ``"none"``): ``type``, ``n``, ``share`` of the classified, ``low``,
        ``high``.
    customers : pandas.DataFrame
        One row a customer, in the order of the data: the respondent column if it was named, ``type``
        (missing where an answer that is needed is missing) and ``reason`` (in words).
    n, n_missing : int
        Customers classified, and left unclassified because an answer is missing.
    thresholds : dict of float
        From which answer on each column counts as high.
    precedence : tuple of str
        The order in which the reasons were looked at.
    confidence : float
        Level of the intervals.

    See Also
    --------
    classify : makes one.
    """

    customers: pd.DataFrame
    n: int
    n_missing: int
    thresholds: dict[str, float]
    precedence: tuple[str, ...]
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of each type with its interval.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        wanting = float(self.table.set_index("type").loc[["trust", "kinship"], "share"].sum())
        title = text("loyalty.title.types", want=percent(wanting))
        xlabel, ylabel = text("loyalty.axis.share"), text("loyalty.axis.type")
        labels = [type_name(code) for code in self.table["type"]]
        return draw_shares(
            ax, self.table, labels, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain()
        )

    def explain(self) -> str:
        """Say the shares of the types, largest first.

        Returns
        -------
        str
            Two sentences.
        """
        rows = self.table.sort_values("share", ascending=False, kind="stable").to_dict("records")
        parts = [
            text("loyalty.explain.part", name=type_name(row["type"]), share=percent(row["share"]))
            for row in rows
            if row["n"]
        ]
        margin = float((self.table["high"] - self.table["low"]).max() / 2)
        return text(
            "loyalty.explain.types",
            parts=text("metrics.sign.list").join(parts),
            margin=percent(margin, 1).removesuffix(" %"),
            level=f"{100 * self.confidence:g}",
            n=self.n,
            missing=self.n_missing,
        )


def classify(
    data: Any,
    *,
    attitude: str = "attitude",
    repeat_share: str = "repeat_share",
    barriers: str = "barriers",
    incentives: str = "incentives",
    kinship: str = "kinship",
    respondent: str | None = None,
    scale: tuple[int, int] = (1, 7),
    high_attitude: float = 5,
    high_repeat: float = 0.8,
    high_barriers: float = 5,
    high_incentives: float = 5,
    high_kinship: float = 5,
    precedence: Sequence[str] = PRECEDENCE,
    confidence: float = 0.95,
) -> LoyaltyTypes:
    """Classify customers into six types of loyalty by a rule, with a reason for each of them.

    Parameters
    ----------
    data : frame
        One row a customer; any frame that narwhals knows.
    attitude : str, default "attitude"
        How much the customer likes us better than others, on ``scale``.
    repeat_share : str, default "repeat_share"
        Share of the customer's purchases of this kind made with us, 0 to 1.
    barriers : str, default "barriers"
        How hard it would be to leave (no rival, contract, cost), on ``scale``.
    incentives : str, default "incentives"
        How much of the staying is owed to price, points and gifts, on ``scale``.
    kinship : str, default "kinship"
        How close the personal tie is (family, work, 人情), on ``scale``.
    respondent : str, optional
        Column with the customer; each may stand in one row only.
    scale : tuple of int, default (1, 7)
        Lowest and highest answer of the four ratings.
    high_attitude, high_barriers, high_incentives, high_kinship : float, default 5
        From which answer on a rating counts as high: the first above the middle of 1–7.
    high_repeat : float, default 0.8
        From which share on a customer counts as a repeat buyer: a fifth elsewhere is a try, more is a
        second supplier.
    precedence : sequence of str, default ("kinship", "trust", "monopoly", "benefit")
        Which reason counts first where several apply. Kinship is first because a tie is a fact that holds
        whatever the customer thinks of us; then trust, because who likes us would stay if the barrier fell;
        the barrier before the incentive, because it holds without being paid for. Inertia is what is left
        where none of the four explains the staying.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    LoyaltyTypes
        Shares with Wilson intervals, and ``customers`` with type and reason.

    Raises
    ------
    DataError
        If an answer is off the scale, a repeat share not between 0 and 1, or a customer stands in two
        rows.
    ArgumentError
        If a threshold is off the scale, or ``precedence`` is not an order of the four names.

    Notes
    -----
    Little bought from us (repeat share below ``high_repeat``): latent if the attitude is high, else none.
    Much bought: the first of ``precedence`` whose column is high (trust: the attitude), else inertia. The
    rule makes mistakes; :func:`csmodels_helpers.loyalty.confusion` measures and corrects them. The six names
    (垄断、亲缘、利益、惰性、信赖、潜在忠诚) circulate in Chinese training material on customers, as a bare
    list without author, definition or measure; no original source is known to us. What each means here, the
    five answers asked for, the order and the cut points are this course's. Behaviour and attitude are kept
    apart as by Dick and Basu (1994). A reason per customer needs the rows, so the columns are fetched.

    References
    ----------
    Dick, A. S. and Basu, K. (1994). Customer loyalty: toward an integrated conceptual framework. *J. Academy
    of Marketing Science* 22(2), 99–113.

    Examples
    --------
    >>> customers = pd.DataFrame({
    ...     "attitude": [6, 3, 6], "repeat_share": [0.95, 1.0, 0.4], "barriers": [2, 7, 2],
    ...     "incentives": [3, 2, 2], "kinship": [1, 1, 1],
    ... })
    >>> found = classify(customers)
    >>> found.customers["type"].tolist()
    ['trust', 'monopoly', 'latent']
    >>> found.customers.loc[1, "reason"]
    'Buys from us (repeat share 1) and would find it hard to leave (barriers 7, high from 5).'
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    ratings = {"attitude": attitude, "barriers": barriers, "incentives": incentives, "kinship": kinship}
    cuts: dict[str, float] = {"attitude": high_attitude, "barriers": high_barriers}
    cuts |= {"incentives": high_incentives, "kinship": high_kinship}
    for name, cut in cuts.items():
        if isinstance(cut, bool) or not bounds[0] < cut <= bounds[1]:
            allowed = text("loyalty.allowed.threshold", low=bounds[0], high=bounds[1])
            raise ArgumentError(f"high_{name}", cut, allowed)
    if isinstance(high_repeat, bool) or not 0 < high_repeat <= 1:
        raise ArgumentError("high_repeat", high_repeat, text("loyalty.allowed.high_repeat"))
    if sorted(precedence) != sorted(PRECEDENCE):
        raise ArgumentError("precedence", list(precedence), text("loyalty.allowed.precedence"))
    for column in ratings.values():
        check_column(data, column, scale_rule(*bounds, missing=True))
    check_column(data, repeat_share, number(0, 1, missing=True))
    columns = {**ratings, "repeat_share": repeat_share}
    if len(set(columns.values())) < len(columns):
        raise ArgumentError("attitude", attitude, text("loyalty.allowed.columns"))
    if respondent is not None:
        check_column(data, respondent, identifier())
    rows = row_values(data, [*columns.values(), *([] if respondent is None else [respondent])])
    if respondent is not None:
        check_unique(data, respondent, rows=rows, advice=text("loyalty.advice.once"))
    if rows.empty:
        raise DataError(attitude, 0, "—", None, text("survey.allowed.rows"))
    values = {name: to_floats(rows[column]) for name, column in columns.items()}
    thresholds = {**cuts, "repeat_share": float(high_repeat)}
    codes = _types(values, thresholds, tuple(precedence))
    customers = pd.DataFrame({"type": codes, "reason": _reasons(codes, values, thresholds)})
    if respondent is not None:
        customers.insert(0, respondent, rows[respondent].infer_objects())
    known = customers["type"].dropna()
    if known.empty:
        raise DataError(attitude, len(rows), "—", None, text("loyalty.allowed.complete"))
    table = _type_table(known, level)
    return LoyaltyTypes(
        table, customers, len(known), len(rows) - len(known), thresholds, tuple(precedence), level
    )


def _types(
    values: Mapping[str, Floats], cuts: Mapping[str, float], precedence: tuple[str, ...]
) -> npt.NDArray[np.object_]:
    """Type of each customer; None where an answer is missing."""
    high = {name: given >= cuts[name] for name, given in values.items()}
    reasons = {"trust": "attitude", "monopoly": "barriers", "benefit": "incentives", "kinship": "kinship"}
    conditions = [~high["repeat_share"] & high["attitude"], ~high["repeat_share"]]
    conditions += [high[reasons[name]] for name in precedence]
    found = np.select(conditions, ["latent", NONE, *precedence], default="inertia").astype(object)
    gaps = np.logical_or.reduce([np.isnan(given) for given in values.values()])
    found[gaps] = None
    return found


def _reasons(
    codes: npt.NDArray[np.object_], values: Mapping[str, Floats], cuts: Mapping[str, float]
) -> pd.Series[Any]:
    """Sentences; each distinct one is written once, as there may be a million customers."""
    decisive = {"trust": "attitude", "monopoly": "barriers", "benefit": "incentives", "kinship": "kinship"}
    decisive |= {"latent": "attitude", NONE: "attitude"}
    deciding = np.zeros(len(codes))
    for code, name in decisive.items():
        deciding = np.where(codes == code, values[name], deciding)
    share = values["repeat_share"]
    plain = pd.DataFrame({"code": codes, "value": deciding, "share": np.where(codes == None, 0, share)})  # noqa: E711
    plain["value"] = plain["value"].fillna(0.0)
    key, distinct = pd.factorize(pd.MultiIndex.from_frame(plain.fillna({"code": ""})))
    said: list[str] = []
    for code, value, part in distinct:
        column = decisive.get(code)
        cut = cuts[column] if column else 0
        numbers = {"value": f"{value:g}", "cut": f"{cut:g}", "share": f"{part:g}"}
        said.append(text(f"loyalty.reason.{code or 'missing'}", **numbers))
    return pd.Series(np.array(said, dtype=object)[key], dtype="str")


def _type_table(known: pd.Series[Any], level: float) -> pd.DataFrame:
    found = known.value_counts()
    rows: list[dict[str, Any]] = []
    for code in (*TYPES, NONE):
        n = int(found.get(code, 0))
        share = wilson(n, len(known), level)
        rows.append({"type": code, "n": n, "share": share.score, "low": share.low, "high": share.high})
    return pd.DataFrame(rows)
