"""What to do first: gaps, Kano classes, loyalty types and trends joined into one ranked list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from csmodels_helpers import plots
from csmodels_helpers.accounts_frames import check_share, is_number, one_row_each
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_unique, choice, identifier, number, row_values
from csmodels_helpers.tally_parts import schema_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ACTION_FACTORS", "Actions", "rank_actions"]

ACTION_FACTORS: dict[str, dict[str, float]] = {
    "category": {"M": 3.0, "O": 2.0, "A": 1.0, "I": 0.2, "R": 0.0, "Q": 1.0},
    "type": {
        "monopoly": 2.0,
        "inertia": 1.5,
        "benefit": 1.5,
        "latent": 1.2,
        "kinship": 1.0,
        "trust": 1.0,
        "none": 1.5,
        "hostages": 2.0,
        "terrorists": 2.0,
        "mercenaries": 1.5,
        "apostles": 1.0,
    },
    "trend": {"falling": 1.5, "stable": 1.0, "rising": 0.8},
}
"""What multiplies the shortfall of a need: its Kano class, the loyalty type and the trend of the account.
A must-be need counts three times an attractive one; a hostage's shortfall counts double, as nothing holds it
once a rival opens. This course's convention; the result says how far the ranking depends on it."""

MOST_ROWS = 12


@dataclass(frozen=True, eq=False)
class Actions(Result):
    """Actions, the most urgent first.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an account and need with a shortfall: the account column, the item column, ``shortfall``
        (−gap, above 0), ``category``, ``type``, ``trend`` (missing where not known), ``revenue``, ``urgency``
        (the product), ``share`` (of all urgency, 0–1), ``rank``, ``rank_best``, ``rank_worst`` (over the
        draws of factors), ``reason``.
    account, item : str
        Names of the two key columns.
    vary : float
        By how much each factor was varied, relative.
    draws : int
        Number of draws.
    met : int
        Needs without a shortfall, or with a factor of 0: no action.
    """

    account: str
    item: str
    vary: float
    draws: int
    met: int

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of urgency of the first twelve actions, with their range of ranks.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = self.table.head(MOST_ROWS)
        ax = row_axes(ax, max(len(rows), 1))
        y = np.arange(len(rows))[::-1]
        share = 100 * rows["share"].to_numpy(dtype=np.float64)
        colours = [
            plots.PALETTE["orange" if c == "M" else "blue"] for c in rows["category"].fillna("").astype("str")
        ]
        hatches = ["//" if c == "M" else "" for c in rows["category"].fillna("").astype("str")]
        bars = ax.barh(y, share, color=colours, edgecolor="white", height=0.65)
        for bar, hatch in zip(bars, hatches, strict=True):
            bar.set_hatch(hatch)
        for place, value, row in zip(y, share, rows.to_dict("records"), strict=True):
            moved = row["rank_best"] < row["rank_worst"]
            said = f"#{row['rank_best']}" + (f"–{row['rank_worst']}" if moved else "")
            ax.annotate(
                said, (value, place), (4, 0), textcoords="offset points", va="center", fontsize="small"
            )
        ax.set_yticks(y, [f"{row[self.account]} · {row[self.item]}" for row in rows.to_dict("records")])
        ax.set_xlim(0, 1.15 * max(float(share.max()) if len(share) else 1.0, 1e-9))
        if "//" in hatches:
            handles = [
                Patch(
                    facecolor=plots.PALETTE[shade],
                    edgecolor="white",
                    hatch=hatch,
                    label=text(f"accounts.legend.{key}"),
                )
                for key, shade, hatch in (("must", "orange", "////"), ("other", "blue", ""))
            ]
            plots.legend_below(ax, handles)
        xlabel = text("accounts.axis.urgency")
        ylabel = text("accounts.axis.action")
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _title(self) -> str:
        if self.table.empty:
            return text("accounts.title.no_action")
        first = self.table.iloc[0]
        return text("accounts.title.actions", name=first[self.account], item=first[self.item])

    def explain(self) -> str:
        """Say what comes first, why, and how sure that is.

        Returns
        -------
        str
            Two or three sentences.
        """
        if self.table.empty:
            return text("accounts.explain.no_action", met=self.met)
        first = self.table.iloc[0]
        top = self.table.head(3)
        alone = first["rank_best"] == first["rank_worst"]
        return join(
            text(
                "accounts.explain.actions",
                name=first[self.account],
                item=first[self.item],
                reason=first["reason"],
                count=len(self.table),
                share=rounded(100 * float(top["share"].sum()), 0),
                three=len(top),
            ),
            text(
                f"accounts.explain.{'action_rank' if alone else 'action_ranks'}",
                vary=f"{100 * self.vary:g}",
                best=int(first["rank_best"]),
                worst=int(first["rank_worst"]),
            ),
        )


def rank_actions(
    gaps: Any,
    *,
    kano: Any = None,
    loyalty: Any = None,
    trend: Any = None,
    revenue: Any = None,
    account: str = "account",
    item: str = "item",
    gap: str = "gap",
    feature: str = "feature",
    category: str = "category",
    type: str = "type",
    change: str = "trend",
    amount: str = "revenue",
    factors: Mapping[str, Mapping[str, float]] = ACTION_FACTORS,
    vary: float = 0.25,
    draws: int = 2000,
    seed: int = 1,
) -> Actions:
    """Rank what to do for whom, from the tables of the other models.

    Parameters
    ----------
    gaps : frame
        One row an account and need: the gap, perceived − expected; below 0 is a shortfall.
    kano : frame, optional
        The ``.table`` of :func:`csmodels_helpers.kano.analyze`: ``feature`` and ``category``, the features
        named as the needs are. An account column, if there is one, is used too.
    loyalty : frame, optional
        One row an account with its loyalty type.
    trend : frame, optional
        One row an account: ``"falling"``, ``"stable"`` or ``"rising"``.
    revenue : frame, optional
        One row an account: what is at stake.
    account, item, gap, feature, category, type, change, amount : str
        Columns, in the frames in which they stand.
    factors : dict of dict, default :data:`ACTION_FACTORS`
        ``"category"``, ``"type"``, ``"trend"`` → value → factor, 0 or more.
    vary : float, default 0.25
        Each factor is multiplied by an independent uniform number from 1 − vary to 1 + vary, the same for
        all rows with that value.
    draws : int, default 2000
        How many sets of factors.
    seed : int, default 1
        Seed of the draws.

    Returns
    -------
    Actions
        With a reason in words for each row.

    Raises
    ------
    DataError
        If a gap is missing or text, a class, type or trend has no factor, or a key occurs twice.
    ArgumentError
        If a factor is negative.

    Notes
    -----
    urgency = shortfall · category · type · trend · revenue; what is not known counts 1 and is left out of the
    reason. The product is a convention: it only says that must-be needs, falling accounts and large ones come
    first. Costs are not in it, so it is the order in which to look, not yet a budget.

    References
    ----------
    Tontini, G. and Silveira, A. (2007). Identification of satisfaction attributes using competitive analysis
    of the improvement gap. *Int. J. Operations & Production Management* 27(5), 482–500.

    Examples
    --------
    >>> gaps = pd.DataFrame({"account": ["A", "A", "B"], "item": ["parts", "portal", "parts"],
    ...                      "gap": [-1.0, -2.0, 0.5]})
    >>> kano = pd.DataFrame({"feature": ["parts", "portal"], "category": ["M", "I"]})
    >>> rank_actions(gaps, kano=kano).table[["account", "item", "urgency"]]
      account    item  urgency
    0       A   parts      3.0
    1       A  portal      0.4
    """
    share, known = check_share("vary", vary), _check_factors(factors)
    if isinstance(draws, bool) or draws < 1:
        raise ArgumentError("draws", draws, text("metrics.allowed.draws"))
    for column, rule in ((account, identifier()), (item, identifier()), (gap, number())):
        check_column(gaps, column, rule)
    rows = row_values(gaps, (account, item, gap))
    _once(gaps, rows, [account, item])
    rows = rows.rename(columns={gap: "shortfall"})
    rows["shortfall"] = -rows["shortfall"].astype("float64")
    rows["category"] = _classes(kano, rows, account, item, feature, category, known)
    for name, frame, column in (("type", loyalty, type), ("trend", trend, change)):
        rows[name] = None
        if frame is not None:
            found = one_row_each(frame, account, {column: choice(list(known[name]), missing=True)})
            rows[name] = rows[account].map(dict(zip(found[account], found[column], strict=True)))
    rows["revenue"] = np.nan
    if revenue is not None:
        found = one_row_each(revenue, account, {amount: number(0, missing=True)})
        rows["revenue"] = (
            rows[account].map(dict(zip(found[account], found[amount], strict=True))).astype(float)
        )
    rows["urgency"] = _urgency(rows, known, np.random.default_rng(seed), 0.0, 1)[0]
    acting = (rows["urgency"] > 0).to_numpy()
    met = int((~acting).sum())
    rows = rows[acting].reset_index(drop=True)
    drawn = _urgency(rows, known, np.random.default_rng(seed), share, draws)
    rows["share"] = rows["urgency"] / rows["urgency"].sum()
    own, best, worst = _ranks(rows["urgency"].to_numpy(dtype=np.float64), drawn)
    rows["rank"], rows["rank_best"], rows["rank_worst"] = own, best, worst
    rows["reason"] = [_reason(row) for row in rows.to_dict("records")]
    rows = rows.sort_values("rank", kind="stable", ignore_index=True)
    return Actions(rows, account, item, share, draws, met)


def _check_factors(factors: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, default in ACTION_FACTORS.items():
        given = dict(factors.get(name, default))
        for value in given.values():
            if not is_number(value) or value < 0:
                raise ArgumentError("factors", {name: given}, text("accounts.allowed.factors"))
        found[name] = given
    return found


def _once(data: Any, rows: pd.DataFrame, keys: list[str]) -> None:
    if rows.empty:
        raise DataError(keys[0], 0, "—", None, text("survey.allowed.rows"))
    check_unique(data, keys, rows=rows, allowed=text("accounts.allowed.pair"))


def _classes(
    kano: Any,
    rows: pd.DataFrame,
    account: str,
    item: str,
    feature: str,
    category: str,
    known: dict[str, dict[str, float]],
) -> Any:
    """Kano class of each row; of the account's own if the table has one, else of all."""
    if kano is None:
        return None
    check_column(kano, feature, identifier())
    check_column(kano, category, choice(list(known["category"]), missing=True))
    keys = [account, feature] if account in schema_of(kano).names() else [feature]
    table = row_values(kano, (*keys, category))
    _once(kano, table, keys)
    classes = dict(zip(zip(*(table[key] for key in keys), strict=True), table[category], strict=True))
    own = [rows[account], rows[item]] if len(keys) == 2 else [rows[item]]
    return [classes.get(key) for key in zip(*own, strict=True)]


def _urgency(
    rows: pd.DataFrame,
    factors: dict[str, dict[str, float]],
    random: np.random.Generator,
    vary: float,
    draws: int,
) -> np.ndarray:
    """Urgency of each row, one row of the array a draw of the factors."""
    urgency = np.tile(np.maximum(rows["shortfall"].to_numpy(dtype=np.float64), 0.0), (draws, 1))
    urgency *= rows["revenue"].fillna(1.0).to_numpy(dtype=np.float64)
    for name, values in factors.items():
        drawn = np.array(list(values.values())) * random.uniform(1 - vary, 1 + vary, (draws, len(values)))
        drawn = np.column_stack([drawn, np.ones(draws)])  # the last: not known
        place = {value: i for i, value in enumerate(values)}
        at = [len(values) if pd.isna(v) else place[v] for v in rows[name]]
        urgency *= drawn[:, np.array(at, dtype=np.int64)]
    return urgency


def _ranks(own: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from scipy import stats

    if not len(own):
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    ranks = stats.rankdata(-drawn, axis=1, method="min").astype(np.int64)
    rank = stats.rankdata(-own, method="min").astype(np.int64)
    return rank, ranks.min(axis=0), ranks.max(axis=0)


def _reason(row: dict[Any, Any]) -> str:
    parts = [text("accounts.reason.gap", gap=rounded(row["shortfall"], 1))]
    if not pd.isna(row["category"]):
        parts.append(text("accounts.reason.category", name=text(f"kano.category.{row['category']}")))
    if not pd.isna(row["type"]):
        parts.append(text("accounts.reason.type", type=row["type"]))
    if not pd.isna(row["trend"]):
        parts.append(
            text(f"accounts.reason.{row['trend']}") if row["trend"] in _TRENDS else str(row["trend"])
        )
    return text("accounts.sign.list").join(parts)


_TRENDS = ("falling", "stable", "rising")
