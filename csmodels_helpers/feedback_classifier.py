"""Let the machine read comments, in Chinese and English, and judge it on templates that it has never seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.feedback_confusion import Confusion, confusion
from csmodels_helpers.language import join, text
from csmodels_helpers.results import Result
from csmodels_helpers.survey import check_confidence, row_values
from csmodels_helpers.tally import first_row
from csmodels_helpers.tally_parts import schema_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Classifier", "train_classifier"]


@dataclass(frozen=True, eq=False)
class Classifier(Result):
    """A trained reader of comments, and how it did on comments that it had not seen.

    Parameters
    ----------
    table : pandas.DataFrame
        Precision, recall and F1 of each label (and segment), see :class:`Confusion`.
    confusion : Confusion
        The whole comparison, over all held-out comments.
    predictions : pandas.DataFrame
        One row a comment, in the order of the data: ``truth``, ``predicted`` (by a model that had not seen
        its template), ``fold``.
    by_template : bool
        Whether comments were held out by template; if not, the result is too good.
    model : object
        The scikit-learn pipeline, trained on all comments.
    """

    confusion: Confusion
    predictions: pd.DataFrame
    by_template: bool
    model: Any

    def predict(self, comments: Iterable[str]) -> pd.DataFrame:
        """Label new comments.

        Parameters
        ----------
        comments : iterable of str
            The texts.

        Returns
        -------
        pandas.DataFrame
            One row a comment: ``comment``, ``label``, ``probability`` (of that label, by the model's own
            lights).

        Raises
        ------
        DataError
            If a comment is missing or no text.
        """
        given = pd.Series(list(comments), dtype=object)
        _check_texts(given, given.to_frame(), "comments")
        if given.empty:
            return pd.DataFrame({"comment": [], "label": [], "probability": []})
        chances = self.model.predict_proba(given.tolist())
        best = chances.argmax(axis=1)
        labels = np.asarray(self.model.classes_)[best]
        return pd.DataFrame({"comment": given, "label": labels, "probability": chances.max(axis=1)})

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the confusion matrix of the held-out comments.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.
        """
        return self.confusion.plot(ax, alt=self.explain())

    def explain(self) -> str:
        """Say how many held-out comments were labelled right, and whether that is to be trusted.

        Returns
        -------
        str
            Three sentences.
        """
        key = "by_template" if self.by_template else "by_comment"
        return join(self.confusion.explain(), text(f"feedback.explain.{key}"))


def train_classifier(
    data: Any,
    *,
    comment: str = "text",
    label: str = "polarity",
    template: str | None = "template",
    segment: str | None = None,
    folds: int = 5,
    confidence: float = 0.95,
    seed: int = 1,
) -> Classifier:
    """Train a classifier of comments, and judge it on comments that it has not seen.

    Parameters
    ----------
    data : frame
        One row a comment; any frame that narwhals knows. All rows are read, as text cannot be tallied.
    comment, label : str
        Columns with the text and what it is to be labelled as. Rows without a label are left out and counted.
    template : str or None, default "template"
        Column that says which comments are made of the same words (a template, a writer, a copied praise).
        All comments of a template are held out together. With None, comments are held out one by one: the
        machine has then seen nearly the same sentence before, and looks better than it is.
    segment : str, optional
        Column to report separately, such as the language.
    folds : int, default 5
        Into how many parts the templates are divided; each part is held out once.
    confidence : float, default 0.95
        Level of the intervals.
    seed : int, default 1
        Seed of the division.

    Returns
    -------
    Classifier
        The model, trained on everything, and its confusion matrix on what it had not seen.

    Raises
    ------
    DataError
        If a labelled comment is missing or no text, or there is no label.
    ArgumentError
        If there are fewer templates (or comments) of a label than folds, or only one label.

    Notes
    -----
    TF–IDF of the 1 to 4 neighbouring characters (no word segmentation is needed, so one model reads Chinese
    and English), then logistic regression with a ridge penalty and balanced labels, from scikit-learn.
    Nothing is fetched: it works offline. A model of characters knows "not" but not irony.

    References
    ----------
    Cavnar, W. B. and Trenkle, J. M. (1994). N-gram-based text categorization. Kaufman, S., Rosset, S.,
    Perlich, C. and Stitelman, O. (2012). Leakage in data mining. ACM TKDD 6(4).

    Examples
    --------
    >>> made = [(f"{a} {b}", p, a) for a, p in (("very good", "positive"), ("so good", "positive"),
    ...         ("quite bad", "negative"), ("really bad", "negative")) for b in ("phone", "tea", "shop")]
    >>> comments = pd.DataFrame(made, columns=["text", "polarity", "template"])
    >>> found = train_classifier(comments, folds=2)
    >>> found.predict(["good shoes", "bad shoes"])["label"].tolist()
    ['positive', 'negative']
    """
    check_confidence(confidence)
    columns = [comment, label, *([] if template is None else [template])]
    columns += [] if segment is None else [segment]
    known = list(schema_of(data).names())
    for name in columns:
        if name not in known:
            raise UnknownNameError(text("survey.kinds.column"), name, known)
    rows = row_values(data, columns)
    labelled = rows[label].notna()
    _check_texts(rows[comment][labelled], data, comment)
    used = rows[labelled]
    fold = _folds(used, label, template, folds, seed)
    texts, truth = used[comment].tolist(), used[label].to_numpy(dtype=object)
    predicted = np.empty(len(used), dtype=object)
    for part in range(folds):
        out = fold == part
        seen = [t for t, held in zip(texts, out, strict=True) if not held]
        unseen = [t for t, held in zip(texts, out, strict=True) if held]
        predicted[out] = _fit(seen, truth[~out].tolist()).predict(unseen)
    judged = used.assign(_predicted=predicted)
    found = confusion(
        judged,
        truth=label,
        predicted="_predicted",
        segment=segment,
        cluster=template,
        confidence=confidence,
    )
    found = Confusion(
        found.table, found.matrix, found.accuracy, int((~labelled).sum()), segment, found.confidence
    )
    predictions = pd.DataFrame({"truth": truth, "predicted": predicted, "fold": fold}, index=used.index)
    model = _fit(texts, truth.tolist())
    return Classifier(found.table, found, predictions, template is not None, model)


def _fit(texts: list[str], labels: list[Any]) -> Any:
    # Here and not at the top: scikit-learn takes a second.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    read = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2)
    model = make_pipeline(read, LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000))
    # On a busy machine, threads that wait for each other take fifty times as long as one.
    with threadpool_limits(1):
        return model.fit(texts, labels)


def _folds(used: pd.DataFrame, label: str, template: str | None, folds: int, seed: int) -> Any:
    """Deal whole templates out to the folds, label by label, so that each fold has some of every label."""
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 2:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError("folds", folds, text("feedback.allowed.folds"))
    if used[label].nunique() < 2:
        raise ArgumentError("label", label, text("feedback.allowed.two_labels"))
    unit = pd.Series(range(len(used)), index=used.index) if template is None else used[template]
    if unit.isna().any():
        row = int(np.flatnonzero(unit.isna().to_numpy())[0])
        raise DataError(str(template), int(unit.isna().sum()), row, None, text("feedback.allowed.template"))
    # A template belongs to the label that most of its comments have.
    main = used.groupby(unit, sort=True)[label].agg(lambda values: values.value_counts().index[0])
    random = np.random.default_rng(seed)
    place: dict[Any, int] = {}
    start = 0
    for value, members in main.groupby(main, sort=True):
        if len(members) < folds:
            advice = text("feedback.advice.folds", label=value, n=len(members))
            raise ArgumentError("folds", folds, text("feedback.allowed.folds_templates"), advice)
        for i, one in enumerate(random.permutation(len(members))):
            place[members.index[one]] = (start + i) % folds
        start += len(members)
    return unit.map(place).to_numpy(dtype=np.int64)


def _check_texts(values: pd.Series[Any], data: Any, column: str) -> None:
    wrong = np.array([not isinstance(value, str) or not value.strip() for value in values], dtype=bool)
    if wrong.any():
        place: Any = values.index[np.flatnonzero(wrong)[0]]
        allowed = text("feedback.allowed.text")
        raise DataError(column, int(wrong.sum()), first_row(data, place), values[place], allowed)
