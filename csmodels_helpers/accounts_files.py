"""The tables of an account review: the course's own, or the trainee's files with a column mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError, UnknownNameError
from csmodels_helpers.language import text
from csmodels_helpers.survey import (
    Rule,
    check_column,
    check_unique,
    choice,
    identifier,
    number,
    read_export,
)

__all__ = ["REVIEW_COLUMNS", "ROLE_WORDS", "read_files"]

REVIEW_COLUMNS: dict[str, dict[str, str]] = {
    "accounts": {
        "account": "needed",
        "name": "needed",
        "revenue": "needed",
        "revenue_before": "may",
        "cost_of_goods": "may",
        "cost_to_serve": "may",
        "contract_end": "may",
        "alternatives": "may",
        "owner": "may",
    },
    "contacts": {"contact": "needed", "account": "needed", "role": "needed", "asked": "may"},
    "answers": {"contact": "needed", "csat": "needed", "nps": "may", "wave": "may"},
    "complaints": {
        "account": "needed",
        "opened": "needed",
        "complaint": "may",
        "closed": "may",
        "due_days": "may",
    },
}
"""Table → column → whether it is needed. All tables are needed but ``complaints``. Other columns of
``accounts`` (an industry, a city) are facts and stand on the account's page."""

ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "decider": ("decider", "decision-maker", "decision maker", "决策者", "决策人", "拍板人"),
    "user": ("user", "使用者", "使用人", "用户"),
    "buyer": ("buyer", "purchasing", "procurement", "采购", "采购者", "采购员"),
    "technical": ("technical", "engineer", "engineering", "技术", "技术人员", "工程师"),
}
"""Role → the words for it that are understood in a file, in any case."""

_OPTIONAL_TABLES = ("complaints",)
_DATES = ("contract_end", "opened", "closed")
_SETTINGS = ("file", "columns", "values", "factors", "dates", "wave")
_READING = (
    *("answers", "scales", "sheet", "source", "encoding", "delimiter", "decimal", "skip_rows"),
    *("header_rows", "missing", "duplicates", "invalid"),
)
_IDS = {"accounts": "account", "contacts": "contact", "answers": "contact", "complaints": "complaint"}


def read_files(source: str | Mapping[str, Any] = "course") -> dict[str, pd.DataFrame]:
    r"""Read the tables that :func:`overview` takes, from the course or from files of your own.

    Parameters
    ----------
    source : "course" or dict, default "course"
        ``"course"``: the clean tables of ``supplier_accounts``, the last two surveys. A dict: table →
        where it stands, itself a dict with

        - ``"file"``: path of a CSV or Excel file;
        - ``"columns"``: header in the file → name in :data:`REVIEW_COLUMNS`; others are left out;
        - ``"values"``: name → {word in the file: value}, for words that :data:`ROLE_WORDS` does not know;
        - ``"factors"``: name → number to multiply with, such as ``{"revenue": 1e-6}`` for yuan → million;
        - ``"dates"``: how dates are written, such as ``"%d.%m.%Y"``; by default 2026-03-31;
        - ``"wave"``: name of the survey, for ``answers`` from one file a survey; they sort by it;
        - any option of :func:`csmodels_helpers.survey.read_export`: ``sheet``, ``skip_rows``, ``scales``, …

        ``answers`` may be a list of such dicts, a file a survey.

    Returns
    -------
    dict of pandas.DataFrame
        ``accounts``, ``contacts``, ``answers`` and, if given, ``complaints``, sorted by their ids.
        ``answers`` holds only those who answered: who is silent shows against ``contacts``. Its ``wave`` is
        empty if the survey has no name.

    Raises
    ------
    UnknownNameError
        If a table, setting, file or column does not exist.
    ArgumentError
        If a table or a needed column is not there.
    DataError
        If an id is missing or occurs twice, a role is not understood, a date cannot be read, or a row
        belongs to no account or contact.
    ExportError
        If a file holds an answer that its scale does not know.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, lines in {"book": "Nr,Firm,Sales\nA,Arno,4\nB,Beta,2",
    ...                         "people": "Who,Nr,Part\nx,A,决策者\ny,B,Decider",
    ...                         "form": "Who,Happy\nx,4"}.items():
    ...         _ = Path(folder, name).write_text(lines, encoding="utf-8")
    ...     found = read_files({
    ...         "accounts": {"file": Path(folder, "book"),
    ...                      "columns": {"Nr": "account", "Firm": "name", "Sales": "revenue"}},
    ...         "contacts": {"file": Path(folder, "people"),
    ...                      "columns": {"Who": "contact", "Nr": "account", "Part": "role"}},
    ...         "answers": {"file": Path(folder, "form"), "columns": {"Who": "contact", "Happy": "csat"}},
    ...     })
    >>> found["contacts"]
      contact account     role
    0       x       A  decider
    1       y       B  decider
    """
    if isinstance(source, str):
        if source != "course":
            raise ArgumentError("source", source, text("accounts.allowed.source"))
        return _course()
    for name in source:
        if name not in REVIEW_COLUMNS:
            raise UnknownNameError(text("accounts.kinds.table"), name, list(REVIEW_COLUMNS))
    for name in REVIEW_COLUMNS:
        if name not in source and name not in _OPTIONAL_TABLES:
            raise ArgumentError("source", list(source), text("accounts.allowed.table", table=name))
    tables: dict[str, pd.DataFrame] = {}
    for name in REVIEW_COLUMNS:
        if name in source:
            given = source[name]
            several = isinstance(given, Sequence) and not isinstance(given, str)
            specs = list(cast("Sequence[Any]", given)) if several else [given]
            parts = [_read(name, each) for each in specs]
            tables[name] = pd.concat(parts, ignore_index=True)
    return check_tables(tables)


def check_tables(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Check the tables against :data:`REVIEW_COLUMNS` and against each other; return them sorted."""
    found: dict[str, pd.DataFrame] = {}
    for name, columns in REVIEW_COLUMNS.items():
        if name not in tables:
            if name in _OPTIONAL_TABLES:
                continue
            raise ArgumentError("tables", list(tables), text("accounts.allowed.table", table=name))
        table = tables[name]
        if name == "answers" and "wave" not in table:
            table = table.assign(wave="")
        for column, need in columns.items():
            if need == "needed" and column not in table:
                allowed = text("accounts.allowed.needed", table=name, column=column)
                raise ArgumentError("columns", [str(each) for each in table.columns], allowed)
        for column, rule in _RULES.items():
            # Answers come from models' own checks with their scale; here only what joins the tables.
            if column in table and column in columns:
                check_column(table, column, rule)
        keys = [_IDS[name], *(["wave"] if name == "answers" else [])]
        if keys[0] in table:
            if len(table):
                check_unique(table, keys, advice=text(f"accounts.advice.once_{name}"))
            table = table.sort_values([*keys[::-1]], kind="stable", ignore_index=True)
        found[name] = table
    for name, column, owner in (
        ("contacts", "account", "accounts"),
        ("answers", "contact", "contacts"),
        ("complaints", "account", "accounts"),
    ):
        if name in found:
            _belongs(found[name], column, set(found[owner][column]), text(f"accounts.allowed.in_{owner}"))
    return found


_RULES: dict[str, Rule] = {
    "account": identifier(),
    "contact": identifier(),
    "role": choice(list(ROLE_WORDS)),
    "revenue": number(0),
    "revenue_before": number(0, missing=True),
    "cost_of_goods": number(0, missing=True),
    "cost_to_serve": number(0, missing=True),
    "alternatives": number(0, missing=True),
    "due_days": number(0, missing=True),
}


def _belongs(table: pd.DataFrame, column: str, known: set[Any], allowed: str) -> None:
    strange = ~table[column].isin(known)
    if strange.any():
        i = int(strange.to_numpy().argmax())
        raise DataError(column, int(strange.sum()), table.index[i], table[column].iloc[i], allowed)


# --------------------------------------------------------------------------------------- own files


@dataclass(frozen=True)
class _Spec:
    """Where one table stands."""

    file: Path
    columns: dict[str, str]
    values: dict[str, dict[Any, Any]]
    factors: dict[str, float]
    dates: str | None
    wave: str | None
    reading: dict[str, Any]


def _spec(table: str, given: Any) -> _Spec:
    if not isinstance(given, Mapping):
        raise ArgumentError("source", {table: given}, text("accounts.allowed.file"))
    settings = cast("Mapping[str, Any]", given)
    for name in settings:
        if name not in (*_SETTINGS, *_READING):
            raise UnknownNameError(text("accounts.kinds.setting"), name, [*_SETTINGS, *_READING])
    if not {"file", "columns"} <= set(settings):
        raise ArgumentError("source", {table: dict(settings)}, text("accounts.allowed.file"))
    columns = {str(header): str(name) for header, name in settings["columns"].items()}
    known = REVIEW_COLUMNS[table]
    for name in columns.values():
        if name not in known and table != "accounts":
            raise UnknownNameError(text("survey.kinds.column"), name, list(known))
    return _Spec(
        Path(settings["file"]),
        columns,
        dict(settings.get("values", {})),
        dict(settings.get("factors", {})),
        settings.get("dates"),
        settings.get("wave"),
        {name: settings[name] for name in _READING if name in settings},
    )


def _read(table: str, given: Any) -> pd.DataFrame:
    """Read one file and turn its columns into ours."""
    spec = _spec(table, given)
    # A double submission is the reader's to find: it looks at the column named respondent.
    key = _IDS[table]
    mapping = {header: "respondent" if name == key else name for header, name in spec.columns.items()}
    frame = read_export(spec.file, mapping, **spec.reading).rename(columns={"respondent": key})
    if "role" in frame:
        words = {word.lower(): role for role, known in ROLE_WORDS.items() for word in known}
        own = {str(word).strip().lower(): value for word, value in spec.values.get("role", {}).items()}
        said = frame["role"].astype("str").str.strip().str.lower()
        frame["role"] = said.map(words | own).fillna(frame["role"])
    for name, values in spec.values.items():
        if name in frame and name != "role":
            frame[name] = frame[name].map(lambda value, values=values: values.get(value, value))
    for name in (each for each in _DATES if each in frame):
        frame[name] = _dates(frame[name], name, spec.dates)
    for name, factor in spec.factors.items():
        check_column(frame, name, number(missing=True))
        frame[name] = frame[name] * factor
    for name in ("csat", "nps"):
        if name in frame:
            frame[name] = frame[name].astype("float64")
    if spec.wave is not None:
        frame["wave"] = str(spec.wave)
    return frame


def _dates(values: pd.Series[Any], name: str, written: str | None) -> pd.Series[Any]:
    """Read dates; a value that is none is an error, an empty cell is not."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    known = values.notna()
    read = pd.to_datetime(values.where(known), format=written or "ISO8601", errors="coerce")
    wrong = (known & read.isna()).to_numpy()
    if wrong.any():
        i = int(wrong.argmax())
        allowed = text("accounts.allowed.date")
        advice = text("accounts.advice.dates")
        raise DataError(name, int(wrong.sum()), values.index[i], values.iloc[i], allowed, advice)
    return read.astype("datetime64[us]")


# -------------------------------------------------------------------------------------- the course's


def _course() -> dict[str, pd.DataFrame]:
    """Bring the tables of ``supplier_accounts`` into this form: the year 2025, its last two surveys."""
    from csmodels_helpers.datasets import load_tables

    raw = load_tables("supplier_accounts")
    accounts = raw["accounts"].rename(columns={"revenue_cny_million": "revenue", "account_manager": "owner"})
    years = raw["revenue"].assign(year=raw["revenue"]["quarter"].astype("str").str[:4])
    sums = years.groupby(["account", "year"])[["revenue_cny_million", "cost_of_goods_cny_million"]].sum()
    costs = raw["activities"].merge(raw["activity_rates"], on="activity")
    costs = costs[costs["quarter"].astype("str").str[:4] == "2025"]
    serve = (costs["quantity"] * costs["unit_cost_cny"] / 1e6).groupby(costs["account"]).sum()
    last = sums.xs("2025", level="year")["cost_of_goods_cny_million"]
    before = sums.xs("2024", level="year")["revenue_cny_million"]
    alternatives = raw["contracts"].set_index("account")["alternatives"]
    accounts = accounts.assign(
        revenue_before=accounts["account"].map(before),
        cost_of_goods=accounts["account"].map(last),
        cost_to_serve=accounts["account"].map(serve).fillna(0.0),
        alternatives=accounts["account"].map(alternatives),
    )
    surveys = raw["surveys"][raw["surveys"]["quarter"].isin(["2025Q3", "2025Q4"])]
    surveys = surveys.assign(wave=surveys["quarter"].astype("str"))
    asked = set(surveys["contact"])
    contacts = raw["contacts"][["contact", "account", "role"]]
    contacts = contacts.assign(asked=contacts["contact"].isin(asked))
    heard = surveys[surveys["csat"].notna() | surveys["nps"].notna()]
    answers = heard[["contact", "csat", "nps", "wave"]].astype({"csat": "float64", "nps": "float64"})
    complaints = raw["complaints"][["complaint", "account", "opened", "closed", "due_days"]]
    return check_tables(
        {"accounts": accounts, "contacts": contacts, "answers": answers, "complaints": complaints}
    )
