"""Two countries fairly: how people use a scale (acquiescence, extremity), and scores without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import join, text
from csmodels_helpers.metrics_plots import draw_points, row_axes
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, check_scale, check_segment, with_floats
from csmodels_helpers.survey import scale as scale_rule
from csmodels_helpers.tally import Moments, moments
from csmodels_helpers.tally_parts import changed
from csmodels_helpers.uncertainty import part_sums, spread, without_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ResponseStyles", "response_styles"]

Floats = npt.NDArray[np.float64]

STYLES = ("acquiescence", "extremity")
SCORES = ("as_asked", "balanced", "same_style")


@dataclass(frozen=True, eq=False)
class ResponseStyles(Result):
    """Response styles by segment, and scores with none, one or both of them taken out.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a segment: the segment column, ``n``, ``n_missing``, and with ``…_low`` and ``…_high`` each:
        ``acquiescence`` (mean of all balanced items minus the middle of the scale, in points), ``extremity``
        (share of answers at an end of the scale), ``as_asked`` (mean of the items that are not reversed),
        ``balanced`` (acquiescence out), ``same_style`` (both out: the balanced score as the reference segment
        would have written it down); scores in points of the scale.
    differences : pandas.DataFrame
        One row a score and segment other than the reference: ``segment``, ``score`` (its name),
        ``difference`` from the reference, ``low``, ``high``.
    segment : str
        Name of the segment column.
    reference : object
        The segment that others are compared with.
    scale : tuple of int
        Ends of the scale.
    confidence : float
        Level of the intervals.
    """

    differences: pd.DataFrame
    segment: str
    reference: Any
    scale: tuple[int, int]
    confidence: float

    def _rows(self) -> list[dict[str, Any]]:
        return [{str(k): v for k, v in row.items()} for row in self.differences.to_dict("records")]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the difference from the reference as asked, balanced, and in the same style.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        rows = self._rows()
        ax = row_axes(ax, len(rows) + 1)
        many = len(self.table) > 2
        labels = [text(f"monitoring.part.{row['score']}") for row in rows]
        if many:
            labels = [f"{row['segment']}\n{label}" for row, label in zip(rows, labels, strict=True)]
        draw_points(ax, self.differences.assign(score=self.differences["difference"]), labels)
        ax.axvline(0, linestyle="--", color=plots.PALETTE["grey"])
        others = text("monitoring.sign.names").join(dict.fromkeys(str(row["segment"]) for row in rows))
        low, high = self.scale
        said = {"segment": others, "reference": self.reference, "low": low, "high": high}
        xlabel = text("monitoring.axis.difference", **said)
        ylabel = text("monitoring.axis.correction")
        return plots.label(ax, title=self._title(), xlabel=xlabel, ylabel=ylabel, alt=self.explain())

    def _differs(self, row: Mapping[str, Any]) -> bool:
        return bool(row["low"] > 0 or row["high"] < 0)

    def _title(self) -> str:
        rows = self._rows()
        naive = [row for row in rows if row["score"] == "as_asked"]
        fair = [row for row in rows if row["score"] == "same_style"]
        if any(map(self._differs, naive)) and not any(map(self._differs, fair)):
            return text("monitoring.title.styles_gone")
        return text(
            "monitoring.title.styles_differ"
            if any(map(self._differs, fair))
            else "monitoring.title.styles_same"
        )

    def explain(self) -> str:
        """Say who agrees more and uses the ends more, and what is left of the difference.

        Returns
        -------
        str
            A sentence for each other segment, and one about what the correction assumes.
        """
        own = self.table.set_index(self.segment)
        base = own.loc[self.reference]
        sentences: list[str] = []
        rows = self._rows()
        for other in dict.fromkeys(row["segment"] for row in rows):
            found = {row["score"]: row for row in rows if row["segment"] == other}
            said: dict[str, object] = {"segment": other, "reference": self.reference}
            for name, row in found.items():
                for end in ("difference", "low", "high"):
                    said[f"{name}_{end}"] = rounded(row[end], 2)
            for name, factor, digits in (("acquiescence", 1, 2), ("extremity", 100, 0)):
                said[name] = rounded(factor * own.loc[other, name], digits)
                said[f"{name}_reference"] = rounded(factor * base[name], digits)
            key = "styles_left" if self._differs(found["same_style"]) else "styles_none"
            sentences.append(text("monitoring.explain.styles", **said))
            sentences.append(text(f"monitoring.explain.{key}", level=f"{100 * self.confidence:g}", **said))
        missing = int(self.table["n_missing"].sum())
        if missing:
            sentences.append(text("monitoring.explain.missing", rows=missing))
        return join(*sentences)


def _cumulative(data: Any, items: Sequence[str], cuts: Sequence[int], keep: Sequence[str]) -> Any:
    """Replace each item by columns that say whether the answer is at most 1, 2, …; a gap stays one."""
    columns: list[Any] = []
    for i, item in enumerate(items):
        answer = nw.col(item)
        for k in cuts:
            at_most = (answer <= k).cast(nw.Float64)
            # Times nothing, so that NaN, which Polars takes for a large number, stays missing.
            columns.append((at_most + 0.0 * answer.cast(nw.Float64)).alias(f"_{i}_{k}"))
    kept = list(dict.fromkeys(keep))
    return changed(
        data,
        lambda frame: nw.from_native(with_floats(nw.to_native(frame), items)).select(*kept, *columns),
        [*items, *kept],
    )


def response_styles(
    data: Any,
    items: Sequence[str],
    *,
    reverse: Sequence[str],
    scale: tuple[int, int],
    segment: str,
    reference: Any = None,
    respondent: str | None = None,
    confidence: float = 0.95,
) -> ResponseStyles:
    """Take response styles out of a comparison, by a scale half of whose items are reversed.

    Parameters
    ----------
    data : frame
        One row a respondent.
    items : sequence of str
        All item columns, as many worded against the customer's satisfaction as for it.
    reverse : sequence of str
        Those of ``items`` on which agreement means dissatisfaction. They hold the answers as given: not
        turned.
    scale : tuple of int
        Lowest and highest answer.
    segment : str
        Column of countries or channels to compare.
    reference : object, optional
        The segment that others are compared with; by default the first.
    respondent : str, optional
        Column that says who answered, where somebody did so in several rows.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    ResponseStyles
        Styles and scores by segment, and the differences between segments.

    Raises
    ------
    ArgumentError
        If the items are not balanced, or there are fewer than two segments.
    DataError
        If an answer is off the scale, or nobody in a segment answered all items.

    Notes
    -----
    *Acquiescence* lifts answers to reversed items as much as to the others, so with P̄ and R̄ the means of
    the two halves it is (P̄ + R̄)/2 − middle, and the balanced score, middle + (P̄ − R̄)/2, is free of it.
    *Extremity*, the share of answers at an end, stretches what is left. Dividing by the spread would also
    remove real differences in spread; here the thresholds are estimated instead: if satisfaction is normal
    with the same spread everywhere, an answer to item j is at most k with probability Φ(τₖ − μⱼ), and Φ(τₖ +
    μⱼ) if it is reversed. So μ is half the difference of the probits of the two halves and τ half their sum,
    whatever the τ of a segment are (signal detection: Green and Swets 1966; for response styles Baumgartner
    and Steenkamp 2001). ``same_style`` writes each μ down with the τ of the reference. Cells without an
    answer count as half a one. Rows that lack an item are left out and counted. Uncertainty: delete-a-group
    jackknife.

    It assumes that styles work on both halves alike, that the spread of satisfaction is the same, and that
    reversed wording is understood (negations often are not); anchoring vignettes assume other things: use
    both.

    References
    ----------
    Baumgartner, H. and Steenkamp, J.-B. E. M. (2001). Response styles in marketing research: a cross-national
    investigation. *J. Marketing Research* 38, 143–156.
    Billiet, J. B. and McClendon, M. J. (2000). Modeling acquiescence in measurement models for two balanced
    sets of items. *Structural Equation Modeling* 7, 608–628.
    Green, D. M. and Swets, J. A. (1966). *Signal Detection Theory and Psychophysics*. Wiley.

    Examples
    --------
    >>> from csmodels_helpers.datasets import load_dataset
    >>> answers = load_dataset("countries_style")
    >>> items = [f"item_{i:02}" for i in range(1, 13)]
    >>> found = response_styles(
    ...     answers, items, reverse=items[6:], scale=(1, 5), segment="country"
    ... )
    >>> found.differences["score"].tolist()
    ['as_asked', 'balanced', 'same_style']
    """
    level, bounds = check_confidence(confidence), check_scale(scale)
    asked, turned = list(items), list(reverse)
    if len(set(asked)) != len(asked) or not set(turned) <= set(asked) or 2 * len(set(turned)) != len(asked):
        raise ArgumentError("reverse", turned, text("monitoring.allowed.balanced", items=len(asked)))
    for item in asked:
        check_column(data, item, scale_rule(*bounds, missing=True))
    cuts = list(range(bounds[0], bounds[1]))
    frame = _cumulative(data, asked, cuts, [segment, *([respondent] if respondent else [])])
    columns = [f"_{i}_{k}" for i in range(len(asked)) for k in cuts]
    made = moments(frame, columns, segment=segment, respondent=respondent, apart=respondent is None)
    parts = list(made.split(segment))
    _check_segments(parts, segment, asked)
    labels = [label for label, _ in parts]
    rows_by_group, sums_by_group = part_sums([part for _, part in parts])
    n, sums = without_groups(rows_by_group, np.stack(sums_by_group, axis=1))
    base = 0 if reference is None else labels.index(check_segment(reference, labels, name="reference"))
    shares = _shares(n, sums, len(asked), len(cuts))
    plus = np.array([item not in turned for item in asked])
    scores = _scores(shares, n, plus, bounds, base)
    rows: list[dict[str, Any]] = []
    for j, (label, part) in enumerate(parts):
        row: dict[str, Any] = {segment: label, "n": part.n, "n_missing": part.left_out}
        for name, values in scores.items():
            found = spread(values[:, j], level)
            ends = {f"{name}_low": float(found.low), f"{name}_high": float(found.high)}
            row |= {name: float(found.estimate), **ends}
        rows.append(row)
    differences: list[dict[str, Any]] = []
    for j, label in enumerate(labels):
        if j == base:
            continue
        for name in SCORES:
            gap = scores[name][:, j] - scores[name][:, base]
            found = spread(gap, level)
            ends = {"low": float(found.low), "high": float(found.high)}
            differences.append({"segment": label, "score": name, "difference": float(found.estimate), **ends})
    table = pd.DataFrame(rows)
    return ResponseStyles(table, pd.DataFrame(differences), segment, labels[base], bounds, level)


def _check_segments(parts: Sequence[tuple[Any, Moments]], segment: str, names: Sequence[str]) -> None:
    """Refuse a segment without a complete row, and fewer than two segments."""
    for label, part in parts:
        if part.n == 0:
            advice = text("metrics.advice.silent", segment=f"{segment} = {label!r}", rows=part.left_out)
            allowed = text("metrics.allowed.answers")
            raise DataError(", ".join(names), part.left_out, "—", None, allowed, advice)
    if len(parts) < 2:
        values = [label for label, _ in parts]
        raise ArgumentError("segment", segment, text("monitoring.allowed.two_segments", values=values))


def _shares(n: Floats, sums: Floats, items: int, cuts: int) -> Floats:
    """Share of answers at most k: shape (1 + G, segments, items, cuts)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return (sums / n[:, :, None]).reshape(*n.shape, items, cuts)


def _scores(shares: Floats, n: Floats, plus: Any, bounds: tuple[int, int], base: int) -> dict[str, Floats]:
    """All styles and scores, each of shape (1 + G, segments)."""
    middle = (bounds[0] + bounds[1]) / 2
    # A mean is the highest answer less the shares at most k.
    means = bounds[1] - shares.sum(axis=3)
    agree, against = means[:, :, plus].mean(axis=2), means[:, :, ~plus].mean(axis=2)
    ends = (shares[..., 0] + 1 - shares[..., -1]).mean(axis=2)
    # Half an answer for an empty cell keeps the probit finite.
    half = 0.5 / n[:, :, None, None]
    probits = special.ndtri(np.clip(shares, half, 1 - half))
    for_, turned = probits[:, :, plus].mean(axis=2), probits[:, :, ~plus].mean(axis=2)
    # Each threshold tells μ; those in the middle of the answers tell it best.
    pooled = np.clip(shares[0].mean(axis=(0, 1)), 1e-6, 1 - 1e-6)
    weight = np.exp(-(special.ndtri(pooled) ** 2)) / (pooled * (1 - pooled))
    weight = weight / weight.sum()
    mu = ((turned - for_) / 2) @ weight
    tau = ((turned + for_) / 2)[:, base]
    up = special.ndtr(tau[:, None, :] - mu[:, :, None]).sum(axis=2)
    down = special.ndtr(tau[:, None, :] + mu[:, :, None]).sum(axis=2)
    return {
        "acquiescence": (agree + against) / 2 - middle,
        "extremity": ends,
        "as_asked": agree,
        "balanced": middle + (agree - against) / 2,
        "same_style": middle + (down - up) / 2,
    }
