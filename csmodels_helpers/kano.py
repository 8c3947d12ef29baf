"""Kano's model: which needs must be met, which may be sold on, which can be dropped.

For every feature a respondent answers two questions, "how do you feel if it is there?"
(functional) and "how do you feel if it is missing?" (dysfunctional). The pair falls into one of six
classes. The four steps are :func:`tally` → :func:`estimate` → :meth:`KanoResult.plot` →
:meth:`KanoResult.explain`; :func:`analyze` does the first two. The lesson is
``notebooks/m05_kano.ipynb``.

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

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, overload

import narwhals as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox, ScaledTranslation
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from csmodels_helpers import plots
from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.tally import GROUP, Counts, counts, first_row

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

ANSWERS = ("like", "must-be", "neutral", "live-with", "dislike")
"""The five answers, in the order of the evaluation table."""

CATEGORIES = ("M", "O", "A", "I", "R", "Q")
"""The six classes, in the order that settles ties: M > O > A > I, then R, then Q."""

CHINESE_ANSWERS = {
    "我很喜欢": "like",
    "理应如此": "must-be",
    "无所谓": "neutral",
    "勉强接受": "live-with",
    "我很不喜欢": "dislike",
}
"""The usual Chinese wording of the five answers, for ``analyze(..., answers=CHINESE_ANSWERS)``."""

TABLES = ("standard", "pouliot")
"""The evaluation tables by name; :func:`evaluation_table` tells them apart."""

RULES = ("mode", "within-5", "two-step")
"""The aggregation rules by name; :func:`estimate` tells them apart."""

DIFFERENCES = ("z", "fong")
"""The tests of the two leading classes by name; :func:`estimate` tells them apart."""

Table = Literal["standard", "pouliot"]
Rule = Literal["mode", "within-5", "two-step"]
Difference = Literal["z", "fong"]

_M, _O, _A, _I, _R, _Q = range(6)
_MISSING = "missing"
_KEYS = ("feature", "segment", "wave")
_STANDARD = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
# DuMouchel in Berger et al. (1993): Must-be and One-dimensional weigh more than Reverse and Questionable.
_FUNCTIONAL_SCORES = np.array([4.0, 2.0, 0.0, -1.0, -2.0])
_DYSFUNCTIONAL_SCORES = np.array([-2.0, -1.0, 0.0, 2.0, 4.0])
_COLOURS = {"M": "orange", "O": "blue", "A": "green", "I": "grey", "R": "purple", "Q": "yellow"}
_SHAPES = {"M": "s", "O": "D", "A": "^", "I": "o", "R": "v", "Q": "X"}


# ---------------------------------------------------------------------------------------- one answer


def category_name(code: str) -> str:
    """Name a class in the language in force.

    Parameters
    ----------
    code : {"M", "O", "A", "I", "R", "Q"}
        The code of the class.

    Returns
    -------
    str
        Its name.

    Raises
    ------
    ArgumentError
        For any other code.

    Examples
    --------
    >>> [category_name(code) for code in CATEGORIES]
    ['must-be', 'one-dimensional', 'attractive', 'indifferent', 'reverse', 'questionable']
    """
    if code not in CATEGORIES:
        raise ArgumentError("code", code, text("kano.error.answer_word", allowed=_quoted(CATEGORIES)))
    return text(f"kano.category.{code}")


def answer_name(answer: str) -> str:
    """Word one of the five answers in the language in force, as a questionnaire would.

    Parameters
    ----------
    answer : {"like", "must-be", "neutral", "live-with", "dislike"}
        The answer.

    Returns
    -------
    str
        Its wording.

    Raises
    ------
    ArgumentError
        For any other answer.

    Examples
    --------
    >>> answer_name("live-with")
    'I can live with it'
    """
    if answer not in ANSWERS:
        raise ArgumentError("answer", answer, text("kano.error.answer_word", allowed=_quoted(ANSWERS)))
    return text(f"kano.answer.{answer}")


def evaluation_table(table: Table = "standard") -> pd.DataFrame:
    """Return the table that turns a pair of answers into a class.

    Parameters
    ----------
    table : {"standard", "pouliot"}, default "standard"
        ``"standard"`` is the table of Kano et al. (1984) as printed in Berger et al. (1993): on its
        diagonal only like–like and dislike–dislike are Questionable. Pouliot (in Berger et al., 1993)
        also marks must-be–must-be and live-with–live-with as Questionable: who expects a thing and
        equally expects its absence contradicts himself as much as who likes both; only
        neutral–neutral is a consistent answer on the diagonal. All other cells are the same, so
        Pouliot's table can only turn Indifferent into Questionable: it raises no Better or Worse
        count, and shrinks their denominator.

    Returns
    -------
    pandas.DataFrame
        5 × 5, functional answers as rows, dysfunctional answers as columns, class codes in the cells.

    Raises
    ------
    ArgumentError
        If there is no such table.

    References
    ----------
    Kano et al. (1984); Pouliot, F., Theoretical issues of Kano's methods, in Berger et al. (1993),
    28–36: see the module.

    Examples
    --------
    >>> evaluation_table().loc["must-be", "dislike"]
    'M'
    >>> evaluation_table("pouliot").loc["must-be", "must-be"]
    'Q'
    """
    _check_choice("table", table, TABLES)
    cells = np.array([list(row) for row in _STANDARD])
    if table == "pouliot":
        for answer in ("must-be", "live-with"):
            cells[ANSWERS.index(answer), ANSWERS.index(answer)] = "Q"
    return pd.DataFrame(
        cells,
        index=pd.Index(ANSWERS, name="functional"),
        columns=pd.Index(ANSWERS, name="dysfunctional"),
        dtype=object,
    )


@overload
def classify(
    functional: str,
    dysfunctional: str,
    *,
    table: Table = "standard",
    answers: Mapping[Any, str] | None = None,
) -> str: ...
@overload
def classify(
    functional: list[Any] | pd.Series[Any],
    dysfunctional: list[Any] | pd.Series[Any],
    *,
    table: Table = "standard",
    answers: Mapping[Any, str] | None = None,
) -> pd.Series[Any]: ...
def classify(
    functional: Any,
    dysfunctional: Any,
    *,
    table: Table = "standard",
    answers: Mapping[Any, str] | None = None,
) -> Any:
    """Class of each pair of answers.

    Parameters
    ----------
    functional : str or series of str
        Answer to "how do you feel if it is there?", one of :data:`ANSWERS`.
    dysfunctional : str or series of str
        Answer to "how do you feel if it is missing?", of the same length and row labels.
    table : {"standard", "pouliot"}, default "standard"
        Evaluation table, see :func:`evaluation_table`.
    answers : mapping, optional
        Other words → the five answers, for example :data:`CHINESE_ANSWERS`.

    Returns
    -------
    str or pandas.Series
        Class codes; missing where one of the two answers is missing.

    Raises
    ------
    DataError
        If a word is none of the five answers.
    ArgumentError
        If the two series do not belong together, or ``table`` or ``answers`` is not allowed.

    References
    ----------
    Kano et al. (1984), see the module.

    Examples
    --------
    >>> classify("like", "dislike")
    'O'
    >>> classify(["must-be", "like"], ["dislike", "neutral"]).tolist()
    ['M', 'A']
    >>> classify("我很喜欢", "无所谓", answers=CHINESE_ANSWERS)
    'A'
    """
    matrix = evaluation_table(table).to_numpy()
    words = _word_map(answers)
    if isinstance(functional, str) and isinstance(dysfunctional, str):
        row = _answer_codes(_as_series([functional]), words, "functional")[0]
        column = _answer_codes(_as_series([dysfunctional]), words, "dysfunctional")[0]
        return str(matrix[row, column])
    left, right = _as_series(functional), _as_series(dysfunctional)
    if not left.index.equals(right.index):
        allowed = text("kano.error.same_length", length=len(left))
        raise ArgumentError("dysfunctional", right.head(3).tolist(), allowed)
    rows = _answer_codes(left, words, "functional")
    columns = _answer_codes(right, words, "dysfunctional")
    known = (rows >= 0) & (columns >= 0)
    out = np.full(len(left), None, dtype=object)
    out[known] = matrix[rows[known], columns[known]]
    return pd.Series(out, index=left.index, name="category", dtype=object)


def _as_series(values: Any) -> pd.Series[Any]:
    return values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)


def _answer_codes(values: pd.Series[Any], words: dict[Any, str], name: str) -> np.ndarray:
    """Positions in ANSWERS; −1 where missing."""
    codes = _codes(values, words)
    wrong = np.flatnonzero(codes == -2)
    if wrong.size:
        first = values.iloc[wrong[0]]
        column = str(values.name) if values.name is not None else name
        raise _unknown_answer(column, int(wrong.size), values.index[wrong[0]], first, words)
    return codes


def _codes(values: pd.Series[Any], words: dict[Any, str]) -> np.ndarray:
    # Each distinct word is looked up once: a tally has many cells and few words.
    numbers, distinct = pd.factorize(values, use_na_sentinel=True)
    known = np.array([*(_code(value, words) for value in distinct), -1], dtype=np.int64)
    return known[numbers]


def _code(value: Any, words: dict[Any, str]) -> int:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return -1
    word = words.get(value)
    return -2 if word is None else ANSWERS.index(word)


def _word_map(answers: Mapping[Any, str] | None) -> dict[Any, str]:
    words: dict[Any, str] = {word: word for word in ANSWERS}
    for word, answer in (answers or {}).items():
        if answer not in ANSWERS:
            allowed = text("kano.error.answers", allowed=_quoted(ANSWERS))
            raise ArgumentError("answers", {word: answer}, allowed)
        words[word] = answer
    return words


def _unknown_answer(column: str, rows: int, row: object, value: object, words: dict[Any, str]) -> DataError:
    allowed = ", ".join(str(word) for word in words)
    return DataError(column, rows, row, value, allowed, text("kano.error.map", value=repr(value)))


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def _check_choice(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ArgumentError(name, value, " | ".join(repr(choice) for choice in allowed))


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
        DuckDB, Arrow, …).
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
    words = _word_map(answers)
    named = {"feature": feature, "segment": segment, "wave": wave}
    columns = {key: column for key, column in named.items() if column is not None}
    used = [*columns.values(), functional, dysfunctional]
    if len(set(used)) < len(used):
        raise ArgumentError("feature", feature, text("kano.error.columns"))
    raw = counts(data, used, respondent=respondent)
    cells = raw.cells.copy()
    _check_features(cells, data, feature)
    for column in (functional, dysfunctional):
        codes = _codes(cells[column], words)
        wrong = codes == -2
        if wrong.any():
            rows = int(cells.loc[wrong, "n"].sum())
            row, value = _first(data, column, lambda value: _code(value, words) == -2)
            raise _unknown_answer(column, rows, row, value, words)
        cells[column] = pd.Series(np.array([*ANSWERS, _MISSING])[codes], dtype="str")
    cells = cells.rename(
        columns={
            **{column: key for key, column in columns.items()},
            functional: "functional",
            dysfunctional: "dysfunctional",
        }
    )
    return KanoTally(
        _counts(cells, (*columns, "functional", "dysfunctional"), raw, columns),
        None if importance is None else _tally_importance(data, columns, importance, respondent),
        respondent is not None,
    )


def _counts(cells: pd.DataFrame, by: tuple[str, ...], raw: Counts, columns: dict[str, str]) -> Counts:
    """Rename a tally's columns to the model's own, so that exports with other headers merge."""
    # Two words may mean the same answer, so the renamed cells are added up again.
    sums: Any = cells.groupby([*by, GROUP], observed=True, dropna=False, sort=True)["n"].sum()
    levels = {key: raw.levels[column] for key, column in columns.items() if column in raw.levels}
    return Counts(by, sums.reset_index(), levels, raw.repeated)


def _tally_importance(data: Any, columns: dict[str, str], importance: str, respondent: str | None) -> Counts:
    raw = counts(data, [*columns.values(), importance], respondent=respondent)
    cells = raw.cells
    if not pd.api.types.is_numeric_dtype(cells[importance]) and cells[importance].notna().any():
        rows = int(cells.loc[cells[importance].notna(), "n"].sum())
        row, value = _first(data, importance, lambda value: not bool(pd.isna(value)))
        raise DataError(importance, rows, row, value, text("kano.error.importance"))
    cells = cells.rename(columns={**{c: k for k, c in columns.items()}, importance: "importance"})
    return _counts(cells, (*columns, "importance"), raw, columns)


def _check_features(cells: pd.DataFrame, data: Any, column: str) -> None:
    gone = cells[column].isna()
    if gone.any():
        rows = int(cells.loc[gone, "n"].sum())
        row, _ = _first(data, column, lambda value: bool(pd.isna(value)))
        raise DataError(column, rows, row, None, text("kano.error.feature"))


def _first(data: Any, column: str, wrong: Callable[[Any], bool]) -> tuple[Any, Any]:
    """Row and value of the first wrong value; the column is read again only when there is an error."""
    frame: Any = nw.from_native(data).select(column)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    values = frame.get_column(column).to_list()
    position, value = next((i, value) for i, value in enumerate(values) if wrong(value))
    return first_row(data, position), value


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
    counted = KanoTally(_counts(cells, (*columns, "category"), raw, columns))
    return estimate(counted, rule=rule, difference=difference, confidence=confidence)


@dataclass(frozen=True, eq=False)
class _Sums:
    """A tally as arrays: rows of the result along the second axis."""

    keys: pd.DataFrame
    by_group: np.ndarray  # groups × rows × 6 classes
    pairs: np.ndarray | None  # rows × 5 × 5
    missing: np.ndarray  # rows

    @property
    def total(self) -> np.ndarray:
        return self.by_group.sum(axis=0)


def _sums(counted: KanoTally, table: Table) -> _Sums:
    cells, keys = counted.answers.cells, list(counted.keys)
    names, row = _number_rows(cells, keys, counted.answers.levels)
    # Only groups that occur: an empty group is no draw of respondents.
    groups, group = np.unique(cells[GROUP].to_numpy(), return_inverse=True)
    n = cells["n"].to_numpy(dtype=np.int64)
    by_group = np.zeros((len(groups), len(names), 6), dtype=np.int64)
    missing = np.zeros(len(names), dtype=np.int64)
    if "category" in counted.answers.by:
        place = {code: i for i, code in enumerate(CATEGORIES)}
        category = cells["category"].map(place).to_numpy(dtype=np.int64)
        np.add.at(by_group, (group, row, category), n)
        return _Sums(names, by_group, None, missing)
    matrix = evaluation_table(table).map(CATEGORIES.index).to_numpy(dtype=np.int64)
    position = {answer: i for i, answer in enumerate(ANSWERS)} | {_MISSING: -1}
    f = cells["functional"].map(position).to_numpy(dtype=np.int64)
    d = cells["dysfunctional"].map(position).to_numpy(dtype=np.int64)
    whole = (f >= 0) & (d >= 0)
    np.add.at(by_group, (group[whole], row[whole], matrix[f[whole], d[whole]]), n[whole])
    np.add.at(missing, row[~whole], n[~whole])
    pairs = np.zeros((len(names), 5, 5), dtype=np.int64)
    np.add.at(pairs, (row[whole], f[whole], d[whole]), n[whole])
    return _Sums(names, by_group, pairs, missing)


def _number_rows(
    cells: pd.DataFrame, keys: list[str], levels: Mapping[str, tuple[Any, ...]]
) -> tuple[pd.DataFrame, np.ndarray]:
    """List the distinct keys in order, and give for each cell the position of its key."""
    code = cells.groupby(keys, dropna=False, sort=False, observed=True).ngroup().to_numpy()
    names = cells[keys].iloc[np.unique(code, return_index=True)[1]].reset_index(drop=True)
    ranks = names.copy()
    for key in keys:
        if key in levels:
            ranks[key] = ranks[key].map({value: i for i, value in enumerate(levels[key])})
    order = ranks.sort_values(keys, kind="stable").index.to_numpy()
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return names.iloc[order].reset_index(drop=True), place[code]


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


def _wilson(count: np.ndarray, n: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.full(len(n), np.nan), np.full(len(n), np.nan)
    some = n > 0
    if some.any():
        limits: Any = proportion_confint(count[some], n[some], alpha=1 - confidence, method="wilson")
        low[some], high[some] = limits
    return low, high


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
    _check_choice("table", table, TABLES)
    _check_choice("rule", rule, RULES)
    _check_choice("difference", difference, DIFFERENCES)
    confidence = check_confidence(confidence)
    sums = _sums(counted, table)
    c = sums.total
    n = c.sum(axis=1)
    m = c[:, [_M, _O, _A, _I]].sum(axis=1)
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
        ahead = gap > stats.norm.ppf(0.5 + confidence / 2) * np.sqrt(both)
    else:
        ahead = gap >= 1.65 * np.sqrt(_ratio(both * (2 * n - both), 2 * n))
    better_low, better_high = _wilson(c[:, _A] + c[:, _O], m, confidence)
    annoyed_low, annoyed_high = _wilson(c[:, _O] + c[:, _M], m, confidence)
    better, annoyed = _ratio(c[:, _A] + c[:, _O], m), _ratio(c[:, _O] + c[:, _M], m)
    ordered = np.sort(c, axis=1)
    codes = np.array([*CATEGORIES, None], dtype=object)
    columns: dict[str, Any] = {
        **{str(key): sums.keys[key] for key in sums.keys},
        **{code: c[:, i] for i, code in enumerate(CATEGORIES)},
        "n": n,
        "missing": sums.missing,
        "category": pd.Series(codes[winner], dtype=object),
        "second": pd.Series(codes[np.where(some & (second_count > 0), second, -1)], dtype=object),
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
        "position": pd.Series(_position(better, annoyed), dtype=object),
        **_coordinates(sums),
    }
    if counted.importance is not None:
        columns |= _importance(counted, sums)
    nobody, no_meaning = text("kano.note.nobody"), text("kano.note.no_meaning")
    columns["note"] = [nobody if a == 0 else no_meaning if b == 0 else "" for a, b in zip(n, m, strict=True)]
    return KanoResult(pd.DataFrame(columns), counted, table, rule, difference, confidence)


def _position(better: np.ndarray, annoyed: np.ndarray) -> list[str | None]:
    codes: list[str | None] = []
    for up, right in zip(better, annoyed, strict=True):
        if np.isnan(up):
            codes.append(None)
        else:
            codes.append(("O" if right >= 0.5 else "A") if up >= 0.5 else ("M" if right >= 0.5 else "I"))
    return codes


def _coordinates(sums: _Sums) -> dict[str, np.ndarray]:
    nothing = np.full(len(sums.keys), np.nan)
    if sums.pairs is None:
        names = ("functional_score", "functional_se", "dysfunctional_score", "dysfunctional_se")
        return dict.fromkeys(names, nothing)
    functional = _mean_and_error(sums.pairs.sum(axis=2), _FUNCTIONAL_SCORES)
    dysfunctional = _mean_and_error(sums.pairs.sum(axis=1), _DYSFUNCTIONAL_SCORES)
    return {
        "functional_score": functional[0],
        "functional_se": functional[1],
        "dysfunctional_score": dysfunctional[0],
        "dysfunctional_se": dysfunctional[1],
    }


def _mean_and_error(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard error of ``values`` that occur ``times`` (rows × values) often."""
    n = times.sum(axis=1)
    mean = _ratio(times @ values, n)
    spread = (times * (values[None, :] - np.nan_to_num(mean)[:, None]) ** 2).sum(axis=1)
    return mean, np.sqrt(_ratio(_ratio(spread, n - 1), n))


def _importance(counted: KanoTally, sums: _Sums) -> dict[str, np.ndarray]:
    tallied = cast(Counts, counted.importance)
    cells = tallied.cells[tallied.cells["importance"].notna()]
    _, row = _number_rows(tallied.cells, list(counted.keys), counted.answers.levels)
    row = row[tallied.cells["importance"].notna().to_numpy()]
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
        - ``n``: their sum, the complete pairs; ``missing``: pairs with an answer missing
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
            Features to put forward; the others turn pale and lose their names.
        guess : mapping, optional
            Feature → the share annoyed without it, in % (0 to 100), or a pair (annoyed without it,
            pleased with it); drawn as hollow markers. Features may be written with spaces for
            underscores; None means not guessed. Also an object whose ``value`` is such a mapping.
        errors : bool, default True
            Whether to draw the intervals.
        segment, wave : object, optional
            Draw only this segment or wave.
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
        return _plot_map(rows, ax, highlight, guess, errors, labels or {})

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
        return _explain_rows(self.table, {})


# ------------------------------------------------------------------------------------------- explain


def _show(feature: object, labels: Mapping[str, str]) -> str:
    return labels.get(str(feature), str(feature).replace("_", " "))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _points(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−")


def _names(names: Sequence[str], limit: int = 3) -> str:
    shown = text("kano.list").join(names[:limit])
    more = len(names) - limit
    return shown if more <= 0 else text("kano.list_more", names=shown, more=more)


def _wave_name(wave: object) -> str:
    # A bare number in a sentence would not say what it counts.
    return text("kano.map.wave", wave=wave) if isinstance(wave, (int, float, np.number)) else str(wave)


def _group_name(row: Any) -> str:
    parts = [str(row["segment"])] if "segment" in row.index else []
    return text("kano.list").join([*parts, _wave_name(row["wave"])] if "wave" in row.index else parts)


def _row_name(row: Any, labels: Mapping[str, str]) -> str:
    group = _group_name(row)
    name = _show(row["feature"], labels)
    return text("kano.map.at", feature=name, group=group) if group else name


def _varying(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop segment and wave columns that hold a single value: they need not be named."""
    single = [key for key in ("segment", "wave") if key in rows and len(set(rows[key])) == 1]
    return rows.drop(columns=single)


def _category_or_none(code: Any) -> str:
    return text("kano.category.none") if code not in CATEGORIES else category_name(code)


def _explain_rows(rows: pd.DataFrame, labels: Mapping[str, str]) -> str:
    rows = _varying(rows)
    stop = text("kano.explain.stop")
    gap = "" if stop == "。" else " "
    said: Any = rows[rows["better"].notna()]
    if said.empty:
        return text("kano.explain.nothing")
    kinds = [key for key in ("segment", "wave") if key in rows]
    if kinds:
        classes = said.groupby("feature", sort=False)["category"].nunique()
        changing = [_show(name, labels) for name in classes.index[classes > 1]]
        first = text(
            "kano.explain.groups" if changing else "kano.explain.groups_same",
            n=rows["feature"].nunique(),
            groups=len(rows[kinds].drop_duplicates()),
            kinds=" × ".join(text(f"kano.kind.{kind}") for kind in kinds),
            changing=len(changing),
            names=_names(changing),
        )
    elif len(rows) == 1:
        first = text("kano.explain.classes.one", category=_category_or_none(rows["category"].iloc[0]))
    else:
        parts = []
        for code in CATEGORIES:
            of = rows[rows["category"] == code].sort_values("lead", ascending=False, kind="stable")
            if len(of):
                names = _names([_show(name, labels) for name in of["feature"]])
                parts.append(text("kano.explain.class", n=len(of), category=category_name(code), names=names))
        first = text("kano.explain.classes.many", n=len(rows), classes=text("kano.list").join(parts))
    worst, best = said.loc[said["worse"].idxmin()], said.loc[said["better"].idxmax()]
    second = text(
        "kano.explain.extremes",
        worst=_row_name(worst, labels),
        worse=_percent(-worst["worse"]),
        worse_low=_percent(-worst["worse_high"]),
        worse_high=_percent(-worst["worse_low"]),
        best=_row_name(best, labels),
        better=_percent(best["better"]),
        better_low=_percent(best["better_low"]),
        better_high=_percent(best["better_high"]),
    )
    unsure = rows[~rows["significant"] & (rows["n"] > 0)]
    if len(unsure):
        names = _names([_row_name(row, labels) for _, row in unsure.iterrows()])
        second += text("kano.explain.unsure", n=len(unsure), rows=len(rows), names=names)
    else:
        second += stop
    return first + gap + second


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
        rows = self.table.sort_values("stability", ascending=False, kind="stable")
        varying = _varying(rows)
        names = [_row_name(row, labels or {}) for _, row in varying.iterrows()]
        ax = _stacked(ax, rows[list(CATEGORIES)].to_numpy(dtype=float), names)
        return plots.label(
            ax,
            title=text("kano.stability.title", steady=int((rows["stability"] >= 0.95).sum()), n=len(rows)),
            xlabel=text("kano.stability.x", draws=self.draws),
            ylabel=text("kano.shares.y"),
            alt=self.explain(),
        )

    def explain(self) -> str:
        """Say how many classes hold, and which is the least steady.

        Returns
        -------
        str
            One sentence in the language in force.
        """
        rows: Any = _varying(self.table)
        row = rows.loc[rows["stability"].idxmin()]
        shares = [(float(row[code]), code) for code in CATEGORIES if row[code] > 0]
        shares.sort(key=lambda pair: -pair[0])
        said = [f"{category_name(code)} {_percent(share)} %" for share, code in shares]
        return text(
            "kano.explain.stability",
            draws=self.draws,
            steady=int((rows["stability"] >= 0.95).sum()),
            n=len(rows),
            feature=_row_name(row, {}),
            shares=text("kano.list").join(said),
        )


def stability(result: KanoResult | KanoTally, *, draws: int = 2000, seed: int = 20240501) -> KanoStability:
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
    keys = {key: sums.keys[key] for key in sums.keys}
    table = pd.DataFrame(
        {
            **keys,
            "category": pd.Series(np.array([*CATEGORIES, None], dtype=object)[observed], dtype=object),
            "stability": np.where(observed >= 0, shares[np.arange(rows), observed], np.nan),
            **{code: shares[:, i] for i, code in enumerate(CATEGORIES)},
            "none": shares[:, 6],
        }
    )
    names = pd.DataFrame(np.array([*CATEGORIES, None], dtype=object)[winner])
    return KanoStability(table, names, draws, seed)


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
        return (_wave_name(self.a), _wave_name(self.b)) if self.by == "wave" else (str(self.a), str(self.b))

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
        ax = plots.axes(ax)
        names: list[str] = []
        for place, (_, row) in enumerate(self.table[::-1].iterrows()):
            code, colour, shape = str(row["quantity"]), "grey", "o"
            difference, low, high = (100 * float(row[key]) for key in ("difference", "low", "high"))
            if code == "worse":
                # The axis of the map counts the annoyed, so more of them points to the right here too.
                difference, low, high = -difference, -high, -low
            if code in CATEGORIES:
                colour, shape = _COLOURS[code], _SHAPES[code]
                names.append(text("kano.compare.share", category=category_name(code), code=code))
            else:
                names.append(text(f"kano.compare.{code}"))
            sure = bool(row["significant"])
            ax.plot([low, high], [place, place], color=plots.PALETTE[colour], linewidth=2)
            face = plots.PALETTE[colour] if sure else "white"
            ax.plot(
                [difference], [place], shape, color=plots.PALETTE[colour], markerfacecolor=face, markersize=8
            )
        ax.axvline(0, color="#5F6368", linewidth=1)
        ax.set_yticks(range(len(names)), names)
        ax.grid(False, axis="y")
        rows: Any = self.table.set_index("quantity")
        a, b = self._sides()
        title = text(
            "kano.compare.title_differs" if rows["significant"].any() else "kano.compare.title_same",
            feature=_show(self.feature, labels or {}),
            a=a,
            b=b,
            worse=_points(-rows.loc["worse", "difference"]),
            better=_points(rows.loc["better", "difference"]),
        )
        return plots.label(
            ax,
            title=title,
            xlabel=text("kano.compare.x", a=a, b=b),
            ylabel=text("kano.compare.y"),
            alt=self.explain(),
        )

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
            return text("kano.explain.compare_empty", feature=_show(self.feature, {}), a=a, b=b)
        return text(
            "kano.explain.compare",
            feature=_show(self.feature, {}),
            a=a,
            b=b,
            worse_a=_percent(-worse["a"]),
            worse_b=_percent(-worse["b"]),
            worse=_points(-worse["difference"]),
            worse_low=_points(-worse["high"]),
            worse_high=_points(-worse["low"]),
            better_a=_percent(better["a"]),
            better_b=_percent(better["b"]),
            better=_points(better["difference"]),
            better_low=_points(better["low"]),
            better_high=_points(better["high"]),
            category_a=_category_or_none(self.category_a),
            category_b=_category_or_none(self.category_b),
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
    if not kinds:
        raise ArgumentError("result", by, text("kano.error.no_groups"), text("kano.error.no_groups_advice"))
    if by is None:
        fits = [key for key in kinds if {a, b} <= set(table[key])]
        if len(fits) != 1 and len(kinds) > 1:
            raise ArgumentError("by", by, text("kano.error.by"), text("kano.error.by_advice", a=a, b=b))
        by = cast(Literal["segment", "wave"], (fits or kinds)[0])
    if by not in kinds:
        raise ArgumentError("by", by, " | ".join(repr(kind) for kind in kinds))
    fixed = {"segment": segment, "wave": wave}
    for key in kinds:
        if fixed[key] is not None:
            _check_known(key, fixed[key], table[key])
    _check_known("feature", feature, table["feature"])
    for value in (a, b):
        _check_known(by, value, table[by])
    _check_one_wave(by, wave, table)
    cells = result.counted.answers.cells
    cells = cells[cells["feature"] == feature]
    answers = Counts(result.counted.answers.by, cells, result.counted.answers.levels)
    sums = _sums(KanoTally(answers), result.evaluation)
    chosen = np.ones(len(sums.keys), dtype=bool)
    for key in kinds:
        if key != by and fixed[key] is not None:
            chosen = chosen & (sums.keys[key] == fixed[key]).to_numpy()
    groups_a = sums.by_group[:, chosen & (sums.keys[by] == a).to_numpy()].sum(axis=1)
    groups_b = sums.by_group[:, chosen & (sums.keys[by] == b).to_numpy()].sum(axis=1)
    paired = by == "wave" and result.counted.respondents and len(groups_a) > 1
    rows: list[dict[str, Any]] = []
    meaning = [_M, _O, _A, _I]
    quantities = [("better", [_A, _O], meaning, 1), ("worse", [_O, _M], meaning, -1)]
    quantities += [(code, [i], list(range(6)), 1) for i, code in enumerate(CATEGORIES)]
    for name, top, bottom, sign in quantities:
        p, low, high, values = _difference(groups_a, groups_b, top, bottom, paired, result.confidence)
        if sign < 0:
            low, high = -high, -low
        first, second = (0 + sign * value for value in values)
        rows.append(
            {"quantity": name, "a": first, "b": second, "difference": sign * p, "low": low, "high": high}
        )
    out = pd.DataFrame(rows)
    out["significant"] = (out["low"] > 0) | (out["high"] < 0)
    codes = [*CATEGORIES, None]
    classes = [codes[int(_winner(groups.sum(axis=0), result.rule))] for groups in (groups_a, groups_b)]
    return KanoComparison(out, feature, a, b, by, classes[0], classes[1], result.confidence)


def _check_known(kind: str, value: Any, column: pd.Series[Any]) -> None:
    known = list(dict.fromkeys(column))
    if value not in known:
        raise UnknownNameError(text(f"kano.kind.{kind}"), value, [str(name) for name in known])


def _check_one_wave(by: str | None, wave: Any, table: pd.DataFrame) -> None:
    if by != "wave" and wave is None and "wave" in table and len(set(table["wave"])) > 1:
        waves = ", ".join(str(value) for value in dict.fromkeys(table["wave"]))
        allowed = text("kano.error.one_wave", waves=waves)
        raise ArgumentError("wave", wave, allowed, text("kano.error.one_wave_advice"))


def _difference(
    a: np.ndarray, b: np.ndarray, top: list[int], bottom: list[int], paired: bool, confidence: float
) -> tuple[float, float, float, tuple[float, float]]:
    """Give b − a of a share, its limits, and the two shares, from groups × 6 counts."""
    tops = np.array([a[:, top].sum(), b[:, top].sum()])
    bottoms = np.array([a[:, bottom].sum(), b[:, bottom].sum()])
    p = _ratio(tops, bottoms)
    low, high = _wilson(tops, bottoms, confidence)
    r = 0.0
    if paired and (bottoms > 0).all():
        # Influence of each respondent group on each share: the jackknife's pseudo-values, up to scale.
        pull = [
            g[:, top].sum(axis=1) - share * g[:, bottom].sum(axis=1) for g, share in ((a, p[0]), (b, p[1]))
        ]
        size = np.sqrt((pull[0] ** 2).sum() * (pull[1] ** 2).sum())
        r = float((pull[0] * pull[1]).sum() / size) if size > 0 else 0.0
    d = float(p[1] - p[0])
    down_b, up_b, down_a, up_a = p[1] - low[1], high[1] - p[1], p[0] - low[0], high[0] - p[0]
    below = np.sqrt(max(down_b**2 - 2 * r * down_b * up_a + up_a**2, 0.0)) if bottoms.all() else np.nan
    above = np.sqrt(max(up_b**2 - 2 * r * up_b * down_a + down_a**2, 0.0)) if bottoms.all() else np.nan
    return d, d - float(below), d + float(above), (float(p[0]), float(p[1]))


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


def _same_name(name: object) -> str:
    return str(name).replace("_", " ").casefold()


def _guesses(guess: Any, features: Sequence[str]) -> dict[str, tuple[float, float | None]]:
    """Feature → (annoyed, pleased or None), both in %."""
    if guess is None:
        return {}
    given = guess if isinstance(guess, Mapping) else getattr(guess, "value", None)
    if not isinstance(given, Mapping):
        raise ArgumentError("guess", guess, text("kano.error.guess"))
    known = {_same_name(feature): feature for feature in features}
    points: dict[str, tuple[float, float | None]] = {}
    for name, value in cast(Mapping[Any, Any], given).items():
        if _same_name(name) not in known:
            raise UnknownNameError(text("kano.kind.feature"), name, [str(feature) for feature in features])
        if value is None:
            continue
        pair = list(value) if isinstance(value, (tuple, list)) else [value]
        ok = len(pair) in (1, 2) and all(
            isinstance(v, (int, float, np.number)) and not isinstance(v, bool) and 0 <= v <= 100 for v in pair
        )
        if not ok:
            raise ArgumentError("guess", {name: value}, text("kano.error.guess"))
        points[known[_same_name(name)]] = (float(pair[0]), float(pair[1]) if len(pair) == 2 else None)
    return points


def _plot_map(
    rows: pd.DataFrame,
    ax: Axes | None,
    highlight: Sequence[str] | None,
    guess: Any,
    errors: bool,
    labels: Mapping[str, str],
) -> Axes:
    features = list(dict.fromkeys(rows["feature"]))
    for feature in highlight or []:
        _check_known("feature", feature, rows["feature"])
    guesses = _guesses(guess, features)
    ax = plots.axes(ax)
    shown = _varying(rows[rows["better"].notna()].reset_index(drop=True))
    forward = np.array([highlight is None or name in highlight for name in shown["feature"]], dtype=bool)
    ax.set_xlim(-3, 103)
    ax.set_ylim(-4, 104)
    ax.axvline(50, color="#9AA0A6", linewidth=1, zorder=1)
    ax.axhline(50, color="#9AA0A6", linewidth=1, zorder=1)
    corners = {
        "A": (0.015, 0.985, "left", "top"),
        "O": (0.985, 0.985, "right", "top"),
        "I": (0.015, 0.015, "left", "bottom"),
        "M": (0.985, 0.015, "right", "bottom"),
    }
    quadrant = [
        ax.text(
            x,
            y,
            text(f"kano.quadrant.{code}"),
            transform=ax.transAxes,
            ha=cast(Any, ha),
            va=cast(Any, va),
            fontsize="small",
            style="italic",
            color=plots.PALETTE["grey"],
            zorder=1,
        )
        for code, (x, y, ha, va) in corners.items()
    ]
    xs = -100 * shown["worse"].to_numpy(dtype=float)
    ys = 100 * shown["better"].to_numpy(dtype=float)
    for i, (_, row) in enumerate(shown.iterrows()):
        colour = plots.PALETTE[_COLOURS[row["category"]]] if forward[i] else plots.PALETTE["light"]
        if errors and forward[i]:
            sides = [[-100 * row["worse_high"], -100 * row["worse_low"]], [ys[i], ys[i]]]
            ax.plot(*sides, color=colour, alpha=0.45, linewidth=1.2, zorder=2)
            sides = [[xs[i], xs[i]], [100 * row["better_low"], 100 * row["better_high"]]]
            ax.plot(*sides, color=colour, alpha=0.45, linewidth=1.2, zorder=2)
        # Not significant: the class is the leading one, but only by chance as far as we know.
        face = colour if row["significant"] or not forward[i] else "white"
        ax.plot(
            xs[i],
            ys[i],
            _SHAPES[row["category"]],
            color=colour,
            markerfacecolor=face,
            markersize=8,
            zorder=3 if forward[i] else 2,
        )
    for feature, (x, y) in guesses.items():
        places = np.flatnonzero((shown["feature"] == feature).to_numpy())
        for i in places:
            height = ys[i] if y is None else y
            ax.plot([x, xs[i]], [height, ys[i]], ":", color=plots.PALETTE["grey"], linewidth=1.2, zorder=2)
            ax.plot(
                x,
                height,
                "*",
                color="#202124",
                markerfacecolor="none",
                markeredgewidth=1.3,
                markersize=14,
                zorder=4,
            )
    front = shown[forward]
    codes = [code for code in CATEGORIES if code in set(front["category"])]
    _map_legend(ax, codes, not front["significant"].all(), bool(guesses))
    alt = _explain_rows(rows, labels)
    plots.label(
        ax,
        title=_map_title(shown, highlight, labels),
        xlabel=text("kano.map.x"),
        ylabel=text("kano.map.y"),
        alt=alt,
    )
    # Forty names cannot be read; then only the highlighted ones are written.
    if highlight is not None or len(shown) <= 30:
        # One feature in several groups is named in the title, so its points carry the group alone.
        alone = len({str(name) for name, put in zip(shown["feature"], forward, strict=True) if put}) == 1
        names = [(alone and _group_name(row)) or _row_name(row, labels) for _, row in shown.iterrows()]
        wanted = [i for i in range(len(names)) if forward[i]]
        _write_names(ax, xs, ys, wanted, names, quadrant)
    return ax


def _inches(ax: Axes) -> float:
    figure: Any = ax.figure
    return float(figure.get_size_inches()[0])


def _marker(shape: str, colour: str, face: str, size: float, written: str) -> Line2D:
    return Line2D([], [], ls="", marker=shape, color=colour, mfc=face, ms=size, label=written)


def _map_legend(ax: Axes, codes: list[str], unsure: bool, guessed: bool) -> None:
    colours = {code: plots.PALETTE[_COLOURS[code]] for code in codes}
    handles = [_marker(_SHAPES[c], colours[c], colours[c], 7, category_name(c)) for c in codes]
    if unsure:
        handles.append(_marker("o", plots.PALETTE["grey"], "white", 6, text("kano.map.unsure")))
    if guessed:
        handles.append(_marker("*", "#202124", "none", 12, text("kano.map.guess")))
    if handles:
        _legend_below(ax, handles)


def _legend_below(ax: Axes, handles: Sequence[Any], side: str = "center") -> None:
    # A fixed distance in inches clears the axis label whatever the height of the axes.
    figure: Any = ax.figure
    below = ScaledTranslation(0, -0.5, figure.dpi_scale_trans)
    fitting = int(_inches(ax) / 1.35)
    ax.legend(
        handles=list(handles),
        loc=cast(Any, f"upper {side}"),
        bbox_to_anchor=(0.5 if side == "center" else 1.0, 0.0),
        bbox_transform=ax.transAxes + below,
        borderaxespad=0.0,
        ncols=len(handles) if len(handles) <= fitting else -(-len(handles) // 2),
        frameon=False,
        fontsize="small",
        handletextpad=0.4,
        columnspacing=1.2,
    )


def _map_title(shown: Any, highlight: Sequence[str] | None, labels: Mapping[str, str]) -> str:
    if shown.empty:
        return text("kano.map.empty")
    if highlight is not None:
        some = shown[shown["feature"].isin(list(highlight))]
        if len(some) > 1 and len(set(some["feature"])) == 1:
            feature = _show(some["feature"].iloc[0], labels)
            parts = [
                text("kano.map.part", feature=_group_name(row), worse=_percent(-row["worse"]))
                for _, row in some.head(6).iterrows()
            ]
            return text("kano.map.title_groups", feature=feature, parts=text("kano.list").join(parts))
        order = {feature: i for i, feature in enumerate(highlight)}
        some = some.sort_values("feature", key=lambda f: f.map(order), kind="stable")
        parts = [
            text("kano.map.part", feature=_row_name(row, labels), worse=_percent(-row["worse"]))
            for _, row in some.head(4).iterrows()
        ]
        return text("kano.map.title_highlight", parts=text("kano.list").join(parts))
    worst, best = shown.loc[shown["worse"].idxmin()], shown.loc[shown["better"].idxmax()]
    values = {"worse": _percent(-worst["worse"]), "better": _percent(best["better"])}
    if len(shown) == 1:
        return text("kano.map.title_one", feature=_row_name(worst, labels), **values)
    if worst.name == best.name:
        return text("kano.map.title_same", worst=_row_name(worst, labels), **values)
    return text("kano.map.title", worst=_row_name(worst, labels), best=_row_name(best, labels), **values)


def _write_names(
    ax: Axes,
    xs: np.ndarray,
    ys: np.ndarray,
    wanted: Sequence[int],
    names: list[str],
    fixed: Sequence[Any],
) -> None:
    """Write names beside their points, each at the free place that is nearest."""
    figure: Any = ax.figure
    # The layout must be known before boxes in pixels can be compared.
    figure.draw_without_rendering()
    pixels = ax.transData.transform(np.column_stack([xs, ys])) if len(xs) else np.empty((0, 2))
    frame = ax.get_window_extent()
    unit = figure.dpi / 72
    taken: list[Bbox] = [item.get_window_extent() for item in fixed]
    marks = [Bbox.from_extents(x - 5 * unit, y - 5 * unit, x + 5 * unit, y + 5 * unit) for x, y in pixels]
    # Crowded points first: they have the fewest free places.
    crowd = [sum(np.hypot(*(pixels[i] - pixels[j])) < 60 * unit for j in range(len(xs))) for i in wanted]
    for i in [wanted[k] for k in np.argsort([-c for c in crowd], kind="stable")]:
        label = ax.annotate(
            names[i], (xs[i], ys[i]), xytext=(0, 0), textcoords="offset points", fontsize="small", zorder=5
        )
        box = label.get_window_extent()
        w, h = box.width, box.height
        best: tuple[float, float, float, Bbox] | None = None
        for dx, dy, cost in _places(w, h, unit):
            x0, y0 = pixels[i][0] + dx, pixels[i][1] + dy
            here = Bbox.from_extents(x0, y0, x0 + w, y0 + h)
            outside = w * h - _overlap(here, frame)
            # A name on a point can still be read, a name on a name cannot.
            names_hit = sum(_overlap(here.padded(unit), other) for other in taken)
            marks_hit = sum(_overlap(here, other) for other in marks)
            total = cost + (4 * marks_hit + 40 * (names_hit + outside)) / h
            if best is None or total < best[0]:
                best = (total, dx, dy, here)
        assert best is not None
        _, dx, dy, here = best
        label.set_position((dx / unit, dy / unit))
        taken.append(here)
        # A leader where the name had to move away from its point.
        near_x = min(max(pixels[i][0], here.x0), here.x1)
        near_y = min(max(pixels[i][1], here.y0), here.y1)
        if np.hypot(near_x - pixels[i][0], near_y - pixels[i][1]) > 12 * unit:
            ax.annotate(
                "",
                tuple(ax.transData.inverted().transform((near_x, near_y))),
                xytext=(xs[i], ys[i]),
                arrowprops={"arrowstyle": "-", "color": plots.PALETTE["grey"], "linewidth": 0.7},
                zorder=2,
            )


def _places(w: float, h: float, unit: float) -> list[tuple[float, float, float]]:
    """Offsets (pixels) of a name's lower left corner from its point, with what each costs."""
    out: list[tuple[float, float, float]] = []
    for ring in range(14):
        gap = (7 + 11 * ring) * unit
        sides = [
            (gap, -h / 2),
            (-gap - w, -h / 2),
            (-w / 2, gap),
            (-w / 2, -gap - h),
            (0.7 * gap, 0.7 * gap),
            (-0.7 * gap - w, 0.7 * gap),
            (0.7 * gap, -0.7 * gap - h),
            (-0.7 * gap - w, -0.7 * gap - h),
        ]
        out.extend((dx, dy, 14.0 * ring + k) for k, (dx, dy) in enumerate(sides))
    return out


def _overlap(a: Bbox, b: Bbox) -> float:
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return float(width * height) if width > 0 and height > 0 else 0.0


def _stacked(ax: Axes | None, shares: np.ndarray, names: Sequence[str]) -> Axes:
    """Horizontal bars of the six shares (0 to 1), first row at the bottom."""
    height = max(2.4, 1.6 + 0.32 * len(names))
    ax = plots.axes(ax, figsize=(7.2, height))
    left = np.zeros(len(names))
    # 1 % of the bar is this many points wide, so that a code is written only where it fits.
    inches = 0.7 * _inches(ax)
    for k, code in enumerate(CATEGORIES):
        width = 100 * np.nan_to_num(shares[:, k])
        if not (width > 0).any():
            continue
        ax.barh(range(len(names)), width, left=left, color=plots.PALETTE[_COLOURS[code]], edgecolor="white")
        for place, part in enumerate(width):
            written = f"{code} {part:.0f}"
            fits = part / 100 * inches * 72
            if fits < 11:
                continue
            ax.text(
                left[place] + part / 2,
                place,
                written if fits > 28 else code,
                ha="center",
                va="center",
                color="black" if code == "Q" else "white",
                fontsize="small",
            )
        left = left + width
    ax.set_yticks(range(len(names)), list(names))
    ax.set_xlim(0, 100)
    ax.grid(False, axis="y")
    used = [k for k in range(6) if (np.nan_to_num(shares[:, k]) > 0).any()]
    handles = [
        Rectangle(
            (0, 0),
            1,
            1,
            color=plots.PALETTE[_COLOURS[CATEGORIES[k]]],
            label=f"{CATEGORIES[k]} {category_name(CATEGORIES[k])}",
        )
        for k in used
    ]
    if handles:
        _legend_below(ax, handles, "right")
    return ax


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
    >>> plots.alt_text(plot_shares(from_counts(published)).figure)
    'Shares of the classes, feature by feature: brakes must-be 60 %.'
    """
    labels = labels or {}
    rows = _varying(_select(result, segment, wave))
    rank = {code: i for i, code in enumerate(CATEGORIES)}
    rows = rows.assign(rank=[rank.get(code, 6) for code in rows["category"]])
    rows = rows.sort_values(["rank", "lead"], ascending=[False, True], kind="stable").reset_index(drop=True)
    shares = _ratio(rows[list(CATEGORIES)].to_numpy(dtype=float), rows[["n"]].to_numpy(dtype=float))
    names = [_row_name(row, labels) for _, row in rows.iterrows()]
    ax = _stacked(ax, shares, names)
    some = rows[rows["n"] > 0]
    parts = [
        text(
            "kano.explain.shares_one",
            feature=_row_name(row, labels),
            category=category_name(row["category"]),
            share=_percent(row[row["category"]] / row["n"]),
        )
        for _, row in some[::-1].iterrows()
    ]
    return plots.label(
        ax,
        title=_shares_title(some, labels),
        xlabel=text("kano.shares.x"),
        ylabel=text("kano.shares.y"),
        alt=text("kano.explain.shares", features=text("kano.list").join(parts)),
    )


def _shares_title(some: Any, labels: Mapping[str, str]) -> str:
    if some.empty:
        return text("kano.map.empty")

    def facts(row: Any) -> tuple[str, str, str]:
        share = _percent(row[row["category"]] / row["n"])
        return _row_name(row, labels), share, category_name(row["category"])

    clear, divided = some.loc[some["lead"].idxmax()], some.loc[some["lead"].idxmin()]
    name, share, category = facts(clear)
    if len(some) == 1:
        return text("kano.shares.title_one", feature=name, share=share, category=category)
    other, other_share, other_category = facts(divided)
    return text(
        "kano.shares.title",
        feature=name,
        share=share,
        category=category,
        other=other,
        other_share=other_share,
        other_category=other_category,
    )


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
    >>> plots.alt_text(plot_drift(from_counts(published, wave="year"), "wifi").figure)
    'wifi over 2 waves: wave 2019 attractive 60 % (50 to 69), wave 2024 must-be 60 % (50 to 69).'
    """
    labels = labels or {}
    if "wave" not in result.table:
        advice = text("kano.error.no_waves_advice")
        raise ArgumentError("result", "wave", text("kano.error.no_waves"), advice)
    rows = _select(result, segment, None)
    _check_known("feature", feature, rows["feature"])
    rows = rows[rows["feature"] == feature]
    waves = list(dict.fromkeys(result.table["wave"]))
    waves = [wave for wave in waves if wave in set(rows["wave"])]
    order = result.counted.answers.levels.get("wave")
    waves = [w for w in order if w in waves] if order else sorted(waves)
    in_wave = [rows.loc[rows["wave"] == wave, list(CATEGORIES)].to_numpy(dtype=np.int64) for wave in waves]
    c = np.stack([counted.sum(axis=0) for counted in in_wave])
    n = c.sum(axis=1)
    winner = _winner(c, result.rule)
    shares = _ratio(c.astype(float), n[:, None].astype(float) + np.zeros((1, 6)))
    ax = plots.axes(ax)
    place = np.arange(len(waves), dtype=float)
    shown = [k for k in range(6) if k <= _I or bool((np.nan_to_num(shares[:, k]) >= 0.05).any())]
    limits = {k: _wilson(c[:, k], n, result.confidence) for k in shown}
    for number, k in enumerate(shown):
        code = CATEGORIES[k]
        # A little apart, so that intervals of two classes do not hide each other.
        x = place + 0.04 * (number - (len(shown) - 1) / 2)
        low, high = limits[k]
        colour = plots.PALETTE[_COLOURS[code]]
        ax.plot(x, 100 * shares[:, k], color=colour, marker=_SHAPES[code], markersize=7)
        ax.vlines(x, 100 * low, 100 * high, color=colour, alpha=0.5, linewidth=1.5)
    handles = [
        Line2D(
            [],
            [],
            color=plots.PALETTE[_COLOURS[CATEGORIES[k]]],
            marker=_SHAPES[CATEGORIES[k]],
            label=category_name(CATEGORIES[k]),
        )
        for k in shown
    ]
    _legend_below(ax, handles)
    ax.set_xticks(place, [str(wave) for wave in waves])
    ax.set_xlim(-0.4, len(waves) - 0.6)
    ax.set_ylim(0, max(60.0, 5 + float(np.nanmax([100 * limits[k][1] for k in shown], initial=0.0))))
    path: list[str] = []
    for k in winner:
        name = category_name(CATEGORIES[k]) if k >= 0 else text("kano.category.none")
        if not path or path[-1] != name:
            path.append(name)
    key = "kano.drift.title_moves" if len(path) > 1 else "kano.drift.title_stays"
    parts = [
        text(
            "kano.explain.drift_one",
            wave=_wave_name(wave),
            category=category_name(CATEGORIES[k]),
            share=_percent(shares[i, k]),
            low=_percent(limits[k][0][i]) if k in limits else "",
            high=_percent(limits[k][1][i]) if k in limits else "",
        )
        for i, (wave, k) in enumerate(zip(waves, winner, strict=True))
        if k >= 0
    ]
    alt = text(
        "kano.explain.drift",
        feature=_show(feature, labels),
        n=len(waves),
        waves=text("kano.list").join(parts),
    )
    return plots.label(
        ax,
        title=text(key, feature=_show(feature, labels), path=" → ".join(path)),
        xlabel=text("kano.drift.x"),
        ylabel=text("kano.drift.y"),
        alt=alt,
    )


def plot_pair(
    functional: str, dysfunctional: str, ax: Axes | None = None, *, table: Table = "standard"
) -> Axes:
    """Draw the evaluation table with the cell of one pair of answers lit up.

    Parameters
    ----------
    functional, dysfunctional : str
        The two answers, each one of :data:`ANSWERS`.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    table : {"standard", "pouliot"}, default "standard"
        Evaluation table.

    Returns
    -------
    matplotlib.axes.Axes
        The table, functional answers downwards, dysfunctional answers to the right.

    Raises
    ------
    ArgumentError
        If an answer or the table does not exist.

    Examples
    --------
    >>> plot_pair("must-be", "dislike").get_xlabel()
    'If the feature is missing (dysfunctional)'
    """
    words = {"functional": answer_name(functional), "dysfunctional": answer_name(dysfunctional)}
    cells = evaluation_table(table)
    row, column = ANSWERS.index(functional), ANSWERS.index(dysfunctional)
    code = str(cells.iloc[row, column])
    ax = plots.axes(ax, figsize=(7.2, 4.6))
    for i in range(5):
        for j in range(5):
            letter = str(cells.iloc[i, j])
            lit = (i, j) == (row, column)
            colour = plots.PALETTE[_COLOURS[letter]]
            ax.add_patch(
                Rectangle((j, i), 1, 1, facecolor=colour, alpha=1.0 if lit else 0.16, edgecolor="white")
            )
            ax.text(
                j + 0.5,
                i + 0.5,
                letter,
                ha="center",
                va="center",
                color="white" if lit else "#202124",
                fontsize="xx-large" if lit else "medium",
            )
    ax.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor="#202124", linewidth=2.5))
    ax.set_xlim(0, 5)
    ax.set_ylim(5, 0)
    written = [answer_name(answer) for answer in ANSWERS]
    ax.set_xticks(np.arange(5) + 0.5, [textwrap.fill(name, 10) for name in written])
    ax.set_yticks(np.arange(5) + 0.5, written)
    ax.grid(False)
    ax.tick_params(length=0, labelsize="small")
    return plots.label(
        ax,
        title=text("kano.pair.title", **words, category=category_name(code)),
        xlabel=text("kano.pair.x"),
        ylabel=text("kano.pair.y"),
        alt=text("kano.explain.pair", **words, category=category_name(code), code=code),
    )
