"""Control charts: what is usual, and which months are not. XmR, p (with Laney's correction), EWMA."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from csmodels_helpers.errors import ArgumentError, DataError
from csmodels_helpers.language import text
from csmodels_helpers.metrics_intervals import wilson
from csmodels_helpers.monitoring_chart_result import ControlChart
from csmodels_helpers.monitoring_rules import DEFAULT_RULES, check_rules, find_signals
from csmodels_helpers.monitoring_series import LEAST, Flags, Floats, Series, check_amount, read_series
from csmodels_helpers.survey import check_confidence
from csmodels_helpers.uncertainty import t_quantile

__all__ = ["ewma", "p_chart", "xmr"]

# Wheeler's rounded constants: sigma from a mean (median) moving range of two, and the range's own upper
# limit.
D2, D2_MEDIAN = 1.128, 0.954
LIMIT, RANGE_LIMIT = 2.66, 3.267
LIMIT_MEDIAN, RANGE_LIMIT_MEDIAN = 3.145, 3.865

Ends = tuple[float, float]


def _moving_ranges(value: Floats, phase: npt.NDArray[np.int64]) -> Floats:
    """Absolute steps from point to point; none across a gap or a break."""
    ranges = np.full(len(value), np.nan)
    ranges[1:] = np.abs(np.diff(value))
    ranges[1:][np.diff(phase) != 0] = np.nan
    return ranges


def _typical(values: Floats, kind: str) -> float:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return math.nan
    return float(np.median(known) if kind == "median" else known.mean())


def _mean_ends(values: Floats, level: float) -> Ends:
    """T interval of the usual level: how well the baseline knows it."""
    known = values[~np.isnan(values)]
    half = t_quantile(level, len(known) - 1) * float(known.std(ddof=1)) / math.sqrt(len(known))
    return float(known.mean()) - half, float(known.mean()) + half


def _each_phase(
    series: Series,
    phase: npt.NDArray[np.int64],
    base: Flags,
    limits: Callable[[Flags, Flags], dict[str, Any]],
) -> pd.DataFrame:
    """Compute centre and spread of each phase; of one with too few points there are none."""
    rows: list[dict[str, Any]] = []
    for number in np.unique(phase):
        own = phase == number
        used = own & base & ~np.isnan(series.value)
        span = series.times[own]
        row = {
            "phase": int(number),
            "first": span.iloc[0],
            "last": span.iloc[-1],
            "n_baseline": int(used.sum()),
        }
        found: dict[str, Any] = limits(own, used) if used.sum() >= LEAST else {}
        rows.append(row | found)
    table = pd.DataFrame(rows)
    if "centre" not in table:
        allowed = text("monitoring.allowed.points", least=LEAST)
        raise DataError(str(series.times.name), len(series.value), 0, int(table["n_baseline"].max()), allowed)
    return table


def _checked_spread(sigma: float, name: str, rows: int, value: float) -> float:
    if not sigma > 0:
        advice = text("monitoring.advice.varies")
        raise DataError(name, rows, 0, value, text("monitoring.allowed.varies"), advice)
    return sigma


def _chart_table(series: Series, time: str, phase: npt.NDArray[np.int64], base: Flags) -> pd.DataFrame:
    return pd.DataFrame({time: series.times, "value": series.value, "phase": phase, "baseline": base})


def _mark(table: pd.DataFrame, z: Floats, phase: npt.NDArray[np.int64], rules: Sequence[str]) -> None:
    """Write the rules that each point fulfils; no run goes on across a break."""
    names = np.full(len(z), "", dtype=object)
    for number in np.unique(phase):
        own = np.flatnonzero(phase == number)
        for rule, flags in find_signals(z[own], rules).items():
            for i in own[flags]:
                names[i] = f"{names[i]}, {rule}" if names[i] else rule
    table["signal"] = names != ""
    table["rules"] = pd.Series(names, dtype="str")


def _spread_out(phases: pd.DataFrame, column: str, phase: npt.NDArray[np.int64]) -> Floats:
    """Give each point the number of its phase."""
    return phases[column].to_numpy(dtype=np.float64)[phase]


def xmr(
    data: Any,
    value: str,
    *,
    time: str,
    n: str | None = None,
    baseline: int | tuple[Any, Any] | None = None,
    breaks: Sequence[Any] = (),
    rules: str | Sequence[str] = DEFAULT_RULES,
    ranges: Literal["mean", "median"] = "mean",
    confidence: float = 0.95,
) -> ControlChart:
    """Chart single values and their moving range (XmR), to tell a change from the usual noise.

    Parameters
    ----------
    data : frame
        One row a time; with ``n`` any number of rows, added up within each time. A time without a row is not
        noticed: its neighbours count as following one another. Give it a row with a missing value.
    value : str
        Column that is charted: a number, or missing.
    time : str
        Dates, numbers, text that sorts, or an ordered category.
    n : str, optional
        Column of denominators: then Σ ``value`` / Σ ``n`` of each time is charted.
    baseline : int or tuple, optional
        The points that say what is usual: the first so many of each phase, or a pair (first time, last time),
        both included. Without it, all points.
    breaks : sequence, optional
        Times from which the KPI was defined anew. Limits, ranges and runs start afresh there; a phase with
        fewer than five points has no limits yet.
    rules : str or sequence of str, default ("beyond-limits", "run-of-8")
        Names from :data:`RULES`, or ``"western-electric"`` (four) or ``"nelson"`` (eight).
    ranges : {"mean", "median"}, default "mean"
        Which average of the moving ranges makes the limits. The mean uses the data better; the median is to
        be had where the baseline may itself hold a shift or an outlier.
    confidence : float, default 0.95
        Level of the interval of the centre line.

    Returns
    -------
    ControlChart
        In the unit of the column (shares 0–1 with ``n``).

    Raises
    ------
    DataError
        If a value is no number, a time stands in two rows (without ``n``), ``n`` is 0 at a time, there are
        fewer than five points, or the baseline does not vary.
    ArgumentError
        If baseline or breaks do not fit the times.
    UnknownNameError
        If there is no such column or rule.

    Notes
    -----
    Limits x̄ ± 2.66 · mR̄, upper limit of the range 3.267 · mR̄ (3.145 and 3.865 with the median), after
    Wheeler (2000). The limits are not those of a 95 % interval: between them lies nearly all that a stable
    process does. Two rules are the default because each further one is paid for in false alarms: with known
    limits and normal values a stable process gives one in 370 points with the limits alone, in 153 with the
    run of eight beside them, in 92 with all four of Western Electric (Champ and Woodall 1987), and a manager
    who is called for nothing every few months stops coming. Limits alone miss a small lasting change, so the
    run stays.
    Successive values are taken to be independent; the interval of the centre is Student's.

    References
    ----------
    Wheeler, D. J. (2000). *Understanding Variation*, 2nd ed. SPC Press.
    Nelson, L. S. (1984). The Shewhart control chart: tests for special causes. *J. Quality Technology* 16,
    237–239. Western Electric (1956). *Statistical Quality Control Handbook*.
    Champ, C. W. and Woodall, W. H. (1987). Exact results for Shewhart control charts with supplementary runs
    rules. *Technometrics* 29, 393–399.

    Examples
    --------
    >>> flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    >>> found = xmr(pd.DataFrame({"flow": flow, "day": range(1, 11)}), "flow", time="day")
    >>> found.table[["centre", "lower", "upper"]].iloc[0].round(2).tolist()
    [50.81, 45.82, 55.8]
    """
    level, named = check_confidence(confidence), check_rules(rules)
    if ranges not in ("mean", "median"):
        raise ArgumentError("ranges", ranges, "'mean' | 'median'")
    series = read_series(data, value, time, n)
    phase = series.phases(breaks)
    base = series.baseline(baseline, phase)
    moved = _moving_ranges(series.value, phase)
    factor, range_factor = (LIMIT, RANGE_LIMIT) if ranges == "mean" else (LIMIT_MEDIAN, RANGE_LIMIT_MEDIAN)

    def limits(_: Flags, used: Flags) -> dict[str, Any]:
        # A range belongs to the baseline if both its points do.
        typical = _typical(moved[used & np.append(False, used[:-1])], ranges)
        centre = float(series.value[used].mean())
        _checked_spread(typical, value, int(used.sum()), centre)
        low, high = _mean_ends(series.value[used], level)
        ends = {"centre": centre, "centre_low": low, "centre_high": high}
        return {**ends, "sigma": factor * typical / 3, "range_upper": range_factor * typical}

    phases = _each_phase(series, phase, base, limits)
    table = _chart_table(series, time, phase, base)
    centre, sigma = (_spread_out(phases, name, phase) for name in ("centre", "sigma"))
    table["centre"], table["lower"], table["upper"] = centre, centre - 3 * sigma, centre + 3 * sigma
    table["moving_range"], table["range_upper"] = moved, _spread_out(phases, "range_upper", phase)
    _mark(table, (series.value - centre) / sigma, phase, named)
    table["range_signal"] = table["moving_range"] > table["range_upper"]
    return ControlChart(table, phases, "xmr", value, time, named, n is not None, series.missing, level)


def p_chart(
    data: Any,
    count: str,
    *,
    n: str,
    time: str,
    baseline: int | tuple[Any, Any] | None = None,
    breaks: Sequence[Any] = (),
    rules: str | Sequence[str] = DEFAULT_RULES,
    dispersion: Literal["laney", "binomial"] = "laney",
    confidence: float = 0.95,
) -> ControlChart:
    """Chart shares of n (p-chart), by default with Laney's correction for noise between the months (p′).

    Parameters
    ----------
    data : frame
        Any number of rows a time (stores, branches): counts and denominators are added up within each time.
    count : str
        How many of ``n``: satisfied, complaining, lost; 0 or more.
    n : str
        Of how many; it may vary.
    time, baseline, breaks, rules
        As in :func:`xmr`.
    dispersion : {"laney", "binomial"}, default "laney"
        ``"binomial"``: nothing varies between months but the luck of the draw, the ordinary p-chart.
        ``"laney"``: limits as wide as the months really vary. With thousands of answers a month the binomial
        ones are so narrow that every holiday is an alarm, and where there is no such variation the
        two agree; hence the default.
    confidence : float, default 0.95
        Level of the interval of the centre line.

    Returns
    -------
    ControlChart
        Shares 0–1; ``phases`` has ``sigma_z``, how many times wider than binomial the months vary (1 with
        ``"binomial"``).

    Raises
    ------
    DataError
        If ``n`` is 0 in a month, a count is negative or above its ``n``, there are fewer than five months, or
        all shares of the baseline are 0 or 1.
    ArgumentError
        If an argument does not fit.

    Notes
    -----
    p̄ = Σx/Σn over the baseline, σᵢ = √(p̄(1 − p̄)/nᵢ), limits p̄ ± 3 σᵢ σ_z, cut at 0 and 1. Laney:
    zᵢ = (pᵢ − p̄)/σᵢ, σ_z = mean |zᵢ − zᵢ₋₁| / 1.128. The interval of p̄ is Wilson's (binomial), or takes
    months as the sampled units: ratio estimator, t with m − 1 degrees of freedom.

    References
    ----------
    Laney, D. B. (2002). Improved control charts for attributes. *Quality Engineering* 14, 531–537.
    Montgomery, D. C. (2013). *Introduction to Statistical Quality Control*, 7th ed., 7.2.

    Examples
    --------
    >>> months = pd.DataFrame({"month": range(1, 7), "lost": [12, 15, 8, 10, 4, 7], "n": 50})
    >>> found = p_chart(months, "lost", n="n", time="month", dispersion="binomial")
    >>> found.table[["centre", "lower", "upper"]].iloc[0].round(3).tolist()
    [0.187, 0.021, 0.352]
    """
    level, named = check_confidence(confidence), check_rules(rules)
    if dispersion not in ("laney", "binomial"):
        raise ArgumentError("dispersion", dispersion, "'laney' | 'binomial'")
    series = read_series(data, count, time, n, below=True)
    phase = series.phases(breaks)
    base = series.baseline(baseline, phase)
    sizes = np.where(series.n > 0, series.n, np.nan)

    def limits(own: Flags, used: Flags) -> dict[str, Any]:
        x, m = series.count[used], series.n[used]
        centre = float(x.sum() / m.sum())
        unit = _checked_spread(math.sqrt(centre * (1 - centre)), count, int(used.sum()), centre)
        ends = wilson(float(x.sum()), float(m.sum()), level)
        low, high, ratio = ends.low, ends.high, 1.0
        if dispersion == "laney":
            z = np.where(own, (series.value - centre) / (unit / np.sqrt(sizes)), np.nan)
            steps = _moving_ranges(z, phase)[used & np.append(False, used[:-1])]
            ratio = _checked_spread(_typical(steps, "mean"), count, int(used.sum()), centre) / D2
            spread = math.sqrt(len(x) / (len(x) - 1) * float(((x - centre * m) ** 2).sum())) / float(m.sum())
            half = t_quantile(level, len(x) - 1) * spread
            low, high = max(centre - half, 0.0), min(centre + half, 1.0)
        ends = {"centre": centre, "centre_low": low, "centre_high": high}
        return {**ends, "unit": unit, "sigma_z": ratio}

    phases = _each_phase(series, phase, base, limits)
    table = _chart_table(series, time, phase, base)
    table.insert(2, "n", series.n.astype(np.int64) if (series.n % 1 == 0).all() else series.n)
    centre, unit, ratio = (_spread_out(phases, name, phase) for name in ("centre", "unit", "sigma_z"))
    sigma = unit * ratio / np.sqrt(sizes)
    table["centre"] = centre
    table["lower"], table["upper"] = np.maximum(centre - 3 * sigma, 0), np.minimum(centre + 3 * sigma, 1)
    _mark(table, (series.value - centre) / sigma, phase, named)
    phases = phases.drop(columns="unit")
    kind = "p" if dispersion == "binomial" else "laney"
    return ControlChart(table, phases, kind, count, time, named, True, series.missing, level)


def ewma(
    data: Any,
    value: str,
    *,
    time: str,
    n: str | None = None,
    smoothing: float = 0.2,
    width: float = 3.0,
    target: float | None = None,
    sigma: float | None = None,
    limits: Literal["exact", "asymptotic"] = "exact",
    baseline: int | tuple[Any, Any] | None = None,
    breaks: Sequence[Any] = (),
    confidence: float = 0.95,
) -> ControlChart:
    """Chart an exponentially weighted moving average: it finds small changes that last.

    Parameters
    ----------
    data, value, time, n, baseline, breaks, confidence
        As in :func:`xmr`.
    smoothing : float, default 0.2
        λ, the weight of the newest value, above 0 and at most 1; 1 is a chart of the values themselves.
    width : float, default 3.0
        L, how many standard errors of the average the limits are away.
    target : float, optional
        Where the average starts and the limits lie around; without it the mean of the baseline.
    sigma : float, optional
        Standard deviation of the values; without it mR̄/1.128 of the baseline.
    limits : {"exact", "asymptotic"}, default "exact"
        Exact limits are narrow at first, as few values are averaged, so a change at the start is found
        too; asymptotic ones are level lines, as many books draw them.

    Returns
    -------
    ControlChart
        The table also has ``ewma``; a signal is an average beyond its limits. A missing value leaves the
        average as it is.

    Raises
    ------
    ArgumentError
        If λ, L or sigma is out of range.
    DataError
        As in :func:`xmr`.

    Notes
    -----
    zᵢ = λxᵢ + (1 − λ)zᵢ₋₁, limits target ± L σ √(λ/(2 − λ) · (1 − (1 − λ)²ⁱ)). λ from 0.05 to 0.25 suits
    lasting changes of about one σ (Montgomery 2013, 9.2); with λ = 0.2, L = 2.96 and known σ a stable process
    alarms once in 500 points (Lucas and Saccucci 1990). Run rules do not apply, as neighbouring averages
    share their values.

    References
    ----------
    Roberts, S. W. (1959). *Technometrics* 1, 239–250. Lucas, J. M. and Saccucci, M. S. (1990).
    *Technometrics* 32, 1–12. NIST/SEMATECH (2012). *e-Handbook of Statistical Methods*, 6.3.2.4.

    Examples
    --------
    >>> values = pd.DataFrame({"x": [52.0, 47.0, 53.0, 49.3, 50.1], "i": range(5)})
    >>> found = ewma(values, "x", time="i", smoothing=0.3, target=50, sigma=2.0539)
    >>> found.table["ewma"].round(2).tolist()
    [50.6, 49.52, 50.56, 50.18, 50.16]
    """
    level = check_confidence(confidence)
    check_amount("smoothing", smoothing, 1.0)
    check_amount("width", width)
    if sigma is not None:
        check_amount("sigma", sigma)
    if limits not in ("exact", "asymptotic"):
        raise ArgumentError("limits", limits, "'exact' | 'asymptotic'")
    series = read_series(data, value, time, n)
    phase = series.phases(breaks)
    base = series.baseline(baseline, phase)
    moved = _moving_ranges(series.value, phase)

    def spread(_: Flags, used: Flags) -> dict[str, Any]:
        centre = float(series.value[used].mean()) if target is None else float(target)
        own = _typical(moved[used & np.append(False, used[:-1])], "mean") / D2 if sigma is None else sigma
        _checked_spread(own, value, int(used.sum()), centre)
        low, high = _mean_ends(series.value[used], level) if target is None else (math.nan, math.nan)
        return {"centre": centre, "centre_low": low, "centre_high": high, "sigma": own}

    phases = _each_phase(series, phase, base, spread)
    table = _chart_table(series, time, phase, base)
    averages, seen = _averages(series.value, phase, phases, smoothing)
    centre, own = (_spread_out(phases, name, phase) for name in ("centre", "sigma"))
    reached = 1 - (1 - smoothing) ** (2 * seen) if limits == "exact" else np.ones(len(seen))
    half = width * own * np.sqrt(smoothing / (2 - smoothing) * reached)
    table["ewma"], table["centre"], table["lower"], table["upper"] = (
        averages,
        centre,
        centre - half,
        centre + half,
    )
    known = np.where(np.isnan(series.value), np.nan, averages)
    # In units in which the limits are at three, so that the one rule applies.
    with np.errstate(divide="ignore", invalid="ignore"):
        _mark(table, 3 * (known - centre) / half, phase, ("beyond-limits",))
    named = ("beyond-limits",)
    return ControlChart(table, phases, "ewma", value, time, named, n is not None, series.missing, level)


def _averages(
    value: Floats, phase: npt.NDArray[np.int64], phases: pd.DataFrame, smoothing: float
) -> tuple[Floats, Floats]:
    """Averages point by point, and of how many values each is made."""
    averages, seen = np.full(len(value), np.nan), np.zeros(len(value))
    start = dict(zip(phases["phase"], phases["centre"], strict=True))
    for i, x in enumerate(value):
        first = i == 0 or phase[i] != phase[i - 1]
        before, count = (float(start[phase[i]]), 0.0) if first else (averages[i - 1], seen[i - 1])
        missing = math.isnan(x)
        averages[i] = before if missing else smoothing * x + (1 - smoothing) * before
        seen[i] = count if missing else count + 1
    return averages, seen
