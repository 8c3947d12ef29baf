"""Cohen's kappa: whether two coders agree more than chance would have them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.reliability_items import say, say_interval
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import Counts, counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Kappa", "kappa"]

WEIGHTS = (None, "linear", "quadratic")


@dataclass(frozen=True, eq=False)
class Kappa(Result):
    """Agreement of two coders.

    Parameters
    ----------
    table : pandas.DataFrame
        One row: ``n`` (texts that both coded), ``n_missing`` (those that one or both left out), ``agreement``
        (share coded alike), ``chance`` (share that chance would make alike), ``kappa``, ``error``, ``low``,
        ``high``. With weights both shares are weighted.
    codings : pandas.DataFrame
        Number of texts for each code of coder A (rows) and coder B (columns).
    coder_a, coder_b : str
        Names of the two columns.
    weights : str or None
        As asked for.
    confidence : float
        Level of the interval.
    """

    codings: pd.DataFrame
    coder_a: str
    coder_b: str
    weights: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how often each pair of codes was given: the diagonal is agreement.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        size = len(self.codings)
        ax = plots.axes(ax, figsize=None if size <= 6 else (7.2, min(1.6 + 0.5 * size, 12)))
        shown = self.codings.to_numpy(dtype=np.float64)
        ax.imshow(shown, cmap="Blues", vmin=0, vmax=max(1.25 * shown.max(), 1), aspect="auto")
        for (i, j), count in np.ndenumerate(shown):
            dark = count > 0.75 * shown.max()
            ax.text(
                j,
                i,
                f"{count:.0f}",
                ha="center",
                va="center",
                color="white" if dark else "black",
            )
        labels = [str(v) for v in self.codings.index]
        ax.set_xticks(range(size), labels, rotation=30 if max(map(len, labels)) > 8 else 0)
        ax.set_yticks(range(size), labels)
        ax.grid(visible=False)
        value = say(self.table["kappa"].iloc[0])
        key = "kappa" if self.weights is None else "kappa_weighted"
        agreement = _percent(self.table["agreement"].iloc[0])
        title = text(f"reliability.title.{key}", agreement=agreement, value=value)
        xlabel = text("reliability.axis.coder_counts", coder=self.coder_b)
        ylabel = text("reliability.axis.coder", coder=self.coder_a)
        return plots.label(ax, title=title, xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def explain(self) -> str:
        """Say kappa with its interval, and the pair of codes that is mixed up most.

        Returns
        -------
        str
            Two sentences.
        """
        row = self.table.rename(columns={"kappa": "estimate"}).to_dict("records")[0]
        said = text(
            f"reliability.explain.kappa_{self.weights or 'plain'}",
            kappa=say_interval(row, self.confidence),
            agreement=_percent(row["agreement"]),
            chance=_percent(row["chance"]),
            n=row["n"],
            missing=row["n_missing"],
        )
        cells = self.codings.to_numpy().copy()
        np.fill_diagonal(cells, 0)
        if not cells.any():
            return said
        i, j = np.unravel_index(int(cells.argmax()), cells.shape)
        a, b = self.codings.index[int(i)], self.codings.columns[int(j)]
        most = text(
            "reliability.explain.mixed",
            a=a,
            b=b,
            count=int(cells[i, j]),
            first=self.coder_a,
            second=self.coder_b,
        )
        return join(said, most)


def _percent(share: float) -> str:
    return f"{rounded(100 * float(share), 0)} %"


def kappa(
    data: Any,
    coder_a: str,
    coder_b: str,
    *,
    weights: Literal["linear", "quadratic"] | None = None,
    categories: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> Kappa:
    """Compute Cohen's kappa of two coders of the same texts.

    Parameters
    ----------
    data : frame
        One row a text; any frame that narwhals knows.
    coder_a, coder_b : str
        Columns with the code that each of the two gave.
    weights : {None, "linear", "quadratic"}, default None
        None counts every disagreement alike, which is right for codes without an order (topics). With an
        order (polarity, scores), codes that are further apart disagree more: by their distance, or by its
        square.
    categories : sequence, optional
        All codes, in their order. Needed for weights unless the codes are numbers or ordered categories.
    confidence : float, default 0.95
        Level of the interval.

    Returns
    -------
    Kappa
        ``kappa`` from −1 to 1; 0 is what chance makes.

    Raises
    ------
    UnknownNameError
        If a column is not there.
    DataError
        If no text was coded by both, all have the same code, or a code is not among ``categories``.
    ArgumentError
        If ``weights`` is unknown, or asked for codes whose order nobody stated.

    Notes
    -----
    κ = (p_o − p_e)/(1 − p_e); standard error for large samples (Fleiss, Cohen and Everitt 1969), from
    statsmodels, and a normal interval cut at ±1. Kappa is low where nearly all texts have one code, however
    well coders agree.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological
    Measurement 20, 37–46. Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Large sample standard errors
    of kappa and weighted kappa. Psychological Bulletin 72, 323–327.

    Examples
    --------
    >>> codes = pd.DataFrame({"ann": ["price"] * 25 + ["staff"] * 25, "bob": ["price"] * 20 + ["staff"] * 30})
    >>> print(kappa(codes, "ann", "bob").explain())
    Cohen's kappa is 0.80 (95 % interval 0.64 to 0.96): 90 % of 50 texts were coded alike, where chance
    alone would give 50 % (0 not coded by both). Mixed up most: price (ann) with staff (bob), 5×.
    """
    level = check_confidence(confidence)
    if weights not in WEIGHTS:
        raise ArgumentError("weights", weights, text("reliability.allowed.weights"))
    if coder_a == coder_b:
        raise ArgumentError("coder_b", coder_b, text("reliability.allowed.coders"))
    made = counts(data, [coder_a, coder_b])
    total = made.total()
    silent = (total[coder_a].isna() | total[coder_b].isna()).to_numpy(dtype=bool)
    both, missing = total[~silent], int(total["n"].to_numpy()[silent].sum())
    codes = _codes(made, both, coder_a, coder_b, weights, categories)
    cells = np.zeros((len(codes), len(codes)), dtype=np.int64)
    place = {code: i for i, code in enumerate(codes)}
    for a, b, n in zip(both[coder_a], both[coder_b], both["n"], strict=True):
        cells[place[a], place[b]] += n
    if ((cells.sum(axis=0) > 0) | (cells.sum(axis=1) > 0)).sum() < 2:
        n = int(cells.sum())
        value = None if n == 0 else both[coder_a].iloc[0]
        raise DataError(f"{coder_a}, {coder_b}", n or missing, "—", value, text("reliability.allowed.codes"))
    table = pd.DataFrame([_row(cells, weights, level, missing)])
    codings = pd.DataFrame(cells, index=pd.Index(codes, name=coder_a), columns=pd.Index(codes, name=coder_b))
    return Kappa(table, codings, coder_a, coder_b, weights, level)


def _codes(
    made: Counts, both: pd.DataFrame, coder_a: str, coder_b: str, weights: str | None, categories: Any
) -> list[Any]:
    """All codes in their order."""
    seen = pd.concat([both[coder_a].astype(object), both[coder_b].astype(object)])
    found: list[Any] = list(dict.fromkeys(seen.tolist()))
    if categories is not None:
        known = list(categories)
        for code in found:
            if code not in known:
                raise UnknownNameError(text("reliability.words.code"), code, [str(c) for c in known])
        return known
    levels = made.levels.get(coder_a)
    if levels is not None and levels == made.levels.get(coder_b):
        return list(levels)
    numbers = all(isinstance(code, int | float | np.number) for code in found)
    if weights is not None and not numbers:
        raise ArgumentError("categories", None, text("reliability.allowed.order"))
    return sorted(found, key=None if numbers else str)


def _row(cells: Any, weights: str | None, level: float, missing: int) -> dict[str, Any]:
    from scipy import special
    from statsmodels.stats.inter_rater import cohens_kappa

    found: Any = cohens_kappa(cells, wt=weights)
    distance = np.abs(np.subtract.outer(np.arange(len(cells)), np.arange(len(cells)))) / (len(cells) - 1)
    power = {None: distance > 0, "linear": distance, "quadratic": distance**2}[weights]
    share = cells / cells.sum()
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    value, error = float(found.kappa), math.sqrt(max(float(found.var_kappa), 0.0))
    half = float(special.ndtri((1 + level) / 2)) * error
    row: dict[str, Any] = {"n": int(cells.sum()), "n_missing": missing}
    row |= {"agreement": 1 - float((power * share).sum()), "chance": 1 - float((power * expected).sum())}
    return row | {
        "kappa": value,
        "error": error,
        "low": max(value - half, -1.0),
        "high": min(value + half, 1.0),
    }
