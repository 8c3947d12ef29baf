"""What a cluster costs: tallies of Dask and Spark frames, beside pandas; a part of ``make bench``.

- a million answers in 1, 10 and 100 parts: what a part costs;
- 100,000, 1 and 10 million answers in 10 parts: how time and the main process's memory grow.

Dask has two worker processes, Spark two threads with a worker process each. Every way starts at Parquet files
and ends with a result, in a process of its own, in turns; all have to arrive at the same numbers. The results
go to ``benchmarks/results.md``. Spark is left out where ``make spark`` was never called.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from models import machine, megabytes, say, set_table, write

ROOT = Path(__file__).resolve().parents[1]
SPARK = ROOT / "build" / "spark" / "bin" / "python"
ROUNDS, REPEATS = 3, 3
ROWS, SIZES, PARTS, CUTS = 1_000_000, (100_000, 1_000_000, 10_000_000), 10, (1, 10, 100)
REGIONS = np.array([f"region {i}" for i in range(8)])
ITEMS = [f"q{i}" for i in range(8)]


def make_answers(folder: Path, rows: int, parts: int) -> None:
    """Write a folder of Parquet files: a row a respondent, 8 answers that hang together, a region."""
    folder.mkdir()
    random = np.random.default_rng(5)
    for part in range(parts):
        size = rows * (part + 1) // parts - rows * part // parts
        mood = random.normal(size=size)
        made: dict[str, Any] = {"respondent": np.arange(size) + rows * part // parts}
        made["region"] = REGIONS[random.integers(0, len(REGIONS), size)]
        for item in ITEMS:
            made[item] = np.clip(np.rint(4 + mood + random.normal(size=size)), 1, 7).astype(np.int8)
        pd.DataFrame(made).to_parquet(folder / f"part-{part:03}.parquet")


# ------------------------------------------------------------------------------------------ the work


def scores(frame: Any) -> list[float]:
    """Count: the mean of an answer by region, with its interval."""
    from csmodels_helpers import metrics

    found = metrics.csat(
        frame, "q0", scale=(1, 7), statistic="mean", segment="region", respondent="respondent"
    )
    return found.table[["score", "low", "high"]].to_numpy().ravel().tolist()


def shares(frame: Any) -> list[float]:
    """Sum: what seven answers contribute to an eighth, with intervals."""
    from csmodels_helpers import drivers

    table = drivers.importance(frame, "q0", ITEMS[1:], method="johnson", respondent="respondent").table
    return table.sort_values("driver")[["importance", "low", "high"]].to_numpy().ravel().tolist()


WORK: dict[str, Callable[[Any], list[float]]] = {"counts": scores, "moments": shares}


@contextlib.contextmanager
def on_pandas(_: Path) -> Generator[Callable[[Path], Any]]:
    """Read everything into this process."""
    yield pd.read_parquet


@contextlib.contextmanager
def on_dask(scratch: Path) -> Generator[Callable[[Path], Any]]:
    """Start a cluster of two worker processes."""
    import dask.dataframe as dd
    from distributed import Client, LocalCluster

    workers: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        LocalCluster(
            **workers, host="127.0.0.1", dashboard_address=":0", local_directory=str(scratch)
        ) as cluster,
        Client(cluster),
    ):
        # A file a part; else Dask puts small files together.
        yield lambda folder: dd.read_parquet(folder, aggregate_files=False, split_row_groups=False)


@contextlib.contextmanager
def on_spark(scratch: Path) -> Generator[Callable[[Path], Any]]:
    """Start Spark with two threads."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.log.level": "ERROR",
        # A file a part, as above.
        "spark.sql.files.openCostInBytes": str(2**30),
        "spark.sql.files.maxPartitionBytes": str(2**30),
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    try:
        yield lambda folder: session.read.parquet(str(folder))
    finally:
        session.stop()


ENGINES: dict[str, Any] = {"pandas": on_pandas, "Dask": on_dask, "Spark": on_spark}


# ----------------------------------------------------------------------------------------- measuring


@dataclass
class Found:
    """What the runs of a way took.

    Parameters
    ----------
    seconds : list of float
        One a repetition, by work.
    peak, before : list of float
        Megabytes of the main process at most, and before the work; one a round.
    answers : dict
        What came out.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict[str, "list[float]"])
    peak: list[float] = field(default_factory=list[float])
    before: list[float] = field(default_factory=list[float])
    answers: dict[str, list[float]] = field(default_factory=dict[str, "list[float]"])

    def median(self, work: str) -> float:
        """Median of the seconds."""
        return statistics.median(self.seconds[work])


def part(engine: str, folder: Path) -> None:
    """Run all work on one engine in this process and print what it took."""
    seconds: dict[str, list[float]] = {name: [] for name in WORK}
    answers: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="csmodels-bench-") as scratch,
        ENGINES[engine](Path(scratch)) as read,
    ):
        for work in WORK.values():  # imports, here and on the workers
            work(read(folder.with_name("warm")))
        before = megabytes()
        for _ in range(REPEATS):
            for name, work in WORK.items():
                since = time.perf_counter()
                answers[name] = work(read(folder))
                seconds[name].append(time.perf_counter() - since)
        peak = megabytes()
    print("RESULT " + json.dumps({"seconds": seconds, "before": before, "peak": peak, "answers": answers}))


def run(engine: str, folder: Path, into: Found) -> None:
    """Run one engine in a process of its own."""
    program = str(SPARK) if engine == "Spark" else sys.executable
    command = [program, __file__, "--part", engine, str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not lines:
        raise SystemExit(f"{engine} failed:\n{done.stderr}")
    said = json.loads(lines[-1].removeprefix("RESULT "))
    for name, seconds in said["seconds"].items():
        into.seconds.setdefault(name, []).extend(seconds)
    into.peak.append(said["peak"])
    into.before.append(said["before"])
    into.answers = said["answers"]


def measure(engines: list[str], folder: Path, rounds: int) -> dict[str, Found]:
    """Run all engines in turns on a folder; they must agree."""
    found = {engine: Found() for engine in engines}
    for turn in range(rounds):
        for engine in engines:
            run(engine, folder, found[engine])
            took = ", ".join(f"{name} {found[engine].median(name):.3f} s" for name in WORK)
            say(f"{turn + 1}/{rounds}  {folder.name}, {engine}: {took}")
    for engine in engines:
        for name in WORK:
            if not np.allclose(found[engine].answers[name], found["pandas"].answers[name], rtol=1e-9):
                raise SystemExit(f"{engine} computes other {name} than pandas.")
    return found


def by_parts(engines: list[str], folder: Path, rows: int, rounds: int) -> list[str]:
    """Measure the same rows in more and more parts."""
    clusters = [engine for engine in engines if engine != "pandas"]
    heads = [f"{engine}, {name}: seconds" for engine in clusters for name in WORK]
    table = [["parts", *heads]]
    took: dict[int, list[float]] = {}
    for parts in CUTS:
        path = folder / f"{rows}-rows-{parts}-parts"
        make_answers(path, rows, parts)
        found = measure(engines, path, rounds)
        took[parts] = [found[engine].median(name) for engine in clusters for name in WORK]
        table.append([f"{parts}", *(f"{seconds:.3f}" for seconds in took[parts])])
    few, lots = CUTS[-2:]
    more = [1000 * (b - a) / (lots - few) for a, b in zip(took[few], took[lots], strict=True)]
    table.append(["milliseconds a part more", *(f"{value:.1f}" for value in more)])
    return [f"### {rows:,} answers in more and more parts", "", *set_table(table), ""]


def by_rows(engines: list[str], folder: Path, sizes: list[int], rounds: int) -> list[str]:
    """Measure more and more rows in the same number of parts."""
    lines: list[str] = []
    results = dict[int, dict[str, Found]]()
    for rows in sizes:
        path = folder / f"{rows}-rows-{PARTS}-parts"
        if not path.exists():
            make_answers(path, rows, PARTS)
        results[rows] = measure(engines, path, rounds)
    for name in WORK:
        heads = [f"{engine}: {unit}" for engine in engines for unit in ("seconds", "times pandas")]
        table = [["rows", *heads]]
        for rows, found in results.items():
            plain = found["pandas"].median(name)
            cells = [
                cell
                for engine in engines
                for cell in (f"{found[engine].median(name):.3f}", f"{found[engine].median(name) / plain:.2f}")
            ]
            table.append([f"{rows:,}", *cells])
        lines += [
            f"### {name.capitalize()}: more and more answers in {PARTS} parts",
            "",
            *set_table(table),
            "",
        ]
    table = [["rows", *(f"{engine}: MB more" for engine in engines)]]
    for rows, found in results.items():
        grown = [statistics.median(one.peak) - statistics.median(one.before) for one in found.values()]
        table.append([f"{rows:,}", *(f"{value:.0f}" for value in grown)])
    return [*lines, "### What the main process's memory grows by", "", *set_table(table), ""]


def main(arguments: list[str] | None = None) -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="few rows, once; writes no results")
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.part:
        part(options.part[0], Path(options.part[1]))
        return 0
    engines = [engine for engine in ENGINES if engine != "Spark" or SPARK.exists()]
    if "Spark" not in engines:
        say("Spark is left out: `make spark` makes the environment that it needs, build/spark.")
    lines = [machine("pandas", "numpy", "dask", "distributed", "pyarrow")]
    share, rounds = (100, 1) if options.quick else (1, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="csmodels-bench-") as name:
        folder = Path(name)
        make_answers(folder / "warm", 1_000, 2)
        lines += ["", *by_parts(engines, folder, ROWS // share, rounds)]
        lines += ["", *by_rows(engines, folder, [rows // share for rows in SIZES], rounds)]
    if "Spark" not in engines:
        lines += ["Without Spark, which was not there.", ""]
    say("\n" + "\n".join(lines))
    if not options.quick:
        write(lines, "cluster")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
