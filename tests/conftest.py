"""Rules for all tests: on the build machine (CI=true) a skipped test is a failed one."""

from __future__ import annotations

import os
from collections.abc import Generator

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def _close_figures() -> Generator[None]:
    """Leave no figure open: matplotlib warns about many, and a warning is an error here."""
    yield
    plt.close("all")


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
