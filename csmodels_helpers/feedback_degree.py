"""What do they say? The feedback degree (客户反馈程度) and the topics of comments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.expectation_regression import segment_name
from csmodels_helpers.language import text
from csmodels_helpers.metrics_intervals import share_interval, take_sample
from csmodels_helpers.metrics_plots import hundredfold, row_axes
from csmodels_helpers.metrics_scores import by_segment, counted_columns, score_table
from csmodels_helpers.metrics_words import rounded
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_column, check_confidence, choice
from csmodels_helpers.tally import Counts, counts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["POLARITIES", "Degree", "Topics", "degree", "topics"]

POLARITIES = ("positive", "neutral", "negative")
"""The three polarities of feedback."""

_LOOKS = {"positive": ("blue", ""), "neutral": ("light", ".."), "negative": ("orange", "//")}
_SHOWN = 12


@dataclass(frozen=True, eq=False)
class Degree(Result):
    """Shares of positive, neutral and negative feedback.

    Parameters
    ----------
    table : pandas.DataFrame
        Three rows a segment (three without): the segment column, ``polarity``, ``n`` (comments of that
        polarity), ``share`` (0–1), ``low``, ``high``, ``n_all`` and ``n_missing``.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    """

    segment: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw one bar a segment, divided into positive, neutral and negative.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        parts = self._parts()
        ax = row_axes(ax, len(parts) + 1)
        y = np.arange(len(parts))[::-1]
        left = np.zeros(len(parts))
        for polarity in POLARITIES:
            share = np.array([rows[polarity]["share"] for _, rows in parts])
            colour, hatch = _LOOKS[polarity]
            label = text(f"feedback.words.{polarity}")
            bars: dict[str, Any] = {"color": plots.PALETTE[colour], "hatch": hatch, "edgecolor": "white"}
            ax.barh(y, share, 0.62, left=left, label=label, **bars)
            for place, start, width in zip(y, left, share, strict=True):
                if width >= 0.06:
                    face = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
                    said = f"{rounded(100 * width, 0)} %"
                    ax.text(start + width / 2, place, said, ha="center", va="center", bbox=face)
            left = left + share
        ax.set_yticks(y, [name for name, _ in parts])
        ax.set_ylim(-0.6, len(parts) - 0.4)
        ax.set_xlim(0, 1)
        hundredfold(ax.xaxis, " %")
        ax.grid(False, axis="y")
        plots.legend_below(ax)
        return plots.label(
            ax,
            title=self._title(parts),
            xlabel=text("feedback.axis.comments"),
            ylabel=text("metrics.axis.group") if self.segment is None else self.segment,
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say the three shares with their intervals.

        Returns
        -------
        str
            One sentence.
        """
        said: list[str] = []
        for name, rows in self._parts():
            numbers: dict[str, object] = {"segment": name}
            for polarity in POLARITIES:
                for column in ("share", "low", "high"):
                    value = float(rows[polarity][column])
                    numbers[f"{polarity}_{column}"] = rounded(100 * value, 0)
            said.append(text("feedback.explain.degree_part", **numbers))
        ends = self.table.drop_duplicates("polarity" if self.segment is None else self.segment)
        ends = ends.head(1) if self.segment is None else ends
        return text(
            "feedback.explain.degree",
            parts=text("feedback.sign.list").join(said),
            level=f"{100 * self.confidence:g}",
            n=int(ends["n_all"].sum()),
            missing=int(ends["n_missing"].sum()),
        )

    def _parts(self) -> list[tuple[str, dict[str, Any]]]:
        """Name of each segment, and its three rows."""
        if self.segment is None:
            groups: Any = [(text("feedback.words.all"), self.table)]
        else:
            groups = self.table.groupby(self.segment, sort=False, dropna=False, observed=True)
        return [
            (segment_name(value), {row["polarity"]: row for row in rows.to_dict("records")})
            for value, rows in groups
        ]

    def _title(self, parts: list[tuple[str, dict[str, Any]]]) -> str:
        shares = {name: float(rows["negative"]["share"]) for name, rows in parts}
        most, least = max(shares, key=lambda k: shares[k]), min(shares, key=lambda k: shares[k])
        numbers = {"most": most, "least": least}
        numbers |= {"high": rounded(100 * shares[most], 0), "low": rounded(100 * shares[least], 0)}
        return text(f"feedback.title.degree_{'one' if len(parts) == 1 else 'segments'}", **numbers)


def degree(
    data: Any,
    polarity: str,
    *,
    values: Mapping[Any, str] | None = None,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Degree:
    """Compute the feedback degree: how much of the feedback is positive, neutral, negative.

    Parameters
    ----------
    data : frame
        One row a comment or answer; any frame that narwhals knows.
    polarity : str
        Column with ``"positive"``, ``"neutral"``, ``"negative"``, or missing.
    values : dict of str, optional
        What stands in the column → polarity, for other words or for a rating: ``{1: "negative", …}``.
    segment, respondent, weights : str, optional
        Column to split by; who said it; survey weights.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Degree
        Shares 0–1, each with a Wilson interval of its own.

    Raises
    ------
    DataError
        If the column holds something else, or a segment has no comment with a polarity.
    ArgumentError
        If ``values`` leads to something else than the three polarities.

    Examples
    --------
    >>> comments = pd.DataFrame({"polarity": ["positive"] * 5 + ["negative"] * 3 + ["neutral"] * 2})
    >>> degree(comments, "polarity").table[["polarity", "n", "share", "low", "high"]].round(2)
       polarity  n  share   low  high
    0  positive  5    0.5  0.24  0.76
    1   neutral  2    0.2  0.06  0.51
    2  negative  3    0.3  0.11  0.60
    """
    level = check_confidence(confidence)
    words = {name: name for name in POLARITIES} if values is None else dict(values)
    if not words or any(word not in POLARITIES for word in words.values()):
        raise ArgumentError("values", words, text("feedback.allowed.values"))
    check_column(data, polarity, choice(words, missing=True))
    tallied = counts(data, counted_columns(segment, polarity), respondent=respondent, weights=weights)
    rows: list[dict[str, Any]] = []
    for value, cells, missing in by_segment(tallied, polarity, segment):
        said = cells[polarity].map(words).to_numpy()
        for name in POLARITIES:
            here = (said == name).astype(np.float64)
            row: dict[str, Any] = {} if segment is None else {segment: value}
            row |= {"polarity": name, **_share(cells, here, tallied, level)}
            rows.append({**row, "n_all": int(cells["n"].sum()), "n_missing": missing})
    return Degree(score_table(rows, tallied, segment), segment, level)


def _share(cells: pd.DataFrame, here: Any, tallied: Counts, level: float) -> dict[str, Any]:
    found = share_interval(take_sample(cells, here, tallied), level)
    n = int(cells["n"].to_numpy()[here > 0].sum())
    return {"n": n, "share": found.score, "low": found.low, "high": found.high}


@dataclass(frozen=True, eq=False)
class Topics(Result):
    """How many comments speak of what.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a topic (and segment), most frequent first: the segment column, ``topic``, ``n`` (comments
        that mention it), ``share`` of the comments with a topic (0–1), ``low``, ``high``.
    n, n_missing : int
        Comments with a topic, and without.
    several : bool
        Whether a comment may have more than one topic, so that shares add up to more than 1.
    segment : str or None
        Name of the segment column.
    confidence : float
        Level of the intervals.
    """

    n: int
    n_missing: int
    several: bool
    segment: str | None
    confidence: float

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share of each topic with its interval, most frequent on top (twelve at most).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        names = list(dict.fromkeys(self.table["topic"]))[:_SHOWN]
        groups = self._groups()
        ax = row_axes(ax, round(len(names) * max(1, len(groups) * 0.7)))
        colours = ("blue", "orange", "green", "purple")
        for i, (label, rows) in enumerate(groups):
            rows = rows[rows["topic"].isin(names)]
            y = np.array([len(names) - 1 - names.index(topic) for topic in rows["topic"]], dtype=np.float64)
            y += 0.16 * ((len(groups) - 1) / 2 - i)
            share, low, high = (rows[name].to_numpy(dtype=np.float64) for name in ("share", "low", "high"))
            arms = np.nan_to_num(np.array([share - low, high - share]))
            colour, marker = plots.PALETTE[colours[i % 4]], plots.MARKERS[i % len(plots.MARKERS)]
            ax.errorbar(share, y, xerr=arms, fmt=marker, color=colour, capsize=4, label=label)
        ax.set_yticks(range(len(names)), [str(name) for name in names[::-1]])
        ax.set_ylim(-0.6, len(names) - 0.4)
        ax.set_xlim(left=0)
        hundredfold(ax.xaxis, " %")
        if self.segment is not None:
            plots.legend_below(ax)
        return plots.label(
            ax,
            title=self._title(),
            xlabel=text("feedback.axis.mentions"),
            ylabel=text("feedback.axis.topic"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say the most frequent topics with their intervals.

        Returns
        -------
        str
            One or two sentences.
        """
        parts: list[str] = []
        for label, rows in self._groups():
            most = rows.sort_values("share", ascending=False, kind="stable").head(3)
            said = [
                text("feedback.explain.topic", topic=row["topic"], **self._said(row))
                for row in most.to_dict("records")
            ]
            joined = text("feedback.sign.list").join(said)
            named = text("feedback.explain.in_segment", segment=label, parts=joined)
            parts.append(joined if self.segment is None else named)
        return text(
            f"feedback.explain.topics_{'several' if self.several else 'one'}",
            parts=text("feedback.sign.list").join(parts),
            level=f"{100 * self.confidence:g}",
            n=self.n,
            missing=self.n_missing,
        )

    @staticmethod
    def _said(row: Any) -> dict[str, str]:
        return {name: rounded(100 * float(row[name]), 0) for name in ("share", "low", "high")}

    def _title(self) -> str:
        first = self.table.iloc[0]
        if self.segment is not None:
            groups = [rows for _, rows in self._groups()]
            leads = [rows["topic"].iloc[int(np.argmax(rows["share"].to_numpy()))] for rows in groups]
            count = leads.count(first["topic"])
            return text("feedback.title.topics_segments", topic=first["topic"], count=count, all=len(groups))
        # Told from the next by more than chance: their intervals lie apart.
        clear = len(self.table) < 2 or float(first["low"]) > float(self.table["high"].iloc[1])
        key = "first" if clear else "tie"
        return text(f"feedback.title.topics_{key}", topic=first["topic"], **self._said(first))

    def _groups(self) -> list[tuple[str, pd.DataFrame]]:
        if self.segment is None:
            return [("", self.table)]
        groups = self.table.groupby(self.segment, sort=True, dropna=False, observed=True)
        return [(segment_name(value), rows) for value, rows in groups]


def topics(
    data: Any,
    topic: str | Sequence[str],
    *,
    segment: str | None = None,
    respondent: str | None = None,
    weights: str | None = None,
    confidence: float = 0.95,
) -> Topics:
    """Count how many comments mention each topic.

    Parameters
    ----------
    data : frame
        One row a comment; any frame that narwhals knows.
    topic : str or sequence of str
        Column with the topic, or several if a comment can have more than one; a comment counts once for each
        of its topics.
    segment, respondent, weights : str, optional
        Column to split by; who said it; survey weights.
    confidence : float, default 0.95
        Level of the intervals.

    Returns
    -------
    Topics
        Shares of the comments with a topic, each with a Wilson interval of its own.

    Raises
    ------
    DataError
        If no comment (of a segment) has a topic.

    Examples
    --------
    >>> comments = pd.DataFrame({"topic": ["delivery", "delivery", "price"], "second": ["price", None, None]})
    >>> topics(comments, ["topic", "second"]).table[["topic", "n", "share"]].round(2)
          topic  n  share
    0  delivery  2   0.67
    1     price  2   0.67
    """
    level = check_confidence(confidence)
    columns = [topic] if isinstance(topic, str) else list(topic)
    tallied = counts(data, counted_columns(segment, *columns), respondent=respondent, weights=weights)
    cells = tallied.cells
    gaps: Any = cells[columns].isna().all(axis=1)
    missing = int(cells["n"][gaps].sum())
    named: pd.DataFrame = cells.loc[~gaps]
    if named.empty:
        allowed, advice = text("feedback.allowed.topics"), text("feedback.advice.no_topic", rows=missing)
        raise DataError(", ".join(columns), missing, "—", None, allowed, advice)
    said = sorted({value for column in columns for value in named[column].dropna()}, key=str)
    whole = [
        (name, float(named["n"][(named[columns] == name).to_numpy().any(axis=1)].sum())) for name in said
    ]
    order = [name for name, _ in sorted(whole, key=lambda pair: -pair[1])]
    rows: list[dict[str, Any]] = []
    for value, own in _by_segment(cells, named, segment, columns):
        for name in order:
            here = (own[columns] == name).to_numpy().any(axis=1).astype(np.float64)
            row: dict[str, Any] = {} if segment is None else {segment: value}
            rows.append({**row, "topic": name, **_share(own, here, tallied, level)})
    table = score_table(rows, tallied, segment)
    if segment is not None:
        place = {name: i for i, name in enumerate(order)}
        table = table.sort_values("topic", key=lambda t: t.map(place), kind="stable", ignore_index=True)
    n = int(named["n"].sum())
    return Topics(table, n, missing, len(columns) > 1, segment, level)


def _by_segment(
    cells: pd.DataFrame, named: pd.DataFrame, segment: str | None, columns: list[str]
) -> list[tuple[Any, pd.DataFrame]]:
    if segment is None:
        return [(None, named)]
    found: list[tuple[Any, pd.DataFrame]] = []
    for value in cells[segment].drop_duplicates().tolist():
        own = named[named[segment].isna() if pd.isna(value) else named[segment] == value]
        if own.empty:
            rows = int(cells["n"][cells[segment] == value].sum())
            advice = text("metrics.advice.silent", segment=f"{segment} = {value!r}", rows=rows)
            raise DataError(", ".join(columns), rows, "—", None, text("feedback.allowed.topics"), advice)
        found.append((None if isinstance(value, float) and math.isnan(value) else value, own))
    return found
