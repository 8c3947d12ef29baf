"""From two answers to a class: the words of Kano's questionnaire and the evaluation table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, overload

import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text

__all__ = [
    "ANSWERS",
    "CATEGORIES",
    "CHINESE_ANSWERS",
    "TABLES",
    "answer_name",
    "category_name",
    "classify",
    "evaluation_table",
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

Table = Literal["standard", "pouliot"]

_STANDARD = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")


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
        raise ArgumentError("code", code, text("kano.error.answer_word", allowed=quoted(CATEGORIES)))
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
        raise ArgumentError("answer", answer, text("kano.error.answer_word", allowed=quoted(ANSWERS)))
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
    check_choice("table", table, TABLES)
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
    words = word_map(answers)
    if isinstance(functional, str) and isinstance(dysfunctional, str):
        row = _known_codes(_as_series([functional]), words, "functional")[0]
        column = _known_codes(_as_series([dysfunctional]), words, "dysfunctional")[0]
        return str(matrix[row, column])
    left, right = _as_series(functional), _as_series(dysfunctional)
    if not left.index.equals(right.index):
        allowed = text("kano.error.same_length", length=len(left))
        raise ArgumentError("dysfunctional", right.head(3).tolist(), allowed)
    rows = _known_codes(left, words, "functional")
    columns = _known_codes(right, words, "dysfunctional")
    known = (rows >= 0) & (columns >= 0)
    out = np.full(len(left), None, dtype=object)
    out[known] = matrix[rows[known], columns[known]]
    return pd.Series(out, index=left.index, name="category", dtype=object)


def _as_series(values: Any) -> pd.Series[Any]:
    return values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)


def _known_codes(values: pd.Series[Any], words: dict[Any, str], name: str) -> np.ndarray:
    """Positions in ANSWERS; −1 where missing."""
    codes = answer_codes(values, words)
    wrong = np.flatnonzero(codes == -2)
    if wrong.size:
        first = values.iloc[wrong[0]]
        column = str(values.name) if values.name is not None else name
        raise unknown_answer(column, int(wrong.size), values.index[wrong[0]], first, words)
    return codes


def answer_codes(values: pd.Series[Any], words: dict[Any, str]) -> np.ndarray:
    # Each distinct word is looked up once: a tally has many cells and few words.
    numbers, distinct = pd.factorize(values, use_na_sentinel=True)
    known = np.array([*(answer_code(value, words) for value in distinct), -1], dtype=np.int64)
    return known[numbers]


def answer_code(value: Any, words: dict[Any, str]) -> int:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return -1
    word = words.get(value)
    return -2 if word is None else ANSWERS.index(word)


def word_map(answers: Mapping[Any, str] | None) -> dict[Any, str]:
    words: dict[Any, str] = {word: word for word in ANSWERS}
    for word, answer in (answers or {}).items():
        if answer not in ANSWERS:
            allowed = text("kano.error.answers", allowed=quoted(ANSWERS))
            raise ArgumentError("answers", {word: answer}, allowed)
        words[word] = answer
    return words


def unknown_answer(column: str, rows: int, row: object, value: object, words: dict[Any, str]) -> DataError:
    allowed = ", ".join(str(word) for word in words)
    return DataError(column, rows, row, value, allowed, text("kano.error.map", value=repr(value)))


def check_choice(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ArgumentError(name, value, " | ".join(repr(choice) for choice in allowed))


def quoted(values: Sequence[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)
