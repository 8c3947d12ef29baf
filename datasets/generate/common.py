"""What all generators share: the random stream, the fixed CSV format, and what "recovered" means."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from csmodels_helpers.datasets import typed

DATASETS = Path(__file__).resolve().parent.parent
PACKAGE = DATASETS / "datapackage.json"


@dataclass(frozen=True)
class Recovery:
    """One planted truth looked for in one data set.

    An ``"interval"`` counts as recovered when its 95 % interval holds the truth (expected in at least 93 of
    100 seeds); an ``"order"`` (a class, a ranking) when the right one comes out (at least 95 of 100).
    """

    kind: Literal["interval", "order"]
    ok: bool
    estimate: object
    truth: object


def interval(estimate: float, error: float, truth: float) -> Recovery:
    """Whether estimate ± 1.96 standard errors holds the truth."""
    ok = bool(abs(estimate - truth) <= 1.959964 * error)
    return Recovery("interval", ok, f"{estimate:.3f} ± {1.959964 * error:.3f}", round(truth, 4))


def order(estimate: object, truth: object) -> Recovery:
    """Whether the right class or order came out."""
    return Recovery("order", estimate == truth, estimate, truth)


def rng(seed: int) -> np.random.Generator:
    """Return the random stream of a seed (bit generator by name: NumPy's default may change)."""
    return np.random.Generator(np.random.PCG64(seed))


def read_package() -> dict[str, Any]:
    """Read ``datapackage.json``."""
    return json.loads(PACKAGE.read_text(encoding="utf-8"))


def write_package(package: dict[str, Any]) -> None:
    """Write ``datapackage.json`` with fixed formatting."""
    content = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    PACKAGE.write_text(content, encoding="utf-8", newline="\n")


def fields(name: str) -> list[dict[str, Any]]:
    """Return the columns of a data set as ``datapackage.json`` describes them."""
    for resource in read_package()["resources"]:
        if resource["name"] == name:
            return resource["schema"]["fields"]
    raise LookupError(f"datapackage.json has no resource {name}; describe its columns there first.")


def table(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    """Build a frame typed as ``load_dataset`` types it."""
    return typed(pd.DataFrame(columns), fields(name))


def _texts(values: pd.Series[Any], field: dict[str, Any]) -> Iterable[str]:
    missing = values.isna()
    kind = field["type"]
    for value, blank in zip(values, missing, strict=True):
        if blank:
            yield ""
        elif kind == "integer":
            yield str(int(value)) if "categories" not in field else str(value)
        elif kind == "number":
            yield f"{value:.{field['decimals']}f}"
        elif kind == "boolean":
            yield field["trueValues"][0] if value else field["falseValues"][0]
        elif kind == "date":
            yield value.strftime("%Y-%m-%d")
        else:
            yield str(value)


def csv_bytes(name: str, frame: pd.DataFrame) -> bytes:
    r"""Write a frame as CSV: UTF-8, ``\n``, no index, decimals as ``datapackage.json`` fixes them."""
    schema = fields(name)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field["name"] for field in schema])
    writer.writerows(zip(*(_texts(frame[field["name"]], field) for field in schema), strict=True))
    return out.getvalue().encode("utf-8")


def tables(name: str, made: Any) -> dict[str, Any]:
    """Return what a generator makes by name: a table, a folder of them, or raw files as bytes."""
    return made if isinstance(made, dict) else {name: made}


def file_of(name: str, made: pd.DataFrame | bytes) -> tuple[Path, bytes]:
    """Return where a table or a raw file belongs, and its content; only tables get the ending ``.csv``."""
    if isinstance(made, bytes):
        return DATASETS / name, made
    return DATASETS / f"{name}.csv", csv_bytes(name, made)


def save(name: str, made: pd.DataFrame | bytes) -> Path:
    """Write ``datasets/<name>.csv``, or a raw file under its own name; in a folder it is "folder/name"."""
    path, content = file_of(name, made)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path
