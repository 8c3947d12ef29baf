"""The course's data sets: load them typed and checked, list them, read their data cards.

The files, their checksums and the type of every column are described in ``datapackage.json`` (a
Frictionless Data Package), which is the one source for the typing.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from csmodels_helpers.errors import ArgumentError, CourseError, UnknownNameError
from csmodels_helpers.language import get_language, text

__all__ = [
    "DataCard",
    "DatasetFileError",
    "data_card",
    "export_path",
    "list_datasets",
    "load_dataset",
    "load_tables",
]

_PACKAGE = Path(__file__).resolve().parent
_TRUTH_HEADING = "## Planted truth"


class DatasetFileError(CourseError):
    """A data set's file is missing or is not the one that was released.

    Parameters
    ----------
    message : str
        Which file, and what to do.
    file : str
        The file's name.

    Examples
    --------
    >>> DatasetFileError("The file a.csv is missing.", file="a.csv").file
    'a.csv'
    """

    def __init__(self, message: str, file: str) -> None:
        self.file = file
        super().__init__(message)


@dataclass(frozen=True)
class DataCard:
    """A data card: shown as Markdown in Jupyter, as plain text elsewhere.

    Parameters
    ----------
    name : str
        The data set.
    markdown : str
        The card.

    Examples
    --------
    >>> print(DataCard("demo", "# demo"))
    # demo
    """

    name: str
    markdown: str

    def __str__(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown

    def _repr_markdown_(self) -> str:
        # Inside a lesson the card stands below the lesson's own headings.
        return re.sub(r"(?m)^#", "####", self.markdown)


def load_dataset(name: str) -> pd.DataFrame:
    """Load a data set of the course with typed columns.

    The file's sha256 is compared with ``datapackage.json`` on every call, so a file that was edited by
    accident cannot give quietly different results.

    Parameters
    ----------
    name : str
        One of the names in :func:`list_datasets`; a table of a folder as "folder/table".

    Returns
    -------
    pandas.DataFrame
        A frame of your own: changing it changes nothing for the next call. Columns with an order (answer
        words, periods, contract lengths) are ordered categories, dates ``datetime64``, yes/no columns
        ``bool``, other text ``str``. Whole numbers are ``int64``, or ``float64`` where some are missing
        (missing is NaN).

    Raises
    ------
    UnknownNameError
        If there is no such data set; the nearest names are offered.
    ArgumentError
        If it is a raw export: see :func:`export_path`.
    DatasetFileError
        If the file is missing or was changed.

    Examples
    --------
    >>> answers = load_dataset("restaurant_kano")
    >>> answers.shape
    (25200, 9)
    >>> list(answers["functional"].cat.categories)
    ['like', 'must-be', 'neutral', 'live-with', 'dislike']
    """
    resource = _resource(name)
    if "schema" not in resource:
        raise ArgumentError(
            "name", name, text("datasets.raw.allowed"), text("datasets.raw.advice", name=name)
        )
    folder = _folder()
    content = _checked_bytes(folder, resource)
    return _parsed(str(folder), name, content).copy()


def load_tables(name: str) -> dict[str, pd.DataFrame]:
    """Load all tables of a data set that is a folder of tables.

    Parameters
    ----------
    name : str
        The folder, such as "supplier_accounts".

    Returns
    -------
    dict of pandas.DataFrame
        Table → frame, as :func:`load_dataset` gives it.

    Raises
    ------
    UnknownNameError
        If there is no such folder; the nearest names are offered.
    DatasetFileError
        If a file is missing or was changed.

    Examples
    --------
    >>> load_tables("supplier_accounts")["accounts"].shape[0]
    60
    """
    names = [known for known, resource in _resources(_folder()).items() if "schema" in resource]
    found = [known for known in names if known.startswith(f"{name}/")]
    if not found:
        folders = dict.fromkeys(known.partition("/")[0] for known in names if "/" in known)
        raise UnknownNameError(text("datasets.kind"), name, list(folders))
    return {known.partition("/")[2]: load_dataset(known) for known in found}


def export_path(name: str) -> Path:
    """Find a raw export of the course, checked, for :func:`csmodels_helpers.survey.read_export`.

    Parameters
    ----------
    name : str
        Such as "capstone_export/accounts.xlsx"; :func:`list_datasets` has them with 0 rows.

    Returns
    -------
    Path
        The file. Read it; do not write into it.

    Raises
    ------
    UnknownNameError
        If there is no such data set; the nearest names are offered.
    DatasetFileError
        If the file is missing or was changed.

    Examples
    --------
    >>> export_path("capstone_export/accounts.xlsx").name
    'accounts.xlsx'
    """
    resource, folder = _resource(name), _folder()
    _checked_bytes(folder, resource)
    return folder / resource["path"]


def list_datasets() -> pd.DataFrame:
    """List the data sets: what each is, how large, where it is used and under which licence.

    Returns
    -------
    pandas.DataFrame
        One row a data set with the columns ``name``, ``rows``, ``columns`` (both 0 for raw exports), ``what``
        (in the language in force), ``modules`` and ``licence``.

    Examples
    --------
    >>> listing = list_datasets()
    >>> listing.columns.tolist()
    ['name', 'rows', 'columns', 'what', 'modules', 'licence']
    >>> listing.set_index("name").loc["telco_churn", "rows"].item()
    7043
    """
    title = "title" if get_language() == "en" else f"title_{get_language()}"
    rows = [
        {
            "name": resource["name"],
            "rows": resource.get("rows", 0),
            "columns": len(resource["schema"]["fields"]) if "schema" in resource else 0,
            "what": resource[title],
            "modules": ", ".join(resource["modules"]),
            "licence": ", ".join(licence["name"] for licence in resource["licenses"]),
        }
        for resource in _resources(_folder()).values()
    ]
    return pd.DataFrame(rows)


def data_card(name: str, *, truth: bool = False) -> DataCard:
    """Show the data card of a data set: what it is, who answered what and when, each column, the licence.

    Parameters
    ----------
    name : str
        One of the names in :func:`list_datasets`, or a folder of tables.
    truth : bool, default False
        Show the last section too: what was planted in the data. A lesson leaves it out, because it holds
        the answers.

    Returns
    -------
    DataCard
        Markdown in Jupyter, text elsewhere.

    Raises
    ------
    UnknownNameError
        If there is no such data set; the nearest names are offered.
    DatasetFileError
        If the card is missing.

    Examples
    --------
    >>> card = data_card("key_accounts")
    >>> str(card).splitlines()[0]
    '# key_accounts'
    >>> "Planted truth" in str(data_card("key_accounts", truth=True))
    True
    """
    folder, _, table = name.partition("/")
    if table or not any(known.startswith(f"{name}/") for known in _resources(_folder())):
        _resource(name)
    path = _folder() / f"{folder}.md"  # the tables of a folder share one card
    if not path.is_file():
        raise DatasetFileError(text("datasets.absent", file=path.name), path.name)
    markdown = path.read_text(encoding="utf-8")
    before, heading, _ = markdown.partition(f"\n{_TRUTH_HEADING}\n")
    if heading and not truth:
        markdown = f"{before.rstrip()}\n\n*{text('datasets.card.hidden', name=name)}*\n"
    return DataCard(name, markdown)


def typed(frame: pd.DataFrame, fields: list[dict[str, Any]]) -> pd.DataFrame:
    """Give every column the type that its field in ``datapackage.json`` states.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns in any order, as text or already typed.
    fields : list of dict
        The ``schema.fields`` of a resource.

    Returns
    -------
    pandas.DataFrame
        The columns of the schema, in its order, typed as :func:`load_dataset` says.

    Examples
    --------
    >>> wave = {"name": "wave", "type": "integer", "constraints": {"required": True}}
    >>> typed(pd.DataFrame({"wave": ["1", "2"]}), [wave])["wave"].tolist()
    [1, 2]
    """
    return pd.DataFrame({field["name"]: _typed_column(frame[field["name"]], field) for field in fields})


def _typed_column(values: pd.Series[Any], field: dict[str, Any]) -> pd.Series[Any]:
    if "categories" in field:
        levels = pd.CategoricalDtype(field["categories"], ordered=field.get("categoriesOrdered", False))
        return values.astype("str").astype(levels)
    match field["type"]:
        case "integer":
            # NumPy integers cannot be missing; NaN in a float column is what statsmodels and seaborn expect.
            required = field["constraints"].get("required", False)
            return values.astype("float64").astype("int64" if required else "float64")
        case "number":
            return values.astype("float64")
        case "boolean":
            words = dict.fromkeys(field["trueValues"], True) | dict.fromkeys(field["falseValues"], False)
            known: dict[object, bool] = {True: True, False: False, **words}
            return values.map(known).astype("bool")
        case "date":
            return pd.to_datetime(values, format="%Y-%m-%d").astype("datetime64[us]")
        case _:
            return values.astype("str")


def _folder() -> Path:
    # A wheel carries the files inside the package; an editable install reads them from its checkout.
    for folder in (_PACKAGE / "_datasets", _PACKAGE.parent / "datasets"):
        if (folder / "datapackage.json").is_file():
            return folder
    raise DatasetFileError(text("datasets.nowhere"), "datapackage.json")


@lru_cache(maxsize=4)
def _package(path: str, modified: int) -> dict[str, Any]:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _resources(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / "datapackage.json"
    package = _package(str(path), path.stat().st_mtime_ns)
    return {resource["name"]: resource for resource in package["resources"]}


def _resource(name: str) -> dict[str, Any]:
    resources = _resources(_folder())
    if name not in resources:
        raise UnknownNameError(text("datasets.kind"), name, list(resources))
    return resources[name]


def _checked_bytes(folder: Path, resource: dict[str, Any]) -> bytes:
    path = folder / resource["path"]
    if not path.is_file():
        raise DatasetFileError(text("datasets.absent", file=path.name), path.name)
    content = path.read_bytes()
    expected = resource["hash"].removeprefix("sha256:")
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise DatasetFileError(
            text("datasets.changed", file=path.name, found=found[:12], expected=expected[:12]), path.name
        )
    return content


@lru_cache(maxsize=8)
def _parsed(folder: str, name: str, content: bytes) -> pd.DataFrame:
    # Callers get copies; the checksum was compared before, so equal bytes mean equal data.
    raw = pd.read_csv(
        io.BytesIO(content), dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8"
    )
    return typed(raw, _resources(Path(folder))[name]["schema"]["fields"])
