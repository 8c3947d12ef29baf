"""Rules for all tests: on the build machine (CI=true) a skipped test is a failed one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator
from typing import Any

import matplotlib.pyplot as plt
import pytest

from csmodels_helpers import plots
from csmodels_helpers.language import set_language

# Files of answers and of questions on other data, not of tests.
collect_ignore_glob = ["course/answers/*", "course/variants/*"]


@pytest.fixture(autouse=True)
def _close_figures() -> Generator[None]:
    """Leave no figure open: matplotlib warns about many, and a warning is an error here."""
    yield
    plt.close("all")


@pytest.fixture
def course_style() -> Generator[None]:
    """Draw as the course does, and leave the language as it was.

    The style has the Chinese fonts: a missing glyph is a warning, and so an error.
    """
    plots.use_style()
    yield
    set_language("en")


@pytest.fixture
def speaks_and_draws(course_style: None) -> Callable[[Any], None]:
    """Return a check of a result, or of a function that makes one: figure and words in both languages."""
    return _speaks_and_draws


def _speaks_and_draws(result: Any) -> None:
    said: dict[str, str] = {}
    for language in ("en", "zh_CN"):
        set_language(language)
        made = result() if callable(result) else result
        # Once as large as it likes, once on narrow axes that are given.
        given = None if language == "en" else plt.subplots(figsize=(5, 4))[1]
        ax = made.plot(given)
        assert given is None or ax is given
        ax.figure.canvas.draw()
        said[language] = made.explain()
        described = plots.describe(ax.figure)
        assert described["alt"] == said[language]
        assert [part for part in ("title", "xlabel", "ylabel") if not described["axes"][0][part]] == []
        legend = ax.get_legend()
        assert legend is None or legend.get_texts()
        plt.close(ax.figure)
        # Neither a number that is not there nor a value that was not filled in.
        assert re.findall(r"\bnan\b|\bNone\b|{\w*}", said[language]) == []
    assert said["en"] != said["zh_CN"]
    assert said["en"].rstrip(")").endswith((".", "?", "!"))
    assert said["zh_CN"].rstrip("）").endswith(("。", "？", "！"))
    assert "<table" in made._repr_html_()


def _no_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, which is a failure where CI=true: {reason}"


# Wrappers, so that the session counts the failure: its own hook runs first among the plain ones.
@pytest.hookimpl(wrapper=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> Generator[None]:
    """Turn a skipped test into a failure."""
    _no_skip(report)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collectreport(report: pytest.CollectReport) -> Generator[None]:
    """Turn a file that skips itself into a failure."""
    _no_skip(report)
    return (yield)
