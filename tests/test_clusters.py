"""Models on a cluster: the same numbers from Dask and Spark frames, and no row that leaves where it lies.

The contract of ``test_engines`` on frames of three uneven parts, one of them empty: on a Dask cluster of two
worker processes, and (``make spark``) on Spark with two threads. What cannot be had without rows says so.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from distributed import Client, LocalCluster
from test_engines import CASES, FELT, QUESTIONS, WORDS, arrow, assert_same, expected_of, pairs, survey

from csmodels_helpers import drivers, expectation, kano, metrics, monitoring, servqual, tally_parts
from csmodels_helpers import survey as checks
from csmodels_helpers.errors import CourseError, DataError, UnknownNameError
from csmodels_helpers.language import set_language
from csmodels_helpers.tally import counts, moments
from csmodels_helpers.tally_parts import RowsNeededError

ROWS_NEEDED = {
    "accounts.account_margin",
    "accounts.health",
    "accounts.plot_weights",
    "accounts.portfolio",
    "accounts.rank_actions",
    "accounts.revenue_at_risk",
    "accounts.tiers",
    "drivers.spend",
    "feedback.train_classifier",
    "kano.from_counts",
    "loyalty.classify",
    "monitoring.complaint_loop",
    "retention.bg_nbd: predict",
    "servqual.before_after",
    "servqual.zone_of_tolerance",
}
"""A row a customer in the result, or a method that looks at single rows."""

Cut = Callable[..., Any]


def pieces(frame: pd.DataFrame, *sizes: int) -> list[pd.DataFrame]:
    """Cut a frame into pieces of these sizes and what remains; by default a short one, none, the rest."""
    ends = np.cumsum(sizes or (len(frame) // 9, 0)).tolist()
    return [frame.iloc[a:b] for a, b in zip([0, *ends], [*ends, len(frame)], strict=True)]


@pytest.fixture(scope="module")
def dask_cut(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cut]:
    """Give the function that lays a frame on a cluster of two worker processes, in parts of these sizes."""
    folder = str(tmp_path_factory.mktemp("dask"))
    workers: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        LocalCluster(**workers, host="127.0.0.1", dashboard_address=":0", local_directory=folder) as cluster,
        Client(cluster),
    ):

        def cut(frame: pd.DataFrame, *sizes: int) -> Any:
            parts = [dd.from_pandas(piece, npartitions=1, sort=False) for piece in pieces(frame, *sizes)]
            made = dd.concat(parts) if len(parts) > 1 else parts[0]
            assert made.npartitions == len(parts)
            return made

        yield cut


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Generator[Any]:
    """Start Spark on this machine, two tasks at a time."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": CLOCK,
        "spark.local.dir": str(tmp_path_factory.mktemp("spark")),
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
    }
    session = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    yield session
    session.stop()


@pytest.fixture(scope="module")
def spark_cut(spark: Any) -> Cut:
    """Give the function that makes a Spark frame in parts of these sizes."""

    def cut(frame: pd.DataFrame, *sizes: int) -> Any:
        whole, lengths = with_zone(arrow(frame), CLOCK), [len(piece) for piece in pieces(frame, *sizes)]
        tables = [whole.slice(sum(lengths[:i]), length) for i, length in enumerate(lengths)]

        def give(batches: Iterator[Any]) -> Iterator[Any]:
            for batch in batches:
                for number in batch.column(0).to_pylist():
                    yield from tables[number].to_batches()

        schema = spark.createDataFrame(whole).schema
        return spark.range(0, len(tables), 1, len(tables)).mapInArrow(give, schema)

    return cut


CLOCK = "Asia/Shanghai"


def with_zone(table: pa.Table, zone: str) -> pa.Table:
    """Say what Spark calls times: instants, not what a clock on the wall shows."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, pc.assume_timezone(table.column(place), zone))
    return table


CLUSTERS = [pytest.param("dask"), pytest.param("spark", marks=pytest.mark.spark)]


@pytest.fixture(params=CLUSTERS)
def cut(request: pytest.FixtureRequest) -> Cut:
    """Give the function that makes a frame of the cluster at hand."""
    return request.getfixturevalue(f"{request.param}_cut")


@pytest.fixture(autouse=True)
def _english() -> Generator[None]:
    yield
    set_language("en")


# ----------------------------------------------------------------------------------- the same numbers


def some(names: Iterable[str]) -> list[Any]:
    """Try one in four on Dask in `make test`, the others in `make thorough`; `make spark` tries all."""
    return [pytest.param(name, marks=[pytest.mark.thorough] if n % 4 else []) for n, name in enumerate(names)]


@pytest.mark.parametrize("name", some(name for name in CASES if name not in ROWS_NEEDED))
def test_parts_of_a_cluster_give_the_same_result(name: str, cut: Cut) -> None:
    first, *others = CASES[name].frames()
    assert_same(CASES[name].call(cut(first), *others), expected_of(name), name)


@pytest.mark.parametrize("name", sorted(ROWS_NEEDED))
def test_what_needs_rows_says_so(name: str, cut: Cut) -> None:
    first, *others = CASES[name].frames()
    with pytest.raises(RowsNeededError, match=r"needs the rows.*\.sample\(") as caught:
        CASES[name].call(cut(first), *others)
    assert set(caught.value.columns) <= set(first.columns)


def test_the_advice_for_rows_runs(dask_cut: Cut) -> None:
    frame = dask_cut(survey())
    with pytest.raises(RowsNeededError) as caught:
        checks.row_values(frame, ["who", "csat"])
    advice = str(caught.value).partition("pass ")[2].partition(" if not")[0].rstrip(";")
    assert len(eval(advice, {"frame": frame})) == len(survey())


@pytest.mark.spark
def test_the_advice_for_rows_of_spark_runs(spark_cut: Cut) -> None:
    frame = spark_cut(survey())
    with pytest.raises(RowsNeededError) as caught:
        checks.row_values(frame, ["who", "csat"])
    advice = str(caught.value).partition("pass ")[2].partition(" if not")[0].rstrip(";")
    assert len(eval(advice, {"frame": frame})) == len(survey())


def assert_same_tally(found: Any, expected: Any) -> None:
    for table in ("cells", "keys"):
        if hasattr(expected, table):
            pd.testing.assert_frame_equal(getattr(found, table), getattr(expected, table))
    for sums in ("sums", "cross"):
        if hasattr(expected, sums):
            np.testing.assert_allclose(getattr(found, sums), getattr(expected, sums), rtol=1e-12)
    assert found.levels == expected.levels
    assert found.repeated == expected.repeated


@pytest.mark.parametrize("sizes", [(160,), (1, 2, 3, 4), (40, 0, 0, 40, 40), tuple([16] * 9)])
def test_other_parts_change_nothing(sizes: tuple[int, ...], cut: Cut) -> None:
    whole = survey()
    whole["price"] = np.random.default_rng(3).normal(10, 3, len(whole))  # sums are not exact
    frame = cut(whole, *sizes)
    for call in (
        lambda f: counts(f, ["region", "csat"], respondent="who"),
        lambda f: counts(f, ["region", "csat"], respondent="who", weights="w"),
        lambda f: moments(f, ["csat", "price"], segment=["region", "wave"], respondent="who"),
        lambda f: moments(f, ["csat", "price"]),
        lambda f: moments(f, ["csat", "price"], segment="region", apart=True),
    ):
        found = call(frame)
        assert_same_tally(found, call(whole))
        if len(sizes) == 4 and hasattr(found, "sums"):  # the same parts: the same to the last bit
            np.testing.assert_array_equal(found.cross, call(frame).cross)


def test_no_rows_at_all(cut: Cut) -> None:
    nobody = survey().iloc[:0]
    frame = cut(nobody, 0)
    assert len(counts(frame, ["region"], respondent="who").cells) == 0
    assert moments(frame, ["csat"], segment="region", apart=True).n == 0


REPEATS = {
    "nobody": (np.arange(160), False),
    "nobody, out of order": (np.random.default_rng(1).permutation(160), False),
    "within a part": (np.r_[0, 0, np.arange(158) + 5], True),
    "across parts": (np.r_[np.arange(159), 0], True),
    "across parts, next to each other": (np.r_[np.arange(17), np.arange(16, 159)], True),
}


@pytest.mark.parametrize("ids", some(REPEATS))
@pytest.mark.parametrize("text", [False, True])
def test_who_answers_twice_is_seen_across_parts(ids: str, text: bool, cut: Cut) -> None:
    numbers, repeated = REPEATS[ids]
    whole = survey().assign(who=numbers)
    if text:
        whole["who"] = "r" + whole["who"].astype(str)
    frame = cut(whole, 17, 0)
    for call in (
        lambda f: counts(f, ["csat"], respondent="who"),
        lambda f: moments(f, ["csat"], respondent="who"),
    ):
        assert call(frame).repeated is call(whole).repeated is repeated
        assert_same_tally(call(frame), call(whole))


# ---------------------------------------------------------------------------- parts unlike one another


def laid_out(parts: Sequence[pd.DataFrame]) -> Any:
    """Make a Dask frame whose parts keep the dtypes they have, as files read one by one do."""
    made = [dask.delayed(part) for part in parts]
    with dask.config.set({"dataframe.convert-string": False}):
        return dd.from_delayed(made, meta=parts[0].iloc[:0], verify_meta=False)


def test_a_column_that_is_missing_in_a_whole_part(dask_cut: Cut) -> None:
    one, two, three = pieces(survey(), 40, 60)
    two = two.assign(csat=None, region=None)
    assert two["csat"].dtype == object
    whole = pd.concat([one, two.astype({"csat": float}), three], ignore_index=True)
    frame = laid_out([one, two, three])
    for call in (
        lambda f: counts(f, ["region", "csat"], respondent="who"),
        lambda f: moments(f, ["csat", "ces"], segment="region", respondent="who"),
    ):
        assert_same_tally(call(frame), call(whole))
    assert_same(metrics.nps(frame, "nps", segment="region"), metrics.nps(whole, "nps", segment="region"), "")


def test_ordered_categories_keep_their_order(dask_cut: Cut) -> None:
    levels = ["south", "north", "west"]
    whole = survey()
    whole["region"] = pd.Categorical(whole["region"], categories=levels, ordered=True)
    frame = dask_cut(
        whole.sort_values("region", kind="stable").reset_index(drop=True), 75
    )  # a category a part
    found = counts(frame, ["region"])
    assert found.levels == {"region": tuple(levels)}
    assert found.total()["region"].tolist() == ["south", "north"]
    assert moments(frame, ["csat"], segment="region").segments()["region"].tolist() == ["south", "north"]


def test_parts_with_their_own_categories(dask_cut: Cut) -> None:
    parts = [part.assign(region=part["region"].astype("category")) for part in pieces(survey(), 1, 60)]
    assert len({tuple(part["region"].cat.categories) for part in parts}) > 1
    assert_same_tally(counts(laid_out(parts), ["region", "csat"]), counts(survey(), ["region", "csat"]))


def test_orders_of_categories_that_differ_are_refused(dask_cut: Cut) -> None:
    one, two = pieces(survey(), 80)
    parts = [
        part.assign(region=pd.Categorical(part["region"], categories=list(order), ordered=True))
        for part, order in ((one, WORDS), (two, WORDS[::-1]))
    ]
    for call in (lambda f: counts(f, ["region"]), lambda f: moments(f, ["csat"], segment="region")):
        with pytest.raises(CourseError, match=r"region.*'north', 'south', 'west'.*'west', 'south', 'north'"):
            call(laid_out(parts))


@pytest.mark.parametrize("where", ["another part", "the same part"])
def test_text_among_numbers_is_told_as_of_the_whole_column(where: str, dask_cut: Cut) -> None:
    whole = survey().astype({"wave": object})
    whole.loc[[100, 120] if where == "another part" else [100, 120, 5, 6, 7], "wave"] = "first"
    one, two = pieces(whole, 40)
    if where == "another part":
        one = one.assign(wave=one["wave"].astype(int))
    for call in (lambda f: counts(f, ["wave"]), lambda f: moments(f, ["csat"], segment="wave")):
        with pytest.raises(DataError) as expected:
            call(whole)
        with pytest.raises(DataError) as found:
            call(laid_out([one, two]))
        assert str(found.value) == str(expected.value)
    # In another part alone, so that each part is right by itself.
    one, two = one.assign(wave=1), two.assign(wave="first")
    with pytest.raises(DataError, match=r'"wave": 40 rows.*first row 0 with 1'):
        counts(laid_out([one, two]), ["wave"])


# --------------------------------------------------------------------------------------- bad answers


def spoilt(frame: pd.DataFrame, column: str, value: Any, *rows: int) -> pd.DataFrame:
    made = frame.copy()
    if isinstance(value, str) and not pd.api.types.is_string_dtype(made[column]):
        made[column] = made[column].astype(object)
    made.loc[list(rows), column] = value
    return made


def whole_ids(frame: pd.DataFrame, value: float, *rows: int) -> pd.DataFrame:
    return spoilt(frame.astype({"who": float}), "who", value, *rows)


BAD: dict[str, tuple[Callable[[Any], Any], Callable[[], pd.DataFrame]]] = {
    "an id missing": (
        lambda f: metrics.csat(f, "csat", respondent="who"),
        lambda: whole_ids(survey(), np.nan, 5, 90, 91),
    ),
    "half an id": (
        lambda f: moments(f, ["csat"], respondent="who"),
        lambda: whole_ids(survey(), 7.5, 90, 91),
    ),
    "half an id in one part, a missing one in another": (
        lambda f: counts(f, ["csat"], respondent="who"),
        lambda: spoilt(whole_ids(survey(), 7.5, 3), "who", np.nan, 90, 91),
    ),
    "off the scale": (
        lambda f: metrics.csat(f, "csat"),
        lambda: spoilt(survey(), "csat", 9, 100, 120),
    ),
    "off the scale in two parts": (
        lambda f: drivers.penalty_reward(f, "csat", FELT[:2], scale=(1, 7)),
        lambda: spoilt(survey(), FELT[0], 8, 3, 100),
    ),
    "two columns wrong, the second in an earlier part": (
        lambda f: servqual.analyze(f, dimensions=QUESTIONS),
        lambda: spoilt(spoilt(survey(), FELT[2], 8, 3), FELT[1], 9, 100, 101),
    ),
    "an answer off the scale, and a column that is not there": (
        lambda f: checks.check_columns(f, ["nps", "nothing"], checks.scale(0, 9, missing=True)),
        survey,
    ),
    "no such column": (lambda f: counts(f, ["regoin"]), survey),
    "no such column to sum": (lambda f: moments(f, ["csta"]), survey),
    "text for numbers": (
        lambda f: moments(f, ["csat", "tone"]),
        survey,
    ),
    "text for numbers, checked": (lambda f: drivers.importance(f, "csat", [*FELT, "tone"]), survey),
    "an infinite number": (
        lambda f: moments(f, ["ces", "csat"]),
        lambda: spoilt(survey(), "csat", np.inf, 130),
    ),
    "a weight below 0": (
        lambda f: metrics.csat(f, "csat", weights="w"),
        lambda: spoilt(survey(), "w", -1.0, 10, 110),
    ),
    "a word that is no answer": (
        lambda f: kano.analyze(f),
        lambda: spoilt(pairs(), "functional", "maybe", 10, 110, 111),
    ),
    "no feature": (lambda f: kano.analyze(f), lambda: spoilt(pairs(), "feature", None, 110)),
    "points that sum to 99": (
        lambda f: servqual.analyze(f, dimensions=QUESTIONS, weights="points_{dimension}"),
        lambda: spoilt(survey().assign(points_speed=60, points_care=40), "points_care", 39, 90, 110),
    ),
    "an expectation of 0": (
        lambda f: metrics.ratio(f, perceived="csat", expected="ces"),
        lambda: spoilt(survey(), "ces", 0, 95),
    ),
    "more right than all": (
        lambda f: monitoring.p_chart(f, "right", n="orders", time="month"),
        lambda: pd.DataFrame({"month": np.arange(30), "orders": 5, "right": [4] * 28 + [6, 7]}),
    ),
    "two rows a month": (
        lambda f: monitoring.xmr(f, "right", time="month"),
        lambda: pd.DataFrame({"month": [*range(29), 7], "right": np.arange(30) % 7}),
    ),
    "no month": (
        lambda f: monitoring.xmr(f, "right", n="orders", time="month"),
        lambda: pd.DataFrame({"month": [*map(str, range(29)), None], "orders": 5, "right": 4}),
    ),
    "somebody who had left": (
        lambda f: expectation.transitions(f, before="state", after="later", absorbing=["gone"]),
        lambda: spoilt(survey(), "state", "gone", 88),
    ),
}


@pytest.mark.parametrize("name", some(BAD))
def test_bad_answers_are_told_as_on_one_machine(name: str, cut: Cut, request: pytest.FixtureRequest) -> None:
    call, make = BAD[name]
    frame, whole = cut(make()), make()
    if "spark" in request.node.name:  # whose parts are Arrow tables, where a missing number is None
        whole = arrow(whole)
    for language in ("zh_CN",) if isinstance(whole, pa.Table) else ("en", "zh_CN"):
        set_language(language)
        with pytest.raises(CourseError) as expected:
            call(whole)
        with pytest.raises(CourseError) as found:
            call(frame)
        assert str(found.value) == str(expected.value)
        assert type(found.value) is type(expected.value)


def test_an_id_that_occurs_twice_is_refused(cut: Cut) -> None:
    across, within = (survey().assign(who=np.r_[np.arange(158), ids]) for ids in ([7, 9], [7, 150]))
    frame = cut(across, 80)
    with pytest.raises(DataError, match=r'"who": 2 rows together do not.*occurs once'):
        checks.check_unique(frame, "who")
    with pytest.raises(DataError, match=r'"who": 2 rows together.*found: 150.*occurs once'):
        checks.check_unique(cut(within, 80), "who")
    checks.check_unique(frame, "row")
    schema = {"row": checks.identifier(unique=True), "nps": checks.scale(0, 10, missing=True)}
    assert checks.validate(frame, schema) is frame
    with pytest.raises(DataError, match="occurs once"):
        checks.validate(frame, {"who": checks.identifier(unique=True)})
    with pytest.raises(UnknownNameError):
        checks.validate(frame, {"whom": checks.identifier()})


# ------------------------------------------------------------------------------------- what travels


def answers_of(rows: int) -> Callable[[int], pd.DataFrame]:
    """Give the function with which a worker makes a part; it travels, as workers do not have this file."""

    def make(part: int) -> pd.DataFrame:
        rng = np.random.default_rng(part)
        made = {name: rng.integers(1, 8, rows) for name in ("a", "b", "c")}
        return pd.DataFrame({"who": np.arange(rows) + part * rows, **made})

    return make


def test_only_tallies_travel(dask_cut: Cut, monkeypatch: pytest.MonkeyPatch) -> None:
    travelled: list[int] = []
    run = tally_parts._run

    def watched(*arguments: Any) -> Any:
        found = run(*arguments)
        travelled.append(len(pickle.dumps(found)))
        return found

    monkeypatch.setattr(tally_parts, "_run", watched)
    sizes: dict[int, int] = {}
    for rows in (1_000, 50_000):
        travelled.clear()
        frame = dd.from_map(answers_of(rows), range(20), meta=answers_of(1)(0))
        metrics.csat(frame, "a", scale=(1, 7), respondent="who")
        drivers.importance(frame, "a", ["b", "c"], respondent="who")
        drivers.importance(frame, "a", ["b", "c"])
        assert len(travelled) >= 6  # checks, counts, moments
        sizes[rows] = max(travelled)
    assert sizes[50_000] < 1.2 * sizes[1_000] < 300_000


# --------------------------------------------------------------------------- a worker without the package

WITHOUT = """
import sys


class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "csmodels_helpers":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Without())
for name in [name for name in sys.modules if name.partition(".")[0] == "csmodels_helpers"]:
    del sys.modules[name]
"""


def test_a_worker_without_the_package_is_one_sentence(tmp_path: Path) -> None:
    workers: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 1, "processes": True}
    with (
        LocalCluster(
            **workers, host="127.0.0.1", dashboard_address=":0", local_directory=str(tmp_path)
        ) as cluster,
        Client(cluster) as client,
    ):
        client.run(exec, WITHOUT, {})
        frame = dd.from_pandas(survey(), npartitions=2)
        with pytest.raises(CourseError, match=r"lacks this course's package.*pip install"):
            metrics.csat(frame, "csat")


@pytest.mark.spark
def test_a_spark_worker_without_the_package_is_one_sentence(
    spark_cut: Cut, spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    (tmp_path / "sitecustomize.py").write_text(WITHOUT, encoding="utf-8")
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{tmp_path}:$PYTHONPATH" exec "{sys.executable}" "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setattr(spark.sparkContext, "pythonExec", str(program))
    with pytest.raises(CourseError, match=r"lacks this course's package.*pip install"):
        metrics.csat(spark_cut(survey()), "csat")
