"""Kano's model: which needs must be met, which may be sold on, which can be dropped.

For every feature a respondent answers two questions, "how do you feel if it is there?"
(functional) and "how do you feel if it is missing?" (dysfunctional). The pair falls into one of six
classes. The four steps are :func:`tally` → :func:`estimate` → :meth:`KanoResult.plot` →
:meth:`KanoResult.explain`; :func:`analyze` does the first two. The lesson is
``notebooks/m05_kano.ipynb``.

Three modules stand below this one: ``kano_answers`` (from two answers to a class), ``kano_words``
(sentences) and ``kano_plots`` (figures). All that is public is found here.

References
----------
.. [1] Kano, N., Seraku, N., Takahashi, F. and Tsuji, S. (1984). Attractive quality and must-be
   quality. Journal of the Japanese Society for Quality Control 14(2), 39–48.
.. [2] Berger, C., Blauth, R., Boger, D., Bolster, C., Burchill, G., DuMouchel, W., Pouliot, F.,
   Richter, R., Rubinoff, A., Shen, D., Timko, M. and Walden, D. (1993). Kano's methods for
   understanding customer-defined quality. Center for Quality of Management Journal 2(4), 3–36.
.. [3] Lee, M. C. and Newcomb, J. F. (1997). Applying the Kano methodology to meet customer
   requirements: NASA's microgravity science program. Quality Management Journal 4(3), 95–106.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import narwhals as nw
import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.kano_answers import (
    ANSWERS,
    CATEGORIES,
    CHINESE_ANSWERS,
    TABLES,
    Table,
    answer_code,
    answer_name,
    category_name,
    check_choice,
    classify,
    evaluation_table,
    unknown_answer,
    word_map,
)
from csmodels_helpers.kano_words import (
    category_or_none,
    explain_rows,
    feature_name,
    percent,
    points,
    row_name,
    varying,
    wave_name,
)
from csmodels_helpers.language import text
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, find_rows
from csmodels_helpers.tally import GROUP, GROUPS, Coded, Counts, add_up, coded, counts, first_row, number_rows
from csmodels_helpers.tally_parts import refuse_cluster
from csmodels_helpers.uncertainty import wilson_ends, z_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from csmodels_helpers.kano_plots import plot_pair

__all__ = [
    "ANSWERS",
    "CATEGORIES",
    "CHINESE_ANSWERS",
    "DIFFERENCES",
    "RULES",
    "TABLES",
    "KanoComparison",
    "KanoResult",
    "KanoStability",
    "KanoTally",
    "analyze",
    "answer_name",
    "category_name",
    "classify",
    "compare",
    "estimate",
    "evaluation_table",
    "from_counts",
    "plot_drift",
    "plot_pair",
    "plot_shares",
    "stability",
    "tally",
]

RULES = ("mode", "within-5", "two-step")
"""The aggregation rules by name; :func:`estimate` tells them apart."""

DIFFERENCES = ("z", "fong")
"""The tests of the two leading classes by name; :func:`estimate` tells them apart."""

Rule = Literal["mode", "within-5", "two-step"]
Difference = Literal["z", "fong"]

_M, _O, _A, _I, _R, _Q = range(6)
_MEANINGFUL = [_M, _O, _A, _I]
_CODES = np.array([*CATEGORIES, None], dtype=object)  # None at −1: nobody answered
_MISSING = "missing"
_KEYS = ("feature", "segment", "wave")
# DuMouchel in Berger et al. (1993): Must-be and One-dimensional weigh more than Reverse and Questionable.
_FUNCTIONAL_SCORES = np.array([4.0, 2.0, 0.0, -1.0, -2.0])
_DYSFUNCTIONAL_SCORES = np.array([-2.0, -1.0, 0.0, 2.0, 4.0])


def _figures() -> Any:
    """Import the figures when one is drawn: matplotlib takes longer than everything else together."""
    from csmodels_helpers import kano_plots

    return kano_plots


def __getattr__(name: str) -> Any:
    if name == "plot_pair":
        return _figures().plot_pair
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# --------------------------------------------------------------------------------------------- tally


@dataclass(frozen=True, eq=False)
class KanoTally:
    """What the model needs from the answers: how often each pair of answers was given.

    Parameters
    ----------
    answers : Counts
        Counts by ``feature``, ``segment`` and ``wave`` (the last two if asked for) and either
        ``functional`` and ``dysfunctional`` (one of the five answers, or ``"missing"``) or, from
        published counts, ``category``. Pairs are kept, not only classes, so one tally serves both
        evaluation tables and the continuous coordinates.
    importance : Counts or None
        Counts of the self-stated importance by the same columns.
    respondents : bool
        Whether the respondent groups of the tally hold whole respondents.

    See Also
    --------
    tally : makes one.
    """

    answers: Counts
    importance: Counts | None = None
    respondents: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that tell the rows of the result apart: feature, segment, wave."""
        return tuple(key for key in _KEYS if key in self.answers.by)

    def merge(self, other: KanoTally) -> KanoTally:
        """Add the tally of other answers.

        Parameters
        ----------
        other : KanoTally
            A tally of the same columns.

        Returns
        -------
        KanoTally
            The tally of all answers together.

        Raises
        ------
        ArgumentError
            If the two do not count the same columns.
        """
        if (self.importance is None) != (other.importance is None):
            raise ArgumentError("other", list(other.answers.by), text("kano.error.columns"))
        importance = None
        if self.importance is not None and other.importance is not None:
            importance = self.importance.merge(other.importance)
        return KanoTally(
            self.answers.merge(other.answers), importance, self.respondents and other.respondents
        )


def tally(
    data: Any,
    *,
    feature: str = "feature",
    functional: str = "functional",
    dysfunctional: str = "dysfunctional",
    respondent: str | None = "respondent",
    segment: str | None = None,
    wave: str | None = None,
    importance: str | None = None,
    answers: Mapping[Any, str] | None = None,
) -> KanoTally:
    """Count the pairs of answers: the first step, in one pass over the data.

    Parameters
    ----------
    data : frame
        One row a respondent and feature (and wave): any frame that narwhals knows (pandas, Polars,
        DuckDB, Arrow, …). A Dask or Spark frame is tallied on its cluster, part by part.
    feature, functional, dysfunctional : str
        Columns: which feature, the answer if it is there, the answer if it is missing.
    respondent : str or None, default "respondent"
        Column that says who answered. With None, each row counts as somebody else, and
        :func:`stability` is not to be had.
    segment, wave : str, optional
        Columns to keep apart.
    importance : str, optional
        Column with the self-stated importance, a number.
    answers : mapping, optional
        Other words → the five answers, for example :data:`CHINESE_ANSWERS`.

    Returns
    -------
    KanoTally
        The tally. Pairs with a missing answer are counted as missing, never dropped.

    Raises
    ------
    DataError
        If an answer is none of the five, an importance is not a number, or a row lacks its feature.
    UnknownNameError
        If the frame lacks one of the columns.
    ArgumentError
        If the same column is named twice, or ``answers`` leads to anything but the five answers.

    Examples
    --------
    >>> data = pd.DataFrame({"respondent": [1, 2], "feature": ["speed", "speed"],
    ...     "functional": ["must-be", "like"], "dysfunctional": ["dislike", "neutral"]})
    >>> tally(data).answers.total()
      feature functional dysfunctional  n
    0   speed       like       neutral  1
    1   speed    must-be       dislike  1
    """
    words = word_map(answers)
    named = {"feature": feature, "segment": segment, "wave": wave}
    columns = {key: column for key, column in named.items() if column is not None}
    used = [*columns.values(), functional, dysfunctional]
    if len(set(used)) < len(used):
        raise ArgumentError("feature", feature, text("kano.error.columns"))
    raw = counts(data, used, respondent=respondent)
    _check_features(raw.cells, data, feature)
    own: dict[str, Coded] = {}
    for key, column in (("functional", functional), ("dysfunctional", dysfunctional)):
        given = coded(raw.cells[column])
        codes = np.array([answer_code(value, words) for value in given.values], dtype=np.int64)
        wrong = codes[given.codes] == -2
        if wrong.any():
            rows = int(raw.cells.loc[wrong, "n"].sum())
            row, value = _first(data, column, lambda value: answer_code(value, words) == -2)
            raise unknown_answer(column, rows, row, value, words)
        said = [(*ANSWERS, _MISSING)[code] for code in codes]
        if said != given.values.tolist():
            own[key] = given.renamed(said)
    named = {**columns, "functional": functional, "dysfunctional": dysfunctional}
    return KanoTally(
        _renamed(raw, named, own),
        None if importance is None else _tally_importance(data, columns, importance, respondent),
        respondent is not None,
    )


def _renamed(raw: Counts, columns: dict[str, str], own: Mapping[str, Coded]) -> Counts:
    """Put a tally under the model's own names, some columns with other values, so that exports merge."""
    cells = raw.cells.rename(columns={column: key for key, column in columns.items()})
    if own:  # two words may mean the same answer
        keys = {key: own[key] if key in own else coded(cells[key]) for key in columns}
        cells = add_up(keys, cells[GROUP].to_numpy(), {"n": cells["n"].to_numpy()})
    return Counts(tuple(columns), cells, _levels(raw, columns), raw.repeated)


def _levels(raw: Counts, columns: dict[str, str]) -> dict[str, tuple[Any, ...]]:
    return {k: raw.levels[column] for k, column in columns.items() if k in _KEYS and column in raw.levels}


def _tally_importance(data: Any, columns: dict[str, str], importance: str, respondent: str | None) -> Counts:
    raw = counts(data, [*columns.values(), importance], respondent=respondent)
    given = raw.cells[importance]
    if not pd.api.types.is_numeric_dtype(given) and given.notna().any():
        rows = int(raw.cells.loc[given.notna(), "n"].sum())
        row, value = _first(data, importance, lambda value: not bool(pd.isna(value)))
        raise DataError(importance, rows, row, value, text("kano.error.importance"))
    return _renamed(raw, {**columns, "importance": importance}, {})


def _check_features(cells: pd.DataFrame, data: Any, column: str) -> None:
    gone = cells[column].isna()
    if gone.any():
        rows = int(cells.loc[gone, "n"].sum())
        row, _ = _first(data, column, lambda value: bool(pd.isna(value)))
        raise DataError(column, rows, row, None, text("kano.error.feature"))


def _first(data: Any, column: str, wrong: Callable[[Any], bool]) -> tuple[Any, Any]:
    """Row and value of the first wrong value; the column is read again only when there is an error."""
    found = find_rows(data, column, lambda rows: [wrong(value) for value in rows[column]])
    return ("—", None) if found is None else (found.row, found.values[column])


# ------------------------------------------------------------------------------------------ estimate


def analyze(
    data: Any,
    *,
    feature: str = "feature",
    functional: str = "functional",
    dysfunctional: str = "dysfunctional",
    respondent: str | None = "respondent",
    segment: str | None = None,
    wave: str | None = None,
    importance: str | None = None,
    table: Table = "standard",
    rule: Rule = "mode",
    difference: Difference = "z",
    confidence: float = 0.95,
    answers: Mapping[Any, str] | None = None,
) -> KanoResult:
    """Classify features from pairs of answers: :func:`tally`, then :func:`estimate`.

    Parameters
    ----------
    data : frame
        One row a respondent and feature (and wave), in any frame that narwhals knows. If respondents
        answer in several waves, name ``wave``: within one row of the result the intervals count each
        pair of answers as another person's.
    feature, functional, dysfunctional, respondent, segment, wave, importance, answers
        Columns and words, see :func:`tally`.
    table, rule, difference, confidence
        Choices, see :func:`estimate`.

    Returns
    -------
    KanoResult
        One row a feature (and segment and wave).

    Raises
    ------
    DataError, UnknownNameError, ArgumentError
        See :func:`tally` and :func:`estimate`.

    References
    ----------
    Kano et al. (1984); Berger et al. (1993), see the module.

    Examples
    --------
    >>> data = pd.DataFrame({
    ...     "respondent": [1, 2, 3, 4],
    ...     "feature": "fresh food",
    ...     "functional": ["must-be", "must-be", "neutral", "like"],
    ...     "dysfunctional": ["dislike", "dislike", "dislike", "live-with"],
    ... })
    >>> result = analyze(data)
    >>> result.table[["feature", "category", "better", "worse"]]
          feature category  better  worse
    0  fresh food        M    0.25  -0.75
    """
    counted = tally(
        data,
        feature=feature,
        functional=functional,
        dysfunctional=dysfunctional,
        respondent=respondent,
        segment=segment,
        wave=wave,
        importance=importance,
        answers=answers,
    )
    return estimate(counted, table=table, rule=rule, difference=difference, confidence=confidence)


def from_counts(
    data: Any,
    *,
    feature: str = "feature",
    segment: str | None = None,
    wave: str | None = None,
    rule: Rule = "mode",
    difference: Difference = "z",
    confidence: float = 0.95,
) -> KanoResult:
    """Analyse published counts of the six classes.

    Parameters
    ----------
    data : frame
        One row a feature with columns ``M``, ``O``, ``A``, ``I``, ``R``, ``Q``: numbers of
        respondents. Rows of the same feature (segment, wave) are added.
    feature, segment, wave : str
        Columns that name the rows; segment and wave are optional.
    rule, difference, confidence
        Choices, see :func:`estimate`.

    Returns
    -------
    KanoResult
        As from :func:`analyze`; the continuous coordinates are NaN, as they need pairs of answers.

    Raises
    ------
    DataError
        If a count is not a whole number ≥ 0, or a row lacks its feature.
    UnknownNameError
        If a column is absent.

    Examples
    --------
    >>> published = pd.DataFrame({"feature": ["brakes"], "M": 95, "O": 123, "A": 45, "I": 33, "R": 0, "Q": 0})
    >>> from_counts(published).table[["category", "n", "better", "worse"]].round(3)
      category    n  better  worse
    0        O  296   0.568 -0.736
    """
    named = {"feature": feature, "segment": segment, "wave": wave}
    columns = {key: column for key, column in named.items() if column is not None}
    refuse_cluster(data, [*columns.values(), *CATEGORIES])
    frame: Any = nw.from_native(data)
    names = list(frame.collect_schema().names())
    for column in [*columns.values(), *CATEGORIES]:
        if column not in names:
            raise UnknownNameError(text("kano.kind.column"), column, names)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    plain: pd.DataFrame = frame.select(*columns.values(), *CATEGORIES).to_pandas()
    _check_features(plain.assign(n=1), data, feature)
    for code in CATEGORIES:
        numbers: Any = pd.to_numeric(plain[code], errors="coerce")
        wrong = np.flatnonzero(~((numbers >= 0) & (numbers % 1 == 0)).fillna(False).to_numpy(dtype=bool))
        if wrong.size:
            value = plain[code].iloc[wrong[0]]
            row = first_row(data, int(wrong[0]))
            raise DataError(code, int(wrong.size), row, value, text("kano.error.count"))
        plain[code] = numbers.astype("int64")
    # The course's own tally gives the keys plain values and keeps the order of categories.
    raw = counts(frame.select(*columns.values()), list(columns.values()))
    plain = plain.rename(columns={column: key for key, column in columns.items()})
    for key in columns:
        if isinstance(plain[key].dtype, pd.CategoricalDtype):
            plain[key] = plain[key].astype(plain[key].cat.categories.dtype)
    cells = plain.melt(list(columns), list(CATEGORIES), var_name="category", value_name="n")
    cells[GROUP] = 0
    keys = {key: coded(cells[key]) for key in (*columns, "category")}
    added = add_up(keys, cells[GROUP].to_numpy(), {"n": cells["n"].to_numpy()})
    counted = KanoTally(Counts(tuple(keys), added, _levels(raw, columns), raw.repeated))
    return estimate(counted, rule=rule, difference=difference, confidence=confidence)


@dataclass(frozen=True, eq=False)
class _Sums:
    """A tally as arrays: rows of the result along the second axis."""

    keys: pd.DataFrame
    by_group: np.ndarray  # groups × rows × 6 classes
    pairs: np.ndarray  # rows × 5 × 5, all 0 for published counts
    missing: np.ndarray  # rows

    @property
    def total(self) -> np.ndarray:
        return self.by_group.sum(axis=0)


def _sums(counted: KanoTally, table: Table) -> _Sums:
    cells, keys = counted.answers.cells, list(counted.keys)
    names, row = _number_rows(cells, keys, counted.answers.levels)
    # Only groups that occur: an empty group is no draw of respondents.
    group, first = number_rows([(cells[GROUP].to_numpy(), GROUPS)])
    n = cells["n"].to_numpy(dtype=np.int64)
    by_group = np.zeros((len(first), len(names), 6), dtype=np.int64)
    missing = np.zeros(len(names), dtype=np.int64)
    pairs = np.zeros((len(names), 5, 5), dtype=np.int64)
    if "category" in counted.answers.by:
        category = _positions(cells["category"], CATEGORIES)
        np.add.at(by_group, (group, row, category), n)
        return _Sums(names, by_group, pairs, missing)
    matrix = evaluation_table(table).map(CATEGORIES.index).to_numpy(dtype=np.int64)
    f, d = (_positions(cells[column], ANSWERS) for column in ("functional", "dysfunctional"))
    whole = (f >= 0) & (d >= 0)
    np.add.at(by_group, (group[whole], row[whole], matrix[f[whole], d[whole]]), n[whole])
    np.add.at(missing, row[~whole], n[~whole])
    np.add.at(pairs, (row[whole], f[whole], d[whole]), n[whole])
    return _Sums(names, by_group, pairs, missing)


def _positions(words: pd.Series[Any], order: Sequence[str]) -> np.ndarray:
    """Give for each word its position; −1 for one that is not there."""
    found = coded(words)
    position = {word: i for i, word in enumerate(order)}
    return np.array([position.get(word, -1) for word in found.values], dtype=np.int64)[found.codes]


def _number_rows(
    cells: pd.DataFrame, keys: list[str], levels: Mapping[str, tuple[Any, ...]]
) -> tuple[pd.DataFrame, np.ndarray]:
    """List the distinct keys in order, and give for each cell the position of its key."""
    columns: list[tuple[np.ndarray, int]] = []
    for key in keys:
        found = coded(cells[key])
        codes = found.codes
        if key in levels:
            rank = {value: i for i, value in enumerate(levels[key])}
            order = np.argsort([rank.get(value, len(rank)) for value in found.values], kind="stable")
            codes = np.argsort(order)[codes]
        columns.append((codes, len(found.values)))
    row, first = number_rows(columns)
    return cells[keys].iloc[first].reset_index(drop=True), row


def _winner(class_counts: np.ndarray, rule: Rule) -> np.ndarray:
    """Position in CATEGORIES of the winning class along the last axis; −1 where nobody answered."""
    # The classes stand in tie-break order and argmax takes the first of equals.
    first = class_counts.argmax(axis=-1)
    total = class_counts.sum(axis=-1)
    if rule == "within-5":
        rest = class_counts.copy()
        np.put_along_axis(rest, first[..., None], -1, axis=-1)
        second = rest.argmax(axis=-1)
        gap = class_counts.max(axis=-1) - rest.max(axis=-1)
        first = np.where(100 * gap <= 5 * total, np.minimum(first, second), first)
    elif rule == "two-step":
        wanted = class_counts[..., [_M, _O, _A]]
        other = class_counts[..., [_I, _R, _Q]]
        first = np.where(
            wanted.sum(axis=-1) > other.sum(axis=-1), wanted.argmax(axis=-1), 3 + other.argmax(axis=-1)
        )
    return np.where(total > 0, first, -1)


def _codes_at(positions: np.ndarray) -> pd.Series[Any]:
    return pd.Series(_CODES[positions], dtype=object)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom > 0)


def estimate(
    counted: KanoTally,
    *,
    table: Table = "standard",
    rule: Rule = "mode",
    difference: Difference = "z",
    confidence: float = 0.95,
) -> KanoResult:
    r"""Classify the features of a tally: the second step.

    Parameters
    ----------
    counted : KanoTally
        From :func:`tally`.
    table : {"standard", "pouliot"}, default "standard"
        Evaluation table, see :func:`evaluation_table`; without effect on published counts.
    rule : {"mode", "within-5", "two-step"}, default "mode"
        How the answers of many become the class of a feature. ``"mode"``: the most frequent class,
        ties in the order M > O > A > I > R > Q. ``"within-5"``: if the two most frequent classes are
        at most 5 points apart, the one that comes earlier in this order. ``"two-step"``: if
        A + O + M > I + R + Q the largest of M, O, A, else the largest of I, R, Q. The default needs
        no threshold and is what readers expect; the others answer the same question with a
        preference for needs that hurt when unmet.
    difference : {"z", "fong"}, default "z"
        When the leading class is called significantly ahead, with the counts a and b of the winner
        and of the largest other class. ``"z"``: a − b > z·√(a + b), the test of two classes of one
        multinomial (McNemar's), which keeps its level. ``"fong"``: a − b ≥ 1.65·√((a + b)(2n − a − b)/(2n)),
        as printed in Berger et al. (1993), kept to reproduce published results. It treats a and b as
        independent although they exclude each other, so it finds differences too often: at its
        nominal 10 % about twice that (18 to 21 % when the two classes hold 70 to 90 % of the answers).
    confidence : float, default 0.95
        Level of the intervals and of the ``"z"`` test, between 0 and 1 (``"fong"`` has a fixed one).

    Returns
    -------
    KanoResult
        Its class describes the columns.

    Raises
    ------
    ArgumentError
        If a choice is not allowed.

    Notes
    -----
    With m = A + O + M + I, the meaningful answers,

    .. math:: \text{better} = \frac{A + O}{m}, \qquad \text{worse} = -\frac{O + M}{m}.

    Reverse and Questionable say nothing about either and leave the denominator, not the table. Given
    m, A + O and O + M are binomial, so both get Wilson intervals on m: unlike the delta method's,
    they stay inside 0 to 1 and keep their level for the shares near 0 and 1 that must-be and
    attractive features have. m = 0 gives NaN and a note.

    Continuous coordinates are means of scores, functional like 4, must-be 2, neutral 0, live-with −1,
    dislike −2, dysfunctional −2, −1, 0, 2, 4, over all complete pairs, with standard errors s/√n.

    References
    ----------
    Better and worse: Timko, in Berger et al. (1993); within 5 points, two steps and the bound of Fong:
    ibidem; coordinates: DuMouchel, ibidem; strengths: Lee and Newcomb (1997). See the module. Wilson,
    E. B. (1927), Journal of the American Statistical Association 22, 209–212; McNemar, Q. (1947),
    Psychometrika 12, 153–157.

    Examples
    --------
    >>> data = pd.DataFrame({"respondent": [1, 2, 3], "feature": "price",
    ...     "functional": "like", "dysfunctional": ["dislike", "dislike", "neutral"]})
    >>> estimate(tally(data), rule="two-step").table.loc[0, "category"]
    'O'
    """
    check_choice("table", table, TABLES)
    check_choice("rule", rule, RULES)
    check_choice("difference", difference, DIFFERENCES)
    confidence = check_confidence(confidence)
    sums = _sums(counted, table)
    c = sums.total
    n = c.sum(axis=1)
    m = c[:, _MEANINGFUL].sum(axis=1)
    winner = _winner(c, rule)
    some = winner >= 0
    at = np.maximum(winner, 0)[:, None]
    lead_count = np.take_along_axis(c, at, axis=1)[:, 0]
    rest = c.copy()
    np.put_along_axis(rest, at, -1, axis=1)
    second = rest.argmax(axis=1)
    second_count = rest.max(axis=1)
    gap = lead_count - second_count
    both = lead_count + second_count
    if difference == "z":
        ahead = gap > z_quantile(confidence) * np.sqrt(both)
    else:
        ahead = gap >= 1.65 * np.sqrt(_ratio(both * (2 * n - both), 2 * n))
    better_low, better_high = wilson_ends(c[:, _A] + c[:, _O], m, confidence)
    annoyed_low, annoyed_high = wilson_ends(c[:, _O] + c[:, _M], m, confidence)
    better, annoyed = _ratio(c[:, _A] + c[:, _O], m), _ratio(c[:, _O] + c[:, _M], m)
    quadrant = np.where(better >= 0.5, np.where(annoyed >= 0.5, _O, _A), np.where(annoyed >= 0.5, _M, _I))
    position = np.where(m > 0, quadrant, -1)
    ordered = np.sort(c, axis=1)
    columns: dict[str, Any] = {
        **{str(key): sums.keys[key] for key in sums.keys},
        **{code: c[:, i] for i, code in enumerate(CATEGORIES)},
        "n": n,
        "n_missing": sums.missing,
        "category": _codes_at(winner),
        "second": _codes_at(np.where(some & (second_count > 0), second, -1)),
        "lead": 100 * _ratio(gap, n),
        "significant": some & ahead,
        "better": better,
        "better_low": better_low,
        "better_high": better_high,
        # 0 − x, as −0.0 reads like a mistake.
        "worse": 0 - annoyed,
        "worse_low": 0 - annoyed_high,
        "worse_high": 0 - annoyed_low,
        "category_strength": 100 * _ratio(ordered[:, -1] - ordered[:, -2], n),
        "total_strength": 100 * _ratio(c[:, [_A, _O, _M]].sum(axis=1), n),
        "position": _codes_at(position),
        **_coordinates(sums),
    }
    if counted.importance is not None:
        columns |= _importance(counted, sums)
    nobody, no_meaning = text("kano.note.nobody"), text("kano.note.no_meaning")
    columns["note"] = [nobody if a == 0 else no_meaning if b == 0 else "" for a, b in zip(n, m, strict=True)]
    return KanoResult(pd.DataFrame(columns), counted, table, rule, difference, confidence)


def _coordinates(sums: _Sums) -> dict[str, np.ndarray]:
    score, se = _mean_and_error(sums.pairs.sum(axis=2), _FUNCTIONAL_SCORES)
    found = {"functional_score": score, "functional_se": se}
    score, se = _mean_and_error(sums.pairs.sum(axis=1), _DYSFUNCTIONAL_SCORES)
    return {**found, "dysfunctional_score": score, "dysfunctional_se": se}


def _mean_and_error(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard error of ``values`` that occur ``times`` (rows × values) often."""
    n = times.sum(axis=1)
    mean = _ratio(times @ values, n)
    spread = (times * (values[None, :] - np.nan_to_num(mean)[:, None]) ** 2).sum(axis=1)
    return mean, np.sqrt(_ratio(_ratio(spread, n - 1), n))


def _importance(counted: KanoTally, sums: _Sums) -> dict[str, np.ndarray]:
    cells = cast(Counts, counted.importance).cells
    _, row = _number_rows(cells, list(counted.keys), counted.answers.levels)
    given = cells["importance"].notna().to_numpy()
    cells, row = cells[given], row[given]
    values, value = np.unique(cells["importance"].to_numpy(dtype=float), return_inverse=True)
    times = np.zeros((len(sums.keys), len(values)), dtype=np.int64)
    np.add.at(times, (row, value), cells["n"].to_numpy(dtype=np.int64))
    mean, error = _mean_and_error(times, values)
    return {"importance": mean, "importance_se": error}


@dataclass(frozen=True, eq=False)
class KanoResult(Result):
    """Classes of features, with Better and Worse and how sure they are.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a feature (and segment and wave), with these columns.

        - ``feature``, and ``segment`` and ``wave`` if asked for, whatever the columns were called
        - ``M``, ``O``, ``A``, ``I``, ``R``, ``Q``: numbers of answers in each class
        - ``n``: their sum, the complete pairs; ``n_missing``: pairs with an answer missing
        - ``category``: the class by the chosen rule; ``second``: the largest of the others
        - ``lead``: points (−100 to 100) between the two; negative where a rule other than the mode
          chose a class that is not the most frequent
        - ``significant``: whether the lead is more than chance explains
        - ``better``, ``better_low``, ``better_high``: shares, 0 to 1
        - ``worse``, ``worse_low``, ``worse_high``: −1 to 0; low is the end further from 0
        - ``category_strength``: points between the two most frequent classes, whatever the rule
        - ``total_strength``: A + O + M, % of all n
        - ``position``: quadrant of the map, cut at one half: A, O, M or I
        - ``functional_score``, ``functional_se``: DuMouchel's coordinate, −2 to 4, and its standard
          error; ``dysfunctional_score``, ``dysfunctional_se``: the same
        - ``importance``, ``importance_se``: mean self-stated importance, if asked for
        - ``note``: why numbers are missing, else empty
    counted : KanoTally
        The tally behind it.
    evaluation : {"standard", "pouliot"}
        The evaluation table used.
    rule, difference, confidence
        The choices made, see :func:`estimate`.

    See Also
    --------
    analyze, estimate, from_counts : make one.
    """

    counted: KanoTally
    evaluation: Table = "standard"
    rule: Rule = "mode"
    difference: Difference = "z"
    confidence: float = 0.95

    def plot(
        self,
        ax: Axes | None = None,
        *,
        highlight: Sequence[str] | None = None,
        guess: Mapping[str, Any] | Any | None = None,
        errors: bool = True,
        segment: Any = None,
        wave: Any = None,
        labels: Mapping[str, str] | None = None,
    ) -> Axes:
        """Draw the map of Better against Worse.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.
        highlight : sequence of str, optional
            Features to put forward; the others turn pale and lose their names, and the title says the
            class of each (of those whose lead may be chance, what they may be).
        guess : mapping, optional
            Feature → the share annoyed without it, in % (0 to 100), or a pair (annoyed without it,
            pleased with it); drawn as hollow markers and said in the alt text. Features may be written
            with spaces for underscores; None means not guessed. Also an object whose ``value`` is such a
            mapping.
        errors : bool, default True
            Whether to draw the intervals.
        segment, wave : object, optional
            Draw only this segment or wave; title and alt text begin with it.
        labels : mapping of str, optional
            Feature → how to write it in the figure.

        Returns
        -------
        matplotlib.axes.Axes
            x: −worse, y: better, both in % of the meaningful answers.

        Raises
        ------
        UnknownNameError
            If a feature, segment or wave does not exist.
        ArgumentError
            If a guess is not a percentage.

        Examples
        --------
        >>> published = pd.DataFrame({"feature": ["brakes"], "M": 9, "O": 3, "A": 4, "I": 3, "R": 0, "Q": 0})
        >>> from_counts(published).plot().get_xlabel()
        'Annoyed without it (−Worse), % of meaningful answers'
        """
        rows = _select(self, segment, wave)
        for feature in highlight or []:
            _check_known("feature", feature, rows["feature"])
        return _figures().draw_map(rows, ax, highlight, guess, errors, labels or {})

    def explain(self) -> str:
        """Say which classes there are and what matters most.

        Returns
        -------
        str
            One or two sentences in the language in force.

        Examples
        --------
        >>> counted = {"M": [60], "O": [10], "A": [20], "I": [10], "R": [0], "Q": [0]}
        >>> published = pd.DataFrame({"feature": ["brakes"], **counted})
        >>> print(from_counts(published).explain())
        By leading class, the one feature asked about is must-be. Leaving out brakes would annoy most,
        70 % of the meaningful answers (60 to 78); having brakes pleases most, 30 % (22 to 40).
        """
        return explain_rows(self.table, {})


# ----------------------------------------------------------------------------------------- stability


@dataclass(frozen=True, eq=False)
class KanoStability(Result):
    """How often each class wins when the survey is repeated on resampled respondents.

    Parameters
    ----------
    table : pandas.DataFrame
        ``feature`` (``segment``, ``wave``); ``category``: the class in the data; ``stability``: share
        of the draws, 0 to 1, in which it wins; ``M`` … ``Q``: share of the draws in which each class
        wins; ``none``: share of draws without any answer in this row.
    winners : pandas.DataFrame
        Draws × rows of ``table`` (same order): the winning class of each draw, so that questions about
        several features at once can be answered.
    draws : int
        How many draws.
    seed : int
        Where the random numbers start.

    See Also
    --------
    stability : makes one.
    """

    winners: pd.DataFrame
    draws: int
    seed: int

    def plot(self, ax: Axes | None = None, *, labels: Mapping[str, str] | None = None) -> Axes:
        """Draw which class wins how often, the least steady feature on top.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.
        labels : mapping of str, optional
            Feature → how to write it.

        Returns
        -------
        matplotlib.axes.Axes
            Stacked bars, in % of the draws.
        """
        return _figures().draw_stability(self.table, self.draws, ax, labels or {}, self.explain())

    def explain(self) -> str:
        """Say how many classes hold, and which is the least steady.

        Returns
        -------
        str
            One sentence in the language in force.
        """
        rows: Any = varying(self.table)
        row = rows.loc[rows["stability"].idxmin()]
        shares = [(float(row[code]), code) for code in CATEGORIES if row[code] > 0]
        shares.sort(key=lambda pair: -pair[0])
        said = [f"{category_name(code)} {percent(share)} %" for share, code in shares]
        return text(
            "kano.explain.stability",
            draws=self.draws,
            steady=int((rows["stability"] >= 0.95).sum()),
            n=len(rows),
            feature=row_name(row, {}),
            shares=text("kano.list").join(said),
        )


def stability(result: KanoResult | KanoTally, *, draws: int = 2000, seed: int = 1) -> KanoStability:
    """How often each class wins when whole respondents are resampled.

    The respondent groups of the tally are drawn with replacement, as many as there are, and every
    feature, segment and wave is classified again from the same draw. So all answers of a respondent
    move together. Drawing each feature on its own would leave each single share right, but would
    say that fourteen features err independently, which they do not.

    Parameters
    ----------
    result : KanoResult or KanoTally
        What to resample. A result brings its evaluation table and rule, a bare tally gets the
        standard table and the mode.
    draws : int, default 2000
        Number of draws, at least 100.
    seed : int
        Start of the random numbers; the same seed gives the same draws.

    Returns
    -------
    KanoStability
        Shares of the draws.

    Raises
    ------
    ArgumentError
        If the tally does not know the respondents (published counts, ``respondent=None``), has fewer
        than two groups of them, or ``draws`` is too small.

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1–26;
    for groups: Davison, A. C. and Hinkley, D. V. (1997), Bootstrap Methods and their Application, 3.8.

    Examples
    --------
    >>> data = pd.DataFrame({"respondent": range(200), "feature": "price",
    ...     "functional": "like", "dysfunctional": ["dislike"] * 150 + ["neutral"] * 50})
    >>> stability(analyze(data)).table[["feature", "category", "stability"]]
      feature category  stability
    0   price        O        1.0
    """
    if isinstance(result, KanoTally):
        result = estimate(result)
    elif not isinstance(result, KanoResult):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("result", type(result).__name__, text("kano.error.result"))
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 100:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("draws", draws, text("kano.error.draws"))
    sums = _sums(result.counted, result.evaluation)
    groups, rows, _ = sums.by_group.shape
    if not result.counted.respondents or groups < 2:
        advice = text("kano.error.no_respondents_advice")
        raise ArgumentError("result", groups, text("kano.error.no_respondents"), advice)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(groups, np.full(groups, 1 / groups), size=draws).astype(float)
    flat = sums.by_group.reshape(groups, -1).astype(float)
    winner = np.empty((draws, rows), dtype=np.int64)
    for start in range(0, draws, 250):  # in blocks, so that thousands of rows fit into memory
        block = times[start : start + 250] @ flat
        winner[start : start + 250] = _winner(block.reshape(-1, rows, 6), result.rule)
    shares = np.stack([(winner == i).mean(axis=0) for i in (*range(6), -1)], axis=1)
    observed = _winner(sums.total, result.rule)
    table = pd.DataFrame(
        {
            **{str(key): sums.keys[key] for key in sums.keys},
            "category": _codes_at(observed),
            "stability": np.where(observed >= 0, shares[np.arange(rows), observed], np.nan),
            **{code: shares[:, i] for i, code in enumerate(CATEGORIES)},
            "none": shares[:, 6],
        }
    )
    return KanoStability(table, pd.DataFrame(_CODES[winner]), draws, seed)


# ------------------------------------------------------------------------------------------- compare


@dataclass(frozen=True, eq=False)
class KanoComparison(Result):
    """One feature in two segments or two waves.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows ``better``, ``worse`` and the shares ``M`` … ``Q`` of the classes among the complete
        answers; columns ``quantity``, ``a`` and ``b`` (the two values), ``difference`` (b − a), its
        interval ``low`` and ``high``, and ``significant`` (0 outside the interval). All as shares;
        ``worse`` runs from −1 to 0.
    feature : str
        The feature.
    a, b : object
        The two segments or waves.
    by : {"segment", "wave"}
        Which of the two.
    category_a, category_b : str or None
        The class in each.
    confidence : float
        Level of each interval.

    See Also
    --------
    compare : makes one.
    """

    feature: str
    a: Any
    b: Any
    by: str
    category_a: str | None
    category_b: str | None
    confidence: float

    def _sides(self) -> tuple[str, str]:
        return (wave_name(self.a), wave_name(self.b)) if self.by == "wave" else (str(self.a), str(self.b))

    def plot(self, ax: Axes | None = None, *, labels: Mapping[str, str] | None = None) -> Axes:
        """Draw the differences with their intervals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.
        labels : mapping of str, optional
            Feature → how to write it.

        Returns
        -------
        matplotlib.axes.Axes
            One line a quantity, in points.
        """
        feature = feature_name(self.feature, labels or {})
        return _figures().draw_comparison(self.table, feature, self._sides(), ax, self.explain())

    def explain(self) -> str:
        """Say how far Better and Worse differ.

        Returns
        -------
        str
            One or two sentences in the language in force.
        """
        rows: Any = self.table.set_index("quantity")
        better, worse = rows.loc["better"], rows.loc["worse"]
        a, b = self._sides()
        if pd.isna(better["difference"]):
            return text("kano.explain.compare_empty", feature=feature_name(self.feature, {}), a=a, b=b)
        return text(
            "kano.explain.compare",
            feature=feature_name(self.feature, {}),
            a=a,
            b=b,
            worse_a=percent(-worse["a"]),
            worse_b=percent(-worse["b"]),
            worse=points(-worse["difference"]),
            worse_low=points(-worse["high"]),
            worse_high=points(-worse["low"]),
            better_a=percent(better["a"]),
            better_b=percent(better["b"]),
            better=points(better["difference"]),
            better_low=points(better["low"]),
            better_high=points(better["high"]),
            category_a=category_or_none(self.category_a),
            category_b=category_or_none(self.category_b),
        )


def compare(
    result: KanoResult,
    feature: str,
    a: Any,
    b: Any,
    *,
    by: Literal["segment", "wave"] | None = None,
    segment: Any = None,
    wave: Any = None,
) -> KanoComparison:
    r"""Compare one feature between two segments or two waves.

    Parameters
    ----------
    result : KanoResult
        A result with segments or waves.
    feature : str
        The feature.
    a, b : object
        Two values of ``by``; differences are b − a.
    by : {"segment", "wave"}, optional
        Which of the two ``a`` and ``b`` are; found out if only one fits.
    segment, wave : object, optional
        The value of the other of the two. Without it, segments are pooled; waves are not, as the same
        people may have answered in several.

    Returns
    -------
    KanoComparison
        Differences of better, worse and the class shares, with intervals.

    Raises
    ------
    ArgumentError
        If the result has no segments or waves, ``by`` cannot be found out, or waves would be pooled.
    UnknownNameError
        If the feature, segment or wave does not exist.

    Notes
    -----
    Interval of a difference from the Wilson intervals (l, u) of the two shares p [1]_ [2]_:

    .. math:: \hat d - \sqrt{(p_b - l_b)^2 - 2r(p_b - l_b)(u_a - p_a) + (u_a - p_a)^2}

    and likewise upwards. Between segments r = 0 (different people), which is Newcombe's interval.
    Between waves r is the correlation of the two shares over the respondent groups of the tally: it is
    near 0 if different people answered and narrows the interval if they were the same. Each interval
    has the stated level on its own, so one of eight is easily beside 0 by chance.

    References
    ----------
    .. [1] Newcombe, R. G. (1998). Interval estimation for the difference between independent
       proportions. Statistics in Medicine 17, 873–890.
    .. [2] Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures.
       Statistics in Medicine 27, 1693–1702.

    Examples
    --------
    >>> published = pd.DataFrame({"feature": "toys", "who": ["family", "couple"],
    ...     "M": [60, 5], "O": [20, 5], "A": [10, 20], "I": [10, 70], "R": 0, "Q": 0})
    >>> both = compare(from_counts(published, segment="who"), "toys", "couple", "family")
    >>> both.table.round(2).loc[:1, ["quantity", "a", "b", "difference", "low", "high"]]
      quantity     a    b  difference   low  high
    0   better  0.25  0.3        0.05 -0.07  0.17
    1    worse -0.10 -0.8       -0.70 -0.78 -0.58
    """
    table = result.table
    kinds = [key for key in ("segment", "wave") if key in table]
    kind = _compared(table, kinds, a, b, by)
    fixed = {key: value for key, value in (("segment", segment), ("wave", wave)) if value is not None}
    for key, value in [*fixed.items(), ("feature", feature), (kind, a), (kind, b)]:
        if key in table:
            _check_known(key, value, table[key])
    if kind == "segment" and "wave" not in fixed and "wave" in table and len(set(table["wave"])) > 1:
        waves = ", ".join(str(value) for value in dict.fromkeys(table["wave"]))
        allowed = text("kano.error.one_wave", waves=waves)
        raise ArgumentError("wave", wave, allowed, text("kano.error.one_wave_advice"))
    answers = result.counted.answers
    cells = answers.cells[answers.cells["feature"] == feature]
    sums = _sums(KanoTally(Counts(answers.by, cells, answers.levels)), result.evaluation)
    chosen = np.ones(len(sums.keys), dtype=bool)
    for key in set(kinds) & set(fixed) - {kind}:
        chosen &= (sums.keys[key] == fixed[key]).to_numpy()
    groups_a, groups_b = (
        sums.by_group[:, chosen & (sums.keys[kind] == side).to_numpy()].sum(axis=1) for side in (a, b)
    )
    paired = kind == "wave" and result.counted.respondents and len(groups_a) > 1
    rows: list[dict[str, Any]] = []
    quantities = [("better", [_A, _O], _MEANINGFUL), ("worse", [_O, _M], _MEANINGFUL)]
    quantities += [(code, [i], list(range(6))) for i, code in enumerate(CATEGORIES)]
    for name, top, bottom in quantities:
        row = _difference(groups_a, groups_b, top, bottom, paired, result.confidence)
        if name == "worse":  # runs from −1 to 0
            low, high = -row["high"], -row["low"]
            row = {
                "a": 0 - row["a"],
                "b": 0 - row["b"],
                "difference": -row["difference"],
                "low": low,
                "high": high,
            }
        rows.append({"quantity": name, **row})
    out = pd.DataFrame(rows)
    out["significant"] = (out["low"] > 0) | (out["high"] < 0)
    classes = _codes_at(_winner(np.stack([groups_a.sum(axis=0), groups_b.sum(axis=0)]), result.rule))
    return KanoComparison(out, feature, a, b, kind, classes[0], classes[1], result.confidence)


def _compared(table: pd.DataFrame, kinds: list[str], a: Any, b: Any, by: str | None) -> str:
    """Find out whether a and b are segments or waves."""
    if not kinds:
        raise ArgumentError("result", by, text("kano.error.no_groups"), text("kano.error.no_groups_advice"))
    if by is None:
        fits = [key for key in kinds if {a, b} <= set(table[key])]
        if len(fits) != 1 and len(kinds) > 1:
            raise ArgumentError("by", by, text("kano.error.by"), text("kano.error.by_advice", a=a, b=b))
        return (fits or kinds)[0]
    if by not in kinds:
        raise ArgumentError("by", by, " | ".join(repr(kind) for kind in kinds))
    return by


def _check_known(kind: str, value: Any, column: pd.Series[Any]) -> None:
    known = list(dict.fromkeys(column))
    if value not in known:
        raise UnknownNameError(text(f"kano.kind.{kind}"), value, [str(name) for name in known])


def _difference(
    a: np.ndarray, b: np.ndarray, top: list[int], bottom: list[int], paired: bool, confidence: float
) -> dict[str, float]:
    """Give a share on both sides, b − a, and its limits, from groups × 6 counts."""
    tops = np.array([a[:, top].sum(), b[:, top].sum()])
    bottoms = np.array([a[:, bottom].sum(), b[:, bottom].sum()])
    p = _ratio(tops, bottoms)
    low, high = wilson_ends(tops, bottoms, confidence)
    r = 0.0
    if paired and (bottoms > 0).all():
        # Influence of each respondent group on each share: the jackknife's pseudo-values, up to scale.
        pull = [
            g[:, top].sum(axis=1) - share * g[:, bottom].sum(axis=1) for g, share in ((a, p[0]), (b, p[1]))
        ]
        size = np.sqrt((pull[0] ** 2).sum() * (pull[1] ** 2).sum())
        r = float((pull[0] * pull[1]).sum() / size) if size > 0 else 0.0
    (down_a, down_b), (up_a, up_b) = p - low, high - p
    below = np.sqrt(np.maximum(down_b**2 - 2 * r * down_b * up_a + up_a**2, 0.0))
    above = np.sqrt(np.maximum(up_b**2 - 2 * r * up_b * down_a + down_a**2, 0.0))
    d = p[1] - p[0]
    row = {"a": p[0], "b": p[1], "difference": d, "low": d - below, "high": d + above}
    return {key: float(value) for key, value in row.items()}


# --------------------------------------------------------------------------------------------- plots


def _select(result: KanoResult, segment: Any, wave: Any) -> pd.DataFrame:
    rows = result.table
    for key, value in (("segment", segment), ("wave", wave)):
        if value is None:
            continue
        if key not in rows:
            raise ArgumentError(key, value, text("kano.error.no_groups"), text("kano.error.no_groups_advice"))
        _check_known(key, value, rows[key])
        rows = rows[rows[key] == value]
    return rows.reset_index(drop=True)


def plot_shares(
    result: KanoResult,
    ax: Axes | None = None,
    *,
    segment: Any = None,
    wave: Any = None,
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw the shares of the six classes, a bar a feature.

    Parameters
    ----------
    result : KanoResult
        From :func:`analyze`.
    ax : matplotlib.axes.Axes, optional
        Where to draw; without it the figure grows with the number of bars.
    segment, wave : object, optional
        Draw only this segment or wave.
    labels : mapping of str, optional
        Feature → how to write it.

    Returns
    -------
    matplotlib.axes.Axes
        Stacked bars in % of the complete answers (Reverse and Questionable included), grouped by
        class in the order M, O, A, I, R, Q from the top, the clearest first.

    Raises
    ------
    UnknownNameError
        If the segment or wave does not exist.

    Examples
    --------
    >>> counted = {"M": [60], "O": [10], "A": [20], "I": [10], "R": [0], "Q": [0]}
    >>> published = pd.DataFrame({"feature": ["brakes"], **counted})
    >>> from csmodels_helpers import plots
    >>> plots.alt_text(plot_shares(from_counts(published)).figure)
    'Shares of the classes, feature by feature: brakes must-be 60 %.'
    """
    return _figures().draw_shares(_select(result, segment, wave), ax, labels or {})


def plot_drift(
    result: KanoResult,
    feature: str,
    ax: Axes | None = None,
    *,
    segment: Any = None,
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw how the shares of the classes of one feature move over the waves.

    Parameters
    ----------
    result : KanoResult
        A result with waves.
    feature : str
        The feature.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    segment : object, optional
        Draw only this segment; without it the segments are pooled.
    labels : mapping of str, optional
        Feature → how to write it.

    Returns
    -------
    matplotlib.axes.Axes
        A line a class with Wilson intervals, in % of the complete answers. M, O, A and I are always
        shown, R and Q only where they reach 5 % in a wave.

    Raises
    ------
    ArgumentError
        If the result has no waves.
    UnknownNameError
        If the feature or segment does not exist.

    Examples
    --------
    >>> published = pd.DataFrame({"feature": "wifi", "year": [2019, 2024],
    ...     "M": [5, 60], "O": [15, 20], "A": [60, 10], "I": [20, 10], "R": 0, "Q": 0})
    >>> from csmodels_helpers import plots
    >>> plots.alt_text(plot_drift(from_counts(published, wave="year"), "wifi").figure)
    'wifi over 2 waves: wave 2019 attractive 60 % (50 to 69), wave 2024 must-be 60 % (50 to 69).'
    """
    if "wave" not in result.table:
        advice = text("kano.error.no_waves_advice")
        raise ArgumentError("result", "wave", text("kano.error.no_waves"), advice)
    rows = _select(result, segment, None)
    _check_known("feature", feature, rows["feature"])
    rows = rows[rows["feature"] == feature]
    pooled = rows.groupby("wave", dropna=False)[list(CATEGORIES)].sum()
    order = [wave for wave in result.counted.answers.levels.get("wave", pooled.index) if wave in pooled.index]
    c = pooled.loc[order].to_numpy()
    n = c.sum(axis=1)
    shares = dict(zip(CATEGORIES, _ratio(c, n[:, None]).T, strict=True))
    table = pd.DataFrame({"wave": order, "category": _codes_at(_winner(c, result.rule)), **shares})
    limits = {code: wilson_ends(c[:, i], n, result.confidence) for i, code in enumerate(CATEGORIES)}
    name = feature_name(feature, labels or {})
    if segment is not None:
        name = text("kano.map.at", feature=name, group=segment)
    return _figures().draw_drift(table, limits, name, ax)
